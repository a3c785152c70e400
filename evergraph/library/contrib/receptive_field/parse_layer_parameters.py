"""Kernel, stride and padding of a node of a GraphDef."""

from typing import Any, NamedTuple

from evergraph.base.platform import logging
from evergraph.graph.tensor_proto import make_ndarray

# Ops whose features see what their input's features see.
_UNCHANGED_RF_LAYER_OPS = [
    *("Add", "AddV2", "BiasAdd", "Cast", "Ceil", "ConcatV2", "Const", "Floor"),
    *("FusedBatchNorm", "Identity", "Log", "Mul", "Pow", "RealDiv", "Relu"),
    *("Relu6", "Round", "Rsqrt", "Softplus", "Sub", "VariableV2", "LRN"),
    "GreaterEqual",
]


class LayerParams(NamedTuple):
    """What a node is, horizontally (x) and vertically (y); None where that is not known."""

    kernel_size_x: Any
    kernel_size_y: Any
    stride_x: Any
    stride_y: Any
    padding_x: Any
    padding_y: Any
    total_padding_x: Any
    total_padding_y: Any


def _value(node: Any, i: int, name_to_node: Any, suffix: str, complaint: str) -> Any:
    """The constant that is input `i` of a node."""
    name = node.input[i]
    if not name.endswith(suffix):
        raise ValueError(complaint)
    return make_ndarray(name_to_node[name].attr["value"].tensor)


def _strides(node: Any, name_to_node: Any) -> tuple[Any, Any]:
    if node.op == "MaxPoolV2":
        sizes = _value(
            node, 2, name_to_node, "/strides", "Strides name does not end with '/strides'"
        )
    else:
        sizes = node.attr["strides"].list.i
    return sizes[2], sizes[1]


def _conv_kernel(node: Any, name_to_node: Any) -> tuple[Any, Any]:
    read = node.input[1]
    if not read.endswith("/read"):
        raise ValueError("Weight layer's name input to conv layer does not end with '/read'")
    name = read[: -len("/read")]
    weights = name_to_node[name]
    if weights.op == "VariableV2":
        dims = weights.attr["shape"].shape.dim
    elif weights.op == "Const":
        dims = weights.attr["value"].tensor.tensor_shape.dim
    else:
        raise ValueError(f"Weight layer {name} is not of type VariableV2 or Const: {weights.op}")
    if len(dims) != 4:
        raise ValueError(f"Weight layer {name} does not have rank 4. Instead, it has: {len(dims)}")
    return dims[1].size, dims[0].size


def _pool_kernel(node: Any, name_to_node: Any) -> tuple[Any, Any]:
    if node.op == "MaxPoolV2":
        sizes = _value(
            node, 1, name_to_node, "/ksize", "Kernel size name does not end with '/ksize'"
        )
    else:
        sizes = node.attr["ksize"].list.i
    if sizes[0] != 1:
        raise ValueError("pool ksize for first dim is not 1")
    if sizes[3] != 1:
        raise ValueError("pool ksize for last dim is not 1")
    return sizes[2], sizes[1]


def _padding(node: Any, kernel: int, stride: int, resolution: int | None) -> tuple[Any, Any]:
    """The padding in all, and that of the left or top; None where the resolution decides it."""
    padding = node.attr["padding"].s
    if padding == b"VALID":
        return 0, 0
    if padding != b"SAME":
        raise ValueError(f"Invalid padding operation {padding}")
    if resolution is not None:
        total = max(kernel - (resolution % stride or stride), 0)
        return total, total // 2
    if kernel == 1:
        return 0, 0
    if stride == 1:
        return kernel - 1, (kernel - 1) // 2
    if stride == 2 and kernel % 2 == 0:
        return None, (kernel - 1) // 2
    logging.warning(
        "Padding depends on input size, which means that the effective padding may be different "
        "depending on the input image dimensionality. In this case, alignment check will be "
        "skipped. If you know the input resolution, please set it."
    )
    return None, None


def _pad_layer(node: Any, name_to_node: Any) -> tuple[Any, Any, Any, Any]:
    name = node.input[1]
    if not name.endswith("/paddings"):
        raise ValueError("Padding layer name does not end with '/paddings'")
    if name_to_node[name].op != "Const":
        raise ValueError("Padding op is not Const")
    paddings = make_ndarray(name_to_node[name].attr["value"].tensor)
    if paddings[0].any():
        raise ValueError("padding is not zero for first tensor dim")
    if paddings[3].any():
        raise ValueError("padding is not zero for last tensor dim")
    y, x = paddings[1], paddings[2]
    return x[0] + x[1], x[0], y[0] + y[1], y[0]


def get_layer_params(
    node: Any, name_to_node: Any, input_resolution: Any = None, force: bool = False
) -> LayerParams:
    """Kernel, stride and padding of a node.

    Args:
      node: a NodeDef: a convolution, a pooling, Pad, or an op that works on each place by itself.
      name_to_node: the graph's NodeDefs by name.
      input_resolution: height and width of the input, or None: the padding may be unknown then.
      force: whether nodes of other ops have None in all places.

    Raises:
      ValueError: the node's op is another one, or its parameters are no constants.
    """
    total_x: Any
    total_y: Any
    if node.op in ("Conv2D", "DepthwiseConv2dNative", "MaxPool", "MaxPoolV2", "AvgPool"):
        stride_x, stride_y = _strides(node, name_to_node)
        is_pool = node.op.endswith(("Pool", "PoolV2"))
        kernel_x, kernel_y = (_pool_kernel if is_pool else _conv_kernel)(node, name_to_node)
        height, width = (None, None) if input_resolution is None else input_resolution
        total_x, x = _padding(node, kernel_x, stride_x, width)
        total_y, y = _padding(node, kernel_y, stride_y, height)
        return LayerParams(kernel_x, kernel_y, stride_x, stride_y, x, y, total_x, total_y)
    if node.op == "Pad":
        total_x, x, total_y, y = _pad_layer(node, name_to_node)
        return LayerParams(1, 1, 1, 1, x, y, total_x, total_y)
    if node.op in _UNCHANGED_RF_LAYER_OPS:
        return LayerParams(1, 1, 1, 1, 0, 0, 0, 0)
    if force:
        return LayerParams(*[None] * 8)
    raise ValueError(f"Unknown layer for operation '{node.name}': {node.op}")
