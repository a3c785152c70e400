"""Networks of layers: between given inputs and outputs, or whatever a `call` makes of them."""

import copy
import functools
import importlib
import json
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

from evergraph.api.creation import placeholder
from evergraph.base import nest
from evergraph.base.object_identity import ObjectIdentitySet
from evergraph.base.tensor_shape import TensorShape
from evergraph.base.trackable import no_automatic_dependency_tracking_scope
from evergraph.graph.conversion import is_tensor
from evergraph.graph.tensor import Tensor
from evergraph.library.keras import backend
from evergraph.library.keras.engine.additions import checked_metric
from evergraph.library.keras.engine.base_layer import Layer
from evergraph.library.keras.engine.base_layer_utils import call_context
from evergraph.library.keras.engine.network_config import (
    KERAS_VERSION,
    NetworkBuilder,
    json_type,
    network_config,
)
from evergraph.library.keras.engine.node import Node, has_history
from evergraph.library.keras.engine.op_layers import AddLoss, AddMetric, make_history
from evergraph.library.keras.engine.topology import map_network
from evergraph.library.keras.utils.generic_utils import validate_kwargs
from evergraph.library.keras.utils.summary import print_summary
from evergraph.library.train.tracking.layer_utils import filter_empty_layer_containers


def _single(value: Any) -> Any:
    """A list of one value as that value."""
    return value[0] if isinstance(value, list) and len(nest.flatten(value)) == 1 else value


class Network(Layer):
    """Layers as one layer.

    Args: `inputs` and `outputs`, which come from `tf.keras.Input`, with `name` and `trainable`; or,
      for a derived class with its own `call`, `name`, `dtype` and `dynamic`.
    """

    _is_graph_network = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        given = len(args) + sum(name in kwargs for name in ("inputs", "outputs"))
        if given >= 2:
            self._init_graph_network(*args, **kwargs)
        else:
            super().__init__(*args, **kwargs)
            with no_automatic_dependency_tracking_scope(self):
                self.inputs: Any = []
                self.outputs: Any = []

    def _init_graph_network(
        self, inputs: Any, outputs: Any, name: str | None = None, **kwargs: Any
    ) -> None:
        validate_kwargs(
            kwargs,
            ("trainable",),
            "Functional models may only specify `name` and `trainable` keyword arguments during "
            "initialization. Got an unexpected argument:",
        )
        if any(not has_history(x) for x in nest.flatten(outputs)):
            make_history(nest.flatten(outputs))
        for x in (*nest.flatten(inputs), *nest.flatten(outputs)):
            if not has_history(x):
                raise ValueError(
                    f"Inputs and outputs of a {type(self).__name__} must be the outputs of layers "
                    f"(thus holding past layer metadata). Found: {x}"
                )
        super().__init__(name=name, **kwargs)
        self._connect_layers(inputs, outputs)

    def _connect_layers(self, inputs: Any, outputs: Any) -> None:
        """Makes this the network between inputs and outputs."""
        with no_automatic_dependency_tracking_scope(self):
            self._is_graph_network = True
            self._compute_output_and_mask_jointly = True
            self.built = True
            self._nested_inputs, self._nested_outputs = _single(inputs), _single(outputs)
            self.inputs, self.outputs = nest.flatten(inputs), nest.flatten(outputs)
            self._nodes_by_depth, layers = map_network(self.inputs, self.outputs)
            self._layers = layers
            self._input_layers = [x._keras_history.layer for x in self.inputs]
            self._output_layers = [x._keras_history.layer for x in self.outputs]
            self._inbound_nodes = []
            self.input_names = [layer.name for layer in self._input_layers]
            fed = [i for i, layer in enumerate(self._input_layers) if layer.is_placeholder]
            self._feed_inputs = [self.inputs[i] for i in fed]
            self._feed_input_names = [self.input_names[i] for i in fed]
            self.output_names = unique_names([layer.name for layer in self._output_layers])
        Node(self, self._nested_inputs, self._nested_outputs, is_source=True)
        self._track_layers()

    def _track_layers(self) -> None:
        """Layers are parts of checkpoints by their number, and by that among those with weights."""
        with_weights = 0
        for i, layer in enumerate(self.layers_with_inputs):
            if layer.weights:
                name = f"layer_with_weights-{with_weights}"
                self._track_trackable(layer, name=name, overwrite=True)
                with_weights += 1
            self._track_trackable(layer, name=f"layer-{i}", overwrite=True)

    # -- losses and metrics of tensors that layers gave

    def add_loss(self, losses: Any, inputs: Any = None) -> None:
        """Adds losses; tensors of a network with given inputs and outputs become layers of it."""
        if not self._is_graph_network or call_context().in_call:
            super().add_loss(losses, inputs)
            return
        for loss in nest.flatten(losses):
            if is_tensor(loss):
                self._add_layer(AddLoss(unconditional=False), loss)
            else:
                super().add_loss(loss, inputs)

    def add_metric(self, value: Any, aggregation: Any = None, name: Any = None) -> None:
        """Adds a metric; the tensor becomes a layer of a network with given inputs and outputs.

        Raises:
          ValueError: as of a layer's; and for no tensor, or what a metric of Keras gave.
        """
        if call_context().in_call:
            super().add_metric(value, aggregation, name)
            return
        metric = checked_metric(value, aggregation, name)
        if not is_tensor(value):
            raise ValueError(f"Expected a symbolic Tensor for the metric value, received: {value}")
        if not self._is_graph_network:
            super().add_metric(value, aggregation, name)
            return
        if metric is not None:
            raise ValueError(
                "Using the result of calling a `Metric` object when calling `add_metric` on a "
                "Functional Model is not supported. Please pass the Tensor to monitor directly."
            )
        self._add_layer(AddMetric(aggregation, name), value)

    def _add_layer(self, layer: Any, x: Any) -> None:
        """Calls a layer on a tensor; it and those before it become parts of this network."""
        make_history([x])
        by_depth, layers = map_network(self.inputs, [x])
        layer(x)
        nodes = [node for level in by_depth.values() for node in level]
        self._insert_layers([*layers, layer], [*nodes, *layer._inbound_nodes])

    def _insert_layers(self, layers: Sequence[Any], nodes: Sequence[Any]) -> None:
        """Makes layers parts of this network; those calls of them that are none follow the rest."""
        depths = {node: d for d, level in self._nodes_by_depth.items() for node in level}
        for node in nodes:
            if node in depths:
                continue
            sources = [s._inbound_nodes[i] for s, i, _, _ in node.iterate_inbound(True)]
            depth = min([0, *(depths[source] for source in sources if source in depths)]) - 1
            depths[node] = depth
            self._nodes_by_depth.setdefault(depth, []).append(node)
        known = ObjectIdentitySet(self._layers)
        with no_automatic_dependency_tracking_scope(self):
            self._layers += [layer for layer in layers if layer not in known]

    @property
    def _object_identifier(self) -> str:
        return "_tf_keras_network"

    @property
    def input_spec(self) -> Any:
        """What the layers of the inputs ask of them; None where nobody does."""
        if not self._is_graph_network:
            return None
        specs = [spec for layer in self._input_layers for spec in layer.input_spec or [None]]
        return specs[0] if len(specs) == 1 else specs

    @property
    def layers_with_inputs(self) -> list[Any]:
        """All layers, those of the inputs among them."""
        return list(filter_empty_layer_containers(self.__dict__.get("_layers", ())))

    @property
    def layers(self) -> list[Any]:
        """The layers, from the inputs on."""
        return self.layers_with_inputs

    def get_layer(self, name: str | None = None, index: int | None = None) -> Any:
        """The layer of a name or of a number.

        Raises:
          ValueError: there is none, or neither is given.
        """
        if index is not None:
            if len(self.layers) <= index:
                raise ValueError(
                    f"Was asked to retrieve layer at index {index} but model only has "
                    f"{len(self.layers)} layers."
                )
            return self.layers[index]
        if not name:
            raise ValueError("Provide either a layer name or layer index.")
        for layer in self.layers:
            if layer.name == name:
                return layer
        raise ValueError("No such layer: " + name)

    # -- weights: the layers' in their order, and then the network's own. Whatever has weights
    # counts, such as templates and lists of layers.

    def _weights_within(self, attribute: str) -> list[Any]:
        layers = self.__dict__.get("_layers", ())
        return [weight for layer in layers for weight in getattr(layer, attribute)]

    @property
    def trainable_weights(self) -> list[Any]:
        """The variables that are trained."""
        if not self.trainable:
            return []
        return self._weights_within("trainable_weights") + self._trainable_weights

    @property
    def non_trainable_weights(self) -> list[Any]:
        """The other variables."""
        nested = self._weights_within("non_trainable_weights")
        if self.trainable:
            return nested + self._non_trainable_weights
        trained = self._weights_within("trainable_weights") + self._trainable_weights
        return trained + nested + self._non_trainable_weights

    @property
    def weights(self) -> list[Any]:
        """All variables, layer by layer."""
        nested = self._weights_within("weights")
        return nested + self._trainable_weights + self._non_trainable_weights

    # -- the call

    def build(self, input_shape: Any) -> None:
        """Makes the variables of a derived class by calling it on placeholders of the shape.

        Raises:
          ValueError: the shape is None or no shape.
        """
        if self._is_graph_network:
            self.built = True
            return
        if input_shape is None:
            raise ValueError(
                "Input shape must be defined when calling build on a model subclass network."
            )
        if not isinstance(input_shape, (tuple, list, TensorShape)):
            raise ValueError(
                "Specified input shape is not one of the valid types. Please specify a batch input "
                "shape of type tuple or list of input shapes. User provided input type: "
                f"{type(input_shape)}"
            )
        if not self.inputs and not call_context().in_call:
            shapes = input_shape if isinstance(input_shape, list) else [input_shape]
            self.call(_single([placeholder(backend.floatx(), shape) for shape in shapes]))
        self.built = True

    # A call of a derived class makes its variables, whatever its inputs are.
    build.is_default = True  # type: ignore[attr-defined]

    def call(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
        """Makes the nodes of all layers again, for other inputs.

        Raises:
          NotImplementedError: a derived class has no `call`.
        """
        if not self._is_graph_network:
            raise NotImplementedError(
                "When subclassing the `Model` class, you should implement a `call` method."
            )
        if mask is not None:
            for x, own in zip(nest.flatten(inputs), nest.flatten(mask), strict=True):
                x._keras_mask = own
        values = dict(zip(map(id, self.inputs), nest.flatten(inputs), strict=True))
        for level in list(self._nodes_by_depth.values())[1:]:
            for node in level:
                if all(id(x) in values for x in nest.flatten(node.input_tensors)):
                    outputs = _called_again(node, values, training)
                    wanted = map(id, nest.flatten(node.output_tensors))
                    values.update(zip(wanted, nest.flatten(outputs), strict=True))
        return nest.map_structure(lambda x: values[id(x)], self._nested_outputs)

    def compute_mask(self, inputs: Any, mask: Any) -> Any:
        """The masks of the outputs, of a network with given inputs and outputs, else None."""
        if not self._is_graph_network:
            return None
        outputs = Network.call(self, inputs, mask=mask)
        return nest.map_structure(lambda x: getattr(x, "_keras_mask", None), outputs)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The output's shape, of a network with given inputs and outputs."""
        if not self._is_graph_network:
            return super().compute_output_shape(input_shape)
        given = input_shape if isinstance(input_shape, list) else [input_shape]
        shapes = dict(zip(map(id, self.inputs), map(TensorShape, given), strict=True))
        for level in list(self._nodes_by_depth.values())[1:]:
            for node in level:
                asked = nest.map_structure(lambda x: shapes[id(x)], node.input_tensors)
                found = node.outbound_layer.compute_output_shape(asked)
                outputs = nest.flatten(node.output_tensors)
                found = found if isinstance(found, list) else [found]
                shapes.update(zip(map(id, outputs), map(TensorShape, found), strict=True))
        return _single([shapes[id(x)] for x in self.outputs])

    def get_config(self) -> dict[str, Any]:
        """The layers and calls between inputs and outputs, which `from_config` makes again.

        Raises:
          NotImplementedError: a derived class has its own `call`.
        """
        if not self._is_graph_network:
            raise NotImplementedError
        return copy.deepcopy(network_config(self))

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """The network of a configuration, with new weights."""
        made = NetworkBuilder(config, custom_objects)
        return cls(inputs=made.inputs, outputs=made.outputs, name=config.get("name"))

    def to_json(self, **kwargs: Any) -> str:
        """The configuration as JSON, for `tf.keras.models.model_from_json`.

        Args:
          **kwargs: of `json.dumps`.
        """
        config = {
            "class_name": type(self).__name__,
            "config": self.get_config(),
            "keras_version": KERAS_VERSION,
            "backend": "tensorflow",
        }
        return json.dumps(config, default=json_type, **kwargs)

    def to_yaml(self, **kwargs: Any) -> str:
        """The configuration as YAML, for `tf.keras.models.model_from_yaml`.

        Args:
          **kwargs: of `yaml.dump`.

        Raises:
          ImportError: PyYAML is not installed.
        """
        yaml = yaml_module()
        return str(yaml.dump(json.loads(self.to_json()), **kwargs))

    def summary(
        self,
        line_length: int | None = None,
        positions: Any = None,
        print_fn: Callable[[str], Any] | None = None,
    ) -> None:
        """Prints the layers, their output shapes and numbers of parameters.

        Args:
          line_length: the length of lines.
          positions: where columns end, as numbers or as shares of the line.
          print_fn: called with each line; default: `print`.

        Raises:
          ValueError: the model was not built.
        """
        if not self.built:
            raise ValueError(
                "This model has not yet been built. Build the model first by calling `build()` or "
                "calling `fit()` with some data, or specify an `input_shape` argument in the first "
                "layer(s) for automatic build."
            )
        print_summary(self, line_length, positions, print_fn or print)


def yaml_module() -> ModuleType:
    """PyYAML; ImportError where it is not installed."""
    try:
        return importlib.import_module("yaml")
    except ModuleNotFoundError as error:
        raise ImportError("Requires yaml module installed.") from error


def _called_again(node: Node, values: dict[int, Any], training: Any) -> Any:
    """The layer's outputs, in a call like the node's with new values."""
    layer = node.outbound_layer
    inputs = nest.map_structure(lambda x: values[id(x)], node.input_tensors)
    arguments = dict(node.arguments or {})
    if "training" in layer._call_fn_args:
        arguments.setdefault("training", training)
        if backend.is_learning_phase(arguments["training"]):
            arguments["training"] = training

    def computed(x: Any) -> Any:
        return values[id(x)] if isinstance(x, Tensor) and has_history(x) else x

    return layer(inputs, **nest.map_structure(computed, arguments))


def unique_names(names: list[str]) -> list[str]:
    """Names, with a number after those that were there before."""
    found: list[str] = []
    for name in names:
        numbers = functools.reduce(lambda n, other: n + (other == name), names[: len(found)], 0)
        found.append(f"{name}_{numbers}" if numbers else name)
    return found
