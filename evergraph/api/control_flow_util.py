"""Questions about nodes and the control flow contexts that they are in."""

import traceback
from collections.abc import Callable
from typing import Any

from evergraph.base.platform import logging
from evergraph.graph.graph import Graph
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Tensor

ENABLE_CONTROL_FLOW_V2 = False
"""Whether conds and loops become functional ops everywhere; programs set it."""


def EnableControlFlowV2(graph: Any) -> bool:
    """Whether conds and loops in a graph become functional ops: in bodies of functions they do,
    but for those of `Defun`."""
    return ENABLE_CONTROL_FLOW_V2 or (graph.building_function and not hasattr(graph, "_captured"))


class Functional:
    """The functional versions of conds and loops; the modules that have them set these, for they
    stand on those of the others."""

    cond: Callable[..., Any]
    while_loop: Callable[..., Any]


def IsInXLAContext(op: Operation) -> bool:
    """Whether the node is to be compiled by XLA."""
    compiled = op._attrs.get("_XlaCompile")
    if compiled is not None and compiled.b:
        return True
    return GetContainingXLAContext(op._get_control_flow_context()) is not None


def InXlaContext(graph: Graph) -> bool:
    """Whether new nodes of the graph are to be compiled by XLA."""
    return GetContainingXLAContext(graph._get_control_flow_context()) is not None


def GraphOrParentsInXlaContext(graph: Any) -> bool:
    """As `InXlaContext`, for the graph and those that its functions stand in."""
    while graph is not None:
        if InXlaContext(graph):
            return True
        graph = getattr(graph, "outer_graph", None)
    return False


def IsInWhileLoop(op: Operation) -> bool:
    return GetContainingWhileContext(op._get_control_flow_context()) is not None


def IsInCond(op: Operation) -> bool:
    return GetContainingCondContext(op._get_control_flow_context()) is not None


def IsSwitch(op: Operation) -> bool:
    return op._type in ("Switch", "RefSwitch")


def IsMerge(op: Operation) -> bool:
    return op._type in ("Merge", "RefMerge")


def IsLoopEnter(op: Operation) -> bool:
    return op._type in ("Enter", "RefEnter")


def IsLoopExit(op: Operation) -> bool:
    return op._type in ("Exit", "RefExit")


def IsCondSwitch(op: Operation) -> bool:
    """Whether `op` is the Switch of a cond: all that take its outputs are in a cond's branch."""
    if not IsSwitch(op) or not op._outputs:
        return False
    for output in op._outputs:
        for consumer in output.consumers():
            context = consumer._get_control_flow_context()
            if IsLoopEnter(consumer):
                context = context.outer_context
            if context is None or not context.IsCondContext():
                return False
    return True


def IsCondMerge(op: Operation) -> bool:
    """Whether `op` is the Merge of a cond: all its inputs are of a cond's branch."""
    if not IsMerge(op) or not op._inputs:
        return False
    contexts = [GetOutputContext(t._op) for t in op._inputs]
    return all(c is not None and c.IsCondContext() for c in contexts)


def IsLoopSwitch(op: Operation) -> bool:
    """Whether `op` is the Switch of a while loop."""
    if not IsSwitch(op):
        return False
    context = op._get_control_flow_context()
    return context is not None and context.IsWhileContext() and not IsCondSwitch(op)


def IsLoopMerge(op: Operation) -> bool:
    """Whether `op` is the Merge of a while loop."""
    if not IsMerge(op):
        return False
    context = op._get_control_flow_context()
    return context is not None and context.IsWhileContext() and not IsCondMerge(op)


def IsLoopConstantEnter(op: Operation) -> bool:
    """Whether `op` brings a loop invariant into a while loop."""
    return IsLoopEnter(op) and op.attr("is_constant")


def GetLoopConstantEnter(value: Tensor) -> Operation | None:
    """The Enter node of a loop invariant that `value` only passes on, or None."""
    op = value._op
    while op._type in ("Switch", "RefSwitch", "Identity", "RefIdentity"):
        op = op._inputs[0]._op
    return op if IsLoopConstantEnter(op) else None


def GetOutputContext(op: Operation) -> Any:
    """The context that a node's outputs are in: for an Exit the one around its loop."""
    context = op._get_control_flow_context()
    # Imported exits have no context at all.
    if context is not None and IsLoopExit(op):
        context = context.outer_context
    return context


def GetContainingWhileContext(ctxt: Any, stop_ctxt: Any = None) -> Any:
    """The innermost while context around `ctxt` (or itself), or None; ends at `stop_ctxt`, giving
    it."""
    while ctxt:
        if ctxt.IsWhileContext() or ctxt is stop_ctxt:
            return ctxt
        ctxt = ctxt.outer_context
    return None


def GetContainingXLAContext(ctxt: Any) -> Any:
    """The innermost XLA context around `ctxt` (or itself), or None."""
    while ctxt:
        if ctxt.IsXLAContext():
            return ctxt
        ctxt = ctxt.outer_context
    return None


def GetContainingCondContext(ctxt: Any) -> Any:
    """The innermost cond context around `ctxt` (or itself), or None."""
    while ctxt:
        if ctxt.IsCondContext():
            return ctxt
        ctxt = ctxt.outer_context
    return None


def IsContainingContext(ctxt: Any, maybe_containing_ctxt: Any) -> bool:
    """Whether `maybe_containing_ctxt` is `ctxt` or lies around it."""
    while ctxt is not maybe_containing_ctxt:
        if ctxt is None:
            return False
        ctxt = ctxt.outer_context
    return True


def OpInContext(op: Operation, ctxt: Any) -> bool:
    return IsContainingContext(op._get_control_flow_context(), ctxt)


def TensorInContext(tensor: Tensor, ctxt: Any) -> bool:
    return OpInContext(tensor._op, ctxt)


def _may_use(while_ctxt: Any, input_while_ctxt: Any) -> bool:
    """Whether nodes of a while loop may use those of another one (or of none)."""
    if IsContainingContext(while_ctxt, input_while_ctxt):
        return True
    state = while_ctxt.grad_state
    if state:
        # A gradient's loop reads values of the loop that it is the gradient of, and of that one's
        # conds.
        if IsContainingContext(state.forward_context, input_while_ctxt):
            return True
        if state.forward_context is input_while_ctxt.outer_context:
            return True
    state = input_while_ctxt.grad_state
    if not state:
        return False
    # Gradients of gradients of loops: building them is possible, though it fails in the end.
    if state.forward_context is while_ctxt:
        return True
    state = state.forward_context.grad_state
    return bool(state) and state.forward_context is while_ctxt


def CheckInputFromValidContext(op: Operation, input_op: Operation) -> None:
    """Checks that `op` may take an output of `input_op`, which may be in another context.

    Raises:
      ValueError: `input_op` is inside a while loop that `op` is outside of.
    """
    op_ctxt = op._get_control_flow_context()
    input_ctxt = GetOutputContext(input_op)
    if not input_ctxt or op_ctxt is input_ctxt:
        return
    while_ctxt = GetContainingWhileContext(op_ctxt)
    input_while_ctxt = GetContainingWhileContext(input_ctxt)
    if while_ctxt is None:
        # Neither is in a loop, though maybe in conds; or these are nodes whose context is set
        # later.
        if input_while_ctxt is None or IsLoopEnter(op) or IsSwitch(op):
            return
        error = (
            f"Cannot use '{input_op.name}' as input to '{op.name}' because '{input_op.name}' is in "
            "a "
            "while loop."
        )
    elif _may_use(while_ctxt, input_while_ctxt):
        return
    else:
        error = (
            f"Cannot use '{input_op.name}' as input to '{op.name}' because they are in different "
            "while "
            "loops."
        )
    details = f"{error}\n\n{op.name} while context: {while_ctxt}"
    details += f"\n{input_op.name} while context: {input_while_ctxt}"
    for node in (op, input_op):
        lines = "".join(traceback.format_list([t[:4] for t in node.traceback]))
        details += f"\n\nTraceback for {node.name}:\n{lines}"
    logging.info(details)
    raise ValueError(error + " See info log for more details.")


def GetWhileContext(op: Operation) -> Any:
    """The innermost while context that the node is in, or None."""
    context = op._get_control_flow_context()
    return context.GetWhileContext() if context else None
