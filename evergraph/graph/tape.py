"""Tapes: what eager execution records for gradients."""

import contextlib
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evergraph.graph.operation import Operation
    from evergraph.graph.tensor import Tensor


class _Tapes(threading.local):
    def __init__(self) -> None:
        super().__init__()
        self.active: list[Tape] = []


_tapes = _Tapes()


class Tape:
    """Nodes in the order in which they ran, with their inputs and outputs; what is watched.

    In its `with` block nodes have these inputs again, and tensors know who takes them, as
    gradients need it. Elsewhere nodes do not keep their inputs alive.

    Args:
      watch_variables: whether trainable variables are watched as soon as they are read.
    """

    def __init__(self, watch_variables: bool = True) -> None:
        self.nodes: list[tuple[Operation, Any, list[Tensor]]] = []
        self._lent: list[tuple[Operation, Any]] = []
        self.watched: dict[int, Tensor] = {}
        self.variables: dict[int, Any] = {}
        self.watch_variables = watch_variables

    def watch(self, tensor: "Tensor") -> None:
        """Has gradients by a tensor known later."""
        self.watched[id(tensor)] = tensor

    def start(self) -> None:
        """Records from now on."""
        _tapes.active.append(self)

    def stop(self) -> None:
        """Records no more."""
        _tapes.active.remove(self)

    def reached(self) -> set[int]:
        """The ids of the tensors that depend on what is watched, and of these."""
        found = set(self.watched)
        for _, inputs, outputs in self.nodes:
            if any(id(t) in found for t in inputs):
                found.update(map(id, outputs))
        return found

    def __enter__(self) -> None:
        self._lent = [(op, inputs) for op, inputs, _ in self.nodes]
        for op, inputs in self._lent:
            op._inputs = inputs
            for t in inputs:
                t._consumers.append(op)

    def __exit__(self, *_: Any) -> None:
        for op, inputs in self._lent:
            op._inputs = type(inputs)()
            for t in inputs:
                t._consumers.remove(op)
        self._lent = []


def active() -> bool:
    """Whether a tape of this thread records."""
    return bool(_tapes.active)


def record(op: "Operation") -> None:
    """Tells all tapes that a node ran."""
    node = (op, op._inputs, op._outputs)
    for tape in _tapes.active:
        tape.nodes.append(node)


def variable_accessed(variable: Any) -> None:
    """Tells all tapes that a variable is read."""
    for tape in _tapes.active:
        if tape.watch_variables and variable.trainable:
            tape.variables.setdefault(id(variable), variable)
            tape.watch(variable.handle)


@contextlib.contextmanager
def stop_recording() -> Iterator[None]:
    """In the block, no tape of this thread records."""
    active, _tapes.active = _tapes.active, []
    try:
        yield
    finally:
        _tapes.active = active
