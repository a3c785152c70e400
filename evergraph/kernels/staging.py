"""Staging areas: buffers that runs put tensors into and take them from."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from evergraph.base import errors
from evergraph.kernels.deadline import time_left
from evergraph.kernels.host import invalid


def _bytes(values: Sequence[Any]) -> int:
    return sum(v.nbytes if hasattr(v, "nbytes") else 0 for v in values)


def _copied(values: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(v.clone() if isinstance(v, torch.Tensor) else np.array(v) for v in values)


class _Area:
    """What both kinds share: waiting, and how much may be in.

    Args:
      capacity: how many elements it holds, 0 for any number.
      memory_limit: how many bytes, 0 for any number.
    """

    def __init__(self, capacity: int, memory_limit: int) -> None:
        self._capacity = capacity
        self._limit = memory_limit
        self._held = 0
        self._cancelled = False
        self._changed = threading.Condition()

    def _wait(self, ready: Callable[[], bool]) -> None:
        """Waits until `ready`; the lock is held."""
        in_time = self._changed.wait_for(lambda: self._cancelled or ready(), time_left())
        if self._cancelled:
            raise errors.CancelledError(None, None, "Session has been closed.")
        if not in_time:
            raise errors.DeadlineExceededError(None, None, "Timed out waiting for notification")

    def _check_size(self, size: int, what: str) -> None:
        if self._limit and size > self._limit:
            raise errors.ResourceExhaustedError(
                None,
                None,
                f"Attempted to insert tensors with combined size of '{size}' bytes into {what} "
                f"with a memory limit of '{self._limit}'.",
            )

    def _has_room(self, count: int, size: int) -> bool:
        full = self._capacity and count >= self._capacity
        return not full and not (self._limit and self._held + size > self._limit)

    def cancel_all(self) -> None:
        """Ends all waiting: the session is closed."""
        with self._changed:
            self._cancelled = True
            self._changed.notify_all()


class StagingArea(_Area):
    """Elements come out in the order in which they went in."""

    def __init__(self, capacity: int, memory_limit: int) -> None:
        super().__init__(capacity, memory_limit)
        self._elements: deque[tuple[Any, ...]] = deque()

    def put(self, values: Sequence[Any]) -> None:
        """Adds an element; waits for room."""
        element = _copied(values)
        size = _bytes(element)
        with self._changed:
            self._check_size(size, "Staging Area")
            self._wait(lambda: self._has_room(len(self._elements), size))
            self._elements.append(element)
            self._held += size
            self._changed.notify_all()

    def get(self) -> tuple[Any, ...]:
        """Takes an element; waits for one."""
        with self._changed:
            self._wait(lambda: bool(self._elements))
            element = self._elements.popleft()
            self._held -= _bytes(element)
            self._changed.notify_all()
            return element

    def peek(self, index: int) -> tuple[Any, ...]:
        """A copy of the element at `index`, once it is there."""
        with self._changed:
            self._wait(lambda: len(self._elements) > index)
            return _copied(self._elements[index])

    def size(self) -> int:
        """How many elements are in."""
        with self._changed:
            return len(self._elements)

    def clear(self) -> None:
        """Forgets all elements."""
        with self._changed:
            self._elements.clear()
            self._held = 0
            self._changed.notify_all()


class MapStagingArea(_Area):
    """Elements have keys; their parts may come one by one.

    Args:
      parts: how many parts an element has.
      ordered: whether the least key comes first where no key is given.
    """

    def __init__(self, capacity: int, memory_limit: int, parts: int, ordered: bool) -> None:
        super().__init__(capacity, memory_limit)
        self._parts = parts
        self._ordered = ordered
        self._whole: dict[int, dict[int, Any]] = {}
        self._incomplete: dict[int, dict[int, Any]] = {}

    def has_parts(self, count: int) -> None:
        """Elements have at least so many parts."""
        self._parts = max(self._parts, count)

    def put(self, key: int, indices: Sequence[int], values: Sequence[Any]) -> None:
        """Adds parts of an element; a whole one can be taken. Waits for room."""
        parts = dict(zip(indices, _copied(values), strict=True))
        if len(parts) != len(indices):
            raise invalid(f"Tensor index '{indices[-1]}' has already been inserted.")
        for i in indices:
            if not 0 <= i < self._parts:
                raise invalid(f"Index '{i}' for key '{key}' was out of bounds '{self._parts}'.")
        size = _bytes(list(parts.values()))
        with self._changed:
            self._check_size(size, "Staging Area")
            known = key in self._incomplete
            self._wait(lambda: self._has_room(0 if known else self._count(), size))
            found = self._incomplete.setdefault(key, {})
            for i in indices:
                if i in found:
                    raise invalid(
                        f"The tensor for index '{i}' for key '{key}' was already "
                        f"initialized '{self._parts}'."
                    )
            found.update(parts)
            self._held += size
            if len(found) == self._parts:
                # A second element of a key is dropped.
                self._whole.setdefault(key, self._incomplete.pop(key))
            self._changed.notify_all()

    def _count(self) -> int:
        return len(self._whole) + len(self._incomplete)

    def get(self, key: int, indices: Sequence[int]) -> tuple[Any, ...]:
        """Takes parts of the element with a key, once it is whole."""
        with self._changed:
            self._wait(lambda: key in self._whole)
            return self._taken(key, indices)

    def get_any(self, indices: Sequence[int]) -> tuple[int, tuple[Any, ...]]:
        """Takes parts of some element, once there is one; and its key."""
        with self._changed:
            self._wait(lambda: bool(self._whole))
            key = min(self._whole) if self._ordered else next(iter(self._whole))
            return key, self._taken(key, indices)

    def peek(self, key: int, indices: Sequence[int]) -> tuple[Any, ...]:
        """Copies of parts of the element with a key, once it is whole."""
        with self._changed:
            self._wait(lambda: key in self._whole)
            found = self._whole[key]
            self._check_parts(key, found, indices)
            return _copied([found[i] for i in indices])

    def _taken(self, key: int, indices: Sequence[int]) -> tuple[Any, ...]:
        found = self._whole[key]
        self._check_parts(key, found, indices)
        parts = tuple(found.pop(i) for i in indices)
        self._held -= _bytes(parts)
        if not found:
            del self._whole[key]
        self._changed.notify_all()
        return parts

    def _check_parts(self, key: int, found: dict[int, Any], indices: Sequence[int]) -> None:
        for i in indices:
            if not 0 <= i < self._parts:
                raise invalid(f"Index '{i}' for key '{key}' was out of bounds '{self._parts}'.")
            if i not in found:
                raise invalid(f"Tensor at index '{i}' for key '{key}' has already been removed.")

    def size(self) -> int:
        """How many whole elements are in."""
        with self._changed:
            return len(self._whole)

    def incomplete_size(self) -> int:
        """How many elements lack parts."""
        with self._changed:
            return len(self._incomplete)

    def clear(self) -> None:
        """Forgets all elements."""
        with self._changed:
            self._whole.clear()
            self._incomplete.clear()
            self._held = 0
            self._changed.notify_all()
