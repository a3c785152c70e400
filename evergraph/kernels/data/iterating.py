"""Iterators as resources of a session."""

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from evergraph.base.dtypes import DType
from evergraph.base.errors import (
    FailedPreconditionError,
    InvalidArgumentError,
    NotFoundError,
    OpError,
    OutOfRangeError,
)
from evergraph.graph.op_summary import type_name
from evergraph.graph.tensor import Dims
from evergraph.kernels.data.pipeline import Dataset, Element, Scope, State
from evergraph.kernels.tensor_array import compatible, shape_text


def check_elements(
    types: Sequence[DType],
    dims: Sequence[Dims],
    given_types: Sequence[DType],
    given_dims: Sequence[Dims],
) -> None:
    """Raises InvalidArgumentError where given elements are not of the types and shapes wanted."""
    if len(given_types) != len(types):
        raise InvalidArgumentError(
            None,
            None,
            f"Number of components does not match: expected {len(types)} types but got "
            f"{len(given_types)}.",
        )
    for i, (wanted, given) in enumerate(zip(types, given_types, strict=True)):
        if wanted != given:
            raise InvalidArgumentError(
                None,
                None,
                f"Data type mismatch at component {i}: expected {type_name(wanted)} but got "
                f"{type_name(given)}.",
            )
    for i, (known, shape) in enumerate(zip(dims, given_dims, strict=False)):
        if not compatible(known, shape):
            raise InvalidArgumentError(
                None,
                None,
                f"Incompatible shapes at component {i}: expected {shape_text(known)} but got "
                f"{shape_text(shape)}.",
            )


class IteratorResource:
    """An iterator that a session keeps; it may be started over any dataset that fits.

    Args:
      session: the session's state.
      name: what it is called in string handles.
      types: the types of the components of an element.
      dims: what is known of their shapes.
    """

    def __init__(
        self, session: Any, name: str, types: Sequence[DType], dims: Sequence[Dims]
    ) -> None:
        self.session = session
        self.name = name
        self.types = list(types)
        self.dims = list(dims)
        self._lock = threading.Lock()
        self._starting = threading.Lock()
        self._state: State | None = None
        self._elements: Iterator[Element] | None = None
        self._dataset: Dataset | None = None
        self._taken = 0
        self._begun = False

    def check(self, types: Sequence[DType], dims: Sequence[Dims] | None) -> None:
        """Raises InvalidArgumentError where elements are not of these types and shapes."""
        check_elements(self.types, self.dims, types, dims or ())

    def begin(self, dataset: Dataset, seeds: Sequence[int] = ()) -> None:
        """Starts over a dataset."""
        self.check(dataset.types, dataset.dims)
        state = State(self.session, seeds)
        elements = dataset.iterate(Scope(state))
        old = self._state
        self._state, self._elements, self._dataset, self._taken = state, elements, dataset, 0
        if old is not None:
            old.close()

    def begin_once(self, dataset: Callable[[], Dataset]) -> None:
        """Starts, the first time that this is called."""
        if not self._begun:
            with self._starting:
                if not self._begun:
                    self.begin(dataset())
                    self._begun = True

    def get_next(self) -> Element:
        """The next element.

        Raises:
          OutOfRangeError: there is none.
          FailedPreconditionError: the iterator was not started.
        """
        elements = self._elements
        if elements is None:
            raise FailedPreconditionError(
                None,
                None,
                "GetNext() failed because the iterator has not been initialized. Ensure that you "
                "have run the initializer operation for this iterator before getting the next "
                "element.",
            )
        with self._lock:
            try:
                found = next(elements)
            except StopIteration:
                raise OutOfRangeError(None, None, "End of sequence") from None
            self._taken += 1
            return found

    def state(self) -> dict[str, Any]:
        """Where the iterator is: how many elements it has given, and the seeds drawn by chance.

        Raises:
          FailedPreconditionError: the iterator was not started.
        """
        if self._state is None:
            raise FailedPreconditionError(
                None,
                None,
                "Save() failed because the iterator has not been initialized. Ensure that you "
                "have run the initializer operation for this iterator before saving it.",
            )
        with self._lock:
            return {"taken": self._taken, "seeds": self._state.seeds}

    def restore(self, state: dict[str, Any]) -> None:
        """Goes to where an iterator over the same dataset was, by taking as many elements.

        Raises:
          FailedPreconditionError: the iterator was not started.
        """
        if self._dataset is None:
            raise FailedPreconditionError(
                None,
                None,
                "Restore() failed because the iterator has not been initialized. Ensure that you "
                "have run the initializer operation for this iterator before restoring it.",
            )
        self.begin(self._dataset, state["seeds"])
        assert self._elements is not None
        with self._lock:
            for _ in range(state["taken"]):
                try:
                    next(self._elements)
                except StopIteration:
                    break
                except OpError:
                    continue
            self._taken = state["taken"]

    def cancel_all(self) -> None:
        """Ends the threads of the pipeline and cancels whoever waits."""
        if self._state is not None:
            self._state.close()


class Registry:
    """The iterators of a session that have string handles."""

    def __init__(self) -> None:
        self._known: dict[str, IteratorResource] = {}

    def add(self, iterator: IteratorResource) -> None:
        self._known[iterator.name] = iterator

    def get(self, name: str) -> IteratorResource:
        """The iterator of a handle.

        Raises:
          NotFoundError: there is none.
        """
        found = self._known.get(name)
        if found is None:
            raise NotFoundError(
                None,
                None,
                f"Resource localhost/{name}/N10tensorflow4data16IteratorResourceE does not exist.",
            )
        return found


def registry_of(session: Any) -> Registry:
    """The registry of a session."""
    registry: Registry = session.slot(("iterators",), Registry)
    return registry
