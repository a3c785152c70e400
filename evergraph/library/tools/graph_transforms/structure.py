"""Transforms of what a graph is made of: nodes left out, merged, renamed, put in order."""

from typing import Any

from evergraph.base import dtypes, errors, murmur
from evergraph.graph.registry import lookup
from evergraph.library.tools.graph_transforms.matching import (
    Match,
    Pattern,
    canonical,
    input_parts,
    invalid,
    node_of,
    rename_inputs,
    replace,
    sorted_nodes,
)
from evergraph.library.tools.graph_transforms.parameters import Context
from evergraph.proto.framework import graph_pb2, node_def_pb2

_LETTERS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def sort_by_execution_order(graph_def: Any, context: Context) -> Any:
    """Nodes after those they need."""
    nodes, in_cycles = sorted_nodes(graph_def)
    if in_cycles:
        raise invalid(f"{in_cycles} nodes in a cycle")
    result = graph_pb2.GraphDef()
    result.node.extend(nodes)
    return result


def strip_unused_nodes(graph_def: Any, context: Context) -> Any:
    """Only what the outputs need; inputs become placeholders of given types and shapes."""
    by_name = {node.name: node for node in graph_def.node}
    inputs = {node_of(name) for name in context.inputs}
    kept = inputs | set(context.outputs)
    waiting = [node_of(name) for name in context.outputs]
    seen: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        if name not in inputs:
            if name not in by_name:
                raise invalid(f"Input node {name} not found in graph")
            waiting.extend(map(node_of, by_name[name].input))
    kept |= seen
    result = graph_pb2.GraphDef()
    for node in graph_def.node:
        if node.name in inputs and node.op != "Placeholder":
            result.node.append(_placeholder(node.name, context))
        elif node.name in kept:
            result.node.append(node)
    return result


_EXAMPLES = (
    ("type", "strip_unused_nodes(name=foo, type_for_name=float, name=bar, type_for_name=quint8"),
    ("shape", 'strip_unused_nodes(name=foo, shape_for_name="2,2,1", name=bar, shape_for_name="1"'),
)


def _placeholder(name: str, context: Context) -> Any:
    node = node_def_pb2.NodeDef(name=name, op="Placeholder")
    given = context.parameters
    for key, example in _EXAMPLES:
        if len(given.get(key, [""])) != 1:
            raise invalid(f"You must pass no more than one default '{key}' to strip_unused_nodes")
        texts = list(given.get(key, []))
        names, own = given.get("name"), given.get(f"{key}_for_name")
        if names is not None or own is not None:
            if names is None or own is None or len(names) != len(own):
                raise invalid(
                    f"You must pass a '{key}_for_name' arg for every 'name', e.g. {example}"
                )
            texts += [text for other, text in zip(names, own, strict=True) if other == name]
        if key == "type":
            node.attr["dtype"].type = dtypes.float32.as_datatype_enum
            for text in texts:
                node.attr["dtype"].type = _dtype(text)
        else:
            sizes: list[int] = []
            for text in texts:
                sizes = _sizes(text)
            node.attr["shape"].shape.SetInParent()
            for size in sizes:
                node.attr["shape"].shape.dim.add(size=size)
    return node


def _dtype(text: str) -> int:
    try:
        return int(dtypes.as_dtype(text).as_datatype_enum)
    except TypeError:
        raise invalid(f"Couldn't understand type argument '{text}'") from None


def _sizes(text: str) -> list[int]:
    if not text:
        raise invalid("Specificed shape is empty.")
    try:
        return [int(size) for size in text.split(",")]
    except ValueError:
        raise invalid(f"Could parse as shape: '{text}'") from None


def remove_nodes(graph_def: Any, context: Context) -> Any:
    """Nodes of given op types hand on their first input."""
    if "op" not in context.parameters:
        raise invalid(
            "remove_nodes expects at least one 'op'argument, e.g. remove_nodes(op=Identity)"
        )
    most = context.number("max_inputs", 1)
    needed = {node_of(name) for name in (*context.inputs, *context.outputs)}
    for op in context.parameters["op"]:
        for count in range(1, most + 1):
            graph_def = _without(graph_def, Pattern(op, (Pattern("*"),) * count), needed)
    return graph_def


def _without(graph_def: Any, pattern: Pattern, needed: set[str]) -> Any:
    new_names: dict[str, str] = {}

    def make(match: Match, used: set[str]) -> list[Any]:
        node, source = match.node, match.inputs[0].node
        if node.name in needed:
            return match.nodes()
        ways = (name for name in node.input if name.partition(":")[0] == source.name)
        new_names[node.name] = next(ways, source.name)
        new_names["^" + node.name] = "^" + source.name
        return [source]

    while True:
        new_names.clear()
        graph_def = replace(graph_def, pattern, make, careful=False)
        graph_def = rename_inputs(graph_def, new_names)
        if not new_names:
            return graph_def


def merge_duplicate_nodes(graph_def: Any, context: Context) -> Any:
    """Nodes that compute the same become one. Nodes come in the order of their hashes."""
    named = {*context.inputs, *context.outputs}
    while True:
        groups: dict[int, list[Any]] = {}
        for node in graph_def.node:
            groups.setdefault(_hash(node, node.name in named), []).append(node)
        new_names: dict[str, str] = {}
        merged = graph_pb2.GraphDef()
        for _, nodes in sorted(groups.items()):
            merged.node.append(nodes[0])
            for node in nodes[1:]:
                if is_stateful(node.op):
                    merged.node.append(node)
                else:
                    new_names[node.name + ":*"] = nodes[0].name
        graph_def = rename_inputs(merged, new_names)
        if not new_names:
            return graph_def


def is_stateful(op_type: str) -> bool:
    """Whether an op does something besides its outputs. Raises NotFoundError for an unknown one."""
    entry = lookup(op_type)
    if entry is None:
        raise errors.NotFoundError(None, None, f"Op type not registered '{op_type}'")
    return entry.signature.is_stateful


def _hash(node: Any, with_name: bool) -> int:
    """TensorFlow's hash of a node, which orders them."""
    parts = [node.op, node.name if with_name else ""]
    parts += [canonical(name) for name in node.input]
    parts.append(node.device)
    found = [murmur.hash64(part.encode()) for part in parts]
    found += [
        murmur.hash64(node.attr[key].SerializeToString(deterministic=True))
        for key in sorted(node.attr)
    ]
    result = found[0]
    for part in found[1:]:
        result = murmur.combine(result, part) & (1 << 64) - 1
    return result


def obfuscate_names(graph_def: Any, context: Context) -> Any:
    """Nodes but inputs and outputs get short names."""
    named = {*context.inputs, *context.outputs}
    new_names: dict[str, str] = {}
    count = 0
    for node in graph_def.node:
        short = node.name
        if node.name not in named:
            short, count = _short_name(count), count + 1
            while short in named:
                short, count = _short_name(count), count + 1
        new_names[node.name] = short
    result = graph_pb2.GraphDef()
    for node in graph_def.node:
        changed = result.node.add()
        changed.CopyFrom(node)
        changed.name = new_names[node.name]
        for i, name in enumerate(node.input):
            prefix, source, suffix = input_parts(name)
            if source not in new_names:
                raise invalid(f"No node named {source} for input to {node.name}")
            changed.input[i] = prefix + new_names[source] + suffix
    return result


def _short_name(number: int) -> str:
    text = ""
    while True:
        number, digit = divmod(number, len(_LETTERS))
        text = _LETTERS[digit] + text
        if number == 0:
            return text


def remove_control_dependencies(graph_def: Any, context: Context) -> Any:
    """No edges of control."""
    result = graph_pb2.GraphDef()
    for node in graph_def.node:
        changed = result.node.add()
        changed.CopyFrom(node)
        del changed.input[:]
        changed.input.extend(name for name in node.input if not name.startswith("^"))
    return result
