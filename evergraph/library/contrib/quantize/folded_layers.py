"""Copies of layers with other weights."""

from typing import Any

from evergraph.api import array_ops, math_ops, nn_ops


def clone_folded(op: Any, inputs: Any, weights: Any, batch_to_space_op: Any) -> Any:
    """The output of a copy of a layer, which is called like it with _Fold added."""
    name = op.name.split("/")[-1] + "_Fold"
    result = clone(op, inputs, weights, name)
    if op.type == "DepthwiseConv2dNative" and batch_to_space_op:
        back = op.outputs[0].consumers()[0]
        result = array_ops.batch_to_space_nd(
            result, back.inputs[1], back.inputs[2], name=back.name.split("/")[-1] + "_Fold"
        )
    return result


def clone(op: Any, inputs: Any, weights: Any, name: str) -> Any:
    """The output of a copy of a convolution or product. Raises ValueError for other operations."""
    if op.type == "Conv2D":
        return nn_ops.conv2d(
            inputs,
            weights,
            strides=op.get_attr("strides"),
            padding=op.get_attr("padding"),
            use_cudnn_on_gpu=op.get_attr("use_cudnn_on_gpu"),
            data_format=op.get_attr("data_format").decode(),
            name=name,
        )
    if op.type == "MatMul":
        return math_ops.matmul(
            inputs,
            weights,
            transpose_a=op.get_attr("transpose_a"),
            transpose_b=op.get_attr("transpose_b"),
            name=name,
        )
    if op.type == "DepthwiseConv2dNative":
        return nn_ops.depthwise_conv2d(
            inputs,
            weights,
            strides=op.get_attr("strides"),
            padding=op.get_attr("padding"),
            name=name,
        )
    raise ValueError(f"Cannot handle operation of type: {op.type}")
