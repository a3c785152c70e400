"""The while loops that a call of `tf.gradients` goes back through."""

import contextlib
from collections.abc import Iterator
from typing import Any

from evergraph.api import array_ops
from evergraph.api import control_flow_util as util
from evergraph.api.switching import _NextIteration, _SwitchRefOrTensor
from evergraph.autodiff.grad_loop_state import GradLoopState
from evergraph.autodiff.loop_accumulators import inside
from evergraph.autodiff.zeros import zeros_like_outside_loop
from evergraph.graph.constant import constant
from evergraph.graph.defaults import colocate_with
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Tensor


class ControlFlowState:
    """The states of the gradients of loops, by the contexts of the loops."""

    def __init__(self) -> None:
        self.states: dict[Any, GradLoopState] = {}

    def state_of(self, op: Operation, before: bool) -> GradLoopState | None:
        """The state for the loop that a node is in.

        With `before`, for that which its outputs are in: for an Exit the one around its loop.
        """
        context = util.GetOutputContext(op) if before else op._get_control_flow_context()
        loop = context.GetWhileContext() if context is not None else None
        return None if loop is None else self.states.get(loop)

    @contextlib.contextmanager
    def within(self, op: Operation, before: bool) -> Iterator[None]:
        """Nodes made in the block are those of the gradient's loop for `op`, see `state_of`."""
        state = self.state_of(op, before)
        with inside(None if state is None else state.grad_context):
            yield

    def add_loop(self, op: Operation, between: list[Operation], known: set[Operation]) -> None:
        """Makes the state for the loop that an Exit leaves, and adds its other exits to
        `between`.

        Raises:
          ValueError: nothing is known of the loop.
        """
        loop = util.GetWhileContext(op)
        if loop is None:
            raise ValueError(
                "Failed to call gradients on a while loop without properly serializing graph via "
                "MetaGraphDef"
            )
        if loop in self.states:
            return
        state = self.states[loop] = GradLoopState(loop, self._state_around(loop))
        for result in state.forward_loop_exits:
            if result.op not in known:
                known.add(result.op)
                between.append(result.op)

    def _state_around(self, loop: Any) -> GradLoopState | None:
        around = loop.outer_context
        around = around.GetWhileContext() if around else None
        return self.states.get(around) if around else None

    def unused_exits(self, pending: dict[Operation, int], to_ops: set[Operation]) -> list[Tensor]:
        """Exits that no gradient comes to, of loops of which no other exit is waited for.

        A loop variable that is not used may have a part in one that is, so its exit's gradient is
        zero, not None.
        """
        found: list[Tensor] = []
        for state in self.states.values():
            for result in state.forward_loop_exits:
                if pending[result.op] == 0:
                    state.pending_exits_count -= 1
                    if result.op not in to_ops:
                        state.unused_exits.append(result)
                    if state.pending_exits_count == 0:
                        found.extend(state.unused_exits)
            # Gradients of gradients come to Enter nodes.
            for enter in state.forward_context.loop_enters:
                if pending[enter.op] == 0:
                    pending[enter.op] = 1
        return found

    def zeros_like_exit(self, result: Tensor) -> Tensor:
        """Zeros for the gradient of an exit; made in the context that the gradient is asked for
        in."""
        loop = result.op._get_control_flow_context()
        around = self._state_around(loop)
        if around is None:
            if result.shape.is_fully_defined():
                return array_ops.zeros(result.shape, result.dtype)
            return array_ops.zeros_like(result, optimize=False)
        if result.shape.is_fully_defined():
            with inside(around.grad_context):
                return array_ops.zeros(result.shape, result.dtype)
        with inside(loop.outer_context):
            shape = array_ops.shape_internal(result, optimize=False)
        history = around.push(shape)
        with inside(around.grad_context):
            return array_ops.zeros(around.pop(history, shape), result.dtype)

    def zeros_like(self, op: Operation, index: int) -> Tensor | None:
        """Zeros for the gradient of an output of `op`; None for a loop variable's Switch.

        Is called in the gradient's loop, if `op` is in a loop.
        """
        if util.IsLoopSwitch(op):
            return None
        value = op.outputs[index]
        if op.graph.building_function:
            return array_ops.zeros_like(value)
        state = self.states.get(util.GetWhileContext(op))
        if state is None:
            return zeros_like_outside_loop(op, index)
        if value.shape.is_fully_defined():
            return _constant_zeros(state, op, value)
        return _zeros_of_iteration(state, op, value)

    def finish(self) -> None:
        """Closes the gradients of loop variables whose next value does not depend on the last
        one: these are zero but for the last iteration."""
        for state in self.states.values():
            for merged in state.switch_map.values():
                first, second = merged.op.inputs
                if first is second:
                    merged.op._update_input(1, _next_zeros(state, first))


def _constant_zeros(state: GradLoopState, op: Operation, value: Tensor) -> Tensor:
    zeros = constant(0, shape=value.shape, dtype=value.dtype)
    if not util.IsSwitch(op):
        return zeros
    # Alive on the branch of the cond that was not taken.
    context = op._get_control_flow_context()
    pred = state.history_map.get(context.pred.name)
    return _SwitchRefOrTensor(zeros, pred)[1 - context.branch]


def _zeros_of_iteration(state: GradLoopState, op: Operation, value: Tensor) -> Tensor:
    """Zeros in the shape that `value` had in the iteration gone back through."""
    context = op._get_control_flow_context()
    dead_branch = util.IsSwitch(op)
    if dead_branch:
        with inside(context.outer_context):
            value = _SwitchRefOrTensor(op.inputs[0], context.pred)[1 - context.branch]
            shape = array_ops.shape_internal(value, optimize=False)
        value.op._set_control_flow_context(context)
        shape.op._set_control_flow_context(context)
    else:
        with inside(context):
            shape = array_ops.shape_internal(value, optimize=False)
    state.grad_context.Exit()
    history = state.push(shape, dead_branch)
    state.grad_context.Enter()
    return array_ops.zeros(state.pop(history, shape, dead_branch), value.dtype)


def _next_zeros(state: GradLoopState, first: Tensor) -> Tensor:
    """Zeros, as the NextIteration of a variable of the gradient's loop that begins with
    `first`."""
    loop = state.grad_context
    if first.shape.is_fully_defined():
        with inside(loop):
            return _NextIteration(constant(0, dtype=first.dtype, shape=first.shape))
    with inside(loop.outer_context):
        shape = array_ops.shape_internal(first.op.inputs[0], optimize=False)
        # Of float32, whatever the variable's type: TensorFlow's graphs have it so.
        zeros = array_ops.zeros(shape)
    with inside(loop):
        return _NextIteration(zeros)


def loops_between(
    between: list[Operation], known: set[Operation], colocate: bool
) -> ControlFlowState | None:
    """The loops among nodes between xs and ys (which is added to), or None if there are none."""
    loops = None
    for op in between:
        if not util.IsLoopExit(op):
            continue
        if loops is None:
            loops = ControlFlowState()
        with colocate_with(op) if colocate else contextlib.nullcontext():
            loops.add_loop(op, between, known)
    return loops
