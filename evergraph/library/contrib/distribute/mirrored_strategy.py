"""`tf.contrib.distribute.MirroredStrategy`."""

from typing import Any

from evergraph.base.export import export
from evergraph.library.distribute.one_device_strategy import MirroredStrategy as CoreStrategy


@export("contrib.distribute.MirroredStrategy")
class MirroredStrategy(CoreStrategy):
    """A replica on each device; here, one device. Stands for
    `tf.contrib.distribute.MirroredStrategy`.

    Args:
      devices: the names of devices; default: the GPU, or the CPU where there is none.
      num_gpus, num_gpus_per_worker: or how many GPUs; 0 for the CPU.
      cross_device_ops: how values of several devices become one; not used.
      auto_shard_dataset: not used.

    Raises:
      ValueError: devices are given in two ways.
      NotImplementedError: several devices.
    """

    def __init__(
        self,
        devices: Any = None,
        num_gpus: int | None = None,
        num_gpus_per_worker: int | None = None,
        cross_device_ops: Any = None,
        auto_shard_dataset: bool = False,
    ) -> None:
        if num_gpus is not None and num_gpus_per_worker is not None:
            raise ValueError("You cannot specify both `num_gpus` and `num_gpus_per_worker`.")
        count = num_gpus_per_worker if num_gpus is None else num_gpus
        if devices is None and count is not None:
            devices = [f"/device:GPU:{i}" for i in range(count)] or ["/device:CPU:0"]
        super().__init__(devices, cross_device_ops)
