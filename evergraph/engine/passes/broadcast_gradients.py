"""Gradients of broadcasts whose shapes are known well enough: a plain sum, or nothing at all.

TensorFlow's gradient of `x + y` is `Reshape(Sum(g, axes of x), Shape(x))`, the axes coming from
BroadcastGradientArgs at run time. Where static shapes say along which axes x was repeated, the axes
are
constants; where it was not repeated, the gradient of x is g. Where they do not, the shapes at run
time say so in most cases.
"""

import dataclasses
from typing import Any

import torch

from evergraph.engine.lower import Guarded
from evergraph.engine.passes.duplicates import renamed, step_renamed
from evergraph.engine.passes.patterns import Uses
from evergraph.engine.plan import TORCH, Plan, Step, Value
from evergraph.graph.tensor import Dims, Tensor


def simplify_broadcast_gradients(plan: Plan) -> Plan:
    """The plan with static sums in gradients of broadcasts."""
    uses = Uses(plan)
    # What is handed out as it is must not be somebody else's too.
    owned = {f for f, is_owned in zip(plan.fetches, plan.owned, strict=True) if is_owned}
    same: dict[Value, Value] = {}
    steps = []
    for step in plan.steps:
        step = step_renamed(step, same)
        found = _pattern(step, uses)
        if found is not None:
            grad, axes, dims = found
            grad = renamed(grad, same)
            out = step.outputs[0]
            assert out is not None
            if not axes and out in owned:
                steps.append(step)
                continue
            if axes == ():
                same[out] = grad
                continue
            if axes is None:
                args = (grad, step.args[1])
                step = dataclasses.replace(step, kernel=unbroadcast, args=args, keywords=())
                steps.append(step)
                continue
            keep = tuple(dims)
            keywords = (("axes", axes), ("rank", len(keep)))
            step = Step(step.node, sum_to, (grad,), keywords, (out,), "one", step.guard)
        steps.append(step)
    fetches = tuple(_fetch(f, same) for f in plan.fetches)
    return dataclasses.replace(plan, steps=tuple(steps), fetches=fetches)


def _fetch(fetch: Any, same: dict[Value, Value]) -> Any:
    if isinstance(fetch, Guarded):
        return Guarded(renamed(fetch.value, same), fetch.guard, fetch.tensor)
    return renamed(fetch, same)


def sum_to(grad: Any, *, axes: tuple[int, ...], rank: int) -> Any:
    """The sum over `axes`; those beyond the result's rank go, the others stay with size 1."""
    extra = grad.dim() - rank
    if len(axes) == extra:
        return torch.sum(grad, axes)
    result = torch.sum(grad, axes, keepdim=True)
    return result.reshape(result.shape[extra:])


def unbroadcast(grad: Any, shape: tuple[int, ...]) -> Any:
    """The sum over the axes along which something of this shape was repeated; in most cases none,
    and the result is `grad` itself."""
    if grad.shape == shape:
        return grad
    extra = grad.dim() - len(shape)
    repeated = (i + extra for i, d in enumerate(shape) if d == 1 != grad.shape[i + extra])
    axes = [*range(extra), *repeated]
    return (torch.sum(grad, axes, dtype=grad.dtype) if axes else grad).reshape(shape)


def _pattern(
    step: Step, uses: Uses
) -> tuple[Value, tuple[int, ...] | None, tuple[int | None, ...]] | None:
    """(g, the axes to sum, dims of x) of a `Reshape(Sum(g, axes of x), Shape(x))`; axes None are
    only known at run time."""
    if step.kind != "call" or step.node._type != "Reshape":
        return None
    node = step.node
    total, shape = node._inputs[0]._op, node._inputs[1]
    if total._type != "Sum" or total._attrs.get("keep_dims"):
        return None
    arguments = total._inputs[1]
    source = arguments._op
    if (
        source._type != "BroadcastGradientArgs"
        or source._inputs[arguments._value_index] is not shape
    ):
        return None
    made = uses.made_by(step.args[0], "Sum")
    if made is None or made.node is not total or not isinstance(made.args[0], Value):
        return None
    if made.args[0].place != TORCH or made.guard != step.guard:
        return None
    mine = _dims_behind(shape)
    other = _dims_behind(source._inputs[1 - arguments._value_index])
    axes = _axes(mine, other)
    return made.args[0], axes, mine or ()


def _dims_behind(shape: Tensor) -> Dims:
    op = shape._op
    if op._type == "Shape":
        return op._inputs[0].dims
    return op._graph._static_dims(shape)


def _axes(x: Dims, y: Dims) -> tuple[int, ...] | None:
    """The axes of the broadcast along which x was repeated; None where the static shapes leave it
    open."""
    if x is None or y is None:
        return None
    rank = max(len(x), len(y))
    wide_x = (1,) * (rank - len(x)) + x
    wide_y = (1,) * (rank - len(y)) + y
    missing = rank - len(x)
    axes = []
    for i, (a, b) in enumerate(zip(wide_x, wide_y, strict=True)):
        if i < missing:
            axes.append(i)
        elif a == 1:
            # Against 1 there is nothing to sum; against an unknown size a sum over size 1 does no
            # harm.
            if b != 1:
                axes.append(i)
        elif a is None and b != 1:
            return None
    return tuple(axes)
