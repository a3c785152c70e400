"""Inverses, determinants, equations and functions of square matrices."""

from collections.abc import Callable
from typing import Any

import torch

from evergraph.api import array_ops, linalg_ops, math_ops
from evergraph.api.control_flow_ops import cond
from evergraph.base.errors import InvalidArgumentError
from evergraph.graph.apply import apply_op
from evergraph.graph.registry import op
from evergraph.ops import shape_rules
from evergraph.ops.shape_rules import Dim, Dims

DETERMINANT = "T: float16 | float32 | float64 | complex64 | complex128"

inverse_op = op("MatrixInverse(input: T) -> output: T", "adjoint: bool = false; T: linalg")
solve_op = op("MatrixSolve(matrix: T, rhs: T) -> output: T", "adjoint: bool = false; T: linalg")
triangular_solve_op = op(
    "MatrixTriangularSolve(matrix: T, rhs: T) -> output: T",
    "lower: bool = true; adjoint: bool = false; T: linalg",
)
least_squares_op = op(
    "MatrixSolveLs(matrix: T, rhs: T, l2_regularizer: float64) -> output: T",
    "T: linalg; fast: bool = true",
)
determinant_op = op("MatrixDeterminant(input: T) -> output: T", DETERMINANT)
log_determinant_op = op(
    "LogMatrixDeterminant(input: T) -> sign: T, log_abs_determinant: T", DETERMINANT
)
square_root_op = op("MatrixSquareRoot(input: T) -> output: T", "T: linalg")
logarithm_op = op("MatrixLogarithm(input: T) -> output: T", "T: complex64 | complex128")
exponential_op = op(
    "MatrixExponential(input: T) -> output: T",
    "T: linalg",
    deprecated=(27, "Use Python implementation tf.linalg.matrix_exponential instead."),
)

# The names of 2015, in graphs of that age.
_REAL = "T: float64 | float32"
batch_inverse_op = op(
    "BatchMatrixInverse(input: T) -> output: T",
    "adjoint: bool = false; " + _REAL,
    deprecated=(13, "Use MatrixInverse instead."),
)
batch_solve_op = op(
    "BatchMatrixSolve(matrix: T, rhs: T) -> output: T",
    "adjoint: bool = false; " + _REAL,
    deprecated=(13, "Use MatrixSolve instead."),
)
batch_triangular_solve_op = op(
    "BatchMatrixTriangularSolve(matrix: T, rhs: T) -> output: T",
    "lower: bool = true; adjoint: bool = false; " + _REAL,
    deprecated=(13, "Use MatrixTriangularSolve instead."),
)
batch_least_squares_op = op(
    "BatchMatrixSolveLs(matrix: T, rhs: T, l2_regularizer: float64) -> output: T",
    _REAL + "; fast: bool = true",
    deprecated=(13, "Use MatrixSolveLs instead."),
)
batch_determinant_op = op(
    "BatchMatrixDeterminant(input: T) -> output: T",
    "T: float32 | float64 | complex64 | complex128",
    deprecated=(13, "Use MatrixDeterminant instead."),
)


# Shapes.

for _entry in (
    batch_inverse_op,
    batch_solve_op,
    batch_triangular_solve_op,
    batch_least_squares_op,
    batch_determinant_op,
):
    _entry.shape(shape_rules.unknown)


def square(dims: Dims) -> tuple[Dims, Dim]:
    """The batch dims and the size of square matrices."""
    dims = shape_rules.at_least_rank(dims, 2)
    if dims is None:
        return None, None
    return dims[:-2], shape_rules.merge_dim(dims[-2], dims[-1])


@inverse_op.shape
@square_root_op.shape
@logarithm_op.shape
@exponential_op.shape
def square_shape(node: Any) -> Dims:
    batch, size = square(node.inputs[0].dims)
    return None if batch is None else (*batch, size, size)


@solve_op.shape
@triangular_solve_op.shape
@least_squares_op.shape
def solve_shape(node: Any) -> Dims:
    matrix = shape_rules.at_least_rank(node.inputs[0].dims, 2)
    rhs = shape_rules.at_least_rank(node.inputs[1].dims, 2)
    if node.type == "MatrixSolveLs":
        shape_rules.with_rank(node.inputs[2].dims, 0)
    batch = shape_rules.merge(matrix and matrix[:-2], rhs and rhs[:-2])
    rows, columns = (None, None) if matrix is None else matrix[-2:]
    if node.type != "MatrixSolveLs":
        rows = columns = shape_rules.merge_dim(rows, columns)
    if rhs is not None:
        merged = shape_rules.merge_dim(rows, rhs[-2])
        columns = merged if node.type != "MatrixSolveLs" else columns
    if batch is None:
        return None
    return (*batch, columns, None if rhs is None else rhs[-1])


@determinant_op.shape
def determinant_shape(node: Any) -> Dims:
    return square(node.inputs[0].dims)[0]


@log_determinant_op.shape
def log_determinant_shape(node: Any) -> list[Dims]:
    return [square(node.inputs[0].dims)[0]] * 2


# Kernels.


def refuse(message: str) -> None:
    raise InvalidArgumentError(None, None, message)


def check_square(x: torch.Tensor) -> None:
    if x.dim() < 2 or x.shape[-1] != x.shape[-2]:
        refuse("Input matrix must be square.")


def _check_rows(matrix: torch.Tensor, rhs: torch.Tensor) -> None:
    if matrix.shape[-2] != rhs.shape[-2]:
        refuse("Input matrix and rhs are incompatible.")


@inverse_op.kernel
@batch_inverse_op.kernel
def inverse(x: torch.Tensor, *, adjoint: bool) -> torch.Tensor:
    check_square(x)
    result, info = torch.linalg.inv_ex(x.mH if adjoint else x)
    if info.any():
        refuse("Input is not invertible.")
    return result


@solve_op.kernel
@batch_solve_op.kernel
def solve(matrix: torch.Tensor, rhs: torch.Tensor, *, adjoint: bool) -> torch.Tensor:
    check_square(matrix)
    _check_rows(matrix, rhs)
    result, info = torch.linalg.solve_ex(matrix.mH if adjoint else matrix, rhs)
    if info.any():
        refuse("Input matrix is not invertible.")
    return result


@triangular_solve_op.kernel
@batch_triangular_solve_op.kernel
def triangular_solve(
    matrix: torch.Tensor, rhs: torch.Tensor, *, lower: bool, adjoint: bool
) -> torch.Tensor:
    check_square(matrix)
    _check_rows(matrix, rhs)
    if (matrix.diagonal(dim1=-2, dim2=-1) == 0).any():
        refuse("Input matrix is not invertible.")
    if adjoint:
        return torch.linalg.solve_triangular(matrix.mH, rhs, upper=lower)
    return torch.linalg.solve_triangular(matrix, rhs, upper=not lower)


@least_squares_op.kernel
@batch_least_squares_op.kernel
def least_squares(
    matrix: torch.Tensor, rhs: torch.Tensor, l2_regularizer: torch.Tensor, *, fast: bool
) -> torch.Tensor:
    _check_rows(matrix, rhs)
    if not fast:
        # The solution of least norm, where there are several.
        return torch.linalg.pinv(matrix) @ rhs
    rows, columns = matrix.shape[-2:]
    gram = matrix.mH @ matrix if rows >= columns else matrix @ matrix.mH
    gram = gram + float(l2_regularizer) * torch.eye(gram.shape[-1], dtype=matrix.dtype)
    factor, info = torch.linalg.cholesky_ex(gram)
    if info.any():
        refuse(
            "Input matrix was rank deficient or ill-conditioned. Try setting fast=False or "
            "provide a larger l2_regularizer > 0."
        )
    if rows >= columns:
        return torch.cholesky_solve(matrix.mH @ rhs, factor)
    return matrix.mH @ torch.cholesky_solve(rhs, factor)


@determinant_op.kernel
@batch_determinant_op.kernel
def determinant(x: torch.Tensor) -> torch.Tensor:
    check_square(x)
    return torch.linalg.det(x)


@log_determinant_op.kernel
def log_determinant(x: torch.Tensor) -> Any:
    check_square(x)
    sign, logarithm = torch.linalg.slogdet(x)
    return sign, logarithm.to(x.dtype)


def _through_eigenvalues(
    x: torch.Tensor, function: Callable[[torch.Tensor], torch.Tensor]
) -> torch.Tensor:
    """A function of matrices, which need to have a basis of eigenvectors."""
    check_square(x)
    values, vectors = torch.linalg.eig(x)
    result = vectors @ (function(values).unsqueeze(-1) * torch.linalg.inv(vectors))
    return result if x.is_complex() else result.real.contiguous()


@square_root_op.kernel
def square_root(x: torch.Tensor) -> torch.Tensor:
    return _through_eigenvalues(x, torch.sqrt)


@logarithm_op.kernel
def logarithm(x: torch.Tensor) -> torch.Tensor:
    return _through_eigenvalues(x, torch.log)


@exponential_op.kernel
def exponential(x: torch.Tensor) -> torch.Tensor:
    check_square(x)
    return torch.linalg.matrix_exp(x)


# Gradients.


@inverse_op.gradient
def inverse_gradient(node: Any, grad: Any) -> Any:
    inv = node.outputs[0]
    product = math_ops.matmul(grad, inv, adjoint_b=True)
    return -math_ops.matmul(inv, product, adjoint_a=True)


@determinant_op.gradient
def determinant_gradient(node: Any, grad: Any) -> Any:
    c = node.outputs[0]
    inv = apply_op("MatrixInverse", node.inputs[0], adjoint=True)
    scale = grad * c
    shape = array_ops.concat([array_ops.shape(c), [1, 1]], 0)
    return array_ops.reshape(scale, shape) * inv


@log_determinant_op.gradient
def log_determinant_gradient(node: Any, _: Any, grad: Any) -> Any:
    inv = apply_op("MatrixInverse", node.inputs[0], adjoint=True)
    shape = array_ops.concat([array_ops.shape(node.outputs[1]), [1, 1]], 0)
    return array_ops.reshape(grad, shape) * inv


def _matrix_part(node: Any, c: Any, grad_rhs: Any) -> Any:
    """The gradient of the matrix of equations from that of the right-hand side."""
    if node.attr("adjoint"):
        return -math_ops.matmul(c, grad_rhs, adjoint_b=True)
    return -math_ops.matmul(grad_rhs, c, adjoint_b=True)


@solve_op.gradient
def solve_gradient(node: Any, grad: Any) -> Any:
    adjoint = not node.attr("adjoint")
    grad_rhs = apply_op("MatrixSolve", node.inputs[0], grad, adjoint=adjoint)
    return _matrix_part(node, node.outputs[0], grad_rhs), grad_rhs


@triangular_solve_op.gradient
def triangular_solve_gradient(node: Any, grad: Any) -> Any:
    lower, adjoint = node.attr("lower"), not node.attr("adjoint")
    a = node.inputs[0]
    grad_rhs = apply_op("MatrixTriangularSolve", a, grad, lower=lower, adjoint=adjoint)
    grad_a = _matrix_part(node, node.outputs[0], grad_rhs)
    if lower:
        return array_ops.matrix_band_part(grad_a, -1, 0), grad_rhs
    return array_ops.matrix_band_part(grad_a, 0, -1), grad_rhs


def _kronecker(a: Any, b: Any) -> Any:
    """The Kronecker product of batches of square matrices."""
    a_shape, b_shape = array_ops.shape(a), array_ops.shape(b)
    m, n = a_shape[-1], b_shape[-1]
    batch = array_ops.slice(a_shape, [0], [math_ops.subtract(array_ops.size(a_shape), 2)])
    a_parts = array_ops.concat([batch, [m], [1], [m], [1]], 0)
    b_parts = array_ops.concat([batch, [1], [n], [1], [n]], 0)
    a, b = array_ops.reshape(a, a_parts), array_ops.reshape(b, b_parts)
    size = m * n
    shape = array_ops.concat([batch, [size], [size]], 0)
    return array_ops.reshape(a * b, shape)


@square_root_op.gradient
def square_root_gradient(node: Any, grad: Any) -> Any:
    """dA = R dR + dR R, solved for dR with the columns of all matrices laid out in one vector."""
    root = node.outputs[0]
    shape = array_ops.shape(root)
    order = shape[-1]
    count = math_ops.reduce_prod(shape[0:-2])
    eye = linalg_ops.eye(order, dtype=root.dtype)
    tiled = array_ops.tile(array_ops.reshape(eye, [-1]), [count])
    eyes = array_ops.reshape(tiled, shape)
    transposed = array_ops.matrix_transpose(root)
    total = math_ops.add(_kronecker(eyes, transposed), _kronecker(root, eyes))
    batch = array_ops.slice(shape, [0], [math_ops.subtract(array_ops.size(shape), 2)])
    column = array_ops.concat([batch, [order * order], [1]], 0)
    vector = array_ops.reshape(array_ops.matrix_transpose(grad), column)
    solved = apply_op("MatrixSolve", total, vector)
    return array_ops.matrix_transpose(array_ops.reshape(solved, shape))


@least_squares_op.gradient
def least_squares_gradient(node: Any, grad: Any) -> Any:
    if not node.attr("fast"):
        raise ValueError("Gradient not defined for fast=False")
    dims = node.inputs[0].dims
    if dims is not None and None not in dims[-2:]:
        rule = _overdetermined if dims[-2] >= dims[-1] else _underdetermined
        return rule(node, grad)
    shape = array_ops.shape(node.inputs[0])[-2:]
    return cond(
        shape[-2] >= shape[-1],
        lambda: _overdetermined(node, grad),
        lambda: _underdetermined(node, grad),
    )


def _overdetermined(node: Any, grad: Any) -> Any:
    a, b = node.inputs[:2]
    x = node.outputs[0]
    l2_regularizer = math_ops.cast(node.inputs[2], a.dtype.base_dtype)
    chol = linalg_ops._RegularizedGramianCholesky(a, l2_regularizer, first_kind=True)
    z = linalg_ops.cholesky_solve(chol, grad)
    xzt = math_ops.matmul(x, z, adjoint_b=True)
    symmetric = xzt + array_ops.matrix_transpose(xzt)
    grad_a = -math_ops.matmul(a, symmetric) + math_ops.matmul(b, z, adjoint_b=True)
    return grad_a, math_ops.matmul(a, z), None


def _underdetermined(node: Any, grad: Any) -> Any:
    a, b = node.inputs[:2]
    l2_regularizer = math_ops.cast(node.inputs[2], a.dtype.base_dtype)
    chol = linalg_ops._RegularizedGramianCholesky(a, l2_regularizer, first_kind=False)
    grad_b = linalg_ops.cholesky_solve(chol, math_ops.matmul(a, grad))
    solved = linalg_ops.cholesky_solve(chol, b)
    a1 = math_ops.matmul(solved, a, adjoint_a=True)
    a1 = -math_ops.matmul(grad_b, a1)
    a2 = grad - math_ops.matmul(a, grad_b, adjoint_a=True)
    a2 = math_ops.matmul(solved, a2, adjoint_b=True)
    return a1 + a2, grad_b, None
