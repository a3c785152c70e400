"""Devices of nodes: what is asked for, what is there, and TensorFlow's complaint where the two
differ."""

import sys
from collections.abc import Iterable

import torch

from evergraph.base import errors
from evergraph.graph.device import DeviceSpec
from evergraph.graph.operation import Operation

LOCAL = "/job:localhost/replica:0/task:0"


def local_devices() -> list[str]:
    """Full names of the devices of this machine."""
    gpus = torch.cuda.device_count() if torch.cuda.is_available() else 0
    return [f"{LOCAL}/device:CPU:0", *(f"{LOCAL}/device:GPU:{i}" for i in range(gpus))]


def _available(spec: DeviceSpec, devices: list[str]) -> bool:
    for name in devices:
        device = DeviceSpec.from_string(name)
        pairs = [
            (spec.job, device.job),
            (spec.replica, device.replica),
            (spec.task, device.task),
            (spec.device_type, device.device_type),
            (spec.device_index, device.device_index),
        ]
        if all(asked is None or asked == there for asked, there in pairs):
            return True
    return False


def check(ops: Iterable[Operation], soft: bool, log: bool) -> None:
    """Raises InvalidArgumentError for a node on a device that is not there, unless placement is
    soft.

    With `log`, the placement of each node is written to stderr.
    """
    devices: list[str] | None = None
    known: dict[str, bool] = {}
    for op in ops:
        asked = op._device
        if asked:
            if devices is None:
                devices = local_devices()
            if asked not in known:
                known[asked] = _available(DeviceSpec.from_string(asked), devices)
            if not known[asked] and not (soft and "/job:" not in asked):
                _refuse(op, asked, devices)
        if log:
            place = asked if asked and known.get(asked) else "/device:CPU:0"
            spec = DeviceSpec.from_string(f"{LOCAL}/device:CPU:0")
            spec.merge_from(DeviceSpec.from_string(place))
            print(f"{op.name}: ({op.type}): {spec.to_string()}", file=sys.stderr)


def _refuse(op: Operation, asked: str, devices: list[str]) -> None:
    hint = "Make sure the device specification refers to a valid device."
    if "GPU" in asked and not torch.cuda.is_available():
        hint += " The requested device appears to be a GPU, but CUDA is not enabled."
    where = op.created_at or "an unknown place"
    raise errors.InvalidArgumentError(
        op.node_def,
        op,
        f"Cannot assign a device for operation {op.name}: node {op.name} (defined at {where})  was "
        f"explicitly assigned to {asked} but available devices are [ {', '.join(devices)} ]. {hint}"
        f"\n\t [[{op.name}]]",
    )
