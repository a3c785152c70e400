"""Serialized messages as tensors of their fields, and back."""

import numpy as np
from case_tools import Cases, fed
from google.protobuf import descriptor_pb2

CASES = Cases()
simple = CASES.simple

TYPES = (
    "double float int64 uint64 int32 fixed64 fixed32 bool string group message bytes uint32 enum "
    "sfixed32 sfixed64 sint32 sint64"
).split()
LABELS = {"one": 1, "many": 3, "packed": 3}
DEFAULTS = {
    "double": "1.5",
    "float": "2.5",
    "int64": "-3",
    "uint64": "300",
    "int32": "-5",
    "fixed64": "7",
    "fixed32": "65537",
    "bool": "true",
    "string": "word",
    "bytes": "ab\\000c",
    "uint32": "258",
    "sint32": "-9",
}


def described():
    """A file with a message that has each type once, repeated and packed."""
    file = descriptor_pb2.FileDescriptorProto(name="all.proto", package="some")
    message = file.message_type.add(name="All")
    message.extension_range.add(start=200, end=300)
    kinds = message.enum_type.add(name="Kind")
    kinds.value.add(name="A", number=-1)
    kinds.value.add(name="B", number=4)
    number = 0
    for form, label in LABELS.items():
        for value, kind in enumerate(TYPES, 1):
            number += 1
            if form == "packed" and kind in ("string", "group", "message", "bytes"):
                continue
            field = message.field.add(name=kind + "_" + form, number=number, label=label)
            field.type = value
            if kind == "enum":
                field.type_name = ".some.All.Kind"
            elif kind == "group":
                name = "Group_" + form
                message.nested_type.add(name=name).field.add(name="x", number=1, label=1, type=5)
                field.name, field.type_name = name.lower(), ".some.All." + name
            elif kind == "message":
                field.type_name = ".some.All"
            if form == "one" and kind in DEFAULTS:
                field.default_value = DEFAULTS[kind]
            if form == "packed":
                field.options.packed = True
    file.extension.add(
        name="more", number=200, label=1, type=5, extendee=".some.All", default_value="11"
    )
    return file


SOURCE = b"bytes://" + descriptor_pb2.FileDescriptorSet(file=[described()]).SerializeToString()
DTYPES = {
    kind: dtype
    for dtype, kinds in {
        "float64": "double",
        "float32": "float",
        "int64": "int64 sfixed64 sint64",
        "uint64": "uint64 fixed64",
        "int32": "int32 enum sfixed32 sint32",
        "uint32": "fixed32 uint32",
        "bool": "bool",
        "string": "string group message bytes",
    }.items()
    for kind in kinds.split()
}
WIDER = {
    "float": "float64",
    "int32": "int64",
    "fixed32": "uint64",
    "uint32": "uint64",
    "sfixed32": "int64",
    "sint32": "int64",
}
NUMBERS = {f: i for i, f in enumerate((k + "_" + form for form in LABELS for k in TYPES), 1)}


def varint(value):
    value &= (1 << 64) - 1
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def tag(number, wire):
    return varint(number << 3 | wire)


def name_of(kind, form):
    return ("group_" if kind == "group" else kind + "_") + form


def decode(tf, messages, names, dtypes, **options):
    options.setdefault("descriptor_source", SOURCE)
    options.setdefault("message_type", "some.All")
    found = tf.io.decode_proto(
        bytes=messages, field_names=names, output_types=[tf.as_dtype(d) for d in dtypes], **options
    )
    return [found.sizes] + [v for v in found.values]


def encode(tf, sizes, values, names, **options):
    options.setdefault("descriptor_source", SOURCE)
    options.setdefault("message_type", "some.All")
    return tf.io.encode_proto(sizes=sizes, values=values, field_names=names, **options)


def values_of(kind, dtype):
    """Two messages with up to three values."""
    if dtype == "string":
        words = [[b"", b"\x08\x05", b"\x08\x07"], [b"\x08\x06", b"", b""]]
        return np.array(words, dtype=object)
    if dtype == "bool":
        return np.array([[True, False, True], [True, True, True]])
    if kind == "enum":
        return np.array([[-1, 4, 9], [4, 4, 4]], dtype)
    if dtype.startswith("float"):
        return np.array([[1.25, -2.5, 1e10], [0.1, 3, 4]], dtype)
    if dtype.startswith("u"):
        return np.array([[1, 300, 2**32 - 1], [7, 8, 9]], dtype)
    return np.array([[-1, 300, -(2**31)], [7, 8, 9]], dtype)


def both(kind, form, dtype):
    """Values of a field written, and read again."""

    def case(tf):
        values = values_of(kind, dtype)
        sizes = np.array([[3], [1]] if form != "one" else [[1], [0]], np.int32)
        if kind == "enum":  # its default is not initialized
            sizes[:] = sizes[0]
        name = [name_of(kind, form)]
        messages = encode(tf, sizes, [values], name)
        return [messages] + decode(tf, messages, name, [dtype])

    return case


for form in LABELS:
    for kind in TYPES:
        if form == "packed" and kind in ("string", "group", "message", "bytes"):
            continue
        CASES[kind + "_" + form] = both(kind, form, DTYPES[kind])
        if kind in WIDER:
            CASES[kind + "_" + form + "_wide"] = both(kind, form, WIDER[kind])

INT, INTS = tag(5, 0), tag(23, 0)


def raw(*messages, **options):
    names = options.pop("names", ["int32_many", "string_one", "int32_one"])
    dtypes = options.pop("dtypes", ["int32", "string", "int32"])
    return lambda tf: decode(tf, list(messages), names, dtypes, **options)


def unknown(tf):
    data, feed = fed(tf, np.array([[INT + b"\x07"]], object), None)
    return decode(tf, data, ["int32_one"], ["int32"]), feed


def unknown_values(tf):
    values, feed = fed(tf, np.array([[1, 2], [3, 4]], np.int32), [None, 2])
    more, other = fed(tf, np.array([[1], [3]], np.int64), [2, None])
    feed.update(other)
    made = encode(tf, [[1, 1], [2, 0]], [values, more], ["int32_many", "int64_many"])
    return [made], feed


def tensor_message(tf):
    message = tf.make_tensor_proto([1, 2]).SerializeToString()
    return decode(
        tf,
        [message],
        ["dtype", "tensor_content"],
        ["int32", "string"],
        message_type="tensorflow.TensorProto",
        descriptor_source="local://",
    )


simple(
    defaults=lambda tf: decode(
        tf,
        [b""],
        [name_of(k, "one") for k in TYPES if k != "enum"],
        [DTYPES[k] for k in TYPES if k != "enum"],
    ),
    packed_after_one=raw(INT + b"\x01" + tag(5, 2) + b"\x03\x01\x02\x03"),
    extension=raw(tag(200, 0) + b"\x07", b"", names=["some.more"], dtypes=["int32"]),
    last_counts=raw(INT + b"\x01" + INT + b"\x02"),
    packed_where_not=raw(tag(23, 2) + b"\x03\x01\x02\x03" + INTS + b"\x04"),
    packed_where_one=raw(tag(5, 2) + b"\x03\x01\x02\x03"),
    not_packed=raw(tag(41, 0) + b"\x03", names=["int32_packed"], dtypes=["int32"]),
    other_wire=raw(tag(23, 1) + b"12345678" + INTS + b"\x04"),
    disordered=raw(INTS + b"\x01" + INT + b"\x02"),
    order_of_outputs=raw(INT + b"\x01" + INTS + b"\x02", b""),
    skipped=raw(tag(101, 0) + b"\x96\x01" + tag(102, 2) + b"\x02ab" + INT + b"\x05"),
    skipped_group=raw(tag(103, 3) + tag(1, 0) + b"\x05" + tag(103, 4) + INT + b"\x05"),
    long_int=raw(INT + b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
    ranks=lambda tf: decode(
        tf, [[[INT + b"\x01"], [b""]], [[b""], [INTS + b"\x07"]]], ["int32_many"], ["int32"]
    ),
    scalar=lambda tf: decode(tf, INT + b"\x01", ["int32_one"], ["int32"]),
    text=raw(b"int32_many: 3 int32_many: 4 string_one: 'a'", b"", message_format="text"),
    text_wrong=raw(b"int32_many 3", message_format="text"),
    other_format=raw(b"", message_format="json"),
    sanitized=raw(INT + b"\x01" + INT + b"\x02", sanitize=True),
    sanitized_wrong=raw(INT, sanitize=True),
    unknown=unknown,
    no_messages=lambda tf: decode(tf, np.zeros(0, object), ["int32_one"], ["int32"]),
    cut_varint=raw(INT + b"\x80"),
    cut_string=raw(tag(9, 2) + b"\x05abc"),
    cut_skipped=raw(tag(102, 2) + b"\x05abc"),
    cut_tag=raw(b"\xff"),
    cut_packed=raw(tag(23, 2) + b"\x05\x01"),
    cut_packed_value=raw(tag(23, 2) + b"\x02\x01\x80"),
    group_end=raw(tag(23, 4)),
    tag_zero=raw(b"\0\0"),
    no_message_type=raw(b"", message_type="some.None"),
    no_field=raw(b"", names=["nothing"], dtypes=["int32"]),
    wrong_dtype=raw(b"", names=["int32_one"], dtypes=["float32"]),
    lengths=raw(b"", names=["int32_one"], dtypes=["int32", "int32"]),
    no_source=raw(b"", descriptor_source="nowhere"),
    wrong_source=raw(b"", descriptor_source=b"bytes://\xff\xff"),
    tensor_message=tensor_message,
    two_fields=lambda tf: [
        encode(
            tf,
            [[1, 2], [0, 1]],
            [np.int64([[5, 6], [7, 8]]), np.int32([[1, 2], [3, 4]])],
            ["int64_many", "int32_one"],
        )
    ],
    unknown_values=unknown_values,
    more_ranks=lambda tf: [
        encode(tf, np.ones([2, 3, 1], np.int32), [np.ones([2, 3, 2], np.int32)], ["int32_many"])
    ],
    encode_vector=lambda tf: [encode(tf, [[1]], [[5]], ["int32_many"])],
    encode_sizes=lambda tf: [encode(tf, [[1, 1]], [[[5]]], ["int32_many"])],
    encode_too_many=lambda tf: [encode(tf, [[2]], [[[5]]], ["int32_many"])],
    encode_dtype=lambda tf: [encode(tf, [[1]], [[[5.0]]], ["int32_many"])],
    encode_no_field=lambda tf: [encode(tf, [[1]], [[[5]]], ["nothing"])],
    encode_no_type=lambda tf: [encode(tf, [[1]], [[[5]]], ["x"], message_type="some.None")],
    encode_lengths=lambda tf: [encode(tf, [[1]], [[[5]]], ["int32_many", "int64_many"])],
    encode_prefixes=lambda tf: [
        encode(tf, [[1, 1]], [[[5]], [[5], [6]]], ["int32_many", "int32_one"])
    ],
)
