"""What a NodeDef must fulfil to become a node: its attrs and inputs fit the op's signature."""

import itertools
from collections.abc import Sequence
from typing import Any

from evergraph.base import errors
from evergraph.base.dtypes import DType
from evergraph.graph import attr_value
from evergraph.graph.op_summary import summary, type_name, value_text
from evergraph.graph.registry import Entry
from evergraph.graph.signature import ArgDef, AttrDef, Signature

_FIELD_OF_KIND = {
    "string": "s",
    "int": "i",
    "float": "f",
    "bool": "b",
    "type": "type",
    "shape": "shape",
    "tensor": "tensor",
    "func": "func",
}
_KIND_OF_FIELD = {field: kind for kind, field in _FIELD_OF_KIND.items()}


def check_input_types(name: str, inputs: Sequence[Any], types: Sequence[DType] | None) -> None:
    """Raises TypeError where a node's inputs are not of the types that its maker names."""
    if types is None:
        return
    found = [t.dtype for t in inputs]
    if len(types) != len(found) or not all(map(DType.is_compatible_with, types, found)):
        raise TypeError(
            f"In op '{name}', input types ({found}) are not compatible with expected types "
            f"({list(types)})"
        )


def attrs_of_new_node(node_def: Any, inputs: Sequence[Any], entry: Entry) -> dict[str, Any]:
    """The native attrs of a node that `Graph.create_op` makes of a NodeDef and input tensors.

    Attrs that the NodeDef does not give follow from the inputs.

    Raises:
      ValueError: inputs and attrs do not fit each other or the signature.
    """
    name, signature = node_def.name, entry.signature
    if not node_def.attr and not signature.attrs and not inputs:
        return {}
    inferred, problems = _infer(node_def, [t._dtype.base_dtype for t in inputs], signature)
    for key, value in inferred.items():
        proto = attr_value.to_proto(signature.attr_by_name[key].kind, value)
        if key not in node_def.attr:
            node_def.attr[key].CopyFrom(proto)
        elif node_def.attr[key] != proto:
            given = _public_text(node_def.attr[key])
            problems.append(f"Inconsistent values for attr '{key}' {value_text(value)} vs. {given}")
    if problems:
        what = f"while building NodeDef '{name}' using {summary(signature)}"
        if len(problems) == 1:
            raise ValueError(f"{problems[0]} {what}")
        raise ValueError("\n".join([f"{len(problems)} errors {what}:", *problems]))
    found = native_attrs(node_def, name, entry)
    check_input_count(argument_types(signature.inputs, found), len(inputs), entry, name)
    return found


def _infer(
    node_def: Any, types: list[DType], signature: Signature
) -> tuple[dict[str, Any], list[str]]:
    """The attrs that the types of inputs determine, and what is wrong with the types."""
    inferred: dict[str, Any] = {}
    problems: list[str] = []
    position = 0
    for arg in signature.inputs:
        if arg.type_list_attr is not None:
            count = len(node_def.attr[arg.type_list_attr].list.type) if node_def.attr else 0
            inferred[arg.type_list_attr] = types[position : position + count]
        elif arg.number_attr is not None:
            count = node_def.attr[arg.number_attr].i if node_def.attr else 0
            inferred[arg.number_attr] = count
        else:
            count = 1
        for found in types[position : position + count] if arg.type_list_attr is None else ():
            if arg.dtype is not None:
                if found is not arg.dtype:
                    problems.append(
                        f"Input '{arg.name}' passed {type_name(found)} expected "
                        f"{type_name(arg.dtype)}"
                    )
            elif inferred.setdefault(arg.type_attr or "", found) is not found:
                first = value_text(inferred[arg.type_attr or ""])
                problems.append(
                    f"Inconsistent values for attr '{arg.type_attr}' {first} vs. "
                    f"{value_text(found)}"
                )
        position += count
    return inferred, problems


def _public_text(proto: Any) -> str:
    """An AttrValue in a message; one without a value has no text."""
    if proto.WhichOneof("value") is None:
        return "<Unknown AttrValue type>"
    return value_text(attr_value.from_proto(proto))


def native_attrs(node_def: Any, name: str, entry: Entry) -> dict[str, Any]:
    """The attrs of a NodeDef in their native form, with defaults.

    Attrs that begin with "_" need no declaration and stay protos. `name` is the node's name in
    messages.

    Raises:
      ValueError: an attr is missing, unknown, or not of its kind or among the values allowed.
    """
    signature = entry.signature
    declared = signature.attr_by_name
    found: dict[str, Any] = {}
    for key, value in node_def.attr.items():
        attr = declared.get(key)
        if attr is None:
            if not key.startswith("_"):
                raise ValueError(
                    f"NodeDef mentions attr '{key}' not in {summary(signature)}; NodeDef: "
                    f"{{{{node {name}}}}}. (Check whether your GraphDef-interpreting binary is up "
                    "to "
                    "date with your GraphDef-generating binary.)."
                )
            found[key] = value
        elif value.WhichOneof("value") is not None:
            found[key] = _checked(attr, value, signature, name)
    for attr in signature.attrs:
        if attr.name in found:
            continue
        if not attr.has_default:
            raise ValueError(
                f"NodeDef missing attr '{attr.name}' from {summary(signature)}; NodeDef: "
                f"{{{{node {name}}}}}"
            )
        found[attr.name] = attr.default
    return found


def _checked(attr: AttrDef, proto: Any, signature: Signature, name: str) -> Any:
    problem = _kind_problem(attr, proto)
    if problem:
        problem += f"\n\t for attr '{attr.name}'"
    else:
        value = attr_value.from_proto(proto)
        problem = _value_problem(attr, value)
        if not problem:
            return value
    raise ValueError(f"{problem}\n\t; NodeDef: {{{{node {name}}}}}; {summary(signature)}")


def _kind_problem(attr: AttrDef, proto: Any) -> str:
    field = proto.WhichOneof("value")
    if not attr.kind.startswith("list("):
        found = "list" if field == "list" else _KIND_OF_FIELD.get(field, field)
        if found != attr.kind:
            return f"AttrValue had value with type '{found}' when '{attr.kind}' expected"
        return ""
    if field != "list":
        found = _KIND_OF_FIELD.get(field, field)
        return f"AttrValue had value with type '{found}' when '{attr.kind}' expected"
    inner = attr.kind[5:-1]
    for filled, _ in proto.list.ListFields():
        if filled.name != _FIELD_OF_KIND[inner]:
            found = _KIND_OF_FIELD[filled.name]
            return f"AttrValue had value with type 'list({found})' when '{attr.kind}' expected"
    return ""


def _value_problem(attr: AttrDef, value: Any) -> str:
    if attr.minimum is not None:
        size = len(value) if attr.kind.startswith("list(") else value
        if size < attr.minimum:
            what = "Length for attr" if attr.kind.startswith("list(") else "Value for attr"
            what += f" '{attr.name}' of {size} must be at least minimum {attr.minimum}"
            return what
    if attr.allowed is None:
        return ""
    for item in value if isinstance(value, list) else [value]:
        if item not in attr.allowed:
            if isinstance(item, DType):
                allowed = ", ".join(type_name(a) for a in attr.allowed)
                item = type_name(item)
            else:
                allowed = ", ".join(f'"{a}"' for a in attr.allowed)
                item = f'"{item}"'
            return (
                f"Value for attr '{attr.name}' of {item} is not in the list of allowed values: "
                f"{allowed}"
            )
    return ""


def argument_types(args: Sequence[ArgDef], attrs: dict[str, Any]) -> list[DType]:
    """The types of inputs or outputs that a signature and attrs give."""
    types: list[DType] = []
    for arg in args:
        if arg.type_list_attr is not None:
            types.extend(attrs[arg.type_list_attr])
            continue
        dtype = arg.dtype if arg.dtype is not None else attrs[arg.type_attr or ""]
        if arg.is_ref:
            dtype = dtype._as_ref
        count = 1 if arg.number_attr is None else attrs[arg.number_attr]
        types.extend(itertools.repeat(dtype, count))
    return types


def check_input_count(expected: Sequence[DType], count: int, entry: Entry, name: str) -> None:
    """Raises ValueError where a node has not as many inputs as its signature and attrs say."""
    if count != len(expected):
        types = ", ".join(type_name(t) for t in expected)
        raise ValueError(
            f"NodeDef expected inputs '{types}' do not match {count} inputs specified; "
            f"{summary(entry.signature)}; NodeDef: {{{{node {name}}}}}"
        )


def check_deprecation(entry: Entry, producer: int) -> None:
    """Raises UnimplementedError where the op was gone when the graph was written."""
    deprecated = entry.signature.deprecated
    if deprecated is not None and producer >= deprecated[0]:
        raise errors.UnimplementedError(
            None,
            None,
            f"Op {entry.name} is not available in GraphDef version {producer}. It has been removed "
            "in "
            f"version {deprecated[0]}. {deprecated[1]}.",
        )
