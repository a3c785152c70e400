"""Lists of symbolic tensors in NumPy's functions: arrays of objects, as beside TensorFlow 1.15."""

import numpy as np
import pytest

import evergraph as tf


def test_lists_of_tensors_are_arrays_of_objects() -> None:
    with tf.Graph().as_default(), tf.Session() as session:
        a, b = tf.ones([2]), tf.constant([3.0, 4.0])
        pairs = np.array([[a, b], [a, a]])
        assert pairs.shape == (2, 2) and pairs.dtype == object and pairs[0, 1] is b
        assert np.concatenate([[a], [b]]).tolist() == [a, b]
        assert np.shape([a, b]) == (2,)
        total = np.sum([a, b])
        assert isinstance(total, tf.Tensor)
        assert session.run(total).tolist() == [4.0, 5.0]
        assert session.run(np.prod([tf.size(b), 3])) == 6


def test_a_tensor_alone_is_no_array() -> None:
    with tf.Graph().as_default():
        a = tf.zeros([2, 3])
        with pytest.raises(NotImplementedError, match="Cannot convert a symbolic Tensor"):
            np.array(a)
        with pytest.raises(ValueError, match="setting an array element with a sequence"):
            np.array([a], np.float32)


def test_lists_of_tensors_are_compared_by_identity() -> None:
    case = tf.test.TestCase()
    with tf.Graph().as_default():
        a, b = tf.zeros([2, 3]), tf.ones([4])
        case.assertAllEqual([[a, b], [b, a]], [[a, b], [b, a]])
        with pytest.raises(AssertionError):
            case.assertAllEqual([a, a], [tf.identity(a), a])
