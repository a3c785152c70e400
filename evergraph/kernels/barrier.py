"""Barriers: elements whose components come one by one, each with a key.

A key whose last component has come moves into a queue, in the order of the insertions that first
named the keys. The queue is a PriorityQueue whose elements are (insertion, key, components...).
"""

import threading
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from evergraph.base import dtypes as types
from evergraph.base import errors
from evergraph.base.dtypes import DType
from evergraph.kernels.host import invalid
from evergraph.kernels.queue_kinds import PriorityQueue
from evergraph.kernels.queues import UNBOUNDED, Element, copied, rows, shape_text

_FIRST = -(2**63)


class Barrier:
    """Elements that are waited for by key.

    Args:
      name: the name that errors give.
      dtypes: the element types of the components.
      shapes: their shapes.
    """

    def __init__(
        self, name: str, dtypes: Sequence[DType], shapes: Sequence[tuple[int, ...]]
    ) -> None:
        self.name = name
        self.dtypes = list(dtypes)
        self.shapes = list(shapes)
        self._ready = PriorityQueue(
            f"{name}_queue",
            UNBOUNDED,
            [types.int64, types.string, *dtypes],
            [(), (), *shapes],
        )
        self._lock = threading.Lock()
        self._incomplete: dict[bytes, list[Any]] = {}
        self._next = _FIRST
        self._closed = self._cancels = False

    def read(self) -> np.ndarray:
        """What a session shows of the handle, which is a reference to strings."""
        return np.array([b"localhost", self.name.encode()], object)

    def ready_size(self) -> int:
        """How many elements are whole."""
        return self._ready.size()

    def incomplete_size(self) -> int:
        """How many elements lack components."""
        return len(self._incomplete)

    def insert_many(self, component: int, keys: np.ndarray, values: Any) -> None:
        """Gives a component of some keys: the rows of `values`.

        Raises:
          InvalidArgumentError: a key has it already, or a row is empty or of a wrong shape.
          CancelledError: the barrier is closed, and a key new or all insertions cancelled.
        """
        names = keys.reshape(-1).tolist()
        shape = tuple(values.shape)
        if names and 0 in shape:
            raise invalid(
                f"Tensors with no elements are not supported {self.name}: received shape "
                f"{shape_text(shape)}"
            )
        parts = rows(copied(values))
        with self._lock:
            if self._closed and (self._cancels or (names and not self._incomplete)):
                raise self._cancelled(
                    f"closed.  {self._pending()}Number of new insertions: ", names
                )
            self._ready.put_all(self._inserted(component, names, parts))
            if self._closed and not self._incomplete:
                self._close_ready(False)

    def _inserted(self, component: int, names: list[bytes], parts: Sequence[Any]) -> list[Element]:
        """Keeps the parts; the elements that are whole thereby."""
        whole, new = [], False
        for i, name in enumerate(names):
            element = self._incomplete.get(name)
            if element is None:
                if self._closed:
                    raise self._new_key(name, i)
                element = self._incomplete[name] = [None] * len(self.dtypes) + [self._next]
                new = True
            if element[component] is not None:
                raise invalid(
                    f"Key {name.decode(errors='replace')} already has a value for component "
                    f"{component} in barrier {self.name}"
                )
            element[component] = parts[i]
            if all(part is not None for part in element):
                del self._incomplete[name]
                *components, index = element
                key = np.empty((), object)
                key[()] = name
                found = (torch.tensor(index), key, *components)
                self._ready.check_element(found)
                whole.append(found)
        self._next += new
        return whole

    def take_many(self, count: int, fewer: bool) -> Element:
        """Takes `count` whole elements: their insertions, keys and components.

        Args:
          fewer: whether a closed barrier may give less.

        Raises:
          OutOfRangeError: the barrier is closed, and there will not be so many.
        """
        with self._lock:
            if self._closed:
                there = self.ready_size()
                if fewer:
                    count = min(count, there)
                else:
                    there += len(self._incomplete)
                if there < max(count, 1):
                    raise errors.OutOfRangeError(
                        None,
                        None,
                        f"Barrier '{self.name}' is closed and has insufficient elements "
                        f"(requested {count}, total size {there})",
                    )
        return self._ready.take_many(count, fewer)

    def close(self, cancel_pending: bool) -> None:
        """No new keys may come; with `cancel_pending` nothing may come."""
        with self._lock:
            if self._closed and (self._cancels or not cancel_pending):
                message = f"Barrier '{self.name}' is already closed."
                raise errors.CancelledError(None, None, message)
            self._closed, self._cancels = True, cancel_pending
            if cancel_pending:
                self._incomplete.clear()
            if not self._incomplete:
                self._close_ready(cancel_pending)

    def cancel_all(self) -> None:
        """Ends what waits: the session is closed."""
        self._ready.cancel_all()

    def _close_ready(self, cancel_pending: bool) -> None:
        if not self._ready.closed:
            self._ready.close(cancel_pending)

    def _pending(self) -> str:
        return f"Pending enqueues cancelled: {int(self._cancels)}.  "

    def _new_key(self, name: bytes, i: int) -> errors.CancelledError:
        return self._cancelled(
            "closed, but attempted to insert a brand new key: "
            f"{name.decode(errors='replace')}.  {self._pending()}Insertion index: ",
            i,
        )

    def _cancelled(self, what: str, number: Any) -> errors.CancelledError:
        count = len(number) if isinstance(number, list) else number
        return errors.CancelledError(
            None,
            None,
            f"Barrier {self.name} is {what}{count}.  Number of incomplete keys: "
            f"{len(self._incomplete)}.",
        )
