"""Names of devices in full, as strategies compare them."""

from typing import Any

from evergraph.graph.defaults import executing_eagerly_outside_functions
from evergraph.graph.device import DeviceSpec
from evergraph.graph.graph import get_default_graph


class _Asked:
    """Stands for a node that device blocks are asked about."""

    def __init__(self) -> None:
        self.device = ""
        self.type = ""
        self.name = ""
        self.node_def = self

    def _set_device(self, device: Any) -> None:
        self.device = device if isinstance(device, str) else device.to_string()


def current() -> str:
    """The device of nodes that would be made here; "" for none in particular."""
    asked: Any = _Asked()
    get_default_graph()._apply_device_functions(asked)
    return asked.device  # type: ignore[no-any-return]


def canonicalize(d: str, default: str | None = None) -> str:
    """The full name of a device: what it lacks is `default`'s, or the first CPU's."""
    spec = DeviceSpec.from_string(d)
    assert spec.device_type is None or spec.device_type == spec.device_type.upper(), (
        f"Device type '{spec.device_type}' must be all-caps."
    )
    full = DeviceSpec(replica=0, task=0, device_type="CPU", device_index=0)
    if executing_eagerly_outside_functions():
        full.job = "localhost"
    if default:
        full.merge_from(DeviceSpec.from_string(default))
    full.merge_from(spec)
    return full.to_string()


def resolve(d: str) -> str:
    """The full name of a device: what it lacks is the current device's."""
    return canonicalize(d, default=current())


def get_host_for_device(device: str) -> str:
    """The CPU of the task that a device belongs to."""
    spec = DeviceSpec.from_string(device)
    return DeviceSpec(spec.job, spec.replica, spec.task, "CPU", 0).to_string()


def local_devices_from_num_gpus(num_gpus: int) -> tuple[str, ...]:
    """The first GPUs; the CPU for none."""
    return tuple(f"/device:GPU:{i}" for i in range(num_gpus)) or ("/device:CPU:0",)


def is_local(devices: Any) -> bool:
    """Whether devices are of this process. Raises ValueError: some are and some are not."""
    found = None
    for device in devices:
        spec = DeviceSpec.from_string(device)
        own = spec.job in (None, "localhost")
        if found is None:
            found = own
        if found and not own:
            raise ValueError("Local device string cannot have job specified other than 'localhost'")
        if not found and own:
            raise ValueError("Remote device string must have job specified.")
        if not found and spec.task is None:
            raise ValueError("Remote device string must have task specified.")
    return bool(found)
