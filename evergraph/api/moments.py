"""Mean and variance along axes."""

from typing import Any

from evergraph.api import array_ops, math_ops
from evergraph.base import dtypes
from evergraph.base.deprecation import deprecated_argument_lookup
from evergraph.base.export import export
from evergraph.graph.constant import constant
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor

Pair = tuple[Tensor, Tensor]


def _keep_dims(keep_dims: Any, keepdims: Any) -> bool:
    found = deprecated_argument_lookup("keepdims", keepdims, "keep_dims", keep_dims)
    return False if found is None else found


@export("nn.sufficient_statistics")
def sufficient_statistics(
    x: Any,
    axes: Any,
    shift: Any = None,
    keep_dims: Any = None,
    name: str | None = None,
    keepdims: Any = None,
) -> tuple[Tensor, Tensor, Tensor, Tensor | None]:
    """The numbers that mean and variance along `axes` are made of. Stands for
    `tf.nn.sufficient_statistics`.

    Args:
      x: a number tensor.
      axes: a list of axes.
      shift: is taken from `x` first, for precision; best near the mean.
      keep_dims, keepdims: whether reduced axes stay, with size 1; default: no.
      name: a name scope for the nodes.

    Returns:
      The count of elements, the sum of (shifted) elements, the sum of their squares, and the shift.
    """
    axes = list(set(axes))
    keep_dims = _keep_dims(keep_dims, keepdims)
    with name_scope(name, "sufficient_statistics", [x, shift]):
        x = convert_to_tensor(x, name="x")
        dims = x.dims
        if dims is not None and all(dims[axis] is not None for axis in axes):
            count = 1
            for axis in axes:
                count *= dims[axis]
            counts = constant(count, dtype=x.dtype)
        else:
            sizes = array_ops.gather(math_ops.cast(array_ops.shape(x), x.dtype), axes)
            counts = math_ops.reduce_prod(sizes, name="count")
        if shift is None:
            m_ss, v_ss = x, math_ops.square(x)
        else:
            shift = convert_to_tensor(shift, name="shift")
            m_ss = math_ops.subtract(x, shift)
            v_ss = math_ops.squared_difference(x, shift)
        m_ss = math_ops.reduce_sum(m_ss, axes, keepdims=keep_dims, name="mean_ss")
        v_ss = math_ops.reduce_sum(v_ss, axes, keepdims=keep_dims, name="var_ss")
    return counts, m_ss, v_ss, shift


@export("nn.normalize_moments")
def normalize_moments(
    counts: Any, mean_ss: Any, variance_ss: Any, shift: Any, name: str | None = None
) -> Pair:
    """Mean and variance of what `sufficient_statistics` gives. Stands for
    `tf.nn.normalize_moments`.

    Args:
      counts: the count of elements.
      mean_ss, variance_ss: the sums of (shifted) elements and of their squares.
      shift: the shift, or None.
      name: a name scope for the nodes.
    """
    with name_scope(name, "normalize", [counts, mean_ss, variance_ss, shift]):
        divisor = math_ops.reciprocal(counts, name="divisor")
        if shift is None:
            mean = shifted_mean = math_ops.multiply(mean_ss, divisor, name="mean")
        else:
            shifted_mean = math_ops.multiply(mean_ss, divisor, name="shifted_mean")
            mean = math_ops.add(shifted_mean, shift, name="mean")
        variance = math_ops.subtract(
            math_ops.multiply(variance_ss, divisor), math_ops.square(shifted_mean), name="variance"
        )
    return mean, variance


@export("nn.moments")
def moments(
    x: Any,
    axes: Any,
    shift: Any = None,
    name: str | None = None,
    keep_dims: Any = None,
    keepdims: Any = None,
) -> Pair:
    """Mean and variance along `axes`. Stands for `tf.nn.moments`.

    Args:
      x: a float tensor; float16 is computed in float32.
      axes: a list of axes.
      shift: not used.
      name: a name scope for the nodes.
      keep_dims, keepdims: whether reduced axes stay, with size 1; default: no.
    """
    keep_dims = _keep_dims(keep_dims, keepdims)
    with name_scope(name, "moments", [x, axes]):
        is_half = x.dtype == dtypes.float16
        y = math_ops.cast(x, dtypes.float32) if is_half else x
        mean = math_ops.reduce_mean(y, axes, keepdims=True, name="mean")
        # The gradient from the variance to the mean is 0 anyway.
        deviations = math_ops.squared_difference(y, array_ops.stop_gradient(mean))
        variance = math_ops.reduce_mean(deviations, axes, keepdims=True, name="variance")
        return _finished(mean, variance, axes, keep_dims, is_half)


def _finished(mean: Any, variance: Any, axes: Any, keep_dims: bool, is_half: bool) -> Pair:
    """Mean and variance without the reduced axes, and as float16 again."""
    if not keep_dims:
        mean = array_ops.squeeze(mean, axes)
        variance = array_ops.squeeze(variance, axes)
    if is_half:
        return math_ops.cast(mean, dtypes.float16), math_ops.cast(variance, dtypes.float16)
    return mean, variance


def moments_v2(
    x: Any, axes: Any, shift: Any = None, keepdims: bool = False, name: str | None = None
) -> Pair:
    """As `tf.nn.moments`, with TensorFlow 2's arguments."""
    return moments(x=x, axes=axes, shift=shift, name=name, keep_dims=keepdims)


@export("nn.weighted_moments")
def weighted_moments(
    x: Any,
    axes: Any,
    frequency_weights: Any,
    name: str | None = None,
    keep_dims: Any = None,
    keepdims: Any = None,
) -> Pair:
    """Mean and variance along `axes`, where elements count by weight. Stands for
    `tf.nn.weighted_moments`.

    Args:
      x: a float tensor; float16 is computed in float32.
      axes: a list of axes.
      frequency_weights: weights that broadcast to `x`.
      name: a name scope for the nodes.
      keep_dims, keepdims: whether reduced axes stay, with size 1; default: no.
    """
    keep_dims = _keep_dims(keep_dims, keepdims)
    with name_scope(name, "weighted_moments", [x, frequency_weights, axes]):
        x = convert_to_tensor(x, name="x")
        weights = convert_to_tensor(frequency_weights, name="frequency_weights")
        is_half = x.dtype == dtypes.float16
        if is_half:
            x = math_ops.cast(x, dtypes.float32)
        if weights.dtype != x.dtype:
            weights = math_ops.cast(weights, x.dtype)
        weighted_input_sum = math_ops.reduce_sum(
            weights * x, axes, name="weighted_input_sum", keepdims=True
        )
        # The weights may be smaller than x: their sum is taken after broadcasting.
        broadcast_weights = weights + array_ops.zeros_like(x)
        sum_of_weights = math_ops.reduce_sum(
            broadcast_weights, axes, name="sum_of_weights", keepdims=True
        )
        divisor = math_ops.reciprocal(sum_of_weights, name="inv_weight_sum")
        mean = math_ops.multiply(weighted_input_sum, divisor)
        weighted_distsq = math_ops.reduce_sum(
            weights * math_ops.squared_difference(x, mean),
            axes,
            name="weighted_distsq",
            keepdims=True,
        )
        variance = math_ops.multiply(weighted_distsq, divisor)
        return _finished(mean, variance, axes, keep_dims, is_half)


def weighted_moments_v2(
    x: Any, axes: Any, frequency_weights: Any, keepdims: bool = False, name: str | None = None
) -> Pair:
    """As `tf.nn.weighted_moments`, with TensorFlow 2's arguments."""
    return weighted_moments(
        x=x, axes=axes, frequency_weights=frequency_weights, name=name, keep_dims=keepdims
    )
