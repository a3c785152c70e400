"""Models made again with new weights: `tf.keras.models.clone_model`."""

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

from evergraph.base import nest
from evergraph.base.export import export
from evergraph.base.object_identity import ObjectIdentityDictionary
from evergraph.library.keras.engine.compiled import TrainOptimizer
from evergraph.library.keras.engine.input_layer import Input, InputLayer
from evergraph.library.keras.engine.node import has_history
from evergraph.library.keras.engine.op_layers import AddMetric
from evergraph.library.keras.engine.sequential import Sequential
from evergraph.library.keras.engine.training import Model
from evergraph.library.keras.metrics import Metric
from evergraph.library.keras.utils.generic_utils import CustomObjectScope


def _again(layer: Any) -> Any:
    return type(layer).from_config(layer.get_config())


class _Cloned:
    """The layers and tensors of a clone by those of the model.

    Args:
      make: makes a layer of a layer.
    """

    def __init__(self, make: Callable[[Any], Any]) -> None:
        self._make = make
        self.layers: dict[Any, Any] = {}
        self.tensors = ObjectIdentityDictionary()

    def layer(self, layer: Any) -> Any:
        if layer not in self.layers:
            self.layers[layer] = self._make(layer)
        return self.layers[layer]

    def call(self, nodes: Any) -> None:
        """Makes the calls again whose inputs are there."""
        for node in nodes:
            inputs = nest.flatten(node.input_tensors)
            layer = self.layer(node.outbound_layer)
            if isinstance(layer, InputLayer) or any(x not in self.tensors for x in inputs):
                continue
            given = nest.map_structure(lambda x: self.tensors[x], node.input_tensors)
            arguments = nest.map_structure(
                lambda x: self.tensors[x] if has_history(x) else x, node.arguments or {}
            )
            outputs = nest.flatten(layer(given, **arguments))
            for x, y in zip(nest.flatten(node.output_tensors), outputs, strict=True):
                self.tensors[x] = y

    def add_to(self, clone: Any, model: Any) -> None:
        """Adds the losses and metrics of the model to the clone."""
        later = [n for d, nodes in model._nodes_by_depth.items() if d < 0 for n in nodes]
        self.call(later)
        layers = [self.layer(node.outbound_layer) for node in later]
        metrics = [layer for layer in layers if isinstance(layer, AddMetric)]
        others = [layer for layer in layers if not isinstance(layer, AddMetric)]
        names = model.metrics_names
        metrics.sort(key=lambda layer: names.index(layer.metric_name))
        clone._insert_layers(
            [*others, *metrics],
            [layer._inbound_nodes[-1] for layer in (*others, *metrics)],
        )


def _functional(model: Any, inputs: Any, make: Callable[[Any], Any]) -> Any:
    if not isinstance(model, Model):
        raise ValueError("Expected `model` argument to be a `Model` instance, got ", model)
    if not model._is_graph_network:
        raise ValueError(
            "Expected `model` argument to be a functional `Model` instance, but got a subclass "
            "model instead."
        )
    cloned = _Cloned(make)
    given = [None] * len(model.inputs) if inputs is None else nest.flatten(inputs)
    found = []
    for x, layer in zip(given, model._input_layers, strict=True):
        if x is None:
            x = Input(**layer.get_config())
        elif not has_history(x):
            x = Input(tensor=x, name="input_wrapper_for_" + layer.name)
        cloned.layers[layer] = x._keras_history.layer
        found.append(x)
    for x, y in zip(model.inputs, found, strict=True):
        cloned.tensors[x] = y
    for depth, nodes in model._nodes_by_depth.items():
        if depth >= 0:
            cloned.call(nodes)
    outputs = nest.map_structure(lambda x: cloned.tensors[x], model._nested_outputs)
    clone = Model(nest.pack_sequence_as(model._nested_inputs, found), outputs, name=model.name)
    cloned.add_to(clone, model)
    return clone


def _sequential(model: Any, inputs: Any, make: Callable[[Any], Any]) -> Any:
    cloned = _Cloned(make)
    added = set()
    if model._is_graph_network:
        later = [n for d, nodes in model._nodes_by_depth.items() if d < 0 for n in nodes]
        added = {node.outbound_layer for node in later}
    layers = []
    for layer in model.layers_with_inputs:
        if layer in added or (isinstance(layer, InputLayer) and inputs is not None):
            continue
        cloned.layers[layer] = _again(layer) if isinstance(layer, InputLayer) else make(layer)
        layers.append(cloned.layers[layer])
    if inputs is not None:
        given = list(inputs) if isinstance(inputs, (list, tuple)) else [inputs]
        if len(given) != 1:
            raise ValueError(
                "To clone a `Sequential` model, we expect  at most one tensor as part of "
                "`input_tensors`."
            )
        layers.insert(0, _first_layer(given[0]))
    clone = Sequential(layers=layers, name=model.name)
    if added:
        for depth, nodes in clone._nodes_by_depth.items():
            pairs = zip(nodes, model._nodes_by_depth[depth], strict=False)
            for node, original in pairs:
                ours, theirs = (nest.flatten(n.output_tensors) for n in (node, original))
                for x, y in zip(theirs, ours, strict=True):
                    cloned.tensors[x] = y
        cloned.add_to(clone, model)
    return clone


def _first_layer(x: Any) -> Any:
    if not has_history(x):
        return Input(tensor=x, name=f"input_wrapper_for_{x.name}")._keras_history.layer
    layer = x._keras_history.layer
    if isinstance(layer, InputLayer):
        return layer
    raise ValueError(
        "Cannot clone a `Sequential` model on top of a tensor that comes from a Keras layer other "
        "than an `InputLayer`. Use the functional API instead."
    )


@export("keras.models.clone_model")
def clone_model(model: Any, input_tensors: Any = None, clone_function: Any = None) -> Any:
    """A model of the same layers with new weights. Stands for `tf.keras.models.clone_model`.

    Args:
      model: a functional or sequential model.
      input_tensors: what the new one begins with; default: new placeholders.
      clone_function: makes a layer of each layer that is none of inputs; default: one of the same
        configuration.

    Raises:
      ValueError: it is no such model, or the function cannot be called.
    """
    make = _again if clone_function is None else clone_function
    if not callable(make):
        raise ValueError("Expected `layer_fn` argument to be a callable.")
    if isinstance(model, Sequential):
        return _sequential(model, input_tensors, make)
    return _functional(model, input_tensors, make)


def clone_metrics(metrics: Any) -> Any:
    """A structure of metrics, those that are objects new ones."""

    def again(metric: Any) -> Any:
        return _again(metric) if isinstance(metric, Metric) else metric

    return nest.map_structure(again, metrics)


def clone_and_build_model(
    model: Any,
    input_tensors: Any = None,
    target_tensors: Any = None,
    custom_objects: Any = None,
    compile_clone: bool = True,
    optimizer_iterations: Any = None,
    optimizer_config: Any = None,
) -> Any:
    """A clone that is compiled as the model is.

    Args:
      model: a compiled model.
      input_tensors, target_tensors: what is fed to the clone.
      custom_objects: the program's own classes and functions by name.
      compile_clone: whether the clone is compiled.
      optimizer_iterations: the variable that counts the steps.
      optimizer_config: the optimizer's configuration; default: that of the model's.

    Raises:
      ValueError: the model was not compiled.
      NotImplementedError: it is a derived class without a configuration.
    """
    optimizer = model.optimizer
    if compile_clone and not optimizer:
        raise ValueError(
            "Error when cloning model: compile_clone was set to True, but the original model has "
            "not been compiled."
        )
    with CustomObjectScope(custom_objects) if custom_objects else nullcontext():
        if model._is_graph_network or isinstance(model, Sequential):
            clone = clone_model(model, input_tensors=input_tensors)
        else:
            clone = _again(model)
    if not compile_clone:
        return clone
    if isinstance(optimizer, TrainOptimizer):
        own: Any = TrainOptimizer(optimizer.optimizer, optimizer_iterations)
    else:
        config = optimizer.get_config() if optimizer_config is None else optimizer_config
        own = type(optimizer).from_config(config)
        if optimizer_iterations is not None:
            own.iterations = optimizer_iterations
    clone.compile(
        own,
        model.loss,
        metrics=clone_metrics(model._compile_metrics),
        loss_weights=model.loss_weights,
        sample_weight_mode=model.sample_weight_mode,
        weighted_metrics=clone_metrics(model._compile_weighted_metrics),
        target_tensors=target_tensors,
    )
    return clone
