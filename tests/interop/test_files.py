"""Files go both ways between TensorFlow 1.15 and evergraph.

What TensorFlow reads from our files was recorded (generate_exchange.py); that we still write the
same files is what is tested here.
"""

import hashlib
import importlib.util
import json
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import evergraph as tf
from evergraph.library import meta_graph
from evergraph.library.saved_model.loader_impl import parse_saved_model
from evergraph.proto.framework.graph_pb2 import GraphDef
from evergraph.proto.protobuf.control_flow_pb2 import CondContextDef

GOLDEN = Path(__file__).resolve().parents[1] / "golden/interop"
spec = importlib.util.spec_from_file_location("exchange", GOLDEN / "exchange.py")
exchange = importlib.util.module_from_spec(spec)
spec.loader.exec_module(exchange)

FOUND = json.loads((GOLDEN / "exchange.json").read_text())
SAME_BYTES = """
    v1 v1.state v2.index v2.data-00000-of-00001 v2.state frozen.pbtxt model/assets/words.txt
    model/variables/variables.index model/variables/variables.data-00000-of-00001
""".split()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folders "tensorflow" and "evergraph"."""
    folder = tmp_path_factory.mktemp("exchange")
    with tarfile.open(GOLDEN / "exchange.tar.xz") as archive:
        archive.extractall(folder, filter="data")
    return folder


@pytest.mark.parametrize("writer", ["tensorflow", "evergraph"])
def test_reads_what_tensorflow_reads(writer: str, files: Path) -> None:
    found = json.loads(json.dumps(exchange.read(tf, str(files / writer))))
    for name, wanted in FOUND[writer].items():
        if isinstance(wanted, list) and isinstance(wanted[0], float):
            np.testing.assert_allclose(found[name], wanted, atol=2e-5)
        else:
            assert found[name] == wanted, name
    assert FOUND["tensorflow"] == FOUND["evergraph"]


def parts(meta_graph_def: Any) -> Any:
    """A MetaGraphDef, and its contexts apart: as bytes their maps have no order."""
    contexts = meta_graph_def.collection_def["cond_context"].bytes_list.value
    messages = [CondContextDef.FromString(value) for value in contexts]
    del meta_graph_def.collection_def["cond_context"]
    return meta_graph_def, messages


def test_writes_the_files_that_tensorflow_reads(
    files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    exchange.write(tf, "files")
    ours, recorded, tensorflows = tmp_path / "files", files / "evergraph", files / "tensorflow"
    for name in SAME_BYTES:
        content = (ours / name).read_bytes()
        assert content == (recorded / name).read_bytes() == (tensorflows / name).read_bytes(), name

    def messages(folder: Path) -> dict[str, Any]:
        return {
            "frozen": GraphDef.FromString((folder / "frozen.pb").read_bytes()),
            "model": parts(parse_saved_model(str(folder / "model")).meta_graphs[0]),
            "v1": parts(meta_graph.read_meta_graph_file(str(folder / "v1.meta"))),
            "v2": parts(meta_graph.read_meta_graph_file(str(folder / "v2.meta"))),
        }

    written = messages(ours)
    for folder in (recorded, tensorflows):
        for name, wanted in messages(folder).items():
            assert written[name] == wanted, (folder.name, name)
    listed = sorted(p.relative_to(ours) for p in ours.rglob("*"))
    assert listed == sorted(p.relative_to(tensorflows) for p in tensorflows.rglob("*"))


# Golden files beside the project.


def manifest(shared: Path, kind: str) -> dict[str, Any]:
    return json.loads((shared / "golden/manifest.json").read_text())[kind]


def assert_array(value: Any, entry: dict[str, Any]) -> None:
    array = np.asarray(value)
    if array.dtype.kind in "OS":
        assert np.vectorize(lambda b: b.decode("latin1"))(array).tolist() == entry["values"]
        return
    assert array.dtype.name == entry["dtype"]
    assert list(array.shape) == entry["shape"]
    assert hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest() == entry["sha256"]


def test_all_golden_checkpoints(shared: Path) -> None:
    for name, entry in manifest(shared, "checkpoints").items():
        prefix = str(shared / "golden" / entry["prefix"])
        reader = tf.train.NewCheckpointReader(prefix)
        assert reader.get_variable_to_shape_map() == entry["shape_map"], name
        types = {n: d.name for n, d in reader.get_variable_to_dtype_map().items()}
        assert types == entry["dtype_map"], name
        for tensor, wanted in entry["tensors"].items():
            assert_array(reader.get_tensor(tensor), wanted)
        folder = Path(prefix).parent
        latest = tf.train.latest_checkpoint(str(folder))
        if "state_absolute" not in name:
            assert latest == prefix, name


def test_golden_graphs(shared: Path) -> None:
    entries = manifest(shared, "graphs_saved")
    folder = shared / "golden/graphs_saved"
    for name in ("combined_model", "frozen_cnn"):
        graph_def = GraphDef.FromString((folder / entries[name]["file"]).read_bytes())
        with tf.Graph().as_default(), tf.Session() as sess:
            tf.import_graph_def(graph_def, name="")
            feeds = {k: np.array(v, np.float32) for k, v in entries[name].get("feed", {}).items()}
            for tensor, wanted in entries[name]["expect"].items():
                np.testing.assert_allclose(sess.run(tensor, feeds), wanted, rtol=1e-4)
