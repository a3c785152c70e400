"""Functions of `tf.linalg` called with operators instead of tensors."""

from typing import Any

from evergraph.api import array_ops, linalg_impl, linalg_ops, math_ops
from evergraph.base.dispatch import dispatch_for_types
from evergraph.library.linalg.linear_operator import LinearOperator


@dispatch_for_types(linalg_impl.adjoint, LinearOperator)
def _adjoint(matrix: Any, name: str | None = None) -> Any:
    return matrix.adjoint(name)


@dispatch_for_types(linalg_ops.cholesky, LinearOperator)
def _cholesky(input: Any, name: str | None = None) -> Any:
    return input.cholesky(name)


@dispatch_for_types(array_ops.matrix_diag_part, LinearOperator)
def _diag_part(input: Any, name: str = "diag_part", k: Any = 0, padding_value: Any = 0) -> Any:
    return input.diag_part(name)


@dispatch_for_types(linalg_ops.matrix_determinant, LinearOperator)
def _determinant(input: Any, name: str | None = None) -> Any:
    return input.determinant(name)


@dispatch_for_types(linalg_ops.matrix_inverse, LinearOperator)
def _inverse(input: Any, adjoint: bool = False, name: str | None = None) -> Any:
    inverse = input.inverse(name)
    return inverse.adjoint() if adjoint else inverse


@dispatch_for_types(linalg_impl.logdet, LinearOperator)
def _logdet(matrix: Any, name: str | None = None) -> Any:
    if not (matrix.is_positive_definite and matrix.is_self_adjoint):
        raise ValueError("Expected matrix to be self-adjoint positive definite.")
    return matrix.log_abs_determinant(name)


@dispatch_for_types(math_ops.matmul, LinearOperator)
def _matmul(
    a: Any,
    b: Any,
    transpose_a: bool = False,
    transpose_b: bool = False,
    adjoint_a: bool = False,
    adjoint_b: bool = False,
    a_is_sparse: bool = False,
    b_is_sparse: bool = False,
    name: str | None = None,
) -> Any:
    if transpose_a or transpose_b:
        raise ValueError("Transposing not supported at this time.")
    if a_is_sparse or b_is_sparse:
        raise ValueError("Sparse methods not supported at this time.")
    if isinstance(a, LinearOperator):
        return a.matmul(b, adjoint=adjoint_a, adjoint_arg=adjoint_b, name=name)
    # A * B is the adjoint of adjoint(B) * adjoint(A).
    product = b.matmul(a, adjoint=not adjoint_b, adjoint_arg=not adjoint_a, name=name)
    return linalg_impl.adjoint(product)


@dispatch_for_types(linalg_ops.matrix_solve, LinearOperator)
def _solve(matrix: Any, rhs: Any, adjoint: bool = False, name: str | None = None) -> Any:
    if not isinstance(matrix, LinearOperator):
        raise ValueError(
            "Passing in `matrix` as a Tensor and `rhs` as a LinearOperator is not supported."
        )
    return matrix.solve(rhs, adjoint=adjoint, name=name)


@dispatch_for_types(math_ops.trace, LinearOperator)
def _trace(x: Any, name: str | None = None) -> Any:
    return x.trace(name)
