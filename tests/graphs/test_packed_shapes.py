"""Shapes that are packed from parts of unknown shape: as TensorFlow 1.15 infers them."""

import evergraph as tf


def test_a_pack_of_unknown_parts_is_a_vector_where_a_shape_is_read() -> None:
    with tf.Graph().as_default():
        count = 3 * tf.placeholder(tf.int32)  # of unknown rank
        table = tf.placeholder(tf.int32, [None, 5])
        assert tf.stack([count]).shape.ndims is None
        assert tf.reshape(table, [count]).shape.as_list() == [None]
        assert tf.reshape(tf.placeholder(tf.int32), tf.stack([count])).shape.as_list() == [None]
        assert tf.random_uniform([count]).shape.as_list() == [None]
        assert tf.tile(table, [count, 1]).shape.as_list() == [None, 5]
        # The rank is known, so the order of axes is a constant.
        assert tf.transpose(tf.reshape(table, [count])).op.inputs[1].op.type == "Const"


def test_a_packed_shape_of_unknown_parts_runs() -> None:
    with tf.Graph().as_default(), tf.Session() as session:
        count = tf.placeholder(tf.int32)
        flat = tf.reshape([[1, 2], [3, 4]], [2 * count])
        assert session.run(flat, {count: 2}).tolist() == [1, 2, 3, 4]
