"""Functions and tapes in eager execution; the numbers are TensorFlow's."""

import functools
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


def ran(function: Any, monkeypatch: Any) -> list[str]:
    """The types of the nodes that run in a call."""
    graph = tf.get_default_graph()
    types, run = [], graph._run
    with monkeypatch.context() as patched:
        patched.setattr(graph, "_run", lambda op: (types.append(op.type), run(op)))
        function()
    return types


def test_tapes_compute_what_is_asked_for(monkeypatch: Any) -> None:
    x = np.arange(6.0, dtype=np.float32).reshape(2, 3)
    image = x[None, :, :, None]
    cases = {
        "MatMul": (lambda w: tf.matmul(x, w), [3, 2]),
        "Conv2DBackpropFilter": (lambda w: tf.nn.conv2d(image, w, 1, "SAME"), [2, 2, 1, 1]),
        "Mul": (lambda w: w * 3.0, [2]),
        "Pow": (lambda w: w**3.0, [2]),
        "RealDiv": (lambda w: w / 3.0, [2]),
    }
    with context.eager_mode():
        for kind, (f, shape) in cases.items():
            w = tf.Variable(tf.ones(shape))
            with tf.GradientTape() as tape:
                y = f(w)
            nodes = ran(functools.partial(tape.gradient, y, w), monkeypatch)
            assert nodes.count(kind) == 1, (kind, nodes)
            assert not {"Log", "Conv2DBackpropInput"} & set(nodes)


def test_gradients_through_scalars_keep_their_shape() -> None:
    with context.eager_mode():
        x = tf.constant(np.arange(6.0).reshape(2, 3))
        for f in (lambda x: x * 2.0, lambda x: x + 2.0, lambda x: x - 2.0):
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = turned(f(x))
            assert tape.gradient(y, x).shape == (3, 2)
        v = tf.Variable([1.0, 2.0])
        with tf.GradientTape() as tape:
            y = v * 3.0 + tf.reduce_sum(v * v) / v
        np.testing.assert_allclose(tape.gradient(y, v), [1.0, 7.75])
