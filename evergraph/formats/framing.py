"""Records in a file, each with its length and checksums: what TFRecord and event files are."""

import struct
from collections.abc import Iterator
from typing import IO

from evergraph.base.errors import DataLossError
from evergraph.formats.crc import crc32c, masked

_HEADER_BYTES = 12
_FOOTER_BYTES = 4


def framed(record: bytes) -> bytes:
    """A record as it stands in the file: length, checksum of the length, data, their checksum."""
    length = struct.pack("<Q", len(record))
    return b"".join(
        (
            length,
            struct.pack("<I", masked(crc32c(length))),
            record,
            struct.pack("<I", masked(crc32c(record))),
        )
    )


def read_frames(file: IO[bytes]) -> Iterator[bytes]:
    """The records of an open file, one after the other.

    Raises:
      DataLossError: the file ends within a record, or a checksum does not fit; after the records
        before it were given.
    """
    offset = 0
    while header := file.read(_HEADER_BYTES):
        length = int.from_bytes(_checked(header, 8, offset), "little")
        body = file.read(length + _FOOTER_BYTES)
        yield _checked(body, length, offset + _HEADER_BYTES if body else offset)
        offset += _HEADER_BYTES + length + _FOOTER_BYTES


def _checked(data: bytes, length: int, offset: int) -> bytes:
    """The data before a checksum, if they are all there and it fits."""
    if len(data) != length + _FOOTER_BYTES:
        raise DataLossError(None, None, f"truncated record at {offset}")
    record = data[:length]
    if int.from_bytes(data[length:], "little") != masked(crc32c(record)):
        raise DataLossError(None, None, f"corrupted record at {offset}")
    return record
