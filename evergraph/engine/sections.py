"""Critical sections in the order of nodes: a plan runs in one thread, so that a section which
begins before the one that has its mutex has ended would wait forever."""

from collections.abc import Iterable

from evergraph.graph.operation import Operation


class Sections:
    """Which nodes that begin a section have to wait, while nodes are put in order."""

    def __init__(self, needed: Iterable[Operation]) -> None:
        self._ends = {op._inputs[0]._op for op in needed if op._type == "ConsumeMutexLock"}
        self._open: dict[Operation, Operation] = {}
        self._waiting: list[Operation] = []

    def must_wait(self, op: Operation, others: bool) -> bool:
        """Whether a node cannot be the next. It is given back by `done` when it can. `others`:
        whether another node could be."""
        if op._type != "MutexLock" or op not in self._ends:
            return False
        mutex = _source(op)
        if others and mutex in self._open:
            self._waiting.append(op)
            return True
        self._open[mutex] = op
        return False

    def done(self, op: Operation) -> list[Operation]:
        """The nodes that waited for this one, which has been put in order."""
        if op._type != "ConsumeMutexLock":
            return []
        self._open.pop(_source(op._inputs[0]._op), None)
        return self.left()

    def left(self) -> list[Operation]:
        """The nodes that still wait, which need not any more."""
        found, self._waiting = self._waiting, []
        return found


def _source(lock: Operation) -> Operation:
    """The node of a section's mutex, outside of all branches and loops."""
    op = lock._inputs[0]._op
    while op._type != "MutexV2" and op._inputs:
        op = op._inputs[0]._op
    return op
