"""Parts of graphs."""

from collections.abc import Iterable, Sequence
from typing import Any

from evergraph.base.export import export
from evergraph.graph.graph import Graph
from evergraph.graph.graph_util_impl import _node_name
from evergraph.graph.tensor import Tensor
from evergraph.proto.framework import graph_pb2, node_def_pb2


def _reachable(starts: Iterable[str], inputs: dict[str, list[str]]) -> set[str]:
    """The nodes from which `starts` take anything, themselves included."""
    found: set[str] = set()
    waiting = list(starts)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(inputs[name])
    return found


@export("contrib.framework.fuse_op")
def fuse_op(
    graph_def: Any,
    input_nodes: Sequence[str],
    output_nodes: Sequence[str],
    output_dtypes: Sequence[int],
    output_quantized: bool,
    op_name: str,
    op_type: str,
) -> Any:
    """A GraphDef in which one node stands for all between some nodes and others. Stands for
    `tf.contrib.framework.fuse_op`.

    Args:
      graph_def: a GraphDef.
      input_nodes: the nodes that the new one takes its inputs from.
      output_nodes: nodes with one input; they take it from the new one, each its own output.
      output_dtypes: the types of its outputs, as numbers.
      output_quantized: whether these are quantized.
      op_name, op_type: name and type of the new node.

    Raises:
      TypeError: an argument is of another type, or something between takes an input from outside.
      AssertionError: a node is not there.
    """
    if not isinstance(graph_def, graph_pb2.GraphDef):
        raise TypeError("graph_def must be a graph_pb2.GraphDef proto.")
    for label, names in (("input_nodes", input_nodes), ("output_nodes", output_nodes)):
        if isinstance(names, str):
            raise TypeError(f"{label} must be a list.")
    nodes = {_node_name(node.name): node for node in graph_def.node}
    inputs = {name: [_node_name(i) for i in node.input] for name, node in nodes.items()}
    for name in (*input_nodes, *output_nodes):
        assert name in nodes, f"{name} is not in graph"
    before = _reachable(input_nodes, inputs)
    until = _reachable(output_nodes, inputs)
    stop: dict[str, list[str]] = {**inputs, **{name: [] for name in input_nodes}}
    for name in nodes:
        if name in until and name not in before and name not in output_nodes:
            for used in sorted(_reachable([name], stop) & before - set(input_nodes)):
                raise TypeError(f"Node {name} uses input {used} not in input_nodes.")
    result = graph_pb2.GraphDef(library=graph_def.library, versions=graph_def.versions)
    result.node.extend(node for name, node in nodes.items() if name in before)
    fused = node_def_pb2.NodeDef(name=op_name, op=op_type, input=input_nodes)
    fused.attr["_output_types"].list.type[:] = output_dtypes
    fused.attr["_output_quantized"].b = output_quantized
    result.node.append(fused)
    for index, name in enumerate(output_nodes):
        assert len(nodes[name].input) == 1
        node = result.node.add()
        node.CopyFrom(nodes[name])
        node.input[:] = [f"{op_name}:{index}" if index else op_name]
    result.node.extend(node for name, node in nodes.items() if name not in before | until)
    return result


@export("contrib.framework.get_placeholders")
def get_placeholders(graph: Any) -> list[Tensor]:
    """The placeholders of a graph. Raises TypeError if it is none."""
    if not isinstance(graph, Graph):
        raise TypeError(f"Input graph needs to be a Graph: {graph}")
    return [op.outputs[0] for op in graph.get_operations() if op.type == "Placeholder"]
