"""Which worker of a strategy this thread is."""

import threading
from typing import Any


class _Current(threading.local):
    current: Any = None


_worker_context = _Current()


def get_current_worker_context() -> Any:
    """What the worker knows of itself; None outside of workers."""
    return _worker_context.current
