"""Bytes and texts as tensors: DecodeRaw, DecodeCSV, DecodeCompressed, ParseTensor, ..."""

import zlib
from typing import Any

import numpy as np
from google.protobuf import json_format
from google.protobuf.message import DecodeError

from evergraph.base import dtypes, errors
from evergraph.graph.op_summary import type_name
from evergraph.graph.registry import ShapeError, op
from evergraph.graph.tensor_proto import make_ndarray
from evergraph.kernels.csv_fields import fields_of
from evergraph.kernels.dtypes import numpy_dtype
from evergraph.kernels.host import invalid, text
from evergraph.kernels.number_text import parse_number
from evergraph.kernels.serialized_tensors import serialized_tensor
from evergraph.ops import shape_rules
from evergraph.ops.shape_rules import Dims
from evergraph.proto.example.example_pb2 import Example
from evergraph.proto.framework.tensor_pb2 import TensorProto

_NUMBERS = "float16 | float32 | float64 | int32 | uint16 | uint8 | int16 | int8 | int64"

decode_raw_op = op(
    "DecodeRaw(bytes: string) -> output: out_type",
    f"out_type: {_NUMBERS} | complex64 | complex128 | bool; little_endian: bool = true",
)
decode_padded_raw_op = op(
    "DecodePaddedRaw(input_bytes: string, fixed_length: int32) -> output: out_type",
    f"out_type: {_NUMBERS}; little_endian: bool = true",
    host=["fixed_length"],
)
decode_csv_op = op(
    "DecodeCSV(records: string, record_defaults: list(OUT_TYPE)) -> output: list(OUT_TYPE)",
    "OUT_TYPE: list(float32 | float64 | int32 | int64 | string) >= 1; field_delim: string = ','; "
    "use_quote_delim: bool = true; na_value: string = ''; select_cols: list(int) = []",
)
decode_json_example_op = op("DecodeJSONExample(json_examples: string) -> binary_examples: string")
decode_compressed_op = op(
    "DecodeCompressed(bytes: string) -> output: string", "compression_type: string = ''"
)
parse_tensor_op = op("ParseTensor(serialized: string) -> output: out_type", "out_type: type")
serialize_tensor_op = op("SerializeTensor(tensor: T) -> serialized: string", "T: type")

for _entry in (decode_raw_op, decode_padded_raw_op, parse_tensor_op, serialize_tensor_op):
    _entry.not_differentiable()
decode_json_example_op.shape(shape_rules.unchanged)
decode_compressed_op.shape(shape_rules.unchanged)
parse_tensor_op.shape(shape_rules.unknown)
serialize_tensor_op.shape(shape_rules.scalar)

_WINDOWS = {"ZLIB": zlib.MAX_WBITS, "GZIP": zlib.MAX_WBITS + 16}


@decode_raw_op.shape
def decode_raw_shape(node: Any) -> Dims:
    return shape_rules.concatenate(node.inputs[0].dims, (None,))


@decode_padded_raw_op.shape
def decode_padded_raw_shape(node: Any) -> Dims:
    if node.inputs[1].dims is not None:
        shape_rules.with_rank(node.inputs[1].dims, 0)
    length = node.static_input(1)
    if length is not None and length < 0:
        raise ShapeError(
            f"Dimension size, given by scalar input 1, must be non-negative but is {int(length)}"
        )
    size = numpy_dtype(node.attr("out_type")).itemsize
    width = None if length is None else shape_rules.divide_dim(int(length), size)
    return shape_rules.concatenate(node.inputs[0].dims, (width,))


@decode_csv_op.shape
def decode_csv_shape(node: Any) -> list[Dims]:
    for default in node.inputs[1:]:
        dims = shape_rules.at_most_rank(default.dims, 1)
        if dims and dims[0] is not None and dims[0] > 1:
            raise ShapeError(
                "Shape of a default must be a length-0 or length-1 vector, or a scalar."
            )
    return [node.inputs[0].dims] * len(node.outputs)


def _numbers(data: bytes, dtype: Any, little_endian: bool, shape: tuple[int, ...]) -> Any:
    kind = numpy_dtype(dtype)
    stored = kind.newbyteorder("<" if little_endian else ">")
    return np.frombuffer(data, stored).astype(kind).reshape(shape)


@decode_raw_op.numpy
def decode_raw_kernel(strings: Any, *, out_type: Any, little_endian: bool) -> Any:
    array = np.asarray(strings, object)
    elements = array.reshape(-1).tolist()
    size = len(elements[0]) if elements else 0
    for i, element in enumerate(elements):
        if len(element) != size:
            raise invalid(
                "DecodeRaw requires input strings to all be the same size, but element "
                f"{i} has size {size} != {len(element)}"
            )
    width = numpy_dtype(out_type).itemsize
    if size % width:
        raise invalid(
            f"Input to DecodeRaw has length {size} that is not a multiple of {width}, the size of "
            f"{type_name(out_type)}"
        )
    data = elements[0] if len(elements) == 1 else b"".join(elements)
    return _numbers(data, out_type, little_endian, (*array.shape, size // width))


@decode_padded_raw_op.numpy
def decode_padded_raw_kernel(
    strings: Any, fixed_length: int, *, out_type: Any, little_endian: bool
) -> Any:
    width = numpy_dtype(out_type).itemsize
    if fixed_length % width:
        raise invalid(
            f"fixed_length ({fixed_length}) must be a multiple of the size of out_type ({width})"
        )
    if fixed_length <= 0:
        raise invalid(f"fixed_length ({fixed_length}) must be greater than zero.")
    array = np.asarray(strings, object)
    rows = (s[:fixed_length].ljust(fixed_length, b"\0") for s in array.reshape(-1).tolist())
    shape = (*array.shape, fixed_length // width)
    return _numbers(b"".join(rows), out_type, little_endian, shape)


@decode_csv_op.numpy
def decode_csv_kernel(
    records: Any,
    defaults: list[Any],
    *,
    OUT_TYPE: Any,
    field_delim: str,
    use_quote_delim: bool,
    na_value: str,
    select_cols: Any,
) -> Any:
    delimiter, missing = field_delim.encode(), na_value.encode()
    _check_csv(delimiter, select_cols, OUT_TYPE)
    defaults = [np.asarray(d).reshape(-1) for d in defaults]
    for i, default in enumerate(defaults):
        if default.size > 1:
            raise invalid(
                f"There should only be 1 default per field but field {i} has {default.size}"
            )
    array = np.asarray(records, object)
    columns = [np.empty(array.size, numpy_dtype(t)) for t in OUT_TYPE]
    for i, record in enumerate(array.reshape(-1).tolist()):
        fields = fields_of(record, delimiter, use_quote_delim)
        if select_cols:
            fields = [fields[c] for c in select_cols if c < len(fields)]
        if len(fields) != len(columns):
            raise invalid(f"Expect {len(columns)} fields but have {len(fields)} in record {i}")
        for f, field in enumerate(fields):
            if field and field != missing:
                columns[f][i] = _csv_value(field, OUT_TYPE[f], f, i)
            elif defaults[f].size:
                columns[f][i] = defaults[f][0]
            else:
                raise invalid(f"Field {f} is required but missing in record {i}!")
    return tuple(column.reshape(array.shape) for column in columns)


def _check_csv(delimiter: bytes, select_cols: Any, types: Any) -> None:
    if select_cols and len(select_cols) != len(types):
        raise invalid("select_cols should match output size")
    if any(a >= b for a, b in zip(select_cols[:-1], select_cols[1:], strict=True)):
        raise invalid("select_cols should be strictly increasing indices")
    if select_cols and select_cols[0] < 0:
        raise invalid("select_cols should be non-negative indices")
    if len(delimiter) != 1:
        raise invalid("field_delim should be only 1 char")


def _csv_value(field: bytes, dtype: Any, f: int, i: int) -> Any:
    if dtype is dtypes.string:
        return field
    try:
        return parse_number(field, dtype)
    except ValueError:
        written = field.decode("utf-8", "replace")
        raise invalid(
            f"Field {f} in record {i} is not a valid {type_name(dtype)}: {written}"
        ) from None


def _each(strings: Any, change: Any) -> Any:
    array = np.asarray(strings, object)
    result = np.empty(array.size, object)
    result[:] = [change(s) for s in array.reshape(-1).tolist()]
    return result.reshape(array.shape)


@decode_json_example_op.numpy
def decode_json_example_kernel(strings: Any) -> Any:
    def decoded(s: bytes) -> bytes:
        if s.lstrip().startswith(b"["):
            raise invalid("Error while parsing JSON: : Root element must be a message.")
        try:
            return json_format.Parse(s, Example()).SerializeToString()
        except (json_format.ParseError, UnicodeDecodeError) as error:
            raise invalid(f"Error while parsing JSON: {error}") from None

    return _each(strings, decoded)


@decode_compressed_op.numpy
def decode_compressed_kernel(strings: Any, *, compression_type: str) -> Any:
    if not compression_type:
        return _each(strings, lambda s: s)
    if compression_type not in _WINDOWS:
        raise invalid("Only ZLIB, GZIP or NONE are supported compressions")

    def inflated(s: bytes) -> bytes:
        try:
            return zlib.decompressobj(_WINDOWS[compression_type]).decompress(s)
        except zlib.error as error:
            reason = str(error).partition(": ")[2]
            raise errors.DataLossError(
                None, None, f"inflate() failed with error -3: {reason}"
            ) from None

    return _each(strings, inflated)


@parse_tensor_op.numpy
def parse_tensor_kernel(serialized: Any, *, out_type: Any) -> Any:
    array = np.asarray(serialized, object)
    if array.ndim:
        raise invalid(f"Expected `serialized` to be a scalar, got shape: {text(array.shape)}")
    data = array.item()
    try:
        proto = TensorProto.FromString(data)
    except DecodeError:
        written = data.decode("utf-8", "replace")
        raise invalid(f"Could not parse `serialized` as TensorProto: '{written}'") from None
    if not proto.dtype:
        raise invalid(f"Cannot parse tensor from proto: {proto}")
    found = dtypes.as_dtype(proto.dtype)
    if found is not out_type:
        raise invalid(
            f"Type mismatch between parsed tensor ({type_name(found)}) and dtype "
            f"({type_name(out_type)})"
        )
    return np.array(make_ndarray(proto))


@serialize_tensor_op.numpy
def serialize_tensor_kernel(tensor: Any) -> Any:
    result = np.empty((), object)
    result[()] = serialized_tensor(np.asarray(tensor))
    return result
