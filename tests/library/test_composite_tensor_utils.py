"""Rows of composite tensors put together."""

import numpy as np
import pytest

import evergraph as tf
from evergraph.library import composite_tensor_utils as utils


def test_sparse_values():
    one = tf.SparseTensorValue([[0, 0]], [1], [1, 2])
    two = tf.SparseTensorValue([[0, 1], [2, 0]], [2, 3], [3, 2])
    both = utils.append_composite_tensor(one, two)
    np.testing.assert_array_equal(both.indices, [[0, 0], [1, 1], [3, 0]])
    np.testing.assert_array_equal(both.values, [1, 2, 3])
    assert tuple(both.dense_shape) == (4, 2)
    assert utils.get_shape(one) == [1, 2]
    with pytest.raises(RuntimeError, match="do not match inner dimensions"):
        utils.append_composite_tensor(one, tf.SparseTensorValue([[0, 0]], [1], [1, 3]))
    with pytest.raises(RuntimeError, match="Unable to concatenate"):
        utils.append_composite_tensor(one, [1])


def test_sparse_tensors():
    with tf.Graph().as_default(), tf.Session() as session:
        one = tf.SparseTensor([[0, 0]], [1], [1, 1])
        both = session.run(utils.append_composite_tensor(one, one))
        np.testing.assert_array_equal(both.indices, [[0, 0], [1, 0]])
        assert utils.is_composite_or_composite_value(one)
        assert not utils.is_composite_or_composite_value(tf.constant(1))
