"""Sparse tensors as serialized TensorProtos: SerializeSparse, DeserializeSparse and the many of
them."""

from typing import Any

import numpy as np

from evergraph.base import dtypes
from evergraph.graph.op_summary import type_name
from evergraph.graph.registry import op
from evergraph.graph.tensor_proto import make_ndarray
from evergraph.kernels.host import invalid, text
from evergraph.kernels.serialized_tensors import serialized_tensor
from evergraph.kernels.sparse import lexicographic_order
from evergraph.ops import shape_rules
from evergraph.ops.shape_rules import Dims
from evergraph.proto.framework.tensor_pb2 import TensorProto

_PARTS = "sparse_indices: int64, sparse_values: T, sparse_shape: int64"
_OUTPUTS = "sparse_indices: int64, sparse_values: dtype, sparse_shape: int64"

serialize_sparse_op = op(
    f"SerializeSparse({_PARTS}) -> serialized_sparse: out_type",
    "T: type; out_type: string | variant = string",
)
serialize_many_sparse_op = op(
    f"SerializeManySparse({_PARTS}) -> serialized_sparse: out_type",
    "T: type; out_type: string | variant = string",
)
deserialize_sparse_op = op(
    f"DeserializeSparse(serialized_sparse: Tserialized) -> {_OUTPUTS}",
    "dtype: type; Tserialized: string | variant = string",
)
deserialize_many_sparse_op = op(
    f"DeserializeManySparse(serialized_sparse: string) -> {_OUTPUTS}", "dtype: type"
)


def _check_parts(node: Any) -> None:
    for t, rank in zip(node.inputs, (2, 1, 1), strict=True):
        if t.dims is not None:
            shape_rules.with_rank(t.dims, rank)


@serialize_sparse_op.shape
def serialize_sparse_shape(node: Any) -> Dims:
    _check_parts(node)
    return (3,)


@serialize_many_sparse_op.shape
def serialize_many_sparse_shape(node: Any) -> Dims:
    _check_parts(node)
    return (None, 3)


def _row(out_type: Any, *arrays: Any) -> Any:
    """Three cells: serialized protos, or variants, which are the arrays themselves."""
    row = np.empty(len(arrays), object)
    for i, array in enumerate(arrays):
        row[i] = serialized_tensor(array) if out_type is dtypes.string else array
    return row


@serialize_sparse_op.numpy
def serialize_sparse_kernel(indices: Any, values: Any, shape: Any, *, out_type: Any) -> Any:
    return _row(out_type, indices, values, shape)


@serialize_many_sparse_op.numpy
def serialize_many_sparse_kernel(indices: Any, values: Any, shape: Any, *, out_type: Any) -> Any:
    """One row for each place along the first axis, which is left out."""
    if len(shape) < 2:
        raise invalid(f"Rank of input SparseTensor should be > 1, but saw rank: {len(shape)}")
    rows = np.empty((int(shape[0]), 3), object)
    for i in range(int(shape[0])):
        inside = indices[:, 0] == i
        rows[i] = _row(out_type, indices[inside, 1:], values[inside], shape[1:])
    return rows


@deserialize_sparse_op.shape
def deserialize_sparse_shape(node: Any) -> list[Dims]:
    dims = shape_rules.at_least_rank(node.inputs[0].dims, 1)
    if dims is not None:
        shape_rules.with_value(dims[-1], 3)
    return [(None, None), (None,), (None,)]


@deserialize_many_sparse_op.shape
def deserialize_many_sparse_shape(node: Any) -> list[Dims]:
    dims = shape_rules.with_rank(node.inputs[0].dims, 2)
    shape_rules.with_value(dims[1], 3)
    return [(None, None), (None,), (None,)]


def _parsed(data: Any) -> Any:
    if isinstance(data, np.ndarray):
        return data
    proto = TensorProto()
    try:
        proto.ParseFromString(data)
    except Exception:
        raise invalid("Could not parse serialized proto") from None
    return make_ndarray(proto)


def _joined(rows: Any, batch: tuple[int, ...], dtype: Any) -> tuple[Any, Any, Any]:
    """Tensors of equal rank under new axes of sizes `batch`."""
    if not len(rows):
        raise invalid(f"Serialized sparse should have non-zero elements in shape {text(batch)}")
    all_indices, all_values, largest = [], [], None
    for i, row in enumerate(rows):
        indices, values, shape = map(_parsed, row)
        if dtypes.as_dtype(values.dtype) is not dtype:
            raise invalid(
                f"Requested SparseTensor of type {type_name(dtype)} but "
                f"SparseTensor[{i}].values.dtype() == {type_name(dtypes.as_dtype(values.dtype))}"
            )
        if largest is not None and len(shape) != len(largest):
            raise invalid(
                f"Inconsistent shape across SparseTensors: rank prior to SparseTensor[{i}] was: "
                f"{len(largest)} but rank of SparseTensor[{i}] is: {len(shape)}"
            )
        place = np.array(np.unravel_index(i, batch), np.int64) if batch else np.zeros(0, np.int64)
        prefix = np.broadcast_to(place, (len(indices), len(batch)))
        all_indices.append(np.concatenate([prefix, indices], axis=1))
        all_values.append(values)
        largest = shape if largest is None else np.maximum(largest, shape)
    joined = np.concatenate(all_indices)
    order = lexicographic_order(joined)
    whole = np.concatenate([np.array(batch, np.int64), np.asarray(largest, np.int64)])
    return joined[order], np.concatenate(all_values)[order], whole


@deserialize_sparse_op.numpy
def deserialize_sparse_kernel(serialized: Any, *, dtype: Any) -> Any:
    if not serialized.ndim or serialized.shape[-1] != 3:
        raise invalid(
            f"Serialized sparse should have 3 as the last dimension, has {text(serialized.shape)}"
        )
    return _joined(serialized.reshape(-1, 3), serialized.shape[:-1], dtype)


@deserialize_many_sparse_op.numpy
def deserialize_many_sparse_kernel(serialized: Any, *, dtype: Any) -> Any:
    if serialized.ndim != 2 or serialized.shape[1] != 3:
        raise invalid(
            "Serialized sparse should have 3 columns, has shape " + text(serialized.shape)
        )
    return _joined(serialized, serialized.shape[:1], dtype)
