"""Elements of one shape that are kept in one array: copied in and out many at a time.

The arrays are NumPy's, of torch's numbers too: it takes half as long to copy rows, and asks the
system for large pages, which rows all over an array of many megabytes are found sooner in.
"""

import threading
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from evergraph.base import dtypes
from evergraph.base.dtypes import DType
from evergraph.kernels.dtypes import HOST_DTYPES, torch_dtype

OBJECTS = frozenset([dtypes.resource, dtypes.variant])


@dataclass(frozen=True)
class Finish:
    """What is still to be done to elements: element-wise, to those along a first axis at once.

    Attributes:
      key: those with equal keys do the same.
      shape: of each element when it is done.
    """

    key: Hashable
    shape: tuple[int, ...] = field(compare=False)
    compute: Callable[[np.ndarray], torch.Tensor] = field(compare=False)


class Unfinished:
    """Elements along a first axis that are kept as they are, being smaller so, and finished when
    they are taken."""

    def __init__(self, values: np.ndarray, finish: Finish) -> None:
        self.values, self.finish = values, finish
        self.shape = (len(values), *finish.shape)

    def finished(self) -> torch.Tensor:
        return self.finish.compute(self.values)


@dataclass
class _Column:
    """The elements of a component."""

    array: np.ndarray
    finish: Finish | None = None


class Rows:
    """Arrays with an element in each row, on the CPU. Safe to use from several threads.

    Args:
      types: the element types of the components; not of objects.
      shapes: their shapes, fully known.
      most: how many elements there will hardly be more than.
    """

    def __init__(
        self, types: Sequence[DType], shapes: Sequence[tuple[int, ...]], most: int
    ) -> None:
        self._most = most
        self._kinds = list(zip(types, shapes, strict=True))
        self._lock = threading.Lock()
        self._columns = [_Column(_empty(dtype, (0, *shape))) for dtype, shape in self._kinds]
        self._size = 0
        self._free = np.empty(0, np.int64)  # the rows not in use: its first `_unused`
        self._unused = 0

    def put(self, batch: Sequence[Any]) -> np.ndarray:
        """Copies the elements along the first axis; the rows where they are now, int64."""
        count = batch[0].shape[0]
        with self._lock:  # nobody may write while the arrays grow
            batch = [self._fitting(i, values) for i, values in enumerate(batch)]
            if self._unused < count:
                self._grow(max(count, min(self._size, self._most - self._size)))
            self._unused -= count
            rows = self._free[self._unused : self._unused + count].copy()
            for column, values in zip(self._columns, batch, strict=True):
                column.array[rows] = values
        return rows

    def take(self, rows: np.ndarray) -> tuple[Any, ...]:
        """The elements of some rows along a new first axis; the rows are free then."""
        # These arrays have the rows, even if others grow meanwhile: nobody else writes into them.
        found = [_taken(column, rows) for column in self._columns]
        with self._lock:
            self._free[self._unused : self._unused + len(rows)] = rows
            self._unused += len(rows)
        return tuple(
            _delivered(values, finish, dtype)
            for (values, finish), (dtype, _) in zip(found, self._kinds, strict=True)
        )

    def _fitting(self, i: int, values: Any) -> np.ndarray:
        """Values for the array of a component, which may become another for them."""
        finish = values.finish if isinstance(values, Unfinished) else None
        column = self._columns[i]
        if finish != column.finish:
            if finish is not None and self._unused == self._size:
                kept = np.empty((self._size, *values.values.shape[1:]), values.values.dtype)
                self._replace(i, _Column(kept, finish))
            elif column.finish is not None:
                self._replace(i, _Column(_stored(column.finish.compute(column.array))))
            if finish != self._columns[i].finish:
                values = values.finished()
        if isinstance(values, Unfinished):
            return values.values
        return _stored(values) if isinstance(values, torch.Tensor) else values

    def _replace(self, i: int, column: _Column) -> None:
        self._columns = [*self._columns[:i], column, *self._columns[i + 1 :]]

    def _grow(self, more: int) -> None:
        grown = []
        for column in self._columns:
            array = column.array
            larger = np.empty((self._size + more, *array.shape[1:]), array.dtype)
            larger[: self._size] = array
            grown.append(_Column(larger, column.finish))
        self._columns = grown
        free = np.empty(self._size + more, np.int64)
        free[: self._unused] = self._free[: self._unused]
        free[self._unused : self._unused + more] = np.arange(self._size, self._size + more)
        self._free = free
        self._unused += more
        self._size += more


def _empty(dtype: DType, shape: tuple[int, ...]) -> np.ndarray:
    if dtype.base_dtype in HOST_DTYPES:
        return np.empty(shape, dtype.as_numpy_dtype)
    return np.empty(shape, _stored(torch.empty(0, dtype=torch_dtype(dtype))).dtype)


def _stored(values: torch.Tensor) -> np.ndarray:
    """A tensor as an array of as large numbers: NumPy has neither bfloat16 nor conjugates that are
    still to be taken."""
    if values.dtype is torch.bfloat16:
        values = values.view(torch.int16)
    return values.resolve_conj().resolve_neg().numpy()  # type: ignore[no-any-return]


def _taken(column: _Column, rows: np.ndarray) -> tuple[np.ndarray, Finish | None]:
    array = column.array
    found = array.take(rows, 0)
    if array.dtype == object:
        array[rows] = None  # the strings may go
    return found, column.finish


def _delivered(values: np.ndarray, finish: Finish | None, dtype: DType) -> Any:
    if finish is not None:
        return finish.compute(values)
    if dtype.base_dtype in HOST_DTYPES:
        return values
    return torch.from_numpy(values).view(torch_dtype(dtype))
