"""Gradients of while loops: what TensorFlow only fails at by accident."""

import numpy as np
import pytest

import evergraph as tf
from evergraph.graph.composite import IndexedSlicesValue
from evergraph.library.testing.gradient_checker_v2 import _to_numpy


def loop(x):
    return tf.while_loop(lambda i, v: i < 3, lambda i, v: (i + 1, v * v), [0, x])[1]


def test_loop_without_its_context():
    """A GraphDef tells nothing of contexts; a MetaGraphDef does."""
    with tf.Graph().as_default() as graph:
        loop(tf.constant(2.0, name="x"))
    with tf.Graph().as_default():
        x, y = tf.import_graph_def(graph.as_graph_def(), return_elements=["x:0", "while/Exit_1:0"])
        with pytest.raises(ValueError, match="without properly serializing graph via MetaGraph"):
            tf.gradients(y, x)


def test_context_is_left_after_an_error():
    with tf.Graph().as_default() as graph:
        x = tf.constant([2.0, 1.0])
        y = tf.while_loop(
            lambda v: tf.constant(False), lambda v: tf.unique(v)[0], [x], [tf.TensorShape([None])]
        )
        with pytest.raises(LookupError, match="No gradient defined for operation 'while/Unique'"):
            tf.gradients(y, x)
        assert graph._get_control_flow_context() is None
        (grad,) = tf.gradients(loop(x), x)
        with tf.Session() as session:
            np.testing.assert_allclose(session.run(grad), 8 * np.array([2.0, 1.0]) ** 7)


def test_slices_as_an_array():
    slices = IndexedSlicesValue([[1.0, 2.0], [3.0, 4.0]], [2, 2], np.array([3, 2]))
    np.testing.assert_array_equal(_to_numpy(slices), [[0, 0], [0, 0], [4, 6]])
