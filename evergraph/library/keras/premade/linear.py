"""A linear model."""

from typing import Any

from evergraph.api import nn_ops
from evergraph.base.export import export
from evergraph.library.keras import activations, initializers, regularizers
from evergraph.library.keras.engine import base_layer
from evergraph.library.keras.engine.training import Model
from evergraph.library.keras.layers.core import Dense


@export("keras.experimental.LinearModel")
class LinearModel(Model):
    """A linear function of one or several inputs, [batch, units]. Stands for
    `tf.keras.experimental.LinearModel`.

    Args:
      units: how many numbers there are.
      activation: a function of them, or its name.
      use_bias: whether a variable is added.
      kernel_initializer, bias_initializer: of the variables.
      kernel_regularizer, bias_regularizer: give losses of the variables.
      **kwargs: as of Model.
    """

    def __init__(
        self,
        units: int = 1,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)

    def build(self, input_shape: Any) -> None:
        """Makes a layer for each input, and the bias."""
        shapes = input_shape if isinstance(input_shape, list) else [input_shape]
        self.dense_layers = [
            Dense(
                units=self.units,
                use_bias=False,
                kernel_initializer=self.kernel_initializer,
                kernel_regularizer=self.kernel_regularizer,
                input_shape=shape,
            )
            for shape in shapes
        ]
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(
                "bias",
                shape=self.units,
                initializer=self.bias_initializer,
                regularizer=self.bias_regularizer,
                dtype=self.dtype,
                trainable=True,
            )

    def call(self, inputs: Any) -> Any:  # type: ignore[override]
        """The sum over the inputs, [batch, n] each.

        Raises:
          ValueError: there are more or less of them than at first.
        """
        given = list(inputs) if isinstance(inputs, (tuple, list)) else [inputs]
        layers = self.dense_layers
        if len(given) != len(layers):
            raise ValueError(f"Expected {len(layers)} inputs, but got {len(given)} inputs")
        result = layers[0](given[0])
        for layer, x in zip(layers[1:], given[1:], strict=True):
            result += layer(x)
        if self.use_bias:
            result = nn_ops.bias_add(result, self.bias)
        return result if self.activation is None else self.activation(result)

    def get_config(self) -> dict[str, Any]:
        """The model's arguments, written down."""
        own = {
            "units": self.units,
            "activation": activations.serialize(self.activation),
            "use_bias": self.use_bias,
            "kernel_initializer": initializers.serialize(self.kernel_initializer),
            "bias_initializer": initializers.serialize(self.bias_initializer),
            "kernel_regularizer": regularizers.serialize(self.kernel_regularizer),
            "bias_regularizer": regularizers.serialize(self.bias_regularizer),
        }
        return {**base_layer.Layer.get_config(self), **own}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> "LinearModel":
        """The model of such arguments."""
        return cls(**config)
