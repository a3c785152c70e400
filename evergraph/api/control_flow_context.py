"""Control flow contexts: they take in the nodes that are made inside a cond's branch.

The graph has a current context, each node the one that it was made in. A context holds a reference
to the one
that it was made in, and is entered and left any number of times. Contexts are what gradients of
conds find their predicates by, and they are kept in MetaGraphDefs.
"""

from typing import Any

from evergraph.api import control_flow_util as util
from evergraph.base import nest
from evergraph.graph.graph import get_default_graph
from evergraph.graph.names import prepend_name_scope, strip_name_scope
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Tensor
from evergraph.proto.protobuf import control_flow_pb2

_CONTEXT_FIELDS: dict[str, Any] = {}
"""The class for each field of ControlFlowContextDef; classes enter themselves."""


class ControlFlowContext:
    """What conds and loops have in common."""

    def __init__(self, values_def: Any = None, import_scope: str | None = None) -> None:
        self._name: str = getattr(self, "_name", "")
        self._nested_contexts: list[ControlFlowContext] = []
        self._outer_context: ControlFlowContext | None = (
            get_default_graph()._get_control_flow_context()
        )
        if self._outer_context is not None:
            self._outer_context._nested_contexts.append(self)
        self._context_stack: list[Any] = []
        # Names of the tensors that the context has seen.
        self._values: set[str] = set()
        # Name of an outside tensor → the tensor that stands for it in here (an output of its
        # Switch).
        self._external_values: dict[str, Tensor] = {}
        if values_def:
            self._init_values_from_proto(values_def, import_scope)

    def _init_values_from_proto(self, values_def: Any, import_scope: str | None = None) -> None:
        graph = get_default_graph()
        self._values = {prepend_name_scope(v, import_scope) for v in values_def.values}
        for key, value in values_def.external_values.items():
            name = prepend_name_scope(value, import_scope)
            self._external_values[prepend_name_scope(key, import_scope)] = graph.as_graph_element(
                name
            )
        for name in {v.split(":")[0] for v in self._values - set(self._external_values)}:
            graph.as_graph_element(name)._set_control_flow_context(self)

    @property
    def name(self) -> str:
        return self._name

    @property
    def outer_context(self) -> Any:
        """The context around this one, or None."""
        return self._outer_context

    @property
    def grad_state(self) -> Any:
        """The state of the gradient that this context was made for, or None."""
        raise NotImplementedError("Abstract method")

    @property
    def back_prop(self) -> Any:
        raise NotImplementedError("Abstract method")

    def to_control_flow_context_def(
        self, context_def: Any, export_scope: str | None = None
    ) -> None:
        """Writes the context into a ControlFlowContextDef."""
        raise NotImplementedError("Abstract method")

    def _to_values_def(self, export_scope: str | None = None) -> Any:
        values_def = control_flow_pb2.ValuesDef()
        values_def.values.extend(strip_name_scope(v, export_scope) for v in sorted(self._values))
        for key, value in self._external_values.items():
            key = strip_name_scope(key, export_scope)
            values_def.external_values[key] = strip_name_scope(value.name, export_scope)
        return values_def

    def AddName(self, name: str) -> None:
        self._values.add(name)

    def Enter(self) -> None:
        """Makes this the context of new nodes."""
        graph = get_default_graph()
        self._context_stack.append(graph._get_control_flow_context())
        graph._set_control_flow_context(self)

    def Exit(self) -> None:
        """Goes back to the context that was there before."""
        get_default_graph()._set_control_flow_context(self._context_stack.pop())

    def EnterGradientColocation(self, op: Operation, gradient_uid: Any) -> None:
        """Says that gradient nodes of `op` follow. XLA contexts want to know."""
        if self._outer_context:
            self._outer_context.EnterGradientColocation(op, gradient_uid)

    def ExitGradientColocation(self, op: Operation, gradient_uid: Any) -> None:
        """Says that the gradient nodes of `op` are made."""
        if self._outer_context:
            self._outer_context.ExitGradientColocation(op, gradient_uid)

    def ExitResult(self, result: Any) -> None:
        """Makes tensors known to the context around."""
        outer = self._outer_context
        if outer:
            nest.map_structure(lambda x: outer.AddName(x.name), result, expand_composites=True)

    def GetWhileContext(self) -> Any:
        """The innermost while context around, or None."""
        return self._outer_context.GetWhileContext() if self._outer_context else None

    def CheckInput(self, op: Operation, input_op: Operation) -> None:
        """Called where `op` takes an output of `input_op`, which is in this context, and `op` is
        not."""
        util.CheckInputFromValidContext(op, input_op)

    def _RemoveExternalControlEdges(self, op: Operation) -> Any:
        """Removes control inputs that are outside of the loop that this context is in."""
        loop = self.GetWhileContext()
        internal = []
        for x in op.control_inputs:
            context = util.GetOutputContext(x) if loop is not None else None
            if loop is None or (context is not None and context.GetWhileContext() is loop):
                internal.append(x)
        external = [x for x in op.control_inputs if x not in internal]
        if external:
            op._remove_all_control_inputs()
            op._add_control_inputs(internal)
        return internal, external

    def AddOp(self, op: Operation) -> None:
        """Takes in a node that is being made inside."""
        raise NotImplementedError("Abstract method")

    def AddValue(self, val: Tensor) -> Tensor:
        """The tensor that stands for `val`, which may be outside, in this context."""
        raise NotImplementedError("Abstract method")

    def AddInnerOp(self, op: Operation) -> None:
        """Called for nodes of the contexts inside."""
        if self._outer_context:
            self._outer_context.AddInnerOp(op)

    def GetControlPivot(self) -> Any:
        """The tensor that nodes without inputs depend on, or None."""
        return None

    def IsWhileContext(self) -> bool:
        return False

    def IsCondContext(self) -> bool:
        return False

    def IsXLAContext(self) -> bool:
        return False

    def _see_outputs(self, names: Any) -> None:
        """Marks tensors as known here and in all contexts around."""
        context: Any = self
        while context is not None:
            context._values.update(names)
            context = context._outer_context

    def __str__(self) -> str:
        return self.name


class XLAControlFlowContext(ControlFlowContext):
    """Base of contexts whose nodes are compiled together."""

    def __init__(self) -> None:
        super().__init__()
        self._name = "XLAControlFlowContext"

    def IsXLAContext(self) -> bool:
        return True

    def AddOp(self, op: Operation) -> None:
        pass

    def AddValue(self, val: Tensor) -> Tensor:
        return val


def from_control_flow_context_def(context_def: Any, import_scope: str | None = None) -> Any:
    """The context that a ControlFlowContextDef holds."""
    field = context_def.WhichOneof("ctxt")
    if field not in _CONTEXT_FIELDS:
        raise NotImplementedError(f"Unknown ControlFlowContextDef field: {field}")
    return _CONTEXT_FIELDS[field].from_proto(getattr(context_def, field), import_scope=import_scope)
