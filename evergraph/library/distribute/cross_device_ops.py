"""How values of several devices become one: `tf.distribute.CrossDeviceOps`."""

import enum
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from evergraph.api import array_ops, math_ops
from evergraph.api.resource_variable_ops import BaseResourceVariable
from evergraph.autodiff.aggregation import (
    aggregate_indexed_slices_gradients,
    flatten_nested_indexed_slices,
)
from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.graph.composite import IndexedSlices
from evergraph.graph.conversion import is_tensor
from evergraph.graph.defaults import colocate_with
from evergraph.graph.defaults import device as device_scope
from evergraph.graph.tensor import Tensor
from evergraph.library.device_lib import list_local_devices
from evergraph.library.distribute import device_util
from evergraph.library.distribute.distributed_variables import AggregatingVariable
from evergraph.library.distribute.reduce_util import ReduceOp
from evergraph.library.distribute.values import (
    DeviceMap,
    DistributedValues,
    LogicalDeviceSpec,
    Mirrored,
    PerReplica,
    SingleDeviceMap,
    regroup,
)


def check_destinations(destinations: Any) -> bool:
    """Whether `destinations` says where."""
    if isinstance(destinations, (BaseResourceVariable, Tensor)):
        return bool(destinations.device)
    return bool(destinations)


def validate_destinations(destinations: Any) -> None:
    """Raises ValueError where `destinations` says no place."""
    kinds = (
        DistributedValues,
        BaseResourceVariable,
        Tensor,
        AggregatingVariable,
        str,
        LogicalDeviceSpec,
    )
    if not isinstance(destinations, kinds):
        raise ValueError(
            "destinations must be one of a `DistributedValues` object, a tf.Variable object, or a "
            "device string."
        )
    if not check_destinations(destinations):
        raise ValueError("destinations can not be empty")


def get_devices_from(destinations: Any) -> tuple[str, ...]:
    """The devices that `destinations` stands for."""
    if isinstance(destinations, DistributedValues):
        return destinations.devices
    if isinstance(destinations, LogicalDeviceSpec):
        return destinations.device_map.logical_to_actual_devices(destinations.logical_device)
    name = destinations if isinstance(destinations, str) else destinations.device
    return (device_util.resolve(name),)


def get_device_map_from(destinations: Any) -> tuple[DeviceMap, int]:
    """The DeviceMap that `destinations` stands for."""
    if isinstance(destinations, (DistributedValues, LogicalDeviceSpec)):
        return destinations.device_map, destinations.logical_device
    if isinstance(destinations, str):
        return SingleDeviceMap(device_util.resolve(destinations)), 0
    return SingleDeviceMap(destinations.device), 0


def _devices_match(left: Any, right: Any) -> bool:
    return set(get_devices_from(left)) == set(get_devices_from(right))


def _all_devices_match(pairs: Sequence[tuple[Any, Any]]) -> bool:
    first = pairs[0][0]
    return all(_devices_match(v, d) for v, d in pairs) and all(
        _devices_match(v, first) for v, _ in pairs[1:]
    )


def _copied(value: Any, device: str) -> Any:
    with device_scope(device):
        if not isinstance(value, IndexedSlices):
            return array_ops.identity(value)
        parts = (value.values, value.indices, value.dense_shape)
        return IndexedSlices(*map(array_ops.identity, parts))


def simple_broadcast(value: Any, destinations: Any, always_mirrored: bool = False) -> Any:
    """A copy of a value at each destination."""
    device_map, logical_device = get_device_map_from(destinations)
    devices = device_map.logical_to_actual_devices(logical_device)
    if len(devices) == 1 and not always_mirrored:
        return _copied(value, devices[0])
    return regroup(device_map, [_copied(value, d) for d in devices], Mirrored)


def reduce_non_distributed_value(
    reduce_op: Any, device_map: DeviceMap, value: Any, destinations: Any
) -> Any:
    """What a value that is the same for all replicas is together."""
    if isinstance(value, DistributedValues):
        raise ValueError(
            "You are passing a `DistributedValue` to `reduce_non_distributed_value`, which is not "
            "allowed."
        )
    if not is_tensor(value) and value == 0:
        return 0
    if reduce_op == ReduceOp.MEAN:
        return value
    validate_destinations(destinations)
    if device_map.num_replicas_in_graph != 1:
        raise ValueError(
            f"A non-DistributedValues value {value} cannot be reduced with the given reduce op "
            f"{reduce_op}."
        )
    return simple_broadcast(value, destinations)


def _divided(value: Any, n: int) -> Any:
    if isinstance(value, IndexedSlices):
        value = flatten_nested_indexed_slices(value)
        return IndexedSlices(value.values / n, value.indices, value.dense_shape)
    return value / n


def _simple_reduce(
    per_replica: DistributedValues, device: str, accumulate: Callable[[Any], Any], reduce_op: Any
) -> Any:
    values = per_replica.values
    if not values:
        raise ValueError("`per_replica_value` must be non-empty")
    if len(values) == 1 and values[0].device == device:
        return values[0]
    with device_scope(device):
        if any(isinstance(v, IndexedSlices) for v in values):
            reduced = aggregate_indexed_slices_gradients(list(values))
        else:
            reduced = accumulate(values)
        if reduce_op == ReduceOp.MEAN:
            return _divided(reduced, len(values))
    if reduce_op != ReduceOp.SUM:
        raise ValueError("`reduce_op` must be Reduce.SUM or Reduce.MEAN.")
    return reduced


def _as_per_replica(value: Any) -> Any:
    if isinstance(value, (tuple, list)):
        raise ValueError(
            f"Cannot convert `input_tensor` to a `PerReplica` object, got {value!r} but expected a "
            "object that is not a tuple or list."
        )
    if isinstance(value, PerReplica):
        return value
    if not hasattr(value, "device"):
        raise ValueError(
            "Cannot convert `input_tensor` to a `PerReplica` object because it doesn't have device "
            "set."
        )
    return PerReplica(SingleDeviceMap(value.device), (value,))


def _normalized(pairs: Any) -> list[tuple[Any, Any]]:
    pairs = list(pairs)
    for pair in pairs:
        if not isinstance(pair, tuple):
            raise ValueError("Each element of `value_destination_pairs` should be a tuple.")
        if len(pair) != 2:
            raise ValueError(
                "Each element of `value_destination_pairs` should be a tuple of size 2."
            )
    return [(_as_per_replica(value), destinations) for value, destinations in pairs]


@export("distribute.CrossDeviceOps", "contrib.distribute.CrossDeviceOps")
class CrossDeviceOps:
    """How values of replicas become one, and get back to all. Stands for
    `tf.distribute.CrossDeviceOps`.

    Subclasses define `reduce_implementation`, `batch_reduce_implementation` and, where they want
    to, `broadcast_implementation`.
    """

    def __init__(self) -> None:
        pass

    @property
    def _num_between_graph_workers(self) -> int:
        return 1

    def reduce(self, reduce_op: Any, per_replica_value: Any, destinations: Any) -> Any:
        """The sum or mean of a PerReplica, at each of the destinations: Mirrored.

        Args:
          reduce_op: ReduceOp.SUM or MEAN.
          per_replica_value: a PerReplica, or a tensor whose device is known.
          destinations: values, a variable, a tensor or a device.
        """
        if not isinstance(per_replica_value, DistributedValues):
            per_replica_value = _as_per_replica(per_replica_value)
        validate_destinations(destinations)
        if (
            self._num_between_graph_workers == 1
            and len(per_replica_value.values) == 1
            and _devices_match(per_replica_value, destinations)
        ):
            return regroup(per_replica_value.device_map, per_replica_value.values, Mirrored)
        return self.reduce_implementation(reduce_op, per_replica_value, destinations)

    def batch_reduce(self, reduce_op: Any, value_destination_pairs: Any) -> list[Any]:
        """`reduce` of many pairs of a value and its destinations. Raises ValueError: what is given
        are no such pairs."""
        pairs = _normalized(value_destination_pairs)
        for _, destinations in pairs:
            validate_destinations(destinations)
        if (
            self._num_between_graph_workers == 1
            and _all_devices_match(pairs)
            and len(pairs[0][0].values) == 1
        ):
            return [regroup(v.device_map, v.values, Mirrored) for v, _ in pairs]
        return self.batch_reduce_implementation(reduce_op, pairs)

    def broadcast(self, tensor: Any, destinations: Any) -> Any:
        """A copy of a tensor at each of the destinations: Mirrored."""
        validate_destinations(destinations)
        return self.broadcast_implementation(tensor, destinations)

    def reduce_implementation(
        self, reduce_op: Any, per_replica_value: Any, destinations: Any
    ) -> Any:
        """What `reduce` does."""
        raise NotImplementedError("_reduce method must be implemented in descendants.")

    def batch_reduce_implementation(
        self, reduce_op: Any, value_destination_pairs: Any
    ) -> list[Any]:
        """What `batch_reduce` does."""
        raise NotImplementedError("_batch_reduce method must be implemented in descendants.")

    def broadcast_implementation(self, tensor: Any, destinations: Any) -> Any:
        """What `broadcast` does."""
        return simple_broadcast(tensor, destinations, always_mirrored=True)


@export("distribute.ReductionToOneDevice", "contrib.distribute.ReductionToOneDeviceCrossDeviceOps")
class ReductionToOneDevice(CrossDeviceOps):
    """Adds up on one device, and copies from there. Stands for
    `tf.distribute.ReductionToOneDevice`.

    Args:
      reduce_to_device: that device; default: the first destination.
      accumulation_fn: the sum of tensors; default: `tf.add_n`.
    """

    def __init__(self, reduce_to_device: str | None = None, accumulation_fn: Any = None) -> None:
        self.reduce_to_device = reduce_to_device
        self.accumulation_fn = accumulation_fn or math_ops.add_n
        super().__init__()

    def reduce_implementation(
        self, reduce_op: Any, per_replica_value: Any, destinations: Any
    ) -> Any:
        given = destinations if check_destinations(destinations) else per_replica_value
        devices = get_devices_from(given)
        where = self.reduce_to_device or devices[0]
        logging.log_first_n(logging.INFO, f"Reduce to {where} then broadcast to {devices!r}.", 10)
        reduced = _simple_reduce(per_replica_value, where, self.accumulation_fn, reduce_op)
        return self.broadcast(reduced, destinations)

    def batch_reduce_implementation(
        self, reduce_op: Any, value_destination_pairs: Any
    ) -> list[Any]:
        return [
            self.reduce_implementation(reduce_op, value, destinations)
            for value, destinations in value_destination_pairs
        ]


ReductionToOneDeviceCrossDeviceOps = ReductionToOneDevice


def _packed(tensors: list[Any], count: int) -> tuple[list[Any], Callable[[list[Any]], list[Any]]]:
    """Tensors of one device as `count` vectors, and how these become tensors again."""
    with colocate_with(tensors[0]):
        flat = [array_ops.reshape(t, [-1]) for t in tensors]
        shapes = [array_ops.shape(t) for t in tensors]
        sizes = [array_ops.size(t) for t in tensors]
        joined = array_ops.concat(flat, 0)
        if all(t.shape.is_fully_defined() for t in tensors):
            total = sum(t.shape.num_elements() for t in tensors)
        else:
            total = array_ops.size(joined)
        part = total // count
        packs = array_ops.split(joined, [part] * (count - 1) + [total - part * (count - 1)])

    def unpack(summed: list[Any]) -> list[Any]:
        with colocate_with(summed[0]):
            rows = array_ops.split(array_ops.concat(summed, 0), sizes)
            return [array_ops.reshape(r, s) for s, r in zip(shapes, rows, strict=True)]

    return packs, unpack


@export("contrib.distribute.AllReduceCrossDeviceOps")
class AllReduceCrossDeviceOps(CrossDeviceOps):
    """Adds up on all devices at once. Stands for `tf.contrib.distribute.AllReduceCrossDeviceOps`.

    Args:
      all_reduce_alg: "nccl" or "hierarchical_copy"; here sums are made by copies in either case,
        along the same way.
      num_packs: into how many vectors tensors are packed; 0 for each by itself.
      agg_small_grads_max_bytes, agg_small_grads_max_group: not used.
    """

    def __init__(
        self,
        all_reduce_alg: str = "nccl",
        num_packs: int = 1,
        agg_small_grads_max_bytes: int = 0,
        agg_small_grads_max_group: int = 10,
    ) -> None:
        self._all_reduce_alg = all_reduce_alg
        self._num_packs = num_packs
        self._agg_small_grads_max_bytes = agg_small_grads_max_bytes
        self._agg_small_grads_max_group = agg_small_grads_max_group
        self._simple = ReductionToOneDevice()
        super().__init__()

    def reduce_implementation(
        self, reduce_op: Any, per_replica_value: Any, destinations: Any
    ) -> Any:
        if _devices_match(per_replica_value, destinations):
            return self._all_reduced(reduce_op, [per_replica_value])[0]
        return self._simple.reduce(reduce_op, per_replica_value, destinations)

    def batch_reduce_implementation(
        self, reduce_op: Any, value_destination_pairs: Any
    ) -> list[Any]:
        if _all_devices_match(value_destination_pairs):
            return self._all_reduced(reduce_op, [value for value, _ in value_destination_pairs])
        return [
            self.reduce_implementation(reduce_op, value, destinations)
            for value, destinations in value_destination_pairs
        ]

    def _all_reduced(self, reduce_op: Any, values: list[Any]) -> list[Any]:
        sparse = [i for i, v in enumerate(values) if isinstance(v.primary, IndexedSlices)]
        dense = [i for i in range(len(values)) if i not in sparse]
        found = dict(zip(dense, self._dense(reduce_op, [values[i] for i in dense]), strict=True))
        if sparse:
            logging.log_first_n(
                logging.WARN,
                f"Efficient allreduce is not supported for {len(sparse)} IndexedSlices",
                10,
            )
            pairs = [(values[i], values[i]) for i in sparse]
            reduced = self._simple.batch_reduce(reduce_op, pairs)
            found.update(zip(sparse, reduced, strict=True))
        return [found[i] for i in range(len(values))]

    def _dense(self, reduce_op: Any, values: list[Any]) -> list[Any]:
        if not values:
            return []
        logging.log_first_n(
            logging.INFO,
            f"batch_all_reduce: {len(values)} all-reduces with algorithm = "
            f"{self._all_reduce_alg}, num_packs = {self._num_packs}, agg_small_grads_max_bytes = "
            f"{self._agg_small_grads_max_bytes} and agg_small_grads_max_group = "
            f"{self._agg_small_grads_max_group}",
            10,
        )
        devices, count = values[0].devices, self._num_packs
        by_device: list[list[Any]] = [
            list(column) for column in zip(*(v.values for v in values), strict=True)
        ]
        unpackers = []
        if count > 0:
            packed = [_packed(tensors, count) for tensors in by_device]
            by_device, unpackers = [p for p, _ in packed], [u for _, u in packed]
        summed = [
            _hierarchical_sum(devices, i, row) for i, row in enumerate(zip(*by_device, strict=True))
        ]
        by_device = [list(column) for column in zip(*summed, strict=True)]
        if unpackers:
            by_device = [unpack(own) for unpack, own in zip(unpackers, by_device, strict=True)]
        if reduce_op == ReduceOp.MEAN:
            by_device = [[_mean(v, len(devices)) for v in own] for own in by_device]
        device_map, _ = get_device_map_from(values[0])
        return [regroup(device_map, row, Mirrored) for row in zip(*by_device, strict=True)]


def _mean(value: Any, n: int) -> Any:
    with device_scope(value.device):
        return value / n


def _hierarchical_sum(devices: Sequence[str], number: int, values: Sequence[Any]) -> list[Any]:
    """The sum of values, on every device: of each half of the devices first, then of both."""
    count = len(devices)
    half = count // 2
    if not half:
        return [array_ops.identity(v) for v in values]
    roots = (number % count, (number % count + half) % count)
    starts = (0, half) if roots[0] < half else (half, 0)
    sums = []
    for root, start in zip(roots, starts, strict=True):
        with device_scope(devices[root]):
            sums.append(math_ops.add_n(list(values[start : start + half])))
    with device_scope(devices[roots[0]]):
        total = math_ops.add_n(sums)
        copies = [array_ops.identity(total)]
    with device_scope(devices[roots[1]]):
        copies.append(array_ops.identity(total))
    found = []
    for i, device in enumerate(devices):
        with device_scope(device):
            same_half = (roots[0] < half) == (i < half)
            found.append(array_ops.identity(copies[0 if same_half else 1]))
    return found


def _check_packs(what: str, num_packs: int) -> None:
    if num_packs < 0:
        raise ValueError(f"{what} requires num_packs >= 0, but {num_packs} is specified")


@export("distribute.NcclAllReduce")
class NcclAllReduce(AllReduceCrossDeviceOps):
    """Adds up as NVIDIA's library would; here by copies. Stands for `tf.distribute.NcclAllReduce`.

    Args:
      num_packs: into how many vectors tensors are packed; 0 for each by itself.

    Raises:
      ValueError: `num_packs` is negative.
    """

    def __init__(self, num_packs: int = 1) -> None:
        _check_packs("NCCL all-reduce", num_packs)
        super().__init__(all_reduce_alg="nccl", num_packs=num_packs)


@export("distribute.HierarchicalCopyAllReduce")
class HierarchicalCopyAllReduce(AllReduceCrossDeviceOps):
    """Adds up in two halves of the devices. Stands for
    `tf.distribute.HierarchicalCopyAllReduce`.

    Args:
      num_packs: into how many vectors tensors are packed; 0 for each by itself.

    Raises:
      ValueError: `num_packs` is negative.
    """

    def __init__(self, num_packs: int = 1) -> None:
        _check_packs("HierarchicalCopy", num_packs)
        super().__init__(all_reduce_alg="hierarchical_copy", num_packs=num_packs)


class AllReduceSpecTuple(NamedTuple):
    """An algorithm, into how many parts it cuts tensors, and the largest it is used for."""

    alg: str
    shards: int = 1
    limit: int = -1


def _spec(given: Any, whole: Any) -> AllReduceSpecTuple:
    if not isinstance(given, tuple):
        raise ValueError(f"A tuple is expected for all-reduce spec: {whole!r}")
    if not given or len(given) > 3:
        raise ValueError(f"Too many elements in the all-reduce spec tuple: {given!r}")
    return AllReduceSpecTuple(*given)


@export("contrib.distribute.MultiWorkerAllReduce")
class MultiWorkerAllReduce(AllReduceCrossDeviceOps):
    """Adds up over workers and their devices. Stands for
    `tf.contrib.distribute.MultiWorkerAllReduce`.

    Args:
      worker_devices: the workers.
      num_gpus_per_worker: how many devices each has.
      all_reduce_spec: an algorithm, or a tuple or list of tuples of algorithm, parts and limit;
        here sums are the same for all.
      num_packs, agg_small_grads_max_bytes, agg_small_grads_max_group: as of
        AllReduceCrossDeviceOps.

    Raises:
      ValueError: `all_reduce_spec` is no such thing.
    """

    def __init__(
        self,
        worker_devices: Any,
        num_gpus_per_worker: int,
        all_reduce_spec: Any = ("pscpu/pscpu", 2, -1),
        num_packs: int = 0,
        agg_small_grads_max_bytes: int = 0,
        agg_small_grads_max_group: int = 10,
    ) -> None:
        super().__init__("nccl", num_packs, agg_small_grads_max_bytes, agg_small_grads_max_group)
        self._worker_devices = worker_devices
        self._num_gpus_per_worker = num_gpus_per_worker
        if isinstance(all_reduce_spec, str):
            self._all_reduce_spec = [AllReduceSpecTuple(all_reduce_spec)]
        elif isinstance(all_reduce_spec, tuple):
            self._all_reduce_spec = [_spec(all_reduce_spec, all_reduce_spec)]
        else:
            self._all_reduce_spec = [_spec(s, all_reduce_spec) for s in all_reduce_spec]


@export("distribute.experimental.CollectiveCommunication")
class CollectiveCommunication(enum.Enum):
    """How workers send values to one another. Stands for
    `tf.distribute.experimental.CollectiveCommunication`."""

    AUTO = "AUTO"
    RING = "RING"
    NCCL = "NCCL"


def choose_the_best(devices: Sequence[str], session_config: Any = None) -> CrossDeviceOps:
    """How values of these devices are best added up: over GPUs on all at once."""
    wanted = {device_util.canonicalize(d) for d in devices}
    there = {d.name for d in list_local_devices(session_config)}
    known = {name for name in there if device_util.canonicalize(name) in wanted}
    if len(known) != len(wanted):
        logging.warning(
            "Some requested devices in `tf.distribute.Strategy` are not visible to TensorFlow: "
            f"{','.join(wanted - known)}"
        )
        return ReductionToOneDevice()
    if any("gpu" not in name.lower() for name in known):
        logging.warning(
            "There is non-GPU devices in `tf.distribute.Strategy`, not using nccl allreduce."
        )
        return ReductionToOneDevice()
    return NcclAllReduce(num_packs=1)
