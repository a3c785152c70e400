"""Transformations that measure a pipeline."""

from collections.abc import Callable
from typing import Any

from evergraph.base import dtypes
from evergraph.base.deprecation import deprecated
from evergraph.base.export import export
from evergraph.graph.apply import apply_op
from evergraph.graph.conversion import convert_to_tensor
from evergraph.library.data.dataset_base import UnaryUnchangedStructureDataset
from evergraph.library.data.transformations import _SetStatsAggregatorDataset


@deprecated(None, "Use `tf.data.experimental.StatsOptions`.")
def set_stats_aggregator(
    stats_aggregator: Any, prefix: str = "", counter_prefix: str = ""
) -> Callable[[Any], Any]:
    """For `Dataset.apply`: an aggregator takes the figures of the pipeline.

    Args:
      stats_aggregator: a `tf.data.experimental.StatsAggregator`.
      prefix: stands before the names of figures, with "::".
      counter_prefix: stands before the names of counters.
    """
    return lambda dataset: _SetStatsAggregatorDataset(
        dataset, stats_aggregator, prefix, counter_prefix
    )


@export("data.experimental.bytes_produced_stats")
def bytes_produced_stats(tag: Any) -> Callable[[Any], Any]:
    """For `Dataset.apply`: a histogram of the bytes of elements, where the pipeline has an
    aggregator. Stands for `tf.data.experimental.bytes_produced_stats`.

    Args:
      tag: the name of the histogram.
    """
    return lambda dataset: _StatsDataset(dataset, "BytesProducedStatsDataset", tag)


@export("data.experimental.latency_stats")
def latency_stats(tag: Any) -> Callable[[Any], Any]:
    """For `Dataset.apply`: a histogram of the microseconds that elements took, where the pipeline
    has an aggregator. Stands for `tf.data.experimental.latency_stats`.

    Args:
      tag: the name of the histogram.
    """
    return lambda dataset: _StatsDataset(dataset, "LatencyStatsDataset", tag)


class _StatsDataset(UnaryUnchangedStructureDataset):
    """The same elements, measured."""

    def __init__(self, input_dataset: Any, op_type: str, tag: Any) -> None:
        tag = convert_to_tensor(tag, dtype=dtypes.string)
        super().__init__(
            input_dataset,
            apply_op(op_type, input_dataset._variant_tensor, tag, **input_dataset._flat_structure),
        )
