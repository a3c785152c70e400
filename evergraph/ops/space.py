"""Blocks of space moved to the batch or to the channels, and back: SpaceToBatch, SpaceToDepth."""

from typing import Any

import numpy as np
import torch

from evergraph.api import array_ops
from evergraph.graph.registry import ShapeError, op
from evergraph.kernels.host import invalid
from evergraph.ops import shape_rules
from evergraph.ops.shape_rules import Dims

_FORMATS = "data_format: string in {'NHWC', 'NCHW', 'NCHW_VECT_C'} = 'NHWC'"

space_to_batch_op = op(
    "SpaceToBatch(input: T, paddings: Tpaddings) -> output: T",
    "T: type; Tpaddings: int32 | int64 = int32; block_size: int >= 2",
    host=["paddings"],
)
space_to_batch_nd_op = op(
    "SpaceToBatchND(input: T, block_shape: Tblock_shape, paddings: Tpaddings) -> output: T",
    "T: type; Tblock_shape: int32 | int64 = int32; Tpaddings: int32 | int64 = int32",
    host=["block_shape", "paddings"],
)
batch_to_space_op = op(
    "BatchToSpace(input: T, crops: Tidx) -> output: T",
    "T: type; block_size: int >= 2; Tidx: int32 | int64 = int32",
    host=["crops"],
)
batch_to_space_nd_op = op(
    "BatchToSpaceND(input: T, block_shape: Tblock_shape, crops: Tcrops) -> output: T",
    "T: type; Tblock_shape: int32 | int64 = int32; Tcrops: int32 | int64 = int32",
    host=["block_shape", "crops"],
)
space_to_depth_op = op(
    "SpaceToDepth(input: T) -> output: T", f"T: type; block_size: int >= 2; {_FORMATS}"
)
depth_to_space_op = op(
    "DepthToSpace(input: T) -> output: T", f"T: type; block_size: int >= 2; {_FORMATS}"
)

Pairs = tuple[tuple[int, int], ...]


# Space to batch.


def _refuse_blocks(block: Any, edges: Any, what: str) -> None:
    """Refuses block sizes below 1 and paddings or crops below 0, where they are known."""
    for i, size in enumerate(block):
        if size < 1:
            raise ShapeError("block_shape must be positive")
        if edges is not None and min(edges[i]) < 0:
            raise ShapeError(f"{what} cannot be negative")


def _blocks_to_batch(dims: Dims, block: Any, paddings: Any) -> Dims:
    if block is None:
        return None
    _refuse_blocks(block, paddings, "paddings")
    if dims is None:
        return None
    dims = shape_rules.at_least_rank(dims, len(block) + 1)
    assert dims is not None
    batch = dims[0]
    space: list[int | None] = []
    for i, size in enumerate(block):
        batch = shape_rules.multiply_dim(batch, size)
        if paddings is None:
            space.append(None)
        else:
            padded = shape_rules.add_dim(dims[1 + i], sum(paddings[i]))
            space.append(shape_rules.divide_dim(padded, size))
    return (batch, *space, *dims[1 + len(block) :])


def _batch_to_blocks(dims: Dims, block: Any, crops: Any) -> Dims:
    if block is None:
        return None
    _refuse_blocks(block, crops, "crops")
    if dims is None:
        return None
    dims = shape_rules.at_least_rank(dims, len(block) + 1)
    assert dims is not None
    batch = dims[0]
    space: list[int | None] = []
    for i, size in enumerate(block):
        batch = shape_rules.divide_dim(batch, size)
        if crops is None:
            space.append(None)
        else:
            rest = shape_rules.multiply_dim(dims[1 + i], size)
            for crop in crops[i]:
                rest = shape_rules.subtract_dim(rest, crop)
            space.append(rest)
    return (batch, *space, *dims[1 + len(block) :])


def _numbers(value: Any) -> Any:
    return None if value is None else value.tolist()


@space_to_batch_nd_op.shape
def space_to_batch_nd_shape(node: Any) -> Dims:
    return _checked_nd(node, _blocks_to_batch)


@batch_to_space_nd_op.shape
def batch_to_space_nd_shape(node: Any) -> Dims:
    return _checked_nd(node, _batch_to_blocks)


def _checked_nd(node: Any, rule: Any) -> Dims:
    block_dims = node.inputs[1].dims
    if block_dims is None or len(block_dims) != 1:
        raise ShapeError("block_shape must have rank 1.")
    if block_dims[0] is None:
        raise ShapeError("block_shape must have known size.")
    count = block_dims[0]
    dims = shape_rules.at_least_rank(node.inputs[0].dims, count + 1)
    shape_rules.merge(node.inputs[2].dims, (count, 2))
    block, edges = _numbers(node.static_input(1)), _numbers(node.static_input(2))
    if block is None:
        return None if dims is None else (None,) * (count + 1) + dims[count + 1 :]
    return rule(dims, block, edges)


@space_to_batch_op.shape
def space_to_batch_shape(node: Any) -> Dims:
    return _checked_4d(node, _blocks_to_batch)


@batch_to_space_op.shape
def batch_to_space_shape(node: Any) -> Dims:
    return _checked_4d(node, _batch_to_blocks)


def _checked_4d(node: Any, rule: Any) -> Dims:
    dims = shape_rules.with_rank(node.inputs[0].dims, 4)
    shape_rules.with_rank(node.inputs[1].dims, 2)
    size = node.attr("block_size")
    return rule(dims, [size, size], _numbers(node.static_input(1)))


def _block_axes(count: int, rank: int) -> tuple[list[int], list[int]]:
    """Permutations of (batch, s0, b0, s1, b1, ..., rest): blocks to the front, and back."""
    spaces = [1 + 2 * i for i in range(count)]
    blocks = [2 + 2 * i for i in range(count)]
    rest = list(range(1 + 2 * count, rank + count))
    forward = [*blocks, 0, *spaces, *rest]
    backward = [forward.index(i) for i in range(len(forward))]
    return forward, backward


def _check_blocks(x: Any, block: tuple[int, ...], edges: Pairs, what: str) -> None:
    if len(x.shape) < 1 + len(block):
        raise invalid(f"input rank should be >= {1 + len(block)} instead of {len(x.shape)}")
    if len(edges) != len(block):
        raise invalid(f"{what} should have shape [{len(block)}, 2] instead of [{len(edges)},2]")
    for b in block:
        if b < 1:
            raise invalid("All values in block_shape must be positive, got value, " + str(b))
    for pair in edges:
        if min(pair) < 0:
            raise invalid(f"{what.capitalize()} must be non-negative")


@space_to_batch_nd_op.kernel
@space_to_batch_nd_op.numpy
def space_to_batch_nd_kernel(x: Any, block: tuple[int, ...], paddings: Pairs) -> Any:
    _check_blocks(x, block, paddings, "paddings")
    count, rank = len(block), len(x.shape)
    if isinstance(x, torch.Tensor):
        flat = [n for pair in reversed(paddings) for n in pair]
        padded = torch.nn.functional.pad(x, [0, 0] * (rank - 1 - count) + flat)
    else:
        rest = [(0, 0)] * (rank - 1 - count)
        padded = np.pad(x, [(0, 0), *paddings, *rest])
    shape: list[int] = [x.shape[0]]
    for i, b in enumerate(block):
        size = padded.shape[1 + i]
        if size % b:
            raise invalid(f"padded_shape[{i}]={size} is not divisible by block_shape[{i}]={b}")
        shape += [size // b, b]
    split = padded.reshape([*shape, *x.shape[1 + count :]])
    forward, _ = _block_axes(count, rank)
    moved = split.permute(forward) if isinstance(x, torch.Tensor) else split.transpose(forward)
    batch = x.shape[0] * _product(block)
    result = moved.reshape([batch, *shape[1::2], *x.shape[1 + count :]])
    return _fresh(result, x)


def _product(values: Any) -> int:
    result = 1
    for v in values:
        result *= v
    return result


def _fresh(result: Any, x: Any) -> Any:
    """`result`, copied where reshaping left it in the memory of `x`."""
    if isinstance(x, torch.Tensor):
        return result.clone() if result.data_ptr() == x.data_ptr() else result.contiguous()
    return result.copy()


@batch_to_space_nd_op.kernel
@batch_to_space_nd_op.numpy
def batch_to_space_nd_kernel(x: Any, block: tuple[int, ...], crops: Pairs) -> Any:
    _check_blocks(x, block, crops, "crops")
    count, rank = len(block), len(x.shape)
    blocks = _product(block)
    if x.shape[0] % blocks:
        raise invalid(
            f"Input batch dimension ({x.shape[0]}) is not divisible by product of block sizes "
            f"({blocks})"
        )
    batch = x.shape[0] // blocks
    split = x.reshape([*block, batch, *x.shape[1:]])
    _, backward = _block_axes(count, rank)
    moved = split.permute(backward) if isinstance(x, torch.Tensor) else split.transpose(backward)
    space = [x.shape[1 + i] * b for i, b in enumerate(block)]
    whole = moved.reshape([batch, *space, *x.shape[1 + count :]])
    index: list[slice] = [slice(None)]
    for i, (before, after) in enumerate(crops):
        if before + after > space[i]:
            raise invalid(f"cropped_shape[{i}]={space[i] - before - after} must be non-negative")
        index.append(slice(before, space[i] - after))
    return _fresh(whole[tuple(index)], x)


@space_to_batch_op.kernel
@space_to_batch_op.numpy
def space_to_batch_kernel(x: Any, paddings: Pairs, *, block_size: int) -> Any:
    return space_to_batch_nd_kernel(x, (block_size, block_size), paddings)


@batch_to_space_op.kernel
@batch_to_space_op.numpy
def batch_to_space_kernel(x: Any, crops: Pairs, *, block_size: int) -> Any:
    return batch_to_space_nd_kernel(x, (block_size, block_size), crops)


@space_to_batch_op.gradient
def space_to_batch_gradient(node: Any, grad: Any) -> Any:
    size = node.attr("block_size")
    return array_ops.batch_to_space(grad, node.inputs[1], block_size=size), None


@space_to_batch_nd_op.gradient
def space_to_batch_nd_gradient(node: Any, grad: Any) -> Any:
    return array_ops.batch_to_space_nd(grad, node.inputs[1], node.inputs[2]), None, None


@batch_to_space_op.gradient
def batch_to_space_gradient(node: Any, grad: Any) -> Any:
    size = node.attr("block_size")
    return array_ops.space_to_batch(grad, node.inputs[1], block_size=size), None


@batch_to_space_nd_op.gradient
def batch_to_space_nd_gradient(node: Any, grad: Any) -> Any:
    return array_ops.space_to_batch_nd(grad, node.inputs[1], node.inputs[2]), None, None


# Space to depth.


def _axes(data_format: str, dims: Any) -> tuple[int, int, int]:
    """Where height, width and channels are."""
    if data_format == "NHWC":
        return 1, 2, 3
    return 2, 3, 1


@space_to_depth_op.shape
def space_to_depth_shape(node: Any) -> Dims:
    data_format, size = node.attr("data_format"), node.attr("block_size")
    rank = 5 if data_format == "NCHW_VECT_C" else 4
    dims = list(shape_rules.with_rank(node.inputs[0].dims, rank))
    h, w, c = _axes(data_format, dims)
    dims[h] = shape_rules.divide_dim(dims[h], size)
    dims[w] = shape_rules.divide_dim(dims[w], size)
    dims[c] = shape_rules.multiply_dim(dims[c], size * size)
    return tuple(dims)


@depth_to_space_op.shape
def depth_to_space_shape(node: Any) -> Dims:
    data_format, size = node.attr("data_format"), node.attr("block_size")
    rank = 5 if data_format == "NCHW_VECT_C" else 4
    dims = list(shape_rules.with_rank(node.inputs[0].dims, rank))
    h, w, c = _axes(data_format, dims)
    dims[h] = shape_rules.multiply_dim(dims[h], size)
    dims[w] = shape_rules.multiply_dim(dims[w], size)
    dims[c] = shape_rules.divide_dim(dims[c], size * size)
    return tuple(dims)


def _check_image(x: Any, data_format: str) -> None:
    if data_format == "NCHW_VECT_C":
        raise NotImplementedError("SpaceToDepth and DepthToSpace with NCHW_VECT_C")
    if len(x.shape) != 4:
        raise invalid(f"Input rank should be 4 instead of {len(x.shape)}")


@space_to_depth_op.kernel
def space_to_depth_kernel(x: torch.Tensor, *, block_size: int, data_format: str) -> torch.Tensor:
    _check_image(x, data_format)
    size = block_size
    h, w, c = (x.shape[i] for i in _axes(data_format, x.shape))
    if h % size or w % size:
        raise invalid(f"Image width {w} and height {h} should be divisible by block_size: {size}")
    if data_format == "NHWC":
        split = x.reshape(x.shape[0], h // size, size, w // size, size, c)
        moved = split.permute(0, 1, 3, 2, 4, 5)
        return _fresh(moved.reshape(x.shape[0], h // size, w // size, size * size * c), x)
    split = x.reshape(x.shape[0], c, h // size, size, w // size, size)
    moved = split.permute(0, 3, 5, 1, 2, 4)
    return _fresh(moved.reshape(x.shape[0], size * size * c, h // size, w // size), x)


@depth_to_space_op.kernel
def depth_to_space_kernel(x: torch.Tensor, *, block_size: int, data_format: str) -> torch.Tensor:
    if len(x.shape) != 4 and data_format != "NCHW_VECT_C":
        raise invalid(f"Input rank should be: 4 instead of: {len(x.shape)}")
    _check_image(x, data_format)
    size = block_size
    h, w, c = (x.shape[i] for i in _axes(data_format, x.shape))
    if c % (size * size):
        raise invalid(f"Input depth dimension {c} should be divisible by: {size * size}")
    depth = c // (size * size)
    if data_format == "NHWC":
        split = x.reshape(x.shape[0], h, w, size, size, depth)
        moved = split.permute(0, 1, 3, 2, 4, 5)
        return _fresh(moved.reshape(x.shape[0], h * size, w * size, depth), x)
    split = x.reshape(x.shape[0], size, size, depth, h, w)
    moved = split.permute(0, 3, 4, 1, 5, 2)
    return _fresh(moved.reshape(x.shape[0], depth, h * size, w * size), x)


def _no_vectors(node: Any, name: str) -> None:
    if node.attr("data_format") == "NCHW_VECT_C":
        raise ValueError(
            f"Cannot compute {name} gradient with NCHW_VECT_C. "
            "NCHW_VECT_C requires qint8 data type."
        )


@space_to_depth_op.gradient
def space_to_depth_gradient(node: Any, grad: Any) -> Any:
    _no_vectors(node, "SpaceToDepth")
    return array_ops.depth_to_space(
        grad, node.attr("block_size"), data_format=node.attr("data_format")
    )


@depth_to_space_op.gradient
def depth_to_space_gradient(node: Any, grad: Any) -> Any:
    _no_vectors(node, "DepthToSpace")
    return array_ops.space_to_depth(
        grad, node.attr("block_size"), data_format=node.attr("data_format")
    )
