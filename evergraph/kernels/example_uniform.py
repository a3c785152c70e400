"""Features of many Examples that are laid out alike, as those of records of one length mostly are.

The first Example tells where its features' values stand. Where all the others have the same bytes
around their values, each feature is some columns of the matrix of all bytes. Whatever is not so is
None here, and is read by `kernels/example_wire.py`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from evergraph.base import dtypes
from evergraph.base.dtypes import DType
from evergraph.kernels.example_wire import FIRST, KINDS, SECOND, Column, array_of, varints

_TYPES = {tag: dtype for dtype, tag in KINDS.items()}
_LONGEST = 5  # bytes of a length


@dataclass
class _Place:
    """Where a feature's values stand in an Example.

    Attributes:
      dtype: None for a feature without values of any type.
      spans: of each string, or of the packed numbers.
    """

    dtype: DType | None
    spans: list[tuple[int, int]]


class _Unlike(Exception):
    """The Example is not of the form that protobuf writes."""


def columns(
    serialized: Sequence[bytes], keys: Sequence[bytes], types: Sequence[DType]
) -> list[Column] | None:
    """The features that the Examples have under each key; None if they are not laid out alike, or
    have values of another type."""
    count, size = len(serialized), len(serialized[0])
    if not size or set(map(len, serialized)) != {size}:
        return None
    try:
        places = _places(serialized[0])
    except _Unlike:
        return None
    matrix = np.frombuffer(b"".join(serialized), np.uint8).reshape(count, size)
    if not _alike(matrix, places):
        return None
    by_key = dict(places)  # of two with one key the last remains
    found = []
    for key, dtype in zip(keys, types, strict=True):
        place = by_key.get(key)
        if place is None or place.dtype is None:
            found.append(Column(np.zeros(0, dtype.as_numpy_dtype), np.full(count, -1)))
            continue
        column = _column(serialized, matrix, place) if place.dtype is dtype else None
        if column is None:
            return None
        found.append(column)
    return found


def _alike(matrix: np.ndarray, places: list[tuple[bytes, _Place]]) -> bool:
    """Whether all rows have the first row's bytes where no values stand, and numbers of the same
    sizes."""
    fixed = np.full(matrix.shape[1], 0xFF, np.uint8)
    for _, place in places:
        for start, stop in place.spans:
            # The top bits of packed integers tell where each ends.
            fixed[start:stop] = 0x80 if place.dtype is dtypes.int64 else 0
    which = np.flatnonzero(fixed)
    return not ((matrix[:, which] ^ matrix[0, which]) & fixed[which]).any()


def _column(serialized: Sequence[bytes], matrix: np.ndarray, place: _Place) -> Column | None:
    """A feature of all Examples; None if its numbers are not sound."""
    count, spans = len(matrix), place.spans
    if place.dtype is dtypes.string:
        if len(spans) == 1:
            ((start, stop),) = spans
            strings = [s[start:stop] for s in serialized]
        else:
            strings = [s[start:stop] for s in serialized for start, stop in spans]
        return Column(array_of(strings), np.full(count, len(spans)))
    values = np.zeros((count, 0), np.uint8)
    if spans:
        ((start, stop),) = spans
        values = np.ascontiguousarray(matrix[:, start:stop])
    if place.dtype is dtypes.float32:
        return Column(values.reshape(-1).view("<f4"), np.full(count, values.shape[1] // 4))
    if not values.size:
        return Column(np.zeros(0, np.int64), np.zeros(count, np.int64))
    flat = values.reshape(-1)
    last = np.flatnonzero(flat < 0x80)
    if len(last) == len(flat):
        numbers = flat.astype(np.int64)
    else:
        found = varints(flat, last)
        if found is None:
            return None
        numbers = found
    return Column(numbers, np.full(count, len(numbers) // count))


def _places(example: bytes) -> list[tuple[bytes, _Place]]:
    """The features of an Example. Raises _Unlike."""
    start, stop = _only(example, 0, len(example), FIRST)
    places = []
    for _, begin, end in _fields(example, start, stop, FIRST):
        entry = [*_fields(example, begin, end)]
        if [tag for tag, _, _ in entry] != [FIRST, SECOND]:
            raise _Unlike
        (_, *key), (_, *value) = entry
        places.append((example[slice(*key)], _place(example, *value)))
    return places


def _place(data: bytes, start: int, stop: int) -> _Place:
    """Of the feature that stands there."""
    if start == stop:
        return _Place(None, [])
    dtype = _TYPES.get(data[start])
    if dtype is None:
        raise _Unlike
    start, stop = _only(data, start, stop)
    if dtype is dtypes.string:
        return _Place(dtype, [(a, b) for _, a, b in _fields(data, start, stop, FIRST)])
    if start == stop:
        return _Place(dtype, [])
    start, stop = _only(data, start, stop, FIRST)
    if dtype is dtypes.float32:
        if (stop - start) % 4:
            raise _Unlike
    elif start < stop and data[stop - 1] >= 0x80:
        raise _Unlike
    return _Place(dtype, [(start, stop)])


def _only(data: bytes, start: int, stop: int, tag: int | None = None) -> tuple[int, int]:
    """Where the contents of the one field that stands there begin and end."""
    fields = [*_fields(data, start, stop, tag)]
    if len(fields) != 1:
        raise _Unlike
    _, start, stop = fields[0]
    return start, stop


def _fields(
    data: bytes, start: int, stop: int, only: int | None = None
) -> Iterator[tuple[int, int, int]]:
    """Tags, beginnings and ends of the contents of fields that have a length."""
    while start < stop:
        tag = data[start]
        if only is not None and tag != only:
            raise _Unlike
        size = 0
        for i in range(_LONGEST):
            start += 1
            byte = data[start] if start < stop else 0xFF
            size |= (byte & 0x7F) << 7 * i
            if byte < 0x80:
                break
        else:
            raise _Unlike
        start += 1
        end = start + size
        if end > stop:
            raise _Unlike
        yield tag, start, end
        start = end
