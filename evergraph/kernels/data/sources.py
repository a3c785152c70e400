"""Where elements come from: tensors, slices, ranges, random numbers, Python generators."""

import itertools
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from evergraph.base.errors import OutOfRangeError
from evergraph.kernels.data.elements import row
from evergraph.kernels.data.pipeline import (
    INFINITE,
    UNKNOWN,
    Captured,
    Dataset,
    Element,
    Scope,
    Words,
    steps,
)


class TensorElement(Dataset):
    """One element."""

    kind = "Tensor"

    def __init__(self, element: Element, types: Any, dims: Any) -> None:
        super().__init__((), types, dims)
        self.element = element

    def iterate(self, scope: Scope) -> Iterator[Element]:
        return iter((self.element,))

    def cardinality(self) -> int:
        return 1


class Slices(Dataset):
    """The rows of tensors, side by side."""

    kind = "TensorSlice"

    def __init__(self, components: Sequence[Any], types: Any, dims: Any) -> None:
        super().__init__((), types, dims)
        self.components = components
        self.size = len(components[0])

    def iterate(self, scope: Scope) -> Iterator[Element]:
        if all(c.dtype != object for c in self.components):
            return zip(*self.components, strict=True)
        return (tuple(row(c, i) for c in self.components) for i in range(self.size))

    def cardinality(self) -> int:
        return self.size


class SparseSlices(Dataset):
    """The places of a sparse tensor along its first axis, each as indices, values and shape."""

    kind = "SparseTensorSlice"

    def __init__(self, indices: Any, values: Any, dense_shape: Any, types: Any) -> None:
        rank = len(dense_shape) - 1
        super().__init__((), types, [(None, rank), (None,), (rank,)])
        self.indices, self.values, self.dense_shape = indices, values, dense_shape

    def iterate(self, scope: Scope) -> Iterator[Element]:
        starts = np.searchsorted(self.indices[:, 0], np.arange(self.size() + 1))
        return (
            (self.indices[a:b, 1:], self.values[a:b], self.dense_shape[1:])
            for a, b in itertools.pairwise(starts.tolist())
        )

    def size(self) -> int:
        return int(self.dense_shape[0])

    def cardinality(self) -> int:
        return self.size()


class Range(Dataset):
    """Whole numbers from `start` on, up to and without `stop`."""

    kind = "Range"

    def __init__(self, start: int, stop: int, step: int, types: Any, dims: Any) -> None:
        super().__init__((), types, dims)
        self.numbers = range(start, stop, step)

    def iterate(self, scope: Scope) -> Iterator[Element]:
        return zip(map(np.int64, self.numbers))

    def cardinality(self) -> int:
        numbers = self.numbers
        # len() takes no range of more than 63 bits.
        return (
            max(0, (numbers.stop - numbers.start + numbers.step - 1) // numbers.step)
            if (numbers.step > 0)
            else max(0, (numbers.start - numbers.stop - numbers.step - 1) // -numbers.step)
        )


class RandomNumbers(Dataset):
    """The words of a Philox stream, without end."""

    kind = "Random"

    def __init__(self, seed: int, seed2: int, types: Any, dims: Any) -> None:
        super().__init__((), types, dims)
        self.seeds = seed, seed2

    def iterate(self, scope: Scope) -> Iterator[Element]:
        seeds = self.seeds
        if seeds == (0, 0):
            seeds = scope.state.chance(), scope.state.chance()
        words = Words(*seeds)
        return steps(lambda: (np.int64(words.next()),))

    def cardinality(self) -> int:
        return INFINITE


class Generated(Dataset):
    """What a function gives, called again and again, until it raises OutOfRangeError.

    Args:
      first: makes the state.
      following: an element of the state.
      last: called with the state at the end.
    """

    kind = "Generator"

    def __init__(
        self, first: Captured, following: Captured, last: Captured, types: Any, dims: Any
    ) -> None:
        super().__init__((), types, dims)
        self.functions = first, following, last

    def iterate(self, scope: Scope) -> Iterator[Element]:
        return _Generation(*(f.ready(scope.state) for f in self.functions))

    def cardinality(self) -> int:
        return UNKNOWN


class _Generation:
    """An iterator of a Generated dataset. What it began is finished, also when it is dropped."""

    def __init__(
        self,
        first: Callable[[Element], Element],
        following: Callable[[Element], Element],
        last: Callable[[Element], Element],
    ) -> None:
        self._first, self._following, self._last = first, following, last
        self._state: Element | None = None
        self._ended = False
        self._lock = threading.Lock()

    def __iter__(self) -> "_Generation":
        return self

    def __next__(self) -> Element:
        with self._lock:
            if self._ended:
                raise StopIteration
            if self._state is None:
                self._state = self._first(())
            try:
                return self._following(self._state)
            except OutOfRangeError:
                self._finish()
                raise StopIteration from None

    def _finish(self) -> None:
        self._ended = True
        if self._state is not None:
            self._last(self._state)

    def __del__(self) -> None:
        if self._state is not None and not self._ended:
            try:
                self._finish()
            except Exception:
                pass  # Nobody is left to be told.
