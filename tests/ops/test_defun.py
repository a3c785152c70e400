"""tf.function and its like against TensorFlow: graphs with their functions, values, gradients."""

import re
from typing import Any

import pytest
from google.protobuf import text_format
from ops import case_runner

from evergraph.proto.framework.graph_pb2 import GraphDef
from evergraph.proto.protobuf.config_pb2 import ConfigProto

CASES, GOLDEN = case_runner.load("defun_cases")

NUMBERED = re.compile(r'"(?:__(?:inference|forward|backward)_\w*?|PartitionedCall-)(?:_?\d+)+"')

# TensorFlow builds If, While and lists of tensors in functions; Switch and the like do as well.
VALUES_ONLY = {"loop_inside", "cond_inside", "effects_in_a_cond", "arrays_of_tensors"}


def numbered(graph: Any) -> GraphDef:
    """A GraphDef whose functions are numbered by their first use: TensorFlow's numbers count
    whatever the process has made."""
    numbers: dict[str, str] = {}

    def renamed(match: re.Match[str]) -> str:
        return re.sub(
            r"\d+", lambda m: numbers.setdefault(m.group(), f"n{len(numbers)}"), match.group()
        )

    graph = GraphDef.FromString(graph if isinstance(graph, bytes) else graph.SerializeToString())
    functions = sorted(graph.library.function, key=lambda f: number_of(f.signature.name))
    del graph.library.function[:]
    graph.library.function.extend(functions)
    for function in graph.library.function:
        # TensorFlow's order is that of a set.
        outputs = sorted(function.signature.control_output)
        function.signature.control_output[:] = outputs
    for node in [*graph.node, *(n for f in graph.library.function for n in f.node_def)]:
        if "config_proto" in node.attr:
            # A message with a map, which TensorFlow writes in any order.
            config = ConfigProto.FromString(node.attr["config_proto"].s)
            node.attr["config_proto"].s = config.SerializeToString(deterministic=True)
    text = NUMBERED.sub(renamed, text_format.MessageToString(graph))
    return text_format.Parse(text, GraphDef())


def number_of(name: str) -> int:
    found = re.findall(r"\d+", name)
    return int(found[-1]) if found else 0


@pytest.mark.parametrize("name", CASES)
def test_case(name: str) -> None:
    canonical = (lambda graph: GraphDef()) if name in VALUES_ONLY else numbered
    case_runner.check(CASES[name], GOLDEN[name], canonical=canonical)
