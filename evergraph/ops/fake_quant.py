"""Values as if they were stored in few bits: FakeQuantWithMinMax* and their gradients."""

from typing import Any

import torch

from evergraph.graph.apply import apply_op
from evergraph.graph.registry import op
from evergraph.kernels.host import invalid
from evergraph.ops import shape_rules
from evergraph.ops.shape_rules import Dims

_BITS = "num_bits: int = 8; narrow_range: bool = false"
_ARGS = f"min: float = -6.0; max: float = 6.0; {_BITS}"
_VARS = "inputs: float32, min: float32, max: float32"
_GRADS = (
    f"gradients: float32, {_VARS}) -> backprops_wrt_input: float32, backprop_wrt_min: float32, "
    "backprop_wrt_max: float32"
)
_NAME = "FakeQuantWithMinMax"

args_op = op(f"{_NAME}Args(inputs: float32) -> outputs: float32", _ARGS)
args_grad_op = op(
    f"{_NAME}ArgsGradient(gradients: float32, inputs: float32) -> backprops: float32", _ARGS
)
vars_op = op(f"{_NAME}Vars({_VARS}) -> outputs: float32", _BITS)
vars_grad_op = op(f"{_NAME}VarsGradient({_GRADS}", _BITS)
channel_op = op(f"{_NAME}VarsPerChannel({_VARS}) -> outputs: float32", _BITS)
channel_grad_op = op(f"{_NAME}VarsPerChannelGradient({_GRADS}", _BITS)

args_op.shape(shape_rules.unchanged)
args_grad_op.shape(shape_rules.unchanged)


@vars_op.shape
def vars_shape(node: Any) -> Dims:
    for bound in node.inputs[1:]:
        shape_rules.with_rank(bound.dims, 0)
    return node.inputs[0].dims


@vars_grad_op.shape
def vars_grad_shape(node: Any) -> list[Dims]:
    dims = shape_rules.merge(node.inputs[0].dims, node.inputs[1].dims)
    bound = shape_rules.merge(shape_rules.with_rank(node.inputs[2].dims, 0), node.inputs[3].dims)
    return [dims, bound, bound]


@channel_op.shape
def channel_shape(node: Any) -> Dims:
    dims = shape_rules.at_least_rank(node.inputs[0].dims, 1)
    depth = None if dims is None else dims[-1]
    bounds = [shape_rules.with_rank(bound.dims, 1)[0] for bound in node.inputs[1:]]
    for a, b in ((depth, bounds[0]), (depth, bounds[1]), bounds):
        shape_rules.merge_dim(a, b)
    return dims


@channel_grad_op.shape
def channel_grad_shape(node: Any) -> list[Dims]:
    dims = shape_rules.at_most_rank(shape_rules.at_least_rank(node.inputs[0].dims, 1), 4)
    dims = shape_rules.merge(dims, node.inputs[1].dims)
    bound: Dims = shape_rules.with_rank(node.inputs[2].dims, 1)
    bound = shape_rules.merge(bound, (None if dims is None else dims[-1],))
    bound = shape_rules.merge(node.inputs[3].dims, bound)
    return [dims, bound, bound]


def _levels(node: Any) -> tuple[int, int]:
    """The smallest and the largest stored number."""
    bits = node.attr("num_bits")
    if not 2 <= bits <= 16:
        raise invalid("num_bits must be between 2 and 16, inclusive")
    return int(node.attr("narrow_range")), 2**bits - 1


def _nudged(
    low: torch.Tensor, high: torch.Tensor, levels: tuple[int, int]
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """The bounds moved so that 0 is one of the stored values, and the step between these."""
    first, last = levels
    scale = (high - low) / (last - first)
    zero = first - low / scale
    # Halves go away from 0, as in C.
    whole = torch.trunc(zero)
    rounded = whole + (zero - whole >= 0.5)
    rounded = torch.where(zero < first, first, torch.where(zero > last, last, rounded))
    return (first - rounded) * scale, (last - rounded) * scale, scale


def _args(node: Any) -> tuple[torch.Tensor, ...]:
    low, high = node.attr("min"), node.attr("max")
    if not low < high:
        raise invalid(f"min has to be smaller than max, was: {low:g} >= {high:g}")
    bounds = torch.tensor([low, high], dtype=torch.float32)
    return _nudged(bounds[0], bounds[1], _levels(node))


@args_op.specialize
def choose_args(node: Any) -> Any:
    low, high, scale = _args(node)
    first, last, step = low.item(), high.item(), scale.item()
    inverse = (1 / scale).item()

    def run(x: torch.Tensor) -> torch.Tensor:
        shifted = x.clamp(first, last).sub_(first)
        return shifted.mul_(inverse).add_(0.5).floor_().mul_(step).add_(first)

    return run


@args_grad_op.specialize
def choose_args_grad(node: Any) -> Any:
    low, high, _ = _args(node)
    first, last = low.item(), high.item()

    def run(grad: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
        if grad.shape != x.shape:
            raise invalid("gradient and input must be the same size")
        return grad * ((x >= first) & (x <= last))

    return run


def _check_channels(x: torch.Tensor, low: torch.Tensor, high: torch.Tensor) -> None:
    for name, bound in (("min", low), ("max", high)):
        if bound.shape[0] != x.shape[-1]:
            raise invalid(f"{name} has incorrect size, expected {x.shape[-1]} was {bound.shape[0]}")


@vars_op.specialize
@channel_op.specialize
def choose_vars(node: Any) -> Any:
    levels, by_channel = _levels(node), node.type.endswith("Channel")

    def run(x: torch.Tensor, low: torch.Tensor, high: torch.Tensor) -> torch.Tensor:
        if by_channel:
            _check_channels(x, low, high)
        first, last, scale = _nudged(low, high, levels)
        shifted = torch.maximum(torch.minimum(x, last), first) - first
        stored = (shifted / scale).add_(0.5).floor_().mul_(scale).add_(first)
        return torch.where((low == 0) & (high == 0), 0.0, stored)

    return run


@vars_grad_op.specialize
@channel_grad_op.specialize
def choose_vars_grad(node: Any) -> Any:
    levels, by_channel = _levels(node), node.type.endswith("ChannelGradient")

    def run(
        grad: torch.Tensor, x: torch.Tensor, low: torch.Tensor, high: torch.Tensor
    ) -> tuple[torch.Tensor, ...]:
        if grad.shape != x.shape:
            raise invalid("gradient and input must be the same size")
        axes = list(range(x.dim()))
        if by_channel:
            _check_channels(x, low, high)
            axes.pop()
        first, last, _ = _nudged(low, high, levels)
        nothing = (low == 0) & (high == 0)
        # With both bounds 0 everything goes to the input.
        parts = [
            grad * ((x >= first) & (x <= last) | nothing),
            grad * ((x < first) & ~nothing),
            grad * ((x > last) & ~nothing),
        ]
        return parts[0], *(part.sum(axes) if axes else part for part in parts[1:])

    return run


@args_op.gradient
def args_gradient(node: Any, grad: Any) -> Any:
    attrs = {name: node.attr(name) for name in ("min", "max", "num_bits", "narrow_range")}
    return apply_op(f"{_NAME}ArgsGradient", grad, node.inputs[0], **attrs)


@vars_op.gradient
@channel_op.gradient
def vars_gradient(node: Any, grad: Any) -> Any:
    attrs = {name: node.attr(name) for name in ("num_bits", "narrow_range")}
    return tuple(apply_op(f"{node.type}Gradient", grad, *node.inputs, **attrs))
