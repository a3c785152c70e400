"""Snappy decompression, for tables that were written with it."""

from evergraph.base import errors
from evergraph.formats import varint


def decompress(data: bytes) -> bytes:
    """The data that Snappy compressed. Raises DataLossError where they are damaged."""
    size, at = varint.decode(data, 0)
    out = bytearray()
    while at < len(data):
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
            raise errors.DataLossError(None, None, "corrupted compressed block contents")
        for _ in range(length):  # a copy may reach into what it writes
            out.append(out[-offset])
    if len(out) != size:
        raise errors.DataLossError(None, None, "corrupted compressed block contents")
    return bytes(out)
