"""Lookup tables with open addressing, whose buckets are what is exported and saved."""

from typing import Any

import numpy as np

from evergraph.base import errors
from evergraph.base.dtypes import DType
from evergraph.base.murmur import combine, hash64
from evergraph.kernels.host import invalid, text
from evergraph.kernels.tables import Pair, Shape, Table, check_values

_MASK = (1 << 64) - 1


class DenseHashTable(Table):
    """A table in buckets: a power of 2 of them, probed in steps of 1, 2, 3, ...

    Keys and values are scalars or vectors.

    Args:
      key_dtype: the type of the keys.
      value_dtype: the type of the values.
      value_dims: the shape of a value.
      empty_key: the key of buckets that never held one; no key of an entry.
      deleted_key: the key of buckets whose entry was removed; no key of an entry either.
      buckets: how many buckets there are at first.
      max_load_factor: which part of them may be in use before there are twice as many.

    Raises:
      InvalidArgumentError: the arguments do not fit.
    """

    def __init__(
        self,
        key_dtype: DType,
        value_dtype: DType,
        value_dims: Shape,
        empty_key: np.ndarray,
        deleted_key: np.ndarray,
        buckets: int,
        max_load_factor: float,
    ) -> None:
        super().__init__(key_dtype, value_dtype, empty_key.shape, value_dims)
        if not 0 < max_load_factor < 1:
            raise invalid(f"max_load_factor must be between 0 and 1, got: {max_load_factor:g}")
        for what, dims in (("Empty value", value_dims), ("Empty key", empty_key.shape)):
            if len(dims) > 1:
                raise invalid(f"{what} must be a scalar or a vector, got shape {text(dims)}")
        if empty_key.shape != deleted_key.shape:
            raise invalid(
                "Empty and deleted keys must have same shape, got shapes: "
                f"{text(empty_key.shape)} and {text(deleted_key.shape)}"
            )
        self._max_load_factor = np.float32(max_load_factor)
        self._key_size = int(np.prod(self.key_dims, dtype=np.int64))
        self._value_size = int(np.prod(value_dims, dtype=np.int64))
        (self._empty,), (self._deleted,) = self._keys(empty_key, 1), self._keys(deleted_key, 1)
        if self._empty == self._deleted:
            raise invalid("Empty and deleted keys cannot be equal")
        self._allocate(buckets)

    def _allocate(self, buckets: int) -> None:
        if buckets < 4 or buckets & (buckets - 1):
            raise invalid(f"Number of buckets must be at least 4 and a power of 2, got: {buckets}")
        self._entries = 0
        self._free = buckets  # buckets that never held an entry
        self._slots: list[Any] = [self._empty] * buckets
        kind = self.value_dtype.as_numpy_dtype
        self._rows = np.full((buckets, self._value_size), b"" if kind is object else 0, kind)
        # Where each key is found.
        self._index: dict[Any, int] = {}

    def _keys(self, keys: np.ndarray, count: int) -> list[Any]:
        """`count` keys: numbers, bytes or, of vectors, tuples of them."""
        if not self.key_dims:
            items: list[Any] = keys.ravel().tolist()
            return items
        return [tuple(row) for row in keys.reshape(count, self._key_size).tolist()]

    def _batch(self, keys: np.ndarray) -> list[Any]:
        count = keys.shape[0] if keys.ndim else 1
        if keys.size != count * self._key_size:
            raise invalid(
                f"Expected key shape {text((count, *self.key_dims))} got {text(keys.shape)}"
            )
        return self._keys(keys, count)

    def _check_usable(self, key: Any) -> None:
        for mark, name in ((self._empty, "empty_key"), (self._deleted, "deleted_key")):
            if key == mark:
                raise invalid(f"Using the {name} as a table key is not allowed")

    def size(self) -> int:
        return self._entries

    def find(self, keys: np.ndarray, default: np.ndarray) -> np.ndarray:
        self.check_default(keys, default)
        batch = self._batch(keys)
        with self._lock:
            found = [self._index.get(key, -1) for key in batch]
            missing = [i for i, at in enumerate(found) if at < 0]
            for i in missing:
                self._check_usable(batch[i])
            if missing and not self._free:
                raise self._internal("lookup")
            rows = self._rows[found]
        rows[missing] = default
        return rows.reshape(self.found_shape(keys))

    def insert(self, keys: np.ndarray, values: np.ndarray) -> None:
        self.check_entries(keys, values)
        batch = self._batch(keys)
        with self._lock:
            # All keys count as new ones.
            wanted, buckets = self._entries + len(batch), len(self._slots)
            while wanted > np.float32(buckets) * self._max_load_factor:
                buckets *= 2
            if buckets != len(self._slots):
                self._rebucket(buckets)
            rows = values.reshape(len(batch), self._value_size)
            for key, row in zip(batch, rows, strict=True):
                self._check_usable(key)
                self._put(key, row)

    def _rebucket(self, buckets: int) -> None:
        slots, rows = self._slots, self._rows
        self._allocate(buckets)
        for key, row in zip(slots, rows, strict=True):
            if key not in (self._empty, self._deleted):
                self._put(key, row)

    def _put(self, key: Any, row: np.ndarray) -> None:
        # Behind a deleted bucket a key may be there twice: the probe stops at the first place.
        is_settled = len(self._slots) - self._free == self._entries
        at = self._index.get(key, -1) if is_settled else -1
        if at < 0:
            at = self._probe(key, (key, self._empty, self._deleted))
            if at < 0:
                raise self._internal("insert")
        before = self._slots[at]
        if before != key:
            self._entries += 1
            self._free -= before == self._empty
            self._slots[at] = key
        self._index[key] = at
        self._rows[at] = row

    def remove(self, keys: np.ndarray) -> None:
        self.check_keys(keys)
        with self._lock:
            for key in self._batch(keys):
                self._check_usable(key)
                at = self._index.pop(key, -1)
                if at < 0:
                    if not self._free:
                        raise self._internal("remove")
                    continue
                self._entries -= 1
                self._slots[at] = self._deleted
                again = self._probe(key, (key, self._empty))
                if again >= 0 and self._slots[again] == key:
                    self._index[key] = again

    def _probe(self, key: Any, wanted: tuple[Any, ...]) -> int:
        """The first bucket on a key's way that holds one of `wanted`; -1 for none."""
        mask = len(self._slots) - 1
        at = self._hash(key) & mask
        for step in range(1, len(self._slots) + 1):
            if self._slots[at] in wanted:
                return at
            at = (at + step) & mask
        return -1

    def _hash(self, key: Any) -> int:
        if self._key_size == 1:
            return _hash_of(key[0] if self.key_dims else key)
        result = 0
        for part in key:
            result = combine(result, _hash_of(part))
        return result

    def fill(self, keys: np.ndarray, values: np.ndarray) -> None:
        self.check_keys(keys)
        # Buckets are rows of vectors even where keys and values are scalars.
        shape = keys.shape[: max(keys.ndim - len(self.key_dims or (1,)), 0)]
        check_values(shape + (self.value_dims or (1,)), values)
        slots = self._keys(keys, len(keys))
        marks = (self._empty, self._deleted)
        with self._lock:
            self._slots, self._rows = slots, values.copy()
            self._free = slots.count(self._empty)
            self._entries = sum(key not in marks for key in slots)
            self._index = {}
            for at, key in enumerate(slots):
                if key not in marks:
                    self._index[key] = at if key not in self._index else self._probe(key, (key,))

    def export(self) -> Pair:
        with self._lock:
            shape = (len(self._slots), self._key_size)
            flat = (k for key in self._slots for k in key) if self.key_dims else self._slots
            return self._array(flat, self.key_dtype, shape), self._rows.copy()

    @staticmethod
    def _internal(what: str) -> errors.InternalError:
        return errors.InternalError(None, None, f"Internal error in MutableDenseHashTable {what}")


def _hash_of(part: Any) -> int:
    return hash64(part) if isinstance(part, bytes) else part & _MASK
