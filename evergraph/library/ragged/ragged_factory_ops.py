"""Ragged constants and placeholders."""

from collections.abc import Callable
from typing import Any

import numpy as np

from evergraph.api import array_ops
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.base.tensor_shape import TensorShape
from evergraph.graph import constant as constant_lib
from evergraph.graph.defaults import name_scope
from evergraph.library.ragged.ragged_tensor import RaggedTensor, is_ragged
from evergraph.library.ragged.ragged_tensor_value import RaggedTensorValue


@export("ragged.constant")
def constant(
    pylist: Any,
    dtype: Any = None,
    ragged_rank: int | None = None,
    inner_shape: tuple[int, ...] | None = None,
    name: str | None = None,
    row_splits_dtype: Any = dtypes.int64,
) -> Any:
    """The RaggedTensor of a nested list. Stands for `tf.ragged.constant`.

    Args:
      pylist: a nested list.
      dtype: the type of the values; default: as `tf.constant` finds it.
      ragged_rank: how many axes are ragged; default: all that may be.
      inner_shape: the shape of the innermost values.
      name: a name scope for the nodes.
      row_splits_dtype: int32 or int64.

    Raises:
      ValueError: values are nested to different depths, or not as `ragged_rank` and `inner_shape`
        say.
    """

    def ragged(values: Any, row_splits: Any) -> RaggedTensor:
        row_splits = constant_lib.constant(row_splits, dtype=row_splits_dtype)
        return RaggedTensor.from_row_splits(values, row_splits, validate=False)

    with name_scope(name, "RaggedConstant"):
        return _build(ragged, constant_lib.constant, pylist, dtype, ragged_rank, inner_shape)


@export("ragged.constant_value")
def constant_value(
    pylist: Any,
    dtype: Any = None,
    ragged_rank: int | None = None,
    inner_shape: tuple[int, ...] | None = None,
    row_splits_dtype: Any = "int64",
) -> Any:
    """The RaggedTensorValue of a nested list. Stands for `tf.ragged.constant_value`; arguments as
    `tf.ragged.constant`'s."""
    if isinstance(dtype, dtypes.DType):
        dtype = dtype.as_numpy_dtype
    splits_dtype = dtypes.as_dtype(row_splits_dtype).as_numpy_dtype

    def ragged(values: Any, row_splits: Any) -> RaggedTensorValue:
        return RaggedTensorValue(values, np.array(row_splits, dtype=splits_dtype))

    def inner(pylist: Any, dtype: Any, shape: Any, name: str | None = None) -> np.ndarray:
        array = np.array(pylist, dtype=dtype)
        return array if shape is None else np.reshape(array, shape)

    return _build(ragged, inner, pylist, dtype, ragged_rank, inner_shape)


def _is_nested(item: Any) -> bool:
    return isinstance(item, (list, tuple)) or np.ndim(item) != 0


def _build(
    ragged: Callable[..., Any],
    inner: Callable[..., Any],
    pylist: Any,
    dtype: Any,
    ragged_rank: int | None,
    inner_shape: tuple[int, ...] | None,
) -> Any:
    if is_ragged(pylist):
        raise TypeError("pylist may not be a RaggedTensor or RaggedTensorValue.")
    if not _is_nested(pylist):
        if ragged_rank:
            raise ValueError(
                f"Invalid pylist={pylist!r}: incompatible with ragged_rank={ragged_rank}"
            )
        if inner_shape:
            raise ValueError(
                f"Invalid pylist={pylist!r}: incompatible with dim(inner_shape)={len(inner_shape)}"
            )
        return inner(pylist, dtype, ())
    if ragged_rank is not None and ragged_rank < 0:
        raise ValueError(f"Invalid ragged_rank={ragged_rank!r}: must be nonnegative")
    scalar_depth, max_depth = _depths(pylist)
    _check_depths(pylist, scalar_depth, max_depth, ragged_rank, inner_shape)
    inner_rank = 0 if inner_shape is None else len(inner_shape)
    if ragged_rank == 0 or (ragged_rank is None and max_depth - inner_rank < 2):
        return inner(pylist, dtype, inner_shape)
    if inner_shape is None:
        inner_shape = () if ragged_rank is None else _default_inner_shape(pylist, ragged_rank)
    if ragged_rank is None:
        depth = max_depth if scalar_depth is None else scalar_depth - len(inner_shape)
        ragged_rank = max(1, depth - 1)
    nested_splits = []
    values = pylist
    for _ in range(ragged_rank):
        splits, joined = [0], []
        for row in values:
            splits.append(splits[-1] + len(row))
            joined.extend(row)
        nested_splits.append(splits)
        values = joined
    result = inner(values, dtype=dtype, shape=(len(values), *inner_shape), name="values")
    for splits in reversed(nested_splits):
        result = ragged(result, splits)
    return result


def _check_depths(
    pylist: Any,
    scalar_depth: int | None,
    max_depth: int,
    ragged_rank: int | None,
    inner_shape: tuple[int, ...] | None,
) -> None:
    if scalar_depth is not None and max_depth > scalar_depth:
        raise ValueError(
            f"Invalid pylist={pylist!r}: empty list nesting is greater than scalar value nesting"
        )
    if inner_shape is None or ragged_rank is None:
        return
    expected = ragged_rank + len(inner_shape) + 1
    if expected < max_depth if scalar_depth is None else expected != scalar_depth:
        raise ValueError(
            f"Invalid pylist={pylist!r}: incompatible with ragged_rank={ragged_rank} and "
            f"dim(inner_shape)={len(inner_shape)}"
        )


def _depths(pylist: Any) -> tuple[int | None, int]:
    """How deep scalars are nested (None where there are none), and lists."""
    if not _is_nested(pylist):
        return 0, 0
    scalar_depth, max_depth = None, 1
    for child in pylist:
        child_scalar, child_max = _depths(child)
        if child_scalar is not None:
            if scalar_depth is not None and scalar_depth != child_scalar + 1:
                raise ValueError("all scalar values must have the same nesting depth")
            scalar_depth = child_scalar + 1
        max_depth = max(max_depth, child_max + 1)
    return scalar_depth, max_depth


def _default_inner_shape(pylist: Any, ragged_rank: int) -> tuple[int, ...]:
    """The shape that all values below the ragged axes have."""

    def shape_of(item: Any) -> tuple[int, ...]:
        if not _is_nested(item):
            return ()
        return (len(item), *shape_of(item[0])) if len(item) else (0,)

    def check(item: Any, shape: tuple[int, ...]) -> None:
        nested = _is_nested(item)
        if nested != bool(shape) or (nested and shape[0] != len(item)):
            raise ValueError("inner values have inconsistent shape")
        for child in item if nested else ():
            check(child, shape[1:])

    values = pylist
    for dim in range(ragged_rank):
        if not all(_is_nested(v) for v in values):
            raise ValueError(
                f"pylist has scalar values depth {dim + 1}, but ragged_rank={ragged_rank} requires "
                f"scalar value depth greater than {ragged_rank}"
            )
        values = [item for row in values for item in row]
    shape = shape_of(values)
    check(values, shape)
    return shape[1:]


@export("ragged.placeholder")
def placeholder(
    dtype: Any, ragged_rank: int, value_shape: Any = None, name: str | None = None
) -> Any:
    """A RaggedTensor to be fed. Stands for `tf.ragged.placeholder`.

    Args:
      dtype: the type of the values.
      ragged_rank: how many axes are ragged.
      value_shape: the shape of the innermost values.
      name: a name scope for the nodes.
    """
    if ragged_rank == 0:
        return array_ops.placeholder(dtype, value_shape, name)
    with name_scope(name, "RaggedPlaceholder", []):
        flat_shape = TensorShape([None]).concatenate(value_shape)
        result = array_ops.placeholder(dtype, flat_shape, "flat_values")
        for i in reversed(range(ragged_rank)):
            row_splits = array_ops.placeholder(dtypes.int64, [None], f"row_splits_{i}")
            result = RaggedTensor(result, row_splits, internal=True)
        return result
