"""`tf.distribute.OneDeviceStrategy`: everything on one device."""

import contextlib
from collections.abc import Callable
from typing import Any

from evergraph.base import nest
from evergraph.base.export import export
from evergraph.graph.constant import constant
from evergraph.graph.defaults import colocate_with
from evergraph.graph.defaults import device as device_scope
from evergraph.library.distribute import device_util, input_lib
from evergraph.library.distribute.distribute_lib import (
    InputContext,
    ReplicaContext,
    Strategy,
    StrategyExtended,
)
from evergraph.library.distribute.distributed_variables import validate_colocate
from evergraph.library.distribute.distribution_strategy_context import UpdateContext
from evergraph.library.distribute.values import SingleDeviceMap


class _OneDeviceReplicaContext(ReplicaContext):
    """What code within the only replica knows."""

    def __init__(self, strategy: Any) -> None:
        super().__init__(strategy, constant(0))

    @property
    def devices(self) -> Any:
        """The device."""
        return self._strategy.extended.worker_devices


class OneDeviceExtended(StrategyExtended):
    """What a OneDeviceStrategy does.

    Args:
      container_strategy: the OneDeviceStrategy.
      device: its device.
    """

    def __init__(self, container_strategy: Any, device: str) -> None:
        super().__init__(container_strategy)
        self._device = device_util.canonicalize(device)
        host = self._device[: self._device.rfind("/")] + "/device:CPU:0"
        self._input_workers = input_lib.InputWorkers(
            SingleDeviceMap(device), [(host, [self._device])]
        )

    def _create_variable(self, next_creator: Callable[..., Any], **kwargs: Any) -> Any:
        beside = kwargs.pop("colocate_with", None)
        place: contextlib.AbstractContextManager[Any] = (
            device_scope(self._device) if beside is None else colocate_with(beside)
        )
        with place:
            return next_creator(**kwargs)

    def _validate_colocate_with_variable(self, colocate_with_variable: Any) -> None:
        validate_colocate(colocate_with_variable, self)

    def _make_dataset_iterator(self, dataset: Any) -> Any:
        return input_lib.get_distributed_dataset(dataset, self._input_workers)._iterator()

    def _make_input_fn_iterator(self, input_fn: Any, replication_mode: Any) -> Any:
        return input_lib.InputFunctionIterator(input_fn, self._input_workers, [InputContext()])

    def _experimental_distribute_dataset(self, dataset: Any) -> Any:
        return input_lib.get_distributed_dataset(dataset, self._input_workers)

    def _experimental_distribute_datasets_from_function(self, dataset_fn: Any) -> Any:
        return input_lib.get_distributed_datasets_from_function(
            dataset_fn, self._input_workers, [InputContext()]
        )

    def _experimental_run_steps_on_iterator(
        self, fn: Callable[..., Any], iterator: Any, iterations: Any, initial_loop_values: Any
    ) -> Any:
        context, outputs = input_lib.run_steps(self, fn, iterator, iterations, initial_loop_values)
        context._set_last_step_outputs({name: value for name, (value,) in outputs.items()})
        return context

    def _call_for_each_replica(self, fn: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        with device_scope(self._device), _OneDeviceReplicaContext(self._container_strategy()):
            return fn(*args, **kwargs)

    def _update_non_slot(
        self, colocate_with: Any, fn: Callable[..., Any], args: Any, kwargs: Any, group: bool
    ) -> Any:
        with device_scope(self._device), UpdateContext(self._device):
            result = fn(*args, **kwargs)
        return result if group else nest.map_structure(self._local_results, result)

    def non_slot_devices(self, var_list: Any) -> Any:
        return (self._device,)

    @property
    def worker_devices(self) -> tuple[str, ...]:
        return (self._device,)

    @property
    def parameter_devices(self) -> tuple[str, ...]:
        return (self._device,)


@export("distribute.OneDeviceStrategy", "contrib.distribute.OneDeviceStrategy")
class OneDeviceStrategy(Strategy):
    """Everything on one device. Stands for `tf.distribute.OneDeviceStrategy`.

    Args:
      device: its name.
    """

    def __init__(self, device: str) -> None:
        super().__init__(OneDeviceExtended(self, device))
