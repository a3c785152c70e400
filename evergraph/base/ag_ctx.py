"""Whether functions that are called are rewritten."""

import enum
import threading
from typing import Any


class Status(enum.Enum):
    """What is known of rewriting."""

    UNSPECIFIED = 0
    ENABLED = 1
    DISABLED = 2


class _Contexts(threading.local):
    def __init__(self) -> None:
        self.stack: list[Any] = [ControlStatusCtx(status=Status.UNSPECIFIED)]


class ControlStatusCtx:
    """Sets in a `with` block whether functions that are called are rewritten.

    Args:
      status: a Status.
      options: ConversionOptions.
    """

    def __init__(self, status: Status, options: Any = None) -> None:
        self.status = status
        self.options = options

    def __enter__(self) -> "ControlStatusCtx":
        _contexts.stack.append(self)
        return self

    def __exit__(self, *exception: Any) -> None:
        _contexts.stack.pop()

    def __repr__(self) -> str:
        return f"{type(self).__name__}[status={self.status}, options={self.options}]"


class NullCtx:
    """Does nothing in a `with` block."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, *exception: Any) -> None:
        pass


_contexts = _Contexts()


def control_status_ctx() -> Any:
    """What is in force."""
    return _contexts.stack[-1]
