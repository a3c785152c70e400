"""tf.keras.backend: functions of elements, reductions, comparisons."""

from typing import Any

from evergraph.api import array_ops, clip_ops, math_ops, nn_impl, nn_ops
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.graph.constant import constant
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.tensor import Tensor
from evergraph.library.keras.backend import floatx


@export("keras.backend.cast")
def cast(x: Any, dtype: Any) -> Tensor:
    """`x` in another element type. Stands for `tf.keras.backend.cast`."""
    return math_ops.cast(x, dtype)


def _number(x: Any) -> Any:
    return math_ops.cast(x, floatx()) if x.dtype.base_dtype == dtypes.bool else x


@export("keras.backend.square")
def square(x: Any) -> Tensor:
    """The square. Stands for
    `tf.keras.backend.square`."""
    return math_ops.square(x)


@export("keras.backend.abs")
def abs(x: Any) -> Tensor:
    """The absolute value. Stands for
    `tf.keras.backend.abs`."""
    return math_ops.abs(x)


@export("keras.backend.exp")
def exp(x: Any) -> Tensor:
    """The exponential function. Stands for
    `tf.keras.backend.exp`."""
    return math_ops.exp(x)


@export("keras.backend.log")
def log(x: Any) -> Tensor:
    """The natural logarithm. Stands for
    `tf.keras.backend.log`."""
    return math_ops.log(x)


@export("keras.backend.round")
def round(x: Any) -> Tensor:
    """The nearest whole number, of two the even one. Stands for
    `tf.keras.backend.round`."""
    return math_ops.round(x)


@export("keras.backend.sign")
def sign(x: Any) -> Tensor:
    """-1, 0 or 1. Stands for
    `tf.keras.backend.sign`."""
    return math_ops.sign(x)


@export("keras.backend.sin")
def sin(x: Any) -> Tensor:
    """The sine. Stands for
    `tf.keras.backend.sin`."""
    return math_ops.sin(x)


@export("keras.backend.cos")
def cos(x: Any) -> Tensor:
    """The cosine. Stands for
    `tf.keras.backend.cos`."""
    return math_ops.cos(x)


@export("keras.backend.pow")
def pow(x: Any, a: Any) -> Tensor:
    """`x` to a power. Stands for
    `tf.keras.backend.pow`."""
    return math_ops.pow(x, a)


@export("keras.backend.equal")
def equal(x: Any, y: Any) -> Tensor:
    """Where two tensors are equal. Stands for
    `tf.keras.backend.equal`."""
    return math_ops.equal(x, y)


@export("keras.backend.not_equal")
def not_equal(x: Any, y: Any) -> Tensor:
    """Where they differ. Stands for
    `tf.keras.backend.not_equal`."""
    return math_ops.not_equal(x, y)


@export("keras.backend.greater")
def greater(x: Any, y: Any) -> Tensor:
    """Where the first is greater. Stands for
    `tf.keras.backend.greater`."""
    return math_ops.greater(x, y)


@export("keras.backend.greater_equal")
def greater_equal(x: Any, y: Any) -> Tensor:
    """Where the first is not less. Stands for
    `tf.keras.backend.greater_equal`."""
    return math_ops.greater_equal(x, y)


@export("keras.backend.less")
def less(x: Any, y: Any) -> Tensor:
    """Where the first is less. Stands for
    `tf.keras.backend.less`."""
    return math_ops.less(x, y)


@export("keras.backend.less_equal")
def less_equal(x: Any, y: Any) -> Tensor:
    """Where the first is not greater. Stands for
    `tf.keras.backend.less_equal`."""
    return math_ops.less_equal(x, y)


@export("keras.backend.maximum")
def maximum(x: Any, y: Any) -> Tensor:
    """The greater of two elements. Stands for
    `tf.keras.backend.maximum`."""
    return math_ops.maximum(x, y)


@export("keras.backend.minimum")
def minimum(x: Any, y: Any) -> Tensor:
    """The lesser of two elements. Stands for
    `tf.keras.backend.minimum`."""
    return math_ops.minimum(x, y)


@export("keras.backend.max")
def max(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """The greatest elements along axes. Stands for
    `tf.keras.backend.max`."""
    return math_ops.reduce_max(x, axis, keepdims)


@export("keras.backend.min")
def min(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """The least elements along axes. Stands for
    `tf.keras.backend.min`."""
    return math_ops.reduce_min(x, axis, keepdims)


@export("keras.backend.sum")
def sum(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """The sums along axes. Stands for
    `tf.keras.backend.sum`."""
    return math_ops.reduce_sum(x, axis, keepdims)


@export("keras.backend.prod")
def prod(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """The products along axes. Stands for
    `tf.keras.backend.prod`."""
    return math_ops.reduce_prod(x, axis, keepdims)


@export("keras.backend.mean")
def mean(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """The means along axes. Stands for
    `tf.keras.backend.mean`."""
    return math_ops.reduce_mean(_number(x), axis, keepdims)


@export("keras.backend.var")
def var(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """The variances along axes. Stands for
    `tf.keras.backend.var`."""
    return math_ops.reduce_variance(_number(x), axis=axis, keepdims=keepdims)


@export("keras.backend.std")
def std(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """The standard deviations along axes. Stands for
    `tf.keras.backend.std`."""
    return math_ops.reduce_std(_number(x), axis=axis, keepdims=keepdims)


@export("keras.backend.any")
def any(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """Whether any element is true, along axes. Stands for
    `tf.keras.backend.any`."""
    return math_ops.reduce_any(math_ops.cast(x, dtypes.bool), axis, keepdims)


@export("keras.backend.all")
def all(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """Whether all elements are true, along axes. Stands for
    `tf.keras.backend.all`."""
    return math_ops.reduce_all(math_ops.cast(x, dtypes.bool), axis, keepdims)


@export("keras.backend.argmax")
def argmax(x: Any, axis: int = -1) -> Tensor:
    """The place of the greatest element along an axis. Stands for
    `tf.keras.backend.argmax`."""
    return math_ops.argmax(x, axis)


@export("keras.backend.argmin")
def argmin(x: Any, axis: int = -1) -> Tensor:
    """The place of the least element along an axis. Stands for
    `tf.keras.backend.argmin`."""
    return math_ops.argmin(x, axis)


@export("keras.backend.cumsum")
def cumsum(x: Any, axis: int = 0) -> Tensor:
    """The sums of the elements so far, along an axis. Stands for
    `tf.keras.backend.cumsum`."""
    return math_ops.cumsum(x, axis=axis)


@export("keras.backend.cumprod")
def cumprod(x: Any, axis: int = 0) -> Tensor:
    """The products of the elements so far, along an axis. Stands for
    `tf.keras.backend.cumprod`."""
    return math_ops.cumprod(x, axis=axis)


@export("keras.backend.softplus")
def softplus(x: Any) -> Tensor:
    """`log(1 + exp(x))`. Stands for
    `tf.keras.backend.softplus`."""
    return nn_ops.softplus(x)


@export("keras.backend.softsign")
def softsign(x: Any) -> Tensor:
    """`x / (1 + |x|)`. Stands for
    `tf.keras.backend.softsign`."""
    return nn_ops.softsign(x)


@export("keras.backend.sigmoid")
def sigmoid(x: Any) -> Tensor:
    """The logistic function. Stands for
    `tf.keras.backend.sigmoid`."""
    return math_ops.sigmoid(x)


@export("keras.backend.tanh")
def tanh(x: Any) -> Tensor:
    """The hyperbolic tangent. Stands for
    `tf.keras.backend.tanh`."""
    return math_ops.tanh(x)


@export("keras.backend.softmax")
def softmax(x: Any, axis: int = -1) -> Tensor:
    """Shares that sum to 1 along an axis. Stands for
    `tf.keras.backend.softmax`."""
    return nn_ops.softmax(x, axis=axis)


@export("keras.backend.l2_normalize")
def l2_normalize(x: Any, axis: Any = None) -> Tensor:
    """`x` divided by its norms along an axis. Stands for
    `tf.keras.backend.l2_normalize`."""
    return nn_impl.l2_normalize(x, axis=axis)


@export("keras.backend.in_top_k")
def in_top_k(predictions: Any, targets: Any, k: Any) -> Tensor:
    """Whether a class is among the `k` likeliest. Stands for
    `tf.keras.backend.in_top_k`."""
    return nn_ops.in_top_k(predictions, targets, k)


@export("keras.backend.elu")
def elu(x: Any, alpha: float = 1.0) -> Tensor:
    """`x` where it is positive, else `alpha * (exp(x) - 1)`. Stands for
    `tf.keras.backend.elu`."""
    found = nn_ops.elu(x)
    return found if alpha == 1 else array_ops.where(x > 0, found, alpha * found)


@export("keras.backend.hard_sigmoid")
def hard_sigmoid(x: Any) -> Tensor:
    """`0.2 * x + 0.5` within 0 and 1. Stands for `tf.keras.backend.hard_sigmoid`."""
    fifth = constant(0.2, dtype=x.dtype.base_dtype)
    half = constant(0.5, dtype=x.dtype.base_dtype)
    line = math_ops.add(math_ops.multiply(x, fifth), half)
    return clip_ops.clip_by_value(line, 0.0, 1.0)


@export("keras.backend.relu")
def relu(x: Any, alpha: Any = 0.0, max_value: Any = None, threshold: Any = 0) -> Tensor:
    """`x` above `threshold`, else 0. Stands for `tf.keras.backend.relu`.

    Args:
      x: a tensor.
      alpha: the slope below the threshold.
      max_value: the greatest value; None for none.
      threshold: where it begins.
    """
    below = None
    if alpha != 0.0:
        if max_value is None and threshold == 0:
            return nn_ops.leaky_relu(x, alpha=alpha)
        below = nn_ops.relu(-x + threshold) if threshold != 0 else nn_ops.relu(-x)
    if threshold != 0:
        x = x * math_ops.cast(math_ops.greater(x, threshold), floatx())
    elif max_value == 6:
        x = nn_ops.relu6(x)
        max_value = None
    else:
        x = nn_ops.relu(x)
    if max_value is not None:
        greatest = constant(max_value, dtype=x.dtype.base_dtype)
        x = clip_ops.clip_by_value(x, constant(0.0, dtype=x.dtype.base_dtype), greatest)
    if below is not None:
        x -= convert_to_tensor(alpha, dtype=x.dtype.base_dtype) * below
    return x
