"""Lets updates write into their variable's memory, where nobody can still see the old value.

Reference variables are written in place always: TensorFlow's reads share their memory, and see the update.
A resource variable's reads are snapshots: it is written in place only where no later step and no fetch uses one.
"""

import dataclasses

from evergraph.engine.lower import Guarded, host_variable, keyword_values, read_cell
from evergraph.engine.plan import Cell, Plan, Step, Value, values_in


def update_in_place(plan: Plan) -> Plan:
    """The plan with in-place kernels where they are safe."""
    last_use = _last_uses(plan)
    snapshots = _snapshots(plan)
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
    kernel = step.node._entry.in_place
    return dataclasses.replace(step, kernel=kernel, keywords=keyword_values(step.node, kernel))


def _last_uses(plan: Plan) -> dict[Value, int]:
    """By value, the last step that uses it; one past the end for a fetch."""
    last: dict[Value, int] = {}
    for i, step in enumerate(plan.steps):
        for value in values_in(step.args):
            last[value] = i
    for fetch in plan.fetches:
        value = fetch.value if isinstance(fetch, Guarded) else fetch
        if isinstance(value, Value):
            last[value] = len(plan.steps)
    return last


def _snapshots(plan: Plan) -> dict[Cell, set[Value]]:
    """By variable, the values that may share its memory: reads, and views of them."""
    source: dict[Value, Cell] = {}
    found: dict[Cell, set[Value]] = {}
    for step in plan.steps:
        cell = None
        if step.kernel is read_cell or step.node._type == "ReadVariableOp":
            cell = next((a for a in step.args if isinstance(a, Cell)), None)
        elif step.kind in ("move", "choose") or (step.node._entry and step.node._entry.view):
            cell = next((source[v] for v in values_in(step.args) if v in source), None)
        if cell is not None:
            for out in step.outputs:
                if out is not None:
                    source[out] = cell
                    found.setdefault(cell, set()).add(out)
    return found
