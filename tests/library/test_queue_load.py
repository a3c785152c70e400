"""Queues under load, stopped at any moment, and fed from files with faults."""

import itertools
import os
import random
import threading
import time
import traceback

import pytest

import evergraph as tf

# Seconds that the queues are under load, and how often a pipeline is stopped. EVERGRAPH_LOAD=1
# makes the long run of both.
LONG = bool(os.environ.get("EVERGRAPH_LOAD"))
SECONDS, STOPS = (60.0, 200) if LONG else (0.25, 8)
SIDES = 16
END = tf.errors.OutOfRangeError
JOIN = 1.0  # seconds that a thread may take to end

QUEUES = {
    "fifo": lambda: tf.FIFOQueue(100, tf.int64, [[]]),
    "shuffle": lambda: tf.RandomShuffleQueue(100, 20, tf.int64, [[]]),
    "padding": lambda: tf.PaddingFIFOQueue(100, tf.int64, [[]]),
    "priority": lambda: tf.PriorityQueue(100, tf.int64, [[]]),
}


def started(target, arguments):
    threads = [threading.Thread(target=target, args=(a,), daemon=True) for a in arguments]
    for thread in threads:
        thread.start()
    return threads


def assert_ended(threads, seconds=JOIN):
    for thread in threads:
        thread.join(seconds)
    assert not [t.name for t in threads if t.is_alive()]


@pytest.mark.parametrize("kind", QUEUES)
def test_nothing_is_lost_and_nothing_comes_twice(kind):
    with tf.Graph().as_default(), tf.Session() as session:
        queue = QUEUES[kind]()
        some = tf.placeholder(tf.int64, [None])
        parts = [some, some] if kind == "priority" else [some]
        many = session.make_callable(queue.enqueue_many(parts), [some])
        one = session.make_callable(queue.enqueue([p[0] for p in parts]), [some])

        def last(taken):
            return taken[-1] if isinstance(taken, list) else taken

        takes = [
            session.make_callable(last(queue.dequeue())),
            session.make_callable(last(queue.dequeue_many(7))),
        ]
        if kind != "priority":  # where TensorFlow loses what a closed queue has less than asked for
            takes.append(session.make_callable(last(queue.dequeue_up_to(30))))
        close = session.make_callable(queue.close())
        given, found = [[] for _ in range(SIDES)], [[] for _ in range(SIDES)]
        until = time.monotonic() + SECONDS

        def produce(number):
            chance, next_value = random.Random(number), itertools.count(number, SIDES)
            while time.monotonic() < until:
                values = [next(next_value) for _ in range(chance.choice((1, 3, 40)))]
                (many if len(values) > 1 else one)(values)
                given[number] += values

        def consume(number):
            # The last ones wait for a batch that does not come: they take one by one.
            kinds = itertools.cycle(takes)
            while True:
                try:
                    taken = next(kinds)()
                except END:
                    kinds = itertools.repeat(takes[0])
                    try:
                        taken = takes[0]()
                    except END:
                        return
                found[number] += taken.tolist() if taken.ndim else [int(taken)]

        producers, consumers = started(produce, range(SIDES)), started(consume, range(SIDES))
        assert_ended(producers, SECONDS + 20)
        close()
        assert_ended(consumers, 20)
    everything = sorted(itertools.chain(*given))
    assert len(everything) > SIDES
    assert sorted(itertools.chain(*found)) == everything
    if LONG:
        print(f"\n{kind}: {len(everything)} elements in {SECONDS:.0f} s")


def pipeline(path):
    """Batches of the lines of a file, mixed, by several queue runners."""
    names = tf.train.string_input_producer([path] * 3)
    _, line = tf.TextLineReader().read(names)
    number = tf.string_to_number(line, tf.int32)
    mixed = tf.train.shuffle_batch([number], 5, 60, 20, num_threads=3)
    return tf.train.batch([mixed * 2], 4, num_threads=2, capacity=9, enqueue_many=True)


def test_stopped_at_any_moment(tmp_path):
    path = tmp_path / "lines"
    path.write_text("".join(f"{i}\n" for i in range(50)))
    before, chance, slowest = threading.active_count(), random.Random(1), 0.0
    for i in range(STOPS):
        with tf.Graph().as_default():
            batch = pipeline(str(path))
            with tf.Session() as session:
                coord = tf.train.Coordinator()
                threads = tf.train.start_queue_runners(session, coord)
                consumers = started(consume, [(coord, session, batch)] * 2)
                time.sleep(chance.random() * 0.05)
                coord.request_stop()
                begin = time.monotonic()
                if i % 2:
                    session.close()
                coord.join([*threads, *consumers], stop_grace_period_secs=JOIN)
                slowest = max(slowest, time.monotonic() - begin)
    assert slowest < JOIN
    assert threading.active_count() == before
    if LONG:
        print(f"\n{STOPS} stops, the slowest {slowest:.3f} s")


def consume(given):
    coord, session, batch = given
    with coord.stop_on_exception():
        while not coord.should_stop():
            try:
                session.run(batch)
            except (tf.errors.OutOfRangeError, tf.errors.CancelledError, RuntimeError):
                if not coord.should_stop():
                    raise


def test_an_error_of_a_producer_reaches_who_joins():
    def broken(x):
        raise KeyError(f"no {x}")

    with tf.Graph().as_default(), tf.Session() as session:
        value = tf.py_func(broken, [tf.constant(3)], tf.int32)
        value.set_shape([])
        batch = tf.train.batch([value], 2)
        coord = tf.train.Coordinator()
        threads = tf.train.start_queue_runners(session, coord)
        with pytest.raises(tf.errors.OutOfRangeError, match="is closed and has insufficient"):
            session.run(batch)
        with pytest.raises(tf.errors.OpError, match="no 3") as caught:
            coord.join(threads)
    functions = [frame.name for frame in traceback.extract_tb(caught.value.__traceback__)]
    assert "_run" in functions  # where the queue runner was
    assert_ended(threads)


def test_a_program_s_own_thread_reports_its_error():
    coord = tf.train.Coordinator()

    def deep_inside():
        raise ValueError("mine")

    def work(_):
        with coord.stop_on_exception():
            deep_inside()

    with pytest.raises(ValueError, match="mine") as caught:
        coord.join(started(work, [0]))
    functions = [frame.name for frame in traceback.extract_tb(caught.value.__traceback__)]
    assert functions[-1] == "deep_inside"


@pytest.mark.parametrize("kind", QUEUES)
def test_a_closed_session_wakes_who_waits(kind):
    with tf.Graph().as_default():
        queue = QUEUES[kind]()
        session = tf.Session()
        zeros = tf.zeros([200], tf.int64)
        put = queue.enqueue_many([zeros, zeros] if kind == "priority" else [zeros])
        other = QUEUES[kind]()
        takes = [put, other.dequeue(), other.dequeue_many(3), other.dequeue_up_to(2)]
        session.run([queue.size(), other.size()])
        errors = []

        def wait(fetch):
            try:
                session.run(fetch)
            except tf.errors.OpError as error:
                errors.append(error)

        threads = started(wait, takes)
        time.sleep(0.05)
        session.close()
        assert_ended(threads)
    assert len(errors) == len(takes)
    assert all(isinstance(e, tf.errors.CancelledError) for e in errors)


def records(tmp_path, sizes):
    paths = []
    for number, size in enumerate(sizes):
        paths.append(str(tmp_path / f"records{number}"))
        with tf.python_io.TFRecordWriter(paths[-1]) as writer:
            for i in range(size):
                writer.write(b"%d" % (number * 100 + i))
    return paths


def read_all(paths):
    """The records of files, in order, and the error that ends them, as a queue runner has it."""
    with tf.Graph().as_default(), tf.Session() as session:
        names = tf.train.string_input_producer(paths, num_epochs=1, shuffle=False)
        _, value = tf.TFRecordReader().read(names)
        batch = tf.train.batch([value], 3, capacity=50, allow_smaller_final_batch=True)
        session.run(tf.local_variables_initializer())
        coord = tf.train.Coordinator()
        threads = tf.train.start_queue_runners(session, coord)
        found = []
        try:
            while True:
                found += session.run(batch).tolist()
        except tf.errors.OutOfRangeError:
            coord.request_stop()
        try:
            coord.join(threads)
        except tf.errors.OpError as error:
            return found, type(error)
        return found, None


def numbers(number, size):
    return [b"%d" % (number * 100 + i) for i in range(size)]


def test_an_empty_file(tmp_path):
    paths = records(tmp_path, [4, 0, 5])
    assert read_all(paths) == (numbers(0, 4) + numbers(2, 5), None)


def test_a_file_that_vanished(tmp_path):
    paths = records(tmp_path, [4, 3, 5])
    os.remove(paths[1])
    assert read_all(paths) == (numbers(0, 4), tf.errors.NotFoundError)


@pytest.mark.parametrize("cut", [1, 4, 6])
def test_a_file_that_is_cut_off(tmp_path, cut):
    paths = records(tmp_path, [4, 3, 5])
    with open(paths[1], "r+b") as file:
        file.truncate(os.path.getsize(paths[1]) - cut)
    assert read_all(paths) == (numbers(0, 4) + numbers(1, 2), tf.errors.DataLossError)


def test_a_file_that_ends_within_a_header_ends_before_it(tmp_path):
    paths = records(tmp_path, [4, 3, 5])
    with open(paths[1], "r+b") as file:
        file.truncate(os.path.getsize(paths[1]) - 10)
    assert read_all(paths) == (numbers(0, 4) + numbers(1, 2) + numbers(2, 5), None)


def test_a_file_that_vanishes_while_it_is_read(tmp_path):
    (path,) = records(tmp_path, [40])
    with tf.Graph().as_default(), tf.Session() as session:
        names = tf.FIFOQueue(9, tf.string, [[]])
        session.run(names.enqueue_many([[path, path]]))
        _, value = tf.TFRecordReader().read(names)
        found = [session.run(value)]
        os.remove(path)  # who has it open may read on
        found += [session.run(value) for _ in range(39)]
        assert found == numbers(0, 40)
        with pytest.raises(tf.errors.NotFoundError):
            session.run(value)
