"""Batch normalizations that become part of the weights before them."""

from dataclasses import dataclass
from typing import Any

from evergraph.api import array_ops, math_ops
from evergraph.base import dtypes
from evergraph.graph.gradient_registry import RegisterGradient
from evergraph.graph.graph import get_default_graph
from evergraph.library.contrib.quantize import common
from evergraph.library.contrib.quantize.folded_layers import clone_folded
from evergraph.library.contrib.quantize.graph_matcher import (
    GraphMatcher,
    MatchResult,
    OneofPattern,
    OpTypePattern,
)
from evergraph.library.contrib.quantize.norm_corrections import Norm, corrections
from evergraph.library.contrib.quantize.unfused_norms import fold_unfused_batch_norms
from evergraph.proto.framework import attr_value_pb2


def FoldBatchNorms(
    graph: Any, is_training: bool, freeze_batch_norm_delay: int | None = None
) -> None:
    """Makes batch normalizations part of the convolutions and dense layers before them.

    Args:
      graph: the graph, which is changed.
      is_training: whether it is for training.
      freeze_batch_norm_delay: how many steps pass before batches are normalized by averages.

    Raises:
      ValueError: nobody takes what a batch normalization gives.
    """
    for match in _FindFusedBatchNorms(graph):
        _fold(graph, match, is_training, freeze_batch_norm_delay)
    fold_unfused_batch_norms(graph, is_training, freeze_batch_norm_delay)


@dataclass(frozen=True)
class _FusedNorm:
    """A layer and the node that normalizes what it gives."""

    layer_op: Any
    bn_op: Any
    output_tensor: Any
    input_tensor: Any
    weight_tensor: Any
    beta_tensor: Any
    batch_to_space_op: Any
    norm: Norm


def _fold(graph: Any, match: _FusedNorm, is_training: bool, freeze_delay: int | None) -> None:
    scope, sep, _ = match.layer_op.name.rpartition("/")
    norm = match.norm
    # With the slash the scope is the layer's own, not a new one of that name.
    with graph.as_default(), graph.name_scope(scope + sep):
        with graph.name_scope(f"{scope}{sep}BatchNorm_Fold{sep}"):
            factor = norm.gamma * math_ops.rsqrt(norm.variance + match.bn_op.get_attr("epsilon"))
            bias = math_ops.subtract(match.beta_tensor, norm.mean * factor, name="bias")
            scale = recip = offset = None
            if is_training:
                scale, recip, offset = corrections("", norm, freeze_delay)
            weights = match.weight_tensor
            if match.layer_op.type == "DepthwiseConv2dNative":
                shape = weights.get_shape().as_list()[2:4]
                factor = array_ops.reshape(factor, shape, name="scale_reshape")
                if scale is not None:
                    scale = array_ops.reshape(scale, shape, name="correction_reshape")
        if scale is not None:
            weights = math_ops.multiply(scale, weights, name="correction_mult")
        scaled = math_ops.multiply(weights, factor, name="mul_fold")
        layer = clone_folded(match.layer_op, match.input_tensor, scaled, match.batch_to_space_op)
        if recip is not None:
            layer = math_ops.multiply(recip, layer, name="post_conv_mul")
            layer = math_ops.add(layer, offset, "correction_add")
        result = math_ops.add(layer, bias, name="add_fold")
        if common.RerouteTensor(result, match.output_tensor) == 0:
            raise ValueError(
                f"Folding batch norms failed, {match.output_tensor.name} had no outputs."
            )


class _Patterns:
    """What normalized layers look like."""

    def __init__(self) -> None:
        self.input, self.weight = OpTypePattern("*"), OpTypePattern("*")
        self.gamma, self.beta = OpTypePattern("*"), OpTypePattern("*")
        self.mean, self.variance = OpTypePattern("*"), OpTypePattern("*")
        self.decay = OpTypePattern("*")
        self.layer = OpTypePattern(
            "Conv2D|DepthwiseConv2dNative|MatMul", inputs=[self.input, self.weight]
        )
        self.atrous = OpTypePattern("BatchToSpaceND", inputs=[self.layer, "*", "*"])
        same = OpTypePattern("Identity", inputs=[OneofPattern([self.atrous, self.layer])])
        output = OneofPattern([same, self.layer, self.atrous])
        # Products are reshaped before and after.
        reshaped = OpTypePattern("Reshape", inputs=[output, "*"])
        self.norm = OpTypePattern(
            "FusedBatchNorm|FusedBatchNormV3",
            inputs=[
                OneofPattern([reshaped, output]),
                self.gamma,
                self.beta,
                self.mean,
                self.variance,
            ],
        )
        self.reshaped_back = OpTypePattern("Reshape", inputs=[self.norm, "*"])
        self.identity = OpTypePattern("Identity", inputs=[self.norm, self.reshaped_back])
        self.change = OpTypePattern("Sub", inputs=["*", self.norm])
        self.step = OpTypePattern("Mul", inputs=[self.change, self.decay])


def _FindFusedBatchNorms(graph: Any) -> list[_FusedNorm]:
    """The normalized layers of a graph, each once."""
    patterns = _Patterns()
    found: dict[Any, _FusedNorm] = {}
    for pattern in (
        patterns.identity,
        OneofPattern([patterns.reshaped_back, patterns.norm]),
    ):
        for match in GraphMatcher(pattern).match_graph(graph):
            norm = _fused_norm(graph, patterns, match)
            if norm is not None:
                found.setdefault(norm.layer_op, norm)
    return list(found.values())


def _fused_norm(graph: Any, patterns: _Patterns, match: MatchResult) -> _FusedNorm | None:
    layer_op, bn_op = match.get_op(patterns.layer), match.get_op(patterns.norm)
    output = bn_op.outputs[0]
    if layer_op.type == "MatMul":
        reshape = match.get_op(patterns.reshaped_back)
        if reshape is None:
            return None  # another match has it
        output = reshape.outputs[0]
    if not output.consumers():
        return None
    layer_tensor = match.get_tensor(patterns.layer)
    gamma = match.get_tensor(patterns.gamma)
    epsilon = bn_op.get_attr("epsilon")
    if bn_op.get_attr("is_training"):
        norm = _training_norm(graph, patterns, bn_op, layer_tensor, gamma)
    else:
        mean, variance = match.get_tensor(patterns.mean), match.get_tensor(patterns.variance)
        norm = Norm(gamma, mean, variance, None, None, None, None, epsilon)
    return _FusedNorm(
        layer_op,
        bn_op,
        output,
        match.get_tensor(patterns.input),
        match.get_tensor(patterns.weight),
        match.get_tensor(patterns.beta),
        match.get_op(patterns.atrous),
        norm,
    )


def _training_norm(
    graph: Any, patterns: _Patterns, bn_op: Any, layer_tensor: Any, gamma: Any
) -> Norm:
    """The statistics of a batch, and their averages."""
    # The op's own gradient knows nothing of the statistics that it gives.
    bn_op._set_attr("_gradient_op_type", attr_value_pb2.AttrValue(s=b"FoldFusedBatchNormGrad"))
    mean = bn_op.outputs[1]
    scope, sep, _ = bn_op.name.rpartition("/")
    default = get_default_graph()
    with default.as_default(), default.name_scope(scope + sep):
        count = math_ops.cast(array_ops.size(layer_tensor) / array_ops.size(mean), dtypes.float32)
        variance = math_ops.multiply(
            bn_op.outputs[2], (count - 1) / count, name="Undo_Bessel_Correction"
        )
    averages: dict[int, tuple[Any, Any]] = {}
    for match in GraphMatcher(patterns.step).match_graph(graph):
        change = match.get_op(patterns.change)
        for i in (1, 2):
            if change.inputs[1].name == bn_op.outputs[i].name:
                averages[i] = change.inputs[0], match.get_tensor(patterns.decay)
    moving_mean, mean_decay = averages.get(1, (None, None))
    moving_variance, variance_decay = averages.get(2, (None, None))
    return Norm(
        gamma,
        mean,
        variance,
        moving_mean,
        moving_variance,
        mean_decay,
        variance_decay,
        bn_op.get_attr("epsilon"),
    )


@RegisterGradient("FoldFusedBatchNormGrad")
def _FoldFusedBatchNormGrad(
    op: Any,
    unused_grad_y: Any,
    grad_mean: Any,
    grad_var: Any,
    unused_1: Any,
    unused_2: Any,
    unused_3: Any = None,
) -> Any:
    """The gradient of the statistics that a fused batch normalization gives."""
    x = op.inputs[0]
    count = math_ops.cast(array_ops.size(x) / array_ops.size(grad_mean), dtypes.float32)
    of_mean = grad_mean / count
    of_variance = 2 * grad_var * (x - op.outputs[1]) / (count - 1)
    return (of_mean + of_variance), None, None, None, None
