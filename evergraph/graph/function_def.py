"""Graph ↔ FunctionDef: the body of a function is a graph whose tensors have other names.

Inside a FunctionDef an input is an argument ("x") or "node:output:index", with the output's name in
the node's
signature and an index into it if it is a list.
"""

import base64
from collections.abc import Iterator, Sequence
from typing import Any

from evergraph.base import errors
from evergraph.base.version import GRAPH_DEF_VERSION
from evergraph.graph import attr_value
from evergraph.graph.function_hash import function_hash
from evergraph.graph.node_checks import argument_types
from evergraph.graph.operation import Operation
from evergraph.graph.registry import Entry, lookup
from evergraph.graph.tensor import Tensor
from evergraph.proto.framework import function_pb2, graph_pb2


class _Names:
    """Names of arguments, results and nodes: unique among one another."""

    def __init__(self) -> None:
        self.used: set[str] = set()

    def unique(self, name: str) -> str:
        candidate, count = name, 0
        while candidate in self.used:
            candidate = f"{name}_{count}"
            count += 1
        self.used.add(candidate)
        return candidate

    def argument(self, name: str) -> str:
        """A valid name for an argument: lower case, from its first letter on."""
        lowered = "".join(c.lower() if c.isalnum() else "_" for c in name)
        start = next((i for i, c in enumerate(lowered) if c.isalpha()), None)
        return self.unique("unknown" if start is None else lowered[start:])


def _output_names(entry: Entry, attrs: dict[str, Any]) -> Iterator[str]:
    """`output:index` of each output of a node."""
    for arg in entry.signature.outputs:
        for i in range(len(argument_types([arg], attrs))):
            yield f"{arg.name}:{i}"


def make_function_def(
    operations: Sequence[Operation],
    inputs: Sequence[Tensor],
    outputs: Sequence[Tensor],
    name: str,
    append_hash: bool,
    output_names: Sequence[str] = (),
    description: str = "",
    attrs: dict[str, Any] | None = None,
    control_outputs: Sequence[Operation] = (),
) -> Any:
    """A FunctionDef with nodes of a graph; `inputs` are outputs of placeholders that become
    arguments.

    Args:
      operations: the nodes, those of `inputs` among them.
      inputs: the arguments.
      outputs: the results.
      name: the function's name.
      append_hash: whether a hash of the body is added to the name.
      output_names: names of the results; default: made of those of their nodes.
      description: a text on what the function does.
      attrs: AttrValues by name.
      control_outputs: nodes that run at every call.

    Raises:
      InvalidArgumentError: there are not as many names as results.
    """
    names = _Names()
    fdef = function_pb2.FunctionDef()
    signature = fdef.signature
    if output_names and len(output_names) != len(outputs):
        raise errors.InvalidArgumentError(
            None,
            None,
            "output names must be either empty or equal in size to outputs. output names size = "
            f"{len(output_names)} outputs size = {len(outputs)}",
        )
    for i, t in enumerate(outputs):
        given = names.unique(output_names[i]) if output_names else names.argument(t.op.name)
        signature.output_arg.add(name=given, type=t.dtype.as_datatype_enum)
    renamed: dict[Tensor, str] = {}
    for i, t in enumerate(inputs):
        renamed[t] = names.argument(t.op.name)
        signature.input_arg.add(name=renamed[t], type=t.dtype.as_datatype_enum)
        for key, value in t.op._attrs.items():
            if key.startswith("_"):
                fdef.arg_attr[i].attr[key].CopyFrom(value)
        _ = fdef.arg_attr[i]
    holders = {t.op for t in inputs}
    body = {op: names.unique(op.name) for op in operations if op not in holders}
    for op, node_name in body.items():
        assert op._entry is not None
        for t, suffix in zip(op.outputs, _output_names(op._entry, _all_attrs(op)), strict=True):
            renamed[t] = f"{node_name}:{suffix}"
    for op, node_name in body.items():
        node = op._to_node_def()
        node.name = node_name
        controls = sorted(f"^{body[c]}" for c in op.control_inputs if c in body)
        del node.input[:]
        node.input.extend([*(renamed[t] for t in op.inputs), *controls])
        fdef.node_def.append(node)
        signature.is_stateful = signature.is_stateful or op._is_stateful
    for arg, t in zip(signature.output_arg, outputs, strict=True):
        fdef.ret[arg.name] = renamed[t]
    for op in sorted(control_outputs, key=body.__getitem__):
        signature.control_output.append(body[op])
        fdef.control_ret[body[op]] = body[op]
    signature.description = description
    if append_hash:
        digest = function_hash(fdef).to_bytes(8, "little")
        text = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        name = f"{name}_{text.replace('-', 'a').replace('_', 'A')}"
    signature.name = name
    for key, value in (attrs or {}).items():
        fdef.attr[key].CopyFrom(value)
    return fdef


def _all_attrs(op: Operation) -> dict[str, Any]:
    assert op._entry is not None
    return {a.name: op.attr(a.name) for a in op._entry.signature.attrs if a.name in op._attrs}


def graph_def_of(
    fdef: Any,
    library: dict[str, Any],
    keep_colocation: bool = False,
    tensors: dict[str, str] | None = None,
) -> tuple[Any, list[str], list[str]]:
    """The body of a FunctionDef as a GraphDef with placeholders, and the names of arguments and
    results.

    Args:
      fdef: the FunctionDef.
      library: the functions, by name, that the body calls.
      keep_colocation: whether nodes keep their colocations, which may name nodes outside.
      tensors: filled with the names of tensors in the GraphDef, by those in the FunctionDef.
    """
    graph_def = graph_pb2.GraphDef()
    graph_def.versions.producer = GRAPH_DEF_VERSION
    tensors = {} if tensors is None else tensors
    arguments = []
    for arg in fdef.signature.input_arg:
        node = graph_def.node.add(name=arg.name, op="Placeholder")
        node.attr["dtype"].type = arg.type
        node.attr["shape"].shape.unknown_rank = True
        tensors[arg.name] = arg.name
        arguments.append(f"{arg.name}:0")
    for node_def in fdef.node_def:
        entry = lookup(node_def.op)
        if entry is None:
            entry = library[node_def.op].entry
        attrs = {a.name: a.default for a in entry.signature.attrs if a.has_default}
        for key, value in node_def.attr.items():
            if key in entry.signature.attr_by_name:
                attrs[key] = attr_value.from_proto(value)
        for i, suffix in enumerate(_output_names(entry, attrs)):
            tensors[f"{node_def.name}:{suffix}"] = f"{node_def.name}:{i}"
            if suffix.endswith(":0"):
                tensors[f"{node_def.name}:{suffix[:-2]}"] = f"{node_def.name}:{i}"
    for node_def in fdef.node_def:
        node = graph_def.node.add()
        node.CopyFrom(node_def)
        del node.input[:]
        node.input.extend(i if i.startswith("^") else tensors[i] for i in node_def.input)
        if not keep_colocation:
            node.attr.pop("_class", None)
    results = []
    for arg in fdef.signature.output_arg:
        found = tensors[fdef.ret[arg.name]]
        results.append(found if ":" in found else f"{found}:0")
    return graph_def, arguments, results
