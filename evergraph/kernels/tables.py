"""Lookup tables: the objects behind the handles of HashTable, MutableHashTable and its like.

Keys and values come and go as arrays; inside they are Python numbers and bytes.
"""

import threading
from collections.abc import Iterable, Iterator
from itertools import repeat
from typing import Any

import numpy as np

from evergraph.base import errors
from evergraph.base.dtypes import DType
from evergraph.base.hash_order import HashOrder
from evergraph.kernels.host import invalid, text
from evergraph.kernels.summarize import summary

Shape = tuple[int, ...]
Pair = tuple[np.ndarray, np.ndarray]


class Table:
    """What all kinds of tables share; a kind says how entries are kept.

    Args:
      key_dtype: the type of the keys.
      value_dtype: the type of the values.
      key_dims: the shape of a key.
      value_dims: the shape of a value.

    Attributes:
      name: the name that errors give, and `container` where the table is kept; its maker sets both.
    """

    def __init__(
        self, key_dtype: DType, value_dtype: DType, key_dims: Shape = (), value_dims: Shape = ()
    ) -> None:
        self.name = self.container = ""
        self.key_dtype = key_dtype
        self.value_dtype = value_dtype
        self.key_dims = key_dims
        self.value_dims = value_dims
        self._lock = threading.Lock()

    def size(self) -> int:
        """How many entries there are."""
        raise NotImplementedError

    def find(self, keys: np.ndarray, default: np.ndarray) -> np.ndarray:
        """The values of `keys`, or `default` for those that are not in the table."""
        raise NotImplementedError

    def insert(self, keys: np.ndarray, values: np.ndarray) -> None:
        """Adds entries; a key that is there gets another value."""
        raise NotImplementedError

    def remove(self, keys: np.ndarray) -> None:
        """Takes out the entries of those keys that are there."""
        raise NotImplementedError

    def fill(self, keys: np.ndarray, values: np.ndarray) -> None:
        """Puts entries in the place of all that is there."""
        raise NotImplementedError

    def export(self) -> Pair:
        """All keys and values, in TensorFlow's order."""
        raise NotImplementedError

    # -- checks

    def check_keys(self, keys: np.ndarray) -> None:
        """Raises InvalidArgumentError where the last axes are no key."""
        rank = len(self.key_dims)
        if keys.ndim < rank or keys.shape[keys.ndim - rank :] != self.key_dims:
            raise invalid(
                f"Input key shape {text(keys.shape)} must end with the table's key shape "
                f"{text(self.key_dims)}"
            )

    def found_shape(self, keys: np.ndarray) -> Shape:
        """The shape of the values of `keys`."""
        return keys.shape[: keys.ndim - len(self.key_dims)] + self.value_dims

    def check_entries(self, keys: np.ndarray, values: np.ndarray) -> None:
        """Raises InvalidArgumentError where there is not a value for each key."""
        self.check_keys(keys)
        check_values(self.found_shape(keys), values)

    def check_default(self, keys: np.ndarray, default: np.ndarray) -> None:
        """Raises InvalidArgumentError where `default` is no value of the table."""
        self.check_keys(keys)
        if default.shape != self.value_dims:
            raise invalid(
                f"Expected shape {text(self.value_dims)} for default value, got "
                f"{text(default.shape)}"
            )

    def _array(self, values: Iterable[Any], dtype: DType, shape: Shape) -> np.ndarray:
        count = int(np.prod(shape, dtype=np.int64))
        if dtype.as_numpy_dtype is not object:
            return np.fromiter(values, dtype.as_numpy_dtype, count).reshape(shape)
        array = np.empty(count, object)
        array[:] = list(values)
        return array.reshape(shape)


def check_values(expected: Shape, values: np.ndarray) -> None:
    """Raises InvalidArgumentError where values have another shape than `expected`."""
    if values.shape != expected:
        raise invalid(f"Expected shape {text(expected)} for value, got {text(values.shape)}")


class HashTable(Table):
    """A table that is filled once, and does not change after that."""

    def __init__(self, key_dtype: DType, value_dtype: DType) -> None:
        super().__init__(key_dtype, value_dtype)
        self.initialized = False
        self._entries: dict[Any, Any] = {}

    def size(self) -> int:
        return len(self._entries) if self.initialized else 0

    def find(self, keys: np.ndarray, default: np.ndarray) -> np.ndarray:
        self.check_default(keys, default)
        if not self.initialized:
            raise errors.FailedPreconditionError(None, None, "Table not initialized.")
        found = map(self._entries.get, keys.ravel().tolist(), repeat(default.item()))
        return self._array(found, self.value_dtype, keys.shape)

    def insert(self, keys: np.ndarray, values: np.ndarray) -> None:
        self.check_entries(keys, values)
        raise self._unimplemented("Insert")

    def remove(self, keys: np.ndarray) -> None:
        self.check_keys(keys)
        raise self._unimplemented("Remove")

    def fill(self, keys: np.ndarray, values: np.ndarray) -> None:
        self.check_entries(keys, values)
        if not keys.size:
            raise invalid("keys and values cannot be empty tensors.")
        with self._lock:
            if not self.initialized:
                self._initialize(zip(keys.ravel().tolist(), values.ravel().tolist(), strict=True))
            elif len(self._entries) != keys.size:
                raise errors.FailedPreconditionError(
                    None, None, "Table was already initialized with different data."
                )

    def initialize(self, entries: Iterator[tuple[Any, Any]]) -> None:
        """Fills the table, if nobody has; else only looks at the first entry."""
        with self._lock:
            if self.initialized:
                next(entries)
            else:
                self._initialize(entries)

    def _initialize(self, entries: Iterator[tuple[Any, Any]]) -> None:
        for key, value in entries:
            before = self._entries.setdefault(key, value)
            if before != value:
                raise errors.FailedPreconditionError(
                    None,
                    None,
                    f"HashTable has different value for same key. Key {_shown(key, self.key_dtype)}"
                    f" has {_shown(before, self.value_dtype)} and trying to add value "
                    f"{_shown(value, self.value_dtype)}",
                )
        self.initialized = True

    def export(self) -> Pair:
        if not self.initialized:
            raise errors.AbortedError(None, None, "HashTable is not initialized.")
        order = HashOrder()
        for key in self._entries:
            order.add(key)
        keys = list(order.keys())
        values = map(self._entries.__getitem__, keys)
        shape = (len(keys),)
        return (
            self._array(keys, self.key_dtype, shape),
            self._array(values, self.value_dtype, shape),
        )

    @staticmethod
    def _unimplemented(what: str) -> errors.UnimplementedError:
        return errors.UnimplementedError(
            None, None, f"{what} not supported by InitializableLookupTable implementations"
        )


def _shown(value: Any, dtype: DType) -> str:
    """A key or value as errors give it."""
    if isinstance(value, bytes):
        return value.decode(errors="backslashreplace")
    return summary(np.asarray(value, dtype.as_numpy_dtype), 1)


class MutableHashTable(Table):
    """A table of scalars or, with `value_dims` of one dimension, of vectors."""

    def __init__(self, key_dtype: DType, value_dtype: DType, value_dims: Shape = ()) -> None:
        super().__init__(key_dtype, value_dtype, (), value_dims)
        self._entries: dict[Any, Any] = {}
        self._order = HashOrder()

    def size(self) -> int:
        return len(self._entries)

    def find(self, keys: np.ndarray, default: np.ndarray) -> np.ndarray:
        self.check_default(keys, default)
        with self._lock:
            found = map(self._entries.get, keys.ravel().tolist(), repeat(_items(default, ())[0]))
            return self._values(found, keys.shape)

    def insert(self, keys: np.ndarray, values: np.ndarray) -> None:
        self.check_entries(keys, values)
        with self._lock:
            self._insert(keys, values)

    def _insert(self, keys: np.ndarray, values: np.ndarray) -> None:
        rows = _items(values, keys.shape)
        for key, value in zip(keys.ravel().tolist(), rows, strict=True):
            if key not in self._entries:
                self._order.add(key)
            self._entries[key] = value

    def remove(self, keys: np.ndarray) -> None:
        self.check_keys(keys)
        with self._lock:
            for key in keys.ravel().tolist():
                if key in self._entries:
                    del self._entries[key]
                    self._order.remove(key)

    def fill(self, keys: np.ndarray, values: np.ndarray) -> None:
        self.check_entries(keys, values)
        with self._lock:
            self._entries.clear()
            self._order.clear()
            self._insert(keys, values)

    def export(self) -> Pair:
        with self._lock:
            keys = list(self._order.keys())
            shape = (len(keys),)
            values = map(self._entries.__getitem__, keys)
            return self._array(keys, self.key_dtype, shape), self._values(values, shape)

    def _values(self, values: Iterable[Any], shape: Shape) -> np.ndarray:
        flat = values if not self.value_dims else (v for row in values for v in row)
        return self._array(flat, self.value_dtype, shape + self.value_dims)


def _items(values: np.ndarray, shape: Shape) -> list[Any]:
    """The values of keys of `shape`: numbers, bytes, or lists of them."""
    count = int(np.prod(shape, dtype=np.int64))
    items: list[Any] = values.reshape(count, *values.shape[len(shape) :]).tolist()
    return items
