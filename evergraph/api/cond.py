"""`tf.cond`: a choice made at run time, as Switch and Merge nodes."""

from collections.abc import Callable
from typing import Any

from evergraph.api.cond_context import CondContext
from evergraph.api.control_flow_util import EnableControlFlowV2, Functional
from evergraph.api.switching import arrays_of_flows, merge, switch
from evergraph.base import dtypes, nest
from evergraph.base.deprecation import deprecated_args
from evergraph.base.export import export
from evergraph.graph.apply import apply_op
from evergraph.graph.composite import IndexedSlices
from evergraph.graph.defaults import add_to_collection, executing_eagerly, name_scope
from evergraph.graph.graph import get_default_graph
from evergraph.graph.keys import GraphKeys
from evergraph.graph.tensor import Tensor


def _unpacked_singleton(result: Any) -> Any:
    if isinstance(result, (list, tuple)) and len(result) == 1:
        return result[0]
    return result


def _checked_function(new: Any, old: Any, name: str, old_name: str) -> Callable[[], Any]:
    """The branch given as `true_fn` or, in older programs, as `fn1`."""
    if old is not None:
        if new is not None:
            raise TypeError(f"cond(): {name} and {old_name} may not be set simultaneously.")
        return old
    if new is None:
        raise TypeError(f"cond(): {name} argument required")
    return new


@export("cond")
@deprecated_args(
    None, "fn1/fn2 are deprecated in favor of the true_fn/false_fn arguments.", "fn1", "fn2"
)
def cond(
    pred: Any,
    true_fn: Callable[[], Any] | None = None,
    false_fn: Callable[[], Any] | None = None,
    strict: bool = False,
    name: str | None = None,
    fn1: Callable[[], Any] | None = None,
    fn2: Callable[[], Any] | None = None,
) -> Any:
    """What `true_fn()` gives where `pred` is true at run time, else what `false_fn()` gives. Stands
    for `tf.cond`.

    Only the nodes made inside the function chosen are run; nodes made outside run in any case. Both
    functions are
    called once, while the graph is built, and must give the same structure of tensors of the same
    types.

    Args:
      pred: a bool scalar tensor.
      true_fn: makes the nodes of the true branch.
      false_fn: makes the nodes of the false branch.
      strict: whether lists of one tensor stay lists.
      name: a name scope for the nodes.
      fn1: the same as `true_fn`, for older programs.
      fn2: the same as `false_fn`, for older programs.

    Returns:
      Tensors, in the structure that the functions gave; a list or tuple of one is unpacked unless
      `strict`.

    Raises:
      TypeError: a function is missing or not callable, or `pred` is a Python bool.
      ValueError: a function gives nothing, or the two do not fit.
    """
    if EnableControlFlowV2(get_default_graph()) and not executing_eagerly():
        return Functional.cond(pred, true_fn, false_fn, name)
    true_fn = _checked_function(true_fn, fn1, "true_fn", "fn1")
    false_fn = _checked_function(false_fn, fn2, "false_fn", "fn2")
    if not callable(true_fn):
        raise TypeError("true_fn must be callable.")
    if not callable(false_fn):
        raise TypeError("false_fn must be callable.")
    if executing_eagerly():
        chosen = true_fn() if pred else false_fn()
        return chosen if strict else _unpacked_singleton(chosen)
    with name_scope(name, "cond", [pred]):
        if isinstance(pred, bool):
            raise TypeError("pred must not be a Python bool")
        alive_false, alive_true = switch(pred, pred)
        pivot_true = apply_op("Identity", alive_true, name="switch_t")
        pivot_false = apply_op("Identity", alive_false, name="switch_f")
        pred = apply_op("Identity", pred, name="pred_id")
        # These are alive on one side only, if at all.
        for tensor in (alive_true, alive_false, pivot_true, pivot_false, pred):
            tensor.graph.prevent_fetching(tensor.op)
        context_t, orig_t, res_t = _branch(pred, pivot_true, 1, true_fn, "true_fn")
        context_f, orig_f, res_f = _branch(pred, pivot_false, 0, false_fn, "false_fn")
        if not strict:
            orig_t, orig_f = _unpacked_singleton(orig_t), _unpacked_singleton(orig_f)
        merges = _merged(orig_t, orig_f, res_t, res_f)
        # What is inside another context is kept with that one.
        if context_t.outer_context is None:
            add_to_collection(GraphKeys.COND_CONTEXT, context_t)
            add_to_collection(GraphKeys.COND_CONTEXT, context_f)
        merges = nest.pack_sequence_as(orig_t, merges, expand_composites=True)
        return merges if strict else _unpacked_singleton(merges)


def _branch(
    pred: Tensor, pivot: Tensor, branch: int, fn: Callable[[], Any], name: str
) -> tuple[CondContext, Any, Any]:
    context = CondContext(pred, pivot, branch=branch)
    try:
        context.Enter()
        original, result = context.BuildCondBranch(fn)
        if original is None:
            raise ValueError(f"{name} must have a return value.")
        context.ExitResult(result)
    finally:
        context.Exit()
    return context, original, result


def _merged(orig_t: Any, orig_f: Any, res_t: Any, res_f: Any) -> list[Any]:
    """Merges the results of the two branches, flat. Raises where they do not fit."""
    _check_structure(orig_t, orig_f, res_t, res_f)
    if not res_t:
        raise ValueError("true_fn and false_fn must return at least one result.")
    flat_t = nest.flatten(res_t, expand_composites=True)
    flat_f = nest.flatten(res_f, expand_composites=True)
    for x, y in zip(flat_t, flat_f, strict=False):
        if x.dtype.base_dtype != y.dtype.base_dtype:
            raise ValueError(
                "Outputs of true_fn and false_fn must have the same type: "
                f"{x.dtype.name}, {y.dtype.name}"
            )
    values = [merge([f, t])[0] for f, t in zip(flat_f, flat_t, strict=False)]
    return arrays_of_flows(nest.flatten(orig_t, expand_composites=True), values)


def _check_structure(orig_t: Any, orig_f: Any, res_t: Any, res_f: Any) -> None:
    try:
        nest.assert_same_structure(orig_t, orig_f, expand_composites=True)
        return
    except (TypeError, ValueError):
        nest.map_structure(_same_index_type, orig_t, orig_f)
        nest.map_structure(_same_index_type, res_t, res_f)
    try:
        nest.assert_same_structure(orig_t, orig_f, expand_composites=True)
    except TypeError as error:
        raise TypeError(f"Incompatible return types of true_fn and false_fn: {error}") from error
    except ValueError as error:
        raise ValueError(f"Incompatible return values of true_fn and false_fn: {error}") from error


def _same_index_type(a: Any, b: Any) -> None:
    """Makes the indices of two IndexedSlices int64, in place, where their types differ."""
    if not (isinstance(a, IndexedSlices) and isinstance(b, IndexedSlices)):
        return
    if a.indices.dtype == b.indices.dtype:
        return
    for slices in (a, b):
        if slices.indices.dtype != dtypes.int64:
            slices._indices = apply_op("Cast", slices.indices, DstT=dtypes.int64, name="Cast")


def cond_for_tf_v2(
    pred: Any,
    true_fn: Callable[[], Any] | None = None,
    false_fn: Callable[[], Any] | None = None,
    name: str | None = None,
) -> Any:
    """TensorFlow 2's `tf.cond`: as `tf.cond` with `strict`."""
    return cond(pred, true_fn=true_fn, false_fn=false_fn, strict=True, name=name)
