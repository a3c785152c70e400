"""Lowering of loops: a frame becomes one step that holds the steps of its iterations.

A variable of the loop is a NumPy scalar where it starts as one on the host and each iteration
leaves it there: counters, conditions, rates. That is found by trying: where an iteration gives a
torch tensor, the loop is lowered again with that variable as one.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from evergraph.engine import values
from evergraph.engine.frames import Frame, LoopVariable, Unstructured, is_loop_switch
from evergraph.engine.lower import Lowering, is_small
from evergraph.engine.plan import NUMPY, OBJECT, TORCH, Arg, Guard, Loop, Step, Value, loop_step
from evergraph.graph.operation import Operation


def lower_items(state: Lowering, items: Sequence[Operation | Frame]) -> None:
    """Adds the steps of nodes and loops, in order."""
    for item in items:
        if isinstance(item, Frame):
            _lower_loop(state, item)
        else:
            state.lower(item)
            state.keep_feeds(item)


def _lower_loop(state: Lowering, frame: Frame) -> None:
    guard = _guard_of(state, frame)
    if guard is None:
        for op in frame.exits:
            state.kill(op)
        return
    on_host = {v for v in frame.variables if _starts_on_host(state, v)}
    while True:
        attempt = _Attempt(state, frame, on_host, guard)
        leaving = attempt.leaving_host()
        if not leaving:
            break
        on_host -= leaving
        for op in _nodes(frame):
            for tensor in op._outputs:
                state.forget(tensor)
    assert frame.condition is not None
    state.steps.append(loop_step(frame.condition, attempt.loop(), guard))
    for op in frame.exits:
        attempt.leave(op, guard)


def _guard_of(state: Lowering, frame: Frame) -> Guard | None:
    """What must hold for the loop to run; None where it never does."""
    guards = [state.guard_of(op) for op in frame.enters]
    if all(g is None for g in guards):
        return None
    pairs: set[tuple[Any, bool]] = set()
    for g in guards:
        if g is None:
            raise Unstructured(frame.name)
        pairs |= g
    if any((p, not b) in pairs for p, b in pairs):
        return None
    return frozenset(pairs)


def _starts_on_host(state: Lowering, variable: LoopVariable) -> bool:
    start = variable.enter._inputs[0]
    if start._dtype.base_dtype in values.OBJECT_DTYPES or start._dtype._is_ref_dtype:
        return False
    if values.on_host(start._dtype):
        return True
    return is_small(start) and state.place_of(start) == NUMPY


def _nodes(frame: Frame) -> Iterable[Operation]:
    """The nodes of a loop and of those in it."""
    yield from frame.nodes
    for child in frame.children.values():
        yield from _nodes(child)


class _Attempt:
    """A loop lowered with some of its variables on the host."""

    def __init__(
        self, state: Lowering, frame: Frame, on_host: set[LoopVariable], guard: Guard
    ) -> None:
        self.state = state
        self.frame = frame
        self.on_host = on_host
        self.values: dict[LoopVariable, Value] = {}
        self.back: dict[LoopVariable, Arg] = {}
        self.level = len(state.levels)
        state.begin_loop(guard)
        for op in frame.enters:
            self._enter(op)
        for variable in frame.variables:
            self._begin(variable)
        self._lower(frame.items[: frame.heads])
        self._test()
        self._lower(frame.items[frame.heads :])
        for variable in frame.variables:
            self._end(variable)
        self.steps = state.end_loop()

    def _enter(self, op: Operation) -> None:
        state, (tensor,) = self.state, op._outputs
        state.guards[op] = state.guards[tensor] = frozenset()
        state.level_of[tensor] = self.level
        state.taken[tensor] = op._inputs[0]
        if op._inputs[0].dims == () or op._inputs[0] in state.scalars:
            state.scalars.add(tensor)

    def _begin(self, variable: LoopVariable) -> None:
        state, merge = self.state, variable.merge
        tensor, start = merge._outputs[0], variable.enter._inputs[0]
        state.guards[merge] = state.guards[tensor] = frozenset()
        state.level_of[tensor] = self.level
        state.roots[tensor] = "loop"
        if tensor._dtype._is_ref_dtype:
            state.cells[tensor] = state.cell_of(start)
            return
        if tensor._dtype in values.OBJECT_DTYPES:
            place = OBJECT
        else:
            place = NUMPY if variable in self.on_host else TORCH
        if place == NUMPY and start.dims == ():
            state.scalars.add(tensor)
        self.values[variable] = state.at[tensor, place] = state.new_value(place, tensor)

    def _lower(self, items: Sequence[Operation | Frame]) -> None:
        merges = {v.merge for v in self.frame.variables}
        plain: list[Operation | Frame] = []
        for item in items:
            is_op = isinstance(item, Operation)
            if is_op and is_loop_switch(item, self.frame):  # type: ignore[arg-type]
                lower_items(self.state, plain)
                plain = []
                self._switch(item)  # type: ignore[arg-type]
            elif item not in merges and item is not self.frame.condition:
                plain.append(item)
        lower_items(self.state, plain)

    def _switch(self, op: Operation) -> None:
        state = self.state
        state.guards[op] = frozenset()
        for tensor in op._outputs:
            state.guards[tensor] = frozenset()
            state.level_of[tensor] = self.level
            state.alias(tensor, op._inputs[0])

    def _test(self) -> None:
        state, condition = self.state, self.frame.condition
        assert condition is not None
        tensor = condition._inputs[0]
        if state.guards.get(tensor):
            raise Unstructured(condition.name)
        state.guards[condition] = state.guards[condition._outputs[0]] = frozenset()
        state.level_of[condition._outputs[0]] = self.level
        state.alias(condition._outputs[0], tensor)
        arg = state.need(tensor, state.place_of(tensor))
        state.steps.append(Step(condition, bool, (arg,), (), (), "none", effect=True, kind="test"))

    def _end(self, variable: LoopVariable) -> None:
        state, tensor = self.state, variable.next._inputs[0]
        if state.guards.get(tensor):
            raise Unstructured(variable.next.name)
        if variable not in self.values:
            if state.cell_of(tensor) != state.cell_of(variable.merge._outputs[0]):
                raise Unstructured(variable.next.name)
        elif self.values[variable].place == OBJECT:
            self.back[variable] = state.cell_of(tensor)
        else:
            self.back[variable] = state.need(tensor, self.values[variable].place)

    def leaving_host(self) -> set[LoopVariable]:
        """The variables that an iteration moves from the host to torch."""
        return {
            v
            for v in self.on_host
            if not values.on_host(v.merge._outputs[0]._dtype) and self._was_moved(v)
        }

    def _was_moved(self, variable: LoopVariable) -> bool:
        step = next((s for s in self.steps if self.back[variable] in s.outputs), None)
        return step is not None and step.kind == "move"

    def loop(self) -> Loop:
        """What the loop's step holds."""
        state, initial = self.state, []
        for variable, value in self.values.items():
            start = variable.enter._inputs[0]
            is_object = value.place == OBJECT
            initial.append(state.cell_of(start) if is_object else state.need(start, value.place))
        return Loop(
            tuple(self.values.values()),
            tuple(initial),
            tuple(self.steps),
            tuple(self.back[v] for v in self.values),
        )

    def leave(self, op: Operation, guard: Guard) -> None:
        """Gives an Exit its value, outside the loop."""
        state, tensor = self.state, op._outputs[0]
        merge = op._inputs[0]._op._inputs[0]
        state.guards[op] = state.guards[tensor] = guard
        state.level_of[tensor] = self.level - 1
        state.roots[tensor] = "loop"
        variable = next(v for v in self.frame.variables if v.merge is merge._op)
        if merge in state.scalars:
            state.scalars.add(tensor)
        if variable in self.values:
            value = self.values[variable]
            state.at[tensor, value.place] = value
        else:
            state.cells[tensor] = state.cell_of(variable.enter._inputs[0])
