"""The calls of layers on what comes from `tf.keras.Input`, which make networks."""

import collections
from collections.abc import Iterator
from typing import Any

from evergraph.base import nest
from evergraph.graph.conversion import is_tensor

KerasHistory = collections.namedtuple("KerasHistory", ["layer", "node_index", "tensor_index"])


def int_shape(x: Any) -> tuple[int | None, ...] | None:
    """The static shape as a tuple, None where the rank is not known."""
    return None if x.shape.ndims is None else tuple(x.shape.as_list())


def has_history(x: Any) -> bool:
    """Whether a layer made the tensor, on a way from `tf.keras.Input`."""
    return hasattr(x, "_keras_history")


def comes_from_layers(tensors: Any) -> bool:
    """Whether a tensor depends on what comes from `tf.keras.Input`."""
    waiting = list(nest.flatten(tensors))
    seen: set[int] = set()
    while waiting:
        x = waiting.pop()
        if id(x) in seen or not is_tensor(x):
            continue
        seen.add(id(x))
        if has_history(x):
            return True
        if hasattr(x, "op"):
            waiting += x.op.inputs
    return False


class Node:
    """One call of a layer: its inputs, its outputs, and where the inputs come from.

    Args:
      layer: the layer, which keeps the node among its `_inbound_nodes`.
      input_tensors, output_tensors: structures of tensors; the outputs learn of the call.
      arguments: the other arguments of the call.
      is_source: whether the inputs are where a network begins.
    """

    def __init__(
        self,
        layer: Any,
        input_tensors: Any,
        output_tensors: Any,
        arguments: dict[str, Any] | None = None,
        is_source: bool = False,
    ) -> None:
        self.outbound_layer = layer
        self.input_tensors = input_tensors
        self.output_tensors = output_tensors
        self.arguments = arguments
        self.input_shapes = nest.map_structure(int_shape, input_tensors)
        self.output_shapes = nest.map_structure(int_shape, output_tensors)
        if is_source:
            self.inbound_layers = self.node_indices = self.tensor_indices = []
        else:
            self.inbound_layers, self.node_indices, self.tensor_indices = (
                nest.map_structure(lambda t, i=i: t._keras_history[i], input_tensors)
                for i in range(3)
            )
        for source in nest.flatten(self.inbound_layers):
            source._outbound_nodes.append(self)
        layer._inbound_nodes.append(self)
        if not is_source:
            for i, tensor in enumerate(nest.flatten(output_tensors)):
                tensor._keras_history = KerasHistory(layer, len(layer._inbound_nodes) - 1, i)

    def iterate_inbound(self, include_arguments: bool = False) -> Iterator[tuple[Any, ...]]:
        """Layer, number of its call, number of its output, and tensor, for each input."""
        for tensor in nest.flatten(self.input_tensors) if nest.flatten(self.inbound_layers) else ():
            yield (*tensor._keras_history, tensor)
        if include_arguments:
            for value in nest.flatten(self.arguments):
                if has_history(value):
                    yield (*value._keras_history, value)
