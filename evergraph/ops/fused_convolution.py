"""Convolutions of images resized and padded before, in one op: FusedResizeAndPadConv2D,
FusedPadConv2D. Tools that prepare graphs for small devices make them."""

from typing import Any

import torch

from evergraph.graph.registry import ShapeError, op
from evergraph.kernels import convolution, mirrors, resampling
from evergraph.kernels.host import invalid
from evergraph.kernels.windows import Window
from evergraph.ops import shape_rules, window_shapes
from evergraph.ops.shape_rules import Dims

_REST = (
    "mode: string in {'REFLECT', 'SYMMETRIC'}; strides: list(int); "
    "padding: string in {'SAME', 'VALID'}"
)

resize_op = op(
    "FusedResizeAndPadConv2D(input: T, size: int32, paddings: int32, filter: T) -> output: T",
    f"T: float16 | float32 | float64; resize_align_corners: bool = false; {_REST}",
    host=["size", "paddings"],
)
pad_op = op(
    "FusedPadConv2D(input: T, paddings: int32, filter: T) -> output: T",
    f"T: float16 | float32 | float64; {_REST}",
    host=["paddings"],
)


def _padded(node: Any, dims: tuple[Any, ...], index: int) -> tuple[Any, ...]:
    """`dims` with the paddings of input `index`."""
    rows, columns = shape_rules.with_rank(node.inputs[index].dims, 2)
    if rows is not None:
        shape_rules.with_rank(dims, rows)
    shape_rules.merge((rows, columns), (len(dims), 2))
    paddings = node.static_input(index)
    if paddings is None:
        return (None,) * 4
    if (paddings < 0).any():
        raise ShapeError("Paddings must be non-negative")
    sums = [int(sum(pair)) for pair in paddings.tolist()]
    return tuple(shape_rules.add_dim(d, pad) for d, pad in zip(dims, sums, strict=True))


def _convolved(node: Any, x: tuple[Any, ...], w: Dims) -> Dims:
    w = shape_rules.with_rank(w, 4)
    strides = node.attr("strides")
    if len(strides) != 4:
        raise ShapeError(
            f"Operation requires the stride attribute to contain 4 values, but got: {len(strides)}"
        )
    shape_rules.merge_dim(x[3], w[2])
    space = window_shapes.places(x[1:3], w[:2], strides[1:3], node.attr("padding"))
    return (x[0], *space, w[3])


@pad_op.shape
def pad_shape(node: Any) -> Dims:
    dims = shape_rules.with_rank(node.inputs[0].dims, 4)
    return _convolved(node, _padded(node, dims, 1), node.inputs[2].dims)


@resize_op.shape
def resize_shape(node: Any) -> Dims:
    dims = shape_rules.with_rank(node.inputs[0].dims, 4)
    shape_rules.merge(node.inputs[1].dims, (2,))
    size = node.static_input(1)
    space = (None, None) if size is None else tuple(int(s) for s in size)
    resized = (dims[0], *space, dims[3])
    return _convolved(node, _padded(node, resized, 2), node.inputs[3].dims)


@pad_op.kernel
def pad_kernel(x: torch.Tensor, paddings: Any, w: torch.Tensor, *, node: Any) -> torch.Tensor:
    if not x.numel():
        raise invalid("Input tensor can't be empty")
    for axis, what in ((0, "batches"), (3, "channels")):
        if any(paddings[axis]):
            raise invalid(f"Fused mirror padding only support spatial padding, not {what}: ")
    window = Window(node.attr("strides"), node.attr("padding"))
    convolution.check_axes(window)
    return convolution.conv(mirrors.mirror_pad(x, paddings, node.attr("mode")), w, window)


@resize_op.kernel
def resize_kernel(
    x: torch.Tensor, size: Any, paddings: Any, w: torch.Tensor, *, node: Any
) -> torch.Tensor:
    corners = node.attr("resize_align_corners")
    resized = resampling.bilinear(x, size, corners, False).to(x.dtype)
    return pad_kernel(resized, paddings, w, node=node)
