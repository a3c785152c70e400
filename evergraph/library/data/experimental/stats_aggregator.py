"""What takes the figures of pipelines."""

import tempfile

from evergraph.base.export import export_constant
from evergraph.graph.apply import apply_op
from evergraph.graph.tensor import Tensor
from evergraph.library.summary_ops_v2 import create_file_writer_v2

export_constant(__name__, "StatsAggregatorV1", "data.experimental.StatsAggregator")
_MAX_QUEUE = 10


class StatsAggregatorV2:
    """Writes the figures of a pipeline to an event file in a folder of its own."""

    def __init__(self) -> None:
        self._resource = apply_op("StatsAggregatorHandleV2")
        self._logdir = tempfile.mkdtemp()
        self._summary_writer = create_file_writer_v2(self._logdir, max_queue=_MAX_QUEUE)
        apply_op("StatsAggregatorSetSummaryWriter", self._resource, self._summary_writer._resource)


class StatsAggregatorV1:
    """Keeps the figures of a pipeline: histograms and newest values.

    Assign it to `experimental_stats.aggregator` of the pipeline's `tf.data.Options`.
    Stands for `tf.data.experimental.StatsAggregator`.
    """

    def __init__(self) -> None:
        self._resource = apply_op("StatsAggregatorHandle")

    def get_summary(self) -> Tensor:
        """A scalar string tensor: a serialized Summary of all figures."""
        found: Tensor = apply_op("StatsAggregatorSummary", self._resource)
        return found


StatsAggregator = StatsAggregatorV1
