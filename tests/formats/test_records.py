"""Files of records: TensorFlow's are read, ours are the same, damaged ones fail as there."""

import json
import sys
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import evergraph as tf
from evergraph.base import errors
from evergraph.formats import records
from evergraph.formats.crc import Together, crc32c, masked_crc32c

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


def _file(path: Path, lengths: list[int]) -> list[bytes]:
    written = [bytes((7 * i + j) % 256 for j in range(n)) for i, n in enumerate(lengths)]
    with tf.io.TFRecordWriter(str(path)) as writer:
        for record in written:
            writer.write(record)
    return written


@pytest.mark.parametrize("block", [3000, 1 << 20])
@pytest.mark.parametrize(
    "lengths",
    [[30] * 2500, [0] * 400, [30] * 300 + [31] * 300 + [30] * 5, [10, 20] * 40, [5000] * 3 + [9]],
)
def test_many_records_of_one_length(
    lengths: list[int], block: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "_BLOCK", block)
    written = _file(tmp_path / "r", lengths)
    assert list(records.read_records(str(tmp_path / "r"))) == written


@pytest.mark.parametrize("place", [0, 5, 12, 40, 45])
@pytest.mark.parametrize("which", [0, 1, 250, 1200, 1499])
def test_one_damaged_byte_among_many(place: int, which: int, tmp_path: Path) -> None:
    written = _file(tmp_path / "r", [30] * 1500)
    data = bytearray((tmp_path / "r").read_bytes())
    data[which * 46 + place] ^= 0x10
    (tmp_path / "r").write_bytes(data)
    found = []
    with pytest.raises(errors.DataLossError, match="corrupted record at"):
        for record in records.read_records(str(tmp_path / "r")):
            found.append(record)
    assert found == written[:which]


def test_records_that_are_cut_out_late(tmp_path: Path) -> None:
    written = _file(tmp_path / "r", [30] * 200)
    with open(tmp_path / "r", "rb") as file:
        ((offsets, found),) = records.runs_at(file.read)
    assert isinstance(found, records.Alike) and list(offsets) == list(range(0, 9200, 46))
    assert list(found) == written and found[7] == written[7] and found[-1] == written[-1]
    some = found[20:40:3]
    assert isinstance(some, records.Alike) and list(some) == written[20:40:3]
    assert [row.tobytes() for row in some.matrix()] == written[20:40:3]
    with pytest.raises(IndexError):
        found[200]


@given(st.binary(max_size=20), st.binary(max_size=6), st.lists(st.binary(max_size=9)))
def test_checksums_together(data: bytes, front: bytes, parts: list[bytes]) -> None:
    length = len(data)
    stored = [masked_crc32c((data + part)[-length:] if length else b"") for part in parts]
    stored.append(masked_crc32c(data))
    frames = [
        front + (data + part)[-length:] + crc.to_bytes(4, "little")
        if length
        else front + crc.to_bytes(4, "little")
        for part, crc in zip([*parts, b""], stored, strict=True)
    ]
    found = Together(front, length)(np.array(stored, np.uint32))
    assert found == crc32c(b"".join(frames))


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
