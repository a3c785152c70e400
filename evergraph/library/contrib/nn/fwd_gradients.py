"""Derivatives forwards, by differentiating twice backwards."""

from typing import Any

from evergraph.api import array_ops, assertion
from evergraph.autodiff.gradients import gradients
from evergraph.graph.composite import IndexedSlices
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import control_dependencies


def fwd_gradients(ys: Any, xs: Any, grad_xs: Any = None, assert_unused: Any = False) -> Any:
    """How `ys` change where `xs` change by `grad_xs`: the product with the Jacobian.

    Args:
      ys, xs: lists of tensors.
      grad_xs: a tensor for each of `xs`.
      assert_unused: whether the run fails that computes the first gradients, which only their own
        gradients are wanted of.
    """
    # The values of these do not matter, for `ys` are linear in them.
    factors = [array_ops.zeros_like(y) + float("nan") for y in ys]
    first = [
        convert_to_tensor(g) if isinstance(g, IndexedSlices) else g
        for g in gradients(ys, xs, grad_ys=factors)
    ]
    if assert_unused:
        with control_dependencies(first):
            failing = assertion.Assert(False, [1], name="fwd_gradients")
        with control_dependencies([failing]):
            first = array_ops.identity_n(first)
    first = [array_ops.zeros_like(x) if g is None else g for x, g in zip(xs, first, strict=True)]
    for x, g in zip(xs, first, strict=True):
        g.set_shape(x.shape)
    return gradients(first, factors, grad_ys=grad_xs)
