"""The hash of a FunctionDef, which stands in the names of graph functions: TensorFlow's
FunctionDefHash."""

from collections.abc import Iterable, Mapping
from typing import Any

from evergraph.base.murmur import combine, hash64
from evergraph.graph.tensor_proto import make_ndarray
from evergraph.proto.framework.function_pb2 import FunctionDef
from evergraph.proto.framework.node_def_pb2 import NodeDef
from evergraph.proto.framework.op_def_pb2 import OpDef
from evergraph.proto.framework.tensor_pb2 import TensorProto

_SEED = 0xDECAFCAFFE


def function_hash(fdef: FunctionDef) -> int:
    """The hash of all but the name."""
    result = _signature(fdef.signature)
    result = _attrs(fdef.attr, result)
    nodes = _SEED
    for node in sorted(fdef.node_def, key=lambda node: node.name.encode()):
        nodes = combine(_node(node), _text(node.name, nodes))
    result = combine(nodes, result)
    for table in (fdef.ret, fdef.control_ret):
        for key, value in sorted(table.items()):
            result = _text(value, _text(key, result))
    return result


def _text(value: str, seed: int = _SEED) -> int:
    return hash64(value.encode(), seed)


def _message(proto: Any, seed: int = _SEED) -> int:
    return hash64(proto.SerializeToString(deterministic=True), seed)


def _signature(signature: OpDef) -> int:
    result = _SEED
    for attr in sorted(signature.attr, key=lambda attr: attr.name):
        result = combine(_attr_def(attr), _text(attr.name, result))
    for name in sorted(set(signature.control_output)):
        result = combine(result, _text(name))
    rest = OpDef()
    rest.CopyFrom(signature)
    rest.ClearField("attr")
    rest.ClearField("control_output")
    rest.ClearField("name")
    return _message(rest, result)


def _attr_def(attr: OpDef.AttrDef) -> int:
    result = _text(attr.type, _text(attr.name))
    result = combine(_attr(attr.default_value), result)
    result = _text(attr.description, result)
    result = combine(int(attr.has_minimum), result)
    result = combine(attr.minimum % (1 << 64), result)
    return combine(_attr(attr.allowed_values), result)


def _node(node: NodeDef) -> int:
    result = _text(node.device, _text(node.op, _text(node.name)))
    inputs = [name for name in node.input if not name.startswith("^")]
    controls = sorted({name for name in node.input if name.startswith("^")})
    for name in inputs + controls:
        result = _text(name, result)
    return _attrs({k: v for k, v in node.attr.items() if not k.startswith("_")}, result)


def _attrs(attrs: Mapping[str, Any], result: int) -> int:
    for key, value in sorted(attrs.items()):
        if value.WhichOneof("value") is not None:
            result = combine(_attr(value), _text(key, result))
    return result


def _attr(value: Any) -> int:
    if value.HasField("tensor"):
        return _message(_with_content(value.tensor))
    if value.HasField("func"):
        return _attrs(value.func.attr, _text(value.func.name))
    return _message(value)


def _with_content(tensor: TensorProto) -> TensorProto:
    """The tensor with its elements as bytes, whichever way they were stored."""
    array = make_ndarray(tensor)
    if array.dtype == object:
        content = _joined([bytes(text) for text in array.reshape(-1)])
    else:
        content = array.tobytes()
    return TensorProto(dtype=tensor.dtype, tensor_shape=tensor.tensor_shape, tensor_content=content)


def _joined(texts: Iterable[bytes]) -> bytes:
    """Lengths, in groups of seven bits, then the texts."""
    lengths = bytearray()
    texts = list(texts)
    for text in texts:
        size = len(text)
        while size >= 128:
            lengths.append(size & 127 | 128)
            size >>= 7
        lengths.append(size)
    return bytes(lengths) + b"".join(texts)
