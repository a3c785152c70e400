"""`tf.compat`: text and bytes, number types, and the forward compatibility date."""

import collections.abc as collections_abc
import datetime
import numbers
import os
from collections.abc import Iterator
from typing import Any

import numpy as np

from evergraph.base.decorator import contextmanager
from evergraph.base.export import export, export_constant

__all__ = [
    "as_bytes",
    "as_str",
    "as_str_any",
    "as_text",
    "bytes_or_text_types",
    "collections_abc",
    "complex_types",
    "forward_compatibility_horizon",
    "forward_compatible",
    "integral_types",
    "path_to_str",
    "real_types",
]

integral_types = (numbers.Integral, np.integer)
real_types = (numbers.Real, np.integer, np.floating)
complex_types = (numbers.Complex, np.number)
bytes_or_text_types = (bytes, str)
for _name in ("integral_types", "real_types", "complex_types", "bytes_or_text_types"):
    export_constant(__name__, _name, "compat." + _name)


@export("compat.as_bytes")
def as_bytes(bytes_or_text: bytes | bytearray | str, encoding: str = "utf-8") -> bytes:
    """The bytes of `bytes_or_text`; text is encoded.

    Raises:
        TypeError: for anything but bytes, bytearray and str.
    """
    if isinstance(bytes_or_text, str):
        return bytes_or_text.encode(encoding)
    if isinstance(bytes_or_text, bytearray):
        return bytes(bytes_or_text)
    if isinstance(bytes_or_text, bytes):
        return bytes_or_text
    raise TypeError(f"Expected binary or unicode string, got {bytes_or_text!r}")


@export("compat.as_text", "compat.as_str")
def as_text(bytes_or_text: bytes | str, encoding: str = "utf-8") -> str:
    """The text of `bytes_or_text`; bytes are decoded.

    Raises:
        TypeError: for anything but bytes and str.
    """
    if isinstance(bytes_or_text, str):
        return bytes_or_text
    if isinstance(bytes_or_text, bytes):
        return bytes_or_text.decode(encoding)
    raise TypeError(f"Expected binary or unicode string, got {bytes_or_text!r}")


as_str = as_text


@export("compat.as_str_any")
def as_str_any(value: Any) -> str:
    """`str(value)`, but bytes are decoded as UTF-8."""
    return as_text(value) if isinstance(value, bytes) else str(value)


@export("compat.path_to_str")
def path_to_str(path: Any) -> Any:
    """The text of a path object; anything else is returned as it is."""
    return as_str_any(path.__fspath__()) if hasattr(path, "__fspath__") else path


class _Horizon:
    """The date that `forward_compatible` compares with; TensorFlow 1.15's unless overridden."""

    default = datetime.date(2019, 8, 21)
    override: datetime.date | None = None

    @classmethod
    def date(cls) -> datetime.date:
        if cls.override is not None:
            return cls.override
        delta = os.getenv("TF_FORWARD_COMPATIBILITY_DELTA_DAYS")
        return cls.default + datetime.timedelta(days=int(delta)) if delta else cls.default


@export("compat.forward_compatible")
def forward_compatible(year: int, month: int, day: int) -> bool:
    """Whether graphs may use what was added up to this date."""
    date = _Horizon.date()
    return (date.year, date.month, date.day) > (year, month, day)


@export("compat.forward_compatibility_horizon")
@contextmanager
def forward_compatibility_horizon(year: int, month: int, day: int) -> Iterator[None]:
    """Context manager in which `forward_compatible` compares with this date."""
    before = _Horizon.override
    _Horizon.override = datetime.date(year, month, day)
    try:
        yield
    finally:
        _Horizon.override = before
