"""What runs beside the consumer: prefetching, functions on several elements at a time."""

import queue
import threading
import weakref
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch

from evergraph.base.errors import CancelledError, DeadlineExceededError
from evergraph.kernels.data import elements as values
from evergraph.kernels.data.functional import Interleave, guarded
from evergraph.kernels.data.pipeline import (
    INFINITE,
    UNKNOWN,
    Captured,
    Dataset,
    Element,
    Measures,
    Scope,
    State,
    steps,
)
from evergraph.kernels.deadline import time_left
from evergraph.kernels.one_thread import on_one_thread

# How many elements are made ahead where TensorFlow would find out.
_AHEAD = 4
_THREADS = 16


def cores() -> int:
    """The number of calls at a time where the program leaves it open."""
    return max(2, torch.get_num_threads())


class _Ahead:
    """Elements made ahead by a thread of their own.

    The thread knows the buffer alone, so that a consumer that is dropped ends it.
    """

    def __init__(
        self,
        source: Iterator[Element],
        size: int,
        state: State,
        measures: tuple[Measures, str] | None = None,
    ) -> None:
        self.source = source
        self.size = size
        self.made: deque[Any] = deque()
        self.changed = threading.Condition()
        self.stopped = False
        self.ended = False
        self.state = state
        self.measures = measures
        self.given = 0

    def stop(self) -> None:
        """Ends the thread, and whoever waits."""
        with self.changed:
            self.stopped = True
            self.changed.notify_all()

    def produce(self) -> None:
        """Fills the buffer until the input ends."""
        with torch.inference_mode(), np.errstate(all="ignore"), on_one_thread():
            while True:
                with self.changed:
                    while len(self.made) >= self.size and not self.stopped:
                        self.changed.wait()
                    if self.stopped:
                        break
                try:
                    found: Any = next(self.source)
                except StopIteration:
                    found = None
                except Exception as error:
                    found = error
                with self.changed:
                    self.made.append(found)
                    self.changed.notify_all()
                if found is None:
                    break
        # What the input holds must not wait for the consumer to be dropped.
        self.source = iter(())

    def take(self) -> Element:
        """The next element.

        Raises:
          CancelledError: the pipeline was stopped.
          DeadlineExceededError: the run has no time left.
        """
        with self.changed:
            while not self.made:
                if self.ended:
                    raise StopIteration
                if self.stopped:
                    raise CancelledError(None, None, "Operation was cancelled")
                left = time_left()
                if not self.changed.wait(left) and left is not None:
                    raise DeadlineExceededError(None, None, "Timed out waiting for notification")
            if self.measures is not None and self.made[0] is not None:
                self._measure(*self.measures)
            found = self.made.popleft()
            self.changed.notify_all()
            if found is None:
                self.ended = True
                raise StopIteration
        if isinstance(found, Exception):
            raise found
        return found

    def _measure(self, measures: Measures, name: str) -> None:
        """Tells how full the buffer is."""
        there = sum(element is not None for element in self.made)
        measures.add_to_histogram(f"{name}::buffer_utilization", there / self.size, self.given)
        measures.add_scalar(f"{name}::buffer_size", there, self.given)
        measures.add_scalar(f"{name}::buffer_capacity", self.size, self.given)
        self.given += 1


class _Consumer:
    """The iterator over an _Ahead."""

    def __init__(self, ahead: _Ahead) -> None:
        self._ahead = ahead
        self._begun = False
        self._lock = threading.Lock()
        stop = ahead.stop
        ahead.state.on_close(stop)
        weakref.finalize(self, _finish, ahead.state, stop).atexit = False

    def __iter__(self) -> "_Consumer":
        return self

    def __next__(self) -> Element:
        if not self._begun:
            with self._lock:
                if not self._begun:
                    thread = threading.Thread(
                        target=self._ahead.produce, name="prefetch", daemon=True
                    )
                    thread.start()
                    self._begun = True
        return self._ahead.take()


def _finish(state: State, stop: Callable[[], None]) -> None:
    stop()
    state.forget(stop)


def ahead(
    source: Iterator[Element],
    size: int,
    state: State,
    measures: tuple[Measures, str] | None = None,
) -> Iterator[Element]:
    """An iterator whose elements a thread makes ahead, up to `size` of them. `measures` takes its
    figures, under a name."""
    return _Consumer(_Ahead(source, size, state, measures))


class Prefetch(Dataset):
    """The elements, made ahead."""

    kind = "Prefetch"

    def __init__(self, source: Dataset, size: int, types: Any, dims: Any) -> None:
        super().__init__((source,), types, dims)
        self.size = size

    def iterate(self, scope: Scope) -> Iterator[Element]:
        source = self.of_input(scope.inside(self))
        if self.size == 0:
            return source
        measures = None if scope.measures is None else (scope.measures, self.measured_as())
        return ahead(source, self.size if self.size > 0 else _AHEAD, scope.state, measures)


class _Call:
    """A call of a function by a worker, and its result."""

    __slots__ = ("done", "error", "result")

    def __init__(self) -> None:
        self.done = threading.Event()
        self.error: Exception | None = None
        self.result: Any = None


class Workers:
    """Threads that call functions for one iterator; they end with it."""

    def __init__(self, count: int, state: State) -> None:
        self._calls: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._state = state
        self._left = min(count, _THREADS)
        self._running = self._left
        stop = self._stopper()
        state.on_close(stop)
        weakref.finalize(self, _finish, state, stop).atexit = False

    def _stopper(self) -> Callable[[], None]:
        calls, running = self._calls, self._running

        def stop() -> None:
            for _ in range(running):
                calls.put(None)

        return stop

    def submit(self, function: Callable[..., Any], *args: Any) -> _Call:
        """Has a thread call `function`."""
        if self._left:
            # Threads begin one by one: few elements need few.
            self._left -= 1
            threading.Thread(target=_work, args=(self._calls,), name="map", daemon=True).start()
        call = _Call()
        self._calls.put((call, function, args))
        return call

    def result(self, call: _Call) -> Any:
        """Waits for a call, and gives what it gave or raises what it raised.

        Raises:
          CancelledError: the pipeline was stopped.
          DeadlineExceededError: the run has no time left.
        """
        while not call.done.is_set():
            left = time_left()
            # A stop of the pipeline is seen within this time.
            if call.done.wait(0.2 if left is None else min(left, 0.2)):
                break
            if self._state.closed.is_set():
                raise CancelledError(None, None, "Operation was cancelled")
            if left is not None and left <= 0.2:
                raise DeadlineExceededError(None, None, "Timed out waiting for notification")
        if call.error is not None:
            raise call.error
        return call.result


def _work(calls: "queue.SimpleQueue[Any]") -> None:
    with torch.inference_mode(), np.errstate(all="ignore"), on_one_thread():
        while True:
            task = calls.get()
            if task is None:
                return
            call, function, args = task
            try:
                call.result = function(*args)
            except BaseException as error:
                call.error = error if isinstance(error, Exception) else RuntimeError(str(error))
            call.done.set()
            del task, call, function, args


def parallel_calls(
    source: Iterator[Element],
    function: Callable[[Element], Any],
    count: int,
    state: State,
) -> Iterator[Any]:
    """What `function` makes of each element, `count` calls at a time, in order.

    Three times as many results may wait for the consumer, so that the workers need not while it
    makes a batch of them.
    """
    workers = Workers(count, state)
    under_way: deque[Any] = deque()
    ended = False

    def step() -> Any:
        nonlocal ended
        while not ended and len(under_way) < 4 * count:
            try:
                under_way.append(workers.submit(function, next(source)))
            except StopIteration:
                ended = True
            except Exception as error:
                under_way.append(error)
        if not under_way:
            raise StopIteration
        found = under_way.popleft()
        if isinstance(found, Exception):
            raise found
        return workers.result(found)

    return steps(step)


class ParallelMap(Dataset):
    """What a function makes of each element, several at a time, in order."""

    kind = "ParallelMap"

    def __init__(
        self, source: Dataset, function: Captured, count: int, keeps: bool, types: Any, dims: Any
    ) -> None:
        super().__init__((source,), types, dims)
        self.function, self.count, self.keeps = function, count, keeps

    def iterate(self, scope: Scope) -> Iterator[Element]:
        source = self.of_input(scope.inside(self))
        function = guarded(self.function.ready(scope.state), self.keeps)
        count = self.count if self.count > 0 else cores()
        return parallel_calls(source, function, count, scope.state)

    def cardinality(self) -> int:
        return self.inputs[0].cardinality() if self.keeps else UNKNOWN


class MapAndBatch(Dataset):
    """Batches of what a function makes of each element, several elements at a time."""

    kind = "MapAndBatch"

    def __init__(
        self,
        source: Dataset,
        function: Captured,
        size: int,
        count: int,
        drop: bool,
        keeps: bool,
        types: Any,
        dims: Any,
    ) -> None:
        super().__init__((source,), types, dims)
        self.function, self.size, self.count = function, size, count
        self.drop, self.keeps = drop, keeps

    def iterate(self, scope: Scope) -> Iterator[Element]:
        source = self.of_input(scope.inside(self))
        function = guarded(self.function.ready(scope.state), self.keeps)
        count = self.count if self.count > 0 else cores()
        made = (
            map(function, source)
            if count == 1
            else parallel_calls(source, function, count, scope.state)
        )
        ended = False

        def step() -> Element:
            nonlocal ended
            if ended:
                raise StopIteration
            found: list[Element] = []
            failed: Exception | None = None
            for _ in range(self.size):
                try:
                    found.append(next(made))
                except StopIteration:
                    ended = True
                    break
                except Exception as error:
                    # The rest of the batch goes with it.
                    failed = failed or error
            if failed is not None:
                raise failed
            if ended and (self.drop or not found):
                raise StopIteration
            return values.joined(found)

        return steps(step)

    def cardinality(self) -> int:
        size = self.inputs[0].cardinality()
        if not self.keeps or size == UNKNOWN:
            return UNKNOWN
        if size == INFINITE:
            return INFINITE
        return size // self.size if self.drop else -(-size // self.size)


class ParallelInterleave(Interleave):
    """As Interleave, with elements of each open dataset made ahead.

    Args:
      source: the input.
      function: makes a dataset of an element.
      cycle: how many datasets are open at a time.
      block: how many elements of one follow one another.
      buffered: how many elements of each are made ahead.
    """

    kind = "ParallelInterleave"

    def __init__(
        self,
        source: Dataset,
        function: Captured,
        cycle: int,
        block: int,
        buffered: int,
        types: Any,
        dims: Any,
    ) -> None:
        super().__init__(source, function, cycle, block, types, dims)
        self.buffered = buffered

    def opened(self, made: Iterator[Element], scope: Scope) -> Iterator[Element]:
        return ahead(made, max(1, self.buffered), scope.state)
