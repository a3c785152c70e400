"""Operators in terms of several others: `tf.linalg.LinearOperatorComposition`."""

from collections.abc import Iterable
from functools import reduce
from typing import Any

from evergraph.api import array_ops, check_ops
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.base.tensor_shape import TensorShape
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.library.linalg.derived import LinearOperatorInversion
from evergraph.library.linalg.hints import Hint, product_hints
from evergraph.library.linalg.linear_operator import LinearOperator
from evergraph.library.linalg.linear_operator_algebra import RegisterMatmul, RegisterSolve


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


@RegisterMatmul(LinearOperator, LinearOperator)
def _product(left: Any, right: Any) -> Any:
    return LinearOperatorComposition([left, right], **product_hints(left, right))


@RegisterSolve(LinearOperator, LinearOperator)
def _quotient(left: Any, right: Any) -> Any:
    hints = product_hints(left, right)
    return LinearOperatorComposition([LinearOperatorInversion(left), right], **hints)
