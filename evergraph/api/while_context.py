"""The context of a while loop: brings in what the loop takes from outside, keeps order inside."""

from collections.abc import Sequence
from typing import Any

from evergraph.api import control_flow_util as util
from evergraph.api.control_flow_context import (
    _CONTEXT_FIELDS,
    ControlFlowContext,
    from_control_flow_context_def,
)
from evergraph.api.switching import _Enter
from evergraph.graph.apply import apply_op
from evergraph.graph.defaults import control_dependencies
from evergraph.graph.graph import get_default_graph
from evergraph.graph.keys import GraphKeys
from evergraph.graph.names import prepend_name_scope, strip_name_scope
from evergraph.graph.operation import Operation
from evergraph.graph.proto_functions import register_proto_function
from evergraph.graph.tensor import Tensor
from evergraph.proto.framework import attr_value_pb2
from evergraph.proto.protobuf import control_flow_pb2

# Of these a gradient needs only the small result: they are computed, and kept, in the forward loop.
_REDUCTIONS = ("Shape", "Size", "Rank")


class WhileContext(ControlFlowContext):
    """A while loop. Its name is that of the frame that its Enter nodes name.

    Args:
      maximum_iterations: a scalar tensor that bounds the number of iterations, or None.
      parallel_iterations: how many iterations may run at a time.
      back_prop: whether there are gradients through the loop.
      swap_memory: whether values kept for gradients may leave the accelerator's memory.
      name: a prefix for the context's name.
      grad_state: for a gradient's loop, its state (see autodiff/grad_loop_state.py).
      context_def: a WhileContextDef to make the context of, instead of the arguments before.
      import_scope: a scope before the names in `context_def`.

    Raises:
      ValueError: `parallel_iterations` is not a positive integer.
    """

    def __init__(
        self,
        maximum_iterations: Any = None,
        parallel_iterations: int = 10,
        back_prop: bool = True,
        swap_memory: bool = False,
        name: str = "while_context",
        grad_state: Any = None,
        context_def: Any = None,
        import_scope: str | None = None,
    ) -> None:
        self._grad_state = grad_state
        self._graph = get_default_graph()
        if context_def:
            self._init_from_proto(context_def, import_scope)
            return
        super().__init__()
        if not isinstance(parallel_iterations, int) or parallel_iterations <= 0:
            raise ValueError(
                f"`parallel_iterations` must be a positive integer: {parallel_iterations}"
            )
        self._name = self._graph.unique_name(name)
        self._maximum_iterations = maximum_iterations
        self._parallel_iterations = parallel_iterations
        self._back_prop = back_prop
        self._swap_memory = swap_memory
        # What nodes without inputs depend on, in the condition and in the body.
        self._pivot_for_pred: Any = None
        self._pivot_for_body: Any = None
        # The output of LoopCond.
        self._pivot: Any = None
        self._loop_exits: list[Any] = []
        self._loop_enters: list[Any] = []

    def _init_from_proto(self, context_def: Any, import_scope: str | None = None) -> None:
        def element(name: str) -> Any:
            return self._graph.as_graph_element(prepend_name_scope(name, import_scope))

        self._name = prepend_name_scope(context_def.context_name, import_scope)
        bound = context_def.maximum_iterations_name
        self._maximum_iterations = element(bound) if bound else None
        self._parallel_iterations = context_def.parallel_iterations
        self._back_prop = context_def.back_prop
        self._swap_memory = context_def.swap_memory
        self._pivot_for_pred = element(context_def.pivot_for_pred_name)
        self._pivot_for_body = element(context_def.pivot_for_body_name)
        self._pivot = element(context_def.pivot_name)
        self._loop_exits = [element(name) for name in context_def.loop_exit_names]
        self._loop_enters = [element(name) for name in context_def.loop_enter_names]
        super().__init__(values_def=context_def.values_def, import_scope=import_scope)
        if import_scope:
            # Frames are told apart by name: this one has got another by the import.
            frame = attr_value_pb2.AttrValue(s=self._name.encode())
            for name in self._values:
                op = self._graph.as_graph_element(name).op
                if util.IsLoopEnter(op):
                    op._set_attr("frame_name", frame)

    @property
    def maximum_iterations(self) -> Any:
        return self._maximum_iterations

    @property
    def parallel_iterations(self) -> int:
        return self._parallel_iterations

    @property
    def back_prop(self) -> bool:
        return self._back_prop

    @property
    def swap_memory(self) -> bool:
        return self._swap_memory

    @property
    def pivot(self) -> Any:
        """The bool that says whether there is another iteration."""
        return self._pivot

    @property
    def loop_enters(self) -> list[Any]:
        """What brings the loop variables in."""
        return self._loop_enters

    @property
    def loop_exits(self) -> list[Any]:
        """What the loop variables leave by."""
        return self._loop_exits

    @property
    def grad_state(self) -> Any:
        return self._grad_state

    def IsWhileContext(self) -> bool:
        return True

    def GetWhileContext(self) -> Any:
        return self

    def GetControlPivot(self) -> Any:
        return self._pivot_for_pred if self._pivot_for_body is None else self._pivot_for_body

    # -- protos

    def to_proto(self, export_scope: str | None = None) -> Any:
        """The context as a WhileContextDef; None where it is not in `export_scope`."""
        if export_scope is not None and not self.name.startswith(export_scope):
            return None

        def stripped(tensor: Any) -> str:
            return strip_name_scope(tensor.name, export_scope)

        bound = self._maximum_iterations
        context_def = control_flow_pb2.WhileContextDef(
            context_name=strip_name_scope(self.name, export_scope),
            parallel_iterations=self._parallel_iterations,
            maximum_iterations_name="" if bound is None else stripped(bound),
            back_prop=self._back_prop,
            swap_memory=self._swap_memory,
            pivot_for_pred_name=stripped(self._pivot_for_pred),
            pivot_for_body_name=stripped(self._pivot_for_body),
            pivot_name=stripped(self._pivot),
            loop_exit_names=[stripped(t) for t in self._loop_exits],
            loop_enter_names=[stripped(t) for t in self._loop_enters],
        )
        context_def.values_def.MergeFrom(self._to_values_def(export_scope))
        for nested in self._nested_contexts:
            nested.to_control_flow_context_def(context_def.nested_contexts.add())
        return context_def

    def to_control_flow_context_def(
        self, context_def: Any, export_scope: str | None = None
    ) -> None:
        context_def.while_ctxt.CopyFrom(self.to_proto(export_scope=export_scope))

    @staticmethod
    def from_proto(context_def: Any, import_scope: str | None = None) -> "WhileContext":
        """A context, with those inside it, of a WhileContextDef."""
        context = WhileContext(context_def=context_def, import_scope=import_scope)
        context.Enter()
        for nested in context_def.nested_contexts:
            from_control_flow_context_def(nested, import_scope=import_scope)
        context.Exit()
        return context

    # -- what comes from outside

    def AddValue(self, val: Tensor) -> Tensor:
        """The tensor for `val` in this loop: itself, or what an Enter made when first needed gives.

        In a gradient's loop, a tensor of the loop that it is the gradient of is what that was in
        the iteration gone back through.
        """
        # While a loop is imported, its nodes are in here before their outputs are known.
        if val.name in self._values or val.op._get_control_flow_context() is self:
            return self._external_values.get(val.name, val)
        self._values.add(val.name)
        remembered = self._value_of_iteration(val)
        if remembered is not None:
            self._external_values[val.name] = remembered
            return remembered
        outside = val if self._outer_context is None else self._outer_context.AddValue(val)
        with control_dependencies(None):
            enter = _Enter(
                outside,
                self._name,
                is_constant=True,
                parallel_iterations=self._parallel_iterations,
            )
            self._announce(enter)
        self.fix_enters([enter])
        self._values.add(enter.name)
        self._external_values[val.name] = enter
        return enter

    def _value_of_iteration(self, val: Tensor) -> Tensor | None:
        """In a gradient's loop, `val` of the forward loop as it was; None for other tensors."""
        state = _current_grad_state()
        if state is None:
            return None
        context = util.GetOutputContext(val.op)
        loop = context.GetWhileContext() if context is not None else None
        return state.GetRealValue(val) if loop is state.forward_context else None

    def _announce(self, enter: Tensor) -> None:
        """Keeps an Enter's output from being fed, and tells the contexts around of the node."""
        enter.graph.prevent_feeding(enter)
        if self._outer_context:
            self._outer_context.AddInnerOp(enter.op)

    def enter_variables(self, values: Sequence[Tensor]) -> list[Tensor]:
        """Enters the initial values of the loop variables."""
        with control_dependencies(None):
            enters = [
                _Enter(
                    x,
                    self._name,
                    is_constant=False,
                    parallel_iterations=self._parallel_iterations,
                    use_input_shape=False,
                )
                for x in values
            ]
            for enter in enters:
                self._announce(enter)
        pivot, outer = None, self._outer_context
        while outer is not None and pivot is None:
            pivot, outer = outer.GetControlPivot(), outer._outer_context
        if pivot is not None:
            # An invariant of the loop around is there even when its body does not run.
            for enter in enters:
                if util.IsLoopConstantEnter(enter.op.inputs[0].op):
                    enter.op._add_control_input(pivot.op)
        return enters

    def fix_enters(self, enters: Sequence[Tensor]) -> None:
        """Makes Enter nodes part of this context, after the control inputs asked for outside."""
        graph = get_default_graph()
        for enter in enters:
            op = enter.op
            asked = graph._control_dependencies_for_inputs([op.inputs[0].op])
            op._set_control_flow_context(self)
            op._add_control_inputs([c for c in asked if self._is_around(c)])
            graph._record_op_seen_by_control_dependencies(op)

    def _is_around(self, op: Operation) -> bool:
        """Whether `op` is in a context around this one, within the loop around."""
        wanted = util.GetOutputContext(op)
        context = self._outer_context
        loop = None if context is None else context.GetWhileContext()
        while context is not wanted:
            if context is None or context is loop:
                return False
            context = context.outer_context
        return True

    # -- nodes made inside

    def AddOp(self, op: Operation) -> None:
        """Takes in a node: what it needs from outside goes through an Enter."""
        if op.type in _REDUCTIONS and not util.IsInXLAContext(op):
            state = _current_grad_state()
            source = op.inputs[0].op
            if state is not None and util.GetWhileContext(source) is state.forward_context:
                context = source._get_control_flow_context()
                op._set_control_flow_context(context)
                context._AddOpInternal(op)
                return
        self._AddOpInternal(op)

    def _AddOpInternal(self, op: Operation) -> None:
        if not op._inputs:
            internal, external = self._RemoveExternalControlEdges(op)
            if not internal:
                op._add_control_input(self.GetControlPivot().op)
        else:
            for i, x in enumerate(op._inputs):
                real = self.AddValue(x)
                if real is not x:
                    op._update_input(i, real)
            _, external = self._RemoveExternalControlEdges(op)
            if _depends_on_invariants_only(op):
                op._add_control_input(self.GetControlPivot().op)
        self._values.update(t.name for t in op._outputs)
        if external:
            op._add_control_inputs(self._inside(external))
        if self._outer_context or not util.IsLoopExit(op):
            op.graph.prevent_fetching(op)
            for tensor in op._outputs:
                op.graph.prevent_feeding(tensor)
        if self._outer_context:
            self._outer_context.AddInnerOp(op)

    def _inside(self, controls: Sequence[Operation]) -> list[Operation]:
        """Nodes in here that run after nodes outside: those without outputs are passed over."""
        with control_dependencies(None):
            self.Enter()
            identities = [apply_op("Identity", c._outputs[0]).op for c in controls if c._outputs]
            self.Exit()
        return identities


def _current_grad_state() -> Any:
    """The state of the innermost gradient's loop that is being built, or None."""
    context = get_default_graph()._get_control_flow_context()
    loop = context.GetWhileContext() if context is not None else None
    return None if loop is None else loop.grad_state


def _depends_on_invariants_only(op: Operation) -> bool:
    """Whether a node might run though its iteration does not: nothing but invariants is its
    input."""
    if op._control_inputs:
        return False
    if op.graph._is_function(op._type) or op._type == "SymbolicGradient":
        return True
    return all(util.IsLoopConstantEnter(x._op) for x in op._inputs)


_CONTEXT_FIELDS["while_ctxt"] = WhileContext
register_proto_function(
    GraphKeys.WHILE_CONTEXT,
    proto_type=control_flow_pb2.WhileContextDef,
    to_proto=WhileContext.to_proto,
    from_proto=WhileContext.from_proto,
)
