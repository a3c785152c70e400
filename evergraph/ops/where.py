"""Choices: Where, Select, SelectV2."""

from typing import Any

import numpy as np
import torch

from evergraph.api import array_ops, math_ops
from evergraph.graph.apply import apply_op
from evergraph.graph.registry import op
from evergraph.kernels.host import invalid, settle, text
from evergraph.ops import shape_rules
from evergraph.ops.shape_rules import Dims

where_op = op("Where(input: T) -> index: int64", "T: number | bool = bool")
select_op = op("Select(condition: bool, t: T, e: T) -> output: T", "T: type")
select_v2_op = op("SelectV2(condition: bool, t: T, e: T) -> output: T", "T: type")


@where_op.shape
def where_shape(node: Any) -> Dims:
    dims = node.inputs[0].dims
    return (None, None if dims is None else len(dims))


def _check_where(x: Any) -> None:
    if not x.shape:
        raise invalid("WhereOp : Unhandled input dimensions: 0")


@where_op.kernel
def where_kernel(x: torch.Tensor) -> torch.Tensor:
    _check_where(x)
    return torch.nonzero(x)


@where_op.numpy
def where_numpy(x: Any) -> Any:
    _check_where(x)
    return np.argwhere(x).astype(np.int64).reshape(-1, x.ndim)


where_op.not_differentiable()


@select_op.shape
def select_shape(node: Any) -> Dims:
    """`condition` is shaped like the branches, or a scalar, or one flag for each row."""
    condition, t, e = (x.dims for x in node.inputs)
    branches = shape_rules.merge(t, e)
    if branches is None or condition is None:
        return branches
    if not condition:
        return branches
    if len(condition) == 1 and branches:
        # What the flags tell of the first size is checked, and not passed on.
        shape_rules.merge(condition, branches[:1])
        return branches
    return shape_rules.merge(branches, condition)


def _aligned(condition: Any, t: Any, e: Any) -> Any:
    """`condition` with axes of size 1 behind it, where it is a flag for each row."""
    rank = len(t.shape)
    by_rows = len(condition.shape) == 1 and rank != 1
    if condition.shape and not by_rows:
        for i, branch in ((1, t), (2, e)):
            if branch.shape != condition.shape:
                raise invalid(
                    "Inputs to operation Select of type Select must have the same size and shape.  "
                    f"Input 0: {text(condition.shape)} != input {i}: {text(branch.shape)}"
                )
        return condition
    if by_rows and not rank:
        raise invalid(f"'then' must be at least a vector, but saw shape: {text(t.shape)}")
    if by_rows and condition.shape[0] != t.shape[0]:
        raise invalid(
            f"Number of batches of 'then' must match size of 'cond', but saw: {t.shape[0]} vs. "
            f"{condition.shape[0]}"
        )
    if t.shape != e.shape:
        raise invalid(
            f"'then' and 'else' must have the same size.  but received: {text(t.shape)} vs. "
            f"{text(e.shape)}"
        )
    return condition.reshape(condition.shape + (1,) * (rank - 1)) if by_rows else condition


@select_op.kernel
def select_kernel(condition: torch.Tensor, t: Any, e: Any) -> torch.Tensor:
    return torch.where(_aligned(condition, t, e), t, e)


@select_op.numpy
def select_numpy(condition: Any, t: Any, e: Any) -> Any:
    return settle(np.where(_aligned(condition, t, e), t, e))


@select_op.gradient
def select_gradient(node: Any, grad: Any) -> Any:
    condition, x = node.inputs[0], node.inputs[1]
    zeros = array_ops.zeros_like(x)
    return None, array_ops.where(condition, grad, zeros), array_ops.where(condition, zeros, grad)


@select_v2_op.shape
def select_v2_shape(node: Any) -> Dims:
    condition, t, e = (x.dims for x in node.inputs)
    if condition is None or t is None or e is None:
        return None
    return shape_rules.broadcast(condition, shape_rules.broadcast(t, e))


def _select_v2_error(condition: Any, t: Any, e: Any) -> Exception:
    return invalid(
        f"condition {text(condition.shape)}, then {text(t.shape)}, and else {text(e.shape)} "
        "must be broadcastable"
    )


@select_v2_op.kernel
def select_v2_kernel(condition: torch.Tensor, t: Any, e: Any) -> torch.Tensor:
    try:
        return torch.where(condition, t, e)
    except RuntimeError:
        raise _select_v2_error(condition, t, e) from None


@select_v2_op.numpy
def select_v2_numpy(condition: Any, t: Any, e: Any) -> Any:
    try:
        return settle(np.where(condition, t, e))
    except ValueError:
        raise _select_v2_error(condition, t, e) from None


@select_v2_op.gradient
def select_v2_gradient(node: Any, grad: Any) -> Any:
    condition, x, y = node.inputs
    zeros = array_ops.zeros([], dtype=grad.dtype.base_dtype)
    x_part = array_ops.where_v2(condition, grad, zeros)
    x_shape = array_ops.shape(x)
    shape = array_ops.shape(node.outputs[0])
    x_grad = _summed_to(x_part, x_shape, shape)
    y_part = array_ops.where_v2(condition, zeros, grad)
    return None, x_grad, _summed_to(y_part, array_ops.shape(y), shape)


def _summed_to(grad: Any, small: Any, shape: Any) -> Any:
    """`grad`, of `shape`, summed over the axes along which an operand of shape `small` was
    spread."""
    axes, _ = apply_op("BroadcastGradientArgs", small, shape)
    summed = math_ops.reduce_sum(grad, keepdims=True, axis=axes)
    return array_ops.reshape(summed, small)
