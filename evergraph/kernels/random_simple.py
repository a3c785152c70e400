"""Random numbers of a seed, one after the other: TensorFlow's SimplePhilox."""

import secrets
from collections.abc import Iterator

import numpy as np

from evergraph.kernels.random_philox import PhiloxStream

_WORDS_AHEAD = 256
_FULL = {32: 2**32 - 1, 64: 2**64 - 1}


class SimpleDraws:
    """Numbers of a seed; None stands for one that nobody knows."""

    def __init__(self, seed: int | None) -> None:
        key = secrets.randbits(64) if seed is None else seed & _FULL[64]
        self._words = self._endless(PhiloxStream.start(key, 0))

    @staticmethod
    def _endless(stream: PhiloxStream) -> Iterator[int]:
        while True:
            yield from stream.words(_WORDS_AHEAD).tolist()
            stream = stream.skip(_WORDS_AHEAD // 4)

    def unit(self) -> np.float32:
        """A float32 in [0, 1)."""
        return np.float32((next(self._words) & 0x7FFFFF) * 2.0**-23)

    def below(self, n: int, bits: int = 64) -> int:
        """A number in [0, n), of one word (32 bits) or two."""
        least = 0 if n & (n - 1) == 0 else _FULL[bits] % n + 1
        while True:
            drawn = next(self._words)
            if bits == 64:
                drawn |= next(self._words) << 32
            if drawn >= least:
                return drawn % n
