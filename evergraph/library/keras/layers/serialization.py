"""Layers and models from configurations."""

import json
from typing import Any

from evergraph.base.export import export
from evergraph.library.keras.engine.base_layer import Layer
from evergraph.library.keras.engine.input_layer import InputLayer
from evergraph.library.keras.engine.network import Network, yaml_module
from evergraph.library.keras.engine.op_layers import AddLoss, AddMetric, TensorFlowOpLayer
from evergraph.library.keras.engine.sequential import Sequential
from evergraph.library.keras.engine.training import Model
from evergraph.library.keras.layers import (
    advanced_activations,
    convolutional,
    convolutional_recurrent,
    core,
    cudnn_recurrent,
    dense_attention,
    embeddings,
    global_pooling,
    local,
    merge,
    noise,
    normalization,
    pooling,
    recurrent,
    recurrent_cells,
    regularization,
    reshaping,
    wrappers,
)
from evergraph.library.keras.premade.linear import LinearModel
from evergraph.library.keras.premade.wide_deep import WideDeepModel
from evergraph.library.keras.utils.generic_utils import deserialize_keras_object

MODULES = (
    advanced_activations,
    convolutional,
    convolutional_recurrent,
    core,
    cudnn_recurrent,
    dense_attention,
    embeddings,
    global_pooling,
    local,
    merge,
    noise,
    normalization,
    pooling,
    recurrent,
    recurrent_cells,
    regularization,
    reshaping,
    wrappers,
)
KNOWN = {
    name: value
    for module in MODULES
    for name, value in vars(module).items()
    if isinstance(value, type) and issubclass(value, Layer)
}
KNOWN |= {"InputLayer": InputLayer, "Network": Network, "Model": Model, "Sequential": Sequential}
KNOWN |= {"AddLoss": AddLoss, "AddMetric": AddMetric, "TensorFlowOpLayer": TensorFlowOpLayer}
KNOWN |= {"LinearModel": LinearModel, "WideDeepModel": WideDeepModel}
LATER_NAMES = dict.fromkeys(("BatchNormalizationV1", "BatchNormalizationV2"), "BatchNormalization")


@export("keras.layers.serialize")
def serialize(layer: Any) -> dict[str, Any]:
    """A layer's class name and configuration. Stands for `tf.keras.layers.serialize`."""
    return {"class_name": type(layer).__name__, "config": layer.get_config()}


@export("keras.layers.deserialize")
def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """The layer of what `serialize` gave. Stands for `tf.keras.layers.deserialize`.

    Args:
      config: a dict with `class_name` and `config`.
      custom_objects: the program's own classes and functions by name.

    Raises:
      ValueError: there is no such class.
    """
    if config["class_name"] in LATER_NAMES:
        config["class_name"] = LATER_NAMES[config["class_name"]]
    return deserialize_keras_object(
        config,
        module_objects=KNOWN,
        custom_objects=custom_objects,
        printable_module_name="layer",
    )


@export("keras.models.model_from_config")
def model_from_config(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """The model of a class name and configuration. Stands for
    `tf.keras.models.model_from_config`.

    Raises:
      TypeError: for a list.
      ValueError: there is no such class.
    """
    if isinstance(config, list):
        raise TypeError(
            "`model_from_config` expects a dictionary, not a list. Maybe you meant to use "
            "`Sequential.from_config(config)`?"
        )
    return deserialize(config, custom_objects=custom_objects)


@export("keras.models.model_from_json")
def model_from_json(json_string: str, custom_objects: dict[str, Any] | None = None) -> Any:
    """The model of a text of `to_json`, with new weights. Stands for
    `tf.keras.models.model_from_json`."""
    return deserialize(json.loads(json_string), custom_objects=custom_objects)


@export("keras.models.model_from_yaml")
def model_from_yaml(yaml_string: str, custom_objects: dict[str, Any] | None = None) -> Any:
    """The model of a text of `to_yaml`, with new weights. Stands for
    `tf.keras.models.model_from_yaml`.

    Raises:
      ImportError: PyYAML is not installed.
    """
    config = yaml_module().safe_load(yaml_string)
    return deserialize(config, custom_objects=custom_objects)
