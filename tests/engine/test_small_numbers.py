"""Numbers too small for full precision are zeros in a run, as TensorFlow gave them."""

import warnings

import numpy as np
import pytest

import evergraph as tf

FLOATS = np.float32([1e-40, 2e-38, 1e-39, 3e-45])
KEPT = [0.0, np.float32(2e-38), 0.0, 0.0]
DOUBLES = [1e-310, 1e-307, 3e-308, 1e-40]


def test_what_is_computed_is_flushed() -> None:
    with tf.Graph().as_default(), tf.Session() as session:
        x, d = tf.placeholder(tf.float32, [None]), tf.placeholder(tf.float64, [None])
        kept = [x * 1.0, x + 0.0, tf.cast(x, tf.float64), tf.maximum(x, 0.0), tf.nn.relu(x)]
        halves = [x * 0.5, x / 2.0, d * 1.0, d * 0.5]
        same, product = tf.identity(x), tf.matmul(x[None], tf.ones([4, 1]))
        found = session.run([kept, halves, same, product], {x: FLOATS, d: DOUBLES})
        for values in found[0]:
            assert values.tolist() == KEPT
        assert not any(found[1][0]) and not any(found[1][1])
        assert found[1][2].tolist() == [0, 1e-307, 3e-308, 1e-40]
        assert found[1][3].tolist() == [0, 5e-308, 0, 5e-41]
        assert found[2].tolist() == FLOATS.tolist()
        assert found[3].tolist() == [[np.float32(2e-38)]]


def test_roots() -> None:
    with tf.Graph().as_default(), tf.Session() as session, warnings.catch_warnings():
        warnings.simplefilter("error")
        x = tf.placeholder(tf.float32, [None])
        found = session.run([tf.sqrt(x), tf.sqrt(x * 2.0)], {x: [-1, 0, 4, 1e-40, np.inf]})
        np.testing.assert_allclose(found[0], [np.nan, 0, 2, 0, np.inf], rtol=1e-6)
        np.testing.assert_allclose(found[1], [np.nan, 0, np.sqrt(8), 0, np.inf], rtol=1e-6)


def test_all_threads_of_a_run_flush() -> None:
    with tf.Graph().as_default(), tf.Session() as session:
        v = tf.Variable(np.full(1 << 20, 1e-38, np.float32))
        session.run(v.initializer)
        assert not session.run(v.assign(v * 0.5)).any()


def test_numbers_outside_of_runs_are_not() -> None:
    with tf.Graph().as_default(), tf.Session() as session:
        session.run(tf.constant(1.0) + 1)
        assert np.float32(1e-40) * np.float32(1) > 0
        wrong = tf.check_numerics(tf.placeholder_with_default(np.inf, []), "x")
        with pytest.raises(tf.errors.InvalidArgumentError):
            session.run(wrong)
        assert np.float32(1e-40) * np.float32(1) > 0
