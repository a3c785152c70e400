"""Functions of the bits of integers (`tf.bitwise`)."""

from typing import Any

from evergraph.base.dispatch import add_dispatch_support
from evergraph.base.export import export
from evergraph.graph.apply import apply_op
from evergraph.graph.tensor import Tensor


@export("bitwise.bitwise_and")
@add_dispatch_support
def bitwise_and(x: Any, y: Any, name: str | None = None) -> Tensor:
    """The bits set in both, element by element, with broadcasting. Stands for
    `tf.bitwise.bitwise_and`.

    Args:
      x, y: int8, int16, int32, int64, uint8, uint16, uint32, uint64.
      name: the node's name.
    """
    return apply_op("BitwiseAnd", x, y, name=name)


@export("bitwise.bitwise_or")
@add_dispatch_support
def bitwise_or(x: Any, y: Any, name: str | None = None) -> Tensor:
    """The bits set in one at least, element by element, with broadcasting. Stands for
    `tf.bitwise.bitwise_or`.

    Args:
      x, y: int8, int16, int32, int64, uint8, uint16, uint32, uint64.
      name: the node's name.
    """
    return apply_op("BitwiseOr", x, y, name=name)


@export("bitwise.bitwise_xor")
@add_dispatch_support
def bitwise_xor(x: Any, y: Any, name: str | None = None) -> Tensor:
    """The bits set in just one, element by element, with broadcasting. Stands for
    `tf.bitwise.bitwise_xor`.

    Args:
      x, y: int8, int16, int32, int64, uint8, uint16, uint32, uint64.
      name: the node's name.
    """
    return apply_op("BitwiseXor", x, y, name=name)


@export("bitwise.invert")
@add_dispatch_support
def invert(x: Any, name: str | None = None) -> Tensor:
    """`x` with every bit flipped, element by element. Stands for `tf.bitwise.invert`.

    Args:
      x: int8, int16, int32, int64, uint8, uint16, uint32, uint64.
      name: the node's name.
    """
    return apply_op("Invert", x, name=name)


@export("bitwise.left_shift")
@add_dispatch_support
def left_shift(x: Any, y: Any, name: str | None = None) -> Tensor:
    """`x` shifted left by `y` bits, element by element, with broadcasting. Stands for
    `tf.bitwise.left_shift`.

    Args:
      x, y: int8, int16, int32, int64, uint8, uint16, uint32, uint64.
      name: the node's name.
    """
    return apply_op("LeftShift", x, y, name=name)


@export("bitwise.right_shift")
@add_dispatch_support
def right_shift(x: Any, y: Any, name: str | None = None) -> Tensor:
    """`x` shifted right by `y` bits, element by element, with broadcasting. Stands for
    `tf.bitwise.right_shift`.

    Args:
      x, y: int8, int16, int32, int64, uint8, uint16, uint32, uint64.
      name: the node's name.
    """
    return apply_op("RightShift", x, y, name=name)


def population_count(x: Any, name: str | None = None) -> Tensor:
    """How many bits of `x` are set, element by element, as uint8.

    Args:
      x: an integer tensor.
      name: the node's name.
    """
    return apply_op("PopulationCount", x, name=name)
