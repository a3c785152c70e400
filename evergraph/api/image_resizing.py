"""Images of another size: tf.image.resize_images, resize_image_with_pad, the resizing ops."""

from collections.abc import Callable
from typing import Any

from evergraph.api import array_ops, math_ops
from evergraph.api.control_flow_ops import with_dependencies
from evergraph.api.image_checks import as_batch, check, check_at_least_3d, is_tensor, sizes
from evergraph.api.image_geometry import pad_to_bounding_box
from evergraph.base import dtypes
from evergraph.base.deprecation import deprecated
from evergraph.base.export import export
from evergraph.graph.apply import apply_op
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.static_value import constant_value_as_shape
from evergraph.graph.tensor import Tensor


@export("image.ResizeMethod")
class ResizeMethodV1:
    """How `tf.image.resize_images` finds new pixels. Stands for `tf.image.ResizeMethod`."""

    BILINEAR = 0
    NEAREST_NEIGHBOR = 1
    BICUBIC = 2
    AREA = 3


class ResizeMethod:
    """The methods of TensorFlow 2, by name. Stands for `tf.compat.v2.image.ResizeMethod`."""

    BILINEAR = "bilinear"
    NEAREST_NEIGHBOR = "nearest"
    BICUBIC = "bicubic"
    AREA = "area"
    LANCZOS3 = "lanczos3"
    LANCZOS5 = "lanczos5"
    GAUSSIAN = "gaussian"
    MITCHELLCUBIC = "mitchellcubic"


_V1_OPS = {
    ResizeMethodV1.BILINEAR: "ResizeBilinear",
    ResizeMethod.BILINEAR: "ResizeBilinear",
    ResizeMethodV1.NEAREST_NEIGHBOR: "ResizeNearestNeighbor",
    ResizeMethod.NEAREST_NEIGHBOR: "ResizeNearestNeighbor",
    ResizeMethodV1.BICUBIC: "ResizeBicubic",
    ResizeMethod.BICUBIC: "ResizeBicubic",
    ResizeMethodV1.AREA: "ResizeArea",
    ResizeMethod.AREA: "ResizeArea",
}
_V2_OPS = {
    ResizeMethod.BILINEAR: "ResizeBilinear",
    ResizeMethod.NEAREST_NEIGHBOR: "ResizeNearestNeighbor",
    ResizeMethod.BICUBIC: "ResizeBicubic",
}
# Method: the filter of ScaleAndTranslate; the first two only where it is to smooth.
_SMOOTHING = {ResizeMethod.BILINEAR: "triangle", ResizeMethod.BICUBIC: "keyscubic"}
_FILTERS = (
    ResizeMethod.LANCZOS3,
    ResizeMethod.LANCZOS5,
    ResizeMethod.GAUSSIAN,
    ResizeMethod.MITCHELLCUBIC,
)


def _resized(
    images: Any,
    resize: Callable[[Tensor, Tensor], Tensor],
    size: Any,
    preserve_aspect_ratio: bool,
    name: str | None,
    skip_if_same: bool,
) -> Tensor:
    with name_scope(name, "resize", [images, size]):
        images = convert_to_tensor(images, name="images")
        rank = images.shape.ndims
        if rank is None:
            raise ValueError("'images' contains no shape.")
        if rank == 3:
            images = array_ops.expand_dims(images, 0)
        elif rank != 4:
            raise ValueError("'images' must have either 3 or 4 dimensions.")
        _, height, width, _ = images.shape.as_list()
        try:
            size = convert_to_tensor(size, dtypes.int32, name="size")
        except (TypeError, ValueError):
            raise ValueError("'size' must be a 1-D int32 Tensor") from None
        if not size.shape.is_compatible_with([2]):
            raise ValueError("'size' must be a 1-D Tensor of 2 elements: new_height, new_width")
        new = constant_value_as_shape(size).as_list()
        if preserve_aspect_ratio:
            size = _fitting(images, new)
            new = constant_value_as_shape(size).as_list()
        if not (skip_if_same and None not in new and new == [height, width]):
            images = resize(images, size)
            images.set_shape([None, *new, None])
        return array_ops.squeeze(images, axis=[0]) if rank == 3 else images


def _fitting(images: Tensor, new: list[int | None]) -> Tensor:
    """The largest size within `new` with the proportions of the images."""
    _, height, width, _ = sizes(images, 4)
    ratios = [
        math_ops.cast(wanted, dtypes.float32) / math_ops.cast(current, dtypes.float32)
        for wanted, current in zip(new, (height, width), strict=True)
    ]
    ratio = math_ops.minimum(*ratios)
    scaled = [
        math_ops.cast(math_ops.round(ratio * math_ops.cast(current, dtypes.float32)), dtypes.int32)
        for current in (height, width)
    ]
    return convert_to_tensor(scaled, dtypes.int32, name="size")


@export("image.resize_images", "image.resize")
def resize_images(
    images: Any,
    size: Any,
    method: Any = ResizeMethodV1.BILINEAR,
    align_corners: bool = False,
    preserve_aspect_ratio: bool = False,
    name: str | None = None,
) -> Tensor:
    """Images of another size. Stands for `tf.image.resize_images`.

    Args:
      images: [batch, height, width, channels] or [height, width, channels].
      size: [new_height, new_width], int32.
      method: a `tf.image.ResizeMethod`.
      align_corners: whether the corner pixels keep their values.
      preserve_aspect_ratio: whether the proportions stay, and the result fits into `size`.
      name: a name scope for the nodes.

    Returns:
      float32; of the images' own type for NEAREST_NEIGHBOR, and where nothing is to be done.

    Raises:
      ValueError: shapes do not fit, or there is no such method.
    """

    def resize(images: Tensor, size: Tensor) -> Tensor:
        if method not in _V1_OPS:
            raise ValueError("Resize method is not implemented.")
        return apply_op(_V1_OPS[method], images, size, align_corners=align_corners)

    return _resized(images, resize, size, preserve_aspect_ratio, name, skip_if_same=True)


def resize_images_v2(
    images: Any,
    size: Any,
    method: str = ResizeMethod.BILINEAR,
    preserve_aspect_ratio: bool = False,
    antialias: bool = False,
    name: str | None = None,
) -> Tensor:
    """As `tf.image.resize_images`, with pixels centred at halves and more methods. Stands for
    `tf.compat.v2.image.resize`.

    Args:
      images: [batch, height, width, channels] or [height, width, channels].
      size: [new_height, new_width], int32.
      method: one of `ResizeMethod`.
      preserve_aspect_ratio: whether the proportions stay, and the result fits into `size`.
      antialias: whether images that become smaller are smoothed.
      name: a name scope for the nodes.
    """

    def filtered(images: Tensor, size: Tensor, kernel: str) -> Tensor:
        new = math_ops.cast(size, dtype=dtypes.float32)
        old = math_ops.cast(array_ops.shape(images)[1:3], dtype=dtypes.float32)
        return apply_op(
            "ScaleAndTranslate",
            images,
            size,
            new / old,
            array_ops.zeros([2]),
            kernel_type=kernel,
            antialias=antialias,
        )

    def resize(images: Tensor, size: Tensor) -> Tensor:
        if method == ResizeMethod.AREA:
            return apply_op("ResizeArea", images, size)
        if method in _FILTERS:
            return filtered(images, size, method)
        if antialias and method in _SMOOTHING:
            return filtered(images, size, _SMOOTHING[method])
        if method not in _V2_OPS:
            raise ValueError("Resize method is not implemented.")
        return apply_op(_V2_OPS[method], images, size, half_pixel_centers=True)

    return _resized(images, resize, size, preserve_aspect_ratio, name, skip_if_same=False)


def _with_pad(image: Any, target_height: Any, target_width: Any, resize: Any) -> Tensor:
    with name_scope(None, "resize_image_with_pad", [image]):
        image, is_batch = as_batch(convert_to_tensor(image, name="image"))
        checks = check_at_least_3d(image)
        checks += check(target_width > 0, ValueError, "target_width must be > 0.")
        checks += check(target_height > 0, ValueError, "target_height must be > 0.")
        image = with_dependencies(checks, image)
        _, height, width, _ = sizes(image, 4)
        old_height, old_width, new_height, new_width = (
            math_ops.cast(x, dtype=dtypes.float64)
            for x in (height, width, target_height, target_width)
        )
        # Of the two ratios the larger decides.
        ratio = _maximum(old_width / new_width, old_height / new_height)
        exact_height = old_height / ratio
        exact_width = old_width / ratio
        rows, columns = (
            math_ops.cast(math_ops.floor(exact), dtype=dtypes.int32)
            for exact in (exact_height, exact_width)
        )
        above = (new_height - exact_height) / 2
        left = (new_width - exact_width) / 2
        above, left = math_ops.floor(above), math_ops.floor(left)
        above, left = (
            _maximum(0, math_ops.cast(padding, dtype=dtypes.int32)) for padding in (above, left)
        )
        resized = resize(image, [rows, columns])
        padded = pad_to_bounding_box(resized, above, left, target_height, target_width)
        if padded.shape.ndims is None:
            raise ValueError("padded contains no shape.")
        # TensorFlow asks once more for the sizes, and so makes nodes that nobody uses.
        sizes(padded, 4)
        return padded if is_batch else array_ops.squeeze(padded, axis=[0])


def _maximum(x: Any, y: Any) -> Any:
    return math_ops.maximum(x, y) if is_tensor(x) or is_tensor(y) else max(x, y)


@export("image.resize_image_with_pad")
def resize_image_with_pad_v1(
    image: Any,
    target_height: Any,
    target_width: Any,
    method: Any = ResizeMethodV1.BILINEAR,
    align_corners: bool = False,
) -> Tensor:
    """An image resized to fit into a size with its proportions, and padded with zeros evenly.
    Stands for `tf.image.resize_image_with_pad`.

    Args:
      image: [batch, height, width, channels] or [height, width, channels].
      target_height: the height of the result.
      target_width: the width of the result.
      method: a `tf.image.ResizeMethod`.
      align_corners: as for `tf.image.resize_images`.

    Raises:
      ValueError: a target that is not positive, or a shape that does not fit.
    """
    return _with_pad(
        image,
        target_height,
        target_width,
        lambda images, size: resize_images(images, size, method, align_corners=align_corners),
    )


def resize_image_with_pad_v2(
    image: Any,
    target_height: Any,
    target_width: Any,
    method: str = ResizeMethod.BILINEAR,
    antialias: bool = False,
) -> Tensor:
    """As `tf.image.resize_image_with_pad`, by `resize_images_v2`. Stands for
    `tf.compat.v2.image.resize_with_pad`."""
    return _with_pad(
        image,
        target_height,
        target_width,
        lambda images, size: resize_images_v2(images, size, method, antialias=antialias),
    )


def _instead(method: str) -> Any:
    return deprecated(None, f"Use `tf.image.resize(...method=ResizeMethod.{method}...)` instead.")


@export("image.resize_area")
@_instead("AREA")
def resize_area(
    images: Any, size: Any, align_corners: bool = False, name: str | None = None
) -> Tensor:
    """Images [batch, height, width, channels] of another size, each new pixel the mean of what it
    covers. Stands for `tf.image.resize_area`."""
    return apply_op("ResizeArea", images, size, align_corners=align_corners, name=name)


def _resizer(op_type: str, arguments: tuple[Any, ...]) -> Tensor:
    images, size, align_corners, name, half_pixel_centers = arguments
    return apply_op(
        op_type,
        images,
        size,
        align_corners=align_corners,
        half_pixel_centers=half_pixel_centers,
        name=name,
    )


@export("image.resize_bicubic")
@_instead("BICUBIC")
def resize_bicubic(
    images: Any,
    size: Any,
    align_corners: bool = False,
    name: str | None = None,
    half_pixel_centers: bool = False,
) -> Tensor:
    """Images [batch, height, width, channels] of another size, by cubic interpolation. Stands for
    `tf.image.resize_bicubic`."""
    arguments = (images, size, align_corners, name, half_pixel_centers)
    return _resizer("ResizeBicubic", arguments)


@export("image.resize_bilinear")
@_instead("BILINEAR")
def resize_bilinear(
    images: Any,
    size: Any,
    align_corners: bool = False,
    name: str | None = None,
    half_pixel_centers: bool = False,
) -> Tensor:
    """Images [batch, height, width, channels] of another size, by linear interpolation. Stands for
    `tf.image.resize_bilinear`."""
    arguments = (images, size, align_corners, name, half_pixel_centers)
    return _resizer("ResizeBilinear", arguments)


@export("image.resize_nearest_neighbor")
@_instead("NEAREST_NEIGHBOR")
def resize_nearest_neighbor(
    images: Any,
    size: Any,
    align_corners: bool = False,
    name: str | None = None,
    half_pixel_centers: bool = False,
) -> Tensor:
    """Images [batch, height, width, channels] of another size, of the nearest pixels. Stands for
    `tf.image.resize_nearest_neighbor`."""
    arguments = (images, size, align_corners, name, half_pixel_centers)
    return _resizer("ResizeNearestNeighbor", arguments)
