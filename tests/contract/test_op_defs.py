"""The registry's op definitions are TensorFlow's, and so is what tools/opdef.py prints."""

import dataclasses
import functools
from typing import Any

import numpy as np
import opdef
import pytest
from contract.golden import load, load_message
from google.protobuf import text_format

import evergraph  # noqa: F401
from evergraph.base.dtypes import DType
from evergraph.graph.op_def import op_def, op_def_of
from evergraph.graph.registry import REGISTRY
from evergraph.graph.signature import ArgDef, AttrDef, Signature, parse
from evergraph.proto.framework.op_def_pb2 import OpDef, OpList
from evergraph.proto.framework.tensor_pb2 import TensorProto

FLAGS = {
    "is_stateful": "stateful",
    "is_commutative": "commutative",
    "is_aggregate": "aggregate",
    "allows_uninitialized_input": "allows_uninitialized_input",
}


def plain(value: Any) -> Any:
    """A value as the golden file writes it; floats in single precision as OpDef holds them."""
    if isinstance(value, DType):
        names = {"float32": "float", "float64": "double", "float16": "half"}
        return names.get(value.name, value.name)
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, float):
        return float(np.float32(value))
    if isinstance(value, TensorProto):
        return text_format.MessageToString(value)
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def argument(arg: ArgDef) -> dict[str, Any]:
    found = {
        "name": arg.name,
        "type": arg.dtype and plain(arg.dtype),
        "type_attr": arg.type_attr,
        "number_attr": arg.number_attr,
        "type_list_attr": arg.type_list_attr,
        "is_ref": arg.is_ref,
    }
    return {key: value for key, value in found.items() if value}


def attribute(attr: AttrDef) -> dict[str, Any]:
    found = {"name": attr.name, "type": attr.kind}
    if attr.allowed:
        found["allowed"] = plain(attr.allowed)
    if attr.minimum is not None:
        found["minimum"] = attr.minimum
    if attr.has_default:
        found["default"] = plain(attr.default)
    return found


def described(signature: Signature) -> dict[str, Any]:
    found = {
        "inputs": [argument(arg) for arg in signature.inputs],
        "outputs": [argument(arg) for arg in signature.outputs],
        "attrs": [attribute(attr) for attr in signature.attrs],
        "deprecation": signature.deprecated and list(signature.deprecated),
    }
    return found | {flag: bool(getattr(signature, flag)) for flag in FLAGS}


def expected(name: str) -> dict[str, Any]:
    golden = load("ops")[name]
    found = {key: golden[key] for key in ("inputs", "outputs", "attrs")}
    for attr in found["attrs"]:
        if attr["type"] == "float" and "default" in attr:
            attr["default"] = float(attr["default"])
    found["deprecation"] = golden.get("deprecation")
    return found | {flag: bool(golden.get(flag)) for flag in FLAGS}


def test_registry() -> None:
    unknown = sorted(set(REGISTRY) - set(load("ops")))
    assert not unknown, "op types that TensorFlow 1.15 does not have"
    for name, entry in REGISTRY.items():
        assert described(entry.signature) == expected(name), name


@functools.cache
def op_list() -> dict[str, OpDef]:
    return {found.name: found for found in load_message("op_list", OpList).op}


def test_messages_of_the_registry() -> None:
    for name, entry in REGISTRY.items():
        if name in op_list():
            assert op_def(entry) == op_list()[name], name


@pytest.mark.parametrize("initial", sorted({name[0] for name in load("ops")}))
def test_printed_signatures_parse_to_the_same(initial: str) -> None:
    for name in load("ops"):
        if name.startswith(initial):
            golden = {"name": name, **load("ops")[name]}
            parsed = parse(opdef.signature(golden), opdef.attributes(golden))
            flags = {flag: bool(golden.get(flag)) for flag in FLAGS}
            parsed = dataclasses.replace(parsed, deprecated=golden.get("deprecation"), **flags)
            assert described(parsed) == expected(name), name
            if name in op_list():
                assert op_def_of(parsed) == op_list()[name], name
