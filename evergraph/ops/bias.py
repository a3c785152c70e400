"""Adding a bias along the channels."""

from typing import Any

import torch

from evergraph.api import array_ops, math_ops
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


def _complain(value: tuple[int, ...], bias: tuple[int, ...]) -> None:
    value_text, bias_text = shape_rules.text(value), shape_rules.text(bias)
    if len(value) < 2:
        message = f"Input tensor must be at least 2D: {value_text}"
    elif len(bias) != 1:
        message = f"Biases must be 1D: {bias_text}"
    else:
        message = (
            "Must provide as many biases as the last dimension of the input tensor: "
            f"{bias_text} vs. {value_text}"
        )
    raise errors.InvalidArgumentError(None, None, message)


@bias_add_op.kernel
def bias_add_kernel(value: torch.Tensor, bias: torch.Tensor, *, data_format: str) -> torch.Tensor:
    axis = 1 if data_format == "NCHW" else value.dim() - 1
    if bias.dim() != 1 or value.dim() < 2 or value.shape[axis] != bias.shape[0]:
        _complain(tuple(value.shape), tuple(bias.shape))
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
    if grad.dim() < 2:
        _complain(tuple(grad.shape), ())
    kept = 1 if data_format == "NCHW" else grad.dim() - 1
    axes = [i for i in range(grad.dim()) if i != kept]
    return grad.sum(axes, dtype=grad.dtype)


@bias_add_op.gradient
def bias_add_gradient(node: Any, grad: Any) -> Any:
    data_format = node.attr("data_format")
    return grad, apply_op("BiasAddGrad", grad, data_format=data_format)


@bias_add_v1_op.gradient
def bias_add_v1_gradient(node: Any, grad: Any) -> Any:
    axes = math_ops.range(array_ops.rank(grad) - 1)
    return grad, math_ops.reduce_sum(grad, axes)


@bias_add_grad_op.gradient
def bias_add_grad_gradient(node: Any, grad: Any) -> Any:
    """The sum of channels: its gradient is the same everywhere along the other axes."""
    shape = array_ops.shape(node.inputs[0])
    bias_shape = array_ops.shape(grad)
    if node.attr("data_format") == "NCHW":
        before = array_ops.ones_like(shape[:1])
        after = array_ops.ones_like(shape[2:])
        expanded_shape = array_ops.concat([before, bias_shape, after], 0)
        multiples = array_ops.concat([shape[:1], [1], shape[2:]], 0)
    else:
        before = array_ops.ones_like(shape[:-1])
        expanded_shape = array_ops.concat([before, bias_shape], 0)
        multiples = array_ops.concat([shape[:-1], [1]], 0)
    return array_ops.tile(array_ops.reshape(grad, expanded_shape), multiples)
