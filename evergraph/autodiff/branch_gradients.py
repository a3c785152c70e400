"""Gradients of `If` and `Case`: the same choice, between the gradients of the branches.

A gradient asks for what the branch has made on the way. The forward node is changed to give that
out: as optionals, for only one branch has run.
"""

from collections.abc import Sequence
from typing import Any

from evergraph.api import control_flow_util_v2 as util
from evergraph.api.cond_v2 import (
    CASE,
    COND,
    Kind,
    build_case,
    build_cond,
    check_same_outputs,
    match_intermediates,
    match_slices,
)
from evergraph.api.func_graph import FuncGraph, func_graph_from_py_func
from evergraph.api.function_def_to_graph import function_def_to_graph
from evergraph.autodiff.backward import gradients_helper, is_trainable
from evergraph.autodiff.zeros import zeros_of_argument
from evergraph.base import dtypes
from evergraph.graph.apply import apply_op
from evergraph.graph.gradient_registry import RegisterGradient
from evergraph.graph.graph import get_default_graph
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Tensor


@RegisterGradient("If")
@RegisterGradient("StatelessIf")
def if_gradient(node: Operation, *grads: Any) -> list[Any]:
    """An `If` of the gradients of the branches."""
    names = ("then_branch", "else_branch")
    bodies = [branch_graph(node, node.attr(name).name) for name in names]
    gradients = [_gradient_of(node, body, grads) for body in bodies]
    if any(g.needs_rewrite for g in gradients):
        _add_results(COND, bodies, gradients)
        for name, body in zip(names, bodies, strict=True):
            node._set_func_attr(name, util.create_new_tf_function(body))
        _add_outputs(node, bodies[0])
    inputs = [_arguments(g, body) for g, body in zip(gradients, bodies, strict=True)]
    match_slices(COND, gradients)
    return [None, *build_cond(node.inputs[0], gradients, inputs, True)]


@RegisterGradient("Case")
def case_gradient(node: Operation, *grads: Any) -> list[Any]:
    """A `Case` of the gradients of the branches."""
    bodies = [branch_graph(node, branch.name) for branch in node.attr("branches")]
    gradients = [_gradient_of(node, body, grads) for body in bodies]
    if any(g.needs_rewrite for g in gradients):
        _add_results(CASE, bodies, gradients)
        node._set_func_list_attr("branches", [util.create_new_tf_function(b) for b in bodies])
        _add_outputs(node, bodies[0])
    inputs = [_arguments(g, body) for g, body in zip(gradients, bodies, strict=True)]
    match_slices(CASE, gradients)
    return [None, *build_case(node.inputs[0], gradients, inputs, name="gradient")]


def branch_graph(node: Operation, name: str) -> FuncGraph:
    """The body of a branch of a node, whose arguments stand for the node's."""
    inputs = node.inputs[1:]
    with node.graph.as_default():
        definition = node.graph._get_function(name).definition
        body = function_def_to_graph(definition, [t.shape for t in inputs])
    for t, placeholder in zip(inputs, body.inputs, strict=True):
        placeholder._handle_data = t._handle_data
        placeholder.op.__dict__["_stands_for"] = t
    body.reset_captures(zip(inputs, body.inputs, strict=True))
    return body


def _gradient_of(node: Operation, body: FuncGraph, grads: Sequence[Any]) -> "_BranchGradient":
    """The gradients of a branch's arguments, as a body."""
    name = util.unique_grad_fn_name(body.name)
    # What is of no use to gradients (bools) may not be among the ys.
    pairs = [(y, grad) for y, grad in zip(body.outputs, grads, strict=True) if is_trainable(y)]

    def gradients() -> list[Any]:
        ys, grad_ys = [y for y, _ in pairs], [grad for _, grad in pairs]
        found = gradients_helper(ys, body.inputs, grad_ys, src_graph=body)
        return [
            zeros_of_argument(x) if grad is None else grad
            for x, grad in zip(body.inputs, found, strict=True)
        ]

    graph = _BranchGradient(name, node, body)
    func_graph_from_py_func(name, gradients, [], {}, func_graph=graph)
    return graph


class _BranchGradient(util.CondBranchFuncGraph):
    """The body of a branch's gradient. What it takes of the forward branch comes by optionals.

    Args:
      name: the function's name.
      node: the forward node.
      forward: the body of the forward branch.
    """

    def __init__(self, name: str, node: Operation, forward: FuncGraph) -> None:
        super().__init__(name, collections=get_default_graph()._collections)
        self.node = node
        self.forward = forward
        self.needs_rewrite = False
        self.optionals: dict[Tensor, Tensor] = {}
        self._unwrapped: dict[Tensor, Tensor] = {}

    def _capture_helper(self, tensor: Tensor, name: str | None) -> Tensor:
        forward = self.forward
        if tensor.graph is not forward or any(
            tensor is t for t in (*forward.inputs, *forward.outputs)
        ):
            return super()._capture_helper(tensor, name)
        if tensor not in self._unwrapped:
            if tensor.dtype == dtypes.resource:
                found = super()._capture_helper(_argument_of(tensor, forward), name)
            else:
                found = apply_op(
                    "OptionalGetValue",
                    super()._capture_helper(self._optional(tensor), name),
                    output_types=[tensor.dtype],
                    output_shapes=[tensor.shape],
                )[0]
            self._unwrapped[tensor] = found
        return self._unwrapped[tensor]

    def _optional(self, tensor: Tensor) -> Tensor:
        """The optional that holds a tensor, which an earlier gradient may have made."""
        found = self.optionals.get(tensor)
        if found is None:
            outputs = self.forward.outputs
            made = [
                c.outputs[0]
                for c in tensor.consumers()
                if c.type == "OptionalFromValue" and any(c.outputs[0] is t for t in outputs)
            ]
            if made:
                found = made[0]
            else:
                with self.forward.as_default():
                    found = apply_op("OptionalFromValue", [tensor])
                self.needs_rewrite = True
            self.optionals[tensor] = found
        return found


def _argument_of(resource: Tensor, body: FuncGraph) -> Tensor:
    """The argument that a resource in a body is."""
    index = util.resource_input_index(
        resource.name,
        [t.name for t in body.inputs],
        {op.name: op.node_def for op in body.get_operations()},
        body._functions,
    )
    return body.inputs[index]


def _add_results(
    kind: Kind, bodies: Sequence[FuncGraph], gradients: Sequence[_BranchGradient]
) -> None:
    """Makes forward branches give out what the gradients ask for."""
    match_intermediates(bodies, [list(g.optionals.values()) for g in gradients])
    check_same_outputs(kind, bodies)
    for body in bodies:
        body.name += "_rewritten"


def _add_outputs(node: Operation, body: FuncGraph) -> None:
    """Gives a forward node the outputs that its branches have by now."""
    added = body.outputs[len(node.outputs) :]
    node._set_type_list_attr("Tout", body.output_types)
    node._set_shape_list_attr("output_shapes", body.output_shapes)
    node._add_outputs([t.dtype for t in added], [t.shape for t in added])


def _arguments(gradient: _BranchGradient, body: FuncGraph) -> list[Tensor]:
    """What a gradient takes, outside: results and arguments of the forward node for what it takes
    of the body."""
    return [
        t if t.graph is gradient.outer_graph else _outside(t, body, gradient.node)
        for t in gradient.external_captures
    ]


def _outside(t: Tensor, body: FuncGraph, node: Operation) -> Tensor:
    assert t.graph is body
    for i, output in enumerate(body.outputs):
        if output is t:
            return node.outputs[i]
    for outside, placeholder in body.captures:
        if placeholder is t:
            return outside
    raise ValueError(f"Could not find external tensor capture {t} in captures or outputs")
