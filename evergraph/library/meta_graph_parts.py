"""The parts of a MetaGraphDef: nodes taken out of a scope, used ops, default attrs, collections."""

import copy
import re
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from google.protobuf.any_pb2 import Any as AnyMessage

from evergraph.base.compat import as_bytes, as_str
from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.graph.graph import Graph, get_default_graph
from evergraph.graph.names import strip_name_scope
from evergraph.graph.op_def import op_def
from evergraph.graph.proto_functions import get_collection_proto_type, get_to_proto_function
from evergraph.graph.registry import lookup
from evergraph.graph.tensor_proto import make_ndarray
from evergraph.proto.framework import attr_value_pb2, op_def_pb2
from evergraph.proto.protobuf import meta_graph_pb2

UNBOUND_INPUT_PREFIX = "$unbound_inputs_"

SAVE_AND_RESTORE_OPS = [
    "SaveV2",
    "Save",
    "SaveSlice",
    "LegacySave",
    "LegacySaveSlice",
    "RestoreV2",
    "Restore",
    "RestoreSlice",
    "LegacyRestore",
    "LegacyRestoreSlice",
]

# Ops of graph functions that need not be registered.
_FUNCTION_OPS = ("_Arg", "_Retval", "_ListToArray", "_ArrayToList")


# Nodes.


def scoped_node(
    node: Any, export_scope: str | None, unbound_inputs: list[str], clear_devices: bool = False
) -> Any:
    """A copy of a NodeDef without the prefix `export_scope`; inputs from outside are renamed and
    listed."""
    copied = copy.deepcopy(node)
    for i, name in enumerate(node.input):
        if export_scope and not name.lstrip("^").startswith(export_scope):
            copied.input[i] = re.sub(r"([\^]|^)(.*)", r"\1" + UNBOUND_INPUT_PREFIX + r"\2", name)
            unbound_inputs.append(copied.input[i])
        else:
            copied.input[i] = strip_name_scope(name, export_scope)
    copied.name = strip_name_scope(node.name, export_scope)
    for key, value in node.attr.items():
        if key == "_class":
            groups = [as_str(s) for s in value.list.s]
            kept = [
                as_bytes(strip_name_scope(g, export_scope))
                for g in groups
                if not export_scope or g.split("@")[1].startswith(export_scope)
            ]
            listed = attr_value_pb2.AttrValue.ListValue(s=kept)
            copied.attr[key].CopyFrom(attr_value_pb2.AttrValue(list=listed))
        elif key == "frame_name" and node.op in ("Enter", "RefEnter"):
            copied.attr[key].s = as_bytes(strip_name_scope(as_str(value.s), export_scope))
    if clear_devices:
        copied.device = ""
    return copied


def should_include(item: Any, export_scope: str | None, exclude: Collection[str] | None) -> bool:
    """Whether a node, its name, or an item of a collection belongs into the export."""
    name = item if isinstance(item, str) else getattr(item, "name", None)
    if name is None:
        return True
    name = as_str(name)
    if exclude and (name in exclude or (isinstance(item, str) and item in exclude)):
        return False
    return (
        name.startswith(UNBOUND_INPUT_PREFIX) or not export_scope or name.startswith(export_scope)
    )


def op_name(tensor_name: str) -> str:
    """The node of a tensor or control input. Raises ValueError for an empty name."""
    if not tensor_name:
        raise ValueError("Tensor name cannot be empty or None.")
    return tensor_name.lstrip("^").split(":")[0]


def scope_of(node_name: str) -> str:
    """The name scope of a node. Raises ValueError for an empty name."""
    if not node_name:
        raise ValueError("Node name cannot be empty or None.")
    return node_name.lstrip("^").rpartition("/")[0]


def extraneous_saver_nodes(graph_def: Any, saver_def: Any) -> set[str]:
    """The nodes of all savers but the one that `saver_def` describes."""
    names = [node.name for node in graph_def.node]
    retained = set()
    if saver_def is not None:
        for name in (saver_def.save_tensor_name, saver_def.restore_op_name):
            retained.add(scope_of(op_name(name)) + "/")
    savers = {node.name for node in graph_def.node if node.op in SAVE_AND_RESTORE_OPS}
    scopes = {scope_of(name) for name in savers} - savers
    others = tuple({scope + "/" for scope in scopes} - retained)
    return {name for name in names if name.startswith(others)}


# Op definitions.


@export("contrib.util.ops_used_by_graph_def")
def ops_used_by_graph_def(graph_def: Any) -> list[str]:
    """The op types of a GraphDef, those inside of its functions included."""
    functions = {f.signature.name: f for f in graph_def.library.function}
    used: set[str] = set()
    waiting: list[Any] = []

    def mark(nodes: Iterable[Any]) -> None:
        for node in nodes:
            if node.op not in used and node.op in functions:
                waiting.append(functions[node.op])
            used.add(node.op)

    mark(graph_def.node)
    while waiting:
        mark(waiting.pop().node_def)
    return [name for name in used if name not in functions]


@export("contrib.util.stripped_op_list_for_graph")
def stripped_op_list_for_graph(graph_def: Any) -> Any:
    """The OpDefs of all op types of a GraphDef, by name.

    Raises:
      ValueError: an op type is not registered.
    """
    found = []
    for name in sorted(ops_used_by_graph_def(graph_def)):
        entry = lookup(name)
        if entry is not None:
            found.append(op_def(entry))
        elif name not in _FUNCTION_OPS:
            raise ValueError(f"Op {name} is used by the graph, but is not registered")
    return op_def_pb2.OpList(op=found)


def same_attr_value(a: Any, b: Any) -> bool:
    """Whether two AttrValues mean the same: tensors may be written in several ways."""
    if a.WhichOneof("value") == b.WhichOneof("value") == "tensor":
        x, y = make_ndarray(a.tensor), make_ndarray(b.tensor)
        return x.dtype == y.dtype and x.shape == y.shape and bool((x == y).all())
    return bool(a == b)


def strip_graph_default_valued_attrs(meta_graph_def: Any) -> None:
    """Drops the attrs of all nodes that have their op's default value."""
    library = meta_graph_def.graph_def.library.function
    functions = {f.signature.name for f in library}
    for nodes in (meta_graph_def.graph_def.node, *[f.node_def for f in library]):
        for node in nodes:
            entry = None if node.op in functions else lookup(node.op)
            if entry is None:
                continue
            for attr in op_def(entry).attr:
                if attr.name in node.attr and attr.HasField("default_value"):
                    if same_attr_value(node.attr[attr.name], attr.default_value):
                        del node.attr[attr.name]
    meta_graph_def.meta_info_def.stripped_default_attrs = True


# Collections.

_ASSETS_KEY = "saved_model_assets"


def asset_file_defs(meta_graph_def: Any) -> list[Any]:
    """The AssetFileDefs of a MetaGraphDef, of its field or its collection."""
    if meta_graph_def.asset_file_def:
        return list(meta_graph_def.asset_file_def)
    if _ASSETS_KEY not in meta_graph_def.collection_def:
        return []
    packed = meta_graph_def.collection_def[_ASSETS_KEY].any_list.value
    return [meta_graph_pb2.AssetFileDef.FromString(message.value) for message in packed]


def _kind(item: Any) -> str:
    """The field of a CollectionDef for items like this."""
    if isinstance(item, (str, bytes)):
        return "bytes_list"
    if isinstance(item, int):
        return "int64_list"
    if isinstance(item, float):
        return "float_list"
    return "any_list" if isinstance(item, AnyMessage) else "node_list"


def add_collection_def(
    meta_graph_def: Any,
    key: Any,
    graph: Graph | None = None,
    export_scope: str | None = None,
    exclude_nodes: Collection[str] | None = None,
    override_contents: Sequence[Any] | None = None,
) -> None:
    """Adds a collection of `graph` (default: the default graph) to a MetaGraphDef.

    Items that cannot be written are logged, and the collection is left out.

    Args:
      meta_graph_def: the message.
      key: the collection.
      graph: a Graph.
      export_scope: only items whose name begins so are written, without that.
      exclude_nodes: names of items to leave out.
      override_contents: items to write instead of the collection's.

    Raises:
      TypeError: `graph` is not a Graph.
    """
    if graph is not None and not isinstance(graph, Graph):
        raise TypeError(f"graph must be of type Graph, not {type(graph)}")
    if not isinstance(key, (str, bytes)):
        logging.warning(
            "Only collections with string type keys will be serialized. This key has %s", type(key)
        )
        return
    graph = graph or get_default_graph()
    items = [
        item
        for item in override_contents or graph.get_collection(key)
        if should_include(item, export_scope, exclude_nodes)
    ]
    if not items:
        return
    try:
        _fill_collection(meta_graph_def.collection_def[key], key, items, export_scope)
    except Exception as error:
        logging.warning(
            "Issue encountered when serializing %s.\nType is unsupported, or the types of the "
            "items "
            "don't match field type in CollectionDef. Note this is a warning and probably safe to "
            "ignore.\n%s",
            key,
            str(error),
        )
        if key in meta_graph_def.collection_def:
            del meta_graph_def.collection_def[key]


def _fill_collection(
    collection_def: Any, key: Any, items: list[Any], export_scope: str | None
) -> None:
    to_proto = get_to_proto_function(key)
    if to_proto:
        for item in items:
            message = to_proto(item, export_scope=export_scope)
            if message:
                assert isinstance(message, get_collection_proto_type(key))
                collection_def.bytes_list.value.append(message.SerializeToString())
        return
    kind = _kind(items[0])
    values = getattr(collection_def, kind).value
    if kind == "node_list":
        for item in items:
            if not export_scope or item.name.startswith(export_scope):
                values.append(strip_name_scope(item.name, export_scope))
    elif kind == "bytes_list":
        values.extend([as_bytes(item) for item in items])
    else:
        values.extend(items)
