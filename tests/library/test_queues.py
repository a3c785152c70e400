"""Queues, coordinators and queue runners: TensorFlow's graphs, values and errors."""

import base64
import json
import lzma
import re
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from graphs.compare import assert_same_graph

import evergraph as tf
from evergraph.api.staging_areas import StagingArea
from evergraph.base import errors
from evergraph.compat.shims.tutorials.rnn.ptb import reader
from evergraph.kernels.queues import FIFOQueue

GOLDEN = Path(__file__).parents[1] / "golden" / "queues"
sys.path.insert(0, str(GOLDEN))

import barrier_programs  # noqa: E402
import input_programs  # noqa: E402
import lmdb_programs  # noqa: E402
import programs as queue_programs  # noqa: E402
import training_programs  # noqa: E402

sys.path.remove(str(GOLDEN))
del sys.modules["programs"]  # another folder has a module of this name

EXPECTED = {}
for _name in (
    "programs",
    "input_programs",
    "barrier_programs",
    "training_programs",
    "lmdb_programs",
):
    with lzma.open(GOLDEN / f"{_name}.json.xz") as _file:
        EXPECTED.update(json.load(_file))

# Queues that are not shared are numbered over the process.
NUMBER = re.compile(r"(?<=[' ])_\d+_")


def check(found: Any, expected: Any) -> None:
    if isinstance(expected, list):
        assert len(found) == len(expected)
        for f, e in zip(found, expected, strict=True):
            check(f, e)
    elif isinstance(expected, dict):
        array = np.asarray(found, object if expected["dtype"] == "object" else None)
        assert (array.dtype.name, list(array.shape)) == (expected["dtype"], expected["shape"])
        flat = [v.decode("latin-1") if isinstance(v, bytes) else v for v in array.flat]
        assert flat == expected["values"]
    elif isinstance(expected, str):
        found = found.replace("evergraph.base.errors", "tensorflow.python.framework.errors_impl")
        assert NUMBER.sub("_N_", found) == NUMBER.sub("_N_", expected)
    else:
        assert found == expected


@pytest.mark.parametrize(
    "program",
    [
        *(queue_programs.PROGRAMS + input_programs.PROGRAMS),
        *(barrier_programs.PROGRAMS + training_programs.PROGRAMS + lmdb_programs.PROGRAMS),
    ],
    ids=lambda p: p.__name__,
)
def test_like_tensorflow(program: Any) -> None:
    golden = EXPECTED[program.__name__]
    more = [reader] if program.__name__ == "ptb_batches" else []
    with tf.Graph().as_default() as graph:
        tf.set_random_seed(5)
        seen = program(tf, *more)
        assert_same_graph(graph.as_graph_def(), base64.b64decode(golden["graph"]))
    check(seen, golden["seen"])


def waiting(run: Any) -> tuple[threading.Thread, list[Exception]]:
    """A thread that runs something that has to wait, and the list of what it raises."""
    found: list[Exception] = []

    def call() -> None:
        try:
            run()
        except Exception as error:
            found.append(error)

    thread = threading.Thread(target=call, daemon=True)
    thread.start()
    return thread, found


def until_someone_waits(line: Any) -> None:
    for _ in range(1000):
        if line:
            return
        threading.Event().wait(0.005)
    raise AssertionError("nobody waits")


@pytest.mark.parametrize("op", ["dequeue", "enqueue"])
def test_closing_a_session_cancels_who_waits(op: str) -> None:
    with tf.Graph().as_default():
        q = tf.FIFOQueue(1, tf.int32)
        session = tf.Session()
        run = {"dequeue": q.dequeue(), "enqueue": q.enqueue(2)}[op]
        if op == "enqueue":
            session.run(q.enqueue(1))
        else:
            session.run(q.size())
        (queue,) = (s for s in session._state._slots.values() if isinstance(s, FIFOQueue))
        thread, found = waiting(lambda: session.run(run))
        until_someone_waits(queue._taking if op == "dequeue" else queue._putting)
        session.close()
        thread.join(10)
    assert [type(error) for error in found] == [errors.CancelledError]
    assert str(found[0]).startswith(f"{op.capitalize()} operation was cancelled")


def test_first_come_first_served() -> None:
    """Who asks for much is not overtaken by who asks for little."""
    queue = FIFOQueue("q", 5, [tf.int32], [()])
    order: list[str] = []
    many, _ = waiting(lambda: (queue.take_many(3), order.append("many")))
    until_someone_waits(queue._taking)
    one, _ = waiting(lambda: (queue.take(), order.append("one")))
    for i in range(3):
        queue.put((torch.tensor(i),))
    many.join(10)
    assert order == ["many"]
    queue.put((torch.tensor(3),))
    one.join(10)
    assert order == ["many", "one"]


def test_an_interrupted_wait_leaves_the_line(monkeypatch: pytest.MonkeyPatch) -> None:
    queue = FIFOQueue("q", 1, [tf.int32])

    def interrupt(self: Any, timeout: Any = None) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(threading.Event, "wait", interrupt)
        with pytest.raises(KeyboardInterrupt):
            queue.take()
    queue.put((np.array(7),))
    assert queue.take()[0] == 7


def test_elements_are_copies() -> None:
    with tf.Graph().as_default(), tf.Session() as session:
        q = tf.FIFOQueue(2, tf.float32, [[2]])
        x = tf.placeholder(tf.float32, [2])
        array = np.array([1, 2], np.float32)
        session.run(q.enqueue(x), {x: array})
        array[:] = 9
        assert session.run(q.dequeue()).tolist() == [1, 2]


def test_ptb_files(tmp_path: Path) -> None:
    (tmp_path / "ptb.train.txt").write_text(" b a b \n c a b \n")
    (tmp_path / "ptb.valid.txt").write_text("a z \n")
    (tmp_path / "ptb.test.txt").write_text("c \n")
    train, valid, test, size = reader.ptb_raw_data(str(tmp_path))
    # <eos> and a come twice, and "<" is before letters; words that train lacks are left out.
    assert reader._build_vocab(str(tmp_path / "ptb.train.txt")) == {
        "b": 0, "<eos>": 1, "a": 2, "c": 3
    }  # fmt: skip
    assert (train, valid, test, size) == ([0, 2, 0, 1, 3, 2, 0, 1], [2, 1], [3, 1], 4)


def test_ptb_arrays() -> None:
    batches = list(reader.ptb_iterator(range(3, 27), 3, 2))
    assert len(batches) == 3
    assert batches[1][0].tolist() == [[5, 6], [13, 14], [21, 22]]
    assert batches[1][1].tolist() == [[6, 7], [14, 15], [22, 23]]
    with pytest.raises(ValueError, match="decrease batch_size or num_steps"):
        next(reader.ptb_iterator([1, 2, 3], 2, 4))


def test_what_waits_comes_after_what_gives():
    with tf.Graph().as_default(), tf.Session() as session:
        queue = tf.FIFOQueue(10, [tf.int32], [[]])
        taken = queue.dequeue()
        given = queue.enqueue([7])
        options = tf.RunOptions(timeout_in_ms=20_000)
        assert session.run([taken, given], options=options) == [7, None]
        area = StagingArea([tf.float32])
        got, put = area.get(), area.put([tf.constant(1.5)])
        assert session.run([got, put], options=options)[0] == [1.5]
