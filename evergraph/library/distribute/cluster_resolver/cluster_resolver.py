"""`tf.distribute.cluster_resolver.ClusterResolver`, and those that are told the addresses."""

import abc
import collections
from typing import Any

from evergraph.base.export import export
from evergraph.engine.session import Session
from evergraph.graph.graph import Graph
from evergraph.library.train.server_lib import ClusterSpec


def format_master_url(master: str, rpc_layer: str | None = None) -> str:
    """The target of sessions at an address: "grpc://host:port"."""
    return f"{rpc_layer}://{master}" if rpc_layer else master


def get_accelerator_devices(master: str, config_proto: Any) -> Any:
    """The devices that a session of `master` has."""
    with Graph().as_default(), Session(master, config=config_proto) as session:
        return session.list_devices()


@export(
    "distribute.cluster_resolver.ClusterResolver",
    "contrib.cluster_resolver.ClusterResolver",
)
class ClusterResolver(abc.ABC):
    """Tells the addresses of a cluster's tasks. Stands for
    `tf.distribute.cluster_resolver.ClusterResolver`.

    Subclasses have properties `task_type`, `task_id` (which task this process is) and `rpc_layer`
    (the protocol between tasks).
    """

    @abc.abstractmethod
    def cluster_spec(self) -> Any:
        """The cluster as a ClusterSpec, as it is now."""
        raise NotImplementedError

    @abc.abstractmethod
    def master(
        self,
        task_type: str | None = None,
        task_id: int | None = None,
        rpc_layer: str | None = None,
    ) -> str:
        """The target of sessions: of a task where one is given."""
        raise NotImplementedError

    def num_accelerators(
        self,
        task_type: str | None = None,
        task_id: int | None = None,
        config_proto: Any = None,
    ) -> Any:
        """How many devices of each type a worker has; of a task where one is given."""
        counts: dict[str, int] = collections.defaultdict(int)
        for device in get_accelerator_devices(self.master(task_type, task_id), config_proto):
            if task_type is not None and task_id is not None:
                if f"/job:{task_type}" not in device.name or f"/task:{task_id}" not in device.name:
                    continue
            counts[device.device_type] += 1
        return counts

    @property
    def environment(self) -> Any:
        """Where this runs; "" outside of Google."""
        return ""


@export(
    "distribute.cluster_resolver.SimpleClusterResolver",
    "contrib.cluster_resolver.SimpleClusterResolver",
)
class SimpleClusterResolver(ClusterResolver):
    """A cluster that is given. Stands for
    `tf.distribute.cluster_resolver.SimpleClusterResolver`.

    Args:
      cluster_spec: a ClusterSpec.
      master: the target of sessions.
      task_type, task_id: which task this process is.
      environment, num_accelerators, rpc_layer: what the properties and the method of these names
        give.

    Raises:
      TypeError: `cluster_spec` is no ClusterSpec or `master` no string.
    """

    def __init__(
        self,
        cluster_spec: Any,
        master: str = "",
        task_type: str | None = None,
        task_id: int | None = None,
        environment: str = "",
        num_accelerators: Any = None,
        rpc_layer: str | None = None,
    ) -> None:
        self.task_type = task_type
        self.task_id = task_id
        self.rpc_layer = rpc_layer
        self._environment = environment
        self._num_accelerators = num_accelerators
        if not isinstance(cluster_spec, ClusterSpec):
            raise TypeError("cluster_spec must be a ClusterSpec.")
        self._cluster_spec = cluster_spec
        if not isinstance(master, str):
            raise TypeError("master must be a string.")
        self._master = master

    def cluster_spec(self) -> Any:
        """The ClusterSpec."""
        return self._cluster_spec

    def master(
        self,
        task_type: str | None = None,
        task_id: int | None = None,
        rpc_layer: str | None = None,
    ) -> str:
        """The target of sessions: of a task where one is given, else `master`."""
        master = self._master
        if task_type is not None and task_id is not None:
            master = self.cluster_spec().task_address(task_type, task_id)
        return format_master_url(master, rpc_layer or self.rpc_layer)

    @property
    def environment(self) -> Any:
        """What was given."""
        return self._environment

    def num_accelerators(
        self,
        task_type: str | None = None,
        task_id: int | None = None,
        config_proto: Any = None,
    ) -> Any:
        """What was given; {} for nothing."""
        return {} if self._num_accelerators is None else self._num_accelerators


@export(
    "distribute.cluster_resolver.UnionResolver",
    "contrib.cluster_resolver.UnionClusterResolver",
)
class UnionClusterResolver(ClusterResolver):
    """Several clusters as one. Stands for `tf.distribute.cluster_resolver.UnionResolver`.

    Args:
      *args: ClusterResolvers; what is not of the cluster is the first one's.
      **kwargs: `rpc_layer`, `task_type`, `task_id`, rather than the first one's.

    Raises:
      TypeError: an argument is no ClusterResolver.
      ValueError: there are no arguments, or others by name.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._rpc_layer = kwargs.pop("rpc_layer", None)
        self._task_type = kwargs.pop("task_type", None)
        self._task_id = kwargs.pop("task_id", None)
        if kwargs:
            raise ValueError(f"Unexpected kwargs provided {kwargs!r}")
        if not args:
            raise ValueError("At least one ClusterResolver is required.")
        if not all(isinstance(resolver, ClusterResolver) for resolver in args):
            raise TypeError("All arguments must be a sub-class of `ClusterResolver.`")
        self._cluster_resolvers = args

    def cluster_spec(self) -> Any:
        """All clusters as one: tasks of a job follow one another, or keep their numbers where one
        of them has numbers. Raises KeyError: a number is there twice."""
        clusters = [resolver.cluster_spec().as_dict() for resolver in self._cluster_resolvers]
        numbered = {
            job for cluster in clusters for job in cluster if isinstance(cluster[job], dict)
        }
        merged: dict[str, Any] = {}
        for cluster in clusters:
            for job, tasks in cluster.items():
                if job not in numbered:
                    merged.setdefault(job, []).extend(tasks)
                    continue
                own = tasks if isinstance(tasks, dict) else dict(enumerate(tasks))
                known = merged.setdefault(job, {})
                twice = set(own) & set(known)
                if twice:
                    raise KeyError(
                        f"Duplicate keys detected when merging two ClusterSpecs: {twice!r}"
                    )
                known.update(own)
        return ClusterSpec(merged)

    def master(
        self,
        task_type: str | None = None,
        task_id: int | None = None,
        rpc_layer: str | None = None,
    ) -> str:
        """The target of sessions: of a task where one is given, else the first cluster's."""
        if task_type is not None and task_id is not None:
            address = self.cluster_spec().task_address(task_type, task_id)
            return format_master_url(address, rpc_layer or self._rpc_layer)
        return self._cluster_resolvers[0].master(rpc_layer=rpc_layer)  # type: ignore[no-any-return]

    @property
    def task_type(self) -> Any:
        """The job of this process."""
        return self._task_type or self._cluster_resolvers[0].task_type

    @task_type.setter
    def task_type(self, task_type: Any) -> None:
        self._task_type = task_type

    @property
    def task_id(self) -> Any:
        """The number of this process in its job."""
        return self._task_id or self._cluster_resolvers[0].task_id

    @task_id.setter
    def task_id(self, task_id: Any) -> None:
        self._task_id = task_id

    @property
    def environment(self) -> Any:
        """The first one's."""
        return self._cluster_resolvers[0].environment

    def num_accelerators(
        self,
        task_type: str | None = None,
        task_id: int | None = None,
        config_proto: Any = None,
    ) -> Any:
        """The first one's."""
        return self._cluster_resolvers[0].num_accelerators(task_type, task_id, config_proto)

    @property
    def rpc_layer(self) -> Any:
        """The protocol between tasks."""
        return self._rpc_layer or self._cluster_resolvers[0].rpc_layer

    @rpc_layer.setter
    def rpc_layer(self, rpc_layer: Any) -> None:
        self._rpc_layer = rpc_layer
