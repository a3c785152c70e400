"""Features of many Examples at once, read from their bytes.

The Examples of a batch are walked in step: NumPy reads the first entry of each, then the second,
and so on, whatever order the entries have. What each entry is, and the numbers in it, are then
found for all of them together. Whatever is not of the form that protobuf writes is None here, and
is read example by example (`kernels/example_parsing.py`).
"""

import functools
import itertools
import operator
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evergraph.base import dtypes
from evergraph.base.dtypes import DType

# The first bytes of fields with a length: a map's entry, its key, its value; a list's values.
FIRST, SECOND = 0x0A, 0x12
KINDS = {dtypes.string: 0x0A, dtypes.float32: 0x12, dtypes.int64: 0x1A}
_WORD = 8
_LOW = np.array([*((1 << 8 * n) - 1 for n in range(_WORD)), -1])
"""By a number of bytes, the mask of a word's first ones."""
_TOP_BITS = [sum(0x80 << 8 * i for i in range(n)) for n in range(_WORD)]
# By the size of a number, of less than a word: the bits that say whether a byte is its last, and
# what they should be. None is of no bytes.
_LOOKED_AT = np.array(_TOP_BITS)
_HIGH_BITS = np.array([-1, *_TOP_BITS[:-1]])
LONGEST = 5  # bytes of a length
_first = operator.itemgetter(0)
_PRIMES = (0x9E3779B97F4A7C15 >> 2 | 1, 0x2545F4914F6CDD1D, 0x27D4EB2F165667C5)


@dataclass
class Column:
    """A feature's values in all Examples, one after the other, and how many there are in each;
    -1 where the feature is missing."""

    flat: np.ndarray
    counts: np.ndarray


def array_of(values: Sequence[bytes]) -> np.ndarray:
    """Strings as an array."""
    array = np.empty(len(values), object)
    array[:] = list(values)
    return array


def columns(
    serialized: Sequence[bytes],
    keys: Sequence[bytes],
    types: Sequence[DType],
    counts: Sequence[int | None],
) -> list[Column] | None:
    """The features that the examples have under each key; None if an example is not what protobuf
    writes, or has values of another type.

    Args:
      counts: how many values a feature should have, None where any number will do. Columns that
        should be alike are read together.
    """
    batch = _Batch(serialized)
    entries = batch.entries()
    places = None if entries is None else batch.find(entries, tuple(keys))
    if places is None:
        return None
    groups: dict[tuple[DType, int | None], list[int]] = {}
    for i, (dtype, count) in enumerate(zip(types, counts, strict=True)):
        # Several integers are of several sizes anyway.
        alike = count if dtype is not dtypes.int64 or count == 1 else None
        groups.setdefault((dtype, alike), []).append(i)
    order = [i for own in groups.values() for i in own]
    kinds = [(dtype, len(own)) for (dtype, _), own in groups.items()]
    read = batch.read(entries, places[order], kinds)  # type: ignore[arg-type]
    if read is None:
        return None
    return [column for _, column in sorted(zip(order, read, strict=True), key=_first)]


@dataclass
class _Fields:
    """Where fields begin, after their tags and lengths, and end; and whose they are."""

    starts: np.ndarray
    ends: np.ndarray
    owners: np.ndarray


class _Batch:
    """The bytes of many examples."""

    def __init__(self, serialized: Sequence[bytes]) -> None:
        self.count = len(serialized)
        # What is read past the end of a sound example is zero, and so no tag.
        self.data = b"".join([*serialized, bytes(2 * _WORD)])
        self.ends = np.fromiter(map(len, serialized), np.int64, self.count).cumsum()
        self.bytes = np.frombuffer(self.data, np.uint8)
        # At each byte, it and the seven after it as one number.
        self.words = np.ndarray((len(self.data) - _WORD,), "<i8", self.data, 0, (1,))

    def entries(self) -> _Fields | None:
        """The entries of all maps of features: first the first of each example, then the second."""
        begins = np.zeros_like(self.ends)
        begins[1:] = self.ends[:-1]
        features = self.field(begins, FIRST)
        if features is None or np.count_nonzero(features[1] != self.ends):
            return None
        return self.walk(features[0], self.ends)

    def walk(self, at: np.ndarray, ends: np.ndarray) -> _Fields | None:
        """The fields that stand between these places, the first of each, then the second; None if
        they are of another tag than the first."""
        owners = np.arange(len(at))
        begun, starts, stops, whose = [at[:0]], [at[:0]], [at[:0]], [owners[:0]]
        while at.size:
            going = at < ends
            if np.count_nonzero(going) < len(at):
                if np.count_nonzero(at > ends):
                    return None
                at, ends, owners = at[going], ends[going], owners[going]
                continue
            found = self.contents(at, self.words[at])
            if found is None:
                return None
            begun.append(at)
            starts.append(found[0])
            stops.append(found[1])
            whose.append(owners)
            at = found[1]
        fields = _Fields(*map(np.concatenate, (starts, stops, whose)))
        tags = self.words[np.concatenate(begun)] & 0xFF
        return None if np.count_nonzero(tags != FIRST) else fields

    def field(self, at: np.ndarray, tag: int | np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
        """Where the contents of fields with a length begin that stand here, and where they end,
        which may be anywhere; None if a field has another tag."""
        words = self.words[at]
        return None if np.count_nonzero(words & 0xFF != tag) else self.contents(at, words)

    @staticmethod
    def contents(at: np.ndarray, words: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
        """As `field`, given the words that stand here, whatever the tags."""
        size = (words >> 8) & 0xFF
        start = at + 2
        if np.count_nonzero(words & 0x8000):
            wide = np.flatnonzero(size > 0x7F)
            size &= 0x7F
            for i in range(2, 6):
                start[wide] += 1
                part = (words[wide] >> 8 * i) & 0xFF
                size[wide] |= (part & 0x7F) << 7 * (i - 1)
                wide = wide[part > 0x7F]
                if not len(wide):
                    break
            else:
                return None
        return start, start + size

    def find(self, entries: _Fields, keys: tuple[bytes, ...]) -> np.ndarray | None:
        """For each key and example the number of the entry, -1 where there is none. From then on
        entries start after their keys."""
        key = self.field(entries.starts, FIRST)
        if key is None or np.count_nonzero(key[1] > entries.ends):
            return None
        start, entries.starts = key
        wanted = _wanted(keys)
        sizes = np.minimum(entries.starts - start, wanted.most + 1)
        codes = sizes * _PRIMES[0]
        words = []
        for i in range(wanted.words.shape[1]):
            # Of short keys nothing is left in the later words.
            at = start if i == 0 else np.minimum(start + _WORD * i, entries.starts)
            word = self.words[at] & wanted.masks[i][sizes]
            codes += word * _PRIMES[1 + i % 2] if i else word
            words.append(word)
        found = wanted.codes.searchsorted(codes)
        hits = np.flatnonzero(wanted.codes.take(found, mode="clip") == codes)
        numbers = wanted.numbers[found[hits]]
        if np.count_nonzero(wanted.sizes[numbers] != sizes[hits]) or any(
            np.count_nonzero(wanted.words[numbers, i] != word[hits]) for i, word in enumerate(words)
        ):
            return None  # another key has the same code
        table = np.full((len(keys), self.count), -1)
        table[numbers, entries.owners[hits]] = hits  # of two with one key the last remains
        return table

    def read(
        self, entries: _Fields, places: np.ndarray, kinds: Sequence[tuple[DType, int]]
    ) -> list[Column] | None:
        """The columns of the entries at `places`.

        Args:
          kinds: the types of the first columns, of the following ones, and so on, with their
            numbers.
        """
        chosen = places.reshape(-1)
        counts = np.full(chosen.size, -1)
        which = np.flatnonzero(chosen >= 0)
        if len(which) < len(chosen):
            chosen = chosen[which]
        # A value is an entry's second field, a list the only one of a value.
        end = entries.ends[chosen]
        value = self.field(entries.starts[chosen], SECOND)
        if value is None or np.count_nonzero(value[1] != end):
            return None
        start, end, which = _filled(value[0], end, which)
        rows = np.repeat(
            [KINDS[dtype] for dtype, number in kinds for _ in range(number)], self.count
        )
        lists = self.field(start, rows[which])
        if lists is None or np.count_nonzero(lists[1] != end):
            return None
        counts[which] = 0
        start, end, which = _filled(lists[0], end, which)
        first = self.field(start, FIRST)
        if first is None:
            return None
        bounds = [0, *which.searchsorted(np.cumsum([n for _, n in kinds]) * self.count).tolist()]
        flats = []
        for (dtype, _), a, b in zip(kinds, bounds[:-1], bounds[1:], strict=True):
            values = self._values(dtype, start[a:b], first[0][a:b], first[1][a:b], end[a:b])
            if values is None:
                return None
            flats.append(values[0])
            counts[which[a:b]] = values[1]
        columns = []
        table = counts.reshape(places.shape)
        totals = iter(np.maximum(table, 0).sum(axis=1).tolist())
        rows = iter(table)
        for (_, number), flat in zip(kinds, flats, strict=True):
            begin = 0
            for total, row in itertools.islice(zip(totals, rows, strict=False), number):
                columns.append(Column(flat[begin : begin + total], row))
                begin += total
        return columns

    def _values(
        self, dtype: DType, start: np.ndarray, first: np.ndarray, stop: np.ndarray, end: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray] | None:
        """The values of lists, and how many each has. Lists are from `start` to `end`; their first
        fields have contents from `first` to `stop`."""
        single = not np.count_nonzero(stop != end)
        if dtype is dtypes.string:
            return self._strings(first, end) if single else self._string_lists(start, end)
        if not single:  # packed numbers are one field
            return None
        sizes = end - first
        if dtype is dtypes.int64:
            return self._integers(first, end, sizes)
        if np.count_nonzero(sizes & 3):
            return None
        return self._bytes(first, end).view("<f4"), sizes >> 2

    def _bytes(self, start: np.ndarray, end: np.ndarray) -> np.ndarray:
        """What stands between these places, one after the other."""
        sizes = end - start
        size = int(sizes.max(initial=0))
        if not size:
            return np.zeros(0, np.uint8)
        if size == sizes.min():
            # Rows of this size begin at each byte.
            rows = np.ndarray((len(self.data) - size,), f"V{size}", self.data, 0, (1,))
            return rows[start].view(np.uint8)
        before = np.cumsum(sizes) - sizes
        return self.bytes[np.repeat(start - before, sizes) + np.arange(before[-1] + sizes[-1])]

    def _integers(
        self, start: np.ndarray, end: np.ndarray, sizes: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray] | None:
        """Numbers of one byte or more; where each list has one of less than eight, from words."""
        if np.count_nonzero(sizes) < len(sizes):
            return None
        most = int(sizes.max(initial=0))
        if most < _WORD:
            words = self.words[start]
            if not np.count_nonzero((words & _LOOKED_AT[sizes]) != _HIGH_BITS[sizes]):
                return _from_words(words, sizes, most), np.ones(len(sizes), np.int64)
        data = self._bytes(start, end)
        last = np.flatnonzero(data < 0x80)
        stops = np.cumsum(sizes)
        ends = np.searchsorted(last, stops)
        if not len(last) or np.count_nonzero(last[ends - 1] != stops - 1):
            return None
        found = varints(data, last)
        return None if found is None else (found, _steps(ends, 0))

    def _strings(self, start: np.ndarray, end: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        data = self.data
        cut = zip(start.tolist(), end.tolist(), strict=True)
        return array_of([data[a:b] for a, b in cut]), np.ones(len(start), np.int64)

    def _string_lists(
        self, start: np.ndarray, end: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray] | None:
        data = self.data
        strings: list[bytes] = []
        totals = [0]
        # So few bytes each that a loop of Python's is as soon done with them as NumPy.
        for at, stop in zip(start.tolist(), end.tolist(), strict=True):
            while at < stop:
                if data[at] != FIRST:
                    return None
                size = data[at + 1]
                at += 2
                if size > 0x7F:
                    size, at = _length(data, at - 1)
                strings.append(data[at : at + size])
                at += size
            if at != stop:
                return None
            totals.append(len(strings))
        return array_of(strings), np.diff(totals)


def _length(data: bytes, at: int) -> tuple[int, int]:
    """The length that stands there, and where what is so long begins."""
    size = 0
    for i in range(LONGEST):
        byte = data[at + i]
        size |= (byte & 0x7F) << 7 * i
        if byte < 0x80:
            return size, at + i + 1
    return len(data), at  # longer than anything, and so not sound


def _filled(
    start: np.ndarray, end: np.ndarray, which: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Those of fields that are not empty."""
    filled = end > start
    if np.count_nonzero(filled) == len(filled):
        return start, end, which
    return start[filled], end[filled], which[filled]


def _steps(values: np.ndarray, before: int) -> np.ndarray:
    """The differences of neighbours, of the first to `before`; sooner than by `np.diff`."""
    steps = values.copy()
    steps[1:] -= values[:-1]
    steps[:1] -= before
    return steps


def varints(data: np.ndarray, last: np.ndarray) -> np.ndarray | None:
    """The numbers whose last bytes are at `last`."""
    sizes = _steps(last, -1)
    starts = last - sizes + 1
    most = int(sizes.max())
    if most < _WORD:
        padded = data.tobytes() + bytes(_WORD)
        words = np.ndarray((len(data),), "<i8", padded, 0, (1,))
        return _from_words(words[starts], sizes, most)
    if most > 10:
        return None
    numbers = (data[starts] & 0x7F).astype(np.uint64)
    for i in range(1, most):
        wide = sizes > i
        part = (data[starts[wide] + i] & 0x7F).astype(np.uint64)
        numbers[wide] |= part << np.uint64(7 * i)
    return numbers.view(np.int64)


def _from_words(words: np.ndarray, sizes: np.ndarray, most: int) -> np.ndarray:
    """The numbers that begin words, of `sizes` bytes, `most` or less and less than a word."""
    words &= _LOW[sizes]
    numbers = words & 0x7F
    for i in range(1, most):
        numbers |= (words >> i) & (0x7F << 7 * i)
    return numbers


@dataclass(frozen=True)
class _Wanted:
    """Keys as words of eight bytes.

    Attributes:
      codes: a number made of each key, ascending.
      numbers: which key each code is of.
      sizes, words: of each key.
      masks: for each word, by the size of a key, which of its bits belong to the key.
      most: the largest size.
    """

    codes: np.ndarray
    numbers: np.ndarray
    sizes: np.ndarray
    words: np.ndarray
    masks: np.ndarray
    most: int


@functools.lru_cache(maxsize=64)
def _wanted(keys: tuple[bytes, ...]) -> _Wanted:
    most = max(map(len, keys))
    count = max(-(-most // _WORD), 1)
    data = b"".join(key.ljust(count * _WORD, b"\0") for key in keys)
    words = np.frombuffer(data, "<i8").reshape(len(keys), count)
    sizes = np.array([*map(len, keys)])
    codes = sizes * _PRIMES[0] + words[:, 0]
    for i in range(1, count):
        codes += words[:, i] * _PRIMES[1 + i % 2]
    order = codes.argsort()
    in_word = np.arange(most + 2) - _WORD * np.arange(count)[:, None]
    masks = _LOW[np.clip(in_word, 0, _WORD)]
    return _Wanted(codes[order], order, sizes, words, masks, most)
