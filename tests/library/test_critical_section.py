"""Critical sections, against TensorFlow; and runs in several threads."""

import threading

import numpy as np
import pytest
from behaviour import Behaviour

import evergraph as tf

CASES = Behaviour("critical_section")


@pytest.mark.parametrize("name", CASES.names)
def test_critical_section(name: str) -> None:
    CASES.check(name)


def test_several_threads() -> None:
    section = tf.CriticalSection()
    inside: list[int] = []
    most: list[int] = []

    def note(step: int) -> np.int64:
        inside.append(step) if step > 0 else inside.pop()
        most.append(len(inside))
        return np.int64(step)

    def enter_and_leave():
        enter = tf.py_func(note, [1], tf.int64)
        with tf.control_dependencies([enter]):
            return tf.py_func(note, [-1], tf.int64)

    results = [section.execute(enter_and_leave) for _ in range(4)]
    with tf.Session() as session:
        threads = [
            threading.Thread(target=lambda: [session.run(results) for _ in range(5)])
            for _ in range(3)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60.0)
    assert len(most) == 2 * 4 * 5 * 3 and max(most) == 1


def test_a_failed_run_leaves_no_lock() -> None:
    section = tf.CriticalSection()
    failing = tf.placeholder(tf.bool, [])

    def check():
        with tf.control_dependencies([tf.Assert(tf.logical_not(failing), ["wrong"])]):
            return tf.constant(1.0)

    result = section.execute(check)
    with tf.Session() as session:
        with pytest.raises(tf.errors.InvalidArgumentError) as kept:
            session.run(result, {failing: True})
        found: list[float] = []
        thread = threading.Thread(
            target=lambda: found.append(session.run(result, {failing: False})), daemon=True
        )
        thread.start()
        thread.join(10.0)
    assert found == [1.0] and kept.value.message.startswith("assertion failed")
