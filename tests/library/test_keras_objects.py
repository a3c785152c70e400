"""Keras models as SavedModels of objects against TensorFlow."""

from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest
from behaviour import Behaviour, module

import evergraph as tf

CASES = Behaviour("keras_objects")


@pytest.mark.parametrize("name", CASES.names)
def test_keras_objects(name: str) -> None:
    CASES.check(name)


class _Outer(tf.keras.Model):
    def __init__(self) -> None:
        super().__init__()
        self.inner = tf.keras.Sequential([tf.keras.layers.Dense(2), tf.keras.layers.Dropout(0.5)])

    def call(self, x, training=None):
        return self.inner(x, training=training)


@pytest.mark.parametrize("eagerly", [False, True])
def test_models_within_models_know_their_inputs_by_a_call(tmp_path: Path, eagerly: bool) -> None:
    eager_mode = module("python.eager.context").eager_mode
    with tf.Graph().as_default(), eager_mode() if eagerly else nullcontext():
        model = _Outer()
        x = np.ones([2, 3], np.float32)
        expected = model.predict(x)
        model.save(str(tmp_path), save_format="tf")
        loaded = tf.keras.models.load_model(str(tmp_path))
        np.testing.assert_allclose(loaded.predict(x), expected, rtol=1e-5)
        assert [layer.name for layer in loaded.layers] == [model.inner.name]
        assert len(loaded.inner.layers) == 2
