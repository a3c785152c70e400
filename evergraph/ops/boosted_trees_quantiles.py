"""Quantiles that boosted trees part numbers by: BoostedTreesMakeQuantileSummaries, the resource of
streams, BoostedTreesBucketize."""

from typing import Any

import numpy as np

from evergraph.graph.registry import op
from evergraph.kernels import quantile_stream, resource_cell
from evergraph.kernels.host import invalid
from evergraph.kernels.quantile_stream import QuantileStream, QuantileStreams, summary_of
from evergraph.kernels.resource_cell import ResourceCell, cell_of
from evergraph.ops import shape_rules
from evergraph.ops.shape_rules import Dims

_HANDLE = "quantile_stream_resource_handle: resource"
_COUNTED = "num_features: int >= 0"
_RESOURCE = "BoostedTreesQuantileStreamResource"

handle_op = op(
    f"{_RESOURCE}HandleOp() -> resource: resource",
    "container: string = ''; shared_name: string = ''",
    stateful=True,
)
is_initialized_op = op(
    f"Is{_RESOURCE}Initialized({_HANDLE}) -> is_initialized: bool", stateful=True
)
create_op = op(
    f"BoostedTreesCreateQuantileStreamResource({_HANDLE}, epsilon: float32, num_streams: int64)",
    "max_elements: int = 1099511627776",
    stateful=True,
)
summaries_op = op(
    "BoostedTreesMakeQuantileSummaries(float_values: num_features * float32, "
    "example_weights: float32, epsilon: float32) -> summaries: num_features * float32",
    _COUNTED,
)
flush_summaries_op = op(
    f"BoostedTreesFlushQuantileSummaries({_HANDLE}) -> summaries: num_features * float32",
    _COUNTED,
    stateful=True,
)
add_op = op(
    f"{_RESOURCE}AddSummaries({_HANDLE}, summaries: num_features * float32)",
    _COUNTED,
    stateful=True,
)
deserialize_op = op(
    f"{_RESOURCE}Deserialize({_HANDLE}, bucket_boundaries: num_streams * float32)",
    "num_streams: int >= 1",
    stateful=True,
)
flush_op = op(
    f"{_RESOURCE}Flush({_HANDLE}, num_buckets: int64)",
    "generate_quantiles: bool = false",
    stateful=True,
    host=["num_buckets"],
)
boundaries_op = op(
    f"{_RESOURCE}GetBucketBoundaries({_HANDLE}) -> bucket_boundaries: num_features * float32",
    _COUNTED,
    stateful=True,
)
bucketize_op = op(
    "BoostedTreesBucketize(float_values: num_features * float32, "
    "bucket_boundaries: num_features * float32) -> buckets: num_features * int32",
    _COUNTED,
)


# Shapes.

handle_op.shape(lambda node: ())


@is_initialized_op.shape
def is_initialized_shape(node: Any) -> Dims:
    shape_rules.with_rank(node.inputs[0].dims, 0)
    return ()


@create_op.shape
@flush_op.shape
def scalars_shape(node: Any) -> list[Dims]:
    for t in node.inputs:
        shape_rules.with_rank(t.dims, 0)
    return []


@summaries_op.shape
def summaries_shape(node: Any) -> list[Dims]:
    *values, weights, epsilon = (t.dims for t in node.inputs)
    shape_rules.with_rank(weights, 1)
    for dims in values:
        shape_rules.with_rank(dims, 1)
    shape_rules.with_rank(epsilon, 0)
    return [(None, 4)] * len(values)


@flush_summaries_op.shape
def flush_summaries_shape(node: Any) -> list[Dims]:
    return [(None, 4)] * len(node.outputs)


@add_op.shape
def add_shape(node: Any) -> list[Dims]:
    handle, *summaries = (t.dims for t in node.inputs)
    shape_rules.with_rank(handle, 0)
    for dims in summaries:
        shape_rules.with_rank(dims, 2)
    return []


@deserialize_op.shape
def deserialize_shape(node: Any) -> list[Dims]:
    # TensorFlow asks this of the first boundaries too; what savers restore is of unknown shape.
    for t in node.inputs[:2]:
        shape_rules.with_rank(t.dims, 0)
    return []


@boundaries_op.shape
def boundaries_shape(node: Any) -> list[Dims]:
    shape_rules.with_rank(node.inputs[0].dims, 0)
    return [(None,)] * len(node.outputs)


@bucketize_op.shape
def bucketize_shape(node: Any) -> list[Dims]:
    values = [t.dims for t in node.inputs[: len(node.outputs)]]
    sizes = [shape_rules.with_rank(dims, 1)[0] for dims in values]
    for size in sizes:
        shape_rules.merge_dim(size, sizes[0])
    return [(size,) for size in sizes]


# Kernels.


def _streams(handle: Any, count: int | None = None) -> QuantileStreams:
    """The streams of a handle, of which there must be `count`."""
    found: QuantileStreams = resource_cell.read(handle, QuantileStreams)
    if count not in (None, len(found.streams)):
        raise invalid(f"There are {len(found.streams)} streams, and {count} features.")
    return found


def _table(summary: Any) -> np.ndarray:
    return np.stack(summary, axis=1)


@handle_op.numpy
def handle_kernel(*, session: Any, container: str, shared_name: str) -> ResourceCell:
    return cell_of(session, QuantileStreams, container, shared_name)


@is_initialized_op.numpy
def is_initialized_kernel(handle: ResourceCell) -> np.bool_:
    return np.bool_(handle.is_filled)


@create_op.numpy
def create_kernel(
    handle: ResourceCell, epsilon: Any, num_streams: Any, *, max_elements: int
) -> None:
    if not epsilon > 0:
        raise invalid("An epsilon value of zero is not allowed.")
    handle.fill(lambda: QuantileStreams(float(epsilon), max_elements, int(num_streams)))


@summaries_op.numpy
def summaries_kernel(values: Any, weights: Any, epsilon: Any) -> tuple[np.ndarray, ...]:
    size = len(values[0]) if values else 0
    if weights.size not in (1, size):
        raise invalid("Weights should be a single value or same size as features.")
    spread = np.broadcast_to(weights, (size,))
    found = []
    for feature in values:
        stream = QuantileStream(float(epsilon), size + 1)
        stream.push(feature, spread)
        found.append(_table(stream.total()))
    return tuple(found)


@flush_summaries_op.numpy
def flush_summaries_kernel(handle: Any, *, num_features: int) -> tuple[np.ndarray, ...]:
    return tuple(_table(summary) for summary in _streams(handle, num_features).take())


@add_op.numpy
def add_kernel(handle: Any, summaries: Any) -> None:
    streams = _streams(handle, len(summaries)).streams
    for stream, table in zip(streams, summaries, strict=True):
        stream.push_summary(summary_of(table))


@deserialize_op.numpy
def deserialize_kernel(handle: Any, bucket_boundaries: Any) -> None:
    _streams(handle).boundaries = [np.array(b, np.float32) for b in bucket_boundaries]


@flush_op.numpy
def flush_kernel(handle: Any, num_buckets: int, *, generate_quantiles: bool) -> None:
    streams = _streams(handle)
    make = quantile_stream.quantiles if generate_quantiles else quantile_stream.boundaries
    streams.boundaries = [make(summary, num_buckets) for summary in streams.take()]


@boundaries_op.numpy
def boundaries_kernel(handle: Any, *, num_features: int) -> tuple[np.ndarray, ...]:
    # Copies, for what a session gives is the user's own.
    return tuple(found.copy() for found in _streams(handle, num_features).boundaries)


@bucketize_op.numpy
def bucketize_kernel(values: Any, boundaries: Any) -> tuple[np.ndarray, ...]:
    if boundaries and boundaries[0].ndim != 1:
        raise invalid("Buckets should be flat vectors.")
    found = []
    for feature, limits in zip(values, boundaries, strict=True):
        bucket = np.searchsorted(limits.reshape(-1), feature)
        bucket = np.minimum(bucket, max(limits.size - 1, 0))
        # What is no number is below nothing.
        found.append(np.where(np.isnan(feature), 0, bucket).astype(np.int32))
    return tuple(found)
