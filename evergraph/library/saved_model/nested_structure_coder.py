"""Nested Python structures as StructuredValue messages, and back."""

from collections import namedtuple
from collections.abc import Callable
from typing import Any

from evergraph.base import dtypes
from evergraph.base.compat import as_str
from evergraph.base.dtypes import DType
from evergraph.base.tensor_shape import TensorShape
from evergraph.base.tensor_spec import TensorSpec
from evergraph.graph.specs import IndexedSlicesSpec, SparseTensorSpec
from evergraph.library.ragged.ragged_tensor_spec import RaggedTensorSpec
from evergraph.proto.protobuf import struct_pb2

_Proto = struct_pb2.StructuredValue
_SPECS: dict[int, Any] = {
    struct_pb2.TypeSpecProto.SPARSE_TENSOR_SPEC: SparseTensorSpec,
    struct_pb2.TypeSpecProto.INDEXED_SLICES_SPEC: IndexedSlicesSpec,
    struct_pb2.TypeSpecProto.RAGGED_TENSOR_SPEC: RaggedTensorSpec,
}
_SPEC_NUMBERS = {kind: number for number, kind in _SPECS.items()}


class NotEncodableError(Exception):
    """There is no way to write an object."""


class StructureCoder:
    """Writes and reads nests of lists, tuples, named tuples and dicts; of numbers, texts, shapes,
    types and specs in them."""

    def can_encode(self, nested_structure: Any) -> bool:
        """Whether `encode_structure` would work."""
        try:
            self.encode_structure(nested_structure)
        except NotEncodableError:
            return False
        return True

    def encode_structure(self, nested_structure: Any) -> Any:
        """The StructuredValue of a nest. Raises NotEncodableError for other objects in it."""
        for kind, encode in _ENCODERS:
            if isinstance(nested_structure, kind):
                return encode(nested_structure, self.encode_structure)
        raise NotEncodableError(
            f"No encoder for object [{nested_structure}] of type [{type(nested_structure)}]."
        )

    def decode_proto(self, proto: Any) -> Any:
        """The nest that a StructuredValue stands for. Raises NotEncodableError for an empty one."""
        kind = proto.WhichOneof("kind")
        if kind not in _DECODERS:
            raise NotEncodableError(f"No decoder for object [{proto}] of type [{type(proto)}].")
        return _DECODERS[kind](getattr(proto, kind), self.decode_proto)


_Encode = Callable[[Any], Any]


def _encode_list(value: list[Any], encode: _Encode) -> Any:
    return _Proto(list_value=struct_pb2.ListValue(values=map(encode, value)))


def _encode_tuple(value: tuple[Any, ...], encode: _Encode) -> Any:
    fields = getattr(value, "_fields", None)
    if fields is None:
        return _Proto(tuple_value=struct_pb2.TupleValue(values=map(encode, value)))
    pairs = [struct_pb2.PairValue(key=key, value=encode(getattr(value, key))) for key in fields]
    named = struct_pb2.NamedTupleValue(name=type(value).__name__, values=pairs)
    return _Proto(named_tuple_value=named)


def _encode_dict(value: dict[str, Any], encode: _Encode) -> Any:
    fields = {key: encode(item) for key, item in value.items()}
    return _Proto(dict_value=struct_pb2.DictValue(fields=fields))


def _encode_tensor_spec(value: TensorSpec, encode: _Encode) -> Any:
    return _Proto(
        tensor_spec_value=struct_pb2.TensorSpecProto(
            shape=value.shape.as_proto(), dtype=value.dtype.as_datatype_enum, name=value.name
        )
    )


def _encode_type_spec(value: Any, encode: _Encode) -> Any:
    return _Proto(
        type_spec_value=struct_pb2.TypeSpecProto(
            type_spec_class=_SPEC_NUMBERS[type(value)],
            type_state=encode(value._serialize()),
            type_spec_class_name=type(value).__name__,
        )
    )


# By type; bool before int, which it is too.
_ENCODERS: list[tuple[Any, Callable[[Any, _Encode], Any]]] = [
    (list, _encode_list),
    (tuple(_SPEC_NUMBERS), _encode_type_spec),
    (TensorSpec, _encode_tensor_spec),
    (TensorShape, lambda value, _: _Proto(tensor_shape_value=value.as_proto())),
    (DType, lambda value, _: _Proto(tensor_dtype_value=value.as_datatype_enum)),
    (tuple, _encode_tuple),
    (dict, _encode_dict),
    (float, lambda value, _: _Proto(float64_value=value)),
    (bool, lambda value, _: _Proto(bool_value=value)),
    (int, lambda value, _: _Proto(int64_value=value)),
    (str, lambda value, _: _Proto(string_value=value)),
    (type(None), lambda value, _: _Proto(none_value=struct_pb2.NoneValue())),
]


def _decode_named_tuple(value: Any, decode: _Encode) -> Any:
    kind = namedtuple(value.name, [pair.key for pair in value.values])  # type: ignore[misc]
    return kind(*(decode(pair.value) for pair in value.values))


def _decode_tensor_spec(value: Any, decode: _Encode) -> Any:
    return TensorSpec(TensorShape(value.shape), dtypes.as_dtype(value.dtype), value.name or None)


def _decode_type_spec(value: Any, decode: _Encode) -> Any:
    if value.type_spec_class not in _SPECS:
        raise ValueError(
            f"The type '{value.type_spec_class_name}' is not supported by this version of "
            "TensorFlow. (The object you are loading must have been created with a newer version "
            "of TensorFlow.)"
        )
    return _SPECS[value.type_spec_class]._deserialize(decode(value.type_state))


_DECODERS: dict[str | None, Callable[[Any, _Encode], Any]] = {
    "list_value": lambda value, decode: [decode(item) for item in value.values],
    "tuple_value": lambda value, decode: tuple(decode(item) for item in value.values),
    "named_tuple_value": _decode_named_tuple,
    "dict_value": lambda value, decode: {k: decode(v) for k, v in value.fields.items()},
    "tensor_spec_value": _decode_tensor_spec,
    "type_spec_value": _decode_type_spec,
    "tensor_shape_value": lambda value, _: TensorShape(value),
    "tensor_dtype_value": lambda value, _: dtypes.as_dtype(value),
    "float64_value": lambda value, _: value,
    "bool_value": lambda value, _: value,
    "int64_value": lambda value, _: value,
    "string_value": lambda value, _: as_str(value),
    "none_value": lambda value, _: None,
}
