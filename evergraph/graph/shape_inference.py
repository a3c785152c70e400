"""Shape inference: runs a node's shape rule and words its complaints as TensorFlow does."""

import itertools
from typing import Any

from evergraph.base.dtypes import DType
from evergraph.graph.operation import Operation
from evergraph.graph.registry import Entry, ShapeError
from evergraph.graph.tensor import dims_text


def output_types_of(entry: Entry | None, attrs: dict[str, Any]) -> list[DType]:
    """The output types that a signature and attrs give."""
    assert entry is not None
    types: list[DType] = []
    for arg in entry.signature.outputs:
        if arg.type_list_attr is not None:
            types.extend(attrs[arg.type_list_attr])
            continue
        dtype = arg.dtype if arg.dtype is not None else _attr(entry, attrs, arg.type_attr)
        if arg.is_ref:
            dtype = dtype._as_ref
        types.extend(
            [dtype] if arg.number_attr is None else itertools.repeat(dtype, attrs[arg.number_attr])
        )
    return types


def _attr(entry: Entry, attrs: dict[str, Any], name: str | None) -> Any:
    assert name is not None
    return attrs[name] if name in attrs else entry.signature.attr_by_name[name].default


def infer_shapes(op: Operation) -> None:
    """Runs the shape rule of a node. Raises ValueError with TensorFlow's text where inputs do not
    fit."""
    entry = op._entry
    if entry is None or entry.shape_rule is None:
        return
    try:
        found = entry.shape_rule(op)
    except ShapeError as error:
        raise ValueError(_shape_message(op, entry, error)) from None
    if len(op._outputs) == 1 and not isinstance(found, list):
        op._outputs[0].dims = found
    elif found is not None:
        for tensor, dims in zip(op._outputs, found, strict=True):
            tensor.dims = dims


def _shape_message(op: Operation, entry: Entry, error: ShapeError) -> str:
    """TensorFlow's message. It runs the rule again and again, each time with the values that the
    rule asked for in vain the time before; so an error shows no value that it does not need."""
    visible: set[int] = set()
    op._requested = {}
    try:
        while True:
            op._visible = visible
            try:
                entry.shape_rule(op)  # type: ignore[misc]
            except ShapeError as found:
                return f"{found} for {_shape_context(op)}"
            if set(op._requested) <= visible:
                return f"{error} for {_shape_context(op)}"
            visible = visible | set(op._requested)
    finally:
        op._visible = None


def _value_text(value: Any) -> str:
    """An array as C++ code prints it: `1 2`, `[1 2][3 4]`."""
    if isinstance(value, bytes):
        return value.decode(errors="backslashreplace")
    if value.ndim == 0:
        if value.dtype == object:
            return _value_text(value.item())
        if value.dtype.kind != "f":
            return str(value)
        # The fewest digits that give the same number: 5, 0.1, 1e-05.
        short = f"{value.item():.6g}"
        return short if value.dtype.type(short) == value else f"{value.item():.9g}"
    if value.ndim == 1:
        return " ".join(_value_text(v) for v in value)
    return "".join(f"[{_value_text(v)}]" for v in value)


def _shape_context(op: Operation) -> str:
    """`'name' (op: 'Type') with input shapes: [2,3], [4,5].`, and the values that the rule asked
    for."""
    shapes = ", ".join("?" if t.dims is None else dims_text(t.dims) for t in op._inputs)
    text = f"'{op._name}' (op: '{op._type}') with input shapes: {shapes}"
    values, partial = [], []
    for i, what in sorted((op._requested or {}).items()):
        if op._visible is not None and i not in op._visible:
            continue
        if what == "dims":
            dims = op.static_dims(i)
            if dims is not None:
                partial.append(f"input[{i}] = {dims_text(dims)}")
            continue
        value = op.static_input(i)
        if value is not None and value.size <= 256:
            values.append(f"input[{i}] = <{_value_text(value)}>")
    if values:
        text += " and with computed input tensors: " + ", ".join(values)
    if partial:
        text += " and with input tensors computed as partial shapes: " + ",".join(partial)
    return text + "."
