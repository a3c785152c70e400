"""Sets in the last axis of tensors: `tf.sets`."""

from typing import Any

from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.graph.apply import apply_op
from evergraph.graph.composite import SparseTensor, convert_to_tensor_or_sparse_tensor
from evergraph.graph.tensor import Tensor

_VALID_DTYPES = (
    dtypes.int8,
    dtypes.int16,
    dtypes.int32,
    dtypes.int64,
    dtypes.uint8,
    dtypes.uint16,
    dtypes.string,
)


@export("sets.size", "sets.set_size")
def set_size(a: Any, validate_indices: bool = True) -> Tensor:
    """How many unique elements each set has, int32, without the last axis. Stands for
    `tf.sets.size`.

    Args:
      a: a SparseTensor; the last axis holds the elements of one set.
      validate_indices: whether order and range of the indices are checked.

    Raises:
      TypeError: `a` is dense, or of a dtype that sets cannot have.
    """
    a = convert_to_tensor_or_sparse_tensor(a, name="a")
    if not isinstance(a, SparseTensor):
        raise TypeError(f"Expected `SparseTensor`, got {a}.")
    if a.values.dtype.base_dtype not in _VALID_DTYPES:
        raise TypeError(f"Invalid dtype {a.values.dtype}.")
    return apply_op(
        "SetSize", a.indices, a.values, a.dense_shape, validate_indices=validate_indices
    )


def _converted(a: Any, b: Any) -> tuple[Any, Any, bool]:
    """Both as tensors, in an order the ops can take, and whether they changed places."""
    a = convert_to_tensor_or_sparse_tensor(a, name="a")
    if a.dtype.base_dtype not in _VALID_DTYPES:
        raise TypeError(f"'a' invalid dtype {a.dtype}.")
    b = convert_to_tensor_or_sparse_tensor(b, name="b")
    if b.dtype.base_dtype != a.dtype.base_dtype:
        raise TypeError(f"Types don't match, {a.dtype} vs {b.dtype}.")
    if isinstance(a, SparseTensor) and not isinstance(b, SparseTensor):
        return b, a, True
    return a, b, False


def _parts(a: Any) -> list[Any]:
    return [a.indices, a.values, a.dense_shape] if isinstance(a, SparseTensor) else [a]


def _set_operation(a: Any, b: Any, operation: str, validate_indices: bool) -> SparseTensor:
    first = "Sparse" if isinstance(a, SparseTensor) else "Dense"
    second = "Sparse" if isinstance(b, SparseTensor) else "Dense"
    result = apply_op(
        f"{first}To{second}SetOperation",
        *_parts(a),
        *_parts(b),
        set_operation=operation,
        validate_indices=validate_indices,
    )
    return SparseTensor(*result)


@export("sets.intersection", "sets.set_intersection")
def set_intersection(a: Any, b: Any, validate_indices: bool = True) -> SparseTensor:
    """The elements that are in both sets. Stands for `tf.sets.intersection`.

    Args:
      a, b: tensors or SparseTensors of one dtype (int8 to int64, uint8, uint16, string) whose
      shapes
        are the same up to the last axis, which holds the elements of one set.
      validate_indices: whether order and range of sparse indices are checked.

    Raises:
      TypeError: dtypes that differ, or that sets cannot have.
    """
    a, b, _ = _converted(a, b)
    return _set_operation(a, b, "intersection", validate_indices)


@export("sets.difference", "sets.set_difference")
def set_difference(
    a: Any, b: Any, aminusb: bool = True, validate_indices: bool = True
) -> SparseTensor:
    """The elements of `a` that are not in `b`; the other way round unless `aminusb`. Stands for
    `tf.sets.difference`; the other arguments as `tf.sets.intersection`'s."""
    a, b, flipped = _converted(a, b)
    return _set_operation(a, b, "a-b" if aminusb != flipped else "b-a", validate_indices)


@export("sets.union", "sets.set_union")
def set_union(a: Any, b: Any, validate_indices: bool = True) -> SparseTensor:
    """The elements that are in either set. Stands for `tf.sets.union`; arguments as
    `tf.sets.intersection`'s."""
    a, b, _ = _converted(a, b)
    return _set_operation(a, b, "union", validate_indices)
