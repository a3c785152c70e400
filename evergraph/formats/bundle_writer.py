"""Writing checkpoints of version 2: one data file and its index; making one of several."""

import os.path
import struct
from collections.abc import Iterable, Sequence
from typing import IO, Any

import numpy as np

from evergraph.base import dtypes, errors, varint
from evergraph.base.dtypes import DType
from evergraph.base.platform import file_io
from evergraph.formats.atomic import AtomicFile
from evergraph.formats.crc import crc32c, masked
from evergraph.formats.table import write_table
from evergraph.formats.tensor_bundle import data_path, index_path, read_index
from evergraph.formats.tensor_slice import TensorSlice
from evergraph.graph.tensor import dims_text
from evergraph.proto.protobuf.tensor_bundle_pb2 import BundleEntryProto, BundleHeaderProto

_CHUNK = 1 << 22  # small enough to be in the cache still when it is written
_VERSION = 1

Entries = dict[bytes, Any]


def write_bundle(prefix: str, tensors: Iterable[tuple[str, str, np.ndarray, DType]]) -> None:
    """Writes a checkpoint of one data file. What was there stays until all of it is written.

    Args:
      prefix: the path without ".index".
      tensors: name, slice ("" or "10 4 0,5:-"), value and dtype of each, in the data's order.

    Raises:
      InvalidArgumentError: a name occurs twice, or a slice has another shape than its tensor.
    """
    _make_folder(prefix)
    data = AtomicFile(data_path(prefix, 0, 1))
    try:
        entries: Entries = {}
        with data.writing() as file:
            offset = 0
            for name, spec, array, dtype in tensors:
                entry = _new_entry(entries, name, spec, array, dtype)
                write = _write_variants if dtype is dtypes.variant else _write_array
                size, crc = write(file, array)
                entry.offset, entry.size, entry.crc32c = offset, size, masked(crc)
                offset += size
        data.close()
        index = _index_file(prefix, entries, 1)
    except BaseException:
        data.discard()
        raise
    # The two follow each other at once: a checkpoint that is replaced is whole all the time but
    # for that moment.
    data.publish()
    index.publish()


def _make_folder(prefix: str) -> None:
    """Makes the folder of a checkpoint, but not the one that this is in."""
    folder = os.path.dirname(prefix)
    if folder and not file_io.is_directory(folder):
        file_io.create_dir(folder)


def _new_entry(entries: Entries, name: str, spec: str, array: np.ndarray, dtype: DType) -> Any:
    key = name.encode()
    if spec:
        shape, part = TensorSlice.parse(spec)
        if part.shape(shape) != array.shape:
            raise errors.InvalidArgumentError(
                None,
                None,
                "Slice in shape_and_slice specification does not match the shape of the tensor to  "
                f"save: {spec}, tensor: {dims_text(array.shape)}",
            )
        if array.shape != shape:
            whole = entries.setdefault(key, BundleEntryProto(dtype=dtype.as_datatype_enum))
            _set_shape(whole, shape)
            whole.slices.append(part.to_proto())
            key = part.key(name)
    if key in entries:
        raise errors.InvalidArgumentError(None, None, f"Adding duplicate key: {name}")
    entry = entries[key] = BundleEntryProto(dtype=dtype.as_datatype_enum)
    _set_shape(entry, array.shape)
    return entry


def _set_shape(entry: Any, shape: Sequence[int]) -> None:
    del entry.shape.dim[:]
    entry.shape.SetInParent()
    for size in shape:
        entry.shape.dim.add(size=size)


def _write_array(file: IO[bytes], array: np.ndarray) -> tuple[int, int]:
    """Writes the bytes of an array; returns their number and checksum."""
    if array.dtype == object:
        return _write_strings(file, array)
    data = np.ascontiguousarray(array).reshape(-1).view(np.uint8)
    crc = 0
    for at in range(0, data.size, _CHUNK):
        chunk = data[at : at + _CHUNK]
        crc = crc32c(chunk, crc)
        file.write(memoryview(chunk))
    return data.size, crc


def _write_strings(file: IO[bytes], array: np.ndarray) -> tuple[int, int]:
    items = [i.encode() if isinstance(i, str) else bytes(i) for i in array.reshape(-1)]
    crc = 0
    for item in items:
        # Lengths are summed up as fixed numbers, whatever their encoding.
        crc = crc32c(struct.pack("<I" if len(item) <= 0xFFFFFFFF else "<Q", len(item)), crc)
    sum_of_lengths = struct.pack("<I", masked(crc))
    crc = crc32c(sum_of_lengths, crc)
    lengths = b"".join(varint.encode(len(item)) for item in items)
    file.write(lengths + sum_of_lengths)
    for item in items:
        file.write(item)
        crc = crc32c(item, crc)
    return len(lengths) + 4 + sum(map(len, items)), crc


def _write_variants(file: IO[bytes], array: np.ndarray) -> tuple[int, int]:
    """Writes messages that stand for variants, each with the checksum of all that is before it."""
    size, crc = 0, 0
    for message in array.reshape(-1):
        item = message.SerializeToString(deterministic=True)
        length = varint.encode(len(item))
        crc = crc32c(item, crc32c(struct.pack("<Q", len(item)), crc))
        checksum = struct.pack("<I", masked(crc))
        crc = crc32c(checksum, crc)
        file.write(length + item + checksum)
        size += len(length) + len(item) + len(checksum)
    return size, crc


def _index_file(prefix: str, entries: Entries, shards: int) -> AtomicFile:
    """The index, written but not published."""
    header = BundleHeaderProto(num_shards=shards)
    header.version.producer = _VERSION
    index = AtomicFile(index_path(prefix))
    try:
        with index.writing() as file:
            keys = [b"", *sorted(entries)]
            messages = [header, *(entries[key] for key in keys[1:])]
            write_table(
                file,
                (
                    (key, message.SerializeToString(deterministic=True))
                    for key, message in zip(keys, messages, strict=True)
                ),
            )
        index.close()
    except BaseException:
        index.discard()
        raise
    return index


def merge_bundles(prefixes: Sequence[str], prefix: str, delete_old_dirs: bool = True) -> None:
    """Makes one checkpoint of several, whose data files are renamed.

    Raises InvalidArgumentError where two have the same tensor.
    """
    entries: Entries = {}
    moves: list[str] = []
    for source in dict.fromkeys(prefixes):
        header, rows = read_index(source)
        shards = range(header.num_shards)
        first = len(moves)
        moves.extend(data_path(source, shard, len(shards)) for shard in shards)
        for key, entry in rows.items():
            entry.shard_id += first
            known = entries.setdefault(key, entry)
            if known is entry:
                continue
            if not (known.slices and entry.slices):
                raise errors.InvalidArgumentError(
                    None,
                    None,
                    f"Duplicate tensor keyed by {key.decode(errors='replace')} encountered, when "
                    f"merging prefix: {source}",
                )
            known.slices.extend(entry.slices)
    _make_folder(prefix)
    index = _index_file(prefix, entries, len(moves))
    try:
        for shard, path in enumerate(moves):
            file_io.rename(path, data_path(prefix, shard, len(moves)), overwrite=True)
        index.publish()
    except BaseException:
        index.discard()
        raise
    for source in dict.fromkeys(prefixes):
        file_io.delete_file(index_path(source))
    if delete_old_dirs:
        for folder in {os.path.dirname(p) for p in prefixes} - {os.path.dirname(prefix)}:
            if file_io.file_exists(folder) and not file_io.list_directory(folder):
                file_io.delete_recursively(folder)
