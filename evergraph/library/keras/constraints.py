"""tf.keras.constraints: what optimizers do to weights after each update."""

from typing import Any

import numpy as np

from evergraph.api import array_ops, math_ops
from evergraph.base.export import export
from evergraph.graph.tensor import Tensor
from evergraph.library.keras.backend import clip, epsilon, floatx, sqrt
from evergraph.library.keras.utils.generic_utils import (
    deserialize_keras_object,
    serialize_keras_object,
)


def _norms(w: Any, axis: Any) -> Tensor:
    return sqrt(math_ops.reduce_sum(math_ops.square(w), axis=axis, keepdims=True))


@export("keras.constraints.Constraint")
class Constraint:
    """What constraints derive from; itself none. Stands for `tf.keras.constraints.Constraint`."""

    def __call__(self, w: Any) -> Any:
        return w

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        return {}


@export("keras.constraints.MaxNorm", "keras.constraints.max_norm")
class MaxNorm(Constraint):
    """Norms along `axis` of at most `max_value`. Stands for `tf.keras.constraints.MaxNorm`."""

    def __init__(self, max_value: Any = 2, axis: Any = 0) -> None:
        self.max_value = max_value
        self.axis = axis

    def __call__(self, w: Any) -> Tensor:
        norms = _norms(w, self.axis)
        desired = clip(norms, 0, self.max_value)
        return w * (desired / (epsilon() + norms))

    def get_config(self) -> dict[str, Any]:
        return {"max_value": self.max_value, "axis": self.axis}


@export("keras.constraints.NonNeg", "keras.constraints.non_neg")
class NonNeg(Constraint):
    """No negative weights. Stands for `tf.keras.constraints.NonNeg`."""

    def __call__(self, w: Any) -> Tensor:
        return w * math_ops.cast(math_ops.greater_equal(w, 0.0), floatx())


@export("keras.constraints.UnitNorm", "keras.constraints.unit_norm")
class UnitNorm(Constraint):
    """Norms of 1 along `axis`. Stands for `tf.keras.constraints.UnitNorm`."""

    def __init__(self, axis: Any = 0) -> None:
        self.axis = axis

    def __call__(self, w: Any) -> Tensor:
        return w / (epsilon() + _norms(w, self.axis))

    def get_config(self) -> dict[str, Any]:
        return {"axis": self.axis}


@export("keras.constraints.MinMaxNorm", "keras.constraints.min_max_norm")
class MinMaxNorm(Constraint):
    """Norms along `axis` brought between bounds, by a share of `rate` at each update.

    Stands for `tf.keras.constraints.MinMaxNorm`.
    """

    def __init__(
        self, min_value: Any = 0.0, max_value: Any = 1.0, rate: Any = 1.0, axis: Any = 0
    ) -> None:
        self.min_value = min_value
        self.max_value = max_value
        self.rate = rate
        self.axis = axis

    def __call__(self, w: Any) -> Tensor:
        norms = _norms(w, self.axis)
        inside = self.rate * clip(norms, self.min_value, self.max_value)
        desired = inside + (1 - self.rate) * norms
        return w * (desired / (epsilon() + norms))

    def get_config(self) -> dict[str, Any]:
        return {
            "min_value": self.min_value,
            "max_value": self.max_value,
            "rate": self.rate,
            "axis": self.axis,
        }


@export("keras.constraints.RadialConstraint", "keras.constraints.radial_constraint")
class RadialConstraint(Constraint):
    """Kernels of convolutions over images that are the same all around their center: what is on
    the diagonal below and right of it counts. Stands for `tf.keras.constraints.RadialConstraint`.

    Weights are of shape (rows, columns, inputs, outputs), with as many rows as columns.
    """

    def __call__(self, w: Any) -> Tensor:
        """The constrained weights.

        Raises:
          ValueError: they are of another rank.
        """
        if w.shape.rank != 4:
            raise ValueError(f"The weight tensor must be of rank 4, but is of shape: {w.shape}")
        size = w.shape.as_list()[0]
        places = np.arange(size)
        # How far from the middle each row and column is: in kernels of odd size 0, 1, 1, 2, 2 ...
        away = np.abs(2 * places - (size - 1)) // 2
        rings = np.maximum(away[:, None], away[None, :])
        middle = size // 2
        # The middle has the value before it on the diagonal, as it has in TensorFlow.
        of_ring = np.where(rings > 0, middle + rings - size % 2, max(middle - 1, 0))
        diagonal = array_ops.gather_nd(w, np.stack([places, places], 1))
        return array_ops.reshape(array_ops.gather(diagonal, of_ring), w.shape)


# The names that configurations use.
max_norm = maxnorm = MaxNorm
non_neg = nonneg = NonNeg
unit_norm = unitnorm = UnitNorm
min_max_norm = MinMaxNorm
radial_constraint = RadialConstraint


@export("keras.constraints.serialize")
def serialize(constraint: Any) -> Any:
    """Class name and configuration. Stands for `tf.keras.constraints.serialize`."""
    return serialize_keras_object(constraint)


@export("keras.constraints.deserialize")
def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """The constraint of what `serialize` gave. Stands for `tf.keras.constraints.deserialize`.

    Raises:
      ValueError: there is none.
    """
    return deserialize_keras_object(
        config,
        module_objects=globals(),
        custom_objects=custom_objects,
        printable_module_name="constraint",
    )


@export("keras.constraints.get")
def get(identifier: Any) -> Any:
    """A constraint from None, a name, a configuration or a function.

    Stands for `tf.keras.constraints.get`.

    Raises:
      ValueError: for anything else, or an unknown name.
    """
    if identifier is None:
        return None
    if isinstance(identifier, dict):
        return deserialize(identifier)
    if isinstance(identifier, str):
        return deserialize({"class_name": identifier, "config": {}})
    if callable(identifier):
        return identifier
    raise ValueError(f"Could not interpret constraint identifier: {identifier}")
