"""Features of many Examples at once, read from their bytes.

protobuf merges: of two messages one after the other, the fields that repeat are joined. So a whole
batch is one message, of which its C parser makes long lists, and a mark between two examples tells
where one ends. What comes back is looked at by NumPy. Whatever is not of the form that protobuf
writes is None here, and is read example by example (`kernels/example_parsing.py`).
"""

import os
from collections.abc import Sequence
from itertools import repeat
from typing import Any

import numpy as np
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError

from evergraph.proto.example.feature_pb2 import Feature

BYTES_TAG, FLOAT_TAG, INT_TAG = 0x0A, 0x12, 0x1A
"""The first byte of a Feature with a list of bytes, of floats, of integers."""

_MARK = os.urandom(16)
_PACKED_TAG = 0x0A
_SMALL = 129  # a Feature of so many bytes has lengths of one byte

Values = tuple[Any, np.ndarray]
"""The values of many features one after the other, and how many each has."""


def _messages() -> tuple[Any, Any]:
    """What the merging parser reads: Examples as pairs of lists, Features as a list of bytes."""
    file = descriptor_pb2.FileDescriptorProto(
        name="evergraph/merged_example.proto", package="evergraph.merged", syntax="proto3"
    )
    kinds = descriptor_pb2.FieldDescriptorProto

    def message(name: str, **fields: tuple[int, str | None]) -> None:
        kind = file.message_type.add(name=name)
        for field, (number, of) in fields.items():
            if of:
                kind.field.add(
                    name=field,
                    number=number,
                    type=kinds.TYPE_MESSAGE,
                    label=kinds.LABEL_OPTIONAL,
                    type_name=f".evergraph.merged.{of}",
                )
            else:
                kind.field.add(
                    name=field, number=number, type=kinds.TYPE_BYTES, label=kinds.LABEL_REPEATED
                )

    message("Entry", key=(1, None), value=(2, None))
    message("Features", feature=(1, "Entry"))
    message("Example", features=(1, "Features"))
    message("Bytes", value=(1, None))
    message("Feature", bytes_list=(1, "Bytes"))
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    found = (pool.FindMessageTypeByName(f"evergraph.merged.{n}") for n in ("Example", "Feature"))
    return tuple(map(message_factory.GetMessageClass, found))  # type: ignore[return-value]


_Examples, _Strings = _messages()
_EXAMPLE_END = _Examples(
    features={"feature": {"key": [_MARK], "value": [_MARK]}}
).SerializeToString()
_STRING_END = _Strings(bytes_list={"value": [_MARK]}).SerializeToString()


def columns(serialized: Sequence[bytes], keys: Sequence[bytes]) -> list[Sequence[Any]] | None:
    """For each key the bytes of the features that the examples have under it, None where one has
    none; None if an example is not what protobuf writes."""
    try:
        entries = _Examples.FromString(_EXAMPLE_END.join(serialized)).features.feature
    except DecodeError:
        return None
    names, features = entries.key[:], entries.value[:]
    if len(names) != len(features):
        return None
    # Which of the keys each entry has: 0, 1, ..., or none; the last number is the mark's.
    numbers = {key: i for i, key in enumerate([*keys, _MARK])}
    found = np.fromiter(map(numbers.get, names, repeat(-1)), np.int16, len(names))
    marks = np.flatnonzero(found == len(keys))
    count = len(serialized)
    if len(marks) != count - 1:
        return None
    order = np.argsort(found, kind="stable")
    values = np.empty(len(features), object)
    values[:] = features
    first = int(np.searchsorted(found[order], 0))
    order = order[first : len(order) - len(marks)]
    examples = np.searchsorted(marks, order)
    if len(order) == len(keys) * count:
        rows = order.reshape(len(keys), count)
        if (examples.reshape(rows.shape) == np.arange(count)).all():
            found_rows: list[Sequence[Any]] = values[rows].tolist()
            return found_rows
    table = np.full((len(keys), count), None, object)
    table[found[order], examples] = values[order]  # the last of two with one key remains
    table_rows: list[Sequence[Any]] = table.tolist()
    return table_rows


def canonical(features: Sequence[bytes]) -> list[bytes] | None:
    """The same features as protobuf writes them; None if one cannot be read."""
    try:
        return [Feature.FromString(f).SerializeToString() for f in features]
    except DecodeError:
        return None


def integers(features: Sequence[bytes]) -> Values | None:
    """The numbers of features that hold integers."""
    found = _payloads(features, INT_TAG)
    if found is None:
        return None
    data, sizes = found
    last = np.flatnonzero(data < 0x80)
    stops = np.cumsum(sizes)
    ends = np.searchsorted(last, stops)
    if len(data) and (not len(last) or (last[ends - 1] != stops - 1)[sizes > 0].any()):
        return None
    counts = np.diff(ends, prepend=0)
    numbers = _varints(data, last)
    return None if numbers is None else (numbers, counts)


def _varints(data: np.ndarray, last: np.ndarray) -> np.ndarray | None:
    """The numbers whose last bytes are at `last`."""
    widths = np.diff(last, prepend=-1) - 1
    starts = last - widths
    widest = int(widths.max()) if len(widths) else 0
    if widest > 9:
        return None
    numbers = (data[starts] & 0x7F).astype(np.uint64)
    for i in range(1, widest + 1):
        wide = widths >= i
        part = (data[starts[wide] + i] & 0x7F).astype(np.uint64)
        numbers[wide] |= part << np.uint64(7 * i)
    return numbers.view(np.int64)


def floats(features: Sequence[bytes]) -> Values | None:
    """The numbers of features that hold floats."""
    found = _payloads(features, FLOAT_TAG)
    if found is None:
        return None
    data, sizes = found
    if (sizes % 4).any():
        return None
    return data.view("<f4"), sizes // 4


def _payloads(features: Sequence[bytes], tag: int) -> tuple[np.ndarray, np.ndarray] | None:
    """Packed numbers without what stands before them, and how many bytes each feature has."""
    sizes = np.fromiter(map(len, features), np.int64, len(features))
    least, most = int(sizes.min()), int(sizes.max())
    if least == most and least > 2:
        header = np.frombuffer(_HEADERS[tag, least], np.uint8)
        rows = np.frombuffer(b"".join(features), np.uint8).reshape(len(features), -1)
        if (rows[:, : len(header)] != header).any():
            return None
        return np.array(rows[:, len(header) :]).reshape(-1), sizes - len(header)
    if least == 2 and most <= _SMALL:
        empty = bytes((tag, 0))
        filled = [f for f in features if f != empty]
        if len(filled) != np.count_nonzero(sizes > 2):
            return None
        found = _payloads(filled, tag) if filled else (np.zeros(0, np.uint8), sizes[:0])
        if found is not None:
            every = np.zeros(len(features), np.int64)
            every[sizes > 2] = found[1]
            return found[0], every
        return None
    if 4 <= least and most <= _SMALL:
        # The header is the tag, a size, a tag and a size, each of one byte.
        data = np.frombuffer(b"".join(features), np.uint8)
        places = (np.cumsum(sizes) - sizes)[:, None] + np.arange(4)
        headers = np.empty((len(sizes), 4), np.uint8)
        headers[:, 0], headers[:, 1], headers[:, 2], headers[:, 3] = (
            *(tag, sizes - 2),
            *(_PACKED_TAG, sizes - 4),
        )
        if (data[places] != headers).any():
            return None
        keep = np.ones(len(data), bool)
        keep[places] = False
        return data[keep], sizes - 4
    parts = []
    for f in features:
        header = _HEADERS[tag, len(f)]
        if not f.startswith(header):
            return None
        parts.append(f[len(header) :])
    data = np.frombuffer(bytearray().join(parts), np.uint8)
    return data, np.fromiter(map(len, parts), np.int64, len(parts))


class _Headers(dict[tuple[int, int], bytes]):
    """By tag and size of a Feature with packed numbers, what stands before these."""

    def __missing__(self, key: tuple[int, int]) -> bytes:
        self[key] = header = self._header(*key)
        return header

    @staticmethod
    def _header(tag: int, size: int) -> bytes:
        if size == 2:
            return bytes((tag, 0))
        for inner in range(size - 4, max(size - 13, -1), -1):
            packed = bytes((_PACKED_TAG,)) + _varint(inner)
            header = bytes((tag,)) + _varint(len(packed) + inner) + packed
            if len(header) + inner == size:
                return header
        return b"no such size"


def _varint(number: int) -> bytes:
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    found.append(number)
    return bytes(found)


_HEADERS = _Headers()


def strings(features: Sequence[bytes]) -> Values | None:
    """The bytes of features that hold bytes; a list in place of an array."""
    if not all(f[0] == BYTES_TAG for f in features):
        return None
    try:
        found = _Strings.FromString(_STRING_END.join(features)).bytes_list.value[:]
    except DecodeError:
        return None
    count = len(features)
    if len(found) == 2 * count - 1 and found[1::2] == [_MARK] * (count - 1):
        return found[::2], np.ones(count, np.int64)
    found.append(_MARK)
    ends = np.array([i for i, value in enumerate(found) if value == _MARK])
    if len(ends) != count:
        return None
    counts = np.diff(ends, prepend=-1) - 1
    return [value for value in found if value != _MARK], counts
