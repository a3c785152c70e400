"""Kronecker products: `tf.linalg.LinearOperatorKronecker`."""

import math
from typing import Any

from evergraph.api import array_ops, control_flow_ops, linalg_impl, math_ops
from evergraph.base.errors import InvalidArgumentError
from evergraph.base.export import export
from evergraph.base.tensor_shape import Dimension, TensorShape
from evergraph.graph.defaults import name_scope
from evergraph.library.linalg.combined import (
    checked_operators,
    joint_batch_shape,
    parents_of,
    shared_by_all,
)
from evergraph.library.linalg.hints import hints_of
from evergraph.library.linalg.linear_operator import LinearOperator
from evergraph.library.linalg.linear_operator_algebra import (
    RegisterAdjoint,
    RegisterCholesky,
    RegisterInverse,
)


def _vec(x: Any) -> Any:
    """The columns of matrices one after the other."""
    columns = array_ops.matrix_transpose(x)
    shape = array_ops.concat([array_ops.shape(x)[:-2], [-1]], axis=0)
    return array_ops.reshape(columns, shape)


def _unvec_by(y: Any, num_col: Any) -> Any:
    """Matrices of so many columns, which stand one after the other in `y`."""
    shape = array_ops.concat([array_ops.shape(y)[:-1], [num_col, -1]], axis=0)
    return array_ops.matrix_transpose(array_ops.reshape(y, shape))


def _rotate_last_dim(x: Any, rotate_right: bool = False) -> Any:
    """`x` with its last axis first, or its first axis last."""
    rank = array_ops.rank(x)
    if rotate_right:
        places = array_ops.concat([[rank - 1], math_ops.range(0, rank - 1)], axis=0)
    else:
        places = array_ops.concat([math_ops.range(1, rank), [0]], axis=0)
    return array_ops.transpose(x, places)


@export("linalg.LinearOperatorKronecker")
class LinearOperatorKronecker(LinearOperator):
    """The Kronecker product of operators: blocks of the last, one for each number of those before.
    Stands for `tf.linalg.LinearOperatorKronecker`.

    Args:
      operators: LinearOperators of one dtype.
      is_non_singular, is_self_adjoint, is_positive_definite, is_square: as
        `tf.linalg.LinearOperator`'s.
      name: default: the names of the operators, joined by "_x_".

    Raises:
      ValueError: there is no operator, or a hint is wrong.
      TypeError: the dtypes differ.
    """

    def __init__(
        self,
        operators: Any,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = None,
        name: str | None = None,
    ) -> None:
        operators = checked_operators(operators, "a list of >=1")
        self._operators = operators
        what = "Kronecker product"
        is_non_singular = shared_by_all(operators, "non-singular", is_non_singular, what)
        is_self_adjoint = shared_by_all(operators, "self-adjoint", is_self_adjoint, what)
        is_positive_definite = shared_by_all(
            operators, "positive-definite", is_positive_definite, what
        )
        parents = parents_of(operators)
        if name is None:
            name = "_x_".join(operator.name for operator in operators)
        with name_scope(name, values=parents):
            super().__init__(
                operators[0].dtype,
                parents,
                is_non_singular,
                is_self_adjoint,
                is_positive_definite,
                is_square,
                name,
            )

    @property
    def operators(self) -> list[Any]:
        """The operators that it is made of."""
        return self._operators

    def _shape(self) -> TensorShape:
        columns, rows = (
            math.prod((getattr(factor, side) for factor in self.operators), start=Dimension(1))
            for side in ("domain_dimension", "range_dimension")
        )
        return joint_batch_shape(self.operators).concatenate(TensorShape([rows, columns]))

    def _shape_tensor(self) -> Any:
        columns = self.operators[0].domain_dimension_tensor()
        for operator in self.operators[1:]:
            columns *= operator.domain_dimension_tensor()
        rows = self.operators[0].range_dimension_tensor()
        for operator in self.operators[1:]:
            rows *= operator.range_dimension_tensor()
        batch_shape = self.operators[0].batch_shape_tensor()
        for operator in self.operators[1:]:
            other = operator.batch_shape_tensor()
            batch_shape = array_ops.broadcast_dynamic_shape(batch_shape, other)
        return array_ops.concat((batch_shape, [rows, columns]), 0)

    def _by_factor(self, methods: tuple[str, str], x: Any, adjoint: bool, adjoint_arg: bool) -> Any:
        """A method of each factor, with matrices, and with vectors for the last.

        The columns of `x` go to the front; then each factor in turn acts on the digit of the row
        number that is its own, and what it did goes behind the others'.
        """
        if adjoint_arg:
            x = linalg_impl.adjoint(x)
        # As many axes as the batch has at least.
        ones = array_ops.ones_like(self.batch_shape_tensor())
        shape = array_ops.concat([ones, [1, 1]], 0)
        x += array_ops.zeros(shape, dtype=x.dtype.base_dtype)
        rows = _rotate_last_dim(x, rotate_right=True)[None, ...]
        for operator in self.operators[:-1]:
            if adjoint:
                size = operator.range_dimension_tensor()
            else:
                size = operator.domain_dimension_tensor()
            rows = array_ops.matrix_transpose(_unvec_by(rows, size))
            rows = getattr(operator, methods[0])(rows, adjoint=adjoint, adjoint_arg=False)
            rows = _rotate_last_dim(array_ops.matrix_transpose(rows))
            rows = _rotate_last_dim(_vec(rows), rotate_right=True)
        rows = getattr(self.operators[-1], methods[1])(rows, adjoint=adjoint)
        result = _rotate_last_dim(_vec(_rotate_last_dim(rows)))
        if x.shape.is_fully_defined():
            batch = array_ops.broadcast_static_shape(x.shape[:-2], self.batch_shape)
            size = self.domain_dimension if adjoint else self.range_dimension
            result.set_shape(batch.concatenate([size, x.shape[-1]]))
        return result

    def _matmul(self, x: Any, adjoint: bool = False, adjoint_arg: bool = False) -> Any:
        return self._by_factor(("matmul", "matvec"), x, adjoint, adjoint_arg)

    def _solve(self, rhs: Any, adjoint: bool = False, adjoint_arg: bool = False) -> Any:
        return self._by_factor(("solve", "solvevec"), rhs, adjoint, adjoint_arg)

    def _times(self, operator: Any, total: Any) -> Any:
        """How often a factor's determinant counts."""
        count = total / operator.domain_dimension_tensor()
        return math_ops.cast(count, dtype=operator.dtype)

    def _determinant(self) -> Any:
        total = self.domain_dimension_tensor()
        result: Any = 1.0
        for operator in self.operators:
            result *= operator.determinant() ** self._times(operator, total)
        return result

    def _log_abs_determinant(self) -> Any:
        total = self.domain_dimension_tensor()
        result: Any = 0.0
        for operator in self.operators:
            result += operator.log_abs_determinant() * self._times(operator, total)
        return result

    def _trace(self) -> Any:
        result: Any = 1.0
        for operator in self.operators:
            result *= operator.trace()
        return result

    def _diag_part(self) -> Any:
        diagonal = self.operators[0].diag_part()
        for operator in self.operators[1:]:
            diagonal = diagonal[..., :, None]
            diagonal *= operator.diag_part()[..., None, :]
            shape = array_ops.concat([array_ops.shape(diagonal)[:-2], [-1]], axis=0)
            diagonal = array_ops.reshape(diagonal, shape=shape)
        is_high = self.range_dimension > self.domain_dimension
        size = self.domain_dimension if is_high else self.range_dimension
        diagonal.set_shape(self.batch_shape.concatenate([size]))
        return diagonal

    def _to_dense(self) -> Any:
        product = self.operators[0].to_dense()
        for operator in self.operators[1:]:
            product = product[..., :, None, :, None]
            product *= operator.to_dense()[..., None, :, None, :]
            batch = array_ops.shape(product)[:-4]
            rows = array_ops.shape(product)[-4] * array_ops.shape(product)[-3]
            columns = array_ops.shape(product)[-2] * array_ops.shape(product)[-1]
            shape = array_ops.concat([batch, [rows, columns]], axis=0)
            product = array_ops.reshape(product, shape=shape)
        product.set_shape(self.shape)
        return product

    def _checks(self, method: str, what: str) -> Any:
        if not all(operator.is_square for operator in self.operators):
            text = f"All Kronecker factors must be square for the product to be {what}."
            raise InvalidArgumentError(None, None, text)
        return control_flow_ops.group([getattr(operator, method)() for operator in self.operators])

    def _assert_non_singular(self) -> Any:
        return self._checks("assert_non_singular", "invertible")

    def _assert_self_adjoint(self) -> Any:
        return self._checks("assert_self_adjoint", "self adjoint")


@RegisterAdjoint(LinearOperatorKronecker)
def _adjoint(operator: Any) -> Any:
    factors = [factor.adjoint() for factor in operator.operators]
    return LinearOperatorKronecker(factors, **hints_of(operator), is_square=True)


@RegisterCholesky(LinearOperatorKronecker)
def _cholesky(operator: Any) -> Any:
    return LinearOperatorKronecker(
        [factor.cholesky() for factor in operator.operators],
        is_non_singular=True,
        is_self_adjoint=False,
        is_square=True,
    )


@RegisterInverse(LinearOperatorKronecker)
def _inverse(operator: Any) -> Any:
    factors = [factor.inverse() for factor in operator.operators]
    return LinearOperatorKronecker(factors, **hints_of(operator), is_square=True)
