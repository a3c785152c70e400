"""Bytes as tensors: `tf.parse_example`, `tf.decode_raw`, `tf.decode_csv` and their like."""

from collections.abc import Mapping
from typing import Any

from evergraph.api import array_ops, control_flow_ops, math_ops
from evergraph.api.assertion import Assert
from evergraph.api.parsing_features import (
    FixedLenFeature,
    FixedLenSequenceFeature,
    RawParams,
    SparseFeature,
    VarLenFeature,
    default_tensors,
    part_of_name,
    raw_params,
    with_any_rows,
    with_merged_sparse,
)
from evergraph.base.deprecation import (
    deprecated_args,
    deprecated_argument_lookup,
    deprecated_endpoints,
)
from evergraph.base.dispatch import add_dispatch_support
from evergraph.base.export import export
from evergraph.base.tensor_shape import as_shape
from evergraph.graph.apply import apply_op
from evergraph.graph.composite import SparseTensor
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor

_KINDS = (VarLenFeature, SparseFeature, FixedLenFeature, FixedLenSequenceFeature)


@export("io.parse_example", "parse_example")
def parse_example(
    serialized: Any,
    features: Mapping[Any, Any],
    name: str | None = None,
    example_names: Any = None,
) -> dict[Any, Any]:
    """The features of a batch of Examples. Stands for `tf.parse_example`.

    Args:
      serialized: serialized Examples, a vector of strings.
      features: by key a `FixedLenFeature`, `FixedLenSequenceFeature`, `VarLenFeature` or
        `SparseFeature`.
      name: a name for the nodes.
      example_names: names of the Examples, for errors.

    Returns:
      A dict from keys to Tensors, [batch, ...], and SparseTensors.

    Raises:
      ValueError: a feature is not complete. At run time InvalidArgumentError where an Example
        cannot be read or does not fit.
    """
    return parse_example_v2(serialized, features, example_names, name)


def parse_example_v2(
    serialized: Any,
    features: Mapping[Any, Any],
    example_names: Any = None,
    name: str | None = None,
) -> dict[Any, Any]:
    """As `parse_example`, with the arguments in TensorFlow 2's order."""
    if not features:
        raise ValueError(f"Missing: features was {features}.")
    features = with_any_rows(features)
    raw = raw_params(features, _KINDS)
    return with_merged_sparse(features, _parsed_batch(serialized, example_names, raw, name))


def _parsed_batch(serialized: Any, names: Any, raw: RawParams, name: str | None) -> dict[Any, Any]:
    """ParseExample's node and what it gives, by key."""
    with name_scope(name, "ParseExample", [serialized, names]):
        defaults = _checked_defaults(raw)
        outputs = apply_op(
            "ParseExample",
            serialized,
            [] if names is None else names,
            raw.sparse_keys,
            raw.dense_keys,
            defaults,
            sparse_types=raw.sparse_types,
            dense_shapes=[as_shape(s) for s in raw.dense_shapes],
            name=name,
        )
        return _by_key(raw, outputs)


def _checked_defaults(raw: RawParams) -> list[Tensor]:
    if not raw.dense_keys and not raw.sparse_keys:
        raise ValueError("Must provide at least one sparse key or dense key")
    both = set(raw.dense_keys).intersection(raw.sparse_keys)
    if both:
        raise ValueError(f"Dense and sparse keys must not intersect; intersection: {both}")
    return default_tensors(raw)


def _by_key(raw: RawParams, outputs: Any) -> dict[Any, Any]:
    indices, values, shapes, dense = outputs
    sparse = [SparseTensor(*parts) for parts in zip(indices, values, shapes, strict=True)]
    keys = raw.sparse_keys + raw.dense_keys
    return dict(zip(keys, sparse + list(dense), strict=True))


@export("io.parse_single_example", "parse_single_example")
def parse_single_example(
    serialized: Any,
    features: Mapping[Any, Any],
    name: str | None = None,
    example_names: Any = None,
) -> dict[Any, Any]:
    """The features of one Example. Stands for `tf.parse_single_example`.

    Args:
      serialized: a serialized Example, a string scalar.
      features, name: as `parse_example`'s.
      example_names: the Example's name, a string scalar, for errors.

    Returns:
      A dict as `parse_example` gives it, without the batch dimension.

    Raises:
      ValueError: as `parse_example`.
    """
    return parse_single_example_v2_unoptimized(serialized, features, example_names, name)


def parse_single_example_v2_unoptimized(
    serialized: Any,
    features: Mapping[Any, Any],
    example_names: Any = None,
    name: str | None = None,
) -> dict[Any, Any]:
    """As `parse_single_example`, with the arguments in TensorFlow 2's order."""
    if not features:
        raise ValueError("Missing features.")
    if example_names is None:
        return parse_single_example_v2(serialized, features, name)
    features = with_any_rows(features)
    raw = raw_params(features, _KINDS)
    return with_merged_sparse(features, _parsed_named(serialized, example_names, raw, name))


def parse_single_example_v2(
    serialized: Any, features: Mapping[Any, Any], name: str | None = None
) -> dict[Any, Any]:
    """`parse_single_example` by the op ParseSingleExample."""
    if not features:
        raise ValueError(f"Missing: features was {features}.")
    features = with_any_rows(features)
    raw = raw_params(features, _KINDS)
    with name_scope(name, "ParseSingleExample", [serialized]):
        serialized = convert_to_tensor(serialized, name="serialized")
        defaults = _checked_defaults(raw)
        outputs = apply_op(
            "ParseSingleExample",
            serialized,
            defaults,
            num_sparse=len(raw.sparse_keys),
            sparse_keys=raw.sparse_keys,
            sparse_types=raw.sparse_types,
            dense_keys=raw.dense_keys,
            dense_shapes=[as_shape(s) for s in raw.dense_shapes],
            name=name,
        )
        parsed = _by_key(raw, outputs)
    return with_merged_sparse(features, parsed)


def _parsed_named(serialized: Any, names: Any, raw: RawParams, name: str | None) -> dict[Any, Any]:
    """A batch of one Example, and its only row."""
    with name_scope(name, "ParseSingleExample", [serialized, names]):
        batch = array_ops.expand_dims(_scalar(serialized, "serialized", "Serialized"), 0)
        names = array_ops.expand_dims(_scalar(names, "names", "Names"), 0)
        parsed = _parsed_batch(batch, names, raw, name)
        for key in raw.dense_keys:
            squeezed = f"Squeeze_{part_of_name(key)}"
            parsed[key] = array_ops.squeeze(parsed[key], [0], name=squeezed)
        for key in raw.sparse_keys:
            part, sparse = part_of_name(key), parsed[key]
            parsed[key] = SparseTensor(
                array_ops.slice(sparse.indices, [0, 1], [-1, -1], name=f"Slice_Indices_{part}"),
                sparse.values,
                array_ops.slice(sparse.dense_shape, [1], [-1], name=f"Squeeze_Shape_{part}"),
            )
        return parsed


def _scalar(value: Any, what: str, prefix: str) -> Tensor:
    """A tensor that is a scalar, or is found at run time to be one."""
    tensor = convert_to_tensor(value)
    if tensor.shape.ndims is None:
        is_scalar = Assert(
            math_ops.equal(array_ops.rank(tensor), 0),
            [f"Input {what} must be a scalar"],
            name=f"{prefix}IsScalar",
        )
        return control_flow_ops.with_dependencies([is_scalar], tensor, name=f"{prefix}Dependencies")
    if tensor.shape.ndims != 0:
        raise ValueError(f"Input {what} must be a scalar")
    return tensor


@export("decode_raw", "io.decode_raw")
@deprecated_args(None, "bytes is deprecated, use input_bytes instead", "bytes")
def decode_raw_v1(
    input_bytes: Any = None,
    out_type: Any = None,
    little_endian: bool = True,
    name: str | None = None,
    bytes: Any = None,
) -> Tensor:
    """Strings as numbers, along a new last axis. Stands for `tf.decode_raw`.

    Args:
      input_bytes: strings of one length.
      out_type: the type of the numbers.
      little_endian: whether their first byte is the lowest.
      name: a name for the node.
      bytes: older programs' name of `input_bytes`.
    """
    input_bytes = deprecated_argument_lookup("input_bytes", input_bytes, "bytes", bytes)
    if out_type is None:
        raise ValueError("decode_raw_v1() missing 1 positional argument: 'out_type'")
    return apply_op(
        "DecodeRaw", input_bytes, out_type=out_type, little_endian=little_endian, name=name
    )


def decode_raw(
    input_bytes: Any,
    out_type: Any,
    little_endian: bool = True,
    fixed_length: Any = None,
    name: str | None = None,
) -> Tensor:
    """As `decode_raw_v1`; with `fixed_length` strings are cut or filled with zeros to it. Stands
    for TensorFlow 2's `tf.io.decode_raw`."""
    if fixed_length is None:
        return apply_op(
            "DecodeRaw", input_bytes, out_type=out_type, little_endian=little_endian, name=name
        )
    return apply_op(
        "DecodePaddedRaw",
        input_bytes,
        fixed_length,
        out_type=out_type,
        little_endian=little_endian,
        name=name,
    )


@export("io.decode_csv", "decode_csv")
@deprecated_endpoints("decode_csv")
def decode_csv(
    records: Any,
    record_defaults: Any,
    field_delim: str = ",",
    use_quote_delim: bool = True,
    name: str | None = None,
    na_value: str = "",
    select_cols: Any = None,
) -> list[Tensor]:
    """The columns of CSV records. Stands for `tf.io.decode_csv`.

    Args:
      records: strings, one a record.
      record_defaults: for each column a default: a scalar, a vector of one, or an empty vector
        where the field must be there; its type is the column's.
      field_delim: what is between fields, one character.
      use_quote_delim: whether fields may stand in quotation marks.
      name: a name for the node.
      na_value: text that stands for a missing value.
      select_cols: the numbers of the columns to give, rising; default: all.

    Returns:
      A tensor for each column, shaped as `records`.

    Raises:
      ValueError: `select_cols` does not rise, or does not match `record_defaults`.
    """
    return decode_csv_v2(
        records, record_defaults, field_delim, use_quote_delim, na_value, select_cols, name
    )


def decode_csv_v2(
    records: Any,
    record_defaults: Any,
    field_delim: str = ",",
    use_quote_delim: bool = True,
    na_value: str = "",
    select_cols: Any = None,
    name: str | None = None,
) -> list[Tensor]:
    """As `decode_csv`, with the arguments in TensorFlow 2's order."""
    if select_cols is not None:
        if any(a >= b for a, b in zip(select_cols, select_cols[1:], strict=False)):
            raise ValueError("select_cols is not strictly increasing.")
        if select_cols[0] < 0:
            raise ValueError("select_cols contains negative values.")
        if len(select_cols) != len(record_defaults):
            raise ValueError("Length of select_cols and record_defaults do not match.")
    columns: list[Tensor] = apply_op(
        "DecodeCSV",
        records,
        record_defaults,
        field_delim=field_delim,
        use_quote_delim=use_quote_delim,
        na_value=na_value,
        select_cols=select_cols or [],
        name=name,
    )
    return columns


@export("io.decode_json_example", "decode_json_example")
@deprecated_endpoints("decode_json_example")
def decode_json_example(json_examples: Any, name: str | None = None) -> Tensor:
    """Examples in protobuf's JSON as serialized Examples. Stands for
    `tf.io.decode_json_example`."""
    return apply_op("DecodeJSONExample", json_examples, name=name)


@export("io.decode_compressed", "decode_compressed")
@deprecated_endpoints("decode_compressed")
@add_dispatch_support
def decode_compressed(bytes: Any, compression_type: str = "", name: str | None = None) -> Tensor:
    """Strings decompressed; each is a whole file. Stands for `tf.io.decode_compressed`.

    Args:
      bytes: strings.
      compression_type: "ZLIB", "GZIP" or "".
      name: a name for the node.
    """
    return apply_op("DecodeCompressed", bytes, compression_type=compression_type, name=name)


@export("io.parse_tensor", "parse_tensor")
@deprecated_endpoints("parse_tensor")
def parse_tensor(serialized: Any, out_type: Any, name: str | None = None) -> Tensor:
    """The tensor in a serialized TensorProto. Stands for `tf.io.parse_tensor`."""
    return apply_op("ParseTensor", serialized, out_type=out_type, name=name)


@export("io.serialize_tensor", "serialize_tensor")
@deprecated_endpoints("serialize_tensor")
def serialize_tensor(tensor: Any, name: str | None = None) -> Tensor:
    """A tensor as a serialized TensorProto. Stands for `tf.io.serialize_tensor`."""
    return apply_op("SerializeTensor", tensor, name=name)
