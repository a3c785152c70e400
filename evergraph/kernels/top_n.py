"""The largest elements of a sequence, in the order in which TensorFlow's `gtl::TopN` gives them.

Where keys are equal, which of them stay and in which order depends on how the heap and the sort of
the GNU C++ library move elements; these moves are done here as they are there.
"""

from collections.abc import Callable, Iterable
from typing import Any, Generic, TypeVar

T = TypeVar("T")
_SMALL = 16  # Ranges of this length and below are left to the insertion sort.


def _sift(items: list[Any], hole: int, length: int, value: Any, key: Callable[[Any], Any]) -> None:
    """Puts `value` into the heap's `hole`: first down along smaller children, then up again."""
    top, weight = hole, key(value)
    child = 2 * hole + 2
    while child < length:
        if key(items[child]) > key(items[child - 1]):
            child -= 1
        items[hole] = items[child]
        hole, child = child, 2 * child + 2
    if child == length:
        items[hole] = items[child - 1]
        hole = child - 1
    while hole > top and key(items[(hole - 1) // 2]) > weight:
        items[hole] = items[(hole - 1) // 2]
        hole = (hole - 1) // 2
    items[hole] = value


def _pop(items: list[Any], end: int, key: Callable[[Any], Any]) -> None:
    """Moves the smallest of the heap `items[:end + 1]` to the place `end`."""
    value, items[end] = items[end], items[0]
    _sift(items, 0, end, value, key)


def _heapify(items: list[Any], key: Callable[[Any], Any]) -> None:
    for parent in range(len(items) // 2 - 1, -1, -1):
        _sift(items, parent, len(items), items[parent], key)


def _unheap(items: list[Any], key: Callable[[Any], Any]) -> None:
    for end in range(len(items) - 1, 0, -1):
        _pop(items, end, key)


def _median_first(items: list[Any], start: int, end: int, key: Callable[[Any], Any]) -> None:
    """Swaps the median of three elements with the first one."""
    a, b, c = start + 1, (start + end) // 2, end - 1
    x, y, z = key(items[a]), key(items[b]), key(items[c])
    if x > y:
        chosen = b if y > z else c if x > z else a
    else:
        chosen = a if x > z else c if y > z else b
    items[start], items[chosen] = items[chosen], items[start]


def _partition(items: list[Any], start: int, end: int, key: Callable[[Any], Any]) -> int:
    """Parts `items[start:end]` around the median of three; where the second part begins."""
    _median_first(items, start, end, key)
    pivot, left, right = key(items[start]), start + 1, end
    while True:
        while key(items[left]) > pivot:
            left += 1
        right -= 1
        while pivot > key(items[right]):
            right -= 1
        if left >= right:
            return left
        items[left], items[right] = items[right], items[left]
        left += 1


def _introsort(items: list[Any], start: int, end: int, depth: int, key: Callable[..., Any]) -> None:
    while end - start > _SMALL:
        if depth == 0:
            part = items[start:end]
            _heapify(part, key)
            _unheap(part, key)
            items[start:end] = part
            return
        depth -= 1
        cut = _partition(items, start, end, key)
        _introsort(items, cut, end, depth, key)
        end = cut


def sorted_descending(items: Iterable[T], key: Callable[[T], Any]) -> list[T]:
    """`items`, the largest `key` first; equal ones as `std::sort` leaves them."""
    result = list(items)
    if len(result) > _SMALL:
        _introsort(result, 0, len(result), 2 * (len(result).bit_length() - 1), key)
    # The last pass is an insertion sort, which is stable as this one is.
    return sorted(result, key=key, reverse=True)


class TopN(Generic[T]):
    """Keeps the `limit` largest of the elements pushed."""

    def __init__(self, limit: int, key: Callable[[T], Any]) -> None:
        self._limit = limit
        self._key = key
        self._items: list[T] = []
        self._heap = False
        self._bottom_first = False

    def __len__(self) -> int:
        return len(self._items)

    def push(self, item: T) -> None:
        items, key = self._items, self._key
        if self._heap:
            if key(item) > key(items[0]):
                items.append(item)
                _pop(items, len(items) - 1, key)
                items.pop()
            return
        items.append(item)
        if self._bottom_first and not key(item) > key(items[0]):
            items[0], items[-1] = items[-1], items[0]
        if len(items) > self._limit:
            _heapify(items, key)
            _pop(items, len(items) - 1, key)
            items.pop()
            self._heap = True

    def bottom(self) -> T:
        """The smallest element kept."""
        items, key = self._items, self._key
        if not self._heap and not self._bottom_first:
            least = min(range(len(items)), key=lambda i: key(items[i]))
            items[0], items[least] = items[least], items[0]
            self._bottom_first = True
        return items[0]

    def unsorted(self) -> list[T]:
        """What is kept, in the order in which it lies there."""
        return list(self._items)

    def extract(self) -> list[T]:
        """Empties it: what was kept, the largest first."""
        items, heap = self._items, self._heap
        self._items, self._heap, self._bottom_first = [], False, False
        if not heap:
            return sorted_descending(items, self._key)
        _unheap(items, self._key)
        return items
