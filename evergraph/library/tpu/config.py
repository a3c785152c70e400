"""How a TPUEstimator runs: `tf.contrib.tpu.RunConfig` and what it holds."""

import collections
import json
import os
import re
from typing import Any

from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.library.estimator import run_config
from evergraph.library.estimator.cluster_settings import TaskType
from evergraph.proto.protobuf.config_pb2 import ConfigProto

_LOOP = re.compile(r"([1-9]\d*)([smh]?)")
_SECONDS = {"s": 1, "m": 60, "h": 3600}
_CORES = [1, 2, 4, 8, 16, 32, 64, 128]


def check_positive_integer(value: Any, name: str) -> None:
    """Raises TypeError or ValueError where `value` is not a positive int."""
    if not isinstance(value, int):
        raise TypeError(f"{name} must be int, got {type(value)}")
    if value <= 0:
        raise ValueError(f"{name} must be positive, got {value}")


class IterationsPerLoop(collections.namedtuple("IterationsPerLoop", ["value", "unit"])):
    """How long a loop is: a number of steps ("count") or of "seconds"."""

    @classmethod
    def parse(cls, given: Any) -> "IterationsPerLoop":
        """From a number of steps, or a time such as "90s", "5m", "1h". Raises ValueError."""
        found = _LOOP.fullmatch(str(given))
        if found is None:
            raise ValueError(
                "Invalid TPUConfig `iterations_per_loop` value. Value must be positive integer "
                "value or time-based value `<N><s|m|h>` where <N> is anypositive integer and `s`, "
                "`m`, `h` are unit of time in seconds, minutes, hours respectively. Examples of "
                "valid values: `3600s`, `60m`, `1h`."
            )
        value, suffix = found.groups()
        return cls(int(value) * _SECONDS.get(suffix, 1), "seconds" if suffix else "count")


@export("estimator.tpu.InputPipelineConfig", "contrib.tpu.InputPipelineConfig")
class InputPipelineConfig:
    """Where input functions are called. Stands for `tf.contrib.tpu.InputPipelineConfig`."""

    PER_SHARD_V1 = 1
    PER_HOST_V1 = 2
    PER_HOST_V2 = 3
    BROADCAST = 4
    SLICED = 5


@export("estimator.tpu.TPUConfig", "contrib.tpu.TPUConfig")
class TPUConfig(
    collections.namedtuple(
        "TPUConfig",
        [
            "iterations_per_loop",
            "num_shards",
            "num_cores_per_replica",
            "per_host_input_for_training",
            "tpu_job_name",
            "initial_infeed_sleep_secs",
            "input_partition_dims",
            "eval_training_input_configuration",
            "experimental_host_call_every_n_steps",
        ],
    )
):
    """How TPUs would be used. Stands for `tf.contrib.tpu.TPUConfig`.

    Without TPUs only `iterations_per_loop` matters: logging every N steps counts loops.

    Raises:
      ValueError, TypeError: a value is not allowed.
    """

    def __new__(
        cls,
        iterations_per_loop: Any = 2,
        num_shards: int | None = None,
        num_cores_per_replica: int | None = None,
        per_host_input_for_training: Any = True,
        tpu_job_name: str | None = None,
        initial_infeed_sleep_secs: int | None = None,
        input_partition_dims: Any = None,
        eval_training_input_configuration: int = InputPipelineConfig.PER_HOST_V1,
        experimental_host_call_every_n_steps: int = 1,
    ) -> "TPUConfig":
        IterationsPerLoop.parse(iterations_per_loop)
        if num_shards is not None:
            check_positive_integer(num_shards, "TPUConfig num_shards")
        if input_partition_dims is not None:
            _check_partition(
                input_partition_dims, per_host_input_for_training, num_cores_per_replica
            )
        if num_cores_per_replica is not None and num_cores_per_replica not in _CORES:
            listed = ", ".join(map(str, _CORES))
            raise ValueError(f"num_cores_per_replica must be {listed}; got {num_cores_per_replica}")
        allowed = (InputPipelineConfig.PER_HOST_V1, InputPipelineConfig.SLICED)
        if eval_training_input_configuration not in allowed:
            raise ValueError(
                "eval_training_input_configuration must be PER_HOST_V1 or SLICED; got "
                f"{eval_training_input_configuration}"
            )
        if isinstance(per_host_input_for_training, bool):
            per_host_input_for_training = (
                InputPipelineConfig.PER_HOST_V1
                if per_host_input_for_training
                else InputPipelineConfig.PER_SHARD_V1
            )
        if initial_infeed_sleep_secs:
            check_positive_integer(initial_infeed_sleep_secs, "TPUConfig initial_infeed_sleep_secs")
        return super().__new__(
            cls,
            iterations_per_loop,
            num_shards,
            num_cores_per_replica,
            per_host_input_for_training,
            tpu_job_name or _job_name(),
            initial_infeed_sleep_secs,
            input_partition_dims,
            eval_training_input_configuration,
            experimental_host_call_every_n_steps,
        )


def _check_partition(dims: Any, per_host: Any, cores: int | None) -> None:
    if len(dims) not in (1, 2):
        raise ValueError("input_partition_dims must be a list/tuple with one or two elements.")
    if per_host is not InputPipelineConfig.PER_HOST_V2:
        raise ValueError("input_partition_dims is only supported in PER_HOST_V2 mode.")
    if cores is None:
        raise ValueError("input_partition_dims requires setting num_cores_per_replica.")


def _job_name() -> str | None:
    """The job of TPU workers that TF_CONFIG tells of."""
    service = json.loads(os.environ.get("TF_CONFIG", "{}")).get("service", {})
    name: str | None = service.get("tpu_worker_job_name")
    if name:
        logging.info("Load TPU job name from TF_CONFIG: %s", name)
    return name


@export("estimator.tpu.RunConfig", "contrib.tpu.RunConfig")
class RunConfig(run_config.RunConfig):
    """How a TPUEstimator runs. Stands for `tf.contrib.tpu.RunConfig`.

    Args:
      tpu_config: a TPUConfig.
      evaluation_master: the target of evaluation's sessions; default: `master`.
      master: the target of training's sessions; default: TF_CONFIG's.
      cluster: a ClusterResolver that tells them.
      **kwargs: as of `tf.estimator.RunConfig`.

    Raises:
      ValueError: both `master` and `cluster`, or a cluster twice.
    """

    def __init__(
        self,
        tpu_config: TPUConfig | None = None,
        evaluation_master: str | None = None,
        master: str | None = None,
        cluster: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._tpu_config = tpu_config or TPUConfig()
        self._cluster = cluster
        if master is not None and cluster is not None:
            raise ValueError("Both master and cluster are set.")
        if master is not None or cluster:
            self._master = cluster.master() if master is None else master
        if evaluation_master is not None:
            self._evaluation_master = evaluation_master
        elif not self._evaluation_master and self.task_type != TaskType.EVALUATOR:
            self._evaluation_master = self._master
        if cluster:
            self._take_cluster(cluster.cluster_spec())

    def _take_cluster(self, spec: Any) -> None:
        self._cluster_spec = spec
        if self._session_config is None:
            self._session_config = ConfigProto(
                allow_soft_placement=True, isolate_session_state=True
            )
        if self._session_config.HasField("cluster_def"):
            raise ValueError("You cannot provide a ClusterResolver and session_config.cluster_def.")
        if spec:
            self._session_config.cluster_def.CopyFrom(spec.as_cluster_def())

    @property
    def evaluation_master(self) -> str:
        """The target of evaluation's sessions."""
        return self._evaluation_master

    @property
    def master(self) -> str:
        """The target of training's sessions."""
        return self._master

    @property
    def tpu_config(self) -> TPUConfig:
        """The TPUConfig."""
        return self._tpu_config

    @property
    def cluster(self) -> Any:
        """The ClusterResolver, or None."""
        return self._cluster

    def replace(self, **kwargs: Any) -> "RunConfig":
        """A copy with other properties, among them `tpu_config`."""
        tpu_config = kwargs.pop("tpu_config", self._tpu_config)
        new: Any = super().replace(**kwargs)
        new._tpu_config = tpu_config
        return new  # type: ignore[no-any-return]
