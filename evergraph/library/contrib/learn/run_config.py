"""How an Estimator of `tf.contrib.learn` runs."""

import collections
import json
import os
from typing import Any

from evergraph.base.deprecation import deprecated
from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.library.estimator import run_config as core
from evergraph.library.train.server_lib import ClusterSpec
from evergraph.proto.protobuf.config_pb2 import ConfigProto, GPUOptions

_DEFAULT_UID_WHITE_LIST = [
    "tf_random_seed",
    "save_summary_steps",
    "save_checkpoints_steps",
    "save_checkpoints_secs",
    "session_config",
    "keep_checkpoint_max",
    "keep_checkpoint_every_n_hours",
    "log_step_count_steps",
]


class Environment:
    """Where a program runs, as TF_CONFIG tells."""

    CLOUD = "cloud"
    GOOGLE = "google"
    LOCAL = "local"


@export("contrib.learn.TaskType")
class TaskType:
    """The jobs of a cluster. Stands for `tf.contrib.learn.TaskType`."""

    MASTER = "master"
    PS = "ps"
    WORKER = "worker"


def _tf_config() -> dict[str, Any]:
    return json.loads(os.environ.get("TF_CONFIG") or "{}")


class ClusterConfig:
    """What TF_CONFIG tells of a cluster and of this task in it. Stands for
    `tensorflow.contrib.learn.python.learn.estimators.run_config.ClusterConfig`.

    Args:
      master: the target of training's sessions; default: this task's address in the cluster.
      evaluation_master: the target of evaluation's sessions.

    Raises:
      ValueError: the task is not one of the cluster.
    """

    def __init__(self, master: str | None = None, evaluation_master: str | None = None) -> None:
        told = _tf_config()
        cluster = ClusterSpec(told.get("cluster", {}))
        sizes = {job: len(cluster.job_tasks(job)) for job in cluster.jobs}
        self._task_type = told.get("task", {}).get("type")
        self._task_id = self.get_task_id()
        self._cluster_spec = cluster
        if master is None:
            master = _master(cluster, self._task_type, self._task_id)
        self._master = master
        self._num_ps_replicas = sizes.get(TaskType.PS, 0)
        self._num_worker_replicas = sizes.get(TaskType.WORKER, 0) + sizes.get(TaskType.MASTER, 0)
        self._environment = told.get("environment", Environment.LOCAL)
        in_cloud = self._environment == Environment.CLOUD
        chief = TaskType.MASTER if in_cloud else TaskType.WORKER
        self._is_chief = self._task_id == 0 and self._task_type in (None, chief)
        self._evaluation_master = evaluation_master or ""

    @property
    def environment(self) -> str:
        """One of Environment."""
        return self._environment

    @staticmethod
    def get_task_id() -> int:
        """The number of this task in its job, as TF_CONFIG tells; 0 by default."""
        return int(_tf_config().get("task", {}).get("index") or 0)


for _name in (
    "cluster_spec",
    "evaluation_master",
    "is_chief",
    "master",
    "num_ps_replicas",
    "num_worker_replicas",
    "task_id",
    "task_type",
):
    setattr(ClusterConfig, _name, vars(core.RunConfig)[_name])


@export("contrib.learn.RunConfig")
class RunConfig(ClusterConfig, core.RunConfig):
    """How an Estimator runs. Stands for `tf.contrib.learn.RunConfig`.

    What of a cluster the environment's TF_CONFIG tells is read too.

    Args:
      master: the target of training's sessions.
      num_cores: the number of threads of sessions, in `tf_config` alone; 0 for all.
      log_device_placement: whether the places of nodes are logged, in `tf_config` alone.
      gpu_memory_fraction: the share of a GPU's memory, in `tf_config` alone.
      tf_random_seed: the graphs' seed.
      save_summary_steps: after how many steps summaries are written.
      save_checkpoints_secs, save_checkpoints_steps: after how many seconds or steps a checkpoint
        is saved. Default: 600 seconds.
      keep_checkpoint_max, keep_checkpoint_every_n_hours: as of `tf.train.Saver`.
      log_step_count_steps: after how many steps the speed is logged.
      protocol: the servers' protocol.
      evaluation_master: the target of evaluation's sessions.
      model_dir: the folder of checkpoints and events.
      session_config: a ConfigProto for sessions.
      session_creation_timeout_secs: how long to wait for a session.
    """

    _USE_DEFAULT = 0

    @deprecated(
        None,
        "When switching to tf.estimator.Estimator, use tf.estimator.RunConfig instead.",
    )
    def __init__(
        self,
        master: str | None = None,
        num_cores: int = 0,
        log_device_placement: bool = False,
        gpu_memory_fraction: float = 1,
        tf_random_seed: int | None = None,
        save_summary_steps: int = 100,
        save_checkpoints_secs: Any = _USE_DEFAULT,
        save_checkpoints_steps: int | None = None,
        keep_checkpoint_max: int = 5,
        keep_checkpoint_every_n_hours: float = 10000,
        log_step_count_steps: int | None = 100,
        protocol: str | None = None,
        evaluation_master: str = "",
        model_dir: str | None = None,
        session_config: Any = None,
        session_creation_timeout_secs: float = 7200,
    ) -> None:
        ClusterConfig.__init__(self, master=master, evaluation_master=evaluation_master)
        self._train_distribute = None
        self._eval_distribute = None
        self._experimental_max_worker_delay_secs = None
        self._device_fn = None
        self._tf_config = ConfigProto(
            log_device_placement=log_device_placement,
            inter_op_parallelism_threads=num_cores,
            intra_op_parallelism_threads=num_cores,
            gpu_options=GPUOptions(per_process_gpu_memory_fraction=gpu_memory_fraction),
        )
        if save_checkpoints_secs == RunConfig._USE_DEFAULT:
            save_checkpoints_secs = 600 if save_checkpoints_steps is None else None
        self._tf_random_seed = tf_random_seed
        self._save_summary_steps = save_summary_steps
        self._save_checkpoints_secs = save_checkpoints_secs
        self._log_step_count_steps = log_step_count_steps
        self._protocol = protocol
        self._session_config = session_config
        self._save_checkpoints_steps = save_checkpoints_steps
        self._keep_checkpoint_max = keep_checkpoint_max
        self._keep_checkpoint_every_n_hours = keep_checkpoint_every_n_hours
        self._model_dir = _model_dir(model_dir)
        self._session_creation_timeout_secs = session_creation_timeout_secs

    @property
    def tf_config(self) -> Any:
        """A ConfigProto for servers."""
        return self._tf_config

    def uid(self, whitelist: list[str] | None = None) -> str:
        """A text that is the same for configurations that differ in `whitelist` alone.

        Args:
          whitelist: names of properties; default: those that change nothing of a model.
        """
        left_out = {
            f"_{name}" for name in (_DEFAULT_UID_WHITE_LIST if whitelist is None else whitelist)
        }
        state = {k: v for k, v in sorted(vars(self).items()) if k not in left_out}
        if "_cluster_spec" in state:
            jobs = state["_cluster_spec"].as_dict()
            state["_cluster_spec"] = collections.OrderedDict(sorted(jobs.items()))
        return ", ".join(f"{key}={value!r}" for key, value in state.items())


def _master(cluster: ClusterSpec, task_type: str | None, task_id: int) -> str:
    jobs = cluster.jobs
    alone = len(jobs) == 1 and len(cluster.job_tasks(jobs[0])) == 1
    if not cluster or alone or not task_type:
        return ""
    if task_type not in jobs:
        raise ValueError(
            f"{task_type} is not a valid task_type in the cluster_spec:\n{cluster}\n\nNote that "
            "these values may be coming from the TF_CONFIG environment variable."
        )
    addresses = cluster.job_tasks(task_type)
    if not 0 <= task_id < len(addresses):
        raise ValueError(
            f"{task_id} is not a valid task_id for task_type {task_type} in the cluster_spec:\n"
            f"{cluster}\n\nNote that these value may be coming from the TF_CONFIG environment "
            "variable."
        )
    return f"grpc://{addresses[task_id]}"


def _model_dir(given: str | None) -> str | None:
    told = _tf_config().get("model_dir")
    if told is not None:
        if given is not None and told != given:
            raise ValueError(
                "`model_dir` provided in RunConfig construct, if set, must have the same value as "
                f'the model_dir in TF_CONFIG. model_dir: {given}\nTF_CONFIG["model_dir"]: {told}.\n'
            )
        logging.info("Using model_dir in TF_CONFIG: %s", told)
    return given or told
