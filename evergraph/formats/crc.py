"""CRC-32C checksums as TensorFlow's files hold them."""

from collections.abc import Sequence
from itertools import repeat
from typing import overload

import google_crc32c
import numpy as np

_DELTA = 0xA282EAD8
_MASK = 0xFFFFFFFF
_STORED = 4  # bytes


def crc32c(data: bytes | np.ndarray, crc: int = 0) -> int:
    """The checksum of bytes, or of an array of them, continued from `crc`."""
    return google_crc32c.extend(crc, data)


def crc32cs(many: Sequence[bytes]) -> np.ndarray:
    """The checksum of each, as uint64."""
    return np.fromiter(map(google_crc32c.extend, repeat(0), many), np.uint64, len(many))


def after(bits: np.ndarray, length: int) -> np.ndarray:
    """What becomes of checksums, uint32, by as many bytes that follow: the checksum of `a + b` is
    this of `a`'s, xor `b`'s (as zlib's `crc32_combine` has it).

    It is linear in the bits of a checksum, so that a table for each of its bytes does it for many
    at once."""
    zeros = bytes(length)
    nothing = crc32c(zeros)
    tables = np.zeros((4, 256), np.uint32)
    for bit in range(32):
        byte, size = bit // 8, 1 << bit % 8
        tables[byte, size : 2 * size] = tables[byte, :size] ^ (crc32c(zeros, 1 << bit) ^ nothing)
    places = np.ascontiguousarray(bits, "<u4").view(np.uint8).reshape(*bits.shape, 4)
    return np.bitwise_xor.reduce([tables[i].take(places[..., i]) for i in range(4)])


class Together:
    """The checksum of frames one after the other, each of a front, data and the checksum that the
    data should have, in the form that is stored: of many at once from these alone.

    Args:
      front: the bytes before the data, the same in all frames.
      length: of the data.
    """

    MOST = 1024
    """How many frames there may be."""

    def __init__(self, front: bytes, length: int) -> None:
        step = len(front) + length + _STORED
        # What becomes of each bit of a checksum up to the end of the last frame, by frame; these
        # are found from the last on, as many again each time.
        weights = np.uint32(1) << np.arange(32, dtype=np.uint32)[None]
        weights = after(weights, _STORED)
        fixed = np.array([crc32c(bytes(_STORED))], np.uint32)
        fixed ^= after(np.array([crc32c(front)], np.uint32), length + _STORED)
        while len(weights) < self.MOST:
            further = len(weights) * step
            weights = np.concatenate([after(weights, further), weights])
            fixed = np.concatenate([after(fixed, further), fixed])
        self._weights = weights
        self._fixed = np.bitwise_xor.accumulate(fixed[::-1])

    def __call__(self, stored: np.ndarray) -> int:
        """Of frames with these checksums, uint32."""
        # A number's bytes have the checksum of as many zeros, after a checksum of that number.
        crcs = np.ascontiguousarray(stored ^ unmasked(stored), "<u4")
        bits = np.unpackbits(crcs.view(np.uint8), bitorder="little").reshape(-1, 32)
        found = np.bitwise_xor.reduce(self._weights[-len(stored) :] * bits, axis=None)
        return int(found ^ self._fixed[len(stored) - 1])


@overload
def unmasked(stored: int) -> int: ...
@overload
def unmasked(stored: np.ndarray) -> np.ndarray: ...
def unmasked(stored: int | np.ndarray) -> int | np.ndarray:
    """The checksum that is stored as this, or those of an array of uint32."""
    rotated = (stored - _DELTA) & _MASK
    return ((rotated >> 17) | (rotated << 15)) & _MASK


@overload
def masked(crc: int) -> int: ...
@overload
def masked(crc: np.ndarray) -> np.ndarray: ...
def masked(crc: int | np.ndarray) -> int | np.ndarray:
    """A checksum, or an array of them as uint64, in the form that is stored, as data that hold
    their own checksum check badly."""
    return (((crc >> 15) | (crc << 17)) + _DELTA) & _MASK


def masked_crc32c(data: bytes) -> int:
    """The checksum of bytes in the form that is stored."""
    crc = google_crc32c.extend(0, data)
    return (((crc >> 15) | (crc << 17)) + _DELTA) & _MASK
