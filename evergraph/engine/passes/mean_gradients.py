"""Gradients of means: the tiled gradient divided by the number of elements is divided first.

TensorFlow's gradient of a mean is `Tile(g, multiples) / Cast(count)`. The count is a number on the
host, and what is tiled is smaller than the tiled tensor, in most programs one number. Where it is
the mean of everything, both come from the tensor's shape alone.
"""

import dataclasses
from typing import Any

from evergraph.engine.passes.patterns import Uses
from evergraph.engine.plan import Arg, Literal, Plan, Step, Value


def fuse_mean_gradients(plan: Plan) -> Plan:
    """The plan with gradients of means as one call each."""
    uses = Uses(plan)
    replaced: dict[int, Step] = {}
    removed: set[int] = set()
    for i, step in enumerate(plan.steps):
        if step.kind != "call" or step.node._type != "RealDiv" or len(step.args) != 2:
            continue
        tile = uses.made_by(step.args[0], "Tile")
        count = uses.scalar(step.args[1])
        if tile is None or count is None or isinstance(count, Literal):
            continue
        if not uses.only_use(step.args[0]) or tile.guard != step.guard:
            continue
        if not uses.unchanged(tile.args, uses.maker[step.args[0]], i):
            continue
        removed.add(uses.maker[step.args[0]])
        whole = _mean_of_all(tile.args[1], count, uses)
        if whole is not None:
            args = (tile.args[0], *whole)
            replaced[i] = dataclasses.replace(step, kernel=shared_by_all, args=args, keywords=())
        else:
            args = (*tile.args, count)
            replaced[i] = dataclasses.replace(step, kernel=shared_out, args=args, keywords=())
    steps = tuple(replaced.get(i, s) for i, s in enumerate(plan.steps) if i not in removed)
    return dataclasses.replace(plan, steps=steps)


def _mean_of_all(multiples: Arg, count: Arg, uses: Uses) -> tuple[Arg, Arg] | None:
    """(x, d) where the multiples are x's shape, and the count its number of elements over d."""
    cast = uses.made_by(count, "Cast")
    division = None if cast is None else uses.made_by(cast.args[0], "FloorDiv")
    product = None if division is None else uses.made_by(division.args[0], "Prod")
    shape = None if product is None else uses.made_by(product.args[0], "Shape")
    if division is None or product is None or shape is None:
        return None
    divisor = uses.scalar(division.args[1])
    if not isinstance(divisor, Literal) or not isinstance(multiples, Value):
        return None
    if product.args[1] != Literal((0,)) or product.node.attr("keep_dims"):
        return None
    move = uses.plan.steps[uses.maker[multiples]] if multiples in uses.maker else None
    if move is None or move.kind != "move" or move.args[0] is not product.args[0]:
        return None
    return shape.args[0], divisor


def shared_by_all(grad: Any, x: Any, divisor: int) -> Any:
    """The gradient of the mean over all elements of x, for each of them."""
    share = grad / (x.numel() // divisor)
    return share.expand(x.shape).contiguous()


def shared_out(grad: Any, multiples: tuple[int, ...], count: Any) -> Any:
    """grad / count, tiled."""
    share = grad / float(count)
    if share.numel() == 1 and all(m >= 0 for m in multiples):
        return share.expand(multiples).contiguous()
    return share.repeat(multiples)
