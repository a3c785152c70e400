"""What TF_CONFIG says of a cluster, and of this task in it."""

from typing import Any

from evergraph.library.train.server_lib import ClusterSpec

_LOCAL_MASTER = ""


class TaskType:
    """The jobs of a cluster."""

    MASTER = "master"
    PS = "ps"
    WORKER = "worker"
    CHIEF = "chief"
    EVALUATOR = "evaluator"


def read(tf_config: dict[str, Any]) -> dict[str, Any]:
    """The properties of a RunConfig that TF_CONFIG tells, by name.

    Raises:
      ValueError: the task is not one of the cluster, or the cluster has not one chief.
      TypeError: "service" is no dict.
    """
    service = tf_config.get("service")
    if service is not None and not isinstance(service, dict):
        raise TypeError(
            f'If "service" is set in TF_CONFIG, it must be a dict. Given {type(service)}'
        )
    cluster = ClusterSpec(tf_config.get("cluster", {}))
    task = tf_config.get("task", {})
    found = _in_cluster(cluster, task, tf_config) if cluster else _alone(task, tf_config)
    # In the order in which TensorFlow sets them, which the log of a configuration shows.
    return {"service": service, "cluster_spec": cluster, **found}


def _alone(task: dict[str, Any], tf_config: dict[str, Any]) -> dict[str, Any]:
    task_type, task_id = task.get("type", TaskType.WORKER), int(task.get("index", 0))
    if task_type != TaskType.WORKER:
        raise ValueError('If "cluster" is not set in TF_CONFIG, task type must be WORKER.')
    if task_id != 0:
        raise ValueError('If "cluster" is not set in TF_CONFIG, task index must be 0.')
    return {
        "task_type": task_type,
        "task_id": task_id,
        "global_id_in_cluster": 0,
        "master": tf_config.get("session_master", _LOCAL_MASTER),
        "evaluation_master": tf_config.get("eval_session_master", _LOCAL_MASTER),
        "is_chief": True,
        "num_ps_replicas": 0,
        "num_worker_replicas": 1,
    }


def _in_cluster(
    cluster: ClusterSpec, task: dict[str, Any], tf_config: dict[str, Any]
) -> dict[str, Any]:
    chief = TaskType.CHIEF
    if TaskType.MASTER in cluster.jobs:
        if TaskType.CHIEF in cluster.jobs:
            raise ValueError("If `master` node exists in `cluster`, job `chief` is not supported.")
        chief = TaskType.MASTER
    task_type, task_id = _checked_task(cluster, task, chief)
    found: dict[str, Any] = {"task_type": task_type, "task_id": task_id}
    if task_type == TaskType.EVALUATOR:
        if chief == TaskType.MASTER:
            raise ValueError(
                "If `master` node exists in `cluster`, task_type `evaluator` is not supported."
            )
        # The evaluator stands outside of the cluster.
        return found | {
            "evaluation_master": tf_config.get("eval_session_master", _LOCAL_MASTER),
            "cluster_spec": ClusterSpec({}),
            "master": _LOCAL_MASTER,
            "num_ps_replicas": 0,
            "num_worker_replicas": 0,
            "global_id_in_cluster": None,
            "is_chief": False,
        }
    sizes = {job: len(cluster.job_tasks(job)) for job in cluster.jobs}
    return found | {
        "evaluation_master": _LOCAL_MASTER,
        "master": _master(cluster, task_type, task_id, tf_config),
        "num_ps_replicas": sizes.get(TaskType.PS, 0),
        "num_worker_replicas": sizes.get(TaskType.WORKER, 0) + sizes[chief],
        "global_id_in_cluster": _global_id(cluster, task_type, task_id, chief),
        "is_chief": task_type == chief,
    }


def _checked_task(cluster: ClusterSpec, task: dict[str, Any], chief: str) -> tuple[str, int]:
    if chief not in cluster.jobs:
        raise ValueError(f'If "cluster" is set in TF_CONFIG, it must have one "{chief}" node.')
    if len(cluster.job_tasks(chief)) > 1:
        raise ValueError(f'The "cluster" in TF_CONFIG must have only one "{chief}" node.')
    task_type, index = task.get("type"), task.get("index")
    if not task_type:
        raise ValueError('If "cluster" is set in TF_CONFIG, task type must be set.')
    if index is None:
        raise ValueError('If "cluster" is set in TF_CONFIG, task index must be set.')
    task_id = int(index)
    if task_id < 0:
        raise ValueError("Task index must be non-negative number.")
    if task_type == TaskType.EVALUATOR:
        return task_type, task_id
    hint = "Note that these values may be coming from the TF_CONFIG environment variable."
    if task_type not in cluster.jobs:
        raise ValueError(
            f"{task_type} is not a valid task_type in the cluster_spec:\n{cluster}\n\n{hint}"
        )
    if task_id >= len(cluster.job_tasks(task_type)):
        raise ValueError(
            f"{task_id} is not a valid task_id for task_type {task_type} in the cluster_spec:\n"
            f"{cluster}\n\n{hint}"
        )
    return task_type, task_id


def _master(cluster: ClusterSpec, task_type: str, task_id: int, tf_config: dict[str, Any]) -> str:
    if "session_master" in tf_config:
        return str(tf_config["session_master"])
    jobs = cluster.jobs
    if len(jobs) == 1 and len(cluster.job_tasks(jobs[0])) == 1:
        return _LOCAL_MASTER
    return f"grpc://{cluster.job_tasks(task_type)[task_id]}"


def _global_id(cluster: ClusterSpec, task_type: str, task_id: int, chief: str) -> int:
    """The number of a task among all: the chief, other jobs by name, parameter servers."""
    order = sorted(cluster.jobs, key=lambda job: (job != chief, job == TaskType.PS, job))
    before = order[: order.index(task_type)]
    return sum(len(cluster.job_tasks(job)) for job in before) + task_id


def device_filters(task_type: str, task_id: int) -> list[str] | None:
    """Which devices a task of a cluster sees; None for any other task."""
    return {
        TaskType.MASTER: ["/job:ps", "/job:master"],
        TaskType.CHIEF: ["/job:ps", "/job:chief"],
        TaskType.WORKER: ["/job:ps", f"/job:worker/task:{task_id}"],
        TaskType.PS: ["/job:ps", "/job:worker", "/job:chief", "/job:master"],
    }.get(task_type)
