"""Checkpoints of version 1: tables of tensor slices, one file for each shard."""

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from evergraph.base import dtypes, errors
from evergraph.base.dtypes import DType
from evergraph.base.platform import file_io
from evergraph.formats.hash_order import hash_order
from evergraph.formats.table import Table, write_table
from evergraph.formats.tensor_slice import TensorSlice
from evergraph.graph.op_summary import type_name
from evergraph.graph.tensor_proto import make_ndarray
from evergraph.proto.framework.tensor_pb2 import TensorProto
from evergraph.proto.util.saved_tensor_slice_pb2 import SavedTensorSlices

_FIELDS = {
    dtypes.float32: "float_val",
    dtypes.float64: "double_val",
    dtypes.int64: "int64_val",
    dtypes.bool: "bool_val",
    dtypes.string: "string_val",
}


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
    """Writes a file of tensors; arguments as of `tensor_bundle.write_bundle`."""
    meta = SavedTensorSlices()
    described: dict[str, Any] = {}
    rows: dict[bytes, bytes] = {}
    for name, spec, array, dtype in tensors:
        if spec:
            shape, part = TensorSlice.parse(spec)
        else:
            shape, part = array.shape, TensorSlice([(0, None)] * array.ndim)
        entry = described.get(name)
        if entry is None:
            entry = described[name] = meta.meta.tensor.add(name=name, type=dtype.as_datatype_enum)
            entry.shape.SetInParent()
            for size in shape:
                entry.shape.dim.add(size=size)
        entry.slice.append(part.to_proto())
        row = SavedTensorSlices()
        row.data.name = name
        row.data.slice.CopyFrom(part.to_proto())
        row.data.data.CopyFrom(_values_proto(array, dtype))
        rows[part.key(name)] = row.SerializeToString(deterministic=True)
    meta.meta.versions.producer = 1
    table = [(b"", meta.SerializeToString(deterministic=True))]
    table.extend((key, rows[key]) for key in sorted(rows))
    file_io.atomic_write_string_to_file(path, write_table(table))


class CheckpointV1Reader:
    """Reads the files of a checkpoint of version 1.

    Raises DataLossError where one is no such file.
    """

    def __init__(self, pattern: str, paths: Sequence[str]) -> None:
        self._pattern = pattern
        self._entries: dict[str, Any] = {}
        self._rows: dict[bytes, bytes] = {}
        for path in paths:
            self._load(file_io.read_file_to_string(path, binary_mode=True))

    def _load(self, data: bytes) -> None:
        for key, value in Table(data):
            if key:
                self._rows[key] = value
                continue
            for entry in SavedTensorSlices.FromString(value).meta.tensor:
                known = self._entries.setdefault(entry.name, entry)
                if known is not entry:
                    known.slice.extend(entry.slice)

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
        return dtypes.as_dtype(self._entry(name).type)

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
        entry = self._entry(name)
        shape, dtype = self.shape(name), self.dtype(name)
        result = np.empty(shape, dtype.as_numpy_dtype)
        for proto in entry.slice:
            part = TensorSlice.from_proto(proto)
            row = SavedTensorSlices.FromString(self._rows[part.key(name)])
            result[part.index(shape)] = _array(row.data.data, dtype, part.shape(shape))
        return result

    def read_slice(self, name: str, spec: str) -> np.ndarray:
        """A part of the tensor, "10 4 0,5:-"."""
        shape, part = TensorSlice.parse(spec)
        if shape != self.shape(name):
            raise errors.InvalidArgumentError(
                None,
                None,
                f"Shape mismatch for tensor {name}: {list(shape)} vs. {list(self.shape(name))}",
            )
        return self.read(name)[part.index(shape)]

    def close(self) -> None:
        """Nothing is open."""


def _array(values: Any, dtype: DType, shape: Sequence[int]) -> np.ndarray:
    proto = TensorProto()
    proto.CopyFrom(values)
    proto.dtype = dtype.as_datatype_enum
    proto.tensor_shape.SetInParent()
    for size in shape:
        proto.tensor_shape.dim.add(size=size)
    return (
        make_ndarray(proto).reshape(shape)
        if math.prod(shape)
        else np.empty(shape, dtype.as_numpy_dtype)
    )
