"""Makes a GraphDef ready for inference: `optimize_for_inference` and its steps."""

import collections
import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from evergraph.base import dtypes
from evergraph.base.platform import logging
from evergraph.graph import graph_util_impl as graph_util
from evergraph.graph import tensor_proto
from evergraph.library.tools import strip_unused_lib
from evergraph.proto.framework import graph_pb2, node_def_pb2

# The inputs of the ops that normalize batches.
INPUT_ORDER = {
    "BatchNormWithGlobalNormalization": ["conv_op", "mean_op", "var_op", "beta_op", "gamma_op"],
    "FusedBatchNorm": ["conv_op", "gamma_op", "beta_op", "mean_op", "var_op"],
}
# The attr that is added to variances.
EPSILON_ATTR = {
    "BatchNormWithGlobalNormalization": "variance_epsilon",
    "FusedBatchNorm": "epsilon",
}


def optimize_for_inference(
    input_graph_def: Any,
    input_node_names: Sequence[str],
    output_node_names: Sequence[str],
    placeholder_type_enum: Any,
    toco_compatible: bool = False,
) -> Any:
    """A graph that computes the same from fed nodes with fewer nodes.

    What the outputs do not need goes, with identities and checks of numbers; batch normalizations
    become part of the filters before them; resizing and mirrored padding are fused with
    convolutions.

    Args:
      input_graph_def: a GraphDef, whose variables are constants.
      input_node_names: names of the nodes that are fed.
      output_node_names: names of the nodes to compute.
      placeholder_type_enum: the DataType of the placeholders, or a list with one for each input.
      toco_compatible: whether to fuse nothing with convolutions.

    Returns:
      A GraphDef.

    Raises:
      ValueError: a name is there twice, or an input of a node is not there.
    """
    ensure_graph_is_valid(input_graph_def)
    result = strip_unused_lib.strip_unused(
        input_graph_def, input_node_names, output_node_names, placeholder_type_enum
    )
    result = graph_util.remove_training_nodes(result, output_node_names)
    result = fold_batch_norms(result)
    if not toco_compatible:
        result = fuse_resize_and_conv(result, output_node_names)
    ensure_graph_is_valid(result)
    return result


def _nodes_by_name(graph_def: Any) -> dict[str, Any]:
    nodes: dict[str, Any] = {}
    for node in graph_def.node:
        if node.name in nodes:
            raise ValueError("Duplicate node names detected for ", node.name)
        nodes[node.name] = node
    return nodes


def ensure_graph_is_valid(graph_def: Any) -> None:
    """Raises ValueError where a name is there twice or an input of a node is not there."""
    nodes = _nodes_by_name(graph_def)
    for node in graph_def.node:
        for name in node.input:
            if node_name_from_input(name) not in nodes:
                raise ValueError("Input for ", node.name, " not found: ", name)


def node_name_from_input(node_name: str) -> str:
    """The node that an input ("x", "x:1", "^x") names."""
    return re.sub(r":\d+$", "", node_name.removeprefix("^"))


def node_from_map(node_map: dict[str, Any], name: str) -> Any:
    """The node that an input names. Raises ValueError where there is none."""
    found = node_map.get(node_name_from_input(name))
    if found is None:
        raise ValueError(f"No node named '{name}' found in map.")
    return found


def values_from_const(node_def: Any) -> np.ndarray:
    """The array in a Const. Raises ValueError for another node."""
    if node_def.op != "Const":
        raise ValueError(
            f"Node named '{node_def.name}' should be a Const op for values_from_const."
        )
    return tensor_proto.make_ndarray(node_def.attr["value"].tensor)


def scale_after_normalization(node: Any) -> bool:
    """Whether a batch normalization multiplies by gamma."""
    if node.op == "BatchNormWithGlobalNormalization":
        return node.attr["scale_after_normalization"].b
    return True


def fold_batch_norms(input_graph_def: Any) -> Any:
    """A graph whose convolutions do what batch normalizations after them did.

    Only FusedBatchNorm and BatchNormWithGlobalNormalization of constants are seen.

    Raises:
      ValueError: a name is there twice, or an input of a node is not there.
    """
    nodes = _nodes_by_name(input_graph_def)
    gone: set[str] = set()
    made = []
    for node in input_graph_def.node:
        if node.op in INPUT_ORDER and (parts := _parts_of_norm(node, nodes)):
            gone.update((node.name, *(part.name for part in parts.values())))
            made.extend(_folded(node, parts))
    result = graph_pb2.GraphDef()
    result.node.extend(node for node in input_graph_def.node if node.name not in gone)
    result.node.extend(made)
    return result


def _parts_of_norm(node: Any, nodes: dict[str, Any]) -> dict[str, Any] | None:
    """The convolution, the filter and the constants of a batch normalization; None, with a
    warning, where it cannot be folded."""
    parts = {
        name: node_from_map(nodes, source)
        for name, source in zip(INPUT_ORDER[node.op], node.input, strict=False)
    }
    conv = parts["conv_op"]
    if conv.op not in ("Conv2D", "DepthwiseConv2dNative"):
        logging.warning(
            f"Didn't find expected Conv2D or DepthwiseConv2dNative input to '{node.name}'"
        )
        return None
    parts["weights_op"] = node_from_map(nodes, conv.input[1])
    channels = None
    for part, what, user in (
        ("weights_op", "conv", conv),
        ("mean_op", "mean", node),
        ("var_op", "var", node),
        ("beta_op", "beta", node),
        ("gamma_op", "gamma", node),
    ):
        if parts[part].op != "Const":
            logging.warning(
                f"Didn't find expected {what} Constant input to '{user.name}', found {parts[part]} "
                "instead. Maybe because freeze_graph wasn't run first?"
            )
            return None
        shape = values_from_const(parts[part]).shape
        if channels is None:
            channels = (shape[3],) if conv.op == "Conv2D" else (shape[2] * shape[3],)
        elif shape != channels:
            logging.warning(
                f"Incorrect shape for {what}, found {shape}, expected {channels}, "
                f"for node {node.name}"
            )
            return None
    return parts


def _folded(node: Any, parts: dict[str, Any]) -> list[Any]:
    """The nodes in place of a convolution and a batch normalization: filter, convolution,
    offset, BiasAdd."""
    conv, weights_op = parts["conv_op"], parts["weights_op"]
    weights, mean, variance, beta, gamma = (
        values_from_const(parts[name])
        for name in ("weights_op", "mean_op", "var_op", "beta_op", "gamma_op")
    )
    # The scale is of double precision, as TensorFlow's is; so is what it multiplies.
    scale = 1.0 / np.sqrt((variance + node.attr[EPSILON_ATTR[node.op]].f).astype(np.float64))
    if scale_after_normalization(node):
        scale = scale * gamma
    offset = -mean * scale + beta
    by_channel = scale if conv.op == "Conv2D" else scale.reshape(weights.shape[2:])
    scaled = (weights * by_channel).astype(weights.dtype)
    bias_name = conv.name + "_bn_offset"
    add = node_def_pb2.NodeDef(name=node.name, op="BiasAdd", input=[conv.name, bias_name])
    add.attr["T"].CopyFrom(conv.attr["T"])
    add.attr["data_format"].CopyFrom(conv.attr["data_format"])
    return [
        _const(weights_op.name, scaled, weights.dtype),
        conv,
        _const(bias_name, offset, mean.dtype),
        add,
    ]


def _const(name: str, value: Any, dtype: Any) -> Any:
    node = node_def_pb2.NodeDef(name=name, op="Const")
    dtype = dtypes.as_dtype(dtype)
    node.attr["dtype"].type = dtype.as_datatype_enum
    made = tensor_proto.make_tensor_proto(value, dtype, np.shape(value))
    node.attr["value"].tensor.CopyFrom(made)
    return node


def fuse_resize_and_conv(input_graph_def: Any, output_node_names: Sequence[str]) -> Any:
    """A graph whose convolutions do the bilinear resizing and mirrored padding before them:
    FusedResizeAndPadConv2D and FusedPadConv2D.

    Raises:
      ValueError: a name is there twice, or an input of a node is not there.
    """
    nodes = _nodes_by_name(input_graph_def)
    uses = collections.Counter(
        node_name_from_input(name) for node in input_graph_def.node for name in node.input
    )
    uses.update(output_node_names)
    made: list[Any] = []
    for conv in input_graph_def.node:
        if conv.op != "Conv2D":
            continue
        before = node_from_map(nodes, conv.input[0])
        pad = before if before.op == "MirrorPad" else None
        resize = before if pad is None else node_from_map(nodes, pad.input[0])
        if resize.op != "ResizeBilinear":
            resize = None
        if pad is None and resize is None:
            continue
        uses[conv.name] = 0
        for fused in (pad, resize):
            if fused is not None:
                uses[fused.name] -= 1
        made.extend(_fused(conv, pad, resize))
    result = graph_pb2.GraphDef()
    result.node.extend(node for node in input_graph_def.node if uses[node.name] >= 1)
    result.node.extend(made)
    return result


def _fused(conv: Any, pad: Any, resize: Any) -> list[Any]:
    """The nodes in place of a convolution and what is before it."""
    made = []
    fused = node_def_pb2.NodeDef(
        name=conv.name, op="FusedPadConv2D" if resize is None else "FusedResizeAndPadConv2D"
    )
    if pad is None:
        none = _const(conv.name + "_dummy_paddings", np.zeros([4, 2], np.int32), np.int32)
        made.append(none)
        paddings = none.name
        fused.attr["mode"].s = b"REFLECT"
    else:
        paddings = pad.input[1]
        fused.attr["mode"].CopyFrom(pad.attr["mode"])
    if resize is None:
        fused.input.extend([pad.input[0], paddings, conv.input[1]])
    else:
        fused.input.extend([*resize.input[:2], paddings, conv.input[1]])
        fused.attr["resize_align_corners"].CopyFrom(resize.attr["align_corners"])
    for key in ("T", "strides", "padding"):
        fused.attr[key].CopyFrom(conv.attr[key])
    return [*made, fused]
