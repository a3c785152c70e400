"""Row counts, default values and row lengths, as ragged tensors are made of dense ones and back."""

from typing import Any

from evergraph.api import array_ops, control_flow_ops, math_ops
from evergraph.base.tensor_shape import TensorShape
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.static_value import constant_value
from evergraph.graph.tensor import Tensor


def row_count(value_rowids: Tensor, nrows: Any) -> tuple[Tensor, int | None]:
    """The number of rows as a tensor, and as a number where it is known."""
    ids = constant_value(value_rowids)
    if nrows is None:
        if ids is None:
            last = array_ops.concat([value_rowids[-1:], [-1]], axis=0)[0]
            return last + 1, None
        known = int(ids[-1]) + 1 if ids.size > 0 else 0
        return convert_to_tensor(known, value_rowids.dtype, name="nrows"), known
    nrows = convert_to_tensor(nrows, value_rowids.dtype, "nrows")
    value = constant_value(nrows)
    if value is None:
        return nrows, None
    if value < 0:
        raise ValueError(f"Expected nrows >= 0; got {int(value)}")
    if ids is not None and ids.size > 0 and value < ids[-1] + 1:
        raise ValueError(
            f"Expected nrows >= value_rowids[-1] + 1; got nrows={int(value)}, "
            f"value_rowids[-1]={int(ids[-1])}"
        )
    return nrows, int(value)


def broadcast_default(default: Tensor, values: Tensor) -> Tensor:
    rank = values.shape.ndims
    if rank is not None:
        default.shape.with_rank_at_most(rank - 1)
    if rank is None or default.shape.ndims is None or rank != default.shape.ndims + 1:
        default = array_ops.broadcast_to(default, array_ops.shape(values)[1:])
    default.shape.assert_is_compatible_with(values.shape[1:])
    return default


def lengths_without(tensor: Tensor, padding: Any, ncols: Tensor, dtype: Any) -> Tensor:
    """The lengths of rows up to their last element that is not `padding`."""
    padding = convert_to_tensor(padding, name="padding", dtype=tensor.dtype)
    padding.shape.assert_is_compatible_with(tensor.shape[2:])
    same = math_ops.equal(padding, tensor)
    rank = array_ops.rank(tensor)
    inner_axes = math_ops.range(2, rank)
    is_padding = control_flow_ops.cond(
        rank > 2, lambda: math_ops.reduce_all(same, axis=inner_axes), lambda: same
    )
    is_padding.set_shape(TensorShape([None, None]))
    is_padding.set_shape(tensor.shape[:2])
    kept = math_ops.cast(math_ops.logical_not(is_padding), dtype)
    numbers = array_ops.expand_dims(math_ops.range(1, ncols + 1), 0)
    return math_ops.reduce_max(kept * numbers, axis=1)
