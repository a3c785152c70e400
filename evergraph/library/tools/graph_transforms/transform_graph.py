"""`TransformGraph`: transforms by their names."""

from collections.abc import Callable, Sequence
from typing import Any

from evergraph.base import errors
from evergraph.base.platform import logging
from evergraph.library.tools.graph_transforms import (
    attributes,
    constants,
    convolutions,
    structure,
)
from evergraph.library.tools.graph_transforms.matching import invalid, node_of
from evergraph.library.tools.graph_transforms.parameters import Context, parsed
from evergraph.proto.framework import graph_pb2

_TRANSFORMS: dict[str, Callable[[Any, Context], Any]] = {
    transform.__name__: transform
    for transform in (
        attributes.add_default_attributes,
        attributes.backport_concatv2,
        attributes.backport_tensor_array_v3,
        attributes.insert_logging,
        attributes.remove_attribute,
        attributes.remove_device,
        attributes.rename_attribute,
        attributes.rename_op,
        attributes.set_device,
        constants.fold_constants,
        constants.quantize_weights,
        constants.round_weights,
        convolutions.flatten_atrous_conv,
        convolutions.fold_batch_norms,
        convolutions.fold_old_batch_norms,
        convolutions.fuse_pad_and_conv,
        convolutions.fuse_resize_and_conv,
        convolutions.fuse_resize_pad_and_conv,
        structure.merge_duplicate_nodes,
        structure.obfuscate_names,
        structure.remove_control_dependencies,
        structure.remove_nodes,
        structure.sort_by_execution_order,
        structure.strip_unused_nodes,
    )
}
# TensorFlow has these, too.
_MISSING = ("freeze_requantization_ranges", "quantize_nodes", "sparsify_gather")


def TransformGraph(
    input_graph_def: Any, inputs: Sequence[str], outputs: Sequence[str], transforms: Sequence[str]
) -> Any:
    """A GraphDef rewritten by transforms, one after another.

    Args:
      input_graph_def: a GraphDef.
      inputs: names of the nodes that are fed.
      outputs: names of the nodes to compute.
      transforms: names, with parameters in brackets: "remove_nodes(op=Identity, op=NoOp)".
        `ignore_errors=true` is one that each knows.

    Returns:
      A GraphDef.

    Raises:
      InvalidArgumentError: a transform cannot be done, or there is none of this name.
      InternalError: a node's input is not in the graph any more.
      NotImplementedError: quantize_nodes, freeze_requantization_ranges or sparsify_gather.
    """
    # Commas separate names on the way to the transforms.
    names = [[name for name in ",".join(texts).split(",") if name] for texts in (inputs, outputs)]
    graph_def = graph_pb2.GraphDef()
    graph_def.CopyFrom(input_graph_def)
    for name, parameters in parsed(" ".join(transforms)):
        if name in _MISSING:
            raise NotImplementedError(f"The transform {name} is not supported.")
        if name not in _TRANSFORMS:
            raise invalid(f"Transform '{name}' not recognized.")
        result = _applied(name, graph_def, Context(*names, parameters))
        result.library.CopyFrom(graph_def.library)
        _check(result)
        graph_def = result
    return graph_def


def _applied(name: str, graph_def: Any, context: Context) -> Any:
    ignore = context.parameters.get("ignore_errors", ["false"])[0]
    if ignore.lower() not in ("true", "false"):
        raise invalid(f"ignore_errors should be true or false, found {ignore.lower()}")
    try:
        return _TRANSFORMS[name](graph_def, context)
    except errors.OpError as error:
        if ignore.lower() == "false":
            raise
        logging.error(f"{name}: Ignoring error {error.message}")
        return graph_def


def _check(graph_def: Any) -> None:
    names = {node.name for node in graph_def.node}
    for node in graph_def.node:
        for source in map(node_of, node.input):
            if source not in names:
                logging.error(f"Invalid input {source} for node {node.name}")
                raise errors.InternalError(
                    None, None, "Invalid graph with inputs referring to nonexistent nodes"
                )
