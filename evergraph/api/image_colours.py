"""Colours of images: brightness, contrast, hue, saturation, gamma; colour spaces."""

from typing import Any

from evergraph.api import array_ops, math_ops, random_ops
from evergraph.api.control_flow_ops import with_dependencies
from evergraph.api.image_checks import check, checked_3d, checked_gray, is_tensor
from evergraph.api.image_codecs import decode_jpeg
from evergraph.api.image_types import convert_image_dtype
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.graph.apply import apply_op
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor

_FLOATS = (dtypes.float16, dtypes.float32)


def _as_floats(image: Tensor) -> Tensor:
    """Images of other types than half and float are scaled to 0 to 1."""
    return image if image.dtype in _FLOATS else convert_image_dtype(image, dtypes.float32)


def _check_range(lower: float, upper: float) -> None:
    if upper <= lower:
        raise ValueError("upper must be > lower.")
    if lower < 0:
        raise ValueError("lower must be non-negative.")


@export("image.per_image_standardization", "image.per_image_whitening")
def per_image_standardization(image: Any) -> Tensor:
    """Images with mean 0 and deviation 1 each; for an even image the deviation is taken for
    1/sqrt(pixels). Stands for `tf.image.per_image_standardization`.

    Args:
      image: [..., height, width, channels]. The result is of its type.
    """
    with name_scope(None, "per_image_standardization", [image]) as scope:
        image = checked_3d(convert_to_tensor(image, name="image"))
        dtype = image.dtype
        image = _as_floats(image)
        pixels = math_ops.reduce_prod(array_ops.shape(image)[-3:])
        mean = math_ops.reduce_mean(image, axis=[-1, -2, -3], keepdims=True)
        deviation = math_ops.reduce_std(image, axis=[-1, -2, -3], keepdims=True)
        least = math_ops.rsqrt(math_ops.cast(pixels, image.dtype))
        deviation = math_ops.maximum(deviation, least)
        image -= mean
        image = math_ops.div(image, deviation, name=scope)
        return convert_image_dtype(image, dtype, saturate=True)


# Brightness, contrast, gamma.


@export("image.random_brightness")
def random_brightness(image: Any, max_delta: float, seed: int | None = None) -> Tensor:
    """As `tf.image.adjust_brightness`, by a number drawn from [-max_delta, max_delta). Stands for
    `tf.image.random_brightness`. Raises ValueError where `max_delta` is negative."""
    if max_delta < 0:
        raise ValueError("max_delta must be non-negative.")
    delta = random_ops.random_uniform([], -max_delta, max_delta, seed=seed)
    return adjust_brightness(image, delta)


@export("image.random_contrast")
def random_contrast(image: Any, lower: float, upper: float, seed: int | None = None) -> Tensor:
    """As `tf.image.adjust_contrast`, by a number drawn from [lower, upper). Stands for
    `tf.image.random_contrast`. Raises ValueError unless 0 <= lower < upper."""
    _check_range(lower, upper)
    factor = random_ops.random_uniform([], lower, upper, seed=seed)
    return adjust_contrast(image, factor)


@export("image.adjust_brightness")
def adjust_brightness(image: Any, delta: Any) -> Tensor:
    """Images with `delta` added, where 1 is the largest value of an integer type. Stands for
    `tf.image.adjust_brightness`."""
    with name_scope(None, "adjust_brightness", [image, delta]) as name:
        image = convert_to_tensor(image, name="image")
        floats = _as_floats(image)
        adjusted = math_ops.add(floats, math_ops.cast(delta, floats.dtype), name=name)
        return convert_image_dtype(adjusted, image.dtype, saturate=True)


@export("image.adjust_contrast")
def adjust_contrast(images: Any, contrast_factor: Any) -> Tensor:
    """Images [..., height, width, channels] of which each channel's distance from its mean is
    multiplied. Stands for `tf.image.adjust_contrast`."""
    with name_scope(None, "adjust_contrast", [images, contrast_factor]) as name:
        images = convert_to_tensor(images, name="images")
        floats = _as_floats(images)
        adjusted = apply_op("AdjustContrastv2", floats, contrast_factor=contrast_factor, name=name)
        return convert_image_dtype(adjusted, images.dtype, saturate=True)


@export("image.adjust_gamma")
def adjust_gamma(image: Any, gamma: Any = 1, gain: Any = 1) -> Tensor:
    """`gain` times the image to the power of `gamma`. Stands for `tf.image.adjust_gamma`. Raises
    ValueError where `gamma` is negative."""
    with name_scope(None, "adjust_gamma", [image, gamma, gain]):
        image = convert_to_tensor(image, name="image")
        floats = _as_floats(image)
        checks = check(gamma >= 0, ValueError, "Gamma should be a non-negative real number.")
        if checks:
            gamma = with_dependencies(checks, gamma)
        return convert_image_dtype(gain * floats**gamma, image.dtype, saturate=True)


# Hue and saturation.


@export("image.random_hue")
def random_hue(image: Any, max_delta: float, seed: int | None = None) -> Tensor:
    """As `tf.image.adjust_hue`, by a number drawn from [-max_delta, max_delta). Stands for
    `tf.image.random_hue`. Raises ValueError unless `max_delta` is in [0, 0.5]."""
    if max_delta > 0.5:
        raise ValueError("max_delta must be <= 0.5.")
    if max_delta < 0:
        raise ValueError("max_delta must be non-negative.")
    delta = random_ops.random_uniform([], -max_delta, max_delta, seed=seed)
    return adjust_hue(image, delta)


@export("image.adjust_hue")
def adjust_hue(image: Any, delta: Any, name: str | None = None) -> Tensor:
    """Images [..., height, width, 3] of red, green, blue with `delta` added to their hue, of which
    1 is all. Stands for `tf.image.adjust_hue`."""
    with name_scope(name, "adjust_hue", [image]):
        image = convert_to_tensor(image, name="image")
        adjusted = apply_op("AdjustHue", _as_floats(image), delta)
        return convert_image_dtype(adjusted, image.dtype)


@export("image.random_saturation")
def random_saturation(image: Any, lower: float, upper: float, seed: int | None = None) -> Tensor:
    """As `tf.image.adjust_saturation`, by a number drawn from [lower, upper). Stands for
    `tf.image.random_saturation`. Raises ValueError unless 0 <= lower < upper."""
    _check_range(lower, upper)
    factor = random_ops.random_uniform([], lower, upper, seed=seed)
    return adjust_saturation(image, factor)


@export("image.adjust_saturation")
def adjust_saturation(image: Any, saturation_factor: Any, name: str | None = None) -> Tensor:
    """Images [..., height, width, 3] of red, green, blue with their saturation multiplied, at most
    1. Stands for `tf.image.adjust_saturation`."""
    with name_scope(name, "adjust_saturation", [image]):
        image = convert_to_tensor(image, name="image")
        adjusted = apply_op("AdjustSaturation", _as_floats(image), saturation_factor)
        return convert_image_dtype(adjusted, image.dtype)


# What JPEG files leave of an image.


@export("image.random_jpeg_quality")
def random_jpeg_quality(
    image: Any, min_jpeg_quality: int, max_jpeg_quality: int, seed: int | None = None
) -> Tensor:
    """As `tf.image.adjust_jpeg_quality`, by a number drawn from [min, max). Stands for
    `tf.image.random_jpeg_quality`. Raises ValueError unless 0 <= min < max <= 100."""
    if not (0 <= min_jpeg_quality <= 100 and 0 <= max_jpeg_quality <= 100):
        raise ValueError("jpeg encoding range must be between 0 and 100.")
    if min_jpeg_quality >= max_jpeg_quality:
        raise ValueError("`min_jpeg_quality` must be less than `max_jpeg_quality`.")
    quality = random_ops.random_uniform(
        [], min_jpeg_quality, max_jpeg_quality, seed=seed, dtype=dtypes.int32
    )
    return adjust_jpeg_quality(image, quality)


@export("image.adjust_jpeg_quality")
def adjust_jpeg_quality(image: Any, jpeg_quality: Any, name: str | None = None) -> Tensor:
    """An image [height, width, 1 or 3] as a JPEG file of some quality (0 to 100) would show it.
    Stands for `tf.image.adjust_jpeg_quality`."""
    with name_scope(name, "adjust_jpeg_quality", [image]):
        image = convert_to_tensor(image, name="image")
        dtype = image.dtype
        pixels = convert_image_dtype(image, dtypes.uint8)
        if not is_tensor(jpeg_quality):
            jpeg_quality = convert_to_tensor(jpeg_quality, dtype=dtypes.int32)
        file = apply_op("EncodeJpegVariableQuality", pixels, jpeg_quality)
        return convert_image_dtype(decode_jpeg(file), dtype)


# Colour spaces.


@export("image.rgb_to_grayscale")
def rgb_to_grayscale(images: Any, name: str | None = None) -> Tensor:
    """Images [..., 3] of red, green, blue as [..., 1] of gray. Stands for
    `tf.image.rgb_to_grayscale`."""
    with name_scope(name, "rgb_to_grayscale", [images]) as name:
        images = convert_to_tensor(images, name="images")
        floats = convert_image_dtype(images, dtypes.float32)
        gray = math_ops.tensordot(floats, [0.2989, 0.5870, 0.1140], [-1, -1])
        gray = array_ops.expand_dims(gray, -1)
        return convert_image_dtype(gray, images.dtype, name=name)


@export("image.grayscale_to_rgb")
def grayscale_to_rgb(images: Any, name: str | None = None) -> Tensor:
    """Gray images [..., 1] as [..., 3]. Stands for `tf.image.grayscale_to_rgb`."""
    with name_scope(name, "grayscale_to_rgb", [images]) as name:
        images = convert_to_tensor(checked_gray(images), name="images")
        before = array_ops.expand_dims(array_ops.rank(images) - 1, 0)
        ones = array_ops.ones(before, dtype=dtypes.int32)
        multiples = array_ops.concat([ones, array_ops.expand_dims(3, 0)], 0)
        rgb = array_ops.tile(images, multiples, name=name)
        rgb.set_shape(images.shape[:-1].concatenate([3]))
        return rgb


@export("image.rgb_to_hsv")
def rgb_to_hsv(images: Any, name: str | None = None) -> Tensor:
    """Images [..., 3] of red, green, blue as hue, saturation, value, all in [0, 1]. Stands for
    `tf.image.rgb_to_hsv`."""
    return apply_op("RGBToHSV", images, name=name)


@export("image.hsv_to_rgb")
def hsv_to_rgb(images: Any, name: str | None = None) -> Tensor:
    """The inverse of `tf.image.rgb_to_hsv`. Stands for `tf.image.hsv_to_rgb`."""
    return apply_op("HSVToRGB", images, name=name)


_RGB_TO_YIQ = [
    [0.299, 0.59590059, 0.2115],
    [0.587, -0.27455667, -0.52273617],
    [0.114, -0.32134392, 0.31119955],
]
_YIQ_TO_RGB = [
    [1, 1, 1],
    [0.95598634, -0.27201283, -1.10674021],
    [0.6208248, -0.64720424, 1.70423049],
]
_RGB_TO_YUV = [
    [0.299, -0.14714119, 0.61497538],
    [0.587, -0.28886916, -0.51496512],
    [0.114, 0.43601035, -0.10001026],
]
_YUV_TO_RGB = [
    [1, 1, 1],
    [0, -0.394642334, 2.03206185],
    [1.13988303, -0.58062185, 0],
]


def _mixed(images: Any, matrix: Any) -> Tensor:
    images = convert_to_tensor(images, name="images")
    kernel = convert_to_tensor(matrix, dtype=images.dtype, name="kernel")
    return math_ops.tensordot(images, kernel, axes=[[images.shape.ndims - 1], [0]])


@export("image.rgb_to_yiq")
def rgb_to_yiq(images: Any) -> Tensor:
    """Float images [..., 3] of red, green, blue in the colours of NTSC. Stands for
    `tf.image.rgb_to_yiq`."""
    return _mixed(images, _RGB_TO_YIQ)


@export("image.yiq_to_rgb")
def yiq_to_rgb(images: Any) -> Tensor:
    """The inverse of `tf.image.rgb_to_yiq`. Stands for `tf.image.yiq_to_rgb`."""
    return _mixed(images, _YIQ_TO_RGB)


@export("image.rgb_to_yuv")
def rgb_to_yuv(images: Any) -> Tensor:
    """Float images [..., 3] of red, green, blue in the colours of PAL. Stands for
    `tf.image.rgb_to_yuv`."""
    return _mixed(images, _RGB_TO_YUV)


@export("image.yuv_to_rgb")
def yuv_to_rgb(images: Any) -> Tensor:
    """The inverse of `tf.image.rgb_to_yuv`. Stands for `tf.image.yuv_to_rgb`."""
    return _mixed(images, _YUV_TO_RGB)
