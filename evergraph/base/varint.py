"""Whole numbers of variable length, seven bits a byte."""


def encode(value: int) -> bytes:
    """A number from 0 on, its low bits first."""
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def decode(data: bytes, at: int) -> tuple[int, int]:
    """The number at a position, and the position after it.

    Raises IndexError at the end of data, and where the number has more than 64 bits.
    """
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            break
        shift += 7
        if shift > 63:
            raise IndexError("number is too long")
    if value >> 64:
        raise IndexError("number is too large")
    return value, at
