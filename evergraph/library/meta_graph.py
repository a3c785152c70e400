"""MetaGraphDefs: a graph with its collections, saver and op definitions, written and read."""

import os
from collections.abc import Callable, Collection, Sequence
from typing import Any

from google.protobuf import text_format

from evergraph.base.compat import as_str
from evergraph.base.platform import file_io, logging
from evergraph.base.version import GIT_VERSION, VERSION
from evergraph.graph import graph_io, trust
from evergraph.graph.graph import Graph, get_default_graph
from evergraph.graph.keys import GraphKeys
from evergraph.graph.names import prepend_name_scope, strip_name_scope
from evergraph.graph.portable import import_graph_def
from evergraph.graph.proto_functions import get_collection_proto_type, get_from_proto_function
from evergraph.library import any_types
from evergraph.library.meta_graph_parts import (
    SAVE_AND_RESTORE_OPS as SAVE_AND_RESTORE_OPS,
)
from evergraph.library.meta_graph_parts import (
    UNBOUND_INPUT_PREFIX,
    add_collection_def,
    extraneous_saver_nodes,
    op_name,
    scope_of,
    scoped_node,
    should_include,
    strip_graph_default_valued_attrs,
    stripped_op_list_for_graph,
)
from evergraph.library.meta_graph_parts import (
    ops_used_by_graph_def as ops_used_by_graph_def,
)
from evergraph.proto.framework import graph_pb2
from evergraph.proto.protobuf import graph_debug_info_pb2, meta_graph_pb2, saver_pb2

_UNBOUND_INPUT_PREFIX = UNBOUND_INPUT_PREFIX
_op_name = op_name
_get_scope = scope_of
_find_extraneous_saver_nodes = extraneous_saver_nodes
_node_def = scoped_node
_should_include_node = should_include

# Older programs wrote names here instead of messages.
_COMPAT_COLLECTION_LIST = [
    GraphKeys.LOCAL_VARIABLES,
    GraphKeys.MODEL_VARIABLES,
    GraphKeys.METRIC_VARIABLES,
]

_DEBUG_FRAMES = 10


def _check_type(name: str, value: Any, kind: type, kind_name: str) -> None:
    if value is not None and not isinstance(value, kind):
        raise TypeError(f"{name} must be of type {kind_name}, not {type(value)}")


# Writing.


def create_meta_graph_def(
    meta_info_def: Any = None,
    graph_def: Any = None,
    saver_def: Any = None,
    collection_list: Sequence[Any] | None = None,
    graph: Graph | None = None,
    export_scope: str | None = None,
    exclude_nodes: Collection[str] | None = None,
    clear_extraneous_savers: bool = False,
    strip_default_attrs: bool = False,
) -> Any:
    """A MetaGraphDef of a graph.

    Args:
      meta_info_def: a MetaInfoDef to start with; versions are set in it.
      graph_def: a GraphDef; default: all of `graph`, with shapes.
      saver_def: the SaverDef of the saver that belongs to it.
      collection_list: the collections to write; default: all.
      graph: a Graph; default: the default graph.
      export_scope: the scope whose items of collections are written, without its name.
      exclude_nodes: names of nodes to leave out of collections.
      clear_extraneous_savers: whether only `saver_def`'s saver is written.
      strip_default_attrs: whether to drop attrs that have their default value.

    Raises:
      TypeError: an argument is of another type.
    """
    messages = meta_graph_pb2.MetaGraphDef
    _check_type("graph", graph, Graph, "Graph")
    _check_type("meta_info_def", meta_info_def, messages.MetaInfoDef, "MetaInfoDef")
    _check_type("graph_def", graph_def, graph_pb2.GraphDef, "GraphDef")
    _check_type("saver_def", saver_def, saver_pb2.SaverDef, "SaverDef")
    graph = graph or get_default_graph()
    made = messages()
    if meta_info_def is None:
        meta_info_def = messages.MetaInfoDef()
    meta_info_def.tensorflow_version = VERSION
    meta_info_def.tensorflow_git_version = GIT_VERSION
    made.meta_info_def.MergeFrom(meta_info_def)
    made.graph_def.MergeFrom(graph_def or graph.as_graph_def(add_shapes=True))
    if not made.meta_info_def.stripped_op_list.op:
        found = stripped_op_list_for_graph(made.graph_def)
        made.meta_info_def.stripped_op_list.MergeFrom(found)
    if strip_default_attrs:
        strip_graph_default_valued_attrs(made)
    if saver_def:
        made.saver_def.MergeFrom(saver_def)
    keys = graph.get_all_collection_keys() if collection_list is None else collection_list
    for key in keys:
        contents = None
        if clear_extraneous_savers and key == GraphKeys.SAVERS:
            contents = [get_from_proto_function(key)(saver_def)]
        add_collection_def(made, key, graph, export_scope, exclude_nodes, contents)
    return made


def export_scoped_meta_graph(
    filename: str | None = None,
    graph_def: Any = None,
    graph: Graph | None = None,
    export_scope: str | None = None,
    as_text: bool = False,
    unbound_inputs_col_name: str | None = "unbound_inputs",
    clear_devices: bool = False,
    saver_def: Any = None,
    clear_extraneous_savers: bool = False,
    strip_default_attrs: bool = False,
    save_debug_info: bool = False,
    **kwargs: Any,
) -> tuple[Any, dict[str, Any]]:
    """The MetaGraphDef of a graph or of one of its scopes.

    Args:
      filename: where to write it; None: nowhere.
      graph_def: the GraphDef; default: `graph`'s.
      graph: a Graph; default: the default graph.
      export_scope: only nodes of this scope are written, without its name.
      as_text: whether to write text.
      unbound_inputs_col_name: the collection that lists inputs from outside of `export_scope`.
      clear_devices: whether to drop devices.
      saver_def, clear_extraneous_savers, strip_default_attrs: as for `create_meta_graph_def`.
      save_debug_info: whether to write, beside `filename`, where nodes were made.
      **kwargs: further arguments of `create_meta_graph_def`.

    Returns:
      The message, and the variables in it by name without the scope.
    """
    graph = graph or get_default_graph()
    exclude = None
    if export_scope or clear_extraneous_savers or clear_devices:
        if clear_extraneous_savers:
            whole = graph.as_graph_def() if graph_def is None else graph_def
            exclude = extraneous_saver_nodes(whole, saver_def)
        unbound: list[str] = []
        source = _nodes_in_order(graph) if graph_def is None else graph_def
        graph_def = graph_pb2.GraphDef(versions=source.versions, library=source.library)
        for node in source.node:
            if should_include(node.name, export_scope, exclude):
                graph_def.node.append(scoped_node(node, export_scope, unbound, clear_devices))
        if unbound_inputs_col_name:
            graph.clear_collection(unbound_inputs_col_name)
            for name in unbound:
                graph.add_to_collection(unbound_inputs_col_name, name)
    variables = graph.get_collection(GraphKeys.GLOBAL_VARIABLES, scope=export_scope)
    by_name = {
        strip_name_scope(v.name, export_scope): v
        for v in variables
        if should_include(v, export_scope, exclude)
    }
    made = create_meta_graph_def(
        graph_def=graph_def,
        graph=graph,
        export_scope=export_scope,
        exclude_nodes=exclude,
        clear_extraneous_savers=clear_extraneous_savers,
        saver_def=saver_def,
        strip_default_attrs=strip_default_attrs,
        **kwargs,
    )
    if filename:
        folder, name = os.path.split(filename)
        graph_io.write_graph(any_types.to_file(made), folder, name, as_text=as_text)
        if save_debug_info:
            nodes = [
                graph.get_operation_by_name(prepend_name_scope(n.name, export_scope))
                for n in made.graph_def.node
            ]
            debug_name = os.path.splitext(name)[0] + ".debug"
            graph_io.write_graph(_debug_info(nodes), folder, debug_name, as_text=as_text)
    return made, by_name


def _nodes_in_order(graph: Graph) -> Any:
    """The GraphDef with control inputs in the order in which they were added, not by name."""
    graph_def = graph.as_graph_def(add_shapes=True)
    for node in graph_def.node:
        if sum(name.startswith("^") for name in node.input) > 1:
            node.input[:] = graph.get_operation_by_name(node.name).node_def.input
    return graph_def


def _debug_info(nodes: Sequence[Any]) -> Any:
    """Where nodes were made, as a GraphDebugInfo."""
    traces = {f"{node.name}@": node.traceback[-_DEBUG_FRAMES:] for node in nodes}
    files = sorted({frame[0] for trace in traces.values() for frame in trace})
    info = graph_debug_info_pb2.GraphDebugInfo(files=files)
    for name, trace in traces.items():
        lines = info.traces[name].file_line_cols
        for frame in reversed(trace):
            lines.add(file_index=files.index(frame[0]), line=frame[1])
    return info


# Reading.


def _read(filename: str, message: Any) -> Any:
    """Fills a message from a file, binary or text. Raises OSError where it is neither."""
    if not file_io.file_exists(filename):
        raise OSError(f"File {filename} does not exist.")
    content = file_io.FileIO(filename, "rb").read()
    try:
        message.ParseFromString(content)
        return message
    except Exception:
        message.Clear()
    try:
        text_format.Merge(any_types.from_file_text(content.decode("utf-8")), message)
    except (text_format.ParseError, UnicodeDecodeError) as error:
        raise OSError(f"Cannot parse file {filename}: {error}.") from None
    return message


def read_meta_graph_file(filename: str) -> Any:
    """The MetaGraphDef in a file, binary or text.

    Raises:
      OSError: there is no such file, or no MetaGraphDef in it.
    """
    message = _read(filename, meta_graph_pb2.MetaGraphDef())
    any_types.from_file(message)
    return message


def _read_file(filename: str) -> Any:
    """The GraphDef in a file, binary or text."""
    return _read(filename, graph_pb2.GraphDef())


def _everything(key: str) -> bool:
    return True


def import_scoped_meta_graph(
    meta_graph_or_file: Any,
    clear_devices: bool = False,
    graph: Graph | None = None,
    import_scope: str | None = None,
    input_map: dict[str, Any] | None = None,
    unbound_inputs_col_name: str | None = "unbound_inputs",
    restore_collections_predicate: Callable[[str], bool] = _everything,
) -> dict[str, Any]:
    """As `import_scoped_meta_graph_with_return_elements`, giving the variables alone."""
    return import_scoped_meta_graph_with_return_elements(
        meta_graph_or_file,
        clear_devices,
        graph,
        import_scope,
        input_map,
        unbound_inputs_col_name,
        restore_collections_predicate,
    )[0]


def import_scoped_meta_graph_with_return_elements(
    meta_graph_or_file: Any,
    clear_devices: bool = False,
    graph: Graph | None = None,
    import_scope: str | None = None,
    input_map: dict[str, Any] | None = None,
    unbound_inputs_col_name: str | None = "unbound_inputs",
    restore_collections_predicate: Callable[[str], bool] = _everything,
    return_elements: Sequence[str] | None = None,
    untrusted: bool = False,
) -> tuple[dict[str, Any], list[Any] | None]:
    """Adds the graph and the collections of a MetaGraphDef to a graph.

    Args:
      meta_graph_or_file: a MetaGraphDef or a file with one.
      clear_devices: whether to drop devices.
      graph: a Graph; default: the default graph.
      import_scope: a prefix for all names.
      input_map: tensors for the inputs that were not part of the export, by their names there.
      unbound_inputs_col_name: the collection that lists such inputs.
      restore_collections_predicate: says which collections to restore.
      return_elements: names of operations and tensors to return.
      untrusted: whether to refuse a graph with nodes that reach outside: that call Python
        functions, or use files other than the model's.

    Returns:
      The variables by name without the scope, and the `return_elements`.

    Raises:
      ValueError: there are inputs that `input_map` lacks.
      PermissionDeniedError: the graph is `untrusted` and has such nodes, which are named.
    """
    meta_graph_def = meta_graph_or_file
    if not isinstance(meta_graph_def, meta_graph_pb2.MetaGraphDef):
        meta_graph_def = read_meta_graph_file(meta_graph_or_file)
    if untrusted:
        trust.refuse_outside_reach(meta_graph_def.graph_def)
    if unbound_inputs_col_name:
        _check_unbound(meta_graph_def, unbound_inputs_col_name, input_map)
    graph = graph or get_default_graph()
    with graph.as_default():
        graph_def = meta_graph_def.graph_def
        if clear_devices:
            for node in graph_def.node:
                node.device = ""
        info = meta_graph_def.meta_info_def
        scope = graph.unique_name(import_scope or "", mark_as_used=False)
        elements = import_graph_def(
            graph_def,
            name=import_scope or scope,
            input_map=input_map,
            producer_op_list=info.stripped_op_list if info.HasField("stripped_op_list") else None,
            return_elements=return_elements,
        )
        _Collections(graph, meta_graph_def, scope).restore(
            unbound_inputs_col_name, restore_collections_predicate
        )
        variables = graph.get_collection(GraphKeys.GLOBAL_VARIABLES, scope=scope)
        return {strip_name_scope(v.name, scope): v for v in variables}, elements


def _check_unbound(meta_graph_def: Any, key: str, input_map: dict[str, Any] | None) -> None:
    if key not in meta_graph_def.collection_def:
        return
    collection = meta_graph_def.collection_def[key]
    names = [as_str(v) for v in getattr(collection, collection.WhichOneof("kind")).value]
    if names and (not input_map or sorted(names) != sorted(input_map)):
        missing = ",".join(names)
        raise ValueError(
            f"Graph contains unbound inputs: {missing}. Must provide these inputs through "
            "input_map."
        )


class _Collections:
    """The collections of a MetaGraphDef on their way into a graph."""

    def __init__(self, graph: Graph, meta_graph_def: Any, scope: str) -> None:
        self.graph = graph
        self.definitions = meta_graph_def.collection_def
        self.scope = scope
        self.variables: dict[bytes, Any] = {}
        version = meta_graph_def.meta_info_def.tensorflow_version
        # Before 1.9 the messages of variables did not say whether they are trained.
        self.knows_trainable = not version or _numbers(version) >= (1, 9)

    def restore(self, unbound: str | None, wanted: Callable[[str], bool]) -> None:
        trainable = GraphKeys.TRAINABLE_VARIABLES
        # Trainable variables first: the same message then stands for the same variable elsewhere.
        for key in sorted(self.definitions, key=lambda k: (k != trainable, k)):
            if key != unbound and wanted(key):
                self._restore(key, self.definitions[key])

    def _restore(self, key: str, definition: Any) -> None:
        kind = definition.WhichOneof("kind")
        if kind is None:
            logging.error("Cannot identify data type for collection %s. Skipping.", key)
            return
        metric = key == GraphKeys.METRIC_VARIABLES
        from_proto = get_from_proto_function(GraphKeys.GLOBAL_VARIABLES if metric else key)
        if from_proto and kind == "bytes_list":
            for value in definition.bytes_list.value:
                item = self._item(key, value, from_proto)
                self.graph.add_to_collection(key, item)
            return
        if key in _COMPAT_COLLECTION_LIST:
            logging.warning(
                "The saved meta_graph is possibly from an older release:\n'%s' collection should "
                "be "
                "of type 'byte_list', but instead is of type '%s'.",
                key,
                kind,
            )
        for value in getattr(definition, kind).value:
            self.graph.add_to_collection(key, self._plain(kind, value))

    def _item(self, key: str, value: bytes, from_proto: Callable[..., Any]) -> Any:
        is_variable = key in GraphKeys._VARIABLE_COLLECTIONS
        if is_variable and value in self.variables:
            return self.variables[value]
        proto = get_collection_proto_type(key)()
        proto.ParseFromString(value)
        if is_variable and not self.knows_trainable:
            proto.trainable = key == GraphKeys.TRAINABLE_VARIABLES
        item = from_proto(proto, import_scope=self.scope)
        if is_variable:
            self.variables[value] = item
        return item

    def _plain(self, kind: str, value: Any) -> Any:
        if kind == "node_list":
            return self.graph.as_graph_element(prepend_name_scope(value, self.scope))
        if kind == "int64_list":
            return int(value)
        if kind == "bytes_list" and self.scope:
            return prepend_name_scope(as_str(value), self.scope)  # texts count as names
        return value


def _numbers(version: str) -> tuple[int, ...]:
    """The leading numbers of a version: (1, 15, 0) of "1.15.0-rc1"."""
    found = []
    for part in version.split("."):
        digits = part[: len(part) - len(part.lstrip("0123456789"))]
        if not digits:
            break
        found.append(int(digits))
    return tuple(found)


def copy_scoped_meta_graph(
    from_scope: str,
    to_scope: str,
    from_graph: Graph | None = None,
    to_graph: Graph | None = None,
) -> dict[str, Any]:
    """Copies a scope of a graph into another scope or graph, and gives its variables there.

    Raises:
      ValueError: both are the same.
    """
    from_graph = from_graph or get_default_graph()
    to_graph = to_graph or get_default_graph()
    if from_graph is to_graph and from_scope == to_scope:
        raise ValueError(
            "'from_scope' and 'to_scope' need to be different when performing copy in the same "
            "graph."
        )
    exported, _ = export_scoped_meta_graph(export_scope=from_scope, graph=from_graph)
    return import_scoped_meta_graph(exported, graph=to_graph, import_scope=to_scope)
