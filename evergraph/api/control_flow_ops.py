"""Control flow: conds, cases, assertions, groups, and the nodes that they are made of."""

from collections.abc import Sequence
from typing import Any

from evergraph.api import tensor_array_lists as tensor_array_lists
from evergraph.api import while_v2 as while_v2
from evergraph.api.assertion import Assert
from evergraph.api.case import _case_helper, case
from evergraph.api.cond import cond, cond_for_tf_v2
from evergraph.api.cond_context import CondContext
from evergraph.api.cond_v2 import switch_case
from evergraph.api.control_flow_context import (
    ControlFlowContext,
    XLAControlFlowContext,
    from_control_flow_context_def,
)
from evergraph.api.grouping import group, no_op, tuple, with_dependencies
from evergraph.api.shape_invariants import _get_shape_invariant, _shape_invariant_to_type_spec
from evergraph.api.switching import (
    _Enter,
    _Identity,
    _NextIteration,
    _SwitchRefOrTensor,
    exit,
    merge,
    switch,
)
from evergraph.api.while_context import WhileContext
from evergraph.api.while_loop import _AddNextAndBackEdge, while_loop, while_loop_v2
from evergraph.graph.apply import apply_op
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Tensor

__all__ = [
    "Assert",
    "CondContext",
    "ControlFlowContext",
    "WhileContext",
    "XLAControlFlowContext",
    "_AddNextAndBackEdge",
    "_Enter",
    "_Identity",
    "_NextIteration",
    "_SwitchRefOrTensor",
    "_case_helper",
    "_get_shape_invariant",
    "_shape_invariant_to_type_spec",
    "abort",
    "case",
    "cond",
    "cond_for_tf_v2",
    "control_trigger",
    "enter",
    "exit",
    "from_control_flow_context_def",
    "group",
    "loop_cond",
    "merge",
    "next_iteration",
    "no_op",
    "ref_enter",
    "ref_exit",
    "ref_merge",
    "ref_next_iteration",
    "ref_select",
    "ref_switch",
    "switch",
    "switch_case",
    "tuple",
    "while_loop",
    "while_loop_v2",
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


def next_iteration(data: Tensor, name: str | None = None) -> Tensor:
    """Makes a tensor available to the next iteration of its loop."""
    return apply_op("NextIteration", data, name=name)


def ref_next_iteration(data: Tensor, name: str | None = None) -> Tensor:
    """Makes a reference available to the next iteration of its loop."""
    return apply_op("RefNextIteration", data, name=name)


def enter(
    data: Tensor,
    frame_name: str,
    is_constant: bool = False,
    parallel_iterations: int = 10,
    name: str | None = None,
) -> Tensor:
    """Makes a tensor available in the frame `frame_name`."""
    return apply_op(
        "Enter",
        data,
        frame_name=frame_name,
        is_constant=is_constant,
        parallel_iterations=parallel_iterations,
        name=name,
    )


def ref_enter(
    data: Tensor,
    frame_name: str,
    is_constant: bool = False,
    parallel_iterations: int = 10,
    name: str | None = None,
) -> Tensor:
    """Makes a reference available in the frame `frame_name`."""
    return apply_op(
        "RefEnter",
        data,
        frame_name=frame_name,
        is_constant=is_constant,
        parallel_iterations=parallel_iterations,
        name=name,
    )


def ref_exit(data: Tensor, name: str | None = None) -> Tensor:
    """Makes a reference available outside of its loop."""
    return apply_op("RefExit", data, name=name)


def ref_switch(data: Tensor, pred: Any, name: str | None = None) -> Any:
    """Passes a reference on to one of two outputs, `(output_false, output_true)`."""
    return apply_op("RefSwitch", data, pred, name=name)


def ref_merge(inputs: Sequence[Tensor], name: str | None = None) -> Any:
    """Passes on the one of several references that is not dead, `(output, value_index)`."""
    return apply_op("RefMerge", inputs, name=name)


def ref_select(index: Any, inputs: Sequence[Tensor], name: str | None = None) -> Tensor:
    """The reference at `index` (an int32 scalar) of several."""
    return apply_op("RefSelect", index, inputs, name=name)
