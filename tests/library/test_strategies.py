"""Strategies against TensorFlow."""

import pytest
from behaviour import Behaviour

import evergraph as tf

BEHAVIOUR = Behaviour("strategies")


@pytest.mark.parametrize("name", BEHAVIOUR.names)
def test_as_tensorflow(name: str) -> None:
    BEHAVIOUR.check(name)


def test_keras_models_train_in_one_replica_alone() -> None:
    with tf.Graph().as_default(), tf.distribute.MirroredStrategy(["/cpu:0", "/cpu:1"]).scope():
        model = tf.keras.Sequential(
            [tf.keras.layers.Dense(1, input_shape=(2,)), tf.keras.layers.BatchNormalization()]
        )
        with pytest.raises(NotImplementedError, match="several replicas"):
            model.compile("sgd", "mse")
