"""Devices for graphs that several workers train: variables on parameter servers."""

import logging
from collections.abc import Callable, Sequence
from typing import Any

from evergraph.base.export import export
from evergraph.graph.device import DeviceSpec
from evergraph.library.train.server_lib import ClusterSpec

STANDARD_PS_OPS = (
    "Variable",
    "VariableV2",
    "AutoReloadVariable",
    "MutableHashTable",
    "MutableHashTableV2",
    "MutableHashTableOfTensors",
    "MutableHashTableOfTensorsV2",
    "MutableDenseHashTable",
    "MutableDenseHashTableV2",
    "VarHandleOp",
    "BoostedTreesEnsembleResourceHandleOp",
    "BoostedTreesQuantileStreamResourceHandleOp",
    "ResourceConditionalAccumulator",
)


class _RoundRobinStrategy:
    """One parameter server after the other."""

    def __init__(self, num_tasks: int) -> None:
        self._num_tasks = num_tasks
        self._next_task = 0

    def __call__(self, unused_op: Any) -> int:
        task = self._next_task
        self._next_task = (task + 1) % self._num_tasks
        return task


def _merged(first: str, over: str) -> str:
    """The device `first` with what `over` says of it instead."""
    spec = DeviceSpec.from_string(first)
    spec.merge_from(DeviceSpec.from_string(over))
    return spec.to_string()


@export("train.replica_device_setter")
def replica_device_setter(
    ps_tasks: int = 0,
    ps_device: str = "/job:ps",
    worker_device: str = "/job:worker",
    merge_devices: bool = True,
    cluster: Any = None,
    ps_ops: Sequence[str] | None = None,
    ps_strategy: Callable[[Any], int] | None = None,
) -> Callable[[Any], str] | None:
    """A function for `tf.device` that puts variables on parameter servers and all else on workers.

    Stands for `tf.train.replica_device_setter`.

    Args:
      ps_tasks: the number of parameter servers; what `cluster` says comes first.
      ps_device: the device of the parameter servers; empty for none.
      worker_device: the device of all other nodes; empty for none.
      merge_devices: whether a device that a node asks for is completed, or stands as it is.
      cluster: a ClusterSpec, a ClusterDef, or what a ClusterSpec is made of.
      ps_ops: the op types that go to parameter servers; default: variables and tables.
      ps_strategy: gives the task of a parameter server for an operation; default: each in turn.

    Returns:
      The function, or None where there is no parameter server.

    Raises:
      TypeError: `cluster` describes no cluster, or `ps_strategy` cannot be called.
    """
    if cluster is not None:
        jobs = (cluster if isinstance(cluster, ClusterSpec) else ClusterSpec(cluster)).as_dict()
        ps_tasks = len(jobs.get(DeviceSpec.from_string(ps_device).job) or ())
    if ps_tasks == 0:
        return None
    if not merge_devices:
        logging.getLogger("tensorflow").warning(
            "DEPRECATION: It is recommended to set merge_devices=true in replica_device_setter"
        )
    choose = _RoundRobinStrategy(ps_tasks) if ps_strategy is None else ps_strategy
    if not callable(choose):
        raise TypeError("ps_strategy must be callable")
    on_servers = frozenset(STANDARD_PS_OPS if ps_ops is None else ps_ops)

    def device_function(op: Any) -> str:
        asked = op.device or ""
        if asked and not merge_devices:
            return asked
        # A NodeDef has `op` where an operation has `type`.
        if not ps_device or getattr(op, "type", None) not in on_servers:
            if getattr(op, "op", None) not in on_servers or not ps_device:
                return _merged(worker_device or "", asked)
        place = DeviceSpec.from_string(ps_device)
        if place.job and DeviceSpec.from_string(asked).job in (None, place.job):
            place.task = choose(op)
        return _merged(place.to_string(), asked)

    return device_function
