"""Passes: pure functions from plan to plan, each with a switch."""

from evergraph.engine.passes.dead_steps import remove_dead_steps
from evergraph.engine.plan import Plan

PASSES = {"dead_steps": remove_dead_steps}
"""All passes, in the order in which they run."""


def optimize(plan: Plan, without: frozenset[str] = frozenset()) -> Plan:
    """The plan after all passes but those named in `without`."""
    for name, run in PASSES.items():
        if name not in without:
            plan = run(plan)
    return plan
