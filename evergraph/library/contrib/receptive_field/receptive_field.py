"""Receptive fields of features of convolutional networks."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from evergraph.base.export import export
from evergraph.graph.graph import Graph
from evergraph.graph.tensor import Tensor
from evergraph.library.contrib.receptive_field.graph_compute_order import get_compute_order
from evergraph.library.contrib.receptive_field.parse_layer_parameters import get_layer_params


class ReceptiveField:
    """The receptive field of a network's features; iterated over, its six numbers.

    Args:
      size: its sizes, horizontally and vertically.
      stride: the distance of neighbours' fields.
      padding: how far the first one reaches outside.
    """

    def __init__(self, size: Any, stride: Any, padding: Any) -> None:
        self.size = np.asarray(size)
        self.stride = np.asarray(stride)
        self.padding = np.asarray(padding)

    def compute_input_center_coordinates(self, y: Any, axis: Any = None) -> np.ndarray:
        """The centers of features' receptive fields in the input.

        Args:
          y: the features' coordinates, an array of shape (..., d).
          axis: which d axes these are; None: all.

        Raises:
          ValueError: `y` has another number of coordinates.
        """
        axis = list(range(self.size.size) if axis is None else axis)
        y = np.asarray(y)
        if y.shape[-1] != len(axis):
            raise ValueError(
                f"Dimensionality of the feature coordinates `y` ({y.shape[-1]}) does not match "
                f"dimensionality of `axis` ({len(axis)})"
            )
        return -self.padding[axis] + y * self.stride[axis] + (self.size[axis] - 1) / 2

    def compute_feature_coordinates(self, x: Any, axis: Any = None) -> np.ndarray:
        """The coordinates of features whose receptive fields have their centers at `x`.

        Args:
          x: coordinates in the input, an array of shape (..., d).
          axis: which d axes these are; None: all.

        Raises:
          ValueError: `x` has another number of coordinates.
        """
        axis = list(range(self.size.size) if axis is None else axis)
        x = np.asarray(x)
        if x.shape[-1] != len(axis):
            raise ValueError(
                f"Dimensionality of the input center coordinates `x` ({x.shape[-1]}) does not "
                f"match dimensionality of `axis` ({len(axis)})"
            )
        return (x + self.padding[axis] + (1 - self.size[axis]) / 2) / self.stride[axis]

    def __iter__(self) -> Iterator[Any]:
        return iter(np.concatenate([self.size, self.stride, self.padding]))


class _Field(NamedTuple):
    """A receptive field along one axis."""

    size: int
    stride: int
    padding: int | None

    def before(self, kernel: int, stride: int, padding: int | None) -> "_Field":
        """The same at the input of a layer."""
        return _Field(
            stride * self.size + kernel - stride,
            stride * self.stride,
            None if padding is None or self.padding is None else stride * self.padding + padding,
        )


def _size(field: _Field) -> int:
    return field.size


def _check_aligned(known: Sequence[_Field], other: Sequence[_Field]) -> None:
    """Raises ValueError where two paths see a node's features at different places."""
    pairs = list(zip(("horizontal", "vertical"), known, other, strict=True))
    for direction, a, b in pairs:
        if a.stride != b.stride:
            raise ValueError(
                "Graph is not aligned since effective stride from different paths is different in "
                f"{direction} direction"
            )
    for direction, a, b in pairs:
        assert a.padding is not None and b.padding is not None
        if (a.size - 1) / 2 - a.padding != (b.size - 1) / 2 - b.padding:
            raise ValueError(
                "Graph is not aligned since center shift from different paths is different in "
                f"{direction} direction"
            )


@export("contrib.receptive_field.compute_receptive_field_from_graph_def")
def compute_receptive_field_from_graph_def(
    graph_def: Any,
    input_node: Any,
    output_node: Any,
    stop_propagation: Sequence[str] | None = None,
    input_resolution: Any = None,
) -> ReceptiveField:
    """The receptive field of a network's features, from its graph.

    Stands for `tf.contrib.receptive_field.compute_receptive_field_from_graph_def`.

    Args:
      graph_def: a Graph or a GraphDef.
      input_node: the images, a tensor or a node's name.
      output_node: the features, a tensor or a node's name.
      stop_propagation: beginnings of names of nodes not to go through.
      input_resolution: height and width of the images, where known; SAME padding may depend on it.

    Returns:
      Sizes, strides and paddings, each horizontal and vertical; paddings are None where unknown.

    Raises:
      ValueError: paths through the network are not aligned, or a node was not found.
    """
    if isinstance(graph_def, Graph):
        graph_def = graph_def.as_graph_def()
    if isinstance(input_node, Tensor):
        input_node = input_node.op.name
    if isinstance(output_node, Tensor):
        output_node = output_node.op.name
    stops = tuple(stop_propagation or ())
    node_info, name_to_node = get_compute_order(graph_def, input_node, input_resolution)
    fields = {output_node: (_Field(1, 1, 0), _Field(1, 1, 0))}
    is_found = is_undefined = False
    for info in sorted(node_info.values(), key=lambda i: -i.order):
        node = info.node
        if node.name == input_node:
            break
        is_found = is_found or node.name == output_node
        if not is_found or node.name not in fields:
            continue
        layer = get_layer_params(node, name_to_node, info.input_size)
        # From here on nothing is known of paddings.
        is_undefined = is_undefined or layer.padding_x is None or layer.padding_y is None
        x, y = fields[node.name]
        pad_x, pad_y = (None, None) if is_undefined else (layer.padding_x, layer.padding_y)
        x = x.before(layer.kernel_size_x, layer.stride_x, pad_x)
        y = y.before(layer.kernel_size_y, layer.stride_y, pad_y)
        for name in node.input:
            if name.startswith((*stops, "^")):
                continue
            name_to_node[name]
            known = fields.get(name)
            if known is None:
                fields[name] = (x, y)
                continue
            if not is_undefined:
                _check_aligned(known, (x, y))
            # The path with the largest field counts.
            fields[name] = (max(known[0], x, key=_size), max(known[1], y, key=_size))
    if not is_found:
        raise ValueError("Output node was not found")
    if input_node not in fields:
        raise ValueError("Input node was not found")
    x, y = fields[input_node]
    return ReceptiveField((x.size, y.size), (x.stride, y.stride), (x.padding, y.padding))
