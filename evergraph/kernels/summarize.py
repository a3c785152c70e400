"""Values as text, as TensorFlow's C++ code writes them: in Assert's errors, Print and
tf.strings.format."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

_ESCAPES = {9: "\\t", 10: "\\n", 13: "\\r", 34: '\\"', 39: "\\'", 92: "\\\\"}


def escape(value: bytes) -> str:
    """Bytes with C escapes."""
    return "".join(_ESCAPES.get(c) or (chr(c) if 32 <= c < 127 else f"\\{c:03o}") for c in value)


def number(value: Any, digits: int, more: int) -> str:
    """The shorter of two precisions that reads back as the same number."""
    if np.isnan(value):
        return "nan"
    short = f"{value:.{digits}g}"
    kind = type(value)
    return short if kind(short) == value else f"{value:.{more}g}"


def _element_writer(dtype: Any, quoted: bool) -> Callable[[Any], str]:
    if dtype.kind == "O":
        if quoted:
            return lambda v: f'"{escape(v)}"'
        return escape
    if dtype.kind == "b":
        return lambda v: str(int(v))
    if dtype == np.float64:
        return lambda v: number(v, 15, 17)
    if dtype.kind == "f" or dtype.name == "bfloat16":
        return lambda v: number(np.float32(v), 6, 9)
    return str


def summary(value: Any, limit: int, quoted: bool = False) -> str:
    """The first `limit` elements (all if negative): ``[1 2 3][4...]...`` as Print and Assert show.

    With `quoted` the form of tf.strings.format: `limit` elements at both ends of each axis.
    """
    if isinstance(value, torch.Tensor):
        value = value.cpu()
        value = value.float().numpy() if value.dtype is torch.bfloat16 else value.numpy()
    array = np.asarray(value)
    if array.dtype.kind == "c":
        return "[?]"
    write = _element_writer(array.dtype, quoted)
    limit = array.size if limit < 0 else min(limit, array.size)
    if not array.shape:
        return write(array.reshape(-1)[0]) if limit else "..."
    if quoted:
        return _framed(array, limit, array.ndim, write)
    return _Listing(array, limit, write).text()


class _Listing:
    """The older form: elements in order until the limit."""

    def __init__(self, array: Any, limit: int, write: Callable[[Any], str]) -> None:
        self.flat = array.reshape(-1)
        self.shape = array.shape
        self.limit = limit
        self.write = write
        self.at = 0

    def text(self) -> str:
        text = self._axis(0)
        return text + "..." if self.flat.size > self.limit else text

    def _axis(self, axis: int) -> str:
        if self.at >= self.limit:
            return ""
        parts: list[str] = []
        if axis == len(self.shape) - 1:
            for i in range(self.shape[axis]):
                if self.at >= self.limit:
                    if axis:
                        parts.append("...")
                    break
                parts.append((" " if i else "") + self.write(self.flat[self.at]))
                self.at += 1
            return "".join(parts)
        for _ in range(self.shape[axis]):
            if self.at < self.limit:
                parts.append(f"[{self._axis(axis + 1)}]")
        return "".join(parts)


def _framed(array: Any, ends: int, rank: int, write: Callable[[Any], str]) -> str:
    """The newer form: both ends of each axis, rows on lines of their own."""
    if array.ndim == 0:
        return write(array.reshape(-1)[0])
    axis = rank - array.ndim
    gap = " " if array.ndim == 1 else "\n" * (array.ndim - 1) + " " * (axis + 1)
    count = array.shape[0]
    shown = [_framed(array[i, ...], ends, rank, write) for i in range(min(ends, count))]
    text = gap.join(shown)
    if count > 2 * ends:
        text += gap + "..."
    for i in range(max(ends, count - ends), count):
        text += gap + _framed(array[i, ...], ends, rank, write)
    return f"[{text}]"
