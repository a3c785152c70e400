"""The layers and calls between the inputs and outputs of a network, by their depth."""

import collections
from collections.abc import Sequence
from typing import Any

from evergraph.base import nest
from evergraph.base.object_identity import ObjectIdentitySet


def _calls_before(outputs: Sequence[Any]) -> tuple[list[Any], dict[Any, int]]:
    """The calls that the outputs depend on, in the order of their data, and the layers' order."""
    ordered: list[Any] = []
    layers: dict[Any, int] = {}
    finished: set[Any] = set()
    active: set[Any] = set()

    def visit(layer: Any, node_index: int, tensor: Any) -> None:
        node = layer._inbound_nodes[node_index]
        if node in active:
            raise ValueError(f'The tensor {tensor} at layer "{layer.name}" is part of a cycle.')
        if node in finished:
            return
        layers.setdefault(layer, len(layers))
        active.add(node)
        for source, index, _, value in node.iterate_inbound(include_arguments=True):
            visit(source, index, value)
        finished.add(node)
        active.remove(node)
        ordered.append(node)

    for x in outputs:
        layer, index, _ = x._keras_history
        visit(layer, index, x)
    return ordered, layers


def map_network(
    inputs: Sequence[Any], outputs: Sequence[Any]
) -> tuple[dict[int, list[Any]], list[Any]]:
    """The calls of each depth, and the layers from the deepest on; outputs have depth 0.

    Raises:
      ValueError: outputs depend on something else, or two layers have one name.
    """
    ordered, layer_order = _calls_before(outputs)
    node_depths: dict[Any, int] = {}
    layer_depths: dict[Any, int] = {}
    for node in reversed(ordered):
        depth = max(node_depths.setdefault(node, 0), layer_depths.get(node.outbound_layer, 0))
        layer_depths[node.outbound_layer] = node_depths[node] = depth
        for layer, index, _, _ in node.iterate_inbound(include_arguments=True):
            source = layer._inbound_nodes[index]
            node_depths[source] = max(depth + 1, node_depths.get(source, 0))
    for x in inputs:  # some may lead nowhere
        layer = x._keras_history.layer
        if layer not in layer_depths:
            layer_depths[layer] = 0
            layer_order[layer] = -1
            node_depths[layer._inbound_nodes[0]] = 0
    by_depth = collections.defaultdict(list)
    for node, depth in node_depths.items():
        by_depth[depth].append(node)
    nodes = {depth: by_depth[depth] for depth in sorted(by_depth, reverse=True)}
    layers = sorted(layer_depths, key=lambda layer: (-layer_depths[layer], layer_order[layer]))
    _check(inputs, nodes, layers)
    return nodes, layers


def _check(inputs: Sequence[Any], nodes: dict[int, list[Any]], layers: Sequence[Any]) -> None:
    known = ObjectIdentitySet(inputs)
    reached: list[str] = []
    for level in nodes.values():
        for node in level:
            name = node.outbound_layer.name
            for x in nest.flatten(node.input_tensors):
                if x not in known:
                    raise ValueError(
                        f"Graph disconnected: cannot obtain value for tensor {x} at layer "
                        f'"{name}". The following previous layers were accessed without issue: '
                        f"{reached}"
                    )
            known.update(nest.flatten(node.output_tensors))
            reached.append(name)
    names = [layer.name for layer in layers]
    for name in names:
        if names.count(name) != 1:
            raise ValueError(
                f'The name "{name}" is used {names.count(name)} times in the model. All layer '
                "names should be unique."
            )
