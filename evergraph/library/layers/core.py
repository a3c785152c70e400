"""tf.layers: dense, dropout, flatten."""

from typing import Any

from evergraph.api.init_ops import zeros_initializer
from evergraph.base.deprecation import deprecated
from evergraph.base.export import export
from evergraph.graph.tensor import Tensor
from evergraph.library.keras.layers import core
from evergraph.library.layers.base import Layer

ZEROS = zeros_initializer()


@export("layers.Dense")
class Dense(core.Dense, Layer):
    """A layer `activation(inputs @ kernel + bias)`. Stands for `tf.layers.Dense`.

    Args:
      units: the size of the output's last axis.
      activation: a function, the name of one of Keras's, or None.
      use_bias: whether a bias is added.
      kernel_initializer, bias_initializer: initial values; None as `tf.get_variable`.
      kernel_regularizer, bias_regularizer, activity_regularizer: functions of kernel, bias and
        output whose results are losses.
      kernel_constraint, bias_constraint: functions that optimizers apply after each update.
      trainable, name: see `tf.layers.Layer`.
    """

    def __init__(
        self,
        units: int,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = None,
        bias_initializer: Any = ZEROS,
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        trainable: bool = True,
        name: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            units=units,
            activation=activation,
            use_bias=use_bias,
            kernel_initializer=kernel_initializer,
            bias_initializer=bias_initializer,
            kernel_regularizer=kernel_regularizer,
            bias_regularizer=bias_regularizer,
            activity_regularizer=activity_regularizer,
            kernel_constraint=kernel_constraint,
            bias_constraint=bias_constraint,
            trainable=trainable,
            name=name,
            **kwargs,
        )


@deprecated(date=None, instructions="Use keras.layers.Dense instead.")
@export("layers.dense")
def dense(
    inputs: Any,
    units: int,
    activation: Any = None,
    use_bias: bool = True,
    kernel_initializer: Any = None,
    bias_initializer: Any = ZEROS,
    kernel_regularizer: Any = None,
    bias_regularizer: Any = None,
    activity_regularizer: Any = None,
    kernel_constraint: Any = None,
    bias_constraint: Any = None,
    trainable: bool = True,
    name: str | None = None,
    reuse: bool | None = None,
) -> Tensor:
    """`activation(inputs @ kernel + bias)` over the last axis. Stands for `tf.layers.dense`.

    Args:
      inputs: a tensor of two axes or more; the size of the last must be known.
      units, activation, use_bias, kernel_initializer, bias_initializer, kernel_regularizer,
        bias_regularizer, activity_regularizer, kernel_constraint, bias_constraint, trainable: see
        `tf.layers.Dense`.
      name: the variable scope.
      reuse: whether the variables are those of a layer made before.
    """
    layer = Dense(
        units,
        activation=activation,
        use_bias=use_bias,
        kernel_initializer=kernel_initializer,
        bias_initializer=bias_initializer,
        kernel_regularizer=kernel_regularizer,
        bias_regularizer=bias_regularizer,
        activity_regularizer=activity_regularizer,
        kernel_constraint=kernel_constraint,
        bias_constraint=bias_constraint,
        trainable=trainable,
        name=name,
        _scope=name,
        _reuse=reuse,
    )
    return layer(inputs)


@export("layers.Dropout")
class Dropout(core.Dropout, Layer):
    """A layer that sets a random share of elements to 0. Stands for `tf.layers.Dropout`.

    Args:
      rate: the share; the other elements are scaled up, so that the sum is expected to stay.
      noise_shape: the shape of the choices, with None for sizes of the input.
      seed: see `tf.set_random_seed`.
      name: see `tf.layers.Layer`.
    """

    def __init__(
        self,
        rate: Any = 0.5,
        noise_shape: Any = None,
        seed: int | None = None,
        name: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(rate=rate, noise_shape=noise_shape, seed=seed, name=name, **kwargs)

    def call(self, inputs: Any, training: Any = False) -> Any:
        """Drops elements where `training`, a bool or a bool tensor, says so."""
        return super().call(inputs, training=training)


@deprecated(date=None, instructions="Use keras.layers.dropout instead.")
@export("layers.dropout")
def dropout(
    inputs: Any,
    rate: Any = 0.5,
    noise_shape: Any = None,
    seed: int | None = None,
    training: Any = False,
    name: str | None = None,
) -> Any:
    """`inputs` with a random share `rate` of elements set to 0 while `training`.

    Stands for `tf.layers.dropout`; `training` is a bool or a bool tensor, the others are as of
    `tf.layers.Dropout`.
    """
    layer = Dropout(rate, noise_shape=noise_shape, seed=seed, name=name)
    return layer(inputs, training=training)


@export("layers.Flatten")
class Flatten(core.Flatten, Layer):
    """A layer that makes one axis of all but the first. Stands for `tf.layers.Flatten`.

    Args:
      data_format: "channels_first" moves the second axis to the end before.
    """


@deprecated(date=None, instructions="Use keras.layers.flatten instead.")
@export("layers.flatten")
def flatten(inputs: Any, name: str | None = None, data_format: str = "channels_last") -> Tensor:
    """`inputs` with all axes but the first made one. Stands for `tf.layers.flatten`."""
    layer = Flatten(name=name, data_format=data_format)
    return layer(inputs)


# The names they had in TensorFlow 1.0.
FullyConnected = Dense
fully_connected = dense
