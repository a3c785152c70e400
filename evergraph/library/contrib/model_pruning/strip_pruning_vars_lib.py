"""Graphs with constants in place of weights and masks."""

from typing import Any

import numpy as np

from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.engine.session import Session
from evergraph.graph import graph_util_impl as graph_util
from evergraph.graph.graph import Graph, get_default_graph
from evergraph.graph.portable import import_graph_def
from evergraph.graph.tensor_proto import make_tensor_proto
from evergraph.library.train import checkpoint_management
from evergraph.library.train.saver import import_meta_graph
from evergraph.proto.framework import graph_pb2


def _get_masked_weights(input_graph_def: Any) -> dict[str, Any]:
    """The values of weights times masks, by node."""
    names = [node.name for node in input_graph_def.node if "masked_weight" in node.name]
    graph = Graph()
    with graph.as_default():
        import_graph_def(input_graph_def, name="")
        with Session(graph=graph) as sess:
            values = dict(zip(names, sess.run([n + ":0" for n in names]), strict=True))
    for name, value in values.items():
        zeros = 100 - 100 * np.count_nonzero(value) / np.size(value)
        logging.info(f"{name} has {np.size(value)} values, {zeros:1.2f}% zeros \n")
    return values


@export("contrib.model_pruning.strip_pruning_vars_fn")
def strip_pruning_vars_fn(input_graph_def: Any, output_node_names: Any) -> Any:
    """A graph without masks: weights times masks are constants. Stands for
    `tf.contrib.model_pruning.strip_pruning_vars_fn`.

    Args:
      input_graph_def: a GraphDef whose variables are constants.
      output_node_names: names of the nodes to compute.
    """
    values = _get_masked_weights(input_graph_def)
    result = graph_pb2.GraphDef()
    for node in input_graph_def.node:
        if node.name not in values:
            result.node.append(node)
            continue
        made = result.node.add(name=node.name, op="Const")
        made.attr["dtype"].CopyFrom(node.attr["T"])
        made.attr["value"].tensor.CopyFrom(make_tensor_proto(values[node.name]))
    return graph_util.extract_sub_graph(result, output_node_names)


@export("contrib.model_pruning.graph_def_from_checkpoint")
def graph_def_from_checkpoint(checkpoint_dir: str, output_node_names: Any) -> Any:
    """The graph of the latest checkpoint, its variables made constants. Stands for
    `tf.contrib.model_pruning.graph_def_from_checkpoint`.

    Args:
      checkpoint_dir: the folder of checkpoints.
      output_node_names: names of the nodes to compute.

    Raises:
      ValueError: there is no checkpoint.
    """
    path = checkpoint_management.latest_checkpoint(checkpoint_dir)
    if path is None:
        raise ValueError(f"Could not find a checkpoint at: {checkpoint_dir}.")
    saver: Any = import_meta_graph(path + ".meta", clear_devices=True)
    with Session() as sess:
        saver.restore(sess, path)
        graph_def = get_default_graph().as_graph_def()
        return graph_util.convert_variables_to_constants(sess, graph_def, output_node_names)


def _node_name(tensor_name: str) -> str:
    """The name of a tensor's operation."""
    return tensor_name.split(":")[0]
