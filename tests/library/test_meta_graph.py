"""MetaGraphDefs, exported and imported, are TensorFlow's."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from graphs.compare import assert_same_graph

import evergraph as tf
from evergraph.library import meta_graph
from evergraph.proto.protobuf.meta_graph_pb2 import MetaGraphDef

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "library"
sys.path.insert(0, str(GOLDEN))

import meta_graph_program  # noqa: E402

MESSAGES = {
    name: MetaGraphDef.FromString(data.tobytes())
    for name, data in np.load(GOLDEN / "meta_graph.npz").items()
}


def export(name: str) -> Any:
    with tf.Graph().as_default():
        meta_graph_program.build(tf)
        return meta_graph.export_scoped_meta_graph(**meta_graph_program.EXPORTS[name])[0]


def assert_same(ours: Any, golden: Any) -> None:
    assert_same_graph(ours.graph_def, golden.graph_def)
    assert sorted(ours.collection_def) == sorted(golden.collection_def)
    for key in golden.collection_def:
        assert ours.collection_def[key] == golden.collection_def[key], key
    ours_info, golden_info = ours.meta_info_def, golden.meta_info_def
    assert [o.name for o in ours_info.stripped_op_list.op] == [
        o.name for o in golden_info.stripped_op_list.op
    ]
    assert ours_info.stripped_default_attrs == golden_info.stripped_default_attrs
    assert ours_info.tensorflow_version == golden_info.tensorflow_version


@pytest.mark.parametrize("name", meta_graph_program.EXPORTS)
def test_export(name: str) -> None:
    assert_same(export(name), MESSAGES[name])


@pytest.mark.parametrize("name", [n for n in meta_graph_program.EXPORTS if n != "scope"])
def test_import(name: str) -> None:
    with tf.Graph().as_default():
        variables = meta_graph.import_scoped_meta_graph(MESSAGES[name], import_scope="again")
        again, _ = meta_graph.export_scoped_meta_graph()
    assert_same(again, MESSAGES[name + "_again"])
    if name == "whole":
        assert sorted(variables) == ["layer/b:0", "layer/w:0"]


def test_unbound_inputs_must_be_given(tmp_path: Path) -> None:
    exported = export("scope")
    path = tmp_path / "scope.meta"
    path.write_bytes(exported.SerializeToString())
    with tf.Graph().as_default(), pytest.raises(ValueError, match="Graph contains unbound inputs"):
        meta_graph.import_scoped_meta_graph(str(path))


def test_text_and_missing_files(tmp_path: Path) -> None:
    with tf.Graph().as_default():
        meta_graph_program.build(tf)
        path = str(tmp_path / "graph.meta")
        exported, _ = meta_graph.export_scoped_meta_graph(path, as_text=True)
    assert meta_graph.read_meta_graph_file(path).graph_def == exported.graph_def
    with pytest.raises(OSError, match="does not exist"):
        meta_graph.read_meta_graph_file(path + "x")
