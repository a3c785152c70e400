"""Sorting along an axis: tf.sort, tf.argsort."""

from typing import Any

import numpy as np

from evergraph.api import array_ops, math_ops, nn_ops
from evergraph.base.export import export
from evergraph.graph.constant import constant
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.static_value import constant_value
from evergraph.graph.tensor import Tensor

_DIRECTIONS = ("ASCENDING", "DESCENDING")


@export("sort", "contrib.framework.sort")
def sort(
    values: Any, axis: Any = -1, direction: str = "ASCENDING", name: str | None = None
) -> Tensor:
    """`values` sorted along an axis. Stands for `tf.sort`.

    Args:
      values: a tensor of numbers, of rank 1 or more.
      axis: a number that is known while building; default: the last axis.
      direction: "ASCENDING" or "DESCENDING".
      name: the nodes' scope.

    Raises:
      ValueError: the axis is no known scalar, or the direction is none of the two.
    """
    with name_scope(name, "sort"):
        ascending, axis, values = _arguments(values, axis, direction)
        found = _greatest_first(-values if ascending else values, axis, 0)
        return -found if ascending else found


@export("argsort", "contrib.framework.argsort")
def argsort(
    values: Any,
    axis: Any = -1,
    direction: str = "ASCENDING",
    stable: bool = False,
    name: str | None = None,
) -> Tensor:
    """Where the elements in sorted order stand, int32. Stands for `tf.argsort`.

    Args:
      values, axis, direction, name: see `tf.sort`.
      stable: equal elements keep their order, whatever is given.
    """
    del stable
    with name_scope(name, "argsort"):
        ascending, axis, values = _arguments(values, axis, direction)
        return _greatest_first(-values if ascending else values, axis, 1)


def _arguments(values: Any, axis: Any, direction: str) -> tuple[bool, int, Tensor]:
    """(whether the smallest come first, the axis, the tensor)."""
    if direction not in _DIRECTIONS:
        raise ValueError(f"{direction} should be one of {', '.join(_DIRECTIONS)}")
    axis = convert_to_tensor(axis, name="axis")
    known = constant_value(axis)
    if axis.shape.ndims != 0 or known is None:
        raise ValueError("axis must be a constant scalar")
    return direction == _DIRECTIONS[0], int(known), convert_to_tensor(values, name="values")


def _greatest_first(values: Tensor, axis: Any, which: int) -> Tensor:
    """One result of TopKV2 (0 the values, 1 their indices) over the whole of an axis."""
    count = array_ops.shape(values)[axis]
    rank = array_ops.rank(values)
    dims = values.shape.ndims
    if axis == -1 or axis + 1 == dims:
        return nn_ops.top_k(values, count)[which]
    if axis < 0:
        axis += dims or rank
    # The axis changes places with the last one, before and after.
    if dims is not None:
        order: Any = np.arange(dims)
        order[[axis, -1]] = order[[-1, axis]]
        order = constant(order, name="transposition")
    else:
        before, last = math_ops.range(axis), rank - 1
        after = math_ops.range(axis + 1, rank - 1)
        order = array_ops.concat([before, [last], after, [axis]], axis=0)
    found = nn_ops.top_k(array_ops.transpose(values, order), count)[which]
    return array_ops.transpose(found, order)
