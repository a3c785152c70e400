"""L2Loss: half the sum of squares."""

from typing import Any

import torch

from evergraph.graph.registry import op
from evergraph.ops import shape_rules

l2_loss_op = op("L2Loss(t: T) -> output: T", "T: floating")
l2_loss_op.shape(shape_rules.scalar)


@l2_loss_op.kernel
def l2_loss_kernel(t: torch.Tensor) -> torch.Tensor:
    flat = t.reshape(-1)
    return torch.dot(flat, flat) / 2


@l2_loss_op.gradient
def l2_loss_gradient(node: Any, grad: Any) -> Any:
    return node.inputs[0] * grad
