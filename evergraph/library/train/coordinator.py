"""Threads that end together: `tf.train.Coordinator`, `tf.train.LooperThread`."""

import contextlib
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from evergraph.base import errors
from evergraph.base.compat import as_str_any
from evergraph.base.export import export
from evergraph.base.platform import logging

# How often `join` looks whether threads have ended by themselves.
_LOOK_SECS = 0.1


def _raise(exc_info: Any) -> None:
    raise exc_info[1].with_traceback(exc_info[2])


@export("train.Coordinator")
class Coordinator:
    """Lets threads ask each other to stop, and waits for them. Stands for `tf.train.Coordinator`.

    A thread runs `while not coord.should_stop()` and calls `request_stop`, with the exception
    where there was one; `join` waits for all and raises that exception.

    Args:
      clean_stop_exception_types: exceptions that are a stop like any other; default:
        OutOfRangeError, the end of the input.
    """

    def __init__(self, clean_stop_exception_types: Any = None) -> None:
        if clean_stop_exception_types is None:
            clean_stop_exception_types = (errors.OutOfRangeError,)
        self._clean_stop_exception_types = tuple(clean_stop_exception_types)
        self._lock = threading.Lock()
        self._stop_event = threading.Event()
        self._exc_info_to_raise: Any = None
        self._joined = False
        self._registered_threads: set[threading.Thread] = set()

    def request_stop(self, ex: Any = None) -> None:
        """Asks all threads to stop.

        Args:
          ex: the exception that is being handled, or its `sys.exc_info()`; the first one is
            raised by `join`. After `join` it is raised at once.
        """
        with self._lock:
            error = ex[1] if isinstance(ex, tuple) else ex
            if isinstance(error, self._clean_stop_exception_types):
                ex = None
            exc_info = ex if isinstance(ex, tuple) else sys.exc_info()
            if self._joined and ex is not None:
                raise error
            if self._stop_event.is_set():
                return
            if ex and self._exc_info_to_raise is None:
                self._exc_info_to_raise = self._checked(exc_info)
                if isinstance(ex, tuple):
                    logging.info(
                        "Error reported to Coordinator: %s", as_str_any(error), exc_info=ex
                    )
                else:
                    logging.info("Error reported to Coordinator: %s, %s", type(ex), as_str_any(ex))
            self._stop_event.set()

    @staticmethod
    def _checked(exc_info: Any) -> Any:
        """What `join` raises: the exception, or a complaint that there is none."""
        if len(exc_info) == 3 and exc_info[0] and exc_info[1]:
            return exc_info
        try:
            raise ValueError(
                f"ex must be a tuple or sys.exc_info must return the current exception: {exc_info}"
            )
        except ValueError:
            return sys.exc_info()

    def clear_stop(self) -> None:
        """Forgets that a stop was asked for, and why."""
        with self._lock:
            self._joined = False
            self._exc_info_to_raise = None
            self._stop_event.clear()

    def should_stop(self) -> bool:
        """Whether a stop was asked for."""
        return self._stop_event.is_set()

    @contextlib.contextmanager
    def stop_on_exception(self) -> Iterator[None]:
        """Asks for a stop, and goes on after the block, where the block raises."""
        try:
            yield
        except BaseException:
            self.request_stop(ex=sys.exc_info())

    def wait_for_stop(self, timeout: float | None = None) -> bool:
        """Waits until a stop is asked for, or `timeout` seconds; whether it was asked for."""
        return self._stop_event.wait(timeout)

    def register_thread(self, thread: threading.Thread) -> None:
        """Makes `join` wait for a thread."""
        with self._lock:
            self._registered_threads.add(thread)

    def join(
        self,
        threads: Iterable[threading.Thread] | None = None,
        stop_grace_period_secs: float = 120,
        ignore_live_threads: bool = False,
    ) -> None:
        """Waits until the registered threads and `threads` have ended.

        Args:
          stop_grace_period_secs: how long they may take once a stop was asked for.
          ignore_live_threads: whether threads that take longer are left alone.

        Raises:
          RuntimeError: threads took longer.
          Exception: what `request_stop` was given.
        """
        with self._lock:
            waited = list(self._registered_threads.union(threads or ()))
        while any(t.is_alive() for t in waited) and not self.wait_for_stop(_LOOK_SECS):
            pass
        end = time.monotonic() + stop_grace_period_secs
        for thread in waited:
            if thread.is_alive():
                thread.join(max(0.0, end - time.monotonic()))
        stragglers = " ".join(t.name for t in waited if t.is_alive())
        with self._lock:
            self._joined = True
            self._registered_threads = set()
            if self._exc_info_to_raise:
                _raise(self._exc_info_to_raise)
        if stragglers:
            message = f"Coordinator stopped with threads still running: {stragglers}"
            if not ignore_live_threads:
                raise RuntimeError(message)
            logging.info(message)

    @property
    def joined(self) -> bool:
        """Whether `join` has ended."""
        return self._joined

    def raise_requested_exception(self) -> None:
        """Raises what `request_stop` was given, if anything."""
        with self._lock:
            if self._exc_info_to_raise:
                _raise(self._exc_info_to_raise)


@export("train.LooperThread")
class LooperThread(threading.Thread):
    """A thread that calls a function again and again until its coordinator stops. Stands for
    `tf.train.LooperThread`.

    Args:
      coord: the Coordinator; it hears of exceptions.
      timer_interval_secs: seconds from one call to the next, or None for no pause.
      target, args, kwargs: what to call; default: the method `run_loop`.

    Raises:
      ValueError: `coord` is no Coordinator, or there are arguments without a target.
    """

    def __init__(
        self,
        coord: Any,
        timer_interval_secs: float | None,
        target: Callable[..., Any] | None = None,
        args: Iterable[Any] | None = None,
        kwargs: Mapping[str, Any] | None = None,
    ) -> None:
        if not isinstance(coord, Coordinator):
            raise ValueError(f"'coord' argument must be a Coordinator: {coord}")
        super().__init__()
        self.daemon = True
        self._coord = coord
        self._timer_interval_secs = timer_interval_secs
        if not target and (args or kwargs):
            raise ValueError("'args' and 'kwargs' argument require that you also pass 'target'")
        self._call = (target, tuple(args or ()), dict(kwargs or {}))
        coord.register_thread(self)

    @staticmethod
    def loop(
        coord: Any,
        timer_interval_secs: float | None,
        target: Callable[..., Any],
        args: Iterable[Any] | None = None,
        kwargs: Mapping[str, Any] | None = None,
    ) -> "LooperThread":
        """A started thread; arguments as the class's."""
        looper = LooperThread(coord, timer_interval_secs, target=target, args=args, kwargs=kwargs)
        looper.start()
        return looper

    def run(self) -> None:
        """Loops until the coordinator stops."""
        with self._coord.stop_on_exception():
            self.start_loop()
            next_time = time.time()
            while not self._stopped(next_time):
                next_time += self._timer_interval_secs or 0
                self.run_loop()
            self.stop_loop()

    def _stopped(self, next_time: float) -> bool:
        """Whether to stop, once it is time for the next call."""
        if self._timer_interval_secs is None:
            return self._coord.should_stop()
        return self._coord.wait_for_stop(next_time - time.time())

    def start_loop(self) -> None:
        """Called when the thread starts."""

    def stop_loop(self) -> None:
        """Called when the thread stops."""

    def run_loop(self) -> None:
        """Called each time."""
        target, args, kwargs = self._call
        if target:
            target(*args, **kwargs)
