"""Checkpoints of version 2: a table that indexes tensors, and files with their bytes."""

import struct
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from evergraph.base import dtypes, errors
from evergraph.base.dtypes import DType
from evergraph.base.platform import file_io
from evergraph.formats import varint
from evergraph.formats.crc import crc32c, masked
from evergraph.formats.table import Table, write_table
from evergraph.formats.tensor_slice import TensorSlice
from evergraph.graph.op_summary import type_name
from evergraph.proto.protobuf.tensor_bundle_pb2 import BundleEntryProto, BundleHeaderProto

Dims = tuple[int, ...]


def index_path(prefix: str) -> str:
    """The file that indexes a checkpoint."""
    return prefix + ".index"


def data_path(prefix: str, shard: int, shards: int) -> str:
    """A file with tensors of a checkpoint."""
    return f"{prefix}.data-{shard:05d}-of-{shards:05d}"


def _header(shards: int) -> bytes:
    header = BundleHeaderProto(num_shards=shards)
    header.version.producer = 1
    return header.SerializeToString(deterministic=True)


def _encode(array: np.ndarray) -> tuple[bytes, int]:
    """The bytes of an array, and their checksum."""
    if array.dtype != object:
        data = np.ascontiguousarray(array).tobytes()
        return data, crc32c(data)
    items = [_as_bytes(item) for item in array.reshape(-1)]
    crc = 0
    for item in items:
        # Lengths are summed up as fixed numbers, whatever their encoding.
        crc = crc32c(struct.pack("<I" if len(item) <= 0xFFFFFFFF else "<Q", len(item)), crc)
    sum_of_lengths = struct.pack("<I", masked(crc))
    body = b"".join(items)
    lengths = b"".join(varint.encode(len(item)) for item in items)
    return lengths + sum_of_lengths + body, crc32c(body, crc32c(sum_of_lengths, crc))


def _as_bytes(item: Any) -> bytes:
    return item.encode() if isinstance(item, str) else bytes(item)


def _decode_strings(data: bytes, count: int, entry_crc: int, name: str) -> np.ndarray:
    at, lengths, crc = 0, [], 0
    for _ in range(count):
        length, at = varint.decode(data, at)
        lengths.append(length)
        crc = crc32c(struct.pack("<I" if length <= 0xFFFFFFFF else "<Q", length), crc)
    stored = data[at : at + 4]
    if struct.pack("<I", masked(crc)) != stored:
        raise errors.DataLossError(
            None, None, f"The length checksum does not match: expected {masked(crc):08x}: {name}"
        )
    crc = crc32c(data[at + 4 :], crc32c(stored, crc))
    _check_crc(crc, entry_crc, name)
    at += 4
    values = np.empty(count, object)
    for i, length in enumerate(lengths):
        values[i] = data[at : at + length]
        at += length
    return values


def _check_crc(crc: int, stored: int, name: str) -> None:
    if masked(crc) != stored:
        raise errors.DataLossError(
            None,
            None,
            f"Checksum does not match: stored {stored:08x} vs. calculated on the restored bytes "
            f"{masked(crc):08x}: {name}",
        )


def write_bundle(prefix: str, tensors: Iterable[tuple[str, str, np.ndarray, DType]]) -> None:
    """Writes a checkpoint of one data file.

    Args:
      prefix: the path without ".index".
      tensors: name, slice ("" or "10 4 0,5:-"), value and dtype of each, in the data's order.

    Raises:
      InvalidArgumentError: a name occurs twice.
    """
    entries: dict[bytes, BundleEntryProto] = {}
    offset = 0
    _make_folder(prefix)
    with file_io.FileIO(data_path(prefix, 0, 1), "wb") as file:
        for name, spec, array, dtype in tensors:
            key = name.encode()
            if spec:
                shape, part = TensorSlice.parse(spec)
                whole = entries.get(key)
                if whole is None:
                    whole = entries[key] = BundleEntryProto(dtype=dtype.as_datatype_enum)
                    _set_shape(whole, shape)
                elif not whole.slices:
                    raise errors.InvalidArgumentError(
                        None, None, f"Adding slices to a non-sliced tensor: {name}"
                    )
                whole.slices.append(part.to_proto())
                key = part.key(name)
            if key in entries:
                raise errors.InvalidArgumentError(None, None, f"Adding duplicate key: {name}")
            data, crc = _encode(array)
            entry = entries[key] = BundleEntryProto(
                dtype=dtype.as_datatype_enum, offset=offset, size=len(data), crc32c=masked(crc)
            )
            _set_shape(entry, array.shape)
            file.write(data)
            offset += len(data)
    _write_index(prefix, entries, 1)


def _folder(prefix: str) -> str:
    return prefix.rpartition("/")[0] or "."


def _make_folder(prefix: str) -> None:
    """Makes the folder of a checkpoint, but not the one that this is in."""
    folder = _folder(prefix)
    if not file_io.is_directory(folder):
        file_io.create_dir(folder)


def _set_shape(entry: Any, shape: Sequence[int]) -> None:
    entry.shape.SetInParent()
    for size in shape:
        entry.shape.dim.add(size=size)


def _write_index(prefix: str, entries: dict[bytes, Any], shards: int) -> None:
    rows = [(b"", _header(shards))]
    for key in sorted(entries):
        rows.append((key, entries[key].SerializeToString(deterministic=True)))
    file_io.write_string_to_file(index_path(prefix), write_table(rows))


def merge_bundles(prefixes: Sequence[str], prefix: str, delete_old_dirs: bool = True) -> None:
    """Makes one checkpoint of several, whose data files are renamed."""
    entries: dict[bytes, Any] = {}
    moves: list[tuple[str, int]] = []
    for source in dict.fromkeys(prefixes):
        header, rows = _read_index(source)
        first = len(moves)
        moves.extend(
            (data_path(source, i, header.num_shards), first + i) for i in range(header.num_shards)
        )
        for key, entry in rows.items():
            entry.shard_id += first
            known = entries.get(key)
            if known is None:
                entries[key] = entry
            elif entry.slices and known.slices:
                known.slices.extend(entry.slices)
            else:
                raise errors.InvalidArgumentError(None, None, f"Merging duplicate key: {key!r}")
    _make_folder(prefix)
    for path, shard in moves:
        file_io.rename(path, data_path(prefix, shard, len(moves)), overwrite=True)
    _write_index(prefix, entries, len(moves))
    for source in dict.fromkeys(prefixes):
        file_io.delete_file(index_path(source))
    if delete_old_dirs:
        for folder in {_folder(p) for p in prefixes} - {_folder(prefix)}:
            if file_io.file_exists(folder) and not file_io.list_directory(folder):
                file_io.delete_recursively(folder)


def _read_index(prefix: str) -> tuple[Any, dict[bytes, Any]]:
    data = file_io.read_file_to_string(index_path(prefix), binary_mode=True)
    header, entries = BundleHeaderProto(), {}
    for key, value in Table(data):
        if key:
            entries[key] = BundleEntryProto.FromString(value)
        else:
            header = BundleHeaderProto.FromString(value)
    return header, entries


class BundleReader:
    """Reads a checkpoint of version 2.

    Raises NotFoundError where there is none, DataLossError where it is damaged.
    """

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._header, self._entries = _read_index(prefix)
        self._files: dict[int, Any] = {}

    def names(self) -> list[str]:
        """The names of the tensors."""
        # Slices have keys that begin with a zero.
        return [key.decode() for key in self._entries if not key.startswith(b"\0")]

    def has_tensor(self, name: str) -> bool:
        return name.encode() in self._entries

    def _entry(self, name: str) -> Any:
        entry = self._entries.get(name.encode())
        if entry is None:
            raise errors.NotFoundError(None, None, f"Key {name} not found in checkpoint")
        return entry

    def dtype(self, name: str) -> DType:
        return dtypes.as_dtype(self._entry(name).dtype)

    def mismatch(self, name: str, stored: DType, wanted: DType) -> str:
        """What to say of a tensor that is to be read as another type."""
        return (
            f"tensor_name = {name}; expected dtype {type_name(wanted)} does not equal original "
            f"dtype {type_name(stored)}"
        )

    def shape(self, name: str) -> Dims:
        return tuple(d.size for d in self._entry(name).shape.dim)

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
                f"tensor_name = {name}; expected dtype {self.dtype(name).name} and shape "
                f"{list(wanted_shape)} do not equal the original: shape in checkpoint is "
                f"{list(shape)}",
            )
        entry = self._entry(name)
        if not entry.slices:
            return self._value(name, entry)[part.index(shape)]
        return self._assembled(name, entry, part)

    def _assembled(self, name: str, entry: Any, part: TensorSlice) -> np.ndarray:
        shape = tuple(d.size for d in entry.shape.dim)
        target = part.bounds(shape)
        dtype = dtypes.as_dtype(entry.dtype).as_numpy_dtype
        result = np.empty([b - a for a, b in target], dtype)
        covered = 0
        for proto in entry.slices:
            stored = TensorSlice.from_proto(proto)
            bounds = stored.bounds(shape)
            common = [(max(a, c), min(b, d)) for (a, b), (c, d) in zip(target, bounds, strict=True)]
            if any(a >= b for a, b in common):
                continue
            value = self._value(name, self._entries[stored.key(name)])
            to = tuple(slice(a - c, b - c) for (a, b), (c, _) in zip(common, target, strict=True))
            source = tuple(
                slice(a - c, b - c) for (a, b), (c, _) in zip(common, bounds, strict=True)
            )
            result[to] = value[source]
            covered += result[to].size
        if covered < result.size:
            raise errors.InvalidArgumentError(
                None, None, f"Does not have sufficient slices for partitioned tensor {name}"
            )
        return result

    def _value(self, name: str, entry: Any) -> np.ndarray:
        data = self._bytes(entry)
        if len(data) != entry.size:
            raise errors.DataLossError(
                None, None, f"Requested {entry.size} bytes of {name} but got {len(data)}"
            )
        shape = tuple(d.size for d in entry.shape.dim)
        dtype = dtypes.as_dtype(entry.dtype)
        if dtype is dtypes.string:
            count = int(np.prod(shape, dtype=np.int64))
            return _decode_strings(data, count, entry.crc32c, name).reshape(shape)
        _check_crc(crc32c(data), entry.crc32c, name)
        return np.frombuffer(data, dtype.as_numpy_dtype).reshape(shape)

    def _bytes(self, entry: Any) -> bytes:
        file = self._files.get(entry.shard_id)
        if file is None:
            path = data_path(self._prefix, entry.shard_id, self._header.num_shards)
            file = self._files[entry.shard_id] = file_io.FileIO(path, "rb")
        file.seek(entry.offset)
        return file.read(entry.size)

    def close(self) -> None:
        """Closes the data files."""
        for file in self._files.values():
            file.close()
        self._files.clear()
