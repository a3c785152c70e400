"""tf.keras.activations: activation functions and their names."""

from typing import Any

from evergraph.api import array_ops, math_ops, nn_ops
from evergraph.api.clip_ops import clip_by_value
from evergraph.base.export import export
from evergraph.graph.constant import constant
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.tensor import Tensor
from evergraph.library.keras.backend import floatx
from evergraph.library.keras.utils.generic_utils import (
    deserialize_keras_object,
    serialize_keras_object,
)


@export("keras.activations.softmax")
def softmax(x: Any, axis: int = -1) -> Tensor:
    """Shares that sum to 1 along an axis; of matrices along the last, whatever `axis` says.

    Stands for `tf.keras.activations.softmax`.

    Raises:
      ValueError: `x` has less than two axes.
    """
    rank = x.shape.ndims
    if rank == 2:
        return nn_ops.softmax(x)
    if rank < 2:
        raise ValueError(f"Cannot apply softmax to a tensor that is 1D. Received input: {x}")
    e = math_ops.exp(x - math_ops.reduce_max(x, axis=axis, keepdims=True))
    return e / math_ops.reduce_sum(e, axis=axis, keepdims=True)


@export("keras.activations.elu")
def elu(x: Any, alpha: float = 1.0) -> Tensor:
    """`x` where it is positive, else `alpha * (exp(x) - 1)`.

    Stands for `tf.keras.activations.elu`.
    """
    result = nn_ops.elu(x)
    return result if alpha == 1 else array_ops.where(x > 0, result, alpha * result)


@export("keras.activations.selu")
def selu(x: Any) -> Tensor:
    """The scaled `elu` of Klambauer et al. 2017. Stands for `tf.keras.activations.selu`."""
    return 1.0507009873554805 * elu(x, 1.6732632423543772)


@export("keras.activations.softplus")
def softplus(x: Any) -> Tensor:
    """log(exp(x) + 1). Stands for `tf.keras.activations.softplus`."""
    return nn_ops.softplus(x)


@export("keras.activations.softsign")
def softsign(x: Any) -> Tensor:
    """x / (|x| + 1). Stands for `tf.keras.activations.softsign`."""
    return nn_ops.softsign(x)


@export("keras.activations.relu")
def relu(x: Any, alpha: Any = 0.0, max_value: Any = None, threshold: Any = 0) -> Tensor:
    """max(x, 0), or what the parameters make of it. Stands for `tf.keras.activations.relu`.

    Args:
      x: a tensor.
      alpha: the slope below the threshold.
      max_value: an upper bound.
      threshold: below it the result is `alpha * (x - threshold)`.
    """
    below = None
    if alpha != 0.0:
        if max_value is None and threshold == 0:
            return nn_ops.leaky_relu(x, alpha=alpha)
        below = nn_ops.relu(-x + threshold if threshold != 0 else -x)
    clipped = max_value is not None
    if threshold != 0:
        x = x * math_ops.cast(math_ops.greater(x, threshold), floatx())
    elif max_value == 6:
        x, clipped = nn_ops.relu6(x), False
    else:
        x = nn_ops.relu(x)
    dtype = x.dtype.base_dtype
    if clipped:
        high = constant(max_value, dtype=dtype)
        x = clip_by_value(x, constant(0.0, dtype=dtype), high)
    if below is not None:
        x -= convert_to_tensor(alpha, dtype) * below
    return x


@export("keras.activations.tanh")
def tanh(x: Any) -> Tensor:
    """The hyperbolic tangent. Stands for `tf.keras.activations.tanh`."""
    return math_ops.tanh(x)


@export("keras.activations.sigmoid")
def sigmoid(x: Any) -> Tensor:
    """1 / (1 + exp(-x)). Stands for `tf.keras.activations.sigmoid`."""
    return math_ops.sigmoid(x)


@export("keras.activations.exponential")
def exponential(x: Any) -> Tensor:
    """exp(x). Stands for `tf.keras.activations.exponential`."""
    return math_ops.exp(x)


@export("keras.activations.hard_sigmoid")
def hard_sigmoid(x: Any) -> Tensor:
    """0.2 x + 0.5 within 0 and 1. Stands for `tf.keras.activations.hard_sigmoid`."""
    slope = constant(0.2, dtype=x.dtype.base_dtype)
    middle = constant(0.5, dtype=x.dtype.base_dtype)
    x = math_ops.add(math_ops.multiply(x, slope), middle)
    return clip_by_value(x, 0.0, 1.0)


@export("keras.activations.linear")
def linear(x: Any) -> Any:
    """`x` itself. Stands for `tf.keras.activations.linear`."""
    return x


@export("keras.activations.serialize")
def serialize(activation: Any) -> Any:
    """The name of a function. Stands for `tf.keras.activations.serialize`."""
    if getattr(activation, "__name__", None) == "softmax_v2":
        return "softmax"
    return serialize_keras_object(activation)


@export("keras.activations.deserialize")
def deserialize(name: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """The function of that name. Stands for `tf.keras.activations.deserialize`.

    Raises:
      ValueError: there is none.
    """
    return deserialize_keras_object(
        name,
        module_objects=globals(),
        custom_objects=custom_objects,
        printable_module_name="activation function",
    )


@export("keras.activations.get")
def get(identifier: Any) -> Any:
    """An activation function from None (`linear`), a name, a configuration or a function.

    Stands for `tf.keras.activations.get`.

    Raises:
      ValueError: no function has that name.
      TypeError: for anything else.
    """
    if identifier is None:
        return linear
    if isinstance(identifier, str):
        return deserialize(identifier)
    if callable(identifier):
        return identifier
    if isinstance(identifier, dict):
        return deserialize_keras_object(identifier, printable_module_name="activation")
    raise TypeError(f"Could not interpret activation function identifier: {identifier!r}")
