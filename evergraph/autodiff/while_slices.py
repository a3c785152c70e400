"""Gradients of a loop's variables that are IndexedSlices: they would grow from step to step."""

from collections.abc import Sequence
from typing import Any

from evergraph.api import array_ops
from evergraph.api.func_graph import flatten
from evergraph.base import dtypes, nest
from evergraph.base.tensor_shape import TensorShape
from evergraph.graph.apply import apply_op
from evergraph.graph.composite import IndexedSlices
from evergraph.graph.constant import constant
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Tensor


def rewrite_slices(
    grads: Sequence[Any], gradient: Any, loop_vars: list[Tensor], forward_inputs: Sequence[Tensor]
) -> list[Tensor]:
    """Makes results of a step's gradient fit its arguments where they are IndexedSlices.

    Those of variables' handles, which go around unchanged, gather slices from step to step; others
    become dense.

    Args:
      grads: the gradients of the forward loop's results.
      gradient: the body of the step's gradient.
      loop_vars: the arguments of the gradient's loop.
      forward_inputs: those of the forward loop.

    Returns:
      The arguments of the gradient's loop.
    """
    inputs = [t for grad, t in zip(grads, forward_inputs, strict=False) if grad is not None]
    for t, output in zip(inputs, list(gradient.structured_outputs[3:]), strict=False):
        if not isinstance(output, IndexedSlices):
            continue
        if t.dtype == dtypes.resource:
            loop_vars = _gather(gradient, output, t, loop_vars)
        else:
            with gradient.as_default():
                _replace(gradient, output, convert_to_tensor(output))
    return loop_vars


def _replace(gradient: Any, old: IndexedSlices, new: Any) -> None:
    """Puts a result into the place of another one."""
    results = gradient.structured_outputs
    results[next(i for i, x in enumerate(results) if x is old)] = new
    gradient.outputs = flatten(results)


def _gather(
    gradient: Any, output: IndexedSlices, forward_input: Tensor, loop_vars: list[Tensor]
) -> list[Tensor]:
    """Makes the step's gradient take IndexedSlices and add its own to them."""
    start = _no_slices(output, forward_input)
    place = next(i for i, t in enumerate(gradient.outputs) if t is output.values)
    parts = nest.flatten(start, expand_composites=True)
    with gradient.as_default():
        taken = [gradient.capture(t, whitelisted=True) for t in parts]
        for outside, inside in zip(parts, taken, strict=True):
            # An argument like any other, at the place of the dense one.
            gradient.pop_capture(outside)
            gradient.inputs = [t for t in gradient.inputs if t is not inside]
        values, indices, dense_shape = taken
        gathered = IndexedSlices(
            _joined(output.values.op, values), _joined(output.indices.op, indices), dense_shape
        )
    _replace(gradient, output, gathered)
    gradient.inputs = [*gradient.inputs[:place], *taken, *gradient.inputs[place + 1 :]]
    return [*loop_vars[:place], *parts, *loop_vars[place + 1 :]]


def _no_slices(output: IndexedSlices, forward_input: Tensor) -> IndexedSlices:
    """IndexedSlices without slices, shaped like those of a step."""
    values = output.values
    if values.shape.is_fully_defined():
        shape: Any = TensorShape([0, *values.shape.as_list()[1:]])
    else:
        shape = array_ops.concat([[0], _shape_of(forward_input)[1:]], 0)
    return IndexedSlices(
        array_ops.zeros(shape, dtype=values.dtype, name="values_init"),
        constant([], output.indices.dtype, name="indices_init"),
        _shape_of(forward_input, "shape_init"),
    )


def _shape_of(t: Tensor, name: str | None = None) -> Tensor:
    if t.dtype == dtypes.resource:
        return apply_op("VariableShape", t, name=name)
    return array_ops.shape(t, name=name)


def _joined(identity: Operation, before: Tensor) -> Tensor:
    """The slices `before`, then those of the step: the gradient joins these with its dense
    argument, the first of a Concat."""
    join = identity.inputs[0].op
    assert identity.type == "Identity" and join.type == "ConcatV2"
    return array_ops.concat([before, *join.inputs[1:-1]], 0)
