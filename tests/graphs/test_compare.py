"""The comparison of graphs sees what differs, and says it."""

import copy
from collections.abc import Callable

import pytest
from google.protobuf import text_format
from graphs.compare import assert_same_graph

from evergraph.proto.framework.graph_pb2 import GraphDef

GRAPH = text_format.Parse(
    """
    node { name: "a" op: "Const" attr { key: "value" value { tensor {
        dtype: DT_FLOAT tensor_shape { dim { size: 2 } } float_val: nan } } } }
    node { name: "b" op: "Neg" input: "a" attr { key: "T" value { type: DT_FLOAT } } }
    node { name: "c" op: "Neg" input: "b" input: "^a" }
    versions { producer: 134 }
    """,
    GraphDef(),
)


def swap(graph: GraphDef) -> None:
    first, second = copy.deepcopy(graph.node[1]), copy.deepcopy(graph.node[2])
    graph.node[1].CopyFrom(second)
    graph.node[2].CopyFrom(first)


CHANGES: dict[str, Callable[[GraphDef], object]] = {
    "2 nodes, TensorFlow's 3\n  missing: ['c']": lambda graph: graph.node.pop(),
    "the first that differs is 1: 'c', TensorFlow's 'b'": swap,
    "c: op 'Abs', TensorFlow's 'Neg'": lambda graph: setattr(graph.node[2], "op", "Abs"),
    "c: inputs ['b'], TensorFlow's ['b', '^a']": lambda graph: graph.node[2].input.pop(),
    "b: attr T is missing": lambda graph: graph.node[1].attr.clear(),
    "b: device '/cpu:0'": lambda graph: setattr(graph.node[1], "device", "/cpu:0"),
    "the same value in another encoding": lambda graph: (
        graph.node[0].attr["value"].tensor.float_val.append(float("nan"))
    ),
    "versions {producer: 21}": lambda graph: setattr(graph.versions, "producer", 21),
}


@pytest.mark.parametrize("message", CHANGES)
def test_differences(message: str) -> None:
    changed = copy.deepcopy(GRAPH)
    CHANGES[message](changed)
    with pytest.raises(AssertionError) as raised:
        assert_same_graph(changed, GRAPH)
    assert message in str(raised.value)


def test_same() -> None:
    assert_same_graph(copy.deepcopy(GRAPH), GRAPH.SerializeToString())
