"""Programs that read files and make batches. Both an old and a new Python read this file.

A program is `name(tf)`, as in `programs.py`. Files are in a folder of their own, which is the
working folder while the program runs, so that their names are the same everywhere.
"""

import contextlib
import functools
import os
import re
import shutil
import tempfile
import zlib

import numpy as np
from programs import Runs, outcome

PROGRAMS = []


@contextlib.contextmanager
def folder():
    before, path = os.getcwd(), tempfile.mkdtemp()
    os.chdir(path)
    try:
        yield
    finally:
        os.chdir(before)
        shutil.rmtree(path)


def program(function):
    @functools.wraps(function)
    def inside(tf):
        with folder():
            return function(tf)

    PROGRAMS.append(inside)
    return inside


def write(name, data):
    with open(name, "wb") as f:
        f.write(data)


def files(tf, *names, **options):
    """A closed queue of names, to be filled first, and the op that does it."""
    q = tf.FIFOQueue(99, tf.string, [[]], **options)
    return q, q.enqueue_many([list(names)]), q.close()


def read_all(tf, reader, names, times, read=None):
    q, fill, close = files(tf, *names)
    key, value = read(q) if read else reader.read(q)
    produced, completed = reader.num_records_produced(), reader.num_work_units_completed()
    runs = Runs(tf)
    runs(fill, close)
    for _ in range(times):
        runs([key, value], [produced, completed])
    return runs.seen


# Readers.


@program
def lines(tf):
    write("a", b"one\ntwo\r\n\nfo\rur")
    write("b", b"")
    write("c", b"five\n")
    return read_all(tf, tf.TextLineReader(), ["a", "b", "c"], 6)


@program
def lines_without_header(tf):
    write("a", b"head\nhead\none\n")
    write("b", b"head")
    write("c", b"h\nh\ntwo")
    return read_all(tf, tf.TextLineReader(skip_header_lines=2, name="r"), ["a", "b", "c"], 3)


@program
def whole_files(tf):
    write("a", b"one\n")
    write("b", b"")
    return read_all(tf, tf.WholeFileReader(), ["a", "b"], 3)


@program
def whole_files_missing(tf):
    write("b", b"there")
    return read_all(tf, tf.WholeFileReader(), ["a", "b"], 2)


@program
def lines_missing(tf):
    write("b", b"there")
    return read_all(tf, tf.TextLineReader(), ["a", "b"], 3)


@program
def identities(tf):
    reader = tf.IdentityReader("name")
    return [reader.supports_serialize] + read_all(tf, reader, ["x", "y", "z"], 4)


@program
def fixed_length(tf):
    write("a", b"HEAD" + b"abcdef" * 2 + b"ghi" + b"FT")
    write("b", b"HEAD" + b"FT")
    write("c", b"HEADuvwxyzFT")
    reader = tf.FixedLengthRecordReader(6, header_bytes=4, footer_bytes=2)
    return read_all(tf, reader, ["a", "b", "c"], 5)


@program
def fixed_length_hops(tf):
    write("a", b"Habcdefghij")
    write("b", b"H1234567")
    seen = []
    for hop in (2, 3, 5):
        reader = tf.FixedLengthRecordReader(3, 1, hop_bytes=hop)
        seen.append(read_all(tf, reader, ["a", "b"], 8))
    return seen


@program
def fixed_length_packed(tf):
    write("a", zlib.compress(b"Habcdef"))
    reader = tf.FixedLengthRecordReader(3, 1, encoding="ZLIB")
    return read_all(tf, reader, ["a"], 3)


@program
def fixed_length_mistakes(tf):
    reader = tf.FixedLengthRecordReader(-1)
    return read_all(tf, reader, ["a"], 1)


def write_records(tf, name, records, kind=""):
    with tf.python_io.TFRecordWriter(name, tf.python_io.TFRecordOptions(kind)) as writer:
        for record in records:
            writer.write(record)


@program
def records(tf):
    write_records(tf, "a", [b"one", b"", b"three"])
    write_records(tf, "b", [])
    write_records(tf, "c", [b"four"])
    return read_all(tf, tf.TFRecordReader(), ["a", "b", "c"], 5)


@program
def records_packed(tf):
    write_records(tf, "a", [b"one", b"two" * 99], "GZIP")
    options = tf.python_io.TFRecordOptions(tf.python_io.TFRecordCompressionType.GZIP)
    return read_all(tf, tf.TFRecordReader(options=options), ["a"], 3)


@program
def records_damaged(tf):
    write_records(tf, "a", [b"one", b"two", b"three"])
    with open("a", "rb") as f:
        data = f.read()
    write("a", data[:-2])
    write_records(tf, "b", [b"four"])
    return read_all(tf, tf.TFRecordReader(), ["a", "b"], 5)


@program
def several_at_once(tf):
    write("a", b"1\n2\n3\n")
    write("b", b"4\n5\n6\n7\n")
    seen = []
    for kind in (tf.TextLineReader, tf.WholeFileReader, tf.IdentityReader):
        reader = kind()
        read = functools.partial(reader.read_up_to, num_records=2)
        seen.append(read_all(tf, reader, ["a", "b"], 5, read))
    return seen


@program
def states(tf):
    reader = tf.IdentityReader()
    q, fill, close = files(tf, "x", "y", "z")
    record = reader.read(q)
    state = reader.serialize_state()
    runs = Runs(tf)
    runs(fill, close, record, state)
    kept = runs.seen[-1]
    back = reader.restore_state(tf.placeholder_with_default(kept, []))
    counts = [reader.num_records_produced(), reader.num_work_units_completed()]
    runs(record, counts, back, counts, record, counts, reader.reset(), counts, record)
    runs(reader.restore_state("nonsense"), counts, reader.restore_state(kept[1:]))
    return runs(reader.restore_state(b"\x08\x05\x10\x03"), counts)


@program
def states_that_cannot_be_kept(tf):
    reader = tf.TextLineReader()
    runs = Runs(tf)
    return runs(reader.serialize_state(), reader.restore_state("x"), reader.reset())


@program
def reset_in_a_file(tf):
    write("a", b"1\n2\n")
    reader = tf.TextLineReader()
    q, fill, close = files(tf, "a", "a")
    record = reader.read(q)
    runs = Runs(tf)
    return runs(fill, close, record, reader.reset(), record, reader.num_records_produced())


@program
def wrong_queues(tf):
    runs = Runs(tf)
    for types, element in (([tf.int32], [1]), ([tf.string, tf.string], ["a", "b"])):
        q = tf.FIFOQueue(3, types)
        runs(q.enqueue(element), tf.IdentityReader().read(q))
    q = tf.FIFOQueue(3, tf.string)
    return runs(q.enqueue([["a", "b"]]), tf.IdentityReader().read(q))


@program
def old_readers(tf):
    write("a", b"1\n2\n")
    reader = tf.ReaderBase(tf.raw_ops.WholeFileReader(name="old"))
    old = tf.raw_ops.FIFOQueue(component_types=[tf.string], name="old_queue")
    fill = tf.raw_ops.QueueEnqueue(handle=old, components=["a"])
    record = tf.raw_ops.ReaderRead(reader_handle=reader.reader_ref, queue_handle=old)
    runs = Runs(tf)
    runs(fill, record, reader.num_records_produced(), reader.num_work_units_completed())
    more = tf.raw_ops.ReaderReadUpTo(
        reader_handle=reader.reader_ref, queue_handle=old, num_records=3
    )
    return runs(fill, more, reader.reset(), reader.serialize_state())


# Queues with another order.


@program
def shuffled(tf):
    q = tf.RandomShuffleQueue(20, 2, tf.int32, [[]], seed=7, name="mix")
    runs = Runs(tf)
    runs(q.enqueue_many([list(range(12))]), q.dequeue(), q.dequeue_many(4), q.size(), q.dequeue())
    runs(q.enqueue(99), q.close(), q.dequeue(), q.dequeue_many(9), q.dequeue_up_to(3), q.size())
    return runs(q.dequeue_up_to(9), q.dequeue(), q.dequeue_up_to(2))


@program
def shuffled_by_the_graph(tf):
    q = tf.RandomShuffleQueue(2000, 0, [tf.int32, tf.string], [[], []], names=["i", "s"])
    r = tf.RandomShuffleQueue(20, 0, tf.int32, [[]], shared_name="named")
    runs = Runs(tf)
    numbers = list(range(1500))
    runs(q.enqueue_many({"i": numbers, "s": [str(n) for n in numbers]}))
    taken = q.dequeue_many(1200)
    runs([taken["i"], taken["s"]], r.enqueue_many([[1, 2, 3, 4, 5]]), r.dequeue_many(5))
    return runs.seen


@program
def shuffled_while_waiting(tf):
    q = tf.RandomShuffleQueue(20, 3, tf.int32, [[]], seed=1)
    runs = Runs(tf)
    taker = runs.in_thread(q.dequeue_many(4))
    runs(q.enqueue_many([[1, 2, 3]]))
    runs(q.enqueue_many([[4, 5]]), q.enqueue_many([[6, 7]]))
    runs.end(taker)
    return runs(q.size())


@program
def shuffled_shared(tf):
    runs = Runs(tf)

    def make(**options):
        made = dict(capacity=5, min_after_dequeue=1, dtypes=tf.int32, seed=3, shared_name="s")
        return tf.RandomShuffleQueue(**dict(made, **options))

    runs(make(name="a").enqueue(3), make(name="b").size(), make(name="c", seed=4).size())
    return runs(make(name="d", min_after_dequeue=2).size(), make(name="e", capacity=6).size())


@program
def padded(tf):
    shapes = [[None], [], [2, None]]
    q = tf.PaddingFIFOQueue(9, [tf.float32, tf.string, tf.int64], shapes)
    x, y, z = tf.placeholder(tf.float32), tf.placeholder(tf.string), tf.placeholder(tf.int64)
    put = q.enqueue([x, y, z])
    runs = Runs(tf)
    runs(put, feed_dict={x: [1, 2], y: "a", z: [[1], [2]]})
    runs(put, feed_dict={x: [], y: "b", z: [[1, 2, 3], [4, 5, 6]]})
    runs(put, feed_dict={x: [3], y: "c", z: [[], []]})
    runs(put, feed_dict={x: [[3]], y: "c", z: [[], []]})
    runs(put, feed_dict={x: [3], y: "c", z: [[1], [2], [3]]})
    many = q.enqueue_many([[[7.0, 8.0]], ["d"], tf.ones([1, 2, 1], tf.int64)])
    return runs(q.dequeue_many(2), many, q.dequeue(), q.dequeue_up_to(1), q.dequeue_many(0))


@program
def padded_strings(tf):
    q = tf.PaddingFIFOQueue(9, tf.string, [[None]], name="p", shared_name="shared")
    runs = Runs(tf)
    runs(q.enqueue([["a", "b"]]), q.enqueue([["c"]]), q.close(), q.dequeue_up_to(5), q.size())
    wrong = [
        outcome(tf, lambda: tf.PaddingFIFOQueue(9, tf.string, [None])),
        outcome(tf, lambda: tf.PaddingFIFOQueue(9, tf.string, [[None], []])),
        outcome(tf, lambda: tf.PaddingFIFOQueue(9, tf.string, [tf.TensorShape(None)])),
        outcome(tf, lambda: tf.PaddingFIFOQueue(9, tf.string, [])),
        outcome(tf, lambda: tf.PaddingFIFOQueue(9, tf.string, [2])),
    ]
    return runs(tf.PaddingFIFOQueue(9, tf.string, [[2]], shared_name="shared").size()) + wrong


@program
def by_priority(tf):
    q = tf.PriorityQueue(20, tf.string, [[]], name="rank")
    runs = Runs(tf)
    runs(q.enqueue_many([[3, 1, 2, 1, 3, 2, 1, -5], list("abcdefgh")]), q.dequeue())
    runs(q.dequeue_many(3), q.enqueue([0, "z"]), q.dequeue_many(2), q.dequeue_up_to(2), q.size())
    runs(q.enqueue_many([[5, 5, 5, 5, 5, 5], list("ijklmn")]), q.dequeue_many(6), q.close())
    two = tf.PriorityQueue(5, [tf.int32, tf.float32], [[2], []])
    runs(two.enqueue([1, [1, 2], 0.5]), two.enqueue([0, [3, 4], 1.5]), two.dequeue())
    runs(two.dequeue_many(1), q.dequeue_up_to(3), q.dequeue_up_to(3))
    free = outcome(tf, lambda: tf.PriorityQueue(5, tf.int32))
    return runs.seen + [str(q.dtypes), str(q.shapes), str(two.shapes), free]


@program
def by_priority_shared(tf):
    runs = Runs(tf)
    q = tf.PriorityQueue(5, tf.int32, [[]], shared_name="s", name="a")
    runs(q.enqueue([1, 3]), tf.PriorityQueue(5, tf.int32, [[]], shared_name="s", name="b").size())
    runs(tf.PriorityQueue(5, tf.string, [[]], shared_name="s", name="c").size())
    return runs(tf.PaddingFIFOQueue(5, tf.int32, [[]], shared_name="s", name="d").size())


# Batches.


def with_runners(tf, fetch, times):
    """What runs give while queue runners are at work."""
    seen = []
    with tf.Session() as session:
        session.run([tf.global_variables_initializer(), tf.local_variables_initializer()])
        coord = tf.train.Coordinator()
        threads = tf.train.start_queue_runners(session, coord)
        for _ in range(times):
            seen.append(outcome(tf, lambda: session.run(fetch)))
            if isinstance(seen[-1], str):  # how far it came before the end is by chance
                seen[-1] = re.sub(r"\(requested.*\)", "", seen[-1])
        coord.request_stop()
        coord.join(threads)
    return [len(threads), seen]


def counter(tf, most):
    """The numbers from 0 on, one a run."""
    return tf.train.range_input_producer(most, 1, shuffle=False, capacity=most).dequeue()


@program
def batches(tf):
    i = counter(tf, 10)
    batch = tf.train.batch([i, tf.as_string(i), tf.stack([i, i])], 4)
    return with_runners(tf, batch, 3)


@program
def batches_smaller(tf):
    i = counter(tf, 7)
    batch = tf.train.batch({"b": i, "a": i * 2}, 4, allow_smaller_final_batch=True, capacity=6)
    return with_runners(tf, [batch["a"], batch["b"]], 3)


@program
def batches_of_one_key(tf):
    batch = tf.train.batch({"only": counter(tf, 7)}, 3, name="named", shared_name="shared")
    return with_runners(tf, batch["only"], 2)


@program
def batches_padded(tf):
    i = counter(tf, 6)
    row = tf.range(i)
    batch = tf.train.batch([row, tf.fill([i], "x")], 3, dynamic_pad=True)
    return with_runners(tf, batch, 2)


@program
def batches_of_many(tf):
    x = tf.reshape(tf.range(6), [3, 2]) + counter(tf, 4)
    batch = tf.train.batch([x], 4, enqueue_many=True, shapes=[[2]])
    return with_runners(tf, batch, 3)


@program
def batches_of_sparse(tf):
    i = tf.cast(counter(tf, 6), tf.int64)
    sparse = tf.SparseTensor([[i]], [i * 10], [8])
    batch = tf.train.batch({"s": sparse, "i": i}, 3)
    return with_runners(tf, [batch["s"], batch["i"]], 2)


@program
def batches_of_many_sparse(tf):
    i = tf.cast(counter(tf, 6), tf.int64)
    sparse = tf.SparseTensor([[0, 1], [1, 0], [1, 2]], [i, i, -i], [2, 3])
    batch = tf.train.batch([sparse], 3, enqueue_many=True)
    return with_runners(tf, batch, 3)


@program
def maybe_batches(tf):
    i = counter(tf, 9)
    return with_runners(tf, tf.train.maybe_batch([i, i * 2], tf.equal(i % 2, 0), 2), 3)


@program
def maybe_batches_of_rows(tf):
    x = tf.range(4) + 10 * counter(tf, 3)
    batch = tf.train.maybe_batch([x], [True, False, False, True], 3, enqueue_many=True)
    return with_runners(tf, batch, 2)


@program
def maybe_batches_of_sparse(tf):
    i = tf.cast(counter(tf, 8), tf.int64)
    sparse = tf.SparseTensor([[i]], [i * 10], [8])
    return with_runners(tf, tf.train.maybe_batch([sparse], tf.equal(i % 2, 0), 2), 2)


@program
def maybe_batches_static(tf):
    seen = [with_runners(tf, tf.train.maybe_batch([counter(tf, 4)], True, 2), 2)]
    tf.train.maybe_batch([tf.constant(1)], False, 2)
    return seen


@program
def joined_batches(tf):
    batch = tf.train.batch_join([[counter(tf, 4)]], 2)
    tf.train.batch_join([{"a": 1, "b": 2.0}, {"a": 3, "b": 4.0}], 2, dynamic_pad=True)
    return with_runners(tf, batch, 2)


@program
def joined_batches_of_sparse(tf):
    i = tf.cast(counter(tf, 6), tf.int64)
    first = tf.SparseTensor([[i]], [i * 10], [8])
    second = tf.SparseTensor([[i + 1]], [i * 20], [9])
    batch = tf.train.maybe_batch_join([[first], [second]], tf.constant(True), 4)
    assert batch.dense_shape.shape.as_list() == [2]
    return []


@program
def shuffled_batches(tf):
    batch = tf.train.shuffle_batch([counter(tf, 30)], 5, 40, 29, seed=4)
    seen = []
    with tf.Session() as session:
        session.run(tf.local_variables_initializer())
        coord = tf.train.Coordinator()
        threads = tf.train.start_queue_runners(session, coord)
        while session.run("shuffle_batch/random_shuffle_queue_Size:0") < 30:
            pass
        for _ in range(6):
            seen.append(outcome(tf, lambda: session.run(batch)))
        seen[-1] = seen[-1].split(" (requested")[0] if isinstance(seen[-1], str) else seen[-1]
        coord.request_stop()
        coord.join(threads)
    return seen


@program
def shuffled_batches_of_all_kinds(tf):
    i = tf.constant(3)
    tf.train.shuffle_batch({"a": i, "b": "x"}, 2, 9, 3, num_threads=2, name="s")
    tf.train.maybe_shuffle_batch([[i, i]], 2, 9, 3, i > 2, enqueue_many=True)
    tf.train.shuffle_batch_join([[i], [i]], 2, 9, 3, allow_smaller_final_batch=True)
    tf.train.maybe_shuffle_batch_join([[i], [i]], 2, 9, 3, False, shared_name="t", seed=2)
    return []


@program
def batch_mistakes(tf):
    x, sparse = tf.placeholder(tf.float32), tf.SparseTensor([[0]], [1], [3])
    calls = [
        lambda: tf.train.batch([], 3),
        lambda: tf.train.batch([x], 3),
        lambda: tf.train.batch([tf.placeholder(tf.float32, [None])], 3),
        lambda: tf.train.maybe_batch([1], [True], 3),
        lambda: tf.train.maybe_batch([[1]], tf.placeholder(tf.bool), 3, enqueue_many=True),
        lambda: tf.train.maybe_batch([[1]], [[True]], 3, enqueue_many=True),
        lambda: tf.train.shuffle_batch([1], 3, 5, 5),
        lambda: tf.train.batch_join([], 3),
        lambda: tf.train.batch_join([{"a": 1}, {"b": 1}], 3),
        lambda: tf.train.batch_join([[1], [2.0]], 3),
        lambda: tf.train.batch_join([[[1]], [[1, 2]]], 3),
        lambda: tf.train.batch_join([[sparse], [1]], 3),
    ]
    seen = [outcome(tf, call) for call in calls]
    seen = [text.split(" at 0x")[0] if isinstance(text, str) else "made" for text in seen]
    return [re.sub(r"<[\w.]*\.", "<", text) for text in seen]


@program
def files_that_match(tf):
    for name in ("b.txt", "a.txt", "c.dat"):
        write(name, name.encode())
    names = tf.train.match_filenames_once("*.txt")
    several = tf.train.match_filenames_once(["*.dat", "a*"], name="two")
    runs = Runs(tf)
    return runs(names, tf.local_variables_initializer(), names, tf.size(names), several)


@program
def whole_pipeline(tf):
    for n in range(3):
        examples = []
        for i in range(4):
            example = tf.train.Example()
            example.features.feature["i"].int64_list.value.append(n * 10 + i)
            example.features.feature["x"].bytes_list.value.append(
                np.arange(3, dtype=np.float32).tobytes()
            )
            examples.append(example.SerializeToString())
        write_records(tf, f"part-{n}", examples)
    names = tf.train.match_filenames_once("part-*")
    queue = tf.train.string_input_producer(names, shuffle=False, num_epochs=1)
    _, serialized = tf.TFRecordReader().read(queue)
    parsed = tf.parse_single_example(
        serialized, {"i": tf.FixedLenFeature([], tf.int64), "x": tf.FixedLenFeature([], tf.string)}
    )
    x = tf.decode_raw(parsed["x"], tf.float32)
    x.set_shape([3])
    batch = tf.train.batch([parsed["i"], x], 5, capacity=20)
    return with_runners(tf, batch, 3)


# Accumulators of gradients.


@program
def accumulators(tf):
    a = tf.ConditionalAccumulator(tf.float32, [2], name="acc")
    s = tf.ConditionalAccumulator(tf.float32, reduction_type="SUM", shared_name="shared")
    runs = Runs(tf, operation_timeout_in_ms=300)
    runs(a.apply_grad([1.0, 2.0]), a.apply_grad([2.0, 5.0]), a.num_accumulated(), a.take_grad(2))
    runs(a.num_accumulated(), a.apply_grad([9.0, 9.0]), a.num_accumulated(), a.take_grad(1))
    runs(a.apply_grad([4.0, 8.0], local_step=1), a.take_grad(1), a.set_global_step(5))
    runs(a.apply_grad([1.0, 1.0], 4), a.apply_grad([1.0, 2.0], 5), a.take_grad(1), a.take_grad(0))
    runs(s.apply_grad(3), s.apply_grad([3]), s.apply_grad(4), s.take_grad(1), s.take_grad(-1))
    x = tf.placeholder(tf.float32)
    runs(a.apply_grad(x, 9), feed_dict={x: [1, 2, 3]})
    wrong = outcome(tf, lambda: a.apply_grad([1.0]))
    return runs.seen + [wrong, a.name, str(a.dtype), str(a.take_grad(1).shape)]


@program
def accumulators_that_wait(tf):
    a = tf.ConditionalAccumulator(tf.float32, [])
    runs = Runs(tf)
    taker = runs.in_thread(a.take_grad(3))
    runs(a.apply_grad(1.0), a.apply_grad(2.0), a.apply_grad(6.0))
    runs.end(taker)
    return runs(a.num_accumulated())


@program
def sparse_accumulators(tf):
    a = tf.SparseConditionalAccumulator(tf.float32, [6, 2], name="rows")
    runs = Runs(tf)
    runs(a.apply_grad([0, 3], [[1.0, 2.0], [3.0, 4.0]]))
    runs(a.apply_grad([1, 3], [[5.0, 6.0], [5.0, 8.0]], [6, 2]), a.num_accumulated())
    runs(a.take_grad(2), a.num_accumulated())
    slices = tf.IndexedSlices(tf.constant([[1.0, 1.0]]), tf.constant([5]), tf.constant([6, 2]))
    runs(a.apply_indexed_slices_grad(slices, local_step=1))
    taken = a.take_indexed_slices_grad(1)
    runs([taken.indices, taken.values, taken.dense_shape], a.set_global_step(7))
    runs(a.apply_grad([2, 0], [[1.0, 2.0], [3.0, 4.0]], local_step=7), a.take_grad(1))
    v, i = tf.placeholder(tf.float32), tf.placeholder(tf.int64)
    put = a.apply_grad(i, v, local_step=9)
    runs(put, feed_dict={i: [[1]], v: [[1, 2]]})
    runs(put, feed_dict={i: [1], v: 1})
    runs(put, feed_dict={i: [1], v: [[1, 2], [3, 4]]})
    runs(put, feed_dict={i: [6], v: [[1, 2]]})
    runs(put, feed_dict={i: [1], v: [1]})
    runs(put, feed_dict={i: [1], v: [[1, 2, 3]]})
    runs(a.apply_grad([1], [[1.0, 2.0]], [7, 2], 9), a.apply_grad([1], [[1.0, 2.0]], [6], 9))
    return runs.seen


@program
def sparse_accumulators_free(tf):
    a = tf.SparseConditionalAccumulator(tf.float32, reduction_type="SUM", shared_name="s")
    v, i = tf.placeholder(tf.float32), tf.placeholder(tf.int64)
    put = a.apply_grad(i, v)
    runs = Runs(tf)
    runs(put, feed_dict={i: [4, 9], v: [1, 2]})
    runs(put, feed_dict={i: [4], v: [[1]]})
    runs(put, feed_dict={i: [4], v: [3]})
    return runs(a.take_grad(2), a.num_accumulated())


# Staging areas.


@program
def staging(tf):
    area = tf.contrib.staging.StagingArea([tf.float32, tf.int32], [[2], []], capacity=3)
    x, i = tf.placeholder(tf.float32, [2], "x"), tf.placeholder(tf.int32, [], "i")
    put, get, size = area.put([x, i]), area.get(), area.size()
    runs = Runs(tf)
    for n in range(3):
        runs(put, feed_dict={x: [n, n + 1], i: n})
    runs(size, area.peek(1), get, size, get, area.clear(), size)
    named = tf.contrib.staging.StagingArea([tf.int32, tf.int32], names=["a", "b"], shared_name="s")
    runs(named.put({"b": i, "a": i + 1}), feed_dict={i: 5})
    got = named.get("taken")
    small = tf.contrib.staging.StagingArea([tf.float32], memory_limit=4)
    runs([got["a"], got["b"]], small.put(tf.ones([1])), small.put(tf.ones([2])), small.get())
    wrong = [
        outcome(tf, lambda: area.put([x])),
        outcome(tf, lambda: area.put([x, x])),
        outcome(tf, lambda: area.put([x, i, i])),
        outcome(tf, lambda: area.put({"a": x})),
        outcome(tf, lambda: named.put([i, i])),
        outcome(tf, lambda: named.put({"c": i})),
        outcome(tf, lambda: tf.contrib.staging.StagingArea([tf.int32], [[], []])),
        outcome(tf, lambda: tf.contrib.staging.StagingArea([tf.int32], names=["a", "b"])),
        outcome(tf, lambda: tf.contrib.staging.StagingArea([tf.int32], shared_name=3)),
    ]
    return runs.seen + [text if isinstance(text, str) else "made" for text in wrong]


@program
def staging_by_key(tf):
    base = tf.contrib.staging.StagingArea.__mro__[1]
    (kind,) = [k for k in base.__subclasses__() if k.__name__ == "MapStagingArea"]
    seen = []
    for ordered in (False, True):
        area = kind([tf.float32, tf.int32], [[], []], ["x", "i"], ordered=ordered)
        k, x = tf.placeholder(tf.int64, []), tf.placeholder(tf.float32, [])
        i = tf.cast(x, tf.int32)
        whole, first, second = area.put(k, {"x": x, "i": i}), area.put(k, {"x": x}), None
        second = area.put(k, {"i": i})
        counts = [area.size(), area.incomplete_size()]
        runs = Runs(tf)
        runs(whole, feed_dict={k: 3, x: 1.5})
        runs(first, counts, feed_dict={k: 1, x: 2.5})
        runs(second, counts, feed_dict={k: 1, x: 4.5})
        runs(whole, feed_dict={k: 3, x: 1.5})
        runs(first, first, feed_dict={k: 9, x: 2.5})
        key, parts = area.get(k)
        runs([parts["x"], parts["i"]], counts, feed_dict={k: 3})
        any_key, any_parts = area.get()
        seen_parts = area.peek(tf.constant(1, tf.int64), ["i"])
        runs([seen_parts["i"]], [any_key, any_parts["x"], any_parts["i"]], area.clear(), counts)
        runs(area.put(k, {"x": x, "i": i}), feed_dict={k: 7, x: 0.5})
        part = area.get(tf.constant(7, tf.int64), ["x"])[1]
        runs([part["x"]], [part["x"]], counts)
        seen += runs.seen
    return seen
