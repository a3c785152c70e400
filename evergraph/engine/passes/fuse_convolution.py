"""Convolution, bias, ReLU as one call; what is known beside a convolution is part of it.

Averages before a convolution of single places that has fewer results than inputs are taken of the
results: there is less of them.

torch adds a bias inside a convolution, and ReLU works in place. Filters and statistics that are
constants, or variables in a plan that writes none, are prepared once: a batch normalization becomes
a factor of the filter and a bias, and the filter comes into the order that oneDNN wants.
"""

import dataclasses

import torch

from evergraph.engine.kept import Kept
from evergraph.engine.lower import SESSION
from evergraph.engine.passes.patterns import Uses, dims_of
from evergraph.engine.plan import OBJECT, TORCH, Arg, Const, Plan, Step, Value, writes_variables
from evergraph.kernels import convolution, pooling

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
    norm: tuple[Arg, ...] = ()
    epsilon: float = 0.0

    def ends(self, position: int, kernel: convolution.Planned, **more: object) -> "_Layer":
        """The layer that goes on to a later step."""
        gone = (*self.gone, self.position)
        return dataclasses.replace(self, position=position, kernel=kernel, gone=gone, **more)  # type: ignore[arg-type]


def fuse_convolution(plan: Plan) -> Plan:
    """The plan with fused convolutions, constants prepared."""
    return _fused(plan, keeps=False)


def keep_filters(plan: Plan) -> Plan:
    """The plan with variables prepared too, if it writes none; to run over the whole plan."""
    return plan if writes_variables(plan) else _fused(plan, keeps=True)


def _fused(plan: Plan, keeps: bool) -> Plan:
    uses = Uses(plan)
    replaced: dict[int, list[Step]] = {}
    for i, step in enumerate(plan.steps):
        if i in replaced or not _is_convolution(step):
            continue
        assert isinstance(step.kernel, convolution.Planned)
        layer = _Layer(i, step.args, step.kernel)
        layer = _normalized(layer, step, uses, keeps) or layer
        layer = _biased(layer, step, uses) or layer
        layer = _positive(layer, step, uses) or layer
        layer = _of_averages(layer, uses) or layer
        before, layer = _prepared(layer, step, uses, keeps)
        if layer.args is step.args and layer.position == i:
            continue
        last = plan.steps[layer.position]
        replaced.update((gone, []) for gone in layer.gone)
        outputs = last.outputs[:1]
        last = dataclasses.replace(
            last, kernel=layer.kernel, args=layer.args, keywords=(), outputs=outputs, unpack="one"
        )
        replaced[layer.position] = [*before, last]
    steps = [new for i, step in enumerate(plan.steps) for new in replaced.get(i, [step])]
    return dataclasses.replace(plan, steps=tuple(steps))


def _is_convolution(step: Step) -> bool:
    if step.kind != "call" or not isinstance(step.kernel, convolution.Planned):
        return False
    return step.node._outputs[0]._dtype.base_dtype.name in _FLOATS


def _is_known(value: Arg, uses: Uses, keeps: bool) -> bool:
    """Whether a value is a constant, or the whole of a variable and may be kept."""
    if isinstance(value, Const):
        return value.place == TORCH
    if not keeps or not isinstance(value, Value) or value.place != TORCH:
        return False
    made = uses.plan.steps[uses.maker[value]] if value in uses.maker else None
    return made is not None and (made.kind == "read" or made.node._type == "ReadVariableOp")


def _is_prepared(value: Arg) -> bool:
    return isinstance(value, (Const, Value)) and value.place == OBJECT


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


def _normalized(layer: _Layer, step: Step, uses: Uses, keeps: bool) -> _Layer | None:
    """With a batch normalization by what is known, if the filter is known too."""
    found = _next(layer, step, uses)
    if found is None or found[1].node._type not in _NORMS or len(layer.args) != 2:
        return None
    position, norm = found
    parts = (layer.args[1], *norm.args[1:])
    if norm.node.attr("is_training") or not all(_is_known(p, uses, keeps) for p in parts):
        return None
    same_layout = norm.node.attr("data_format") == layer.kernel.window.data_format
    if not same_layout:
        return None
    if any(o in uses.users or o in uses.fetched for o in norm.outputs[1:] if o):
        return None
    kernel = dataclasses.replace(layer.kernel, kernel=convolution.conv_bias)
    return layer.ends(position, kernel, norm=norm.args[1:], epsilon=norm.node.attr("epsilon"))


def _biased(layer: _Layer, step: Step, uses: Uses) -> _Layer | None:
    found = _next(layer, step, uses)
    if found is None or layer.kernel.kernel is not convolution.conv:
        return None
    position, add = found
    layout = layer.kernel.window.data_format
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
    return layer.ends(position, kernel, args=(*layer.args, bias))


def _positive(layer: _Layer, step: Step, uses: Uses) -> _Layer | None:
    found = _next(layer, step, uses)
    if found is None or layer.kernel.kernel is not convolution.conv_bias:
        return None
    if found[1].node._type not in _RELU:
        return None
    kernel = dataclasses.replace(layer.kernel, kernel=_RELU[found[1].node._type])
    return layer.ends(found[0], kernel)


def _of_averages(layer: _Layer, uses: Uses) -> _Layer | None:
    """With the averages that a convolution of single places takes, if it takes many to few."""
    x, filters, window = layer.args[0], dims_of(layer.args[1]), layer.kernel.window
    mean = uses.made_by(x, "AvgPool")
    if mean is None or filters is None or not uses.only_use(x):
        return None
    rows, columns, before, after = filters
    if (rows, columns) != (1, 1) or before is None or after is None or after >= before:
        return None
    assert isinstance(mean.kernel, pooling.Averages)
    pool, where = mean.kernel.pool, uses.maker[x]
    if window.data_format != pool.data_format or any(s != 1 for s in window.strides):
        return None
    images = dims_of(mean.args[0])
    channels = None if images is None else images[1 if window.first else -1]
    if window.padding == "EXPLICIT" or layer.kernel.pool is not None or channels != before:
        return None
    if mean.guard != uses.plan.steps[layer.position].guard:
        return None
    if not uses.unchanged(mean.args, where, layer.position):
        return None
    kernel = dataclasses.replace(layer.kernel, pool=pool)
    return dataclasses.replace(
        layer, kernel=kernel, args=(mean.args[0], *layer.args[1:]), gone=(*layer.gone, where)
    )


def _prepared(layer: _Layer, step: Step, uses: Uses, keeps: bool) -> tuple[list[Step], _Layer]:
    """(steps to come first, the layer) with the filter made ready, if it is known."""
    w = layer.args[1]
    packs = not layer.kernel.window.first and layer.kernel.window.rank == 2
    if _is_prepared(w) or not _is_known(w, uses, keeps) or not (packs or layer.norm):
        return [], layer
    prepare = convolution.Prepared(packs, layer.epsilon)
    inputs = (w, *layer.norm)
    place = OBJECT if packs else TORCH
    made: tuple[Arg, ...]
    if all(isinstance(i, Const) for i in inputs):
        found = prepare(*(torch.as_tensor(i.value) for i in inputs))
        made = (Const(found[0], place), *(Const(v, TORCH) for v in found[1:]))
        before = []
    else:
        name = step.outputs[0].name  # type: ignore[union-attr]
        bias = [Value(f"{name}_bias", TORCH)] if layer.norm else []
        made = outputs = (Value(f"{name}_filter", place), *bias)
        session = (("session", SESSION),)
        before = [Step(step.node, Kept(prepare), inputs, session, outputs, "many", step.guard)]
    return before, dataclasses.replace(layer, args=(layer.args[0], *made, *layer.args[2:]))
