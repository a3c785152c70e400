"""Features of many Examples that are laid out alike, as those of records of one length mostly are.

The first Example tells where its features' values stand. Where all the others have the same bytes
around their values, each feature is some columns of the matrix of all bytes. Whatever is not so is
`Unlike` the first, and is read by `kernels/example_wire.py`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from evergraph.base import dtypes
from evergraph.base.dtypes import DType
from evergraph.kernels.example_wire import FIRST, KINDS, LONGEST, SECOND, Column, array_of, varints

_TYPES = {tag: dtype for dtype, tag in KINDS.items()}


@dataclass
class _Place:
    """Where a feature's values stand in an Example.

    Attributes:
      dtype: None for a feature without values of any type.
      spans: of each string, or of the packed numbers.
    """

    dtype: DType | None
    spans: list[tuple[int, int]]


class Unlike(Exception):
    """An Example is not laid out as others are, or not in the form that protobuf writes."""


class Layout:
    """Where the values of features stand in Examples that are laid out as the first of them is.

    Args:
      parses: whether they are Examples; of other records only the lengths are looked at.

    Raises:
      Unlike: the first is not of the form that protobuf writes.
    """

    def __init__(self, first: bytes, parses: bool = True) -> None:
        if not first:
            raise Unlike
        self.size = len(first)
        places = _places(first) if parses else []
        self._by_key = dict(places)  # of two with one key the last remains
        fixed = np.full(self.size, 0xFF if parses else 0, np.uint8)
        for _, place in places:
            for start, stop in place.spans:
                # The top bits of packed integers tell where each ends.
                fixed[start:stop] = 0x80 if place.dtype is dtypes.int64 else 0
        ends = np.flatnonzero(np.diff(np.concatenate([[0], fixed != 0, [0]])))
        bytes_of_first = np.frombuffer(first, np.uint8)
        self._fixed = [
            (slice(a, b), fixed[a:b], bytes_of_first[a:b] & fixed[a:b])
            for a, b in ends.reshape(-1, 2).tolist()
        ]

    def matrix(self, serialized: Sequence[bytes] | np.ndarray) -> np.ndarray:
        """The bytes of Examples as rows, as they may be given. Raises Unlike where one is laid out
        otherwise."""
        if isinstance(serialized, np.ndarray):
            matrix = serialized
        elif set(map(len, serialized)) == {self.size}:
            matrix = np.frombuffer(b"".join(serialized), np.uint8).reshape(-1, self.size)
        else:
            raise Unlike
        if matrix.shape[1] != self.size:
            raise Unlike
        for span, mask, first in self._fixed:
            if ((matrix[:, span] & mask) != first).any():
                raise Unlike
        return matrix

    def column(self, matrix: np.ndarray, key: bytes, dtype: DType) -> Column:
        """A feature of all Examples. Raises Unlike where it has values of another type."""
        place = self._by_key.get(key)
        if place is None or place.dtype is None:
            return Column(np.zeros(0, dtype.as_numpy_dtype), np.full(len(matrix), -1))
        if place.dtype is not dtype:
            raise Unlike
        return _column(matrix, place)

    def span(self, key: bytes) -> tuple[int, int]:
        """Where the one string of a feature stands. Raises Unlike where there is not one."""
        place = self._by_key.get(key)
        if place is None or place.dtype is not dtypes.string or len(place.spans) != 1:
            raise Unlike
        return place.spans[0]


def columns(
    serialized: Sequence[bytes], keys: Sequence[bytes], types: Sequence[DType]
) -> list[Column] | None:
    """The features that the Examples have under each key; None if they are not laid out alike, or
    have values of another type."""
    if set(map(len, serialized)) != {len(serialized[0])}:
        return None  # as `matrix` would find, but sooner
    try:
        layout = Layout(serialized[0])
        matrix = layout.matrix(serialized)
        return [layout.column(matrix, k, dtype) for k, dtype in zip(keys, types, strict=True)]
    except Unlike:
        return None


def _column(matrix: np.ndarray, place: _Place) -> Column:
    """A feature of all Examples. Raises Unlike if its numbers are not sound."""
    count, spans = len(matrix), place.spans
    if place.dtype is dtypes.string:
        data, size = matrix.tobytes(), matrix.shape[1]
        starts = range(0, len(data), size)
        strings = [data[i + start : i + stop] for i in starts for start, stop in spans]
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
    numbers = flat.astype(np.int64) if len(last) == len(flat) else varints(flat, last)
    if numbers is None:
        raise Unlike
    return Column(numbers, np.full(count, len(numbers) // count))


def _places(example: bytes) -> list[tuple[bytes, _Place]]:
    """The features of an Example. Raises Unlike."""
    start, stop = _only(example, 0, len(example), FIRST)
    places = []
    for _, begin, end in _fields(example, start, stop, FIRST):
        entry = [*_fields(example, begin, end)]
        if [tag for tag, _, _ in entry] != [FIRST, SECOND]:
            raise Unlike
        (_, *key), (_, *value) = entry
        places.append((example[slice(*key)], _place(example, *value)))
    return places


def _place(data: bytes, start: int, stop: int) -> _Place:
    """Of the feature that stands there."""
    if start == stop:
        return _Place(None, [])
    dtype = _TYPES.get(data[start])
    if dtype is None:
        raise Unlike
    start, stop = _only(data, start, stop)
    if dtype is dtypes.string:
        return _Place(dtype, [(a, b) for _, a, b in _fields(data, start, stop, FIRST)])
    if start == stop:
        return _Place(dtype, [])
    start, stop = _only(data, start, stop, FIRST)
    if dtype is dtypes.float32:
        if (stop - start) % 4:
            raise Unlike
    elif start < stop and data[stop - 1] >= 0x80:
        raise Unlike
    return _Place(dtype, [(start, stop)])


def _only(data: bytes, start: int, stop: int, tag: int | None = None) -> tuple[int, int]:
    """Where the contents of the one field that stands there begin and end."""
    fields = [*_fields(data, start, stop, tag)]
    if len(fields) != 1:
        raise Unlike
    _, start, stop = fields[0]
    return start, stop


def _fields(
    data: bytes, start: int, stop: int, only: int | None = None
) -> Iterator[tuple[int, int, int]]:
    """Tags, beginnings and ends of the contents of fields that have a length."""
    while start < stop:
        tag = data[start]
        if only is not None and tag != only:
            raise Unlike
        size = 0
        for i in range(LONGEST):
            start += 1
            byte = data[start] if start < stop else 0xFF
            size |= (byte & 0x7F) << 7 * i
            if byte < 0x80:
                break
        else:
            raise Unlike
        start += 1
        end = start + size
        if end > stop:
            raise Unlike
        yield tag, start, end
        start = end
