"""tf.keras.backend against TensorFlow: settings, sessions, functions."""

import pytest
from behaviour import Behaviour

import evergraph as tf

BEHAVIOUR = Behaviour("keras_session")


@pytest.mark.parametrize("name", BEHAVIOUR.names)
def test_as_tensorflow(name: str) -> None:
    BEHAVIOUR.check(name)


def test_clear_session() -> None:
    # As TensorFlow 1.15 gives them.
    K = tf.keras.backend
    K.clear_session()
    x = tf.keras.layers.Dense(2)(tf.keras.Input((3,)))
    assert x.name == "dense/BiasAdd:0"
    session = K.get_session()
    K.clear_session()
    assert [op.name for op in tf.get_default_graph().get_operations()] == [
        "keras_learning_phase/input",
        "keras_learning_phase",
    ]
    assert tf.keras.layers.Dense(2)(tf.keras.Input((3,))).name == "dense/BiasAdd:0"
    assert K.get_session() is not session
    K.clear_session()
