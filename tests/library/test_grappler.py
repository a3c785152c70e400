"""Graphs made smaller by `tensorflow.python.grappler.tf_optimizer`."""

import numpy as np
import pytest

import evergraph as tf
from evergraph.library.grappler import tf_optimizer
from evergraph.proto.protobuf.rewriter_config_pb2 import RewriterConfig


def graph_of() -> tf.Graph:
    with tf.Graph().as_default() as graph:
        x = tf.placeholder(tf.float32, [2, None], name="x")
        twice = tf.add(tf.constant([1.0, 2.0]), 3.0, name="folded")
        drawn = tf.random_uniform([2], name="drawn")
        size = tf.shape(tf.zeros([2, 5]), name="size")
        y = tf.add(x, tf.reshape(twice + drawn, [2, 1]), name="y")
        tf.identity(x, name="unused")
        tf.add_to_collection("train_op", y)
        tf.add_to_collection("train_op", size)
        return graph


def optimized(**options: object) -> tf.GraphDef:
    config = tf.ConfigProto()
    config.graph_options.rewrite_options.MergeFrom(RewriterConfig(**options))
    with graph_of().as_default():
        return tf_optimizer.OptimizeGraph(config, tf.train.export_meta_graph())


def test_constants_are_folded_and_others_left() -> None:
    nodes = {n.name: n for n in optimized().node}
    assert nodes["folded"].op == nodes["size"].op == "Const"
    assert tf.make_ndarray(nodes["folded"].attr["value"].tensor).tolist() == [4.0, 5.0]
    assert "unused" not in nodes and nodes["y"].op == "Add"
    assert nodes["drawn/RandomUniform"].op == "RandomUniform"
    with tf.Graph().as_default(), tf.Session() as session:
        tf.import_graph_def(optimized(), name="")
        y, size = session.run(["y:0", "size:0"], {"x:0": np.zeros([2, 3], np.float32)})
    assert y.shape == (2, 3) and size.tolist() == [2, 5]
    assert np.all((y[:, 0] >= [4, 5]) & (y[:, 0] < [5, 6]))


def test_folding_may_be_off() -> None:
    nodes = {n.name: n for n in optimized(constant_folding=RewriterConfig.OFF).node}
    assert nodes["folded"].op == "Add" and "unused" not in nodes


def test_other_options() -> None:
    with pytest.raises(TypeError, match="Expected config_proto to be a ConfigProto"):
        tf_optimizer.OptimizeGraph(None, tf.MetaGraphDef())
