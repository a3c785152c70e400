"""Passes: pure functions from plan to plan, each with a switch."""

from evergraph.engine.passes.broadcast_gradients import simplify_broadcast_gradients
from evergraph.engine.passes.dead_steps import remove_dead_steps
from evergraph.engine.passes.duplicates import merge_duplicates
from evergraph.engine.passes.fuse_linear import fuse_linear
from evergraph.engine.passes.fuse_updates import fuse_updates
from evergraph.engine.passes.in_place import update_in_place
from evergraph.engine.plan import Plan

PASSES = {
    "duplicates": merge_duplicates,
    "broadcast_gradients": simplify_broadcast_gradients,
    "dead_steps": remove_dead_steps,
    "fuse_linear": fuse_linear,
    "fuse_updates": fuse_updates,
    "unused_operands": remove_dead_steps,
    "in_place": update_in_place,
}
"""All passes, in the order in which they run."""


def optimize(plan: Plan, without: frozenset[str] = frozenset()) -> Plan:
    """The plan after all passes but those named in `without`."""
    for name, run in PASSES.items():
        if name not in without:
            plan = run(plan)
    return plan
