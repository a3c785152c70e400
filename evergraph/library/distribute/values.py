"""Values that each replica has for itself: PerReplica, Mirrored; and nests of them."""

import operator
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from evergraph.api import array_ops, grouping
from evergraph.base import nest
from evergraph.base.type_spec import TypeSpec
from evergraph.graph.composite import CompositeTensor
from evergraph.graph.conversion import is_tensor
from evergraph.graph.defaults import control_dependencies, device
from evergraph.graph.device import DeviceSpec
from evergraph.graph.static_value import constant_value
from evergraph.library.data.structure import type_spec_from_value
from evergraph.library.distribute import device_util
from evergraph.library.distribute import distribution_strategy_context as current


class DeviceMap:
    """Which device has which of several values.

    Args:
      devices: their names.
    """

    def __init__(self, devices: Sequence[str]) -> None:
        self._devices = tuple(device_util.canonicalize(d) for d in devices)
        if len(set(self._devices)) != len(self._devices):
            raise ValueError(
                f"Duplicate devices in {devices}, after canonicalization: {self._devices}"
            )

    @property
    def all_devices(self) -> tuple[str, ...]:
        """The devices, by their full names."""
        return self._devices

    @property
    def devices_by_replica(self) -> Iterator[tuple[str, ...]]:
        """The devices of each replica."""
        raise ValueError(f"{type(self).__name__} not indexed by replicas")

    @property
    def num_logical_devices(self) -> int:
        """How many devices a replica is on."""
        return 1

    @property
    def num_replicas_in_graph(self) -> int:
        """How many values there are."""
        return len(self._devices)

    def logical_device_from_values(self, values: Any) -> int:
        """Which of a replica's devices values are on."""
        return 0

    def logical_to_actual_devices(self, logical_device_id: int) -> tuple[str, ...]:
        """The devices."""
        assert logical_device_id == 0
        return self._devices

    def select_for_current_replica(self, values: Sequence[Any], replica_context: Any) -> Any:
        """The value of a replica."""
        raise NotImplementedError("Required for DeviceMap implementations.")

    def replica_for_device(self, device: str) -> int | None:
        """The number of the replica on a device, or None."""
        raise ValueError(f"{type(self).__name__} not indexed by replicas")

    def select_for_device(self, values: Sequence[Any], device: str) -> Any:
        """The value on a device. Raises ValueError: there is none."""
        if device not in self._devices:
            raise ValueError(
                f"Device {device} not found in {self._devices} (current device "
                f"{device_util.current()})"
            )
        return values[self._devices.index(device)]

    def is_device_in_replica(self, device: str, replica_id: int) -> bool:
        """Whether a device is a replica's."""
        raise ValueError(f"{type(self).__name__} not indexed by replicas")


class SingleDeviceMap(DeviceMap):
    """A device that is no replica's."""

    def __init__(self, device: str) -> None:
        super().__init__([device])

    def select_for_current_replica(self, values: Sequence[Any], replica_context: Any) -> Any:
        assert len(values) == 1
        return values[0]

    def __repr__(self) -> str:
        return f"SingleDeviceMap({self._devices[0]!r})"


class ReplicaDeviceMap(DeviceMap):
    """One device for each replica."""

    @property
    def devices_by_replica(self) -> Iterator[tuple[str, ...]]:
        return ((d,) for d in self._devices)

    def select_for_current_replica(self, values: Sequence[Any], replica_context: Any) -> Any:
        assert len(values) == len(self._devices)
        number = replica_context.replica_id_in_sync_group
        if not isinstance(number, int):
            number = constant_value(number)
        return values[0 if number is None else number]

    def replica_for_device(self, device: str) -> int | None:
        return self._devices.index(device) if device in self._devices else None

    def is_device_in_replica(self, device: str, replica_id: int) -> bool:
        own = DeviceSpec.from_string(self._devices[replica_id])
        return DeviceSpec.from_string(device) == own

    def __str__(self) -> str:
        return f"[{', '.join(self._devices)}]"

    def __repr__(self) -> str:
        return f"ReplicaDeviceMap([{', '.join(map(repr, self._devices))}])"


class WorkerDeviceMap(DeviceMap):
    """One value for each worker, which has several replicas."""

    def __init__(self, devices: Sequence[str], num_replicas_per_worker: int) -> None:
        super().__init__(devices)
        self._num_replicas_per_worker = num_replicas_per_worker

    def select_for_current_replica(self, values: Sequence[Any], replica_context: Any) -> Any:
        return values[replica_context.replica_id_in_sync_group // self._num_replicas_per_worker]

    def __repr__(self) -> str:
        return (
            f"WorkerDeviceMap({self._devices!r}, "
            f"num_replicas_per_worker={self._num_replicas_per_worker})"
        )


class LogicalDeviceSpec(NamedTuple):
    """One of the devices of each replica."""

    device_map: DeviceMap
    logical_device: int


class DistributedValues:
    """A value for each replica.

    Args:
      device_map: where they are.
      values: they.
      logical_device: which of a replica's devices they are on.
    """

    def __init__(
        self, device_map: DeviceMap, values: Sequence[Any], logical_device: int | None = None
    ) -> None:
        self._device_map = device_map
        self._values = tuple(values)
        self._logical_device = 0 if logical_device is None else logical_device

    def get(self, device: str | None = None) -> Any:
        """The value of this replica, of the device that is updated, or of a given one; outside of
        replicas one for all. Raises ValueError where there is none."""
        if device is None:
            replica_context = current.get_replica_context()
            if replica_context:
                return self._device_map.select_for_current_replica(self._values, replica_context)
            device = current.get_update_device()
            if device is None:
                return self._get_cross_replica()
        return self._device_map.select_for_device(self._values, device_util.canonicalize(device))

    def _get_cross_replica(self) -> Any:
        raise AttributeError(f"{type(self).__name__!r} has no value outside of replicas")

    @property
    def primary(self) -> Any:
        """The first replica's value."""
        return self._values[0]

    @property
    def devices(self) -> tuple[str, ...]:
        """Where the values are."""
        return self._device_map.logical_to_actual_devices(self._logical_device)

    @property
    def logical_device(self) -> int:
        """Which of a replica's devices the values are on."""
        return self._logical_device

    @property
    def device_map(self) -> DeviceMap:
        """Where the values are."""
        return self._device_map

    @property
    def values(self) -> tuple[Any, ...]:
        """The values of all replicas."""
        return self._values

    @property
    def is_tensor_like(self) -> bool:
        """Whether all values are tensors."""
        return all(is_tensor(v) for v in self._values)

    def _lines(self, describe: Callable[[Any], str]) -> str:
        pairs = enumerate(zip(self.devices, self._values, strict=True))
        lines = ",\n".join(f"  {i} {d}: {describe(v)}" for i, (d, v) in pairs)
        return f"{type(self).__name__}:{{\n{lines}\n}}"

    def __str__(self) -> str:
        return self._lines(str)

    def __repr__(self) -> str:
        return self._lines(repr)


_UNARY = {"invert": operator.invert, "neg": operator.neg, "abs": operator.abs}
_BINARY = ("add", "sub", "mul", "truediv", "floordiv", "mod", "and", "or", "xor", "pow", "matmul")
_COMPARISONS = ("lt", "le", "gt", "ge", "getitem")


class DistributedDelegate(DistributedValues):
    """Values that stand for one: what is asked of it is asked of this replica's."""

    # NumPy leaves `array + value` to the reflected operator.
    __array_priority__ = 100

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_self_") or name in ("_use_resource_variables", "_values"):
            raise AttributeError(name)
        return getattr(self.get(), name)

    def _get_as_operand(self) -> Any:
        return self.get()


def _delegate_operators() -> None:
    def unary(function: Any) -> Any:
        return lambda self: function(self._get_as_operand())

    def binary(function: Any) -> Any:
        return lambda self, other: function(self._get_as_operand(), other)

    def reflected(function: Any) -> Any:
        return lambda self, other: function(other, self._get_as_operand())

    for name, function in _UNARY.items():
        setattr(DistributedDelegate, f"__{name}__", unary(function))
    for name in (*_BINARY, *_COMPARISONS):
        function = getattr(operator, f"__{name}__")
        setattr(DistributedDelegate, f"__{name}__", binary(function))
        if name in _BINARY:
            setattr(DistributedDelegate, f"__r{name}__", reflected(function))


_delegate_operators()


class PerReplica(DistributedValues, CompositeTensor):
    """Values of replicas that differ."""

    @property
    def _type_spec(self) -> Any:  # type: ignore[override]
        specs = [type_spec_from_value(v) for v in self._values]
        return PerReplicaSpec(specs, self._device_map, self._logical_device)


class PerReplicaSpec(TypeSpec):
    """What is known of a PerReplica."""

    def __init__(
        self, value_specs: Sequence[Any], device_map: DeviceMap, logical_device: int
    ) -> None:
        self._value_specs = tuple(value_specs)
        self._device_map = device_map
        self._logical_device = logical_device

    @property
    def value_type(self) -> Any:
        """PerReplica."""
        return PerReplica

    def _serialize(self) -> tuple[Any, ...]:
        return (self._value_specs, self._device_map, self._logical_device)

    @property
    def _component_specs(self) -> Any:
        return self._value_specs

    def _to_components(self, value: Any) -> Any:
        replica_context = current.get_replica_context()
        if replica_context is not None and replica_context.num_replicas_in_sync > 1:
            raise ValueError(
                "Flattening a PerReplica to components is not supported in replica context."
            )
        return value._values

    def _from_components(self, components: Any) -> Any:
        return PerReplica(self._device_map, components, self._logical_device)


class Mirrored(DistributedDelegate):
    """Values of replicas that are equal."""

    def _get_cross_replica(self) -> Any:
        here = device_util.canonicalize(device_util.current())
        replica = self._device_map.replica_for_device(here)
        return self.primary if replica is None else self._values[replica]

    def _as_graph_element(self) -> Any:
        found = self.get()
        convert = getattr(found, "_as_graph_element", None)
        return convert() if callable(convert) else found


def container_of(value: Any) -> Any:
    """The distributed variable that a variable is a part of, or None."""
    found = vars(value).get("_distributed_container") if hasattr(value, "__dict__") else None
    return None if found is None else found()


def value_container(val: Any) -> Any:
    """What a replica's value is a part of; the value itself where it is of nothing."""
    found = container_of(val)
    return val if found is None else found


def regroup(
    device_map: DeviceMap, values: Sequence[Any], wrap_class: Callable[..., Any] = PerReplica
) -> Any:
    """Nests, one of each replica, as one nest of `wrap_class(device_map, values)`; parts of a
    variable as that, and what is the same for all as it is."""
    assert len(values) == device_map.num_replicas_in_graph
    first = values[0]

    def inner(get: Callable[[Any], Any]) -> Any:
        return regroup(device_map, tuple(map(get, values)), wrap_class)

    if isinstance(first, (list, tuple)):
        assert all(type(v) is type(first) and len(v) == len(first) for v in values), (
            f"replicas gave nests that differ: {values}"
        )
        items = [inner(operator.itemgetter(i)) for i in range(len(first))]
        if hasattr(first, "_fields"):
            return type(first)._make(items)  # type: ignore[attr-defined]
        return items if isinstance(first, list) else tuple(items)
    if isinstance(first, dict):
        assert all(isinstance(v, dict) and v.keys() == first.keys() for v in values), (
            f"replicas gave nests that differ: {values}"
        )
        return {key: inner(operator.itemgetter(key)) for key in first}
    container = container_of(first)
    if all(v is first for v in values[1:]) and container is None:
        return first
    if container is None:
        return wrap_class(device_map, values)
    for replica, v in enumerate(values):
        assert container_of(v) is container and device_map.is_device_in_replica(
            v.device, replica
        ), f"{v} is not what replica {replica} has of {container}"
    return container


def select_replica(replica_id: int, structured: Any) -> Any:
    """A nest as a replica sees it."""

    def get(x: Any) -> Any:
        return x.values[replica_id] if isinstance(x, DistributedValues) else x

    return nest.map_structure(get, structured)


def select_device_mirrored(device: str, structured: Any) -> Any:
    """A nest as a device sees it. Raises TypeError: something differs between replicas."""

    def get(x: Any) -> Any:
        if not isinstance(x, DistributedValues):
            return x
        if not isinstance(x, Mirrored):
            raise TypeError(f"Expected value to be mirrored across replicas: {x} in {structured}.")
        return x.get(device)

    return nest.map_structure(get, structured)


def update_regroup(extended: Any, device_map: DeviceMap, updates: Any, group: bool) -> Any:
    """What updates gave on each device: with `group` as one, which is there when all are."""
    if not group:
        found = regroup(device_map, updates, Mirrored)
        return nest.map_structure(extended._local_results, found)

    def grouped(device_map: DeviceMap, values: Any) -> Any:
        if len(values) == 1:
            return Mirrored(device_map, values)
        done = grouping.group(values)
        if not all(is_tensor(v) for v in values):
            return done
        after = []
        for v, where in zip(values, device_map.logical_to_actual_devices(0), strict=True):
            with device(where), control_dependencies([done]):
                after.append(array_ops.identity(v))
        return Mirrored(device_map, after)

    return regroup(device_map, updates, grouped)
