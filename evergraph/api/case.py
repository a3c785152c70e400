"""`tf.case`: a chain of conds."""

import collections
import functools
from collections.abc import Callable, Sequence
from typing import Any

from evergraph.api import array_ops, math_ops
from evergraph.api.assertion import Assert
from evergraph.api.cond import cond
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.graph.constant import constant
from evergraph.graph.defaults import control_dependencies, name_scope
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Tensor


@export("case")
def case(
    pred_fn_pairs: Any,
    default: Callable[[], Any] | None = None,
    exclusive: bool = False,
    strict: bool = False,
    name: str = "case",
) -> Any:
    """What the function of the first true predicate gives. Stands for `tf.case`.

    Args:
      pred_fn_pairs: a list of pairs, or a dict, of bool scalars and functions that make tensors.
      default: the function for no true predicate; without one, that is an error at run time.
      exclusive: whether more than one true predicate is an error at run time.
      strict: whether lists of one tensor stay lists.
      name: a name scope for the nodes.

    Raises:
      TypeError: `pred_fn_pairs` is not a list of pairs or a dict, or a function is not callable.
    """
    return _case_helper(
        cond, pred_fn_pairs, default, exclusive, name, allow_python_preds=False, strict=strict
    )


def _case_helper(
    cond_fn: Callable[..., Any],
    pred_fn_pairs: Any,
    default: Callable[[], Any] | None,
    exclusive: bool,
    name: str,
    allow_python_preds: bool = False,
    **cond_kwargs: Any,
) -> Any:
    predicates, actions = _checked_pairs(pred_fn_pairs, exclusive, name, allow_python_preds)
    with name_scope(name, "case", [predicates]):
        if default is None:
            default, predicates, actions = _default_action(predicates, actions)
        fn = default
        # From the last to the first, for each is the false branch of the one before.
        for predicate, action in reversed(list(zip(predicates, actions, strict=True))):
            fn = functools.partial(cond_fn, predicate, true_fn=action, false_fn=fn, **cond_kwargs)
        if not exclusive:
            return fn()
        check = _assert_at_most_n_true(predicates, n=1, msg="Input error: exclusive=True")
        with control_dependencies([check]):
            return fn()


def _checked_pairs(
    pred_fn_pairs: Any, exclusive: bool, name: str, allow_python_preds: bool
) -> tuple[Sequence[Any], Sequence[Any]]:
    if not isinstance(pred_fn_pairs, (list, tuple, dict)):
        raise TypeError("fns must be a list, tuple, or dict")
    if isinstance(pred_fn_pairs, collections.OrderedDict):
        pred_fn_pairs = list(pred_fn_pairs.items())
    elif isinstance(pred_fn_pairs, dict):
        pred_fn_pairs = sorted(pred_fn_pairs.items(), key=lambda item: item[0].name)
        if not exclusive:
            logging.warn(
                "%s: An unordered dictionary of predicate/fn pairs was provided, but "
                "exclusive=False. "
                "The order of conditional tests is deterministic but not guaranteed.",
                name,
            )
    for pair in pred_fn_pairs:
        if not isinstance(pair, tuple) or len(pair) != 2:
            raise TypeError("Each entry in pred_fn_pairs must be a 2-tuple")
        pred, fn = pair
        if isinstance(pred, Tensor):
            if pred.dtype != dtypes.bool:
                raise TypeError(f"pred must be Tensor of type bool: {pred.name}")
        elif not allow_python_preds:
            raise TypeError(f"pred must be a Tensor, got: {pred}")
        elif not isinstance(pred, bool):
            raise TypeError(f"pred must be a Tensor or bool, got: {pred}")
        if not callable(fn):
            raise TypeError(f"fn for pred {getattr(pred, 'name', pred)} must be callable.")
    predicates, actions = zip(*pred_fn_pairs, strict=True)
    return predicates, actions


def _default_action(
    predicates: Sequence[Any], actions: Sequence[Any]
) -> tuple[Callable[[], Any], Sequence[Any], Sequence[Any]]:
    """The last pair's function as the default, with checks that its predicate is the one that is
    true."""
    last = len(predicates) - 1
    predicate, action = predicates[last], actions[last]
    others = predicates[:last]

    def default() -> Any:
        others_message = (
            f"Implementation error: selected default action #{last} was called, but some of other "
            "predicates are True: "
        )
        message = (
            "Input error: None of conditions evaluated as True:",
            array_ops.stack(predicates, name="preds_c"),
        )
        checks = [
            _assert_at_most_n_true(others, n=0, msg=others_message),
            Assert(predicate, data=message),
        ]
        with control_dependencies(checks):
            return action()

    return default, others, actions[:last]


def _assert_at_most_n_true(predicates: Sequence[Any], n: int, msg: str) -> Operation:
    stacked = array_ops.stack(predicates, name="preds_c")
    count = math_ops.reduce_sum(math_ops.cast(stacked, dtypes.int32), name="num_true_conds")
    condition = math_ops.less_equal(count, constant(n, name="n_true_conds"))
    names = ", ".join(getattr(p, "name", "?") for p in predicates)
    message = [f"{msg}: more than {n} conditions ({names}) evaluated as True:", stacked]
    return Assert(condition, data=message, summarize=len(predicates))
