"""Parts of images that hang together, and rows matched with columns."""

from typing import Any

import numpy as np


def labels(images: np.ndarray) -> np.ndarray:
    """For each pixel of images [batch, rows, columns] one more than the position of the first pixel
    of its component: neighbours above, below, left and right with the same value; 0 for zeros."""
    flat = np.arange(images.size, dtype=np.int64).reshape(images.shape)
    pairs = []
    for axis in (1, 2):
        count = images.shape[axis] - 1
        if count > 0:
            first, second = (images.take(range(i, i + count), axis) for i in (0, 1))
            same = (first == second) & _is_set(first)
            ends = (flat.take(range(i, i + count), axis)[same] for i in (0, 1))
            pairs.append(np.stack(list(ends)))
    found = flat.reshape(-1)
    one, other = np.concatenate(pairs, axis=1) if pairs else np.zeros((2, 0), np.int64)
    while True:
        # Each root is hung below the least root next to it; then all go to their roots.
        a, b = found[one], found[other]
        apart = a != b
        if not apart.any():
            break
        one, other, a, b = one[apart], other[apart], a[apart], b[apart]
        np.minimum.at(found, np.maximum(a, b), np.minimum(a, b))
        while not np.array_equal(found, following := found[found]):
            found = following
    return np.where(_is_set(images), found.reshape(images.shape) + 1, 0)


def _is_set(values: np.ndarray) -> Any:
    return values.astype(bool) if values.dtype.kind != "O" else values != b""


class _Heap:
    """Pairs with the nearest on top. Of equal distances that comes first which comes first in
    TensorFlow, whose heap is C++'s."""

    def __init__(self) -> None:
        self.items: list[tuple[float, int, int]] = []

    def push(self, item: tuple[float, int, int]) -> None:
        self.items.append(item)
        self._rise(len(self.items) - 1, item)

    def _rise(self, hole: int, item: tuple[float, int, int]) -> None:
        while hole > 0 and item[0] < self.items[(hole - 1) // 2][0]:
            self.items[hole] = self.items[(hole - 1) // 2]
            hole = (hole - 1) // 2
        self.items[hole] = item

    def pop(self) -> tuple[float, int, int]:
        top, last = self.items[0], self.items.pop()
        count = len(self.items)
        if count:
            # The hole sinks to the bottom, and the last item rises from there.
            hole = 0
            while 2 * hole + 2 < count:
                child = 2 * hole + 2
                if self.items[child - 1][0] < self.items[child][0]:
                    child -= 1
                self.items[hole] = self.items[child]
                hole = child
            if 2 * hole + 2 == count:
                self.items[hole] = self.items[count - 1]
                hole = count - 1
            self._rise(hole, last)
        return top


def matched(distances: np.ndarray, rows: int, most: int) -> tuple[np.ndarray, np.ndarray]:
    """The columns of rows and the rows of columns, -1 where there is none: always the nearest pair
    of those left, among the first `rows`, up to `most` pairs (all if not above 0)."""
    of_rows, of_columns = (np.full(size, -1, np.int32) for size in distances.shape)
    heap = _Heap()
    for i, line in enumerate(distances[:rows].tolist()):
        for j, distance in enumerate(line):
            heap.push((distance, i, j))
    left = most if most > 0 else distances.size
    while heap.items and left:
        _, i, j = heap.pop()
        if of_rows[i] < 0 and of_columns[j] < 0:
            of_rows[i], of_columns[j] = j, i
            left -= 1
    return of_rows, of_columns
