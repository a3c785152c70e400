"""Removes steps whose results nobody uses."""

import dataclasses

from evergraph.engine.lower import Guarded
from evergraph.engine.plan import Plan, predicates_in, values_in


def remove_dead_steps(plan: Plan) -> Plan:
    """The plan without steps that have neither an effect nor a user."""
    used: set[object] = set()
    for fetch in plan.fetches:
        if isinstance(fetch, Guarded):
            used.update(("guard", p) for p, _ in fetch.guard)
            fetch = fetch.value
        used.add(fetch)
    kept = []
    for step in reversed(plan.steps):
        is_predicate = any(
            o is not None and o.place == "number" and ("guard", o.tensor) in used
            for o in step.outputs
        )
        if not (step.effect or is_predicate or any(o in used for o in step.outputs if o)):
            continue
        kept.append(step)
        used.update(values_in(step.args))
        used.update(("guard", p) for p in predicates_in(step))
    return dataclasses.replace(plan, steps=tuple(reversed(kept)))
