"""Sorted tables of byte strings: the files of LevelDB that TensorFlow's checkpoints are made of.

A file holds blocks of entries with shared key prefixes, a block that indexes them, and a footer.
"""

import struct
from collections.abc import Iterable, Iterator

from evergraph.base import errors
from evergraph.formats import varint
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
            limit = min(len(self._last), len(key))
            while shared < limit and self._last[shared] == key[shared]:
                shared += 1
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

    def finish(self) -> bytes:
        numbers = [*self._restarts, len(self._restarts)]
        return bytes(self._data) + struct.pack(f"<{len(numbers)}I", *numbers)


def write_table(entries: Iterable[tuple[bytes, bytes]]) -> bytes:
    """A table file of `entries`, whose keys ascend, without compression."""
    out = bytearray()
    index = _BlockBuilder(1)
    block = _BlockBuilder(_RESTART_INTERVAL)
    last = b""
    pending: bytes | None = None  # the handle of a finished block, until the next key is known

    for key, value in entries:
        if pending is not None:
            index.add(_separator(last, key), pending)
            pending = None
        block.add(key, value)
        last = key
        if block.size() >= _BLOCK_SIZE:
            pending = _append_block(out, block)
    if not block.is_empty():
        pending = _append_block(out, block)
    metaindex = _append_block(out, _BlockBuilder(_RESTART_INTERVAL))
    if pending is not None:
        index.add(_successor(last), pending)
    footer = metaindex + _append_block(out, index)
    out += footer.ljust(_FOOTER_SIZE - 8, b"\0") + struct.pack("<Q", _MAGIC)
    return bytes(out)


def _append_block(out: bytearray, block: _BlockBuilder) -> bytes:
    """Appends a block with its trailer; returns its handle."""
    data = block.finish()
    handle = varint.encode(len(out)) + varint.encode(len(data))
    kind = bytes([_PLAIN])
    out += data + kind + struct.pack("<I", masked(crc32c(data + kind)))
    block.reset()
    return handle


def _separator(start: bytes, limit: bytes) -> bytes:
    """A short key from `start` on and below `limit`."""
    shared = 0
    while shared < min(len(start), len(limit)) and start[shared] == limit[shared]:
        shared += 1
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
    """A table file that is read. Raises DataLossError where it is not one, or is damaged."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        if len(data) < _FOOTER_SIZE:
            raise errors.DataLossError(None, None, "file is too short to be an sstable")
        footer = data[-_FOOTER_SIZE:]
        if struct.unpack("<Q", footer[-8:])[0] != _MAGIC:
            raise errors.DataLossError(None, None, "not an sstable (bad magic number)")
        at = 0
        for _ in range(2):  # the metaindex, which is empty
            _, at = varint.decode(footer, at)
        offset, at = varint.decode(footer, at)
        size, at = varint.decode(footer, at)
        self._index = (offset, size)

    def __iter__(self) -> Iterator[tuple[bytes, bytes]]:
        """All entries in the order of keys."""
        for _, handle in self._block(*self._index):
            offset, at = varint.decode(handle, 0)
            size, _ = varint.decode(handle, at)
            yield from self._block(offset, size)

    def _block(self, offset: int, size: int) -> Iterator[tuple[bytes, bytes]]:
        end = offset + size
        trailer = self._data[end : end + _TRAILER_SIZE]
        if len(trailer) < _TRAILER_SIZE:
            raise errors.DataLossError(None, None, "truncated block read")
        data = self._data[offset:end]
        if masked(crc32c(data + trailer[:1])) != struct.unpack("<I", trailer[1:])[0]:
            raise errors.DataLossError(None, None, "block checksum mismatch")
        if trailer[0] == _SNAPPY:
            data = decompress(data)
        (restarts,) = struct.unpack("<I", data[-4:])
        limit = len(data) - 4 - 4 * restarts
        at, key = 0, b""
        while at < limit:
            shared, at = varint.decode(data, at)
            rest, at = varint.decode(data, at)
            length, at = varint.decode(data, at)
            key = key[:shared] + data[at : at + rest]
            at += rest
            yield key, data[at : at + length]
            at += length
