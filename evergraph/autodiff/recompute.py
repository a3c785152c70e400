"""`tf.recompute_grad`: memory saved by computing twice."""

from collections.abc import Callable
from typing import Any

from evergraph.api.custom_gradient import custom_gradient
from evergraph.autodiff.gradients import gradients
from evergraph.base.export import export
from evergraph.graph.defaults import control_dependencies


@export("recompute_grad")
def recompute_grad(f: Callable[..., Any]) -> Callable[..., Any]:
    """`f`, whose inner values are computed anew for its gradient. Stands for `tf.recompute_grad`.

    Args:
      f: a function of tensors with one result.
    """

    @custom_gradient
    def inner(*args: Any, **kwargs: Any) -> Any:
        result = f(*args, **kwargs)

        def grad(dresult: Any, variables: Any = None) -> Any:
            with control_dependencies([dresult]):
                again = f(*args, **kwargs)
            sources = list(args) + list(variables or [])
            found = gradients(again, sources, grad_ys=[dresult])
            return found[: len(args)], found[len(args) :]

        return result, grad

    return inner
