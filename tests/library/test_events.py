"""Event files against TensorFlow's: what the same programs write, and what each reads."""

import base64
import errno
import importlib
import json
import logging
import lzma
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import evergraph as tf
from evergraph.formats.events import EventsWriter

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "events"
sys.path.insert(0, str(GOLDEN))
PROGRAMS = importlib.import_module("events_program").PROGRAMS
sys.path.remove(str(GOLDEN))
FILES = {
    name: base64.b64decode(text)
    for name, text in json.loads(lzma.open(GOLDEN / "events.json.xz").read()).items()
}


@pytest.fixture(autouse=True)
def _in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    yield
    tf.summary.FileWriterCache.clear()


def events_of(path: Path) -> list[Any]:
    """The events of a file, without the time, and with graphs in place of their bytes."""
    found = []
    for event in tf.train.summary_iterator(str(path)):
        event.ClearField("wall_time")
        graph, meta = tf.GraphDef(), tf.MetaGraphDef()
        graph.ParseFromString(event.graph_def)
        meta.ParseFromString(event.meta_graph_def)
        # What TensorFlow knows of its ops and itself is compared elsewhere.
        meta.meta_info_def.Clear()
        event.ClearField("what") if event.graph_def or event.meta_graph_def else None
        found.append((event, graph, meta))
    return found


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.__name__)
def test_same_events(program: Any, tmp_path: Path) -> None:
    golden = tmp_path / "golden"
    golden.write_bytes(FILES[program.__name__])
    program(tf, "logs")
    (path,) = (tmp_path / "logs").iterdir()
    assert path.suffix == {"file_writer": ".first", "graph_writer": ".second"}.get(
        program.__name__, ".third"
    )
    found, expected = events_of(path), events_of(golden)
    if program.__name__ == "graph_writer":
        # The nodes of one run write in any order.
        found.sort(key=str)
        expected.sort(key=str)
    for ours, theirs in zip(found, expected, strict=True):
        assert ours == theirs


def test_nothing_is_written_before_the_first_event(tmp_path: Path) -> None:
    writer = tf.summary.FileWriter("logs")
    assert list((tmp_path / "logs").iterdir()) == []
    writer.add_summary(tf.Summary(), 1)
    writer.flush()
    (path,) = (tmp_path / "logs").iterdir()
    assert path.name.startswith("events.out.tfevents.")
    assert [e.step for e in tf.train.summary_iterator(str(path))] == [0, 1]
    writer.close()


def test_closed_writers_warn_and_open_again(tmp_path: Path) -> None:
    with tf.summary.FileWriter("logs", filename_suffix=".a") as writer:
        writer.add_event(tf.Event(step=1))
    with pytest.warns(UserWarning, match="closed FileWriter"):
        writer.add_event(tf.Event(step=2))
    (path,) = (tmp_path / "logs").iterdir()
    path.rename(tmp_path / "before")
    writer.reopen()
    writer.add_event(tf.Event(step=3))
    writer.close()
    writer.close()
    (path,) = (tmp_path / "logs").iterdir()
    assert [e.step for e in tf.train.summary_iterator(str(path))] == [0, 3]


@pytest.mark.parametrize("cut", [1, 4, 13, 20])
def test_files_cut_short_are_read_up_to_the_cut(cut: int, tmp_path: Path) -> None:
    whole = FILES["session_writer"]
    path = tmp_path / "events"
    path.write_bytes(whole[:-cut])
    reader = tf.train.summary_iterator(str(path))
    assert next(reader).file_version == "brain.Event:2"
    with pytest.raises(tf.errors.DataLossError, match="truncated record at"):
        list(reader)


def test_damaged_files_are_found_out(tmp_path: Path) -> None:
    damaged = bytearray(FILES["session_writer"])
    damaged[-6] ^= 1
    path = tmp_path / "events"
    path.write_bytes(damaged)
    with pytest.raises(tf.errors.DataLossError, match="corrupted record at"):
        list(tf.train.summary_iterator(str(path)))
    with pytest.raises(tf.errors.NotFoundError):
        list(tf.train.summary_iterator("nothing"))


class _FullDisk:
    """A file that takes nothing."""

    def write(self, data: bytes) -> int:
        raise OSError(errno.ENOSPC, "full")

    flush = close = lambda self: None


def test_full_disks_are_told_and_end_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    logging.getLogger("tensorflow").propagate = True
    writer = tf.summary.FileWriter("logs")
    writer.add_event(tf.Event(step=1))
    writer.flush()
    inner: EventsWriter = writer.event_writer._ev_writer
    monkeypatch.setattr(inner, "_file", _FullDisk())
    for step in range(50):  # more than the queue holds
        writer.add_event(tf.Event(step=step))
    writer.close()
    assert "No space left on device" in caplog.text


def test_cache_gives_one_writer_a_folder() -> None:
    first = tf.summary.FileWriterCache.get("one")
    assert tf.summary.FileWriterCache.get("one") is first
    assert tf.summary.FileWriterCache.get("two") is not first
    assert tf.train.SummaryWriter is tf.summary.FileWriter


def test_run_metadata_tags_are_used_once() -> None:
    with tf.summary.FileWriter("logs") as writer:
        writer.add_run_metadata(tf.RunMetadata(), "run")
        with pytest.raises(ValueError, match="already used"):
            writer.add_run_metadata(tf.RunMetadata(), "run")
        with pytest.raises(ValueError, match="but not both"):
            writer.add_graph(tf.get_default_graph(), graph_def=tf.GraphDef())
        with pytest.raises(TypeError, match="instance of `Graph`"):
            writer.add_graph(1)
        with pytest.raises(TypeError, match="must be type MetaGraphDef"):
            writer.add_meta_graph(1)


def test_many_threads_may_write(tmp_path: Path) -> None:
    with tf.summary.FileWriter("logs") as writer:
        threads = [
            threading.Thread(target=lambda: [writer.add_event(tf.Event(step=1)) for _ in range(50)])
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    (path,) = (tmp_path / "logs").iterdir()
    assert sum(e.step for e in tf.train.summary_iterator(str(path))) == 200


def test_projector_configuration(tmp_path: Path) -> None:
    projector = tf.contrib.tensorboard.plugins.projector
    config = projector.ProjectorConfig()
    config.embeddings.add(tensor_name="embedding", metadata_path="labels.tsv")
    with tf.summary.FileWriter("logs") as writer:
        projector.visualize_embeddings(writer, config)
    assert (tmp_path / "logs" / "projector_config.pbtxt").read_text() == (
        'embeddings {\n  tensor_name: "embedding"\n  metadata_path: "labels.tsv"\n}\n'
    )


def test_uninitialized_writer() -> None:
    writer = tf.contrib.summary.create_file_writer("logs", name="w")
    with (
        tf.Session() as session,
        pytest.raises(tf.errors.NotFoundError, match="Resource localhost/w/.* does not exist."),
    ):
        session.run(writer.flush())


def test_programs_that_do_not_close_their_writers(tmp_path: Path) -> None:
    code = (
        "import evergraph as tf\n"
        "writer = tf.summary.FileWriter('logs')\n"
        "for i in range(30): writer.add_event(tf.Event(step=i, wall_time=1))\n"
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], cwd=tmp_path, check=True)
    (path,) = (tmp_path / "logs").iterdir()
    assert [e.step for e in tf.train.summary_iterator(str(path))][1:] == list(range(30))
