"""Gradients of means: the tiled gradient divided by the number of elements is divided first.

TensorFlow's gradient of a mean is `Tile(g, multiples) / Cast(count)`. The count is a number on the
host, and what is tiled is smaller than the tiled tensor, in most programs one number.
"""

import dataclasses
from typing import Any

from evergraph.engine.passes.patterns import Uses
from evergraph.engine.plan import Literal, Plan, Step


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
        replaced[i] = dataclasses.replace(
            step, kernel=shared_out, args=(*tile.args, count), keywords=()
        )
    steps = tuple(replaced.get(i, s) for i, s in enumerate(plan.steps) if i not in removed)
    return dataclasses.replace(plan, steps=steps)


def shared_out(grad: Any, multiples: tuple[int, ...], count: Any) -> Any:
    """grad / count, tiled."""
    share = grad / float(count)
    if share.numel() == 1 and all(m >= 0 for m in multiples):
        return share.expand(multiples).contiguous()
    return share.repeat(multiples)
