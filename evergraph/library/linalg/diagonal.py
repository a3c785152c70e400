"""Diagonal matrices: `tf.linalg.LinearOperatorDiag`."""

from typing import Any

from evergraph.api import array_ops, check_ops, linalg_impl, math_ops
from evergraph.base.export import export
from evergraph.base.tensor_shape import TensorShape
from evergraph.graph.defaults import name_scope
from evergraph.library.linalg import linear_operator_util as util
from evergraph.library.linalg.hints import commuting_product_hints, hints_of
from evergraph.library.linalg.identity import LinearOperatorScaledIdentity
from evergraph.library.linalg.linear_operator import LinearOperator
from evergraph.library.linalg.linear_operator_algebra import (
    RegisterAdjoint,
    RegisterCholesky,
    RegisterInverse,
    RegisterMatmul,
    RegisterSolve,
)


@export("linalg.LinearOperatorDiag")
class LinearOperatorDiag(LinearOperator):
    """Diagonal matrices; everything takes as much work as the diagonals are long. Stands for
    `tf.linalg.LinearOperatorDiag`.

    Args:
      diag: [..., n], a tensor or variable.
      is_non_singular, is_self_adjoint, is_positive_definite, is_square, name: as
        `tf.linalg.LinearOperator`'s.

    Raises:
      ValueError: `diag` is a scalar, real and not to be self-adjoint, or not to be square.
    """

    def __init__(
        self,
        diag: Any,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = None,
        name: str = "LinearOperatorDiag",
    ) -> None:
        with name_scope(name, values=[diag]):
            self._diag = util.convert_nonref_to_tensor(diag, name="diag")
            if self._diag.shape.ndims is not None and self._diag.shape.ndims < 1:
                text = "Argument diag must have at least 1 dimension.  Found: "
                raise ValueError(f"{text}{self._diag}")
            if not self._diag.dtype.is_complex:
                if is_self_adjoint is False:
                    raise ValueError("A real diagonal operator is always self adjoint.")
                is_self_adjoint = True
            if is_square is False:
                raise ValueError("Only square diagonal operators currently supported.")
            super().__init__(
                dtype=self._diag.dtype,
                graph_parents=[self._diag],
                is_non_singular=is_non_singular,
                is_self_adjoint=is_self_adjoint,
                is_positive_definite=is_positive_definite,
                is_square=True,
                name=name,
            )

    @property
    def diag(self) -> Any:
        """The diagonals, [..., n]."""
        return self._diag

    def _shape(self) -> TensorShape:
        shape = self._diag.shape
        return shape.concatenate(shape[-1:])

    def _shape_tensor(self) -> Any:
        shape = array_ops.shape(self._diag)
        return array_ops.concat((shape, [shape[-1]]), 0)

    def _assert_non_singular(self) -> Any:
        return util.assert_no_entries_with_modulus_zero(
            self._diag, message="Singular operator:  Diagonal contained zero values."
        )

    def _assert_positive_definite(self) -> Any:
        if self.dtype.is_complex:
            found = "Diagonal operator had diagonal entries with non-positive real part"
        else:
            found = "Real diagonal operator had non-positive diagonal entries"
        message = f"{found}, thus was not positive definite."
        return check_ops.assert_positive(math_ops.real(self._diag), message=message)

    def _assert_self_adjoint(self) -> Any:
        message = (
            "This diagonal operator contained non-zero imaginary values.   Thus it was not "
            "self-adjoint."
        )
        return util.assert_zero_imag_part(self._diag, message=message)

    def _matmul(self, x: Any, adjoint: bool = False, adjoint_arg: bool = False) -> Any:
        diag = math_ops.conj(self._diag) if adjoint else self._diag
        x = linalg_impl.adjoint(x) if adjoint_arg else x
        return array_ops.expand_dims(diag, -1) * x

    def _matvec(self, x: Any, adjoint: bool = False) -> Any:
        return (math_ops.conj(self._diag) if adjoint else self._diag) * x

    def _solve(self, rhs: Any, adjoint: bool = False, adjoint_arg: bool = False) -> Any:
        diag = math_ops.conj(self._diag) if adjoint else self._diag
        rhs = linalg_impl.adjoint(rhs) if adjoint_arg else rhs
        return rhs * array_ops.expand_dims(1.0 / diag, -1)

    def _determinant(self) -> Any:
        return math_ops.reduce_prod(self._diag, axis=[-1])

    def _log_abs_determinant(self) -> Any:
        total = math_ops.reduce_sum(math_ops.log(math_ops.abs(self._diag)), axis=[-1])
        return math_ops.cast(total, dtype=self.dtype) if self.dtype.is_complex else total

    def _to_dense(self) -> Any:
        return array_ops.matrix_diag(self._diag)

    def _diag_part(self) -> Any:
        return self.diag

    def _add_to_tensor(self, x: Any) -> Any:
        diagonal = self._diag + array_ops.matrix_diag_part(x)
        return array_ops.matrix_set_diag(x, diagonal)


@RegisterAdjoint(LinearOperatorDiag)
def _adjoint(operator: Any) -> Any:
    diag = operator.diag
    if diag.dtype.is_complex:
        diag = math_ops.conj(diag)
    return LinearOperatorDiag(diag, **hints_of(operator), is_square=True)


@RegisterCholesky(LinearOperatorDiag)
def _cholesky(operator: Any) -> Any:
    root = math_ops.sqrt(operator.diag)
    return LinearOperatorDiag(
        root,
        is_non_singular=True,
        is_self_adjoint=True,
        is_positive_definite=True,
        is_square=True,
    )


@RegisterInverse(LinearOperatorDiag)
def _inverse(operator: Any) -> Any:
    return LinearOperatorDiag(1.0 / operator.diag, **hints_of(operator), is_square=True)


# Products and quotients of diagonal matrices, one of which may be a multiple of the identity.


def _factor(operator: Any) -> Any:
    is_scaled = isinstance(operator, LinearOperatorScaledIdentity)
    return operator.multiplier if is_scaled else operator.diag


def _product(a: Any, b: Any) -> Any:
    if isinstance(a, LinearOperatorScaledIdentity):
        a, b = b, a
    diag = _factor(a) * _factor(b)
    return LinearOperatorDiag(diag, **commuting_product_hints(a, b), is_square=True)


def _quotient(a: Any, b: Any) -> Any:
    diag = _factor(b) / _factor(a)
    return LinearOperatorDiag(diag, **commuting_product_hints(a, b), is_square=True)


for _pair in (
    (LinearOperatorDiag, LinearOperatorDiag),
    (LinearOperatorDiag, LinearOperatorScaledIdentity),
    (LinearOperatorScaledIdentity, LinearOperatorDiag),
):
    RegisterMatmul(*_pair)(_product)
    RegisterSolve(*_pair)(_quotient)
