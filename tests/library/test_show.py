"""`evergraph show` tells what files hold."""

import tarfile
from pathlib import Path

import pytest
from click.testing import CliRunner

import evergraph as tf
from evergraph.cli.show import command

GOLDEN = Path(__file__).resolve().parents[1] / "golden"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files that TensorFlow wrote: tests/golden/interop/exchange.py."""
    folder = tmp_path_factory.mktemp("files")
    with tarfile.open(GOLDEN / "interop/exchange.tar.xz") as archive:
        archive.extractall(folder, filter="data")
    return folder / "tensorflow"


def show(*arguments: object) -> list[str]:
    result = CliRunner().invoke(command, list(map(str, arguments)))
    assert result.exit_code == 0, result.output
    return result.output.splitlines()


def test_checkpoint(files: Path) -> None:
    lines = show(files / "v2")
    assert lines[0] == f"checkpoint {files / 'v2'}"
    assert "variables: 11, 76 elements, 296 B" in lines
    assert "  first/w                            float32  [3,4]  48 B" in lines
    assert "  words                              string   [3]" in lines
    assert lines[-1] == f"its graph is in {files / 'v2'}.meta"
    assert show(files / "v2.index") == lines
    assert [line for line in show(files / "v1") if "first/w " in line]


def test_values(files: Path) -> None:
    lines = ["first/b  float32 [4]", "[0. 0. 0. 0.]"]
    assert show(files / "v2", "-t", "first/b") == lines
    assert show(files / "model", "-t", "first/b") == lines
    assert show(files / "v2.meta", "-t", "first/b", "-t", "global_step")[-1] == "0"


def test_meta_graph_and_saved_model(files: Path) -> None:
    lines = show(files / "v2.meta")
    assert "written by TensorFlow 1.15.5" in lines
    assert "ops not supported: none" in lines
    assert "nodes that reach outside: none" in lines
    assert [
        line for line in lines if line.startswith("collections: cond_context 14, global_step 1, ")
    ]
    lines = show(files / "model")
    assert lines[:6] == [
        f"SavedModel {files / 'model'}",
        "graph with tags serve",
        "  written by TensorFlow 1.15.5",
        "  signature serving_default  tensorflow/serving/predict",
        "    in   x    float32  [?,3]  x:0",
        "    out  out  float32  [?,2]  second/out:0",
    ]
    assert "  assets: words.txt" in lines


def test_saved_model_with_vocabularies(tmp_path: Path) -> None:
    with tarfile.open(GOLDEN / "interop/vocabularies.tar.xz") as archive:
        archive.extractall(tmp_path, filter="data")
    lines = show(tmp_path / "tensorflow/main")
    assert "  assets: terms.txt, terms.txt_1, terms.txt_2" in lines
    assert "  ops not supported: none" in lines
    assert "  nodes that reach outside: none" in lines
    assert "  seen-values    float32  [8,2]   64 B" in lines


def test_graphs(files: Path, tmp_path: Path) -> None:
    lines = show(files / "frozen.pb")
    assert lines[1].startswith("nodes: ")
    assert "  x  float32  [?,3]" in lines
    assert show(files / "frozen.pbtxt")[1:] == lines[1:]
    listed = [line.split() for line in show(files / "frozen.pb", "--nodes")]
    assert ["second/out", "MatMul", "first/Relu,", "second/out/ReadVariableOp"] in listed
    with tf.Graph().as_default() as graph:
        tf.py_func(lambda: 1.0, [], tf.float32, name="call")
        graph_def = graph.as_graph_def()
    graph_def.node.add(name="new", op="OpOfTomorrow")
    path = tmp_path / "graph.pb"
    path.write_bytes(graph_def.SerializeToString())
    lines = show(path)
    assert "ops not supported: OpOfTomorrow 1" in lines
    assert lines[-2:] == [
        "nodes that reach outside: 1",
        "  call (PyFunc) calls a Python function",
    ]


def test_nothing_to_show(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no graph")
    for path, message in (
        (tmp_path / "none", "is neither a file nor a checkpoint"),
        (tmp_path / "text", "holds no graph and no checkpoint"),
        (tmp_path, "holds neither a SavedModel nor a checkpoint"),
    ):
        result = CliRunner().invoke(command, [str(path)])
        assert result.exit_code == 1
        assert message in result.output
