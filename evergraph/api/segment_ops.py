"""Sums, means, products and extreme values of the rows that share a segment."""

from typing import Any

from evergraph.api import array_ops
from evergraph.api.elementwise_ops import maximum, sqrt
from evergraph.base.deprecation import deprecated_endpoints
from evergraph.base.dispatch import add_dispatch_support
from evergraph.base.export import export
from evergraph.graph.apply import apply_op
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor


@export("math.segment_sum", "segment_sum")
def segment_sum(data: Any, segment_ids: Any, name: str | None = None) -> Tensor:
    """The sum of the rows of each segment; 0 for ids that do not occur. Stands for
    `tf.math.segment_sum`.

    Args:
      data: a number tensor.
      segment_ids: the segment of each row: sorted whole numbers from 0.
      name: the node's name.
    """
    return apply_op("SegmentSum", data, segment_ids, name=name)


@export("math.segment_mean", "segment_mean")
def segment_mean(data: Any, segment_ids: Any, name: str | None = None) -> Tensor:
    """The mean of the rows of each segment. Stands for `tf.math.segment_mean`; arguments as
    `tf.math.segment_sum`'s."""
    return apply_op("SegmentMean", data, segment_ids, name=name)


@export("math.segment_prod", "segment_prod")
def segment_prod(data: Any, segment_ids: Any, name: str | None = None) -> Tensor:
    """The product of the rows of each segment. Stands for `tf.math.segment_prod`; arguments as
    `tf.math.segment_sum`'s."""
    return apply_op("SegmentProd", data, segment_ids, name=name)


@export("math.segment_max", "segment_max")
def segment_max(data: Any, segment_ids: Any, name: str | None = None) -> Tensor:
    """The maximum of the rows of each segment. Stands for `tf.math.segment_max`; arguments as
    `tf.math.segment_sum`'s."""
    return apply_op("SegmentMax", data, segment_ids, name=name)


@export("math.segment_min", "segment_min")
def segment_min(data: Any, segment_ids: Any, name: str | None = None) -> Tensor:
    """The minimum of the rows of each segment. Stands for `tf.math.segment_min`; arguments as
    `tf.math.segment_sum`'s."""
    return apply_op("SegmentMin", data, segment_ids, name=name)


# Segments in any order.


@export("math.unsorted_segment_sum", "unsorted_segment_sum")
@add_dispatch_support
def unsorted_segment_sum(
    data: Any, segment_ids: Any, num_segments: Any, name: str | None = None
) -> Tensor:
    """The sum of the rows of each segment. Stands for `tf.math.unsorted_segment_sum`.

    Args:
      data: a number tensor.
      segment_ids: the segment of each row, in any order; a prefix of `data`'s shape. What has a
        negative id
        belongs to no segment.
      num_segments: how many segments there are.
      name: the node's name.
    """
    return apply_op("UnsortedSegmentSum", data, segment_ids, num_segments, name=name)


@export("math.unsorted_segment_prod", "unsorted_segment_prod")
@add_dispatch_support
def unsorted_segment_prod(
    data: Any, segment_ids: Any, num_segments: Any, name: str | None = None
) -> Tensor:
    """The product of the rows of each segment. Stands for `tf.math.unsorted_segment_prod`;
    arguments as
    `tf.math.unsorted_segment_sum`'s."""
    return apply_op("UnsortedSegmentProd", data, segment_ids, num_segments, name=name)


@export("math.unsorted_segment_max", "unsorted_segment_max")
@add_dispatch_support
def unsorted_segment_max(
    data: Any, segment_ids: Any, num_segments: Any, name: str | None = None
) -> Tensor:
    """The maximum of the rows of each segment; the least number where there are none. Stands for
    `tf.math.unsorted_segment_max`; arguments as `tf.math.unsorted_segment_sum`'s."""
    return apply_op("UnsortedSegmentMax", data, segment_ids, num_segments, name=name)


@export("math.unsorted_segment_min", "unsorted_segment_min")
@add_dispatch_support
def unsorted_segment_min(
    data: Any, segment_ids: Any, num_segments: Any, name: str | None = None
) -> Tensor:
    """The minimum of the rows of each segment; the greatest number where there are none. Stands for
    `tf.math.unsorted_segment_min`; arguments as `tf.math.unsorted_segment_sum`'s."""
    return apply_op("UnsortedSegmentMin", data, segment_ids, num_segments, name=name)


def _unsorted_segment_N(data: Any, segment_ids: Any, num_segments: Any) -> Tensor:
    """How many rows each segment has, at least 1, shaped to divide rows."""
    ones = array_ops.ones(array_ops.shape_internal(segment_ids), dtype=data.dtype)
    number = apply_op("UnsortedSegmentSum", ones, segment_ids, num_segments)
    further = data.shape.ndims - segment_ids.shape.ndims
    number = array_ops.reshape(number, [num_segments] + [1] * further)
    return maximum(number, 1)


@export("math.unsorted_segment_mean", "unsorted_segment_mean")
@deprecated_endpoints("unsorted_segment_mean")
@add_dispatch_support
def unsorted_segment_mean(
    data: Any, segment_ids: Any, num_segments: Any, name: str | None = None
) -> Tensor:
    """The mean of the rows of each segment. Stands for `tf.math.unsorted_segment_mean`; arguments
    as
    `tf.math.unsorted_segment_sum`'s."""
    with name_scope(name, "UnsortedSegmentMean"):
        data = convert_to_tensor(data)
        segment_ids = convert_to_tensor(segment_ids)
        number = _unsorted_segment_N(data, segment_ids, num_segments)
        return apply_op("UnsortedSegmentSum", data, segment_ids, num_segments) / number


@export("math.unsorted_segment_sqrt_n", "unsorted_segment_sqrt_n")
@deprecated_endpoints("unsorted_segment_sqrt_n")
@add_dispatch_support
def unsorted_segment_sqrt_n(
    data: Any, segment_ids: Any, num_segments: Any, name: str | None = None
) -> Tensor:
    """The sum of the rows of each segment by the root of their number. Stands for
    `tf.math.unsorted_segment_sqrt_n`; arguments as `tf.math.unsorted_segment_sum`'s."""
    with name_scope(name, "UnsortedSegmentSqrtN"):
        data = convert_to_tensor(data)
        segment_ids = convert_to_tensor(segment_ids)
        number = _unsorted_segment_N(data, segment_ids, num_segments)
        return apply_op("UnsortedSegmentSum", data, segment_ids, num_segments) / sqrt(number)


# Segments of chosen rows.


def _sparse_segment(
    op_type: str, data: Any, indices: Any, segment_ids: Any, num_segments: Any, name: str | None
) -> Tensor:
    if num_segments is None:
        return apply_op(op_type, data, indices, segment_ids, name=name)
    op_type += "WithNumSegments"
    return apply_op(op_type, data, indices, segment_ids, num_segments, name=name)


@export("sparse.segment_sum", "sparse_segment_sum")
@deprecated_endpoints("sparse_segment_sum")
def sparse_segment_sum(
    data: Any, indices: Any, segment_ids: Any, name: str | None = None, num_segments: Any = None
) -> Tensor:
    """The sum of some rows of each segment. Stands for `tf.sparse.segment_sum`.

    Args:
      data: a real number tensor.
      indices: which rows of `data` to take.
      segment_ids: the segment of each row taken: sorted whole numbers from 0.
      name: the node's name.
      num_segments: how many segments there are; default: as many as the last id says.
    """
    return _sparse_segment("SparseSegmentSum", data, indices, segment_ids, num_segments, name)


@export("sparse.segment_mean", "sparse_segment_mean")
@deprecated_endpoints("sparse_segment_mean")
def sparse_segment_mean(
    data: Any, indices: Any, segment_ids: Any, name: str | None = None, num_segments: Any = None
) -> Tensor:
    """The mean of some rows of each segment. Stands for `tf.sparse.segment_mean`; arguments as
    `tf.sparse.segment_sum`'s."""
    return _sparse_segment("SparseSegmentMean", data, indices, segment_ids, num_segments, name)


@export("sparse.segment_sqrt_n", "sparse_segment_sqrt_n")
@deprecated_endpoints("sparse_segment_sqrt_n")
def sparse_segment_sqrt_n(
    data: Any, indices: Any, segment_ids: Any, name: str | None = None, num_segments: Any = None
) -> Tensor:
    """The sum of some rows of each segment by the root of their number. Stands for
    `tf.sparse.segment_sqrt_n`; arguments as `tf.sparse.segment_sum`'s."""
    return _sparse_segment("SparseSegmentSqrtN", data, indices, segment_ids, num_segments, name)


def sparse_segment_sum_v2(
    data: Any, indices: Any, segment_ids: Any, num_segments: Any = None, name: str | None = None
) -> Tensor:
    """As `tf.sparse.segment_sum`, with TensorFlow 2's arguments."""
    return sparse_segment_sum(data, indices, segment_ids, name, num_segments)


def sparse_segment_mean_v2(
    data: Any, indices: Any, segment_ids: Any, num_segments: Any = None, name: str | None = None
) -> Tensor:
    """As `tf.sparse.segment_mean`, with TensorFlow 2's arguments."""
    return sparse_segment_mean(data, indices, segment_ids, name, num_segments)


def sparse_segment_sqrt_n_v2(
    data: Any, indices: Any, segment_ids: Any, num_segments: Any = None, name: str | None = None
) -> Tensor:
    """As `tf.sparse.segment_sqrt_n`, with TensorFlow 2's arguments."""
    return sparse_segment_sqrt_n(data, indices, segment_ids, name, num_segments)
