"""Options on what is counted and measured in pipelines."""

from evergraph.base.export import export
from evergraph.library.data.experimental.stats_aggregator import (
    StatsAggregatorV1,
    StatsAggregatorV2,
)
from evergraph.library.data.options import OptionsBase, create_option


@export("data.experimental.StatsOptions")
class StatsOptions(OptionsBase):
    """What is measured. Stands for `tf.data.experimental.StatsOptions`."""

    aggregator = create_option(
        "aggregator", (StatsAggregatorV2, StatsAggregatorV1), "What collects the figures."
    )
    prefix = create_option("prefix", str, "What the names of all figures begin with.", str)
    counter_prefix = create_option(
        "counter_prefix", str, "What the names of counters begin with.", str
    )
    latency_all_edges = create_option(
        "latency_all_edges", bool, "Whether the time of each dataset is measured."
    )
