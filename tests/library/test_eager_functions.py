"""Functions and tapes in eager execution; the numbers are TensorFlow's."""

from typing import Any

import numpy as np
import pytest

import evergraph as tf
from evergraph.library.eager import context
from evergraph.ops import functional


def test_shapes_of_a_call_are_inferred_once(monkeypatch: Any) -> None:
    inferred = []
    result_dims = functional._result_dims

    def counted(function: Any, library: Any, given: Any) -> Any:
        inferred.append(given)
        return result_dims(function, library, given)

    monkeypatch.setattr(functional, "_result_dims", counted)
    with context.eager_mode():

        @tf.function(input_signature=[tf.TensorSpec([None, 2], tf.float32)])
        def double(x):
            return x * 2.0

        for rows in (1, 3, 1, 3):
            assert double(tf.ones([rows, 2])).numpy().tolist() == [[2.0, 2.0]] * rows
    assert inferred == [((1, 2),), ((3, 2),)]


@tf.custom_gradient
def turned(x):
    return tf.identity(x), tf.transpose


def test_gradients_of_tapes_need_not_fit() -> None:
    message = r"Forward operation: IdentityN.  Input index: 1. Original input shape: \(2, 3\)"

    def slope(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = turned(x)
        return tape.gradient(y, x)

    with context.eager_mode():
        x = tf.constant(np.arange(6.0).reshape(2, 3))
        assert slope(x).shape == (3, 2)
        assert tf.function(slope)(x).shape == (3, 2)
        with pytest.raises(ValueError, match=message), tf.GradientTape() as tape:
            tape.watch(x)
            tape.gradient(tf.function(turned)(x), x)
    with tf.Graph().as_default():
        x = tf.constant(np.arange(6.0).reshape(2, 3))
        with pytest.raises(ValueError, match=message):
            tf.gradients(turned(x), x)
        assert slope(x).shape == (3, 2)
