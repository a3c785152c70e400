"""`tf.distribute.cluster_resolver.TFConfigClusterResolver`: the environment variable TF_CONFIG."""

import json
import os
from typing import Any

from evergraph.base.export import export
from evergraph.library.distribute.cluster_resolver.cluster_resolver import (
    ClusterResolver,
    format_master_url,
)
from evergraph.library.train.server_lib import ClusterSpec


def _tf_config() -> Any:
    return json.loads(os.environ.get("TF_CONFIG", "{}"))


@export(
    "distribute.cluster_resolver.TFConfigClusterResolver",
    "contrib.cluster_resolver.TFConfigClusterResolver",
)
class TFConfigClusterResolver(ClusterResolver):
    """The cluster that TF_CONFIG tells of. Stands for
    `tf.distribute.cluster_resolver.TFConfigClusterResolver`.

    Args:
      task_type, task_id, rpc_layer: rather than TF_CONFIG's.
      environment: what `environment` gives.
    """

    def __init__(
        self,
        task_type: str | None = None,
        task_id: int | None = None,
        rpc_layer: str | None = None,
        environment: str | None = None,
    ) -> None:
        self._task_type = task_type
        self._task_id = task_id
        self._rpc_layer = rpc_layer
        self._environment = environment

    @property
    def task_type(self) -> Any:
        """The job of this process, or None."""
        if self._task_type is not None:
            return str(self._task_type)
        task = _tf_config().get("task", {})
        return str(task["type"]) if "type" in task else None

    @task_type.setter
    def task_type(self, task_type: Any) -> None:
        self._task_type = task_type

    @property
    def task_id(self) -> Any:
        """The number of this process in its job, or None."""
        if self._task_type is not None:  # a given job comes with a number, as in TensorFlow
            return int(self._task_id)  # type: ignore[arg-type]
        task = _tf_config().get("task", {})
        return int(task["index"]) if "index" in task else None

    @task_id.setter
    def task_id(self, task_id: Any) -> None:
        self._task_id = task_id

    @property
    def environment(self) -> Any:
        """What was given."""
        return self._environment

    @property
    def rpc_layer(self) -> Any:
        """The protocol between tasks, or None."""
        return _tf_config().get("rpc_layer") if self._rpc_layer is None else self._rpc_layer

    @rpc_layer.setter
    def rpc_layer(self, rpc_layer: Any) -> None:
        self._rpc_layer = rpc_layer

    def num_accelerators(
        self,
        task_type: str | None = None,
        task_id: int | None = None,
        config_proto: Any = None,
    ) -> Any:
        """How many devices of each type a task has; default: this one."""
        task_type = self.task_type if task_type is None else task_type
        task_id = self.task_id if task_id is None else task_id
        return super().num_accelerators(task_type, task_id, config_proto)

    def cluster_spec(self) -> Any:
        """TF_CONFIG's cluster; an empty one where there is none."""
        return ClusterSpec(_tf_config().get("cluster", {}))

    def master(
        self,
        task_type: str | None = None,
        task_id: int | None = None,
        rpc_layer: str | None = None,
    ) -> str:
        """The target of sessions: TF_CONFIG's "session_master", "" for a cluster of one task, else
        a task's; default: this one's."""
        config = _tf_config()
        if config.get("session_master") is not None:
            return config["session_master"]  # type: ignore[no-any-return]
        spec = self.cluster_spec()
        if not spec.jobs or (len(spec.jobs) == 1 and len(spec.job_tasks(spec.jobs[0])) == 1):
            return ""
        task_type = self.task_type if task_type is None else task_type
        task_id = self.task_id if task_id is None else task_id
        # TensorFlow passes its argument `rpc_layer` over here.
        return format_master_url(spec.task_address(task_type, task_id), self.rpc_layer)
