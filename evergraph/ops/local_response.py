"""Local response normalization: LRN and LRNGrad."""

from typing import Any

import torch

from evergraph.graph.apply import apply_op
from evergraph.graph.registry import op
from evergraph.kernels import normalization
from evergraph.kernels.host import invalid
from evergraph.ops import shape_rules
from evergraph.ops.shape_rules import Dims

_ATTRS = (
    "depth_radius: int = 5; bias: float = 1.0; alpha: float = 1.0; beta: float = 0.5; "
    "T: float16 | bfloat16 | float32 = float32"
)

lrn_op = op("LRN(input: T) -> output: T", _ATTRS)
lrn_grad_op = op("LRNGrad(input_grads: T, input_image: T, output_image: T) -> output: T", _ATTRS)


@lrn_op.shape
def lrn_shape(node: Any) -> Dims:
    return shape_rules.with_rank(node.inputs[0].dims, 4)


@lrn_grad_op.shape
def lrn_grad_shape(node: Any) -> Dims:
    dims: Dims = shape_rules.with_rank(node.inputs[0].dims, 4)
    for tensor in node.inputs[1:]:
        dims = shape_rules.merge(dims, tensor.dims)
    return dims


@lrn_op.kernel
def lrn(
    x: torch.Tensor, *, depth_radius: int, bias: float, alpha: float, beta: float
) -> torch.Tensor:
    if x.dim() != 4:
        raise invalid("in must be 4-dimensional")
    return normalization.local_response(x, depth_radius, bias, alpha, beta)


@lrn_grad_op.kernel
def lrn_grad(
    grad: torch.Tensor,
    x: torch.Tensor,
    y: torch.Tensor,
    *,
    depth_radius: int,
    bias: float,
    alpha: float,
    beta: float,
) -> torch.Tensor:
    return normalization.local_response_gradient(grad, x, y, depth_radius, bias, alpha, beta)


@lrn_op.gradient
def lrn_gradient(node: Any, grad: Any) -> Any:
    attrs = {name: node.attr(name) for name in ("depth_radius", "bias", "alpha", "beta")}
    return apply_op("LRNGrad", grad, node.inputs[0], node.outputs[0], **attrs)
