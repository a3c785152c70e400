"""Merges steps that compute the same from the same."""

import dataclasses
from collections.abc import Hashable
from typing import Any

from evergraph.engine.lower import SESSION, Guarded
from evergraph.engine.plan import Arg, Cell, Const, Literal, Plan, Step, Value, loop_step


def merge_duplicates(plan: Plan) -> Plan:
    """The plan without steps that repeat an earlier, pure step."""
    replaced: dict[Value, Value] = {}
    known: dict[Hashable, Step] = {}
    kept = []
    for step in plan.steps:
        step = step_renamed(step, replaced)
        key = _key(step)
        first = known.get(key) if key is not None else None
        if first is None:
            if key is not None:
                known[key] = step
            kept.append(step)
            continue
        for mine, theirs in zip(step.outputs, first.outputs, strict=True):
            if mine is not None and theirs is not None:
                replaced[mine] = theirs
    if not replaced:
        return plan
    fetches = tuple(renamed(f, replaced) for f in plan.fetches)
    return dataclasses.replace(plan, steps=tuple(kept), fetches=fetches)


def step_renamed(step: Step, replaced: dict[Value, Value]) -> Step:
    """The step with other values in the place of those replaced, in its loop too."""
    if not replaced:
        return step
    if step.loop is None:
        return dataclasses.replace(step, args=tuple(renamed(a, replaced) for a in step.args))
    loop = dataclasses.replace(
        step.loop,
        initial=tuple(renamed(a, replaced) for a in step.loop.initial),
        steps=tuple(step_renamed(s, replaced) for s in step.loop.steps),
        next=tuple(renamed(a, replaced) for a in step.loop.next),
    )
    return loop_step(step.node, loop, step.guard)


def renamed(arg: Arg, replaced: dict[Value, Value]) -> Arg:
    if isinstance(arg, Value):
        return replaced.get(arg, arg)
    if isinstance(arg, list):
        return [renamed(a, replaced) for a in arg]
    if isinstance(arg, Guarded):
        return Guarded(renamed(arg.value, replaced), arg.guard, arg.tensor)
    return arg


def _key(step: Step) -> Hashable | None:
    """Equal for steps with equal results; None for one that must not be merged."""
    if step.effect or step.kind != "call" or step.node._is_stateful:
        return None
    # A predicate's number is found by its tensor: leave those steps alone.
    if any(o is not None and o.place == "number" for o in step.outputs):
        return None
    try:
        parts: tuple[Any, ...] = (
            step.kernel,
            tuple(_arg_key(a) for a in step.args),
            tuple((k, _plain(v)) for k, v in step.keywords),
            step.guard,
            tuple((o.place, o.tensor._dtype) for o in step.outputs if o and o.tensor is not None),
        )
        hash(parts)
    except (TypeError, _Unmergeable):
        return None
    return parts


class _Unmergeable(Exception):
    """The step reads something that may change between two steps."""


def _arg_key(arg: Arg) -> Hashable:
    if isinstance(arg, Value):
        return arg
    if isinstance(arg, list):
        return tuple(_arg_key(a) for a in arg)
    if isinstance(arg, Literal):
        return ("literal", type(arg.value), arg.value)
    if isinstance(arg, Const):
        return ("const", id(arg.value))
    assert isinstance(arg, Cell)
    raise _Unmergeable


def _plain(value: Any) -> Hashable:
    if value is SESSION:
        raise _Unmergeable
    return (
        tuple(_plain(v) for v in value)
        if isinstance(value, (list, tuple))
        else (type(value), value)
    )
