"""Transforms of single nodes: devices, attrs, op types, nodes of earlier and later versions."""

from collections.abc import Callable
from typing import Any

from evergraph.base import dtypes
from evergraph.graph.op_def import op_def
from evergraph.graph.registry import lookup
from evergraph.library.tools.graph_transforms.matching import (
    Match,
    Pattern,
    canonical,
    input_parts,
    invalid,
    rename_inputs,
    replace,
)
from evergraph.library.tools.graph_transforms.parameters import Context
from evergraph.library.tools.graph_transforms.values import const
from evergraph.proto.framework import graph_pb2


def _changed(graph_def: Any, change: Callable[[Any], None]) -> Any:
    """A GraphDef whose nodes are changed by a function."""
    result = graph_pb2.GraphDef()
    for node in graph_def.node:
        changed = result.node.add()
        changed.CopyFrom(node)
        change(changed)
    return result


def remove_device(graph_def: Any, context: Context) -> Any:
    """No devices."""
    return _changed(graph_def, lambda node: node.ClearField("device"))


def set_device(graph_def: Any, context: Context) -> Any:
    """Another device, for all nodes or for those without."""
    device = context.one("device")
    if_default = context.switch("if_default", False)

    def change(node: Any) -> None:
        if not if_default or not node.device:
            node.device = device

    return _changed(graph_def, change)


def _single(context: Context, *names: str) -> bool:
    return all(len(context.parameters.get(name, ())) == 1 for name in names)


def remove_attribute(graph_def: Any, context: Context) -> Any:
    """No such attr, in all nodes or in those of an op type."""
    if not _single(context, "attribute_name"):
        raise invalid(
            "remove_attribute expects exactly one 'attribute_name' argument, e.g. "
            "remove_attribute(op_name=Mul, attribute_name=foo)"
        )
    ops = context.parameters.get("op_name", ["*"])
    if len(ops) != 1:
        raise invalid(f"remove_attribute expects a single op_name argument, but found {len(ops)}")
    pattern, key = Pattern(ops[0]), context.one("attribute_name")

    def change(node: Any) -> None:
        if pattern.op in ("*", node.op) and key in node.attr:
            del node.attr[key]

    return _changed(graph_def, change)


def rename_attribute(graph_def: Any, context: Context) -> Any:
    """An attr under another name, in all nodes or in those of an op type."""
    if not _single(context, "old_attribute_name", "new_attribute_name"):
        raise invalid(
            "rename_attribute expects exactly one 'old_attribute_name' and one "
            "'new_attribute_name' argument, e.g. rename_attribute(old_attribute_name=foo, "
            "new_attribute_name=bar)"
        )
    op = context.parameters.get("op_name", ["*"])[0]
    old, new = context.one("old_attribute_name"), context.one("new_attribute_name")

    def change(node: Any) -> None:
        if op in ("*", node.op) and old in node.attr:
            value = type(node.attr[old])()
            value.CopyFrom(node.attr[old])
            del node.attr[old]
            if new not in node.attr:
                node.attr[new].CopyFrom(value)

    return _changed(graph_def, change)


def rename_op(graph_def: Any, context: Context) -> Any:
    """Nodes of one op type become nodes of another."""
    if not _single(context, "old_op_name", "new_op_name"):
        raise invalid(
            "rename_op expects exactly one 'old_op_name' and 'new_op_name' argument, e.g. "
            "rename_op(old_op_name=Mul, new_op_name=Multiply)"
        )
    old, new = context.one("old_op_name"), context.one("new_op_name")

    def change(node: Any) -> None:
        if node.op == old:
            node.op = new

    return _changed(graph_def, change)


def add_default_attributes(graph_def: Any, context: Context) -> Any:
    """Attrs that are not there get their op's defaults."""
    result = graph_pb2.GraphDef()
    result.CopyFrom(graph_def)
    for node in result.node:
        entry = lookup(node.op)
        for attr in op_def(entry).attr if entry else ():
            if attr.HasField("default_value") and attr.name not in node.attr:
                node.attr[attr.name].CopyFrom(attr.default_value)
    return result


def backport_concatv2(graph_def: Any, context: Context) -> Any:
    """ConcatV2 becomes Concat, whose axis is its first input."""

    def make(match: Match, used: set[str]) -> list[Any]:
        node = type(match.node)()
        node.CopyFrom(match.node)
        node.op = "Concat"
        del node.input[:]
        node.input.extend([match.node.input[-1], *match.node.input[:-1]])
        node.attr.pop("Tidx", None)
        return [node]

    return replace(graph_def, Pattern("ConcatV2"), make, careful=False)


_ARRAYS = Pattern("TensorArrayV3|TensorArrayGradV3")
_ARRAY_USES = Pattern(
    "|".join(
        f"TensorArray{use}V3"
        for use in ("Write", "Read", "Gather", "Scatter", "Concat", "Split", "Size", "Close")
    )
)


def backport_tensor_array_v3(graph_def: Any, context: Context) -> Any:
    """Ops on TensorArrays become those of version 2; flows become a constant."""
    flows: dict[str, str] = {}

    def earlier(match: Match, used: set[str]) -> list[Any]:
        node = type(match.node)()
        node.CopyFrom(match.node)
        node.op = match.node.op.removesuffix("3") + "2"
        return [node]

    def array(match: Match, used: set[str]) -> list[Any]:
        flow = const(match.node.name + "/replacement_flow_node", 1.0, dtypes.float32)
        flows[match.node.name + ":1"] = flow.name
        return [*earlier(match, used), flow]

    result = rename_inputs(replace(graph_def, _ARRAYS, array, careful=False), flows)
    return replace(result, _ARRAY_USES, earlier, careful=False)


def insert_logging(graph_def: Any, context: Context) -> Any:
    """Print nodes after those of given op types, or of given beginnings of names."""
    ops = context.parameters.get("op")
    prefixes = context.parameters.get("prefix")
    message = context.one("message")
    show_name = context.switch("show_name", False)
    show_op = context.switch("show_op", False)
    first_n = context.number("first_n", -1)
    summarize = context.number("summarize", 1024)
    outputs: dict[str, set[int]] = {}
    for node in graph_def.node:
        for name in node.input:
            _, source, suffix = input_parts(canonical(name))
            outputs.setdefault(source, set()).add(int(suffix[1:]))
    result = graph_pb2.GraphDef()
    printed: dict[str, str] = {}
    for node in graph_def.node:
        result.node.append(node)
        if (
            not outputs.get(node.name)
            or (ops is not None and node.op not in ops)
            or (prefixes is not None and not node.name.startswith(tuple(prefixes)))
        ):
            continue
        added = result.node.add(op="Print", name=node.name + "__print__")
        text = f";{node.op};" if show_op else ""
        text += f";{added.name};" if show_name else ""
        added.attr["message"].s = (text + message).encode()
        added.attr["first_n"].i = first_n
        added.attr["summarize"].i = summarize
        types = _output_types(node)
        added.attr["T"].type = types[0]
        added.attr["U"].list.type.extend(types)
        added.input.append(node.name + ":0")
        added.input.extend(f"{node.name}:{i}" for i in sorted(outputs[node.name]))
        printed[node.name + ":0"] = added.name + ":0"
    return rename_inputs(result, printed, [name.removesuffix(":0") for name in printed.values()])


def _output_types(node: Any) -> list[int]:
    """The DataTypes of a node's outputs."""
    entry = lookup(node.op)
    if entry is None:
        raise invalid(f"Op type not registered '{node.op}'")
    found: list[int] = []
    for arg in op_def(entry).output_arg:
        if arg.type_list_attr:
            found.extend(node.attr[arg.type_list_attr].list.type)
            continue
        one = node.attr[arg.type_attr].type if arg.type_attr else arg.type
        found.extend([one] * (node.attr[arg.number_attr].i if arg.number_attr else 1))
    return found
