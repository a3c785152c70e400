"""First centers of clusters: k-means++ and chains of k-MC2."""

import math
from collections.abc import Iterator

import numpy as np

from evergraph.kernels.random_philox import PhiloxStream

_WORDS_AHEAD = 256
_FULL = 2**64 - 1


class _Draws:
    """Random numbers of a seed, one after the other."""

    def __init__(self, seed: int) -> None:
        self._words = self._endless(PhiloxStream.start(seed & _FULL, 0))

    @staticmethod
    def _endless(stream: PhiloxStream) -> Iterator[np.uint32]:
        while True:
            yield from stream.words(_WORDS_AHEAD)
            stream = stream.skip(_WORDS_AHEAD // 4)

    def unit(self) -> np.float32:
        """A float32 in [0, 1)."""
        return np.float32((int(next(self._words)) & 0x7FFFFF) * 2.0**-23)

    def below(self, n: int) -> int:
        """A number in [0, n)."""
        least = 0 if n & (n - 1) == 0 else _FULL % n + 1
        while True:
            low, high = int(next(self._words)), int(next(self._words))
            drawn = high << 32 | low
            if drawn >= least:
                return drawn % n


def spread_points(points: np.ndarray, count: int, seed: int, retries: int) -> np.ndarray:
    """`count` of the points: each drawn as likely as it is far (squared) from those drawn before.

    Of 1 + `retries` draws the best is taken; a negative number stands for 2 + log(`count`).
    """
    if retries < 0:
        retries = 2 + int(math.log(count))
    draws, halves = _Draws(seed), np.float32(0.5) * (points * points).sum(1)
    last = len(points) - 1
    nearest = np.full(len(points), np.inf, np.float32)
    chosen: list[int] = []
    taken: set[int] = set()
    for _ in range(count):
        sums = np.cumsum(nearest, dtype=np.float32) if chosen else nearest
        best, least, found = None, np.inf, 0
        for _ in range(1 + retries):
            drawn = _draw(draws, sums, taken, len(points))
            at = min(drawn, last)
            distances = (halves - points @ points[at]) + halves[at]
            closer = np.minimum(nearest, distances)
            total = closer.sum()
            # Without retries there is nothing to choose from.
            if not retries or total < least:
                best, least, found = closer, total, at
        nearest = nearest if best is None else best
        chosen.append(found)
        taken.add(found)
    return points[chosen]


def _draw(draws: _Draws, sums: np.ndarray, taken: set[int], count: int) -> int:
    """A point that was not taken, by the sums of how likely each is."""
    if not taken:
        return draws.below(count)
    while True:
        drawn = int(np.searchsorted(sums, draws.unit() * sums[-1], side="right"))
        if drawn not in taken:
            return drawn


def end_of_chain(distances: np.ndarray, seed: int) -> int:
    """Which point a chain ends at that goes on to the next as likely as that is farther."""
    draws = _Draws(seed)
    at = 0
    for i in range(1, len(distances)):
        if distances[i] > draws.unit() * distances[at]:
            at = i
    return at
