"""An iterator that deals its elements out to several devices in turn."""

import threading
from collections import deque
from collections.abc import Iterator
from typing import Any

from evergraph.base.errors import OutOfRangeError
from evergraph.kernels.data.iterating import IteratorResource
from evergraph.kernels.data.pipeline import Dataset, Element, Scope, State
from evergraph.kernels.host import invalid


class DealingIterator:
    """Element i goes to device i, modulo their number.

    Args:
      session: the session's state.
      name: what it is called in string handles.
      count: how many devices there are.
      types, dims: of the components of an element.
    """

    def __init__(self, session: Any, name: str, count: int, types: Any, dims: Any) -> None:
        self.session, self.name, self._count = session, name, count
        self._kinds = IteratorResource(session, name, types, dims)
        self._lock = threading.Lock()
        self._incarnation = 0
        self._state: State | None = None
        self._elements: Iterator[Element] | None = None
        self._waiting: list[deque[Any]] = []
        self._turn = 0

    def check(self, types: Any, dims: Any) -> None:
        """Raises InvalidArgumentError where elements are not of these types and shapes."""
        self._kinds.check(types, dims)

    def begin(self, dataset: Dataset) -> int:
        """Starts over a dataset; the number is to be given to `take`."""
        self._kinds.check(dataset.types, dataset.dims)
        with self._lock:
            old, self._state = self._state, State(self.session)
            self._elements = dataset.iterate(Scope(self._state))
            self._waiting = [deque() for _ in range(self._count)]
            self._turn = 0
            self._incarnation += 1
            number = self._incarnation
        if old is not None:
            old.close()
        return number

    def take(self, device: int, incarnation: int) -> Element:
        """The next element of a device.

        Raises:
          OutOfRangeError: there is none.
          InvalidArgumentError: the iterator began again since, or never.
        """
        with self._lock:
            if incarnation != self._incarnation or self._elements is None:
                raise invalid(
                    f"Invalid incarnation id. Provided: {incarnation}; Expected: "
                    f"{self._incarnation}"
                )
            mine = self._waiting[device]
            while not mine:
                turn = self._turn
                try:
                    found: Any = next(self._elements)
                except StopIteration:
                    raise OutOfRangeError(None, None, "End of sequence") from None
                except Exception as error:
                    found = error
                self._turn = (turn + 1) % self._count
                self._waiting[turn].append(found)
            element = mine.popleft()
        if isinstance(element, Exception):
            raise element
        return element  # type: ignore[no-any-return]

    def cancel_all(self) -> None:
        """Ends the threads of the pipeline."""
        state, self._state = self._state, None
        if state is not None:
            state.close()
