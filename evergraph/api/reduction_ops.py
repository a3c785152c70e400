"""Reductions over axes, positions of extreme values, running sums, ranges and counts."""

from collections.abc import Callable
from typing import Any

import numpy as np

from evergraph.api import array_ops
from evergraph.api.arithmetic_ops import cast, not_equal
from evergraph.api.elementwise_ops import exp, is_finite, log, maximum, minimum, sqrt, square
from evergraph.base import dtypes
from evergraph.base.deprecation import (
    deprecated,
    deprecated_args,
    deprecated_argument_lookup,
    deprecated_endpoints,
)
from evergraph.base.dispatch import add_dispatch_support
from evergraph.base.export import export
from evergraph.graph.apply import apply_op
from evergraph.graph.composite import SparseTensor
from evergraph.graph.constant import constant
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor


@export("range")
def range(
    start: Any, limit: Any = None, delta: Any = 1, dtype: Any = None, name: str | None = "range"
) -> Tensor:
    """`start`, `start + delta`, ... up to but without `limit`. Stands for `tf.range`.

    Args:
      start: a scalar; with only one argument the limit, of a range from 0.
      limit, delta: scalars.
      dtype: the element type; default: the widest of the arguments'.
      name: the node's name.
    """
    if limit is None:
        start, limit = 0, start
    with name_scope(name, "Range", [start, limit, delta]) as name:
        start = convert_to_tensor(start, dtype=dtype, name="start")
        limit = convert_to_tensor(limit, dtype=dtype, name="limit")
        delta = convert_to_tensor(delta, dtype=dtype, name="delta")
        if dtype is None:
            widths = [dtypes.int32, dtypes.int64, dtypes.float32, dtypes.float64]
            arguments = [start, limit, delta]
            assert all(a.dtype in widths for a in arguments)
            dtype = max((a.dtype for a in arguments), key=widths.index)
            start, limit, delta = (cast(a, dtype) for a in arguments)
        return apply_op("Range", start, limit, delta, name=name)


@export("lin_space", "linspace")
def lin_space(start: Any, stop: Any, num: Any, name: str | None = None) -> Tensor:
    """`num` evenly spaced numbers from `start` to `stop`, both included. Stands for `tf.linspace`.

    Args:
      start, stop: bfloat16, float32 or float64 scalars.
      num: how many: a positive integer scalar.
      name: the node's name.
    """
    return apply_op("LinSpace", start, stop, num, name=name)


linspace = lin_space


def _ReductionDims(x: Any, axis: Any, reduction_indices: Any = None) -> Any:
    """`axis`, or where it is None the axes of `x`: a Const, or a Range where its rank is
    unknown."""
    if reduction_indices is not None:
        if axis is not None:
            raise ValueError("Can't specify both axis' and 'reduction_indices'.")
        axis = reduction_indices
    if axis is not None:
        return axis
    rank = len(x.dims) if isinstance(x, Tensor) and x.dims is not None else None
    if rank is None and isinstance(x, SparseTensor) and x.dense_shape.shape.is_fully_defined():
        rank = x.dense_shape.shape.dims[0].value
    if rank is None:
        return range(0, array_ops.rank(x))
    return constant(np.arange(rank), dtype=dtypes.int32)


def _reduce(op_type: str, x: Any, axis: Any, keepdims: Any, name: str | None) -> Tensor:
    axes = _ReductionDims(x, axis)
    output = apply_op(op_type, x, axes, keep_dims=bool(keepdims), name=name)
    return _may_reduce_to_scalar(keepdims, axis, output)


def _may_reduce_to_scalar(keepdims: Any, axis: Any, output: Tensor) -> Tensor:
    """Sets the scalar shape that a reduction over all axes of unknown number has."""
    if not keepdims and axis is None and (output.dims is None or None in output.dims):
        output.set_shape(())
    return output


def _reduction(op_type: str, what: str, types: str) -> Callable[..., Tensor]:
    """The function for a reduction op, with TensorFlow 2's arguments, which internal code uses."""

    def reduction(
        input_tensor: Any, axis: Any = None, keepdims: Any = False, name: str | None = None
    ) -> Tensor:
        return _reduce(op_type, input_tensor, axis, keepdims, name)

    reduction.__name__ = reduction.__qualname__ = f"reduce_{op_type.lower()}"
    reduction.__doc__ = f"""The {what} over `axis` (default: over all axes).

    Args:
      input_tensor: a {types} tensor.
      axis: an axis or several.
      keepdims: whether reduced axes stay, with size 1.
      name: the node's name.
    """
    return add_dispatch_support(reduction)


reduce_sum = _reduction("Sum", "sum", "number")
reduce_mean = _reduction("Mean", "mean, of integers rounded towards zero,", "number")
reduce_prod = _reduction("Prod", "product", "number")
reduce_min = _reduction("Min", "minimum", "real number")
reduce_max = _reduction("Max", "maximum", "real number")
reduce_all = _reduction("All", "logical and", "boolean")
reduce_any = _reduction("Any", "logical or", "boolean")


@export("math.reduce_euclidean_norm")
def reduce_euclidean_norm(
    input_tensor: Any, axis: Any = None, keepdims: Any = False, name: str | None = None
) -> Tensor:
    """The root of the sum of squares over `axis`. Stands for `tf.math.reduce_euclidean_norm`.

    Args:
      input_tensor: a number tensor.
      axis: an axis or several; default: all.
      keepdims: whether reduced axes stay, with size 1.
      name: the node's name.
    """
    return _reduce("EuclideanNorm", input_tensor, axis, keepdims, name)


def reduce_logsumexp(
    input_tensor: Any, axis: Any = None, keepdims: Any = False, name: str | None = None
) -> Tensor:
    """log(sum(exp(x))) over `axis` (default: over all axes), without overflow."""
    input_tensor = convert_to_tensor(input_tensor)
    with name_scope(name, "ReduceLogSumExp", [input_tensor]) as name:
        raw_max = reduce_max(input_tensor, axis=axis, keepdims=True)
        finite = is_finite(raw_max)
        my_max = array_ops.stop_gradient(
            array_ops.where(finite, raw_max, array_ops.zeros_like(raw_max))
        )
        shifted = apply_op("Sub", input_tensor, my_max)
        result = log(reduce_sum(exp(shifted), axis, keepdims=keepdims))
        if not keepdims:
            my_max = array_ops.reshape(my_max, array_ops.shape(result))
        result = apply_op("Add", result, my_max)
        return _may_reduce_to_scalar(keepdims, axis, result)


@export("math.reduce_variance")
def reduce_variance(
    input_tensor: Any, axis: Any = None, keepdims: Any = False, name: str | None = None
) -> Tensor:
    """The mean square distance from the mean, over `axis`. Stands for `tf.math.reduce_variance`.

    Args:
      input_tensor: a number tensor.
      axis: an axis or several; default: all.
      keepdims: whether reduced axes stay, with size 1.
      name: a name scope for the nodes.
    """
    with name_scope(name or "reduce_variance"):
        means = reduce_mean(input_tensor, axis=axis, keepdims=True)
        squared_deviations = square(input_tensor - means)
        return reduce_mean(squared_deviations, axis=axis, keepdims=keepdims)


@export("math.reduce_std")
def reduce_std(
    input_tensor: Any, axis: Any = None, keepdims: Any = False, name: str | None = None
) -> Tensor:
    """The root of `reduce_variance`. Stands for `tf.math.reduce_std`.

    Args:
      input_tensor: a number tensor.
      axis: an axis or several; default: all.
      keepdims: whether reduced axes stay, with size 1.
      name: a name scope for the nodes.
    """
    with name_scope(name or "reduce_std"):
        return sqrt(reduce_variance(input_tensor, axis=axis, keepdims=keepdims))


# The public functions of TensorFlow 1 take older names of `axis` and `keepdims`, too.

_KEEP_DIMS = deprecated_args(None, "keep_dims is deprecated, use keepdims instead", "keep_dims")


def _old_arguments(
    axis: Any, keepdims: Any, reduction_indices: Any, keep_dims: Any
) -> tuple[Any, Any]:
    axis = deprecated_argument_lookup("axis", axis, "reduction_indices", reduction_indices)
    return axis, deprecated_argument_lookup("keepdims", keepdims, "keep_dims", keep_dims)


@export("math.reduce_sum", "reduce_sum")
@_KEEP_DIMS
def reduce_sum_v1(
    input_tensor: Any,
    axis: Any = None,
    keepdims: Any = None,
    name: str | None = None,
    reduction_indices: Any = None,
    keep_dims: Any = None,
) -> Tensor:
    """The sum over `axis`. Stands for `tf.reduce_sum`.

    Args:
      input_tensor: a number tensor.
      axis: an axis or several; default: all.
      keepdims: whether reduced axes stay, with size 1; default: no.
      name: the node's name.
      reduction_indices, keep_dims: older names of `axis` and `keepdims`.

    Raises:
      ValueError: an argument is given under both names, or an axis is outside of the rank.
    """
    axis, keepdims = _old_arguments(axis, keepdims, reduction_indices, keep_dims)
    return reduce_sum(input_tensor, axis, keepdims, name)


@export("math.reduce_mean", "reduce_mean")
def reduce_mean_v1(
    input_tensor: Any,
    axis: Any = None,
    keepdims: Any = None,
    name: str | None = None,
    reduction_indices: Any = None,
    keep_dims: Any = None,
) -> Tensor:
    """The mean over `axis`, of integers rounded towards zero. Stands for `tf.reduce_mean`.

    Args:
      input_tensor: a number tensor.
      axis: an axis or several; default: all.
      keepdims: whether reduced axes stay, with size 1; default: no.
      name: the node's name.
      reduction_indices, keep_dims: older names of `axis` and `keepdims`.

    Raises:
      ValueError: an argument is given under both names, or an axis is outside of the rank.
    """
    axis, keepdims = _old_arguments(axis, keepdims, reduction_indices, keep_dims)
    return reduce_mean(input_tensor, axis, keepdims, name)


@export("math.reduce_prod", "reduce_prod")
@_KEEP_DIMS
def reduce_prod_v1(
    input_tensor: Any,
    axis: Any = None,
    keepdims: Any = None,
    name: str | None = None,
    reduction_indices: Any = None,
    keep_dims: Any = None,
) -> Tensor:
    """The product over `axis`. Stands for `tf.reduce_prod`; arguments as `tf.reduce_sum`'s."""
    axis, keepdims = _old_arguments(axis, keepdims, reduction_indices, keep_dims)
    return reduce_prod(input_tensor, axis, keepdims, name)


@export("math.reduce_min", "reduce_min")
@_KEEP_DIMS
def reduce_min_v1(
    input_tensor: Any,
    axis: Any = None,
    keepdims: Any = None,
    name: str | None = None,
    reduction_indices: Any = None,
    keep_dims: Any = None,
) -> Tensor:
    """The minimum over `axis`. Stands for `tf.reduce_min`; arguments as `tf.reduce_sum`'s."""
    axis, keepdims = _old_arguments(axis, keepdims, reduction_indices, keep_dims)
    return reduce_min(input_tensor, axis, keepdims, name)


@export("math.reduce_max", "reduce_max")
@_KEEP_DIMS
def reduce_max_v1(
    input_tensor: Any,
    axis: Any = None,
    keepdims: Any = None,
    name: str | None = None,
    reduction_indices: Any = None,
    keep_dims: Any = None,
) -> Tensor:
    """The maximum over `axis`. Stands for `tf.reduce_max`; arguments as `tf.reduce_sum`'s."""
    axis, keepdims = _old_arguments(axis, keepdims, reduction_indices, keep_dims)
    return reduce_max(input_tensor, axis, keepdims, name)


@export("math.reduce_all", "reduce_all")
@_KEEP_DIMS
def reduce_all_v1(
    input_tensor: Any,
    axis: Any = None,
    keepdims: Any = None,
    name: str | None = None,
    reduction_indices: Any = None,
    keep_dims: Any = None,
) -> Tensor:
    """Whether all are true over `axis`. Stands for `tf.reduce_all`; arguments as
    `tf.reduce_sum`'s."""
    axis, keepdims = _old_arguments(axis, keepdims, reduction_indices, keep_dims)
    return reduce_all(input_tensor, axis, keepdims, name)


@export("math.reduce_any", "reduce_any")
@_KEEP_DIMS
def reduce_any_v1(
    input_tensor: Any,
    axis: Any = None,
    keepdims: Any = None,
    name: str | None = None,
    reduction_indices: Any = None,
    keep_dims: Any = None,
) -> Tensor:
    """Whether any is true over `axis`. Stands for `tf.reduce_any`; arguments as
    `tf.reduce_sum`'s."""
    axis, keepdims = _old_arguments(axis, keepdims, reduction_indices, keep_dims)
    return reduce_any(input_tensor, axis, keepdims, name)


@export("math.reduce_logsumexp", "reduce_logsumexp")
@_KEEP_DIMS
def reduce_logsumexp_v1(
    input_tensor: Any,
    axis: Any = None,
    keepdims: Any = None,
    name: str | None = None,
    reduction_indices: Any = None,
    keep_dims: Any = None,
) -> Tensor:
    """log(sum(exp(x))) over `axis`, without overflow. Stands for `tf.reduce_logsumexp`; arguments
    as
    `tf.reduce_sum`'s."""
    axis, keepdims = _old_arguments(axis, keepdims, reduction_indices, keep_dims)
    return reduce_logsumexp(input_tensor, axis, keepdims, name)


@export("math.count_nonzero", "count_nonzero")
@_KEEP_DIMS
@deprecated_args(None, "reduction_indices is deprecated, use axis instead", "axis")
def count_nonzero(
    input_tensor: Any = None,
    axis: Any = None,
    keepdims: Any = None,
    dtype: Any = dtypes.int64,
    name: str | None = None,
    reduction_indices: Any = None,
    keep_dims: Any = None,
    input: Any = None,
) -> Tensor:
    """How many elements are not zero (empty, for strings) over `axis`. Stands for
    `tf.count_nonzero`.

    Args:
      input_tensor: a number, boolean or string tensor.
      axis: an axis or several; default: all.
      keepdims: whether reduced axes stay, with size 1; default: no.
      dtype: the type of the counts.
      name: a name scope for the nodes.
      reduction_indices, keep_dims, input: other names of `axis`, `keepdims` and `input_tensor`.
    """
    keepdims = deprecated_argument_lookup("keepdims", keepdims, "keep_dims", keep_dims)
    input_tensor = deprecated_argument_lookup("input", input, "input_tensor", input_tensor)
    axis = deprecated_argument_lookup("axis", axis, "reduction_indices", reduction_indices)
    return count_nonzero_v2(input_tensor, axis, keepdims, dtype, name)


def count_nonzero_v2(
    input: Any,
    axis: Any = None,
    keepdims: Any = None,
    dtype: Any = dtypes.int64,
    name: str | None = None,
) -> Tensor:
    """As `tf.count_nonzero`, with TensorFlow 2's arguments."""
    with name_scope(name, "count_nonzero", [input]):
        input = convert_to_tensor(input, name="input")
        zero = array_ops.zeros([], dtype=input.dtype)
        nonzero = cast(not_equal(input, zero), dtypes.int64)
        return cast(reduce_sum(nonzero, axis=axis, keepdims=bool(keepdims)), dtype=dtype)


# Positions of extreme values.


@export("math.argmax", "argmax")
@deprecated_args(None, "Use the `axis` argument instead", "dimension")
def argmax(
    input: Any,
    axis: Any = None,
    name: str | None = None,
    dimension: Any = None,
    output_type: Any = dtypes.int64,
) -> Tensor:
    """The index of the greatest element along `axis`, of equal ones the first. Stands for
    `tf.argmax`.

    Args:
      input: a number tensor.
      axis: one axis; default: 0.
      name: the node's name.
      dimension: an older name of `axis`.
      output_type: int32 or int64.
    """
    axis = deprecated_argument_lookup("axis", axis, "dimension", dimension)
    return argmax_v2(input, axis, output_type, name)


def argmax_v2(
    input: Any, axis: Any = None, output_type: Any = dtypes.int64, name: str | None = None
) -> Tensor:
    """As `tf.argmax`, with TensorFlow 2's arguments."""
    return apply_op(
        "ArgMax", input, 0 if axis is None else axis, output_type=output_type, name=name
    )


@export("math.argmin", "argmin")
@deprecated_args(None, "Use the `axis` argument instead", "dimension")
def argmin(
    input: Any,
    axis: Any = None,
    name: str | None = None,
    dimension: Any = None,
    output_type: Any = dtypes.int64,
) -> Tensor:
    """The index of the least element along `axis`, of equal ones the first. Stands for `tf.argmin`.

    Args:
      input: a number tensor.
      axis: one axis; default: 0.
      name: the node's name.
      dimension: an older name of `axis`.
      output_type: int32 or int64.
    """
    axis = deprecated_argument_lookup("axis", axis, "dimension", dimension)
    return argmin_v2(input, axis, output_type, name)


def argmin_v2(
    input: Any, axis: Any = None, output_type: Any = dtypes.int64, name: str | None = None
) -> Tensor:
    """As `tf.argmin`, with TensorFlow 2's arguments."""
    return apply_op(
        "ArgMin", input, 0 if axis is None else axis, output_type=output_type, name=name
    )


@export("arg_max")
@deprecated(None, "Use `tf.math.argmax` instead")
def arg_max(
    input: Any, dimension: Any, output_type: Any = dtypes.int64, name: str | None = None
) -> Tensor:
    """The index of the greatest element along `dimension`. Stands for `tf.arg_max`."""
    return apply_op("ArgMax", input, dimension, output_type=output_type, name=name)


@export("arg_min")
@deprecated(None, "Use `tf.math.argmin` instead")
def arg_min(
    input: Any, dimension: Any, output_type: Any = dtypes.int64, name: str | None = None
) -> Tensor:
    """The index of the least element along `dimension`. Stands for `tf.arg_min`."""
    return apply_op("ArgMin", input, dimension, output_type=output_type, name=name)


# Running sums.


@export("math.cumsum", "cumsum")
def cumsum(
    x: Any, axis: Any = 0, exclusive: bool = False, reverse: bool = False, name: str | None = None
) -> Tensor:
    """The running sum along `axis`. Stands for `tf.cumsum`.

    Args:
      x: a number tensor.
      axis: one axis.
      exclusive: whether an element's own value is left out of its sum.
      reverse: whether to run from the end.
      name: the node's name.
    """
    with name_scope(name, "Cumsum", [x]) as name:
        x = convert_to_tensor(x, name="x")
        return apply_op("Cumsum", x, axis, exclusive=exclusive, reverse=reverse, name=name)


@export("math.cumprod", "cumprod")
@deprecated_endpoints("cumprod")
def cumprod(
    x: Any, axis: Any = 0, exclusive: bool = False, reverse: bool = False, name: str | None = None
) -> Tensor:
    """The running product along `axis`. Stands for `tf.math.cumprod`; arguments as
    `tf.cumsum`'s."""
    with name_scope(name, "Cumprod", [x]) as name:
        x = convert_to_tensor(x, name="x")
        return apply_op("Cumprod", x, axis, exclusive=exclusive, reverse=reverse, name=name)


@export("math.cumulative_logsumexp")
def cumulative_logsumexp(
    x: Any, axis: Any = 0, exclusive: bool = False, reverse: bool = False, name: str | None = None
) -> Tensor:
    """The running log(sum(exp(x))) along `axis`. Stands for `tf.math.cumulative_logsumexp`;
    arguments as
    `tf.cumsum`'s."""
    with name_scope(name, "CumulativeLogsumexp", [x]) as name:
        x = convert_to_tensor(x, name="x")
        return apply_op(
            "CumulativeLogsumexp", x, axis, exclusive=exclusive, reverse=reverse, name=name
        )


# Counts.


def bincount(
    arr: Any,
    weights: Any = None,
    minlength: Any = None,
    maxlength: Any = None,
    dtype: Any = dtypes.int32,
    name: str | None = None,
) -> Tensor:
    """As `tf.math.bincount`, with a name scope."""
    with name_scope("bincount" if name is None else name):
        arr = convert_to_tensor(arr, name="arr", dtype=dtypes.int32)
        array_is_nonempty = reduce_prod(array_ops.shape(arr)) > 0
        output_size = cast(array_is_nonempty, dtypes.int32) * (reduce_max(arr) + 1)
        if minlength is not None:
            minlength = convert_to_tensor(minlength, name="minlength", dtype=dtypes.int32)
            output_size = maximum(minlength, output_size)
        if maxlength is not None:
            maxlength = convert_to_tensor(maxlength, name="maxlength", dtype=dtypes.int32)
            output_size = minimum(maxlength, output_size)
        if weights is not None:
            weights = convert_to_tensor(weights, name="weights")
            return apply_op("UnsortedSegmentSum", weights, arr, output_size)
        weights = constant([], dtype)
        return apply_op("Bincount", arr, output_size, weights)


@export("math.bincount", "bincount")
@deprecated_endpoints("bincount")
def bincount_v1(
    arr: Any,
    weights: Any = None,
    minlength: Any = None,
    maxlength: Any = None,
    dtype: Any = dtypes.int32,
) -> Tensor:
    """How often each whole number from 0 occurs in `arr`. Stands for `tf.math.bincount`.

    Args:
      arr: an int32 tensor without negative numbers.
      weights: what each element counts, shaped like `arr`; default: 1.
      minlength, maxlength: the least and the greatest size of the result.
      dtype: the type of the counts where there are no `weights`.
    """
    return bincount(arr, weights, minlength, maxlength, dtype)
