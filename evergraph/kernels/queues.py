"""Queues of tensors: who waits in which line, and when elements move.

An operation on a queue is an attempt: a generator that yields where it can go no further. There
are two lines of attempts, of those that put and of those that take; only the first of a line may
go on, so that nobody is overtaken. Whoever changes the queue pushes both lines on as far as they
go, under the queue's lock; tensors are copied, cut and stacked outside of it.
"""

import itertools
import threading
from collections import deque
from collections.abc import Generator, Sequence
from typing import Any

import numpy as np
import torch

from evergraph.base import dtypes, errors
from evergraph.base.dtypes import DType
from evergraph.graph.op_summary import type_name
from evergraph.graph.operation import Operation
from evergraph.kernels.deadline import time_left
from evergraph.kernels.dtypes import HOST_DTYPES, torch_dtype
from evergraph.kernels.host import invalid
from evergraph.kernels.rows import OBJECTS, Rows, Unfinished

UNBOUNDED = 2**31 - 1
"""The capacity of a queue without one."""

_count = itertools.count()

Element = tuple[Any, ...]
"""One value for each component."""
Kept = Any
"""An element as a queue has it: itself, or the number of its row in `Rows`."""
_FEWEST_ROWS = 8
Steps = Generator[None, None, Any]


class Attempt:
    """One operation's wish."""

    __slots__ = ("steps", "finished", "result", "error", "signal")

    def __init__(self, steps: Steps) -> None:
        self.steps = steps
        self.finished = False
        self.result: Any = None
        self.error: Exception | None = None
        self.signal: threading.Event | None = None  # made only for an attempt that has to wait

    def go_on(self) -> bool:
        """Goes as far as the queue's state lets it; whether it came to its end."""
        try:
            next(self.steps)
        except StopIteration as stop:
            self.end(stop.value)
        except errors.OpError as error:
            self.end(error=error)
        return self.finished

    def end(self, result: Any = None, error: Exception | None = None) -> None:
        self.finished, self.result, self.error = True, result, error
        if self.signal is not None:
            self.signal.set()


class Queue:
    """What all kinds of queues share; a kind says how elements are kept.

    Args:
      name: the name that errors give.
      capacity: how many elements it holds; less than 0 for any number.
      dtypes: the element types of the components.
      shapes: the shapes of the components, or () where they are free.
    """

    kind = "Queue"
    # Whether elements that come many at a time are kept in the rows of one array.
    in_rows = False

    def __init__(
        self,
        name: str,
        capacity: int,
        dtypes: Sequence[DType],
        shapes: Sequence[tuple[int, ...]] = (),
    ) -> None:
        self.name = name
        self.capacity = capacity if capacity >= 0 else UNBOUNDED
        self.dtypes = list(dtypes)
        self.shapes = list(shapes)
        self.closed = False
        self._cancelled = False
        self._lock = threading.Lock()
        self._putting: deque[Attempt] = deque()
        self._taking: deque[Attempt] = deque()
        self._moves = 0
        self._rows: Rows | None = None
        known = bool(self.shapes) and all(s is not None and None not in s for s in self.shapes)
        if self.in_rows and known and OBJECTS.isdisjoint(self.dtypes):
            self._rows = Rows(self.dtypes, self.shapes, self.capacity)

    # -- what a kind of queue decides

    def size(self) -> int:
        """How many elements are in the queue."""
        raise NotImplementedError

    def has_shapes(self, shapes: Sequence[Any]) -> bool:
        """Whether the shapes of the components are these."""
        return self.shapes == list(shapes)

    def mismatch(self) -> str | None:
        """How this queue's own settings, given by name, differ from those asked for."""
        return None

    def _push(self, elements: Sequence[Kept]) -> None:
        """Keeps elements; their rows may come in an array."""
        raise NotImplementedError

    def _pop(self, count: int) -> Sequence[Kept]:
        """Gives the elements whose turn it is; their rows in an array, where all have one."""
        raise NotImplementedError

    def _give_back(self, elements: Sequence[Kept]) -> None:
        """Takes back what an attempt had taken, in the order it was taken."""
        raise NotImplementedError

    def _takeable(self) -> int:
        """How many elements may be taken now."""
        return self.size()

    def _joined(self, elements: Sequence[Kept]) -> Element:
        """Elements along a new first axis."""
        if isinstance(elements, np.ndarray):
            assert self._rows is not None
            return self._rows.take(elements)
        kinds = set(map(type, elements))
        if int not in kinds:
            return self._loose(elements)
        if len(kinds) == 1:
            return self._joined(np.array(elements))
        in_rows = [i for i, e in enumerate(elements) if isinstance(e, int)]
        taken = self._joined([elements[i] for i in in_rows])
        others = [i for i, e in enumerate(elements) if not isinstance(e, int)]
        stacked = self._loose([elements[i] for i in others])
        order = np.argsort(in_rows + others)
        return tuple(
            np.concatenate(parts)[order]
            if isinstance(parts[0], np.ndarray)
            else torch.cat(parts)[torch.from_numpy(order)]
            for parts in zip(taken, stacked, strict=True)
        )

    def _loose(self, elements: Sequence[Element]) -> Element:
        return tuple(
            _stacked([e[i] for e in elements], dtype, shape)
            for i, (dtype, shape) in enumerate(zip(self.dtypes, self.shapes, strict=True))
        )

    def _alone(self, element: Kept) -> Element:
        """An element itself, wherever it is kept."""
        if not isinstance(element, int):
            return element  # type: ignore[no-any-return]
        assert self._rows is not None
        return tuple(value[0, ...] for value in self._rows.take(np.array([element])))

    def check_element(self, element: Element) -> None:
        """Raises InvalidArgumentError where a component has not the queue's shape."""
        for i, (value, shape) in enumerate(zip(element, self.shapes, strict=False)):
            self._check_shape(i, tuple(value.shape), tuple(shape))

    def _check_batch(self, batch: Element) -> None:
        """The same for elements along a first axis."""
        size = batch[0].shape[0]
        for i, (value, shape) in enumerate(zip(batch, self.shapes, strict=False)):
            self._check_shape(i, tuple(value.shape), (size, *shape))
        for i, value in enumerate(batch[1:], 1):
            if value.shape[0] != size:
                raise errors.InvalidArgumentError(
                    None,
                    None,
                    "All input tensors must have the same size in the 0th dimension. Component "
                    f"{i} has {value.shape[0]}, and should have {size}",
                )

    @staticmethod
    def _check_shape(i: int, found: tuple[int, ...], expected: tuple[int, ...]) -> None:
        if found != expected:
            raise errors.InvalidArgumentError(
                None,
                None,
                f"Shape mismatch in tuple component {i}. Expected {shape_text(expected)}, got "
                f"{shape_text(found)}",
            )

    # -- operations

    def put(self, element: Element) -> None:
        """Adds an element; waits for room."""
        self.check_element(element)
        self.put_all([tuple(copied(v) for v in element)])

    def put_many(self, batch: Element) -> None:
        """Adds the elements along the first axis, as room comes; a component may be Unfinished."""
        self._check_batch(batch)
        count = batch[0].shape[0]
        if self._rows is not None and count >= _FEWEST_ROWS and not any(map(_on_gpu, batch)):
            # Rows that are not let in stay taken: the queue is closed then, or the run was late.
            self.put_all(self._rows.put(batch))
        elif count:
            batch = tuple(v.finished() if isinstance(v, Unfinished) else v for v in batch)
            self.put_all(list(zip(*(rows(copied(value)) for value in batch), strict=True)))

    def put_all(self, elements: Sequence[Kept]) -> None:
        """Adds elements, which are the queue's own from now on, as room comes."""
        self._attempt(self._putting, self._put(elements))

    def take(self) -> Element:
        """Takes an element; waits for one."""
        taken: list[Kept] = self._attempt(self._taking, self._take(1, False))
        return self._alone(taken[0])

    def take_many(self, count: int, fewer: bool = False) -> Element:
        """Takes `count` elements, as they come, along a new first axis.

        Args:
          fewer: whether a closed queue may give less.
        """
        if not self.shapes:
            raise errors.InvalidArgumentError(
                None,
                None,
                f"{self.kind}'s DequeueMany and DequeueUpTo require the components to have "
                "specified shapes.",
            )
        if count == 0:
            return self._joined([])
        taken = self._at_once(count)
        if taken is None:
            taken = self._attempt(self._taking, self._take(count, fewer))
        return self._joined(taken)

    def close(self, cancel_pending: bool = False) -> None:
        """Nothing more may come in. What waits to come in is cancelled, or still let in."""
        if not cancel_pending:
            self._attempt(self._putting, self._close())
            return
        with self._lock:
            self.closed = True
            self._cancel(self._putting, "Enqueue")
            self._push_on()

    def cancel_all(self) -> None:
        """Ends all attempts, those to come too: the session is closed."""
        with self._lock:
            self._cancelled = True
            self._cancel(self._putting, "Enqueue")
            self._cancel(self._taking, "Dequeue")

    # -- attempts

    def _at_once(self, count: int) -> Sequence[Kept] | None:
        """What an attempt would take that finds all its elements there and nobody before it."""
        with self._lock:
            if self._taking or self._cancelled or self.closed or self._takeable() < count:
                return None
            taken = self._pop(count)
            self._moves += count
            if self._putting:
                self._push_on()
        return taken

    def _put(self, elements: Sequence[Kept]) -> Steps:
        start = 0
        while start < len(elements):
            if self.closed:
                raise errors.CancelledError(None, None, f"{self.kind} '{self.name}' is closed.")
            room = self.capacity - self.size()
            if room <= 0:
                yield
                continue
            some = elements[start : start + room]
            self._push(some)
            self._moves += len(some)
            start += len(some)

    def _take(self, count: int, fewer: bool) -> Steps:
        taken: list[Kept] = []
        while len(taken) < count:
            missing, there = count - len(taken), self.size()
            if self.closed and there < missing:
                self._give_back(taken)
                taken = []
                self._moves += 1
                if not fewer or not self.size():
                    raise self._too_few(missing, there)
                count = self.size()
            elif (takeable := self._takeable()) > 0:
                some = self._pop(min(takeable, missing))
                taken.extend(listed(some))
                self._moves += len(some)
            else:
                yield
        return taken

    def _too_few(self, missing: int, there: int) -> errors.OutOfRangeError:
        return errors.OutOfRangeError(
            None,
            None,
            f"{self.kind} '{self.name}' is closed and has insufficient elements (requested "
            f"{missing}, current size {there})",
        )

    def _close(self) -> Steps:
        if self.closed:
            message = f"Queue '{self.name}' is already closed."
            raise errors.CancelledError(None, None, message)
        self.closed = True
        return
        yield

    def _attempt(self, line: deque[Attempt], steps: Steps) -> Any:
        """Stands in line with an attempt until it has ended."""
        attempt = Attempt(steps)
        kind = "Enqueue" if line is self._putting else "Dequeue"
        with self._lock:
            if self._cancelled:
                raise _cancelled(kind)
            line.append(attempt)
            self._push_on()
            if not attempt.finished:
                attempt.signal = threading.Event()
        if attempt.signal is not None:
            self._wait(line, attempt)
        if attempt.error is not None:
            raise attempt.error
        return attempt.result

    def _wait(self, line: deque[Attempt], attempt: Attempt) -> None:
        assert attempt.signal is not None
        try:
            in_time = attempt.signal.wait(time_left())
        except BaseException:  # Ctrl-C
            self._leave(line, attempt)
            raise
        if not in_time and self._leave(line, attempt):
            raise errors.DeadlineExceededError(None, None, "Timed out waiting for notification")

    def _leave(self, line: deque[Attempt], attempt: Attempt) -> bool:
        """Takes an attempt out of its line; whether it had not ended by then."""
        with self._lock:
            if attempt.finished:
                return False
            line.remove(attempt)
            self._push_on()
            return True

    def _push_on(self) -> None:
        """Lets the first of both lines go on until nobody can."""
        before = -1
        while before != self._moves:
            before = self._moves
            for line in (self._putting, self._taking):
                while line and line[0].go_on():
                    line.popleft()
                    self._moves += 1

    def _cancel(self, line: deque[Attempt], kind: str) -> None:
        for attempt in line:
            attempt.end(error=_cancelled(kind))
        line.clear()


class FIFOQueue(Queue):
    """Elements come out in the order in which they went in."""

    kind = "FIFOQueue"
    in_rows = True

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._elements: deque[Kept] = deque()

    def size(self) -> int:
        return len(self._elements)

    def _push(self, elements: Sequence[Kept]) -> None:
        self._elements.extend(listed(elements))

    def _pop(self, count: int) -> Sequence[Kept]:
        return [self._elements.popleft() for _ in range(count)]

    def _give_back(self, elements: Sequence[Kept]) -> None:
        self._elements.extendleft(reversed(elements))


def queue_of(handle: Any) -> Queue:
    """The queue of a handle; one chosen at run time comes in an array."""
    queue: Queue = handle.item() if isinstance(handle, np.ndarray) else handle
    return queue


def works_of(queue: Any) -> Any:
    """A function that takes the next work of a reader, mostly a file's name, from a queue."""
    if isinstance(queue, np.ndarray):
        queue = queue.item()

    def take() -> bytes:
        element = queue.take()
        if len(element) != 1:
            raise invalid("Expected single component queue")
        if queue.dtypes[0].base_dtype is not dtypes.string:
            raise invalid("Expected queue with single string component")
        if np.size(element[0]) != 1:
            raise invalid("Expected to dequeue a one-element string tensor")
        work: bytes = np.asarray(element[0], object).item()
        return work

    return take


def types_text(dtypes: Sequence[DType]) -> str:
    """Element types as TensorFlow's run-time errors give them."""
    return ", ".join(map(type_name, dtypes))


def check_types(queue: Queue, node: Operation, dtypes: Sequence[DType]) -> None:
    """Raises InvalidArgumentError where a node's components are not of the queue's types."""
    if queue.dtypes == list(dtypes):
        return
    inputs = [type_name(t.dtype) for t in node.inputs]
    outputs = [type_name(t.dtype) for t in node.outputs]
    expected = [type_name(d) for d in queue.dtypes]
    ins, outs = (inputs, expected) if outputs else ([inputs[0], *expected], [])
    raise errors.InvalidArgumentError(
        None,
        None,
        f"Signature mismatch, have: {', '.join(inputs)}->{', '.join(outputs)} expected: "
        f"{', '.join(ins)}->{', '.join(outs)}",
    )


def unshared_name(name: str) -> str:
    """What errors call an object that is not shared: TensorFlow numbers these."""
    return f"_{next(_count)}_{name}"


def shape_text(shape: Sequence[int | None]) -> str:
    """A shape as TensorFlow's errors give it."""
    return "[" + ",".join("?" if d is None else str(d) for d in shape) + "]"


def _cancelled(kind: str) -> errors.CancelledError:
    return errors.CancelledError(None, None, f"{kind} operation was cancelled")


def copied(value: Any) -> Any:
    """The queue's own copy: variables and fed arrays may change later."""
    return value.clone() if isinstance(value, torch.Tensor) else np.array(value)


def listed(elements: Sequence[Kept]) -> list[Kept]:
    """Elements in a list, rows as Python's numbers."""
    return elements.tolist() if isinstance(elements, np.ndarray) else list(elements)


def _on_gpu(value: Any) -> bool:
    return isinstance(value, torch.Tensor) and value.is_cuda


def rows(value: Any) -> Sequence[Any]:
    if isinstance(value, torch.Tensor):
        return value.unbind(0)
    return [value[i, ...] for i in range(len(value))]


def _stacked(values: Sequence[Any], dtype: DType, shape: Sequence[int]) -> Any:
    if dtype.base_dtype in HOST_DTYPES:
        if values:
            return np.stack(values)
        return np.empty((0, *shape), dtype.as_numpy_dtype)
    if values:
        return torch.stack(list(values))
    return torch.empty((0, *shape), dtype=torch_dtype(dtype))
