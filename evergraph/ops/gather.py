"""Elements picked by index, and put back: Gather, GatherNd, ScatterNd, TensorScatter*."""

from typing import Any

import numpy as np
import torch

from evergraph.api import array_ops, math_ops
from evergraph.base import dtypes
from evergraph.graph.composite import IndexedSlices
from evergraph.graph.defaults import colocate_with
from evergraph.graph.registry import ShapeError, op
from evergraph.graph.static_value import constant_value
from evergraph.kernels.host import invalid, position, settle, text
from evergraph.ops import shape_rules
from evergraph.ops.shape_rules import Dims

_SCATTER = "T: type; Tindices: int32 | int64"

gather_op = op(
    "Gather(params: Tparams, indices: Tindices) -> output: Tparams",
    "validate_indices: bool = true; Tparams: type; Tindices: int32 | int64",
)
gather_v2_op = op(
    "GatherV2(params: Tparams, indices: Tindices, axis: Taxis) -> output: Tparams",
    "batch_dims: int = 0; Tparams: type; Tindices: int32 | int64; Taxis: int32 | int64",
    host=["axis"],
)
gather_nd_op = op(
    "GatherNd(params: Tparams, indices: Tindices) -> output: Tparams",
    "Tparams: type; Tindices: int32 | int64",
)
scatter_nd_op = op(
    "ScatterNd(indices: Tindices, updates: T, shape: Tindices) -> output: T",
    _SCATTER,
    host=["shape"],
)
scatter_nd_non_aliasing_add_op = op(
    "ScatterNdNonAliasingAdd(input: T, indices: Tindices, updates: T) -> output: T",
    "T: number | bool; Tindices: int32 | int64",
)
tensor_scatter_update_op = op(
    "TensorScatterUpdate(tensor: T, indices: Tindices, updates: T) -> output: T", _SCATTER
)
tensor_scatter_add_op = op(
    "TensorScatterAdd(tensor: T, indices: Tindices, updates: T) -> output: T", _SCATTER
)
tensor_scatter_sub_op = op(
    "TensorScatterSub(tensor: T, indices: Tindices, updates: T) -> output: T", _SCATTER
)


# Gather.


@gather_op.shape
def gather_shape(node: Any) -> Dims:
    params = shape_rules.at_least_rank(node.inputs[0].dims, 1)
    return shape_rules.concatenate(node.inputs[1].dims, None if params is None else params[1:])


@gather_v2_op.shape
def gather_v2_shape(node: Any) -> Dims:
    params, indices = shape_rules.at_least_rank(node.inputs[0].dims, 1), node.inputs[1].dims
    if node.inputs[2].dims is not None:
        shape_rules.with_rank(node.inputs[2].dims, 0)
    axis_value, batch = node.static_input(2), node.attr("batch_dims")
    if axis_value is None:
        if params is None or indices is None:
            return None
        return (None,) * (len(params) + len(indices) - 1 - batch)
    axis = int(axis_value)
    params = shape_rules.at_least_rank(params, axis + 1 if axis >= 0 else -axis)
    if params is None:
        return None
    if axis < 0:
        axis += len(params)
    if batch < 0 and indices is not None:
        batch += len(indices)
    outer = params[:axis]
    if batch:
        if indices is None:
            return None
        indices = indices[batch:]
    return shape_rules.concatenate(outer, shape_rules.concatenate(indices, params[axis + 1 :]))


def _range_error(indices: Any, limit: int) -> Exception:
    """Names the first index outside of [0, limit)."""
    flat = np.asarray(indices.cpu() if isinstance(indices, torch.Tensor) else indices)
    wrong = (flat < 0) | (flat >= limit)
    first = int(np.flatnonzero(wrong.reshape(-1))[0])
    where = position(flat.shape, first)
    return invalid(f"indices{where} = {flat.reshape(-1)[first]} is not in [0, {limit})")


@gather_op.kernel
def gather_kernel(params: torch.Tensor, indices: torch.Tensor) -> torch.Tensor:
    return gather_v2_kernel(params, indices, 0, batch_dims=0)


@gather_op.numpy
def gather_numpy(params: Any, indices: Any) -> Any:
    return gather_v2_numpy(params, indices, 0, batch_dims=0)


def _check_gather(params: Any, axis: int) -> int:
    rank = len(params.shape)
    if not rank:
        raise invalid("params must be at least 1 dimensional")
    if not -rank <= axis < rank:
        raise invalid(f"Expected axis in the range [{-rank}, {rank}), but got {axis}")
    return axis % rank


@gather_v2_op.kernel
def gather_v2_kernel(
    params: torch.Tensor, indices: torch.Tensor, axis: int, *, batch_dims: int
) -> torch.Tensor:
    if batch_dims:
        return _batch_gather(params, indices, _check_gather(params, axis), batch_dims)
    if axis < 0 or axis >= params.dim():
        axis = _check_gather(params, axis)
    try:
        if indices.dim() == 1:
            return params.index_select(axis, indices)
        rows = params.index_select(axis, indices.reshape(-1))
    except (IndexError, RuntimeError):
        if indices.numel() and (indices.min() < 0 or indices.max() >= params.shape[axis]):
            raise _range_error(indices, params.shape[axis]) from None
        raise
    return rows.reshape(params.shape[:axis] + indices.shape + params.shape[axis + 1 :])


def _batch_gather(
    params: torch.Tensor, indices: torch.Tensor, axis: int, batch: int
) -> torch.Tensor:
    """The leading `batch` axes of both run together."""
    batch += indices.dim() if batch < 0 else 0
    _check_batch(params.shape, indices.shape, axis, batch)
    limit = params.shape[axis]
    if indices.numel() and (indices.min() < 0 or indices.max() >= limit):
        raise _range_error(indices, limit)
    moved = params.movedim(axis, batch)
    outer = [
        torch.arange(d, device=params.device).reshape([-1] + [1] * (indices.dim() - i - 1))
        for i, d in enumerate(indices.shape[:batch])
    ]
    picked = moved[(*outer, indices.long())]
    inner = indices.dim() - batch
    between = axis - batch
    # Now: batch, indices, params between batch and axis, the rest; the indices go behind `between`.
    order = [
        *range(batch),
        *range(batch + inner, batch + inner + between),
        *range(batch, batch + inner),
        *range(batch + inner + between, picked.dim()),
    ]
    return picked.permute(order).contiguous()


def _check_batch(params: Any, indices: Any, axis: int, batch: int) -> None:
    if batch > axis:
        raise invalid(f"batch_dims ({batch}) must be less than or equal to axis ({axis}).")
    if batch >= len(params):
        raise invalid(f"batch_dims ({batch}) must be less than rank(params) ({len(params)}).")
    for i in range(batch):
        if params[i] != indices[i]:
            raise invalid(
                f"params.shape[{i}]: {params[i]} should be equal to indices.shape[{i}]: "
                f"{indices[i]}"
            )


@gather_v2_op.numpy
def gather_v2_numpy(params: Any, indices: Any, axis: int, *, batch_dims: int) -> Any:
    axis = _check_gather(params, axis)
    indices = np.asarray(indices)
    limit = params.shape[axis]
    if indices.size and (indices.min() < 0 or indices.max() >= limit):
        raise _range_error(indices, limit)
    if not batch_dims:
        taken = params.take(indices, axis)
        return np.array(taken, params.dtype) if params.dtype == object else settle(taken)
    batch = batch_dims + (indices.ndim if batch_dims < 0 else 0)
    _check_batch(params.shape, indices.shape, axis, batch)
    result = np.empty(
        params.shape[:axis] + indices.shape[batch:] + params.shape[axis + 1 :], params.dtype
    )
    for at in np.ndindex(*indices.shape[:batch]):
        result[at] = params[at].take(indices[at], axis - batch)
    return result


def _params_shape(params: Any) -> Any:
    """The shape in int32, computed where the parameters are."""
    with colocate_with(params):
        shape = array_ops.shape(params, out_type=dtypes.int64)
        return math_ops.cast(shape, dtypes.int32)


def _row_slices(grad: Any, indices: Any, size: Any, shape: Any, tail: Any) -> IndexedSlices:
    values_shape = array_ops.concat([size, tail], 0)
    values = array_ops.reshape(grad, values_shape)
    indices = array_ops.reshape(indices, size)
    return IndexedSlices(values, indices, shape)


@gather_op.gradient
def gather_gradient(node: Any, grad: Any) -> Any:
    params, indices = node.inputs
    shape = _params_shape(params)
    size = array_ops.expand_dims(array_ops.size(indices), 0)
    return _row_slices(grad, indices, size, shape, shape[1:]), None


@gather_v2_op.gradient
def gather_v2_gradient(node: Any, grad: Any) -> Any:
    params, indices, axis = node.inputs
    shape = _params_shape(params)
    size = array_ops.expand_dims(array_ops.size(indices), 0)
    batch = node.attr("batch_dims")
    if batch < 0:
        batch += len(indices.dims)
    static_axis = constant_value(axis)
    if static_axis is not None and int(static_axis) == 0:
        return _row_slices(grad, indices, size, shape, shape[1:]), None, None
    outer = shape[:axis]
    inner = shape[axis:][1:]
    values_shape = array_ops.concat([outer, [-1], inner], 0)
    values_rank = array_ops.size(values_shape)
    axis_rank = array_ops.size(outer)
    batch_axes = math_ops.range(batch)
    middle_axes = math_ops.range(batch, axis_rank)
    inner_axes = math_ops.range(axis_rank + 1, values_rank)
    values = array_ops.reshape(grad, values_shape)
    order = array_ops.concat([batch_axes, [axis_rank], middle_axes, inner_axes], 0)
    values = array_ops.transpose(values, order)
    summed = _summed_rows(shape, values, indices, batch, shape[axis])
    back = array_ops.concat([batch_axes, middle_axes + 1, [batch], inner_axes], 0)
    return array_ops.transpose(summed, back), None, None


def _summed_rows(shape: Any, values: Any, indices: Any, batch: int, count: Any) -> Any:
    """The rows of `values` added up where their indices are equal."""
    size = array_ops.expand_dims(array_ops.size(indices), 0)
    outer = flat_shape = None
    if batch:
        values_shape = array_ops.shape(values)
        outer = values_shape[:batch]
        inner = values_shape[batch:][1:]
        batch_size = math_ops.reduce_prod(outer, [0], False)
        flat_shape = array_ops.concat([[-1], inner], 0)
        count *= batch_size
        indices = _batch_indices(shape, indices, batch)
        values = array_ops.reshape(values, flat_shape)
    indices = array_ops.reshape(indices, size)
    summed = math_ops.unsorted_segment_sum(values, indices, count)
    if batch:
        summed = array_ops.reshape(summed, array_ops.concat([outer, flat_shape], 0))
    return summed


def _batch_indices(shape: Any, indices: Any, batch: int) -> Any:
    """`indices` as they are when the batch axes are merged with the axis gathered from."""
    rank = len(indices.dims)
    dtype = indices.dtype.base_dtype
    shape = math_ops.cast(shape, dtype)
    total = indices
    stride = array_ops.ones((), dtype=dtype)
    for dim in range(batch, 0, -1):
        size = shape[dim - 1]
        stride *= shape[dim]
        start = array_ops.zeros((), dtype=dtype)
        step = array_ops.ones((), dtype=dtype)
        offsets = math_ops.range(start, size, step)
        offsets *= stride
        column = array_ops.stack([1] * (dim - 1) + [size] + [1] * (rank - dim), axis=0)
        total += array_ops.reshape(offsets, column)
    return total


# GatherNd.


@gather_nd_op.shape
def gather_nd_shape(node: Any) -> Dims:
    params, indices = node.inputs[0].dims, shape_rules.at_least_rank(node.inputs[1].dims, 1)
    if params is None or indices is None or indices[-1] is None:
        return None
    if indices[-1] > len(params):
        raise ShapeError(
            f"indices.shape[-1] must be <= params.rank, but saw indices shape: "
            f"{shape_rules.text(indices)} and params shape: {shape_rules.text(params)}"
        )
    return indices[:-1] + params[indices[-1] :]


def _flat_indices(indices: Any, shape: Any, describe: Any) -> Any:
    """Row numbers in a tensor of `shape` flattened; `describe(place, index)` makes the error."""
    depth = indices.shape[-1]
    flat = indices.reshape(-1, depth) if depth else indices.reshape(_size(indices.shape[:-1]), 0)
    total = flat.sum(-1) * 0
    for k in range(depth):
        column = flat[:, k]
        wrong = (column < 0) | (column >= shape[k])
        if bool(wrong.any()):
            host = np.asarray(flat.cpu() if isinstance(flat, torch.Tensor) else flat)
            limits = np.array([int(d) for d in shape[:depth]])
            first = int(np.flatnonzero(((host < 0) | (host >= limits)).any(-1))[0])
            raise describe(position(indices.shape[:-1], first), host[first])
        total = total * shape[k] + column
    return total


def _size(shape: Any) -> int:
    count = 1
    for d in shape:
        count *= int(d)
    return count


def _gather_nd_check(params: Any, indices: Any) -> None:
    if not len(params.shape):
        raise invalid("params must be at least a vector")
    if not len(indices.shape):
        raise invalid("indices must be at least a vector")
    if indices.shape[-1] > len(params.shape):
        raise invalid(
            "index innermost dimension length must be <= params rank; saw: "
            f"{indices.shape[-1]} vs. {len(params.shape)}"
        )


def _check_not_empty(params: Any, indices: Any) -> None:
    if _size(indices.shape[:-1]) and not _size(params.shape):
        raise invalid(
            "Requested more than 0 entries, but params is empty.  Params shape: "
            f"{text(params.shape)}"
        )


def _gather_nd_error(params: Any) -> Any:
    def describe(where: str, index: Any) -> Exception:
        return invalid(
            f"indices{where} = {_listed(index)} does not index into param shape "
            f"{text(params.shape)}"
        )

    return describe


def _listed(index: Any) -> str:
    return "[" + ", ".join(str(i) for i in index) + "]"


@gather_nd_op.kernel
def gather_nd_kernel(params: torch.Tensor, indices: torch.Tensor) -> torch.Tensor:
    _gather_nd_check(params, indices)
    depth = indices.shape[-1]
    _check_not_empty(params, indices)
    flat = _flat_indices(indices.long(), params.shape, _gather_nd_error(params))
    rows = params.reshape((_size(params.shape[:depth]), *params.shape[depth:]))
    return rows.index_select(0, flat).reshape(indices.shape[:-1] + params.shape[depth:])


@gather_nd_op.numpy
def gather_nd_numpy(params: Any, indices: Any) -> Any:
    _gather_nd_check(params, indices)
    depth = indices.shape[-1]
    flat = _flat_indices(np.asarray(indices, np.int64), params.shape, _gather_nd_error(params))
    rows = params.reshape((_size(params.shape[:depth]), *params.shape[depth:]))
    return settle(rows[flat].reshape(indices.shape[:-1] + params.shape[depth:]))


@gather_nd_op.gradient
def gather_nd_gradient(node: Any, grad: Any) -> Any:
    params, indices = node.inputs
    shape = array_ops.shape(params, out_type=indices.dtype)
    if indices.dims is not None and len(indices.dims) == 2 and indices.dims[-1] == 1:
        return IndexedSlices(grad, array_ops.squeeze(indices, axis=-1), shape), None
    return array_ops.scatter_nd(indices, grad, shape), None


# ScatterNd and kin.


def _scatter_shape(indices: Dims, updates: Dims, output: Dims) -> Dims:
    if output is None or indices is None or updates is None:
        return output
    if 0 in output and 0 not in (*indices, *updates) and None not in (*indices, *updates):
        raise ShapeError("Indices and updates specified for empty output shape")
    depth = indices[-1]
    if depth is not None:
        outer = len(indices) - 1
        if depth > len(output):
            raise ShapeError(f"Shape must be at least rank {depth} but is rank {len(output)}")
        try:
            shape_rules.merge(indices[:-1], updates[:outer])
        except ShapeError as error:
            raise ShapeError(
                f"The outer {outer} dimensions of indices.shape={shape_rules.text(indices)} must "
                f"match the outer {outer} dimensions of updates.shape="
                f"{shape_rules.text(updates)}: {error}"
            ) from None
        try:
            shape_rules.merge(output[depth:], updates[outer:])
        except ShapeError as error:
            raise ShapeError(
                f"The inner {len(output) - depth} dimensions of output.shape="
                f"{shape_rules.text(output)} must match the inner {len(updates) - outer} "
                f"dimensions of updates.shape={shape_rules.text(updates)}: {error}"
            ) from None
    return output


@scatter_nd_op.shape
def scatter_nd_shape(node: Any) -> Dims:
    indices = shape_rules.at_least_rank(node.inputs[0].dims, 1)
    updates = shape_rules.at_least_rank(node.inputs[1].dims, 1)
    shape_rules.with_rank(node.inputs[2].dims, 1)
    return _scatter_shape(indices, updates, node.static_dims(2))


@tensor_scatter_update_op.shape
@tensor_scatter_add_op.shape
@tensor_scatter_sub_op.shape
@scatter_nd_non_aliasing_add_op.shape
def tensor_scatter_shape(node: Any) -> Dims:
    output = node.inputs[0].dims
    indices = shape_rules.at_least_rank(node.inputs[1].dims, 1)
    updates = shape_rules.at_least_rank(node.inputs[2].dims, 1)
    return _scatter_shape(indices, updates, output)


def _check_scatter(indices: Any, updates: Any, shape: Any, given: int) -> int:
    """The length of an index; `given` counts what says how large the output is: its elements, or
    the dimensions it was asked to have."""
    for value, name in ((indices, "Indices"), (updates, "Updates")):
        if not len(value.shape):
            raise invalid(f"{name} shape must have rank at least one. Found:[]")
    some, changed = _size(indices.shape), _size(updates.shape)
    if (some or changed) and not (given and some and changed):
        raise invalid("Indices and updates specified for empty output shape")
    outer, depth = len(indices.shape) - 1, indices.shape[-1]
    if tuple(indices.shape[:-1]) != tuple(updates.shape[:outer]):
        raise invalid(
            "Outer dimensions of indices and update must match. "
            f"Indices shape: {text(indices.shape)}, updates shape:{text(updates.shape)}"
        )
    inner = len(updates.shape) - outer
    if inner != len(shape) - depth:
        raise invalid(
            "Inner dimensions of output shape must match inner dimensions of updates shape. "
            f"Output: {text(shape)} updates: {text(updates.shape)}"
        )
    if tuple(updates.shape[outer:]) != tuple(shape[depth:]):
        raise invalid(
            f"The inner {inner} dimensions of output.shape={text(shape)} must match the inner "
            f"{inner} dimensions of updates.shape={text(updates.shape)}"
        )
    if (some or changed) and not _size(shape):
        raise invalid(
            f"Indices and updates specified for empty output.  indices shape: {text(indices.shape)}"
        )
    if outer:
        return int(depth)
    # One index alone counts as a vector of indices from here on.
    if updates.shape[0] != depth:
        raise invalid(
            "The outermost dimension of updates and indices must match. "
            f"Got indices.shape {text(indices.shape)}, updates.shape {text(updates.shape)}"
        )
    if tuple(updates.shape) != (depth, *shape[1:]):
        raise invalid(
            "Must have updates.shape = indices.shape[:batch_dim] + params_shape[slice_dim:], got "
            f"updates.shape: {text(updates.shape)}, indices.shape: {text(indices.shape)}, "
            f"params_shape: {text(shape)}, slice_dim: 1, and batch_dim: 1"
        )
    return 1


def _scatter_error(shape: Any) -> Any:
    def describe(where: str, index: Any) -> Exception:
        return invalid(f"indices{where} = {_listed(index)} does not index into shape {text(shape)}")

    return describe


def _scatter(
    base: torch.Tensor, indices: torch.Tensor, updates: Any, mode: str, given: int | None = None
) -> torch.Tensor:
    """`base`, which is fresh, after `updates` went to its rows at `indices`."""
    depth = _check_scatter(indices, updates, base.shape, base.numel() if given is None else given)
    if not updates.numel():
        return base
    columns = indices.long() if indices.dim() > 1 else indices.long().reshape(-1, 1)
    flat = _flat_indices(columns, base.shape, _scatter_error(base.shape))
    rows = base.reshape(_size(base.shape[:depth]), -1)
    parts = updates.reshape(flat.shape[0], -1)
    if mode == "update":
        rows[flat] = parts
    elif base.dtype == torch.bool:
        rows.index_put_((flat,), parts, accumulate=True)
    else:
        rows.index_add_(0, flat, parts, alpha=1 if mode == "add" else -1)
    return rows.reshape(base.shape)


def _scatter_numpy(
    base: Any, indices: Any, updates: Any, mode: str, given: int | None = None
) -> Any:
    depth = _check_scatter(indices, updates, base.shape, base.size if given is None else given)
    if not updates.size:
        return base
    columns = np.asarray(indices, np.int64)
    columns = columns if columns.ndim > 1 else columns.reshape(-1, 1)
    flat = _flat_indices(columns, base.shape, _scatter_error(base.shape))
    rows = base.reshape(_size(base.shape[:depth]), -1)
    parts = updates.reshape(flat.shape[0], -1)
    if mode == "update":
        rows[flat] = parts
    else:
        _accumulate(rows, flat, parts, mode)
    return settle(rows.reshape(base.shape))


def _accumulate(rows: Any, flat: Any, parts: Any, mode: str) -> None:
    if rows.dtype.kind == "O":
        for at, part in zip(flat.tolist(), parts, strict=True):
            rows[at] = rows[at] + part
    else:
        (np.add if mode == "add" else np.subtract).at(rows, flat, parts)


def _vector(shape: Any) -> tuple[int, ...]:
    if not isinstance(shape, tuple) or any(isinstance(n, tuple) for n in shape):
        raise invalid("Shape must be a vector")
    return shape


@scatter_nd_op.kernel
def scatter_nd_kernel(
    indices: torch.Tensor, updates: torch.Tensor, shape: tuple[int, ...]
) -> torch.Tensor:
    shape = _vector(shape)
    return _scatter(updates.new_zeros(shape), indices, updates, "add", len(shape))


@scatter_nd_op.numpy
def scatter_nd_numpy(indices: Any, updates: Any, shape: tuple[int, ...]) -> Any:
    shape = _vector(shape)
    # Strings add up, too: they are joined.
    base = np.full(shape, b"" if updates.dtype == object else 0, updates.dtype)
    return _scatter_numpy(base, indices, updates, "add", len(shape))


@tensor_scatter_update_op.kernel
def tensor_scatter_update_kernel(x: Any, indices: Any, updates: Any) -> torch.Tensor:
    return _scatter(x.clone(memory_format=torch.contiguous_format), indices, updates, "update")


@tensor_scatter_add_op.kernel
@scatter_nd_non_aliasing_add_op.kernel
def tensor_scatter_add_kernel(x: Any, indices: Any, updates: Any) -> torch.Tensor:
    return _scatter(x.clone(memory_format=torch.contiguous_format), indices, updates, "add")


@tensor_scatter_sub_op.kernel
def tensor_scatter_sub_kernel(x: Any, indices: Any, updates: Any) -> torch.Tensor:
    return _scatter(x.clone(memory_format=torch.contiguous_format), indices, updates, "sub")


@tensor_scatter_update_op.numpy
def tensor_scatter_update_numpy(x: Any, indices: Any, updates: Any) -> Any:
    return _scatter_numpy(x.copy(), indices, updates, "update")


@tensor_scatter_add_op.numpy
@scatter_nd_non_aliasing_add_op.numpy
def tensor_scatter_add_numpy(x: Any, indices: Any, updates: Any) -> Any:
    return _scatter_numpy(x.copy(), indices, updates, "add")


@tensor_scatter_sub_op.numpy
def tensor_scatter_sub_numpy(x: Any, indices: Any, updates: Any) -> Any:
    return _scatter_numpy(x.copy(), indices, updates, "sub")


@scatter_nd_op.gradient
def scatter_nd_gradient(node: Any, grad: Any) -> Any:
    return None, array_ops.gather_nd(grad, node.inputs[0]), None


@tensor_scatter_update_op.gradient
def tensor_scatter_update_gradient(node: Any, grad: Any) -> Any:
    _, indices, updates = node.inputs
    updates_grad = array_ops.gather_nd(grad, indices)
    kept = array_ops.tensor_scatter_update(
        array_ops.identity(grad), indices, array_ops.zeros_like(updates, dtype=grad.dtype)
    )
    return kept, None, updates_grad


@tensor_scatter_add_op.gradient
def tensor_scatter_add_gradient(node: Any, grad: Any) -> Any:
    updates_grad = array_ops.gather_nd(grad, node.inputs[1])
    return array_ops.identity(grad), None, updates_grad


@tensor_scatter_sub_op.gradient
def tensor_scatter_sub_gradient(node: Any, grad: Any) -> Any:
    updates_grad = array_ops.gather_nd(grad, node.inputs[1])
    return array_ops.identity(grad), None, -updates_grad


@scatter_nd_non_aliasing_add_op.gradient
def scatter_nd_non_aliasing_add_gradient(node: Any, grad: Any) -> Any:
    return grad, None, array_ops.gather_nd(grad, node.inputs[1])
