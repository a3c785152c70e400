"""Variables in one place, a replica on each device: `tf.distribute.experimental.
ParameterServerStrategy`, `CentralStorageStrategy`."""

import contextlib
import copy
from collections.abc import Callable, Sequence
from typing import Any

from evergraph.api import array_ops
from evergraph.api.resource_variable_ops import BaseResourceVariable
from evergraph.api.variable_base import VariableAggregation
from evergraph.base import nest
from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.graph.defaults import colocate_with, executing_eagerly
from evergraph.graph.defaults import device as device_scope
from evergraph.graph.device import DeviceSpec
from evergraph.graph.graph import get_default_graph
from evergraph.graph.keys import GraphKeys
from evergraph.library.distribute import device_util, input_lib, values
from evergraph.library.distribute import multi_worker_util as tasks
from evergraph.library.distribute.cluster_resolver.cluster_resolver import SimpleClusterResolver
from evergraph.library.distribute.cluster_resolver.tfconfig_cluster_resolver import (
    TFConfigClusterResolver,
)
from evergraph.library.distribute.cross_device_ops import (
    ReductionToOneDevice,
    check_destinations,
    get_devices_from,
    reduce_non_distributed_value,
)
from evergraph.library.distribute.distribute_lib import InputContext, Strategy, StrategyExtended
from evergraph.library.distribute.distributed_variables import (
    AggregatingVariable,
    validate_colocate,
)
from evergraph.library.distribute.distribution_strategy_context import UpdateContext
from evergraph.library.distribute.mirrored_run import call_for_each_replica
from evergraph.library.distribute.mirrored_strategy import all_local_devices
from evergraph.library.train.device_setter import replica_device_setter

_LOCAL_CPU = "/device:CPU:0"


class ParameterServerStrategyExtended(StrategyExtended):
    """What a strategy with variables in one place does.

    Args:
      container_strategy: the strategy.
      cluster_resolver: tells a cluster; without one, all is in this process.
      compute_devices: the devices of replicas; default: all GPUs, or the CPU.
      parameter_device: the device of variables; default: the only device, or the CPU.
    """

    def __init__(
        self,
        container_strategy: Any,
        cluster_resolver: Any = None,
        compute_devices: Sequence[str] | None = None,
        parameter_device: str | None = None,
    ) -> None:
        super().__init__(container_strategy)
        if cluster_resolver and cluster_resolver.cluster_spec():
            self._use_cluster(cluster_resolver)
        else:
            self._use_devices(compute_devices, parameter_device, cluster_resolver)
        self._cross_device_ops = ReductionToOneDevice(reduce_to_device=_LOCAL_CPU)

    def _gpus_of(self, cluster_resolver: Any) -> int:
        if cluster_resolver is None or isinstance(cluster_resolver, TFConfigClusterResolver):
            return sum("GPU" in name for name in all_local_devices())
        return int(cluster_resolver.num_accelerators().get("GPU", 0))

    def _use_devices(self, compute: Any, parameter: Any, cluster_resolver: Any) -> None:
        worker = device_util.canonicalize(_LOCAL_CPU)
        if compute is None:
            self._num_gpus_per_worker = self._gpus_of(cluster_resolver)
            compute = device_util.local_devices_from_num_gpus(self._num_gpus_per_worker)
        if parameter is None:
            parameter = compute[0] if len(compute) == 1 else _LOCAL_CPU
        self._device_map = values.ReplicaDeviceMap(compute)
        self._input_workers = input_lib.InputWorkers(self._device_map, [(worker, compute)])
        self._variable_device: Any = parameter
        self._parameter_devices: tuple[str, ...] = (parameter,)
        self._is_chief = True
        self._cluster_spec: Any = None
        self._task_type: Any = None
        self._task_id: Any = None
        logging.info(
            f"ParameterServerStrategy with compute_devices = {compute!r}, variable_device = "
            f"{parameter!r}"
        )

    def _use_cluster(self, cluster_resolver: Any) -> None:
        gpus = self._num_gpus_per_worker = self._gpus_of(cluster_resolver)
        kind, number = cluster_resolver.task_type, cluster_resolver.task_id
        if not kind or number is None:
            raise ValueError(
                "When `cluster_spec` is given, you must also specify `task_type` and `task_id`"
            )
        spec = tasks.normalize_cluster_spec(cluster_resolver.cluster_spec())
        worker = f"/job:{kind}/task:{number}"
        compute = tuple(f"{worker}/device:GPU:{i}" for i in range(gpus)) or (worker,)
        self._device_map = values.ReplicaDeviceMap(compute)
        self._input_workers = input_lib.InputWorkers(self._device_map, [(worker, compute)])
        count = len(spec.as_dict().get("ps", []))
        if count == 0:
            raise ValueError("The cluster spec needs to have `ps` jobs.")
        self._variable_device = replica_device_setter(
            ps_tasks=count, worker_device=worker, merge_devices=True, cluster=spec
        )
        self._parameter_devices = tuple(f"/job:ps/task:{i}" for i in range(count))
        self._default_device = worker
        self._is_chief = tasks.is_chief(spec, kind, number)
        self._cluster_spec, self._task_type, self._task_id = spec, kind, number
        logging.info(
            f"Multi-worker ParameterServerStrategy with cluster_spec = {spec.as_dict()!r}, "
            f"task_type = {kind!r}, task_id = {number!r}, num_ps_replicas = {count!r}, is_chief = "
            f"{self._is_chief!r}, device_map = {self._device_map!r}, variable_device = "
            f"{self._variable_device!r}"
        )

    # Variables.

    def _allow_variable_partition(self) -> bool:
        return not executing_eagerly()

    def _create_variable(self, next_creator: Callable[..., Any], **kwargs: Any) -> Any:
        create = next_creator
        if self._num_replicas_in_sync > 1:
            aggregation = kwargs.pop("aggregation", VariableAggregation.NONE)

            def create(**kwargs: Any) -> Any:
                return self._aggregating(next_creator, aggregation, kwargs)

        with contextlib.ExitStack() as stack:
            beside = kwargs.pop("colocate_with", None)
            if beside is not None:
                stack.enter_context(device_scope(None))
                stack.enter_context(colocate_with(beside))
            else:
                stack.enter_context(colocate_with(None, ignore_existing=True))
                stack.enter_context(device_scope(self._variable_device))
            return create(**kwargs)

    def _aggregating(self, create: Callable[..., Any], aggregation: Any, kwargs: Any) -> Any:
        collections = kwargs.pop("collections", None)
        collections = [GraphKeys.GLOBAL_VARIABLES] if collections is None else list(collections)
        v = create(**{**kwargs, "collections": []})
        wrapped = AggregatingVariable(self._container_strategy(), v, aggregation)
        graph = get_default_graph()
        if not executing_eagerly():
            if kwargs.get("trainable", True):
                collections.append(GraphKeys.TRAINABLE_VARIABLES)
                listed = graph.get_collection_ref(GraphKeys.TRAINABLE_VARIABLES)
                listed[:] = [known for known in listed if known is not v]
            graph.add_to_collections(collections, wrapped)
        elif GraphKeys.GLOBAL_STEP in collections:
            graph.add_to_collection(GraphKeys.GLOBAL_STEP, wrapped)
        return wrapped

    def _validate_colocate_with_variable(self, colocate_with_variable: Any) -> None:
        validate_colocate(colocate_with_variable, self)

    def value_container(self, value: Any) -> Any:
        if isinstance(value, AggregatingVariable):
            return value
        found = vars(value).get("_aggregating_container") if hasattr(value, "__dict__") else None
        wrapper = None if found is None else found()
        return value if wrapper is None else wrapper

    def read_var(self, v: Any) -> Any:
        return array_ops.identity(v)

    def non_slot_devices(self, var_list: Any) -> Any:
        return min(var_list, key=lambda v: v.name)

    # Input.

    def _input_context(self) -> InputContext:
        count, number = 1, 0
        if self._cluster_spec:
            count = tasks.worker_count(self._cluster_spec, self._task_type)
            number = tasks.id_in_cluster(self._cluster_spec, self._task_type, self._task_id)
        return InputContext(count, number, self._num_replicas_in_sync)

    def _make_dataset_iterator(self, dataset: Any) -> Any:
        return self._experimental_distribute_dataset(dataset)._iterator()

    def _make_input_fn_iterator(self, input_fn: Any, replication_mode: Any) -> Any:
        return input_lib.InputFunctionIterator(
            input_fn, self._input_workers, [self._input_context()]
        )

    def _experimental_distribute_dataset(self, dataset: Any) -> Any:
        return input_lib.get_distributed_dataset(
            dataset, self._input_workers, split_batch_by=self._num_replicas_in_sync
        )

    def _experimental_distribute_datasets_from_function(self, dataset_fn: Any) -> Any:
        return input_lib.get_distributed_datasets_from_function(
            dataset_fn, self._input_workers, [self._input_context()]
        )

    # Runs, and values of replicas.

    def _call_for_each_replica(self, fn: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        strategy = self._container_strategy()
        return call_for_each_replica(strategy, self._device_map, fn, args, kwargs)

    def _check_worker(self, destinations: Any) -> None:
        if not self._cluster_spec or destinations is None:
            return
        for name in get_devices_from(destinations):
            spec = DeviceSpec.from_string(name)
            if spec.job == self._task_type and spec.task != self._task_id:
                raise ValueError(
                    f"Cannot reduce to another worker: {name!r}, current worker is "
                    f"{self._input_workers.worker_devices[0]!r}"
                )

    def _reduce_to(self, reduce_op: Any, value: Any, destinations: Any) -> Any:
        self._check_worker(destinations)
        if not isinstance(value, values.DistributedValues):
            return reduce_non_distributed_value(reduce_op, self._device_map, value, destinations)
        return self._cross_device_ops.reduce(reduce_op, value, destinations=destinations)

    def _batch_reduce_to(self, reduce_op: Any, value_destination_pairs: Any) -> list[Any]:
        for _, destinations in value_destination_pairs:
            self._check_worker(destinations)
        return self._cross_device_ops.batch_reduce(reduce_op, value_destination_pairs)

    def _broadcast_to(self, tensor: Any, destinations: Any) -> Any:
        if isinstance(tensor, (float, int)):
            return tensor
        if not check_destinations(destinations):
            destinations = values.LogicalDeviceSpec(self._device_map, 0)
        return self._cross_device_ops.broadcast(tensor, destinations)

    def _update(self, var: Any, fn: Callable[..., Any], args: Any, kwargs: Any, group: bool) -> Any:
        if isinstance(var, AggregatingVariable):
            var = var.get()
        if not isinstance(var, BaseResourceVariable):
            raise ValueError(f"You can not update `var` {var!r}. It must be a Variable.")
        with colocate_with(var), UpdateContext(var.device):
            result = fn(var, *_single(args), **_single(kwargs))
        return result if group else nest.map_structure(self._local_results, result)

    def _update_non_slot(
        self, colocate_with: Any, fn: Callable[..., Any], args: Any, kwargs: Any, group: bool
    ) -> Any:
        with device_scope(colocate_with.device), UpdateContext(colocate_with):
            result = fn(*args, **kwargs)
        return result if group else nest.map_structure(self._local_results, result)

    def _local_results(self, value: Any) -> tuple[Any, ...]:
        return value.values if isinstance(value, values.DistributedValues) else (value,)

    # What it is.

    def _configure(
        self, session_config: Any, cluster_spec: Any, task_type: Any, task_id: Any
    ) -> None:
        if cluster_spec:
            resolver = SimpleClusterResolver(
                tasks.normalize_cluster_spec(cluster_spec),
                task_type=task_type,
                task_id=task_id,
                num_accelerators={"GPU": self._num_gpus_per_worker},
            )
            self._use_cluster(resolver)
        if session_config:
            session_config.CopyFrom(self._update_config_proto(session_config))

    def _update_config_proto(self, config_proto: Any) -> Any:
        updated = copy.deepcopy(config_proto)
        updated.isolate_session_state = not self._cluster_spec
        if not self._cluster_spec:
            return updated
        own = f"/job:{self._task_type}/task:{self._task_id}"
        del updated.device_filters[:]
        if self._task_type in ("chief", "worker"):
            updated.device_filters.extend([own, "/job:ps"])
        elif self._task_type == "evaluator":
            updated.device_filters.append(own)
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
        return self._parameter_devices

    @property
    def experimental_between_graph(self) -> bool:
        return True

    @property
    def experimental_should_init(self) -> bool:
        return self._is_chief

    @property
    def should_checkpoint(self) -> bool:
        return self._is_chief

    @property
    def should_save_summary(self) -> bool:
        return self._is_chief


def _single(structured: Any) -> Any:
    """A nest of what updates a variable. Raises ValueError: something has several values."""

    def get(x: Any) -> Any:
        if isinstance(x, values.Mirrored):
            if len(x.devices) == 1:
                return x.primary
            raise ValueError(
                "You cannot update variable with a Mirrored object with multiple components "
                f"{x!r} when using ParameterServerStrategy. You must specify a single value or a "
                "Mirrored with a single value."
            )
        if isinstance(x, values.PerReplica):
            raise ValueError(
                f"You cannot update variable with a PerReplica object {x!r} when using "
                "ParameterServerStrategy. You must specify a single value or a Mirrored with a "
                "single value"
            )
        return x

    return nest.map_structure(get, structured)


@export("distribute.experimental.ParameterServerStrategy")
class ParameterServerStrategy(Strategy):
    """Variables on parameter servers, of which each worker updates them by itself. Stands for
    `tf.distribute.experimental.ParameterServerStrategy`. Without a cluster all is in this process.

    Args:
      cluster_resolver: tells a cluster.
    """

    def __init__(self, cluster_resolver: Any = None) -> None:
        super().__init__(ParameterServerStrategyExtended(self, cluster_resolver))


@export("distribute.experimental.CentralStorageStrategy")
class CentralStorageStrategy(Strategy):
    """Variables in one place, replicas on the devices of this process. Stands for
    `tf.distribute.experimental.CentralStorageStrategy`.

    Args:
      compute_devices: the devices of replicas; default: all GPUs, or the CPU.
      parameter_device: the device of variables; default: the only device, or the CPU.
    """

    def __init__(self, compute_devices: Any = None, parameter_device: str | None = None) -> None:
        super().__init__(
            ParameterServerStrategyExtended(
                self, compute_devices=compute_devices, parameter_device=parameter_device
            )
        )

    @classmethod
    def _from_num_gpus(cls, num_gpus: int) -> "CentralStorageStrategy":
        return cls(device_util.local_devices_from_num_gpus(num_gpus))
