"""Sums of operators, as few operators as possible and each as simple as possible."""

from collections.abc import Sequence
from functools import reduce
from typing import Any, NamedTuple

from evergraph.api import array_ops, check_ops
from evergraph.base import tensor_shape
from evergraph.graph.defaults import name_scope
from evergraph.library.linalg.combined import parents_of
from evergraph.library.linalg.dense import LinearOperatorFullMatrix, LinearOperatorLowerTriangular
from evergraph.library.linalg.diagonal import LinearOperatorDiag
from evergraph.library.linalg.identity import (
    LinearOperatorIdentity,
    LinearOperatorScaledIdentity,
)
from evergraph.library.linalg.linear_operator import LinearOperator

_IDENTITIES = (LinearOperatorIdentity, LinearOperatorScaledIdentity)
_DIAGONALS = (*_IDENTITIES, LinearOperatorDiag)
_TRIANGLES = (*_DIAGONALS, LinearOperatorLowerTriangular)
_KNOWN = (*_TRIANGLES, LinearOperatorFullMatrix)


class _Hints(NamedTuple):
    """What a sum is said to be; None: what follows from its parts."""

    is_non_singular: bool | None = None
    is_positive_definite: bool | None = None
    is_self_adjoint: bool | None = None


def _joined(a: Any, b: Any, hints: _Hints) -> dict[str, bool | None]:
    """The hints, and where there is none what follows from those of both operators."""
    self_adjoint, definite = hints.is_self_adjoint, hints.is_positive_definite
    non_singular = hints.is_non_singular
    if self_adjoint is None:
        self_adjoint = a.is_self_adjoint and b.is_self_adjoint
    if definite is None:
        definite = a.is_positive_definite and b.is_positive_definite
        non_singular = True if definite else non_singular
    return {
        "is_non_singular": non_singular,
        "is_self_adjoint": self_adjoint,
        "is_positive_definite": definite,
    }


class _Adder:
    """Adds operators of some classes."""

    _classes: tuple[type, ...] = ()

    @property
    def name(self) -> str:
        """The name of the class."""
        return type(self).__name__

    def can_add(self, op1: Any, op2: Any) -> bool:
        """Whether both operators are of classes that it adds.

        Raises:
          TypeError: one is of a class that no adder knows.
        """
        for operator in (op1, op2):
            if not isinstance(operator, _KNOWN):
                raise TypeError(f"Operator type unknown: {operator}")
        return isinstance(op1, self._classes) and isinstance(op2, self._classes)

    def _add(self, op1: Any, op2: Any, operator_name: str, hints: Any) -> Any:
        raise NotImplementedError

    def add(self, op1: Any, op2: Any, operator_name: str | None, hints: Any = None) -> Any:
        """The sum of both operators, of the given name."""
        joined = _joined(op1, op2, hints or _Hints())
        name = operator_name or f"Add/{op1.name}__{op2.name}/"
        with name_scope(self.name.removeprefix("_"), values=parents_of((op1, op2))):
            return self._add(op1, op2, name, joined)


def _multiplier(operator: Any) -> Any:
    if isinstance(operator, LinearOperatorScaledIdentity):
        return operator.multiplier
    return array_ops.ones(operator.batch_shape_tensor(), dtype=operator.dtype)


def _dense_sum(op1: Any, op2: Any) -> Any:
    """The sum as a tensor, where only the diagonal changes if one is diagonal."""
    first, second = (op1, op2) if isinstance(op1, _DIAGONALS) else (op2, op1)
    return first.add_to_tensor(second.to_dense())


class _AddAndReturnScaledIdentity(_Adder):
    _classes = _IDENTITIES

    def _add(self, op1: Any, op2: Any, operator_name: str, hints: Any) -> Any:
        multipliers = _multiplier(op1), _multiplier(op2)
        rows = op1.range_dimension_tensor()
        multiplier = multipliers[0] + multipliers[1]
        return LinearOperatorScaledIdentity(rows, multiplier, **hints, name=operator_name)


class _AddAndReturnDiag(_Adder):
    _classes = _DIAGONALS

    def _add(self, op1: Any, op2: Any, operator_name: str, hints: Any) -> Any:
        diagonal = op1.diag_part() + op2.diag_part()
        return LinearOperatorDiag(diagonal, **hints, name=operator_name)


class _AddAndReturnTriL(_Adder):
    _classes = _TRIANGLES

    def _add(self, op1: Any, op2: Any, operator_name: str, hints: Any) -> Any:
        triangle = _dense_sum(op1, op2)
        return LinearOperatorLowerTriangular(triangle, **hints, name=operator_name)


class _AddAndReturnMatrix(_Adder):
    _classes = (LinearOperator,)

    def _add(self, op1: Any, op2: Any, operator_name: str, hints: Any) -> Any:
        return LinearOperatorFullMatrix(_dense_sum(op1, op2), **hints, name=operator_name)


_DEFAULT_ADDITION_TIERS = [
    [_AddAndReturnScaledIdentity()],
    [_AddAndReturnDiag()],
    [_AddAndReturnTriL()],
    [_AddAndReturnMatrix()],
]


def _check_sizes(operators: Sequence[Any]) -> None:
    for side in ("domain", "range"):
        sizes = [
            (o.name, tensor_shape.dimension_value(getattr(o, f"{side}_dimension")))
            for o in operators
        ]
        sizes = [(name, size) for name, size in sizes if size is not None]
        if len({size for _, size in sizes}) > 1:
            raise ValueError(f"Operators must have the same {side} dimension. Found: {sizes}")
    reduce(array_ops.broadcast_static_shape, (o.batch_shape for o in operators))


def add_operators(
    operators: Any,
    operator_name: str | None = None,
    addition_tiers: Any = None,
    name: str | None = None,
) -> list[Any]:
    """Operators with the same sum as those given, added up as far as adders can.

    Args:
      operators: LinearOperators whose shapes broadcast.
      operator_name: the name of sums; default: made of those of the operators.
      addition_tiers: lists of adders, of which each is used until it can add nothing more; by
        default those that keep zeros implied come first, and one operator is left.
      name: of the name scope of the nodes.

    Raises:
      ValueError: there is no operator, or the shapes do not fit.
      TypeError: not all are operators, of classes that adders know.
    """
    tiers = _DEFAULT_ADDITION_TIERS if addition_tiers is None else addition_tiers
    check_ops.assert_proper_iterable(operators)
    left = list(reversed(operators))
    if not left:
        text = "Argument 'operators' must contain at least one operator.  Found: "
        raise ValueError(f"{text}{left}")
    if not all(isinstance(operator, LinearOperator) for operator in left):
        text = "Argument 'operators' must contain only LinearOperator instances.  Found: "
        raise TypeError(f"{text}{left}")
    _check_sizes(left)
    with name_scope(name or "add_operators", values=parents_of(left)):
        for tier in tiers:
            waiting, left = left, []
            while waiting:
                operator = waiting.pop()
                other, adder = _match(operator, waiting, tier)
                if adder is None:
                    left.append(operator)
                else:
                    waiting.append(adder.add(operator, other, operator_name))
        return left


def _match(operator: Any, others: list[Any], tier: Any) -> tuple[Any, Any]:
    """The last of the others that can be added, which leaves the list, and the adder."""
    for i in reversed(range(len(others))):
        for adder in tier:
            if adder.can_add(operator, others[i]):
                return others.pop(i), adder
    return None, None
