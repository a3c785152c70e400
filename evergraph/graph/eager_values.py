"""What is said of values that make no tensor where ops are executed at once."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from evergraph.base.dtypes import DType, as_dtype

_IN_C = {"float16": "half", "float32": "float", "float64": "double"}
_NUMBERS = (bool, int, float, complex, np.number, np.bool_)
_GREATEST = 2**63


def name_in_c(dtype: DType) -> str:
    """A type's name as C++ has it."""
    return _IN_C.get(dtype.name, dtype.name)


def cannot_convert(value: Any, dtype: DType) -> TypeError:
    """The error for a value that is no element, or no elements, of a type."""
    return TypeError(f"Cannot convert {value!r} to EagerTensor of dtype {name_in_c(dtype)}")


def raise_unconvertible(value: Any, dtype: Any) -> None:
    """Raises the error for a value that is no tensor, if it is none in itself, or of this type.

    Raises:
      TypeError: it is not of the type.
      ValueError: it is no number, string or regular list of them.
    """
    if isinstance(value, np.ndarray):
        first = value.flat[0] if value.size else None
        if value.dtype == object and not isinstance(first, (str, bytes)):
            raise ValueError(
                "Failed to convert a NumPy array to a Tensor (Unsupported object type "
                f"{type(first).__name__})."
            )
        if value.dtype.kind in "OUS":
            return  # NumPy says itself what it cannot convert
    elif not hasattr(value, "__array__"):
        first = value
        while isinstance(first, (list, tuple)) and first:
            first = first[0]
        if not (isinstance(first, (str, bytes, list, tuple)) or hasattr(first, "__array__")):
            if not isinstance(first, _NUMBERS):
                raise ValueError(
                    f"Attempt to convert a value ({first!r}) with an unsupported type "
                    f"({type(first)}) to a Tensor."
                )
        _check_regular(value)
    if dtype is not None:
        raise cannot_convert(value, as_dtype(dtype))


def _check_regular(value: Any) -> None:
    if len({_kind(leaf, depth) for leaf, depth in _leaves(value, 0)}) > 1:
        raise ValueError("Can't convert Python sequence with mixed types to Tensor.")
    try:
        shape = np.shape(value)
    except ValueError:
        shape = None
    if shape is None:
        raise ValueError("Can't convert non-rectangular Python sequence to Tensor.")
    for leaf, _ in _leaves(value, 0):
        if isinstance(leaf, int) and not -_GREATEST <= leaf < _GREATEST:
            raise ValueError("Can't convert Python sequence with out-of-range integer to Tensor.")


def _leaves(value: Any, depth: int) -> Iterator[tuple[Any, int]]:
    if isinstance(value, (list, tuple)):
        for part in value:
            yield from _leaves(part, depth + 1)
    else:
        yield value, depth


def _kind(leaf: Any, depth: int) -> tuple[Any, int]:
    """What lists of one kind have in common: how deep their parts are, and whether these are
    numbers."""
    if isinstance(leaf, _NUMBERS):
        return "number", depth
    return "text" if isinstance(leaf, (str, bytes)) else type(leaf), depth
