"""tf.keras.initializers: those of TensorFlow, some with Keras's defaults."""

from typing import Any

from evergraph.api import init_ops
from evergraph.api.init_ops import (
    Constant,
    GlorotNormal,
    GlorotUniform,
    Identity,
    Initializer,
    Ones,
    Orthogonal,
    VarianceScaling,
    Zeros,
    he_normal,
    he_uniform,
    lecun_normal,
    lecun_uniform,
)
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.library.keras.utils.generic_utils import (
    deserialize_keras_object,
    serialize_keras_object,
)


@export("keras.initializers.TruncatedNormal", "keras.initializers.truncated_normal")
class TruncatedNormal(init_ops.TruncatedNormal):
    """Normal values within two deviations, of 0.05 each by default.

    Stands for `tf.keras.initializers.TruncatedNormal`.
    """

    def __init__(
        self,
        mean: Any = 0.0,
        stddev: Any = 0.05,
        seed: int | None = None,
        dtype: Any = dtypes.float32,
    ) -> None:
        super().__init__(mean=mean, stddev=stddev, seed=seed, dtype=dtype)


@export(
    "keras.initializers.RandomUniform",
    "keras.initializers.uniform",
    "keras.initializers.random_uniform",
)
class RandomUniform(init_ops.RandomUniform):
    """Values spread evenly over [-0.05, 0.05) by default.

    Stands for `tf.keras.initializers.RandomUniform`.
    """

    def __init__(
        self,
        minval: Any = -0.05,
        maxval: Any = 0.05,
        seed: int | None = None,
        dtype: Any = dtypes.float32,
    ) -> None:
        super().__init__(minval=minval, maxval=maxval, seed=seed, dtype=dtype)


@export(
    "keras.initializers.RandomNormal",
    "keras.initializers.normal",
    "keras.initializers.random_normal",
)
class RandomNormal(init_ops.RandomNormal):
    """Normal values of deviation 0.05 by default.

    Stands for `tf.keras.initializers.RandomNormal`.
    """

    def __init__(
        self,
        mean: Any = 0.0,
        stddev: Any = 0.05,
        seed: int | None = None,
        dtype: Any = dtypes.float32,
    ) -> None:
        super().__init__(mean=mean, stddev=stddev, seed=seed, dtype=dtype)


# The names that configurations use.
zero = zeros = Zeros
one = ones = Ones
constant = Constant
uniform = random_uniform = RandomUniform
normal = random_normal = RandomNormal
truncated_normal = TruncatedNormal
identity = Identity
orthogonal = Orthogonal
glorot_normal = GlorotNormal
glorot_uniform = GlorotUniform

_FUNCTIONS = {
    "he_normal": he_normal,
    "he_uniform": he_uniform,
    "lecun_normal": lecun_normal,
    "lecun_uniform": lecun_uniform,
}


def _objects() -> dict[str, Any]:
    found = {
        name: value
        for name, value in globals().items()
        if isinstance(value, type) and issubclass(value, Initializer)
    }
    return found | _FUNCTIONS | {"VarianceScaling": VarianceScaling}


@export("keras.initializers.serialize")
def serialize(initializer: Any) -> Any:
    """Class name and configuration. Stands for `tf.keras.initializers.serialize`."""
    return serialize_keras_object(initializer)


@export("keras.initializers.deserialize")
def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """The initializer of a name or of what `serialize` gave.

    Stands for `tf.keras.initializers.deserialize`.

    Raises:
        ValueError: there is no such initializer.
    """
    return deserialize_keras_object(
        config,
        module_objects=_objects(),
        custom_objects=custom_objects,
        printable_module_name="initializer",
    )


@export("keras.initializers.get")
def get(identifier: Any) -> Any:
    """An initializer from None, a name, a configuration or a function.

    Stands for `tf.keras.initializers.get`.

    Raises:
        ValueError: for anything else, or an unknown name.
    """
    if identifier is None:
        return None
    if isinstance(identifier, str) and identifier in _FUNCTIONS:
        return deserialize({"class_name": identifier, "config": {}})
    if isinstance(identifier, (dict, str)):
        return deserialize(identifier)
    if callable(identifier):
        return identifier
    raise ValueError(f"Could not interpret initializer identifier: {identifier}")
