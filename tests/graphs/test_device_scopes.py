"""tf.device blocks within each other, and left by exceptions."""

import pytest

import evergraph as tf


def test_nested_blocks_and_exceptions():
    with tf.Graph().as_default():
        with tf.device("/cpu:0"):
            with tf.device("/gpu:1"):
                inner = tf.constant(1)
            with pytest.raises(ZeroDivisionError), tf.device("/cpu:1"):
                _ = 1 / 0
            outer = tf.constant(2)
        free = tf.constant(3)
    assert [x.device for x in (inner, outer, free)] == ["/device:GPU:1", "/device:CPU:0", ""]


def test_blocks_left_in_the_wrong_order():
    with tf.Graph().as_default():
        first, second = tf.device("/cpu:0"), tf.device("/cpu:1")
        first.__enter__()
        second.__enter__()
        with pytest.raises(RuntimeError, match="without proper scope nesting"):
            first.__exit__(None, None, None)
