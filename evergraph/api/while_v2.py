"""`tf.while_loop` as a functional op: `While`."""

from collections.abc import Callable, Sequence
from typing import Any

from evergraph.api import array_ops, list_ops, math_ops
from evergraph.api import control_flow_util_v2 as util
from evergraph.api.control_flow_util import Functional
from evergraph.api.func_graph import FuncGraph, func_graph_from_py_func, pack_sequence_as
from evergraph.api.shape_invariants import (
    _get_shape_invariant,
    _shape_invariant_to_type_spec,
    covers,
)
from evergraph.api.switching import flow_of
from evergraph.base import dtypes, nest
from evergraph.base.tensor_shape import TensorShape
from evergraph.base.tensor_spec import TensorSpec
from evergraph.base.type_spec import type_spec_from_value
from evergraph.graph.apply import apply_op
from evergraph.graph.composite import internal_convert_to_tensor_or_indexed_slices
from evergraph.graph.constant import constant
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import control_dependencies, name_scope
from evergraph.graph.graph import get_default_graph
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Tensor
from evergraph.proto.framework.attr_value_pb2 import AttrValue

Function = Callable[..., Any]

# The loop's counter and its bound come before the caller's variables.
FIRST = 2


def while_loop(
    cond: Function,
    body: Function,
    loop_vars: Any,
    shape_invariants: Any = None,
    parallel_iterations: int = 10,
    maximum_iterations: Any = None,
    name: str | None = None,
    return_same_structure: bool = True,
    back_prop: bool = True,
) -> Any:
    """As `tf.while_loop`, by one `While` node.

    Raises:
      TypeError: a variable's type changes.
      ValueError: the structure or a shape changes.
    """
    values = nest.map_structure(flow_of, list(loop_vars), expand_composites=True)
    values = nest.map_structure(
        internal_convert_to_tensor_or_indexed_slices, values, expand_composites=True
    )
    specs, invariants = _specs(loop_vars, values, shape_invariants)
    with name_scope(name or "while") as scope:
        with name_scope(None):
            cond_name, body_name = (util.unique_fn_name(scope, part) for part in ("cond", "body"))
        bound = convert_to_tensor(
            -1 if maximum_iterations is None else maximum_iterations,
            dtype=dtypes.int32,
            name="maximum_iterations",
        )
        counter = constant(
            0, dtype=None if maximum_iterations is None else bound.dtype, name="loop_counter"
        )
        loop = _Loop(
            loop_vars,
            [TensorSpec.from_tensor(counter), TensorSpec.from_tensor(bound), *specs],
            maximum_iterations is not None,
        )
        loop.build_cond(cond, cond_name)
        loop.build_body(body, body_name)
        flat = nest.flatten([counter, bound, *values], expand_composites=True)
        wanted = nest.flatten(invariants, expand_composites=True)
        own = len(wanted)
        _check_shapes(loop.body.outputs[FIRST : FIRST + own], wanted, flat[FIRST:])
        flat += loop.body.external_captures
        results = len(loop.body.outputs)
        if back_prop and util.output_all_intermediates():
            flat += _accumulate_all(loop.cond, loop.body, maximum_iterations)
        _check_types(loop.cond, loop.body, flat)
        shapes = loop.body.output_shapes
        shapes[FIRST : FIRST + own] = wanted
        found = while_node(flat, loop.cond, loop.body, shapes, parallel_iterations, scope, results)
        outputs = pack_sequence_as(loop_vars, found[FIRST : FIRST + own])
    if return_same_structure:
        return outputs
    leaves = nest.flatten(outputs, expand_composites=True)
    return leaves[0] if len(leaves) == 1 else outputs


Functional.while_loop = while_loop


def _specs(loop_vars: Any, values: Any, shape_invariants: Any) -> tuple[Any, Any]:
    """Specs of the loop variables as the functions see them, and their shape invariants."""
    if shape_invariants is None:
        specs = nest.map_structure(type_spec_from_value, values, expand_composites=False)
        shapes = nest.map_structure(_get_shape_invariant, values, expand_composites=False)
        return specs, shapes
    nest.assert_same_structure(loop_vars, shape_invariants, expand_composites=False)
    given = list(shape_invariants)
    specs = nest.map_structure(
        _shape_invariant_to_type_spec, values, given, expand_composites=False
    )
    shapes = nest.map_structure(_get_shape_invariant, values, given, expand_composites=False)
    return specs, shapes


class _Loop:
    """The bodies of a loop's condition and step.

    Args:
      loop_vars: the variables in the structure that the functions are given.
      signature: specs of all variables, counter and bound among them.
      bounded: whether the bound counts.
    """

    cond: FuncGraph
    body: FuncGraph

    def __init__(self, loop_vars: Any, signature: Sequence[Any], bounded: bool) -> None:
        self.loop_vars = loop_vars
        self.signature = signature
        self.bounded = bounded

    def _packed(self, args: Sequence[Any]) -> Any:
        return pack_sequence_as(self.loop_vars, nest.flatten(args, expand_composites=True))

    def _build(self, name: str, function: Function, graph_class: type[FuncGraph]) -> FuncGraph:
        outer = get_default_graph()
        return func_graph_from_py_func(
            name,
            function,
            [],
            {},
            signature=self.signature,
            func_graph=graph_class(name, collections=outer._collections),
            add_control_dependencies=outer._add_control_dependencies,
        )

    def build_cond(self, cond: Function, name: str) -> None:
        def goes_on(counter: Tensor, bound: Tensor, *args: Any) -> Any:
            pred = cond(*self._packed(args))
            if isinstance(pred, Tensor) and (pred.shape.dims is None or pred.shape.dims):
                pred = array_ops.squeeze_v2(pred)
            return math_ops.logical_and(counter < bound, pred) if self.bounded else pred

        self.cond = self._build(name, goes_on, util.WhileCondFuncGraph)

    def build_body(self, body: Function, name: str) -> None:
        def step(counter: Tensor, bound: Tensor, *args: Any) -> list[Any]:
            for t in self.cond.external_captures:
                get_default_graph().capture(t)  # type: ignore[attr-defined]
            results = body(*self._packed(args))
            if not nest.is_sequence_or_composite(results):
                results = [results]
            nest.assert_same_structure(list(results), list(self.loop_vars), expand_composites=True)
            flows = nest.map_structure(flow_of, results, expand_composites=True)
            return [counter + 1, bound, *flows]

        self.body = self._build(name, step, util.WhileBodyFuncGraph)
        # What is captured goes around unchanged.
        self.body.outputs.extend(self.body.internal_captures)
        with self.cond.as_default():
            for t in self.body.external_captures[len(self.cond.external_captures) :]:
                self.cond.capture(t)


def while_node(
    inputs: Sequence[Tensor],
    cond: FuncGraph,
    body: FuncGraph,
    shapes: Sequence[Any],
    parallel_iterations: int,
    name: str,
    original_outputs: int | None = None,
) -> list[Tensor]:
    """The `While` node of two bodies; its results, each by an Identity.

    `original_outputs` says how many results are no accumulators for gradients.
    """
    captures = [*cond.control_captures, *body.control_captures]
    with control_dependencies(captures):
        found = apply_op(
            "While",
            inputs,
            cond=util.create_new_tf_function(cond),
            body=util.create_new_tf_function(body),
            output_shapes=shapes,
            parallel_iterations=parallel_iterations,
            name=name,
        )
        op = found[0].op
        if original_outputs is not None:
            op._set_attr("_num_original_outputs", AttrValue(i=original_outputs))
        copy_handle_data(body.outputs, found)
        util.maybe_set_lowering_attr(op)
        util.maybe_propagate_compile_time_consts_in_xla(op)
        return [array_ops.identity(t) for t in found]


def copy_handle_data(sources: Sequence[Tensor], targets: Sequence[Tensor]) -> None:
    """What is known of the objects behind tensors is known of others."""
    for source, target in zip(sources, targets, strict=False):
        if source._handle_data is not None:
            target._handle_data = source._handle_data


def _check_shapes(
    outputs: Sequence[Tensor], invariants: Sequence[TensorShape], inputs: Sequence[Tensor]
) -> None:
    for output, shape, variable in zip(outputs, invariants, inputs, strict=False):
        if not covers(shape._dims_tuple, output.dims):
            raise ValueError(
                f"Input tensor '{variable.name}' enters the loop with shape {shape}, but has "
                f"shape {output.shape} after one iteration. To allow the shape to vary across "
                "iterations, use the `shape_invariants` argument of tf.while_loop to specify a "
                "less-specific shape."
            )


def _check_types(cond: FuncGraph, body: FuncGraph, variables: Sequence[Tensor]) -> None:
    count = len(variables)
    check_counts(cond, body, count)
    for inside, after, variable in zip(body.inputs, body.outputs, variables, strict=True):
        if inside.dtype != after.dtype:
            raise TypeError(
                f"Loop var {variable.name} enters the loop with type {inside.dtype} but has type "
                f"{after.dtype} after 1 iteration."
            )


def check_counts(cond: FuncGraph, body: FuncGraph, count: int) -> None:
    """Checks that both functions take `count` variables and give what they are to."""
    for graph, what, found, expected in (
        (cond, "takes {} inputs", len(cond.inputs), count),
        (cond, "has {} outputs", len(cond.outputs), 1),
        (body, "takes {} inputs", len(body.inputs), count),
        (body, "has {} outputs", len(body.outputs), count),
    ):
        name = "cond_graph" if graph is cond else "body_graph"
        assert found == expected, f"{name} {what.format(found)}; Expected: {expected}"


# Accumulators: lists of what a step's nodes make, for gradients.


def _accumulate_all(cond: FuncGraph, body: FuncGraph, maximum_iterations: Any) -> list[Tensor]:
    """Adds an accumulator for whatever a gradient might ask for; the empty lists."""
    lists = []
    for tensor in _intermediates(body):
        accumulator = list_ops.empty_tensor_list(
            tensor.shape, tensor.dtype, max_num_elements=maximum_iterations
        )
        lists.append(accumulator)
        with cond.as_default():
            cond.capture(accumulator)
        with body.as_default():
            body.outputs.append(apply_op("TensorListPushBack", accumulator, tensor))
    return lists


def _intermediates(body: FuncGraph) -> list[Tensor]:
    captured = set(body.internal_captures)
    return [
        t
        for op in body.get_operations()
        if op.type not in ("Identity", "MutexLock")
        for t in op.outputs
        if t is not body.inputs[0]
        and t.dtype != dtypes.resource
        and accumulator_of(t) is None
        and t not in captured
    ]


def accumulator_of(tensor: Tensor) -> Tensor | None:
    """The result of a loop's body that is the list of a tensor's values in all iterations."""
    graph: Any = tensor.graph
    for consumer in tensor.consumers():
        if consumer.type != "TensorListPushBack":
            continue
        place = _place(graph.inputs, consumer.inputs[0])
        output = _output(consumer, graph)
        if place is not None and output is not None and _place(graph.outputs, output) == place:
            return output
    return None


def _place(tensors: Sequence[Tensor], tensor: Tensor) -> int | None:
    return next((i for i, t in enumerate(tensors) if t is tensor), None)


def _output(push: Operation, graph: Any) -> Tensor | None:
    """The result of the body that a push makes, by an Identity perhaps."""
    pushed = push.outputs[0]
    if _place(graph.outputs, pushed) is not None:
        return pushed
    consumers = pushed.consumers()
    if consumers and consumers[0].type == "Identity":
        if _place(graph.outputs, consumers[0].outputs[0]) is not None:
            return consumers[0].outputs[0]
    return None
