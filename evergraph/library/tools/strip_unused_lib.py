"""Cuts a GraphDef down to what leads from some nodes to others."""

from collections.abc import Sequence
from typing import Any

from google.protobuf import text_format

from evergraph.base.platform import gfile
from evergraph.graph import graph_util_impl as graph_util
from evergraph.proto.framework import graph_pb2


def strip_unused(
    input_graph_def: Any,
    input_node_names: Sequence[str],
    output_node_names: Sequence[str],
    placeholder_type_enum: Any,
) -> Any:
    """The part of a graph between its inputs, which become placeholders, and its outputs.

    Args:
      input_graph_def: a GraphDef.
      input_node_names: names of the nodes that are fed.
      output_node_names: names of the nodes to compute.
      placeholder_type_enum: the DataType of the placeholders, or a list with one for each input.

    Returns:
      A GraphDef.

    Raises:
      ValueError: an input is named as a tensor ("x:0").
      KeyError: an input is not in the graph.
    """
    for name in input_node_names:
        if ":" in name:
            raise ValueError(f"Name '{name}' appears to refer to a Tensor, not a Operation.")
    absent = set(input_node_names) - {node.name for node in input_graph_def.node}
    if absent:
        raise KeyError(f"The following input nodes were not found: {absent}")
    types = placeholder_type_enum
    if not isinstance(types, list):
        types = [placeholder_type_enum] * len(input_node_names)
    # Of an input that is named twice the first type counts.
    type_of = dict(zip(reversed(input_node_names), reversed(types), strict=True))
    opened = graph_pb2.GraphDef()
    for node in input_graph_def.node:
        if node.name not in type_of:
            opened.node.append(node)
            continue
        placeholder = opened.node.add(name=node.name, op="Placeholder")
        placeholder.attr["dtype"].type = type_of[node.name]
        for key in ("_output_shapes", "shape"):
            if key in node.attr:
                placeholder.attr[key].CopyFrom(node.attr[key])
    return graph_util.extract_sub_graph(opened, output_node_names)


def read_graph(path: str, binary: bool) -> Any:
    """The GraphDef in a file, binary or text."""
    result = graph_pb2.GraphDef()
    with gfile.GFile(path, "rb") as file:
        content = file.read()
    if binary:
        result.ParseFromString(content)
    else:
        text_format.Merge(content.decode("utf-8"), result)
    return result


def strip_unused_from_files(
    input_graph: str,
    input_binary: bool,
    output_graph: str,
    output_binary: bool,
    input_node_names: str,
    output_node_names: str,
    placeholder_type_enum: Any,
) -> int | None:
    """As `strip_unused`, from a file to a file; names are "a,b".

    Returns:
      -1 where there is no file or no output is named.
    """
    if not gfile.Exists(input_graph):
        print(f"Input graph file '{input_graph}' does not exist!")
        return -1
    if not output_node_names:
        print("You need to supply the name of a node to --output_node_names.")
        return -1
    stripped = strip_unused(
        read_graph(input_graph, input_binary),
        input_node_names.split(","),
        output_node_names.split(","),
        placeholder_type_enum,
    )
    with gfile.GFile(output_graph, "wb" if output_binary else "w") as file:
        file.write(
            stripped.SerializeToString() if output_binary else text_format.MessageToString(stripped)
        )
    print(f"{len(stripped.node)} ops in the final graph.")
    return None
