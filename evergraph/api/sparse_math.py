"""Arithmetic and reductions of sparse tensors: tf.sparse.add, tf.sparse.matmul, ..."""

from typing import Any

from evergraph.api import math_ops
from evergraph.api.array_ops import broadcast_static_shape
from evergraph.api.sparse_ops import as_sparse
from evergraph.base.deprecation import (
    deprecated_args,
    deprecated_argument_lookup,
    deprecated_endpoints,
)
from evergraph.base.dispatch import OpDispatcher
from evergraph.base.export import export
from evergraph.graph.apply import apply_op
from evergraph.graph.composite import SparseTensor, is_sparse
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor


@export("sparse.add", "sparse_add")
@deprecated_endpoints("sparse_add")
@deprecated_args(None, "thresh is deprecated, use threshold instead", "thresh")
def sparse_add(a: Any, b: Any, threshold: Any = None, thresh: Any = None) -> Any:
    """`a + b`, at least one of which is sparse. Stands for `tf.sparse.add`.

    Args:
      a, b: SparseTensors, or one of them a tensor.
      threshold: sums below it are left out, where both are sparse; default 0: none are.
      thresh: the older name of `threshold`.

    Returns:
      A SparseTensor where both are sparse, else a tensor.

    Raises:
      TypeError: neither is sparse.
    """
    threshold = deprecated_argument_lookup("threshold", threshold, "thresh", thresh)
    return sparse_add_v2(a, b, 0 if threshold is None else threshold)


def sparse_add_v2(a: Any, b: Any, threshold: Any = 0) -> Any:
    """As `sparse_add`, without the older argument name."""
    if not is_sparse(a) and not is_sparse(b):
        raise TypeError("At least one input should be SparseTensor; do you mean to use tf.add()?")
    if not (is_sparse(a) and is_sparse(b)):
        if is_sparse(b):
            a, b = b, a
        return apply_op("SparseTensorDenseAdd", a.indices, a.values, a.dense_shape, b)
    a, b = as_sparse(a), as_sparse(b)
    threshold = convert_to_tensor(
        threshold, dtype=a.values.dtype.real_dtype.base_dtype, name="threshold"
    )
    indices, values, dense_shape = apply_op(
        "SparseAdd",
        a.indices,
        a.values,
        a.dense_shape,
        b.indices,
        b.values,
        b.dense_shape,
        threshold,
    )
    a.get_shape().assert_is_compatible_with(b.get_shape())
    static = broadcast_static_shape(a.get_shape(), b.get_shape())
    if static.is_fully_defined():
        dense_shape = static.as_list()
    return SparseTensor(indices, values, dense_shape)


def sparse_dense_cwise_add(sp_t: SparseTensor, dense_t: Any) -> SparseTensor:
    """`sp_t` with `dense_t`, which broadcasts to it, added at its indices."""
    values = apply_op("SparseDenseCwiseAdd", sp_t.indices, sp_t.values, sp_t.dense_shape, dense_t)
    return SparseTensor(sp_t.indices, values, sp_t.dense_shape)


@export("sparse.sparse_dense_matmul", "sparse.matmul", "sparse_tensor_dense_matmul")
@deprecated_endpoints("sparse_tensor_dense_matmul")
def sparse_tensor_dense_matmul(
    sp_a: Any, b: Any, adjoint_a: bool = False, adjoint_b: bool = False, name: str | None = None
) -> Tensor:
    """The product of a sparse and a dense matrix. Stands for `tf.sparse.sparse_dense_matmul`.

    Args:
      sp_a: a SparseTensor of rank 2.
      b: a matrix of the same dtype.
      adjoint_a, adjoint_b: whether a matrix is transposed (and conjugated) first.
      name: the nodes' scope.
    """
    sp_a = as_sparse(sp_a)
    with name_scope(name, "SparseTensorDenseMatMul", [sp_a.indices, sp_a.values, b]):
        b = convert_to_tensor(b, name="b")
        return apply_op(
            "SparseTensorDenseMatMul",
            sp_a.indices,
            sp_a.values,
            sp_a.dense_shape,
            b,
            adjoint_a=adjoint_a,
            adjoint_b=adjoint_b,
        )


@export("sparse.softmax", "sparse_softmax")
@deprecated_endpoints("sparse_softmax")
def sparse_softmax(sp_input: Any, name: str | None = None) -> SparseTensor:
    """Softmax over the values in each row of the last axis. Stands for `tf.sparse.softmax`."""
    with name_scope(name, "SparseSoftmax", [sp_input.indices, sp_input.values]):
        values = apply_op("SparseSoftmax", sp_input.indices, sp_input.values, sp_input.dense_shape)
        return SparseTensor(sp_input.indices, values, sp_input.dense_shape)


def _both(kind: str, sp_a: Any, sp_b: Any, name: str | None) -> SparseTensor:
    with name_scope(name, kind, [sp_a.indices, sp_a.values, sp_b.indices, sp_b.values]) as name:
        indices, values = apply_op(
            kind,
            sp_a.indices,
            sp_a.values,
            sp_a.dense_shape,
            sp_b.indices,
            sp_b.values,
            sp_b.dense_shape,
            name=name,
        )
    return SparseTensor(indices, values, sp_a.dense_shape)


@export("sparse.maximum", "sparse_maximum")
@deprecated_endpoints("sparse_maximum")
def sparse_maximum(sp_a: Any, sp_b: Any, name: str | None = None) -> SparseTensor:
    """The larger of two values at each index; what is absent is 0. Stands for
    `tf.sparse.maximum`."""
    return _both("SparseSparseMaximum", sp_a, sp_b, name)


@export("sparse.minimum", "sparse_minimum")
@deprecated_endpoints("sparse_minimum")
def sparse_minimum(sp_a: Any, sp_b: Any, name: str | None = None) -> SparseTensor:
    """The smaller of two values at each index; what is absent is 0. Stands for
    `tf.sparse.minimum`."""
    return _both("SparseSparseMinimum", sp_a, sp_b, name)


# Reductions.


def _reduce(
    kind: str, sp_input: Any, axis: Any, keepdims: Any, old_axis: Any, old_keep: Any
) -> Any:
    keepdims = deprecated_argument_lookup("keepdims", keepdims, "keep_dims", old_keep)
    return apply_op(
        kind,
        sp_input.indices,
        sp_input.values,
        sp_input.dense_shape,
        math_ops._ReductionDims(sp_input, axis, old_axis),
        keep_dims=False if keepdims is None else keepdims,
    )


@export("sparse.reduce_sum", "sparse_reduce_sum")
@deprecated_endpoints("sparse_reduce_sum")
@deprecated_args(None, "keep_dims is deprecated, use keepdims instead", "keep_dims")
@deprecated_args(None, "reduction_axes is deprecated, use axis instead", "reduction_axes")
def sparse_reduce_sum(
    sp_input: Any,
    axis: Any = None,
    keepdims: bool | None = None,
    reduction_axes: Any = None,
    keep_dims: bool | None = None,
) -> Tensor:
    """The sums over axes of a SparseTensor, as a tensor. Stands for `tf.sparse.reduce_sum`.

    Args:
      sp_input: a SparseTensor.
      axis: an int or a list of ints; default: all.
      keepdims: whether the axes stay, of size 1.
      reduction_axes, keep_dims: older names of the arguments.
    """
    return _reduce("SparseReduceSum", sp_input, axis, keepdims, reduction_axes, keep_dims)


@export("sparse.reduce_max", "sparse_reduce_max")
@deprecated_endpoints("sparse_reduce_max")
@deprecated_args(None, "keep_dims is deprecated, use keepdims instead", "keep_dims")
@deprecated_args(None, "reduction_axes is deprecated, use axis instead", "reduction_axes")
def sparse_reduce_max(
    sp_input: Any,
    axis: Any = None,
    keepdims: bool | None = None,
    reduction_axes: Any = None,
    keep_dims: bool | None = None,
) -> Tensor:
    """The largest values over axes of a SparseTensor, as a tensor (0 where there are none). Stands
    for `tf.sparse.reduce_max`; see `tf.sparse.reduce_sum`."""
    return _reduce("SparseReduceMax", sp_input, axis, keepdims, reduction_axes, keep_dims)


@export("sparse.reduce_sum_sparse", "sparse_reduce_sum_sparse")
@deprecated_endpoints("sparse_reduce_sum_sparse")
@deprecated_args(None, "keep_dims is deprecated, use keepdims instead", "keep_dims")
def sparse_reduce_sum_sparse(
    sp_input: Any,
    axis: Any = None,
    keepdims: bool | None = None,
    reduction_axes: Any = None,
    keep_dims: bool | None = None,
) -> SparseTensor:
    """As `tf.sparse.reduce_sum`, as a SparseTensor. Stands for `tf.sparse.reduce_sum_sparse`."""
    return SparseTensor(
        *_reduce("SparseReduceSumSparse", sp_input, axis, keepdims, reduction_axes, keep_dims)
    )


@export("sparse.reduce_max_sparse", "sparse_reduce_max_sparse")
@deprecated_endpoints("sparse_reduce_max_sparse")
@deprecated_args(None, "keep_dims is deprecated, use keepdims instead", "keep_dims")
def sparse_reduce_max_sparse(
    sp_input: Any,
    axis: Any = None,
    keepdims: bool | None = None,
    reduction_axes: Any = None,
    keep_dims: bool | None = None,
) -> SparseTensor:
    """As `tf.sparse.reduce_max`, as a SparseTensor. Stands for `tf.sparse.reduce_max_sparse`."""
    return SparseTensor(
        *_reduce("SparseReduceMaxSparse", sp_input, axis, keepdims, reduction_axes, keep_dims)
    )


class _OfValues(OpDispatcher):
    """An element-wise function of a sparse tensor: the same of its values."""

    def __init__(self, function: Any) -> None:
        self._function = function

    def handle(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        given = {**dict(zip(("x", "name"), args, strict=False)), **kwargs}
        x = given.pop("x", None)
        if not isinstance(x, SparseTensor):
            return self.NOT_SUPPORTED
        return SparseTensor(x.indices, self._function(x.values, **given), x.dense_shape)


# The functions that TensorFlow takes sparse tensors for.
for _function in (
    math_ops.abs,
    math_ops.negative,
    math_ops.sign,
    math_ops.square,
    math_ops.sqrt,
    math_ops.erf,
    math_ops.tanh,
    math_ops.bessel_i0e,
    math_ops.bessel_i1e,
):
    _OfValues(_function).register(_function)
