"""Elements of one shape that are kept in one array: copied in and out many at a time.

The arrays are NumPy's, of torch's numbers too: it takes half as long to copy rows, and asks the
system for large pages, which rows all over an array of many megabytes are found sooner in.
"""

import threading
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from evergraph.base import dtypes
from evergraph.base.dtypes import DType
from evergraph.kernels.dtypes import HOST_DTYPES, torch_dtype

OBJECTS = frozenset([dtypes.resource, dtypes.variant])


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
        self._arrays = [_empty(dtype, (0, *shape)) for dtype, shape in self._kinds]
        self._size = 0
        self._free: list[int] = []

    def put(self, batch: Sequence[Any]) -> list[int]:
        """Copies the elements along the first axis; the rows where they are now."""
        count = batch[0].shape[0]
        with self._lock:  # nobody may write while the arrays grow
            if len(self._free) < count:
                self._grow(max(count, min(self._size, self._most - self._size)))
            rows = self._free[-count:]
            del self._free[-count:]
            where = np.array(rows)
            for array, values in zip(self._arrays, batch, strict=True):
                array[where] = _stored(values) if isinstance(values, torch.Tensor) else values
        return rows

    def take(self, rows: list[int]) -> tuple[Any, ...]:
        """The elements of some rows along a new first axis; the rows are free then."""
        where = np.array(rows)
        # These arrays have the rows, even if others grow meanwhile: nobody else writes into them.
        found = tuple(
            _taken(array, where, dtype)
            for array, (dtype, _) in zip(self._arrays, self._kinds, strict=True)
        )
        with self._lock:
            self._free.extend(rows)
        return found

    def _grow(self, more: int) -> None:
        grown = []
        for (dtype, shape), array in zip(self._kinds, self._arrays, strict=True):
            larger = _empty(dtype, (self._size + more, *shape))
            larger[: self._size] = array
            grown.append(larger)
        self._arrays = grown
        self._free.extend(range(self._size, self._size + more))
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


def _taken(array: np.ndarray, where: np.ndarray, dtype: DType) -> Any:
    found = array.take(where, 0)
    if dtype.base_dtype not in HOST_DTYPES:
        return torch.from_numpy(found).view(torch_dtype(dtype))
    if array.dtype == object:
        array[where] = None  # the strings may go
    return found
