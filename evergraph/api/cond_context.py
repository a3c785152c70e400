"""The context of a cond's branch."""

from collections.abc import Callable
from typing import Any

from evergraph.api import control_flow_util as util
from evergraph.api.control_flow_context import (
    _CONTEXT_FIELDS,
    ControlFlowContext,
    from_control_flow_context_def,
)
from evergraph.api.grouping import no_op, with_dependencies
from evergraph.api.switching import _SwitchRefOrTensor, flow_of
from evergraph.base import nest
from evergraph.graph.apply import apply_op
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import control_dependencies, get_collection, get_collection_ref
from evergraph.graph.graph import get_default_graph
from evergraph.graph.keys import GraphKeys
from evergraph.graph.names import prepend_name_scope, strip_name_scope
from evergraph.graph.operation import Operation
from evergraph.graph.proto_functions import register_proto_function
from evergraph.graph.tensor import Tensor
from evergraph.proto.protobuf import control_flow_pb2


class CondContext(ControlFlowContext):
    """One branch of a cond.

    Args:
      pred: the bool that decides.
      pivot: the tensor that is alive when this branch runs.
      branch: 0 for the false branch, 1 for the true one.
      name: a prefix for the context's name.
      context_def: a CondContextDef to make the context of, instead of the arguments before.
      import_scope: a scope before the names in `context_def`.
    """

    def __init__(
        self,
        pred: Any = None,
        pivot: Any = None,
        branch: int | None = None,
        name: str = "cond_text",
        context_def: Any = None,
        import_scope: str | None = None,
    ) -> None:
        self._name = get_default_graph().unique_name(name)
        if context_def:
            self._init_from_proto(context_def, import_scope)
            return
        super().__init__()
        self._pred = pred
        self._pivot = pivot
        self._branch = branch
        self._values.add(pred.name)
        self._external_values[pred.name] = pred
        self._values.add(pivot.name)
        pivot.op._set_control_flow_context(self)

    def _init_from_proto(self, context_def: Any, import_scope: str | None = None) -> None:
        graph = get_default_graph()
        self._name = prepend_name_scope(context_def.context_name, import_scope)
        pred = prepend_name_scope(context_def.pred_name, import_scope)
        self._pred = graph.as_graph_element(pred)
        pivot = prepend_name_scope(context_def.pivot_name, import_scope)
        self._pivot = graph.as_graph_element(pivot)
        self._branch = context_def.branch
        super().__init__(values_def=context_def.values_def, import_scope=import_scope)

    @property
    def pred(self) -> Any:
        return self._pred

    @property
    def pivot(self) -> Any:
        return self._pivot

    @property
    def branch(self) -> Any:
        return self._branch

    @property
    def grad_state(self) -> Any:
        loop = self.GetWhileContext()
        return loop.grad_state if loop else None

    @property
    def back_prop(self) -> bool:
        # TensorFlow's answer, whatever the loop around says; gradients of exits hang on it.
        return False

    def GetControlPivot(self) -> Any:
        return self._pivot

    def IsCondContext(self) -> bool:
        return True

    def to_proto(self, export_scope: str | None = None) -> Any:
        """The context as a CondContextDef; None where it is not in `export_scope`."""
        if export_scope is not None and not self.name.startswith(export_scope):
            return None
        context_def = control_flow_pb2.CondContextDef(
            context_name=strip_name_scope(self.name, export_scope),
            pred_name=strip_name_scope(self._pred.name, export_scope),
            pivot_name=strip_name_scope(self._pivot.name, export_scope),
            branch=self._branch,
        )
        context_def.values_def.MergeFrom(self._to_values_def(export_scope))
        for nested in self._nested_contexts:
            nested.to_control_flow_context_def(context_def.nested_contexts.add())
        return context_def

    @staticmethod
    def from_proto(context_def: Any, import_scope: str | None = None) -> "CondContext":
        """A context, with those inside it, of a CondContextDef."""
        context = CondContext(context_def=context_def, import_scope=import_scope)
        context.Enter()
        for nested in context_def.nested_contexts:
            from_control_flow_context_def(nested, import_scope=import_scope)
        context.Exit()
        return context

    def to_control_flow_context_def(
        self, context_def: Any, export_scope: str | None = None
    ) -> None:
        context_def.cond_ctxt.CopyFrom(self.to_proto(export_scope=export_scope))

    def _from_outside(self, val: Tensor) -> Tensor:
        """`val` as the context around knows it."""
        self._values.add(val.name)
        if not self._outer_context:
            return val
        result = self._outer_context.AddValue(val)
        self._values.add(result.name)
        self._external_values[result.name] = result
        return result

    def AddValue(self, val: Tensor) -> Tensor:
        """The tensor for `val` in this branch: itself, or its Switch's output, made when first
        needed."""
        if val.name in self._values:
            return self._external_values.get(val.name, val)
        result = self._from_outside(val)
        with control_dependencies(None):
            result = _SwitchRefOrTensor(result, self._pred)[self._branch]
            if self._outer_context:
                self._outer_context.AddInnerOp(result.op)
        result.op.graph.prevent_fetching(result.op)
        result.op._set_control_flow_context(self)
        self._see_outputs([result.name])
        self._external_values[val.name] = result
        return result

    def AddOp(self, op: Operation) -> None:
        """Takes in a node: what it needs from outside goes through a Switch."""
        self._AddOpInternal(op)

    def _AddOpInternal(self, op: Operation) -> None:
        if not op._inputs:
            self._RemoveExternalControlEdges(op)
            if not any(util.OpInContext(c, self) for c in op.control_inputs):
                op._add_control_input(self._pivot.op)
        else:
            for i, x in enumerate(op._inputs):
                # A loop being imported: the back edge's node is to become part of this context,
                # too.
                if op._type == "Merge" and x._op._type == "NextIteration":
                    continue
                real = self.AddValue(x)
                if real is not x:
                    op._update_input(i, real)
            self._RemoveExternalControlEdges(op)
            if op.graph._is_function(op._type) or op._type == "SymbolicGradient":
                op._add_control_input(self._pivot.op)
        self._see_outputs([t.name for t in op._outputs])
        if self._outer_context or not util.IsLoopExit(op):
            op.graph.prevent_fetching(op)
        if self._outer_context:
            self._outer_context.AddInnerOp(op)

    def _ProcessOutputTensor(self, val: Tensor) -> Tensor:
        """The tensor for a result of the branch; one from outside goes through a Switch."""
        if val.name in self._values:
            return self._external_values.get(val.name, val)
        real = self._from_outside(val)
        real = _SwitchRefOrTensor(real, self._pred)[self._branch]
        self._external_values[val.name] = real
        return real

    def _BuildCondTensor(self, v: Any) -> Any:
        if isinstance(v, Operation):
            # The pivot stands for the operation, once that is done.
            return with_dependencies([v], self._pivot)
        return self._ProcessOutputTensor(convert_to_tensor(flow_of(v)))

    def BuildCondBranch(self, fn: Callable[[], Any]) -> tuple[Any, Any]:
        """Builds the branch: what `fn` returned, and the tensors to be merged for it."""
        before = get_collection(GraphKeys._SUMMARY_COLLECTION)
        original = fn()
        after = get_collection(GraphKeys._SUMMARY_COLLECTION)
        if len(after) > len(before):
            # Summaries of the branch are written with it, not by whoever collects them later.
            get_collection_ref(GraphKeys._SUMMARY_COLLECTION)[:] = before
            with control_dependencies(after[len(before) :]):
                if original is None:
                    return no_op(), None
                original = nest.map_structure(
                    lambda t: apply_op("Identity", t), original, expand_composites=True
                )
        if original is None:
            return None, None
        result = nest.map_structure(self._BuildCondTensor, original, expand_composites=True)
        if not isinstance(result, (list, tuple)):
            result = [result]
        return original, result


_CONTEXT_FIELDS["cond_ctxt"] = CondContext
register_proto_function(
    GraphKeys.COND_CONTEXT,
    proto_type=control_flow_pb2.CondContextDef,
    to_proto=CondContext.to_proto,
    from_proto=CondContext.from_proto,
)
