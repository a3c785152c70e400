"""Checkpoints of version 2: a table that indexes tensors, and files with their bytes."""

import math
import struct
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import IO, Any

import numpy as np
from google.protobuf.message import DecodeError

from evergraph.base import dtypes, errors, varint
from evergraph.base.dtypes import DType
from evergraph.base.platform.filesystem import filesystem_of, translate_errors
from evergraph.formats.crc import crc32c, masked, unmasked
from evergraph.formats.table import Table
from evergraph.formats.tensor_slice import TensorSlice
from evergraph.graph.op_summary import type_name
from evergraph.graph.tensor import dims_text
from evergraph.proto.framework.tensor_pb2 import VariantTensorDataProto
from evergraph.proto.protobuf.tensor_bundle_pb2 import BundleEntryProto, BundleHeaderProto

Dims = tuple[int, ...]

_CHUNK = 1 << 22
_READERS = 2  # memory that is new to the process costs more than copying: that is shared
_WORTH_READERS = 1 << 24
_VERSION = 1


def index_path(prefix: str) -> str:
    """The file that indexes a checkpoint."""
    return prefix + ".index"


def data_path(prefix: str, shard: int, shards: int) -> str:
    """A file with tensors of a checkpoint."""
    return f"{prefix}.data-{shard:05d}-of-{shards:05d}"


def read_index(prefix: str) -> tuple[Any, dict[bytes, Any]]:
    """The header and the entries by key.

    Raises NotFoundError where there is no index, DataLossError where it is damaged.
    """
    path = index_path(prefix)
    table = Table(path)
    try:
        header, entries = None, {}
        try:
            for key, value in table:
                if header is None:
                    header = _header(path, key, value)
                else:
                    entries[key] = _entry(path, key, value)
        except errors.DataLossError as error:
            if header is None:
                raise _corrupt(path, "failed to seek to header entry", error.message) from None
            raise
    finally:
        table.close()
    if header is None:
        raise _corrupt(path, "failed to seek to header entry", "")
    return header, entries


def _corrupt(path: str, detail: str, reason: str) -> errors.DataLossError:
    return errors.DataLossError(
        None,
        None,
        f"Unable to read file ({path}). Perhaps the file is corrupt or was produced by a newer "
        f"version of TensorFlow with format changes ({detail}): {reason}",
    )


def _header(path: str, key: bytes, value: bytes) -> Any:
    try:
        if key:
            raise DecodeError("another key")
        header = BundleHeaderProto.FromString(value)
    except DecodeError:
        reason = f"Entry for key {key.decode(errors='replace')} not parseable."
        raise _corrupt(path, "unable to parse header", reason) from None
    version = header.version
    if version.min_consumer > _VERSION or _VERSION in version.bad_consumers:
        raise errors.InvalidArgumentError(
            None,
            None,
            f"Checkpoint min consumer version {version.min_consumer} above current version "
            f"{_VERSION} for {path}.  Please upgrade.",
        )
    return header


def _entry(path: str, key: bytes, value: bytes) -> Any:
    name = key.decode(errors="replace")
    try:
        entry = BundleEntryProto.FromString(value)
    except DecodeError:
        raise _lost(f"Entry for key {name} not parseable.", path) from None
    if any(dim.size < 0 for dim in entry.shape.dim) or entry.shape.unknown_rank:
        text = " ".join(str(entry.shape).split())
        raise _lost(f"Invalid tensor shape: {name} {text}", path)
    return entry


def _lost(reason: str, path: str) -> errors.DataLossError:
    return errors.DataLossError(None, None, f"{reason}\n  in the file {path}")


class BundleReader:
    """Reads a checkpoint of version 2.

    Raises NotFoundError where there is none, DataLossError where it is damaged.
    """

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._header, self._entries = read_index(prefix)
        self._swapped = self._header.endianness == BundleHeaderProto.BIG
        # By shard and thread, as a file has one position.
        self._files: dict[tuple[int, int], tuple[IO[bytes], str, int]] = {}

    def names(self) -> list[str]:
        """The names of the tensors."""
        # Slices have keys that begin with a zero.
        return [
            key.decode(errors="surrogateescape")
            for key in self._entries
            if not key.startswith(b"\0")
        ]

    def has_tensor(self, name: str) -> bool:
        return _key(name) in self._entries

    def _entry(self, name: str) -> Any:
        entry = self._entries.get(_key(name))
        if entry is None:
            raise errors.NotFoundError(None, None, f"Key {name} not found in checkpoint")
        return entry

    def dtype(self, name: str) -> DType:
        return self._type(self._entry(name))

    def _type(self, entry: Any) -> DType:
        try:
            return dtypes.as_dtype(entry.dtype)
        except TypeError:
            path = index_path(self._prefix)
            raise _lost(f"Invalid type in bundle entry: {entry.dtype}", path) from None

    def mismatch(self, name: str, stored: DType, wanted: DType) -> str:
        """What to say of a tensor that is to be read as another type."""
        return (
            f"tensor_name = {name}; expected dtype {type_name(wanted)} does not equal original "
            f"dtype {type_name(stored)}"
        )

    def shape(self, name: str) -> Dims:
        return _shape(self._entry(name))

    def description(self, name: str) -> str:
        """What follows the shape in a listing: nothing."""
        return ""

    def read(self, name: str) -> np.ndarray:
        """The whole tensor, put together from its slices where there are any."""
        entry = self._entry(name)
        if not entry.slices:
            return self._value(name, entry)
        return self._assembled(name, entry, TensorSlice([(0, None)] * len(entry.shape.dim)))

    def read_slice(self, name: str, spec: str) -> np.ndarray:
        """A part of the tensor, "10 4 0,5:-". Raises InvalidArgumentError where it has other
        sizes."""
        wanted_shape, part = TensorSlice.parse(spec)
        shape = self.shape(name)
        if wanted_shape != shape:
            raise errors.InvalidArgumentError(
                None,
                None,
                f"tensor_name = {name}; shape in shape_and_slice spec {dims_text(wanted_shape)} "
                f"does not match the shape stored in checkpoint: {dims_text(shape)}",
            )
        entry = self._entry(name)
        if not entry.slices:
            return self._value(name, entry)[part.index(shape)]
        return self._assembled(name, entry, part)

    def read_several(self, names: Sequence[str], specs: Sequence[str]) -> list[np.ndarray]:
        """Tensors, or parts of them where a spec is not empty; large ones at the same time."""

        def read(name: str, spec: str) -> np.ndarray:
            return self.read_slice(name, spec) if spec else self.read(name)

        if sum(math.prod(self.shape(name)) for name in names) < _WORTH_READERS:
            return list(map(read, names, specs))
        with ThreadPoolExecutor(_READERS, "restore") as readers:
            return list(readers.map(read, names, specs))

    def _assembled(self, name: str, entry: Any, part: TensorSlice) -> np.ndarray:
        shape = _shape(entry)
        target = part.bounds(shape)
        wanted = math.prod(b - a for a, b in target)
        found = []
        for proto in entry.slices:
            stored = TensorSlice.from_proto(proto)
            if not stored.fits(shape):
                raise self._missing_slices(name, part)
            bounds = stored.bounds(shape)
            common = [(max(a, c), min(b, d)) for (a, b), (c, d) in zip(target, bounds, strict=True)]
            if all(a < b for a, b in common):
                found.append((stored, bounds, common))
        if sum(math.prod(b - a for a, b in common) for _, _, common in found) != wanted:
            raise self._missing_slices(name, part)
        result: np.ndarray | None = None
        for stored, bounds, common in found:
            stored_entry = self._entries.get(stored.key(name))
            if stored_entry is None:
                raise self._missing_slices(name, part)
            value = self._value(name, stored_entry)
            if value.shape != tuple(b - a for a, b in bounds):
                raise self._missing_slices(name, part)
            if result is None:  # not before something is there to fill it with
                if wanted > sum(self._file(i)[2] for i in range(self._header.num_shards)):
                    raise self._missing_slices(name, part)  # slices that overlap, of few bytes
                result = np.empty([b - a for a, b in target], value.dtype)
            result[_index(common, target)] = value[_index(common, bounds)]
        if result is None:
            return np.empty([b - a for a, b in target], self._type(entry).as_numpy_dtype)
        return result

    def _missing_slices(self, name: str, part: TensorSlice) -> errors.InvalidArgumentError:
        return errors.InvalidArgumentError(
            None,
            None,
            f"Does not have sufficient slices for partitioned tensor {name} to restore in "
            f"slice_spec: {part}",
        )

    def _value(self, name: str, entry: Any) -> np.ndarray:
        """What is stored for an entry, in memory of its own."""
        shape, dtype = _shape(entry), self._type(entry)
        count = math.prod(shape)
        file, path, length = self._file(entry.shard_id)
        if dtype not in (dtypes.string, dtypes.variant):
            self._check_size(name, entry, count * dtype.size, exactly=True)
        else:
            self._check_size(name, entry, count, exactly=False)  # at least a byte each
        if entry.offset < 0 or entry.offset + entry.size > length:
            raise errors.OutOfRangeError(
                None,
                None,
                f"Read less bytes than requested\n  for tensor {name} in the file {path}",
            )
        file.seek(entry.offset)
        if dtype is dtypes.string:
            return self._strings(file.read(entry.size), count, entry, name, path).reshape(shape)
        if dtype is dtypes.variant:
            return _variants(file.read(entry.size), count, entry, name, path).reshape(shape)
        result = np.empty(shape, dtype.as_numpy_dtype)
        data = result.reshape(-1).view(np.uint8)
        crc = 0
        for at in range(0, data.size, _CHUNK):
            chunk = data[at : at + _CHUNK]
            with translate_errors(path):
                file.readinto(memoryview(chunk))  # type: ignore[attr-defined]
            crc = crc32c(chunk, crc)
        _check_crc(crc, entry.crc32c, name, path)
        return result.byteswap() if self._swapped else result

    def _check_size(self, name: str, entry: Any, size: int, exactly: bool) -> None:
        if entry.size == size or (not exactly and entry.size > size):
            return
        at_least = "" if exactly else "is at least "
        raise _lost(
            f"Invalid size in bundle entry: key {name}; stored size {entry.size}; expected size "
            f"{at_least}{size}",
            index_path(self._prefix),
        )

    def _strings(self, data: bytes, count: int, entry: Any, name: str, path: str) -> np.ndarray:
        number = ">" if self._swapped else "<"
        at, lengths, crc = 0, [], 0
        values = np.empty(count, object)
        try:
            for _ in range(count):
                length, at = varint.decode(data, at)
                lengths.append(length)
                wide = "I" if length <= 0xFFFFFFFF else "Q"
                crc = crc32c(struct.pack(number + wide, length), crc)
            (stored,) = struct.unpack_from(number + "I", data, at) if entry.size else (masked(0),)
        except (IndexError, struct.error):
            raise _lost(
                f"String lengths longer than expected offset {entry.offset + entry.size}", path
            ) from None
        if stored != masked(crc):
            raise _lost(
                f"The length checksum does not match: expected {unmasked(stored):08d} but actual "
                f"is {crc:08d}",
                path,
            )
        _check_crc(crc32c(data[at:], crc), entry.crc32c, name, path)
        at += 4
        for i, length in enumerate(lengths):
            values[i] = data[at : at + length]
            at += length
        return values

    def _file(self, shard: int) -> tuple[IO[bytes], str, int]:
        """A data file, open for this thread, its path and length."""
        key = shard, threading.get_ident()
        if key not in self._files:
            path = data_path(self._prefix, shard, self._header.num_shards)
            filesystem = filesystem_of(path)
            with translate_errors(path):
                file = filesystem.open(path, "rb")
                self._files[key] = file, path, filesystem.stat(path).length
        return self._files[key]

    def close(self) -> None:
        """Closes the data files."""
        for file, _, _ in self._files.values():
            file.close()
        self._files.clear()


def _key(name: str) -> bytes:
    return name.encode(errors="surrogateescape")


def _shape(entry: Any) -> Dims:
    return tuple(dim.size for dim in entry.shape.dim)


def _index(inner: list[tuple[int, int]], outer: list[tuple[int, int]]) -> tuple[slice, ...]:
    """Where a box is in another one."""
    return tuple(slice(a - c, b - c) for (a, b), (c, _) in zip(inner, outer, strict=True))


def _check_crc(crc: int, stored: int, name: str, path: str) -> None:
    if masked(crc) != stored:
        raise _lost(
            f"Checksum does not match: stored {unmasked(stored):08d} vs. calculated on the "
            f"restored bytes {crc}\n  for tensor {name}",
            path,
        )


def _variants(data: bytes, count: int, entry: Any, name: str, path: str) -> np.ndarray:
    """Messages that stand for variants. A checksum over all of them follows from those of each."""
    values = np.empty(count, object)
    at, crc = 0, 0
    try:
        for i in range(count):
            length, at = varint.decode(data, at)
            item = data[at : at + length]
            values[i] = VariantTensorDataProto.FromString(item)
            at += length
            checksum = data[at : at + 4]
            crc = crc32c(checksum, crc32c(item, crc32c(struct.pack("<Q", length), crc)))
            at += 4
    except (IndexError, DecodeError):
        raise _lost(f"Unable to parse VariantTensorDataProto of {name}", path) from None
    _check_crc(crc, entry.crc32c, name, path)
    return values
