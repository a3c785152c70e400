"""Operators in terms of several others: `tf.linalg.LinearOperatorComposition`,
`LinearOperatorBlockDiag`."""

from collections.abc import Iterable
from functools import reduce
from typing import Any

from evergraph.api import array_ops, check_ops, control_flow_ops
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.base.tensor_shape import Dimension, TensorShape
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.library.linalg import linear_operator_util as util
from evergraph.library.linalg.derived import LinearOperatorInversion
from evergraph.library.linalg.hints import Hint, hints_of, product_hints
from evergraph.library.linalg.linear_operator import LinearOperator
from evergraph.library.linalg.linear_operator_algebra import (
    RegisterAdjoint,
    RegisterCholesky,
    RegisterInverse,
    RegisterMatmul,
    RegisterSolve,
)


def checked_operators(operators: Any, kind: str = "a non-empty list of") -> list[Any]:
    """Operators as a list.

    Raises:
      ValueError: there are none.
      TypeError: they are of different dtypes, or no operators.
    """
    check_ops.assert_proper_iterable(operators)
    operators = list(operators)
    if not operators:
        raise ValueError(f"Expected {kind} operators. Found: {operators}")
    if any(operator.dtype != operators[0].dtype for operator in operators):
        found = "   ".join(str((operator.name, operator.dtype)) for operator in operators)
        raise TypeError(f"Expected all operators to have the same dtype.  Found {found}")
    return operators


def shared_by_all(operators: list[Any], quality: str, hint: Hint, what: str) -> Hint:
    """A hint about what is made of operators, which is so if all of them are so.

    Raises:
      ValueError: the hint is False, and all operators are so.
    """
    name = "is_" + quality.replace("-", "_").replace(" ", "_")
    if not all(getattr(operator, name) for operator in operators):
        return hint
    if hint is False:
        raise ValueError(f"The {what} of {quality} operators is always {quality}.")
    return True


def parents_of(operators: Iterable[Any]) -> list[Any]:
    """The graph parents of all operators."""
    return [parent for operator in operators for parent in operator.graph_parents]


def joint_batch_shape(operators: list[Any]) -> TensorShape:
    """What is known of the shape to which the batches of all operators broadcast."""
    return reduce(array_ops.broadcast_static_shape, (o.batch_shape for o in operators))


def _joint_batch_shape_tensor(operators: list[Any]) -> Any:
    zeros = array_ops.zeros(shape=operators[0].batch_shape_tensor())
    for operator in operators[1:]:
        zeros += array_ops.zeros(shape=operator.batch_shape_tensor())
    return array_ops.shape(zeros)


class _Combined(LinearOperator):
    """What is the product of that of all operators."""

    _operators: list[Any]

    @property
    def operators(self) -> list[Any]:
        """The operators that it is made of."""
        return self._operators

    def _determinant(self) -> Any:
        result = self.operators[0].determinant()
        for operator in self.operators[1:]:
            result *= operator.determinant()
        return result

    def _log_abs_determinant(self) -> Any:
        result = self.operators[0].log_abs_determinant()
        for operator in self.operators[1:]:
            result += operator.log_abs_determinant()
        return result


@export("linalg.LinearOperatorComposition")
class LinearOperatorComposition(_Combined):
    """The product of operators, the last of which is applied first. Stands for
    `tf.linalg.LinearOperatorComposition`.

    Args:
      operators: LinearOperators of one dtype whose sizes fit.
      is_non_singular, is_self_adjoint, is_positive_definite, is_square: as
        `tf.linalg.LinearOperator`'s.
      name: default: the names of the operators, joined by "_o_".

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
        operators = checked_operators(operators)
        self._operators = operators
        is_non_singular = shared_by_all(operators, "non-singular", is_non_singular, "composition")
        parents = parents_of(operators)
        if name is None:
            name = "_o_".join(operator.name for operator in operators)
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

    def _shape(self) -> TensorShape:
        columns = self.operators[0].domain_dimension
        for operator in self.operators[1:]:
            columns.assert_is_compatible_with(operator.range_dimension)
            columns = operator.domain_dimension
        matrix_shape = TensorShape([self.operators[0].range_dimension, columns])
        return joint_batch_shape(self.operators).concatenate(matrix_shape)

    def _shape_tensor(self) -> Any:
        if self.shape.is_fully_defined():
            return convert_to_tensor(self.shape.as_list(), dtype=dtypes.int32, name="shape")
        rows = self.operators[0].range_dimension_tensor()
        columns = self.operators[-1].domain_dimension_tensor()
        matrix_shape = array_ops.stack([rows, columns])
        batch_shape = _joint_batch_shape_tensor(self.operators)
        return array_ops.concat((batch_shape, matrix_shape), 0)

    def _matmul(self, x: Any, adjoint: bool = False, adjoint_arg: bool = False) -> Any:
        first, *others = self.operators if adjoint else reversed(self.operators)
        result = first.matmul(x, adjoint=adjoint, adjoint_arg=adjoint_arg)
        for operator in others:
            result = operator.matmul(result, adjoint=adjoint)
        return result

    def _solve(self, rhs: Any, adjoint: bool = False, adjoint_arg: bool = False) -> Any:
        first, *others = reversed(self.operators) if adjoint else self.operators
        solution = first.solve(rhs, adjoint=adjoint, adjoint_arg=adjoint_arg)
        for operator in others:
            solution = operator.solve(solution, adjoint=adjoint)
        return solution


@export("linalg.LinearOperatorBlockDiag")
class LinearOperatorBlockDiag(_Combined):
    """Square matrices along the diagonal of one. Stands for `tf.linalg.LinearOperatorBlockDiag`.

    Args:
      operators: square LinearOperators of one dtype.
      is_non_singular, is_self_adjoint, is_positive_definite: as `tf.linalg.LinearOperator`'s.
      is_square: True, and nothing else.
      name: default: the names of the operators, joined by "_ds_".

    Raises:
      ValueError: there is no operator, one is not square, or a hint is wrong.
      TypeError: the dtypes differ.
    """

    def __init__(
        self,
        operators: Any,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = True,
        name: str | None = None,
    ) -> None:
        operators = checked_operators(operators)
        self._operators = operators
        what = "direct sum"
        is_non_singular = shared_by_all(operators, "non-singular", is_non_singular, what)
        is_self_adjoint = shared_by_all(operators, "self-adjoint", is_self_adjoint, what)
        is_positive_definite = shared_by_all(
            operators, "positive definite", is_positive_definite, what
        )
        if not (is_square and all(operator.is_square for operator in operators)):
            raise ValueError("Can only represent a block diagonal of square matrices.")
        parents = parents_of(operators)
        if name is None:
            name = "_ds_".join(operator.name for operator in operators)
        with name_scope(name, values=parents):
            super().__init__(
                operators[0].dtype,
                parents,
                is_non_singular,
                is_self_adjoint,
                is_positive_definite,
                True,
                name,
            )

    def _shape(self) -> TensorShape:
        size = sum((block.domain_dimension for block in self.operators), Dimension(0))
        return joint_batch_shape(self.operators).concatenate(TensorShape([size, size]))

    def _shape_tensor(self) -> Any:
        if self.shape.is_fully_defined():
            return convert_to_tensor(self.shape.as_list(), dtype=dtypes.int32, name="shape")
        columns = self.operators[0].domain_dimension_tensor()
        rows = self.operators[0].range_dimension_tensor()
        for block in self.operators[1:]:
            columns += block.domain_dimension_tensor()
            rows += block.range_dimension_tensor()
        matrix_shape = array_ops.stack([columns, rows])
        batch_shape = _joint_batch_shape_tensor(self.operators)
        return array_ops.concat((batch_shape, matrix_shape), 0)

    def _parts(self, x: Any, axis: int) -> list[Any]:
        """What of `x` belongs to each block."""
        if self.shape.is_fully_defined():
            sizes = [block.domain_dimension.value for block in self.operators]
        else:
            sizes = [block.domain_dimension_tensor() for block in self.operators]
        return array_ops.split(x, sizes, axis=axis)

    def _by_block(self, method: str, x: Any, adjoint: bool, adjoint_arg: bool) -> Any:
        parts = self._parts(x, -1 if adjoint_arg else -2)
        results = [
            getattr(block, method)(part, adjoint=adjoint, adjoint_arg=adjoint_arg)
            for block, part in zip(self.operators, parts, strict=True)
        ]
        return array_ops.concat(util.broadcast_matrix_batch_dims(results), axis=-2)

    def _matmul(self, x: Any, adjoint: bool = False, adjoint_arg: bool = False) -> Any:
        return self._by_block("matmul", x, adjoint, adjoint_arg)

    def _solve(self, rhs: Any, adjoint: bool = False, adjoint_arg: bool = False) -> Any:
        return self._by_block("solve", rhs, adjoint, adjoint_arg)

    def _diag_part(self) -> Any:
        columns = [block.diag_part()[..., None] for block in self.operators]
        diagonal = array_ops.concat(util.broadcast_matrix_batch_dims(columns), axis=-2)
        return array_ops.squeeze(diagonal, axis=-1)

    def _trace(self) -> Any:
        result = self.operators[0].trace()
        for block in self.operators[1:]:
            result += block.trace()
        return result

    def _to_dense(self) -> Any:
        blocks = util.broadcast_matrix_batch_dims([block.to_dense() for block in self.operators])
        rows = []
        before: Any = 0
        for block in blocks:
            outer = array_ops.shape(block)[:-1]
            left = array_ops.zeros(array_ops.concat([outer, [before]], axis=-1), block.dtype)
            before += array_ops.shape(block)[-1]
            after = self.domain_dimension_tensor() - before
            right = array_ops.zeros(array_ops.concat([outer, [after]], axis=-1), block.dtype)
            rows.append(array_ops.concat([left, block, right], axis=-1))
        dense = array_ops.concat(rows, axis=-2)
        dense.set_shape(self.shape)
        return dense

    def _assert_non_singular(self) -> Any:
        return control_flow_ops.group([block.assert_non_singular() for block in self.operators])

    def _assert_self_adjoint(self) -> Any:
        return control_flow_ops.group([block.assert_self_adjoint() for block in self.operators])

    def _assert_positive_definite(self) -> Any:
        return control_flow_ops.group(
            [block.assert_positive_definite() for block in self.operators]
        )


# Rules.


@RegisterMatmul(LinearOperator, LinearOperator)
def _product(left: Any, right: Any) -> Any:
    return LinearOperatorComposition([left, right], **product_hints(left, right))


@RegisterSolve(LinearOperator, LinearOperator)
def _quotient(left: Any, right: Any) -> Any:
    hints = product_hints(left, right)
    return LinearOperatorComposition([LinearOperatorInversion(left), right], **hints)


@RegisterAdjoint(LinearOperatorBlockDiag)
def _adjoint(operator: Any) -> Any:
    blocks = [block.adjoint() for block in operator.operators]
    return LinearOperatorBlockDiag(blocks, **hints_of(operator))


@RegisterCholesky(LinearOperatorBlockDiag)
def _cholesky(operator: Any) -> Any:
    blocks = [block.cholesky() for block in operator.operators]
    return LinearOperatorBlockDiag(blocks, is_non_singular=True, is_self_adjoint=False)


@RegisterInverse(LinearOperatorBlockDiag)
def _inverse(operator: Any) -> Any:
    blocks = [block.inverse() for block in operator.operators]
    return LinearOperatorBlockDiag(blocks, **hints_of(operator))
