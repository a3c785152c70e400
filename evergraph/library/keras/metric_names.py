"""tf.keras.metrics by their names."""

from typing import Any

from evergraph.base.export import export
from evergraph.library.keras import confusion_metrics, losses, metrics
from evergraph.library.keras.utils.generic_utils import (
    deserialize_keras_object,
    serialize_keras_object,
)


@export("keras.metrics.serialize")
def serialize(metric: Any) -> Any:
    """A metric as a dict, or a function's name. Stands for `tf.keras.metrics.serialize`."""
    return serialize_keras_object(metric)


@export("keras.metrics.deserialize")
def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """The metric of a dict or of a name. Stands for `tf.keras.metrics.deserialize`."""
    known = {**vars(losses), **losses.OBJECTS, **vars(confusion_metrics), **vars(metrics)}
    return deserialize_keras_object(
        config,
        module_objects=known,
        custom_objects=custom_objects,
        printable_module_name="metric function",
    )


@export("keras.metrics.get")
def get(identifier: Any) -> Any:
    """A metric of a dict, of a name, or as it is. Stands for `tf.keras.metrics.get`.

    Raises:
      ValueError: it is none of these.
    """
    if isinstance(identifier, (dict, str)):
        return deserialize(identifier)
    if callable(identifier):
        return identifier
    raise ValueError(f"Could not interpret metric function identifier: {identifier}")
