"""Serialized messages as tensors: DecodeProtoV2, EncodeProto."""

from typing import Any

import numpy as np

from evergraph.graph.registry import op
from evergraph.kernels import proto_fields
from evergraph.kernels.host import invalid, text
from evergraph.ops import shape_rules
from evergraph.ops.shape_rules import Dims

decode_op = op(
    "DecodeProtoV2(bytes: string) -> sizes: int32, values: list(output_types)",
    "message_type: string; field_names: list(string); output_types: list(type) >= 0; "
    "descriptor_source: string = 'local://'; message_format: string = 'binary'; "
    "sanitize: bool = false",
)
encode_op = op(
    "EncodeProto(sizes: int32, values: list(Tinput_types)) -> bytes: string",
    "field_names: list(string); message_type: string; descriptor_source: string = 'local://'; "
    "Tinput_types: list(type) >= 1",
)
SHORT = {"float16": "half", "float32": "float", "float64": "double"}  # as C++ calls them

decode_op.not_differentiable()
encode_op.not_differentiable()


@decode_op.shape
def decode_shape(node: Any) -> list[Dims]:
    dims = node.inputs[0].dims
    count = len(node.attr("output_types"))
    sizes = shape_rules.concatenate(dims, (count,))
    return [sizes, *[shape_rules.concatenate(dims, (None,))] * count]


@decode_op.numpy
def decode(
    data: Any,
    *,
    message_type: str,
    field_names: list[str],
    output_types: list[Any],
    descriptor_source: Any,
    message_format: str,
    sanitize: bool,
) -> Any:
    message = proto_fields.message_type(descriptor_source, message_type)
    if len(field_names) != len(output_types):
        raise invalid("field_names and output_types attributes must have the same length")
    described = proto_fields.fields_of(message, message_type, field_names, extensions=True)
    fields = []
    for known, dtype in zip(described, output_types, strict=True):
        field = proto_fields.Field(known, dtype.name)
        if dtype.name not in field.dtypes:
            raise invalid(
                f"Unexpected output type for {known.full_name}: {known.cpp_type} to "
                f"{dtype.as_datatype_enum}"
            )
        fields.append(field)
    if message_format not in ("binary", "text"):
        raise invalid("format must be one of binary or text")
    data = np.asarray(data, object)
    if not data.size:
        raise invalid("Bufs argument must contain at least one value")
    messages = data.reshape(-1).tolist()
    if message_format == "text":
        messages = [proto_fields.binary_of_text(message, m) for m in messages]
    elif sanitize:
        messages = [proto_fields.repacked(message, m) for m in messages]
    sizes, values = proto_fields.decoded(messages, fields)
    shaped = [v.reshape(*data.shape, -1) for v in values]
    return (sizes.reshape(*data.shape, len(fields)), *shaped)


@encode_op.shape
def encode_shape(node: Any) -> Dims:
    found: Dims = None
    for tensor in reversed(node.inputs[1:]):
        dims = shape_rules.at_least_rank(tensor.dims, 2)
        found = shape_rules.merge(None if dims is None else dims[:-1], found)
    return found


@encode_op.numpy
def encode(
    sizes: Any,
    values: list[Any],
    *,
    field_names: list[str],
    message_type: str,
    descriptor_source: Any,
    Tinput_types: list[Any],
) -> Any:
    message = proto_fields.message_type(descriptor_source, message_type)
    described = proto_fields.fields_of(message, message_type, field_names, extensions=False)
    if len(described) != len(values):
        raise invalid("Length of inputs list must match field_names")
    sizes = np.asarray(sizes)
    fields, prefix = [], None
    for name, known, dtype, given in zip(field_names, described, Tinput_types, values, strict=True):
        field = proto_fields.Field(known, dtype.name)
        if dtype.name not in field.dtypes:
            saw = SHORT.get(dtype.name, dtype.name)
            raise invalid(
                f"Incompatible type for field {name}.  Saw dtype: {saw} but field type is: "
                f"{field.kind}"
            )
        shape = np.shape(given)
        if len(shape) < 2:
            raise invalid(
                f"Invalid shape for field {name}.  Saw shape {text(shape)} but it should be at "
                "least a matrix."
            )
        prefix = shape[:-1] if prefix is None else prefix
        if prefix != shape[:-1]:
            raise invalid("Values must match up to the last dimension")
        fields.append(field)
    assert prefix is not None
    expected = (*prefix, len(fields))
    if sizes.shape != expected:
        raise invalid(
            f"sizes should be batch_size + [len(field_names)].  Saw: {text(sizes.shape)} but "
            f"expected: {text(expected)}"
        )
    flat_sizes = sizes.reshape(-1, len(fields))
    rows = [np.asarray(v).reshape(len(flat_sizes), -1) for v in values]
    for i, row in enumerate(rows):
        for at in np.flatnonzero(flat_sizes[:, i] > row.shape[1])[:1]:
            raise invalid(
                f"Size to write must not be larger than value tensor; but saw: "
                f"{flat_sizes[at, i]} > {row.shape[1]} at message {at} field {i}"
            )
    made = np.empty(len(flat_sizes), object)
    made[:] = proto_fields.encoded(flat_sizes, rows, fields)
    return made.reshape(prefix)
