"""LMDB files that are damaged or none; tests/library/test_queues.py reads sound ones."""

import io
import random
import zipfile
from pathlib import Path

import pytest

from evergraph.base import errors
from evergraph.formats import lmdb, readers

ARCHIVE = Path(__file__).parents[1] / "golden" / "queues" / "lmdb.zip"


def content(name):
    with zipfile.ZipFile(ARCHIVE) as archive:
        return archive.read(name)


def read(data):
    return list(lmdb.entries(io.BytesIO(data)))


def test_entries():
    found = read(content("many"))
    assert len(found) == 900 and [key for key, _ in found] == sorted(key for key, _ in found)
    assert read(content("none")) == []


@pytest.mark.parametrize("size", [0, 100, 5000, 10000])
def test_cut_off(size):
    with pytest.raises(errors.DataLossError):
        read(content("many")[:size])


def test_another_kind_of_file():
    with pytest.raises(errors.DataLossError):
        read(b"x" * 20000)


def test_damage_is_an_error_or_another_value():
    chance = random.Random(4)
    failed = 0
    for name in ("few", "long", "many"):
        sound = content(name)[: 4096 * 40]
        for _ in range(150):
            data = bytearray(sound)
            for _ in range(4):
                data[chance.randrange(len(data))] = chance.randrange(256)
            try:
                read(bytes(data))
            except (errors.DataLossError, errors.UnimplementedError):
                failed += 1
    assert failed


def test_files_that_are_not_there(tmp_path):
    reader = readers.LMDBReader("r")
    with pytest.raises(errors.NotFoundError):
        reader.read(lambda: str(tmp_path / "missing").encode())
    with pytest.raises(errors.NotFoundError):
        reader.read(lambda: str(tmp_path).encode())
