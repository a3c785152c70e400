"""Comparisons and logical functions."""

from typing import Any

import numpy as np
import torch

from evergraph.graph.registry import Entry, Rule, op
from evergraph.ops import complaints, shape_rules

ORDERED = "T: realnumber"
EQUALITY = (
    "T: unary_real | uint8 | int8 | int16 | int32 | int64 | complex64 | quint8 | qint8 | qint32 "
    "| string | bool | complex128; incompatible_shape_error: bool = true"
)


def entry(
    signature: str, attrs: str, kernel: Rule, numpy: Rule, commutative: bool = False
) -> Entry:
    """An op of two tensors that broadcast; it has no gradient."""
    made = op(signature, attrs, commutative=commutative)
    made.shape(shape_rules.broadcast_binary)
    made.on_failure(complaints.incompatible_shapes)
    made.kernel(kernel)
    made.numpy(numpy)
    made.not_differentiable()
    return made


def _do_not_broadcast(x: Any, y: Any) -> bool:
    pairs = zip(reversed(np.shape(x)), reversed(np.shape(y)), strict=False)
    return any(m != n and m != 1 and n != 1 for m, n in pairs)


def equal(x: torch.Tensor, y: torch.Tensor, *, incompatible_shape_error: bool) -> torch.Tensor:
    if not incompatible_shape_error and _do_not_broadcast(x, y):
        return torch.tensor(False, device=x.device)
    return torch.eq(x, y)


def not_equal(x: torch.Tensor, y: torch.Tensor, *, incompatible_shape_error: bool) -> torch.Tensor:
    if not incompatible_shape_error and _do_not_broadcast(x, y):
        return torch.tensor(True, device=x.device)
    return torch.ne(x, y)


def equal_numpy(x: Any, y: Any, *, incompatible_shape_error: bool) -> Any:
    if not hasattr(x, "dtype") or x.dtype.kind in "OS":
        # As objects: arrays of bytes would lose zeros at the end.
        x, y = np.asarray(x, object), np.asarray(y, object)
    if not incompatible_shape_error and _do_not_broadcast(x, y):
        return np.False_
    # NumPy compares arrays of strings to an array of objects.
    return np.asarray(np.equal(x, y)).astype(np.bool_)[()]


def not_equal_numpy(x: Any, y: Any, *, incompatible_shape_error: bool) -> Any:
    return np.logical_not(equal_numpy(x, y, incompatible_shape_error=incompatible_shape_error))


less_op = entry("Less(x: T, y: T) -> z: bool", ORDERED, torch.lt, np.less)
less_equal_op = entry("LessEqual(x: T, y: T) -> z: bool", ORDERED, torch.le, np.less_equal)
greater_op = entry("Greater(x: T, y: T) -> z: bool", ORDERED, torch.gt, np.greater)
greater_equal_op = entry("GreaterEqual(x: T, y: T) -> z: bool", ORDERED, torch.ge, np.greater_equal)
equal_op = entry("Equal(x: T, y: T) -> z: bool", EQUALITY, equal, equal_numpy, commutative=True)
not_equal_op = entry(
    "NotEqual(x: T, y: T) -> z: bool", EQUALITY, not_equal, not_equal_numpy, commutative=True
)
logical_and_op = entry(
    "LogicalAnd(x: bool, y: bool) -> z: bool", "", torch.logical_and, np.logical_and, True
)
logical_or_op = entry(
    "LogicalOr(x: bool, y: bool) -> z: bool", "", torch.logical_or, np.logical_or, True
)


@equal_op.specialize
def choose_equal(node: Any) -> Rule:
    return torch.eq if node.attr("incompatible_shape_error") else equal


@not_equal_op.specialize
def choose_not_equal(node: Any) -> Rule:
    return torch.ne if node.attr("incompatible_shape_error") else not_equal


@equal_op.shape
@not_equal_op.shape
def equality_shape(node: Any) -> shape_rules.Dims:
    x, y = node.inputs
    return shape_rules.broadcast(x.dims, y.dims, error=node.attr("incompatible_shape_error"))


logical_not_op = op("LogicalNot(x: bool) -> y: bool")
logical_not_op.shape(shape_rules.unchanged)
logical_not_op.kernel(torch.logical_not)
logical_not_op.numpy(np.logical_not)
logical_not_op.not_differentiable()

approximate_equal_op = op(
    "ApproximateEqual(x: T, y: T) -> z: bool",
    "T: number; tolerance: float = 1e-05",
    commutative=True,
)
approximate_equal_op.not_differentiable()


@approximate_equal_op.shape
def approximate_equal_shape(node: Any) -> shape_rules.Dims:
    shape_rules.merge(node.inputs[0].dims, node.inputs[1].dims)
    return node.inputs[0].dims


@approximate_equal_op.kernel
def approximate_equal(x: torch.Tensor, y: torch.Tensor, *, tolerance: float) -> torch.Tensor:
    # The tolerance is taken in the type of the values: below 1 it is 0 for integers.
    if not (x.is_floating_point() or x.is_complex()):
        return torch.abs(x - y) < int(tolerance)
    return torch.abs(x - y) < tolerance


@approximate_equal_op.numpy
def approximate_equal_numpy(x: Any, y: Any, *, tolerance: float) -> Any:
    return np.abs(x - y) < (int(tolerance) if x.dtype.kind in "iu" else tolerance)
