"""Functions with gradients of their own; the numbers are TensorFlow's."""

import numpy as np
import pytest

import evergraph as tf


def run(*tensors: object) -> list[object]:
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        return session.run(list(tensors))


def test_swish_builds_what_tensorflow_builds() -> None:
    with tf.Graph().as_default() as graph:
        x = tf.constant([-1.0, 0.5, 3.0])
        y = tf.nn.swish(x)
        (gradient,) = tf.gradients(y, x)
        names = [node.name for node in graph.as_graph_def().node]
        assert names[:5] == ["Const", "Sigmoid", "mul", "Identity", "IdentityN"]
        assert "gradients/IdentityN_grad/Sigmoid" in names
        value, slope = run(y, gradient)
    np.testing.assert_allclose(value, [-0.26894143, 0.31122968, 2.8577223], rtol=1e-6)
    np.testing.assert_allclose(slope, [0.07232949, 0.7399612, 1.0881041], rtol=1e-6)


def test_gradients_of_arguments_and_variables() -> None:
    with tf.Graph().as_default(), tf.variable_scope("v", use_resource=True):

        @tf.custom_gradient
        def product(a, b):
            w = tf.get_variable("w", [], initializer=tf.ones_initializer())

            def grad(dy, variables=None):
                return [dy * 3, dy * 4], [dy * 5 for _ in variables]

            return a * b * w, grad

        a, b = tf.constant(2.0), tf.constant(3.0)
        y = product(a, b)
        w = tf.get_variable_scope().global_variables()
        assert run(y, *tf.gradients(y, [a, b, *w])) == [6.0, 3.0, 4.0, 5.0]


def test_what_it_refuses() -> None:
    with tf.Graph().as_default():

        @tf.custom_gradient
        def with_variable(x):
            return x * tf.get_variable("w", []), lambda dy: dy

        with pytest.raises(TypeError, match="must be `ResourceVariable`s"):
            with_variable(tf.constant(1.0))
        with pytest.raises(ValueError, match="keywords arguments only when eager"):
            with_variable(x=tf.constant(1.0))
        with tf.variable_scope("r", use_resource=True), pytest.raises(TypeError, match="variables"):
            with_variable(tf.constant(1.0))


def test_pass_through_and_recompute() -> None:
    with tf.Graph().as_default(), tf.variable_scope("", use_resource=True):
        x = tf.constant([1.5, 2.5])
        floored = tf.grad_pass_through(tf.floor)(x)
        squared = tf.recompute_grad(lambda t: tf.square(t) * t)(x)
        found = run(floored, *tf.gradients(floored * 3, x), squared, *tf.gradients(squared, x))
    np.testing.assert_allclose(found[0], [1.0, 2.0])
    np.testing.assert_allclose(found[1], [3.0, 3.0])
    np.testing.assert_allclose(found[2], [3.375, 15.625])
    np.testing.assert_allclose(found[3], [6.75, 18.75])
