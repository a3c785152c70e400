"""Functions of NumPy that take what newer versions call otherwise, or refuse."""

import functools
import inspect
import os
import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from evergraph.compat.shims.supply import report

# function: (the argument's old name, its new one, the NumPy without the old one)
_RENAMED = {
    "histogram": ("normed", "density", "NumPy 1.24"),
    "histogram2d": ("normed", "density", "NumPy 1.24"),
    "histogramdd": ("normed", "density", "NumPy 1.24"),
    "reshape": ("newshape", "shape", "NumPy 2.4"),
}

# They took generators, and what `map` and `zip` give.
_STACKS = ("column_stack", "dstack", "hstack", "stack", "vstack")

_SITE = os.sep + "site-packages" + os.sep


def supply_functions() -> None:
    """Lets functions take arguments by their old names again, `np.array` and `np.asarray` lists of
    lists of several lengths, and `np.stack` and its like what gives arrays one by one."""
    for name, (old, new, since) in _RENAMED.items():
        function = getattr(np, name)
        if old not in inspect.signature(function).parameters:
            setattr(np, name, _renaming(function, name, old, new, since))
    for name in _STACKS:
        setattr(np, name, _of_iterators(getattr(np, name)))
    np.array = _ragged(np.array)
    np.asarray = _ragged(np.asarray)


def _renaming(
    function: Callable[..., Any], name: str, old: str, new: str, since: str
) -> Callable[..., Any]:
    told = []

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        if old in kwargs:
            if not told:
                told.append(True)
                report(f"{old} of numpy.{name}", since)
            kwargs[new] = kwargs.pop(old)
        return function(*args, **kwargs)

    return call


def _ragged(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function that makes an array of objects where lists are of several lengths, as NumPy did
    before 1.24, for programs but not for libraries, which may count on the error."""
    told = []

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except ValueError as error:
            asked = sys._getframe(1).f_code.co_filename
            if "inhomogeneous" not in str(error) or _SITE in asked or len(args) != 1 or kwargs:
                raise
        if not told:
            told.append(True)
            report(f"numpy.{function.__name__} of uneven lists", "NumPy 1.24")
        return function(*args, dtype=object)

    return call


def _of_iterators(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function whose first argument may be an iterator over arrays."""
    told = []

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        if args and isinstance(args[0], Iterator):
            if not told:
                told.append(True)
                report(f"numpy.{function.__name__} of iterators", "NumPy 1.25")
            args = (list(args[0]), *args[1:])
        return function(*args, **kwargs)

    return call
