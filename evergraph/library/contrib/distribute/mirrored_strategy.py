"""`tf.contrib.distribute.MirroredStrategy`."""

from typing import Any

from evergraph.base.export import export
from evergraph.library.distribute import input_lib
from evergraph.library.distribute.distribute_lib import Strategy
from evergraph.library.distribute.mirrored_strategy import MirroredExtended as CoreExtended
from evergraph.library.distribute.mirrored_strategy import all_local_devices


class MirroredExtended(CoreExtended):
    """What a MirroredStrategy of earlier versions does: batches are for each replica.

    Args:
      container_strategy, devices, cross_device_ops: as of the later one.
      num_gpus_per_worker: how many GPUs, where no devices are given; 0 for the CPU.
      auto_shard_dataset: not used.
    """

    def __init__(
        self,
        container_strategy: Any,
        devices: Any = None,
        num_gpus_per_worker: int | None = None,
        cross_device_ops: Any = None,
        auto_shard_dataset: bool = False,
    ) -> None:
        if devices is None:
            devices = all_local_devices(num_gpus_per_worker)
        elif num_gpus_per_worker is not None:
            raise ValueError("Must only specify one of `devices` and `num_gpus_per_worker`.")
        super().__init__(container_strategy, devices, cross_device_ops)

    def _make_dataset_iterator(self, dataset: Any) -> Any:
        return input_lib.get_distributed_dataset(dataset, self._input_workers)._iterator()

    @property
    def _global_batch_size(self) -> bool:
        return False


@export("contrib.distribute.MirroredStrategy")
class MirroredStrategy(Strategy):
    """A replica on each device, with copies of variables that stay equal. Stands for
    `tf.contrib.distribute.MirroredStrategy`. Unlike with the later one, batches of
    `make_dataset_iterator` are for each replica.

    Args:
      devices: the names of devices; default: all GPUs, or the CPU.
      num_gpus, num_gpus_per_worker: or how many GPUs; 0 for the CPU.
      cross_device_ops: how values of several devices become one; default: what is best for them.
      auto_shard_dataset: not used.
      cross_tower_ops: the same as `cross_device_ops`.

    Raises:
      ValueError: devices are given in two ways.
      NotImplementedError: devices of other processes.
    """

    def __init__(
        self,
        devices: Any = None,
        num_gpus: int | None = None,
        num_gpus_per_worker: int | None = None,
        cross_device_ops: Any = None,
        auto_shard_dataset: bool = False,
        cross_tower_ops: Any = None,
    ) -> None:
        assert not (cross_device_ops and cross_tower_ops)
        if num_gpus is not None and num_gpus_per_worker is not None:
            raise ValueError("You cannot specify both `num_gpus` and `num_gpus_per_worker`.")
        count = num_gpus_per_worker if num_gpus is None else num_gpus
        super().__init__(
            MirroredExtended(
                self, devices, count, cross_device_ops or cross_tower_ops, auto_shard_dataset
            )
        )
