"""tf.contrib.layers against TensorFlow: graphs, static shapes, values and errors."""

import re
from typing import Any

import pytest
from google.protobuf import text_format
from ops import case_runner

from evergraph.proto.framework.graph_pb2 import GraphDef

FILES = (
    "contrib_layer_cases",
    "optimize_loss_cases",
    "image_layer_cases",
    "contrib_image_cases",
    "rev_block_cases",
)
LOADED = {name: case_runner.load(name) for name in FILES}


def without_hashes(graph: Any) -> GraphDef:
    """The graph with functions named after what they do alone: TensorFlow hashes the text of its
    documentation into the name of `scale_gradient`."""
    graph = GraphDef.FromString(graph) if isinstance(graph, bytes) else graph
    if not graph.library.function:
        return graph
    text = re.sub(r"scale_gradient_\w{11}", "scale_gradient", text_format.MessageToString(graph))
    found = text_format.Parse(text, GraphDef())
    for function in found.library.function:
        function.signature.description = ""
    return found


@pytest.mark.parametrize(
    ("file", "name"), [(file, name) for file in FILES for name in LOADED[file][0]]
)
def test_contrib_layers(file: str, name: str) -> None:
    cases, golden = LOADED[file]
    case_runner.check(cases[name], golden[name], canonical=without_hashes)
