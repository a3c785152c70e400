"""The 64-bit Mersenne Twister, and how GNU's C++ library shuffles by it (std::shuffle, GCC 7)."""

from collections.abc import Iterator
from typing import Any

_SIZE, _MIDDLE = 312, 156
_LOW = (1 << 31) - 1
_MASK = (1 << 64) - 1
_TWIST = 0xB5026F5AA96619E9
_SPREAD = 6364136223846793005


def mersenne_64(seed: int) -> Iterator[int]:
    """The numbers of std::mt19937_64, of 64 bits each (Matsumoto and Nishimura, 2004)."""
    state = [seed & _MASK]
    for i in range(1, _SIZE):
        last = state[-1]
        state.append((_SPREAD * (last ^ (last >> 62)) + i) & _MASK)
    while True:
        for i in range(_SIZE):
            mixed = (state[i] & ~_LOW) | (state[(i + 1) % _SIZE] & _LOW)
            twisted = (mixed >> 1) ^ (_TWIST if mixed & 1 else 0)
            state[i] = state[(i + _MIDDLE) % _SIZE] ^ twisted
        for x in state:
            x ^= (x >> 29) & 0x5555555555555555
            x ^= (x << 17) & 0x71D67FFFEDA60000
            x ^= (x << 37) & 0xFFF7EEE000000000 & _MASK
            yield x ^ (x >> 43)


def _below(numbers: Iterator[int], bound: int) -> int:
    """A number from 0 to `bound` - 1, each as likely."""
    width = _MASK // bound
    while True:
        found = next(numbers) // width
        if found < bound:
            return found


def shuffle(values: list[Any], numbers: Iterator[int]) -> None:
    """Puts values into another order; one number serves for two of them."""
    i = 1
    if len(values) % 2 == 0 and values:
        _swap(values, 1, _below(numbers, 2))
        i = 2
    while i < len(values):
        first, second = divmod(_below(numbers, (i + 1) * (i + 2)), i + 2)
        _swap(values, i, first)
        _swap(values, i + 1, second)
        i += 2


def _swap(values: list[Any], i: int, j: int) -> None:
    values[i], values[j] = values[j], values[i]
