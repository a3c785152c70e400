"""Fields of serialized messages as arrays, and arrays as fields: the wire format of protobuf."""

import functools
import os
import struct
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, text_format
from google.protobuf.message import DecodeError

from evergraph import proto as _messages  # so that ours are known to the pool
from evergraph.base import varint
from evergraph.base.errors import DataLossError
from evergraph.kernels.host import invalid

__all__ = ["Field", "binary_of_text", "decoded", "encoded", "fields_of", "message_type", "repacked"]

VARINT, WIDE, BYTES, GROUP, GROUP_END, NARROW = range(6)
LOCAL = ("", "local://")
OURS = _messages.__name__.split(".")[0] + "."

# By number of the type: its wire type, its struct format if of fixed size, what values may be.
_KINDS: dict[int, tuple[str, int, str | None, tuple[str, ...]]] = {
    1: ("double", WIDE, "d", ("float64",)),
    2: ("float", NARROW, "f", ("float32", "float64")),
    3: ("int64", VARINT, None, ("int64",)),
    4: ("uint64", VARINT, None, ("uint64",)),
    5: ("int32", VARINT, None, ("int32", "int64")),
    6: ("fixed64", WIDE, "Q", ("uint64",)),
    7: ("fixed32", NARROW, "I", ("uint32", "uint64")),
    8: ("bool", VARINT, None, ("bool",)),
    9: ("string", BYTES, None, ("string",)),
    10: ("group", GROUP, None, ("string",)),
    11: ("message", BYTES, None, ("string",)),
    12: ("bytes", BYTES, None, ("string",)),
    13: ("uint32", VARINT, None, ("uint32", "uint64")),
    14: ("enum", VARINT, None, ("int32",)),
    15: ("sfixed32", NARROW, "i", ("int32", "int64")),
    16: ("sfixed64", WIDE, "q", ("int64",)),
    17: ("sint32", VARINT, None, ("int32", "int64")),
    18: ("sint64", VARINT, None, ("int64",)),
}


def data_loss(text: str) -> DataLossError:
    return DataLossError(None, None, text)


# Descriptions of messages.


@functools.lru_cache(64)
def _pool_of(source: str | bytes) -> Any:
    """The descriptions in a FileDescriptorSet: a file's, or that which follows "bytes://"."""
    name = source.encode() if isinstance(source, str) else source
    files = descriptor_pb2.FileDescriptorSet()
    path = os.fsdecode(name) if b"\0" not in name else ""
    try:
        if path and os.path.exists(path):
            with open(path, "rb") as f:
                files.ParseFromString(f.read())
        elif name.startswith(b"bytes://"):
            files.ParseFromString(name[len(b"bytes://") :])
        else:
            raise DecodeError
    except (DecodeError, OSError):
        raise invalid("Source does not represent serialized file descriptor set proto.") from None
    pool = descriptor_pool.DescriptorPool()
    for file in files.file:
        try:
            pool.AddSerializedFile(file.SerializeToString())
            pool.FindFileByName(file.name)
        except (TypeError, KeyError):
            raise invalid(f"Failed to load FileDescriptorProto: {file}") from None
    return pool


def message_type(source: str | bytes, name: str) -> Any:
    """The description of a message; TensorFlow's own are known by their names there."""
    local = source in LOCAL
    pool = descriptor_pool.Default() if local else _pool_of(source)
    names = [name]
    if local and name.startswith("tensorflow."):
        names.append(OURS + name.removeprefix("tensorflow."))
    for candidate in names:
        try:
            return pool.FindMessageTypeByName(candidate)
        except KeyError:
            continue
    raise invalid(f"No descriptor found for message type {name}")


class Field:
    """A field of a message: its number, its type, and the dtype of its values."""

    def __init__(self, described: Any, dtype: str) -> None:
        self.described = described
        self.number: int = described.number
        self.repeated = bool(
            described.is_repeated
            if hasattr(described, "is_repeated")
            else described.label == described.LABEL_REPEATED
        )
        self.kind, self.wire, self.format, self.dtypes = _KINDS[described.type]
        self.dtype = dtype

    @property
    def default(self) -> Any:
        """What stands where a message has no value."""
        if self.kind in ("message", "group"):
            return b""
        value = self.described.default_value if not self.repeated else None
        if self.dtype == "string":
            value = value.encode() if isinstance(value, str) else value or b""
            return value.split(b"\0")[0]
        if self.dtype in ("uint32", "uint64"):
            return (value or 0) & 0xFF  # TensorFlow keeps the last byte of these
        if value is None and self.kind == "enum":
            return self.described.enum_type.values[0].number
        return value or 0


def fields_of(message: Any, name: str, fields: Sequence[str], extensions: bool) -> list[Any]:
    """The descriptions of fields by their names."""
    found = []
    others = None
    for field in fields:
        described = message.fields_by_name.get(field)
        if described is None and extensions:
            if others is None:
                others = {e.full_name: e for e in message.file.pool.FindAllExtensions(message)}
            described = others.get(field)
        if described is None:
            raise invalid(f"Unknown field: {field} in message type {name}")
        found.append(described)
    return found


def _new(message: Any) -> Any:
    return message_factory.GetMessageClass(message)()


def repacked(message: Any, data: bytes) -> bytes:
    """A message read and written again."""
    made = _new(message)
    try:
        made.ParseFromString(data)
    except DecodeError:
        raise data_loss("Unable to parse binary protobuf") from None
    return made.SerializeToString()


def binary_of_text(message: Any, text: bytes) -> bytes:
    """A message that is given as text."""
    made = _new(message)
    try:
        text_format.Parse(text, made, descriptor_pool=message.file.pool)
    except (text_format.ParseError, UnicodeDecodeError):
        raise data_loss("Unable to parse text protobuf") from None
    return made.SerializeToString()


# Reading.


def _skipped(data: bytes, at: int, wire: int, number: int) -> int:
    """The position after a value. Raises IndexError where there is none."""
    if wire == VARINT:
        return varint.decode(data, at)[1]
    if wire == BYTES:
        size, at = varint.decode(data, at)
        at += size
    elif wire in (WIDE, NARROW):
        at += 8 if wire == WIDE else 4
    elif wire == GROUP:
        return _group_end(data, at, number)
    else:
        raise IndexError("no such wire type")
    if at > len(data):
        raise IndexError("the message ends before")
    return at


def _group_end(data: bytes, at: int, number: int) -> int:
    """The position after a group."""
    while True:
        tag, after = varint.decode(data, at)
        if tag & 7 == GROUP_END:
            if tag >> 3 != number:
                raise IndexError("another group ends")
            return after
        at = _skipped(data, after, tag & 7, tag >> 3)


def _number(kind: str, value: int) -> int | bool:
    """The value that a varint stands for."""
    if kind == "bool":
        return value & 0xFFFFFFFF != 0
    if kind == "uint64":
        return value
    if kind == "uint32":
        return value & 0xFFFFFFFF
    if kind.startswith("sint"):
        value &= 0xFFFFFFFF if kind == "sint32" else 0xFFFFFFFFFFFFFFFF
        return (value >> 1) ^ -(value & 1)
    if kind == "int64":
        return value - (1 << 64) if value >> 63 else value
    value &= 0xFFFFFFFF  # int32, enum
    return value - (1 << 32) if value >> 31 else value


def _one(field: Field, data: bytes, at: int) -> tuple[Any, int]:
    """A value, and the position after it."""
    if field.format is not None:
        size = struct.calcsize("<" + field.format)
        if at + size > len(data):
            raise IndexError("the message ends before")
        return struct.unpack_from("<" + field.format, data, at)[0], at + size
    if field.wire == VARINT:
        value, at = varint.decode(data, at)
        return _number(field.kind, value), at
    if field.wire == GROUP:
        # With its tags, though it is written without.
        after = _group_end(data, at, field.number)
        return varint.encode(field.number << 3 | GROUP) + data[at:after], after
    size, at = varint.decode(data, at)
    if at + size > len(data):
        raise IndexError("the message ends before")
    return data[at : at + size], at + size


def _packed(field: Field, data: bytes) -> list[Any]:
    """The values of a packed field."""
    if field.format is not None:
        size = struct.calcsize("<" + field.format)
        if len(data) % size:
            raise data_loss(f"Illegal data length for packed fixed-size type: {len(data)}")
        return list(struct.unpack(f"<{len(data) // size}{field.format}", data))
    values, at = [], 0
    # TensorFlow takes packed values of 32 bits that become wider for unsigned ones.
    kind = "uint32" if (field.kind, field.dtype) == ("int32", "int64") else field.kind
    try:
        while at < len(data):
            value, at = varint.decode(data, at)
            values.append(_number(kind, value))
    except IndexError:
        raise data_loss("Corrupt packed varint") from None
    return values


def _entries(data: bytes, fields: dict[int, Field]) -> Iterator[tuple[Field, list[Any], bool]]:
    """The values of the fields in the order of the message, and whether they were packed."""
    at = 0
    while at < len(data):
        try:
            tag, at = varint.decode(data, at)
        except IndexError:
            tag = 0
        number, wire = tag >> 3, tag & 7
        if tag == 0 or wire == GROUP_END:
            raise data_loss("CountFields: Failed to consume entire buffer")
        field = fields.get(number)
        if field is not None and wire == BYTES and field.wire != BYTES:
            try:
                size, at = varint.decode(data, at)
            except IndexError:
                raise data_loss("CollectField: Failed reading packed size") from None
            if at + size > len(data):
                raise data_loss("ReadPackedValues: Skipping packed field failed")
            if field.wire == GROUP:
                raise data_loss("TYPE_GROUP encountered as packed")
            yield field, _packed(field, data[at : at + size]), True
            at += size
        elif field is not None and wire == field.wire:
            try:
                value, at = _one(field, data, at)
            except IndexError:
                raise data_loss("ReadValue: Failed skipping field when counting") from None
            yield field, [value], False
        else:
            try:
                at = _skipped(data, at, wire, number)
            except IndexError:
                what = "unrequested" if field is None else "malformed"
                text = f"Failed skipping {what} field"
                raise data_loss(text if field is None else f"CollectField: {text}") from None


def decoded(messages: Sequence[bytes], fields: Sequence[Field]) -> tuple[Any, list[Any]]:
    """How often each field occurs in each message, and the values, filled up with defaults."""
    by_number = {field.number: field for field in fields}
    sizes = np.zeros((len(messages), len(fields)), np.int32)
    found: list[dict[int, list[Any]]] = []
    for row, data in enumerate(messages):
        values: dict[int, list[Any]] = {number: [] for number in by_number}
        for field, more, packed in _entries(data, by_number):
            known = values[field.number]
            if field.repeated:
                known += more
            elif packed and known:
                raise data_loss(
                    "ReadPackedValues: Tried to write more entries than allowed.  Field tag: "
                    f"{field.number}, Max entries allowed: 1"
                )
            elif more:
                # TensorFlow counts what is packed where it should not be, and forgets the value.
                values[field.number] = [field.default] if packed else more[-1:]
        found.append(values)
        sizes[row] = [len(values[field.number]) for field in fields]
    arrays = []
    for i, field in enumerate(fields):
        width = max(1, int(sizes[:, i].max(initial=1)))
        dtype: Any = object if field.dtype == "string" else field.dtype
        array = np.full((len(messages), width), field.default, dtype)
        for row, values in enumerate(found):
            given = values[field.number]
            array[row, : len(given)] = given
        arrays.append(array)
    return sizes, arrays


# Writing.


def _writer(field: Field) -> Callable[[Any], bytes]:
    """What writes a value without its tag."""
    kind, form = field.kind, field.format
    if form is not None:
        if form in "df":
            return lambda v: struct.pack("<" + form, np.float32(v) if form == "f" else v)
        mask = (1 << (8 * struct.calcsize("<" + form))) - 1
        return lambda v: struct.pack("<" + form.upper(), int(v) & mask)
    if field.wire == BYTES:
        return lambda v: varint.encode(len(v)) + v
    if field.wire == GROUP:
        return lambda v: v + varint.encode(field.number << 3 | GROUP_END)
    if kind == "uint32":
        return lambda v: varint.encode(int(v) & 0xFFFFFFFF)
    if kind.startswith("sint"):
        bits = 32 if kind == "sint32" else 64
        mask = (1 << bits) - 1
        return lambda v: varint.encode((int(v) << 1 & mask) ^ (mask if int(v) < 0 else 0))
    if kind == "int32":
        return lambda v: varint.encode(_number("int32", int(v)) & 0xFFFFFFFFFFFFFFFF)
    return lambda v: varint.encode(int(v) & 0xFFFFFFFFFFFFFFFF)


def encoded(sizes: Any, values: Sequence[Any], fields: Sequence[Field]) -> list[bytes]:
    """Messages of the first so many values of each field, the fields by their numbers."""
    order = sorted(range(len(fields)), key=lambda i: fields[i].number)
    writers = [_writer(field) for field in fields]
    messages = []
    for row in range(len(sizes)):
        parts = []
        for i in order:
            field, given = fields[i], values[i][row][: int(sizes[row, i])]
            if not len(given):
                continue
            bodies = [writers[i](v) for v in given.tolist()]
            if field.described.GetOptions().packed:
                body = b"".join(bodies)
                parts += [varint.encode(field.number << 3 | BYTES), varint.encode(len(body)), body]
            else:
                tag = varint.encode(field.number << 3 | field.wire)
                parts += [tag + body for body in bodies]
        messages.append(b"".join(parts))
    return messages
