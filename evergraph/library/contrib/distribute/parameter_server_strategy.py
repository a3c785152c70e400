"""`tf.contrib.distribute.ParameterServerStrategy`."""

from typing import Any

from evergraph.base.export import export
from evergraph.library.distribute import input_lib
from evergraph.library.distribute.cluster_resolver.cluster_resolver import SimpleClusterResolver
from evergraph.library.distribute.cluster_resolver.tfconfig_cluster_resolver import (
    TFConfigClusterResolver,
)
from evergraph.library.distribute.distribute_lib import Strategy
from evergraph.library.distribute.parameter_server_strategy import ParameterServerStrategyExtended


class ParameterServerExtended(ParameterServerStrategyExtended):
    """What a ParameterServerStrategy of earlier versions does: batches are for each replica.

    Args:
      container_strategy: the strategy.
      num_gpus_per_worker: how many GPUs; 0 for the CPU.
    """

    def __init__(self, container_strategy: Any, num_gpus_per_worker: int) -> None:
        told = TFConfigClusterResolver()
        resolver = SimpleClusterResolver(
            told.cluster_spec(),
            task_type=told.task_type,
            task_id=told.task_id,
            num_accelerators={"GPU": num_gpus_per_worker},
        )
        super().__init__(container_strategy, resolver)

    def _make_dataset_iterator(self, dataset: Any) -> Any:
        return input_lib.get_distributed_dataset(dataset, self._input_workers)._iterator()

    @property
    def _global_batch_size(self) -> bool:
        return False


@export("contrib.distribute.ParameterServerStrategy")
class ParameterServerStrategy(Strategy):
    """Variables on parameter servers, of which each worker updates them by itself. Stands for
    `tf.contrib.distribute.ParameterServerStrategy`. Without TF_CONFIG all is in this process.

    Args:
      num_gpus_per_worker: how many GPUs; 0 for the CPU.
    """

    def __init__(self, num_gpus_per_worker: int = 0) -> None:
        super().__init__(ParameterServerExtended(self, num_gpus_per_worker))
