"""MatMul, what is added to it and Relu as one call: torch adds inside the product, Relu works in
place."""

import dataclasses
from collections.abc import Callable
from typing import Any

from evergraph.engine.passes.patterns import Uses, dims_of
from evergraph.engine.plan import TORCH, Arg, Plan, Step
from evergraph.kernels.one_thread import addmm

_TYPES = ("AddV2", "Add", "BiasAdd")


def fuse_linear(plan: Plan) -> Plan:
    """The plan with fused linear layers."""
    uses = Uses(plan)
    replaced: dict[int, Step] = {}
    removed: set[int] = set()
    for i, step in enumerate(plan.steps):
        if step.kind != "call" or step.node._type not in _TYPES:
            continue
        found = _layer(step, i, uses)
        if found is None:
            continue
        product, args, kernel = found
        removed.add(uses.maker[product.outputs[0]])  # type: ignore[index]
        out = step.outputs[0]
        relu = None
        if out is not None and uses.only_use(out):
            position = uses.users[out][0]
            user = plan.steps[position]
            if user.kind == "call" and user.node._type == "Relu" and user.guard == step.guard:
                relu = position
        if relu is None:
            replaced[i] = dataclasses.replace(step, kernel=kernel, args=args, keywords=())
        else:
            user = plan.steps[relu]
            removed.add(i)
            replaced[relu] = dataclasses.replace(
                user, kernel=_RELU[kernel], args=args, keywords=(), effect=False
            )
    steps = [replaced.get(i, s) for i, s in enumerate(plan.steps) if i not in removed]
    return dataclasses.replace(plan, steps=tuple(steps))


def _layer(step: Step, position: int, uses: Uses) -> tuple[Step, tuple[Arg, ...], Any] | None:
    """(the product's step, arguments, kernel) of a bias added to a product."""
    if step.node._type == "BiasAdd" and step.node.attr("data_format") != "NHWC":
        return None
    for product_arg, bias in (step.args, step.args[::-1]):
        if step.node._type == "BiasAdd" and product_arg is not step.args[0]:
            continue
        product = uses.made_by(product_arg, "MatMul")
        if product is None or not uses.only_use(product_arg) or product.guard != step.guard:
            continue
        wide, narrow = dims_of(product_arg), dims_of(bias)
        if wide is None or narrow is None or getattr(bias, "place", None) != TORCH:
            continue
        # A vector for each row; or what loops add up their weights' gradients in.
        is_vector = len(narrow) == 1 and narrow[0] is not None and wide[1] == narrow[0]
        if not is_vector and (narrow != wide or None in wide):
            continue
        if not step.outputs or not _is_float(step):
            continue
        if not uses.unchanged(product.args, uses.maker[product_arg], position):
            continue
        flags = (product.node.attr("transpose_a"), product.node.attr("transpose_b"))
        return product, (bias, *product.args), _LINEAR[flags]
    return None


def _is_float(step: Step) -> bool:
    dtype = step.node._outputs[0]._dtype.base_dtype
    return dtype.name in ("float32", "float64")


def linear(bias: Any, a: Any, b: Any) -> Any:
    """a @ b + bias."""
    return addmm(bias, a, b)


def linear_ta(bias: Any, a: Any, b: Any) -> Any:
    """a' @ b + bias."""
    return addmm(bias, a.t(), b)


def linear_tb(bias: Any, a: Any, b: Any) -> Any:
    """a @ b' + bias."""
    return addmm(bias, a, b.t())


def linear_tab(bias: Any, a: Any, b: Any) -> Any:
    """a' @ b' + bias."""
    return addmm(bias, a.t(), b.t())


def linear_relu(bias: Any, a: Any, b: Any) -> Any:
    """relu(a @ b + bias)."""
    return addmm(bias, a, b).relu_()


def linear_relu_ta(bias: Any, a: Any, b: Any) -> Any:
    """relu(a' @ b + bias)."""
    return addmm(bias, a.t(), b).relu_()


def linear_relu_tb(bias: Any, a: Any, b: Any) -> Any:
    """relu(a @ b' + bias)."""
    return addmm(bias, a, b.t()).relu_()


def linear_relu_tab(bias: Any, a: Any, b: Any) -> Any:
    """relu(a' @ b' + bias)."""
    return addmm(bias, a.t(), b.t()).relu_()


_LINEAR: dict[tuple[bool, bool], Callable[..., Any]] = {
    (False, False): linear,
    (True, False): linear_ta,
    (False, True): linear_tb,
    (True, True): linear_tab,
}
_RELU: dict[Any, Callable[..., Any]] = {
    linear: linear_relu,
    linear_ta: linear_relu_ta,
    linear_tb: linear_relu_tb,
    linear_tab: linear_relu_tab,
}
KERNELS = frozenset([*_LINEAR.values(), *_RELU.values()])
