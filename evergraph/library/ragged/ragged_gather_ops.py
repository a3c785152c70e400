"""Rows of ragged tensors, chosen by indices."""

from typing import Any

from evergraph.api import array_ops, math_ops
from evergraph.base import dtypes
from evergraph.graph.apply import apply_op
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.library.ragged import ragged_array_ops
from evergraph.library.ragged.ragged_tensor import (
    RaggedTensor,
    convert_to_tensor_or_ragged_tensor,
    is_ragged,
    match_row_splits_dtypes,
)


def gather(
    params: Any,
    indices: Any,
    validate_indices: Any = None,
    axis: int = 0,
    batch_dims: int = 0,
    name: str | None = None,
) -> Any:
    """The rows of `params` that `indices` name; either may be ragged.

    Raises:
      ValueError: an `axis` or `batch_dims` other than 0, or indices of unknown rank.
    """
    for key, value in (("axis", axis), ("batch_dims", batch_dims)):
        if not isinstance(value, int) or value != 0:
            raise ValueError(f"{key} != 0 is not supported for ragged gather yet.")
    with name_scope(name, "RaggedGather", [params, indices]):
        params = convert_to_tensor_or_ragged_tensor(params, name="params")
        indices = convert_to_tensor_or_ragged_tensor(indices, name="indices")
        params, indices = match_row_splits_dtypes(params, indices)
        if is_ragged(indices):
            return indices.with_values(gather(params, indices.values))
        if not is_ragged(params):
            return array_ops.gather(params, indices)
        indices = convert_to_tensor(indices)
        if indices.shape.ndims is None:
            raise ValueError("indices.shape.ndims must be known statically")
        splits = list(params.nested_row_splits)
        result = apply_op(
            "RaggedGather",
            splits,
            params.flat_values,
            indices,
            OUTPUT_RAGGED_RANK=indices.shape.ndims + len(splits) - 1,
        )
        return RaggedTensor.from_nested_row_splits(
            result.output_dense_values, result.output_nested_splits, validate=False
        )


def gather_nd(params: Any, indices: Any, batch_dims: int = 0, name: str | None = None) -> Any:
    """The slices of `params` that the vectors along the last axis of `indices` name; either may be
    ragged.

    Raises:
      ValueError: `batch_dims` other than 0, or the shape of `indices` is not known far enough.
    """
    if not isinstance(batch_dims, int) or batch_dims != 0:
        raise ValueError("batch_dims != 0 is not supported for ragged gather yet.")
    if not (is_ragged(params) or is_ragged(indices)):
        return array_ops.gather_nd(params, indices, name)
    with name_scope(name, "RaggedGatherNd", [params, indices]):
        params = convert_to_tensor_or_ragged_tensor(params, name="params")
        indices = convert_to_tensor_or_ragged_tensor(indices, name="indices")
        params, indices = match_row_splits_dtypes(params, indices)
        rank = indices.shape.ndims
        if rank is None:
            raise ValueError("indices.rank be statically known.")
        if rank == 0:
            raise ValueError("indices.rank must be at least 1.")
        if is_ragged(indices) and rank == indices.ragged_rank + 1:
            raise ValueError("The innermost dimension of indices may not be ragged")
        size = indices.shape.as_list()[-1]
        if size is None:
            raise ValueError("indices.shape[-1] must be statically known.")
        if rank > 2:
            return _gather_deep(params, indices, rank)
        if size == 0:
            return _copies(params, indices, rank)
        if size == 1:
            return gather(params, array_ops.reshape(indices, [-1]))
        return _gather_tuples(params, indices, size)


def _gather_deep(params: Any, indices: Any, rank: int) -> Any:
    dense = not is_ragged(indices)
    if dense:
        indices = RaggedTensor.from_tensor(
            indices, ragged_rank=rank - 2, row_splits_dtype=params.row_splits.dtype
        )
    result = indices.with_flat_values(gather_nd(params, indices.flat_values))
    if dense and is_ragged(result) and result.ragged_rank == rank - 2:
        return result.to_tensor()
    return result


def _copies(params: RaggedTensor, indices: Any, rank: int) -> Any:
    """All of `params` for each empty index."""
    axes = params.ragged_rank + array_ops.rank(params.flat_values)
    for _ in range(rank - 1):
        params = ragged_array_ops.expand_dims(params, axis=0)
    ones = array_ops.ones([axes], dtypes.int32)
    multiples = array_ops.concat([array_ops.shape(indices)[:-1], ones], axis=0)
    return ragged_array_ops.tile(params, multiples)


def _gather_tuples(params: RaggedTensor, indices: Any, size: int) -> Any:
    """By the places of the tuples in the values, one axis after the other."""
    indices = math_ops.cast(indices, params.row_splits.dtype)
    places = array_ops.gather(params.row_splits, indices[..., 0]) + indices[..., 1]
    values = params.values
    for dim in range(2, size):
        if not is_ragged(values):
            first = array_ops.expand_dims(places, axis=1)
            rest = array_ops.concat([first, indices[..., dim:]], axis=1)
            return array_ops.gather_nd(values, rest)
        places = array_ops.gather(values.row_starts(), places) + indices[..., dim]
        values = values.values
    return gather(values, places)
