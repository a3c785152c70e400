"""Operators in terms of one other: `tf.linalg.LinearOperatorAdjoint`,
`LinearOperatorInversion`."""

from typing import Any

from evergraph.api import array_ops, linalg_impl, math_ops
from evergraph.base.export import export
from evergraph.base.tensor_shape import TensorShape
from evergraph.graph.defaults import name_scope
from evergraph.library.linalg import linear_operator_util as util
from evergraph.library.linalg.hints import Hint, hints_of
from evergraph.library.linalg.linear_operator import LinearOperator
from evergraph.library.linalg.linear_operator_algebra import (
    RegisterAdjoint,
    RegisterInverse,
    RegisterSolve,
)

_HINTS = ("square", "non-singular", "self-adjoint", "positive-definite")


def _shared_hints(operator: Any, what: str, hints: tuple[Hint, ...]) -> dict[str, Hint]:
    """Hints in the order of _HINTS, joined with those of the operator, which shares them.

    Raises:
      ValueError: one contradicts.
    """
    joined = {}
    for quality, hint in zip(_HINTS, hints, strict=True):
        name = "is_" + quality.replace("-", "_")
        text = f"An operator is {quality} if and only if its {what} is {quality}."
        joined[name] = util.use_operator_or_provided_hint_unless_contradicting(
            operator, name, hint, text
        )
    return joined


class _Derived(LinearOperator):
    """What is checked by the operator that it is made of."""

    _operator: Any

    @property
    def operator(self) -> Any:
        """The operator that it is made of."""
        return self._operator

    def _assert_non_singular(self) -> Any:
        return self.operator.assert_non_singular()

    def _assert_positive_definite(self) -> Any:
        return self.operator.assert_positive_definite()

    def _assert_self_adjoint(self) -> Any:
        return self.operator.assert_self_adjoint()


@export("linalg.LinearOperatorAdjoint")
class LinearOperatorAdjoint(_Derived):
    """The adjoint of an operator. Stands for `tf.linalg.LinearOperatorAdjoint`.

    Args:
      operator: a LinearOperator.
      is_non_singular, is_self_adjoint, is_positive_definite, is_square: as
        `tf.linalg.LinearOperator`'s; default: those of `operator`.
      name: default: that of `operator` with "_adjoint".

    Raises:
      ValueError: a hint contradicts that of `operator`.
    """

    def __init__(
        self,
        operator: Any,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = None,
        name: str | None = None,
    ) -> None:
        self._operator = operator
        given = (is_square, is_non_singular, is_self_adjoint, is_positive_definite)
        hints = _shared_hints(operator, "adjoint", given)
        if name is None:
            name = f"{operator.name}_adjoint"
        with name_scope(name, values=operator.graph_parents):
            super().__init__(operator.dtype, operator.graph_parents, **hints, name=name)

    def _shape(self) -> TensorShape:
        shape = self.operator.shape
        return shape[:-2].concatenate([shape[-1], shape[-2]])

    def _shape_tensor(self) -> Any:
        shape = self.operator.shape_tensor()
        return array_ops.concat([shape[:-2], [shape[-1], shape[-2]]], axis=-1)

    def _matmul(self, x: Any, adjoint: bool = False, adjoint_arg: bool = False) -> Any:
        return self.operator.matmul(x, adjoint=not adjoint, adjoint_arg=adjoint_arg)

    def _matvec(self, x: Any, adjoint: bool = False) -> Any:
        return self.operator.matvec(x, adjoint=not adjoint)

    def _solve(self, rhs: Any, adjoint: bool = False, adjoint_arg: bool = False) -> Any:
        return self.operator.solve(rhs, adjoint=not adjoint, adjoint_arg=adjoint_arg)

    def _solvevec(self, rhs: Any, adjoint: bool = False) -> Any:
        return self.operator.solvevec(rhs, adjoint=not adjoint)

    def _determinant(self) -> Any:
        determinant = self.operator.determinant()
        return determinant if self.is_self_adjoint else math_ops.conj(determinant)

    def _log_abs_determinant(self) -> Any:
        return self.operator.log_abs_determinant()

    def _trace(self) -> Any:
        trace = self.operator.trace()
        return trace if self.is_self_adjoint else math_ops.conj(trace)

    def _to_dense(self) -> Any:
        dense = self.operator.to_dense()
        return dense if self.is_self_adjoint else linalg_impl.adjoint(dense)


@export("linalg.LinearOperatorInversion")
class LinearOperatorInversion(_Derived):
    """The inverse of an operator, which solves where the operator multiplies. Stands for
    `tf.linalg.LinearOperatorInversion`.

    Args:
      operator: a LinearOperator.
      is_non_singular, is_self_adjoint, is_positive_definite, is_square: as
        `tf.linalg.LinearOperator`'s; default: those of `operator`.
      name: default: that of `operator` with "_inv".

    Raises:
      ValueError: by the hints there is no inverse, or a hint contradicts that of `operator`.
    """

    def __init__(
        self,
        operator: Any,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = None,
        name: str | None = None,
    ) -> None:
        self._operator = operator
        for hint, value in (("is_non_singular", is_non_singular), ("is_square", is_square)):
            own = getattr(operator, hint)
            if own is False or value is False:
                raise ValueError(
                    f"operator and supplied hints must have `{hint}` equal to `True` or `None`.  "
                    f"Found {own}, {value}"
                )
        given = (is_square, is_non_singular, is_self_adjoint, is_positive_definite)
        hints = _shared_hints(operator, "inverse", given)
        if name is None:
            name = f"{operator.name}_inv"
        with name_scope(name, values=operator.graph_parents):
            super().__init__(operator.dtype, operator.graph_parents, **hints, name=name)

    def _shape(self) -> TensorShape:
        return self.operator.shape

    def _shape_tensor(self) -> Any:
        return self.operator.shape_tensor()

    def _matmul(self, x: Any, adjoint: bool = False, adjoint_arg: bool = False) -> Any:
        return self.operator.solve(x, adjoint=adjoint, adjoint_arg=adjoint_arg)

    def _solve(self, rhs: Any, adjoint: bool = False, adjoint_arg: bool = False) -> Any:
        return self.operator.matmul(rhs, adjoint=adjoint, adjoint_arg=adjoint_arg)

    def _determinant(self) -> Any:
        return 1.0 / self.operator.determinant()

    def _log_abs_determinant(self) -> Any:
        return -1.0 * self.operator.log_abs_determinant()


@RegisterAdjoint(LinearOperator)
def _adjoint(operator: Any) -> Any:
    return LinearOperatorAdjoint(operator, **hints_of(operator), is_square=operator.is_square)


@RegisterAdjoint(LinearOperatorAdjoint)
@RegisterInverse(LinearOperatorInversion)
def _undone(operator: Any) -> Any:
    return operator.operator


@RegisterInverse(LinearOperator)
def _inverse(operator: Any) -> Any:
    return LinearOperatorInversion(operator, **hints_of(operator), is_square=operator.is_square)


@RegisterSolve(LinearOperatorInversion, LinearOperator)
def _solve_inverse(left: Any, right: Any) -> Any:
    return left.operator.matmul(right)
