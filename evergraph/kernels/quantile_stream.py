"""Quantiles of weighted numbers that come in a stream, within an error of `epsilon` of all weight.

Numbers gather in blocks; a full block becomes a summary, and summaries of one level, merged and
thinned out, one of the next. All ranks are float32, as TensorFlow keeps them.
"""

import math
from typing import NamedTuple

import numpy as np

from evergraph.kernels.host import invalid


class Summary(NamedTuple):
    """Sorted values, the weight of each, and the least and the largest rank that it may have."""

    values: np.ndarray
    weights: np.ndarray
    low: np.ndarray
    high: np.ndarray

    @property
    def before(self) -> np.ndarray:
        """The largest rank that may end before each value."""
        return self.high - self.weights

    @property
    def after(self) -> np.ndarray:
        """The least rank at which the next value may begin."""
        return self.low + self.weights


def summary_of(table: np.ndarray) -> Summary:
    """The summary that a table [values, 4] holds."""
    return Summary(*(np.ascontiguousarray(column) for column in table.T))


EMPTY = summary_of(np.zeros((0, 4), np.float32))


def exact(values: np.ndarray, weights: np.ndarray) -> Summary:
    """The summary of a block of numbers."""
    if not len(values):
        return EMPTY
    order = np.argsort(values, kind="stable")
    found, inverse = np.unique(values[order], return_inverse=True)
    weight = np.zeros(len(found), np.float32)
    np.add.at(weight, inverse, weights[order])
    high = np.cumsum(weight, dtype=np.float32)
    return Summary(found, weight, np.concatenate([np.zeros(1, np.float32), high[:-1]]), high)


def merged(a: Summary, b: Summary) -> Summary:
    """One summary of both, no less exact than the worse of them."""
    if not len(a.values) or not len(b.values):
        return a if len(a.values) else b
    values = np.unique(np.concatenate([a.values, b.values]))
    weight, low, high = (np.zeros(len(values), np.float32) for _ in range(3))
    for own, other in ((a, b), (b, a)):
        at = np.searchsorted(values, own.values)
        weight[at] += own.weights
        low[at] += own.low
        high[at] += own.high
        # Values that the other does not have lie between two of its own.
        apart = ~np.isin(own.values, other.values)
        place = np.searchsorted(other.values, own.values[apart])
        follows = np.concatenate([np.zeros(1, np.float32), other.after])
        precedes = np.concatenate([other.before, other.high[-1:]])
        low[at[apart]] += follows[place]
        high[at[apart]] += precedes[place]
    return Summary(values, weight, low, high)


def compressed(summary: Summary, size: int, epsilon: float = 0.0) -> Summary:
    """A summary of about `size` values, less exact by max(1 / `size`, `epsilon`)."""
    size, count = max(size, 2), len(summary.values)
    if count <= size:
        return summary
    slack = float(summary.high[-1]) * max(1.0 / size, epsilon)
    before, after = summary.before.tolist(), summary.after.tolist()
    kept, read, turn = [0], 0, 0
    while read + 1 != count:
        follower = read + 1
        while follower != count and turn < count:
            gap = before[follower] - after[read]
            if abs(gap - slack) <= 1e-6 * slack:
                gap = float(np.float32(gap))
            if gap > slack:
                break
            turn += size
            follower += 1
        read = max(follower - 1, read + 1)
        kept.append(read)
        turn -= count
    return Summary(*(column[kept] for column in summary))


def error_of(summary: Summary) -> float:
    """How far off a rank may be, as a part of all weight."""
    if not len(summary.values):
        return 0.0
    inside = (summary.high - summary.low - summary.weights)[1:]
    between = summary.before[1:] - summary.after[:-1]
    return float(max(0, *inside, *between)) / float(summary.high[-1])


def boundaries(summary: Summary, count: int) -> np.ndarray:
    """About `count` values that part the weight evenly."""
    epsilon = float(np.float32(error_of(summary) + 1.0 / count))
    found = compressed(summary, count, epsilon).values
    return found[np.concatenate([[True], found[1:] != found[:-1]])] if len(found) else found


def quantiles(summary: Summary, count: int) -> np.ndarray:
    """Exactly `count` values: of the ranks 0, 1 / (`count` - 1), ..., 1."""
    values = summary.values
    if not len(values):
        return values
    steps = max(count - 1, 2)
    middle, total = summary.low + summary.high, summary.high[-1]
    found, at = [], 0
    for rank in range(steps + 1):
        doubled = 2 * (np.float32(rank) * total / np.float32(steps))
        following = at + 1
        while following < len(values) and doubled >= middle[following]:
            following += 1
        at = following - 1
        last = following == len(values)
        near = last or doubled < summary.after[at] + summary.before[following]
        found.append(values[at if near else following])
    return np.array(found, np.float32)


def sizes(epsilon: float, max_elements: int) -> int:
    """How many values a block has, so that the levels hold `max_elements`."""
    if not 0 <= epsilon < 1 or max_elements <= 0:
        raise invalid(f"No quantiles of {max_elements} elements with an error of {epsilon}.")
    if epsilon <= np.finfo(np.float64).eps:
        return max(max_elements, 2)
    level, block = 1, 2
    while (1 << level) * block < max_elements:
        block = math.ceil(level / epsilon) + 1
        level += 1
    return max(block, 2)


class QuantileStream:
    """Takes blocks and summaries, and gives one summary of all."""

    def __init__(self, epsilon: float, max_elements: int) -> None:
        self._epsilon = epsilon
        self._block = sizes(epsilon, max_elements)
        self._buffer = min(2 * self._block, max_elements)
        self._levels: list[Summary] = []

    def push(self, values: np.ndarray, weights: np.ndarray) -> None:
        """Takes numbers; those without weight do not count."""
        counts = weights > 0
        values, weights = values[counts], weights[counts]
        for at in range(0, len(values), self._buffer):
            end = at + self._buffer
            self.push_summary(exact(values[at:end], weights[at:end]))

    def push_summary(self, summary: Summary) -> None:
        """Takes what others have seen."""
        summary = compressed(summary, self._block, self._epsilon)
        if not len(summary.values):
            return
        level = 0
        while True:
            if level == len(self._levels):
                self._levels.append(EMPTY)
            present = self._levels[level]
            summary = merged(summary, present)
            if not len(present.values) or len(summary.values) <= self._block + 1:
                self._levels[level] = summary
                return
            summary = compressed(summary, self._block, self._epsilon)
            self._levels[level] = EMPTY
            level += 1

    def total(self) -> Summary:
        """The summary of all that came."""
        found = EMPTY
        for summary in self._levels:
            found = merged(found, summary)
        return found


class QuantileStreams:
    """A stream for each of several features, and the boundaries that were found last."""

    interface = "N10tensorflow34BoostedTreesQuantileStreamResourceE"

    def __init__(self, epsilon: float, max_elements: int, count: int) -> None:
        self._settings = epsilon, max_elements
        self.streams = [QuantileStream(*self._settings) for _ in range(count)]
        self.boundaries = [np.zeros(0, np.float32) for _ in range(count)]

    def take(self) -> list[Summary]:
        """The summaries of all features, whose streams begin again."""
        found = [stream.total() for stream in self.streams]
        self.streams = [QuantileStream(*self._settings) for _ in found]
        return found
