"""Philox4x32-10, the counter-based generator behind TensorFlow's seeded random ops.

A stream is a 64-bit key and a 128-bit counter; each counter gives one block of four 32-bit words.
Blocks that follow each other come from the randomgen library, those here and there from NumPy.
"""

import threading
from typing import NamedTuple

import numpy as np
import randomgen

_MULTIPLIERS = (0xD2511F53, 0xCD9E8D57)
_KEY_STEPS = (0x9E3779B9, 0xBB67AE85)
_ROUNDS = 10
_WORD = 0xFFFFFFFF
_HALF = 0xFFFFFFFFFFFFFFFF
_FACTORS = np.array(_MULTIPLIERS, np.uint64)[:, None]
_MASK, _SHIFT = np.array(_WORD, np.uint64), np.array(32, np.uint64)
# Blocks computed at a time, so that a round's arrays stay in the processor's cache.
_CHUNK = 4096
# Up to this many blocks, Python integers beat the fixed cost of a call.
_FEW = 2
# Up to this many blocks, the other way of the generator is the quicker.
_SOME = 256
# What stateless ops encrypt their two seeds with.
_STATELESS_KEY = 0x02461E293EC8F720


def philox_block(key: int, counter: int) -> tuple[int, int, int, int]:
    """The four 32-bit words that `key` gives for `counter`."""
    k0, k1 = key & _WORD, key >> 32 & _WORD
    c0, c1, c2, c3 = (counter >> shift & _WORD for shift in (0, 32, 64, 96))
    for _ in range(_ROUNDS):
        a, b = c0 * _MULTIPLIERS[0], c2 * _MULTIPLIERS[1]
        c0, c1, c2, c3 = b >> 32 ^ c1 ^ k0, b & _WORD, a >> 32 ^ c3 ^ k1, a & _WORD
        k0, k1 = k0 + _KEY_STEPS[0] & _WORD, k1 + _KEY_STEPS[1] & _WORD
    return c0, c1, c2, c3


def _key_schedule(key: int) -> np.ndarray:
    """The key words of every round, uint64 [rounds, 2, 1]."""
    words = [(key >> shift) & _WORD for shift in (0, 32)]
    rounds = [
        [word + i * step & _WORD for word, step in zip(words, _KEY_STEPS, strict=True)]
        for i in range(_ROUNDS)
    ]
    return np.array(rounds, np.uint64)[:, :, None]


def _encrypt(keys: np.ndarray, low: np.ndarray, high: np.ndarray | int, out: np.ndarray) -> None:
    """Fill `out` [n, 4] with the blocks of the counters `low` + 2**64 * `high`."""
    n = len(low)
    # Words 0 and 2, and words 1 and 3, are kept together: half the number of NumPy calls.
    even, odd, mixed = (np.empty((2, n), np.uint64) for _ in range(3))
    high = np.asarray(high, np.uint64)
    np.bitwise_and(low, _MASK, out=even[0])
    np.right_shift(low, _SHIFT, out=odd[0])
    even[1] = high & _MASK
    odd[1] = high >> _SHIFT
    swapped = even[::-1]
    for round_keys in keys:
        np.multiply(even, _FACTORS, out=even)
        np.right_shift(swapped, _SHIFT, out=mixed)
        np.bitwise_xor(mixed, odd, out=mixed)
        np.bitwise_and(swapped, _MASK, out=odd)
        np.bitwise_xor(mixed, round_keys, out=even)
    out[:, 0::2] = even.T
    out[:, 1::2] = odd.T


class _Generator(threading.local):
    """A thread's own generator."""

    def __init__(self) -> None:
        self._bits = randomgen.Philox(key=0, counter=0, number=4, width=32)
        self._draws = np.random.Generator(self._bits)
        self._state = self._bits.state

    def blocks(self, key: int, counter: int, count: int) -> np.ndarray:
        """The blocks of so many counters that follow each other: uint32 [count, 4]."""
        before = counter - 1 & (_HALF << 64 | _HALF)  # the counter is raised before each block
        state = self._state["state"]
        state["key"][:] = key & _WORD, key >> 32
        state["counter"][:] = [before >> shift & _WORD for shift in (0, 32, 64, 96)]
        self._bits.state = self._state
        if count < _SOME:
            return self._bits.random_raw(4 * count).astype(np.uint32).reshape(count, 4)  # type: ignore[no-any-return]
        return self._draws.integers(0, 1 << 32, (count, 4), np.uint32)  # others may run meanwhile


_generator = _Generator()


class PhiloxStream(NamedTuple):
    """Where in which stream to draw; immutable."""

    key: int
    counter: int
    keys: np.ndarray

    @classmethod
    def start(cls, key: int, counter: int) -> "PhiloxStream":
        """The stream of a key, from this counter on."""
        return cls(key, counter, _key_schedule(key))

    def skip(self, blocks: int) -> "PhiloxStream":
        """The stream `blocks` blocks further on."""
        counter = self.counter + blocks & (_HALF << 64 | _HALF)
        return PhiloxStream(self.key, counter, self.keys)

    def blocks(self, count: int) -> np.ndarray:
        """The next `count` blocks: uint32 [count, 4]."""
        if count <= _FEW:
            rows = [philox_block(self.key, self.counter + i) for i in range(count)]
            return np.array(rows, np.uint32).reshape(count, 4)
        return _generator.blocks(self.key, self.counter, count)

    def blocks_at(self, offsets: np.ndarray) -> np.ndarray:
        """The blocks at these non-negative distances from here: uint32 [len(offsets), 4]."""
        out = np.empty((len(offsets), 4), np.uint32)
        base, high = self.counter & _HALF, self.counter >> 64
        for start in range(0, len(offsets), _CHUNK):
            low = offsets[start : start + _CHUNK].astype(np.uint64)
            low += np.uint64(base)
            wrapped = low < np.uint64(base)
            above = high
            if wrapped.any():
                above = np.where(wrapped, np.uint64(high + 1 & _HALF), np.uint64(high))
            _encrypt(self.keys, low, above, out[start : start + _CHUNK])
        return out

    def words(self, count: int) -> np.ndarray:
        """The next `count` 32-bit words, uint32 [count]."""
        return self.blocks((count + 3) // 4).reshape(-1)[:count]


def stateless_stream(seed: tuple[int, int]) -> PhiloxStream:
    """The stream of a stateless op whose seed input is `seed`, two signed 64-bit numbers."""
    counter = (seed[1] & _HALF) << 64 | seed[0] & _HALF
    a, b, c, d = philox_block(_STATELESS_KEY, counter)
    return PhiloxStream.start(b << 32 | a, (d << 32 | c) << 64)


class PhiloxState:
    """The generator that a seeded node keeps in a session; each execution reserves its part.

    Args:
      seed: the node's attr `seed`, the key.
      seed2: the node's attr `seed2`, the upper half of the counter.
    """

    def __init__(self, seed: int, seed2: int) -> None:
        self._stream = PhiloxStream.start(seed & _HALF, (seed2 & _HALF) << 64)
        self._lock = threading.Lock()

    def reserve(self, blocks: int) -> PhiloxStream:
        """The stream from here on; the next call gets the one `blocks` blocks later."""
        with self._lock:
            stream = self._stream
            self._stream = stream.skip(blocks)
        return stream

    def reserve_outputs(self, count: int) -> PhiloxStream:
        """A stream for `count` output values: 256 blocks each, whatever they really take."""
        return self.reserve(256 * count)

    def reserve_words(self, count: int) -> PhiloxStream:
        """A stream for `count` 32-bit words."""
        return self.reserve((count + 3) // 4)
