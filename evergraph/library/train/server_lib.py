"""Clusters and servers: `tf.train.ClusterSpec`, `tf.train.Server`. Servers run inside this
process."""

import socket
import threading
from typing import Any

from evergraph.base.export import export
from evergraph.engine.cluster import Cluster
from evergraph.engine.servers import open_server
from evergraph.proto.protobuf import cluster_pb2, config_pb2, tensorflow_server_pb2


@export("train.ClusterSpec")
class ClusterSpec:
    """The jobs of a cluster and the addresses of their tasks. Stands for `tf.train.ClusterSpec`.

    Args:
      cluster: a dict of job name to a list of addresses or a dict of task index to address, a
        ClusterDef,
        or another ClusterSpec.

    Raises:
      TypeError: `cluster` or a part of it is of another type.
    """

    def __init__(self, cluster: Any) -> None:
        self._jobs: dict[str, dict[int, str]] = {}
        if isinstance(cluster, dict):
            for job, tasks in cluster.items():
                if not isinstance(tasks, (list, tuple, dict)):
                    raise TypeError(
                        f"The tasks for job {job!r} must be a list or a dictionary from integers "
                        "to "
                        "strings."
                    )
                pairs = tasks.items() if isinstance(tasks, dict) else enumerate(tasks)
                self._jobs[_text(job, "Job name")] = {
                    i: _text(address, "Task address") for i, address in pairs
                }
        elif isinstance(cluster, cluster_pb2.ClusterDef):
            self._jobs = {job.name: dict(job.tasks) for job in cluster.job}
        elif isinstance(cluster, ClusterSpec):
            self._jobs = {job: dict(tasks) for job, tasks in cluster._jobs.items()}
        else:
            raise TypeError(
                "`cluster` must be a dictionary mapping one or more job names to lists of network "
                "addresses, or a `ClusterDef` protocol buffer"
            )

    def __bool__(self) -> bool:
        return bool(self._jobs)

    __nonzero__ = __bool__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ClusterSpec) and self._jobs == other._jobs

    def __hash__(self) -> int:
        return hash(tuple(sorted(self._jobs)))

    def __str__(self) -> str:
        jobs = ", ".join(f"{job!r}: {tasks!r}" for job, tasks in sorted(self.as_dict().items()))
        return f"ClusterSpec({{{jobs}}})"

    def as_dict(self) -> dict[str, Any]:
        """Jobs with a list of addresses, or with a dict where task indices are missing."""
        found: dict[str, Any] = {}
        for job, tasks in self._jobs.items():
            dense = sorted(tasks) == list(range(len(tasks)))
            found[job] = [tasks[i] for i in range(len(tasks))] if dense else dict(tasks)
        return found

    def as_cluster_def(self) -> Any:
        """The cluster as a ClusterDef."""
        cluster_def = cluster_pb2.ClusterDef()
        for job in sorted(self._jobs):
            job_def = cluster_def.job.add(name=job)
            for i, address in sorted(self._jobs[job].items()):
                job_def.tasks[i] = address
        return cluster_def

    @property
    def jobs(self) -> list[str]:
        """The names of the jobs."""
        return list(self._jobs)

    def _tasks(self, job_name: str) -> dict[int, str]:
        if job_name not in self._jobs:
            raise ValueError(f"No such job in cluster: {job_name!r}")
        return self._jobs[job_name]

    def num_tasks(self, job_name: str) -> int:
        """How many tasks a job has. Raises ValueError for an unknown job."""
        return len(self._tasks(job_name))

    def task_indices(self, job_name: str) -> list[int]:
        """The task indices of a job, sorted. Raises ValueError for an unknown job."""
        return sorted(self._tasks(job_name))

    def task_address(self, job_name: str, task_index: int) -> str:
        """The address of a task. Raises ValueError where there is none."""
        tasks = self._tasks(job_name)
        if task_index not in tasks:
            raise ValueError(f"No task with index {task_index!r} in job {job_name!r}")
        return tasks[task_index]

    def job_tasks(self, job_name: str) -> list[str | None]:
        """The addresses of a job by task index, None where one is missing."""
        tasks = self._tasks(job_name)
        return [tasks.get(i) for i in range(max(tasks) + 1)] if tasks else []


def _text(value: Any, what: str) -> str:
    if isinstance(value, bytes):
        return value.decode()
    if not isinstance(value, str):
        raise TypeError(f"{what} {value!r} must be bytes or unicode")
    return value


def free_port() -> int:
    """A port of this machine that nobody listens at."""
    with socket.socket() as s:
        s.bind(("localhost", 0))
        return s.getsockname()[1]


@export("train.Server", "distribute.Server")
class Server:
    """A task of a cluster: sessions with its `target` share their variables, and run nodes in other
    tasks as the nodes' devices say. Stands for `tf.train.Server`.

    Tasks of other processes are reached over TCP, in a protocol of evergraph's own. Whoever reaches
    a server can run any graph on it, as with TensorFlow's.

    Args:
      server_or_cluster_def: a ServerDef, ClusterDef, ClusterSpec or what makes one.
      job_name: this server's job; default: the only one, or the ServerDef's.
      task_index: this server's task; default likewise.
      protocol: "grpc".
      config: a ConfigProto for its sessions.
      start: whether it starts at once.

    Raises:
      TypeError: the definition is of another type.
      ValueError: the job or task is not given and not unique.
      UnknownError: the port of a server with other tasks is taken.
    """

    def __init__(
        self,
        server_or_cluster_def: Any,
        job_name: str | None = None,
        task_index: int | None = None,
        protocol: str | None = None,
        config: Any = None,
        start: bool = True,
    ) -> None:
        self._server_def = _server_def(
            server_or_cluster_def, job_name, task_index, protocol, config
        )
        spec = ClusterSpec(self._server_def.cluster)
        self._cluster: Cluster | None = None
        if sum(spec.num_tasks(job) for job in spec.jobs) > 1:
            self._cluster = Cluster(
                (self._server_def.job_name, self._server_def.task_index),
                {
                    (job, i): spec.task_address(job, i)
                    for job in spec.jobs
                    for i in spec.task_indices(job)
                },
            )
        address = spec.task_address(self._server_def.job_name, self._server_def.task_index)
        host, _, port = address.rpartition(":")
        if port == "0":
            address = f"{host}:{free_port()}"
        self._target = f"{self._server_def.protocol}://{address}"
        self._stopped = threading.Event()
        if start:
            self.start()

    def start(self) -> None:
        """Starts the server; again has no effect."""
        job, task = self._server_def.job_name, self._server_def.task_index
        open_server(self._target, f"/job:{job}/replica:0/task:{task}", self._cluster)

    def join(self) -> None:
        """Waits until the server stops, which is with the process."""
        self._stopped.wait()

    @property
    def server_def(self) -> Any:
        """The definition as a ServerDef."""
        return self._server_def

    @property
    def target(self) -> str:
        """What to give to `tf.Session(target)`."""
        return self._target

    @staticmethod
    def create_local_server(config: Any = None, start: bool = True) -> "Server":
        """A server of one task, of the job "local", on this machine."""
        return Server({"local": ["localhost:0"]}, protocol="grpc", config=config, start=start)


def _server_def(
    given: Any, job_name: str | None, task_index: int | None, protocol: str | None, config: Any
) -> Any:
    """A ServerDef of whatever a Server takes, with defaults filled in."""
    server_def = tensorflow_server_pb2.ServerDef()
    if isinstance(given, tensorflow_server_pb2.ServerDef):
        server_def.CopyFrom(given)
        if job_name is not None:
            server_def.job_name = job_name
        if task_index is not None:
            server_def.task_index = task_index
        if protocol is not None:
            server_def.protocol = protocol
    else:
        try:
            spec = ClusterSpec(given)
        except TypeError:
            raise TypeError(
                "Could not convert `server_or_cluster_def` to a `tf.train.ServerDef` or "
                "`tf.train.ClusterSpec`."
            ) from None
        if job_name is None:
            if len(spec.jobs) != 1:
                raise ValueError("Must specify an explicit `job_name`.")
            job_name = spec.jobs[0]
        if task_index is None:
            indices = spec.task_indices(job_name)
            if len(indices) != 1:
                raise ValueError("Must specify an explicit `task_index`.")
            task_index = indices[0]
        server_def.cluster.CopyFrom(spec.as_cluster_def())
        server_def.job_name = job_name
        server_def.task_index = task_index
        server_def.protocol = protocol or "grpc"
    if config is not None:
        if not isinstance(config, config_pb2.ConfigProto):
            raise TypeError(f"config must be a tf.ConfigProto, but got {type(config)}")
        server_def.default_session_config.MergeFrom(config)
    return server_def
