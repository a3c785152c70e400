"""Op signatures: the text that an op's entry begins with, parsed.

Grammar (see docs/architecture.md)::

    Max(input: T, reduction_indices: Tidx) -> output: T
    keep_dims: bool = false; T: number; Tidx: int32 | int64 = int32
"""

import ast
import dataclasses
import functools
import re
from typing import Any

from google.protobuf import text_format

from evergraph.base import dtypes
from evergraph.base.dtypes import DType
from evergraph.graph.type_sets import TYPE_SETS
from evergraph.proto.framework.tensor_pb2 import TensorProto

_HEAD = re.compile(r"\s*(\w+)\((.*?)\)\s*(?:->\s*(.*))?$", re.S)
_ATTR = re.compile(
    r"(?P<name>\w+)\s*:\s*(?P<kind>list\([^)]*\)|[\w |]+?)\s*"
    r"(?:in\s*\{(?P<allowed>[^}]*)\})?\s*(?:>=\s*(?P<minimum>-?\d+))?\s*(?:=\s*(?P<default>.+))?$",
    re.S,
)
_PLAIN_KINDS = frozenset(["int", "float", "bool", "string", "shape", "tensor", "func", "type"])


@dataclasses.dataclass(frozen=True, slots=True)
class ArgDef:
    """An input or output of an op: exactly one of `dtype`, `type_attr`, `type_list_attr` is set."""

    name: str
    dtype: DType | None = None
    type_attr: str | None = None
    number_attr: str | None = None
    type_list_attr: str | None = None
    is_ref: bool = False

    @property
    def is_list(self) -> bool:
        return self.number_attr is not None or self.type_list_attr is not None


@dataclasses.dataclass(frozen=True, slots=True)
class AttrDef:
    """One attr of an op. `kind` is OpDef's: "type", "int", "list(type)", ..."""

    name: str
    kind: str
    allowed: tuple[Any, ...] | None = None
    minimum: int | None = None
    default: Any = None
    has_default: bool = False


@dataclasses.dataclass(frozen=True)
class Signature:
    """The parsed signature of an op type."""

    name: str
    inputs: tuple[ArgDef, ...]
    outputs: tuple[ArgDef, ...]
    attrs: tuple[AttrDef, ...]
    is_stateful: bool = False
    is_commutative: bool = False
    is_aggregate: bool = False
    allows_uninitialized_input: bool = False
    deprecated: tuple[int, str] | None = None

    @functools.cached_property
    def attr_by_name(self) -> dict[str, AttrDef]:
        return {a.name: a for a in self.attrs}

    @functools.cached_property
    def inferred_attrs(self) -> frozenset[str]:
        """Names of the attrs that the inputs determine."""
        names: set[str] = set()
        for arg in self.inputs:
            names.update(n for n in (arg.type_attr, arg.number_attr, arg.type_list_attr) if n)
        return frozenset(names)

    @functools.cached_property
    def given_attrs(self) -> tuple[AttrDef, ...]:
        """The attrs that a caller gives: all that do not follow from the inputs."""
        return tuple(a for a in self.attrs if a.name not in self.inferred_attrs)


def _split(text: str, separator: str) -> list[str]:
    """Splits at `separator` outside brackets and quotes."""
    parts, depth, quote, start = [], 0, "", 0
    for i, c in enumerate(text):
        if quote:
            quote = "" if c == quote and text[i - 1] != "\\" else quote
        elif c in "'\"":
            quote = c
        elif c in "([{":
            depth += 1
        elif c in ")]}":
            depth -= 1
        elif c == separator and depth == 0:
            parts.append(text[start:i])
            start = i + 1
    parts.append(text[start:])
    return [p.strip() for p in parts if p.strip()]


def _parse_arg(text: str, attrs: dict[str, AttrDef]) -> ArgDef:
    name, _, what = (p.strip() for p in text.partition(":"))
    if what.startswith("list("):
        return ArgDef(name, type_list_attr=what[5:-1].strip())
    is_ref = what.startswith("Ref(")
    if is_ref:
        what = what[4:-1].strip()
    number = None
    if "*" in what:
        number, what = (p.strip() for p in what.split("*"))
        if what.startswith("Ref("):
            is_ref, what = True, what[4:-1].strip()
    if what in attrs:
        return ArgDef(name, type_attr=what, number_attr=number, is_ref=is_ref)
    return ArgDef(name, dtype=dtypes.as_dtype(what), number_attr=number, is_ref=is_ref)


@functools.cache
def _type_set(text: str) -> tuple[DType, ...] | None:
    text = text.strip()
    if text == "type":
        return None
    names: list[str] = []
    for part in text.split("|"):
        part = part.strip()
        names.extend(TYPE_SETS.get(part, (part,)))
    return tuple(dtypes.as_dtype(n) for n in names)


def _literal(text: str) -> Any:
    return ast.literal_eval({"true": "True", "false": "False"}.get(text, text))


def _parse_default(kind: str, text: str) -> Any:
    text = text.strip()
    if kind == "type":
        return dtypes.as_dtype(text)
    if kind == "list(type)":
        return [dtypes.as_dtype(n) for n in _split(text[1:-1], ",")]
    if kind == "shape":
        if text == "?":
            return None
        return tuple(None if d == "?" else int(d) for d in _split(text[1:-1], ","))
    if kind == "list(shape)":
        return [_parse_default("shape", p) for p in _split(text[1:-1], ",")]
    if kind == "list(bool)":
        return [p == "true" for p in _split(text[1:-1], ",")]
    if kind == "list(tensor)":
        return [_parse_default("tensor", p) for p in _split(text[1:-1], ",")]
    if kind == "tensor":
        return text_format.Parse(text[1:-1], TensorProto())
    return float(text) if kind == "float" else _literal(text)


def _parse_attr(text: str) -> AttrDef:
    match = _ATTR.match(text.strip())
    if match is None:
        raise ValueError(f"cannot read the attr {text!r}")
    name, kind = match["name"], match["kind"].strip()
    allowed: tuple[Any, ...] | None = None
    if kind.startswith("list("):
        inner = kind[5:-1].strip()
        if inner not in _PLAIN_KINDS:
            allowed, kind = _type_set(inner), "list(type)"
    elif kind not in _PLAIN_KINDS:
        allowed, kind = _type_set(kind), "type"
    if match["allowed"] is not None:
        allowed = tuple(_literal(p) for p in _split(match["allowed"], ","))
    minimum = int(match["minimum"]) if match["minimum"] is not None else None
    if match["default"] is None:
        return AttrDef(name, kind, allowed, minimum)
    return AttrDef(name, kind, allowed, minimum, _parse_default(kind, match["default"]), True)


def parse(signature: str, attrs: str = "", **flags: Any) -> Signature:
    """Parses a signature and its attrs. Raises ValueError on text that does not fit the grammar."""
    match = _HEAD.match(signature)
    if match is None:
        raise ValueError(f"cannot read the signature {signature!r}")
    attr_defs = tuple(_parse_attr(a) for a in _split(attrs, ";"))
    by_name = {a.name: a for a in attr_defs}
    return Signature(
        name=match[1],
        inputs=tuple(_parse_arg(a, by_name) for a in _split(match[2], ",")),
        outputs=tuple(_parse_arg(a, by_name) for a in _split(match[3] or "", ",")),
        attrs=attr_defs,
        **flags,
    )
