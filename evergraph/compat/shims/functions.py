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

# function: which of its arguments it makes an array of
_CONVERTED = {"nan_to_num": 0, "save": 1}

_SITE = os.sep + "site-packages" + os.sep


def supply_functions() -> None:
    """Lets functions take arguments by their old names again, `np.array` and its like lists of
    lists of several lengths and `copy=False`, `np.stack` and its like what gives arrays one by
    one, and `np.fromstring` bytes."""
    for name, (old, new, since) in _RENAMED.items():
        function = getattr(np, name)
        if old not in inspect.signature(function).parameters:
            setattr(np, name, _renaming(function, name, old, new, since))
    for name in _STACKS:
        setattr(np, name, _of_iterators(getattr(np, name)))
    for name, place in _CONVERTED.items():
        setattr(np, name, _of_uneven(getattr(np, name), place))
    np.fromstring = _of_bytes(np.fromstring)
    np.array = _lenient(np.array)
    np.asarray = _lenient(np.asarray)


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


def _lenient(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function that makes an array of objects where lists are of several lengths, as NumPy did
    before 1.24, and copies where `copy=False` cannot be had, as before 2.0; for programs but not
    for libraries, which may count on the errors."""
    told = set()

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except ValueError as error:
            text = str(error)
            if _SITE in sys._getframe(1).f_code.co_filename:
                raise
            if "inhomogeneous" in text and len(args) == 1 and not kwargs:
                what, since, changed = "of uneven lists", "NumPy 1.24", {"dtype": object}
            elif "avoid copy" in text and "copy" in kwargs:
                what, since, changed = "with copy=False", "NumPy 2.0", {"copy": None}
            else:
                raise
        if what not in told:
            told.add(what)
            report(f"numpy.{function.__name__} {what}", since)
        return function(*args, **{**kwargs, **changed})

    return call


def _of_uneven(function: Callable[..., Any], place: int) -> Callable[..., Any]:
    """A function that makes an array of objects of its argument at `place`, if need be, for
    programs but not for libraries."""
    told = []

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except ValueError as error:
            called_by_program = _SITE not in sys._getframe(1).f_code.co_filename
            if not called_by_program or "inhomogeneous" not in str(error) or len(args) <= place:
                raise
        if not told:
            told.append(True)
            report(f"numpy.{function.__name__} of uneven lists", "NumPy 1.24")
        uneven = np.array(args[place], dtype=object)
        return function(*args[:place], uneven, *args[place + 1 :], **kwargs)

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


def _of_bytes(function: Callable[..., Any]) -> Callable[..., Any]:
    """`np.fromstring` that also takes the bytes of an array, where there is no separator."""
    told = []

    @functools.wraps(function)
    def call(
        string: Any, dtype: Any = float, count: int = -1, *, sep: str = "", **kwargs: Any
    ) -> Any:
        if sep or kwargs:
            return function(string, dtype, count, sep=sep, **kwargs)
        if not told:
            told.append(True)
            report("numpy.fromstring of bytes", "NumPy 2.3")
        data = string.encode() if isinstance(string, str) else string
        try:
            return np.frombuffer(data, dtype, count).copy()
        except ValueError as error:
            raise ValueError(str(error).replace("buffer", "string")) from None

    return call
