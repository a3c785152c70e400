"""Examples as tensors: what ParseExample and ParseSingleExample give.

A batch that protobuf wrote and that fits what is asked for is read by columns
(`kernels/example_uniform.py`, `example_wire.py`); every other is read Example by Example, which
finds what is wrong.
"""

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from google.protobuf.message import DecodeError

from evergraph.base import dtypes
from evergraph.base.dtypes import DType
from evergraph.base.errors import InvalidArgumentError
from evergraph.kernels import example_uniform, example_wire
from evergraph.kernels.example_wire import Column, array_of
from evergraph.kernels.host import invalid
from evergraph.proto.example.example_pb2 import Example
from evergraph.proto.example.feature_pb2 import Feature

_LISTS = {dtypes.string: "bytes_list", dtypes.float32: "float_list", dtypes.int64: "int64_list"}
_TYPES = {word: dtype for dtype, word in _LISTS.items()}
_WORDS = {dtypes.string: "bytes", dtypes.float32: "float", dtypes.int64: "int64"}
_MANY = 16
"""So many Examples are read faster by columns than one by one."""
_NAMES = {dtypes.string: "string", dtypes.float32: "float", dtypes.int64: "int64"}


@dataclass(frozen=True)
class Dense:
    """A feature that becomes a dense tensor.

    Attributes:
      shape: of one Example's values; the first dimension may be None, for any number of rows.
      default: what stands for a missing feature, or pads; empty where there is nothing.
    """

    key: bytes
    dtype: DType
    shape: tuple[int | None, ...]
    default: np.ndarray

    @property
    def varies(self) -> bool:
        """Whether Examples may have different numbers of rows."""
        return bool(self.shape) and self.shape[0] is None

    @property
    def stride(self) -> int:
        """How many values a row has, or all of them where their number is fixed."""
        return _stride(self.shape)

    @property
    def shape_text(self) -> str:
        return "[" + ",".join("?" if d is None else str(d) for d in self.shape) + "]"


@functools.lru_cache
def _stride(shape: tuple[int | None, ...]) -> int:
    return math.prod(d or 0 for d in (shape[1:] if shape and shape[0] is None else shape))


@dataclass(frozen=True)
class Sparse:
    """A feature that becomes a sparse tensor."""

    key: bytes
    dtype: DType


Outputs = tuple[list[Any], list[Any], list[Any], list[Any]]
"""Indices, values and shapes of sparse features, values of dense ones."""


def parse_batch(
    serialized: Sequence[bytes],
    names: Sequence[bytes],
    sparse: Sequence[Sparse],
    dense: Sequence[Dense],
) -> Outputs:
    """The tensors of a batch.

    Raises:
      InvalidArgumentError: an Example cannot be read, or does not fit.
    """
    wanted = [*sparse, *dense]
    found = _by_columns(serialized, wanted) if len(serialized) >= _MANY else None
    if found is None:
        rows = []
        for i, example in enumerate(serialized):
            name = names[i].decode("utf-8", "replace") if len(names) else "<unknown>"
            where = (f"Name: {name}, Key: ", f", Index: {i}.  ", f"Name: {name}, ")
            rows.append(_one_by_one(example, wanted, where))
        found = [_column([row[i] for row in rows], f.dtype) for i, f in enumerate(wanted)]
    columns = found[: len(sparse)]
    parts = [_sparse_parts(column) for column in columns]
    indices, values, shapes = (list(p) for p in zip(*parts, strict=True)) if parts else ([], [], [])
    filled = [_filled(c, f) for c, f in zip(found[len(sparse) :], dense, strict=True)]
    return indices, values, shapes, filled


def parse_one(example: bytes, sparse: Sequence[Sparse], dense: Sequence[Dense]) -> Outputs:
    """The tensors of one Example; errors as `parse_batch`'s."""
    row = _one_by_one(example, [*sparse, *dense], None)
    indices, values, shapes, filled = [], [], [], []
    for f, found in zip(sparse, row, strict=False):
        array = _array(found or [], f.dtype)
        indices.append(np.arange(len(array)).reshape(-1, 1))
        values.append(array)
        shapes.append(np.array([len(array)]))
    for d, found in zip(dense, row[len(sparse) :], strict=True):
        if found is None:
            shape = [0 if n is None else n for n in d.shape]
            filled.append(_array([], d.dtype).reshape(shape) if d.varies else d.default.copy())
        else:
            shape = [-1 if n is None else n for n in d.shape]
            if d.varies and not len(found):
                shape[0] = 0
            filled.append(_array(found, d.dtype).reshape(shape))
    return indices, values, shapes, filled


def _by_columns(
    serialized: Sequence[bytes], wanted: Sequence[Dense | Sparse]
) -> list[Column] | None:
    """The columns of a batch in which everything is as it should be; else None."""
    request = [*zip(*((f.key, f.dtype, _count(f)) for f in wanted), strict=True)]
    keys, types, _ = request
    found = example_uniform.columns(serialized, keys, types)
    if found is None:
        found = example_wire.columns(serialized, *request)
    if found is None:
        written = _canonical(serialized)
        found = written and example_wire.columns(written, *request)
    if not found or not all(map(_fits, found, wanted)):
        return None
    return found


def _count(feature: Dense | Sparse) -> int | None:
    """How many values a feature has in every Example."""
    return None if isinstance(feature, Sparse) or feature.varies else feature.stride


def _canonical(serialized: Sequence[bytes]) -> list[bytes] | None:
    """The same Examples as protobuf writes them; None if one cannot be read."""
    try:
        return [Example.FromString(s).SerializeToString() for s in serialized]
    except DecodeError:
        return None


def _fits(column: Column, feature: Dense | Sparse) -> bool:
    if isinstance(feature, Sparse):
        return True
    counts = column.counts
    if feature.varies:
        return feature.stride == 1 or bool((np.maximum(counts, 0) % feature.stride == 0).all())
    others = np.count_nonzero(counts != feature.stride)
    return not others or feature.default.size > 0 and others == np.count_nonzero(counts < 0)


def _one_by_one(
    serialized: bytes,
    wanted: Sequence[Dense | Sparse],
    where: tuple[str, str, str] | None,
) -> list[Sequence[Any] | None]:
    """The values of each feature of one Example, None where it is missing.

    Args:
      where: what errors say in front of a key, after it, and where a feature is missing; None
        for an Example that is alone.
    """
    try:
        features = Example.FromString(serialized).features.feature
    except DecodeError:
        text = serialized.decode("utf-8", "replace")
        raise invalid(f"Could not parse example input, value: '{text}'") from None
    found: list[Sequence[Any] | None] = []
    for f in wanted:
        key = f.key.decode("utf-8", "surrogateescape")
        feature = features[key] if key in features else Feature()
        kind = feature.WhichOneof("kind")
        if kind is None:
            found.append(None)
            continue
        before, after, _ = where or ("Key: ", ".  ", "")
        if _TYPES[kind] is not f.dtype:
            raise invalid(f"{before}{key}{after}" + _wrong_type(f, _TYPES[kind]))
        values = getattr(feature, kind).value
        if isinstance(f, Dense) and (
            len(values) % f.stride if f.varies else len(values) != f.stride
        ):
            complaint = _wrong_count(f, len(values)) if where else "Can't parse serialized Example."
            raise invalid(f"{before}{key}{after}{complaint}")
        found.append(values)
    for f, values in zip(wanted, found, strict=True):
        if values is None and isinstance(f, Dense) and not f.varies and not f.default.size:
            raise missing(f, where[2] if where else "")
    return found


def missing(feature: Dense, before: str = "") -> InvalidArgumentError:
    """The error for a feature that must be there."""
    key = feature.key.decode("utf-8", "replace")
    return invalid(
        f"{before}Feature: {key} (data type: {_NAMES[feature.dtype]}) is required but could not "
        "be found."
    )


def _wrong_type(feature: Dense | Sparse, found: DType) -> str:
    expected = _NAMES[feature.dtype]
    if isinstance(feature, Sparse):
        more = f"Expected type: {expected}, Actual type: {_NAMES[found]}"
    else:
        more = f"Data type: {_NAMES[found]} but expected type: {expected}"
    return f"Data types don't match. {more}"


def _wrong_count(feature: Dense, count: int) -> str:
    word = _WORDS[feature.dtype]
    if feature.varies:
        return (
            f"Number of {word} values is not a multiple of stride length. Saw {count} values but "
            f"output shape is: {feature.shape_text}"
        )
    return (
        f"Number of {word} values != expected.  Values size: {count} but output shape: "
        f"{feature.shape_text}"
    )


def _array(values: Any, dtype: DType) -> np.ndarray:
    """Values as an array."""
    if dtype is dtypes.string:
        return array_of(values)
    return np.asarray(values, dtype.as_numpy_dtype)


def _column(rows: Sequence[Sequence[Any] | None], dtype: DType) -> Column:
    flat = [value for row in rows if row is not None for value in row]
    counts = [-1 if row is None else len(row) for row in rows]
    return Column(_array(flat, dtype), np.array(counts, np.int64))


def _sparse_parts(column: Column) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    counts = np.maximum(column.counts, 0)
    indices = np.empty((len(column.flat), 2), np.int64)
    indices[:, 0] = np.repeat(np.arange(len(counts)), counts)
    indices[:, 1] = np.arange(len(indices)) - np.repeat(np.cumsum(counts) - counts, counts)
    most = int(counts.max()) if len(counts) else 0
    return indices, column.flat, np.array([len(counts), most])


def _filled(column: Column, feature: Dense) -> np.ndarray:
    """A dense tensor, with defaults where there are no values."""
    counts, size = column.counts, len(column.counts)
    if not feature.varies:
        if np.count_nonzero(counts < 0):
            there = counts >= 0
            values = np.empty((size, feature.stride), column.flat.dtype)
            values[~there] = feature.default.reshape(-1)
            values[there] = column.flat.reshape(-1, feature.stride)
        else:
            values = column.flat
        return values.reshape(size, *feature.shape)  # type: ignore[arg-type]
    counts = np.maximum(counts, 0)
    most = int(counts.max()) if size else 0
    values = np.empty((size, most), column.flat.dtype)
    values[...] = feature.default.reshape(-1)[0] if feature.default.size else values.dtype.type()
    values[np.arange(most) < counts[:, None]] = column.flat
    return values.reshape(size, most // feature.stride, *feature.shape[1:])  # type: ignore[arg-type]
