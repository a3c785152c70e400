"""Files of records: TensorFlow's are read, ours are the same, damaged ones fail as there."""

import json
import sys
import zlib
from pathlib import Path
from typing import Any

import pytest

import evergraph as tf
from evergraph.base import errors
from evergraph.formats import records

GOLDEN = Path(__file__).parents[1] / "golden" / "records"
sys.path.insert(0, str(GOLDEN))

import record_files  # noqa: E402

sys.path.remove(str(GOLDEN))

OUTCOMES = json.loads((GOLDEN / "outcomes.json").read_text())


@pytest.mark.parametrize("kind", record_files.NAMES)
def test_files_go_both_ways(kind: str, tmp_path: Path) -> None:
    golden = GOLDEN / f"{record_files.NAMES[kind]}.tfrecord"
    assert list(records.read_records(str(golden), kind)) == record_files.RECORDS
    ours = tmp_path / "ours"
    record_files.write_records(tf, str(ours), kind)
    found, expected = ours.read_bytes(), golden.read_bytes()
    if kind:  # zlib's own versions differ
        window = records.WINDOW_BITS[kind]
        found, expected = zlib.decompress(found, window), zlib.decompress(expected, window)
        assert expected
    assert found == expected
    assert list(tf.io.tf_record_iterator(str(ours), kind)) == record_files.RECORDS


@pytest.mark.parametrize("name", OUTCOMES)
def test_damaged_files(name: str, tmp_path: Path) -> None:
    kinds = record_files.write(str(tmp_path), (GOLDEN / "plain.tfrecord").read_bytes())
    found = record_files.outcome(tf, str(tmp_path / name), kinds[name])
    assert found == OUTCOMES[name]


def test_records_over_several_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "_BLOCK", 7)
    monkeypatch.setattr(records, "_LARGEST_READ", 11)
    for kind, name in record_files.NAMES.items():
        found = list(records.read_records(str(GOLDEN / f"{name}.tfrecord"), kind))
        assert found == record_files.RECORDS


def test_a_writer_that_is_closed(tmp_path: Path) -> None:
    writer = tf.python_io.TFRecordWriter(str(tmp_path / "w"))
    writer.write(b"abc")
    writer.flush()
    assert (tmp_path / "w").stat().st_size == 19
    writer.close()
    writer.close()
    for use in (writer.flush, lambda: writer.write(b"")):
        with pytest.raises(errors.FailedPreconditionError, match="previously closed"):
            use()


@pytest.mark.parametrize("settings", [{}, {"flush_mode": 2, "input_buffer_size": 100}])
def test_flushed_compressed_records_can_be_read(settings: Any, tmp_path: Path) -> None:
    options = tf.io.TFRecordOptions("GZIP", compression_level=1, **settings)
    writer = tf.io.TFRecordWriter(str(tmp_path / "w"), options)
    for record in record_files.RECORDS:
        writer.write(record)
    writer.flush()
    assert list(records.read_records(str(tmp_path / "w"), "GZIP")) == record_files.RECORDS


def test_mistakes(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match='Not a valid compression_type: "LZ"'):
        tf.io.TFRecordOptions("LZ")
    with pytest.raises(errors.NotFoundError, match="No such file or directory"):
        next(tf.io.tf_record_iterator(str(tmp_path / "none")))
    with pytest.raises(errors.NotFoundError, match="No such file or directory"):
        tf.io.TFRecordWriter(str(tmp_path / "none" / "a"))
    with pytest.raises(TypeError, match="expected bytes, str found"):
        tf.io.TFRecordWriter(str(tmp_path / "w")).write("abc")
