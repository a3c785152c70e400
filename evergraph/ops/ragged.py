"""Ops of ragged tensors: ranges, rows gathered, and the sparse tensor of a ragged one."""

from typing import Any

import numpy as np

from evergraph.api import array_ops
from evergraph.base.dtypes import DType
from evergraph.base.errors import InvalidArgumentError
from evergraph.graph.apply import apply_op
from evergraph.graph.composite import IndexedSlices
from evergraph.graph.registry import op
from evergraph.kernels.dtypes import numpy_dtype
from evergraph.ops import shape_rules

range_op = op(
    "RaggedRange(starts: T, limits: T, deltas: T) -> rt_nested_splits: Tsplits, rt_dense_values: T",
    "T: bfloat16 | float32 | float64 | int32 | int64 = int32; Tsplits: int32 | int64 = int64",
)
range_op.not_differentiable()


def invalid(text: str) -> InvalidArgumentError:
    return InvalidArgumentError(None, None, text)


@range_op.shape
def range_shape(node: Any) -> list[shape_rules.Dims]:
    rows = None
    for tensor in node.inputs:
        dims = shape_rules.at_most_rank(tensor.dims, 1)
        if dims:
            rows = shape_rules.merge_dim(rows, dims[0])
    if all(t.dims == () for t in node.inputs):
        rows = 1
    return [(shape_rules.add_dim(rows, 1),), (None,)]


@range_op.numpy
def ragged_range(starts: Any, limits: Any, deltas: Any, *, Tsplits: DType) -> Any:
    given = [np.asarray(v) for v in (starts, limits, deltas)]
    sizes = {v.size for v in given if v.ndim}
    if len(sizes) > 1:
        raise invalid("starts, limits, and deltas must have the same shape")
    rows = sizes.pop() if sizes else 1
    starts, limits, deltas = (np.broadcast_to(v, [rows]) for v in given)
    if np.any(deltas == 0):
        raise invalid("Requires delta != 0")
    if deltas.dtype.kind in "iu":
        wide = [v.astype(np.int64) for v in (starts, limits, deltas)]
        counts = np.maximum(0, -((wide[0] - wide[1]) // wide[2]))
    else:
        counts = np.maximum(0, np.ceil((limits - starts) / deltas)).astype(np.int64)
    splits = np.concatenate([[0], np.cumsum(counts)]).astype(numpy_dtype(Tsplits))
    rows_of = np.repeat(np.arange(rows), counts)
    steps = np.arange(int(splits[-1])) - splits[:-1][rows_of]
    dtype = given[0].dtype
    return splits, (starts[rows_of] + steps.astype(dtype) * deltas[rows_of]).astype(dtype)


gather_op = op(
    "RaggedGather(params_nested_splits: PARAMS_RAGGED_RANK * Tsplits, "
    "params_dense_values: Tvalues, indices: Tindices) -> "
    "output_nested_splits: OUTPUT_RAGGED_RANK * Tsplits, output_dense_values: Tvalues",
    "Tvalues: type; Tindices: int32 | int64; Tsplits: int32 | int64 = int64; "
    "PARAMS_RAGGED_RANK: int >= 1; OUTPUT_RAGGED_RANK: int >= 0",
)


@gather_op.shape
def gather_shape(node: Any) -> list[shape_rules.Dims]:
    params, indices = node.inputs[-2].dims, node.inputs[-1].dims
    ragged, rank = node.attr("PARAMS_RAGGED_RANK"), node.attr("OUTPUT_RAGGED_RANK")
    if indices is not None:
        shape_rules.with_value(len(indices) + ragged - 1, rank)
    inner = None if params is None else (None, *shape_rules.at_least_rank(params, 1)[1:])
    return [*[(None,)] * rank, inner]


def rows_of_ranges(starts: np.ndarray, limits: np.ndarray) -> np.ndarray:
    """All places from each start up to its limit, one range after the other."""
    counts = limits - starts
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    return np.arange(total) - np.repeat(ends - counts, counts) + np.repeat(starts, counts)


@gather_op.numpy
def ragged_gather(splits: list[Any], values: Any, indices: Any) -> Any:
    indices = np.asarray(indices)
    rows = len(splits[0]) - 1
    outside = (indices < 0) | (indices >= rows)
    if outside.any():
        place = tuple(np.argwhere(outside)[0])
        at = ",".join(str(i) for i in place)
        raise invalid(f"indices[{at}] = {indices[place]} is not in [0, {rows})")
    dtype = splits[0].dtype
    found = []
    # The axes of the indices come first, with rows all of one length.
    for axis in range(indices.ndim - 1):
        count = int(np.prod(indices.shape[: axis + 1]))
        found.append(np.arange(count + 1, dtype=dtype) * dtype.type(indices.shape[axis + 1]))
    places = indices.reshape(-1)
    for level in splits:
        starts, limits = level[places], level[places + 1]
        found.append(np.concatenate([[0], np.cumsum(limits - starts)]).astype(dtype))
        places = rows_of_ranges(starts, limits)
    if indices.ndim == 0:
        found = found[1:]  # one row: its own length is that of what is left
    return (*found, values[places])


@gather_op.gradient
def gather_gradient(node: Any, *grads: Any) -> Any:
    splits, values, indices = node.inputs[:-2], node.inputs[-2], node.inputs[-1]
    combined = splits[0]
    for row_splits in splits[1:]:
        combined = array_ops.gather(row_splits, combined)
    flat = array_ops.reshape(indices, [-1])
    starts = array_ops.gather(combined, flat)
    limits = array_ops.gather(combined[1:], flat)
    places = apply_op("RaggedRange", starts, limits, 1, Tsplits=combined.dtype).rt_dense_values
    grad = IndexedSlices(grads[-1], places, array_ops.shape(values))
    return [None] * len(splits) + [grad, None]


to_sparse_op = op(
    "RaggedTensorToSparse(rt_nested_splits: RAGGED_RANK * Tsplits, rt_dense_values: T) -> "
    "sparse_indices: int64, sparse_values: T, sparse_dense_shape: int64",
    "RAGGED_RANK: int >= 1; T: type; Tsplits: int32 | int64 = int64",
)


@to_sparse_op.shape
def to_sparse_shape(node: Any) -> list[shape_rules.Dims]:
    values = shape_rules.at_least_rank(node.inputs[-1].dims, 1)
    for tensor in node.inputs[:-1]:
        shape_rules.with_rank(tensor.dims, 1)
    rank = None if values is None else node.attr("RAGGED_RANK") + len(values)
    count = shape_rules.element_count(values)
    return [(count, rank), (count,), (rank,)]


@to_sparse_op.numpy
def ragged_to_sparse(splits: list[Any], values: Any) -> Any:
    values = np.asarray(values)
    sizes = [len(level) - 1 for level in splits[1:]] + [values.shape[0]]
    for level, size in zip(splits, sizes, strict=True):
        if len(level) == 0:
            raise invalid("ragged splits may not be empty.")
        if level[0] != 0:
            raise invalid("First value of ragged splits must be 0.")
        if level[-1] != size:
            raise invalid(
                "Final value of ragged splits must match the length the corresponding ragged "
                "values."
            )
    columns: list[np.ndarray] = [np.arange(len(splits[0]) - 1)]
    shape = [len(splits[0]) - 1]
    for level in splits:
        lengths = np.diff(level)
        columns = [np.repeat(c, lengths) for c in columns]
        columns.append(rows_of_ranges(np.zeros_like(lengths), lengths))
        shape.append(int(lengths.max(initial=0)))
    inner = values.shape[1:]
    each = int(np.prod(inner))
    columns = [np.repeat(c, each) for c in columns]
    grid = np.indices(inner).reshape(len(inner), each)
    columns += [np.tile(g, values.shape[0]) for g in grid]
    indices = np.stack(columns, axis=1).astype(np.int64)
    return indices, values.reshape(-1), np.array([*shape, *inner], np.int64)


@to_sparse_op.gradient
def to_sparse_gradient(node: Any, indices_grad: Any, values_grad: Any, shape_grad: Any) -> Any:
    values = node.inputs[-1]
    grad = array_ops.reshape(values_grad, array_ops.shape(values))
    return [None] * (len(node.inputs) - 1) + [grad]
