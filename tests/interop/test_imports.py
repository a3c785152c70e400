"""tf.import_graph_def makes TensorFlow's nodes, or complains in TensorFlow's words."""

import importlib.util
import json
import warnings
from pathlib import Path

import numpy as np
import pytest
from graphs.compare import assert_same_graph, read

import evergraph as tf
from evergraph.graph.registry import lookup
from evergraph.proto.framework import graph_pb2, op_def_pb2

GOLDEN = Path(__file__).resolve().parents[1] / "golden/interop"
spec = importlib.util.spec_from_file_location("import_cases", GOLDEN / "import_cases.py")
import_cases = importlib.util.module_from_spec(spec)
spec.loader.exec_module(import_cases)

GOLDEN_OUTCOMES = json.loads((GOLDEN / "imports.json").read_text())


@pytest.fixture(scope="module")
def outcomes():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return import_cases.run(tf, graph_pb2, op_def_pb2)


@pytest.mark.parametrize("label", GOLDEN_OUTCOMES)
def test_import(label, outcomes):
    (wanted, text), nodes = GOLDEN_OUTCOMES[label]
    # TensorFlow names the machine here.
    before, found, after = text.partition(" in binary running on ")
    if found:
        text = before + found + "evergraph" + after[after.index(".") :]
    assert outcomes[label] == [[wanted, text], nodes]


def test_all_unknown_op_types_are_named():
    graph_def = graph_pb2.GraphDef()
    for op_type in ("Wanted", "NoOp", "Missing", "Wanted"):
        graph_def.node.add(name=f"n{len(graph_def.node)}", op=op_type)
    with tf.Graph().as_default() as graph, pytest.raises(tf.errors.NotFoundError) as raised:
        tf.import_graph_def(graph_def)
    assert "'Wanted'" in str(raised.value)
    assert "Wanted, Missing" in raised.value.__notes__[-1]
    assert not graph.get_operations()


def test_later_changes_of_the_graph_def_do_not_matter():
    with tf.Graph().as_default() as graph:
        tf.constant([1.0, 2.0], name="a")
        graph_def = graph.as_graph_def()
    with tf.Graph().as_default() as graph:
        tf.import_graph_def(graph_def, name="")
        graph_def.node[0].attr["value"].tensor.Clear()
        assert graph.get_operation_by_name("a").get_attr("value").tensor_shape.dim[0].size == 2


def test_round_trip_of_golden_graphs(shared):
    imported = 0
    for path in sorted((shared / "golden/graphs").glob("*.pb")):
        golden = read(path)
        functions = {f.signature.name for f in golden.library.function}
        if any(lookup(n.op) is None and n.op not in functions for n in golden.node):
            continue
        with tf.Graph().as_default() as graph:
            tf.import_graph_def(read(path), name="")
        # Inputs come first in an import; a cond's Switches were made after what needed them.
        ours = graph.as_graph_def()
        order = {n.name: i for i, n in enumerate(golden.node)}
        nodes = sorted(ours.node, key=lambda n: order[n.name])
        del ours.node[:]
        ours.node.extend(nodes)
        assert_same_graph(ours, golden)
        imported += 1
    assert imported


def test_gradients_of_batch_norm_with_wrong_recorded_shapes():
    """Training graphs of older versions have them."""
    with tf.Graph().as_default() as graph:
        x = tf.placeholder(tf.float32, [2, 4, 4, 3], name="x")
        y, _, _ = tf.nn.fused_batch_norm(x, tf.ones([3]), tf.zeros([3]))
        tf.identity(tf.gradients(y * y * y, [x])[0], name="gradient")
        made = graph.as_graph_def(add_shapes=True)
    (norm,) = (n for n in made.node if n.op.startswith("FusedBatchNormGrad"))
    for i in (3, 4):
        norm.attr["_output_shapes"].list.shape[i].dim[0].size = 64
    value = np.sin(np.arange(96, dtype=np.float32)).reshape(2, 4, 4, 3)
    found = []
    for definition in (made, graph.as_graph_def()):
        with tf.Graph().as_default(), tf.Session() as session:
            (gradient,) = tf.import_graph_def(definition, return_elements=["gradient:0"])
            found.append(session.run(gradient, {"import/x:0": value}))
    np.testing.assert_array_equal(*found)
