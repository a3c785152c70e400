"""Matrices with three diagonals: products and equations."""

from typing import Any

import torch

from evergraph.api import array_ops, math_ops
from evergraph.base import dtypes
from evergraph.base.errors import InvalidArgumentError
from evergraph.graph.apply import apply_op
from evergraph.graph.constant import constant
from evergraph.graph.registry import op
from evergraph.kernels import tridiagonal
from evergraph.ops import shape_rules
from evergraph.ops.shape_rules import Dims

solve_op = op(
    "TridiagonalSolve(diagonals: T, rhs: T) -> output: T",
    "partial_pivoting: bool = true; T: float64 | float32 | complex64 | complex128",
)
multiply_op = op(
    "TridiagonalMatMul(superdiag: T, maindiag: T, subdiag: T, rhs: T) -> output: T",
    "T: float64 | float32 | complex64 | complex128",
)


@solve_op.shape
def solve_shape(node: Any) -> Dims:
    diagonals, rhs = (shape_rules.at_least_rank(x.dims, 2) for x in node.inputs)
    shape_rules.merge(diagonals and diagonals[:-2], rhs and rhs[:-2])
    if diagonals is not None:
        if rhs is not None:
            shape_rules.merge_dim(diagonals[-1], rhs[-2])
        shape_rules.with_value(diagonals[-2], 3)
    return rhs


@multiply_op.shape
def multiply_shape(node: Any) -> Dims:
    above, diagonal, below, rhs = (shape_rules.at_least_rank(x.dims, 2) for x in node.inputs)
    above = shape_rules.merge(above, diagonal)
    batch = shape_rules.merge(diagonal and diagonal[:-2], rhs and rhs[:-2])
    shape_rules.merge(below and below[:-2], batch)
    diagonal = shape_rules.merge(below, shape_rules.merge(above, diagonal))
    if diagonal is not None:
        if rhs is not None:
            shape_rules.merge_dim(diagonal[-1], rhs[-2])
        shape_rules.with_value(diagonal[-2], 1)
    return rhs


def _refuse(message: str) -> None:
    raise InvalidArgumentError(None, None, message)


def _check_batches(*tensors: torch.Tensor) -> None:
    for i, x in enumerate(tensors):
        if x.dim() < 2:
            _refuse(f"Input tensor {i} must have rank >= 2, got {x.dim()}")
        if x.dim() != tensors[0].dim():
            _refuse("All input tensors must have the same rank.")
        if x.shape[:-2] != tensors[0].shape[:-2]:
            _refuse("All input tensors must have the same outer dimensions.")


@solve_op.kernel
def solve(diagonals: torch.Tensor, rhs: torch.Tensor, *, partial_pivoting: bool) -> torch.Tensor:
    _check_batches(diagonals, rhs)
    rows, n = diagonals.shape[-2:]
    if rows != 3:
        _refuse(f"Expected diagonals to be provided as a matrix with 3 rows, got {rows} rows.")
    if n != rhs.shape[-2]:
        _refuse(
            "Expected the same number of left-hand sides and right-hand sides, got "
            f"{n} and {rhs.shape[-2]}."
        )
    if not rhs.numel():
        return torch.empty_like(rhs)
    try:
        return tridiagonal.solve(diagonals, rhs, partial_pivoting)
    except ZeroDivisionError:
        text = "The matrix is not invertible."
        if n == 1:
            text = "The matrix is not invertible: it is a scalar with value zero."
        elif not partial_pivoting:
            text = (
                "The matrix is either not invertible, or requires pivoting. Try setting "
                "partial_pivoting = True."
            )
        raise InvalidArgumentError(None, None, text) from None


@multiply_op.kernel
def multiply(
    above: torch.Tensor, diagonal: torch.Tensor, below: torch.Tensor, rhs: torch.Tensor
) -> torch.Tensor:
    _check_batches(above, diagonal, below, rhs)
    n = rhs.shape[-2]
    bands = {"superdiagonal": above, "main diagonal": diagonal, "subdiagonal": below}
    for name, band in bands.items():
        if band.shape[-2:] != (1, n):
            _refuse(f"Invalid {name} shape.")
    result = diagonal.mT * rhs
    result[..., 1:, :] += below.mT[..., 1:, :] * rhs[..., :-1, :]
    result[..., :-1, :] += above.mT[..., :-1, :] * rhs[..., 1:, :]
    return result


# Gradients.


def _shifted(x: Any, step: int) -> Any:
    """Rows one further up (step 1) or down (-1), with zeros at the end that is left."""
    zeros = array_ops.zeros((array_ops.rank(x) - 2, 2), dtype=dtypes.int32)
    padding = [[0, 1], [0, 0]] if step > 0 else [[1, 0], [0, 0]]
    pads = array_ops.concat([zeros, constant(padding)], axis=0)
    return array_ops.pad(x[..., 1:, :] if step > 0 else x[..., :-1, :], pads)


@multiply_op.gradient
def multiply_gradient(node: Any, grad: Any) -> Any:
    above, diagonal, below = (
        array_ops.matrix_transpose(x, conjugate=True) for x in node.inputs[:3]
    )
    rhs = math_ops.conj(node.inputs[3])
    of_above = math_ops.reduce_sum(_shifted(rhs, 1) * grad, axis=-1)
    of_diagonal = math_ops.reduce_sum(rhs * grad, axis=-1)
    of_below = math_ops.reduce_sum(_shifted(rhs, -1) * grad, axis=-1)
    of_rhs = _shifted(above * grad, -1) + diagonal * grad + _shifted(below * grad, 1)
    bands = [array_ops.expand_dims(x, -2) for x in (of_above, of_diagonal, of_below)]
    return *bands, of_rhs


@solve_op.gradient
def solve_gradient(node: Any, grad: Any) -> Any:
    pivoting = node.attr("partial_pivoting")
    bands = _transposed(node.inputs[0])
    of_rhs = apply_op("TridiagonalSolve", bands, grad, partial_pivoting=pivoting)
    return -_three_diagonals(of_rhs, node.outputs[0]), of_rhs


def _transposed(bands: Any) -> Any:
    """The diagonals of the transposed matrices."""
    diagonal = bands[..., 1, :]
    if bands.shape.is_fully_defined():
        zeros = array_ops.zeros([*bands.dims[:-2], 1], dtype=bands.dtype)
        above = array_ops.concat((bands[..., 2, 1:], zeros), axis=-1)
        below = array_ops.concat((zeros, bands[..., 0, :-1]), axis=-1)
    else:
        zeros = array_ops.zeros((array_ops.rank(bands) - 2, 2), dtype=dtypes.int32)
        pads = array_ops.concat((zeros, constant([[0, 1]])), axis=0)
        above = array_ops.pad(bands[..., 2, 1:], pads)
        pads = array_ops.concat((zeros, constant([[1, 0]])), axis=0)
        below = array_ops.pad(bands[..., 0, :-1], pads)
    return array_ops.stack([above, diagonal, below], axis=-2)


def _three_diagonals(x: Any, y: Any) -> Any:
    """The three diagonals of x * transpose(y)."""
    diagonal = math_ops.reduce_sum(x * y, axis=-1)
    if y.shape.is_fully_defined():
        zeros = array_ops.zeros([*x.dims[:-2], 1, x.dims[-1]], dtype=x.dtype)
        higher = array_ops.concat((y[..., 1:, :], zeros), axis=-2)
        above = math_ops.reduce_sum(x * higher, axis=-1)
        lower = array_ops.concat((zeros, y[..., :-1, :]), axis=-2)
        below = math_ops.reduce_sum(x * lower, axis=-1)
    else:
        zeros = array_ops.zeros((array_ops.rank(y) - 2, 2), dtype=dtypes.int32)
        pads = array_ops.concat((zeros, constant([[0, 1], [0, 0]])), axis=0)
        above = math_ops.reduce_sum(x * array_ops.pad(y[..., 1:, :], pads), axis=-1)
        pads = array_ops.concat((zeros, constant([[1, 0], [0, 0]])), axis=0)
        below = math_ops.reduce_sum(x * array_ops.pad(y[..., :-1, :], pads), axis=-1)
    return array_ops.stack([above, diagonal, below], axis=-2)
