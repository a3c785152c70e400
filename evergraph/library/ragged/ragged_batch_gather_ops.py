"""tf.batch_gather for ragged tensors."""

from typing import Any

from evergraph.api import array_ops, check_ops, math_ops
from evergraph.graph.defaults import control_dependencies, name_scope
from evergraph.library.ragged import ragged_gather_ops, ragged_util
from evergraph.library.ragged.ragged_tensor import (
    RaggedTensor,
    convert_to_tensor_or_ragged_tensor,
    is_ragged,
    match_row_splits_dtypes,
)


def batch_gather(params: Any, indices: Any, name: str | None = None) -> Any:
    """For each row of `params` the elements that the same row of `indices` names; either may be
    ragged.

    Raises:
      ValueError: the rank of `indices` is not known or 0, or its batch shape does not fit.
    """
    if not (is_ragged(params) or is_ragged(indices)):
        return array_ops.batch_gather(params, indices, name)
    with name_scope(name, "RaggedBatchGather", [params, indices]):
        params = convert_to_tensor_or_ragged_tensor(params, name="params")
        indices = convert_to_tensor_or_ragged_tensor(indices, name="indices")
        params, indices = match_row_splits_dtypes(params, indices)
        rank = indices.shape.ndims
        mismatch = "batch shape from indices does not match params shape"
        if rank is None:
            raise ValueError("batch_gather does not allow indices with unknown shape.")
        if rank == 0:
            raise ValueError("indices.rank must be at least 1.")
        if is_ragged(indices):
            if rank > 2 and not is_ragged(params):
                raise ValueError(mismatch)
            if rank > 2:
                check = check_ops.assert_equal(params.row_splits, indices.row_splits)
                with control_dependencies([check]):
                    inner = batch_gather(params.values, indices.values)
                    return RaggedTensor.from_row_splits(inner, indices.row_splits, validate=False)
            if not is_ragged(params):
                if params.shape.ndims is not None and params.shape.ndims < 2:
                    raise ValueError(mismatch)
                params = RaggedTensor.from_tensor(
                    params, ragged_rank=1, row_splits_dtype=indices.row_splits.dtype
                )
            starts = ragged_util.repeat(params.row_starts(), indices.row_lengths(), axis=0)
            places = math_ops.cast(indices.values, starts.dtype) + starts
            found = ragged_gather_ops.gather(params.values, places)
            return RaggedTensor.from_row_splits(found, indices.row_splits, validate=False)
        if rank == 1:
            return ragged_gather_ops.gather(params, indices)
        if rank == 2:
            starts = array_ops.expand_dims(params.row_starts(), 1)
            places = math_ops.cast(indices, starts.dtype) + starts
            return ragged_gather_ops.gather(params.values, places)
        raise ValueError(mismatch)
