"""Values and where they occur: OneHot, Unique, ListDiff, LowerBound, UpperBound."""

from typing import Any

import numpy as np
import torch

from evergraph.graph.registry import ShapeError, op
from evergraph.kernels.dtypes import numpy_dtype, torch_dtype
from evergraph.kernels.host import invalid, settle, text
from evergraph.ops import shape_rules
from evergraph.ops.shape_rules import Dims

one_hot_op = op(
    "OneHot(indices: TI, depth: int32, on_value: T, off_value: T) -> output: T",
    "axis: int = -1; T: type; TI: uint8 | int32 | int64 = int64",
    host=["depth"],
)
unique_op = op("Unique(x: T) -> y: T, idx: out_idx", "T: type; out_idx: int32 | int64 = int32")
unique_v2_op = op(
    "UniqueV2(x: T, axis: Taxis) -> y: T, idx: out_idx",
    "T: type; Taxis: int32 | int64 = int64; out_idx: int32 | int64 = int32",
    host=["axis"],
)
unique_with_counts_op = op(
    "UniqueWithCounts(x: T) -> y: T, idx: out_idx, count: out_idx",
    "T: type; out_idx: int32 | int64 = int32",
)
unique_with_counts_v2_op = op(
    "UniqueWithCountsV2(x: T, axis: Taxis) -> y: T, idx: out_idx, count: out_idx",
    "T: type; Taxis: int32 | int64 = int64; out_idx: int32 | int64 = int32",
    host=["axis"],
)
list_diff_op = op(
    "ListDiff(x: T, y: T) -> out: T, idx: out_idx", "T: type; out_idx: int32 | int64 = int32"
)
lower_bound_op = op(
    "LowerBound(sorted_inputs: T, values: T) -> output: out_type",
    "T: type; out_type: int32 | int64 = int32",
)
upper_bound_op = op(
    "UpperBound(sorted_inputs: T, values: T) -> output: out_type",
    "T: type; out_type: int32 | int64 = int32",
)


# OneHot.


@one_hot_op.shape
def one_hot_shape(node: Any) -> Dims:
    dims, axis, depth = node.inputs[0].dims, node.attr("axis"), node.static_input(1)
    if axis < -1:
        raise ShapeError("axis must be >= -1")
    depth_dims = node.inputs[1].dims
    if depth_dims:
        raise ShapeError(f"Input must be scalar but has rank {len(depth_dims)}")
    if depth is not None and depth < 0:
        raise ShapeError(
            f"Dimension size, given by scalar input 1, must be non-negative but is {int(depth)}"
        )
    if dims is None:
        return None
    rank = len(dims) + 1
    # An axis too large is found at run time.
    at = min(axis, rank - 1) if axis >= 0 else rank - 1
    return (*dims[:at], None if depth is None else int(depth), *dims[at:])


def _check_one_hot(indices: Any, depth: Any, on: Any, off: Any, axis: int) -> int:
    rank = len(indices.shape)
    for value, name in ((on, "on_value"), (off, "off_value")):
        if len(np.shape(value)):
            raise invalid(f"{name} must be a scalar, but got: {text(np.shape(value))}")
    if not -1 <= axis <= rank:
        raise invalid(f"Expected axis to be -1 or between [0, {rank + 1}).  But received: {axis}")
    if depth < 0:
        raise invalid(f"depth must be non-negative, got: {depth}")
    return rank if axis == -1 else axis


def _column(axis: int, rank: int) -> tuple[int, ...]:
    """The shape in which the numbers 0 ... depth - 1 lie along `axis`."""
    return (1,) * axis + (-1,) + (1,) * (rank - axis)


@one_hot_op.kernel
def one_hot_kernel(
    indices: torch.Tensor, depth: int, on: torch.Tensor, off: torch.Tensor, *, axis: int
) -> torch.Tensor:
    axis = _check_one_hot(indices, depth, on, off, axis)
    steps = torch.arange(depth, dtype=indices.dtype, device=indices.device)
    hot = indices.unsqueeze(axis) == steps.reshape(_column(axis, indices.dim()))
    return torch.where(hot, on, off)


@one_hot_op.numpy
def one_hot_numpy(indices: Any, depth: int, on: Any, off: Any, *, axis: int) -> Any:
    axis = _check_one_hot(indices, depth, on, off, axis)
    steps = np.arange(depth).reshape(_column(axis, np.ndim(indices)))
    return np.where(np.expand_dims(indices, axis) == steps, on, off)


one_hot_op.not_differentiable()


# Unique: in the order of first occurrence.


@unique_op.shape
def unique_shape(node: Any) -> list[Dims]:
    dims = shape_rules.with_rank(node.inputs[0].dims, 1)
    return [(None,), dims]


@unique_v2_op.shape
def unique_v2_shape(node: Any) -> list[Dims]:
    # Right for vectors only, as TensorFlow's rule is.
    return [(None,), node.inputs[0].dims]


@unique_with_counts_op.shape
@unique_with_counts_v2_op.shape
def unique_with_counts_shape(node: Any) -> list[Dims]:
    return [*unique_v2_shape(node), (None,)]


def _unique_torch(x: torch.Tensor, dim: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Values, positions and counts along `dim`, in the order of first occurrence."""
    if not x.numel() or (x.is_floating_point() and bool(torch.isnan(x).any())):
        # torch compares no rows without elements, and sorts wrongly what is not a number.
        found = _unique_parts(x.cpu().double().numpy(), dim)
        firsts, index, often = (torch.from_numpy(a).to(x.device) for a in found)
        return x.index_select(dim, firsts), index, often
    values, inverse, counts = torch.unique(x, return_inverse=True, return_counts=True, dim=dim)
    size = x.shape[dim]
    places = torch.arange(size, device=x.device)
    first = torch.full_like(counts, size).scatter_reduce_(0, inverse, places, "amin")
    order = torch.argsort(first)
    rank = torch.empty_like(order)
    rank[order] = torch.arange(len(order), device=x.device)
    return values.index_select(dim, order), rank[inverse], counts[order]


def _unique_numpy(x: Any, dim: int) -> tuple[Any, Any, Any]:
    if x.dtype != object:
        _, first, inverse, counts = np.unique(
            x, return_index=True, return_inverse=True, return_counts=True, axis=dim
        )
        order = np.argsort(first)
        rank = np.empty_like(order)
        rank[order] = np.arange(len(order))
        return x.take(np.sort(first), dim), rank[inverse.reshape(-1)], counts[order]
    firsts, inverse, counts = _unique_parts(x, dim)
    return x.take(firsts, dim), inverse, counts


def _unique_parts(x: Any, dim: int) -> tuple[Any, Any, Any]:
    """Where each value is first, which one is where, and how often it is."""
    seen: dict[Any, int] = {}
    firsts: list[int] = []
    inverse = np.empty(x.shape[dim], np.int64)
    for i in range(x.shape[dim]):
        part = x.take(i, dim)
        key = tuple(part.reshape(-1)) if isinstance(part, np.ndarray) else part
        if key not in seen:
            seen[key] = len(firsts)
            firsts.append(i)
        inverse[i] = seen[key]
    return np.array(firsts, np.int64), inverse, np.bincount(inverse, minlength=len(firsts))


def _unique_axis(x: Any, axis: Any) -> int:
    if not isinstance(axis, tuple) or any(isinstance(n, tuple) for n in axis):
        raise invalid("axis expects a 1D vector.")
    if len(axis) > 1:
        raise invalid("axis does not support input tensors larger than 1 elements")
    rank = len(x.shape)
    if not axis:
        if rank != 1:
            raise invalid("unique expects a 1D vector.")
        return 0
    if not -rank <= axis[0] < rank:
        raise invalid(f"axis has to be between [0, {rank})")
    return int(axis[0]) % rank


@unique_op.kernel
def unique_kernel(x: torch.Tensor, *, out_idx: Any) -> Any:
    return unique_v2_kernel(x, (), out_idx=out_idx)


@unique_v2_op.kernel
def unique_v2_kernel(x: torch.Tensor, axis: Any, *, out_idx: Any) -> Any:
    values, index, _ = _unique_torch(x, _unique_axis(x, axis))
    return values, index.to(torch_dtype(out_idx))


@unique_with_counts_op.kernel
def unique_with_counts_kernel(x: torch.Tensor, *, out_idx: Any) -> Any:
    return unique_with_counts_v2_kernel(x, (), out_idx=out_idx)


@unique_with_counts_v2_op.kernel
def unique_with_counts_v2_kernel(x: torch.Tensor, axis: Any, *, out_idx: Any) -> Any:
    values, index, counts = _unique_torch(x, _unique_axis(x, axis))
    dtype = torch_dtype(out_idx)
    return values, index.to(dtype), counts.to(dtype)


@unique_op.numpy
def unique_numpy(x: Any, *, out_idx: Any) -> Any:
    return unique_v2_numpy(x, (), out_idx=out_idx)


@unique_v2_op.numpy
def unique_v2_numpy(x: Any, axis: Any, *, out_idx: Any) -> Any:
    values, index, _ = _unique_numpy(x, _unique_axis(x, axis))
    return values, index.astype(numpy_dtype(out_idx))


@unique_with_counts_op.numpy
def unique_with_counts_numpy(x: Any, *, out_idx: Any) -> Any:
    return unique_with_counts_v2_numpy(x, (), out_idx=out_idx)


@unique_with_counts_v2_op.numpy
def unique_with_counts_v2_numpy(x: Any, axis: Any, *, out_idx: Any) -> Any:
    values, index, counts = _unique_numpy(x, _unique_axis(x, axis))
    dtype = numpy_dtype(out_idx)
    return values, index.astype(dtype), counts.astype(dtype)


# ListDiff.


@list_diff_op.shape
def list_diff_shape(node: Any) -> list[Dims]:
    for t in node.inputs:
        shape_rules.with_rank(t.dims, 1)
    return [(None,), (None,)]


def _check_vectors(x: Any, y: Any) -> None:
    for value, name in ((x, "x"), (y, "y")):
        if len(value.shape) != 1:
            raise invalid(f"{name} should be a 1D vector.")


@list_diff_op.kernel
def list_diff_kernel(x: torch.Tensor, y: torch.Tensor, *, out_idx: Any) -> Any:
    _check_vectors(x, y)
    kept = torch.nonzero(~torch.isin(x, y)).reshape(-1)
    return x[kept], kept.to(torch_dtype(out_idx))


@list_diff_op.numpy
def list_diff_numpy(x: Any, y: Any, *, out_idx: Any) -> Any:
    _check_vectors(x, y)
    known = set(y.tolist())
    kept = np.array([i for i, v in enumerate(x.tolist()) if v not in known], numpy_dtype(out_idx))
    return x[kept], kept


# LowerBound and UpperBound.


@lower_bound_op.shape
@upper_bound_op.shape
def bound_shape(node: Any) -> Dims:
    shape_rules.with_rank(node.inputs[0].dims, 2)
    return shape_rules.with_rank(node.inputs[1].dims, 2)


def _check_bound(sequences: Any, values: Any) -> None:
    if len(sequences.shape) != 2:
        raise invalid("sorted input argument must be a matrix")
    if len(values.shape) != 2:
        raise invalid("values must be a matrix")
    if sequences.shape[0] != values.shape[0]:
        raise invalid("Leading dim_size of both tensors must match.")


def _bound_torch(sequences: Any, values: Any, out_type: Any, right: bool) -> torch.Tensor:
    _check_bound(sequences, values)
    found = torch.searchsorted(sequences.contiguous(), values.contiguous(), right=right)
    return found.to(torch_dtype(out_type))


@lower_bound_op.kernel
def lower_bound_kernel(sequences: Any, values: Any, *, out_type: Any) -> torch.Tensor:
    return _bound_torch(sequences, values, out_type, right=False)


@upper_bound_op.kernel
def upper_bound_kernel(sequences: Any, values: Any, *, out_type: Any) -> torch.Tensor:
    return _bound_torch(sequences, values, out_type, right=True)


def _bound_numpy(sequences: Any, values: Any, out_type: Any, side: Any) -> Any:
    _check_bound(sequences, values)
    rows = [np.searchsorted(s, v, side) for s, v in zip(sequences, values, strict=True)]
    return settle(np.array(rows, numpy_dtype(out_type)).reshape(values.shape))


@lower_bound_op.numpy
def lower_bound_numpy(sequences: Any, values: Any, *, out_type: Any) -> Any:
    return _bound_numpy(sequences, values, out_type, "left")


@upper_bound_op.numpy
def upper_bound_numpy(sequences: Any, values: Any, *, out_type: Any) -> Any:
    return _bound_numpy(sequences, values, out_type, "right")


for _entry in (list_diff_op, lower_bound_op, upper_bound_op):
    _entry.not_differentiable()
