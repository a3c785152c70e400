"""Images resized: Resize* with their gradients, ScaleAndTranslate."""

from typing import Any

import numpy as np
import torch

from evergraph.api import array_ops
from evergraph.base import dtypes
from evergraph.graph.apply import apply_op
from evergraph.graph.registry import Entry, ShapeError, op
from evergraph.kernels import resampling
from evergraph.kernels.host import invalid, text
from evergraph.ops import shape_rules
from evergraph.ops.shape_rules import Dims

_ALIGN = "align_corners: bool = false"
_CENTERS = _ALIGN + "; half_pixel_centers: bool = false"
_ANY = "T: int8 | uint8 | int16 | uint16 | int32 | int64 | unary_real; "
_FILTER = "kernel_type: string = 'lanczos3'; antialias: bool = true"

resize_area_op = op(
    "ResizeArea(images: T, size: int32) -> resized_images: float32",
    "T: pixel; " + _ALIGN,
    host=["size"],
)
resize_bicubic_op = op(
    "ResizeBicubic(images: T, size: int32) -> resized_images: float32",
    "T: pixel; " + _CENTERS,
    host=["size"],
)
resize_bicubic_grad_op = op(
    "ResizeBicubicGrad(grads: float32, original_image: T) -> output: T",
    "T: float32 | float64; " + _CENTERS,
)
resize_bilinear_op = op(
    "ResizeBilinear(images: T, size: int32) -> resized_images: float32",
    _ANY + _CENTERS,
    host=["size"],
)
resize_bilinear_grad_op = op(
    "ResizeBilinearGrad(grads: float32, original_image: T) -> output: T",
    "T: float32 | bfloat16 | float16 | float64; " + _CENTERS,
)
resize_nearest_neighbor_op = op(
    "ResizeNearestNeighbor(images: T, size: int32) -> resized_images: T",
    "T: pixel; " + _CENTERS,
    host=["size"],
)
resize_nearest_neighbor_grad_op = op(
    "ResizeNearestNeighborGrad(grads: T, size: int32) -> output: T",
    "T: uint8 | int8 | int32 | float16 | float32 | float64; " + _CENTERS,
    host=["size"],
)
scale_and_translate_op = op(
    "ScaleAndTranslate(images: T, size: int32, scale: float32, translation: float32) "
    "-> resized_images: float32",
    _ANY + _FILTER,
    host=["size", "scale", "translation"],
)
scale_and_translate_grad_op = op(
    "ScaleAndTranslateGrad(grads: T, original_image: T, scale: float32, translation: float32) "
    "-> output: T",
    "T: float32; " + _FILTER,
    host=["scale", "translation"],
)


# Shapes.


@resize_area_op.shape
@resize_bicubic_op.shape
@resize_bilinear_op.shape
@resize_nearest_neighbor_op.shape
@resize_nearest_neighbor_grad_op.shape
@scale_and_translate_op.shape
def resize_shape(node: Any) -> Dims:
    batch, _, _, channels = shape_rules.with_rank(node.inputs[0].dims, 4)
    return (batch, *_sized(node), channels)


def _sized(node: Any) -> Any:
    (count,) = shape_rules.with_rank(node.inputs[1].dims, 1)
    shape_rules.with_value(count, 2)
    size = node.static_input(1)
    if size is None:
        return (None, None)
    for value in size:
        if value < -1:
            raise ShapeError(f"Dimension {value} must be >= 0")
    return tuple(int(value) if value >= 0 else None for value in size)


for _entry in (resize_bicubic_grad_op, resize_bilinear_grad_op, scale_and_translate_grad_op):
    _entry.shape(shape_rules.like_input(1))


# Kernels.


def _check(images: Any, size: Any, align_corners: bool = False, half_pixel: bool = False) -> None:
    if half_pixel and align_corners:
        raise invalid("If half_pixel_centers is True, align_corners must be False.")
    shape = tuple(images.shape)
    if len(shape) != 4:
        raise invalid(f"input must be 4-dimensional{text(shape)}")
    if not isinstance(size, tuple):
        raise invalid("shape_t must be 1-dimensional[]")
    if len(size) != 2:
        raise invalid(f"shape_t must have two elements{text((len(size),))}")
    if size[0] <= 0 or size[1] <= 0:
        raise invalid("output dimensions must be positive")
    if shape[3] <= 0:
        raise invalid("image must have at least one channel")
    if shape[1] <= 0 or shape[2] <= 0:
        raise invalid("input image must be of non-zero size")


def _check_gradient(grads: Any, image: Any, align_corners: bool, half_pixel: bool) -> None:
    if half_pixel and align_corners:
        raise invalid("If half_pixel_centers is True, align_corners must be False.")
    if grads.dim() != 4:
        raise invalid(f"input_grad must be 4-dimensional{text(grads.shape)}")
    if image.dim() != 4:
        raise invalid(f"original_image must be 4-dimensional{text(image.shape)}")


def _tensor(images: Any) -> torch.Tensor:
    """Images as a tensor; unsigned 16 bits, which torch does not compute with, are widened."""
    return torch.from_numpy(images.astype(np.int32)) if isinstance(images, np.ndarray) else images


def _along(x: torch.Tensor, rows: resampling.Taps, columns: resampling.Taps) -> torch.Tensor:
    return resampling.apply(resampling.apply(x, rows, 1), columns, 2)


@resize_bilinear_op.kernel
def resize_bilinear_kernel(
    images: Any, size: tuple[int, ...], *, align_corners: bool, half_pixel_centers: bool
) -> torch.Tensor:
    _check(images, size, align_corners, half_pixel_centers)
    return resampling.bilinear(_tensor(images), size, align_corners, half_pixel_centers)


@resize_bicubic_op.kernel
def resize_bicubic_kernel(
    images: Any, size: tuple[int, ...], *, align_corners: bool, half_pixel_centers: bool
) -> torch.Tensor:
    _check(images, size, align_corners, half_pixel_centers)
    x = _tensor(images).to(torch.float32)
    options = (align_corners, half_pixel_centers)
    rows = resampling.cubic(x.shape[1], size[0], *options)
    return _along(x, rows, resampling.cubic(x.shape[2], size[1], *options))


@resize_area_op.kernel
def resize_area_kernel(images: Any, size: tuple[int, ...], *, align_corners: bool) -> torch.Tensor:
    _check(images, size, align_corners)
    x = _tensor(images).to(torch.float32)
    rows = resampling.area(x.shape[1], size[0], align_corners)
    columns = resampling.area(x.shape[2], size[1], align_corners)
    heights = resampling.scale_of(x.shape[1], size[0], align_corners)
    widths = resampling.scale_of(x.shape[2], size[1], align_corners)
    # Columns first: TensorFlow sums each row before it adds rows.
    summed = resampling.apply(resampling.apply(x, columns, 2), rows, 1)
    return summed * float(np.float32(1.0 / (heights * widths)))


@resize_nearest_neighbor_op.kernel
def resize_nearest_neighbor_kernel(
    images: Any, size: tuple[int, ...], *, align_corners: bool, half_pixel_centers: bool
) -> Any:
    _check(images, size, align_corners, half_pixel_centers)
    options = (align_corners, half_pixel_centers)
    rows = resampling.nearest(images.shape[1], size[0], *options)
    columns = resampling.nearest(images.shape[2], size[1], *options)
    if isinstance(images, np.ndarray):
        return images[:, rows][:, :, columns]
    return resampling.pick(resampling.pick(images, rows, 1), columns, 2)


@scale_and_translate_op.kernel
def scale_and_translate_kernel(
    images: Any,
    size: tuple[int, ...],
    scale: tuple[float, ...],
    translation: tuple[float, ...],
    *,
    kernel_type: str,
    antialias: bool,
) -> torch.Tensor:
    if kernel_type not in resampling.FILTERS:
        raise invalid(f"Unrecognized kernel type: {kernel_type}")
    _check(images, size)
    _check_pairs(scale, translation)
    x = _tensor(images).to(torch.float32)
    rows, columns = (
        resampling.filtered(
            x.shape[1 + i], size[i], kernel_type, scale[i], translation[i], antialias
        )
        for i in range(2)
    )
    return _along(x, rows, columns)


def _check_pairs(scale: Any, translation: Any) -> None:
    for pair in (scale, translation):
        if not isinstance(pair, tuple):
            raise invalid("t must be 1-dimensional[]")
        if len(pair) != 2:
            raise invalid(f"t must have two elements{text((len(pair),))}")
    if not (scale[0] > 0 and scale[1] > 0):
        raise invalid("Scale must be greater than zero.")


# Kernels of the gradients.


def _spread(
    grads: torch.Tensor, image: torch.Tensor, rows: resampling.Taps, columns: resampling.Taps
) -> torch.Tensor:
    height, width = image.shape[1:3]
    summed = resampling.spread(grads, columns, width, 2)
    return resampling.spread(summed, rows, height, 1).to(image.dtype)


def _gradient_kernel(entry: Entry, taps: Any) -> None:
    @entry.kernel
    def kernel(
        grads: torch.Tensor,
        original_image: torch.Tensor,
        *,
        align_corners: bool,
        half_pixel_centers: bool,
    ) -> torch.Tensor:
        _check_gradient(grads, original_image, align_corners, half_pixel_centers)
        rows, columns = (
            taps(original_image.shape[i], grads.shape[i], align_corners, half_pixel_centers)
            for i in (1, 2)
        )
        return _spread(grads, original_image, rows, columns)


_gradient_kernel(resize_bilinear_grad_op, resampling.linear)
_gradient_kernel(resize_bicubic_grad_op, resampling.cubic)


@resize_nearest_neighbor_grad_op.kernel
def resize_nearest_neighbor_grad_kernel(
    grads: torch.Tensor, size: tuple[int, ...], *, align_corners: bool, half_pixel_centers: bool
) -> torch.Tensor:
    if grads.dim() != 4:
        raise invalid(f"input must be 4-dimensional{text(grads.shape)}")
    if len(size) != 2:
        raise invalid(f"shape_t must have two elements{text((len(size),))}")
    if size[0] <= 0 or size[1] <= 0:
        raise invalid("shape_t's elements must be positive")
    for axis in (1, 2):
        shape = list(grads.shape)
        index = resampling.nearest(size[axis - 1], shape[axis], align_corners, half_pixel_centers)
        shape[axis] = size[axis - 1]
        at = torch.from_numpy(index).to(grads.device)
        grads = grads.new_zeros(shape).index_add_(axis, at, grads)
    return grads


@scale_and_translate_grad_op.kernel
def scale_and_translate_grad_kernel(
    grads: torch.Tensor,
    original_image: torch.Tensor,
    scale: tuple[float, ...],
    translation: tuple[float, ...],
    *,
    kernel_type: str,
    antialias: bool,
) -> torch.Tensor:
    if kernel_type not in resampling.FILTERS:
        raise invalid(f"Unrecognized kernel type: {kernel_type}")
    _check_gradient(grads, original_image, False, False)
    _check_pairs(scale, translation)
    rows, columns = (
        resampling.filtered(
            original_image.shape[1 + i],
            grads.shape[1 + i],
            kernel_type,
            scale[i],
            translation[i],
            antialias,
        )
        for i in range(2)
    )
    return _spread(grads, original_image, rows, columns)


# Gradients.


def _centers(node: Any) -> dict[str, Any]:
    return {name: node.attr(name) for name in ("align_corners", "half_pixel_centers")}


@resize_bilinear_op.gradient
def resize_bilinear_gradient(node: Any, grad: Any) -> Any:
    return apply_op("ResizeBilinearGrad", grad, node.inputs[0], **_centers(node)), None


@resize_bicubic_op.gradient
def resize_bicubic_gradient(node: Any, grad: Any) -> Any:
    if node.inputs[0].dtype not in (dtypes.float32, dtypes.float64):
        return None, None
    return apply_op("ResizeBicubicGrad", grad, node.inputs[0], **_centers(node)), None


@resize_nearest_neighbor_op.gradient
def resize_nearest_neighbor_gradient(node: Any, grad: Any) -> Any:
    image = node.inputs[0]
    shape = image.shape[1:3]
    size = shape if shape.is_fully_defined() else array_ops.shape(image)[1:3]
    return apply_op("ResizeNearestNeighborGrad", grad, size, **_centers(node)), None


@scale_and_translate_op.gradient
def scale_and_translate_gradient(node: Any, grad: Any) -> Any:
    image, _, scale, translation = node.inputs
    attrs = {name: node.attr(name) for name in ("kernel_type", "antialias")}
    result = apply_op("ScaleAndTranslateGrad", grad, image, scale, translation, **attrs)
    return result, None, None, None
