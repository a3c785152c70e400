"""Colours of images: AdjustContrast, AdjustHue, AdjustSaturation, RGBToHSV, HSVToRGB."""

from typing import Any

import torch

from evergraph.api import array_ops, math_ops
from evergraph.base import dtypes, errors
from evergraph.graph.registry import op
from evergraph.kernels import colour
from evergraph.kernels.host import invalid, text
from evergraph.ops import shape_rules
from evergraph.ops.random_arguments import host_dims
from evergraph.ops.shape_rules import Dims

_HALF_OR_FLOAT = "T: float16 | float32 = float32"

adjust_contrast_op = op(
    "AdjustContrast(images: T, contrast_factor: float32, min_value: float32, max_value: float32) "
    "-> output: float32",
    "T: uint8 | int8 | int16 | int32 | int64 | float32 | float64",
    deprecated=(2, "Use AdjustContrastv2 instead"),
    host=["contrast_factor", "min_value", "max_value"],
)
adjust_contrast_v2_op = op(
    "AdjustContrastv2(images: T, contrast_factor: float32) -> output: T",
    _HALF_OR_FLOAT,
    host=["contrast_factor"],
)
adjust_hue_op = op(
    "AdjustHue(images: T, delta: float32) -> output: T", _HALF_OR_FLOAT, host=["delta"]
)
adjust_saturation_op = op(
    "AdjustSaturation(images: T, scale: float32) -> output: T", _HALF_OR_FLOAT, host=["scale"]
)
rgb_to_hsv_op = op("RGBToHSV(images: T) -> output: T", "T: floating = float32")
hsv_to_rgb_op = op("HSVToRGB(images: T) -> output: T", "T: floating = float32")
hsv_to_rgb_op.not_differentiable()


# Shapes.


@adjust_contrast_op.shape
@adjust_contrast_v2_op.shape
def contrast_shape(node: Any) -> Dims:
    for tensor in node.inputs[1:]:
        shape_rules.with_rank(tensor.dims, 0)
    return shape_rules.at_least_rank(node.inputs[0].dims, 3)


adjust_hue_op.shape(shape_rules.at_least(3))
adjust_saturation_op.shape(shape_rules.at_least(3))


@rgb_to_hsv_op.shape
@hsv_to_rgb_op.shape
def colorspace_shape(node: Any) -> Dims:
    dims = shape_rules.at_least_rank(node.inputs[0].dims, 1)
    if dims is None:
        return None
    return (*dims[:-1], shape_rules.with_value(dims[-1], 3))


# Kernels.


def _check(images: torch.Tensor, **scalars: Any) -> None:
    if images.dim() < 3:
        raise invalid(f"input must be at least 3-D, got shape{text(images.shape)}")
    for name, value in scalars.items():
        if isinstance(value, tuple):
            raise invalid(f"{name} must be scalar: {text(host_dims(value))}")


def _check_colors(images: torch.Tensor, **scalars: Any) -> None:
    _check(images, **scalars)
    if images.shape[-1] != 3:
        raise invalid(f"input must have 3 channels but instead has {images.shape[-1]} channels.")


@adjust_contrast_v2_op.kernel
def adjust_contrast_v2_kernel(images: torch.Tensor, contrast_factor: Any) -> torch.Tensor:
    _check(images, contrast_factor=contrast_factor)
    if not images.numel():
        return images.clone()
    x = images.to(torch.float32)
    mean = colour.image_means(x)
    return ((x - mean) * contrast_factor + mean).to(images.dtype)


@adjust_contrast_op.kernel
def adjust_contrast_kernel(
    images: torch.Tensor, contrast_factor: Any, min_value: Any, max_value: Any
) -> torch.Tensor:
    _check(images, contrast_factor=contrast_factor, min_value=min_value, max_value=max_value)
    x = images.to(torch.float32)
    mean = x.mean((-3, -2), keepdim=True)
    return ((x - mean) * contrast_factor + mean).clamp(min_value, max_value)


@adjust_hue_op.kernel
def adjust_hue_kernel(images: torch.Tensor, delta: Any) -> torch.Tensor:
    _check_colors(images, delta=delta)
    return colour.shifted_hue(images.to(torch.float32), delta).to(images.dtype)


@adjust_saturation_op.kernel
def adjust_saturation_kernel(images: torch.Tensor, scale: Any) -> torch.Tensor:
    _check_colors(images, scale=scale)
    return colour.scaled_saturation(images.to(torch.float32), scale).to(images.dtype)


def _check_channels(images: torch.Tensor) -> None:
    if images.dim() < 1:
        raise invalid(f"input must be at least 1D{text(images.shape)}")
    if images.shape[-1] != 3:
        raise errors.FailedPreconditionError(
            None,
            None,
            f"input must have 3 channels but input only has {images.shape[-1]} channels.",
        )


@rgb_to_hsv_op.kernel
def rgb_to_hsv_kernel(images: torch.Tensor) -> torch.Tensor:
    _check_channels(images)
    return colour.rgb_to_hsv(images)


@hsv_to_rgb_op.kernel
def hsv_to_rgb_kernel(images: torch.Tensor) -> torch.Tensor:
    _check_channels(images)
    return colour.hsv_to_rgb(images)


# The gradient of RGBToHSV. Channels are 0, 1, 2: red, green, blue.

# For each channel the two others, in the order in which TensorFlow names them.
_OTHERS = ((1, 2), (0, 2), (1, 0))
# For each channel the difference of channels on which hue depends where that channel is largest.
_OWN_SLOPE = ((1, 2), (2, 0), (0, 1))
# For each channel the other cases: largest, smallest, a factor (a difference of channels, -1 or
# none), and the difference of channels that it is divided by, in the first and third squared.
_SLOPES = (
    ((1, 0, (2, 1), (0, 1)), (1, 2, -1, (1, 2)), (2, 0, (2, 1), (2, 0)), (2, 1, None, (2, 1))),
    ((0, 1, (0, 2), (0, 1)), (0, 2, None, (0, 2)), (2, 1, (0, 2), (2, 1)), (2, 0, -1, (2, 0))),
    ((0, 2, (1, 0), (0, 2)), (0, 1, -1, (0, 1)), (1, 2, (1, 0), (1, 2)), (1, 0, None, (1, 0))),
)


def _inverse(x: Any) -> Any:
    return math_ops.div_no_nan(1.0, x)


def _where(condition: Any) -> Any:
    return math_ops.cast(condition, dtypes.float32)


def _saturation_slope(c: int, color: list[Any], largest: list[Any], smallest: list[Any]) -> Any:
    first, second = _OTHERS[c]
    there = _where(color[c] > 0)
    low = math_ops.add(smallest[first] * color[first], smallest[second] * color[second])
    up = largest[c] * low * _inverse(math_ops.square(color[c]))
    down = smallest[c] * -1
    high = (largest[first] * color[first]) + (largest[second] * color[second])
    return there * math_ops.add(up, down * _inverse(high))


def _hue_slope(
    c: int, color: list[Any], largest: list[Any], smallest: list[Any], saturation: Any, value: Any
) -> Any:
    a, b = _OWN_SLOPE[c]
    own = _where(color[c] > 0) * largest[c] * -1 * (color[a] - color[b])
    own = own * _inverse(math_ops.square(saturation)) * _inverse(math_ops.square(value))
    terms = [60 * own]
    for top, bottom, factor, (u, v) in _SLOPES[c]:
        term = _where(color[top] > 0) * largest[top] * smallest[bottom]
        if isinstance(factor, tuple):
            term = term * (color[factor[0]] - color[factor[1]])
            term = term * _inverse(math_ops.square(color[u] - color[v]))
        else:
            term = term if factor is None else term * factor
            term = term * _inverse(color[u] - color[v])
        terms.append(60 * term)
    return (terms[0] + terms[1] + terms[2] + terms[3] + terms[4]) / 360


@rgb_to_hsv_op.gradient
def rgb_to_hsv_gradient(node: Any, grad: Any) -> Any:
    """Piece by piece, by which channel is the largest and which the smallest."""
    image, result = node.inputs[0], node.outputs[0]
    red, green, blue = color = [image[..., c] for c in range(3)]
    saturation = result[..., 1]
    value = result[..., 2]
    largest = [
        _where((red >= blue) & (red >= green)),
        _where((green > red) & (green >= blue)),
        _where((blue > red) & (blue > green)),
    ]
    smallest = [
        _where((red < blue) & (red < green)),
        _where((green <= red) & (green < blue)),
        _where((blue <= red) & (blue <= green)),
    ]
    of_saturation = [_saturation_slope(c, color, largest, smallest) for c in range(3)]
    of_hue = [_hue_slope(c, color, largest, smallest, saturation, value) for c in range(3)]
    parts = [
        array_ops.stack([grad[..., channel] * slope for slope in slopes], axis=-1)
        for channel, slopes in ((2, largest), (1, of_saturation), (0, of_hue))
    ]
    return math_ops.add(math_ops.add(parts[0], parts[1]), parts[2])
