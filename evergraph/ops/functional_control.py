"""Branches and loops whose parts are graph functions: If, Case, While, For."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from evergraph.graph.registry import ShapeError, op
from evergraph.kernels.host import invalid, text
from evergraph.kernels.tensor_array import zeros
from evergraph.ops.shape_rules import Dims

_BRANCHES = "Tin: list(type) >= 0; Tout: list(type) >= 0; "
_IF = f"Tcond: type; {_BRANCHES}then_branch: func; else_branch: func; "
_SHAPES = "output_shapes: list(shape) = []"
_WHILE = f"T: list(type) >= 0; cond: func; body: func; {_SHAPES}; parallel_iterations: int = 10"

if_op = op("If(cond: Tcond, input: list(Tin)) -> output: list(Tout)", _IF + _SHAPES, stateful=True)
stateless_if_op = op(
    "StatelessIf(cond: Tcond, input: list(Tin)) -> output: list(Tout)", _IF + _SHAPES
)
case_op = op(
    "Case(branch_index: int32, input: list(Tin)) -> output: list(Tout)",
    f"{_BRANCHES}branches: list(func) >= 1; {_SHAPES}",
    stateful=True,
)
while_op = op("While(input: list(T)) -> output: list(T)", _WHILE, stateful=True)
stateless_while_op = op("StatelessWhile(input: list(T)) -> output: list(T)", _WHILE)
for_op = op(
    "For(start: int32, limit: int32, delta: int32, input: list(T)) -> output: list(T)",
    "T: list(type) >= 0; body: func",
)
fake_param_op = op("FakeParam() -> output: dtype", "dtype: type; shape: shape")


def _given_shapes(node: Any) -> list[Dims] | None:
    shapes: list[Dims] = list(node.attr("output_shapes"))
    if not shapes:
        return None
    if len(shapes) != len(node.outputs):
        raise ShapeError(
            "`output_shapes` must be the same length as num outputs "
            f"({len(shapes)} vs. {len(node.outputs)}"
        )
    return shapes


@if_op.shape
@stateless_if_op.shape
@case_op.shape
def branches_shape(node: Any) -> list[Dims]:
    return _given_shapes(node) or [None] * len(node.outputs)


@while_op.shape
@stateless_while_op.shape
def while_shape(node: Any) -> list[Dims]:
    return _given_shapes(node) or [t.dims for t in node.inputs]


@for_op.shape
def for_shape(node: Any) -> list[Dims]:
    return [None] * len(node.outputs)


def truth(value: Any) -> bool:
    """A tensor as a condition: a scalar other than zero or empty text, or one with elements."""
    if isinstance(value, torch.Tensor):
        return bool(value.item() != 0) if value.ndim == 0 else value.numel() > 0
    array = np.asarray(value)
    return bool(array[()]) if array.ndim == 0 else array.size > 0


def _call(name: str, args: Sequence[Any], node: Any, session: Any) -> list[Any]:
    function = node.graph._get_function(name)
    # What TensorFlow makes Switch and Merge of runs only as far as it is asked for.
    pruned = "_lower_using_switch_merge" in node._attrs
    return list(session.functions.call(function, node.graph, args, pruned))


@if_op.kernel
@stateless_if_op.kernel
def if_kernel(cond: Any, args: list[Any], *, node: Any, session: Any) -> Any:
    branch = node.attr("then_branch" if truth(cond) else "else_branch")
    return tuple(_call(branch.name, args, node, session))


@case_op.kernel
def case_kernel(index: torch.Tensor, args: list[Any], *, node: Any, session: Any) -> Any:
    if index.ndim:
        raise invalid("branch_index must be scalar")
    branches, chosen = node.attr("branches"), int(index)
    # The last one is the default.
    branch = branches[chosen if 0 <= chosen < len(branches) else -1]
    return tuple(_call(branch.name, args, node, session))


@while_op.kernel
@stateless_while_op.kernel
def while_kernel(args: list[Any], *, node: Any, session: Any) -> Any:
    cond, body = node.attr("cond").name, node.attr("body").name
    values = args
    while True:
        if session.stopping:
            session.check_stop()
        answers = _call(cond, values, node, session)
        if len(answers) != 1:
            raise invalid(
                "Expected a single scalar return value from WhileOp cond, got "
                f"{len(answers)} tensors."
            )
        if not truth(answers[0]):
            # What went through no step is not the caller's own.
            return tuple(_fresh(v) for v in values) if values is args else tuple(values)
        results = _call(body, values, node, session)
        if len(results) != len(values):
            raise invalid(
                f"While loop body returned {len(results)} arguments. Expected: {len(values)}"
            )
        values = results


def _fresh(value: Any) -> Any:
    if isinstance(value, torch.Tensor):
        return value.clone()
    return value.copy() if isinstance(value, np.ndarray) else value


@for_op.kernel
def for_kernel(
    start: torch.Tensor,
    limit: torch.Tensor,
    delta: torch.Tensor,
    args: list[Any],
    *,
    node: Any,
    session: Any,
) -> Any:
    for name, bound in (("start", start), ("limit", limit), ("delta", delta)):
        if bound.ndim:
            raise invalid(f"{name} must be a scalar, but {text(bound.shape)}")
    first, last, step, values = int(start), int(limit), int(delta), args
    if (last - first) * step < 0 or (step == 0 and first != last):
        raise invalid(f"Invalid start/limit/delta: {first} {last} {step}")
    for i in range(first, last, step or 1):
        if session.stopping:
            session.check_stop()
        count = torch.tensor(i, dtype=torch.int32)
        values = _call(node.attr("body").name, [count, *values], node, session)
        if len(values) != len(args):
            raise invalid(f"For loop body returned {len(values)} arguments. Expected: {len(args)}")
    return tuple(_fresh(v) for v in values) if values is args else tuple(values)


@fake_param_op.shape
def fake_param_shape(node: Any) -> Dims:
    return node.attr("shape")


@fake_param_op.kernel
def fake_param_kernel(*, dtype: Any, shape: Dims) -> Any:
    """What stands for a result that nobody uses; unknown sizes are 0."""
    return zeros(dtype, [d or 0 for d in shape or ()], ())
