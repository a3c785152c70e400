"""Conds, and gradients through them, give the right values; only the branch that is taken runs."""

import numpy as np
import pytest

import evergraph as tf
from evergraph.api import control_flow_ops


@pytest.fixture
def session():
    with tf.Graph().as_default(), tf.Session() as session:
        yield session


def test_cond(session):
    p, x = tf.placeholder(tf.bool), tf.placeholder(tf.float32)
    y = tf.cond(p, lambda: x * 2.0, lambda: x + 1.0)
    (grad,) = tf.gradients(y, x)
    for value, wanted in ((True, (6.0, 2.0)), (False, (4.0, 1.0))):
        assert tuple(session.run([y, grad], {p: value, x: 3.0})) == wanted


def test_nested_cond(session):
    x = tf.placeholder(tf.float32)
    y = tf.cond(x > 0.0, lambda: tf.cond(x > 10.0, lambda: x * x, lambda: x * 3.0), lambda: -x)
    (grad,) = tf.gradients(y, x)
    for value, wanted in ((11.0, (121.0, 22.0)), (2.0, (6.0, 3.0)), (-2.0, (2.0, -1.0))):
        assert tuple(session.run([y, grad], {x: value})) == wanted


def test_only_one_branch_runs(session):
    p = tf.placeholder(tf.bool)
    v = tf.Variable(0.0)
    y = tf.cond(p, lambda: tf.assign_add(v, 1.0), lambda: tf.assign_sub(v, 10.0))
    session.run(v.initializer)
    assert session.run(y, {p: True}) == 1.0
    assert session.run(y, {p: True}) == 2.0
    assert session.run(y, {p: False}) == -8.0
    assert session.run(v) == -8.0


def test_case(session):
    x = tf.placeholder(tf.int32)
    pairs = [(tf.equal(x, 1), lambda: 10 * x), (tf.equal(x, 2), lambda: 20 * x)]
    y = tf.case(pairs, default=lambda: -x, exclusive=True)
    assert [session.run(y, {x: i}) for i in (1, 2, 3)] == [10, 40, -3]


def test_case_without_default_complains(session):
    x = tf.placeholder(tf.int32)
    y = tf.case([(tf.equal(x, 1), lambda: x), (tf.equal(x, 2), lambda: x * 2)])
    assert session.run(y, {x: 2}) == 4
    with pytest.raises(tf.errors.InvalidArgumentError, match="None of conditions evaluated"):
        session.run(y, {x: 3})


def test_assert(session):
    x = tf.placeholder(tf.float32, [2])
    with tf.control_dependencies([tf.Assert(tf.reduce_all(x > 0), [x], summarize=2)]):
        y = tf.identity(x)
    assert list(session.run(y, {x: [1.0, 2.0]})) == [1.0, 2.0]
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"assertion failed: \[-1 2\]"):
        session.run(y, {x: [-1.0, 2.0]})


def test_indexed_slices_add_up(session):
    w = tf.constant([[1.0], [2.0], [3.0]])
    y = tf.gather(w, [0, 2, 0]) * 2.0
    (slices,) = tf.gradients(y, w)
    assert isinstance(slices, tf.IndexedSlices)
    dense = session.run(tf.convert_to_tensor(slices))
    np.testing.assert_array_equal(dense, [[4.0], [0.0], [2.0]])


@pytest.mark.parametrize("method", [0, 1, 2])
@pytest.mark.parametrize("gate", [False, True])
def test_aggregation(session, method, gate):
    x = tf.constant([1.0, 2.0])
    y = tf.reduce_sum(x * x) + tf.reduce_sum(x) + tf.reduce_sum(x * 3.0)
    (grad,) = tf.gradients(y, x, gate_gradients=gate, aggregation_method=method)
    assert list(session.run(grad)) == [6.0, 8.0]


def test_unconnected(session):
    x, y = tf.constant([1.0, 2.0]), tf.constant(3.0)
    assert tf.gradients(y, x) == [None]
    (zeros,) = tf.gradients(y, x, unconnected_gradients=tf.UnconnectedGradients.ZERO)
    assert list(session.run(zeros)) == [0.0, 0.0]


def test_hessian_vector_product(session):
    x = tf.constant([1.0, 2.0])
    y = tf.reduce_sum(x * x * x)
    from_gradients = tf.gradients(tf.gradients(y, x)[0] * tf.constant([1.0, 10.0]), x)[0]
    assert list(session.run(from_gradients)) == [6.0, 120.0]


def test_frozen_graph_gives_the_same(session):
    v = tf.Variable([1.0, 2.0])
    y = tf.identity(v * 2.0, name="y")
    session.run(v.initializer)
    frozen = tf.graph_util.convert_variables_to_constants(
        session, session.graph.as_graph_def(), ["y"]
    )
    with tf.Graph().as_default():
        (again,) = tf.import_graph_def(frozen, return_elements=["y:0"])
        with tf.Session() as other:
            assert list(other.run(again)) == [2.0, 4.0]
    assert list(session.run(y)) == [2.0, 4.0]


def test_write_graph(tmp_path):
    with tf.Graph().as_default() as graph:
        tf.constant(1.5, name="a")
        text = tf.train.write_graph(graph, str(tmp_path / "made"), "graph.pbtxt")
        binary = tf.train.write_graph(graph.as_graph_def(), str(tmp_path), "g.pb", as_text=False)
    with open(text) as file:
        assert 'name: "a"' in file.read()
    with open(binary, "rb") as file:
        assert tf.GraphDef.FromString(file.read()) == graph.as_graph_def()


def test_reference_chosen_at_run_time(session):
    i = tf.placeholder(tf.int32, [])
    a, b = tf.Variable([1.0]), tf.Variable([2.0])
    chosen = control_flow_ops.ref_select(i, [a._ref(), b._ref()])
    added = tf.assign_add(chosen, [10.0])
    session.run(tf.global_variables_initializer())
    assert session.run(chosen, {i: 1}) == [2.0]
    assert session.run(added, {i: 1}) == [12.0]
    assert [list(v) for v in session.run([a, b])] == [[1.0], [12.0]]
