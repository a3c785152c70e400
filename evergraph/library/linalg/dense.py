"""Matrices given by their numbers: `tf.linalg.LinearOperatorFullMatrix`,
`LinearOperatorLowerTriangular`."""

from typing import Any

from evergraph.api import array_ops, linalg_impl, linalg_ops, math_ops
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.base.tensor_shape import TensorShape
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.library.linalg import linear_operator_util as util
from evergraph.library.linalg.diagonal import LinearOperatorDiag
from evergraph.library.linalg.hints import commuting_product_hints
from evergraph.library.linalg.linear_operator import LinearOperator
from evergraph.library.linalg.linear_operator_algebra import (
    RegisterCholesky,
    RegisterMatmul,
    RegisterSolve,
)

_DTYPES = [
    dtypes.float16,
    dtypes.float32,
    dtypes.float64,
    dtypes.complex64,
    dtypes.complex128,
]


def _check_rank(matrix: Any, name: str) -> None:
    if matrix.shape.ndims is not None and matrix.shape.ndims < 2:
        text = f"Argument {name} must have at least 2 dimensions.  Found: "
        raise ValueError(f"{text}{matrix}")


@export("linalg.LinearOperatorFullMatrix")
class LinearOperatorFullMatrix(LinearOperator):
    """Any matrices. Stands for `tf.linalg.LinearOperatorFullMatrix`.

    Args:
      matrix: [..., m, n], a float or complex tensor or variable.
      is_non_singular, is_self_adjoint, is_positive_definite, is_square, name: as
        `tf.linalg.LinearOperator`'s.

    Raises:
      TypeError: another dtype.
      ValueError: less than two axes.
    """

    def __init__(
        self,
        matrix: Any,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = None,
        name: str = "LinearOperatorFullMatrix",
    ) -> None:
        with name_scope(name, values=[matrix]):
            self._matrix = util.convert_nonref_to_tensor(matrix, name="matrix")
            read = convert_to_tensor(self._matrix, name="matrix")
            if read.dtype not in _DTYPES:
                raise TypeError(
                    f"Argument matrix must have dtype in {_DTYPES}.  Found: {read.dtype}"
                )
            _check_rank(read, "matrix")
            super().__init__(
                dtype=self._matrix.dtype,
                graph_parents=[self._matrix],
                is_non_singular=is_non_singular,
                is_self_adjoint=is_self_adjoint,
                is_positive_definite=is_positive_definite,
                is_square=is_square,
                name=name,
            )

    def _shape(self) -> TensorShape:
        return self._matrix.shape

    def _shape_tensor(self) -> Any:
        return array_ops.shape(self._matrix)

    def _matmul(self, x: Any, adjoint: bool = False, adjoint_arg: bool = False) -> Any:
        return math_ops.matmul(self._matrix, x, adjoint_a=adjoint, adjoint_b=adjoint_arg)

    def _to_dense(self) -> Any:
        return self._matrix


@export("linalg.LinearOperatorLowerTriangular")
class LinearOperatorLowerTriangular(LinearOperator):
    """Lower triangles of square matrices. Stands for `tf.linalg.LinearOperatorLowerTriangular`.

    Args:
      tril: [..., n, n], a tensor or variable, of which the lower triangle is read.
      is_non_singular, is_self_adjoint, is_positive_definite, name: as
        `tf.linalg.LinearOperator`'s.
      is_square: not False.

    Raises:
      ValueError: less than two axes, or `is_square` is False.
    """

    def __init__(
        self,
        tril: Any,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = None,
        name: str = "LinearOperatorLowerTriangular",
    ) -> None:
        if is_square is False:
            raise ValueError("Only square lower triangular operators supported at this time.")
        with name_scope(name, values=[tril]):
            self._tril = util.convert_nonref_to_tensor(tril, name="tril")
            _check_rank(self._tril, "tril")
            super().__init__(
                dtype=self._tril.dtype,
                graph_parents=[self._tril],
                is_non_singular=is_non_singular,
                is_self_adjoint=is_self_adjoint,
                is_positive_definite=is_positive_definite,
                is_square=True,
                name=name,
            )

    def _get_tril(self) -> Any:
        return array_ops.matrix_band_part(self._tril, -1, 0)

    def _get_diag(self) -> Any:
        return array_ops.matrix_diag_part(self._tril)

    def _shape(self) -> TensorShape:
        return self._tril.shape

    def _shape_tensor(self) -> Any:
        return array_ops.shape(self._tril)

    def _assert_non_singular(self) -> Any:
        return util.assert_no_entries_with_modulus_zero(
            self._get_diag(), message="Singular operator:  Diagonal contained zero values."
        )

    def _matmul(self, x: Any, adjoint: bool = False, adjoint_arg: bool = False) -> Any:
        return math_ops.matmul(self._get_tril(), x, adjoint_a=adjoint, adjoint_b=adjoint_arg)

    def _solve(self, rhs: Any, adjoint: bool = False, adjoint_arg: bool = False) -> Any:
        rhs = linalg_impl.adjoint(rhs) if adjoint_arg else rhs
        triangle = self._get_tril()
        return util.matrix_triangular_solve_with_broadcast(triangle, rhs, adjoint=adjoint)

    def _determinant(self) -> Any:
        return math_ops.reduce_prod(self._get_diag(), axis=[-1])

    def _log_abs_determinant(self) -> Any:
        sizes = math_ops.abs(self._get_diag())
        return math_ops.reduce_sum(math_ops.log(sizes), axis=[-1])

    def _to_dense(self) -> Any:
        return self._get_tril()


@RegisterCholesky(LinearOperator)
def _cholesky(operator: Any) -> Any:
    return LinearOperatorLowerTriangular(
        linalg_ops.cholesky(operator.to_dense()),
        is_non_singular=True,
        is_self_adjoint=False,
        is_square=True,
    )


def _triangle(tril: Any, diagonal: Any, triangle: Any) -> Any:
    # Only diagonal triangles are self-adjoint, and those do commute.
    hints = {**commuting_product_hints(diagonal, triangle), "is_positive_definite": None}
    return LinearOperatorLowerTriangular(tril, **hints, is_square=True)


@RegisterMatmul(LinearOperatorDiag, LinearOperatorLowerTriangular)
def _diagonal_times_triangle(left: Any, right: Any) -> Any:
    return _triangle(left.diag[..., None] * right.to_dense(), left, right)


@RegisterMatmul(LinearOperatorLowerTriangular, LinearOperatorDiag)
def _triangle_times_diagonal(left: Any, right: Any) -> Any:
    return _triangle(left.to_dense() * right.diag, right, left)


@RegisterSolve(LinearOperatorDiag, LinearOperatorLowerTriangular)
def _triangle_by_diagonal(left: Any, right: Any) -> Any:
    dense = right.to_dense()
    return _triangle(dense / left.diag[..., None], left, right)
