"""The gradient of `While`: a loop over the gradients of its steps, the last one first.

A step's gradient asks for what the step has made. The forward loop is changed to push that onto
lists, one more variable each, from which the gradient's loop pops.
"""

from collections.abc import Sequence
from typing import Any

from evergraph.api import array_ops, list_ops
from evergraph.api import control_flow_util_v2 as util
from evergraph.api.func_graph import FuncGraph, func_graph_from_py_func
from evergraph.api.function_def_to_graph import function_def_to_graph
from evergraph.api.while_v2 import accumulator_of, check_counts, copy_handle_data, while_node
from evergraph.autodiff.backward import UnconnectedGradients, gradients_helper, is_trainable
from evergraph.autodiff.while_slices import rewrite_slices
from evergraph.base import dtypes
from evergraph.base.tensor_shape import TensorShape
from evergraph.graph.apply import apply_op
from evergraph.graph.composite import IndexedSlices
from evergraph.graph.constant import constant
from evergraph.graph.gradient_registry import RegisterGradient
from evergraph.graph.operation import Operation
from evergraph.graph.static_value import constant_value
from evergraph.graph.tensor import Tensor
from evergraph.proto.framework.attr_value_pb2 import AttrValue


@RegisterGradient("While")
@RegisterGradient("StatelessWhile")
def while_gradient(node: Operation, *grads: Any) -> list[Any]:
    """A `While` of the gradients of the steps, backwards."""
    cond, body = (_body_of(node, name) for name in ("cond", "body"))
    count = len(body.outputs)
    original = _original_outputs(node)
    received = _incoming(grads[:original], body, node) + [None] * (len(node.outputs) - original)
    gradient = _StepGradient(node, cond, body)
    args = gradient.build(received)
    if gradient.empty_lists:
        _rewrite_forward(node, cond, body, gradient.empty_lists, count)
    node._set_attr("_num_original_outputs", AttrValue(i=len(node.outputs)))
    loop_vars = [*args, *_arguments(gradient, body, node)]
    loop_vars = rewrite_slices(received, gradient, loop_vars, node.inputs)
    name = util.unique_grad_fn_name(node.attr("cond").name)
    goes_on = func_graph_from_py_func(
        name,
        lambda counter, bound, iterations, *_: counter < iterations,
        loop_vars,
        {},
        func_graph=util.WhileCondFuncGraph(name),
    )
    check_counts(goes_on, gradient, len(loop_vars))
    found = while_node(
        loop_vars,
        goes_on,
        gradient,
        gradient.output_shapes,
        node.attr("parallel_iterations"),
        f"{node.name}_grad",
    )
    return _structured(found, received, gradient)


def _body_of(node: Operation, attr: str) -> FuncGraph:
    """The body of a loop's condition or step, of arguments shaped like the loop's variables."""
    shapes = [TensorShape(dims) for dims in node.attr("output_shapes")]
    with node.graph.as_default():
        definition = node.graph._get_function(node.attr(attr).name).definition
        body = function_def_to_graph(definition, shapes)
    for t, placeholder in zip(node.inputs, body.inputs, strict=True):
        if t.dtype == dtypes.resource:
            placeholder.op.__dict__["_stands_for"] = t
    return body


def _original_outputs(node: Operation) -> int:
    """How many outputs are no accumulators that an earlier gradient has added."""
    try:
        return node.get_attr("_num_original_outputs")
    except ValueError:
        return len(node.outputs)


def _incoming(grads: Sequence[Any], body: FuncGraph, node: Operation) -> list[Any]:
    """The gradients of the loop's results, None where there is none to speak of."""
    found = []
    for grad, inside, outside in zip(grads, body.outputs, node.outputs, strict=False):
        if not _is_trainable(inside):
            grad = None
        elif grad is None and outside.dtype in (dtypes.resource, dtypes.variant):
            if outside.dtype == dtypes.resource:
                grad = array_ops.zeros(apply_op("VariableShape", outside))
            else:
                grad = array_ops.zeros_like(outside)
        found.append(grad)
    return found


def _is_trainable(tensor: Tensor) -> bool:
    if not is_trainable(tensor):
        return False
    if tensor.op.type == "TensorListPopBack" and tensor.value_index == 0:
        return is_trainable(tensor.op.attr("element_dtype"))
    return True


class _StepGradient(util.WhileBodyFuncGraph):
    """The body of the gradient of a loop's step.

    Of the forward step it takes what goes around unchanged as it is, constants as constants, and
    whatever else from a list that the forward loop fills.

    Args:
      node: the forward loop.
      cond, forward: the bodies of its condition and step.
    """

    def __init__(self, node: Operation, cond: FuncGraph, forward: FuncGraph) -> None:
        super().__init__(util.unique_grad_fn_name(forward.name))
        self.node = node
        self.cond = cond
        self.forward = forward
        self.inside = set(forward.inputs)
        self.after = set(forward.outputs)
        self.empty_lists: list[Tensor] = []
        self.popped: dict[Tensor, Tensor] = {}
        self._known: dict[Tensor, Tensor] = {}
        self.bound = node.inputs[1]

    def build(self, received: Sequence[Any]) -> list[Tensor]:
        """Builds the nodes; the first arguments of the gradient's loop."""
        total = self.node.outputs[0]
        counter = constant(0, dtype=total.dtype, name="grad_counter")
        forward = self.forward
        chosen = [
            (y, x, grad)
            for y, x, grad in zip(forward.outputs, forward.inputs, received, strict=False)
            if grad is not None
        ]

        def step(counter: Tensor, bound: Tensor, total: Tensor, *grads: Tensor) -> list[Any]:
            found = gradients_helper(
                [y for y, _, _ in chosen],
                [x for _, x, _ in chosen],
                grad_ys=grads,
                src_graph=forward,
                unconnected_gradients=UnconnectedGradients.ZERO,
            )
            return [counter + 1, bound, total, *found]

        args = [counter, self.bound, total, *(grad for _, _, grad in chosen)]
        func_graph_from_py_func(self.name, step, args, {}, func_graph=self)
        for outside, inside in self.captures:
            following = self.popped.get(inside)
            if following is None:
                if inside.dtype != dtypes.resource and not self._goes_around(outside):
                    raise ValueError(
                        f"Tensor {inside} which captures {outside} is in list of "
                        "internal_captures but is not a resource, is not in popped_tensor_lists "
                        "and does not capture a loop invariant."
                    )
                following = inside
            self.outputs.append(following)
            self.structured_outputs.append(following)
        return args

    def _goes_around(self, tensor: Tensor) -> bool:
        """Whether a tensor of the forward step is an argument that it gives back unchanged."""
        return tensor in self.inside and tensor in self.after

    def capture(self, tensor: Tensor, name: str | None = None, whitelisted: bool = False) -> Tensor:
        if not whitelisted and tensor.graph is not self and tensor.graph is not self.forward:
            where = getattr(tensor.graph, "name", "Base")
            raise ValueError(
                f"Attempting to capture tensor {tensor} which is not in the forward graph but in "
                f"{where}."
            )
        return super().capture(tensor, name)

    def _capture_helper(self, tensor: Tensor, name: str | None) -> Tensor:
        if tensor.graph is not self.forward:
            return super()._capture_helper(tensor, name)
        while tensor.op.type == "Identity":
            tensor = tensor.op.inputs[0]
        if tensor not in self._known:
            if any(tensor is t for t in self.forward.inputs) and any(
                tensor is t for t in self.forward.outputs
            ):
                found = super()._capture_helper(tensor, name)
                self.popped[found] = found
            elif tensor.op.type == "Const":
                found = constant(constant_value(tensor), dtype=tensor.dtype)
            elif tensor.dtype == dtypes.resource:
                found = self._captured_resource(tensor)
            else:
                found = self._popped(tensor, name)
            self._known[tensor] = found
        return self._known[tensor]

    def _popped(self, tensor: Tensor, name: str | None) -> Tensor:
        """The value of a tensor in the iteration that the gradient is at."""
        accumulator = accumulator_of(tensor)
        if accumulator is None:
            accumulator = self._accumulated(tensor)
        handle = super()._capture_helper(accumulator, name)
        self.popped[handle], value = list_ops.tensor_list_pop_back(
            handle, element_dtype=tensor.dtype
        )
        return value

    def _accumulated(self, tensor: Tensor) -> Tensor:
        """Adds a list of a tensor's values to the forward loop."""
        with self.forward.outer_graph.as_default(), util.clear_control_inputs():
            empty = list_ops.empty_tensor_list(
                tensor.shape,
                tensor.dtype,
                max_num_elements=self.bound,
                name=f"{tensor.name}/accumulator".replace(":", "_"),
            )
        self.empty_lists.append(empty)
        with self.forward.as_default():
            accumulator = apply_op("TensorListPushBack", empty, tensor)
        self.forward.outputs.append(accumulator)
        with self.cond.as_default():
            self.cond.capture(empty)
        return accumulator

    def _captured_resource(self, tensor: Tensor) -> Tensor:
        """A resource: it is an argument of the forward step, or a loop in it has captured one."""
        forward = self.forward
        index = util.resource_input_index(
            tensor.name,
            [t.name for t in forward.inputs],
            {op.name: op.node_def for op in forward.get_operations()},
            forward._functions,
        )
        outside = self.node.inputs[index]
        assert forward.inputs[index] is forward.outputs[index], (
            f"Resource tensors must be loop invariants {outside}."
        )
        return self.capture(outside, whitelisted=True)


def _rewrite_forward(
    node: Operation, cond: FuncGraph, body: FuncGraph, lists: Sequence[Tensor], count: int
) -> None:
    """Gives a loop the lists that its gradient asks for, as further variables."""
    cond.name += "_rewritten"
    body.name += "_rewritten"
    added = body.outputs[count:]
    node._set_func_attr("cond", util.create_new_tf_function(cond))
    node._set_func_attr("body", util.create_new_tf_function(body))
    node._set_type_list_attr("T", body.output_types)
    node._set_shape_list_attr("output_shapes", body.output_shapes)
    node._add_while_inputs(lists)
    node._add_outputs([t.dtype for t in added], [t.shape for t in added])
    copy_handle_data(added, node.outputs[count:])


def _arguments(gradient: _StepGradient, body: FuncGraph, node: Operation) -> list[Tensor]:
    """What the gradient's loop takes of the forward one, outside: that one's results."""
    found = []
    for t in gradient.external_captures:
        if t.graph is body:
            t = next(node.outputs[i] for i, output in enumerate(body.outputs) if output is t)
        else:
            assert t.dtype == dtypes.resource
        found.append(t)
    return found


def _structured(
    outputs: Sequence[Tensor], received: Sequence[Any], gradient: FuncGraph
) -> list[Any]:
    """The gradients of the loop's first values, None where none came in."""
    flat, shapes = iter(outputs[3:]), iter(gradient.structured_outputs[3:])
    result: list[Any] = []
    for grad in received:
        if grad is None:
            result.append(None)
        elif isinstance(next(shapes), IndexedSlices):
            values, indices, dense_shape = next(flat), next(flat), next(flat)
            result.append(IndexedSlices(values, indices, dense_shape))
        else:
            result.append(next(flat))
    return result
