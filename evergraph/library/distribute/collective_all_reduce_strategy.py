"""`tf.distribute.experimental.MultiWorkerMirroredStrategy`, of one worker."""

import copy
from collections.abc import Sequence
from typing import Any

from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import device as device_scope
from evergraph.library.distribute import values
from evergraph.library.distribute.cluster_resolver.tfconfig_cluster_resolver import (
    TFConfigClusterResolver,
)
from evergraph.library.distribute.cross_device_ops import (
    CollectiveCommunication,
    ReductionToOneDevice,
    reduce_non_distributed_value,
)
from evergraph.library.distribute.distribute_lib import Strategy
from evergraph.library.distribute.mirrored_strategy import MirroredExtended, all_local_devices
from evergraph.library.distribute.multi_worker_util import worker_count
from evergraph.library.distribute.reduce_util import ReduceOp
from evergraph.proto.protobuf import rewriter_config_pb2


class CollectiveAllReduceExtended(MirroredExtended):
    """What a strategy of one worker with some devices does.

    Args:
      container_strategy: the strategy.
      communication: how workers would send values to one another.
      cluster_resolver: tells a cluster; it may have this worker alone.
      num_gpus_per_worker: how many GPUs; default: all.
    """

    def __init__(
        self,
        container_strategy: Any,
        communication: CollectiveCommunication,
        cluster_resolver: Any = None,
        num_gpus_per_worker: int | None = None,
    ) -> None:
        assert isinstance(communication, CollectiveCommunication)
        self._communication = communication
        self._is_chief = True
        resolver = cluster_resolver or TFConfigClusterResolver()
        _refuse_others(resolver.cluster_spec(), resolver.task_type)
        devices = all_local_devices(num_gpus_per_worker)
        super().__init__(container_strategy, devices, ReductionToOneDevice())
        self._num_gpus_per_worker = sum("GPU" in name for name in devices)
        if communication == CollectiveCommunication.NCCL and not self._num_gpus_per_worker:
            logging.warning("Enabled NCCL communication but no GPUs detected/specified.")
        logging.info(
            f"Single-worker CollectiveAllReduceStrategy with local_devices = {devices!r}, "
            f"communication = {communication}"
        )

    def _value_of(self, made: Sequence[Any], where: str, initial_value: Any, dtype: Any) -> Any:
        """The first copy's value is there when it is made, as workers would send it."""
        if made:
            return super()._value_of(made, where, initial_value, dtype)

        def value() -> Any:
            with device_scope(where):
                given = initial_value() if callable(initial_value) else initial_value
                return convert_to_tensor(given, dtype=dtype)

        return value

    def _reduce_to(self, reduce_op: Any, value: Any, destinations: Any) -> Any:
        if isinstance(value, values.Mirrored) and reduce_op == ReduceOp.MEAN:
            return value
        if isinstance(value, values.DistributedValues) and len(self.worker_devices) == 1:
            value = value.values[0]
        if not isinstance(value, values.DistributedValues):
            return reduce_non_distributed_value(reduce_op, self._device_map, value, destinations)
        return super()._reduce_to(reduce_op, value, destinations)

    def _configure(
        self, session_config: Any, cluster_spec: Any, task_type: Any, task_id: Any
    ) -> None:
        if cluster_spec:
            _refuse_others(cluster_spec, task_type)
        if session_config:
            session_config.CopyFrom(self._update_config_proto(session_config))

    def _update_config_proto(self, config_proto: Any) -> Any:
        updated = copy.deepcopy(config_proto)
        options = updated.graph_options.rewrite_options
        options.scoped_allocator_optimization = rewriter_config_pb2.RewriterConfig.ON
        options.scoped_allocator_opts.enable_op[:] = ["CollectiveReduce"]
        if self._communication == CollectiveCommunication.NCCL:
            updated.experimental.collective_nccl = True
        return updated

    @property
    def experimental_between_graph(self) -> bool:
        return True

    @property
    def should_checkpoint(self) -> bool:
        return self._is_chief

    @property
    def should_save_summary(self) -> bool:
        return self._is_chief


def _refuse_others(cluster_spec: Any, task_type: Any) -> None:
    if cluster_spec and worker_count(cluster_spec, task_type or "worker") > 1:
        raise NotImplementedError(
            "tf.distribute.experimental.MultiWorkerMirroredStrategy of several workers"
        )


@export("distribute.experimental.MultiWorkerMirroredStrategy")
class CollectiveAllReduceStrategy(Strategy):
    """Replicas on all devices of this worker, with copies of variables that stay equal. Stands for
    `tf.distribute.experimental.MultiWorkerMirroredStrategy`.

    Args:
      communication: how workers would send values to one another.

    Raises:
      NotImplementedError: TF_CONFIG tells of several workers.
    """

    def __init__(
        self, communication: CollectiveCommunication = CollectiveCommunication.AUTO
    ) -> None:
        super().__init__(CollectiveAllReduceExtended(self, communication))
