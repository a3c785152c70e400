"""Damaged files and interrupted writing: errors instead of crashes, and the last good checkpoint
stays."""

import errno
import os
import random
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.message import DecodeError

import evergraph as tf
from evergraph.base import errors
from evergraph.base.platform import filesystem
from evergraph.formats.checkpoint_reader import CheckpointReader
from evergraph.formats.table import Table, write_table
from evergraph.proto.framework.graph_pb2 import GraphDef

GOLDEN = Path(__file__).parents[1] / "golden" / "checkpoints"
# Set to 10000 for the long run.
INPUTS = int(os.environ.get("EVERGRAPH_FUZZ", "1000"))


def mutated(data: bytes, chance: random.Random) -> bytes:
    """The data with a few bytes flipped, doubled, replaced or cut off."""
    result = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 8))):
        at = chance.randrange(len(result)) if result else 0
        match chance.randrange(6):
            case 0:
                del result[at:]
            case 1:
                result[at : at + 1] = bytes([chance.randrange(256)])
            case 2:
                result[at:at] = result[at : at + chance.randrange(64)]
            case 3:
                del result[at : at + chance.randrange(16)]
            case 4:
                result[at : at + 8] = b"\xff" * chance.randrange(10)
            case _:
                if at < len(result):
                    result[at] ^= 1 << chance.randrange(8)
    return bytes(result)


def tried(call: Callable[[], Any]) -> bool:
    """Whether it works; TensorFlow's errors alone may be raised."""
    try:
        call()
    except errors.OpError:
        return False
    return True


def read_all(prefix: str) -> None:
    reader = CheckpointReader(prefix)
    for name in reader.get_variable_to_shape_map():
        reader.get_tensor(name)


def test_damaged_tables(tmp_path: Path) -> None:
    chance = random.Random(1)
    data = (GOLDEN / "v2.index").read_bytes()
    path = tmp_path / "table"
    good = 0
    for _ in range(INPUTS):
        path.write_bytes(mutated(data, chance))
        good += tried(lambda: list(Table(str(path))))
    assert 0 < good < INPUTS // 2  # the footer has room that nobody reads


def test_damaged_entries_of_bundles(tmp_path: Path) -> None:
    """Whole tables with damaged entries: checksums do not help here."""
    chance = random.Random(2)
    prefix = str(tmp_path / "m")
    rows = list(Table(str(GOLDEN / "v2.index")))
    data = (GOLDEN / "v2.data-00000-of-00001").read_bytes()
    Path(prefix + ".data-00000-of-00001").write_bytes(data)
    tracemalloc.start()
    try:
        for _ in range(INPUTS):
            damaged = dict(rows)
            for _ in range(chance.choice((1, 2, 5))):
                key, value = chance.choice(rows)
                damaged[mutated(key, chance) if key and not chance.randrange(4) else key] = mutated(
                    value, chance
                )
            with open(prefix + ".index", "wb") as file:
                write_table(file, sorted(damaged.items()))
            tried(lambda: read_all(prefix))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 3_000_000  # of some 20 kB of files; messages of protobuf count too


def test_damaged_files_of_version_1(tmp_path: Path) -> None:
    chance = random.Random(3)
    path = tmp_path / "m"
    rows = list(Table(str(GOLDEN / "v1")))
    for i in range(INPUTS):
        if i % 2:
            path.write_bytes(mutated((GOLDEN / "v1").read_bytes(), chance))
        else:
            damaged = dict(rows)
            key, value = chance.choice(rows)
            damaged[key] = mutated(value, chance)
            with open(path, "wb") as file:
                write_table(file, sorted(damaged.items()))
        tried(lambda: read_all(str(path)))


def test_damaged_graphs() -> None:
    chance = random.Random(4)
    with tf.Graph().as_default() as graph:
        x = tf.placeholder(tf.float32, [None, 3])
        w = tf.get_variable("w", [3, 2])
        y = tf.nn.relu(tf.matmul(x, w)) + [1.0, 2.0]
        tf.cond(tf.reduce_sum(y) > 0, lambda: y[0], lambda: tf.reshape(y, [-1]))
        tf.while_loop(lambda i: i < 3, lambda i: i + 1, [0])
    data = graph.as_graph_def().SerializeToString()
    imported = 0
    for _ in range(INPUTS // 10):
        graph_def = GraphDef()
        try:
            graph_def.ParseFromString(mutated(data, chance))
        except DecodeError:
            continue
        with tf.Graph().as_default():
            try:
                tf.import_graph_def(graph_def)
            except (ValueError, TypeError, errors.OpError):
                continue
        imported += 1
    assert imported


def save(prefix: str, step: int) -> str:
    with tf.Graph().as_default(), tf.Session() as sess:
        tf.get_variable("v", initializer=tf.fill([1000], float(step)))
        sess.run(tf.global_variables_initializer())
        return str(tf.train.Saver().save(sess, prefix, global_step=step))


class Full:
    """A file of a full disk: the first bytes fit."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def write(self, data: Any) -> int:
        if self._file.tell() + len(data) > 600:
            raise OSError(errno.ENOSPC, "No space left on device")
        return int(self._file.write(data))


def test_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    good = save(str(tmp_path / "m"), 1)
    before = sorted(p.name for p in tmp_path.iterdir())
    local = filesystem._Local.open
    monkeypatch.setattr(
        filesystem._Local,
        "open",
        lambda self, path, mode: (
            Full(local(self, path, mode)) if "w" in mode else local(self, path, mode)
        ),
    )
    with pytest.raises(tf.errors.ResourceExhaustedError, match="No space left on device"):
        save(str(tmp_path / "m"), 2)
    assert sorted(p.name for p in tmp_path.iterdir()) == before
    assert tf.train.latest_checkpoint(str(tmp_path)) == good
    assert tf.train.load_variable(good, "v")[0] == 1.0


def test_saving_over_a_checkpoint_that_fails_leaves_it(tmp_path: Path) -> None:
    prefix = str(tmp_path / "m")
    with tf.Graph().as_default(), tf.Session() as sess:
        raw = tf.raw_ops
        value = tf.ones([4])
        for names in (["a"], ["b", "b"]):
            save = raw.SaveV2(
                prefix=prefix,
                tensor_names=names,
                shape_and_slices=[""] * len(names),
                tensors=[value] * len(names),
            )
            if names == ["a"]:
                sess.run(save)
            else:
                with pytest.raises(tf.errors.InvalidArgumentError, match="duplicate key: b"):
                    sess.run(save)
    assert tf.train.list_variables(prefix) == [("a", [4])]
    assert len(list(tmp_path.iterdir())) == 2


KILLED = """
import os, random, signal, sys, time
import evergraph as tf
from evergraph.formats.checkpoint_reader import CheckpointReader

folder = sys.argv[1]

def train():
    "Goes on from the last checkpoint, and saves after each step."
    with tf.Graph().as_default(), tf.Session() as sess:
        step = tf.get_variable("step", initializer=tf.constant(0))
        weights = [tf.get_variable("w%d" % i, initializer=tf.zeros([5000])) for i in range(4)]
        train = tf.group(step.assign_add(1), *[w.assign_add(tf.ones([5000])) for w in weights])
        saver = tf.train.Saver(max_to_keep=2)
        latest = tf.train.latest_checkpoint(folder)
        if latest:
            saver.restore(sess, latest)
            state = tf.train.get_checkpoint_state(folder)
            saver.recover_last_checkpoints(state.all_model_checkpoint_paths)
        else:
            sess.run(tf.global_variables_initializer())
        while True:
            sess.run(train)
            saver.save(sess, os.path.join(folder, "model"), global_step=step)

chance = random.Random(0)
last = 0
for round in range(int(sys.argv[2])):
    child = os.fork()
    if not child:
        try:
            train()
        except BaseException as error:
            sys.stderr.write("%r\\n" % error)
            os._exit(3)
    before = tf.train.latest_checkpoint(folder)
    while tf.train.latest_checkpoint(folder) == before:  # however busy the machine is
        time.sleep(0.002)
        assert os.waitpid(child, os.WNOHANG) == (0, 0), "a start failed"
    time.sleep(chance.random() * 0.1)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), "a start failed"
    reader = CheckpointReader(tf.train.latest_checkpoint(folder))
    step = int(reader.get_tensor("step"))
    assert step > last, (step, last)
    last = step
    for i in range(4):
        assert (reader.get_tensor("w%d" % i) == step).all()
print(last)
"""


def test_killed_while_saving(tmp_path: Path) -> None:
    """The process is killed at some moments of a loop that saves; it starts again each time."""
    script = tmp_path / "killed.py"
    script.write_text(KILLED)
    folder = tmp_path / "models"
    folder.mkdir()
    environment = os.environ | {"PYTHONPATH": str(Path(tf.__file__).parents[1])}
    result = subprocess.run(
        [sys.executable, str(script), str(folder), str(INPUTS // 100)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert result.returncode == 0, result.stderr[-2000:]
    assert int(result.stdout) >= INPUTS // 100


def test_restored_values_are_let_go_one_by_one(tmp_path: Path) -> None:
    """No second copy of the model: each value goes as soon as its variable has it."""
    path = str(tmp_path / "m")
    count, size = 8, 1 << 20
    with tf.Graph().as_default(), tf.Session() as sess:
        for i in range(count):
            tf.get_variable(f"v{i}", [size], initializer=tf.ones_initializer())
        saver = tf.train.Saver()
        sess.run(tf.global_variables_initializer())
        tracemalloc.start()
        saver.save(sess, path, write_meta_graph=False)
        saved = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert saved < size  # less than a quarter of one of them
        saver.restore(sess, path)
        (source,) = [
            program.source for program in sess.graph._plans.values() if "restore" in program.source
        ]
    assert source.count("to_torch") == count
    for i in range(1, count + 1):
        assert f"to_torch(t{i}); t{i} = None" in source
