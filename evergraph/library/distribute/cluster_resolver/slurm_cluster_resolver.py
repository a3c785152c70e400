"""`tf.distribute.cluster_resolver.SlurmClusterResolver`: the nodes of a Slurm job."""

import os
import subprocess
from typing import Any

from evergraph.base.export import export
from evergraph.library.distribute.cluster_resolver.cluster_resolver import (
    ClusterResolver,
    format_master_url,
)
from evergraph.library.train.server_lib import ClusterSpec


@export(
    "distribute.cluster_resolver.SlurmClusterResolver",
    "contrib.cluster_resolver.SlurmClusterResolver",
)
class SlurmClusterResolver(ClusterResolver):
    """The cluster that Slurm's environment variables and `scontrol` tell of. Stands for
    `tf.distribute.cluster_resolver.SlurmClusterResolver`.

    Args:
      jobs: a dict of job name to its number of tasks.
      port_base: the first port of a node.
      gpus_per_node, gpus_per_task: how many GPUs a node has and a task gets.
      tasks_per_node: default: SLURM_NTASKS_PER_NODE.
      auto_set_gpu: whether `cluster_spec` sets CUDA_VISIBLE_DEVICES.
      rpc_layer: the protocol between tasks.

    Raises:
      RuntimeError: the numbers do not fit.
    """

    def __init__(
        self,
        jobs: dict[str, int],
        port_base: int = 8888,
        gpus_per_node: int = 1,
        gpus_per_task: int = 1,
        tasks_per_node: int | None = None,
        auto_set_gpu: bool = True,
        rpc_layer: str | None = "grpc",
    ) -> None:
        mpi = "OMPI_COMM_WORLD_RANK" in os.environ
        self._rank = int(os.environ["OMPI_COMM_WORLD_RANK" if mpi else "SLURM_PROCID"])
        count = int(os.environ["OMPI_COMM_WORLD_SIZE" if mpi else "SLURM_NTASKS"])
        self._jobs = dict(sorted(jobs.items()))
        self._port_base = port_base
        if tasks_per_node is None:
            if "SLURM_NTASKS_PER_NODE" not in os.environ:
                raise RuntimeError("Neither `tasks_per_node` or SLURM_NTASKS_PER_NODE is set.")
            tasks_per_node = int(os.environ["SLURM_NTASKS_PER_NODE"])
        self._tasks_per_node = tasks_per_node
        self._gpus_per_node = gpus_per_node
        self._gpus_per_task = gpus_per_task
        self._auto_set_gpu = auto_set_gpu
        self.task_type: str | None = None
        self.task_id: int | None = None
        self.rpc_layer = rpc_layer
        if tasks_per_node * gpus_per_task > gpus_per_node:
            raise RuntimeError("Requested more GPUs per node then available.")
        if sum(self._jobs.values()) != count:
            raise RuntimeError("Requested more tasks then assigned tasks.")

    def _resolve_hostnames(self) -> list[str]:
        written = subprocess.check_output(["scontrol", "show", "hostname"])
        return written.decode().strip().split("\n")

    def cluster_spec(self) -> Any:
        """The cluster; `task_type` and `task_id` then tell which task this is."""
        places = [
            (f"{host}:{self._port_base + i}", first)
            for host in self._resolve_hostnames()
            for i, first in zip(
                range(self._tasks_per_node),
                range(0, self._gpus_per_node, self._gpus_per_task),
                strict=False,
            )
        ]
        cluster, start = {}, 0
        for job, count in self._jobs.items():
            cluster[job] = [address for address, _ in places[start : start + count]]
            if start <= self._rank < start + count:
                self.task_type, self.task_id = job, self._rank - start
            start += count
        if self._auto_set_gpu is True:
            first = places[self._rank][1]
            gpus = range(first, first + self._gpus_per_task)
            os.environ["CUDA_VISIBLE_DEVICES"] = ",".join(map(str, gpus))
        return ClusterSpec(cluster)

    def get_task_info(self) -> tuple[str | None, int | None]:
        """The job and number of this process; None before `cluster_spec` was called."""
        return self.task_type, self.task_id

    def master(
        self,
        task_type: str | None = None,
        task_id: int | None = None,
        rpc_layer: str | None = None,
    ) -> str:
        """The target of sessions of a task; default: this one. "" where it is not known."""
        task_type = self.task_type if task_type is None else task_type
        task_id = self.task_id if task_id is None else task_id
        if task_type is None or task_id is None:
            return ""
        address = self.cluster_spec().task_address(task_type, task_id)
        return format_master_url(address, rpc_layer or self.rpc_layer)

    def num_accelerators(
        self,
        task_type: str | None = None,
        task_id: int | None = None,
        config_proto: Any = None,
    ) -> Any:
        """The GPUs of a node."""
        return {"GPU": self._gpus_per_node}
