"""Convolution, bias, ReLU as one call; what is constant beside a convolution is part of it.

torch adds a bias inside a convolution, and ReLU works in place. Of a frozen graph filters and
statistics are constants: filters are put into oneDNN's order once, and a batch normalization that
follows is a factor of the filter and a bias.
"""

import dataclasses

import torch

from evergraph.engine.passes.patterns import Uses, dims_of
from evergraph.engine.plan import TORCH, Arg, Const, Plan, Step
from evergraph.kernels import convolution

_RELU = {"Relu": convolution.conv_relu, "Relu6": convolution.conv_relu6}
_NORMS = ("FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3")
_FLOATS = ("float32", "float64")


@dataclasses.dataclass(frozen=True)
class _Layer:
    """A convolution with what was added to it so far, and the step whose result it gives."""

    position: int
    args: tuple[Arg, ...]
    kernel: convolution.Planned
    gone: tuple[int, ...] = ()


def fuse_convolution(plan: Plan) -> Plan:
    """The plan with fused convolutions."""
    uses = Uses(plan)
    replaced: dict[int, Step] = {}
    removed: set[int] = set()
    for i, step in enumerate(plan.steps):
        if not _is_convolution(step):
            continue
        assert isinstance(step.kernel, convolution.Planned)
        layer = _Layer(i, step.args, step.kernel)
        for grow in (_normalized, _biased, _positive, _arranged):
            layer = grow(layer, step, uses) or layer
        if layer.args is not step.args:
            removed.update(layer.gone)
            last = plan.steps[layer.position]
            replaced[layer.position] = dataclasses.replace(
                last,
                kernel=layer.kernel,
                args=layer.args,
                keywords=(),
                outputs=last.outputs[:1],
                unpack="one",
            )
    steps = [replaced.get(i, s) for i, s in enumerate(plan.steps) if i not in removed]
    return dataclasses.replace(plan, steps=tuple(steps))


def _is_convolution(step: Step) -> bool:
    if step.kind != "call" or step.node._type != "Conv2D":
        return False
    is_float = step.node._outputs[0]._dtype.base_dtype.name in _FLOATS
    return isinstance(step.kernel, convolution.Planned) and is_float


def _next(layer: _Layer, step: Step, uses: Uses) -> tuple[int, Step] | None:
    """The only step that uses a layer's result, under the same conditions."""
    out = uses.plan.steps[layer.position].outputs[0]
    if out is None or not uses.only_use(out):
        return None
    position = uses.users[out][0]
    user = uses.plan.steps[position]
    if user.kind != "call" or user.guard != step.guard or user.args[0] is not out:
        return None
    if not uses.unchanged(step.args, uses.maker[step.outputs[0]], position):  # type: ignore[index]
        return None
    return position, user


def _normalized(layer: _Layer, step: Step, uses: Uses) -> _Layer | None:
    """With a batch normalization by constants, if the filter is one too."""
    found = _next(layer, step, uses)
    if found is None or found[1].node._type not in _NORMS:
        return None
    position, norm = found
    parts = (layer.args[1], *norm.args[1:])
    if norm.node.attr("is_training") or not all(isinstance(p, Const) for p in parts):
        return None
    same_layout = norm.node.attr("data_format") == step.node.attr("data_format")
    if not same_layout or any(o in uses.users or o in uses.fetched for o in norm.outputs[1:] if o):
        return None
    w, scale, offset, mean, variance = (_tensor(p) for p in parts)
    factor = scale * torch.rsqrt(variance + norm.node.attr("epsilon"))
    args = (layer.args[0], _const(w * factor), _const(offset - mean * factor))
    kernel = dataclasses.replace(layer.kernel, kernel=convolution.conv_bias)
    return _Layer(position, args, kernel, (*layer.gone, layer.position))


def _biased(layer: _Layer, step: Step, uses: Uses) -> _Layer | None:
    found = _next(layer, step, uses)
    if found is None or len(layer.args) > 2:
        return None
    position, add = found
    layout = step.node.attr("data_format")
    if add.node._type == "BiasAdd":
        if add.node.attr("data_format") != layout:
            return None
    elif add.node._type not in ("Add", "AddV2") or layout != "NHWC":
        return None
    bias = add.args[1]
    dims, filters = dims_of(bias), dims_of(layer.args[1])
    if getattr(bias, "place", None) != TORCH or dims is None or filters is None:
        return None
    if len(dims) != 1 or dims[0] is None or dims[0] != filters[-1]:
        return None
    kernel = dataclasses.replace(layer.kernel, kernel=convolution.conv_bias)
    return _Layer(position, (*layer.args, bias), kernel, (*layer.gone, layer.position))


def _positive(layer: _Layer, step: Step, uses: Uses) -> _Layer | None:
    found = _next(layer, step, uses)
    if found is None or len(layer.args) != 3 or found[1].node._type not in _RELU:
        return None
    kernel = dataclasses.replace(layer.kernel, kernel=_RELU[found[1].node._type])
    return _Layer(found[0], layer.args, kernel, (*layer.gone, layer.position))


def _arranged(layer: _Layer, step: Step, uses: Uses) -> _Layer | None:
    """With a constant filter in the order in which it is wanted."""
    w = layer.args[1]
    if not isinstance(w, Const) or step.node.attr("data_format") != "NHWC":
        return None
    args = (layer.args[0], _const(convolution.arrange(_tensor(w))), *layer.args[2:])
    kernel = dataclasses.replace(layer.kernel, arranged=True)
    return _Layer(layer.position, args, kernel, layer.gone)


def _tensor(const: Arg) -> torch.Tensor:
    value: torch.Tensor = torch.as_tensor(const.value)
    return value


def _const(value: torch.Tensor) -> Const:
    return Const(value, TORCH)
