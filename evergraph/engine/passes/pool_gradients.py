"""Gradients of the largest values in windows, which know where these stand.

TensorFlow's MaxPoolGrad looks for them again. And where the values came from a ReLU, whose gradient
follows, what is not of a positive value is left out before it is spread over the windows: there is
a fraction of it then.
"""

import dataclasses

from evergraph.engine.passes.patterns import Uses
from evergraph.engine.plan import TORCH, Plan, Step, Value
from evergraph.kernels import pooling

_FLOATS = ("float32", "float64")


def keep_places(plan: Plan) -> Plan:
    """The plan in which the pooling of images keeps where it found its values."""
    uses = Uses(plan)
    steps = list(plan.steps)
    removed: set[int] = set()
    for i, step in enumerate(plan.steps):
        position = _pooling_of(step, i, uses)
        if position is None:
            continue
        steps[position], places = _keeping(steps[position])
        steps[i] = dataclasses.replace(step, args=(*step.args, places))
        after = _relu_gradient_after(step, uses)
        if after is not None:
            kernel = dataclasses.replace(step.kernel, positive=True)  # type: ignore[type-var]
            outputs = plan.steps[after].outputs
            steps[i] = dataclasses.replace(steps[i], kernel=kernel, outputs=outputs)
            removed.add(after)
    return dataclasses.replace(
        plan, steps=tuple(s for i, s in enumerate(steps) if i not in removed)
    )


def _pooling_of(step: Step, i: int, uses: Uses) -> int | None:
    """Where the step is whose gradient this one computes."""
    if step.kind != "call" or not isinstance(step.kernel, pooling.LargestGradient):
        return None
    x, y, _ = step.args
    pool = uses.made_by(y, "MaxPool")
    if pool is None or pool.args[0] is not x or pool.guard != step.guard:
        return None
    assert isinstance(pool.kernel, pooling.Largest)
    if pool.kernel.pool != step.kernel.pool or step.node.attr("T").base_dtype.name not in _FLOATS:
        return None
    position = uses.maker[y]  # type: ignore[index]
    return position if uses.unchanged([x], position, i) else None


def _keeping(step: Step) -> tuple[Step, Value]:
    """The step with a second result: where the values stand."""
    assert isinstance(step.kernel, pooling.Largest)
    if step.kernel.keeps:
        return step, step.outputs[1]  # type: ignore[return-value]
    y = step.outputs[0]
    places = Value(f"{y.name}_places", TORCH)  # type: ignore[union-attr]
    kernel = dataclasses.replace(step.kernel, keeps=True)
    return dataclasses.replace(step, kernel=kernel, outputs=(y, places), unpack="many"), places


def _relu_gradient_after(step: Step, uses: Uses) -> int | None:
    """Where the step is that lets through what this one gives for positive values."""
    found = step.outputs[0]
    if found is None or not uses.only_use(found):
        return None
    position = uses.users[found][0]
    user = uses.plan.steps[position]
    if user.kind != "call" or user.node._type != "ReluGrad" or user.guard != step.guard:
        return None
    x = step.args[0]
    same = user.args[0] is found and user.args[1] is x
    return position if same and uses.unchanged([x], uses.maker[found], position) else None
