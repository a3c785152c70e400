"""Numbers that are written as text."""

import re
from typing import Any

import numpy as np

from evergraph.base.dtypes import DType

_HEXADECIMAL = re.compile(rb"[+-]?0[xX]")


def parse_number(text: bytes, dtype: DType) -> Any:
    """The number of type `dtype` that `text` is, but for space around it.

    Raises:
      ValueError: it is none, or is too large for the type.
    """
    # What Python reads and C does not.
    if b"_" in text:
        raise ValueError
    kind = np.dtype(dtype.as_numpy_dtype)
    if dtype.is_integer:
        value = int(text)
        limits = np.iinfo(kind)
        if not limits.min <= value <= limits.max:
            raise ValueError
        return value
    text = text.strip()
    if _HEXADECIMAL.match(text):
        return float.fromhex(text.decode())
    return kind.type(text.decode())
