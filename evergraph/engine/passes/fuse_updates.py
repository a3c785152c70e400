"""Updates of variables that read their operands once: moving averages, and gradient descent over
products.

* `v -= (v - x) * k` is `v.lerp_(x, k)`;
* `v = v * k`, what Adam does to moments of rows that a batch lacks, is a product in place;
* `v -= rate * (scale * v + a @ b + ...)` is one matrix product accumulated into `v`.
"""

import dataclasses
from typing import Any

from evergraph.base import errors
from evergraph.engine.lower import host_variable
from evergraph.engine.passes.patterns import Uses, dims_of
from evergraph.engine.plan import Arg, Cell, Literal, Plan, Step
from evergraph.kernels.one_thread import addmm_

_FLOATS = ("float32", "float64")


def fuse_updates(plan: Plan) -> Plan:
    """The plan with fused updates."""
    uses = Uses(plan)
    replaced: dict[int, Step] = {}
    for i, step in enumerate(plan.steps):
        if step.kind != "call" or not step.args or not isinstance(step.args[0], Cell):
            continue
        cell = step.args[0]
        if cell.resource or host_variable(cell) or cell.dtype.base_dtype.name not in _FLOATS:
            continue
        if step.node._type == "AssignSub":
            found = _moving_average(step, i, cell, uses)
        elif step.node._type == "ApplyGradientDescent":
            found = _descent(step, i, cell, uses)
        elif step.node._type == "Assign":
            found = _scaling(step, i, cell, uses)
        else:
            continue
        if found is not None:
            replaced[i] = found
    return dataclasses.replace(
        plan, steps=tuple(replaced.get(i, s) for i, s in enumerate(plan.steps))
    )


# -- moving averages


def move_towards(cell: Any, target: Any, weight: Any) -> Any:
    """v += weight * (target - v), in place."""
    value = cell.read()
    if value.shape != target.shape:
        raise errors.InvalidArgumentError(
            None, None, f"Shapes {tuple(value.shape)} and {tuple(target.shape)} differ"
        )
    value.lerp_(target, float(weight))
    return cell


def _moving_average(step: Step, position: int, cell: Cell, uses: Uses) -> Step | None:
    product = uses.made_by(step.args[1], "Mul")
    if product is None or not uses.only_use(step.args[1]):
        return None
    for difference_arg, weight in (product.args, product.args[::-1]):
        difference = uses.made_by(difference_arg, "Sub")
        weight = uses.scalar(weight)
        if difference is None or not uses.only_use(difference_arg) or weight is None:
            continue
        own, target = difference.args
        start = uses.maker[difference_arg]
        if (
            uses.is_read_of(own, cell)
            and dims_of(target) == cell.dims
            and uses.unchanged([own, target], start, position)
            and _same_source(own, target, uses) is False
        ):
            return dataclasses.replace(
                step, kernel=move_towards, args=(cell, target, weight), keywords=()
            )
    return None


def _same_source(a: Arg, b: Arg, uses: Uses) -> bool:
    return uses.source.get(a) is not None and uses.source.get(a) == uses.source.get(b)


# -- products in place


def scale(cell: Any, factor: Any) -> Any:
    """v *= factor, in place."""
    cell.read().mul_(float(factor))
    return cell


def _scaling(step: Step, position: int, cell: Cell, uses: Uses) -> Step | None:
    product = uses.made_by(step.args[1], "Mul")
    if product is None or not uses.only_use(step.args[1]):
        return None
    for own, factor in (product.args, product.args[::-1]):
        factor = uses.scalar(factor)
        if (
            factor is not None
            and uses.is_read_of(own, cell)
            and uses.unchanged([own], uses.maker[step.args[1]], position)
        ):
            return dataclasses.replace(step, kernel=scale, args=(cell, factor), keywords=())
    return None


# -- gradient descent


def descend(cell: Any, rate: Any, decay: Any, products: Any, others: Any, flags: Any) -> Any:
    """v -= rate * (sum(decay) * v + sum(a @ b) + sum(others)), in place; flags transpose a and
    b."""
    value = cell.read()
    rate = float(rate)
    keep = 1.0
    for d in decay:
        keep -= rate * float(d)
    for i, (transpose_a, transpose_b) in enumerate(flags):
        a, b = products[2 * i], products[2 * i + 1]
        a, b = a.t() if transpose_a else a, b.t() if transpose_b else b
        addmm_(value, a, b, keep, -rate)
        keep = 1.0
    if keep != 1.0:
        value.mul_(keep)
    for other in others:
        value.add_(other, alpha=-rate)
    return cell


def step_down(cell: Any, rate: Any, gradient: Any) -> Any:
    """v -= rate * gradient, in place."""
    cell.read().sub_(gradient, alpha=float(rate))
    return cell


def _descent(step: Step, position: int, cell: Cell, uses: Uses) -> Step | None:
    _, rate, gradient = step.args
    rate = uses.scalar(rate)
    if rate is None or not uses.only_use(gradient):
        return None
    total = uses.made_by(gradient, "AddN")
    terms = list(total.args[0]) if total is not None else [gradient]
    decay: list[Arg] = []
    products: list[Arg] = []
    flags: list[tuple[bool, bool]] = []
    others: list[Arg] = []
    for term in terms:
        start = uses.maker.get(term, position) if not isinstance(term, list) else position
        if not uses.only_use(term):
            others.append(term)
        elif (scale := _self_scale(term, cell, uses)) is not None:
            decay.append(scale)
        elif (product := _product(term, cell, uses)) is not None and uses.unchanged(
            product.args, start, position
        ):
            products.extend(product.args)
            flags.append((product.node.attr("transpose_a"), product.node.attr("transpose_b")))
        else:
            others.append(term)
    if cell.dims is None or None in cell.dims or any(dims_of(t) != cell.dims for t in terms):
        return None
    if not products and not decay:
        return dataclasses.replace(step, kernel=step_down, args=(cell, rate, gradient), keywords=())
    args = (cell, rate, decay, products, others, Literal(tuple(flags)))
    return dataclasses.replace(step, kernel=descend, args=args, keywords=())


def _self_scale(term: Arg, cell: Cell, uses: Uses) -> Arg | None:
    """k, where `term` is k times the variable."""
    product = uses.made_by(term, "Mul")
    if product is None:
        return None
    for own, scale in (product.args, product.args[::-1]):
        if uses.is_read_of(own, cell):
            return uses.scalar(scale)
    return None


def _product(term: Arg, cell: Cell, uses: Uses) -> Step | None:
    product = uses.made_by(term, "MatMul")
    if product is None or any(uses.source.get(a) == cell for a in product.args):
        return None
    return product
