"""The counters of loops: how many iterations there were, and how many to go back through."""

from typing import Any

from evergraph.api import math_ops
from evergraph.api.switching import _Enter, _NextIteration, exit, merge, switch
from evergraph.api.while_context import WhileContext
from evergraph.graph.apply import apply_op
from evergraph.graph.constant import constant
from evergraph.graph.tensor import Tensor


def enter_variable(
    loop: WhileContext, value: Tensor, name: str, use_input_shape: bool = True
) -> Tensor:
    """Enters the initial value of a loop variable that is added to a loop."""
    loop.AddName(value.name)
    enter = _Enter(
        value,
        loop.name,
        is_constant=False,
        parallel_iterations=loop.parallel_iterations,
        use_input_shape=use_input_shape,
        name=name,
    )
    loop.loop_enters.append(enter)
    return enter


def exit_variable(loop: WhileContext, value: Tensor, name: str) -> Tensor:
    """What a loop variable that was added leaves the loop by; known to the context around."""
    result = exit(value, name=name)
    loop.loop_exits.append(result)
    loop.ExitResult([result])
    return result


def add_forward_counter(loop: WhileContext, outer: Any) -> tuple[Tensor, Tensor]:
    """Adds a counter of iterations to a loop: `n = 0; while (...) n += 1`.

    Is called in the context around the loop.

    Args:
      loop: the loop.
      outer: the state of the gradient of the loop around, or None.

    Returns:
      The number of iterations, and the NextIteration of the counter.
    """
    n = constant(0, name="f_count")
    if outer is not None:
        # What this loop pushes comes before what it pushes in the next iteration of the outer one.
        n.op._add_control_input(outer.forward_index.op.inputs[0].op)
    loop.Enter()
    entered = enter_variable(loop, n, "f_count")
    merged = merge([entered, entered])[0]
    out, on = switch(merged, loop.pivot)
    following = _NextIteration(math_ops.add(on, 1))
    merged.op._update_input(1, following)
    total = exit_variable(loop, out, "f_count")
    loop.Exit()
    return total, following


def add_backward_counter(loop: WhileContext, count: Tensor, outer: Any) -> Tensor:
    """Makes the loop of a gradient run `count` times: `n = count; while (n >= 1) n -= 1`.

    Is called in the context around the loop.

    Args:
      loop: the loop, which has no nodes yet.
      count: the number of iterations.
      outer: the state of the gradient of the loop around, or None.

    Returns:
      The NextIteration of the counter.
    """
    one = constant(1, name="b_count")
    loop.Enter()
    entered = enter_variable(loop, count, "b_count")
    merged = merge([entered, entered])[0]
    loop._pivot_for_pred = merged
    goes_on = math_ops.greater_equal(merged, one)
    loop._pivot = apply_op("LoopCond", goes_on, name="b_count")
    out, on = switch(merged, loop._pivot)
    index = math_ops.subtract(on, one)
    loop._pivot_for_body = index
    following = _NextIteration(index)
    merged.op._update_input(1, following)
    zero = exit_variable(loop, out, "b_count")
    if outer is not None:
        # What this loop pops comes before what it pops in the next iteration of the outer one.
        outer.grad_sync._add_control_input(zero.op)
    loop.Exit()
    return following
