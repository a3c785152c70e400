"""`tf.distribute.cluster_resolver.GCEClusterResolver`: machines of Google's cloud."""

import importlib
from typing import Any

from evergraph.base.export import export
from evergraph.library.distribute.cluster_resolver.cluster_resolver import (
    ClusterResolver,
    format_master_url,
)
from evergraph.library.train.server_lib import ClusterSpec


def google_api() -> tuple[Any, Any] | None:
    """The packages that call Google's services, googleapiclient and oauth2client; None where they
    are not installed."""
    try:
        return (
            importlib.import_module("googleapiclient.discovery"),
            importlib.import_module("oauth2client.client").GoogleCredentials,
        )
    except ImportError:
        return None


@export(
    "distribute.cluster_resolver.GCEClusterResolver",
    "contrib.cluster_resolver.GCEClusterResolver",
)
class GCEClusterResolver(ClusterResolver):
    """The running machines of an instance group. Stands for
    `tf.distribute.cluster_resolver.GCEClusterResolver`.

    Args:
      project, zone, instance_group: where they are.
      port: the port of each.
      task_type, task_id: the job they are, and which of them this is.
      rpc_layer: the protocol between tasks.
      credentials, service: how to ask for them.

    Raises:
      ImportError: there is no `service`, and googleapiclient is not installed.
    """

    def __init__(
        self,
        project: str,
        zone: str,
        instance_group: str,
        port: int,
        task_type: str = "worker",
        task_id: int = 0,
        rpc_layer: str | None = "grpc",
        credentials: Any = "default",
        service: Any = None,
    ) -> None:
        self._where = {"project": project, "zone": zone, "instanceGroups": instance_group}
        self._port = port
        self._task_type = task_type
        self.task_id = task_id
        self.rpc_layer = rpc_layer
        if service is None:
            api = google_api()
            if api is None:
                raise ImportError(
                    "googleapiclient must be installed before using the GCE cluster resolver"
                )
            discovery, known = api
            if credentials == "default":
                credentials = known.get_application_default()
            service = discovery.build("compute", "v1", credentials=credentials)
        self._service = service

    def cluster_spec(self) -> Any:
        """The machines that run now, by address."""
        groups = self._service.instanceGroups()
        request = groups.listInstances(
            **self._where, body={"instanceState": "RUNNING"}, orderBy="name"
        )
        addresses = []
        while request is not None:
            response = request.execute()
            for item in response["items"]:
                found = self._service.instances().get(
                    project=self._where["project"],
                    zone=self._where["zone"],
                    instance=item["instance"].split("/")[-1],
                )
                if found is not None:
                    ip = found.execute()["networkInterfaces"][0]["networkIP"]
                    addresses.append(f"{ip}:{self._port}")
            request = self._service.instanceGroups().listInstances_next(
                previous_request=request, previous_response=response
            )
        return ClusterSpec({self._task_type: sorted(addresses)})

    def master(
        self,
        task_type: str | None = None,
        task_id: int | None = None,
        rpc_layer: str | None = None,
    ) -> str:
        """The target of sessions of a task; default: this one."""
        task_type = self._task_type if task_type is None else task_type
        task_id = self.task_id if task_id is None else task_id
        if task_type is None or task_id is None:
            return ""
        address = self.cluster_spec().task_address(task_type, task_id)
        return format_master_url(address, rpc_layer or self.rpc_layer)

    @property
    def task_type(self) -> str:
        """The job; it cannot be set."""
        return self._task_type

    @task_type.setter
    def task_type(self, task_type: str) -> None:
        raise RuntimeError(
            "You cannot reset the task_type of the GCEClusterResolver after it has been created."
        )
