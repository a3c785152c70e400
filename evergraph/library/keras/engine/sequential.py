"""Layers one after the other."""

import copy
from typing import Any

from evergraph.base import nest
from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.base.trackable import no_automatic_dependency_tracking_scope
from evergraph.library.keras.engine.base_layer import Layer
from evergraph.library.keras.engine.input_layer import Input, InputLayer
from evergraph.library.keras.engine.network_config import deserialize
from evergraph.library.keras.engine.training import Model

MANY_OUTPUTS = (
    "All layers in a Sequential model should have a single output tensor. For multi-output layers, "
    "use the functional API."
)


def _input_of(layer: Any) -> tuple[Any, Any]:
    """Shape and type of the input that a layer tells, or the first one in it."""
    while getattr(layer, "_is_graph_network", False) or isinstance(layer, Sequential):
        if not layer.layers:
            raise ValueError("Cannot add an empty model to a `Sequential` model.")
        layer = layer.layers[0]
    return getattr(layer, "_batch_input_shape", None), layer.dtype


@export("keras.Sequential", "keras.models.Sequential")
class Sequential(Model):
    """Layers, each on the output of the one before. Stands for `tf.keras.Sequential`.

    Args:
      layers: a list of layers.
      name: default: "sequential".
    """

    def __init__(self, layers: Any = None, name: str | None = None) -> None:
        super().__init__(name=name)
        self.supports_masking = True
        self._compute_output_and_mask_jointly = True
        with no_automatic_dependency_tracking_scope(self):
            self._layers: list[Any] = []
        for layer in layers if isinstance(layers, (list, tuple)) else [layers] if layers else ():
            self.add(layer)

    @property
    def _object_identifier(self) -> str:
        return "_tf_keras_sequential"

    @property
    def input_spec(self) -> Any:
        """What the first layer asks of its inputs."""
        return self.layers[0].input_spec if self.layers else None

    @property
    def layers(self) -> list[Any]:
        """The layers without that of the input."""
        found = self.layers_with_inputs
        return found[1:] if found and isinstance(found[0], InputLayer) else found

    def add(self, layer: Any) -> None:
        """Puts a layer at the end.

        Raises:
          TypeError: it is no layer, or has several outputs.
          ValueError: the first layer has several outputs.
        """
        history = getattr(layer, "_keras_history", None)
        if history is not None and isinstance(history.layer, InputLayer):
            layer = history.layer
        if not isinstance(layer, Layer):
            raise TypeError(f"The added layer must be an instance of class Layer. Found: {layer}")
        with no_automatic_dependency_tracking_scope(self):
            if not self._layers:
                self._begin(layer)
            elif self.outputs:
                output = layer(self.outputs[0])
                if len(nest.flatten(output)) != 1:
                    raise TypeError(MANY_OUTPUTS)
                self._connect_layers(self.inputs, [output])
            else:
                self._layers.append(layer)
                self.built = False
        if not self._is_graph_network:
            self._track_layers()

    def _begin(self, layer: Any) -> None:
        """The first layer; a network begins if it tells the shape of its input."""
        if isinstance(layer, InputLayer):
            x = layer._inbound_nodes[-1].output_tensors[0]
            self._connect_layers([x], [x])
            return
        shape, dtype = _input_of(layer)
        if not shape:
            self._layers.append(layer)
            return
        x = Input(batch_shape=shape, dtype=dtype, name=layer.name + "_input")
        output = layer(x)
        if len(nest.flatten(output)) != 1:
            raise ValueError(MANY_OUTPUTS)
        self._connect_layers([x], nest.flatten(output))

    def pop(self) -> None:
        """Takes the last layer away.

        Raises:
          TypeError: there is none.
        """
        if not self.layers:
            raise TypeError("There are no layers in the model.")
        with no_automatic_dependency_tracking_scope(self):
            self._layers.pop()
            if not self.layers:
                self._is_graph_network = self.built = False
                self.inputs = self.outputs = None
                self._layers = []
            elif self._is_graph_network:
                self.layers[-1]._outbound_nodes = []
                self._connect_layers(self.inputs, [self.layers[-1].output])

    def build(self, input_shape: Any = None) -> None:
        """Makes the variables for inputs of a shape, if no layer told it.

        Raises:
          ValueError: it is needed and not given.
        """
        if not self._is_graph_network:
            if input_shape is None:
                raise ValueError("You must provide an `input_shape` argument.")
            super().build(tuple(input_shape))
        self.built = True

    build.is_default = True  # type: ignore[attr-defined]

    def call(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
        """The last layer's output."""
        if self._is_graph_network:
            return super().call(inputs, training=training, mask=mask)
        for layer in self.layers:
            given = {"training": training} if "training" in layer._call_fn_args else {}
            inputs = layer(inputs, **given)
        return inputs

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The last layer's output shape."""
        for layer in self.layers:
            input_shape = layer.compute_output_shape(input_shape)
        return input_shape

    def predict_proba(self, x: Any, batch_size: int = 32, verbose: int = 0) -> Any:
        """What `predict` gives, with a warning where it is no probability."""
        found = self.predict(x, batch_size, verbose)
        if found.min() < 0.0 or found.max() > 1.0:
            logging.warning(
                "Network returning invalid probability values. The last layer might not normalize "
                "predictions into probabilities (like softmax or sigmoid would)."
            )
        return found

    def predict_classes(self, x: Any, batch_size: int = 32, verbose: int = 0) -> Any:
        """The most probable classes; of a single probability, whether it is above 0.5."""
        found = self.predict(x, batch_size=batch_size, verbose=verbose)
        if found.shape[-1] > 1:
            return found.argmax(axis=-1)
        return (found > 0.5).astype("int32")

    def get_config(self) -> dict[str, Any]:
        """The layers' class names and configurations, and the model's name."""
        layers = [
            {"class_name": type(layer).__name__, "config": layer.get_config()}
            for layer in self.layers
        ]
        if self._is_graph_network and layers and "batch_input_shape" not in layers[0]["config"]:
            first = self.layers_with_inputs[0]
            if isinstance(first, InputLayer):
                layers[0]["config"]["batch_input_shape"] = first._batch_input_shape
        return {"name": self.name, "layers": copy.deepcopy(layers)}

    @classmethod
    def from_config(cls, config: Any, custom_objects: Any = None) -> Any:
        """The model of a configuration, or of a list of layers, with new weights."""
        named = "name" in config
        model = cls(name=config["name"] if named else None)
        for layer in config["layers"] if named else config:
            model.add(deserialize(layer, custom_objects))
        return model
