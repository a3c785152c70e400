"""Attr values: natives, AttrValue protos, and TensorFlow's public Python form of them.

Native forms by kind: "type" DType, "shape" dims tuple or None, "string" str (bytes where not
UTF-8), "tensor"
TensorProto, "func" NameAttrList, "int", "float", "bool" Python's own; "list(...)" a list of those.
"""

from typing import Any

from evergraph.base import dtypes
from evergraph.base.compat import as_bytes
from evergraph.graph.tensor import Dims, as_dims
from evergraph.proto.framework import attr_value_pb2, tensor_shape_pb2

AttrValue = attr_value_pb2.AttrValue
TensorShapeProto = tensor_shape_pb2.TensorShapeProto

_LIST_FIELDS = ("s", "i", "f", "b", "type", "shape", "tensor", "func")


def shape_proto(dims: Dims) -> Any:
    """A TensorShapeProto of `dims`."""
    if dims is None:
        return TensorShapeProto(unknown_rank=True)
    dim = TensorShapeProto.Dim
    return TensorShapeProto(dim=[dim(size=-1 if d is None else d) for d in dims])


def dims_of_proto(proto: Any) -> Dims:
    """The dims that a TensorShapeProto holds."""
    if proto.unknown_rank:
        return None
    return tuple([None if d.size < 0 else d.size for d in proto.dim])


def fill(proto: Any, kind: str, value: Any) -> None:
    """Writes a native value of the given kind into an AttrValue."""
    if kind == "type":
        proto.type = value.as_datatype_enum
    elif kind == "int":
        proto.i = value
    elif kind == "bool":
        proto.b = value
    elif kind == "float":
        proto.f = value
    elif kind == "string":
        proto.s = as_bytes(value)
    elif kind == "shape":
        proto.shape.CopyFrom(shape_proto(value))
    elif kind == "tensor":
        proto.tensor.CopyFrom(value)
    elif kind == "func":
        proto.func.CopyFrom(value)
    else:
        _fill_list(proto.list, kind[5:-1], value)


def _fill_list(proto: Any, kind: str, values: Any) -> None:
    if kind == "type":
        proto.type.extend([v.as_datatype_enum for v in values])
    elif kind == "string":
        proto.s.extend([as_bytes(v) for v in values])
    elif kind == "shape":
        proto.shape.extend([shape_proto(v) for v in values])
    else:
        field = {"int": "i", "float": "f", "bool": "b", "tensor": "tensor", "func": "func"}[kind]
        getattr(proto, field).extend(values)
    proto.SetInParent()


def to_proto(kind: str, value: Any) -> Any:
    """An AttrValue with a native value of the given kind."""
    proto = AttrValue()
    fill(proto, kind, value)
    return proto


def _text(value: bytes) -> str | bytes:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value


def _one_from_proto(field: str, value: Any) -> Any:
    if field == "type":
        return dtypes.as_dtype(value)
    if field == "s":
        return _text(value)
    if field == "shape":
        return dims_of_proto(value)
    return value


def from_proto(proto: Any) -> Any:
    """The native value of an AttrValue; None for one without a value."""
    field = proto.WhichOneof("value")
    if field is None:
        return None
    if field != "list":
        return _one_from_proto(field, getattr(proto, field))
    for item in _LIST_FIELDS:
        values = getattr(proto.list, item)
        if len(values):
            return [_one_from_proto(item, v) for v in values]
    return []


def public_from_proto(proto: Any) -> Any:
    """An AttrValue as `Operation.get_attr` gives it: DType, bytes, protos, Python numbers,
    lists."""
    field = proto.WhichOneof("value")
    if field is None:
        return []
    if field != "list":
        value = getattr(proto, field)
        return dtypes.as_dtype(value) if field == "type" else value
    for item in _LIST_FIELDS:
        values = getattr(proto.list, item)
        if len(values):
            return [dtypes.as_dtype(v) for v in values] if item == "type" else list(values)
    return []


def public_from_native(kind: str, value: Any) -> Any:
    """A native value as `Operation.get_attr` gives it."""
    if kind.startswith("list("):
        return [public_from_native(kind[5:-1], v) for v in value]
    if kind == "string":
        return as_bytes(value)
    if kind == "shape":
        return shape_proto(value)
    return value


class AttrError(Exception):
    """An attr's value does not fit its kind; the message names what was expected."""


def _make_bool(value: Any) -> bool:
    if not isinstance(value, bool):
        raise AttrError(f"Expected bool for argument '%s' not {value!r}.")
    return value


def _make_int(value: Any) -> int:
    if isinstance(value, str):
        raise AttrError(f"Expected int for argument '%s' not {value!r}.")
    try:
        return int(value)
    except (ValueError, TypeError):
        raise AttrError(f"Expected int for argument '%s' not {value!r}.") from None


def _make_float(value: Any) -> float:
    if isinstance(value, (str, bytes)):
        raise AttrError(f"Expected float for argument '%s' not {value!r}.")
    try:
        return float(value)
    except (ValueError, TypeError):
        raise AttrError(f"Expected float for argument '%s' not {value!r}.") from None


def _make_string(value: Any) -> str | bytes:
    if isinstance(value, bytes):
        return _text(value)
    if not isinstance(value, str):
        raise AttrError(f"Expected string for argument '%s' not {value!r}.")
    return value


def _make_type(value: Any) -> Any:
    try:
        return dtypes.as_dtype(value).base_dtype
    except TypeError as error:
        raise AttrError(f"Expected DataType for argument '%s' not {value!r}.") from error


def _make_shape(value: Any) -> Dims:
    if isinstance(value, TensorShapeProto):
        return dims_of_proto(value)
    try:
        return as_dims(value)
    except (TypeError, ValueError) as error:
        raise AttrError(f"Error converting %s to a TensorShape: {error}.") from error


def _make_tensor(value: Any) -> Any:
    return value


_MAKERS = {
    "bool": _make_bool,
    "int": _make_int,
    "float": _make_float,
    "string": _make_string,
    "type": _make_type,
    "shape": _make_shape,
    "tensor": _make_tensor,
}


def _make_func(value: Any) -> Any:
    if isinstance(value, attr_value_pb2.NameAttrList):
        return value
    if isinstance(value, str):
        return attr_value_pb2.NameAttrList(name=value)
    if hasattr(value, "add_to_graph"):
        return attr_value_pb2.NameAttrList(name=value.name)
    raise AttrError(f"Don't know how to convert {value!r} to a func for argument %s")


def make_native(kind: str, value: Any, arg_name: str) -> Any:
    """The native form of what a caller passed for an attr. Raises TypeError with TensorFlow's
    text."""
    try:
        if not kind.startswith("list("):
            return _make_func(value) if kind == "func" else _MAKERS[kind](value)
        if not isinstance(value, (list, tuple)):
            raise AttrError("Expected list for attr %s")
        inner = kind[5:-1]
        make = _make_func if inner == "func" else _MAKERS[inner]
        return [make(v) for v in value]
    except AttrError as error:
        kind_of_error = ValueError if isinstance(error.__cause__, ValueError) else TypeError
        raise kind_of_error(str(error).replace("%s", arg_name)) from None
