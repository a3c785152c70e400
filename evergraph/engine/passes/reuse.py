"""Element-wise steps that write into an operand nobody else needs, instead of into new memory.

That spares allocations, and where loops keep results for their gradients it keeps the heap in one
piece: one result an iteration, and no holes between them.
"""

import dataclasses
from typing import Any

import torch

from evergraph.engine.passes.fuse_linear import KERNELS as LINEAR
from evergraph.engine.passes.patterns import Uses, dims_of
from evergraph.engine.plan import TORCH, Plan, Step, Value
from evergraph.kernels import roots

_UNARY: dict[Any, Any] = {
    torch.tanh: torch.tanh_,
    torch.sigmoid: torch.sigmoid_,
    torch.exp: torch.exp_,
    torch.neg: torch.neg_,
    roots.sqrt: roots.sqrt_,
    torch.relu: torch.relu_,
}
_BINARY: dict[Any, Any] = {
    torch.add: torch.Tensor.add_,
    torch.mul: torch.Tensor.mul_,
    torch.sub: torch.Tensor.sub_,
    torch.div: torch.Tensor.div_,
}


def relu_grad_(grad: Any, y: Any) -> Any:
    """The gradient of ReLU, over the gradient that came in."""
    return torch.ops.aten.leaky_relu_backward.grad_input(grad, y, 0.0, False, grad_input=grad)


_COMMUTATIVE = (torch.add, torch.mul)
_FLOATS = ("float32", "float64")
_FRESH_TYPES = (
    "SparseSoftmaxCrossEntropyWithLogits",
    "SoftmaxCrossEntropyWithLogits",
    "BiasAdd",
    "Conv2D",
    "Conv2DBackpropInput",
    "MatMul",
    "MaxPoolGrad",
    "AvgPoolGrad",
)
_FRESH = frozenset([*_UNARY, *_UNARY.values(), *_BINARY, *_BINARY.values(), *LINEAR])
"""Kernels whose result is memory that nobody else has."""


def reuse_operands(plan: Plan) -> Plan:
    """The plan with element-wise steps in place of their operands."""
    uses = Uses(plan)
    steps = list(plan.steps)
    for i, step in enumerate(steps):
        if step.kind != "call" or step.keywords:
            continue
        kernel = _UNARY.get(step.kernel)
        if step.node._type == "ReluGrad" and step.node.attr("T").base_dtype.name in _FLOATS:
            kernel = relu_grad_
        if step.kernel in _BINARY and _same_shape(step):
            kernel = _BINARY[step.kernel]
        if kernel is not None and _is_free(step.args[0], step, steps, uses):
            steps[i] = dataclasses.replace(step, kernel=kernel)
        elif step.kernel in _COMMUTATIVE:
            turned = dataclasses.replace(step, args=step.args[::-1])
            if _same_shape(turned) and _is_free(turned.args[0], step, steps, uses):
                steps[i] = dataclasses.replace(turned, kernel=_BINARY[step.kernel])
    return dataclasses.replace(plan, steps=tuple(steps))


def _same_shape(step: Step) -> bool:
    """Whether a result is known to be as large as the first operand."""
    own, out = dims_of(step.args[0]), dims_of(step.outputs[0])
    if own is not None and dims_of(step.args[1]) == ():
        return True
    return own is not None and None not in own and own == out


def _is_free(value: Any, step: Step, steps: list[Step], uses: Uses) -> bool:
    if not isinstance(value, Value) or value.place != TORCH or value not in uses.maker:
        return False
    if not uses.only_use(value):
        return False
    maker = steps[uses.maker[value]]
    if maker.guard != step.guard or maker.kind != "call":
        return False
    if not (maker.kernel in _FRESH or maker.node._type in _FRESH_TYPES or _converts(maker)):
        return False
    a, b = (o.tensor for o in (value, step.outputs[0]) if o is not None)
    return a is not None and b is not None and a._dtype == b._dtype


def _converts(step: Step) -> bool:
    """Whether a step makes numbers of another type, which it cannot do where they were."""
    return step.node._type == "Cast" and not (
        step.node._inputs[0]._dtype.is_complex
        or step.node._inputs[0]._dtype.base_dtype == step.node._outputs[0]._dtype
    )
