"""What bijectors are made of."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from evergraph.api import check_ops, control_flow_ops
from evergraph.graph.constant import constant
from evergraph.graph.defaults import name_scope
from evergraph.library.distributions.bijector import Bijector


@contextmanager
def init_scope(name: str) -> Iterator[None]:
    """The scope of what a bijector's constructor makes."""
    with name_scope(name), name_scope("init"):
        yield


def checked(value: Any, validate_args: bool, *checks: Callable[[Any], Any]) -> Any:
    """`value`, behind checks at run time if arguments are to be validated."""
    if not validate_args:
        return value
    return control_flow_ops.with_dependencies([check(value) for check in checks], value)


class Elementwise(Bijector):
    """A map of numbers."""

    def __init__(self, validate_args: bool, name: str, is_constant_jacobian: bool = False) -> None:
        super().__init__(
            forward_min_event_ndims=0,
            is_constant_jacobian=is_constant_jacobian,
            validate_args=validate_args,
            name=name,
        )

    def _x(self, x: Any) -> Any:
        """`x`, checked to be in the domain."""
        return x

    def _y(self, y: Any) -> Any:
        """`y`, checked to be in the range."""
        return y


def positive(message: str) -> Callable[[Any], Any]:
    """The check that numbers are above 0."""
    return lambda value: check_ops.assert_positive(value, message=message)


def not_negative(message: str) -> Callable[[Any], Any]:
    """The check that numbers are not below 0."""
    return lambda value: check_ops.assert_non_negative(value, message=message)


def at_most_one(message: str) -> Callable[[Any], Any]:
    """The check that numbers are not above 1."""
    return lambda value: check_ops.assert_less_equal(
        value, constant(1.0, value.dtype), message=message
    )


# The range of cumulative distribution functions.
PROBABILITY = (
    not_negative("Inverse transformation input must be greater than 0."),
    at_most_one("Inverse transformation input must be less than or equal to 1."),
)
