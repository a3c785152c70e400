"""CRC-32C checksums as TensorFlow's files hold them."""

import google_crc32c

_DELTA = 0xA282EAD8
_MASK = 0xFFFFFFFF


def crc32c(data: bytes, crc: int = 0) -> int:
    """The checksum of `data`, continued from `crc`."""
    return google_crc32c.extend(crc, data)


def masked(crc: int) -> int:
    """A checksum in the form that is stored, as data that hold their own checksum check badly."""
    return (((crc >> 15) | (crc << 17)) + _DELTA) & _MASK
