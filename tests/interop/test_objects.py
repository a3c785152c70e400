"""Checkpoints of objects go both ways between TensorFlow 1.15 and evergraph.

What TensorFlow reads from ours was recorded (generate_objects.py); that we still write the same
files is what is tested here.
"""

import importlib.util
import json
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import evergraph as tf

GOLDEN = Path(__file__).resolve().parents[1] / "golden/interop"
spec = importlib.util.spec_from_file_location("objects", GOLDEN / "objects.py")
objects = importlib.util.module_from_spec(spec)
spec.loader.exec_module(objects)

FOUND = json.loads((GOLDEN / "objects.json").read_text())
EXACT = ("model-1.index", "model-1.data-00000-of-00002", "model-1.data-00001-of-00002")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folders "tensorflow" and "evergraph"."""
    folder = tmp_path_factory.mktemp("objects")
    with tarfile.open(GOLDEN / "objects.tar.xz") as archive:
        archive.extractall(folder, filter="data")
    return folder


def assert_same(found: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert found.keys() == wanted.keys()
    for name, value in wanted.items():
        if isinstance(value, list) and isinstance(value[0], float):
            np.testing.assert_allclose(found[name], value, rtol=1e-5, err_msg=name)
        elif isinstance(value, list):
            for ours, theirs in zip(found[name], value, strict=True):
                if isinstance(theirs, str):
                    assert ours == theirs
                else:
                    np.testing.assert_allclose(ours, theirs, rtol=1e-5, err_msg=name)
        else:
            assert found[name] == value, name


@pytest.mark.parametrize("writer", ["tensorflow", "evergraph"])
def test_reads_what_tensorflow_reads(writer: str, files: Path) -> None:
    assert_same(objects.read(tf, str(files / writer)), FOUND[writer])


def test_tensorflow_reads_the_same_from_both() -> None:
    assert_same(FOUND["evergraph"], FOUND["tensorflow"])


def test_writes_the_same_bytes(files: Path, tmp_path: Path) -> None:
    objects.write(tf, str(tmp_path))
    for name in (*EXACT, "checkpoint", "names.state"):
        content = (tmp_path / name).read_bytes()
        if name in EXACT:
            assert content == (files / "tensorflow" / name).read_bytes(), name
        assert content == (files / "evergraph" / name).read_bytes(), name
    written = {path.name for path in tmp_path.iterdir()}
    assert written == {path.name for path in (files / "tensorflow").iterdir()}
