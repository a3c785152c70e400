"""Figures of pipelines: StatsAggregatorHandle, SetStatsAggregatorDataset and what measures."""

from collections.abc import Callable
from typing import Any

import numpy as np

from evergraph.graph.registry import op
from evergraph.kernels.data import stats
from evergraph.kernels.data.pipeline import Dataset
from evergraph.ops import shape_rules
from evergraph.ops.dataset_arguments import TYPED, dataset_of, makes_dataset, text_of

_NAMES = "container: string = ''; shared_name: string = ''"
handle_op = op("StatsAggregatorHandle() -> handle: resource", _NAMES, stateful=True)
experimental_handle_op = op(
    "ExperimentalStatsAggregatorHandle() -> handle: resource", _NAMES, stateful=True
)
handle_v2_op = op("StatsAggregatorHandleV2() -> handle: resource", _NAMES, stateful=True)
summary_op = op("StatsAggregatorSummary(iterator: resource) -> summary: string", stateful=True)
experimental_summary_op = op(
    "ExperimentalStatsAggregatorSummary(iterator: resource) -> summary: string", stateful=True
)
set_writer_op = op(
    "StatsAggregatorSetSummaryWriter(stats_aggregator: resource, summary: resource)",
    stateful=True,
)
_SET = (
    "input_dataset: variant, stats_aggregator: resource, tag: string, counter_prefix: string) -> "
    "handle: variant"
)
set_aggregator_op = op(f"SetStatsAggregatorDataset({_SET}", TYPED, stateful=True)
experimental_set_aggregator_op = op(
    f"ExperimentalSetStatsAggregatorDataset({_SET}", TYPED, stateful=True
)
_TAGGED = "input_dataset: variant, tag: string) -> handle: variant"
latency_op = op(f"LatencyStatsDataset({_TAGGED}", TYPED)
experimental_latency_op = op(f"ExperimentalLatencyStatsDataset({_TAGGED}", TYPED)
bytes_op = op(f"BytesProducedStatsDataset({_TAGGED}", TYPED)
experimental_bytes_op = op(f"ExperimentalBytesProducedStatsDataset({_TAGGED}", TYPED)

makes_dataset(latency_op, experimental_latency_op, bytes_op, experimental_bytes_op, scalars=1)
makes_dataset(set_aggregator_op, experimental_set_aggregator_op, scalars=2)
for _entry in (handle_op, experimental_handle_op, handle_v2_op):
    _entry.shape(shape_rules.scalar)
    _entry.not_differentiable()
for _entry in (summary_op, experimental_summary_op):
    _entry.shape(shape_rules.scalar)
    _entry.not_differentiable()
set_writer_op.shape(shape_rules.no_outputs)


def _handle(make: Callable[[], stats.Aggregator]) -> Any:
    def kernel(*, node: Any, session: Any, container: str, shared_name: str) -> Any:
        return session.slot(("stats aggregator", container, shared_name or node.name), make)

    return kernel


handle_op.numpy(_handle(stats.Aggregator))
experimental_handle_op.numpy(_handle(stats.Aggregator))
handle_v2_op.numpy(_handle(stats.WritingAggregator))


@summary_op.numpy
@experimental_summary_op.numpy
def summary_kernel(aggregator: stats.Aggregator) -> Any:
    return np.array(aggregator.summary().SerializeToString(), object)


@set_writer_op.numpy
def set_writer_kernel(aggregator: Any, writer: Any) -> None:
    aggregator.writer = writer


@set_aggregator_op.numpy
@experimental_set_aggregator_op.numpy
def set_aggregator_kernel(
    source: Any,
    aggregator: Any,
    prefix: Any,
    counter_prefix: Any,
    *,
    output_types: Any,
    output_shapes: Any,
) -> Dataset:
    # Counters, which `counter_prefix` is for, are not there to be read.
    return stats.SetStatsAggregator(
        dataset_of(source), aggregator, text_of(prefix), output_types, output_shapes
    )


def _measured(kind: str, measure: Any) -> Any:
    def kernel(source: Any, tag: Any, *, output_types: Any, output_shapes: Any) -> Dataset:
        return stats.Measured(
            dataset_of(source), kind, text_of(tag), measure, output_types, output_shapes
        )

    return kernel


latency_op.numpy(_measured("LatencyStats", stats.latency))
experimental_latency_op.numpy(_measured("LatencyStats", stats.latency))
bytes_op.numpy(_measured("BytesProducedStats", stats.bytes_produced))
experimental_bytes_op.numpy(_measured("BytesProducedStats", stats.bytes_produced))
