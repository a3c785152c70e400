"""Iterators: begun, fed, saved and restored, stopped."""

import gc
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import evergraph as tf


def numbers(n: int) -> Any:
    return tf.data.Dataset.range(n)


def all_of(session: Any, element: Any) -> list[Any]:
    found = []
    while True:
        try:
            found.append(session.run(element))
        except tf.errors.OutOfRangeError:
            return found


def test_reinitializable() -> None:
    with tf.Graph().as_default(), tf.Session() as session:
        iterator = tf.data.Iterator.from_structure(tf.int64, [])
        first, second = iterator.make_initializer(numbers(2)), iterator.make_initializer(numbers(3))
        element = iterator.get_next()
        with pytest.raises(tf.errors.FailedPreconditionError, match="has not been initialized"):
            session.run(element)
        for begin, wanted in ((first, [0, 1]), (second, [0, 1, 2]), (first, [0, 1])):
            session.run(begin)
            assert all_of(session, element) == wanted


def test_feedable() -> None:
    with tf.Graph().as_default(), tf.Session() as session:
        handle = tf.placeholder(tf.string, [])
        either = tf.data.Iterator.from_string_handle(handle, tf.int64, [])
        element = either.get_next()
        one = numbers(4).make_one_shot_iterator()
        other = numbers(9).skip(7).make_initializable_iterator()
        handles = session.run([one.string_handle(), other.string_handle()])
        session.run(other.initializer)
        found = [session.run(element, {handle: handles[i]}) for i in (0, 1, 0, 1, 0)]
        assert found == [0, 7, 1, 8, 2]
        with pytest.raises(tf.errors.NotFoundError):
            session.run(element, {handle: "nobody"})


def test_wrong_dataset() -> None:
    with tf.Graph().as_default():
        iterator = tf.data.Iterator.from_structure(tf.int64, [])
        with pytest.raises(TypeError, match="Expected output types"):
            iterator.make_initializer(tf.data.Dataset.from_tensors(1.0))
        with pytest.raises(TypeError, match="Expected output shapes compatible"):
            iterator.make_initializer(numbers(4).batch(2))
        with pytest.raises(ValueError, match="does not have an initializer"):
            _ = iterator.initializer


def test_one_shot_takes_no_variable() -> None:
    with tf.Graph().as_default():
        v = tf.get_variable("v", [], use_resource=True)
        dataset = numbers(2).map(lambda x: tf.cast(x, tf.float32) + v)
        with pytest.raises(ValueError, match="Failed to create a one-shot iterator"):
            dataset.make_one_shot_iterator()
        iterator = dataset.make_initializable_iterator()
        element = iterator.get_next()
        with tf.Session() as session:
            session.run([v.assign(2.5), iterator.initializer])
            assert all_of(session, element) == [2.5, 3.5]


@pytest.mark.parametrize("seed", [None, 3])
def test_saved_and_restored(tmp_path: Path, seed: int | None) -> None:
    with tf.Graph().as_default():
        dataset = numbers(10).shuffle(5, seed=seed).map(lambda x: x * 2).repeat(2)
        iterator = dataset.make_initializable_iterator()
        element = iterator.get_next()
        saveable = tf.data.experimental.make_saveable_from_iterator(iterator)
        tf.add_to_collection(tf.GraphKeys.SAVEABLE_OBJECTS, saveable)
        saver = tf.train.Saver()
        path = str(tmp_path / "state")
        with tf.Session() as session:
            session.run(iterator.initializer)
            for _ in range(7):
                session.run(element)
            saver.save(session, path)
            rest = all_of(session, element)
        with tf.Session() as session:
            session.run(iterator.initializer)
            saver.restore(session, path)
            assert all_of(session, element) == rest
        assert len(rest) == 13


def test_optional() -> None:
    with tf.Graph().as_default(), tf.Session() as session:
        iterator = numbers(2).make_initializable_iterator()
        optional = tf.data.experimental.get_next_as_optional(iterator)
        here, value = optional.has_value(), optional.get_value()
        session.run(iterator.initializer)
        assert [session.run([here, value]) for _ in range(2)] == [[True, 0], [True, 1]]
        assert session.run(here) == np.False_
        with pytest.raises(tf.errors.InvalidArgumentError, match="does not have a value"):
            session.run(value)


def test_goes_on_after_an_error() -> None:
    with tf.Graph().as_default(), tf.Session() as session:
        element = (
            tf.data.Dataset.from_tensor_slices([1.0, np.nan, 2.0])
            .map(lambda x: tf.check_numerics(x, "bad"))
            .prefetch(1)
            .make_one_shot_iterator()
            .get_next()
        )
        assert session.run(element) == 1
        with pytest.raises(tf.errors.InvalidArgumentError, match="bad"):
            session.run(element)
        assert session.run(element) == 2


def test_random_numbers_begin_anew_with_the_iterator() -> None:
    with tf.Graph().as_default(), tf.Session() as session:
        dataset = numbers(3).map(lambda x: tf.random_uniform([], seed=4))
        iterator = dataset.make_initializable_iterator()
        element = iterator.get_next()
        found = []
        for _ in range(2):
            session.run(iterator.initializer)
            found.append(all_of(session, element))
        assert found[0] == found[1]
        assert len(set(found[0])) == 3


def threads_beside(before: set[Any], seconds: float = 2.0) -> set[Any]:
    end = time.monotonic() + seconds
    while True:
        left = set(threading.enumerate()) - before
        if not left or time.monotonic() > end:
            return left
        time.sleep(0.01)


def slow(x: Any) -> Any:
    time.sleep(0.01)
    return x


@pytest.mark.parametrize("how", ["prefetch", "map", "interleave"])
def test_no_thread_is_left(how: str) -> None:
    before = set(threading.enumerate())
    with tf.Graph().as_default():
        dataset = numbers(1000).repeat()
        if how == "prefetch":
            dataset = dataset.prefetch(3)
        elif how == "map":
            dataset = dataset.map(lambda x: tf.py_func(slow, [x], tf.int64), num_parallel_calls=4)
        else:
            dataset = dataset.interleave(lambda x: numbers(9), cycle_length=3, num_parallel_calls=3)
        iterator = dataset.make_initializable_iterator()
        element = iterator.get_next()
        session = tf.Session()
        session.run(iterator.initializer)
        for _ in range(5):
            session.run(element)
        session.close()
        del session
        gc.collect()
    assert not threads_beside(before)


def test_a_closed_session_wakes_who_waits() -> None:
    with tf.Graph().as_default():
        stuck = threading.Event()

        def wait(x: Any) -> Any:
            stuck.wait(20)
            return x

        element = (
            numbers(3)
            .map(lambda x: tf.py_func(wait, [x], tf.int64))
            .prefetch(1)
            .make_one_shot_iterator()
            .get_next()
        )
        session = tf.Session()
        errors: list[Exception] = []

        def run() -> None:
            try:
                session.run(element)
            except Exception as error:
                errors.append(error)

        thread = threading.Thread(target=run)
        thread.start()
        time.sleep(0.2)
        session.close()
        thread.join(5)
        stuck.set()
        assert not thread.is_alive()
        assert isinstance(errors[0], tf.errors.CancelledError)


def test_graph_with_a_dataset_goes_through_a_graph_def() -> None:
    with tf.Graph().as_default() as graph:
        dataset = numbers(6).filter(lambda x: x % 2 < 1).map(lambda x: x + 1).batch(2)
        dataset.make_one_shot_iterator().get_next(name="element")
        graph_def = graph.as_graph_def()
    with tf.Graph().as_default(), tf.Session() as session:
        (element,) = tf.import_graph_def(graph_def, return_elements=["element:0"])
        assert [list(v) for v in all_of(session, element)] == [[1, 3], [5]]


def test_generator_is_finished_when_the_iterator_goes() -> None:
    finished = []

    def generate() -> Any:
        try:
            yield from range(5)
        finally:
            finished.append(True)

    with tf.Graph().as_default(), tf.Session() as session:
        dataset = tf.data.Dataset.from_generator(generate, tf.int64, []).take(2)
        assert all_of(session, dataset.make_one_shot_iterator().get_next()) == [0, 1]
    gc.collect()
    assert finished == [True]


def test_generator_that_raises() -> None:
    def generate() -> Any:
        yield 1
        raise RuntimeError("no more")

    with tf.Graph().as_default(), tf.Session() as session:
        dataset = tf.data.Dataset.from_generator(generate, tf.int64, [])
        element = dataset.make_one_shot_iterator().get_next()
        assert session.run(element) == 1
        with pytest.raises(tf.errors.UnknownError, match="no more"):
            session.run(element)
