"""Models as text."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from evergraph.base import nest
from evergraph.base.object_identity import ObjectIdentitySet


def count_params(weights: Sequence[Any]) -> int:
    """The number of elements of all different variables."""
    return int(sum(np.prod(w.shape.as_list(), dtype=int) for w in _different(weights)))


def _different(weights: Sequence[Any]) -> list[Any]:
    seen = ObjectIdentitySet()
    found = []
    for weight in weights:
        if weight not in seen:
            seen.add(weight)
            found.append(weight)
    return found


def _is_sequence(model: Any) -> bool:
    """Whether each layer has one input and is called once."""
    if not model._is_graph_network:
        return True
    levels = list(model._nodes_by_depth.values())
    if any(len(nodes) > 1 or len(nest.flatten(nodes[0].inbound_layers)) > 1 for nodes in levels):
        return False
    own = {node for nodes in levels for node in nodes}
    return all(sum(node in own for node in layer._inbound_nodes) <= 1 for layer in model.layers)


def _connections(layer: Any, nodes: set[Any]) -> list[str]:
    return [
        f"{source.name}[{node_index}][{tensor_index}]"
        for node in layer._inbound_nodes
        if not nodes or node in nodes
        for source, node_index, tensor_index, _ in node.iterate_inbound()
    ]


def _output_shape(layer: Any) -> Any:
    try:
        return layer.output_shape
    except AttributeError:
        return "multiple"


def print_summary(
    model: Any, line_length: int | None, positions: Any, print_fn: Callable[[str], Any]
) -> None:
    """Prints a table of the layers of a model, and its numbers of parameters."""
    is_sequence = type(model).__name__ == "Sequential" or _is_sequence(model)
    length = line_length or (65 if is_sequence else 98)
    ends = positions or ([0.45, 0.85, 1.0] if is_sequence else [0.33, 0.55, 0.67, 1.0])
    if ends[-1] <= 1:
        ends = [int(length * end) for end in ends]
    nodes = set()
    if not is_sequence:
        nodes = {node for level in model._nodes_by_depth.values() for node in level}

    def row(fields: Sequence[Any]) -> None:
        line = ""
        for field, end in zip(fields, ends, strict=False):
            line = f"{line[:-1]} {field}" if line else str(field)
            line = line[:end].ljust(end)
        print_fn(line)

    print_fn(f'Model: "{model.name}"')
    print_fn("_" * length)
    row(["Layer (type)", "Output Shape", "Param #", "Connected to"][: 3 if is_sequence else 4])
    print_fn("=" * length)
    layers = model.layers
    for layer in layers:
        title = f"{layer.name} ({type(layer).__name__})"
        fields = [title, _output_shape(layer), layer.count_params()]
        sources = [] if is_sequence else _connections(layer, nodes) or [""]
        row(fields + sources[:1])
        for source in sources[1:]:
            row(["", "", "", source])
        print_fn(("=" if layer is layers[-1] else "_") * length)
    trained = count_params(model.trainable_weights)
    others = count_params(model.non_trainable_weights)
    print_fn(f"Total params: {trained + others:,}")
    print_fn(f"Trainable params: {trained:,}")
    print_fn(f"Non-trainable params: {others:,}")
    print_fn("_" * length)
