"""Sorted tables of byte strings: the files of LevelDB that TensorFlow's checkpoints are made of.

A file holds blocks of entries with shared key prefixes, a block that indexes them, and a footer.
"""

import struct
from collections.abc import Iterable, Iterator
from typing import IO

import numpy as np

from evergraph.base import errors, varint
from evergraph.base.platform.filesystem import filesystem_of, translate_errors
from evergraph.formats.crc import crc32c, masked
from evergraph.formats.snappy import decompress

_MAGIC = 0xDB4775248B80FB57
_FOOTER_SIZE = 48
_TRAILER_SIZE = 5  # compression type, checksum
_BLOCK_SIZE = 262144
_RESTART_INTERVAL = 16
_PLAIN, _SNAPPY = 0, 1


class _BlockBuilder:
    """Entries of ascending keys, each without what it shares with the one before."""

    def __init__(self, restart_interval: int) -> None:
        self._interval = restart_interval
        self.reset()

    def reset(self) -> None:
        self._data = bytearray()
        self._restarts = [0]
        self._count = 0
        self._last = b""

    def add(self, key: bytes, value: bytes) -> None:
        shared = 0
        if self._count < self._interval:
            shared = _shared(self._last, key)
        else:
            self._restarts.append(len(self._data))
            self._count = 0
        for number in (shared, len(key) - shared, len(value)):
            self._data += varint.encode(number)
        self._data += key[shared:]
        self._data += value
        self._last = key
        self._count += 1

    def size(self) -> int:
        return len(self._data) + 4 * len(self._restarts) + 4

    def is_empty(self) -> bool:
        return not self._data

    def finish(self) -> bytearray:
        numbers = [*self._restarts, len(self._restarts)]
        self._data += struct.pack(f"<{len(numbers)}I", *numbers)
        return self._data


def write_table(file: IO[bytes], entries: Iterable[tuple[bytes, bytes]]) -> None:
    """Writes a table of `entries`, whose keys ascend, without compression."""
    index = _BlockBuilder(1)
    block = _BlockBuilder(_RESTART_INTERVAL)
    last = b""
    offset = 0
    pending: bytes | None = None  # the handle of a finished block, until the next key is known

    def write(finished: _BlockBuilder) -> bytes:
        """Writes a block with its trailer; returns its handle."""
        nonlocal offset
        data = finished.finish()
        handle = varint.encode(offset) + varint.encode(len(data))
        data.append(_PLAIN)
        data += struct.pack("<I", masked(crc32c(np.frombuffer(data, np.uint8))))
        file.write(data)
        offset += len(data)
        finished.reset()
        return handle

    for key, value in entries:
        if pending is not None:
            index.add(_separator(last, key), pending)
            pending = None
        block.add(key, value)
        last = key
        if block.size() >= _BLOCK_SIZE:
            pending = write(block)
    if not block.is_empty():
        pending = write(block)
    metaindex = write(_BlockBuilder(_RESTART_INTERVAL))
    if pending is not None:
        index.add(_successor(last), pending)
    footer = metaindex + write(index)
    file.write(footer.ljust(_FOOTER_SIZE - 8, b"\0") + struct.pack("<Q", _MAGIC))


def _shared(a: bytes, b: bytes) -> int:
    """The number of bytes in which two keys begin alike."""
    limit = min(len(a), len(b))
    count = 0
    while count < limit and a[count] == b[count]:
        count += 1
    return count


def _separator(start: bytes, limit: bytes) -> bytes:
    """A short key from `start` on and below `limit`."""
    shared = _shared(start, limit)
    if shared < min(len(start), len(limit)):
        byte = start[shared]
        if byte < 0xFF and byte + 1 < limit[shared]:
            return start[:shared] + bytes([byte + 1])
    return start


def _successor(key: bytes) -> bytes:
    """A short key from `key` on."""
    for i, byte in enumerate(key):
        if byte != 0xFF:
            return key[:i] + bytes([byte + 1])
    return key


class Table:
    """A table file, read block by block.

    Raises DataLossError where it is not one or is damaged, NotFoundError where there is none.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        filesystem = filesystem_of(path)
        with translate_errors(path):
            self._size = filesystem.stat(path).length
            self._file = filesystem.open(path, "rb")
        try:
            footer = self._footer()
            self._index = list(self._block(*self._handle(footer, self._handle(footer, 0)[2])[:2]))
        except BaseException:
            self.close()
            raise

    @property
    def size(self) -> int:
        """The file's bytes."""
        return self._size

    def close(self) -> None:
        """Closes the file."""
        self._file.close()

    def __iter__(self) -> Iterator[tuple[bytes, bytes]]:
        """All entries in the order of keys."""
        for _, handle in self._index:
            yield from self._block(*self._handle(handle, 0)[:2])

    def get(self, key: bytes) -> bytes | None:
        """The value of a key, or None."""
        for last, handle in self._index:
            if key <= last:
                block = self._block(*self._handle(handle, 0)[:2])
                return next((value for k, value in block if k == key), None)
        return None

    def _lost(self, reason: str) -> errors.DataLossError:
        return errors.DataLossError(None, None, f"{reason}\n  in the file {self._path}")

    def _read(self, offset: int, size: int) -> bytes:
        if offset + size > self._size:
            raise self._lost("truncated block read")
        self._file.seek(offset)
        data = self._file.read(size)
        if len(data) < size:
            raise self._lost("truncated block read")
        return data

    def _footer(self) -> bytes:
        if self._size < _FOOTER_SIZE:
            raise self._lost("file is too short to be an sstable")
        footer = self._read(self._size - _FOOTER_SIZE, _FOOTER_SIZE)
        if struct.unpack("<Q", footer[-8:])[0] != _MAGIC:
            raise self._lost("not an sstable (bad magic number)")
        return footer

    def _handle(self, data: bytes, at: int) -> tuple[int, int, int]:
        """Offset and size of a block, and the position after them."""
        try:
            offset, at = varint.decode(data, at)
            size, at = varint.decode(data, at)
        except IndexError:
            raise self._lost("bad block handle") from None
        return offset, size, at

    def _block(self, offset: int, size: int) -> Iterator[tuple[bytes, bytes]]:
        data = self._content(offset, size)
        try:
            yield from _entries(data)
        except (IndexError, struct.error):
            raise self._lost("bad entry in block") from None

    def _content(self, offset: int, size: int) -> bytes:
        block = self._read(offset, size + _TRAILER_SIZE)
        if masked(crc32c(block[:-4])) != struct.unpack("<I", block[-4:])[0]:
            raise self._lost("block checksum mismatch")
        kind = block[size]
        if kind == _SNAPPY:
            try:
                return decompress(block[:size])
            except (ValueError, IndexError):
                raise self._lost("corrupted compressed block contents") from None
        if kind != _PLAIN:
            raise self._lost("bad block type")
        return block[:size]


def _entries(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Keys and values of a block. Raises IndexError where it is damaged."""
    (restarts,) = struct.unpack("<I", data[-4:])
    limit = len(data) - 4 - 4 * restarts
    if limit < 0:
        raise IndexError("more restarts than bytes")
    at, key = 0, b""
    while at < limit:
        shared, at = varint.decode(data, at)
        rest, at = varint.decode(data, at)
        length, at = varint.decode(data, at)
        end = at + rest + length
        if shared > len(key) or end > limit:
            raise IndexError("an entry that is longer than its block")
        key = key[:shared] + data[at : at + rest]
        yield key, data[end - length : end]
        at = end
