"""(a - b) + constant becomes a + (constant - b), and constant - (a + b) becomes (constant - b) - a,
as TensorFlow's optimizer has it.

The values are the same but for rounding. That shows where a and b are nearly equal: in the
structural similarity of images, where such a constant keeps a division from 0/0.
"""

import dataclasses
from typing import Any

from evergraph.base import dtypes
from evergraph.engine.passes.patterns import Uses, dims_of
from evergraph.engine.plan import TORCH, Arg, Cell, Const, Plan, Step, Value, values_in

_ADDS = ("Add", "AddV2")


def move_constants(plan: Plan) -> Plan:
    """The plan with constants taken from sums to one of their terms."""
    return _moved(_moved(plan, "Sub"), "Add", "AddV2")


def _moved(plan: Plan, *inner: str) -> Plan:
    """One of the two rules: the one for steps of types `inner`, whose result meets a constant."""
    uses: Uses | None = None
    changes: dict[int, dict[str, Any]] = {}
    for i, step in enumerate(plan.steps):
        found = _constant_and_rest(step, inner[0] == "Sub")
        if found is None:
            continue
        constant, rest = found
        uses = uses or Uses(plan)
        term = uses.made_by(rest, *inner)
        if term is None or not uses.only_use(rest) or term.guard != step.guard:
            continue
        start = uses.maker[rest]
        a, b = term.args
        if start in changes or not uses.unchanged((a,), start, i):
            continue
        if any(_is_fixed(x, uses) for x in (a, b)):
            continue
        moved = Value(rest.name, TORCH, b.tensor)
        # Both rules subtract from the constant first; whose kernel that is differs.
        kernel = term.kernel if inner[0] == "Sub" else step.kernel
        changes[start] = {"kernel": kernel, "args": (constant, b), "outputs": (moved,)}
        changes[i] = {"args": (a, moved) if inner[0] == "Sub" else (moved, a)}
    if not changes:
        return plan
    steps = (
        dataclasses.replace(s, **changes[i]) if i in changes else s
        for i, s in enumerate(plan.steps)
    )
    return dataclasses.replace(plan, steps=tuple(steps))


def _constant_and_rest(step: Step, plus: bool) -> tuple[Const, Any] | None:
    """What is added up to or subtracted from a constant number, and that number."""
    if step.kind != "call" or step.node._type not in (_ADDS if plus else ("Sub",)):
        return None
    if len(step.args) != 2 or step.keywords:
        return None
    first, second = step.args
    if _is_number(first):
        return first, second
    return (second, first) if plus and _is_number(second) else None


def _is_number(value: Arg) -> bool:
    return (
        isinstance(value, Const)
        and value.place == TORCH
        and value.tensor is not None
        and value.tensor.dtype in (dtypes.float32, dtypes.float64)
        and dims_of(value) == ()
    )


def _is_fixed(value: Arg, uses: Uses) -> bool:
    """Whether a value hangs on no feed and no variable: TensorFlow computes it beforehand, as it
    stands."""
    waiting: list[Arg] = [value]
    seen: set[Value] = set()
    while waiting:
        found = waiting.pop()
        if isinstance(found, Const) or found in seen:
            continue
        if found not in uses.maker:
            return False
        seen.add(found)
        step = uses.plan.steps[uses.maker[found]]
        if step.kind == "loop" or step.node._is_stateful:
            return False
        if any(isinstance(a, Cell) for a in step.args):
            return False
        waiting += values_in(step.args)
    return True
