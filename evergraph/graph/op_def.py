"""OpDef messages, made of signatures."""

from typing import Any

from evergraph.base.compat import as_bytes
from evergraph.graph.attr_value import fill
from evergraph.graph.registry import REGISTRY, Entry
from evergraph.graph.signature import ArgDef, AttrDef, Signature
from evergraph.proto.framework.op_def_pb2 import OpDef


def op_def(entry: Entry) -> Any:
    """The OpDef of an op type; the same message each time."""
    cache = entry._cache
    if "op_def" not in cache:
        cache["op_def"] = op_def_of(entry.signature)
    return cache["op_def"]


def get_registered_ops() -> dict[str, Any]:
    """The OpDefs of all op types in the registry, by name."""
    return {name: op_def(entry) for name, entry in REGISTRY.items()}


def op_def_of(signature: Signature) -> Any:
    """A signature as OpDef."""
    made = OpDef(
        name=signature.name,
        input_arg=map(arg_def, signature.inputs),
        output_arg=map(arg_def, signature.outputs),
        attr=map(attr_def, signature.attrs),
        is_stateful=signature.is_stateful,
        is_commutative=signature.is_commutative,
        is_aggregate=signature.is_aggregate,
        allows_uninitialized_input=signature.allows_uninitialized_input,
    )
    if signature.deprecated:
        made.deprecation.version, made.deprecation.explanation = signature.deprecated
    return made


def arg_def(arg: ArgDef) -> Any:
    """An input or output as OpDef.ArgDef."""
    enum: Any = arg.dtype.as_datatype_enum if arg.dtype else None
    return OpDef.ArgDef(
        name=arg.name,
        type=enum,
        type_attr=arg.type_attr or "",
        number_attr=arg.number_attr or "",
        type_list_attr=arg.type_list_attr or "",
        is_ref=arg.is_ref,
    )


def attr_def(attr: AttrDef) -> Any:
    """An attr as OpDef.AttrDef."""
    made = OpDef.AttrDef(name=attr.name, type=attr.kind)
    if attr.has_default:
        fill(made.default_value, attr.kind, attr.default)
    if attr.minimum is not None:
        made.has_minimum, made.minimum = True, attr.minimum
    if attr.allowed is not None and attr.kind.removeprefix("list(").startswith("type"):
        made.allowed_values.list.type.extend(dtype.as_datatype_enum for dtype in attr.allowed)
    elif attr.allowed is not None:
        made.allowed_values.list.s.extend(as_bytes(text) for text in attr.allowed)
    return made
