"""Passes: pure functions from plan to plan, each with a switch."""

import dataclasses

from evergraph.engine.passes.broadcast_gradients import simplify_broadcast_gradients
from evergraph.engine.passes.concat_gradients import cut_concat_gradients
from evergraph.engine.passes.copy_views import copy_views
from evergraph.engine.passes.dead_steps import remove_dead_steps
from evergraph.engine.passes.duplicates import merge_duplicates
from evergraph.engine.passes.fuse_convolution import fuse_convolution, keep_filters
from evergraph.engine.passes.fuse_linear import fuse_linear
from evergraph.engine.passes.fuse_sums import fuse_sums
from evergraph.engine.passes.fuse_updates import fuse_updates
from evergraph.engine.passes.in_place import update_in_place
from evergraph.engine.passes.late_constants import move_constants
from evergraph.engine.passes.mean_gradients import fuse_mean_gradients
from evergraph.engine.passes.overlap import overlap
from evergraph.engine.passes.pool_gradients import keep_places
from evergraph.engine.passes.reuse import reuse_operands
from evergraph.engine.passes.stacks import use_dims, use_lists
from evergraph.engine.plan import Loop, Plan, Step, loop_step

PASSES = {
    "copy_views": copy_views,
    "overlap": overlap,
    "duplicates": merge_duplicates,
    "broadcast_gradients": simplify_broadcast_gradients,
    "mean_gradients": fuse_mean_gradients,
    "dead_steps": remove_dead_steps,
    "late_constants": move_constants,
    "concat_gradients": cut_concat_gradients,
    "fuse_sums": fuse_sums,
    "fuse_linear": fuse_linear,
    "fuse_convolution": fuse_convolution,
    "pool_gradients": keep_places,
    "fuse_updates": fuse_updates,
    "unused_operands": remove_dead_steps,
    "in_place": update_in_place,
    "reuse": reuse_operands,
}
"""The passes over steps in a row, in the order in which they run: on loops first, from the inside
out."""

LOOPS = {"lists": use_lists, "dims": use_dims}
"""The passes that come after those, over a plan with all of its loops, if it has any."""

WHOLE = {**LOOPS, "keep_filters": keep_filters}
"""The passes over the whole of a plan."""


def optimize(plan: Plan, without: frozenset[str] = frozenset()) -> Plan:
    """The plan after all passes but those named in `without`."""
    plan = _in_rows(plan, without)
    for name, run in WHOLE.items():
        needed = name not in LOOPS or any(step.loop is not None for step in plan.steps)
        if needed and name not in without:
            plan = run(plan)
    return plan


def _in_rows(plan: Plan, without: frozenset[str]) -> Plan:
    if any(step.loop is not None for step in plan.steps):
        steps = tuple(s if s.loop is None else _optimized(s, s.loop, without) for s in plan.steps)
        plan = dataclasses.replace(plan, steps=steps)
    for name, run in PASSES.items():
        if name not in without:
            plan = run(plan)
    return plan


def _optimized(step: Step, loop: Loop, without: frozenset[str]) -> Step:
    """A loop with a better iteration: its steps are a plan from the variables to the next ones."""
    # What goes from iteration to iteration may be a variable's old value.
    inner = Plan(loop.steps, loop.variables, loop.next, (False,) * len(loop.next))
    better = _in_rows(inner, without | {"in_place"})
    return loop_step(
        step.node, dataclasses.replace(loop, steps=better.steps, next=better.fetches), step.guard
    )
