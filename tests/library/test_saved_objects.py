"""SavedModels of objects against TensorFlow."""

from pathlib import Path

import behaviour
import numpy as np
import pytest
from behaviour import Behaviour

import evergraph as tf

CASES = Behaviour("saved_objects")
# A variable that an eager function captures has another name inside.
KNOWN = {"refused": ["untracked"]}


@pytest.mark.parametrize("name", CASES.names)
def test_saved_objects(name: str) -> None:
    CASES.check(name, KNOWN.get(name, ()))


def test_signatures_of_keras_models_are_missing(tmp_path: Path) -> None:
    with behaviour.module("python.eager.context").eager_mode():
        model = tf.keras.Sequential([tf.keras.layers.Dense(1, input_shape=(2,))])
        with pytest.raises(NotImplementedError, match="saved_model.save of Keras"):
            tf.saved_model.save(model, str(tmp_path))

        @tf.function(input_signature=[tf.TensorSpec([None, 2], tf.float32)])
        def serve(x: tf.Tensor) -> tf.Tensor:
            return model(x)

        tf.saved_model.save(model, str(tmp_path), serve)
        loaded = tf.compat.v2.saved_model.load(str(tmp_path))
        signature = loaded.signatures["serving_default"]
        x = tf.constant([[1.0, 2.0]])
        np.testing.assert_allclose(signature(x)["output_0"], model(x))
