"""Elements of rows by their places, with a default for places outside."""

from typing import Any

from evergraph.api import array_ops, check_ops, math_ops
from evergraph.graph.constant import constant
from evergraph.graph.defaults import control_dependencies, name_scope
from evergraph.library.ragged import ragged_array_ops, ragged_where_op
from evergraph.library.ragged.ragged_tensor import (
    convert_to_tensor_or_ragged_tensor,
    is_ragged,
    match_row_splits_dtypes,
)
from evergraph.library.ragged.ragged_tensor_shape import RaggedTensorDynamicShape, broadcast_to


def batch_gather_with_default(
    params: Any, indices: Any, default_value: Any = "", name: str | None = None
) -> Any:
    """As `batch_gather`, with `default_value` for indices that a row of `params` does not have.

    Args:
      params: A tensor, ragged or not.
      indices: An integer tensor, ragged or not, of known rank.
      default_value: A scalar or vector of the type of `params`.
      name: A name scope for the nodes.

    Raises:
      ValueError: If a rank is not known, or that of `default_value` is above 1.
    """
    with name_scope(name, "RaggedBatchGatherWithDefault", []):
        params = convert_to_tensor_or_ragged_tensor(params, name="params")
        indices = convert_to_tensor_or_ragged_tensor(indices, name="indices")
        default_value = convert_to_tensor_or_ragged_tensor(default_value, name="default_value")
        splits_dtype, (params, indices, default_value) = match_row_splits_dtypes(
            params, indices, default_value, return_dtype=True
        )
        if default_value.shape.ndims not in (0, 1):
            raise ValueError('"default_value" must be a scalar or vector')
        if indices.shape.ndims is None:
            raise ValueError("Indices must have a known rank.")
        if params.shape.ndims is None:
            raise ValueError("Params must have a known rank.")
        batch = indices.shape.ndims - 1
        check = check_ops.assert_greater_equal(array_ops.rank(params), array_ops.rank(indices))
        with control_dependencies([check]):
            # The default becomes element 0 of each row, to which indices outside are led.
            if is_ragged(params):
                lengths = ragged_array_ops.expand_dims(params.row_lengths(axis=batch), axis=-1)
                bounds = math_ops.cast(lengths, indices.dtype)
                pad = broadcast_to(default_value, _get_pad_shape(params, indices, splits_dtype))
            else:
                shape = array_ops.shape(params)
                inner = shape[batch + 1 : params.shape.ndims]
                bounds = shape[batch]
                pad_shape = array_ops.concat([shape[:batch], [1], inner], 0)
                pad = array_ops.broadcast_to(default_value, pad_shape)
            pad = math_ops.cast(pad, params.dtype)
            padded = array_ops.concat([pad, params], axis=batch)
            shifted = indices + 1
            outside = math_ops.logical_or(
                math_ops.less(indices, 0), math_ops.greater(indices, bounds)
            )
            places = ragged_where_op.where(outside, x=array_ops.zeros_like(indices), y=shifted)
            return array_ops.batch_gather(params=padded, indices=places, name=name)


def _get_pad_shape(params: Any, indices: Any, row_splits_dtype: Any) -> RaggedTensorDynamicShape:
    """The shape of one default for each row of `params`."""
    batch = indices.shape.ndims - 1
    shape = RaggedTensorDynamicShape.from_tensor(params, dim_size_dtype=row_splits_dtype)
    sizes = shape.partitioned_dim_sizes
    if params.shape.ndims == indices.shape.ndims:
        if shape.num_inner_dimensions == 0:
            return RaggedTensorDynamicShape((*sizes[:-1], array_ops.ones_like(sizes[-1])), [])
        inner = array_ops.concat([shape.inner_dim_sizes[:-1], [1]], axis=0)
        return RaggedTensorDynamicShape(sizes, inner)
    inside = len(sizes) - batch
    if batch == 0:
        one = constant(1, dtype=row_splits_dtype)
        ones = (constant([1], dtype=row_splits_dtype),) * (inside - 1)
        return RaggedTensorDynamicShape((one, *ones), shape.inner_dim_sizes)
    ones = (array_ops.ones_like(sizes[batch]),) * inside
    return RaggedTensorDynamicShape(sizes[:batch] + ones, shape.inner_dim_sizes)
