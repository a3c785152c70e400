"""Gradients of concatenations: the pieces of a gradient whose places are known.

TensorFlow's gradient of `concat([x, h], 1)` cuts g by ConcatOffset and ShapeN at run time. Where
static shapes say how far each piece reaches along the axis, that is all it takes; and of a
gradient which is a product of matrices, one piece of the columns is the product by those columns.
Most often the other pieces are nobody's: what a network reads in has no gradient.
"""

import dataclasses
from typing import Any

import torch

from evergraph.engine.passes.patterns import Uses, dims_of
from evergraph.engine.plan import TORCH, Arg, Const, Literal, Plan, Step, Value
from evergraph.kernels.one_thread import mm


def cut_concat_gradients(plan: Plan) -> Plan:
    """The plan with pieces of gradients at static places."""
    uses = Uses(plan)
    steps = []
    for i, step in enumerate(plan.steps):
        place = _place(step, uses)
        if place is not None:
            step = _columns(step, i, place, uses) or _cut(step, place)
        steps.append(step)
    return dataclasses.replace(plan, steps=tuple(steps))


def _place(step: Step, uses: Uses) -> tuple[int, int, int] | None:
    """(axis, where the piece begins, how long it is) of a piece of a concatenation's gradient."""
    if (
        step.kind != "call"
        or step.node._type != "Slice"
        or getattr(step.args[0], "place", "") != TORCH
    ):
        return None
    begin, size = (_before_move(a, uses) for a in step.args[1:])
    offsets, shapes = uses.made_by(begin, "ConcatOffset"), uses.made_by(size, "ShapeN")
    if offsets is None or shapes is None or offsets.args[1] != list(shapes.outputs):
        return None
    which = offsets.outputs.index(begin)
    axis = offsets.args[0]
    if which != shapes.outputs.index(size) or not isinstance(axis, Const | Literal):
        return None
    at = int(axis.value)
    known = [_extent(x, at) for x in shapes.args[0]]
    extents = [n for n in known if n is not None]
    if len(extents) != len(known) or _extent(step.args[0], at) != sum(extents):
        return None
    return at, sum(extents[:which]), extents[which]


def _before_move(value: Arg, uses: Uses) -> Arg:
    """What numbers were before they became Python's."""
    if isinstance(value, Value) and value in uses.maker:
        step = uses.plan.steps[uses.maker[value]]
        if step.kind == "move":
            return step.args[0]
    return value


def _extent(value: Arg, axis: int) -> int | None:
    dims = dims_of(value)
    return dims[axis] if dims is not None and axis < len(dims) else None


def _cut(step: Step, place: tuple[int, int, int]) -> Step:
    args = (step.args[0], *(Literal(n) for n in place))
    return dataclasses.replace(step, kernel=torch.narrow, args=args, keywords=())


def _columns(step: Step, position: int, place: tuple[int, int, int], uses: Uses) -> Step | None:
    """The piece as a product, where nothing but this step uses the whole one."""
    product = uses.made_by(step.args[0], "MatMul")
    axis, begin, length = place
    if product is None or axis != 1 or not uses.only_use(step.args[0]):
        return None
    if product.guard != step.guard:
        return None
    if not uses.unchanged(product.args, uses.maker[step.args[0]], position):
        return None
    transposed = (product.node.attr("transpose_a"), product.node.attr("transpose_b"))
    args = (*product.args, Literal(begin), Literal(length))
    return dataclasses.replace(step, kernel=_PRODUCTS[transposed], args=args, keywords=())


def columns(a: Any, b: Any, begin: int, length: int) -> Any:
    """Some columns of a @ b."""
    return mm(a, b.narrow(1, begin, length))


def columns_ta(a: Any, b: Any, begin: int, length: int) -> Any:
    """Some columns of a' @ b."""
    return mm(a.t(), b.narrow(1, begin, length))


def columns_tb(a: Any, b: Any, begin: int, length: int) -> Any:
    """Some columns of a @ b'."""
    return mm(a, b.narrow(0, begin, length).t())


def columns_tab(a: Any, b: Any, begin: int, length: int) -> Any:
    """Some columns of a' @ b'."""
    return mm(a.t(), b.narrow(0, begin, length).t())


_PRODUCTS = {
    (False, False): columns,
    (True, False): columns_ta,
    (False, True): columns_tb,
    (True, True): columns_tab,
}
