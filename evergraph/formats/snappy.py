"""Snappy decompression, for tables that were written with it."""

from evergraph.base import varint


def decompress(data: bytes) -> bytes:
    """The data that Snappy compressed. Raises ValueError or IndexError where they are damaged."""
    size, at = varint.decode(data, 0)
    out = bytearray()
    while at < len(data) and len(out) <= size:
        tag = data[at]
        at += 1
        kind = tag & 3
        if kind == 0:  # bytes as they are
            length = tag >> 2
            if length >= 60:
                width = length - 59
                length = int.from_bytes(data[at : at + width], "little")
                at += width
            length += 1
            out += data[at : at + length]
            at += length
            continue
        if kind == 1:
            length = (tag >> 2 & 7) + 4
            offset = tag >> 5 << 8 | data[at]
            at += 1
        else:
            width = 2 if kind == 2 else 4
            length = (tag >> 2) + 1
            offset = int.from_bytes(data[at : at + width], "little")
            at += width
        if not 0 < offset <= len(out):
            raise ValueError("a copy from before the beginning")
        # A copy may reach into what it writes: then what is there repeats.
        seen = out[len(out) - offset :][:length]
        out += (seen * (length // len(seen) + 1))[:length]
    if len(out) != size:
        raise ValueError("another size than was said")
    return bytes(out)
