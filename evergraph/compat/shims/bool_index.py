"""NumPy's truth values as integers, as `tf.train.Int64List(value=mask)` takes them."""

import ctypes
import operator
from typing import Any

import numpy as np

from evergraph.compat.shims.supply import report

# Where CPython's PyTypeObject has tp_as_number, and PyNumberMethods nb_index, in pointers.
_AS_NUMBER = 12
_INDEX = 33

_told: list[bool] = []


@ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.py_object)
def _index(value: Any) -> int:
    if not _told:
        _told.append(True)
        report("numpy.bool_.__index__", "a later NumPy")
    return int(value)


def supply_bool_index() -> None:
    """Lets NumPy's truth values count as 0 and 1 where Python wants an integer.

    Their class belongs to C, where Python itself lets nobody add a method.
    """
    try:
        operator.index(np.True_)  # type: ignore[arg-type]
    except TypeError:
        pointer = ctypes.POINTER(ctypes.c_void_p)
        kind = ctypes.cast(id(np.bool_), pointer)
        methods = ctypes.cast(kind[_AS_NUMBER], pointer)
        methods[_INDEX] = ctypes.cast(_index, ctypes.c_void_p).value
