"""Views of variables that a run writes: in TensorFlow some follow the write, others are copies."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import evergraph as tf

# What TensorFlow 1.15.5 gives first for [0, 1, 2, ...] of a shape, where 100 is added in the run.
CASES = [
    (tf.identity, (6,), 100),
    (lambda v: tf.reshape(v, [2, 3]), (6,), 100),
    (lambda v: tf.transpose(v), (4, 16), 0),
    (lambda v: tf.transpose(v, [0, 2, 1]), (64, 1, 3), 100),
    (lambda v: tf.linalg.adjoint(v), (3, 3), 0),
    (lambda v: tf.broadcast_to(v, [2, 6]), (6,), 0),
    (lambda v: v[1:3], (6,), 1),
    (lambda v: v[1:3], (64, 8), 8),
    (lambda v: v[1:3], (64, 16), 116),
    (lambda v: tf.slice(v, [2, 0], [2, 16]), (64, 16), 132),
    (lambda v: v[:, :2], (64, 4), 0),
    (lambda v: tf.unstack(v)[1], (4, 16), 116),
    (lambda v: tf.unstack(v)[1], (4, 8), 8),
    (lambda v: tf.split(v, 2)[1], (4, 8), 16),
    (lambda v: tf.split(v, [1, 3])[1], (4, 16), 116),
    (lambda v: tf.split(v, [4])[0], (4, 1), 100),
    (lambda v: tf.reshape(tf.transpose(v), [-1]), (4, 16), 0),
]


@pytest.mark.parametrize(("look", "shape", "expected"), CASES)
@pytest.mark.parametrize("resource", [False, True])
def test_fetched_after_a_write(
    look: Callable[[Any], Any], shape: tuple[int, ...], expected: float, resource: bool
) -> None:
    start = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
    with tf.Graph().as_default(), tf.Session() as session:
        variable = tf.get_variable("v", initializer=tf.constant(start), use_resource=resource)
        found = look(variable)
        with tf.control_dependencies([found]):
            add = tf.assign_add(variable, tf.fill(shape, 100.0))
        session.run(tf.global_variables_initializer())
        first = session.run([found, add])[0].ravel()[0]
        # Resource variables leave what was read alone.
        assert first == (expected % 100 if resource and expected >= 100 else expected)


def test_used_after_a_write() -> None:
    with tf.Graph().as_default(), tf.Session() as session:
        variable = tf.Variable(np.eye(2, dtype=np.float32))
        turned = tf.transpose(variable)
        with tf.control_dependencies([turned]):
            add = tf.assign_add(variable, tf.ones([2, 2]))
        with tf.control_dependencies([add]):
            later = turned * 2.0
        session.run(tf.global_variables_initializer())
        assert session.run(later).tolist() == [[2, 0], [0, 2]]
