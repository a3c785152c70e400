"""Tensors of several runs put together to one batch, and batches taken apart again."""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from evergraph.base import errors
from evergraph.kernels.deadline import time_left
from evergraph.kernels.host import invalid, text


class Task:
    """What one run wants computed: tensors with as many rows each."""

    def __init__(self, tensors: Sequence[Any], number: int) -> None:
        for t in tensors:
            if t.ndim == 0:
                raise invalid("Batching input tensors must have at least one dimension")
            if t.shape[0] != tensors[0].shape[0]:
                raise invalid(
                    "Batching input tensors supplied in a given op invocation must have equal "
                    "0th-dimension size"
                )
        self.tensors, self.number = list(tensors), number
        self.size = int(tensors[0].shape[0])
        self.result: Any = None


class _Batch:
    def __init__(self) -> None:
        self.tasks: list[Task] = []
        self.closed = threading.Event()
        self.done = threading.Event()
        self.error: Exception | None = None

    @property
    def size(self) -> int:
        return sum(task.size for task in self.tasks)


class BatchQueue:
    """Collects tasks; a batch is computed by the run whose task came first.

    Args:
      threads: how many batches are computed at a time.
      most: the most rows of a batch.
      timeout: seconds after which a batch is computed that is not full.
      waiting: how many batches may wait.
      sizes: the numbers of rows that a batch may have, in order; rows are added to get there.
      compute: gives the results of tasks from their number of rows and the padding: it sets
        `result` of each.
    """

    def __init__(
        self, threads: int, most: int, timeout: float, waiting: int, sizes: Sequence[int]
    ) -> None:
        if sizes:
            if any(b <= a for a, b in zip(sizes, sizes[1:], strict=False)):
                raise invalid("allowed_batch_sizes entries must be monotonically increasing")
            if sizes[-1] != most:
                raise invalid("final entry in allowed_batch_sizes must equal max_batch_size")
        self._most, self._timeout, self._waiting, self._sizes = most, timeout, waiting, sizes
        self._turns = threading.BoundedSemaphore(max(threads, 1))
        self._lock = threading.Lock()
        self._open: _Batch | None = None
        self._count = 0
        self._numbers = 0

    def number(self) -> int:
        """The number of the next task."""
        with self._lock:
            self._numbers += 1
            return self._numbers

    def padding(self, rows: int) -> int:
        """How many rows are added to a batch."""
        return next((size - rows for size in self._sizes if size >= rows), 0)

    def run(self, task: Task, compute: Callable[[list[Task]], None]) -> Any:
        """The result of a task, after its batch is computed."""
        batch, first = self._joined(task)
        if not first:
            left = time_left()
            if not batch.done.wait(left):
                raise errors.DeadlineExceededError(None, None, "Timed out waiting for a batch")
        else:
            try:
                self._compute(batch, compute)
            finally:
                batch.done.set()
        if batch.error is not None:
            raise batch.error
        return task.result

    def _joined(self, task: Task) -> tuple[_Batch, bool]:
        if task.size > self._most:
            raise invalid(f"Task size {task.size} is larger than maximum batch size {self._most}")
        with self._lock:
            batch = self._open
            if batch is not None and batch.size + task.size > self._most:
                batch.closed.set()
                batch = self._open = None
            first = batch is None
            if batch is None:
                if self._count >= self._waiting:
                    raise errors.UnavailableError(
                        None,
                        None,
                        "The batch scheduling queue to which this task was submitted is full",
                    )
                batch = self._open = _Batch()
                self._count += 1
            batch.tasks.append(task)
            if batch.size >= self._most:
                batch.closed.set()
                self._open = None
            return batch, first

    def _compute(self, batch: _Batch, compute: Callable[[list[Task]], None]) -> None:
        batch.closed.wait(self._timeout)
        with self._turns:
            with self._lock:
                if self._open is batch:
                    self._open = None
                self._count -= 1
            try:
                compute(batch.tasks)
            except Exception as error:
                batch.error = error


def joined(tasks: Sequence[Task], padding: int) -> list[np.ndarray]:
    """The tensors of tasks one after the other, and copies of the first row."""
    found = []
    for place in range(len(tasks[0].tensors)):
        parts = [task.tensors[place] for task in tasks]
        for i, part in enumerate(parts):
            if part.ndim != parts[0].ndim:
                raise invalid(
                    "Ranks of all input tensors should match: shape[0] = "
                    f"{text(parts[0].shape)} vs. shape[{i}] = {text(part.shape)}"
                )
            if part.shape[1:] != parts[0].shape[1:]:
                raise invalid(
                    "Dimensions of inputs should match: shape[0] = "
                    f"{text(parts[0].shape)} vs. shape[{i}] = {text(part.shape)}"
                )
        found.append(np.concatenate([*parts, *[parts[0][:1]] * padding]))
    return found


class Meeting:
    """Where runs wait for their parts of tensors that other runs bring."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._parts: dict[int, tuple[float, Any]] = {}
        self._waiting: set[int] = set()

    def exchange(self, key: int, parts: dict[int, Any], seconds: float) -> Any:
        """Leaves parts by key, and takes that of `key`.

        Raises:
          DeadlineExceededError: it did not come in time.
          AlreadyExistsError: a key comes twice.
        """
        end = time.monotonic() + seconds
        with self._condition:
            now = time.monotonic()
            for old in [k for k, (until, _) in self._parts.items() if until < now]:
                del self._parts[old]
            if key in self._parts:
                return self._parts.pop(key)[1]
            if key in self._waiting:
                raise errors.AlreadyExistsError(
                    None, None, "Multiple session runs with the same batch key."
                )
            self._waiting.add(key)
            try:
                for other, part in parts.items():
                    if other in self._parts:
                        raise errors.AlreadyExistsError(
                            None, None, "Multiple tensors returned for same batch key."
                        )
                    self._parts[other] = end, part
                self._condition.notify_all()
                while key not in self._parts:
                    left = end - time.monotonic()
                    limit = time_left()
                    if left <= 0 or not self._condition.wait(
                        left if limit is None else min(left, limit)
                    ):
                        raise errors.DeadlineExceededError(
                            None, None, "Batched data did not arrive within timeout window."
                        )
                return self._parts.pop(key)[1]
            finally:
                self._waiting.discard(key)


class GradientMeeting:
    """Where runs bring gradients of their parts, for the run that had the batch to put them
    together."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._gradients: dict[int, Any] = {}

    def give(self, key: int, gradient: Any) -> None:
        """Leaves the gradient of a part."""
        with self._condition:
            if key in self._gradients:
                raise invalid("Two runs with the same batch key.")
            self._gradients[key] = gradient
            self._condition.notify_all()

    def gather(self, keys: Sequence[int]) -> Any:
        """The gradients of parts, one after the other."""
        with self._condition:
            while not all(key in self._gradients for key in keys):
                if not self._condition.wait(time_left()):
                    raise errors.DeadlineExceededError(
                        None, None, "Batched data did not arrive within timeout window."
                    )
            return np.concatenate([self._gradients.pop(key) for key in keys])
