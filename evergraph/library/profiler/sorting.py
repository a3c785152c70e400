"""C++'s `std::sort`, as GCC's library has it: it leaves equal elements in an order of its own,
which is the order of the lines of a profile."""

from collections.abc import Callable
from typing import Any

# Up to so many elements are sorted by insertion.
_FEW = 16
Before = Callable[[Any, Any], bool]


def std_sorted(items: list[Any], before: Before) -> list[Any]:
    """The items in the order that `before` gives."""
    found = list(items)
    _halve(found, 0, len(found), 2 * max(len(found), 1).bit_length(), before)
    for i in range(1, len(found)):
        item, at = found[i], i
        while at > 0 and before(item, found[at - 1]):
            found[at] = found[at - 1]
            at -= 1
        found[at] = item
    return found


def _halve(items: list[Any], first: int, last: int, depth: int, before: Before) -> None:
    """Quicksort, until no part has more than a few elements."""
    while last - first > _FEW and depth > 0:
        depth -= 1
        _put_pivot_first(items, first, last, before)
        cut = _divide(items, first, last, before)
        _halve(items, cut, last, depth, before)
        last = cut


def _put_pivot_first(items: list[Any], first: int, last: int, before: Before) -> None:
    a, b, c = first + 1, first + (last - first) // 2, last - 1
    if before(items[a], items[b]):
        low, high = a, b
    else:
        low, high = b, a
    if before(items[high], items[c]):
        chosen = high
    elif before(items[low], items[c]):
        chosen = c
    else:
        chosen = low
    items[first], items[chosen] = items[chosen], items[first]


def _divide(items: list[Any], first: int, last: int, before: Before) -> int:
    pivot, low, high = items[first], first + 1, last
    while True:
        while before(items[low], pivot):
            low += 1
        high -= 1
        while before(pivot, items[high]):
            high -= 1
        if low >= high:
            return low
        items[low], items[high] = items[high], items[low]
        low += 1
