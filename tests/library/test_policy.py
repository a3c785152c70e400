"""Policies of Keras layers against TensorFlow."""

import pytest
from behaviour import Behaviour

import evergraph as tf

CASES = Behaviour("policy")


@pytest.mark.parametrize("name", CASES.names)
def test_policy(name: str) -> None:
    CASES.check(name)


def test_variables_that_are_cast_are_missing() -> None:
    policy = tf.keras.mixed_precision.experimental.Policy("mixed_float16")
    with tf.Graph().as_default(), pytest.raises(NotImplementedError, match="Policy"):
        tf.keras.layers.Dense(2, dtype=policy)(tf.ones([1, 2], tf.float16))
