"""What is known of operators that are made of others."""

from typing import Any

Hint = bool | None


def hints_of(operator: Any) -> dict[str, Hint]:
    """What is known of an operator, as arguments for one that is the same."""
    return {
        "is_non_singular": operator.is_non_singular,
        "is_self_adjoint": operator.is_self_adjoint,
        "is_positive_definite": operator.is_positive_definite,
    }


def combined_commuting_self_adjoint_hint(operator_a: Any, operator_b: Any) -> Hint:
    """Whether the product of two operators that commute is self-adjoint."""
    hints = operator_a.is_self_adjoint, operator_b.is_self_adjoint
    if all(hints):
        return True
    return False if set(hints) == {True, False} else None


def combined_commuting_positive_definite_hint(operator_a: Any, operator_b: Any) -> Hint:
    """Whether the product of two operators that commute is positive definite."""
    both = (operator_a, operator_b)
    return all(o.is_positive_definite is o.is_self_adjoint is True for o in both) or None


def combined_non_singular_hint(operator_a: Any, operator_b: Any) -> Hint:
    """Whether the product of two operators has an inverse."""
    hints = operator_a.is_non_singular, operator_b.is_non_singular
    if False in hints:
        return False
    return True if all(hints) else None


def is_square(operator_a: Any, operator_b: Any) -> Hint:
    """Whether the product of two operators is square."""
    a, b = operator_a.is_square, operator_b.is_square
    if a and b:
        return True
    if a is False and b is False:
        return operator_a.range_dimension == operator_b.domain_dimension
    return False if a != b and a is not None else None


def commuting_product_hints(operator_a: Any, operator_b: Any) -> dict[str, Hint]:
    """What is known of the product of two operators that commute, as arguments for one."""
    return {
        "is_non_singular": combined_non_singular_hint(operator_a, operator_b),
        "is_self_adjoint": combined_commuting_self_adjoint_hint(operator_a, operator_b),
        "is_positive_definite": combined_commuting_positive_definite_hint(operator_a, operator_b),
    }


def product_hints(operator_a: Any, operator_b: Any) -> dict[str, Hint]:
    """What is known of the product of any two operators, as arguments for one."""
    square = is_square(operator_a, operator_b)
    unknown = False if square is False else None
    non_singular = combined_non_singular_hint(operator_a, operator_b) if square else unknown
    return {
        "is_non_singular": non_singular,
        "is_self_adjoint": unknown,
        "is_positive_definite": unknown,
        "is_square": square,
    }
