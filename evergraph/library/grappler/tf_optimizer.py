"""Graphs made smaller: constants computed beforehand, and nodes left out that nobody needs."""

from collections.abc import Iterable
from typing import Any

from evergraph.base import dtypes
from evergraph.engine.session import Session
from evergraph.graph.graph import Graph
from evergraph.graph.operation import Operation
from evergraph.graph.portable import import_graph_def
from evergraph.graph.tensor_proto import make_tensor_proto
from evergraph.proto.framework.graph_pb2 import GraphDef
from evergraph.proto.protobuf.config_pb2 import ConfigProto
from evergraph.proto.protobuf.rewriter_config_pb2 import RewriterConfig

_FLOW = frozenset(
    ["Switch", "RefSwitch", "Merge", "RefMerge", "Enter", "RefEnter", "Exit", "RefExit"]
    + ["NextIteration", "RefNextIteration", "LoopCond", "Placeholder", "PlaceholderV2"]
    + ["PlaceholderWithDefault", "_Arg", "_Retval", "FakeParam"]
)
_OF_SHAPES = frozenset(["Shape", "Size", "Rank"])
# TensorFlow leaves what is larger to the run.
_LARGEST = 10 * 1024 * 1024
_FETCHED = "train_op"


def OptimizeGraph(
    config_proto: Any,
    metagraph: Any,
    verbose: bool = True,
    graph_id: bytes = b"graph_to_optimize",
    cluster: Any = None,
) -> Any:
    """The graph of a MetaGraphDef with constants folded, as a GraphDef.

    Args:
      config_proto: the options; constant folding may be off.
      metagraph: its collection "train_op" names what is kept.
      verbose, graph_id, cluster: of no consequence.

    Raises:
      TypeError: `config_proto` is no ConfigProto.
    """
    if not isinstance(config_proto, ConfigProto):
        raise TypeError(f"Expected config_proto to be a ConfigProto, saw type {type(config_proto)}")
    graph_def = metagraph.graph_def
    listed = metagraph.collection_def[_FETCHED].node_list.value
    fetches = [name.lstrip("^").split(":")[0] for name in listed]
    if config_proto.graph_options.rewrite_options.constant_folding == RewriterConfig.OFF:
        return _kept(graph_def, fetches, {})
    graph = Graph()
    with graph.as_default():
        import_graph_def(graph_def, name="")
    constant = _constant_nodes(graph)
    return _kept(graph_def, fetches, _folded(graph, constant, fetches))


def _foldable(op: Operation) -> bool:
    """Whether the node gives the same whenever its inputs are the same."""
    if op.type in _FLOW or op.graph._get_function(op.type) is not None:
        return False
    known = [t for t in op.outputs if t.dtype not in (dtypes.resource, dtypes.variant)]
    return (
        op._entry is not None
        and not op._is_stateful
        and bool(op.outputs)
        and len(known) == len(op.outputs)
        and not any(t.dtype._is_ref_dtype for t in op.outputs)
    )


def _constant_nodes(graph: Graph) -> set[str]:
    """The names of nodes whose outputs never change."""
    found: set[str] = set()
    for op in graph.get_operations():
        by_shape = op.type in _OF_SHAPES and op.inputs[0].shape.is_fully_defined()
        fixed = by_shape or all(t.op.name in found for t in op.inputs)
        if fixed and not op.control_inputs and _foldable(op):
            found.add(op.name)
    return found


def _folded(graph: Graph, constant: set[str], fetches: Iterable[str]) -> dict[str, Any]:
    """The values of constant nodes that others than constant ones use, by name."""
    wanted = set(fetches)
    for op in graph.get_operations():
        if op.name not in constant:
            wanted.update(t.op.name for t in op.inputs)
    names = [
        op.name
        for op in graph.get_operations()
        if op.name in wanted & constant and op.type != "Const" and len(op.outputs) == 1
    ]
    with Session(graph=graph) as session:
        values = session.run([graph.get_operation_by_name(n).outputs[0] for n in names])
    return {n: v for n, v in zip(names, values, strict=True) if v.nbytes <= _LARGEST}


def _kept(graph_def: Any, fetches: Iterable[str], folded: dict[str, Any]) -> Any:
    """The nodes that the fetches need; folded ones as constants."""
    by_name = {node.name: node for node in graph_def.node}
    needed: set[str] = set()
    waiting = [name for name in fetches if name in by_name]
    while waiting:
        name = waiting.pop()
        if name in needed:
            continue
        needed.add(name)
        if name not in folded:
            waiting += [i.lstrip("^").split(":")[0] for i in by_name[name].input]
    found = GraphDef(versions=graph_def.versions)
    found.library.CopyFrom(graph_def.library)
    for node in graph_def.node:
        if node.name not in needed:
            continue
        kept = found.node.add()
        if node.name not in folded:
            kept.CopyFrom(node)
            continue
        value = make_tensor_proto(folded[node.name])
        kept.name, kept.op, kept.device = node.name, "Const", node.device
        kept.attr["dtype"].type = value.dtype
        kept.attr["value"].tensor.CopyFrom(value)
    return found
