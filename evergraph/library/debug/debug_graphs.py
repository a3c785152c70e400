"""The graph of a watched run, with and without the nodes by which it is watched."""

from collections.abc import Sequence
from typing import Any

from evergraph.base.platform import logging
from evergraph.proto.framework import graph_pb2


def parse_node_or_tensor_name(name: str) -> tuple[str, int | None]:
    """Node and output of "node:0"; None where only the node is named."""
    if ":" in name and not name.endswith(":"):
        node, _, slot = name.rpartition(":")
        return node, int(slot)
    return name, None


def get_node_name(element_name: str) -> str:
    """The node of a node's or tensor's name."""
    return parse_node_or_tensor_name(element_name)[0]


def get_output_slot(element_name: str) -> int:
    """The output of a tensor's name; 0 of a node's."""
    return parse_node_or_tensor_name(element_name)[1] or 0


def is_copy_node(node_name: str) -> bool:
    """Whether a node copies a tensor for the debugger."""
    return node_name.startswith("__copy_")


def is_debug_node(node_name: str) -> bool:
    """Whether a node tells the debugger of a tensor."""
    return node_name.startswith("__dbg_")


def parse_debug_node_name(node_name: str) -> tuple[str, int, int, str]:
    """Watched node, its output, number and type of a debug op. Raises ValueError for the name of
    another node."""
    if not is_debug_node(node_name):
        raise ValueError(f"Invalid prefix in debug node name: '{node_name}'")
    parts = node_name.removeprefix("__dbg_").rsplit("_", 2)
    if len(parts) < 3:
        raise ValueError(f"Invalid debug node name: '{node_name}'")
    tensor, number, op = parts
    if tensor.count(":") != 1:
        raise ValueError(f"Invalid tensor name in debug node name: '{node_name}'")
    node, slot = tensor.split(":")
    return node, int(slot), int(number), op


class GraphTracingReachedDestination(Exception):
    """A walk came to where it was to end."""


class DFSGraphTracer:
    """Walks from a node to its inputs, depth first.

    Args:
      input_lists: dicts of the inputs of nodes.
      skip_node_names: nodes to turn back at.
      destination_node_name: where to end, with GraphTracingReachedDestination.
    """

    def __init__(
        self,
        input_lists: Sequence[Any],
        skip_node_names: Sequence[str] | None = None,
        destination_node_name: str | None = None,
    ) -> None:
        self._input_lists = input_lists
        self._skipped = frozenset(skip_node_names or ())
        self._destination = destination_node_name
        self._inputs: list[str] = []
        self._depths: list[int] = []
        self._visited: set[str] = set()
        self._depth = 0

    def trace(self, graph_element_name: str) -> None:
        """Walks from a node, or from the node of a tensor."""
        self._depth += 1
        node = get_node_name(graph_element_name)
        if node == self._destination:
            raise GraphTracingReachedDestination()
        if node in self._skipped or node in self._visited:
            return
        self._visited.add(node)
        for inputs in self._input_lists:
            for name in inputs.get(node, ()):
                if get_node_name(name) not in self._visited:
                    self._inputs.append(name)
                    self._depths.append(self._depth)
                    self.trace(name)
        self._depth -= 1

    def inputs(self) -> list[str]:
        """All inputs on the way."""
        return self._inputs

    def depth_list(self) -> list[int]:
        """How far each of these is."""
        return self._depths


class DebugGraph:
    """The graph of a watched run on one device, and what it is without the debugger's nodes.

    Args:
      debug_graph_def: the GraphDef.
      device_name: the device; default: that of the first node with one.
    """

    def __init__(self, debug_graph_def: Any, device_name: str | None = None) -> None:
        self.debug_graph_def = debug_graph_def
        self.device_name = device_name or next(
            (node.device for node in debug_graph_def.node if node.device), None
        )
        if self.device_name is None:
            logging.warning(
                "Failed to infer device name from partition GraphDef: none of the nodes of the "
                "GraphDef has a non-empty device name."
            )
        self.node_attributes: dict[str, Any] = {}
        self.node_inputs: dict[str, list[str]] = {}
        self.node_ctrl_inputs: dict[str, list[str]] = {}
        self.node_recipients: dict[str, list[str]] = {}
        self.node_ctrl_recipients: dict[str, list[str]] = {}
        self.node_reversed_ref_inputs: dict[str, list[str]] = {}
        self.node_devices: dict[str, set[Any]] = {}
        self.node_op_types: dict[str, str] = {}
        copied = {n.name: n.input[0] for n in debug_graph_def.node if is_copy_node(n.name)}
        for node in debug_graph_def.node:
            if not is_debug_node(node.name):
                self._add(node, copied)
        self._find_recipients()

    def _add(self, node: Any, copied: dict[str, str]) -> None:
        if node.name in self.node_attributes:
            raise ValueError(f"Duplicate node name on device {self.device_name}: '{node.name}'")
        self.node_attributes[node.name] = node.attr
        self.node_devices[node.name] = {node.device or self.device_name}
        self.node_op_types[node.name] = node.op
        if is_copy_node(node.name):
            return
        self.node_inputs[node.name] = [
            copied.get(name, name) for name in node.input if not name.startswith("^")
        ]
        controls = (name[1:] for name in node.input if name.startswith("^"))
        self.node_ctrl_inputs[node.name] = [n for n in controls if not is_debug_node(n)]
        self.node_recipients[node.name] = []
        self.node_ctrl_recipients[node.name] = []

    def _find_recipients(self) -> None:
        for node, inputs in self.node_inputs.items():
            for name in map(get_node_name, inputs):
                self.node_recipients.setdefault(name, []).append(node)
                # TensorFlow takes every edge for one of a reference here.
                self.node_reversed_ref_inputs.setdefault(name, []).append(node)
        for node, inputs in self.node_ctrl_inputs.items():
            for name in inputs:
                self.node_ctrl_recipients.setdefault(name, []).append(node)

    @property
    def non_debug_graph_def(self) -> Any:
        """The GraphDef without the debugger's nodes."""
        result = graph_pb2.GraphDef()
        for node in self.debug_graph_def.node:
            if not is_copy_node(node.name) and not is_debug_node(node.name):
                made = result.node.add()
                made.CopyFrom(node)
                controls = ["^" + name for name in self.node_ctrl_inputs[node.name]]
                made.input[:] = self.node_inputs[node.name] + controls
        return result


def reconstruct_non_debug_graph_def(debug_graph_def: Any) -> Any:
    """A watched run's graph without the debugger's nodes."""
    return DebugGraph(debug_graph_def).non_debug_graph_def
