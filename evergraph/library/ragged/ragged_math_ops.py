"""Ranges, segments and reductions of ragged tensors."""

from collections.abc import Callable
from typing import Any

from evergraph.api import array_ops, check_ops, math_ops
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.graph.apply import apply_op
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import control_dependencies, name_scope
from evergraph.graph.static_value import constant_value
from evergraph.graph.tensor import Tensor
from evergraph.library.ragged import ragged_util, segment_id_ops
from evergraph.library.ragged.ragged_functional_ops import map_flat_values
from evergraph.library.ragged.ragged_tensor import (
    RaggedTensor,
    convert_to_tensor_or_ragged_tensor,
    is_ragged,
    match_row_splits_dtypes,
)

Segments = Callable[..., Any]
_WIDTHS = [dtypes.int32, dtypes.int64, dtypes.float32, dtypes.float64]


@export("ragged.range")
def range(
    starts: Any,
    limits: Any = None,
    deltas: Any = 1,
    dtype: Any = None,
    name: str | None = None,
    row_splits_dtype: Any = dtypes.int64,
) -> RaggedTensor:
    """A row for each start: `start`, `start + delta`, ... up to but without `limit`. Stands for
    `tf.ragged.range`.

    Args:
      starts: vector or scalar; with only one argument the limits, of ranges from 0.
      limits, deltas: vectors or scalars.
      dtype: the element type; default: the widest of the arguments'.
      name: the node's name.
      row_splits_dtype: int32 or int64.
    """
    row_splits_dtype = dtypes.as_dtype(row_splits_dtype)
    if limits is None:
        starts, limits = 0, starts
    with name_scope(name, "RaggedRange", [starts, limits, deltas]) as name:
        starts = convert_to_tensor(starts, dtype=dtype, name="starts")
        limits = convert_to_tensor(limits, dtype=dtype, name="limits")
        deltas = convert_to_tensor(deltas, dtype=dtype, name="deltas")
        if dtype is None:
            given = [starts, limits, deltas]
            assert all(t.dtype in _WIDTHS for t in given)
            widest = max((t.dtype for t in given), key=_WIDTHS.index)
            starts, limits, deltas = (math_ops.cast(t, widest) for t in given)
        result = apply_op(
            "RaggedRange", starts, limits, deltas, Tsplits=row_splits_dtype, name=name
        )
        return RaggedTensor.from_row_splits(
            result.rt_dense_values, result.rt_nested_splits, validate=False
        )


# Segments: rows of ragged tensors put together by ids.


def _segment_aggregate(
    segments: Segments,
    data: Any,
    segment_ids: Any,
    num_segments: Any,
    separator: Any = None,
    name: str | None = None,
) -> Any:
    if not (is_ragged(data) or is_ragged(segment_ids)):
        further = () if separator is None else (separator,)
        return segments(data, segment_ids, num_segments, *further, name)
    with name_scope(name, "RaggedSegment", [data, segment_ids, num_segments]) as name:
        data = convert_to_tensor_or_ragged_tensor(data, name="data")
        segment_ids = convert_to_tensor_or_ragged_tensor(segment_ids, name="segment_ids")
        data, segment_ids = match_row_splits_dtypes(data, segment_ids)
        if segment_ids.dtype not in (dtypes.int32, dtypes.int64):
            raise ValueError("segment_ids must have dtype int32 or int64.")
        if is_ragged(segment_ids):
            prefix = "segment_ids.shape must be a prefix of data.shape"
            if not is_ragged(data):
                raise ValueError(f"{prefix}, but segment_ids is ragged and data is not.")
            check = check_ops.assert_equal(segment_ids.row_splits, data.row_splits, message=prefix)
            with control_dependencies([check]):
                return _segment_aggregate(
                    segments, data.values, segment_ids.values, num_segments, separator
                )
        # Each output row is as long as the longest of its segment.
        lengths = data.row_splits[1:] - data.row_splits[:-1]
        longest = math_ops.unsorted_segment_max(lengths, segment_ids, num_segments)
        out_lengths = math_ops.maximum(longest, 0)
        zero = array_ops.zeros([1], out_lengths.dtype)
        splits = array_ops.concat([zero, math_ops.cumsum(out_lengths)], axis=0)
        starts = array_ops.gather(splits, segment_ids)
        places = range(starts, starts + lengths).values
        values = _segment_aggregate(segments, data.values, places, splits[-1], separator)
        return RaggedTensor.from_row_splits(values, splits, validate=False)


def segment_sum(data: Any, segment_ids: Any, num_segments: Any, name: str | None = None) -> Any:
    """The sums of rows by segment, of ragged tensors as well."""
    name = name or "RaggedSegmentSum"
    return _segment_aggregate(
        math_ops.unsorted_segment_sum, data, segment_ids, num_segments, name=name
    )


def segment_prod(data: Any, segment_ids: Any, num_segments: Any, name: str | None = None) -> Any:
    """The products of rows by segment, of ragged tensors as well."""
    name = name or "RaggedSegmentProd"
    return _segment_aggregate(
        math_ops.unsorted_segment_prod, data, segment_ids, num_segments, name=name
    )


def segment_min(data: Any, segment_ids: Any, num_segments: Any, name: str | None = None) -> Any:
    """The minima of rows by segment, of ragged tensors as well."""
    name = name or "RaggedSegmentMin"
    return _segment_aggregate(
        math_ops.unsorted_segment_min, data, segment_ids, num_segments, name=name
    )


def segment_max(data: Any, segment_ids: Any, num_segments: Any, name: str | None = None) -> Any:
    """The maxima of rows by segment, of ragged tensors as well."""
    name = name or "RaggedSegmentMax"
    return _segment_aggregate(
        math_ops.unsorted_segment_max, data, segment_ids, num_segments, name=name
    )


def _sums_and_counts(data: Any, segment_ids: Any, num_segments: Any) -> tuple[Any, Any]:
    total = segment_sum(data, segment_ids, num_segments)
    ones = RaggedTensor.from_nested_row_splits(
        array_ops.ones_like(data.flat_values), data.nested_row_splits, validate=False
    )
    return total, segment_sum(ones, segment_ids, num_segments)


def segment_mean(data: Any, segment_ids: Any, num_segments: Any, name: str | None = None) -> Any:
    """The means of rows by segment, of ragged tensors."""
    with name_scope(name, "RaggedSegmentMean", [data, segment_ids, num_segments]):
        total, count = _sums_and_counts(data, segment_ids, num_segments)
        if is_ragged(total):
            return total.with_flat_values(total.flat_values / count.flat_values)
        return total / count


def segment_sqrt_n(data: Any, segment_ids: Any, num_segments: Any, name: str | None = None) -> Any:
    """The sums of rows by segment divided by the root of their number, of ragged tensors."""
    with name_scope(name, "RaggedSegmentSqrtN", [data, segment_ids, num_segments]):
        total, count = _sums_and_counts(data, segment_ids, num_segments)
        if is_ragged(total):
            root = math_ops.sqrt(count.flat_values)
            return total.with_flat_values(total.flat_values / root)
        return total / math_ops.sqrt(count)


# Reductions.


def ragged_reduce_aggregate(
    reduce_op: Callable[..., Any],
    unsorted_segment_op: Segments,
    rt_input: Any,
    axis: Any,
    keepdims: Any,
    separator: Any = None,
    name: str | None = None,
) -> Any:
    """A reduction of a ragged tensor over one or several axes.

    Args:
      reduce_op: the reduction of dense tensors.
      unsorted_segment_op: the reduction by segment.
      rt_input: a tensor or ragged tensor.
      axis: the axes, known while building; None: all.
      keepdims: must be false for ragged tensors.
      separator: a further argument of both.
      name: a name scope for the nodes.

    Raises:
      ValueError: `keepdims`, or an axis that is not known.
    """
    if not is_ragged(rt_input):
        further = {} if separator is None else {"separator": separator}
        return reduce_op(rt_input, axis, name=name, **further)
    if keepdims:
        raise ValueError("keepdims=True is not supported for RaggedTensors.")
    if isinstance(axis, Tensor):
        known = constant_value(axis)
        if known is None:
            raise ValueError("axis must be known at graph construction time.")
        axis = known.tolist()
    if axis is None:
        return reduce_op(rt_input.flat_values, None, name=name)
    with name_scope(name, "RaggedReduce", [rt_input, axis]):
        if isinstance(axis, (tuple, list)):
            if not axis:
                return rt_input
            if len(axis) > 1:
                rank = rt_input.shape.ndims
                axis = sorted(ragged_util.get_positive_axis(a, rank) for a in axis)
                rt_input = ragged_reduce_aggregate(
                    reduce_op, unsorted_segment_op, rt_input, axis[-1], keepdims, separator
                )
                return ragged_reduce_aggregate(
                    reduce_op, unsorted_segment_op, rt_input, axis[:-1], keepdims, separator
                )
            axis = axis[0]
        rt_input = convert_to_tensor_or_ragged_tensor(rt_input, name="rt_input")
        axis = ragged_util.get_positive_axis(axis, rt_input.shape.ndims)
        if axis == 0:
            lengths = rt_input.row_splits[1:] - rt_input.row_splits[:-1]
            segments = math_ops.maximum(math_ops.reduce_max(lengths), 0)
            ids = range(lengths).values
        elif axis == 1:
            segments = array_ops.shape(rt_input.row_splits)[0] - 1
            ids = segment_id_ops.row_splits_to_segment_ids(rt_input.row_splits)
        else:
            inner = ragged_reduce_aggregate(
                reduce_op, unsorted_segment_op, rt_input.values, axis - 1, keepdims, separator
            )
            return rt_input.with_values(inner)
        return _segment_aggregate(unsorted_segment_op, rt_input.values, ids, segments, separator)


def reduce_sum(
    input_tensor: Any, axis: Any = None, keepdims: Any = None, name: str | None = None
) -> Any:
    """The sum over `axis`, of ragged tensors as well."""
    return ragged_reduce_aggregate(
        math_ops.reduce_sum,
        math_ops.unsorted_segment_sum,
        input_tensor,
        axis,
        keepdims,
        name=name or "RaggedReduceSum",
    )


def reduce_prod(
    input_tensor: Any, axis: Any = None, keepdims: Any = None, name: str | None = None
) -> Any:
    """The product over `axis`, of ragged tensors as well."""
    return ragged_reduce_aggregate(
        math_ops.reduce_prod,
        math_ops.unsorted_segment_prod,
        input_tensor,
        axis,
        keepdims,
        name=name or "RaggedReduceProd",
    )


def reduce_min(
    input_tensor: Any, axis: Any = None, keepdims: Any = None, name: str | None = None
) -> Any:
    """The minimum over `axis`, of ragged tensors as well."""
    return ragged_reduce_aggregate(
        math_ops.reduce_min,
        math_ops.unsorted_segment_min,
        input_tensor,
        axis,
        keepdims,
        name=name or "RaggedReduceMin",
    )


def reduce_max(
    input_tensor: Any, axis: Any = None, keepdims: Any = None, name: str | None = None
) -> Any:
    """The maximum over `axis`, of ragged tensors as well."""
    return ragged_reduce_aggregate(
        math_ops.reduce_max,
        math_ops.unsorted_segment_max,
        input_tensor,
        axis,
        keepdims,
        name=name or "RaggedReduceMax",
    )


def reduce_mean(
    input_tensor: Any, axis: Any = None, keepdims: Any = None, name: str | None = None
) -> Any:
    """The mean over `axis`, of ragged tensors as well."""
    with name_scope(name, "RaggedReduceMean", [input_tensor, axis]):
        total = reduce_sum(input_tensor, axis, keepdims)
        if is_ragged(input_tensor):
            flat = array_ops.ones_like(input_tensor.flat_values)
            ones = RaggedTensor.from_nested_row_splits(
                flat, input_tensor.nested_row_splits, validate=False
            )
        else:
            ones = array_ops.ones_like(input_tensor)
        count = reduce_sum(ones, axis, keepdims)
        if is_ragged(total):
            quotient = total.flat_values / count.flat_values
            return RaggedTensor.from_nested_row_splits(
                quotient, total.nested_row_splits, validate=False
            )
        return total / count


def _cast(tensor: Any, dtype: Any) -> Any:
    return map_flat_values(math_ops.cast, tensor, dtype)


def reduce_all(
    input_tensor: Any, axis: Any = None, keepdims: Any = None, name: str | None = None
) -> Any:
    """Whether all are true over `axis`, of ragged tensors as well."""
    with name_scope(name, "RaggedReduceAll", [input_tensor, axis]):
        product = reduce_prod(_cast(input_tensor, dtypes.int32), axis, keepdims)
        return _cast(product, dtypes.bool)


def reduce_any(
    input_tensor: Any, axis: Any = None, keepdims: Any = None, name: str | None = None
) -> Any:
    """Whether any is true over `axis`, of ragged tensors as well."""
    with name_scope(name, "RaggedReduceAny", [input_tensor, axis]):
        total = reduce_sum(_cast(input_tensor, dtypes.int32), axis, keepdims)
        return _cast(total, dtypes.bool)
