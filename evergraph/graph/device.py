"""Device names such as "/job:worker/replica:0/task:1/device:GPU:0", their parts and their
merging."""

from collections.abc import Callable
from typing import Any, Self

from evergraph.base.export import export


@export("DeviceSpec")
class DeviceSpec:
    """The parts of a device name, each possibly absent. Stands for `tf.DeviceSpec`."""

    __slots__ = ("_job", "_replica", "_task", "device_type", "device_index")

    def __init__(
        self,
        job: str | None = None,
        replica: int | None = None,
        task: int | None = None,
        device_type: str | None = None,
        device_index: int | None = None,
    ) -> None:
        self.job = job
        self.replica = replica
        self.task = task
        # "cpu" and "gpu" are also written in upper case, and are the same.
        self.device_type = device_type.upper() if device_type in ("cpu", "gpu") else device_type
        self.device_index = device_index

    @property
    def job(self) -> str | None:
        return self._job

    @job.setter
    def job(self, value: Any) -> None:
        self._job = None if value is None else str(value)

    @property
    def replica(self) -> int | None:
        return self._replica

    @replica.setter
    def replica(self, value: Any) -> None:
        self._replica = None if value is None else int(value)

    @property
    def task(self) -> int | None:
        return self._task

    @task.setter
    def task(self, value: Any) -> None:
        self._task = None if value is None else int(value)

    def _clear(self) -> None:
        self._job = self._replica = self._task = self.device_type = self.device_index = None

    def parse_from_string(self, spec: str) -> "DeviceSpec":
        """Takes all parts from a device name, and returns itself.

        Raises:
          ValueError: `spec` is no device name.
        """
        self._clear()
        for part in spec.split("/"):
            words = part.split(":")
            count = len(words)
            if count == 2 and words[0] == "job":
                self.job = words[1]
            elif count == 2 and words[0] == "replica":
                self.replica = words[1]
            elif count == 2 and words[0] == "task":
                self.task = words[1]
            elif count in (1, 2) and words[0].upper() in ("CPU", "GPU"):
                self._set_device(words[0].upper(), words[1] if count == 2 else "*", spec)
            elif count == 3 and words[0] == "device":
                self._set_device(words[1], words[2], spec)
            elif words[0] != "":
                raise ValueError(f"Unknown attribute: '{words[0]}' in '{spec}'")
        return self

    def _set_device(self, device_type: str, index: str, spec: str) -> None:
        if self.device_type is not None:
            raise ValueError(f"Cannot specify multiple device types: {spec}")
        self.device_type = device_type
        self.device_index = None if index == "*" else int(index)

    def merge_from(self, dev: "DeviceSpec") -> None:
        """Takes those parts that `dev` has."""
        if dev.job is not None:
            self.job = dev.job
        if dev.replica is not None:
            self.replica = dev.replica
        if dev.task is not None:
            self.task = dev.task
        if dev.device_type is not None:
            self.device_type = dev.device_type
        if dev.device_index is not None:
            self.device_index = dev.device_index

    def to_string(self) -> str:
        """The device name with the parts that are present."""
        text = ""
        if self.job is not None:
            text += f"/job:{self.job}"
        if self.replica is not None:
            text += f"/replica:{self.replica}"
        if self.task is not None:
            text += f"/task:{self.task}"
        if self.device_type is not None:
            index = "*" if self.device_index is None else self.device_index
            text += f"/device:{self.device_type}:{index}"
        return text

    @classmethod
    def from_string(cls, spec: str) -> "DeviceSpec":
        """A DeviceSpec of a device name."""
        return cls().parse_from_string(spec)

    def make_merged_spec(self, dev: "DeviceSpec") -> Self:
        """A new object with the parts of `dev`, and for those that it lacks, of this one."""
        present = {name: value for name, value in dev._parts().items() if value is not None}
        return self.replace(**present)

    def replace(self, **kwargs: Any) -> Self:
        """A new object with some parts replaced."""
        return type(self)(**{**self._parts(), **kwargs})

    def _parts(self) -> dict[str, Any]:
        names = ("job", "replica", "task", "device_type", "device_index")
        return {name: getattr(self, name) for name in names}

    def _key(self) -> tuple[Any, ...]:
        return (self.job, self.replica, self.task, self.device_type, self.device_index)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DeviceSpec) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())


def is_device_spec(obj: Any) -> bool:
    """Whether `obj` is a DeviceSpec."""
    return isinstance(obj, DeviceSpec)


def check_valid(spec: str) -> None:
    """Raises ValueError unless `spec` is a device name."""
    DeviceSpec.from_string(spec)


def canonical_name(device: Any) -> str:
    """A device name in its full form: "" for None."""
    if device is None:
        return ""
    if isinstance(device, DeviceSpec):
        return device.to_string()
    return DeviceSpec.from_string(device).to_string()


def merge_device(spec: Any) -> Callable[[Any], str]:
    """A device function that fills with `spec` what a node's own device leaves open."""
    outer = spec if isinstance(spec, DeviceSpec) else DeviceSpec.from_string(spec or "")

    def merged(node: Any) -> str:
        own = node.device
        if not own:
            return outer.to_string()
        result = DeviceSpec()
        result.merge_from(outer)
        result.merge_from(DeviceSpec.from_string(own))
        return result.to_string()

    merged.spec = outer  # type: ignore[attr-defined]
    return merged
