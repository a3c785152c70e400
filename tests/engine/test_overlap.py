"""Python functions of one run that wait for each other, as TensorFlow lets them."""

import queue
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import evergraph as tf


def function(call: Callable[..., Any], *inputs: Any, dtype: Any = tf.int64) -> Any:
    return tf.py_func(call, list(inputs), dtype)


@pytest.mark.parametrize("first", [0, 1])
def test_functions_that_wait_for_each_other(first: int) -> None:
    there: queue.Queue[int] = queue.Queue(1)
    back: queue.Queue[int] = queue.Queue(1)

    def ask() -> int:
        there.put(42)
        return back.get(timeout=20)

    def answer() -> int:
        back.put(there.get(timeout=20) + 1)
        return 7

    calls = [ask, answer] if first == 0 else [answer, ask]
    with tf.Graph().as_default(), tf.Session() as session:
        tensors = [function(call) for call in calls]
        found = session.run([*tensors, tensors[0] + tensors[1]])
    assert found == ([43, 7, 50] if first == 0 else [7, 43, 50])


@pytest.mark.parametrize("kind", ["FIFOQueue", "PaddingFIFOQueue", "RandomShuffleQueue"])
def test_a_small_queue_is_filled_and_emptied_in_one_run(kind: str) -> None:
    more = (0,) if kind == "RandomShuffleQueue" else ()
    with tf.Graph().as_default(), tf.Session() as session:
        q = getattr(tf, kind)(1, *more, [tf.int32], [()])
        puts = [q.enqueue(i) for i in range(3)]
        many = q.enqueue_many([[3, 4, 5]])
        taken = q.dequeue_many(6)
        options = tf.RunOptions(timeout_in_ms=20000)
        for order in ([taken, many, *puts], [*puts, many, taken]):
            found = session.run(order, options=options)
            assert sorted(next(f for f in found if f is not None)) == [0, 1, 2, 3, 4, 5]
        assert session.run([q.dequeue(), puts[2]])[0] == 2
        assert session.run(q.size()) == 0


def test_quick_functions_run_in_the_order_of_the_plan() -> None:
    ran = []
    with tf.Graph().as_default(), tf.Session() as session:
        tensors = [function(lambda i=i: ran.append(i) or i) for i in range(4)]
        for _ in range(5):
            assert session.run(tensors) == [0, 1, 2, 3]
    assert ran == [0, 1, 2, 3] * 5


def test_one_after_the_other_where_one_needs_the_other() -> None:
    with tf.Graph().as_default(), tf.Session() as session:
        x = function(lambda: time.sleep(0.1) or 3)
        y = function(lambda v: v + 1, x * 2)
        with tf.control_dependencies([y]):
            z = function(lambda: 5)
        assert session.run([x, y, z]) == [3, 7, 5]


def test_groups_keep_the_order() -> None:
    """They are nodes that leave no steps in a plan."""
    ran = []

    def slow() -> int:
        time.sleep(0.1)
        ran.append("slow")
        return 1

    with tf.Graph().as_default(), tf.Session() as session:
        x = function(slow)
        with tf.control_dependencies([tf.group(tf.no_op(), tf.identity(x).op)]):
            y = function(lambda: ran.append("late") or 2)
        assert session.run([x, y, function(lambda: 3)]) == [1, 2, 3]
    assert ran == ["slow", "late"]


def test_the_error_of_either() -> None:
    def fail() -> int:
        time.sleep(0.1)
        raise ValueError("no such thing")

    with tf.Graph().as_default(), tf.Session() as session:
        good, bad = function(lambda: 1), function(fail)
        for fetches in ([good, bad], [bad, good]):
            with pytest.raises(tf.errors.InvalidArgumentError, match="ValueError: no such thing"):
                session.run(fetches)


def test_what_a_slow_function_was_given_stays_as_it_was() -> None:
    """Neither an update of the variable nor a result written in place changes its argument."""

    def total(x: np.ndarray) -> np.int64:
        time.sleep(0.1)
        return np.int64(x.sum())

    with tf.Graph().as_default(), tf.Session() as session:
        v = tf.Variable(np.ones(1000, np.float32), use_resource=True)
        session.run(v.initializer)
        doubled = v * 2.0
        slow, quick = function(total, doubled), function(lambda: 1)
        later = tf.nn.relu(doubled + 1.0)
        update = v.assign_add(tf.fill([1000], 5.0))
        found = session.run([slow, quick, tf.reduce_sum(later), update.op])
    assert found[:3] == [2000, 1, 3000.0]
