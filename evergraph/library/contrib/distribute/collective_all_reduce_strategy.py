"""`tf.contrib.distribute.CollectiveAllReduceStrategy`, of one worker."""

from evergraph.base.export import export
from evergraph.library.distribute.collective_all_reduce_strategy import CollectiveAllReduceExtended
from evergraph.library.distribute.cross_device_ops import CollectiveCommunication
from evergraph.library.distribute.distribute_lib import Strategy


@export("contrib.distribute.CollectiveAllReduceStrategy")
class CollectiveAllReduceStrategy(Strategy):
    """Replicas on all devices of this worker, with copies of variables that stay equal. Stands for
    `tf.contrib.distribute.CollectiveAllReduceStrategy`.

    Args:
      num_gpus_per_worker: how many GPUs; 0 for the CPU.
      communication: how workers would send values to one another.

    Raises:
      NotImplementedError: TF_CONFIG tells of several workers.
    """

    def __init__(
        self,
        num_gpus_per_worker: int = 0,
        communication: CollectiveCommunication = CollectiveCommunication.AUTO,
    ) -> None:
        super().__init__(
            CollectiveAllReduceExtended(
                self, communication, num_gpus_per_worker=num_gpus_per_worker
            )
        )
