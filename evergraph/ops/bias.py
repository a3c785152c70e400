"""Adding a bias along the channels."""

from typing import Any

import torch

from evergraph.base import errors
from evergraph.graph.apply import apply_op
from evergraph.graph.registry import op
from evergraph.ops import shape_rules

FORMAT = "T: number; data_format: string in {'NHWC', 'NCHW'} = 'NHWC'"

bias_add_op = op("BiasAdd(value: T, bias: T) -> output: T", FORMAT)
bias_add_v1_op = op("BiasAddV1(value: T, bias: T) -> output: T", "T: number")
bias_add_grad_op = op("BiasAddGrad(out_backprop: T) -> output: T", FORMAT)


@bias_add_op.shape
@bias_add_v1_op.shape
def bias_add_shape(node: Any) -> Any:
    value = shape_rules.at_least_rank(node.inputs[0].dims, 2)
    (bias,) = shape_rules.with_rank(node.inputs[1].dims, 1)
    if value is None:
        return None
    nchw = node.type == "BiasAdd" and node.attr("data_format") == "NCHW"
    # NCHW keeps the channels before the two (or three) spatial axes.
    axis = 1 if nchw else len(value) - 1
    merged = shape_rules.merge_dim(value[axis], bias)
    return (*value[:axis], merged, *value[axis + 1 :])


@bias_add_op.kernel
def bias_add_kernel(value: torch.Tensor, bias: torch.Tensor, *, data_format: str) -> torch.Tensor:
    axis = 1 if data_format == "NCHW" else value.dim() - 1
    if bias.dim() != 1 or value.dim() < 2 or value.shape[axis] != bias.shape[0]:
        raise errors.InvalidArgumentError(
            None,
            None,
            "Must provide as many biases as the last dimension of the input tensor: "
            f"{shape_rules.text(tuple(bias.shape))} vs. {shape_rules.text(tuple(value.shape))}",
        )
    if data_format == "NCHW":
        bias = bias.reshape(-1, *[1] * (value.dim() - 2))
    return value + bias


@bias_add_v1_op.kernel
def bias_add_v1_kernel(value: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
    return bias_add_kernel(value, bias, data_format="NHWC")


@bias_add_grad_op.shape
def bias_add_grad_shape(node: Any) -> Any:
    dims = shape_rules.at_least_rank(node.inputs[0].dims, 2)
    if dims is None:
        return (None,)
    return (dims[1 if node.attr("data_format") == "NCHW" else -1],)


@bias_add_grad_op.kernel
def bias_add_grad_kernel(grad: torch.Tensor, *, data_format: str) -> torch.Tensor:
    kept = 1 if data_format == "NCHW" else grad.dim() - 1
    axes = [i for i in range(grad.dim()) if i != kept]
    return grad.sum(axes, dtype=grad.dtype)


@bias_add_op.gradient
def bias_add_gradient(node: Any, grad: Any) -> Any:
    data_format = node.attr("data_format")
    return grad, apply_op("BiasAddGrad", grad, data_format=data_format)
