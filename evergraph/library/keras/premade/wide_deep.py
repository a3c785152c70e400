"""A linear model beside a network."""

from typing import Any

from evergraph.base.export import export
from evergraph.library.keras import activations
from evergraph.library.keras.engine import base_layer
from evergraph.library.keras.engine.training import Model
from evergraph.library.keras.utils.generic_utils import serialize_keras_object


@export("keras.experimental.WideDeepModel")
class WideDeepModel(Model):
    """The mean of what a linear model and a network give. Stands for
    `tf.keras.experimental.WideDeepModel`.

    `compile` takes two optimizers in a list, the linear model's and the network's, or one for both.

    Args:
      linear_model: a model.
      dnn_model: another.
      activation: a function of the mean, or its name.
      **kwargs: as of Model.
    """

    def __init__(
        self, linear_model: Any, dnn_model: Any, activation: Any = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.linear_model = linear_model
        self.dnn_model = dnn_model
        self.activation = activations.get(activation)

    def call(self, inputs: Any) -> Any:  # type: ignore[override]
        """The mean for inputs: two of them are one for each model, others are for both."""
        linear_inputs = dnn_inputs = inputs
        if isinstance(inputs, (tuple, list)) and len(inputs) == 2:
            linear_inputs, dnn_inputs = inputs
        linear_output = self.linear_model(linear_inputs)
        output = 0.5 * (linear_output + self.dnn_model(dnn_inputs))
        return self.activation(output) if self.activation else output

    def _get_optimizers(self) -> tuple[Any, Any]:
        if isinstance(self.optimizer, (tuple, list)):
            return self.optimizer[0], self.optimizer[1]
        return self.optimizer, self.optimizer

    def _optimizer_updates(self) -> list[Any]:
        updates: list[Any] = []
        models = (self.linear_model, self.dnn_model)
        for model, optimizer in zip(models, self._get_optimizers(), strict=True):
            updates += optimizer.get_updates(params=model.trainable_weights, loss=self.total_loss)
        return updates

    def get_config(self) -> dict[str, Any]:
        """The model's arguments, written down."""
        own = {
            "linear_model": serialize_keras_object(self.linear_model),
            "dnn_model": serialize_keras_object(self.dnn_model),
            "activation": activations.serialize(self.activation),
        }
        return {**base_layer.Layer.get_config(self), **own}
