"""What a cluster's tasks are to one another: chief, workers, evaluators."""

from typing import Any

from evergraph.library.train.server_lib import ClusterSpec
from evergraph.proto.protobuf import cluster_pb2

_WORKING = ("chief", "worker")


def normalize_cluster_spec(cluster_spec: Any) -> Any:
    """A cluster as a ClusterSpec. Raises ValueError: it is no cluster."""
    if isinstance(cluster_spec, (dict, cluster_pb2.ClusterDef)):
        return ClusterSpec(cluster_spec)
    if not isinstance(cluster_spec, ClusterSpec):
        raise ValueError(
            "`cluster_spec' should be dict or a `tf.train.ClusterSpec` or a "
            "`tf.train.ClusterDef` object"
        )
    return cluster_spec


def _jobs(cluster_spec: Any, task_type: str | None, task_id: int | None) -> dict[str, Any]:
    """The tasks of jobs. Raises ValueError: a task is not one of them, or jobs have too many."""
    jobs: dict[str, Any] = normalize_cluster_spec(cluster_spec).as_dict()
    if task_type not in ("chief", "worker", "evaluator", "ps"):
        raise ValueError(
            f'Unrecognized task_type: {task_type!r}, valid task types are: "chief", "worker", '
            '"evaluator" and "ps".'
        )
    if task_type not in jobs and task_type != "evaluator":
        raise ValueError(f"`task_type` {task_type!r} not found in cluster_spec.")
    if task_type != "evaluator" and task_id is not None and task_id >= len(jobs[task_type]):
        raise ValueError(f"The `task_id` {task_id} exceeds the maximum id of {task_type}.")
    if len(jobs.get("chief", ())) > 1:
        raise ValueError("There must be at most one 'chief' job.")
    if len(jobs.get("evaluator", ())) > 1:
        raise ValueError("There must be at most one 'evaluator' job.")
    return jobs


def is_chief(cluster_spec: Any = None, task_type: str | None = None, task_id: Any = None) -> bool:
    """Whether a task is the one that initializes and saves."""
    jobs = _jobs(cluster_spec, task_type, task_id)
    if task_type in ("chief", "evaluator"):
        return True
    return "chief" not in jobs and task_type == "worker" and task_id == 0


def collective_leader(cluster_spec: Any, task_type: str, task_id: int) -> str:
    """The task that leads all workers; "" where each is alone."""
    jobs = _jobs(cluster_spec, task_type, task_id)
    if task_type == "evaluator" or not (jobs.get("chief") or jobs.get("worker")):
        return ""
    job = "chief" if "chief" in jobs else "worker"
    return f"/job:{job}/replica:0/task:0"


def worker_count(cluster_spec: Any, task_type: str) -> int:
    """How many tasks work together with one of `task_type`. Raises ValueError: such do not."""
    jobs = _jobs(cluster_spec, task_type, 0)
    if task_type == "ps":
        raise ValueError(f"Unexpected `task_type` {task_type!r}")
    if task_type == "evaluator":
        return len(jobs["evaluator"])
    return sum(len(jobs.get(job, ())) for job in _WORKING)


def id_in_cluster(cluster_spec: Any, task_type: str, task_id: int) -> int:
    """The number of a task among those that work together: the chief first. Raises ValueError:
    such do not."""
    jobs = _jobs(cluster_spec, task_type, task_id)
    if task_type == "worker":
        return task_id + len(jobs.get("chief", ()))
    if task_type == "chief":
        return 0
    if task_type == "evaluator":
        return task_id
    raise ValueError(f"There is no id for task_type {task_type!r}")
