"""Side effects attached to tensors."""

import collections

import pytest

import evergraph as tf
from evergraph.library.subscribe import subscribe


def test_side_effects_run_when_consumers_do():
    seen = []

    def note(tensor):
        return [tf.py_func(lambda x: seen.append(float(x)), [tensor], [])]

    with tf.Graph().as_default() as graph:
        a = tf.constant(1.0, name="a")
        b = tf.add(a, 2.0)
        with tf.control_dependencies([a.op]):
            c = tf.constant(5.0)
        watched = subscribe({"x": [a]}, note)["x"][0]
        assert watched.op.name == "a/subscription/Identity"
        assert b.op.inputs[0] is watched and c.op.control_inputs == [watched.op]
        # Again, by either name: more side effects for the same Identity.
        assert subscribe(a, [note]) is watched
        with tf.Session(graph=graph) as session:
            assert session.run(b) == 3.0
    assert seen == [1.0, 1.0]


def test_structures():
    Pair = collections.namedtuple("Pair", "x y")
    with tf.Graph().as_default():
        a, b = tf.constant(1), tf.constant(2)
        found = subscribe(Pair(a, (b,)), lambda t: [tf.identity(t)])
        assert isinstance(found, Pair) and isinstance(found.y, tuple)
        with pytest.raises(TypeError, match="invalid type"):
            subscribe(object(), lambda t: [])
