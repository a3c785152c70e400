"""Strategies with a single replica: `tf.distribute.OneDeviceStrategy`, `MirroredStrategy`."""

import contextlib
import weakref
from collections.abc import Iterator, Sequence
from typing import Any

from evergraph.base.export import export
from evergraph.graph.defaults import device as device_scope
from evergraph.library.device_lib import gpu_device_name
from evergraph.library.distribute.distribute_lib import Strategy, StrategyExtended


class _OneDeviceExtended(StrategyExtended):
    """All on one device."""

    def __init__(self, container_strategy: Any, device: str) -> None:
        super().__init__(container_strategy)
        self._device = device
        self._made: weakref.WeakSet[Any] = weakref.WeakSet()

    @contextlib.contextmanager
    def _scope(self, strategy: Any) -> Iterator[Any]:
        with super()._scope(strategy), device_scope(self._device):
            yield strategy

    def variable_created_in_scope(self, v: Any) -> bool:
        """Whether the strategy made a variable."""
        return v in self._made

    def _creator(self, next_creator: Any, **kwargs: Any) -> Any:
        made = super()._creator(next_creator, **kwargs)
        self._made.add(made)
        return made

    def non_slot_devices(self, var_list: Any) -> Any:
        """Where variables that belong to no other go."""
        return (self._device,)

    @property
    def worker_devices(self) -> tuple[str, ...]:
        """The device of the replica."""
        return (self._device,)

    @property
    def parameter_devices(self) -> tuple[str, ...]:
        """The device of variables."""
        return (self._device,)


@export("distribute.OneDeviceStrategy", "contrib.distribute.OneDeviceStrategy")
class OneDeviceStrategy(Strategy):
    """Everything on one device. Stands for `tf.distribute.OneDeviceStrategy`.

    Args:
      device: its name.
    """

    def __init__(self, device: str) -> None:
        super().__init__(_OneDeviceExtended(self, device))


@export("distribute.MirroredStrategy")
class MirroredStrategy(Strategy):
    """A replica on each device, whose variables stay equal; here, one device. Stands for
    `tf.distribute.MirroredStrategy`.

    Args:
      devices: the names of devices; default: the GPU, or the CPU where there is none.
      cross_device_ops: how values of several devices become one; not used.

    Raises:
      NotImplementedError: several devices.
    """

    def __init__(self, devices: Sequence[str] | None = None, cross_device_ops: Any = None) -> None:
        names = list(devices or [gpu_device_name() or "/device:CPU:0"])
        if len(names) > 1:
            raise NotImplementedError(
                f"evergraph trains on one device: MirroredStrategy of {names} is not supported"
            )
        super().__init__(_OneDeviceExtended(self, names[0]))
