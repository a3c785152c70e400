"""Sparse tensors as (indices, values, shape): made dense, reordered, reshaped, joined and cut."""

from typing import Any

import numpy as np

from evergraph.api import array_ops, math_ops, sparse_ops
from evergraph.graph.apply import apply_op
from evergraph.graph.composite import SparseTensor
from evergraph.graph.registry import ShapeError, op
from evergraph.kernels.host import invalid, settle, text
from evergraph.kernels.sparse import check_indices, lexicographic_order, linear, rows_of
from evergraph.ops import shape_rules
from evergraph.ops.shape_rules import Dims

sparse_to_dense_op = op(
    "SparseToDense(sparse_indices: Tindices, output_shape: Tindices, sparse_values: T, "
    "default_value: T) -> dense: T",
    "validate_indices: bool = true; T: type; Tindices: int32 | int64",
)
sparse_reorder_op = op(
    "SparseReorder(input_indices: int64, input_values: T, input_shape: int64) -> "
    "output_indices: int64, output_values: T",
    "T: type",
)
sparse_reshape_op = op(
    "SparseReshape(input_indices: int64, input_shape: int64, new_shape: int64) -> "
    "output_indices: int64, output_shape: int64"
)
sparse_concat_op = op(
    "SparseConcat(indices: N * int64, values: N * T, shapes: N * int64) -> output_indices: "
    "int64, output_values: T, output_shape: int64",
    "concat_dim: int; N: int >= 2; T: type",
)
sparse_split_op = op(
    "SparseSplit(split_dim: int64, indices: int64, values: T, shape: int64) -> output_indices: "
    "num_split * int64, output_values: num_split * T, output_shape: num_split * int64",
    "num_split: int >= 1; T: type",
)
sparse_slice_op = op(
    "SparseSlice(indices: int64, values: T, shape: int64, start: int64, size: int64) -> "
    "output_indices: int64, output_values: T, output_shape: int64",
    "T: type",
)
sparse_slice_grad_op = op(
    "SparseSliceGrad(backprop_val_grad: T, input_indices: int64, input_start: int64, "
    "output_indices: int64) -> val_grad: T",
    "T: number",
)
sparse_fill_empty_rows_op = op(
    "SparseFillEmptyRows(indices: int64, values: T, dense_shape: int64, default_value: T) -> "
    "output_indices: int64, output_values: T, empty_row_indicator: bool, reverse_index_map: int64",
    "T: type",
)
sparse_fill_empty_rows_grad_op = op(
    "SparseFillEmptyRowsGrad(reverse_index_map: int64, grad_values: T) -> d_values: T, "
    "d_default_value: T",
    "T: type",
)


def _rank_of(tensor: Any) -> int | None:
    """The number of sizes that a shape vector holds."""
    return shape_rules.with_rank(tensor.dims, 1)[0]


# SparseToDense.


@sparse_to_dense_op.shape
def sparse_to_dense_shape(node: Any) -> Dims:
    if node.inputs[1].dims is not None:
        shape_rules.with_rank(node.inputs[1].dims, 1)
    return node.static_dims(1)


@sparse_to_dense_op.numpy
def sparse_to_dense_kernel(
    indices: Any, shape: Any, values: Any, default: Any, *, validate_indices: bool
) -> Any:
    indices, sizes = rows_of(indices), [int(d) for d in np.reshape(shape, -1)]
    count, depth = indices.shape
    if depth != len(sizes):
        raise invalid(
            f"output_shape has incorrect number of elements: {len(sizes)} should be: {depth}"
        )
    if values.ndim > 1 or (values.ndim == 1 and len(values) != count):
        raise invalid(
            f"sparse_values has incorrect shape {text(values.shape)}, should be [] or [{count}]"
        )
    if np.ndim(default):
        raise invalid("default_value should be a scalar.")
    if validate_indices:
        check_indices(indices, sizes)
    elif count and ((indices < 0) | (indices >= np.array(sizes))).any():
        raise invalid(f"Indices are not valid (out of bounds).  Shape: {text(sizes)}")
    dense = np.empty(sizes, values.dtype)
    dense[...] = default
    dense[tuple(indices.T)] = values
    return settle(dense)


@sparse_to_dense_op.gradient
def sparse_to_dense_gradient(node: Any, grad: Any) -> Any:
    indices, shape = node.inputs[0], node.inputs[1]
    values_grad = array_ops.gather_nd(grad, indices)
    default_grad = math_ops.reduce_sum(grad) - math_ops.reduce_sum(values_grad)
    return array_ops.zeros_like(indices), array_ops.zeros_like(shape), values_grad, default_grad


# SparseReorder.


@sparse_reorder_op.shape
def sparse_reorder_shape(node: Any) -> list[Dims]:
    indices = shape_rules.with_rank(node.inputs[0].dims, 2)
    values = shape_rules.with_rank(node.inputs[1].dims, 1)
    _rank_of(node.inputs[2])
    return [indices, values]


@sparse_reorder_op.numpy
def sparse_reorder_kernel(indices: Any, values: Any, shape: Any) -> Any:
    if indices.ndim != 2:
        raise invalid(f"Input indices should be a matrix but received shape {text(indices.shape)}")
    order = lexicographic_order(indices)
    return indices[order], values[order]


@sparse_reorder_op.gradient
def sparse_reorder_gradient(node: Any, _: Any, grad: Any) -> Any:
    indices, _, shape = node.inputs
    count = array_ops.shape(indices)[0]
    places = math_ops.range(count)
    ordered = sparse_ops.sparse_reorder(SparseTensor(indices, places, shape))
    inverse = array_ops.invert_permutation(ordered.values)
    return None, array_ops.gather(grad, inverse), None


# SparseReshape.


@sparse_reshape_op.shape
def sparse_reshape_shape(node: Any) -> list[Dims]:
    indices = shape_rules.with_rank(node.inputs[0].dims, 2)
    _rank_of(node.inputs[1])
    new_rank = _rank_of(node.inputs[2])
    return [(indices[0], new_rank), (new_rank,)]


def _inferred_shape(given: list[int], wanted: list[int]) -> list[int]:
    """`wanted` with its -1 replaced."""
    size = int(np.prod(given, dtype=np.int64))
    known, unknown = 1, -1
    for i, d in enumerate(wanted):
        if d == -1:
            if unknown != -1:
                raise invalid(f"only one output dimension may be -1, not both {unknown} and {i}")
            unknown = i
        elif d < 0:
            raise invalid(f"size {i} must be non-negative, not {d}")
        else:
            known *= d
    result = list(wanted)
    if unknown != -1:
        if known <= 0:
            raise invalid(
                "reshape cannot infer the missing input size for an empty tensor unless all "
                "specified input sizes are non-zero"
            )
        result[unknown] = size // known
        if size % known:
            raise invalid(
                f"Input to reshape is a SparseTensor with {size} dense values, but the requested "
                f"shape requires a multiple of {known}. input_shape={text(given)} "
                f"output_shape={text(result)}"
            )
    if int(np.prod(result, dtype=np.int64)) != size:
        raise invalid(
            f"Input to reshape is a tensor with {size} dense values, but the requested shape has "
            f"{int(np.prod(result, dtype=np.int64))}. input_shape={text(given)} "
            f"output_shape={text(result)}"
        )
    return result


@sparse_reshape_op.numpy
def sparse_reshape_kernel(indices: Any, shape: Any, new_shape: Any) -> Any:
    if indices.ndim != 2:
        raise invalid(f"Input indices should be a matrix but received shape {text(indices.shape)}")
    given = [int(d) for d in shape]
    result = _inferred_shape(given, [int(d) for d in new_shape])
    flat = linear(indices, given)
    moved = np.empty((len(flat), len(result)), np.int64)
    for i in range(len(result) - 1, -1, -1):
        size = max(result[i], 1)
        moved[:, i] = flat % size
        flat = flat // size
    return moved, np.array(result, np.int64)


sparse_reshape_op.not_differentiable()


# SparseConcat.


@sparse_concat_op.shape
def sparse_concat_shape(node: Any) -> list[Dims]:
    count = node.attr("N")
    inputs = node.inputs
    rows: int | None = 0
    columns: int | None = None
    shape: Dims = (None,)
    for i in range(count):
        indices = shape_rules.with_rank(inputs[i].dims, 2)
        values = shape_rules.with_rank(inputs[count + i].dims, 1)
        own = shape_rules.with_rank(inputs[2 * count + i].dims, 1)
        found = shape_rules.merge_dim(indices[0], values[0])
        rows = shape_rules.add_dim(rows, found)
        columns = shape_rules.merge_dim(columns, shape_rules.merge_dim(indices[1], own[0]))
        shape = shape_rules.merge(shape, own)
    return [(rows, columns), (rows,), shape]


@sparse_concat_op.numpy
def sparse_concat_kernel(
    indices: list[Any], values: list[Any], shapes: list[Any], *, concat_dim: int
) -> Any:
    rank = len(shapes[0])
    axis = concat_dim + rank if concat_dim < 0 else concat_dim
    if not 0 <= axis < rank:
        raise invalid(f"Concat dimension must be in range [{-rank}, {rank}), got {concat_dim}")
    for i, shape in enumerate(shapes):
        if len(shape) != rank:
            raise invalid(
                f"Ranks of all input tensors must match: expected {rank} but got {len(shape)} "
                f"at position {i}"
            )
        for d in range(rank):
            if d != axis and shape[d] != shapes[0][d]:
                raise invalid(
                    f"Input shapes must match: expected {shapes[0][d]} for dimension {d} but got "
                    f"{shape[d]} at position {i}"
                )
    moved, start = [], 0
    for index, shape in zip(indices, shapes, strict=True):
        index = index.copy()
        index[:, axis] += start
        start += int(shape[axis])
        moved.append(index)
    joined = np.concatenate(moved)
    result = np.array(shapes[0])
    result[axis] = start
    order = lexicographic_order(joined)
    return joined[order], np.concatenate(values)[order], result


sparse_concat_op.not_differentiable()


# SparseSplit.


@sparse_split_op.shape
def sparse_split_shape(node: Any) -> list[Dims]:
    count, shape = node.attr("num_split"), node.inputs[3].dims
    rank = shape_rules.element_count(shape)
    return [(None, rank)] * count + [(None,)] * count + [shape] * count


@sparse_split_op.numpy
def sparse_split_kernel(axis: Any, indices: Any, values: Any, shape: Any, *, num_split: int) -> Any:
    rank, canonical = len(shape), int(axis)
    if canonical < -rank or canonical >= rank:
        raise invalid(f"Input split_dim should be between 0 and rank ({rank}), got {axis}")
    if canonical < 0:
        raise invalid(f"num_dim must be in the interval [0, {rank})")
    size = int(shape[canonical])
    if not 1 <= num_split <= size:
        raise invalid(
            f"Input num_split should be between 1 and the splitting dimension size ({size}), got "
            f"{num_split}"
        )
    # The first parts are one larger where the size is not divisible.
    small, larger = divmod(size, num_split)
    sizes = [small + (i < larger) for i in range(num_split)]
    parts_indices, parts_values, parts_shapes, start = [], [], [], 0
    for part in sizes:
        inside = (indices[:, canonical] >= start) & (indices[:, canonical] < start + part)
        moved = indices[inside]
        moved[:, canonical] -= start
        own = np.array(shape)
        own[canonical] = part
        parts_indices.append(moved)
        parts_values.append(values[inside])
        parts_shapes.append(own)
        start += part
    return (*parts_indices, *parts_values, *parts_shapes)


sparse_split_op.not_differentiable()


# SparseSlice.


@sparse_slice_op.shape
def sparse_slice_shape(node: Any) -> list[Dims]:
    shape = node.inputs[2].dims
    return [(None, shape_rules.element_count(shape)), (None,), shape]


@sparse_slice_op.numpy
def sparse_slice_kernel(indices: Any, values: Any, shape: Any, start: Any, size: Any) -> Any:
    for value, name in ((start, "start"), (size, "size")):
        if len(value) != len(shape):
            raise invalid(
                f"Expected {name} to be a vector of length {len(shape)} but got length {len(value)}"
            )
    end = np.minimum(start + size, shape)
    inside = ((indices >= start) & (indices < end)).all(axis=1)
    return indices[inside] - start, values[inside], np.maximum(end - start, 0)


@sparse_slice_op.gradient
def sparse_slice_gradient(node: Any, *grads: Any) -> Any:
    grad = apply_op("SparseSliceGrad", grads[1], node.inputs[0], node.inputs[3], node.outputs[0])
    grad.set_shape(node.inputs[1].get_shape())
    return None, grad, None, None, None


@sparse_slice_grad_op.shape
def sparse_slice_grad_shape(node: Any) -> Dims:
    return (shape_rules.with_rank(node.inputs[1].dims, 2)[0],)


@sparse_slice_grad_op.numpy
def sparse_slice_grad_kernel(grad: Any, indices: Any, start: Any, kept: Any) -> Any:
    result = np.zeros(len(indices), grad.dtype)
    places = {tuple(row): i for i, row in enumerate(indices.tolist())}
    for value, row in zip(grad, (kept + start).tolist(), strict=True):
        result[places[tuple(row)]] = value
    return result


# SparseFillEmptyRows.


@sparse_fill_empty_rows_op.shape
def sparse_fill_empty_rows_shape(node: Any) -> list[Dims]:
    indices = shape_rules.with_rank(node.inputs[0].dims, 2)
    values = shape_rules.with_rank(node.inputs[1].dims, 1)
    shape = shape_rules.with_rank(node.inputs[2].dims, 1)
    if node.inputs[3].dims is not None:
        shape_rules.with_rank(node.inputs[3].dims, 0)
    count = shape_rules.merge_dim(indices[0], values[0])
    shape_rules.merge_dim(indices[1], shape[0])
    if shape[0] == 0:
        raise ShapeError("dense_shape must not be empty")
    known = node.static_dims(2)
    rows = known[0] if known else None
    return [(None, shape[0]), (None,), (rows,), (count,)]


@sparse_fill_empty_rows_op.numpy
def sparse_fill_empty_rows_kernel(indices: Any, values: Any, shape: Any, default: Any) -> Any:
    rows, count = int(shape[0]), len(indices)
    first = indices[:, 0]
    for i in np.flatnonzero((first < 0) | (first >= rows))[:1]:
        raise invalid(f"indices({i}, 0) is invalid: {first[i]} >= {rows}")
    empty = np.bincount(first, minlength=rows) == 0
    added = np.zeros((int(empty.sum()), len(shape)), np.int64)
    added[:, 0] = np.flatnonzero(empty)
    joined = np.concatenate([indices, added])
    # Stable, by rows alone: elements of a row keep their order.
    order = np.argsort(joined[:, 0], kind="stable")
    filled = np.concatenate([values, np.full(len(added), default, values.dtype)])
    places = np.empty(len(joined), np.int64)
    places[order] = np.arange(len(joined))
    return joined[order], filled[order], empty, places[:count]


@sparse_fill_empty_rows_op.gradient
def sparse_fill_empty_rows_gradient(node: Any, *grads: Any) -> Any:
    values_grad, default_grad = apply_op("SparseFillEmptyRowsGrad", node.outputs[3], grads[1])
    return None, values_grad, None, default_grad


@sparse_fill_empty_rows_grad_op.shape
def sparse_fill_empty_rows_grad_shape(node: Any) -> list[Dims]:
    places = shape_rules.with_rank(node.inputs[0].dims, 1)
    shape_rules.with_rank(node.inputs[1].dims, 1)
    return [places, ()]


@sparse_fill_empty_rows_grad_op.numpy
def sparse_fill_empty_rows_grad_kernel(places: Any, grad: Any) -> Any:
    rest = np.ones(len(grad), bool)
    rest[places] = False
    return grad[places], grad[rest].sum(dtype=grad.dtype)


sparse_fill_empty_rows_grad_op.not_differentiable()
