"""Ragged tensors from and to dense and sparse ones, as functions."""

from typing import Any

from evergraph.api import array_ops, math_ops
from evergraph.base import dtypes
from evergraph.base.tensor_shape import as_shape
from evergraph.graph.apply import apply_op
from evergraph.graph.constant import constant
from evergraph.graph.tensor import Tensor
from evergraph.library.ragged.ragged_tensor import RaggedTensor, is_ragged


def from_tensor(
    tensor: Any,
    lengths: Any = None,
    padding: Any = None,
    ragged_rank: int = 1,
    row_splits_dtype: Any = dtypes.int64,
    name: str | None = None,
) -> Any:
    """`RaggedTensor.from_tensor`; what is ragged stays."""
    if is_ragged(tensor):
        return tensor
    return RaggedTensor.from_tensor(tensor, lengths, padding, ragged_rank, name, row_splits_dtype)


def to_tensor(rt_input: Any, default_value: Any = None, name: str | None = None) -> Any:
    """`RaggedTensor.to_tensor`; what is dense stays."""
    return rt_input.to_tensor(default_value, name) if is_ragged(rt_input) else rt_input


def to_sparse(rt_input: Any, name: str | None = None) -> Any:
    """`RaggedTensor.to_sparse`."""
    return rt_input.to_sparse(name)


def from_sparse(st_input: Any, name: str | None = None) -> Any:
    """`RaggedTensor.from_sparse`."""
    return RaggedTensor.from_sparse(st_input, name)


def ragged_to_dense(rt_input: Any, default_value: Any = None, shape: Any = None) -> Tensor:
    """The dense tensor of a ragged one, cut or filled up to a shape.

    Args:
      rt_input: a ragged tensor.
      default_value: what fills rows up (default: zero); it broadcasts to an innermost value.
      shape: the sizes of the result; None for those that are as large as need be.
    """
    kinds, partitions = zip(*_row_partitions(rt_input), strict=True)
    values = rt_input.flat_values
    if default_value is None:
        default_value = array_ops.zeros((), values.dtype)
    return apply_op(
        "RaggedTensorToTensor",
        _shape_as_tensor(shape, partitions[0].dtype),
        values,
        default_value,
        list(partitions),
        row_partition_types=list(kinds),
    )


def _row_partitions(rt_input: Any) -> list[tuple[str, Tensor]]:
    """How the rows of each ragged axis are known: a kind and a tensor."""
    found, inner = [], rt_input
    while is_ragged(inner):
        if inner._cached_value_rowids is None:
            found.append(("ROW_SPLITS", inner.row_splits))
        else:
            if inner is rt_input:
                found.append(("FIRST_DIM_SIZE", inner.nrows()))
            found.append(("VALUE_ROWIDS", inner.value_rowids()))
        inner = inner.values
    return found


def _shape_as_tensor(shape: Any, dtype: Any) -> Tensor:
    """A shape as a tensor: -1 for an unknown size, and the scalar -1 for an unknown rank."""
    if dtype not in (dtypes.int64, dtypes.int32):
        raise ValueError(f"Expected int64 or int32 for dtype: got {dtype}")
    if isinstance(shape, Tensor):
        known = shape.dtype in (dtypes.int64, dtypes.int32)
        return shape if known else math_ops.cast(shape, dtype)
    shape = as_shape(shape)
    sizes = shape.as_list() if shape else None
    if sizes is None:
        return constant(-1, dtype=dtype)
    return constant([-1 if size is None else size for size in sizes], dtype=dtype)
