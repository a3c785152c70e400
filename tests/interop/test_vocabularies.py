"""SavedModels with tables of vocabularies go both ways between TensorFlow 1.15 and evergraph.

What TensorFlow reads from our files was recorded (generate_exchange.py); that we still write the
same files is what is tested here.
"""

import importlib.util
import json
import re
import tarfile
from pathlib import Path

import pytest
from google.protobuf import text_format

import evergraph as tf
from evergraph.library.saved_model.loader_impl import parse_saved_model

GOLDEN = Path(__file__).resolve().parents[1] / "golden/interop"
spec = importlib.util.spec_from_file_location("vocabularies", GOLDEN / "vocabularies.py")
vocabularies = importlib.util.module_from_spec(spec)
spec.loader.exec_module(vocabularies)

FOUND = json.loads((GOLDEN / "vocabularies.json").read_text())


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folders "tensorflow" and "evergraph"."""
    folder = tmp_path_factory.mktemp("vocabularies")
    with tarfile.open(GOLDEN / "vocabularies.tar.xz") as archive:
        archive.extractall(folder, filter="data")
    return folder


@pytest.mark.parametrize("untrusted", [False, True])
@pytest.mark.parametrize("writer", ["tensorflow", "evergraph"])
def test_reads_what_tensorflow_reads(writer: str, untrusted: bool, files: Path) -> None:
    keywords = {"untrusted": True} if untrusted else {}
    found = vocabularies.read(tf, str(files / writer), **keywords)
    assert json.loads(json.dumps(found)) == FOUND[writer]
    assert FOUND["tensorflow"] == FOUND["evergraph"]


def plain(folder: Path) -> str:
    """A model's graphs as text, without what is random."""
    message = parse_saved_model(str(folder))
    text: str = text_format.MessageToString(message)
    return re.sub(r"hash_table_[0-9a-f]{8}-[0-9a-f-]{27}", "hash_table_X", text)


@pytest.mark.parametrize("name", ["main", "legacy"])
def test_writes_the_files_that_tensorflow_reads(
    name: str, files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    vocabularies.write(tf, "files")
    ours, recorded, tensorflows = (
        folder / name for folder in (tmp_path / "files", files / "evergraph", files / "tensorflow")
    )
    for path in recorded.rglob("*"):
        if path.is_file() and path.name != "saved_model.pb":
            part = path.relative_to(recorded)
            content = path.read_bytes()
            assert content == (ours / part).read_bytes() == (tensorflows / part).read_bytes(), part
    assert plain(ours) == plain(recorded) == plain(tensorflows)
