"""Tables of rules for combinations of classes, which ancestors stand in for."""

import inspect
import itertools
from collections.abc import Mapping
from typing import TypeVar

Rule = TypeVar("Rule")


def nearest(table: Mapping[tuple[type, ...], Rule], *types: type) -> Rule | None:
    """The rule for the combination of ancestors that is nearest, counted in steps of all MROs.

    Of combinations equally near, that with the nearer first class is taken.
    """
    ancestors = itertools.product(*(enumerate(inspect.getmro(t)) for t in types))
    found = [tuple(zip(*combination, strict=True)) for combination in ancestors]
    known = [(sum(steps), steps, classes) for steps, classes in found if classes in table]
    return table[min(known, key=lambda entry: entry[:2])[2]] if known else None
