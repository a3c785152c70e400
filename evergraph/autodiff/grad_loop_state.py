"""What is known of a while loop while its gradient, which is a loop again, is built.

Values of the forward loop that its gradient needs are pushed onto a stack in each iteration, and
popped in the iteration of the gradient's loop that goes back through it.
"""

from typing import Any

from evergraph.api import control_flow_util as util
from evergraph.api.switching import _SwitchRefOrTensor
from evergraph.api.while_context import WhileContext
from evergraph.api.while_loop import _AddNextAndBackEdge
from evergraph.autodiff.loop_accumulators import accumulated, accumulated_slices, inside
from evergraph.autodiff.loop_counters import add_backward_counter, add_forward_counter
from evergraph.base import dtypes
from evergraph.graph.apply import apply_op
from evergraph.graph.composite import IndexedSlices
from evergraph.graph.constant import constant
from evergraph.graph.defaults import colocate_with, control_dependencies
from evergraph.graph.graph import get_default_graph
from evergraph.graph.operation import Operation
from evergraph.graph.static_value import constant_value
from evergraph.graph.tensor import Tensor


class GradLoopState:
    """The gradient of one while loop.

    Args:
      loop: the context of the forward loop.
      outer: the state of the gradient of the loop around, or None.
    """

    def __init__(self, loop: WhileContext, outer: "GradLoopState | None") -> None:
        self.forward_context = loop
        self.outer = outer
        # By the name of a forward tensor, what it was in the iteration gone back through.
        self.history_map: dict[str, Tensor] = {}
        # For each Switch of the loop's variables, the Merge of its gradient.
        self.switch_map: dict[Operation, Tensor] = {}
        # Exits that no gradient reaches, and all that are waited with until the last one is there.
        self.unused_exits: list[Tensor] = []
        self.deferred_exits: list[Tensor] = []
        self.forward_loop_exits = list(loop.loop_exits)
        self.pending_exits_count = len(loop.loop_exits)
        self._forward_sync: Operation | None = None
        self._grad_sync: Operation | None = None
        around = loop.outer_context if outer is None else outer.forward_context
        with inside(around):
            count, self.forward_index = add_forward_counter(loop, outer)
        if outer is None:
            with inside(around):
                self.grad_context = self._new_context()
                self.grad_index = add_backward_counter(self.grad_context, count, None)
            return
        around.AddName(count.name)
        history = outer.push(count)
        with inside(outer.grad_context):
            self.grad_context = self._new_context()
            count = outer.pop(history, count)
            self.grad_index = add_backward_counter(self.grad_context, count, outer)

    def _new_context(self) -> WhileContext:
        loop = self.forward_context
        return WhileContext(
            maximum_iterations=loop.maximum_iterations,
            parallel_iterations=loop.parallel_iterations,
            back_prop=loop.back_prop,
            swap_memory=loop.swap_memory,
            name=loop.name,
            grad_state=self,
        )

    @property
    def forward_sync(self) -> Operation:
        """A node that the counter waits for, and that waits for the pushes inside of conds."""
        if self._forward_sync is None:
            with control_dependencies(None):
                self._forward_sync = apply_op("ControlTrigger", name="f_sync")
            self._forward_sync._set_control_flow_context(self.forward_context)
            self.forward_index.op._add_control_input(self._forward_sync)
        return self._forward_sync

    @property
    def grad_sync(self) -> Operation:
        """A node that the gradient's counter waits for, and that waits for all pops."""
        if self._grad_sync is None:
            with control_dependencies(None):
                self._grad_sync = apply_op("ControlTrigger", name="b_sync")
            context = self.grad_context
            self._grad_sync._set_control_flow_context(context)
            self.grad_index.op._add_control_input(self._grad_sync)
            if context.outer_context:
                context.outer_context.AddInnerOp(self._grad_sync)
        return self._grad_sync

    # -- what gradient rules ask for (ops/control_flow.py)

    def accumulate(self, enter: Operation, grad: Any) -> Any:
        """The gradient of an invariant, from that of one iteration."""
        if isinstance(grad, Tensor):
            return accumulated(self, enter, grad)
        if isinstance(grad, IndexedSlices):
            return accumulated_slices(self, enter, grad)
        raise TypeError(f"Type {type(grad)} not supported")

    def close_loop(self, merged: Tensor, grad: Any) -> None:
        """Makes `grad` what a Merge of the gradient's loop gives in the next iteration."""
        _AddNextAndBackEdge(merged, grad, enforce_shape_invariant=False)

    def pred_of_iteration(self, pred: Tensor) -> Tensor:
        """The value that the predicate of a cond had in the iteration gone back through."""
        known = self.history_map.get(pred.name)
        if known is None:
            self.grad_context.Exit()
            history = self.push(pred)
            self.grad_context.Enter()
            known = self.history_map[pred.name] = self.pop(history, pred)
        return known

    # -- values of iterations

    def GetRealValue(self, value: Tensor) -> Tensor:
        """What `value` of the forward loop was in the iteration gone back through.

        Is called in the gradient's loop.
        """
        known = self.history_map.get(value.name)
        if known is None:
            known = self.history_map[value.name] = self._brought_over(value)
        return known

    def _brought_over(self, value: Tensor) -> Tensor:
        state: GradLoopState = self
        source = value
        while True:
            enter = util.GetLoopConstantEnter(source)
            if enter is None:
                break
            # An invariant is what it is outside of the loop.
            source = enter.inputs[0]
            if state.outer is None:
                return self.grad_context.AddValue(source)
            state = state.outer
        if source.op.type == "Const":
            return constant(constant_value(source), dtype=source.dtype)
        self.grad_context.Exit()
        history = state.push(source)
        self.grad_context.Enter()
        popped = state.pop(history, source)
        return popped if state is self else self.grad_context.AddValue(popped)

    def push(self, value: Tensor, dead_branch: bool = False) -> Tensor:
        """Keeps what `value` is in each iteration; returns the stack.

        Is called in the context that the gradient is asked for in.

        Args:
          value: a tensor of the forward loop.
          dead_branch: whether it belongs to the branch of a cond that is not taken.

        Raises:
          TypeError: it is in a context that is neither the loop nor a cond.
          ValueError: the loop is to be compiled, and the number of iterations is not known.
        """
        loop, swap = self.forward_context, self.forward_context.swap_memory
        current = get_default_graph()._get_control_flow_context()
        with control_dependencies(None):
            with inside(current), colocate_with(value):
                size = _stack_size(value, loop)
                stack = apply_op("StackV2", size, elem_type=value.dtype.base_dtype, name="f_acc")
            entered = loop.AddValue(stack)
            context = util.GetOutputContext(value.op)
            if context is not loop and not (context is not None and context.IsCondContext()):
                raise TypeError(f"value_ctxt is not a CondContext: {context}")
            with inside(context.outer_context if dead_branch else context):
                pushed = apply_op("StackPushV2", entered, value, swap_memory=swap)
            if dead_branch:
                pushed.op._set_control_flow_context(context)
            # Pushes of an iteration come after those of the one before.
            if context is loop:
                self.forward_index.op._add_control_input(pushed.op)
            else:
                self.forward_sync._add_control_input(pushed.op)
            pushed.op._add_control_input(self.forward_index.op.inputs[0].op)
        return stack

    def pop(self, stack: Tensor, value: Tensor, dead_branch: bool = False) -> Tensor:
        """What was pushed onto a stack for `value` in the iteration gone back through."""
        with control_dependencies(None):
            with inside(self.grad_context):
                stack = self._guarded(stack, value, dead_branch)
                popped = apply_op("StackPopV2", stack, elem_type=value.dtype.base_dtype)
                popped.set_shape(value.shape)
        if self.grad_context.parallel_iterations > 1:
            self.grad_sync._add_control_input(popped.op)
        return popped

    def _guarded(self, stack: Tensor, value: Tensor, dead_branch: bool) -> Tensor:
        """A stack that is alive only where something was pushed: on the branch of a cond."""
        end = stack.op._get_control_flow_context()
        context = value.op._get_control_flow_context()
        while context and context is not end and not context.IsCondContext():
            context = context.outer_context
        if not context or context is end:
            return stack
        state: GradLoopState | None = self
        pred = None
        while pred is None and state is not None:
            pred = state.history_map.get(context.pred.name)
            state = state.outer
        branch = 1 - context.branch if dead_branch else context.branch
        return _SwitchRefOrTensor(stack, context.pred if pred is None else pred)[branch]


def _stack_size(value: Tensor, loop: Any) -> Tensor:
    """The most values that a stack can get: -1 for any number, except in what XLA compiles."""
    if not util.IsInXLAContext(value.op):
        return constant(-1, dtypes.int32)
    current = get_default_graph()._get_control_flow_context()
    size = constant(1)
    while loop is not None and loop is not current:
        bound = loop.maximum_iterations
        if bound is None:
            raise ValueError(
                f"Cannot create a gradient accumulator for tensor '{value.name}' inside XLA "
                "while_loop because maximum_iterations was not passed to the tf.while_loop call "
                f"('{loop.name}')."
            )
        size *= _bound_known_in(current, bound, loop, value)
        loop = util.GetContainingWhileContext(loop.outer_context, stop_ctxt=current)
    return size


def _bound_known_in(current: Any, bound: Tensor, loop: Any, value: Tensor) -> Any:
    """A loop's bound as nodes in the context `current` may use it."""
    context = bound.op._get_control_flow_context()
    if util.IsContainingContext(current, context):
        return bound
    known = constant_value(bound)
    if known is None:
        name = "" if current is None else current.name
        raise ValueError(
            f"Cannot create a gradient accumulator for tensor '{value.name}' inside XLA "
            f"while_loop. maximum_iterations tensor '{bound.name}' for while_loop context "
            f"'{loop.name}' must be statically known (e.g. a constant value or known shape "
            f"dimension), or be defined at or outside the while loop context '{name}' (currently "
            f"defined in '{context.name}')."
        )
    return known
