"""Sums of what the steps of an unrolled network give: gradients of weights and of sliced inputs.

* `a1' @ b1 + a2' @ b2 + ...` is one product of all rows, stacked;
* gradients of slices of one tensor are written into one tensor, instead of each into zeros.
"""

import dataclasses
from collections.abc import Sequence
from typing import Any

import torch

from evergraph.engine.passes.patterns import Uses, dims_of
from evergraph.engine.plan import NUMPY, Arg, Const, Literal, Plan, Step
from evergraph.kernels import strided_slice as strided

_FEWEST_PRODUCTS = 3  # two are added up by `descend` as well


def fuse_sums(plan: Plan) -> Plan:
    """The plan with fused sums."""
    uses = Uses(plan)
    replaced: dict[int, Step] = {}
    removed: set[int] = set()
    for i, step in enumerate(plan.steps):
        if step.kind != "call" or step.node._type != "AddN" or dims_of(step.outputs[0]) is None:
            continue
        terms = [t for t in step.args[0] if uses.only_use(t)]
        products = [t for t in terms if _is_product(t, step, i, uses)]
        slices = [t for t in terms if _is_slice(t, step, uses)]
        if len(products) >= _FEWEST_PRODUCTS:
            fused = _stacked(step, products, uses)
            gone = products
        elif len(slices) > 1 and len({_made(t, uses).args[0] for t in slices}) == 1:
            fused = _written(step, slices, uses)
            gone = slices
        else:
            continue
        removed.update(uses.maker[t] for t in gone)
        replaced[i] = fused
    steps = tuple(replaced.get(i, s) for i, s in enumerate(plan.steps) if i not in removed)
    return dataclasses.replace(plan, steps=steps)


def _made(term: Any, uses: Uses) -> Step:
    return uses.plan.steps[uses.maker[term]]


def _rest(step: Step, taken: Sequence[Arg]) -> list[Arg]:
    return [t for t in step.args[0] if not any(t is other for other in taken)]


def _is_product(term: Arg, step: Step, position: int, uses: Uses) -> bool:
    """Whether a term is a' @ b of floats, that may as well be computed here."""
    made = uses.made_by(term, "MatMul")
    if made is None or made.guard != step.guard or not made.node.attr("transpose_a"):
        return False
    if made.node.attr("transpose_b") or made.node.attr("T").base_dtype.name not in _FLOATS:
        return False
    if dims_of(term) != dims_of(step.outputs[0]):
        return False
    return uses.unchanged(made.args, uses.maker[term], position)  # type: ignore[index]


_FLOATS = ("float32", "float64")


def _stacked(step: Step, products: Sequence[Arg], uses: Uses) -> Step:
    a, b = ([_made(t, uses).args[k] for t in products] for k in (0, 1))
    args = (a, b, _rest(step, products))
    return dataclasses.replace(step, kernel=stacked_product, args=args, keywords=(), kind="sum")


def stacked_product(a: list[Any], b: list[Any], others: list[Any]) -> Any:
    """The sum of a' @ b over pairs, and of the others."""
    total = torch.mm(torch.cat(a).t(), torch.cat(b))
    for other in others:
        total.add_(other)
    return total


def _is_slice(term: Arg, step: Step, uses: Uses) -> bool:
    """Whether a term is the gradient of a slice that goes forward, with all numbers known."""
    made = uses.made_by(term, "StridedSliceGrad")
    if made is None or made.guard != step.guard:
        return False
    numbers = made.args[:4]
    return all(isinstance(a, Literal) for a in numbers) and all(s > 0 for s in numbers[3].value)


def _written(step: Step, slices: Sequence[Arg], uses: Uses) -> Step:
    made = [_made(t, uses) for t in slices]
    indices = []
    for one in made:
        begin, end, strides = (a.value for a in one.args[1:4])
        indices.append(strided.python_index(begin, end, strides, strided.Masks.of(one.node)))
    args = (
        made[0].args[0],
        Const(indices, NUMPY),
        [one.args[4] for one in made],
        _rest(step, slices),
    )
    return dataclasses.replace(step, kernel=sum_of_slices, args=args, keywords=(), kind="sum")


def sum_of_slices(shape: tuple[int, ...], indices: Any, grads: list[Any], others: list[Any]) -> Any:
    """A tensor of this shape with each gradient added at its place, and the others."""
    total = grads[0].new_zeros(shape)
    for index, grad in zip(indices, grads, strict=True):
        strided.read(total, index).add_(grad)
    for other in others:
        total.add_(other)
    return total
