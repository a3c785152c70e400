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
