"""Comparing graphs: `tf.test.assert_equal_graph_def` and its relatives."""

import re
from typing import Any

from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.graph.portable import import_graph_def
from evergraph.graph.proto_functions import get_collection_proto_type
from evergraph.graph.tensor_proto import make_ndarray
from evergraph.proto.framework import types_pb2
from evergraph.proto.framework.attr_value_pb2 import AttrValue
from evergraph.proto.framework.graph_pb2 import GraphDef
from evergraph.proto.framework.node_def_pb2 import NodeDef

# Names that savers and tables make up anew each time.
SHARDED_SAVE_NAME = re.compile("_temp_[0-9a-z]{32}/part")
TABLE_SHARED_NAME = re.compile(r"hash_table_[0-9a-z\-]+")


def assert_ops_in_graph(expected_ops: dict[str, str], graph: Any) -> dict[str, NodeDef]:
    """Check that a graph has nodes of these names and op types; returns them by name.

    Raises:
      ValueError: If a node is missing or of another type.
    """
    actual = {n.name: n for n in graph.as_graph_def().node if n.name in expected_ops}
    for name, node in actual.items():
        if node.op != expected_ops[name]:
            raise ValueError(
                f"Expected op for node {name} is different. {expected_ops[name]} vs {node.op}"
            )
    if set(expected_ops) != set(actual):
        raise ValueError(
            "Not all expected ops are present. "
            f"Expected {expected_ops.keys()}, found {actual.keys()}"
        )
    return actual


@export("test.assert_equal_graph_def")
def assert_equal_graph_def(
    actual: GraphDef,
    expected: GraphDef,
    checkpoint_v2: bool = False,
    hash_table_shared_name: bool = False,
) -> None:
    """Check that two GraphDefs are the same but for versions, functions, private attrs and order.

    Nodes are matched by name. `checkpoint_v2` and `hash_table_shared_name` take names away, in
    the messages given, that savers and tables make up at random. Stands for
    `tf.test.assert_equal_graph_def`.

    Raises:
      AssertionError: If they differ; it names the first difference.
      TypeError: If one of them is no GraphDef.
    """
    for which, graph_def in (("actual", actual), ("expected", expected)):
        if not isinstance(graph_def, GraphDef):
            raise TypeError(f"Expected tf.GraphDef for {which}, got {type(graph_def).__name__}")
    for graph_def in (actual, expected):
        if checkpoint_v2:
            _strip_checkpoint_v2_randomized(graph_def)
        if hash_table_shared_name:
            _strip_hash_table_shared_name(graph_def)
    difference = graph_difference(actual, expected)
    if difference:
        raise AssertionError(difference)


def graph_difference(actual: GraphDef, expected: GraphDef) -> str:
    """TensorFlow's description of the first difference between two graphs, or ""."""
    nodes = {node.name: node for node in actual.node}
    for wanted in expected.node:
        node = nodes.pop(wanted.name, None)
        if node is None:
            return f"Did not find expected node '{summarize(wanted)}'"
        if difference := node_difference(node, wanted):
            return f"Node named '{node.name}' {difference}"
    for node in reversed(nodes.values()):  # TensorFlow meets the newest first
        return f"Found unexpected node '{summarize(node)}'"
    return ""


def node_difference(node: NodeDef, wanted: NodeDef) -> str:
    """What makes a node differ from the expected one, or ""."""
    if node.op != wanted.op:
        return f"has op '{node.op}' that is not expected '{wanted.op}'"
    if node.device != wanted.device:
        return f"has device '{node.device}' that is not expected '{wanted.device}'"
    found, expected = ", ".join(node.input), ", ".join(wanted.input)
    if len(node.input) != len(wanted.input):
        return f"has inputs '{found}' that don't match expected '{expected}'"
    data = [i for i, name in enumerate(wanted.input) if not name.startswith("^")]
    for i in data:
        if node.input[i] != wanted.input[i]:
            return (
                f"has input {i} '{node.input[i]}' that doesn't match expected '{wanted.input[i]}'"
            )
    for name in wanted.input[len(data) :]:
        if name not in node.input[len(data) :]:
            return f"missing expected control input '{name}'"
    return attr_difference(node, wanted)


def attr_difference(node: NodeDef, wanted: NodeDef) -> str:
    """What makes a node's public attrs differ from the expected ones, or ""."""
    found = {key: value for key, value in node.attr.items() if not key.startswith("_")}
    for key in sorted(key for key in wanted.attr if not key.startswith("_")):
        value = found.pop(key, None)
        text = summarize_attr(wanted.attr[key])
        if value is None:
            return f"missing expected attr '{key}' with value: {text}"
        if value != wanted.attr[key]:
            return (
                f"has attr '{key}' with value: {summarize_attr(value)} "
                f"that does not match expected: {text}"
            )
    for key in sorted(found):
        return f"has unexpected attr '{key}' with value: {summarize_attr(found[key])}"
    return ""


def summarize(node: NodeDef) -> str:
    """A node in one line: `{{node name}} = Op[attr=value, ...](inputs)`."""
    attrs = [f"{key}={summarize_attr(node.attr[key])}" for key in sorted(node.attr)]
    if node.device:
        attrs.append(f'_device="{node.device}"')
    return f"{{{{node {node.name}}}}} = {node.op}[{', '.join(attrs)}]({', '.join(node.input)})"


def summarize_attr(attr: AttrValue) -> str:
    """An attr's value as TensorFlow's messages write it."""
    kind = attr.WhichOneof("value")
    if kind is None:
        return "<Unknown AttrValue type>"
    value = getattr(attr, kind)
    if kind == "list":
        items = [_scalar(field.name, item) for field, items in value.ListFields() for item in items]
        return f"[{', '.join(items)}]"
    return _scalar(kind, value)


def _scalar(kind: str, value: Any) -> str:
    """One value of an attr or of its list."""
    if kind == "s":
        return '"' + value.decode("utf-8", "backslashreplace") + '"'
    if kind == "f":
        return f"{value:g}"
    if kind == "b":
        return "true" if value else "false"
    if kind == "type":
        return types_pb2.DataType.Name(value)
    if kind == "shape":
        if value.unknown_rank:
            return "<unknown>"
        return f"[{','.join('?' if d.size < 0 else str(d.size) for d in value.dim)}]"
    if kind == "tensor":
        array = make_ndarray(value)
        shape = ",".join(map(str, array.shape))
        values = " ".join(str(x) for x in array.ravel()[:10])
        return (
            f"Tensor<type: {dtypes.as_dtype(value.dtype).name} shape: [{shape}] values: {values}>"
        )
    if kind == "func":
        attrs = [f"{key}={summarize_attr(value.attr[key])}" for key in sorted(value.attr)]
        return f"{value.name}[{', '.join(attrs)}]"
    return str(value)


def assert_meta_graph_protos_equal(tester: Any, a: Any, b: Any) -> None:
    """Check in the test case `tester` that two MetaGraphDefs are the same; parts are cleared."""
    tester.assertEqual(set(a.collection_def), set(b.collection_def))
    for key in a.collection_def.keys():
        mine, other = a.collection_def[key], b.collection_def[key]
        proto_type = get_collection_proto_type(key)
        if proto_type is None:
            tester.assertEqual(mine, other)
            continue
        tester.assertEqual(len(mine.bytes_list.value), len(other.bytes_list.value))
        for x, y in zip(mine.bytes_list.value, other.bytes_list.value, strict=True):
            tester.assertProtoEquals(proto_type.FromString(x), proto_type.FromString(y))
    a.ClearField("collection_def")
    b.ClearField("collection_def")
    assert_equal_graph_def(a.graph_def, b.graph_def, checkpoint_v2=True)
    tester.assertProtoEquals(a.graph_def.versions, b.graph_def.versions)
    a.ClearField("graph_def")
    b.ClearField("graph_def")
    tester.assertProtoEquals(a, b)


def _strip_checkpoint_v2_randomized(graph_def: GraphDef) -> None:
    """Take away the names of the temporary files of sharded savers."""
    for node in graph_def.node:
        for key in list(node.attr):
            strings = node.attr[key].tensor.string_val
            if len(strings) == 1 and SHARDED_SAVE_NAME.search(strings[0].decode(errors="replace")):
                del node.attr[key]


def _strip_hash_table_shared_name(graph_def: GraphDef) -> None:
    """Take away the shared names of anonymous tables."""
    for node in graph_def.node:
        name = node.attr["shared_name"].s.decode() if "shared_name" in node.attr else ""
        if node.op == "HashTableV2" and TABLE_SHARED_NAME.search(name):
            del node.attr["shared_name"]


def get_node_def_from_graph(node_name: str, graph_def: GraphDef) -> NodeDef | None:
    """The node of this name, or None."""
    return next((node for node in graph_def.node if node.name == node_name), None)


def set_producer_version(graph: Any, producer_version: int) -> None:
    """Let a graph say that this version wrote it."""
    graph_def = GraphDef()
    graph_def.versions.producer = producer_version
    with graph.as_default():
        import_graph_def(graph_def)


def assert_equal_graph_def_v1(
    actual: GraphDef,
    expected: GraphDef,
    checkpoint_v2: bool = False,
    hash_table_shared_name: bool = False,
) -> None:
    """`assert_equal_graph_def`."""
    assert_equal_graph_def(actual, expected, checkpoint_v2, hash_table_shared_name)


def assert_equal_graph_def_v2(expected: GraphDef, actual: GraphDef) -> None:
    """`assert_equal_graph_def`, whatever random names there are."""
    assert_equal_graph_def(actual, expected, checkpoint_v2=True, hash_table_shared_name=True)
