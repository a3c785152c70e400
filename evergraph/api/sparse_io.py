"""Sparse tensors as strings: tf.io.serialize_sparse, tf.io.deserialize_many_sparse."""

from typing import Any

from evergraph.api.sparse_ops import as_sparse
from evergraph.base import dtypes
from evergraph.base.deprecation import deprecated_endpoints
from evergraph.base.export import export
from evergraph.graph.apply import apply_op
from evergraph.graph.composite import SparseTensor
from evergraph.graph.tensor import Tensor


@export("io.serialize_sparse", "serialize_sparse")
@deprecated_endpoints("serialize_sparse")
def serialize_sparse(
    sp_input: Any, name: str | None = None, out_type: Any = dtypes.string
) -> Tensor:
    """`sp_input` as 3 strings, serialized TensorProtos. Stands for `tf.io.serialize_sparse`."""
    return serialize_sparse_v2(sp_input, out_type, name)


def serialize_sparse_v2(
    sp_input: Any, out_type: Any = dtypes.string, name: str | None = None
) -> Tensor:
    """As `serialize_sparse`, with the arguments in TensorFlow 2's order."""
    sp = as_sparse(sp_input)
    return apply_op(
        "SerializeSparse", sp.indices, sp.values, sp.dense_shape, name=name, out_type=out_type
    )


@export("io.serialize_many_sparse", "serialize_many_sparse")
@deprecated_endpoints("serialize_many_sparse")
def serialize_many_sparse(
    sp_input: Any, name: str | None = None, out_type: Any = dtypes.string
) -> Tensor:
    """The parts of `sp_input` along its first axis, 3 strings each. Stands for
    `tf.io.serialize_many_sparse`."""
    return serialize_many_sparse_v2(sp_input, out_type, name)


def serialize_many_sparse_v2(
    sp_input: Any, out_type: Any = dtypes.string, name: str | None = None
) -> Tensor:
    """As `serialize_many_sparse`, with the arguments in TensorFlow 2's order."""
    sp = as_sparse(sp_input)
    return apply_op(
        "SerializeManySparse", sp.indices, sp.values, sp.dense_shape, name=name, out_type=out_type
    )


def _sparse(parts: Any, rank: int | None) -> SparseTensor:
    indices, values, shape = parts
    indices.set_shape([None, rank])
    shape.set_shape([rank])
    return SparseTensor(indices, values, shape)


def deserialize_sparse(
    serialized_sparse: Any, dtype: Any, rank: int | None = None, name: str | None = None
) -> SparseTensor:
    """The SparseTensor that `serialize_sparse` wrote; more axes in front give a batch of them."""
    parts = apply_op("DeserializeSparse", serialized_sparse, dtype=dtype, name=name)
    return _sparse(parts, rank)


@export("io.deserialize_many_sparse", "deserialize_many_sparse")
@deprecated_endpoints("deserialize_many_sparse")
def deserialize_many_sparse(
    serialized_sparse: Any, dtype: Any, rank: int | None = None, name: str | None = None
) -> SparseTensor:
    """The parts that `tf.io.serialize_many_sparse` wrote, joined along a new first axis. Stands for
    `tf.io.deserialize_many_sparse`.

    Args:
      serialized_sparse: strings [n, 3].
      dtype: the element type.
      rank: the rank of a part, where it is known.
      name: the node's name.
    """
    parts = apply_op("DeserializeManySparse", serialized_sparse, dtype=dtype, name=name)
    return _sparse(parts, rank)
