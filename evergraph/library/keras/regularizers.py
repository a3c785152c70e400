"""tf.keras.regularizers: penalties on the size of weights."""

from typing import Any, Self

import numpy as np

from evergraph.api import math_ops
from evergraph.base.export import export
from evergraph.graph.constant import constant
from evergraph.library.keras.backend import floatx
from evergraph.library.keras.utils.generic_utils import (
    deserialize_keras_object,
    serialize_keras_object,
)


@export("keras.regularizers.Regularizer")
class Regularizer:
    """What regularizers derive from; itself no penalty.

    Stands for `tf.keras.regularizers.Regularizer`.
    """

    def __call__(self, x: Any) -> Any:
        return 0.0

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """A regularizer with the arguments that `get_config` gave."""
        return cls(**config)


@export("keras.regularizers.L1L2")
class L1L2(Regularizer):
    """`l1` times the sum of sizes and `l2` times the sum of squares.

    Stands for `tf.keras.regularizers.L1L2`.
    """

    def __init__(self, l1: float = 0.0, l2: float = 0.0) -> None:
        self.l1 = np.asarray(l1, dtype=floatx())
        self.l2 = np.asarray(l2, dtype=floatx())

    def __call__(self, x: Any) -> Any:
        if not self.l1 and not self.l2:
            return constant(0.0, dtype=floatx())
        penalty: Any = 0.0
        if self.l1:
            penalty += self.l1 * math_ops.reduce_sum(math_ops.abs(x))
        if self.l2:
            penalty += self.l2 * math_ops.reduce_sum(math_ops.square(x))
        return penalty

    def get_config(self) -> dict[str, float]:
        """The arguments."""
        return {"l1": float(self.l1), "l2": float(self.l2)}


@export("keras.regularizers.l1")
def l1(l: float = 0.01) -> L1L2:  # noqa: E741
    """A penalty on the sum of sizes. Stands for `tf.keras.regularizers.l1`."""
    return L1L2(l1=l)


@export("keras.regularizers.l2")
def l2(l: float = 0.01) -> L1L2:  # noqa: E741
    """A penalty on the sum of squares. Stands for `tf.keras.regularizers.l2`."""
    return L1L2(l2=l)


@export("keras.regularizers.l1_l2")
def l1_l2(l1: float = 0.01, l2: float = 0.01) -> L1L2:
    """Both penalties. Stands for `tf.keras.regularizers.l1_l2`."""
    return L1L2(l1=l1, l2=l2)


@export("keras.regularizers.serialize")
def serialize(regularizer: Any) -> Any:
    """Class name and configuration. Stands for `tf.keras.regularizers.serialize`."""
    return serialize_keras_object(regularizer)


@export("keras.regularizers.deserialize")
def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """The regularizer of a name or of what `serialize` gave.

    Stands for `tf.keras.regularizers.deserialize`.

    Raises:
      ValueError: there is none.
    """
    return deserialize_keras_object(
        config,
        module_objects=globals(),
        custom_objects=custom_objects,
        printable_module_name="regularizer",
    )


@export("keras.regularizers.get")
def get(identifier: Any) -> Any:
    """A regularizer from None, a name, a configuration or a function.

    Stands for `tf.keras.regularizers.get`.

    Raises:
      ValueError: for anything else, or an unknown name.
    """
    if identifier in ("l1", "l2", "l1_l2"):
        return deserialize({"class_name": identifier, "config": {}})
    if identifier is None:
        return None
    if isinstance(identifier, (dict, str)):
        return deserialize(identifier)
    if callable(identifier):
        return identifier
    raise ValueError("Could not interpret regularizer identifier:", identifier)
