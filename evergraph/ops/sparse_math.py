"""Mathematics on sparse tensors: sums, products, reductions, softmax."""

from typing import Any

import numpy as np
import torch

from evergraph.api import array_ops, math_ops, sparse_math
from evergraph.base import dtypes
from evergraph.graph.apply import apply_op
from evergraph.graph.composite import SparseTensor
from evergraph.graph.registry import op
from evergraph.kernels.host import invalid, text
from evergraph.kernels.sparse import unique_rows
from evergraph.ops import shape_rules
from evergraph.ops.shape_rules import Dims

_PAIR = (
    "a_indices: int64, a_values: T, a_shape: int64, b_indices: int64, b_values: T, b_shape: int64"
)
_REDUCED = "input_indices: int64, input_values: T, input_shape: int64, reduction_axes: int32"
_SPARSE = "output_indices: int64, output_values: T, output_shape: int64"
_CWISE = "sp_indices: int64, sp_values: T, sp_shape: int64, dense: T"

sparse_add_op = op(
    f"SparseAdd({_PAIR}, thresh: Treal) -> sum_indices: int64, sum_values: T, sum_shape: int64",
    "T: number; Treal: realnumber",
)
sparse_add_grad_op = op(
    "SparseAddGrad(backprop_val_grad: T, a_indices: int64, b_indices: int64, sum_indices: int64) "
    "-> a_val_grad: T, b_val_grad: T",
    "T: number",
)
sparse_tensor_dense_add_op = op(
    "SparseTensorDenseAdd(a_indices: Tindices, a_values: T, a_shape: Tindices, b: T) -> output: T",
    "T: number; Tindices: int32 | int64",
)
sparse_tensor_dense_mat_mul_op = op(
    "SparseTensorDenseMatMul(a_indices: Tindices, a_values: T, a_shape: int64, b: T) -> product: T",
    "T: type; Tindices: int32 | int64 = int64; adjoint_a: bool = false; adjoint_b: bool = false",
    host=["a_shape"],
)
sparse_reduce_sum_op = op(
    f"SparseReduceSum({_REDUCED}) -> output: T", "keep_dims: bool = false; T: number"
)
sparse_reduce_sum_sparse_op = op(
    f"SparseReduceSumSparse({_REDUCED}) -> {_SPARSE}", "keep_dims: bool = false; T: number"
)
sparse_reduce_max_op = op(
    f"SparseReduceMax({_REDUCED}) -> output: T", "keep_dims: bool = false; T: realnumber"
)
sparse_reduce_max_sparse_op = op(
    f"SparseReduceMaxSparse({_REDUCED}) -> {_SPARSE}", "keep_dims: bool = false; T: realnumber"
)
sparse_dense_cwise_add_op = op(f"SparseDenseCwiseAdd({_CWISE}) -> output: T", "T: number")
sparse_dense_cwise_mul_op = op(f"SparseDenseCwiseMul({_CWISE}) -> output: T", "T: number")
sparse_dense_cwise_div_op = op(f"SparseDenseCwiseDiv({_CWISE}) -> output: T", "T: number")
sparse_softmax_op = op(
    "SparseSoftmax(sp_indices: int64, sp_values: T, sp_shape: int64) -> output: T",
    "T: float32 | float64",
)
sparse_sparse_maximum_op = op(
    f"SparseSparseMaximum({_PAIR}) -> output_indices: int64, output_values: T", "T: realnumber"
)
sparse_sparse_minimum_op = op(
    f"SparseSparseMinimum({_PAIR}) -> output_indices: int64, output_values: T", "T: number"
)


# Sums.


@sparse_add_op.shape
def sparse_add_shape(node: Any) -> list[Dims]:
    shape = shape_rules.with_rank(node.inputs[2].dims, 1)
    return [(None, shape[0]), (None,), shape]


def _check_same_shape(a_shape: Any, b_shape: Any) -> None:
    if len(a_shape) != len(b_shape):
        raise invalid(
            f"Operands do not have the same ranks; got shapes: {text(a_shape)} and {text(b_shape)}"
        )
    for i, (m, n) in enumerate(zip(a_shape, b_shape, strict=True)):
        if m != n:
            raise invalid(f"Operands' shapes do not match: got {m} and {n} for dimension {i}")


def _aligned(
    a_indices: Any, a_values: Any, b_indices: Any, b_values: Any
) -> tuple[Any, Any, Any, Any]:
    """All positions of both, the values of each there (zero where it has none), and how often."""
    rows, places = unique_rows(np.concatenate([a_indices, b_indices]))
    a, b = np.zeros(len(rows), a_values.dtype), np.zeros(len(rows), b_values.dtype)
    a[places[: len(a_values)]] = a_values
    b[places[len(a_values) :]] = b_values
    return rows, a, b, np.bincount(places, minlength=len(rows))


@sparse_add_op.numpy
def sparse_add_kernel(
    a_indices: Any,
    a_values: Any,
    a_shape: Any,
    b_indices: Any,
    b_values: Any,
    b_shape: Any,
    threshold: Any,
) -> Any:
    _check_same_shape(a_shape, b_shape)
    rows, a, b, times = _aligned(a_indices, a_values, b_indices, b_values)
    total = a + b
    # Only what was summed can be left out.
    kept = (times < 2) | (np.abs(total) >= threshold)
    return rows[kept], total[kept], np.array(a_shape)


@sparse_add_op.gradient
def sparse_add_gradient(node: Any, *grads: Any) -> Any:
    a_indices, a_values, _, b_indices, b_values, _, _ = node.inputs
    a_grad, b_grad = apply_op("SparseAddGrad", grads[1], a_indices, b_indices, node.outputs[0])
    a_grad.set_shape(a_values.get_shape())
    b_grad.set_shape(b_values.get_shape())
    return None, a_grad, None, None, b_grad, None, None


@sparse_add_grad_op.shape
def sparse_add_grad_shape(node: Any) -> list[Dims]:
    a = shape_rules.with_rank(node.inputs[1].dims, 2)
    b = shape_rules.with_rank(node.inputs[2].dims, 2)
    return [(a[0],), (b[0],)]


@sparse_add_grad_op.numpy
def sparse_add_grad_kernel(grad: Any, a_indices: Any, b_indices: Any, sum_indices: Any) -> Any:
    rows, places = unique_rows(np.concatenate([sum_indices, a_indices, b_indices]))
    among_sums = np.full(len(rows), len(grad))
    among_sums[places[: len(grad)]] = np.arange(len(grad))
    # What the sum left out has no gradient.
    found = np.append(grad, np.zeros(1, grad.dtype))[among_sums[places[len(grad) :]]]
    return found[: len(a_indices)], found[len(a_indices) :]


sparse_add_grad_op.not_differentiable()
sparse_tensor_dense_add_op.shape(shape_rules.like_input(3))


@sparse_tensor_dense_add_op.numpy
def sparse_tensor_dense_add_kernel(indices: Any, values: Any, shape: Any, b: Any) -> Any:
    if len(shape) != b.ndim:
        raise invalid(f"Two operands have different ndims: {len(shape)} vs. {b.ndim}")
    for i, (m, n) in enumerate(zip(shape, b.shape, strict=True)):
        if m != n:
            raise invalid(
                f"Dimension {i} does not equal (no broadcasting is supported): sparse side {m} vs "
                f"dense side {n}"
            )
    wrong = ((indices < 0) | (indices >= np.array(b.shape))).any(axis=0)
    if wrong.any():
        d = int(np.flatnonzero(wrong)[0])
        raise invalid(f"Sparse tensor has some invalid index on dimension {d}: {b.shape[d]}")
    result = b.copy()
    np.add.at(result, tuple(indices.T), values)
    return result


@sparse_tensor_dense_add_op.gradient
def sparse_tensor_dense_add_gradient(node: Any, grad: Any) -> Any:
    return None, array_ops.gather_nd(grad, node.inputs[0]), None, grad


# Products.


@sparse_tensor_dense_mat_mul_op.shape
def sparse_tensor_dense_mat_mul_shape(node: Any) -> Dims:
    shape_rules.with_rank(node.inputs[0].dims, 2)
    shape_rules.with_rank(node.inputs[1].dims, 1)
    a = shape_rules.with_rank(node.static_dims(2), 2)
    b = shape_rules.with_rank(node.inputs[3].dims, 2)
    rows, inner_a = reversed(a) if node.attr("adjoint_a") else a
    inner_b, columns = reversed(b) if node.attr("adjoint_b") else b
    shape_rules.merge_dim(inner_a, inner_b)
    return rows, columns


@sparse_tensor_dense_mat_mul_op.kernel
def sparse_tensor_dense_mat_mul_kernel(
    indices: torch.Tensor,
    values: torch.Tensor,
    shape: tuple[int, ...],
    b: torch.Tensor,
    *,
    adjoint_a: bool,
    adjoint_b: bool,
) -> torch.Tensor:
    if adjoint_b:
        b = b.t().conj()
    rows, columns = indices.t().long().contiguous()
    outer, inner = shape
    if adjoint_a:
        # Complex numbers stay as they are, whatever the attr is called.
        rows, columns, outer, inner = columns, rows, inner, outer
    if inner != b.shape[0]:
        raise invalid(
            f"Cannot multiply A and B because inner dimension does not match: {inner} vs. "
            f"{b.shape[0]}.  Did you forget a transpose?  Dimensions of A: [{shape[0]}, "
            f"{shape[1]}).  Dimensions of B: {text(b.shape)}"
        )
    _check_entries(indices, rows, columns, outer, inner)
    if b.device.type != "cpu" or b.dtype not in _SUMMED or not b.numel() or not len(values):
        result = b.new_zeros((outer, b.shape[1]))
        return result.index_add_(0, rows, values[:, None] * b.index_select(0, columns))
    return _summed(rows, columns, values, b, outer)


_SUMMED = (torch.float32, torch.float64)


def _summed(rows: Any, columns: Any, values: Any, b: Any, outer: int) -> torch.Tensor:
    """The rows of `b` at `columns`, times `values`, summed by `rows`.

    index_add_ goes row by row through torch's dispatcher, which takes some ten times as long.
    """
    if bool((rows[1:] < rows[:-1]).any()):
        rows, order = torch.sort(rows, stable=True)
        columns, values = columns[order], values[order]
    starts = torch.searchsorted(rows, torch.arange(outer))
    return torch.nn.functional.embedding_bag(
        columns, b.contiguous(), starts, mode="sum", per_sample_weights=values
    )


def _check_entries(indices: Any, rows: Any, columns: Any, outer: int, inner: int) -> None:
    if not len(rows):
        return
    for numbers, limit, name, place in ((columns, inner, "k", 1), (rows, outer, "m", 0)):
        least, most = torch.aminmax(numbers)
        if least < 0 or most >= limit:
            first = int(torch.nonzero((numbers < 0) | (numbers >= limit))[0])
            raise invalid(
                f"{name} ({int(numbers[first])}) from index[{first},{place}] out of bounds "
                f"(>={limit})"
            )


@sparse_tensor_dense_mat_mul_op.gradient
def sparse_tensor_dense_mat_mul_gradient(node: Any, grad: Any) -> Any:
    indices, values, shape, b = node.inputs
    adjoint_a, adjoint_b = node.attr("adjoint_a"), node.attr("adjoint_b")
    if values.dtype.base_dtype in (dtypes.complex64, dtypes.complex128):
        raise NotImplementedError("SparseTensorDenseMatMul op does not support complex gradients.")
    b_grad = apply_op(
        "SparseTensorDenseMatMul", indices, values, shape, grad, adjoint_a=not adjoint_a
    )
    if adjoint_b:
        b_grad = array_ops.transpose(b_grad)
    rows, columns = indices[:, 0], indices[:, 1]
    a_parts = array_ops.gather(grad, columns if adjoint_a else rows)
    b_turned = array_ops.transpose(b) if adjoint_b else b
    b_parts = array_ops.gather(b_turned, rows if adjoint_a else columns)
    return None, math_ops.reduce_sum(a_parts * b_parts, axis=1), None, b_grad


# Reductions.


@sparse_reduce_sum_op.shape
@sparse_reduce_max_op.shape
def sparse_reduce_shape(node: Any) -> Dims:
    shape, axes = node.static_input(2), node.static_input(3)
    if shape is None or axes is None:
        return None
    rank = len(shape)
    gone = {(int(a) + rank) % rank for a in axes.reshape(-1)} if rank else set()
    if node.attr("keep_dims"):
        return tuple(1 if i in gone else int(d) for i, d in enumerate(shape))
    return tuple(int(d) for i, d in enumerate(shape) if i not in gone)


@sparse_reduce_sum_sparse_op.shape
@sparse_reduce_max_sparse_op.shape
def sparse_reduce_sparse_shape(node: Any) -> list[Dims]:
    return [None, None, None]


def _reduced(
    indices: Any, values: Any, shape: Any, axes: Any, keep_dims: bool, combine: Any
) -> tuple[Any, Any, list[int]]:
    """Positions, values and shape of what is left."""
    rank = len(shape)
    gone = set()
    for axis in np.reshape(axes, -1).tolist():
        if not -rank <= axis < rank:
            raise invalid(f"Invalid reduction dimension {axis}, for input with {rank} dimensions.")
        gone.add(axis % rank)
    kept = [i for i in range(rank) if i not in gone]
    rows, places = unique_rows(indices[:, kept])
    result = _starts(combine, len(rows), values.dtype)
    combine.at(result, places, values)
    if not kept:
        # A scalar, which is there even where nothing was summed.
        rows, result = (
            np.zeros((1, 0), np.int64),
            result if len(result) else np.zeros(1, values.dtype),
        )
    sizes = [int(shape[i]) for i in kept]
    if keep_dims:
        whole = np.zeros((len(rows), rank), np.int64)
        whole[:, kept] = rows
        rows, sizes = whole, [1 if i in gone else int(d) for i, d in enumerate(shape)]
    return rows, result, sizes


def _starts(combine: Any, count: int, dtype: Any) -> Any:
    if combine is np.add:
        return np.zeros(count, dtype)
    return np.full(count, np.iinfo(dtype).min if dtype.kind in "iu" else -np.inf, dtype)


def _dense(rows: Any, values: Any, sizes: list[int]) -> Any:
    if not sizes:
        return values[0]
    result = np.zeros(sizes, values.dtype)
    result[tuple(rows.T)] = values
    return result


@sparse_reduce_sum_op.numpy
def sparse_reduce_sum_kernel(
    indices: Any, values: Any, shape: Any, axes: Any, *, keep_dims: bool
) -> Any:
    return _dense(*_reduced(indices, values, shape, axes, keep_dims, np.add))


@sparse_reduce_max_op.numpy
def sparse_reduce_max_kernel(
    indices: Any, values: Any, shape: Any, axes: Any, *, keep_dims: bool
) -> Any:
    return _dense(*_reduced(indices, values, shape, axes, keep_dims, np.maximum))


@sparse_reduce_sum_sparse_op.numpy
def sparse_reduce_sum_sparse_kernel(
    indices: Any, values: Any, shape: Any, axes: Any, *, keep_dims: bool
) -> Any:
    rows, result, sizes = _reduced(indices, values, shape, axes, keep_dims, np.add)
    return rows, result, np.array(sizes, np.int64)


@sparse_reduce_max_sparse_op.numpy
def sparse_reduce_max_sparse_kernel(
    indices: Any, values: Any, shape: Any, axes: Any, *, keep_dims: bool
) -> Any:
    rows, result, sizes = _reduced(indices, values, shape, axes, keep_dims, np.maximum)
    return rows, result, np.array(sizes, np.int64)


@sparse_reduce_sum_op.gradient
def sparse_reduce_sum_gradient(node: Any, grad: Any) -> Any:
    indices, _, shape, axes = node.inputs
    kept = math_ops.reduced_shape(shape, axes)
    spread = array_ops.reshape(grad, kept)
    scale = shape // math_ops.cast(kept, dtypes.int64)
    return None, array_ops.gather_nd(spread, indices // scale), None, None


# Element-wise with a dense tensor that broadcasts.


@sparse_dense_cwise_add_op.shape
@sparse_dense_cwise_mul_op.shape
@sparse_dense_cwise_div_op.shape
def sparse_dense_cwise_shape(node: Any) -> Dims:
    return (shape_rules.with_rank(node.inputs[0].dims, 2)[0],)


def _dense_at(indices: Any, shape: Any, dense: Any) -> Any:
    """The elements of `dense`, spread over `shape`, at `indices`."""
    rank = len(shape)
    sizes = tuple(int(d) for d in shape)
    offset = rank - dense.ndim
    fits = offset >= 0 and all(
        d in (1, s) for d, s in zip(dense.shape, sizes[offset:], strict=True)
    )
    if not fits:
        raise invalid(
            "SparseDenseBinaryOpShared broadcasts dense to sparse only; got incompatible shapes: "
            f"[{','.join(map(str, sizes))}] vs. [{','.join(map(str, dense.shape))}]"
        )
    return np.broadcast_to(dense, sizes)[tuple(indices.T)]


@sparse_dense_cwise_add_op.numpy
def sparse_dense_cwise_add_kernel(indices: Any, values: Any, shape: Any, dense: Any) -> Any:
    return values + _dense_at(indices, shape, dense)


@sparse_dense_cwise_mul_op.numpy
def sparse_dense_cwise_mul_kernel(indices: Any, values: Any, shape: Any, dense: Any) -> Any:
    return values * _dense_at(indices, shape, dense)


@sparse_dense_cwise_div_op.numpy
def sparse_dense_cwise_div_kernel(indices: Any, values: Any, shape: Any, dense: Any) -> Any:
    return (values / _dense_at(indices, shape, dense)).astype(values.dtype)


@sparse_dense_cwise_add_op.gradient
def sparse_dense_cwise_add_gradient(node: Any, grad: Any) -> Any:
    raise NotImplementedError("Gradient for SparseDenseCwiseAdd is currently not implemented yet.")


@sparse_dense_cwise_mul_op.gradient
def sparse_dense_cwise_mul_gradient(node: Any, grad: Any) -> Any:
    dense, indices, shape = _dense_values(node)
    return _dense_gradient(node, indices, shape, grad * dense, grad * node.inputs[1])


@sparse_dense_cwise_div_op.gradient
def sparse_dense_cwise_div_gradient(node: Any, grad: Any) -> Any:
    dense, indices, shape = _dense_values(node)
    x_grad = grad / dense
    y_values = grad * (-node.inputs[1] / math_ops.square(dense))
    return _dense_gradient(node, indices, shape, x_grad, y_values)


def _dense_values(node: Any) -> tuple[Any, Any, Any]:
    """The dense operand at the sparse positions, these positions in it, and its shape."""
    indices, _, shape, y = node.inputs
    y_shape = math_ops.cast(array_ops.shape(y), dtypes.int64)
    added = array_ops.expand_dims(array_ops.size(shape) - array_ops.size(y_shape), 0)
    full = array_ops.concat([array_ops.ones(added, dtypes.int64), y_shape], 0)
    scaled = indices // (shape // full)
    scaled = array_ops.slice(scaled, array_ops.concat([[0], added], 0), [-1, -1])
    return array_ops.gather_nd(y, scaled), scaled, y_shape


def _dense_gradient(node: Any, indices: Any, shape: Any, x_grad: Any, y_values: Any) -> Any:
    zeros = array_ops.zeros_like(node.inputs[3])
    y_grad = sparse_math.sparse_add(zeros, SparseTensor(indices, y_values, shape))
    return None, x_grad, None, y_grad


# Softmax over the entries that are there.


@sparse_softmax_op.shape
def sparse_softmax_shape(node: Any) -> Dims:
    shape_rules.with_rank(node.inputs[0].dims, 2)
    return shape_rules.with_rank(node.inputs[1].dims, 1)


@sparse_softmax_op.numpy
def sparse_softmax_kernel(indices: Any, values: Any, shape: Any) -> Any:
    if len(shape) < 2:
        raise invalid(f"Input should have rank >= 2, but received shape: {shape[0]}")
    _, places = unique_rows(indices[:, :-1])
    count = int(places.max()) + 1 if len(places) else 0
    largest = np.full(count, -np.inf, values.dtype)
    np.maximum.at(largest, places, values)
    powers = np.exp(values - largest[places])
    total = np.zeros(count, values.dtype)
    np.add.at(total, places, powers)
    return powers / total[places]


@sparse_softmax_op.gradient
def sparse_softmax_gradient(node: Any, grad: Any) -> Any:
    indices, shape = node.inputs[0], node.inputs[2]
    output = node.outputs[0]
    sp_output = SparseTensor(indices, output, shape)
    sp_grad = SparseTensor(indices, grad, shape)
    product = SparseTensor(indices, sp_output.values * sp_grad.values, shape)
    total = -sparse_math.sparse_reduce_sum(product, [-1], keepdims=True)
    shifted = sparse_math.sparse_dense_cwise_add(sp_grad, total)
    return None, shifted.values * sp_output.values, None


# Maximum and minimum.


@sparse_sparse_maximum_op.shape
@sparse_sparse_minimum_op.shape
def sparse_sparse_shape(node: Any) -> list[Dims]:
    shape_rules.with_rank(node.inputs[0].dims, 2)
    shape_rules.with_rank(node.inputs[1].dims, 1)
    shape_rules.with_rank(node.inputs[2].dims, 1)
    return [(None, None), (None,)]


@sparse_sparse_maximum_op.numpy
def sparse_sparse_maximum_kernel(ai: Any, av: Any, ash: Any, bi: Any, bv: Any, bsh: Any) -> Any:
    _check_same_shape(ash, bsh)
    rows, a, b, _ = _aligned(ai, av, bi, bv)
    return rows, np.maximum(a, b)


@sparse_sparse_minimum_op.numpy
def sparse_sparse_minimum_kernel(ai: Any, av: Any, ash: Any, bi: Any, bv: Any, bsh: Any) -> Any:
    _check_same_shape(ash, bsh)
    rows, a, b, _ = _aligned(ai, av, bi, bv)
    return rows, np.minimum(a, b)


@sparse_sparse_maximum_op.gradient
def sparse_sparse_maximum_gradient(node: Any, *grads: Any) -> Any:
    raise NotImplementedError("Gradient for SparseSparseMaximum is currently not implemented yet.")


@sparse_sparse_minimum_op.gradient
def sparse_sparse_minimum_gradient(node: Any, *grads: Any) -> Any:
    raise NotImplementedError("Gradient for SparseSparseMinimum is currently not implemented yet.")
