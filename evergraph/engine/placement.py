"""Devices of nodes: what is asked for, what is there, and TensorFlow's complaint where the two
differ."""

import sys
from collections.abc import Iterable, Sequence

import torch

from evergraph.base import errors
from evergraph.engine.devices import LOCAL
from evergraph.engine.settings import Settings
from evergraph.graph.device import DeviceSpec
from evergraph.graph.operation import Operation


def full_device(asked: str) -> str:
    """The full name of the device that a node asks for; the CPU's where it asks for none."""
    spec = DeviceSpec.from_string(f"{LOCAL}/device:CPU:0")
    spec.merge_from(DeviceSpec.from_string(asked))
    return spec.to_string()


def _available(spec: DeviceSpec, devices: Sequence[str]) -> bool:
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


def check(ops: Iterable[Operation], settings: Settings) -> None:
    """Raises InvalidArgumentError for a node on a device that is not there, unless placement is
    soft."""
    known: dict[str, bool] = {"": True}
    homeless = []
    for op in ops:
        asked = op._device
        if asked not in known:
            known[asked] = _available(DeviceSpec.from_string(asked), settings.devices)
        if not known[asked] and not (settings.soft_placement and "/job:" not in asked):
            homeless.append(op)
    if homeless:
        op = min(homeless, key=lambda op: (_only_gives_a_value(op), op._id_value))
        _refuse(op, op._device, settings.devices)


def log(ops: Iterable[Operation], settings: Settings) -> None:
    """Prints the device of each node, as TensorFlow orders them: those that only give a value
    (constants, placeholders) come last."""
    for op in sorted(ops, key=_only_gives_a_value):
        asked = op._device
        there = not asked or _available(DeviceSpec.from_string(asked), settings.devices)
        print(f"{op.name}: ({op.type}): {full_device(asked if there else '')}")
    sys.stdout.flush()


def _only_gives_a_value(op: Operation) -> bool:
    return not op.inputs and len(op.outputs) == 1 and not op.outputs[0].dtype._is_ref_dtype


def _refuse(op: Operation, asked: str, devices: Sequence[str]) -> None:
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
