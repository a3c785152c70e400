"""Networks as configurations: the layers, and which calls lead from one to the next."""

import importlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from evergraph.base import nest
from evergraph.base.platform import logging
from evergraph.base.tensor_shape import Dimension, TensorShape
from evergraph.graph.conversion import is_tensor
from evergraph.library.keras.engine.node import has_history
from evergraph.library.keras.session import get_value

KERAS_VERSION = "2.2.4-tf"


def deserialize(config: Any, custom_objects: Any) -> Any:
    """The layer of a configuration. What knows all layers imports this package."""
    module = importlib.import_module("evergraph.library.keras.layers.serialization")
    return module.deserialize(config, custom_objects=custom_objects)


def json_type(value: Any) -> Any:
    """What JSON has in place of a value: lists, numbers, names.

    Raises:
      TypeError: it has nothing.
    """
    if hasattr(value, "get_config"):
        return {"class_name": type(value).__name__, "config": value.get_config()}
    if type(value).__module__ == "numpy":
        return value.tolist() if isinstance(value, np.ndarray) else value.item()
    if callable(value):
        return value.__name__
    if isinstance(value, Dimension):
        return value.value
    if isinstance(value, TensorShape):
        return value.as_list()
    if isinstance(value, Mapping):  # a dict that is a layer's attribute
        return dict(value)
    raise TypeError("Not JSON Serializable:", value)


def _plain(value: Any) -> Any:
    """An argument of a call as JSON has it; a tensor of a layer as where it comes from."""
    if has_history(value):
        layer, node, index = value._keras_history
        return [layer.name, node, index]
    if isinstance(value, np.ndarray):
        return value.tolist()
    return get_value(value).tolist() if is_tensor(value) else value


def _arguments(layer: Any, node: Any) -> Any:
    if not node.arguments:
        return {}
    found = nest.map_structure(_plain, node.arguments)
    try:
        json.dumps(found)
    except TypeError:
        logging.warning(
            f"Layer {layer.name} was passed non-serializable keyword arguments: {node.arguments}. "
            "They will not be included in the serialized model (and thus will be missing at "
            "deserialization time)."
        )
        return {}
    return found


def _calls(layer: Any, network_nodes: Any) -> Iterator[tuple[int, Any]]:
    for number, node in enumerate(layer._inbound_nodes):
        if id(node) in network_nodes:
            yield number, node


def network_config(network: Any) -> dict[str, Any]:
    """The configuration of a network with given inputs and outputs.

    Raises:
      NotImplementedError: its inputs or outputs, or those of a layer, are dicts.
    """
    own = {id(node) for level in network._nodes_by_depth.values() for node in level}
    # (layer, number of the call) → its number among the calls of the network. A network is
    # called once when it is made.
    numbers: dict[tuple[str, int], int] = {}
    for layer in network.layers:
        first = 1 if getattr(layer, "_is_graph_network", False) else 0
        for place, (number, _) in enumerate(_calls(layer, own), first):
            numbers[layer.name, number] = place

    def place(history: Any) -> list[Any]:
        layer, number, index = history
        return [layer.name, numbers.get((layer.name, number), 0), index]

    layers = []
    for layer in network.layers:
        inbound = []
        for _, node in _calls(layer, own):
            if isinstance(node.input_tensors, dict):
                raise NotImplementedError("Configurations of Keras networks with dicts")
            sources = [place(history[:3]) for history in node.iterate_inbound()]
            if sources:
                inbound.append([[*source, _arguments(layer, node)] for source in sources])
        layers.append(
            {
                "name": layer.name,
                "class_name": type(layer).__name__,
                "config": layer.get_config(),
                "inbound_nodes": inbound,
            }
        )
    return {
        "name": network.name,
        "layers": layers,
        "input_layers": [place(x._keras_history) for x in network.inputs],
        "output_layers": [place(x._keras_history) for x in network.outputs],
    }


class NetworkBuilder:
    """Makes the layers of a configuration, and calls them when their inputs are there."""

    def __init__(self, config: dict[str, Any], custom_objects: Any) -> None:
        self._layers: dict[str, Any] = {}
        waiting: list[tuple[Any, Any]] = []
        for data in config["layers"]:
            layer = deserialize(data, custom_objects)
            self._layers[data["name"]] = layer
            waiting += [(layer, node) for node in data["inbound_nodes"]]
        while waiting:
            # Calls of one layer keep their order.
            left: list[tuple[Any, Any]] = []
            for layer, node in waiting:
                if any(layer is other for other, _ in left) or not self._call(layer, node):
                    left.append((layer, node))
            if len(left) == len(waiting):
                raise ValueError("Improperly formatted model config.")
            waiting = left
        self.inputs = [self._tensor(*place) for place in config["input_layers"]]
        self.outputs = [self._tensor(*place) for place in config["output_layers"]]

    def _tensor(self, name: str, number: int, index: int) -> Any:
        """The tensor of a call; None if it was not made yet."""
        nodes = self._layers[name]._inbound_nodes
        return nest.flatten(nodes[number].output_tensors)[index] if number < len(nodes) else None

    def _argument(self, value: Any) -> Any:
        if isinstance(value, list) and len(value) == 3 and value[0] in self._layers:
            return self._tensor(*value)
        return value

    def _call(self, layer: Any, node: Any) -> bool:
        tensors = [self._tensor(*source[:3]) for source in node]
        if any(x is None for x in tensors):
            return False
        arguments = node[-1][3] if len(node[-1]) > 3 else {}
        given = {name: self._argument(value) for name, value in arguments.items()}
        layer(tensors[0] if len(tensors) == 1 else tensors, **given)
        return True
