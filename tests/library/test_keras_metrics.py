"""tf.keras.metrics against TensorFlow."""

import numpy as np
import pytest
from behaviour import Behaviour

import evergraph as tf
from evergraph.library.eager import context

BEHAVIOUR = Behaviour("keras_metrics")


@pytest.mark.parametrize("name", BEHAVIOUR.names)
def test_as_tensorflow(name: str) -> None:
    BEHAVIOUR.check(name)
    tf.summary.FileWriterCache.clear()


def test_eagerly() -> None:
    class Doubled(tf.keras.metrics.Metric):
        def __init__(self) -> None:
            super().__init__("doubled")
            self.kept = self.add_weight("kept", initializer="zeros")

        def update_state(self, value: float) -> None:
            self.kept.assign_add(value)

        def result(self) -> tf.Tensor:
            return self.kept * 2

    # As TensorFlow 1.15 gives them.
    with context.eager_mode():
        mean = tf.keras.metrics.Mean()
        assert mean([1.0, 3.0]).numpy() == 2
        mean.update_state([5.0])
        assert mean.result().numpy() == 3
        mean.reset_states()
        assert mean.result().numpy() == 0
        rates = tf.keras.metrics.Precision([0.3, 0.5])
        np.testing.assert_allclose(rates([0, 1, 1], [0.4, 0.9, 0.4]).numpy(), [2 / 3, 1])
        own = Doubled()
        assert (own(3.0).numpy(), own(2.0).numpy()) == (6, 10)
