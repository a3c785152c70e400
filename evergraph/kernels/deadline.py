"""How long a run may still take: what waits in a kernel asks here."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

_run = threading.local()


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Inside the block, what this thread waits for may take `seconds` in all."""
    before = getattr(_run, "end", None)
    _run.end = time.monotonic() + seconds
    try:
        yield
    finally:
        _run.end = before


def time_left() -> float | None:
    """Seconds that this thread's run may still wait, at least 0; None without a limit."""
    end = getattr(_run, "end", None)
    return None if end is None else max(0.0, end - time.monotonic())
