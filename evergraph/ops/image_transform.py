"""Images seen through a projective transform: ImageProjectiveTransform."""

from typing import Any

import torch

from evergraph.api import array_ops, image_transforms, linalg_ops
from evergraph.graph.apply import apply_op
from evergraph.graph.registry import op
from evergraph.kernels.host import invalid, text
from evergraph.ops import shape_rules
from evergraph.ops.shape_rules import Dims

_ATTRS = "dtype: uint8 | int32 | int64 | float16 | float32 | float64; interpolation: string"

image_projective_transform_op = op(
    "ImageProjectiveTransform(images: dtype, transforms: float32) -> transformed_images: dtype",
    _ATTRS,
)
image_projective_transform_v2_op = op(
    "ImageProjectiveTransformV2(images: dtype, transforms: float32, output_shape: int32) "
    "-> transformed_images: dtype",
    _ATTRS,
    host=["output_shape"],
)
image_projective_transform_op.shape(shape_rules.unchanged)


@image_projective_transform_v2_op.shape
def image_projective_transform_v2_shape(node: Any) -> Dims:
    batch, _, _, channels = shape_rules.with_rank(node.inputs[0].dims, 4)
    (count,) = shape_rules.with_rank(node.inputs[2].dims, 1)
    shape_rules.with_value(count, 2)
    size = node.static_input(2)
    if size is None:
        return (batch, None, None, channels)
    return (batch, *(int(n) if n >= 0 else None for n in size), channels)


@image_projective_transform_op.kernel
def image_projective_transform_kernel(
    images: torch.Tensor, transforms: torch.Tensor, *, interpolation: str
) -> torch.Tensor:
    return image_projective_transform_v2_kernel(
        images, transforms, tuple(images.shape[1:3]), interpolation=interpolation
    )


@image_projective_transform_v2_op.kernel
def image_projective_transform_v2_kernel(
    images: torch.Tensor, transforms: torch.Tensor, output_shape: Any, *, interpolation: str
) -> torch.Tensor:
    if images.dim() != 4:
        raise invalid("Input images must have rank 4")
    shape = tuple(transforms.shape)
    if len(shape) != 2 or shape[1] != 8 or shape[0] not in (1, images.shape[0]):
        raise invalid("Input transform should be num_images x 8 or 1 x 8")
    if not isinstance(output_shape, tuple):
        raise invalid("output shape must be 1-dimensional[]")
    if len(output_shape) != 2:
        raise invalid(f"output shape must have two elements{text((len(output_shape),))}")
    if output_shape[0] <= 0 or output_shape[1] <= 0:
        raise invalid("output dimensions must be positive")
    if interpolation not in ("NEAREST", "BILINEAR"):
        # TensorFlow ends the process here.
        raise invalid(f"Invalid interpolation {interpolation}. Supported types: NEAREST, BILINEAR")
    y, x, there = _positions(transforms, output_shape)
    if interpolation == "NEAREST":
        return _read(images, _round(y), _round(x), there)
    top, left = torch.floor(y), torch.floor(x)
    rows = []
    for row in (top, top + 1):
        first = _read(images, row, left, there).to(torch.float32)
        second = _read(images, row, left + 1, there).to(torch.float32)
        rows.append((left + 1 - x)[..., None] * first + (x - left)[..., None] * second)
    result = (top + 1 - y)[..., None] * rows[0] + (y - top)[..., None] * rows[1]
    return result.to(images.dtype)


def _positions(transforms: torch.Tensor, size: tuple[int, ...]) -> tuple[torch.Tensor, ...]:
    """Where in the image each new pixel is, and whether it is anywhere: [1 or batch, *size]."""
    device = transforms.device
    row = torch.arange(size[0], dtype=torch.float32, device=device)[:, None]
    column = torch.arange(size[1], dtype=torch.float32, device=device)[None, :]
    t = transforms[:, :, None, None].unbind(1)
    depth = t[6] * column + t[7] * row + 1
    there = depth != 0
    depth = torch.where(there, depth, 1)
    x = (t[0] * column + t[1] * row + t[2]) / depth
    y = (t[3] * column + t[4] * row + t[5]) / depth
    return y, x, there


def _round(x: torch.Tensor) -> torch.Tensor:
    """To the nearest whole number; halves go away from zero."""
    whole = torch.trunc(x)
    return torch.where((x - whole).abs() >= 0.5, whole + torch.sign(x), whole)


def _read(
    images: torch.Tensor, y: torch.Tensor, x: torch.Tensor, there: torch.Tensor
) -> torch.Tensor:
    """Pixels at whole positions, zeros outside."""
    batch, height, width, _ = images.shape
    inside = there & (y >= 0) & (y < height) & (x >= 0) & (x < width)
    rows = torch.where(inside, y, 0).long().expand(batch, -1, -1)
    columns = torch.where(inside, x, 0).long().expand(batch, -1, -1)
    which = torch.arange(batch, device=images.device)[:, None, None]
    pixels = images[which, rows, columns]
    return torch.where(inside[..., None], pixels, torch.zeros((), dtype=pixels.dtype))


@image_projective_transform_v2_op.gradient
def image_projective_transform_v2_gradient(node: Any, grad: Any) -> Any:
    """The transform back: exact where each pixel is read once."""
    images, transforms, _ = node.inputs
    matrices = image_transforms.flat_transforms_to_matrices(transforms=transforms)
    inverse = linalg_ops.matrix_inverse(matrices)
    back = image_transforms.matrices_to_flat_transforms(inverse)
    result = apply_op(
        "ImageProjectiveTransformV2",
        grad,
        back,
        array_ops.shape(images)[1:3],
        interpolation=node.attr("interpolation"),
    )
    return result, None, None
