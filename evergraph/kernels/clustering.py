"""First centers of clusters: k-means++ and chains of k-MC2."""

import math

import numpy as np

from evergraph.kernels.random_simple import SimpleDraws


def spread_points(points: np.ndarray, count: int, seed: int, retries: int) -> np.ndarray:
    """`count` of the points: each drawn as likely as it is far (squared) from those drawn before.

    Of 1 + `retries` draws the best is taken; a negative number stands for 2 + log(`count`).
    """
    if retries < 0:
        retries = 2 + int(math.log(count))
    draws, halves = SimpleDraws(seed), np.float32(0.5) * (points * points).sum(1)
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


def _draw(draws: SimpleDraws, sums: np.ndarray, taken: set[int], count: int) -> int:
    """A point that was not taken, by the sums of how likely each is."""
    if not taken:
        return draws.below(count)
    while True:
        drawn = int(np.searchsorted(sums, draws.unit() * sums[-1], side="right"))
        if drawn not in taken:
            return drawn


def end_of_chain(distances: np.ndarray, seed: int) -> int:
    """Which point a chain ends at that goes on to the next as likely as that is farther."""
    draws = SimpleDraws(seed)
    at = 0
    for i in range(1, len(distances)):
        if distances[i] > draws.unit() * distances[at]:
            at = i
    return at
