"""Transforms of convolutions and what is around them: batch normalization, padding, resizing."""

from collections.abc import Callable
from typing import Any

import numpy as np

from evergraph.base import dtypes
from evergraph.library.tools.graph_transforms.matching import (
    Match,
    Pattern,
    invalid,
    node_of,
    replace,
)
from evergraph.library.tools.graph_transforms.parameters import Context
from evergraph.library.tools.graph_transforms.values import const, value_of
from evergraph.proto.framework import node_def_pb2

_ANY, _CONST, _RESIZE = Pattern("*"), Pattern("Const"), Pattern("ResizeBilinear")
_CONV = Pattern("Conv2D|DepthwiseConv2dNative", (_ANY, _CONST))
_OLD_NORM = "BatchNormWithGlobalNormalization|FusedBatchNorm"
_F = np.float32


def _columns(conv: Any, weights: np.ndarray) -> int:
    """How many channels a convolution or product makes."""
    if conv.op == "Conv2D":
        return weights.shape[3]
    if conv.op == "DepthwiseConv2dNative":
        return weights.shape[2] * weights.shape[3]
    return weights.shape[1]


def _shape_text(array: np.ndarray) -> str:
    return f"[{','.join(map(str, array.shape))}]"


def _scaled(node: Any, weights: np.ndarray, scale: np.ndarray) -> Any:
    """The filter's node, its channels multiplied."""
    rows = weights.reshape(-1, scale.size)
    return const(node.name, (rows * scale).reshape(weights.shape), dtypes.float32)


def fold_batch_norms(graph_def: Any, context: Context) -> Any:
    """Products of convolutions and constants become part of the filters."""
    product = Pattern("Conv2D|MatMul|DepthwiseConv2dNative", (_ANY, _CONST))

    def make(match: Match, used: set[str]) -> list[Any]:
        conv, factors = (part.node for part in match.inputs)
        source, filters = (part.node for part in match.inputs[0].inputs)
        if used & {conv.name, filters.name, factors.name}:
            return [match.node, conv, source, filters, factors]
        weights, scale = value_of(filters), value_of(factors)
        if scale.shape != (_columns(conv, weights),):
            raise invalid(f"Mul constant input to batch norm has bad shape: {_shape_text(scale)}")
        renamed = node_def_pb2.NodeDef()
        renamed.CopyFrom(conv)
        renamed.name = match.node.name
        return [_scaled(filters, weights, scale), source, renamed]

    return replace(graph_def, Pattern("Mul", (product, _CONST)), make)


def _scale_and_offset(match: Match) -> tuple[np.ndarray, np.ndarray]:
    """What a batch normalization multiplies by and adds."""
    node = match.node
    fused = node.op == "FusedBatchNorm"
    order = (3, 4, 2, 1) if fused else (1, 2, 3, 4)
    mean, variance, beta, gamma = (value_of(match.inputs[i].node) for i in order)
    for name, value in (("Variance", variance), ("Beta", beta), ("gamma", gamma)):
        if value.shape != mean.shape[:1]:
            raise invalid(f"{name} input to batch norm has bad shape: {_shape_text(value)}")
    epsilon = _F(node.attr["epsilon" if fused else "variance_epsilon"].f)
    scale = _F(1) / np.sqrt(variance + epsilon)
    if fused or node.attr["scale_after_normalization"].b:
        scale = scale * gamma
    return scale, -mean * scale + beta


def _with_offset(match: Match, scale: np.ndarray, offset: np.ndarray, name: str) -> list[Any]:
    """Nodes in place of a convolution: it and a BiasAdd of the given name."""
    conv = match.node
    source, filters = (part.node for part in match.inputs)
    bias = const(conv.name + "_bn_offset", offset, dtypes.float32)
    add = node_def_pb2.NodeDef(name=name, op="BiasAdd", input=[conv.name, bias.name])
    for key in ("data_format", "T"):
        if key in conv.attr:
            add.attr[key].CopyFrom(conv.attr[key])
    return [_scaled(filters, value_of(filters), scale), source, conv, bias, add]


def _norm_of_conv(match: Match, used: set[str]) -> list[Any]:
    return _with_offset(match.inputs[0], *_scale_and_offset(match), match.node.name)


def _norm_of_atrous(match: Match, used: set[str]) -> list[Any]:
    """A batch normalization of a dilated convolution (SpaceToBatchND, Conv2D, BatchToSpaceND)."""
    back = match.inputs[0]
    bias_name = back.inputs[0].node.name + "/biasadd"
    made = _with_offset(back.inputs[0], *_scale_and_offset(match), bias_name)
    moved = node_def_pb2.NodeDef()
    moved.CopyFrom(back.node)
    moved.name = match.node.name
    moved.input[0] = bias_name
    return [*made, back.inputs[1].node, back.inputs[2].node, moved]


def _norm_of_concat(match: Match, used: set[str]) -> list[Any]:
    """A batch normalization of two convolutions put together."""
    scale, offset = _scale_and_offset(match)
    concat = match.inputs[0]
    parts = [(scale, offset), (scale, offset)]
    if value_of(concat.inputs[2].node) == 3:
        first = value_of(concat.inputs[0].inputs[1].node).shape[3]
        parts = [(scale[:first], offset[:first]), (scale[first:], offset[first:])]
    moved = node_def_pb2.NodeDef()
    moved.CopyFrom(concat.node)
    moved.name = match.node.name
    made = []
    for i, part in enumerate(parts):
        moved.input[i] = f"{concat.node.name}_bn_in{i}"
        made += _with_offset(concat.inputs[i], *part, moved.input[i])
    return [*made, concat.inputs[2].node, moved]


def fold_old_batch_norms(graph_def: Any, context: Context) -> Any:
    """Batch normalizations that are one node become part of the filters before them."""
    atrous = Pattern("BatchToSpaceND", (_CONV, _CONST, _CONST))
    concat = Pattern("ConcatV2|Concat", (_CONV, _CONV, _CONST))
    for before, make in (
        (_CONV, _norm_of_conv),
        (atrous, _norm_of_atrous),
        (concat, _norm_of_concat),
    ):
        pattern = Pattern(_OLD_NORM, (before, _CONST, _CONST, _CONST, _CONST))
        graph_def = _repeated(graph_def, pattern, make)
    return graph_def


def _repeated(
    graph_def: Any, pattern: Pattern, make: Callable[[Match, set[str]], list[Any]]
) -> Any:
    """Replaces as long as something is found: parts that share nodes are found one by one."""
    changes = 0

    def counted(match: Match, used: set[str]) -> list[Any]:
        nonlocal changes
        changes += 1
        return make(match, used)

    while True:
        before = changes
        graph_def = replace(graph_def, pattern, counted)
        if changes == before:
            return graph_def


def _fused(op: str, conv: Any, inputs: list[str]) -> Any:
    node = node_def_pb2.NodeDef(name=conv.name, op=op, input=inputs)
    for key in ("T", "padding", "strides"):
        node.attr[key].CopyFrom(conv.attr[key])
    return node


def fuse_resize_pad_and_conv(graph_def: Any, context: Context) -> Any:
    """ResizeBilinear, MirrorPad and Conv2D become one node."""

    def make(match: Match, used: set[str]) -> list[Any]:
        conv, (pad, filters) = match.node, match.inputs
        resize, paddings = (part.node for part in pad.inputs)
        node = _fused(
            "FusedResizeAndPadConv2D", conv, [*resize.input[:2], pad.node.input[1], conv.input[1]]
        )
        node.attr["resize_align_corners"].CopyFrom(resize.attr["align_corners"])
        node.attr["mode"].CopyFrom(pad.node.attr["mode"])
        return [filters.node, paddings, node]

    pad = Pattern("MirrorPad", (_RESIZE, _ANY))
    return replace(graph_def, Pattern("Conv2D", (pad, _ANY)), make)


def fuse_resize_and_conv(graph_def: Any, context: Context) -> Any:
    """ResizeBilinear and Conv2D become one node."""

    def make(match: Match, used: set[str]) -> list[Any]:
        conv, resize, filters = match.node, match.inputs[0].node, match.inputs[1].node
        paddings = const(conv.name + "_dummy_paddings", np.zeros([4, 2]), dtypes.int32)
        node = _fused(
            "FusedResizeAndPadConv2D", conv, [*resize.input[:2], paddings.name, conv.input[1]]
        )
        node.attr["resize_align_corners"].CopyFrom(resize.attr["align_corners"])
        node.attr["mode"].s = b"REFLECT"
        return [filters, paddings, node]

    return replace(graph_def, Pattern("Conv2D", (_RESIZE, _ANY)), make)


def fuse_pad_and_conv(graph_def: Any, context: Context) -> Any:
    """MirrorPad and Conv2D become one node."""

    def make(match: Match, used: set[str]) -> list[Any]:
        conv, (pad, filters) = match.node, match.inputs
        source, paddings = (part.node for part in pad.inputs)
        node = _fused("FusedPadConv2D", conv, [*pad.node.input[:2], conv.input[1]])
        node.attr["mode"].CopyFrom(pad.node.attr["mode"])
        return [filters.node, source, paddings, node]

    return replace(graph_def, Pattern("Conv2D", (Pattern("MirrorPad", (_ANY, _ANY)), _ANY)), make)


def flatten_atrous_conv(graph_def: Any, context: Context) -> Any:
    """Dilated convolutions (SpaceToBatchND, Conv2D, BatchToSpaceND) become plain ones with
    zeros in their filters."""

    def make(match: Match, used: set[str]) -> list[Any]:
        conv = match.inputs[0]
        space, filters = conv.inputs
        source = space.inputs[0].node
        height, width = value_of(space.inputs[1].node).ravel()[:2]
        weights = value_of(filters.node)
        rows, columns = weights.shape[:2]
        wide = np.zeros(
            ((rows - 1) * height + 1, (columns - 1) * width + 1, *weights.shape[2:]), _F
        )
        wide[::height, ::width] = weights
        node = node_def_pb2.NodeDef(
            name=match.node.name,
            op=conv.node.op,
            device=conv.node.device,
            input=[node_of(source.name), filters.node.name],
        )
        for key in ("T", "strides", "data_format"):
            node.attr[key].CopyFrom(conv.node.attr[key])
        if conv.node.op == "Conv2D":
            node.attr["use_cudnn_on_gpu"].CopyFrom(conv.node.attr["use_cudnn_on_gpu"])
        node.attr["padding"].s = b"SAME"
        return [source, const(filters.node.name, wide, dtypes.float32), node]

    space = Pattern("SpaceToBatchND", (_ANY, _ANY, _ANY))
    conv = Pattern("Conv2D|DepthwiseConv2dNative", (space, _ANY))
    return replace(graph_def, Pattern("BatchToSpaceND", (conv, _ANY, _ANY)), make)
