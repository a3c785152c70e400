"""CRC-32C checksums as TensorFlow's files hold them."""

from collections.abc import Sequence
from itertools import repeat
from typing import overload

import google_crc32c
import numpy as np

_DELTA = 0xA282EAD8
_MASK = 0xFFFFFFFF


def crc32c(data: bytes | np.ndarray, crc: int = 0) -> int:
    """The checksum of bytes, or of an array of them, continued from `crc`."""
    return google_crc32c.extend(crc, data)


def crc32cs(many: Sequence[bytes]) -> np.ndarray:
    """The checksum of each, as uint64."""
    return np.fromiter(map(google_crc32c.extend, repeat(0), many), np.uint64, len(many))


def unmasked(stored: int) -> int:
    """The checksum that is stored as this."""
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
