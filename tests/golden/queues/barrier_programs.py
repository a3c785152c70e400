"""Programs with barriers and RecordInput. Both an old and a new Python read this file.

A program is `name(tf)`, as in `programs.py`; the classes are private ones of TensorFlow's.
"""

import importlib

from input_programs import folder, write, write_records
from programs import Runs

PROGRAMS = []


def program(function):
    PROGRAMS.append(function)
    return function


def data_flow(tf):
    """The module that has the classes."""
    ours = "evergraph" in tf.__name__
    return importlib.import_module(
        "evergraph.api.barriers" if ours else "tensorflow.python.ops.data_flow_ops"
    )


def barrier(tf, *args, **kwargs):
    return data_flow(tf).Barrier(*args, **kwargs)


def records(tf, *args, **kwargs):
    return data_flow(tf).RecordInput(*args, **kwargs).get_yield_op()


@program
def barrier_pieces(tf):
    b = barrier(tf, (tf.float32, tf.string), shapes=((), (2,)), name="B")
    assert b.name == "B" and b.barrier_ref.dtype == tf.dtypes.as_dtype("string_ref")
    runs = Runs(tf)
    runs(b.ready_size(), b.incomplete_size())
    runs(b.insert_many(0, ["a", "b", "c"], [1.0, 2.0, 3.0]), b.incomplete_size(), b.ready_size())
    runs(b.insert_many(1, ["c", "d", "a"], [["x", "y"], ["z", ""], ["u", "v"]]))
    return runs(b.ready_size(), b.incomplete_size(), b.take_many(2), b.ready_size())


@program
def barrier_order(tf):
    b = barrier(tf, tf.int32, shapes=[[]])
    runs = Runs(tf)
    for keys in (["k9", "k1"], ["k5"], ["k7", "k3", "k2"]):
        runs(b.insert_many(0, keys, list(range(len(keys)))))
    return runs(b.take_many(6), b.take_many(0))


@program
def order_of_first_insertion(tf):
    b = barrier(tf, (tf.int32, tf.int32), shapes=([], []))
    runs = Runs(tf)
    for key in ("one", "two", "three"):
        runs(b.insert_many(0, [key], [len(key)]))
    for key in ("three", "one", "two"):
        runs(b.insert_many(1, [key], [ord(key[0])]))
    return runs(b.take_many(3))


@program
def barrier_mistakes(tf):
    b = barrier(tf, (tf.int32, tf.float32), shapes=([], [2]), name="wrong")
    runs = Runs(tf)
    runs(b.insert_many(0, ["a"], [1]), b.insert_many(0, ["a"], [2]))
    runs(b.insert_many(0, ["b"], [1.0]), b.insert_many(2, ["b"], [1]))
    runs(b.insert_many(1, ["a"], [[1.0, 2.0, 3.0]]), b.ready_size(), b.incomplete_size())
    empty = tf.placeholder_with_default([[1.0]], None)
    runs.seen.append(runs.outcome(b.insert_many(1, ["c"], empty), feed_dict={empty: [[]]}))
    runs(b.insert_many(1, tf.zeros([0], tf.string), tf.zeros([0, 2])))
    return runs.seen


def built(call):
    try:
        return str(call())
    except (ValueError, TypeError) as error:
        return "{}: {}".format(type(error).__name__, str(error).split("\n")[0])


@program
def mistakes_while_building(tf):
    b = barrier(tf, tf.int32, shapes=[[]])
    return [
        built(lambda: barrier(tf, (tf.int32, tf.int32), shapes=([], [0, 2]))),
        built(lambda: barrier(tf, (tf.int32, tf.int32), shapes=([], [None, 2]))),
        built(lambda: b.take_many(1, timeout=5)),
        built(lambda: b.insert_many(0, "a", [1])),
        built(lambda: b.insert_many(0, ["a"], 1)),
        built(lambda: b.insert_many(0, ["a"], [1, 2])),
        built(lambda: [t.shape for t in b.take_many(3)[:2]]),
        built(lambda: [t.shape for t in b.take_many(3, allow_small_batch=True)[2]]),
    ]


@program
def without_shapes(tf):
    b = barrier(tf, tf.int32)
    return Runs(tf)(b.ready_size())


@program
def barrier_shared(tf):
    runs = Runs(tf)
    a = barrier(tf, tf.int32, shapes=[[]], shared_name="same")
    runs(a.insert_many(0, ["k"], [4]), barrier(tf, tf.int32, [[]], "same").take_many(1))
    runs(barrier(tf, tf.float32, [[]], "same").ready_size())
    runs(barrier(tf, tf.int32, None, "same").ready_size())
    return runs(barrier(tf, tf.int32, [[1]], "same").ready_size(), a.barrier_ref)


@program
def barrier_closed(tf):
    b = barrier(tf, (tf.int32, tf.int32), shapes=([], []), name="shut")
    runs = Runs(tf)
    runs(b.insert_many(0, ["a", "b"], [1, 2]), b.insert_many(1, ["a"], [3]), b.close())
    runs(b.insert_many(0, ["c"], [1]), b.insert_many(1, ["b"], [4]), b.insert_many(1, ["b"], [4]))
    runs(b.close(), b.take_many(3), b.take_many(3, allow_small_batch=True), b.ready_size())
    return runs(b.take_many(1), b.take_many(1, True), b.close(True), b.close(True))


@program
def closed_and_cancelled(tf):
    b = barrier(tf, (tf.int32, tf.int32), shapes=([], []), name="shut")
    runs = Runs(tf)
    runs(b.insert_many(0, ["a", "b"], [1, 2]), b.insert_many(1, ["a"], [3]), b.close(True))
    runs(b.incomplete_size(), b.insert_many(1, ["b"], [4]), b.take_many(1), b.take_many(1))
    return runs(b.close(), b.close(True))


@program
def barrier_waiting(tf):
    b = barrier(tf, (tf.int32, tf.int32), shapes=([], []))
    runs = Runs(tf)
    threads = [runs.in_thread(b.take_many(3))]
    runs(b.insert_many(0, ["a", "b", "c"], [1, 2, 3]), b.insert_many(1, ["b", "a"], [5, 4]))
    runs(b.insert_many(1, ["c"], [6]))
    runs.end(*threads)
    threads = [runs.in_thread(b.take_many(3, allow_small_batch=True))]
    runs(b.insert_many(0, ["d"], [1]), b.insert_many(1, ["d"], [5]), b.close())
    runs.end(*threads)
    return runs.seen


def epochs(tf, wanted, count, **options):
    """What RecordInput gives: `wanted` files of so many records each.

    The files are named: in which order a pattern finds them, is the file system's choice.
    """
    with folder():
        for name, size in wanted:
            names = [f"{name}{i}".encode() for i in range(size)]
            write_records(tf, name, names, options.get("compression_type", ""))
        pattern = ",".join(name for name, _ in wanted)
        yielded = records(tf, pattern, **options)
        runs = Runs(tf)
        for _ in range(count):
            runs(yielded)
        return runs.seen


@program
def one_file(tf):
    return epochs(tf, [("a", 40)], 4, batch_size=10, buffer_size=200, seed=7)


@program
def several_files(tf):
    seen = []
    for count in (1, 2, 3, 4, 5, 8):
        wanted = [(f"f{i}", 3 + i) for i in range(count)]
        seen += epochs(tf, wanted, 1, batch_size=10, buffer_size=1000, seed=count)
        total = sum(size for _, size in wanted)
        options = dict(batch_size=total, buffer_size=1000, shift_ratio=0.6)
        seen += epochs(tf, wanted, 1, **options)
    return seen


@program
def batches_of_records(tf):
    yielded = epochs(tf, [("a", 12)], 1, batch_size=2, batches=3, buffer_size=99, seed=1)
    return yielded


@program
def packed_records(tf):
    return epochs(tf, [("a", 5)], 1, batch_size=5, buffer_size=99, compression_type="GZIP")


@program
def records_missing(tf):
    with folder():
        write("a", b"x" * 12 + b"not a record")
        missing = records(tf, "b*", batch_size=2)
        broken = records(tf, "a", batch_size=2)
        return Runs(tf)(missing, missing, broken, broken)
