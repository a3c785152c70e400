"""Runs that last too long: `RunOptions.timeout_in_ms` and `ConfigProto.operation_timeout_in_ms`."""

import threading
import time
from types import TracebackType

from evergraph.base import errors
from evergraph.engine.state import SessionState
from evergraph.kernels.deadline import time_limit

MESSAGE = "Timed out waiting for notification"


class Deadline:
    """A block that a run of this thread has to leave within some milliseconds.

    A loop or a wait for a queue ends when the time is over; a kernel that is at work is waited
    for, as in TensorFlow. Then the block raises DeadlineExceededError, whatever else came of it.
    """

    def __init__(self, state: SessionState, milliseconds: int) -> None:
        self._state = state
        self._seconds = milliseconds / 1000

    def __enter__(self) -> None:
        self._waits = time_limit(self._seconds)
        self._waits.__enter__()
        self._end = time.monotonic() + self._seconds
        thread = threading.get_ident()
        error = errors.DeadlineExceededError(None, None, MESSAGE)
        self._timer = threading.Timer(self._seconds, self._state.interrupt, (thread, error))
        self._timer.daemon = True
        self._timer.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._waits.__exit__(None, None, None)
        self._timer.cancel()
        self._timer.join()  # it may be interrupting this very moment
        self._state.stopping.pop(threading.get_ident(), None)
        if time.monotonic() >= self._end and (error is None or isinstance(error, Exception)):
            raise errors.DeadlineExceededError(None, None, MESSAGE) from None
