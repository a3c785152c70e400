"""Control flow: conds, cases, assertions, groups, and the nodes that they are made of."""

from evergraph.api.assertion import Assert
from evergraph.api.case import _case_helper, case
from evergraph.api.cond import cond, cond_for_tf_v2
from evergraph.api.control_flow_context import (
    CondContext,
    ControlFlowContext,
    XLAControlFlowContext,
    from_control_flow_context_def,
)
from evergraph.api.grouping import group, no_op, tuple, with_dependencies
from evergraph.api.switching import (
    _Enter,
    _Identity,
    _NextIteration,
    _SwitchRefOrTensor,
    exit,
    merge,
    switch,
)
from evergraph.graph.apply import apply_op
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Tensor

__all__ = [
    "Assert",
    "CondContext",
    "ControlFlowContext",
    "XLAControlFlowContext",
    "_Enter",
    "_Identity",
    "_NextIteration",
    "_SwitchRefOrTensor",
    "_case_helper",
    "abort",
    "case",
    "cond",
    "cond_for_tf_v2",
    "control_trigger",
    "exit",
    "from_control_flow_context_def",
    "group",
    "loop_cond",
    "merge",
    "no_op",
    "switch",
    "tuple",
    "with_dependencies",
]


def loop_cond(input: Tensor, name: str | None = None) -> Tensor:
    """The condition of a while loop."""
    return apply_op("LoopCond", input, name=name)


def control_trigger(name: str | None = None) -> Operation:
    """An operation that does nothing, whether its control inputs are alive or dead."""
    return apply_op("ControlTrigger", name=name)


def abort(
    error_msg: str = "", exit_without_error: bool = False, name: str | None = None
) -> Operation:
    """An operation that ends the process."""
    return apply_op("Abort", error_msg=error_msg, exit_without_error=exit_without_error, name=name)
