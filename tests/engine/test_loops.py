"""Loops: the plan writes them as Python loops, and gives what the slow evaluator gives."""

import threading

import numpy as np
import pytest

import evergraph as tf
from evergraph.engine.frames import Unstructured
from evergraph.engine.planning import make_plan
from evergraph.graph.apply import apply_op
from tests.engine.harness import check

X = np.linspace(-1, 1, 6, dtype=np.float32).reshape(2, 3)


@pytest.fixture
def graph():
    with tf.Graph().as_default() as g:
        yield g


def test_counter_stays_on_the_host(graph):
    x = tf.placeholder(tf.float32, [2, 3])
    results = tf.while_loop(lambda i, y: i < 5, lambda i, y: (i + 1, y * 2.0 + x), [0, x])
    source = check(graph, [], results, feeds={x: X})
    assert "while True:" in source
    assert "torch.lt" not in source


def test_scalar_that_an_iteration_makes_with_torch(graph):
    """It starts on the host, and is lowered again as a torch scalar."""
    x = tf.placeholder(tf.float32, [2, 3])
    results = tf.while_loop(
        lambda i, total: i < 3,
        lambda i, total: (i + 1, total + tf.reduce_sum(x)),
        [0, tf.constant(0.0)],
    )
    check(graph, [], results, feeds={x: X})


def test_loop_that_never_turns(graph):
    x = tf.placeholder(tf.float32, [2, 3])
    results = tf.while_loop(lambda i, y: i < 0, lambda i, y: (i + 1, -y), [0, x])
    check(graph, [], [*results, x * 2.0], feeds={x: X})


def test_loop_in_a_loop_with_a_branch(graph):
    x = tf.placeholder(tf.float32, [2, 3])

    def body(i, a):
        def inner(j, b):
            return j + 1, b + tf.cast(j, tf.float32) * x

        _, b = tf.while_loop(lambda j, b: j < i, inner, [0, a])
        return i + 1, tf.cond(tf.equal(i % 2, 0), lambda: b + 1.0, lambda: b * 0.5)

    results = tf.while_loop(lambda i, a: i < 6, body, [0, x])
    source = check(graph, [], results, feeds={x: X})
    assert source.count("while True:") == 2


@pytest.mark.parametrize("taken", [True, False])
def test_loop_in_a_branch(graph, taken):
    x = tf.placeholder(tf.float32, [2, 3])
    p = tf.placeholder(tf.bool, [])

    def repeated():
        return tf.while_loop(lambda i, a: i < 3, lambda i, a: (i + 1, a * x), [0, x])[1]

    result = tf.cond(p, repeated, lambda: -x)
    check(graph, [], [result], feeds={x: X, p: taken})


@pytest.mark.parametrize("use_resource", [True, False])
def test_variable_written_in_a_loop(graph, use_resource):
    v = tf.get_variable("v", initializer=np.zeros(3, np.float32), use_resource=use_resource)

    def body(i):
        with tf.control_dependencies([v.assign_add(tf.ones([3]))]):
            return i + 1

    before = tf.identity(v)
    with tf.control_dependencies([before]):
        count = tf.while_loop(lambda i: i < 4, body, [0])
    with tf.control_dependencies([count]):
        after = v.read_value() * 1.0
    check(graph, [v.initializer], [count, after])


def test_predicate_from_outside(graph):
    p = tf.placeholder(tf.bool, [])
    x = tf.placeholder(tf.float32, [2, 3])

    def body(i, a):
        return i + 1, tf.cond(p, lambda: a + x, lambda: a - x)

    results = tf.while_loop(lambda i, a: i < 3, body, [0, x])
    check(graph, [], results, feeds={x: X, p: True})


def test_nothing_but_a_loop(graph):
    """All that the loop needs is fed: it stands alone in its frame."""
    p, i = tf.placeholder(tf.bool, []), tf.placeholder(tf.int32, [])
    count = tf.while_loop(lambda i: tf.logical_and(p, i < 3), lambda i: i + 1, [i])
    kept = tf.while_loop(lambda i: p, lambda i: i + 1, [i])
    check(graph, [], [count], feeds={p: True, i: 0})
    check(graph, [], [count, kept], feeds={p: False, i: 2})
    with tf.Session() as session:
        assert session.run([kept, count], {p: False, i: 3}) == [3, 3]
        assert session.run(kept, {p: False, i: 3}) == 3


def test_strings_and_lists_of_shapes(graph):
    _, text = tf.while_loop(
        lambda i, s: i < 3,
        lambda i, s: (i + 1, tf.string_join([s, "x"])),
        [0, tf.constant("a")],
    )
    _, shape = tf.while_loop(
        lambda i, s: i < 3, lambda i, s: (i + 1, s * [2, 1]), [0, tf.constant([1, 2])]
    )
    with tf.Session() as session:
        assert session.run(text) == b"axxx"
        assert session.run(shape).tolist() == [8, 2]


def test_loop_of_another_pattern_runs_by_tokens(graph):
    """Two conditions take turns: no `while_loop` makes this, but TensorFlow runs it."""

    def invariant(value):
        return apply_op("Enter", tf.constant(value), frame_name="f", is_constant=True)

    enter = apply_op("Enter", tf.constant(0), frame_name="f")
    merge = apply_op("Merge", [enter, enter])
    first = apply_op("LoopCond", merge.output < invariant(6))
    second = apply_op("LoopCond", merge.output < invariant(9))
    switch = apply_op("Switch", merge.output, first)
    other = apply_op("Switch", switch.output_true, second)
    again = apply_op("NextIteration", other.output_true + invariant(1))
    merge.output.op._update_input(1, again)
    result = apply_op("Exit", switch.output_false)
    with pytest.raises(Unstructured):
        make_plan([result], [], [])
    with tf.Session() as session:
        assert session.run(result) == 6


def test_error_in_an_iteration_names_the_node(graph):
    def body(i, x):
        return i + 1, tf.check_numerics(x / 0.0, "bad", name="looked_at")

    result = tf.while_loop(lambda i, x: i < 3, body, [0, tf.placeholder_with_default(X, [2, 3])])
    with tf.Session() as session:
        with pytest.raises(tf.errors.InvalidArgumentError, match="bad : Tensor had") as caught:
            session.run(result)
        assert "while/looked_at" in str(caught.value)
        assert session.run(tf.constant(1)) == 1


def test_run_told_to_stop_stops(graph):
    result = tf.while_loop(lambda i: i >= 0, lambda i: i * 1, [1])
    with tf.Session() as session:
        state = session._state
        me = threading.get_ident()
        error = tf.errors.DeadlineExceededError(None, None, "too long")
        timer = threading.Timer(0.2, lambda: state.stopping.update({me: error}))
        timer.start()
        with pytest.raises(tf.errors.DeadlineExceededError):
            session.run(result)
        assert session.run(tf.constant(1)) == 1


def test_array_keeps_the_value_that_a_variable_had(graph):
    v = tf.get_variable("v", initializer=np.zeros(3, np.float32), use_resource=True)
    array = tf.TensorArray(tf.float32, 1).write(0, v.read_value())
    with tf.control_dependencies([array.flow]):
        change = v.assign_add(tf.ones([3]))
    with tf.control_dependencies([change]):
        kept = array.read(0)
    check(graph, [v.initializer], [kept])


def test_loop_gives_back_the_value_that_a_variable_had(graph):
    v = tf.get_variable("v", initializer=np.zeros(3, np.float32), use_resource=True)
    _, old = tf.while_loop(lambda i, x: i < 3, lambda i, x: (i + 1, x), [0, v.read_value()])
    with tf.control_dependencies([old]):
        change = v.assign_add(tf.ones([3]))
    with tf.control_dependencies([change]):
        kept = tf.identity(old) + 0.0
    check(graph, [v.initializer], [kept])


def test_loops_side_by_side_feed_one_node(graph):
    enters = [apply_op("Enter", tf.constant(1.0), frame_name=name) for name in ("a", "b")]
    with tf.Session() as session:
        with pytest.raises(tf.errors.InvalidArgumentError) as caught:
            session.run(enters[0] + enters[1])
    assert caught.value.message.split("\n")[0] == (
        "node add has inputs from different frames. The input node Enter_1 is in frame 'b'. "
        "The input node Enter is in frame 'a'."
    )


def test_timed_run_sees_each_iteration(graph):
    x = tf.placeholder(tf.float32, [2, 3])
    results = tf.while_loop(lambda i, y: i < 5, lambda i, y: (i + 1, tf.tanh(y)), [0, x])
    metadata = tf.RunMetadata()
    options = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)
    with tf.Session() as session:
        session.run(results, {x: X}, options, metadata)
    names = [n.node_name for d in metadata.step_stats.dev_stats for n in d.node_stats]
    assert names.count("while/Tanh") == 5
