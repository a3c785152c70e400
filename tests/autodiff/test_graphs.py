"""Conds and gradients build TensorFlow's nodes, and complain in TensorFlow's words."""

import importlib.util
import json
import lzma
import warnings
from pathlib import Path

import pytest
from graphs.compare import assert_same_graph

import evergraph as tf
from evergraph.api.cond_context import CondContext
from evergraph.proto.protobuf.control_flow_pb2 import CondContextDef

GOLDEN = Path(__file__).resolve().parents[1] / "golden/autodiff"
spec = importlib.util.spec_from_file_location("autodiff_programs", GOLDEN / "programs.py")
programs = importlib.util.module_from_spec(spec)
spec.loader.exec_module(programs)

OUTCOMES = json.loads((GOLDEN / "outcomes.json").read_text())


@pytest.mark.parametrize("name", programs.PROGRAMS)
def test_same_as_tensorflow(name):
    with tf.Graph().as_default() as graph, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        met = programs.PROGRAMS[name](tf)
    golden = lzma.decompress((GOLDEN / f"{name}.pb.xz").read_bytes())
    assert_same_graph(graph.as_graph_def(add_shapes=True), golden)
    for ours, theirs in zip(met, OUTCOMES["complaints"][name], strict=True):
        assert ours == theirs
    found = [c.to_proto() for c in graph.get_collection(tf.GraphKeys.COND_CONTEXT)]
    wanted = [CondContextDef.FromString(bytes.fromhex(c)) for c in OUTCOMES["contexts"][name]]
    assert found == wanted


def test_cond_context_from_proto():
    with tf.Graph().as_default() as graph:
        x = tf.constant(1.0)
        tf.cond(x > 0.0, lambda: tf.cond(x > 1.0, lambda: x, lambda: -x), lambda: x * 2.0)
        protos = [c.to_proto() for c in graph.get_collection("cond_context")]
        graph_def = graph.as_graph_def()
    with tf.Graph().as_default() as graph:
        tf.import_graph_def(graph_def, name="")
        contexts = [CondContext.from_proto(p) for p in protos]
        assert [c.to_proto() for c in contexts] == protos
        node = graph.get_operation_by_name("cond/mul")
        assert node._get_control_flow_context() is contexts[1]
