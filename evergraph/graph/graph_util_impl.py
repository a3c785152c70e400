"""Work on GraphDefs: `tf.graph_util`."""

import copy
from collections.abc import Sequence
from typing import Any

from evergraph.base import dtypes
from evergraph.base.deprecation import deprecated
from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.base.tensor_shape import TensorShape
from evergraph.graph.operation import Operation
from evergraph.graph.tensor_proto import make_tensor_proto
from evergraph.proto.framework import graph_pb2, node_def_pb2

_VARIABLE_OPS = frozenset(
    """Assign AssignAdd AssignSub Queue ScatterAdd ScatterSub ScatterUpdate TruncatedNormal Variable
    VariableV2""".split()
)

_PASSES_ON = frozenset(["Switch", "Enter", "Exit", "Identity", "Merge", "NextIteration"])


@export("graph_util.must_run_on_cpu")
@deprecated(date=None, instructions="Use `tf.compat.v1.graph_util.must_run_on_cpu`")
def must_run_on_cpu(node: Any, pin_variables_on_cpu: bool = False) -> bool:
    """Whether a node has no kernel for GPUs. Stands for `tf.graph_util.must_run_on_cpu`.

    Args:
      node: an Operation or a NodeDef.
      pin_variables_on_cpu: whether variables and what changes them count as such.
    """
    node_def = node.node_def if isinstance(node, Operation) else node
    if pin_variables_on_cpu and node_def.op in _VARIABLE_OPS:
        return True
    if node_def.op == "Const":
        return node_def.attr["dtype"].type in (dtypes.string, dtypes.int32)
    if node_def.op in ("DynamicStitch", "ParallelDynamicStitch"):
        return node_def.attr["T"].type == dtypes.int32
    return node_def.op == "Cast" and node_def.attr["SrcT"].type == dtypes.int32


def _node_name(name: str) -> str:
    """The node that an input names."""
    return name[1:] if name.startswith("^") else name.split(":")[0]


def _needed_by(node: Any) -> list[str]:
    """The nodes that a node takes inputs of or is to be placed with."""
    names = [_node_name(i) for i in node.input]
    if "_class" in node.attr:
        groups = [g.decode() for g in node.attr["_class"].list.s]
        names.extend(g[5:] for g in groups if g.startswith("loc:@"))
    return names


@export("graph_util.extract_sub_graph")
@deprecated(date=None, instructions="Use `tf.compat.v1.graph_util.extract_sub_graph`")
def extract_sub_graph(graph_def: Any, dest_nodes: Sequence[str]) -> Any:
    """The part of a GraphDef that some nodes need. Stands for `tf.graph_util.extract_sub_graph`.

    Args:
      graph_def: a GraphDef.
      dest_nodes: names of nodes.

    Raises:
      TypeError: `graph_def` is no GraphDef, or `dest_nodes` no list.
      AssertionError: a node is not in the graph.
    """
    if not isinstance(graph_def, graph_pb2.GraphDef):
        raise TypeError("graph_def must be a graph_pb2.GraphDef proto.")
    if isinstance(dest_nodes, str):
        raise TypeError("dest_nodes must be a list.")
    return _sub_graph(graph_def, dest_nodes)


def _sub_graph(graph_def: Any, dest_nodes: Sequence[str]) -> Any:
    nodes = {_node_name(n.name): n for n in graph_def.node}
    for name in dest_nodes:
        assert name in nodes, f"{name} is not in graph"
    kept: set[str] = set()
    waiting = list(dest_nodes)
    while waiting:
        name = waiting.pop()
        if name in kept:
            continue
        kept.add(name)
        waiting.extend(_needed_by(nodes[name]))
    result = graph_pb2.GraphDef()
    result.node.extend(n for name, n in nodes.items() if name in kept)
    result.library.CopyFrom(graph_def.library)
    result.versions.CopyFrom(graph_def.versions)
    return result


@export("graph_util.tensor_shape_from_node_def_name")
@deprecated(date=None, instructions="Use `tf.compat.v1.graph_util.tensor_shape_from_node_def_name`")
def tensor_shape_from_node_def_name(graph: Any, input_name: str) -> TensorShape:
    """The static shape of a tensor called as in a NodeDef's inputs. Stands for
    `tf.graph_util.tensor_shape_from_node_def_name`."""
    name = input_name if ":" in input_name else input_name + ":0"
    return graph.get_tensor_by_name(name).get_shape()


@export("graph_util.convert_variables_to_constants")
@deprecated(date=None, instructions="Use `tf.compat.v1.graph_util.convert_variables_to_constants`")
def convert_variables_to_constants(
    sess: Any,
    input_graph_def: Any,
    output_node_names: Sequence[str],
    variable_names_whitelist: Any = None,
    variable_names_blacklist: Any = None,
) -> Any:
    """A graph whose variables are constants of the values that they have now. Stands for
    `tf.graph_util.convert_variables_to_constants`.

    Args:
      sess: the session that holds the variables.
      input_graph_def: a GraphDef.
      output_node_names: names of the nodes that the result must be able to compute.
      variable_names_whitelist: the variables to convert; default: all.
      variable_names_blacklist: the variables to leave.

    Returns:
      A GraphDef with what `output_node_names` need.
    """
    return _Freezer(
        _sub_graph(input_graph_def, output_node_names),
        variable_names_whitelist,
        variable_names_blacklist,
    ).frozen(sess)


class _Freezer:
    """Replaces variables, and what reads them, in a GraphDef."""

    def __init__(self, graph_def: Any, only: Any, without: Any) -> None:
        self.graph_def = graph_def
        self.nodes = {n.name: n for n in graph_def.node}
        self.fetches: dict[str, str] = {}
        # Nodes between a variable's handle and its reading: they hand on the value now.
        self.value_types: dict[str, Any] = {}
        for node in graph_def.node:
            if node.op in ("Variable", "VariableV2", "VarHandleOp"):
                if (only is None or node.name in only) and (
                    without is None or node.name not in without
                ):
                    suffix = "/Read/ReadVariableOp:0" if node.op == "VarHandleOp" else ":0"
                    self.fetches[node.name] = node.name + suffix
            elif node.op in ("ReadVariableOp", "ResourceGather"):
                self._follow_handle(node)

    def _follow_handle(self, node: Any) -> None:
        dtype = node.attr["dtype"]
        sources = [_node_name(node.input[0])]
        while sources and self.nodes[sources[0]].op in _PASSES_ON:
            source = self.nodes[sources.pop()]
            merged = [source.name]
            if source.op == "Merge":
                merged.append(_node_name(source.input[1]))
            for name in merged:
                if name not in self.value_types:
                    self.value_types[name] = dtype
                    sources.append(_node_name(self.nodes[name].input[0]))
        for name in sources:
            if self.nodes[name].op != "VarHandleOp":
                raise ValueError("Cannot find the variable that is an input to the ReadVariableOp.")

    def frozen(self, sess: Any) -> Any:
        values = sess.run(list(self.fetches.values())) if self.fetches else []
        by_name = dict(zip(self.fetches, values, strict=True))
        logging.info("Froze %d variables.", len(values))
        result = graph_pb2.GraphDef()
        for node in self.graph_def.node:
            if node.name in by_name:
                value = by_name[node.name]
                result.node.append(_const(node.name, node.attr["dtype"], value, value.shape))
            elif node.name in self.value_types:
                result.node.append(self._value_passing(node))
            elif node.op == "ReadVariableOp":
                result.node.append(_read(node))
            elif node.op == "ResourceGather":
                result.node.extend(_gather(node))
            else:
                result.node.append(node)
        result.library.CopyFrom(self.graph_def.library)
        logging.info("Converted %d variables to const ops.", len(by_name))
        return result

    def _value_passing(self, node: Any) -> Any:
        new = node_def_pb2.NodeDef(name=node.name, op=node.op, input=node.input)
        for key, value in node.attr.items():
            if key != "_output_shapes":
                new.attr[key].CopyFrom(value)
        new.attr["T"].CopyFrom(self.value_types[node.name])
        return new


def _const(name: str, dtype: Any, value: Any, shape: Any = None) -> Any:
    node = node_def_pb2.NodeDef(name=name, op="Const")
    node.attr["dtype"].CopyFrom(dtype)
    node.attr["value"].tensor.CopyFrom(make_tensor_proto(value, dtype=dtype.type, shape=shape))
    return node


def _read(node: Any) -> Any:
    new = node_def_pb2.NodeDef(name=node.name, op="Identity", input=node.input[:1])
    new.attr["T"].CopyFrom(node.attr["dtype"])
    if "_class" in node.attr:
        new.attr["_class"].CopyFrom(node.attr["_class"])
    return new


def _gather(node: Any) -> tuple[Any, Any]:
    """A GatherV2 for a ResourceGather, and the constant that is its axis."""
    if node.attr["batch_dims"].i != 0:
        raise ValueError("batch_dims != 0 is not supported by freeze_graph.")
    axis = _const(node.name + "/axis", node.attr["Tindices"], 0)
    new = node_def_pb2.NodeDef(
        name=node.name, op="GatherV2", input=[node.input[0], node.input[1], axis.name]
    )
    new.attr["Tparams"].CopyFrom(node.attr["dtype"])
    new.attr["Tindices"].CopyFrom(node.attr["Tindices"])
    new.attr["Taxis"].CopyFrom(node.attr["Tindices"])
    if "_class" in node.attr:
        new.attr["_class"].CopyFrom(node.attr["_class"])
    return axis, new


@export("graph_util.remove_training_nodes")
@deprecated(date=None, instructions="Use `tf.compat.v1.graph_util.remove_training_nodes`")
def remove_training_nodes(input_graph: Any, protected_nodes: Sequence[str] | None = None) -> Any:
    """A GraphDef without CheckNumerics and Identity nodes. Stands for
    `tf.graph_util.remove_training_nodes`.

    Identity nodes with edges of control stay.

    Args:
      input_graph: a GraphDef.
      protected_nodes: names of nodes that stay in any case.
    """
    protected = set(protected_nodes or ())
    removed = {
        n.name for n in input_graph.node if n.op == "CheckNumerics" and n.name not in protected
    }
    nodes = []
    for node in input_graph.node:
        if node.name not in removed:
            node = copy.deepcopy(node)
            inputs = [i for i in node.input if i.removeprefix("^") not in removed]
            del node.input[:]
            node.input.extend(inputs)
            nodes.append(node)
    controls = {i[1:] for n in nodes for i in n.input if i.startswith("^")}
    instead = {
        n.name: n.input[0]
        for n in nodes
        if n.op == "Identity"
        and n.name not in protected
        and n.name not in controls
        and not any(i.startswith("^") for i in n.input)
    }
    result = graph_pb2.GraphDef()
    for node in nodes:
        if node.name in instead:
            continue
        inputs = list(node.input)
        for k, name in enumerate(inputs):
            while name.removeprefix("^") in instead:
                name = instead[name.removeprefix("^")]
            inputs[k] = name
        del node.input[:]
        node.input.extend(inputs)
        result.node.append(node)
    return result
