"""Activation functions as layers."""

from typing import Any

import numpy as np

from evergraph.api import math_ops, nn_ops
from evergraph.base.export import export
from evergraph.library.keras import activations, constraints, initializers, regularizers
from evergraph.library.keras.backend import floatx
from evergraph.library.keras.engine.base_layer import Layer
from evergraph.library.keras.engine.input_spec import InputSpec
from evergraph.library.keras.utils.tf_utils import shape_type_conversion


class _ElementWise(Layer):
    """What has the shape of its input."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True

    @shape_type_conversion
    def compute_output_shape(self, input_shape: Any) -> Any:
        """The input's shape."""
        return input_shape


@export("keras.layers.Activation")
class Activation(_ElementWise):
    """A function of each element. Stands for `tf.keras.layers.Activation`.

    Args:
      activation: the function, or the name of one in `tf.keras.activations`.
    """

    def __init__(self, activation: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.activation = activations.get(activation)

    def call(self, inputs: Any) -> Any:
        return self.activation(inputs)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The input's shape."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"activation": activations.serialize(self.activation)}


@export("keras.layers.LeakyReLU")
class LeakyReLU(_ElementWise):
    """`x` where it is positive, else `alpha * x`. Stands for `tf.keras.layers.LeakyReLU`."""

    def __init__(self, alpha: Any = 0.3, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.alpha: Any = np.asarray(alpha, floatx())

    def call(self, inputs: Any) -> Any:
        return activations.relu(inputs, alpha=self.alpha)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"alpha": float(self.alpha)}


@export("keras.layers.PReLU")
class PReLU(_ElementWise):
    """`x` where it is positive, else `alpha * x` with an alpha that is learnt for each element.

    Stands for `tf.keras.layers.PReLU`.

    Args:
      alpha_initializer, alpha_regularizer, alpha_constraint: of alpha.
      shared_axes: the axes, counted from the batch's, along which alpha is the same.
    """

    def __init__(
        self,
        alpha_initializer: Any = "zeros",
        alpha_regularizer: Any = None,
        alpha_constraint: Any = None,
        shared_axes: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.alpha_initializer = initializers.get(alpha_initializer)
        self.alpha_regularizer = regularizers.get(alpha_regularizer)
        self.alpha_constraint = constraints.get(alpha_constraint)
        if shared_axes is not None and not isinstance(shared_axes, (list, tuple)):
            shared_axes = [shared_axes]
        self.shared_axes = None if shared_axes is None else list(shared_axes)

    @shape_type_conversion
    def build(self, input_shape: Any) -> None:
        sizes = list(input_shape[1:])
        for axis in self.shared_axes or ():
            sizes[axis - 1] = 1
        self.alpha = self.add_weight(
            shape=sizes,
            name="alpha",
            initializer=self.alpha_initializer,
            regularizer=self.alpha_regularizer,
            constraint=self.alpha_constraint,
        )
        own = range(1, len(input_shape))
        axes = {i: input_shape[i] for i in own if i not in (self.shared_axes or ())}
        self.input_spec = InputSpec(ndim=len(input_shape), axes=axes if self.shared_axes else {})
        self.built = True

    def call(self, inputs: Any) -> Any:
        above = activations.relu(inputs)
        below = -self.alpha * activations.relu(-inputs)
        return above + below

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {
            "alpha_initializer": initializers.serialize(self.alpha_initializer),
            "alpha_regularizer": regularizers.serialize(self.alpha_regularizer),
            "alpha_constraint": constraints.serialize(self.alpha_constraint),
            "shared_axes": self.shared_axes,
        }


@export("keras.layers.ELU")
class ELU(_ElementWise):
    """`x` where it is positive, else `alpha * (exp(x) - 1)`. Stands for `tf.keras.layers.ELU`."""

    def __init__(self, alpha: Any = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.alpha: Any = np.asarray(alpha, floatx())

    def call(self, inputs: Any) -> Any:
        return activations.elu(inputs, self.alpha)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"alpha": float(self.alpha)}


@export("keras.layers.ThresholdedReLU")
class ThresholdedReLU(_ElementWise):
    """`x` where it is above `theta`, else 0. Stands for `tf.keras.layers.ThresholdedReLU`."""

    def __init__(self, theta: Any = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.theta: Any = np.asarray(theta, floatx())

    def call(self, inputs: Any) -> Any:
        return inputs * math_ops.cast(math_ops.greater(inputs, self.theta), floatx())

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"theta": float(self.theta)}


@export("keras.layers.Softmax")
class Softmax(_ElementWise):
    """Shares that sum to 1 along an axis. Stands for `tf.keras.layers.Softmax`."""

    def __init__(self, axis: int = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axis = axis

    def call(self, inputs: Any) -> Any:
        return nn_ops.softmax(inputs, axis=self.axis)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"axis": self.axis}


@export("keras.layers.ReLU")
class ReLU(_ElementWise):
    """max(x, 0), or what the parameters make of it. Stands for `tf.keras.layers.ReLU`.

    Args:
      max_value: an upper bound.
      negative_slope: the slope below the threshold.
      threshold: below it the result is `negative_slope * (x - threshold)`.

    Raises:
      ValueError: an argument is negative.
    """

    def __init__(
        self, max_value: Any = None, negative_slope: Any = 0, threshold: Any = 0, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        if max_value is not None and max_value < 0.0:
            raise ValueError(f"max_value of Relu layer cannot be negative value: {max_value}")
        if negative_slope < 0.0:
            raise ValueError(
                f"negative_slope of Relu layer cannot be negative value: {negative_slope}"
            )
        self.max_value: Any = None if max_value is None else np.asarray(max_value, floatx())
        self.negative_slope: Any = np.asarray(negative_slope, floatx())
        self.threshold: Any = np.asarray(threshold, floatx())

    def call(self, inputs: Any) -> Any:
        return activations.relu(
            inputs,
            alpha=self.negative_slope,
            max_value=self.max_value,
            threshold=self.threshold,
        )

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {
            "max_value": self.max_value,
            "negative_slope": self.negative_slope,
            "threshold": self.threshold,
        }
