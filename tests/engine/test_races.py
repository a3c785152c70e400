"""Reads and writes that nothing orders: what TensorFlow gave, in all of several runs."""

from typing import Any

import numpy as np
import pytest

import evergraph as tf

WIDTHS = [100, 128, 1]


def _network(use_resource: bool) -> tuple[Any, list[Any]]:
    """The mean output of a network whose weights are far from 0, and its variables."""
    random = np.random.RandomState(0)
    h = x = tf.placeholder(tf.float32, [None, WIDTHS[0]])
    variables = []
    for i, (rows, columns) in enumerate(zip(WIDTHS, WIDTHS[1:], strict=False)):
        first = random.randn(rows, columns).astype(np.float32) * 0.5
        for name, value in ((f"w{i}", first), (f"b{i}", np.ones(columns, np.float32))):
            made = tf.get_variable(name, initializer=value, use_resource=use_resource)
            variables.append(made)
        h = tf.matmul(h, variables[-2]) + variables[-1]
        h = tf.nn.relu(h) if i == 0 else h
    feed = {x: random.rand(64, WIDTHS[0]).astype(np.float32)}
    return (tf.reduce_mean(h), feed), variables


@pytest.mark.parametrize("clip_first", [False, True])
@pytest.mark.parametrize("use_resource", [False, True])
def test_clipped_and_trained_in_one_run(use_resource: bool, clip_first: bool) -> None:
    with tf.Graph().as_default(), tf.Session() as session:
        (loss, feed), variables = _network(use_resource)
        train = tf.train.RMSPropOptimizer(0.05).minimize(loss)
        clip = [v.assign(tf.clip_by_value(v, -0.01, 0.01)) for v in variables]
        session.run(tf.global_variables_initializer())
        alone = session.run(loss, feed)
        fetches = [clip, train, loss] if clip_first else [train, clip, loss]
        found = session.run(fetches, feed)[2]
        # Clipped, then trained: a step goes further than the weights were let.
        assert 0.01 < max(abs(v).max() for v in session.run(variables)) < 0.2
        if use_resource:  # reads are copies, made at once
            assert found == alone
        else:  # the first product has the weights as they were, all that follows has them clipped
            np.testing.assert_allclose(found, 0.24852, atol=1e-5)


def test_writes_that_are_ordered_stay_so() -> None:
    with tf.Graph().as_default(), tf.Session() as session:
        (loss, feed), variables = _network(False)
        train = tf.train.RMSPropOptimizer(0.05).minimize(loss)
        with tf.control_dependencies([train]):
            clip = [v.assign(tf.clip_by_value(v, -0.01, 0.01)) for v in variables]
        session.run(tf.global_variables_initializer())
        session.run([clip, loss], feed)
        assert max(abs(v).max() for v in session.run(variables)) <= 0.01
