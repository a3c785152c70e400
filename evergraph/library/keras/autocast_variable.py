"""Variables of layers whose policy computes in another type: they are cast where they are read in
calls of layers."""

import contextlib
import functools
import threading
from collections.abc import Iterator
from typing import Any

from evergraph.api import math_ops
from evergraph.api.resource_variable_ops import BaseResourceVariable
from evergraph.base import dtypes
from evergraph.graph.defaults import colocate_with, device, executing_eagerly


class _Reading(threading.local):
    """The type in which a thread's present call reads such variables; None: their own."""

    dtype: Any = None


_reading = _Reading()


@contextlib.contextmanager
def reading_as(dtype: Any) -> Iterator[None]:
    """A block in which variables that are cast are of a type, if it is one of floats."""
    kind = None if dtype is None else dtypes.as_dtype(dtype)
    before, _reading.dtype = _reading.dtype, kind if kind and kind.is_floating else None
    try:
        yield
    finally:
        _reading.dtype = before


class _AutoCast(BaseResourceVariable):
    """What such variables do in their own way. Mixed into their class."""

    @property
    def dtype(self) -> Any:
        """The type that it is read in."""
        return self._dtype if _reading.dtype is None else _reading.dtype

    @property
    def true_dtype(self) -> Any:
        """The type that it is kept in."""
        return self._dtype

    def _cast(self, value: Any) -> Any:
        if value.dtype == self.dtype:
            return value
        with colocate_with(None, ignore_existing=True), device(value.device):
            return math_ops.cast(value, self.dtype)

    def value(self) -> Any:
        """The value, cast."""
        return self._cast(super().value())

    def read_value(self) -> Any:
        """The value as it is now, cast."""
        return self._cast(super().read_value())

    def sparse_read(self, indices: Any, name: str | None = None) -> Any:
        """Rows of the value, cast."""
        return self._cast(super().sparse_read(indices, name=name))

    def __repr__(self) -> str:
        text = (
            f"<AutoCastVariable '{self.name}' shape={self._shape} dtype={self.dtype.name} "
            f"true_dtype={self._dtype.name}"
        )
        if executing_eagerly():
            return f"{text}, numpy={self.read_value().numpy()!r}>"
        return text + ">"


@functools.cache
def _kind(of: Any) -> Any:
    return type(of)("AutoCastVariable", (_AutoCast, of), {})


def auto_cast(variable: Any) -> Any:
    """Makes a variable one that is cast where a layer computes in another type.

    Raises:
      ValueError: it is no resource variable of floats.
    """
    if not isinstance(variable, BaseResourceVariable):
        raise ValueError(f"variable must be of type tf.ResourceVariable, but got: {variable}")
    if not variable.dtype.is_floating:
        raise ValueError(
            "variable must be a floating point variable but has type: " + variable.dtype.name
        )
    # It stays the object that graphs, tapes and checkpoints know.
    variable.__class__ = _kind(type(variable))
    return variable
