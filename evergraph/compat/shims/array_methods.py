"""Methods of arrays that newer NumPys have removed."""

import ctypes
import gc
from collections.abc import Callable
from typing import Any

import numpy as np

from evergraph.compat.shims.supply import reported


def _itemset(array: Any, *args: Any) -> None:
    """Sets one element, by its number or its indices."""
    *place, value = args
    if not place:
        array[...] = value
    elif len(place) == 1 and not isinstance(place[0], tuple):
        array.flat[place[0]] = value
    else:
        array[tuple(place[0] if len(place) == 1 else place)] = value


_METHODS: dict[str, tuple[str, Callable[..., Any]]] = {
    "itemset": ("NumPy 2.0", _itemset),
    "newbyteorder": ("NumPy 2.0", lambda x, order="S": x.view(x.dtype.newbyteorder(order))),
    "ptp": ("NumPy 2.0", lambda x, *args, **kwargs: np.ptp(x, *args, **kwargs)),
    "tostring": ("NumPy 2.3", lambda x, order="C": x.tobytes(order)),
}


def supply_methods() -> None:
    """Lets arrays have these methods again; each is reported at its first use."""
    for name, (since, method) in _METHODS.items():
        # NumPy 2.0 to 2.3 keep some names whose use raises: only an array tells.
        if not hasattr(np.empty(0), name):
            _add(np.ndarray, name, reported(f"numpy.ndarray.{name}", since, method))


def _add(cls: type, name: str, function: Callable[..., Any]) -> None:
    """Gives a class of an extension module a method: Python only lets other C code do this."""
    (names,) = gc.get_referents(vars(cls))
    names[name] = function
    ctypes.pythonapi.PyType_Modified(ctypes.py_object(cls))
