"""Layers that add noise while training."""

from typing import Any

import numpy as np

from evergraph.api import array_ops, math_ops
from evergraph.base.export import export
from evergraph.library.keras.backend import floatx
from evergraph.library.keras.functions.phases import in_train_phase
from evergraph.library.keras.functions.variables import random_normal, random_uniform
from evergraph.library.keras.layers.advanced_activations import _ElementWise

# Of the activation SELU: the value it comes to far below 0 is -ALPHA * SCALE.
ALPHA = 1.6732632423543772848170429916717
SCALE = 1.0507009873554804934193349852946


@export("keras.layers.GaussianNoise")
class GaussianNoise(_ElementWise):
    """Adds normally distributed numbers while training. Stands for
    `tf.keras.layers.GaussianNoise`.

    Args:
      stddev: their standard deviation.
    """

    def __init__(self, stddev: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.stddev = stddev

    def call(self, inputs: Any, training: Any = None) -> Any:
        def noised() -> Any:
            shape = array_ops.shape(inputs)
            return inputs + random_normal(shape=shape, mean=0.0, stddev=self.stddev)

        return in_train_phase(noised, inputs, training=training)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"stddev": self.stddev}


@export("keras.layers.GaussianDropout")
class GaussianDropout(_ElementWise):
    """Multiplies by numbers around 1, as uncertain as choices of dropout, while training.

    Stands for `tf.keras.layers.GaussianDropout`.

    Args:
      rate: as of dropout; the standard deviation is `sqrt(rate / (1 - rate))`.
    """

    def __init__(self, rate: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rate = rate

    def call(self, inputs: Any, training: Any = None) -> Any:
        if not 0 < self.rate < 1:
            return inputs

        def noised() -> Any:
            stddev = np.sqrt(self.rate / (1.0 - self.rate))
            shape = array_ops.shape(inputs)
            return inputs * random_normal(shape=shape, mean=1.0, stddev=stddev)

        return in_train_phase(noised, inputs, training=training)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"rate": self.rate}


@export("keras.layers.AlphaDropout")
class AlphaDropout(_ElementWise):
    """Dropout for SELU: elements become its lowest value, mean and variance stay as they are.

    Stands for `tf.keras.layers.AlphaDropout`.

    Args:
      rate: the share of the elements.
      noise_shape: the shape of the choices; default: that of the input.
      seed: see `tf.set_random_seed`.
    """

    def __init__(
        self, rate: Any, noise_shape: Any = None, seed: int | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.rate = rate
        self.noise_shape = noise_shape
        self.seed = seed

    def _get_noise_shape(self, inputs: Any) -> Any:
        return self.noise_shape if self.noise_shape else array_ops.shape(inputs)

    def call(self, inputs: Any, training: Any = None) -> Any:
        if not 0.0 < self.rate < 1.0:
            return inputs
        noise_shape = self._get_noise_shape(inputs)
        lowest = -ALPHA * SCALE

        def dropped() -> Any:
            chances = random_uniform(noise_shape, seed=self.seed)
            kept = math_ops.cast(math_ops.greater_equal(chances, self.rate), floatx())
            factor = ((1 - self.rate) * (1 + self.rate * lowest**2)) ** -0.5
            offset = -factor * lowest * self.rate
            return factor * (inputs * kept + lowest * (1 - kept)) + offset

        return in_train_phase(dropped, inputs, training=training)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"rate": self.rate}
