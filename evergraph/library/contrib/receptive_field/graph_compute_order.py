"""The order of a GraphDef's nodes, and the resolutions of their features."""

import collections
import math
from typing import Any, NamedTuple

from evergraph.base.export import export
from evergraph.library.contrib.receptive_field.parse_layer_parameters import get_layer_params


class NodeInfo(NamedTuple):
    """A node of a GraphDef: how many nodes are before it, and the resolutions at its ends."""

    order: int
    node: Any
    input_size: Any
    output_size: Any


def parse_graph_nodes(graph_def: Any) -> dict[str, Any]:
    """The NodeDefs of a GraphDef by name."""
    return {node.name: node for node in graph_def.node}


def _output_resolution(size: Any, kernel: Any, stride: Any, total_padding: Any) -> int | None:
    if None in (size, kernel, stride, total_padding):
        return None
    return math.ceil((size + total_padding - kernel + 1) / stride)


def _inputs(node: Any) -> list[str]:
    """The names of the nodes that a node takes tensors from."""
    return [name.split(":")[0] for name in node.input if not name.startswith("^")]


def _info(node: Any, inputs: list[NodeInfo], name_to_node: Any) -> NodeInfo:
    order = max((i.order + 1 for i in inputs), default=0)
    size = inputs[0].output_size if inputs else None
    if size is None:
        return NodeInfo(order, node, None, None)
    params = get_layer_params(node, name_to_node, size, force=True)
    height = _output_resolution(
        size[0], params.kernel_size_x, params.stride_x, params.total_padding_x
    )
    width = _output_resolution(
        size[1], params.kernel_size_y, params.stride_y, params.total_padding_y
    )
    return NodeInfo(order, node, size, [height, width])


@export("contrib.receptive_field.get_compute_order")
def get_compute_order(
    graph_def: Any, input_node_name: str = "", input_node_size: Any = None
) -> tuple[Any, dict[str, Any]]:
    """The order of a graph's nodes, and the resolutions of their features.

    Stands for `tf.contrib.receptive_field.get_compute_order`.

    Args:
      graph_def: a GraphDef.
      input_node_name: the node of the images.
      input_node_size: the height and width of these, or None: resolutions are not computed.

    Returns:
      A dict of (order, node, input_size, output_size) by name, and one of NodeDefs by name.
    """
    name_to_node = parse_graph_nodes(graph_def)
    found: dict[str, NodeInfo] = collections.defaultdict(NodeInfo)  # type: ignore[arg-type]
    for start in graph_def.node:
        stack = [start.name]
        while stack:
            name = stack[-1]
            node = name_to_node[name]
            before = [] if name == input_node_name else _inputs(node)
            missing = [other for other in before if other not in found]
            if name in found:
                stack.pop()
            elif missing:
                stack += reversed(missing)
            elif name == input_node_name:
                found[name] = NodeInfo(0, node, None, input_node_size)
            else:
                found[name] = _info(node, [found[other] for other in before], name_to_node)
    return found, name_to_node
