"""Intervals that numbers are in."""

from typing import Any

from evergraph.api import math_ops
from evergraph.graph.tensor import Tensor


def bucketize(input_tensor: Any, boundaries: list[float], name: str | None = None) -> Tensor:
    """The number of the interval of each number, int32, of the shape of `input_tensor`.

    Args:
      input_tensor: numbers.
      boundaries: numbers in order.
      name: the node's name.

    Raises:
      TypeError: `boundaries` is no list.
    """
    return math_ops._bucketize(input_tensor, boundaries=boundaries, name=name)
