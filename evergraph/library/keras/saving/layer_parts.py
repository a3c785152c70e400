"""What a SavedModel keeps of a layer beside its parts: functions, lists of variables, of layers."""

import json
from typing import Any

from evergraph.base import nest
from evergraph.base.platform import logging
from evergraph.library.keras.engine.base_layer import Layer
from evergraph.library.keras.engine.network_config import json_type
from evergraph.library.keras.engine.training import Model
from evergraph.library.keras.saving.constants import (
    COMMON_FUNCTIONS,
    COMMON_OBJECTS,
    KERAS_API,
    LAYER_FUNCTIONS,
)
from evergraph.library.keras.saving.layer_functions import (
    default_signature,
    layer_functions,
    layers_in,
    loss_function,
    model_inputs,
)
from evergraph.library.keras.saving.revived import RevivedLayer, RevivedSequential
from evergraph.library.keras.saving.training_config import model_metadata
from evergraph.library.keras.utils.generic_utils import serialize_keras_object
from evergraph.library.train.tracking.data_structures import ListWrapper
from evergraph.library.train.tracking.tracking import AutoTrackable

_CACHE = "keras_serialized_attributes"
_LOSSES = "keras_losses"


class LayerParts:
    """The functions and objects of a layer; some are parts of it, all of its `keras_api`."""

    def __init__(self) -> None:
        self.functions: dict[str, Any] = {}
        self._objects: dict[str, Any] = {}
        self._keras_api = AutoTrackable()

    @property
    def objects_to_serialize(self) -> dict[str, Any]:
        """The objects that become parts of the layer."""
        common = {name: x for name, x in self._objects.items() if name in COMMON_OBJECTS}
        return common | {KERAS_API: self._keras_api}

    @property
    def functions_to_serialize(self) -> dict[str, Any]:
        """The functions that become the layer's own."""
        return {name: f for name, f in self.functions.items() if name in COMMON_FUNCTIONS}

    def set_all(self, objects: dict[str, Any], functions: dict[str, Any]) -> None:
        """Sets what there is."""
        self.functions = {name: f for name, f in functions.items() if f is not None}
        self._objects = objects
        for name, value in (objects | self.functions).items():
            setattr(self._keras_api, name, value)


def layer_parts(layer: Any, cache: dict[Any, Any]) -> LayerParts:
    """What to keep of a layer, made once for the objects that are saved together.

    The first one is the root, which has its signature if it is a model. Functions that cannot be
    made are left out, with a warning.
    """
    is_root = _CACHE not in cache
    known = cache.setdefault(_CACHE, {})
    if id(layer) in known:
        return known[id(layer)][1]
    made = LayerParts()
    known[id(layer)] = layer, made
    if not is_ready(layer):
        return made
    functions: dict[str, Any] = {"_default_save_signature": None}
    if is_root and isinstance(layer, Model):
        functions["_default_save_signature"] = default_signature(layer)
    objects = _objects(layer, cache)
    try:
        # A layer that the layers in it know has no functions as long as it is being done.
        if isinstance(layer, RevivedLayer) and not isinstance(layer, RevivedSequential):
            found = {name: getattr(layer.keras_api, name, None) for name in LAYER_FUNCTIONS}
        else:
            found = layer_functions(layer, lambda child: layer_parts(child, cache).functions)
        functions |= found
    except (ValueError, TypeError) as error:
        logging.warning(
            f"Skipping full serialization of object {layer}, because an error occurred while "
            f"tracing layer functions. Error message: {error}"
        )
    else:
        made.set_all(objects, functions)
    return made


def is_ready(layer: Any) -> bool:
    """Whether a model knows its inputs, or a layer has its variables; else there is a warning."""
    if isinstance(layer, Model):
        if model_inputs(layer)[0] is not None:
            return True
        logging.warning(
            f"Skipping full serialization of Keras model {layer}, because its inputs are not "
            "defined."
        )
        return False
    if not layer.built:
        logging.warning(
            f"Skipping full serialization of Keras layer {layer}, because it is not built."
        )
    return bool(layer.built)


def _objects(layer: Any, cache: dict[Any, Any]) -> dict[str, Any]:
    """The objects of a layer by name."""
    made = cache.setdefault(_LOSSES, {})

    def functions_of(losses: list[Any]) -> list[Any]:
        for loss in losses:
            if id(loss) not in made:
                made[id(loss)] = loss, loss_function(loss, len(made))
        return [made[id(loss)][1] for loss in losses]

    children = layers_in(layer)
    own = layer._callable_losses
    nested = [loss for child in children for loss in child._callable_losses]
    lists = {
        "variables": layer.variables,
        "trainable_variables": layer.trainable_variables,
        "non_trainable_variables": layer.non_trainable_variables,
        "layers": children,
        "metrics": layer.metrics,
        "regularization_losses": functions_of([*own, *nested]),
        "layer_regularization_losses": functions_of(own),
    }
    return {name: ListWrapper(list(found)) for name, found in lists.items()}


def layer_metadata(layer: Any) -> str:
    """What a SavedModel says of a layer, or of a model and its training, as JSON."""
    found: dict[str, Any] = {
        "class_name": type(layer).__name__,
        "name": layer.name,
        "trainable": layer.trainable,
        "expects_training_arg": layer._expects_training_arg,
        "dtype": layer.dtype,
        "batch_input_shape": getattr(layer, "_batch_input_shape", None),
    }
    try:
        found["config"] = layer.get_config()
    except NotImplementedError:
        pass  # of a derived class, which is made again without it
    found["input_spec"] = nest.map_structure(_serialized, layer.input_spec)
    regularizer = layer.activity_regularizer
    known = hasattr(regularizer, "get_config")
    found["activity_regularizer"] = _serialized(regularizer) if known else None
    if isinstance(layer, Model):
        found |= model_metadata(layer, include_optimizer=True, require_config=False)
    return json.dumps(found, default=json_type)


def _serialized(value: Any) -> Any:
    return None if value is None else serialize_keras_object(value)


# Layers tell of themselves with these.
Layer._parts = staticmethod(layer_parts)
Layer._metadata = staticmethod(layer_metadata)
