"""Encodings whose order as bytes is the order of the values."""

import re

_ESCAPES = {b"\0": b"\0\xff", b"\xff": b"\xff\0"}


def number(value: int) -> bytes:
    """A number from 0 on: its length, then its bytes, high ones first."""
    data = value.to_bytes((value.bit_length() + 7) // 8, "big")
    return bytes([len(data)]) + data


def string(value: bytes) -> bytes:
    """Bytes with an end mark."""
    return re.sub(rb"[\0\xff]", lambda m: _ESCAPES[m[0]], value) + b"\0\x01"


def signed_number(value: int) -> bytes:
    """A whole number of 64 bits with a sign."""
    magnitude = ~value if value < 0 else value
    # n bytes have 7 n - 1 bits for the magnitude; the first n bits, turned, say n.
    length = (magnitude.bit_length() + 1 + 6) // 7
    data = bytearray(value.to_bytes(10, "big", signed=True)[-length:])
    marks = (0xFFFF << (16 - length)) & 0xFFFF
    data[0] ^= marks >> 8
    if length > 1:
        data[1] ^= marks & 0xFF
    return bytes(data)
