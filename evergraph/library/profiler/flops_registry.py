"""How many floating-point operations a node takes, by op type: the statistic "flops".

These are TensorFlow's counts, with what they leave out. A function raises ValueError where a shape
that it needs is not known.
"""

import math
from collections.abc import Callable
from typing import Any

from evergraph.graph.statistics import OpStats, RegisterStatistics
from evergraph.proto.framework.node_def_pb2 import NodeDef

Count = Callable[[Any, NodeDef], float]


def _dims(graph: Any, name: str) -> list[int]:
    """The known shape of a tensor called as in a NodeDef's inputs."""
    shape = graph.get_tensor_by_name(name if ":" in name else f"{name}:0").get_shape()
    shape.assert_is_fully_defined()
    dims: list[int] = shape.as_list()
    return dims


def _size(graph: Any, name: str) -> int:
    return math.prod(_dims(graph, name))


def _per_input(times: int) -> Count:
    return lambda graph, node: times * _size(graph, node.input[0])


def _per_output(times: int) -> Count:
    return lambda graph, node: times * _size(graph, node.name)


def _l2_loss(graph: Any, node: NodeDef) -> int:
    return 3 * _size(graph, node.input[0]) - 1


def _reduction(finish: int) -> Count:
    """One operation an entry that goes into another, and `finish` for each result."""

    def count(graph: Any, node: NodeDef) -> int:
        return _size(graph, node.input[0]) + _size(graph, node.name) * (finish - 1)

    return count


def _add_n(graph: Any, node: NodeDef) -> int:
    return _size(graph, node.input[0]) * (len(node.input) - 1) if node.input else 0


def _matrix_product(batched: bool) -> Count:
    def count(graph: Any, node: NodeDef) -> int:
        dims = _dims(graph, node.input[0])
        rows, columns = dims[-2:] if batched else dims[:2]
        inner = rows if node.attr["transpose_a"].b else columns
        return 2 * inner * _size(graph, node.name)

    return count


def _window_product(axes: int) -> Count:
    """Twice the entries of the filter's first `axes`, for each entry of the result."""

    def count(graph: Any, node: NodeDef) -> int:
        _dims(graph, node.input[0])
        window = _dims(graph, node.input[1])[:axes]
        return 2 * math.prod(window) * _size(graph, node.name)

    return count


def _check_layout(node: NodeDef) -> None:
    if node.attr["data_format"].s != b"NHWC":
        raise ValueError("Only NHWC format is supported in flops computations")


def _window_size(node: NodeDef) -> int:
    return math.prod(node.attr["ksize"].list.i)


def _pooling(graph: Any, node: NodeDef) -> int:
    _check_layout(node)
    return _window_size(node) * _size(graph, node.name)


def _average_pooling_gradient(graph: Any, node: NodeDef) -> int:
    _check_layout(node)
    return 2 * _window_size(node) * _size(graph, node.input[1])


def _largest_pooling_gradient(graph: Any, node: NodeDef) -> int:
    _check_layout(node)
    return (_window_size(node) + 1) * _size(graph, node.input[1])


def _convolution_gradient(image_of: Count, filter_of: Count) -> Count:
    """`image_of` and `filter_of` give the names of tensors with these shapes."""

    def count(graph: Any, node: NodeDef) -> float:
        _check_layout(node)
        image = _dims(graph, str(image_of(graph, node)))
        filters = _dims(graph, str(filter_of(graph, node)))
        _, height, width, _ = node.attr["strides"].list.i
        return 2 * math.prod(image) * math.prod(filters) / (image[-1] * height * width)

    return count


def _name(graph: Any, node: NodeDef) -> Any:
    return node.name


def _first(graph: Any, node: NodeDef) -> Any:
    return node.input[0]


def _second(graph: Any, node: NodeDef) -> Any:
    return node.input[1]


_COUNTS: dict[str, Count] = {
    **dict.fromkeys(["Reciprocal", "Square", "Log", "Neg"], _per_input(1)),
    **dict.fromkeys(["AssignSub", "AssignAdd", "BiasAdd"], _per_input(1)),
    "Rsqrt": _per_input(2),
    "Softmax": _per_input(5),
    "L2Loss": _l2_loss,
    **dict.fromkeys(["Add", "Sub", "Mul", "RealDiv", "Pow"], _per_output(1)),
    **dict.fromkeys(["Maximum", "Minimum", "Equal", "NotEqual"], _per_output(1)),
    **dict.fromkeys(["GreaterEqual", "Greater", "LessEqual", "Less"], _per_output(1)),
    "SquaredDifference": _per_output(2),
    "RsqrtGrad": _per_output(4),
    "Mean": _reduction(1),
    **dict.fromkeys(["Sum", "ArgMax", "ArgMin", "BiasAddGrad"], _reduction(0)),
    "AddN": _add_n,
    "MatMul": _matrix_product(batched=False),
    "BatchMatMul": _matrix_product(batched=True),
    "Conv2D": _window_product(3),
    "Conv3D": _window_product(4),
    "DepthwiseConv2dNative": _window_product(2),
    "Dilation2D": _window_product(2),
    "AvgPool": _pooling,
    "MaxPool": _pooling,
    "AvgPoolGrad": _average_pooling_gradient,
    "MaxPoolGrad": _largest_pooling_gradient,
    "Conv2DBackpropInput": _convolution_gradient(_name, _second),
    "Conv2DBackpropFilter": _convolution_gradient(_first, _name),
}


def _statistic(count: Count) -> Callable[[Any, NodeDef], OpStats]:
    return lambda graph, node: OpStats("flops", count(graph, node))


for _op_type, _count in _COUNTS.items():
    RegisterStatistics(_op_type, "flops")(_statistic(_count))
