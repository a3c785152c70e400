"""Sessions take, give and refuse what TensorFlow's do."""

import collections

import numpy as np
import pytest
from behaviour import Behaviour

import evergraph as tf

RUNS = Behaviour("run")
CASES = Behaviour("session")


@pytest.mark.parametrize("name", CASES.names)
def test_session(name: str) -> None:
    CASES.check(name)


@pytest.mark.parametrize("name", RUNS.names)
def test_run(name: str) -> None:
    RUNS.check(name)


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_a_result_can_be_written_to(channels):
    pixels = np.arange(24 * channels, dtype=np.uint8).reshape(4, 6, channels)
    with tf.Graph().as_default(), tf.Session() as session:
        found = session.run(tf.image.decode_png(session.run(tf.image.encode_png(pixels))))
        found[1, 2] = 7
        assert (found[1, 2] == 7).all()


def test_nests_of_the_same_tensors_keep_their_types() -> None:
    """A named tuple equals the plain one: a run is found again by the types as well."""
    pair = collections.namedtuple("pair", "a b")
    with tf.Graph().as_default(), tf.Session() as session:
        a, b = tf.constant(1.0), tf.constant(2.0)
        for _ in range(2):
            assert type(session.run((a, b))) is tuple
            assert session.run(pair(a, b)) == pair(1.0, 2.0)
            assert type(session.run(pair(a, b))) is pair
            assert session.run({"x": a, "y": [b, a]}) == {"x": 1.0, "y": [2.0, 1.0]}
            assert session.run({"x": b, "y": [b, a]}) == {"x": 2.0, "y": [2.0, 1.0]}
            assert session.run({"x": a, "y": (b, a)}) == {"x": 1.0, "y": (2.0, 1.0)}


def test_conditions_added_between_runs_leave_plans_alone() -> None:
    """Programs make summaries between steps: a step is not to be planned again for that."""
    with tf.Graph().as_default() as graph, tf.Session() as session:
        x = tf.placeholder(tf.float32, [])
        y = tf.cond(x > 0.0, lambda: x * 2.0, lambda: -x)
        assert session.run(y, {x: 1.0}) == 2.0
        before = graph._mutations
        more = tf.cond(y > 0.0, lambda: y + 1.0, lambda: y)
        (slope,) = tf.gradients(more, x)
        assert graph._mutations == before
        assert session.run([more, slope], {x: 1.0}) == [3.0, 2.0]
        y.op._update_input(0, tf.constant(7.0))
        assert session.run(y, {x: -1.0}) == 7.0
        more.op._add_control_input(tf.assert_equal(x, 1.0))
        with pytest.raises(tf.errors.InvalidArgumentError):
            session.run(more, {x: 2.0})
