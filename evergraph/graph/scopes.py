"""Stacks that follow `with` blocks: the default graph and the default session of each thread."""

import contextlib
import threading
from collections.abc import Iterator
from typing import Any, ClassVar

from evergraph.base.export import export


class DefaultStack(threading.local):
    """A stack of objects, one for each thread. `pushed(x)` makes x the default inside a `with`
    block."""

    def __init__(self, enforce_nesting: bool = True) -> None:
        super().__init__()
        self.stack: list[Any] = []
        self.enforce_nesting = enforce_nesting

    def peek(self) -> Any:
        return self.stack[-1] if self.stack else None

    def reset(self) -> None:
        self.stack = []

    def is_cleared(self) -> bool:
        return not self.stack

    @contextlib.contextmanager
    def pushed(self, default: Any, enforce_nesting: bool | None = None) -> Iterator[Any]:
        """Makes `default` the top of the stack inside a `with` block.

        Raises:
          AssertionError: blocks are left in another order than they were entered, where that is
            checked.
        """
        enforced = self.enforce_nesting if enforce_nesting is None else enforce_nesting
        self.stack.append(default)
        try:
            yield default
        finally:
            # Whoever was closed or reset within the block has left the stack already.
            if self.stack:
                if enforced and self.stack[-1] is not default:
                    raise AssertionError(
                        f"Nesting violated for default stack of {type(default)} objects"
                    )
                if self.stack[-1] is default:
                    self.stack.pop()
                elif default in self.stack:
                    self.stack.remove(default)

    get_controller = pushed


class _GraphStack(DefaultStack):
    """Each thread has, besides, a graph of its own that is the default outside of any block."""

    # What makes it, where it is not to be a `Graph`.
    make_own: ClassVar[Any] = None

    def __init__(self) -> None:
        super().__init__()
        self.own: Any = None


graph_stack = _GraphStack()
session_stack = DefaultStack()


def own_graph() -> Any:
    """The graph that is this thread's default outside of any block; None before it is first asked
    for."""
    return graph_stack.own


@export("get_default_session")
def get_default_session() -> Any:
    """The innermost session made default in this thread, or None. Stands for
    `tf.get_default_session`."""
    return session_stack.peek()


def default_session(session: Any) -> contextlib.AbstractContextManager[Any]:
    """Makes `session` the default one inside a `with` block."""
    return session_stack.pushed(session)
