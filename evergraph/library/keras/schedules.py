"""tf.keras.optimizers.schedules as configurations."""

from typing import Any

from evergraph.base.export import export
from evergraph.library.keras.utils.generic_utils import (
    deserialize_keras_object,
    serialize_keras_object,
)
from evergraph.library.train import learning_rate_schedule


@export("keras.optimizers.schedules.serialize")
def serialize(learning_rate_schedule: Any) -> Any:
    """Class name and configuration. Stands for `tf.keras.optimizers.schedules.serialize`."""
    return serialize_keras_object(learning_rate_schedule)


@export("keras.optimizers.schedules.deserialize")
def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """The schedule of what `serialize` gave. Stands for
    `tf.keras.optimizers.schedules.deserialize`.

    Raises:
      ValueError: there is no such schedule.
    """
    return deserialize_keras_object(
        config,
        module_objects=vars(learning_rate_schedule),
        custom_objects=custom_objects,
        printable_module_name="decay",
    )
