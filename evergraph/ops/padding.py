"""Wider and repeated tensors: Pad, PadV2, MirrorPad, MirrorPadGrad, Tile, TileGrad."""

from typing import Any

import numpy as np
import torch

from evergraph.api import array_ops, math_ops
from evergraph.graph.apply import apply_op
from evergraph.graph.composite import IndexedSlices
from evergraph.graph.registry import ShapeError, op
from evergraph.kernels import mirrors
from evergraph.kernels.host import invalid, settle, text
from evergraph.ops import shape_rules
from evergraph.ops.shape_rules import Dims

_MIRROR = "T: type; Tpaddings: int32 | int64 = int32; mode: string in {'REFLECT', 'SYMMETRIC'}"

pad_op = op(
    "Pad(input: T, paddings: Tpaddings) -> output: T",
    "T: type; Tpaddings: int32 | int64 = int32",
    host=["paddings"],
)
pad_v2_op = op(
    "PadV2(input: T, paddings: Tpaddings, constant_values: T) -> output: T",
    "T: type; Tpaddings: int32 | int64 = int32",
    host=["paddings", "constant_values"],
)
mirror_pad_op = op(
    "MirrorPad(input: T, paddings: Tpaddings) -> output: T", _MIRROR, host=["paddings"]
)
mirror_pad_grad_op = op(
    "MirrorPadGrad(input: T, paddings: Tpaddings) -> output: T", _MIRROR, host=["paddings"]
)
tile_op = op(
    "Tile(input: T, multiples: Tmultiples) -> output: T",
    "T: type; Tmultiples: int32 | int64 = int32",
    host=["multiples"],
)
tile_grad_op = op(
    "TileGrad(input: T, multiples: int32) -> output: T",
    "T: type",
    host=["multiples"],
    deprecated=(3, "TileGrad has been replaced with reduce_sum"),
)

Paddings = tuple[tuple[int, int], ...]


def _padded_shape(node: Any) -> tuple[Dims, Any]:
    """The input's dims, merged with what the paddings tell, and the paddings' value."""
    dims = node.inputs[0].dims
    rank, two = shape_rules.with_rank(node.inputs[1].dims, 2)
    shape_rules.with_value(two, 2)
    paddings = node.static_input(1)
    if rank is None and dims is not None:
        rank = len(dims)
    if rank is not None:
        dims = shape_rules.with_rank(dims, rank)
    return dims, paddings


@pad_op.shape
@pad_v2_op.shape
@mirror_pad_op.shape
def pad_shape(node: Any) -> Dims:
    dims, paddings = _padded_shape(node)
    if dims is None or paddings is None:
        return None if dims is None else (None,) * len(dims)
    result = []
    for d, (before, after) in zip(dims, paddings.tolist(), strict=True):
        if before < 0 or after < 0:
            raise ShapeError("Paddings must be non-negative")
        result.append(None if d is None else d + before + after)
    return tuple(result)


@mirror_pad_grad_op.shape
def mirror_pad_grad_shape(node: Any) -> Dims:
    dims, paddings = _padded_shape(node)
    if dims is None or paddings is None:
        return None if dims is None else (None,) * len(dims)
    result = []
    for d, (before, after) in zip(dims, paddings.tolist(), strict=True):
        if before < 0 or after < 0:
            raise ShapeError(f"Paddings must be non-negative: {before}, {after}")
        result.append(shape_rules.subtract_dim(d, before + after))
    return tuple(result)


def _check(shape: Any, paddings: Paddings, value: Any = 0) -> None:
    given = np.shape(paddings) if len(paddings) else (0, 2)
    if len(given) != 2 or given[1] != 2:
        raise invalid(f"paddings must be a matrix with 2 columns: {text(given)}")
    if len(paddings) != len(shape):
        raise invalid(
            "The first dimension of paddings must be the rank of inputs"
            f"[{len(paddings)},2] {text(shape)}"
        )
    if len(np.shape(value)):
        raise invalid(f"constant_values must be a scalar. Found: {text(np.shape(value))}")
    for before, after in paddings:
        if before < 0 or after < 0:
            raise invalid(f"Paddings must be non-negative: {before} {after}")


@pad_op.kernel
def pad_kernel(x: torch.Tensor, paddings: Paddings) -> torch.Tensor:
    return pad_v2_kernel(x, paddings, 0)


@pad_v2_op.kernel
def pad_v2_kernel(x: torch.Tensor, paddings: Paddings, value: Any) -> torch.Tensor:
    _check(x.shape, paddings, value)
    if not paddings:
        return x.clone()
    # torch lists the last axis first.
    flat = [n for pair in reversed(paddings) for n in pair]
    if isinstance(value, complex):
        whole = x.new_full([d + sum(p) for d, p in zip(x.shape, paddings, strict=True)], value)
        whole[_inside(x.shape, paddings)] = x
        return whole
    return torch.nn.functional.pad(x, flat, value=value)


def _inside(shape: Any, paddings: Paddings) -> tuple[slice, ...]:
    return tuple(slice(p[0], p[0] + d) for d, p in zip(shape, paddings, strict=True))


@pad_op.numpy
def pad_numpy(x: Any, paddings: Paddings) -> Any:
    return pad_v2_numpy(x, paddings, b"" if x.dtype == object else 0)


@pad_v2_op.numpy
def pad_v2_numpy(x: Any, paddings: Paddings, value: Any) -> Any:
    _check(x.shape, paddings, value)
    shape = [d + sum(p) for d, p in zip(x.shape, paddings, strict=True)]
    whole = np.empty(shape, x.dtype)
    whole[...] = value
    whole[_inside(x.shape, paddings)] = x
    return settle(whole)


@pad_op.gradient
@pad_v2_op.gradient
def pad_gradient(node: Any, grad: Any) -> Any:
    x, paddings = node.inputs[0], node.inputs[1]
    before = array_ops.slice(paddings, [0, 0], array_ops.stack([array_ops.rank(x), 1]))
    begin = array_ops.reshape(before, [-1])
    part = array_ops.slice(grad, begin, array_ops.shape(x))
    return (part, None) if len(node.inputs) == 2 else (part, None, None)


# Mirrors.


@mirror_pad_op.kernel
def mirror_pad_kernel(x: torch.Tensor, paddings: Paddings, *, mode: str) -> torch.Tensor:
    return mirrors.mirror_pad(x, paddings, mode)


@mirror_pad_op.numpy
def mirror_pad_numpy(x: Any, paddings: Paddings, *, mode: str) -> Any:
    mirrors.check(x.shape, paddings, mode)
    result = x.copy()
    for axis, (before, after) in enumerate(paddings):
        if before or after:
            result = result.take(mirrors.positions(x.shape[axis], before, after, mode), axis)
    return result


@mirror_pad_op.gradient
def mirror_pad_gradient(node: Any, grad: Any) -> Any:
    return apply_op("MirrorPadGrad", grad, node.inputs[1], mode=node.attr("mode")), None


@mirror_pad_grad_op.kernel
def mirror_pad_grad_kernel(grad: torch.Tensor, paddings: Paddings, *, mode: str) -> torch.Tensor:
    if len(paddings) != grad.dim():
        mirrors.check(grad.shape, paddings, mode)
    sizes = []
    for d, (before, after) in zip(grad.shape, paddings, strict=True):
        size = d - before - after
        if before < 0 or after < 0 or size < max(before, after) + (mode == "REFLECT"):
            raise invalid("the first dimension of paddings must be the rank of inputs")
        sizes.append(size)
    result = grad
    for axis, (before, after) in enumerate(paddings):
        if before or after:
            index = torch.from_numpy(mirrors.positions(sizes[axis], before, after, mode))
            shape = list(result.shape)
            shape[axis] = sizes[axis]
            result = result.new_zeros(shape).index_add_(axis, index.to(grad.device), result)
    return grad.clone() if result is grad else result


@mirror_pad_grad_op.gradient
def mirror_pad_grad_gradient(node: Any, grad: Any) -> Any:
    return apply_op("MirrorPad", grad, node.inputs[1], mode=node.attr("mode")), None


# Tile.


@tile_op.shape
def tile_shape(node: Any) -> Dims:
    dims = node.inputs[0].dims
    if node.inputs[1].dims is not None:
        shape_rules.with_rank(node.inputs[1].dims, 1)
    multiples = node.static_dims(1)
    if dims is None:
        return None if multiples is None else (None,) * len(multiples)
    multiples = shape_rules.with_rank(multiples, len(dims))
    return tuple(
        None if d is None or m is None else d * m for d, m in zip(dims, multiples, strict=True)
    )


def _check_multiples(shape: Any, multiples: Any) -> None:
    given = np.shape(multiples)
    if len(given) != 1:
        raise invalid(f"Expected multiples to be 1-D, but got shape {text(given)}")
    if len(multiples) != len(shape):
        raise invalid(
            "Expected multiples argument to be a vector of length "
            f"{len(shape)} but got length {len(multiples)}"
        )
    for i, m in enumerate(multiples):
        if m < 0:
            raise invalid(f"Expected multiples[{i}] >= 0, but got {m}")


@tile_op.kernel
def tile_kernel(x: torch.Tensor, multiples: tuple[int, ...]) -> torch.Tensor:
    _check_multiples(x.shape, multiples)
    return x.repeat(multiples) if multiples else x.clone()


@tile_op.numpy
def tile_numpy(x: Any, multiples: tuple[int, ...]) -> Any:
    _check_multiples(x.shape, multiples)
    return np.tile(x, multiples) if multiples else x


@tile_op.gradient
def tile_gradient(node: Any, grad: Any) -> Any:
    """Every axis is split into (copies, size), and the copies are summed."""
    x, multiples = node.inputs
    x_shape = array_ops.shape(x, out_type=multiples.dtype)
    pairs = array_ops.transpose(array_ops.stack([multiples, x_shape]))
    split = array_ops.reshape(pairs, [-1])
    axes = math_ops.range(0, array_ops.size(split), 2)
    if isinstance(grad, IndexedSlices):
        rows = math_ops.cast(x_shape[0], grad.indices.dtype)
        folded = math_ops.mod(grad.indices, rows)
        grad = math_ops.unsorted_segment_sum(grad.values, folded, rows)
        split = array_ops.concat([[1], split[1:]], axis=0)
    summed = math_ops.reduce_sum(array_ops.reshape(grad, split), axes)
    summed.set_shape(x.get_shape())
    return summed, None


@tile_grad_op.shape
def tile_grad_shape(node: Any) -> Dims:
    dims, multiples = node.inputs[0].dims, node.static_dims(1)
    if dims is None or multiples is None:
        return None
    dims = shape_rules.with_rank(dims, len(multiples))
    return tuple(
        None if d is None or m is None else d // m for d, m in zip(dims, multiples, strict=True)
    )


@tile_grad_op.kernel
def tile_grad_kernel(grad: torch.Tensor, multiples: tuple[int, ...]) -> torch.Tensor:
    if not multiples:
        return grad.clone()
    split = [n for d, m in zip(grad.shape, multiples, strict=True) for n in (m, d // m)]
    return grad.reshape(split).sum(tuple(range(0, len(split), 2)), dtype=grad.dtype)
