"""Conds that are decided while the graph is built, where that is possible."""

from collections.abc import Callable
from typing import Any

from evergraph.api.case import _case_helper
from evergraph.api.cond import cond
from evergraph.base.export import export
from evergraph.graph.static_value import constant_value, evaluate
from evergraph.graph.tensor import Tensor


@export("contrib.framework.smart_cond")
def smart_cond(
    pred: Any,
    true_fn: Callable[[], Any] | None = None,
    false_fn: Callable[[], Any] | None = None,
    name: str | None = None,
) -> Any:
    """The result of one of the functions where `pred` is known while building, else `tf.cond`'s.

    Stands for `tf.contrib.framework.smart_cond`.

    Raises:
      TypeError: a function is not callable, or `pred` is neither a tensor nor a bool (or 0 or 1).
    """
    if not callable(true_fn):
        raise TypeError("`true_fn` must be callable.")
    if not callable(false_fn):
        raise TypeError("`false_fn` must be callable.")
    known = smart_constant_value(pred)
    if known is None:
        return cond(pred, true_fn=true_fn, false_fn=false_fn, name=name)
    return true_fn() if known else false_fn()


@export("contrib.framework.smart_constant_value")
def smart_constant_value(pred: Any) -> Any:
    """The bool that `pred` is known to be while building, or None.

    Stands for `tf.contrib.framework.smart_constant_value`.

    Raises:
      TypeError: `pred` is neither a tensor nor a bool (or 0 or 1).
    """
    if isinstance(pred, Tensor):
        known = constant_value(pred)
        return evaluate(pred) if known is None else known
    if isinstance(pred, bool) or pred in {0, 1}:
        return bool(pred)
    raise TypeError(
        f"`pred` must be a Tensor, or a Python bool, or 1 or 0. Found instead: {type(pred)}"
    )


@export("contrib.framework.smart_case")
def smart_case(
    pred_fn_pairs: Any,
    default: Callable[[], Any] | None = None,
    exclusive: bool = False,
    name: str = "smart_case",
) -> Any:
    """As `tf.case`, with predicates decided while building where that is possible.

    Stands for `tf.contrib.framework.smart_case`.
    """
    return _case_helper(
        smart_cond, pred_fn_pairs, default, exclusive, name, allow_python_preds=True
    )
