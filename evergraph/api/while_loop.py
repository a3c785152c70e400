"""`tf.while_loop`: a loop at run time, as Enter, Merge, LoopCond, Switch, NextIteration, Exit."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from evergraph.api import math_ops
from evergraph.api.control_flow_util import EnableControlFlowV2, Functional
from evergraph.api.product_ops import _as_indexed_slices
from evergraph.api.shape_invariants import (
    _get_shape_invariant,
    check_next_shape,
    set_shape_invariants,
)
from evergraph.api.switching import (
    _Identity,
    _NextIteration,
    _SwitchRefOrTensor,
    arrays_of_flows,
    exit,
    flow_of,
    merge,
)
from evergraph.api.while_context import WhileContext
from evergraph.base import nest
from evergraph.base.export import export
from evergraph.base.tensor_shape import TensorShape
from evergraph.base.tensor_spec import TensorSpec
from evergraph.graph.apply import apply_op
from evergraph.graph.composite import (
    CompositeTensor,
    IndexedSlices,
    convert_to_tensor_or_composite,
)
from evergraph.graph.constant import constant
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import (
    add_to_collection,
    control_dependencies,
    executing_eagerly,
    get_collection,
    get_collection_ref,
    name_scope,
)
from evergraph.graph.graph import get_default_graph
from evergraph.graph.keys import GraphKeys
from evergraph.graph.tensor import Tensor

Function = Callable[..., Any]
_CONVERTIBLE = (bool, int, float, complex, str, bytes, np.ndarray, np.generic)


@export("while_loop")
def while_loop(
    cond: Function,
    body: Function,
    loop_vars: Any,
    shape_invariants: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    name: str | None = None,
    maximum_iterations: Any = None,
    return_same_structure: bool = False,
) -> Any:
    """Repeats `body` as long as `cond` is true at run time. Stands for `tf.while_loop`.

    Both functions are called once, while the graph is built. A loop variable keeps its type, and
    its static shape unless `shape_invariants` says less.

    Args:
      cond: a function of the loop variables that gives a bool scalar.
      body: a function of the loop variables that gives their next values, in the same structure.
      loop_vars: the initial values: a list or tuple, perhaps nested, of tensors, TensorArrays,
        IndexedSlices, SparseTensors, RaggedTensors.
      shape_invariants: for each loop variable a TensorShape or a spec, in the structure of
        `loop_vars`. Default: the initial shapes.
      parallel_iterations: how many iterations may run at a time; values do not depend on it.
      back_prop: whether gradients go through the loop.
      swap_memory: whether what gradients need may be moved to the host's memory.
      name: a name scope for the nodes.
      maximum_iterations: a scalar, after so many iterations the loop ends in any case.
      return_same_structure: whether the result of one loop variable stays a list.

    Returns:
      The loop variables after the last iteration, as `body` gave them; a single one is unpacked
      unless `return_same_structure`.

    Raises:
      TypeError: a function is not callable, or `parallel_iterations` is less than 1.
      ValueError: there are no loop variables; the structure or a shape changes.
    """
    if not callable(cond):
        raise TypeError("cond must be callable.")
    if not callable(body):
        raise TypeError("body must be callable.")
    if parallel_iterations < 1:
        raise TypeError("parallel_iterations must be a positive integer.")
    if EnableControlFlowV2(get_default_graph()) and not executing_eagerly():
        return Functional.while_loop(
            cond,
            body,
            loop_vars,
            shape_invariants=shape_invariants,
            parallel_iterations=parallel_iterations,
            maximum_iterations=maximum_iterations,
            name=name,
            return_same_structure=return_same_structure,
            back_prop=back_prop,
        )
    with name_scope(name, "while", loop_vars):
        if not loop_vars:
            raise ValueError("No loop variables provided")
        if executing_eagerly():
            return _run(cond, body, loop_vars, maximum_iterations, return_same_structure)
        bounded = maximum_iterations is not None
        if bounded:
            maximum_iterations = _checked_bound(maximum_iterations)
            single = len(loop_vars) == 1 and not return_same_structure
            inner = loop_vars[0] if single else loop_vars
            counter = constant(0, dtype=maximum_iterations.dtype, name="iteration_counter")
            cond, body = _counting(cond, body, maximum_iterations, single)
            loop_vars = (counter, inner)
        if shape_invariants is not None:
            if bounded:
                shape_invariants = (TensorShape([]), shape_invariants)
            nest.assert_same_structure(loop_vars, shape_invariants, expand_composites=False)
            shape_invariants = nest.map_structure(
                _get_shape_invariant, loop_vars, shape_invariants, expand_composites=False
            )
        context = WhileContext(
            maximum_iterations=maximum_iterations,
            parallel_iterations=parallel_iterations,
            back_prop=back_prop,
            swap_memory=swap_memory,
        )
        # What is inside another context is kept with that one.
        if context.outer_context is None:
            add_to_collection(GraphKeys.WHILE_CONTEXT, context)
        result = build_loop(context, cond, body, loop_vars, shape_invariants, return_same_structure)
        return result[1] if bounded else result


def _run(
    cond: Function, body: Function, loop_vars: Any, most: Any, return_same_structure: bool
) -> Any:
    """The loop, executed."""
    single = len(loop_vars) == 1
    structure = nest.map_structure(_spec_or_itself, list(loop_vars))
    count = 0
    while (most is None or count < most) and cond(*loop_vars):
        loop_vars = body(*loop_vars)
        if single and not isinstance(loop_vars, (list, tuple)):
            loop_vars = (loop_vars,)
        nest.assert_same_structure(structure, list(loop_vars))
        count += 1

    def converted(x: Any) -> Any:
        return convert_to_tensor(x) if isinstance(x, _CONVERTIBLE) else x

    loop_vars = nest.map_structure(converted, loop_vars, expand_composites=True)
    return loop_vars[0] if single and not return_same_structure else loop_vars


def _spec_or_itself(x: Any) -> Any:
    return TensorSpec(x.shape, x.dtype) if isinstance(x, Tensor) else x


def while_loop_v2(
    cond: Function,
    body: Function,
    loop_vars: Any,
    shape_invariants: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    maximum_iterations: Any = None,
    name: str | None = None,
) -> Any:
    """TensorFlow 2's `tf.while_loop`: as `tf.while_loop` with `return_same_structure`."""
    return while_loop(
        cond,
        body,
        loop_vars,
        shape_invariants=shape_invariants,
        parallel_iterations=parallel_iterations,
        back_prop=back_prop,
        swap_memory=swap_memory,
        name=name,
        maximum_iterations=maximum_iterations,
        return_same_structure=True,
    )


def _checked_bound(maximum_iterations: Any) -> Tensor:
    bound = convert_to_tensor(maximum_iterations, name="maximum_iterations")
    if bound.shape.ndims != 0:
        raise ValueError(f"maximum_iterations must be a scalar, saw shape: {bound.shape}")
    return bound


def _counting(
    cond: Function, body: Function, bound: Tensor, single: bool
) -> tuple[Function, Function]:
    """The functions of a loop that counts its iterations, in one more loop variable."""

    def counting_cond(i: Tensor, inner: Any) -> Tensor:
        below = i < bound
        return math_ops.logical_and(below, cond(inner) if single else cond(*inner))

    def counting_body(i: Tensor, inner: Any) -> tuple[Tensor, Any]:
        return i + 1, body(inner) if single else body(*inner)

    return counting_cond, counting_body


def build_loop(
    context: WhileContext,
    cond: Function,
    body: Function,
    loop_vars: Any,
    invariants: Any,
    return_same_structure: bool,
) -> Any:
    """Builds the nodes of a loop in its context. See `while_loop`."""
    values = [
        None if v is None else convert_to_tensor_or_composite(v) for v in _flows(loop_vars, False)
    ]
    if invariants is None:
        invariants = nest.map_structure(_get_shape_invariant, values, expand_composites=False)
    tensors = nest.flatten(values, expand_composites=True)
    context.Enter()
    try:
        result, exits = _LoopNodes(context, loop_vars).build(cond, body, tensors, invariants)
    finally:
        context.Exit()
    outside = arrays_of_flows(nest.flatten(result, expand_composites=True), exits)
    packed = nest.pack_sequence_as(result, outside, expand_composites=True)
    return packed[0] if len(exits) == 1 and not return_same_structure else packed


def _flows(structure: Any, expand_composites: bool) -> list[Any]:
    """The leaves of a structure, TensorArrays as their flows."""
    leaves = nest.flatten(structure, expand_composites=expand_composites)
    return nest.map_structure(flow_of, leaves, expand_composites=True)


class _LoopNodes:
    """The nodes of one loop; `loop_vars` has the structure that the loop's functions are given."""

    def __init__(self, context: WhileContext, loop_vars: Any) -> None:
        self.context = context
        self.loop_vars = loop_vars
        self.flat_vars = nest.flatten(loop_vars, expand_composites=True)

    def build(
        self, cond: Function, body: Function, tensors: Sequence[Tensor], invariants: Any
    ) -> tuple[Any, list[Tensor]]:
        """What `body` gave, and the loop's results, flat."""
        context = self.context
        merged = self._entered(tensors, invariants)
        context._pivot_for_pred = merged[0]
        goes_on = convert_to_tensor(cond(*self._packed(merged)))
        context._pivot = apply_op("LoopCond", goes_on, name="LoopCond")
        switched = [_SwitchRefOrTensor(x, context._pivot) for x in merged]
        inside = [_Identity(on) for _, on in switched]
        context._pivot_for_body = inside[0]
        packed = self._packed(inside)
        result = _called_body(body, packed)
        # The outermost level may be a list here and a tuple there.
        nest.assert_same_structure(list(packed), list(result), expand_composites=True)
        following = [
            None if v is None else convert_to_tensor_or_composite(v) for v in _flows(result, True)
        ]
        if len(merged) != len(following):
            raise ValueError(
                "Number of inputs and outputs of body must match loop_vars: "
                f"{len(merged)}, {len(following)}"
            )
        for before, after in zip(merged, following, strict=True):
            _AddNextAndBackEdge(before, after)
        context._loop_exits = [exit(out) for out, _ in switched]
        context.ExitResult(context._loop_exits)
        return result, context._loop_exits

    def _entered(self, tensors: Sequence[Tensor], invariants: Any) -> list[Tensor]:
        """The loop variables in the loop: a Merge each of the value from outside with itself, which
        the value from the iteration before is put in the place of."""
        context = self.context
        outer = context.outer_context
        # The variables are no invariants: the contexts around learn of them by themselves.
        context._values = {x.name for x in tensors}
        real = tensors if outer is None else [outer.AddValue(x) for x in tensors]
        enters = context.enter_variables(real)
        set_shape_invariants(real, enters, invariants)
        context.fix_enters(enters)
        context._values = {x.name for x in enters}
        context._loop_enters = enters
        return [merge([x, x])[0] for x in enters]

    def _packed(self, tensors: Sequence[Tensor]) -> Any:
        flat = arrays_of_flows(self.flat_vars, tensors)
        return nest.pack_sequence_as(self.loop_vars, flat, expand_composites=True)


def _called_body(body: Function, arguments: Any) -> Any:
    """What `body` gives; summaries made in it are written in each iteration, not collected."""
    before = get_collection(GraphKeys._SUMMARY_COLLECTION)
    result = body(*arguments)
    after = get_collection(GraphKeys._SUMMARY_COLLECTION)
    if not nest.is_sequence_or_composite(result):
        result = [result]
    if len(after) > len(before):
        get_collection_ref(GraphKeys._SUMMARY_COLLECTION)[:] = before
        with control_dependencies(after[len(before) :]):
            result = nest.map_structure(
                lambda x: x if flow_of(x) is not x else apply_op("Identity", x),
                result,
                expand_composites=True,
            )
    return result


def _AddNextAndBackEdge(m: Any, v: Any, enforce_shape_invariant: bool = True) -> Any:
    """Makes `v` what the Merge `m` gives in the next iteration; returns the NextIteration."""
    if isinstance(m, CompositeTensor):
        if isinstance(m, IndexedSlices):
            v = _as_indexed_slices(v, optimize=False)
        following = _NextIteration(v)
        return nest.map_structure(
            lambda a, b: a.op._update_input(1, b), m, following, expand_composites=True
        )
    if not isinstance(m, Tensor):
        raise TypeError(f"Type {type(m)} not supported")
    following = _NextIteration(convert_to_tensor(v))
    if enforce_shape_invariant:
        check_next_shape(m, following)
    m.op._update_input(1, following)
    return following
