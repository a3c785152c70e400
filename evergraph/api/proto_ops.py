"""Serialized messages as tensors of their fields: `tf.io.decode_proto`, `tf.io.encode_proto`."""

from collections.abc import Sequence
from typing import Any

from evergraph.base.export import export
from evergraph.graph.apply import apply_op
from evergraph.graph.tensor import Tensor


@export("io.decode_proto", "contrib.proto.decode_proto")
def decode_proto(
    bytes: Any,
    message_type: str,
    field_names: Sequence[str],
    output_types: Sequence[Any],
    descriptor_source: Any = "local://",
    message_format: str = "binary",
    sanitize: bool = False,
    name: str | None = None,
) -> Any:
    """Fields of serialized messages. Stands for `tf.io.decode_proto`.

    Args:
      bytes: strings of any shape.
      message_type: the full name of the messages' type.
      field_names: names of fields; full names of extensions.
      output_types: the dtype of each field's values.
      descriptor_source: where the type is described: the path of a serialized FileDescriptorSet,
        "bytes://" before such a set, or "local://" for types that this process knows.
      message_format: "binary" or "text".
      sanitize: whether messages are read and written again first.
      name: a name for the node.

    Returns:
      `sizes`, int32 of shape `bytes.shape + [len(field_names)]`: how many values each field has;
      and `values`, a list with a tensor for each field, of shape `bytes.shape + [largest size]`,
      filled up with the field's default.

    Raises:
      InvalidArgumentError: when run; there is no such type or field, or its values have another
        dtype.
      DataLossError: when run; a string is no such message.
    """
    return apply_op(
        "DecodeProtoV2",
        bytes,
        message_type=message_type,
        field_names=field_names,
        output_types=output_types,
        descriptor_source=descriptor_source,
        message_format=message_format,
        sanitize=sanitize,
        name=name,
    )


@export("io.encode_proto", "contrib.proto.encode_proto")
def encode_proto(
    sizes: Any,
    values: Sequence[Any],
    field_names: Sequence[str],
    message_type: str,
    descriptor_source: Any = "local://",
    name: str | None = None,
) -> Tensor:
    """Serialized messages of their fields' values. Stands for `tf.io.encode_proto`.

    Args:
      sizes: int32, of a shape `batch + [len(field_names)]`: how many values of each field to write.
      values: a tensor for each field, of shape `batch + [most values]`.
      field_names: names of fields.
      message_type: the full name of the messages' type.
      descriptor_source: as in `tf.io.decode_proto`.
      name: a name for the node.

    Raises:
      InvalidArgumentError: when run; there is no such type or field, or values do not fit.
    """
    return apply_op(
        "EncodeProto",
        sizes,
        values,
        field_names=field_names,
        message_type=message_type,
        descriptor_source=descriptor_source,
        name=name,
    )
