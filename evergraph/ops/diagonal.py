"""Diagonals and bands of matrices: Diag, DiagPart, MatrixDiag*, MatrixSetDiag*, MatrixBandPart."""

from typing import Any

import numpy as np
import torch

from evergraph.api import array_ops, control_flow_ops, math_ops
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import colocate_with
from evergraph.graph.registry import ShapeError, op
from evergraph.kernels.host import invalid, text
from evergraph.ops import shape_rules
from evergraph.ops.shape_rules import Dims

diag_op = op("Diag(diagonal: T) -> output: T", "T: unary")
diag_part_op = op("DiagPart(input: T) -> diagonal: T", "T: unary")
matrix_diag_op = op("MatrixDiag(diagonal: T) -> output: T", "T: type")
matrix_diag_v2_op = op(
    "MatrixDiagV2(diagonal: T, k: int32, num_rows: int32, num_cols: int32, padding_value: T) -> "
    "output: T",
    "T: type",
    host=["k", "num_rows", "num_cols", "padding_value"],
)
matrix_diag_part_op = op("MatrixDiagPart(input: T) -> diagonal: T", "T: type")
matrix_diag_part_v2_op = op(
    "MatrixDiagPartV2(input: T, k: int32, padding_value: T) -> diagonal: T",
    "T: type",
    host=["k", "padding_value"],
)
matrix_set_diag_op = op("MatrixSetDiag(input: T, diagonal: T) -> output: T", "T: type")
matrix_set_diag_v2_op = op(
    "MatrixSetDiagV2(input: T, diagonal: T, k: int32) -> output: T", "T: type", host=["k"]
)
matrix_band_part_op = op(
    "MatrixBandPart(input: T, num_lower: Tindex, num_upper: Tindex) -> band: T",
    "T: type; Tindex: int32 | int64 = int64",
    host=["num_lower", "num_upper"],
)
# The names of 2015, in graphs of that age.
batch_matrix_band_part_op = op(
    "BatchMatrixBandPart(input: T, num_lower: int64, num_upper: int64) -> band: T",
    "T: type",
    host=["num_lower", "num_upper"],
    deprecated=(14, "Use MatrixBandPart"),
)
batch_matrix_diag_op = op(
    "BatchMatrixDiag(diagonal: T) -> output: T", "T: type", deprecated=(14, "Use MatrixDiag")
)
batch_matrix_diag_part_op = op(
    "BatchMatrixDiagPart(input: T) -> diagonal: T",
    "T: type",
    deprecated=(14, "Use MatrixDiagPart"),
)
batch_matrix_set_diag_op = op(
    "BatchMatrixSetDiag(input: T, diagonal: T) -> output: T",
    "T: type",
    deprecated=(14, "Use MatrixSetDiag"),
)


# Diag and DiagPart: a tensor of rank k on the diagonal of one of rank 2k.


@diag_op.shape
def diag_shape(node: Any) -> Dims:
    dims = shape_rules.at_least_rank(node.inputs[0].dims, 1)
    return None if dims is None else dims + dims


@diag_op.kernel
def diag_kernel(x: torch.Tensor) -> torch.Tensor:
    return torch.diag(x.reshape(-1)).reshape(x.shape + x.shape)


@diag_op.gradient
def diag_gradient(node: Any, grad: Any) -> Any:
    return array_ops.diag_part(grad)


@diag_part_op.shape
def diag_part_shape(node: Any) -> Dims:
    dims = node.inputs[0].dims
    if dims is None:
        return None
    if len(dims) % 2 or not dims:
        raise ShapeError(f"Input must have even and non-zero rank, input rank is {len(dims)}")
    half = len(dims) // 2
    return tuple(shape_rules.merge_dim(a, b) for a, b in zip(dims[:half], dims[half:], strict=True))


@diag_part_op.kernel
def diag_part_kernel(x: torch.Tensor) -> torch.Tensor:
    half = x.dim() // 2
    if x.dim() % 2 or not x.dim():
        raise invalid(
            f"The rank of the tensor should be even and positive, got shape {text(x.shape)}"
        )
    if x.shape[:half] != x.shape[half:]:
        first = next(i for i in range(half) if x.shape[i] != x.shape[half + i])
        raise invalid(
            f"Invalid shape {text(x.shape)}: dimensions {first} and {half + first} do not match."
        )
    size = 1
    for d in x.shape[:half]:
        size *= d
    return torch.diagonal(x.reshape(size, size)).reshape(x.shape[:half]).clone()


@diag_part_op.gradient
def diag_part_gradient(node: Any, grad: Any) -> Any:
    return array_ops.diag(grad)


# Batches of matrices with one or more diagonals. k is (lowest, highest), above 0 up to the right.


def _band(k: Any) -> tuple[int, int]:
    """The lowest and the highest diagonal that `k` names."""
    if isinstance(k, int):
        return k, k
    if len(k) not in (1, 2):
        raise invalid(f"diag_index must have only one or two elements, received {len(k)} elements.")
    if k[0] > k[-1]:
        raise invalid(
            f"lower_diag_index must not be larger than upper_diag_index: {k[0]} > {k[-1]}"
        )
    return k[0], k[-1]


def _check_band(low: int, high: int, rows: int, columns: int) -> None:
    for name, d in (("lower_diag_index", low), ("upper_diag_index", high)):
        if not (-rows < d < columns or d == 0):
            raise invalid(f"{name} is out of bound: {d}. It must be between {-rows} and {columns}")


def _diagonal_length(rows: int, columns: int, d: int) -> int:
    return min(rows + min(0, d), columns - max(0, d))


def _longest(rows: int, columns: int, low: int, high: int) -> int:
    return min(rows + min(high, 0), columns - max(low, 0))


def _diagonal_parts(x: Any, low: int, high: int, padding: Any) -> Any:
    """The diagonals of `x`, the highest first, all as long as the longest."""
    rows, columns = x.shape[-2:]
    _check_band(low, high, rows, columns)
    length = _longest(rows, columns, low, high)
    if low == high:
        return torch.diagonal(x, low, -2, -1).clone()
    result = x.new_full((*x.shape[:-2], high - low + 1, length), padding)
    for i, d in enumerate(range(high, low - 1, -1)):
        part = torch.diagonal(x, d, -2, -1)
        result[..., i, : part.shape[-1]] = part
    return result


def _with_diagonals(x: torch.Tensor, diagonals: torch.Tensor, low: int, high: int) -> torch.Tensor:
    """`x`, which is fresh, with `diagonals` written into it."""
    rows, columns = x.shape[-2:]
    for i, d in enumerate(range(high, low - 1, -1)):
        values = diagonals if low == high else diagonals[..., i, :]
        length = _diagonal_length(rows, columns, d)
        torch.diagonal(x, d, -2, -1).copy_(values[..., :length])
    return x


@matrix_diag_op.shape
@batch_matrix_diag_op.shape
def matrix_diag_shape(node: Any) -> Dims:
    dims = shape_rules.at_least_rank(node.inputs[0].dims, 1)
    return None if dims is None else (*dims, dims[-1])


@matrix_diag_op.kernel
@batch_matrix_diag_op.kernel
def matrix_diag_kernel(x: torch.Tensor) -> torch.Tensor:
    if not x.dim():
        raise invalid(f"diagonal must be at least 1-dim, received shape: {text(x.shape)}")
    return torch.diag_embed(x)


@matrix_diag_op.numpy
def matrix_diag_numpy(x: Any) -> Any:
    result = np.zeros((*x.shape, x.shape[-1]), x.dtype)
    steps = np.arange(x.shape[-1])
    result[..., steps, steps] = x
    return result


@matrix_diag_op.gradient
@batch_matrix_diag_op.gradient
def matrix_diag_gradient(node: Any, grad: Any) -> Any:
    return array_ops.matrix_diag_part(grad)


def _static_band(k: Any) -> tuple[int, int]:
    values = [int(v) for v in k.reshape(-1)]
    if len(values) not in (1, 2):
        raise ShapeError(
            f"diag_index must have only one or two elements, received {len(values)} elements."
        )
    if values[0] > values[-1]:
        raise ShapeError(
            f"lower_diag_index is greater than upper_diag_index: {values[0]} > {values[-1]}"
        )
    return values[0], values[-1]


@matrix_diag_v2_op.shape
def matrix_diag_v2_shape(node: Any) -> Dims:
    dims, k = node.inputs[0].dims, node.static_input(1)
    for i in (2, 3, 4):
        if node.inputs[i].dims is not None:
            shape_rules.with_rank(node.inputs[i].dims, 0)
    shape_rules.at_least_rank(dims, 1)
    if dims is None or k is None:
        return None
    low, high = _static_band(k)
    rank = len(dims)
    if low < high:
        shape_rules.at_least_rank(dims, 2)
        if dims[-2] is not None and dims[-2] != high - low + 1:
            raise ShapeError(
                "The number of rows of `diagonal` doesn't match the number of diagonals implied "
                f"from `d_lower` and `d_upper`. num_diags = {high - low + 1}, d_lower = {low}, "
                f"d_upper = {high}, input_shape = {shape_rules.text(dims)}"
            )
    batch = dims[: rank - 1] if low == high else dims[: rank - 2]
    rows_value, columns_value = node.static_input(2), node.static_input(3)
    if dims[-1] is None:
        rows: int | None = -1 if rows_value is None else int(rows_value)
        columns: int | None = -1 if columns_value is None else int(columns_value)
        rows = None if rows == -1 else rows
        columns = None if columns == -1 else columns
        return (*batch, rows, columns)
    rows = -1 if rows_value is None else int(rows_value)
    columns = -1 if columns_value is None else int(columns_value)
    if rows_value is None or columns_value is None:
        return (*batch, None if rows == -1 else rows, None if columns == -1 else columns)
    try:
        return (*batch, *_matrix_size(dims[-1], rows, columns, low, high))
    except Exception as error:
        raise ShapeError(str(error)) from None


def _matrix_size(length: int, rows: int, columns: int, low: int, high: int) -> tuple[int, int]:
    """The size of the matrix that has such diagonals: the smallest where it is not given."""
    min_rows = length - min(high, 0)
    min_columns = length + max(low, 0)
    if rows == -1 and columns == -1:
        rows = columns = max(min_rows, min_columns)
    if rows == -1:
        rows = min_rows
    elif rows < min_rows:
        raise invalid("The number of rows is too small.")
    if columns == -1:
        columns = min_columns
    elif columns < min_columns:
        raise invalid("The number of columns is too small.")
    if rows != min_rows and columns != min_columns:
        raise invalid(
            "The number of rows or columns is not consistent with the specified d_lower, d_upper, "
            "and diagonal."
        )
    return rows, columns


@matrix_diag_v2_op.kernel
def matrix_diag_v2_kernel(
    x: torch.Tensor, k: Any, rows: int, columns: int, padding: Any
) -> torch.Tensor:
    low, high = _band(k)
    if not x.dim():
        raise invalid(f"diagonal must be at least 1-dim, received shape: {text(x.shape)}")
    if low < high and (x.dim() < 2 or x.shape[-2] != high - low + 1):
        raise invalid(
            "The number of diagonals provided in the input does not match the lower_diag_index "
            "and upper_diag_index range."
        )
    rows, columns = _matrix_size(x.shape[-1], rows, columns, low, high)
    batch = x.shape[:-1] if low == high else x.shape[:-2]
    return _with_diagonals(x.new_full((*batch, rows, columns), padding), x, low, high)


@matrix_diag_v2_op.gradient
def matrix_diag_v2_gradient(node: Any, grad: Any) -> Any:
    return array_ops.matrix_diag_part(grad, k=node.inputs[1]), None, None, None, None


@matrix_diag_part_op.shape
@batch_matrix_diag_part_op.shape
def matrix_diag_part_shape(node: Any) -> Dims:
    dims = shape_rules.at_least_rank(node.inputs[0].dims, 2)
    if dims is None:
        return None
    rows, columns = dims[-2:]
    smaller = 0 if 0 in (rows, columns) else None if None in (rows, columns) else min(rows, columns)
    return (*dims[:-2], smaller)


@matrix_diag_part_op.kernel
@batch_matrix_diag_part_op.kernel
def matrix_diag_part_kernel(x: torch.Tensor) -> torch.Tensor:
    if x.dim() < 2:
        raise invalid(f"input must be at least 2-dim, received shape: {text(x.shape)}")
    return torch.diagonal(x, 0, -2, -1).clone()


@matrix_diag_part_op.gradient
@batch_matrix_diag_part_op.gradient
def matrix_diag_part_gradient(node: Any, grad: Any) -> Any:
    x = node.inputs[0]
    size = x.dims[-2:] if x.dims is not None else (None, None)
    if None not in size and size[0] == size[1]:
        return array_ops.matrix_diag(grad)
    return array_ops.matrix_set_diag(array_ops.zeros_like(x), grad)


@matrix_diag_part_v2_op.shape
def matrix_diag_part_v2_shape(node: Any) -> Dims:
    dims, k = shape_rules.at_least_rank(node.inputs[0].dims, 2), node.static_input(1)
    if node.inputs[2].dims is not None:
        shape_rules.with_rank(node.inputs[2].dims, 0)
    if dims is None or k is None:
        return None
    low, high = _static_band(k)
    rows, columns = dims[-2:]
    _static_bounds(low, high, rows, columns)
    length = None if None in (rows, columns) else _longest(rows, columns, low, high)
    return (*dims[:-2], length) if low == high else (*dims[:-2], high - low + 1, length)


def _static_bounds(low: int, high: int, rows: Any, columns: Any) -> None:
    for name, d in (("lower_diag_index", low), ("upper_diag_index", high)):
        if rows is not None and columns is not None and not (-rows < d < columns or d == 0):
            raise ShapeError(
                f"{name} is out of bound: {d}. It must be between {-rows} and {columns}"
            )


@matrix_diag_part_v2_op.kernel
def matrix_diag_part_v2_kernel(x: torch.Tensor, k: Any, padding: Any) -> torch.Tensor:
    if x.dim() < 2:
        raise invalid(f"input must be at least 2-dim, received shape: {text(x.shape)}")
    return _diagonal_parts(x, *_band(k), padding)


@matrix_diag_part_v2_op.gradient
def matrix_diag_part_v2_gradient(node: Any, grad: Any) -> Any:
    x, k = node.inputs[0], node.inputs[1]
    size = x.dims[-2:] if x.dims is not None else (None, None)
    if None not in size:
        made = array_ops.matrix_diag(grad, k=k, num_rows=size[0], num_cols=size[1])
    else:
        made = array_ops.matrix_set_diag(array_ops.zeros_like(x), grad, k=k)
    return made, None, None


@matrix_set_diag_op.shape
@batch_matrix_set_diag_op.shape
def matrix_set_diag_shape(node: Any) -> Dims:
    x = shape_rules.at_least_rank(node.inputs[0].dims, 2)
    diagonal = shape_rules.at_least_rank(node.inputs[1].dims, 1)
    if x is None or diagonal is None:
        return x
    smaller = None if None in x[-2:] else min(x[-2:])
    if smaller is not None:
        shape_rules.merge_dim(smaller, diagonal[-1])
    shape_rules.with_rank(diagonal, len(x) - 1)
    batch = shape_rules.merge(x[:-2], diagonal[:-1]) or ()
    return (*batch, *x[-2:])


@matrix_set_diag_op.kernel
@batch_matrix_set_diag_op.kernel
def matrix_set_diag_kernel(x: torch.Tensor, diagonal: torch.Tensor) -> torch.Tensor:
    return matrix_set_diag_v2_kernel(x, diagonal, 0)


@matrix_set_diag_v2_op.shape
def matrix_set_diag_v2_shape(node: Any) -> Dims:
    x = shape_rules.at_least_rank(node.inputs[0].dims, 2)
    diagonal = shape_rules.at_least_rank(node.inputs[1].dims, 1)
    k = node.static_input(2)
    if x is None or k is None:
        return x
    low, high = _static_band(k)
    _static_bounds(low, high, *x[-2:])
    if diagonal is not None:
        batch = x[:-2]
        if None not in x[-2:]:
            length = _longest(*x[-2:], low, high)
            tail: Dims = (length,) if low == high else (high - low + 1, length)
        else:
            tail = (None,) if low == high else (high - low + 1, None)
        merged = shape_rules.merge(batch + tail, diagonal) or ()
        return (*merged[: len(batch)], *x[-2:])
    return x


@matrix_set_diag_v2_op.kernel
def matrix_set_diag_v2_kernel(x: torch.Tensor, diagonal: torch.Tensor, k: Any) -> torch.Tensor:
    if x.dim() < 2:
        raise invalid(f"input must be at least 2-dim, received shape: {text(x.shape)}")
    if not diagonal.dim():
        raise invalid(f"diagonal must be at least 1-dim, received shape: {text(diagonal.shape)}")
    low, high = _band(k)
    rows, columns = x.shape[-2:]
    _check_band(low, high, rows, columns)
    length = _longest(rows, columns, low, high)
    tail = (length,) if low == high else (high - low + 1, length)
    expected = (*x.shape[:-2], *tail)
    if tuple(diagonal.shape) != expected:
        raise invalid(
            f"Either first dimensions of diagonal don't match input.shape[:-2], or diagonal.shape["
            f":-1] is not equal to the longests diagonal in range [lower_diag_index:"
            f"upper_diag_index].\nInput shape: {text(x.shape)}\nDiagonal shape: "
            f"{text(diagonal.shape)}\nExpected diagonal shape: {text(expected)}"
        )
    copy = x.clone(memory_format=torch.contiguous_format)
    return _with_diagonals(copy, diagonal, low, high)


@matrix_set_diag_op.gradient
@batch_matrix_set_diag_op.gradient
def matrix_set_diag_gradient(node: Any, grad: Any) -> Any:
    x_shape = node.inputs[0].get_shape().merge_with(grad.get_shape())
    batch = x_shape[:-2].merge_with(node.inputs[1].get_shape()[:-1])
    matrix = x_shape[-2:]
    diagonal_shape: Any
    if batch.is_fully_defined() and matrix.is_fully_defined():
        diagonal_shape = batch.as_list() + [min(matrix.as_list())]
    else:
        with colocate_with(grad):
            shape = array_ops.shape(grad)
            rank = array_ops.rank(grad)
            batch = array_ops.slice(shape, [0], [rank - 2])
            matrix = array_ops.slice(shape, [rank - 2], [2])
            smaller = math_ops.reduce_min(matrix)
            diagonal_shape = array_ops.concat([batch, [smaller]], 0)
    zeros = array_ops.zeros(diagonal_shape, dtype=grad.dtype)
    return array_ops.matrix_set_diag(grad, zeros), array_ops.matrix_diag_part(grad)


@matrix_set_diag_v2_op.gradient
def matrix_set_diag_v2_gradient(node: Any, grad: Any) -> Any:
    k = node.inputs[2]
    shape: Any = node.inputs[1].get_shape()
    if not shape.is_fully_defined():
        shape = _diagonal_shape(grad, k)
    zeros = array_ops.zeros(shape, dtype=grad.dtype)
    x_grad = array_ops.matrix_set_diag(grad, zeros, k=k)
    return x_grad, array_ops.matrix_diag_part(grad, k=k), None


def _diagonal_shape(grad: Any, k: Any) -> Any:
    """The shape of the diagonals `k` of `grad`, as nodes."""
    shape = array_ops.shape(grad)
    batch, matrix = shape[:-2], shape[-2:]
    index = array_ops.reshape(k, [-1])
    low, high = index[0], index[-1]
    y_offset = control_flow_ops.cond(math_ops.less(high, 0), lambda: high, lambda: 0)
    x_offset = control_flow_ops.cond(math_ops.greater(low, 0), lambda: -low, lambda: 0)
    length = math_ops.minimum(matrix[0] + y_offset, matrix[1] + x_offset)
    tail = control_flow_ops.cond(
        math_ops.equal(low, high),
        lambda: convert_to_tensor([length]),
        lambda: convert_to_tensor([high - low + 1, length]),
    )
    return array_ops.concat([batch, tail], 0)


# MatrixBandPart.


@matrix_band_part_op.shape
@batch_matrix_band_part_op.shape
def matrix_band_part_shape(node: Any) -> Dims:
    return node.inputs[0].dims


@matrix_band_part_op.kernel
@batch_matrix_band_part_op.kernel
def matrix_band_part_kernel(x: torch.Tensor, lower: int, upper: int) -> torch.Tensor:
    if x.dim() < 2:
        raise invalid(f"input must be at least 2-dim, received shape: {text(x.shape)}")
    for name, value in (("num_lower", lower), ("num_upper", upper)):
        if isinstance(value, tuple):
            raise invalid(f"{name} must be scalar, got shape {text(np.shape(value))}")
    rows, columns = x.shape[-2:]
    if lower > rows:
        raise invalid(
            f"num_lower must be negative or less or equal to number of rows ({rows}) got: {lower}"
        )
    if upper > columns:
        raise invalid(
            "num_upper must be negative or less or equal to number of columns "
            f"({columns}) got: {upper}"
        )
    part = x
    if upper >= 0:
        part = torch.tril(part, upper)
    if lower >= 0:
        part = torch.triu(part, -lower)
    return x.clone() if part is x else part


@matrix_band_part_op.gradient
@batch_matrix_band_part_op.gradient
def matrix_band_part_gradient(node: Any, grad: Any) -> Any:
    return array_ops.matrix_band_part(grad, node.inputs[1], node.inputs[2]), None, None
