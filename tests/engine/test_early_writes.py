"""Reads that nothing orders against a write, in runs where TensorFlow always gives the same."""

from collections.abc import Callable
from typing import Any

import pytest

import evergraph as tf


def doubled(count: Any) -> Any:
    return count * 2


def as_float(count: Any) -> Any:
    return tf.sqrt(tf.cast(count, tf.float32))


@pytest.mark.parametrize(
    ("resource", "read", "dtype", "expected"),
    [
        (False, doubled, tf.int64, 2),  # computed at once, before the other thread has written
        (False, as_float, tf.int64, 4),
        (False, as_float, tf.int32, 1),
        (True, doubled, tf.int32, 32),
        (True, as_float, tf.int32, 4),
    ],
)
def test_writes_of_constants(
    resource: bool, read: Callable[[Any], Any], dtype: tf.DType, expected: float
) -> None:
    with tf.Graph().as_default(), tf.Session() as session:
        weights = [tf.Variable(float(i)) for i in range(10)]
        count = tf.Variable(1, dtype=dtype, use_resource=resource)
        found = read(count)
        add = tf.assign_add(count, 15)
        others = tf.group(*[w * 2.0 for w in weights])
        session.run(tf.global_variables_initializer())
        assert session.run([found, add.op, others])[0] == expected
        assert session.run(count) == 16


def test_writes_of_what_is_computed_come_late() -> None:
    with tf.Graph().as_default(), tf.Session() as session:
        weights = [tf.Variable(float(i)) for i in range(10)]
        count = tf.Variable(1, dtype=tf.int64)
        found = tf.cast(count, tf.float32) + 1.0
        add = tf.assign_add(count, tf.cast(weights[4] + weights[5], tf.int64))
        session.run(tf.global_variables_initializer())
        assert session.run([found, add.op])[0] == 2.0
        assert session.run(count) == 10


def test_a_write_that_waits_for_the_read() -> None:
    with tf.Graph().as_default(), tf.Session() as session:
        weights = [tf.Variable(float(i)) for i in range(10)]
        count = tf.Variable(1, dtype=tf.int64)
        found = tf.cast(count, tf.float32) + 1.0
        with tf.control_dependencies([found, *[w * 2.0 for w in weights]]):
            add = tf.assign_add(count, 5)
        session.run(tf.global_variables_initializer())
        assert session.run([found, add.op])[0] == 2.0


@pytest.mark.parametrize(("size", "expected"), [(20, 1.0), (60, 4.0)])
def test_beside_loops(size: int, expected: float) -> None:
    with tf.Graph().as_default(), tf.Session() as session:
        weights = [tf.Variable(float(i)) for i in range(size)]
        count = tf.Variable(1, dtype=tf.int64)
        looped = tf.while_loop(lambda i, x: i < 3, lambda i, x: (i + 1, x * 2.0), (0, weights[1]))
        add = tf.assign_add(count, 15)
        found = tf.sqrt(tf.cast(count, tf.float32))
        others = tf.group(looped[1], *[tf.assign_sub(w, found * looped[1]) for w in weights])
        session.run(tf.global_variables_initializer())
        assert session.run([found, add.op, others])[0] == expected
