"""What adjoints, factors, inverses, products and solutions of operators are, by their classes.

A program may add rules for classes of its own. That of a class holds for those derived from it
that have none themselves.
"""

from collections.abc import Callable
from typing import Any

from evergraph.base.type_table import nearest
from evergraph.graph.defaults import name_scope

Rule = Callable[..., Any]
Table = dict[tuple[type, ...], Rule]

_ADJOINTS: Table = {}
_CHOLESKY_DECOMPS: Table = {}
_MATMUL: Table = {}
_SOLVE: Table = {}
_INVERSES: Table = {}


def _registered_adjoint(type_a: type) -> Rule | None:
    return nearest(_ADJOINTS, type_a)


def _registered_cholesky(type_a: type) -> Rule | None:
    return nearest(_CHOLESKY_DECOMPS, type_a)


def _registered_matmul(type_a: type, type_b: type) -> Rule | None:
    return nearest(_MATMUL, type_a, type_b)


def _registered_solve(type_a: type, type_b: type) -> Rule | None:
    return nearest(_SOLVE, type_a, type_b)


def _registered_inverse(type_a: type) -> Rule | None:
    return nearest(_INVERSES, type_a)


def _applied(
    rule: Rule | None, complaint: str, scope: tuple[str | None, str], *operators: Any
) -> Any:
    if rule is None:
        raise ValueError(complaint)
    with name_scope(*scope):
        return rule(*operators)


def adjoint(lin_op_a: Any, name: str | None = None) -> Any:
    """The adjoint of an operator, by the rule for its class."""
    kind = type(lin_op_a)
    complaint = f"No adjoint registered for {kind}"
    return _applied(_registered_adjoint(kind), complaint, (name, "Adjoint"), lin_op_a)


def cholesky(lin_op_a: Any, name: str | None = None) -> Any:
    """The Cholesky factor of an operator, by the rule for its class."""
    kind = type(lin_op_a)
    complaint = f"No cholesky decomposition registered for {kind}"
    return _applied(_registered_cholesky(kind), complaint, (name, "Cholesky"), lin_op_a)


def inverse(lin_op_a: Any, name: str | None = None) -> Any:
    """The inverse of an operator, by the rule for its class."""
    kind = type(lin_op_a)
    complaint = f"No inverse registered for {kind}"
    return _applied(_registered_inverse(kind), complaint, (name, "Inverse"), lin_op_a)


def matmul(lin_op_a: Any, lin_op_b: Any, name: str | None = None) -> Any:
    """The product of two operators, by the rule for their classes."""
    kinds = type(lin_op_a), type(lin_op_b)
    complaint = f"No matmul registered for {kinds[0]}.matmul({kinds[1]})"
    rule = _registered_matmul(*kinds)
    return _applied(rule, complaint, (name, "Matmul"), lin_op_a, lin_op_b)


def solve(lin_op_a: Any, lin_op_b: Any, name: str | None = None) -> Any:
    """The operator X with A * X = B, by the rule for the classes of A and B."""
    kinds = type(lin_op_a), type(lin_op_b)
    complaint = f"No solve registered for {kinds[0]}.solve({kinds[1]})"
    return _applied(_registered_solve(*kinds), complaint, (name, "Solve"), lin_op_a, lin_op_b)


class _Register:
    """A decorator that enters a rule for some classes into a table.

    Raises:
      TypeError: what is decorated cannot be called.
      ValueError: there is a rule for these classes.
    """

    _table: Table
    _argument: str
    _method: str

    def __init__(self, *classes: type) -> None:
        self._key = classes

    def __call__(self, rule: Any) -> Any:
        if not callable(rule):
            raise TypeError(f"{self._argument} must be callable, received: {rule}")
        if self._key in self._table:
            names = ", ".join(cls.__name__ for cls in self._key)
            to = f" to: {self._table[self._key]}" if len(self._key) == 1 else "."
            raise ValueError(f"{self._method}({names}) has already been registered{to}")
        self._table[self._key] = rule
        return rule


class RegisterAdjoint(_Register):
    """Decorator of the rule for the adjoint of operators of a class."""

    _table, _argument, _method = _ADJOINTS, "adjoint_fn", "Adjoint"

    def __init__(self, lin_op_cls_a: type) -> None:
        super().__init__(lin_op_cls_a)


class RegisterCholesky(_Register):
    """Decorator of the rule for the Cholesky factor of operators of a class."""

    _table, _argument, _method = _CHOLESKY_DECOMPS, "cholesky_fn", "Cholesky"

    def __init__(self, lin_op_cls_a: type) -> None:
        super().__init__(lin_op_cls_a)


class RegisterInverse(_Register):
    """Decorator of the rule for the inverse of operators of a class."""

    _table, _argument, _method = _INVERSES, "inverse_fn", "Inverse"

    def __init__(self, lin_op_cls_a: type) -> None:
        super().__init__(lin_op_cls_a)


class RegisterMatmul(_Register):
    """Decorator of the rule for products of operators of two classes."""

    _table, _argument, _method = _MATMUL, "matmul_fn", "Matmul"

    def __init__(self, lin_op_cls_a: type, lin_op_cls_b: type) -> None:
        super().__init__(lin_op_cls_a, lin_op_cls_b)


class RegisterSolve(_Register):
    """Decorator of the rule for equations between operators of two classes."""

    _table, _argument, _method = _SOLVE, "solve_fn", "Solve"

    def __init__(self, lin_op_cls_a: type, lin_op_cls_b: type) -> None:
        super().__init__(lin_op_cls_a, lin_op_cls_b)
