"""Control flow: Switch, Merge, Enter, Exit, NextIteration, LoopCond, ControlTrigger, Abort.

None but Abort has a kernel: the engine reads the structure of conds and loops from these nodes.
Each kind is there twice, for values and for references.
"""

import os
from collections.abc import Sequence
from typing import Any

from evergraph.api import control_flow_util, math_ops
from evergraph.api.switching import _Enter, _SwitchRefOrTensor, exit, merge, switch
from evergraph.base import dtypes
from evergraph.base.errors import InvalidArgumentError
from evergraph.base.platform import logging
from evergraph.graph.composite import IndexedSlices, SparseTensor
from evergraph.graph.registry import op
from evergraph.graph.tensor import Tensor
from evergraph.ops import shape_rules
from evergraph.ops.shape_rules import Dims

ENTER = "T: type; frame_name: string; is_constant: bool = false; parallel_iterations: int = 10"

switch_op = op("Switch(data: T, pred: bool) -> output_false: T, output_true: T", "T: type")
ref_switch_op = op(
    "RefSwitch(data: Ref(T), pred: bool) -> output_false: Ref(T), output_true: Ref(T)",
    "T: type",
    allows_uninitialized_input=True,
)
merge_op = op("Merge(inputs: N * T) -> output: T, value_index: int32", "T: type; N: int >= 1")
ref_merge_op = op(
    "RefMerge(inputs: N * Ref(T)) -> output: Ref(T), value_index: int32", "T: type; N: int >= 1"
)
enter_op = op("Enter(data: T) -> output: T", ENTER)
ref_enter_op = op("RefEnter(data: Ref(T)) -> output: Ref(T)", ENTER)
exit_op = op("Exit(data: T) -> output: T", "T: type")
ref_exit_op = op("RefExit(data: Ref(T)) -> output: Ref(T)", "T: type")
next_iteration_op = op("NextIteration(data: T) -> output: T", "T: type")
ref_next_iteration_op = op("RefNextIteration(data: Ref(T)) -> output: Ref(T)", "T: type")
loop_cond_op = op("LoopCond(input: bool) -> output: bool")
control_trigger_op = op("ControlTrigger()")
ref_select_op = op(
    "RefSelect(index: int32, inputs: N * Ref(T)) -> output: Ref(T)",
    "T: type; N: int >= 1",
    host=["index"],
)
ref_identity_op = op(
    "RefIdentity(input: Ref(T)) -> output: Ref(T)",
    "T: type",
    view=True,
    allows_uninitialized_input=True,
)
debug_gradient_ref_identity_op = op(
    "DebugGradientRefIdentity(input: Ref(T)) -> output: Ref(T)",
    "T: type",
    view=True,
    allows_uninitialized_input=True,
)
abort_op = op("Abort()", "error_msg: string = ''; exit_without_error: bool = false")


@switch_op.shape
@ref_switch_op.shape
def switch_shape(node: Any) -> list[Dims]:
    shape_rules.with_rank(node.inputs[1].dims, 0)
    return [node.inputs[0].dims] * 2


@merge_op.shape
@ref_merge_op.shape
def merge_shape(node: Any) -> list[Dims]:
    """What all inputs have in common: any of them may come out."""
    common = node.inputs[0].dims
    for tensor in node.inputs[1:]:
        dims = tensor.dims
        if common is None or dims is None or len(dims) != len(common):
            return [None, ()]
        common = tuple(c if c == d else None for c, d in zip(common, dims, strict=True))
    return [common, ()]


@enter_op.shape
@ref_enter_op.shape
def enter_shape(node: Any) -> Dims:
    # Only an invariant keeps its shape for certain; api sets that of others.
    if node.type == "RefEnter" or node.attr("is_constant"):
        return node.inputs[0].dims
    return None


for _entry in (exit_op, ref_exit_op, next_iteration_op, ref_next_iteration_op):
    _entry.shape(shape_rules.unchanged)


@loop_cond_op.shape
def loop_cond_shape(node: Any) -> Dims:
    return shape_rules.with_rank(node.inputs[0].dims, 0)


ref_identity_op.shape(shape_rules.unchanged)
debug_gradient_ref_identity_op.shape(shape_rules.unchanged)


@ref_select_op.shape
def ref_select_shape(node: Any) -> Dims:
    shape_rules.with_rank(node.inputs[0].dims, 0)
    first = node.inputs[1].dims
    alike = all(t.dims == first for t in node.inputs[1:])
    return first if alike and first is not None and None not in first else None


@ref_select_op.kernel
def ref_select_kernel(index: int, cells: list[Any]) -> Any:
    if not 0 <= index < len(cells):
        raise InvalidArgumentError(
            None, None, f"Index must be in the range [0, {len(cells)}) but got {index}"
        )
    return cells[index]


@ref_identity_op.kernel
@debug_gradient_ref_identity_op.kernel
def ref_identity_kernel(cell: Any) -> Any:
    return cell


@ref_identity_op.gradient
def ref_identity_gradient(node: Any, grad: Any) -> Any:
    return grad


control_trigger_op.shape(shape_rules.no_outputs)
abort_op.shape(shape_rules.no_outputs)


@abort_op.numpy
def abort_kernel(*, error_msg: Any, exit_without_error: bool) -> None:
    if exit_without_error:
        os._exit(0)
    logging.error("%s", error_msg)
    os.abort()


@switch_op.gradient
@ref_switch_op.gradient
def switch_gradient(node: Any, *grads: Any) -> Any:
    """A Merge of what comes back from the two branches."""
    context = node._get_control_flow_context()
    if context is not None and context.IsWhileContext():
        return _loop_switch_gradient(node, *grads)
    if context is not None and context.IsCondContext():
        if grads[1 - context.branch] is not None:
            return merge(grads, name="cond_grad")[0], None
        # The other branch gives None for what is not trainable, and for variables' handles.
        if node.inputs[0].dtype == dtypes.resource:
            return merge([grads[context.branch]] * 2, name="cond_resource_grad")[0], None
        return None, None
    pred = node.inputs[1]
    false_grad = switch(grads[0], pred)[0]
    true_grad = switch(grads[1], pred)[1]
    return merge([false_grad, true_grad])[0], None


def _loop_switch_gradient(node: Any, *grads: Any) -> Any:
    """Is called twice: for the exit's gradient, which goes into a Merge, then for the next
    iteration's."""
    state = node.graph._get_control_flow_context().grad_state
    merged = state.switch_map.get(node)
    if merged is not None:
        if grads[1] is not None:
            state.close_loop(merged, grads[1])
        return None, None
    if grads[0] is None:
        return None, None
    # The second input is a stand-in until the second call.
    merged = merge([grads[0], grads[0]], name="b_switch")[0]
    state.switch_map[node] = merged
    return merged, None


@merge_op.gradient
@ref_merge_op.gradient
def merge_gradient(node: Any, grad: Any, _: Any) -> Sequence[Any]:
    """A Switch that sends the gradient back to the branch that was taken."""
    context = control_flow_util.GetOutputContext(node.inputs[0].op)
    current = node.graph._get_control_flow_context()
    if context is not None and context.IsWhileContext():
        return _SwitchRefOrTensor(grad, current.pivot)
    if context is not None and context.IsCondContext():
        pred = context.pred
        if current is not None and current.grad_state:
            pred = current.grad_state.pred_of_iteration(pred)
        return _SwitchRefOrTensor(grad, pred, name="cond_grad")
    taken = [math_ops.equal(node.outputs[1], i) for i in range(len(node.inputs))]
    return [_SwitchRefOrTensor(grad, t)[1] for t in taken]


@exit_op.gradient
@ref_exit_op.gradient
def exit_gradient(node: Any, grad: Any) -> Any:
    """An Enter into the gradient's loop."""
    loop = node.graph._get_control_flow_context()
    if not loop.back_prop:
        return None
    if node._get_control_flow_context().grad_state:
        raise TypeError("Second-order gradient for while loops not supported.")
    if isinstance(grad, Tensor):
        loop.AddName(grad.name)
    elif isinstance(grad, (IndexedSlices, SparseTensor)):
        loop.AddName(grad.values.name)
        loop.AddName(grad.indices.name)
        if grad.dense_shape is not None:
            loop.AddName(grad.dense_shape.name)
    else:
        raise TypeError(f"Type {type(grad)} not supported")
    loop.Enter()
    result = _Enter(
        grad,
        loop.name,
        is_constant=False,
        parallel_iterations=loop.parallel_iterations,
        name="b_exit",
    )
    loop.loop_enters.append(result)
    loop.Exit()
    return result


@next_iteration_op.gradient
@ref_next_iteration_op.gradient
def next_iteration_gradient(node: Any, grad: Any) -> Any:
    """The gradient's own next iteration is made by the Switch's rule."""
    return grad


@enter_op.gradient
@ref_enter_op.gradient
def enter_gradient(node: Any, grad: Any) -> Any:
    """An Exit from the gradient's loop; for an invariant, the sum over all iterations."""
    loop = node.graph._get_control_flow_context()
    if not loop.back_prop or loop.grad_state is None:
        return grad
    if node.attr("is_constant"):
        return loop.grad_state.accumulate(node, grad)
    result = exit(grad)
    loop.loop_exits.append(result)
    loop.ExitResult([result])
    return result


loop_cond_op.not_differentiable()
