"""Nodes that reach outside are named, and what savers and assets need is not among them."""

from pathlib import Path
from typing import Any

import pytest
from google.protobuf import text_format

import evergraph as tf
from evergraph.graph.apply import apply_op
from evergraph.graph.registry import REGISTRY
from evergraph.graph.trust import REACHES_OUTSIDE, outside_reach
from evergraph.proto.framework.graph_pb2 import GraphDef
from evergraph.proto.protobuf.meta_graph_pb2 import AssetFileDef
from evergraph.proto.protobuf.saved_model_pb2 import SavedModel


def names(graph_def: Any, assets: Any = ()) -> list[str]:
    return [reach.name for reach in outside_reach(graph_def, assets)]


def parsed(text: str) -> GraphDef:
    return text_format.Parse(text, GraphDef())


@pytest.mark.parametrize("keywords", [{}, {"sharded": True}, {"write_version": 1}])
def test_savers_are_no_danger(keywords: dict[str, Any]) -> None:
    with tf.Graph().as_default() as graph:
        tf.get_variable("v", [2])
        tf.train.Saver(**keywords)
        assert names(graph.as_graph_def()) == []


@pytest.mark.parametrize("path", ["/etc/passwd", "../model", "~/model", "gs://bucket/model"])
def test_savers_with_a_path_of_their_own(path: str) -> None:
    with tf.Graph().as_default() as graph:
        tf.get_variable("v", [2])
        tf.train.Saver(filename=path)
        assert names(graph.as_graph_def()) == ["save/SaveV2", "save/RestoreV2"]


def test_files_and_functions() -> None:
    with tf.Graph().as_default() as graph:
        x = tf.py_func(lambda: 1.0, [], tf.float32, name="call")
        apply_op("RestoreV2", "somewhere", ["x"], [""], dtypes=[tf.float32], name="read")
        apply_op("SaveV2", "somewhere", ["x"], [""], [x], name="write")
        tf.print("text", name="print")
        apply_op("PrintV2", "text", output_stream="file:///tmp/x", name="print_to_file")
        graph_def = graph.as_graph_def()
    assert names(graph_def) == ["call", "read", "write", "print_to_file"]
    assert "calls a Python function" in str(outside_reach(graph_def)[0])


def test_computed_and_missing_paths() -> None:
    """A path is refused where it is computed from anything else than what is fed."""
    graph_def = parsed("""
        node { name: 'p' op: 'Placeholder' }
        node { name: 'b' op: 'DecodeBase64' input: 'p' }
        node { name: 'fed' op: 'RestoreV2' input: 'p' }
        node { name: 'computed' op: 'RestoreV2' input: 'b' }
        node { name: 'dangling' op: 'RestoreV2' input: 'none' }
        node { name: 'loop' op: 'Identity' input: 'loop' }
        node { name: 'looped' op: 'RestoreV2' input: 'loop' }
        node { name: 'bare' op: 'RestoreV2' }
    """)
    assert names(graph_def) == ["computed", "dangling", "looped", "bare"]


def test_tables_of_assets() -> None:
    graph_def = parsed("""
        node { name: 'path' op: 'Const' }
        node { name: 't' op: 'HashTableV2' }
        node { name: 'init' op: 'InitializeTableFromTextFileV2' input: 't' input: 'path' }
    """)
    assert names(graph_def) == ["init"]
    assert names(graph_def, ["path:0"]) == []
    # A path that is computed is not the one that a loader feeds.
    graph_def.node[0].op = "StringJoin"
    assert names(graph_def, ["path:0"]) == ["init"]


@pytest.fixture
def vocabulary_model(tmp_path: Path) -> Path:
    """A SavedModel with a table of words.txt."""
    (tmp_path / "words.txt").write_text("one\ntwo\n")
    with tf.Graph().as_default(), tf.Session() as sess:
        table = tf.contrib.lookup.index_table_from_file(str(tmp_path / "words.txt"))
        text = tf.placeholder(tf.string, [None], name="text")
        ids = table.lookup(text)
        sess.run(tf.tables_initializer())
        tf.saved_model.simple_save(
            sess,
            str(tmp_path / "model"),
            {"text": text},
            {"ids": ids},
            legacy_init_op=tf.tables_initializer(),
        )
    (tmp_path / "words.txt").write_text("a secret\n")
    return tmp_path / "model"


def test_untrusted_models_read_their_own_assets(vocabulary_model: Path) -> None:
    with tf.Graph().as_default() as graph, tf.Session() as sess:
        tf.saved_model.load(sess, ["serve"], str(vocabulary_model), untrusted=True)
        found = sess.run(_lookup(graph), {"text:0": ["two", "a secret"]})
        assert found.tolist() == [1, -1]
        # Without the loader's feeds, too, it is the model's file that is read.
        (path,) = tf.get_collection(tf.GraphKeys.ASSET_FILEPATHS)
        assert Path(sess.run(path).decode()) == vocabulary_model / "assets/words.txt"
    with tf.Graph().as_default(), tf.Session() as sess:
        tf.saved_model.load(sess, ["serve"], str(vocabulary_model))
        (path,) = tf.get_collection(tf.GraphKeys.ASSET_FILEPATHS)
        assert Path(sess.run(path).decode()) == vocabulary_model.parent / "words.txt"


def _lookup(graph: Any) -> Any:
    (node,) = [op for op in graph.get_operations() if op.type == "LookupTableFindV2"]
    return node.outputs[0]


def test_assets_outside_of_the_model(vocabulary_model: Path) -> None:
    """Neither `..` nor a link nor a graph alone may lead outside."""

    def refused(match: str) -> None:
        with tf.Graph().as_default() as graph, tf.Session() as sess:
            with pytest.raises(tf.errors.PermissionDeniedError, match=match):
                tf.saved_model.load(sess, ["serve"], str(vocabulary_model), untrusted=True)
            assert not graph.get_operations()

    file = vocabulary_model / "saved_model.pb"
    content = file.read_bytes()
    for name in (b"../../words.txt", b"/etc/passwd"):
        model = SavedModel.FromString(content)
        for message in model.meta_graphs[0].collection_def["saved_model_assets"].any_list.value:
            asset = AssetFileDef.FromString(message.value)
            asset.filename = name.decode()
            message.value = asset.SerializeToString()
        file.write_bytes(model.SerializeToString())
        refused("has an asset outside of its folder")
    file.write_bytes(content)
    (vocabulary_model / "assets/words.txt").unlink()
    (vocabulary_model / "assets/words.txt").symlink_to(vocabulary_model.parent / "words.txt")
    refused("has an asset outside of its folder")
    meta_graph_def = SavedModel.FromString(content).meta_graphs[0]
    with tf.Graph().as_default():
        with pytest.raises(tf.errors.PermissionDeniedError, match="InitializeTableFromTextFileV2"):
            tf.train.import_meta_graph(meta_graph_def, untrusted=True)


def test_functions_of_the_library() -> None:
    graph_def = parsed("""
        library { function {
            signature { name: 'f' }
            node_def { name: 'w' op: 'WriteFile' }
            node_def { name: 'c' op: 'Const' }
        } }
    """)
    assert names(graph_def) == ["f/w"]


def test_op_types_are_spelled_as_tensorflow_spells_them() -> None:
    ours = {name for name in REACHES_OUTSIDE if name in REGISTRY}
    assert {"PyFunc", "SaveV2", "RestoreV2", "MergeV2Checkpoints", "PrintV2"} <= ours


def test_untrusted_models_are_refused(tmp_path: Path) -> None:
    path = str(tmp_path / "good")
    with tf.Graph().as_default(), tf.Session() as sess:
        v = tf.get_variable("v", [2], initializer=tf.ones_initializer())
        sess.run(v.initializer)
        tf.saved_model.simple_save(sess, path, {"v": v}, {"w": v + 1.0})
        tf.train.Saver().save(sess, str(tmp_path / "good.ckpt"))
        tf.py_func(lambda: 1.0, [], tf.float32, name="call")
        tf.saved_model.simple_save(sess, str(tmp_path / "bad"), {"v": v}, {"w": v + 1.0})
        tf.train.Saver().save(sess, str(tmp_path / "bad.ckpt"))
    with tf.Graph().as_default(), tf.Session() as sess:
        tf.saved_model.load(sess, ["serve"], path, untrusted=True)
        tf.train.import_meta_graph(str(tmp_path / "good.ckpt.meta"), untrusted=True)
    with tf.Graph().as_default() as graph, tf.Session() as sess:
        with pytest.raises(tf.errors.PermissionDeniedError, match=r"call \(PyFunc\) calls a Py"):
            tf.saved_model.load(sess, ["serve"], str(tmp_path / "bad"), untrusted=True)
        with pytest.raises(tf.errors.PermissionDeniedError, match=r"call \(PyFunc\) calls a Py"):
            tf.train.import_meta_graph(str(tmp_path / "bad.ckpt.meta"), untrusted=True)
        assert not graph.get_operations()
