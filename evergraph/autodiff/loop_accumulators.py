"""The sum over all iterations of the gradient of what a loop takes from outside."""

import contextlib
from collections.abc import Iterator
from typing import Any

from evergraph.api import array_ops, math_ops
from evergraph.api.switching import _NextIteration, merge, switch
from evergraph.api.while_context import WhileContext
from evergraph.autodiff.loop_counters import enter_variable, exit_variable
from evergraph.base import dtypes
from evergraph.base.tensor_shape import TensorShape
from evergraph.graph.composite import IndexedSlices
from evergraph.graph.constant import constant
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Tensor


@contextlib.contextmanager
def inside(context: Any) -> Iterator[None]:
    """Makes a context, if there is one, that of the nodes made in the block."""
    if context is None:
        yield
        return
    context.Enter()
    yield
    context.Exit()


def accumulated(state: Any, enter: Operation, grad: Tensor) -> Tensor:
    """The sum of `grad` over all iterations: `acc = 0; while (...) acc += grad`.

    Is called in the gradient's loop, and leaves it entered.

    Args:
      state: the state of the gradient's loop.
      enter: the Enter of the invariant that `grad` is the gradient of in one iteration.
      grad: the gradient.
    """
    loop = state.grad_context
    loop.Exit()
    start = _zeros(state, enter.inputs[0], grad)
    loop.Enter()
    entered = enter_variable(loop, start, "b_acc")
    merged = merge([entered, entered], name="b_acc")[0]
    out, on = switch(merged, loop.pivot)
    merged.op._update_input(1, _NextIteration(math_ops.add(on, grad)))
    return exit_variable(loop, out, "b_acc")


def _zeros(state: Any, value: Tensor, grad: Tensor) -> Tensor:
    """What the sum begins with, in the shape that `value` has when no iteration tells another."""
    around = state.grad_context.outer_context
    if grad.shape.is_fully_defined():
        with inside(around):
            return constant(0, grad.dtype, shape=grad.shape, name="b_acc")
    if not (isinstance(around, WhileContext) and around.grad_state is not None):
        with inside(around):
            return array_ops.zeros(array_ops.shape_internal(value, optimize=False), grad.dtype)
    # The shape may be another one in each iteration of the loop around.
    with inside(state.forward_context.outer_context):
        shape = array_ops.shape_internal(value, optimize=False)
    history = state.outer.push(shape)
    with inside(around):
        return array_ops.zeros(state.outer.pop(history, shape), grad.dtype)


def accumulated_slices(state: Any, enter: Operation, grad: IndexedSlices) -> IndexedSlices:
    """As `accumulated`, for IndexedSlices: those of all iterations, one after the other."""
    loop = state.grad_context
    loop.Exit()
    starts = _empty_slices(loop, enter.inputs[0], grad)
    loop.Enter()
    # They grow, so the shapes that they begin with are not those that they have.
    entered = [enter_variable(loop, x, "b_acc", use_input_shape=False) for x in starts]
    entered[0].set_shape([None])
    if starts[1].dims is not None:
        entered[1].set_shape([None, *starts[1].dims[1:]])
    merged = [merge([x, x], name="b_acc")[0] for x in entered]
    switched = [switch(x, loop.pivot) for x in merged]
    new = (grad.indices, grad.values)
    grown = [array_ops.concat([on, x], 0) for (_, on), x in zip(switched[:2], new, strict=True)]
    if grad.dense_shape is not None:
        grown.append(math_ops.maximum(grad.dense_shape, switched[2][1]))
    for m, following in zip(merged, [_NextIteration(x) for x in grown], strict=True):
        m.op._update_input(1, following)
    indices, values, *dense_shape = [exit_variable(loop, out, "b_acc") for out, _ in switched]
    return IndexedSlices(values, indices, dense_shape[0] if dense_shape else None)


def _empty_slices(loop: WhileContext, value: Tensor, grad: IndexedSlices) -> list[Tensor]:
    """The indices, values and perhaps dense shape that slices begin with: one slice of zeros."""
    around, values = loop.outer_context, grad.values
    with inside(around):
        if values.shape.is_fully_defined():
            shape = TensorShape([1]).concatenate(values.shape[1:])
            zeros = constant(0, values.dtype, shape=shape, name="b_acc")
        else:
            rest = _shape_of(value)[1:]
            zeros = array_ops.zeros(array_ops.concat([[1], rest], 0), dtype=values.dtype)
        starts = [constant([0], grad.indices.dtype), zeros]
        dense_shape = grad.dense_shape
        if dense_shape is None:
            return starts
        if dense_shape.shape.is_fully_defined():
            return [*starts, constant(0, dense_shape.dtype, shape=dense_shape.shape)]
        dims = array_ops.shape_internal(value, optimize=False, out_type=dense_shape.dtype)
        return [*starts, array_ops.zeros_like(dims, optimize=False)]


def _shape_of(value: Tensor) -> Any:
    """The shape of a tensor, or of the variable that it is the handle of."""
    if value.dtype != dtypes.resource:
        return array_ops.shape_internal(value, optimize=False)
    while value.op.inputs:
        value = value.op.inputs[0]
    return TensorShape(value.op.attr("shape"))
