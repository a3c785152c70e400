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
        # A graph for blocks of graph mode in a thread whose own graph is none, or executes.
        self.spare: Any = None
        # Where in the stack the graphs are that no block of a graph's own put there.
        self.lent: list[int] = []

    def reset(self) -> None:
        """Empties the stack of graphs that keep their nodes; whether ops run at once stays."""
        self.stack = self.stack[-1:] if self.stack and self.stack[-1].runs_at_once else []
        self.lent = []

    def is_cleared(self) -> bool:
        return all(graph.runs_at_once for graph in self.stack)

    @contextlib.contextmanager
    def lend(self, graph: Any) -> Iterator[Any]:
        """Makes `graph` the default inside a `with` block, but not for `init_scope`."""
        self.lent.append(len(self.stack))
        try:
            with self.pushed(graph):
                yield graph
        finally:
            if self.lent:  # the stack may have been reset meanwhile
                self.lent.pop()

    def lasting(self) -> Any:
        """The innermost graph of the stack that builds no function, or None; the present one where
        no block is a graph's own."""
        places = [i for i in range(len(self.stack) - 1, -1, -1) if i not in self.lent]
        graphs = [self.stack[i] for i in places]
        if all(g.runs_at_once for g in graphs):
            return self.peek()
        return next((g for g in graphs if not g.building_function), None)


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
