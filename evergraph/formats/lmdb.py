"""LMDB files, read in the order of their keys.

A file is a B+ tree of pages. Page 0 and page 1 tell of the last two transactions; the newer one's
root leads to branches, whose nodes have the numbers of other pages, and to leaves, whose nodes are
keys with values. A value that is too long for a leaf has pages of its own. Files of 64-bit
little-endian machines are read, and of a database with several values a key none.
"""

import os
import struct
from collections.abc import Iterator
from typing import IO

from evergraph.base import errors

_MAGIC = 0xBEEFC0DE
_NO_PAGE = 2**64 - 1
_PAGE = struct.Struct("<QHHHH")  # number, -, flags, end of the pointers, begin of the nodes
_META = struct.Struct("<II16x")  # magic, version, address and size of the map
_TREE = struct.Struct("<IHHQQQQQ")  # page size, flags, depth, three counts, entries, root
_LAST = struct.Struct("<QQ")  # last page, transaction
_NODE = struct.Struct("<HHHH")  # size (low, high), flags, size of the key
_BRANCH, _LEAF, _OVERFLOW = 1, 2, 4  # kinds of pages
_ON_PAGES, _DUPLICATES = 1, 4  # kinds of values
_DEEPEST = 32
_LEAST_PAGE, _LARGEST_PAGE = 256, 65536


def data_file(path: str) -> str:
    """The file of a database, which may be named by its folder."""
    return os.path.join(path, "data.mdb") if os.path.isdir(path) else path


def entries(file: IO[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """Keys and values of an open file.

    Raises:
      DataLossError: this is no such file, or it is damaged.
      UnimplementedError: a key has several values.
    """
    tree = _Tree(file)
    if tree.root != _NO_PAGE:
        yield from tree.walk(tree.root, 0)


class _Tree:
    """The newest state of a file."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        first = _PAGE.size + _META.size
        size = _TREE.size * 2 + _LAST.size
        self._page_size = 0
        begin = self._read(0, first + size)
        self._page_size = _TREE.unpack_from(begin, first)[0]
        if not _LEAST_PAGE <= self._page_size <= _LARGEST_PAGE:
            raise _lost(f"a page of {self._page_size} bytes")
        newest = -1
        for start in (0, self._page_size):
            meta = self._read(start, first + size)
            if _META.unpack_from(meta, _PAGE.size)[0] != _MAGIC:
                raise _lost("no LMDB file")
            transaction = _LAST.unpack_from(meta, first + 2 * _TREE.size)[1]
            if transaction > newest:
                newest = transaction
                self.root = _TREE.unpack_from(meta, first + _TREE.size)[-1]

    def walk(self, number: int, depth: int) -> Iterator[tuple[bytes, bytes]]:
        """The entries below a page."""
        if depth > _DEEPEST:
            raise _lost("pages in a circle")
        page = self._read(number * self._page_size, self._page_size)
        _, _, flags, end, _ = _PAGE.unpack_from(page)
        count = (end - _PAGE.size) // 2
        if end > len(page) or not flags & (_BRANCH | _LEAF):
            raise _lost(f"page {number} is neither branch nor leaf")
        for start in struct.unpack_from(f"<{max(count, 0)}H", page, _PAGE.size):
            if start + _NODE.size > len(page):
                raise _lost(f"a node outside of page {number}")
            low, high, kind, key_size = _NODE.unpack_from(page, start)
            if flags & _BRANCH:
                yield from self.walk(low | high << 16 | kind << 32, depth + 1)
            else:
                begin = start + _NODE.size + key_size
                key = page[start + _NODE.size : begin]
                yield key, self._value(page, begin, low | high << 16, kind)

    def _value(self, page: bytes, begin: int, size: int, kind: int) -> bytes:
        if kind & _DUPLICATES:
            raise errors.UnimplementedError(None, None, "LMDB keys with several values")
        if not kind & _ON_PAGES:
            if begin + size > len(page):
                raise _lost("a value outside of its page")
            return page[begin : begin + size]
        if begin + 8 > len(page):
            raise _lost("a value outside of its page")
        start = int.from_bytes(page[begin : begin + 8], "little") * self._page_size
        if not _PAGE.unpack(self._read(start, _PAGE.size))[2] & _OVERFLOW:
            raise _lost("a value that has no pages")
        return self._read(start + _PAGE.size, size)

    def _read(self, start: int, size: int) -> bytes:
        try:
            self._file.seek(start)
        except (OverflowError, OSError, ValueError):
            raise _lost(f"no byte {start}") from None
        found = self._file.read(size)
        if len(found) < size:
            raise _lost("cut off")
        return found


def _lost(what: str) -> errors.DataLossError:
    return errors.DataLossError(None, None, f"LMDB file: {what}")
