"""Which error to raise when several threads of an estimator failed."""

import contextlib
import sys
import threading
import time
from collections.abc import Iterator
from types import TracebackType
from typing import Any

from evergraph.base import errors
from evergraph.base.platform import logging

_CLOSING_DELAY = 5  # seconds in which another thread may report a better error

_Raised = tuple[type[BaseException], BaseException, TracebackType | None]


class ErrorRendezvous:
    """Gathers the errors of several sources, and raises the one that tells most.

    Args:
      num_sources: how many sources there are.
    """

    def __init__(self, num_sources: int) -> None:
        self._errors: dict[str, _Raised | None] = {}
        self._num_sources = num_sources
        self._closing: threading.Thread | None = None

    def record_error(self, source: str, exc_info: Any, session: Any = None) -> None:
        """Keeps what `sys.exc_info` gave, but for errors that a session recovers from. A `session`
        is closed soon, so that other threads do not wait in it for ever."""
        value = exc_info[1]
        if isinstance(value, (errors.AbortedError, errors.UnavailableError)):
            return
        self._errors[source] = exc_info
        logging.error("Error recorded from %s: %s", source, value)
        if session is not None and self._closing is None:
            self._closing = threading.Thread(target=_close, args=(session, value), daemon=True)
            self._closing.start()

    def record_done(self, source: str) -> None:
        """Says that a source has ended."""
        logging.info("%s marked as finished", source)
        self._errors.setdefault(source, None)

    @contextlib.contextmanager
    def catch_errors(self, source: str, session: Any = None) -> Iterator[None]:
        """A block whose exceptions are kept instead of raised."""
        try:
            yield
        except Exception:
            self.record_error(source, sys.exc_info(), session)

    def raise_errors(self, timeout_sec: int = 0) -> None:
        """Raises an error that was kept, one of a cancelled run only if there is no other; waits so
        many seconds for sources that have not ended."""
        for _ in range(timeout_sec):
            if len(self._errors) == self._num_sources:
                break
            time.sleep(1)
        kept = [raised for raised in self._errors.values() if raised is not None]
        kept.sort(key=lambda raised: isinstance(raised[1], errors.CancelledError))
        if kept:
            _, value, traceback = kept[0]
            logging.warning("Reraising captured error")
            raise value.with_traceback(traceback)


def _close(session: Any, error: BaseException) -> None:
    time.sleep(_CLOSING_DELAY)
    logging.error("Closing session due to error %s", error)
    try:
        session.close()
    except Exception:
        logging.error("\n\n\nFailed to close session after error.Other threads may hang.\n\n\n")
