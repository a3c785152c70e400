"""Arguments that newer NumPys call by other names."""

import functools
import inspect
from collections.abc import Callable
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


def supply_arguments() -> None:
    """Lets functions take these arguments by their old names again."""
    for name, (old, new, since) in _RENAMED.items():
        function = getattr(np, name)
        if old not in inspect.signature(function).parameters:
            setattr(np, name, _renaming(function, name, old, new, since))


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
