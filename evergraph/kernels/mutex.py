"""Mutexes of critical sections."""

import threading

from evergraph.base import errors
from evergraph.kernels.deadline import time_left


class Lock:
    """What the one who has a mutex holds; when it is dropped, the mutex is free."""

    def __init__(self, mutex: "Mutex") -> None:
        self._mutex = mutex

    def release(self) -> None:
        """Frees the mutex, unless another has it by now."""
        self._mutex.release(self)

    __del__ = release


class Mutex:
    """Lets one run at a time into its critical sections."""

    def __init__(self) -> None:
        self._changed = threading.Condition(threading.RLock())
        self._holder: int | None = None  # the id of a Lock
        self._thread: int | None = None
        self._cancelled = False

    def _is_free(self) -> bool:
        # A run's sections follow one another (engine/sections.py): what its thread still has is
        # left from a run that failed.
        return self._holder is None or self._thread == threading.get_ident()

    def lock(self) -> Lock:
        """Waits until the mutex is free, and takes it.

        Raises:
          CancelledError: the session was closed.
          DeadlineExceededError: the run has no time left.
        """
        with self._changed:
            in_time = self._changed.wait_for(
                lambda: self._cancelled or self._is_free(), time_left()
            )
            if self._cancelled:
                raise errors.CancelledError(None, None, "Lock acquisition cancelled.")
            if not in_time:
                raise errors.DeadlineExceededError(None, None, "Timed out waiting for notification")
            found = Lock(self)
            self._holder, self._thread = id(found), threading.get_ident()
            return found

    def release(self, lock: Lock) -> None:
        """Frees the mutex if it is this lock that has it."""
        with self._changed:
            if self._holder == id(lock):
                self._holder = self._thread = None
                self._changed.notify_all()

    def cancel_all(self) -> None:
        """Ends all waiting: the session is closed."""
        with self._changed:
            self._cancelled = True
            self._changed.notify_all()
