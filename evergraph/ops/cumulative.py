"""Running sums and products along an axis."""

from typing import Any

import numpy as np
import torch

from evergraph.api import array_ops, math_ops
from evergraph.base.errors import InvalidArgumentError
from evergraph.graph.registry import Entry, Rule, op
from evergraph.ops import shape_rules

FLAGS = "exclusive: bool = false; reverse: bool = false; "
NUMBER = FLAGS + "T: number; Tidx: int32 | int64 = int32"
FLOAT = FLAGS + "T: float16 | float32 | float64; Tidx: int32 | int64 = int32"


def entry(name: str, attrs: str) -> Entry:
    made = op(f"{name}(x: T, axis: Tidx) -> out: T", attrs, host=["axis"])
    made.shape(shape_rules.unchanged)
    return made


cumsum_op = entry("Cumsum", NUMBER)
cumprod_op = entry("Cumprod", NUMBER)
cumulative_logsumexp_op = entry("CumulativeLogsumexp", FLOAT)


def checked_axis(x: Any, axis: int) -> int:
    if isinstance(axis, tuple):
        found = shape_rules.text(np.shape(axis))
        raise InvalidArgumentError(None, None, f"ScanOp: axis must be a scalar, not {found}")
    rank = len(x.shape)
    if not -rank <= axis < rank:
        raise InvalidArgumentError(
            None,
            None,
            f"ScanOp: Expected scan axis in the range [{-rank}, {rank}), but got {axis}",
        )
    return axis % rank


def scan(
    x: torch.Tensor, axis: int, exclusive: bool, reverse: bool, accumulate: Rule, start: float
) -> torch.Tensor:
    axis = checked_axis(x, axis)
    if reverse:
        x = torch.flip(x, (axis,))
    y = accumulate(x, axis)
    if exclusive and x.shape[axis]:
        first = torch.full_like(y.narrow(axis, 0, 1), start)
        y = torch.cat([first, y.narrow(axis, 0, x.shape[axis] - 1)], axis)
    return torch.flip(y, (axis,)) if reverse else y


# torch keeps the running value of these in a wider dtype and rounds what it hands out; TensorFlow
# rounds each step, which shows in long rows: nucleus sampling cuts where a sum of 1 is passed.
_ROUNDED_EACH_STEP = (torch.float16, torch.float32, torch.complex64)


def accumulate(x: torch.Tensor, axis: int, ufunc: np.ufunc, function: Rule) -> torch.Tensor:
    if x.dtype in _ROUNDED_EACH_STEP and x.device.type == "cpu":
        return torch.from_numpy(ufunc.accumulate(x.numpy(), axis))
    return function(x, axis, dtype=x.dtype)  # type: ignore[no-any-return]


def accumulate_sum(x: torch.Tensor, axis: int) -> torch.Tensor:
    return accumulate(x, axis, np.add, torch.cumsum)


def accumulate_product(x: torch.Tensor, axis: int) -> torch.Tensor:
    return accumulate(x, axis, np.multiply, torch.cumprod)


@cumsum_op.kernel
def cumsum(x: torch.Tensor, axis: int, *, exclusive: bool, reverse: bool) -> torch.Tensor:
    return scan(x, axis, exclusive, reverse, accumulate_sum, 0)


@cumprod_op.kernel
def cumprod(x: torch.Tensor, axis: int, *, exclusive: bool, reverse: bool) -> torch.Tensor:
    return scan(x, axis, exclusive, reverse, accumulate_product, 1)


@cumulative_logsumexp_op.kernel
def cumulative_logsumexp(
    x: torch.Tensor, axis: int, *, exclusive: bool, reverse: bool
) -> torch.Tensor:
    start = torch.finfo(x.dtype).min
    return scan(x, axis, exclusive, reverse, torch.logcumsumexp, start)


def scan_numpy(
    x: np.ndarray, axis: int, exclusive: bool, reverse: bool, accumulate: Rule, start: int
) -> np.ndarray:
    axis = checked_axis(x, axis)
    x = np.flip(x, axis) if reverse else x
    y = accumulate(x, axis, dtype=x.dtype)
    if exclusive:
        y = np.roll(y, 1, axis)
        y[(slice(None),) * axis + (slice(0, 1),)] = start
    return np.flip(y, axis).copy() if reverse else y


@cumsum_op.numpy
def cumsum_numpy(x: np.ndarray, axis: int, *, exclusive: bool, reverse: bool) -> np.ndarray:
    return scan_numpy(x, axis, exclusive, reverse, np.cumsum, 0)


@cumprod_op.numpy
def cumprod_numpy(x: np.ndarray, axis: int, *, exclusive: bool, reverse: bool) -> np.ndarray:
    return scan_numpy(x, axis, exclusive, reverse, np.cumprod, 1)


# Gradients.


@cumsum_op.gradient
def cumsum_gradient(node: Any, grad: Any) -> Any:
    exclusive, reverse = node.attr("exclusive"), node.attr("reverse")
    axis = node.inputs[1]
    return math_ops.cumsum(grad, axis, exclusive=exclusive, reverse=not reverse), None


@cumprod_op.gradient
def cumprod_gradient(node: Any, grad: Any) -> Any:
    x, axis = node.inputs
    exclusive, reverse = node.attr("exclusive"), node.attr("reverse")
    product = math_ops.cumprod(x, axis, exclusive=exclusive, reverse=reverse)
    out = math_ops.cumsum(product * grad, axis, exclusive=exclusive, reverse=not reverse)
    return out / x, None


@cumulative_logsumexp_op.gradient
def cumulative_logsumexp_gradient(node: Any, grad: Any) -> Any:
    """The positive and the negative part of `grad` each stay in the logarithmic domain."""
    x, axis = node.inputs
    y = node.outputs[0]
    exclusive, reverse = node.attr("exclusive"), node.attr("reverse")
    lowest = grad.dtype.min
    logs = (
        array_ops.where_v2(math_ops.greater(grad, 0), math_ops.log(grad), lowest),
        array_ops.where_v2(math_ops.less(grad, 0), math_ops.log(-grad), lowest),
    )
    positive, negative = (
        math_ops.exp(
            math_ops.cumulative_logsumexp(
                log - y, axis=axis, reverse=not reverse, exclusive=exclusive
            )
            + x
        )
        for log in logs
    )
    return positive - negative, None
