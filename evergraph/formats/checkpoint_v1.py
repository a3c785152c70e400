"""Checkpoints of version 1: tables of tensor slices, one file for each shard."""

import math
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

import numpy as np
from google.protobuf.message import DecodeError

from evergraph.base import dtypes, errors
from evergraph.base.dtypes import DType
from evergraph.base.hash_order import hash_order
from evergraph.formats.atomic import AtomicFile
from evergraph.formats.table import Table, write_table
from evergraph.formats.tensor_slice import TensorSlice
from evergraph.graph.op_summary import type_name
from evergraph.graph.tensor import dims_text
from evergraph.proto.framework.tensor_pb2 import TensorProto
from evergraph.proto.util.saved_tensor_slice_pb2 import SavedTensorSlices

_FIELDS = {
    dtypes.float32: "float_val",
    dtypes.float64: "double_val",
    dtypes.int64: "int64_val",
    dtypes.bool: "bool_val",
    dtypes.string: "string_val",
}

# What a message can hold, and what an element may take in it, at the worst.
_MOST_BYTES = 1 << 31
_HEADER_BYTES = 1 << 10
_ELEMENT_BYTES = {
    dtypes.float32: 4,
    dtypes.float64: 8,
    dtypes.complex64: 8,
    dtypes.complex128: 16,
    dtypes.bool: 1,
    dtypes.uint8: 2,
    dtypes.uint16: 3,
    dtypes.float16: 3,
    dtypes.bfloat16: 3,
}


def _check_size(row: Any, array: np.ndarray, dtype: DType) -> None:
    size = row.data.ByteSize() + _HEADER_BYTES + array.size * _ELEMENT_BYTES.get(dtype, 10)
    if dtype is dtypes.string:
        size += sum(map(len, array.reshape(-1)))
    if size > _MOST_BYTES:
        raise errors.InvalidArgumentError(
            None,
            None,
            f"Tensor slice is too large to serialize (conservative estimate: {size} bytes)",
        )


def _values_proto(array: np.ndarray, dtype: DType) -> Any:
    """The values alone, as this format keeps them."""
    proto = TensorProto()
    flat = array.reshape(-1)
    if dtype in (dtypes.float16, dtypes.bfloat16):
        proto.half_val.extend(flat.view(np.uint16).tolist())
    elif dtype.is_complex:
        parts = flat.view(dtype.real_dtype.as_numpy_dtype).tolist()
        (proto.scomplex_val if dtype is dtypes.complex64 else proto.dcomplex_val).extend(parts)
    elif dtype is dtypes.string:
        proto.string_val.extend(bytes(item) for item in flat)
    else:
        getattr(proto, _FIELDS.get(dtype, "int_val")).extend(flat.tolist())
    return proto


def write_checkpoint(path: str, tensors: Iterable[tuple[str, str, np.ndarray, DType]]) -> None:
    """Writes a file of tensors; arguments as of `bundle_writer.write_bundle`."""
    meta = SavedTensorSlices()
    described: dict[str, Any] = {}
    rows: dict[bytes, tuple[str, Any, np.ndarray, DType]] = {}
    for name, spec, array, dtype in sorted(tensors, key=lambda row: row[0]):
        shape, part = array.shape, TensorSlice([(0, None)] * array.ndim)
        if spec:
            shape, part = TensorSlice.parse(spec)
            if part.shape(shape) != array.shape:
                raise errors.InvalidArgumentError(
                    None,
                    None,
                    "Slice in shape_and_slice specification does not match the shape of the tensor "
                    f"to  save: {spec}, tensor: {dims_text(array.shape)}",
                )
        entry = described.get(name)
        if entry is None:
            entry = described[name] = meta.meta.tensor.add(name=name, type=dtype.as_datatype_enum)
            entry.shape.SetInParent()
            for size in shape:
                entry.shape.dim.add(size=size)
        entry.slice.append(part.to_proto())
        rows[part.key(name)] = name, part, array, dtype
    meta.meta.versions.producer = 1
    file = AtomicFile(path)
    try:
        with file.writing() as out:
            write_table(
                out, chain([(b"", _bytes(meta))], (_row(k, *rows[k]) for k in sorted(rows)))
            )
        file.publish()
    except BaseException:
        file.discard()
        raise


def _bytes(message: Any) -> bytes:
    data: bytes = message.SerializeToString(deterministic=True)
    return data


def _row(
    key: bytes, name: str, part: TensorSlice, array: np.ndarray, dtype: DType
) -> tuple[bytes, bytes]:
    row = SavedTensorSlices()
    row.data.name = name
    row.data.slice.CopyFrom(part.to_proto())
    _check_size(row, array, dtype)
    row.data.data.CopyFrom(_values_proto(array, dtype))
    return key, _bytes(row)


class CheckpointV1Reader:
    """Reads the files of a checkpoint of version 1.

    Raises DataLossError where one is no such file, InternalError where it lacks its beginning.
    """

    def __init__(self, pattern: str, paths: Sequence[str]) -> None:
        self._pattern = pattern
        self._tables: list[Table] = []
        self._entries: dict[str, Any] = {}
        self._places: dict[bytes, Table] = {}  # which file has a slice
        try:
            for path in paths:
                self._load(path)
        except BaseException:
            self.close()
            raise

    def _load(self, path: str) -> None:
        try:
            table = Table(path)
        except errors.DataLossError as error:
            first, _, rest = error.message.partition("\n")
            raise errors.DataLossError(
                None,
                None,
                f"Unable to open table file {path}: Data loss: {first}: perhaps your file is in a "
                "different file format and you need to use a different restore operator?"
                + (rest and f"\n{rest}"),
            ) from None
        self._tables.append(table)
        try:
            first_row = table.get(b"")
            meta = None if first_row is None else SavedTensorSlices.FromString(first_row).meta
        except (errors.DataLossError, DecodeError):
            meta = None
        if meta is None:
            raise errors.InternalError(
                None,
                None,
                "Failed to find the saved tensor slices at the beginning of the checkpoint file: "
                + path,
            )
        for entry in meta.tensor:
            known = self._entries.setdefault(entry.name, entry)
            if known is not entry:
                known.slice.extend(entry.slice)
            for proto in entry.slice:
                part = TensorSlice.from_proto(proto)
                if not part.fits([dim.size for dim in known.shape.dim]):
                    raise errors.DataLossError(
                        None, None, f"Invalid slice of tensor {entry.name}\n  in the file {path}"
                    )
                self._places[part.key(entry.name)] = table

    def names(self) -> list[str]:
        """The names of the tensors, in TensorFlow's order."""
        return hash_order(list(self._entries))

    def has_tensor(self, name: str) -> bool:
        return name in self._entries

    def _entry(self, name: str) -> Any:
        entry = self._entries.get(name)
        if entry is None:
            raise errors.NotFoundError(
                None, None, f'Tensor name "{name}" not found in checkpoint files {self._pattern}'
            )
        return entry

    def dtype(self, name: str) -> DType:
        try:
            return dtypes.as_dtype(self._entry(name).type)
        except TypeError:
            raise errors.DataLossError(
                None, None, f"Invalid type of tensor {name} in {self._pattern}"
            ) from None

    def mismatch(self, name: str, stored: DType, wanted: DType) -> str:
        """What to say of a tensor that is to be read as another type."""
        return (
            f"Expected to restore a tensor of type {type_name(wanted)}, got a tensor of type "
            f"{type_name(stored)} instead: tensor_name = {name}"
        )

    def shape(self, name: str) -> tuple[int, ...]:
        return tuple(d.size for d in self._entry(name).shape.dim)

    def description(self, name: str) -> str:
        """What follows the shape in a listing."""
        count = len(self._entry(name).slice)
        return f", {count} slices" if count > 1 else ""

    def read(self, name: str) -> np.ndarray:
        """The whole tensor, put together from its slices."""
        shape, dtype = self.shape(name), self.dtype(name)
        parts = [TensorSlice.from_proto(proto) for proto in self._entry(name).slice]
        count = math.prod(shape)
        stored = sum(math.prod(part.shape(shape)) for part in parts)
        # A number takes a byte at least; so what is made is not much larger than the files.
        if stored != count or count > sum(table.size for table in self._tables):
            raise errors.InvalidArgumentError(None, None, "Error copying slice data")
        if len(parts) == 1:
            return self._slice(name, parts[0], shape, dtype)
        result = np.empty(shape, dtype.as_numpy_dtype)
        for part in parts:
            result[part.index(shape)] = self._slice(name, part, part.shape(shape), dtype)
        return result

    def _slice(self, name: str, part: TensorSlice, shape: Sequence[int], dtype: DType) -> Any:
        key = part.key(name)
        row = self._places[key].get(key)
        try:
            if row is None:
                raise ValueError("no such row")
            values = _array(SavedTensorSlices.FromString(row).data.data, dtype)
            return values.reshape(shape)
        except (ValueError, OverflowError, DecodeError):
            raise errors.DataLossError(
                None, None, f"Error copying slice data of {name} from {self._pattern}"
            ) from None

    def read_slice(self, name: str, spec: str) -> np.ndarray:
        """A part of the tensor, "10 4 0,5:-"."""
        shape, part = TensorSlice.parse(spec)
        if shape != self.shape(name):
            raise errors.InvalidArgumentError(
                None,
                None,
                "Shape in shape_and_slice spec does not match the shape in the save file: "
                f"{dims_text(shape)}, save file shape: {dims_text(self.shape(name))}",
            )
        return self.read(name)[part.index(shape)]

    def read_several(self, names: Sequence[str], specs: Sequence[str]) -> list[np.ndarray]:
        """Tensors, or parts of them where a spec is not empty."""
        pairs = zip(names, specs, strict=True)
        return [self.read_slice(name, spec) if spec else self.read(name) for name, spec in pairs]

    def close(self) -> None:
        """Closes the files."""
        for table in self._tables:
            table.close()


def _array(values: Any, dtype: DType) -> np.ndarray:
    """The values of a TensorProto as a vector."""
    kind = dtype.as_numpy_dtype
    if dtype in (dtypes.float16, dtypes.bfloat16):
        return np.array(values.half_val, np.uint16).view(kind)
    if dtype.is_complex:
        parts = values.scomplex_val if dtype is dtypes.complex64 else values.dcomplex_val
        return np.array(parts, dtype.real_dtype.as_numpy_dtype).view(kind)
    field = getattr(values, _FIELDS.get(dtype, "int_val"))
    result = np.empty(len(field), kind)
    result[:] = field
    return result
