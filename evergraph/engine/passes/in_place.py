"""Lets updates write into their variable's memory, where nobody can still see the old value.

Reference variables are written in place always: TensorFlow's reads share their memory, and see the
update.
A resource variable's reads are snapshots: it is written in place only where no later step and no
fetch uses one.
"""

import dataclasses

from evergraph.base import dtypes
from evergraph.engine.lower import host_variable, keyword_values
from evergraph.engine.passes.patterns import Uses
from evergraph.engine.plan import Cell, Plan, Step, Value, values_in


def update_in_place(plan: Plan) -> Plan:
    """The plan with in-place kernels where they are safe."""
    uses = Uses(plan)
    last_use = _last_uses(plan, uses)
    snapshots: dict[Cell, set[Value]] = {}
    for value, cell in uses.source.items():
        snapshots.setdefault(cell, set()).add(value)
    steps = []
    for i, step in enumerate(plan.steps):
        steps.append(_in_place(step) if _safe(step, i, snapshots, last_use) else step)
    return dataclasses.replace(plan, steps=tuple(steps))


def _safe(
    step: Step, position: int, snapshots: dict[Cell, set[Value]], last_use: dict[Value, int]
) -> bool:
    entry = step.node._entry
    if step.kind != "call" or entry is None or entry.in_place is None or not step.args:
        return False
    cells = [a for a in step.args if isinstance(a, Cell)]
    if not cells or not isinstance(step.args[0], Cell) or any(map(host_variable, cells)):
        return False
    return all(
        not cell.resource or all(last_use.get(v, -1) <= position for v in snapshots.get(cell, ()))
        for cell in cells
    )


def _in_place(step: Step) -> Step:
    assert step.node._entry is not None and step.node._entry.in_place is not None
    if step.kernel is not step.node._entry.torch_kernel:
        return step  # a pass has found something better
    kernel = step.node._entry.in_place
    return dataclasses.replace(step, kernel=kernel, keywords=keyword_values(step.node, kernel))


def _last_uses(plan: Plan, uses: Uses) -> dict[Value, int]:
    """By value, the last step that uses it; one past the end for a fetch, and for what may be
    kept: by a loop from one iteration to the next, by an array or a stack."""
    last = {value: users[-1] for value, users in uses.users.items()}
    kept = (value for step in plan.steps if _keeps(step) for value in values_in(step.args))
    last.update((value, len(plan.steps)) for value in (*uses.fetched, *kept))
    return last


def _keeps(step: Step) -> bool:
    """Whether a step may hold on to its arguments: one that makes a list of tensors, or with an
    effect on something else than variables."""
    if step.loop is not None or any(t._dtype is dtypes.variant for t in step.node._outputs):
        return True
    return step.effect and step.kind == "call" and not any(isinstance(a, Cell) for a in step.args)
