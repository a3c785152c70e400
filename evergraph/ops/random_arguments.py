"""Checks, shape rules and the generator that stateful and stateless random ops share."""

import secrets
from typing import Any

import torch

from evergraph.base import errors
from evergraph.graph.registry import Rule, ShapeError
from evergraph.kernels.random_philox import PhiloxState
from evergraph.ops.shape_rules import Dims, concatenate, text, with_rank


def drawn_shape(node: Any) -> Dims:
    """Input 0 is the output's shape."""
    with_rank(node.inputs[0].dims, 1)
    return node.static_dims(0)


def integers_shape(low: int, high: int) -> Rule:
    """The rule: as `drawn_shape`; inputs `low` and `high` are scalars."""

    def rule(node: Any) -> Dims:
        with_rank(node.inputs[low].dims, 0)
        with_rank(node.inputs[high].dims, 0)
        return drawn_shape(node)

    return rule


def per_parameter_shape(node: Any) -> Dims:
    """Input 0 is a shape of samples, drawn for each element of input 1."""
    return concatenate(drawn_shape(node), node.inputs[1].dims)


def categorical_shape(node: Any) -> Dims:
    """[rows of input 0, value of input 1]."""
    rows, _ = with_rank(node.inputs[0].dims, 2)
    with_rank(node.inputs[1].dims, 0)
    count = node.static_input(1)
    if count is not None and count < 0:
        raise ShapeError(
            f"Dimension size, given by scalar input 1, must be non-negative but is {count}"
        )
    return rows, None if count is None else int(count)


def host_dims(value: Any) -> tuple[int, ...]:
    """The dims of a host input: a number, or nested tuples of numbers."""
    dims: list[int] = []
    while isinstance(value, tuple):
        dims.append(len(value))
        value = value[0] if value else None
    return tuple(dims)


def dims_of(shape: Any) -> tuple[int, ...]:
    """A shape input, checked. Raises InvalidArgumentError."""
    if len(host_dims(shape)) != 1:
        raise errors.InvalidArgumentError(
            None,
            None,
            f"shape must be a vector of {{int32,int64}}, got shape {text(host_dims(shape))}",
        )
    for size in shape:
        if size < 0:
            raise errors.InvalidArgumentError(None, None, f"Dimension {size} must be >= 0")
    return shape


def check_range(minval: Any, maxval: Any, dims: tuple[int, ...]) -> None:
    """Raises InvalidArgumentError unless minval < maxval, or nothing is to be drawn."""
    for name, value in (("minval", minval), ("maxval", maxval)):
        if isinstance(value, tuple):
            raise errors.InvalidArgumentError(
                None, None, f"{name} must be 0-D, got shape {text(host_dims(value))}"
            )
    if minval >= maxval and 0 not in dims:
        raise errors.InvalidArgumentError(
            None, None, f"Need minval < maxval, got {minval} >= {maxval}"
        )


def check_categorical(logits: torch.Tensor, num_samples: Any) -> None:
    """Raises InvalidArgumentError where these are no arguments of Multinomial."""
    message = None
    if logits.ndim != 2:
        message = f"logits should be a matrix, got shape {text(tuple(logits.shape))}"
    elif isinstance(num_samples, tuple):
        message = f"num_samples should be a scalar, got shape {text(host_dims(num_samples))}"
    elif num_samples < 0:
        message = f"num_samples should be nonnegative, got {num_samples}"
    elif logits.shape[1] == 0:
        message = "num_classes should be positive, got 0"
    if message is not None:
        raise errors.InvalidArgumentError(None, None, message)


def state_of(node: Any, session: Any, seed: int, seed2: int) -> PhiloxState:
    """The generator of a node; seeded by chance where the node has no seed."""

    def make() -> PhiloxState:
        if seed or seed2:
            return PhiloxState(seed, seed2)
        return PhiloxState(secrets.randbits(64), secrets.randbits(64))

    state: PhiloxState = session.slot(("philox", node.name), make)
    return state
