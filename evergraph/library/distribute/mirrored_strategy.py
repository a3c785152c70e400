"""`tf.distribute.MirroredStrategy`: a replica on each device, with variables that stay equal."""

import copy
from collections.abc import Callable, Sequence
from typing import Any

from evergraph.api import array_ops
from evergraph.api.variable_base import VariableAggregation, VariableSynchronization
from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.graph.defaults import device as device_scope
from evergraph.graph.defaults import executing_eagerly, name_scope
from evergraph.graph.graph import get_default_graph
from evergraph.graph.keys import GraphKeys
from evergraph.graph.tape import stop_recording
from evergraph.library.data.dataset_v1 import DatasetV1
from evergraph.library.device_lib import list_local_devices
from evergraph.library.distribute import device_util, input_lib, values
from evergraph.library.distribute.cross_device_ops import (
    MultiWorkerAllReduce,
    choose_the_best,
    reduce_non_distributed_value,
)
from evergraph.library.distribute.distribute_lib import InputContext, Strategy, StrategyExtended
from evergraph.library.distribute.distributed_variables import (
    DistributedVariable,
    MirroredVariable,
    SyncOnReadVariable,
    validate_colocate,
)
from evergraph.library.distribute.distribution_strategy_context import UpdateContext
from evergraph.library.distribute.mirrored_run import call_for_each_replica
from evergraph.library.distribute.reduce_util import ReduceOp


def all_local_devices(num_gpus: int | None = None) -> tuple[str, ...]:
    """This machine's GPUs, or the CPU where there is none."""
    if num_gpus is None:
        num_gpus = sum(d.device_type == "GPU" for d in list_local_devices())
    return device_util.local_devices_from_num_gpus(num_gpus)


def create_mirrored_variable(
    strategy: Any,
    device_map: values.DeviceMap,
    make: Callable[..., list[Any]],
    **kwargs: Any,
) -> Any:
    """A variable for each device, made by `make(devices, **kwargs)`, as one. Raises ValueError: its
    copies cannot be brought together in the way asked for."""
    collections = kwargs.pop("collections", None)
    if collections is None:
        collections = [GraphKeys.GLOBAL_VARIABLES]
    collections = list(collections)
    # What made it, not its copies, goes to the collections.
    kwargs["collections"] = []
    synchronization = kwargs.get("synchronization", VariableSynchronization.ON_WRITE)
    if synchronization == VariableSynchronization.NONE:
        raise ValueError(
            "`NONE` variable synchronization mode is not supported with `Mirrored` distribution "
            f"strategy. Please change the `synchronization` for variable: {kwargs['name']}"
        )
    on_read = synchronization == VariableSynchronization.ON_READ
    if not on_read and synchronization not in (
        VariableSynchronization.ON_WRITE,
        VariableSynchronization.AUTO,
    ):
        raise ValueError(
            f"Invalid variable synchronization mode: {synchronization} for variable: "
            f"{kwargs['name']}"
        )
    aggregation = kwargs.pop("aggregation", VariableAggregation.NONE)
    if not isinstance(aggregation, VariableAggregation):
        raise ValueError(
            f"Invalid variable aggregation mode: {aggregation} for variable: {kwargs['name']}"
        )
    kwargs.pop("caching_device", None)
    with stop_recording():
        copies = make(device_map.logical_to_actual_devices(0), **kwargs)
    kind = SyncOnReadVariable if on_read else MirroredVariable
    result = kind(strategy, device_map, copies, aggregation)
    graph = get_default_graph()
    if not executing_eagerly():
        if kwargs.get("trainable", True):
            collections.append(GraphKeys.TRAINABLE_VARIABLES)
            listed = graph.get_collection_ref(GraphKeys.TRAINABLE_VARIABLES)
            listed[:] = [v for v in listed if not any(v is own for own in copies)]
        graph.add_to_collections(collections, result)
    elif GraphKeys.GLOBAL_STEP in collections:
        graph.add_to_collection(GraphKeys.GLOBAL_STEP, result)
    return result


class MirroredExtended(StrategyExtended):
    """What a MirroredStrategy does.

    Args:
      container_strategy: the MirroredStrategy.
      devices: the names of devices; default: all GPUs, or the CPU.
      cross_device_ops: how values of several devices become one; default: what is best for them.
    """

    def __init__(
        self,
        container_strategy: Any,
        devices: Sequence[str] | None = None,
        cross_device_ops: Any = None,
    ) -> None:
        super().__init__(container_strategy)
        self._cross_device_ops = cross_device_ops
        devices = devices or all_local_devices()
        resolved = tuple(device_util.resolve(d) for d in devices)
        assert len(set(resolved)) == len(resolved), (
            f"No duplicates allowed in `devices` argument: {resolved}"
        )
        if not device_util.is_local(resolved):
            raise NotImplementedError(
                "MirroredStrategy of devices of several processes is not supported: "
                f"{list(resolved)}"
            )
        self._use_devices(resolved)
        self._retrace_functions_for_each_device = len(resolved) > 1

    def _use_devices(self, devices: Sequence[str]) -> None:
        self._device_map = values.ReplicaDeviceMap(devices)
        self._input_workers = input_lib.InputWorkers(self._device_map)
        self._inferred_cross_device_ops = (
            None if self._cross_device_ops else choose_the_best(devices)
        )

    def _get_cross_device_ops(self) -> Any:
        return self._cross_device_ops or self._inferred_cross_device_ops

    # Variables.

    def _create_variable(self, next_creator: Callable[..., Any], **kwargs: Any) -> Any:
        beside = kwargs.pop("colocate_with", None)
        device_map = self._device_map if beside is None else beside.device_map

        def make(devices: Sequence[str], **kwargs: Any) -> list[Any]:
            """A variable on each device; all begin with the first one's value."""
            made: list[Any] = []
            given = kwargs["initial_value"]
            for i, where in enumerate(devices):
                with device_scope(where):
                    if made:
                        kwargs["name"] = f"{made[0].name.split(':')[0]}/replica_{i}/"
                    kwargs["initial_value"] = self._value_of(
                        made, where, given, kwargs.get("dtype")
                    )
                    made.append(next_creator(**kwargs))
            return made

        return create_mirrored_variable(self._container_strategy(), device_map, make, **kwargs)

    def _value_of(self, made: Sequence[Any], where: str, initial_value: Any, dtype: Any) -> Any:
        """The initial value of a copy on a device, after those that are made."""
        if not made:
            return initial_value
        variable = made[0]

        def value() -> Any:
            if executing_eagerly() or get_default_graph().building_function:
                return array_ops.identity(variable.value())
            with device_scope(where):
                return array_ops.identity(variable.initial_value)

        return value

    def _validate_colocate_with_variable(self, colocate_with_variable: Any) -> None:
        if not isinstance(colocate_with_variable, DistributedVariable):
            raise ValueError(
                "`colocate_vars_with` must only be passed a variable created in this "
                f"tf.distribute.Strategy.scope(), not: {colocate_with_variable!r}"
            )
        validate_colocate(colocate_with_variable, self)

    def read_var(self, v: Any) -> Any:
        if isinstance(v, SyncOnReadVariable):
            return v._get_cross_replica()
        assert isinstance(v, values.Mirrored)
        return array_ops.identity(v.get())

    def non_slot_devices(self, var_list: Any) -> tuple[str, ...]:
        return self._device_map.logical_to_actual_devices(0)

    # Input.

    def _input_contexts(self) -> list[InputContext]:
        count = self._input_workers.num_workers
        return [InputContext(count, i, self._num_replicas_in_sync) for i in range(count)]

    def _make_dataset_iterator(self, dataset: Any) -> Any:
        found = self._experimental_distribute_dataset(dataset)
        return found._iterator()

    def _make_input_fn_iterator(self, input_fn: Any, replication_mode: Any) -> Any:
        return input_lib.InputFunctionIterator(
            input_fn, self._input_workers, self._input_contexts()
        )

    def _experimental_distribute_dataset(self, dataset: Any) -> Any:
        return input_lib.get_distributed_dataset(
            dataset, self._input_workers, split_batch_by=self._num_replicas_in_sync
        )

    def _experimental_distribute_datasets_from_function(self, dataset_fn: Any) -> Any:
        return input_lib.get_distributed_datasets_from_function(
            dataset_fn, self._input_workers, self._input_contexts()
        )

    def experimental_make_numpy_dataset(self, numpy_input: Any, session: Any = None) -> Any:
        self._require_cross_replica()
        return DatasetV1.from_tensor_slices(numpy_input)

    # Runs.

    def _call_for_each_replica(self, fn: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        strategy = self._container_strategy()
        if executing_eagerly():
            logging.log_first_n(
                logging.WARN,
                f"Using {type(strategy).__name__} eagerly has significant overhead currently. We "
                "will be working on improving this in the future, but for now please wrap "
                "`call_for_each_replica` or `experimental_run` or `experimental_run_v2` inside a "
                "tf.function to get the best performance.",
                5,
            )
        return call_for_each_replica(strategy, self._device_map, fn, args, kwargs)

    def _experimental_run_steps_on_iterator(
        self, fn: Callable[..., Any], iterator: Any, iterations: Any, initial_loop_values: Any
    ) -> Any:
        context, outputs = input_lib.run_steps(self, fn, iterator, iterations, initial_loop_values)
        for name, reduce_op in context._last_step_outputs_reduce_ops.items():
            output = outputs[name]
            if reduce_op is None:
                outputs[name] = values.regroup(self._device_map, output)
            else:
                (outputs[name],) = output
        context._set_last_step_outputs(outputs)
        return context

    # Values of replicas.

    def _reduce_to(self, reduce_op: Any, value: Any, destinations: Any) -> Any:
        if isinstance(value, values.Mirrored) and reduce_op == ReduceOp.MEAN:
            return value
        assert not isinstance(value, values.Mirrored)
        if not isinstance(value, values.DistributedValues):
            return reduce_non_distributed_value(reduce_op, self._device_map, value, destinations)
        return self._get_cross_device_ops().reduce(reduce_op, value, destinations=destinations)

    def _batch_reduce_to(self, reduce_op: Any, value_destination_pairs: Any) -> list[Any]:
        found: list[Any] = self._get_cross_device_ops().batch_reduce(
            reduce_op, value_destination_pairs
        )
        return found

    def _broadcast_to(self, tensor: Any, destinations: Any) -> Any:
        if isinstance(tensor, (float, int)):
            return tensor
        destinations = destinations or values.LogicalDeviceSpec(self._device_map, 0)
        return self._get_cross_device_ops().broadcast(tensor, destinations)

    def _update(self, var: Any, fn: Callable[..., Any], args: Any, kwargs: Any, group: bool) -> Any:
        assert isinstance(var, DistributedVariable)
        return self._updated(var.devices, fn, args, kwargs, group, var.values)

    def _update_non_slot(
        self, colocate_with: Any, fn: Callable[..., Any], args: Any, kwargs: Any, group: bool
    ) -> Any:
        assert isinstance(colocate_with, tuple)
        return self._updated(colocate_with, fn, args, kwargs, group)

    def _updated(
        self,
        devices: Sequence[str],
        fn: Callable[..., Any],
        args: Any,
        kwargs: Any,
        group: bool,
        variables: Sequence[Any] = (),
    ) -> Any:
        """What `fn` gives on each device, with the variable there as its first argument."""
        updates = []
        for i, where in enumerate(devices):
            with device_scope(where), UpdateContext(where), name_scope(f"update_{i}"):
                own = values.select_device_mirrored(where, args)
                named = values.select_device_mirrored(where, kwargs)
                updates.append(fn(*variables[i : i + 1], *own, **named))
        return values.update_regroup(self, self._device_map, updates, group)

    def _local_results(self, value: Any) -> tuple[Any, ...]:
        return value.values if isinstance(value, values.DistributedValues) else (value,)

    def value_container(self, value: Any) -> Any:
        return values.value_container(value)

    # What it is.

    def _configure(
        self, session_config: Any, cluster_spec: Any, task_type: Any, task_id: Any
    ) -> None:
        if session_config:
            session_config.CopyFrom(self._update_config_proto(session_config))
        if cluster_spec:
            if not isinstance(self._cross_device_ops, MultiWorkerAllReduce):
                raise ValueError(
                    "In-graph multi-worker training with `MirroredStrategy` is not supported."
                )
            raise NotImplementedError("MirroredStrategy of several workers is not supported")

    def _update_config_proto(self, config_proto: Any) -> Any:
        updated = copy.deepcopy(config_proto)
        updated.isolate_session_state = True
        return updated

    @property
    def _num_replicas_in_sync(self) -> int:
        return self._device_map.num_replicas_in_graph

    @property
    def worker_devices(self) -> tuple[str, ...]:
        return self._device_map.all_devices

    @property
    def worker_devices_by_replica(self) -> Any:
        """The devices of each replica."""
        return self._device_map.devices_by_replica

    @property
    def parameter_devices(self) -> tuple[str, ...]:
        return self._device_map.all_devices


@export("distribute.MirroredStrategy")
class MirroredStrategy(Strategy):
    """A replica on each device, with copies of variables that stay equal. Stands for
    `tf.distribute.MirroredStrategy`.

    Args:
      devices: the names of devices of this process; default: all GPUs, or the CPU.
      cross_device_ops: how values of several devices become one; default: what is best for them.

    Raises:
      NotImplementedError: devices of other processes.
    """

    def __init__(self, devices: Sequence[str] | None = None, cross_device_ops: Any = None) -> None:
        super().__init__(MirroredExtended(self, devices, cross_device_ops))
