"""Workers of strategies, and servers of clusters that TF_CONFIG tells of."""

import copy
import json
import os
from typing import Any

from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.library.distribute.distribute_coordinator_context import (
    _worker_context,
    get_current_worker_context,
)
from evergraph.library.distribute.multi_worker_util import normalize_cluster_spec
from evergraph.library.train.monitored_session import ChiefSessionCreator, WorkerSessionCreator
from evergraph.library.train.server_lib import ClusterSpec, Server
from evergraph.proto.protobuf.config_pb2 import ConfigProto


class _WorkerContext:
    """What a worker of a strategy knows of itself; a `with` block is within it.

    Args:
      strategy: the strategy.
      cluster_spec: the cluster; None for this process alone.
      task_type, task_id: which task it is.
      session_config: a ConfigProto for sessions.
      rpc_layer: the protocol between tasks.
      worker_barrier: where workers wait for one another.
    """

    def __init__(
        self,
        strategy: Any,
        cluster_spec: Any,
        task_type: str | None,
        task_id: int | None,
        session_config: Any = None,
        rpc_layer: str = "grpc",
        worker_barrier: Any = None,
    ) -> None:
        self._strategy = strategy
        self.cluster_spec = cluster_spec
        self.task_type = task_type
        self.task_id = task_id
        self.session_config = session_config
        self._worker_barrier = worker_barrier
        jobs = cluster_spec.jobs if cluster_spec else []
        self.is_chief = (
            not jobs
            or task_type in ("chief", "evaluator", None)
            or ("chief" not in jobs and task_type == "worker" and task_id == 0)
        )
        self.num_workers = sum(
            cluster_spec.num_tasks(job) for job in ("chief", "worker") if job in jobs
        )
        self.distributed_mode = bool(jobs) and task_type != "evaluator"
        self.has_barrier = worker_barrier is not None
        self.master_target = ""
        if jobs:
            first = "chief" if "chief" in jobs else "worker"
            address = cluster_spec.task_address(task_type or first, task_id or 0)
            self.master_target = f"{rpc_layer}://{address}" if rpc_layer else address

    def __enter__(self) -> None:
        if get_current_worker_context() is not None:
            where = "[local]"
            if self.cluster_spec:
                where = (
                    f"[cluster_spec: {self.cluster_spec!r}, task_type: {self.task_type!r}, "
                    f"task_id: {self.task_id!r}]"
                )
            raise ValueError(f"You cannot run distribute coordinator in a `worker_fn`.\t{where}")
        _worker_context.current = self

    def __exit__(self, *error: Any) -> None:
        _worker_context.current = None

    def wait_for_other_workers(self) -> None:
        """Waits until all workers are there."""
        if self._worker_barrier is not None:
            self._worker_barrier.wait()

    def session_creator(
        self,
        scaffold: Any = None,
        config: Any = None,
        checkpoint_dir: str | None = None,
        checkpoint_filename_with_path: str | None = None,
        max_wait_secs: int = 7200,
    ) -> Any:
        """What creates the worker's sessions."""
        settings = self.session_config
        if config:
            settings = copy.deepcopy(config)
            if self.session_config is not None:
                settings.MergeFrom(self.session_config)
        if not self._strategy or self.experimental_should_init:
            logging.info("Creating chief session creator with config: %r", config)
            return ChiefSessionCreator(
                scaffold,
                self.master_target,
                settings,
                checkpoint_dir,
                checkpoint_filename_with_path,
            )
        logging.info("Creating worker session creator with config: %r", config)
        return WorkerSessionCreator(scaffold, self.master_target, settings, max_wait_secs)

    @property
    def experimental_should_init(self) -> bool:
        """Whether it initializes variables."""
        return self._strategy.extended.experimental_should_init  # type: ignore[no-any-return]

    @property
    def should_checkpoint(self) -> bool:
        """Whether it writes checkpoints."""
        return self._strategy.extended.should_checkpoint  # type: ignore[no-any-return]

    @property
    def should_save_summary(self) -> bool:
        """Whether it writes summaries."""
        return self._strategy.extended.should_save_summary  # type: ignore[no-any-return]

    @property
    def scratch(self) -> str | None:
        """The folder that it writes to in place of the chief's: workers that add up values
        together write at the same steps. None for not at all."""
        if type(self._strategy).__name__ != "CollectiveAllReduceStrategy":
            return None
        return f"tmp_{self.task_type}_{self.task_id}" if self.task_type else "tmp"


@export("contrib.distribute.run_standard_tensorflow_server")
def run_standard_tensorflow_server(session_config: Any = None) -> Server:
    """Starts the server of the task that TF_CONFIG tells of. Stands for
    `tf.contrib.distribute.run_standard_tensorflow_server`.

    Args:
      session_config: a ConfigProto for its sessions.

    Raises:
      ValueError: TF_CONFIG does not tell the cluster, or which task this is.
    """
    config = json.loads(os.environ.get("TF_CONFIG", "{}"))
    if "cluster" not in config:
        raise ValueError('"cluster" is not found in TF_CONFIG.')
    spec = normalize_cluster_spec(config["cluster"])
    if "task" not in config:
        raise ValueError('"task" is not found in TF_CONFIG.')
    if "type" not in config["task"]:
        raise ValueError('"task_type" is not found in the `task` part of TF_CONFIG.')
    kind, number = config["task"]["type"], int(config["task"].get("index", 0))
    layer = config.get("rpc_layer", "grpc")
    settings = session_config or ConfigProto()
    if not {"chief", "worker"} & set(spec.jobs):
        raise ValueError("You must have `chief` or `worker` jobs in the `cluster_spec`.")
    leader = "chief" if "chief" in spec.jobs else "worker"
    settings.experimental.collective_group_leader = f"/job:{leader}/replica:0/task:0"
    target = f"{layer}://{spec.task_address(kind, number)}"
    logging.info(
        f"Starting standard TensorFlow server, target = {target!r}, session_config= {settings!r}"
    )
    # An evaluator is by itself.
    jobs = spec.as_dict()
    own = {job: jobs[job] for job in jobs if (job == "evaluator") == (kind == "evaluator")}
    return Server(ClusterSpec(own), kind, number, protocol=layer, config=settings)
