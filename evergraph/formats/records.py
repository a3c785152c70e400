"""TFRecord files: records of bytes with checksums, plain or compressed.

A record is its length (8 bytes), the length's checksum (4), the data, the data's checksum (4).
"""

import functools
import struct
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO, overload

import numpy as np

from evergraph.base import errors
from evergraph.base.platform.filesystem import filesystem_of, translate_errors
from evergraph.formats.crc import Together, crc32c, crc32cs, masked, masked_crc32c

_HEADER = struct.Struct("<QI")
_FOOTER = struct.Struct("<I")
_LENGTH_BYTES = 8
_BLOCK = 1 << 20
# What is read at once where a length asks for more, so that a wrong one does not fill memory.
_LARGEST_READ = 1 << 26
# From so many records of one length on, one checksum of them all is sooner than one of each.
_MANY = 128
_GZIP_WINDOW = zlib.MAX_WBITS + 16

Read = Callable[[int], bytes]
"""Gives so many bytes of a file, or fewer at its end."""


@dataclass(frozen=True)
class ZlibSettings:
    """How a file is compressed; names and defaults are zlib's.

    Attributes:
      flush_mode: how zlib flushes after each `input_buffer_size` bytes.
      input_buffer_size: how many bytes are collected before they are compressed.
    """

    window_bits: int = zlib.MAX_WBITS
    compression_level: int = zlib.Z_DEFAULT_COMPRESSION
    compression_method: int = zlib.DEFLATED
    mem_level: int = 9
    compression_strategy: int = zlib.Z_DEFAULT_STRATEGY
    flush_mode: int = zlib.Z_NO_FLUSH
    input_buffer_size: int = 256 << 10

    def compressor(self) -> "zlib._Compress":
        """A new zlib object."""
        return zlib.compressobj(
            self.compression_level,
            self.compression_method,
            self.window_bits,
            self.mem_level,
            self.compression_strategy,
        )


@dataclass(frozen=True)
class Alike(Sequence[bytes]):
    """Records of one length that follow each other in a file; cut out when they are asked for.

    Attributes:
      data: of the file.
      first: where the first begins in it, without its header.
      length: of each.
      step: from where one begins to where the next does.
    """

    data: bytes
    first: int
    length: int
    step: int
    count: int

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[bytes]:
        data, length = self.data, self.length
        stop = self.first + self.count * self.step
        return iter([data[at : at + length] for at in range(self.first, stop, self.step)])

    @overload
    def __getitem__(self, which: int) -> bytes: ...
    @overload
    def __getitem__(self, which: slice) -> Sequence[bytes]: ...
    def __getitem__(self, which: int | slice) -> bytes | Sequence[bytes]:
        places = range(self.first, self.first + self.count * self.step, self.step)[which]
        if isinstance(places, int):
            return self.data[places : places + self.length]
        return Alike(self.data, places.start, self.length, places.step, len(places))

    def matrix(self) -> np.ndarray:
        """Their bytes as rows; nobody may write into it."""
        shape, strides = (self.count, self.length), (self.step, 1)
        return np.ndarray(shape, np.uint8, self.data, self.first, strides)


WINDOW_BITS = {"ZLIB": zlib.MAX_WBITS, "GZIP": _GZIP_WINDOW}
"""The compressions there are; every other name means none."""


def read_records(path: str, compression_type: str = "") -> Iterator[bytes]:
    """The records of a file.

    A file that ends within a record's first 12 bytes ends before it, as TensorFlow reads it.

    Args:
      path: the file.
      compression_type: "ZLIB", "GZIP" or "".

    Raises:
      DataLossError: a record is damaged or cut off; those before it have been given.
    """
    with translate_errors(path), open_for_reading(path) as file:
        for _, records in runs_at(reading(file, compression_type)):
            yield from records


def open_for_reading(path: str) -> IO[bytes]:
    """An open file. Raises what `open` does."""
    return filesystem_of(path).open(path, "rb")


def reading(file: IO[bytes], compression_type: str) -> Read:
    """A function that gives the next bytes of a file, decompressed."""
    if compression_type not in WINDOW_BITS:
        return file.read
    return _Inflater(file, WINDOW_BITS[compression_type]).read


def runs_at(read: Read) -> Iterator[tuple[Sequence[int], Sequence[bytes]]]:
    """The records in what `read` gives, some at a time, and where each begins."""
    data, start, offset, size = b"", 0, 0, 0
    sound = b""  # the last header that was looked at: mostly all are the same
    while True:
        begin = start + _HEADER.size
        header = data[start:begin]
        if header != sound or not sound:
            if len(header) < _HEADER.size:
                data, start = _at_least(data[start:], _HEADER.size, read, size), 0
                if len(data) < _HEADER.size:
                    return
                continue
            length, check = _HEADER.unpack(header)
            if masked_crc32c(header[:_LENGTH_BYTES]) != check:
                raise _lost(f"corrupted record at {offset}")
            sound, size = header, _HEADER.size + length + _FOOTER.size
        if data.startswith(header, start + size):
            records = _alike(data, start, length)
            if records:
                yield range(offset, offset + size * len(records), size), records
                start += size * len(records)
                offset += size * len(records)
                continue
        end = begin + length
        record, footer = data[begin:end], data[end : end + _FOOTER.size]
        if len(footer) < _FOOTER.size:
            data, start = _at_least(data[start:], size, read, size), 0
            if len(data) < size:
                raise _lost(f"truncated record at {offset}")
            continue
        if masked_crc32c(record) != int.from_bytes(footer, "little"):
            raise _lost(f"corrupted record at {offset + _HEADER.size}")
        yield (offset,), [record]
        start += size
        offset += size


def _alike(data: bytes, start: int, length: int) -> Sequence[bytes]:
    """The sound records that follow each other from `start` on and have the header of the first,
    which is sound."""
    size = _HEADER.size + length + _FOOTER.size
    rows = np.ndarray(((len(data) - start) // size, size), np.uint8, data, start)
    headers = rows[:, : _HEADER.size].copy().view(f"V{_HEADER.size}")[:, 0]
    others = np.flatnonzero(headers != headers[0])
    rows = rows[: others[0]] if len(others) else rows
    footers = rows[:, -_FOOTER.size :].copy().view("<u4")[:, 0]
    records = Alike(data, start + _HEADER.size, length, size, len(rows))
    if len(rows) >= _MANY:
        together = _together(data[start : start + _HEADER.size], length)
        most = together.MOST
        parts = [slice(i, i + most) for i in range(0, len(rows), most)]
        if all(together(footers[part]) == crc32c(rows[part].reshape(-1)) for part in parts):
            return records
    wrong = masked(crc32cs([*records])) != footers
    return records[: int(wrong.argmax())] if wrong.any() else records


_together = functools.lru_cache(16)(Together)


def _at_least(data: bytes, size: int, read: Read, step: int) -> bytes:
    """`data` and what follows it, `size` bytes or more if there are as many; a whole number of
    steps, where records have that size, as what is left over would be copied once more."""
    parts = [data] if data else []
    missing = size - len(data)
    block = _BLOCK // step * step - len(data) if step else _BLOCK
    while missing > 0:
        part = read(min(max(missing, block), _LARGEST_READ))
        if not part:
            break
        parts.append(part)
        missing -= len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _lost(message: str) -> errors.DataLossError:
    return errors.DataLossError(None, None, message)


class _Inflater:
    """Reads a compressed file. What follows the end of the compressed data is not read."""

    def __init__(self, file: IO[bytes], window_bits: int) -> None:
        self._file = file
        self._zlib = zlib.decompressobj(window_bits)

    def read(self, size: int) -> bytes:
        while not self._zlib.eof:
            packed = self._zlib.unconsumed_tail or self._file.read(_BLOCK)
            if not packed:
                return b""
            try:
                data = self._zlib.decompress(packed, size)
            except zlib.error as error:
                # "Error -3 while decompressing data: incorrect header check"
                number, _, reason = str(error).removeprefix("Error ").partition(" ")
                reason = reason.partition(": ")[2]
                text = f"inflate() failed with error {number}"
                raise _lost(f"{text}: {reason}" if reason else text) from None
            if data:
                return data
        return b""


class RecordWriter:
    """Writes records to a file.

    Args:
      path: the file; what it held is lost.
      settings: how the file is compressed, or None.
    """

    def __init__(self, path: str, settings: ZlibSettings | None = None) -> None:
        self._path = path
        self._settings = settings
        self._zlib = settings.compressor() if settings else None
        self._pending = bytearray()
        self._file: IO[bytes] | None
        with translate_errors(path):
            self._file = filesystem_of(path).open(path, "wb")

    def write(self, record: bytes) -> None:
        """Adds a record. Raises FailedPreconditionError after `close`."""
        length = len(record).to_bytes(_LENGTH_BYTES, "little")
        header = _HEADER.pack(len(record), masked(crc32c(length)))
        footer = _FOOTER.pack(masked(crc32c(record)))
        if self._settings is None:
            with translate_errors(self._path):
                self._open_file().write(header + record + footer)
        else:
            for part in (header, record, footer):
                self._collect(part, self._settings)

    def flush(self) -> None:
        """Hands everything to the operating system."""
        file = self._open_file()
        with translate_errors(self._path):
            if self._zlib is not None:
                self._compress(zlib.Z_PARTIAL_FLUSH)
            file.flush()

    def close(self) -> None:
        """Writes what is left and closes the file; a second time does nothing."""
        if self._file is None:
            return
        file, self._file = self._file, None
        with translate_errors(self._path), file:
            if self._zlib is not None:
                file.write(self._zlib.compress(bytes(self._pending)) + self._zlib.flush())

    def _open_file(self) -> IO[bytes]:
        if self._file is None:
            raise errors.FailedPreconditionError(
                None, None, "Writer not initialized or previously closed"
            )
        return self._file

    def _collect(self, data: bytes, settings: ZlibSettings) -> None:
        self._open_file()
        if len(self._pending) + len(data) > settings.input_buffer_size:
            with translate_errors(self._path):
                self._compress(settings.flush_mode)
        self._pending += data

    def _compress(self, flush_mode: int) -> None:
        """Compresses what was collected."""
        assert self._zlib is not None and self._file is not None
        packed = self._zlib.compress(bytes(self._pending))
        self._pending.clear()
        if flush_mode != zlib.Z_NO_FLUSH:
            packed += self._zlib.flush(flush_mode)
        self._file.write(packed)
