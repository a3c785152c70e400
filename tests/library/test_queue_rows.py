"""Elements that come many at a time are kept in another way than those that come alone."""

import threading

import numpy as np
import pytest
import torch

import evergraph as tf
from evergraph.base import dtypes
from evergraph.kernels.queues import FIFOQueue
from evergraph.kernels.rows import Finish, Rows, Unfinished

TYPES = ["float32", "int64", "bool", "string", "uint16", "complex64", "bfloat16", "uint8"]
KINDS = {
    "fifo": lambda *args: tf.FIFOQueue(50, *args),
    "shuffle": lambda *args: tf.RandomShuffleQueue(50, 0, *args, seed=3),
}


def values(dtype, count, start=0):
    numbers = np.arange(start, start + count * 2).reshape(count, 2)
    if dtype == "string":
        return numbers.astype(str).astype(object)
    return (numbers % 2).astype(bool) if dtype == "bool" else numbers


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("kind", KINDS)
def test_many_are_as_one_by_one(kind, dtype):
    kept = []
    for alone in (False, True):
        with tf.Graph().as_default(), tf.Session() as session:
            queue = KINDS[kind]([dtype, tf.int32], [[2], []])
            element = [tf.placeholder(dtype, [None, 2]), tf.placeholder(tf.int32, [None])]
            many = queue.enqueue_many(element)
            one = queue.enqueue([element[0][0], element[1][0]])
            size = queue.size()
            some, single = queue.dequeue_many(5), queue.dequeue()
            seen = []
            for start in (0, 100, 200):
                batch = (values(dtype, 12, start), np.arange(start, start + 12))
                if alone:
                    for i in range(12):
                        row = {e: b[i : i + 1] for e, b in zip(element, batch, strict=True)}
                        session.run(one, row)
                else:
                    session.run(many, dict(zip(element, batch, strict=True)))
                row = {e: b[:1] for e, b in zip(element, batch, strict=True)}
                session.run(one, row)
                seen += [session.run(some), session.run(single), session.run(some)]
            seen.append(session.run(queue.dequeue_many(session.run(size))))
            kept.append(seen)
    for ours, wanted in zip(*kept, strict=True):
        for a, b in zip(ours, wanted, strict=True):
            assert a.dtype == b.dtype and a.shape == b.shape
            np.testing.assert_array_equal(a, b)


def test_what_is_put_in_is_a_copy():
    with tf.Graph().as_default(), tf.Session() as session:
        v = tf.Variable(tf.zeros([10, 2]))
        queue = tf.FIFOQueue(50, tf.float32, [[2]])
        session.run(v.initializer)
        session.run(queue.enqueue_many(v))
        session.run(v.assign_add(tf.ones([10, 2])))
        first = session.run(queue.dequeue_many(4))
        session.run(queue.enqueue_many(v))
        assert not first.any()
        assert not session.run(queue.dequeue_many(6)).any()
        assert session.run(queue.dequeue_many(10)).all()


def test_objects_are_kept_alone():
    with tf.Graph().as_default(), tf.Session() as session:
        queue = tf.FIFOQueue(20, tf.variant, [[]])
        dataset = tf.data.Dataset.range(3)
        session.run(queue.enqueue(dataset._variant_tensor))
        session.run(queue.enqueue(dataset._variant_tensor))
        assert session.run(queue.size()) == 2


def test_no_more_room_than_the_capacity():
    rows = Rows([dtypes.int32], [()], 100)
    for _ in range(9):
        rows.put([torch.arange(11, dtype=torch.int32)])
    assert rows._size == 100
    rows.put([torch.arange(11, dtype=torch.int32)])  # who waits for room has put them here already
    assert rows._size == 111


def test_rows_are_used_again():
    rows = Rows([dtypes.string], [()], 100)
    for i in range(20):
        batch = np.array([b"%d" % n for n in range(i, i + 10)], object)
        (found,) = rows.take(rows.put([batch]))
        assert list(found) == list(batch)
    assert rows._size == 10
    assert all(value is None for value in rows._columns[0].array)


def test_rows_of_many_threads():
    rows = Rows([dtypes.int32], [(3,)], 50)
    wrong = []

    def work(number):
        for i in range(300):
            batch = np.full((i % 17 + 1, 3), number * 1000 + i, np.int32)
            (found,) = rows.take(rows.put([torch.from_numpy(batch)]))
            if not (found.numpy() == batch).all():
                wrong.append(i)

    threads = [threading.Thread(target=work, args=[n]) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_numbers_that_numpy_lacks():
    rows = Rows([dtypes.bfloat16, dtypes.complex64], [(2,), ()], 10)
    numbers = torch.tensor([[1.5, -2.0], [0.25, 3.0]], dtype=torch.bfloat16)
    numbers_of_two = torch.tensor([1 + 2j, 3 - 1j])
    where = rows.put([numbers, numbers_of_two])
    found, other = rows.take(where[::-1])
    assert found.dtype is torch.bfloat16 and torch.equal(found, numbers.flip(0))
    assert torch.equal(other, numbers_of_two.flip(0))


def test_conjugates_that_are_still_to_be_taken():
    numbers = torch.tensor([1 + 2j, 3 - 1j])
    rows = Rows([dtypes.complex64, dtypes.float32], [(), ()], 10)
    found, imaginary = rows.take(rows.put([numbers.conj(), numbers.conj().imag]))
    assert found.tolist() == [1 - 2j, 3 + 1j] and imaginary.tolist() == [-2, 1]


def _halves(key, done):
    """Bytes that become halves of them when they are taken; `done` counts what was computed."""

    def compute(values):
        done.append(len(values))
        return torch.from_numpy(values).to(torch.float32) / 2

    return lambda numbers: Unfinished(np.asarray(numbers, np.uint8), Finish(key, (), compute))


def test_what_is_finished_when_it_is_taken():
    done = []
    half, rows = _halves("half", done), Rows([dtypes.float32], [()], 100)
    first = rows.put([half(range(20))])
    second = rows.put([_halves("half", done)(range(100, 130))])  # an equal one, of another thread
    assert rows._columns[0].array.dtype == np.uint8 and not done
    (found,) = rows.take([first[5], second[3]])
    assert found.tolist() == [2.5, 51.5] and found.dtype is torch.float32 and done == [2]


def test_others_among_what_is_not_finished():
    done = []
    half, rows = _halves("half", done), Rows([dtypes.float32], [()], 100)
    first = rows.put([half(range(20))])
    second = rows.put([torch.arange(10.0)])
    assert len(done) == 1  # all that was there
    third = rows.put([_halves("other", done)(range(30))])
    assert done[1:] == [30]
    found = [rows.take(where)[0].tolist() for where in (first, second, third)]
    assert found == [[i / 2 for i in range(20)], list(range(10)), [i / 2 for i in range(30)]]
    last = rows.put([half(range(60))])  # nothing else is there any more
    assert rows._columns[0].array.dtype == np.uint8
    assert rows.take(last)[0].tolist() == [i / 2 for i in range(60)]


def test_a_queue_of_both():
    queue = FIFOQueue("q", 100, [dtypes.float32, dtypes.string], [(), ()])
    names = np.array([b"%d" % i for i in range(40)], object)
    half = _halves("half", [])
    queue.put_many((half(range(12)), names[:12]))
    queue.put_many((half([50, 60]), names[12:14]))  # too few for rows
    queue.put((torch.tensor(7.0), np.asarray(b"x", object)))
    queue.put_many((torch.arange(9.0), names[14:23]))
    numbers, found = queue.take_many(24)
    assert numbers.tolist() == [*(i / 2 for i in range(12)), 25, 30, 7, *range(9)]
    assert list(found) == [*names[:14], b"x", *names[14:23]]
