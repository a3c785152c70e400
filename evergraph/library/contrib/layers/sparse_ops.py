"""Dense tensors as sparse ones."""

from typing import Any

from evergraph.api import array_ops, math_ops
from evergraph.base import dtypes
from evergraph.graph.composite import SparseTensor
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor


def _ignore_value_tensor(dtype: Any, ignore_value: Any = None) -> Tensor:
    """The element that is left out: by default 0, or the empty string."""
    if ignore_value is None:
        ignore_value = "" if dtype == dtypes.string else dtype.as_numpy_dtype()
    return math_ops.cast(ignore_value, dtype, name="ignore_value")


def dense_to_sparse_tensor(dense_tensor: Any, ignore_value: Any = None) -> SparseTensor:
    """The elements that are not `ignore_value` (default: 0, or the empty string)."""
    with name_scope("DenseToSparseTensor"):
        dense_tensor = convert_to_tensor(dense_tensor)
        ignored = _ignore_value_tensor(dense_tensor.dtype, ignore_value)
        indices = array_ops.where(math_ops.not_equal(dense_tensor, ignored), name="indices")
        return SparseTensor(
            indices=indices,
            values=array_ops.gather_nd(dense_tensor, indices, name="values"),
            dense_shape=array_ops.shape(dense_tensor, out_type=dtypes.int64, name="dense_shape"),
        )


def indicators_to_sparse_ids(
    indicators: Any, ignore_value: Any = None, dtype: Any = dtypes.int64
) -> SparseTensor:
    """The places along the last axis of what is not `ignore_value`, moved to the front.

    Raises:
      ValueError: `dtype`, that of the result, is no integer type.
    """
    if not dtype.is_integer:
        raise ValueError(f"Invalid dtype {dtype} not integer.")
    with name_scope(None, "indicators_to_sparse_ids", (indicators, ignore_value)):
        indicators = convert_to_tensor(indicators, name="indicators")
        ignored = _ignore_value_tensor(indicators.dtype, ignore_value)
        missing = math_ops.equal(indicators, ignored, name="missing")
        zeros = array_ops.zeros_like(indicators, dtype=dtypes.int64, name="zeros")
        ones = array_ops.ones_like(indicators, dtype=dtypes.int64, name="ones")
        binary = array_ops.where(missing, zeros, ones, name="binary_indicators")
        counted = math_ops.cumsum(binary, axis=-1)
        numbers = array_ops.where(missing, zeros, counted, "row_index_indicators")
        size = array_ops.reshape(math_ops.reduce_max(numbers), shape=(1,), name="result_last_dim")
        found = dense_to_sparse_tensor(numbers, ignore_value=0)
        places = array_ops.reshape(found.values - 1, (-1, 1))
        return SparseTensor(
            indices=array_ops.concat((found.indices[:, :-1], places), axis=1, name="indices"),
            values=math_ops.cast(found.indices[:, -1], dtype=dtype, name="values"),
            dense_shape=array_ops.concat(
                (found.dense_shape[0:-1], size), axis=0, name="dense_shape"
            ),
        )


def sparse_row_envelope(
    sparse_input: Any, row_axis: int = 0, col_axis: int = 1, name: str | None = None
) -> Tensor:
    """One more than the last column of each row, 0 for an empty row.

    Raises:
      ValueError: the axes are equal or no integers.
    """
    if not (isinstance(row_axis, int) and isinstance(col_axis, int)):
        raise ValueError("`row_axis` and `col_axis` must be integers.")
    if row_axis == col_axis:
        raise ValueError("Row and column can not be the same axis.")
    with name_scope(name, "sparse_row_envelope", [sparse_input]):
        indices = sparse_input.indices
        rows = indices[:, row_axis]
        columns = indices[:, col_axis]
        count = math_ops.cast(sparse_input.dense_shape[row_axis], dtypes.int32)
        envelope = math_ops.unsorted_segment_max(columns + 1, rows, count, name=name)
        zeros = array_ops.zeros_like(envelope)
        return array_ops.where(envelope > zeros, envelope, zeros)
