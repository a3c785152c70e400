"""Samplers of class numbers: the candidates that nce_loss and sampled_softmax_loss compare with."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch

from evergraph.base import errors
from evergraph.kernels.random_draws import unit_values
from evergraph.kernels.random_philox import PhiloxStream

_FULL = {32: 2**32 - 1, 64: 2**64 - 1}
_WORDS_AHEAD = 1024
_INT32_MAX = 2**31 - 1


def _words(stream: PhiloxStream) -> Iterator[np.ndarray]:
    """The words of a stream, piece by piece."""
    while True:
        yield stream.words(_WORDS_AHEAD)
        stream = stream.skip(_WORDS_AHEAD // 4)


def _least(n: int, bits: int) -> int:
    """Words below this are refused, so that the remainders by `n` are evenly distributed."""
    return 0 if n & (n - 1) == 0 else _FULL[bits] % n + 1


class RangeSampler:
    """Draws class numbers in [0, size)."""

    needs_updates = False

    def __init__(self, size: int) -> None:
        self.size = size

    def samples(self, stream: PhiloxStream) -> Iterator[np.ndarray]:
        """The numbers that a stream gives, without end, piece by piece."""
        raise NotImplementedError

    def probability(self, values: np.ndarray) -> np.ndarray:
        """How likely each of these classes is to be drawn: float32."""
        raise NotImplementedError

    def update(self, values: np.ndarray) -> None:
        """Takes note of the true classes."""

    def batch(self, stream: PhiloxStream, count: int, unique: bool) -> tuple[np.ndarray, int]:
        """`count` classes, all different if `unique`, and how many had to be drawn for them."""
        if not unique:
            pieces: list[np.ndarray] = []
            for piece in self.samples(stream):
                pieces.append(piece)
                if sum(map(len, pieces)) >= count:
                    return np.concatenate(pieces)[:count], count
        found: dict[int, None] = {}
        tries = 0
        for piece in self.samples(stream):
            for value in piece.tolist():
                tries += 1
                found[value] = None
                if len(found) == count:
                    return np.array(list(found), np.int64), tries
        raise AssertionError("a stream has no end")


class AllSampler(RangeSampler):
    """Every class once."""

    def batch(self, stream: PhiloxStream, count: int, unique: bool) -> tuple[np.ndarray, int]:
        return np.arange(count, dtype=np.int64), count


class UniformSampler(RangeSampler):
    """All classes alike."""

    def samples(self, stream: PhiloxStream) -> Iterator[np.ndarray]:
        least = np.uint64(_least(self.size, 64))
        for words in _words(stream):
            drawn = words.view("<u8")
            yield (drawn[drawn >= least] % np.uint64(self.size)).astype(np.int64)

    def probability(self, values: np.ndarray) -> np.ndarray:
        return np.full(values.shape, np.float32(1.0 / self.size))


class LogUniformSampler(RangeSampler):
    """Classes sorted by falling frequency, as words in a dictionary: Zipf's law, about."""

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self._log_size = np.log1p(np.float64(size))

    def samples(self, stream: PhiloxStream) -> Iterator[np.ndarray]:
        for words in _words(stream):
            unit = unit_values(words, torch.float64).numpy()
            yield (np.exp(unit * self._log_size).astype(np.int64) - 1) % self.size

    def probability(self, values: np.ndarray) -> np.ndarray:
        values = values.astype(np.float64)
        return (np.log((values + 2) / (values + 1)) / self._log_size).astype(np.float32)


class UnigramSampler(RangeSampler):
    """Classes by how often they were true so far, plus one."""

    needs_updates = True

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self._weights = np.ones(size, np.int64)
        self._edges = np.arange(1, size + 1)

    def samples(self, stream: PhiloxStream) -> Iterator[np.ndarray]:
        total = int(self._edges[-1])
        least = np.uint32(_least(total, 32))
        for words in _words(stream):
            picked = words[words >= least] % np.uint32(total)
            yield np.searchsorted(self._edges, picked, side="right")

    def probability(self, values: np.ndarray) -> np.ndarray:
        return self._weights[values].astype(np.float32) / np.float32(self._edges[-1])

    def update(self, values: np.ndarray) -> None:
        room = _INT32_MAX - int(self._edges[-1])
        np.add.at(self._weights, values[: max(room, 0)], 1)
        self._edges = np.cumsum(self._weights)


class FixedUnigramSampler(RangeSampler):
    """Classes by given weights, each raised to a power: Vose's alias method.

    Args:
        size: the number of classes.
        weights: of the classes that are not reserved, in order.
        distortion: the power.
        reserved: how many classes come first that are never drawn.
        shards, shard: of how many shards this is which; it has each `shards`-th class.

    Raises:
        InvalidArgumentError: there are not `size` weights.
    """

    def __init__(
        self,
        size: int,
        weights: Sequence[float],
        distortion: float,
        reserved: int,
        shards: int,
        shard: int,
    ) -> None:
        super().__init__(size)
        powers = np.power(np.array(weights, np.float32), np.float32(distortion))
        every = np.concatenate([np.zeros(reserved, np.float32), powers])
        self._weights = every[shard::shards]
        if len(self._weights) != size:
            raise errors.InvalidArgumentError(
                None, None, f"range is {size} must be equal to weights size  {len(self._weights)}"
            )
        # One after the other, in float32, as TensorFlow adds them.
        self._total = np.add.accumulate(self._weights)[-1]
        self._make_aliases()

    def _make_aliases(self) -> None:
        n = self.size
        total = float(np.add.accumulate(self._weights.astype(np.float64))[-1])
        share = ((self._weights * np.float32(n)).astype(np.float64) / total).tolist()
        alias = list(range(n))
        low = [i for i in range(n) if share[i] < 1.0]
        high = [i for i in range(n) if not share[i] < 1.0]
        while low and high:
            poor, rich = low.pop(), high.pop()
            alias[poor] = rich
            share[rich] -= 1.0 - share[poor]
            (low if share[rich] < 1.0 else high).append(rich)
        for i in low + high:
            share[i] = 1.0
        self._share, self._alias = np.array(share, np.float32), alias

    def samples(self, stream: PhiloxStream) -> Iterator[np.ndarray]:
        least = _least(self.size, 32)
        words = (word for piece in _words(stream) for word in piece)
        while True:
            chance = np.float32(unit_values(np.array([next(words)]), torch.float32).item())
            word = int(next(words))
            while word < least:
                word = int(next(words))
            place = word % self.size
            chosen = place if chance < self._share[place] else self._alias[place]
            yield np.array([chosen], np.int64)

    def probability(self, values: np.ndarray) -> np.ndarray:
        known = (values >= 0) & (values < self.size)
        return np.where(known, self._weights[np.where(known, values, 0)] / self._total, 0)


def expected_count(sampler: RangeSampler, values: np.ndarray, count: int, tries: int) -> np.ndarray:
    """How often each class is to be expected in a batch of `count` that took `tries` draws."""
    if isinstance(sampler, AllSampler):
        return np.ones(values.shape, np.float32)
    p = sampler.probability(values).astype(np.float32)
    if tries == count:
        return p * np.float32(count)
    return -np.expm1(np.float32(tries) * np.log1p(-p))


def accidental_hits(true_classes: np.ndarray, sampled: np.ndarray) -> tuple[Any, Any, Any]:
    """Where a sampled class is a true one of a row: rows, places in `sampled`, and weights."""
    place = {value: i for i, value in enumerate(sampled.tolist())}
    hits = [
        (row, place[value])
        for row, values in enumerate(true_classes.tolist())
        for value in values
        if value in place
    ]
    rows = np.array([row for row, _ in hits], np.int32)
    places = np.array([place for _, place in hits], np.int64)
    return rows, places, np.full(len(hits), np.finfo(np.float32).min, np.float32)
