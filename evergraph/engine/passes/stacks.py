"""Stacks of loops' gradients as plain Python lists, and shapes on them as plain tuples.

A loop keeps on stacks what its gradient needs. Where nothing but pushes and pops is done with a
stack of no limited size, it is a list, and push and pop are `append` and `pop`. Most of what is
kept are shapes, for gradients of broadcasts: those are left as torch gives them. These passes see
the whole plan at once, for pushes and pops stand in different loops.
"""

import dataclasses
from collections.abc import Callable, Iterable
from typing import Any

from evergraph.engine import values
from evergraph.engine.lower import Guarded
from evergraph.engine.passes.dead_steps import remove_dead_steps
from evergraph.engine.passes.duplicates import renamed, step_renamed
from evergraph.engine.plan import (
    TORCH,
    Literal,
    Loop,
    Plan,
    Step,
    Value,
    all_steps,
    loop_step,
    values_in,
)

_PUSH, _POP = "StackPushV2", "StackPopV2"


def use_lists(plan: Plan) -> Plan:
    """The plan with lists in the place of stacks; those that nobody reads go."""
    bare = _bare_stacks(plan)
    if not bare:
        return plan
    users = _users(plan)
    read = {
        s.args[0]
        for s in all_steps(plan.steps)
        if s.node._type == _POP and any(users.get(o) for o in s.outputs if o is not None)
    }
    elements: dict[Value, Value] = {}

    def as_list(step: Step) -> Step | None:
        if any(o in bare for o in step.outputs) and step.kind == "call":
            return dataclasses.replace(step, kernel=list, args=(), keywords=(), effect=False)
        if step.node._type not in (_PUSH, _POP) or step.args[0] not in bare:
            return step
        if step.node._type == _PUSH:
            for out in step.outputs:
                if out is not None and isinstance(step.args[1], Value):
                    elements[out] = step.args[1]
        if step.args[0] not in read:
            return None
        if step.node._type == _POP:
            return dataclasses.replace(step, kernel=list.pop, keywords=())
        return dataclasses.replace(step, kernel=list.append, keywords=(), outputs=(), unpack="none")

    plan = _mapped(plan, as_list)
    return _without_dead(_renamed(plan, elements))


def _bare_stacks(plan: Plan) -> set[Any]:
    """The handles of stacks without a limit that are only pushed to and popped from."""
    found: set[Any] = set()
    for step in all_steps(plan.steps):
        if step.node._type == "StackV2" and step.kind == "call":
            (limit,) = step.args
            if isinstance(limit, Literal) and limit.value < 0:
                found.add(step.outputs[0])
    for step in all_steps(plan.steps):
        taken = set(values_in(step.args)) if step.loop is None else set()
        if step.node._type in (_PUSH, _POP):
            name = "T" if step.node._type == _PUSH else "elem_type"
            taken.discard(step.args[0])
            if step.node.attr(name) != _element_type(step):
                taken.add(step.args[0])
        if step.loop is not None:
            taken.update(values_in((*step.loop.initial, *step.loop.next)))
        found -= taken
    return found - set(_fetched(plan))


def _element_type(step: Step) -> Any:
    op = step.node._inputs[0]._op
    while op._type in ("Enter", "Switch", "Identity"):
        op = op._inputs[0]._op
    return op.attr("elem_type") if op._type == "StackV2" else None


def use_dims(plan: Plan) -> Plan:
    """The plan with shapes as tuples where they are used as such, on lists or at once."""
    users = _users(plan)
    shapes = {
        step.outputs[0]
        for step in all_steps(plan.steps)
        if step.node._type == "Shape"
        and step.kind == "call"
        and isinstance(step.args[0], Value)
        and step.args[0].place == TORCH
    }
    appended: dict[Value, list[Any]] = {}
    popped: dict[Value, list[Any]] = {}
    for step in all_steps(plan.steps):
        if step.kernel is list.append:
            appended.setdefault(step.args[0], []).append(step.args[1])
        elif step.kernel is list.pop:
            popped.setdefault(step.args[0], []).append(step.outputs[0])

    def is_number(step: Step) -> bool:
        return step.kernel is values.to_numbers

    lists = set(appended)
    while True:
        good = {
            s
            for s in shapes
            if all(
                is_number(u) or (u.kernel is list.append and u.args[0] in lists)
                for u in users.get(s, ())
            )
        }
        kept = {
            h
            for h in lists
            if all(e in good for e in appended[h])
            and all(is_number(u) for p in popped.get(h, ()) for u in users.get(p, ()))
        }
        if kept == lists and good == shapes:
            break
        lists, shapes = kept, good
    tuples = shapes | {p for h in lists for p in popped.get(h, ())}
    same: dict[Value, Value] = {}

    def as_dims(step: Step) -> Step | None:
        if step.outputs and step.outputs[0] in shapes and step.kind == "call":
            return dataclasses.replace(step, kernel=dims, keywords=())
        if is_number(step) and step.args[0] in tuples and step.outputs[0] is not None:
            same[step.outputs[0]] = step.args[0]
            return None
        return step

    return _renamed(_mapped(plan, as_dims), same)


def dims(x: Any) -> Any:
    """A tensor's shape, as torch has it: a tuple."""
    return x.shape


# -- over the whole plan


def _users(plan: Plan) -> dict[Any, list[Step]]:
    """By value, the steps that use it; a fetch, a start or an end of an iteration counts as a use
    by a step that no pass knows."""
    found: dict[Any, list[Step]] = {}
    for step in all_steps(plan.steps):
        if step.loop is not None:
            for value in values_in((*step.loop.initial, *step.loop.next)):
                found.setdefault(value, []).append(step)
            continue
        for value in values_in(step.args):
            found.setdefault(value, []).append(step)
    for value in _fetched(plan):
        found.setdefault(value, []).append(plan.steps[-1])
    return found


def _fetched(plan: Plan) -> Iterable[Any]:
    return (f.value if isinstance(f, Guarded) else f for f in plan.fetches)


def _mapped(plan: Plan, change: Callable[[Step], Step | None]) -> Plan:
    """The plan with each step changed, or left out."""

    def block(steps: Iterable[Step]) -> tuple[Step, ...]:
        changed = []
        for step in steps:
            if step.loop is not None:
                loop = dataclasses.replace(step.loop, steps=block(step.loop.steps))
                changed.append(loop_step(step.node, loop, step.guard))
                continue
            found = change(step)
            if found is not None:
                changed.append(found)
        return tuple(changed)

    return dataclasses.replace(plan, steps=block(plan.steps))


def _renamed(plan: Plan, same: dict[Value, Value]) -> Plan:
    same = {old: _last(new, same) for old, new in same.items()}
    steps = tuple(step_renamed(step, same) for step in plan.steps)
    fetches = tuple(renamed(f, same) for f in plan.fetches)
    return dataclasses.replace(plan, steps=steps, fetches=fetches)


def _last(value: Value, same: dict[Value, Value]) -> Value:
    while value in same:
        value = same[value]
    return value


def _without_dead(plan: Plan) -> Plan:
    """Leaves out what nobody needs, in loops too."""

    def cleaned(step: Step, loop: Loop) -> Step:
        inner = Plan(loop.steps, loop.variables, loop.next, ())
        steps = _without_dead(inner).steps
        return loop_step(step.node, dataclasses.replace(loop, steps=steps), step.guard)

    steps = tuple(s if s.loop is None else cleaned(s, s.loop) for s in plan.steps)
    return remove_dead_steps(dataclasses.replace(plan, steps=steps))
