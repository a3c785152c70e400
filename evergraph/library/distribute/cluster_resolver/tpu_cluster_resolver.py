"""`tf.distribute.cluster_resolver.TPUClusterResolver`: TPUs of Google's cloud."""

import os
import re
import urllib.error
import urllib.request
from typing import Any

from evergraph.base.export import export
from evergraph.graph.defaults import executing_eagerly
from evergraph.library.distribute.cluster_resolver.cluster_resolver import (
    ClusterResolver,
    format_master_url,
    get_accelerator_devices,
)
from evergraph.library.distribute.cluster_resolver.gce_cluster_resolver import google_api
from evergraph.library.train.server_lib import ClusterSpec, Server

_KUBERNETES = "KUBE_GOOGLE_CLOUD_TPU_ENDPOINTS"
_METADATA = "http://metadata.google.internal"
_CORE = re.compile(r".*task:(\d+)/.*device:TPU:(\d+)$")


def _metadata(path: str, timeout: float | None = None) -> Any:
    request = urllib.request.Request(_METADATA + path, headers={"Metadata-Flavor": "Google"})
    return urllib.request.urlopen(request, timeout=timeout)


def is_running_in_gce() -> bool:
    """Whether this machine is one of Google's cloud, which the name of its metadata tells."""
    try:
        with _metadata("/computeMetadata/v1", timeout=1) as response:
            return response.info().get("Metadata-Flavor") == "Google"  # type: ignore[no-any-return]
    except (urllib.error.URLError, TimeoutError):
        return False


@export(
    "distribute.cluster_resolver.TPUClusterResolver",
    "contrib.cluster_resolver.TPUClusterResolver",
)
class TPUClusterResolver(ClusterResolver):
    """The tasks of a TPU. Stands for `tf.distribute.cluster_resolver.TPUClusterResolver`.

    There are no TPUs here: a resolver tells a master and a cluster as TensorFlow's does, so that
    programs can be told to do without.

    Args:
      tpu: a TPU's name or "grpc://" and its address, or a list of one; default: the environment
        variables KUBE_GOOGLE_CLOUD_TPU_ENDPOINTS and TPU_NAME.
      zone, project: where it is; default: those of this machine.
      job_name: the job that it is.
      coordinator_name, coordinator_address: the job and address of this process in the cluster.
      credentials, service, discovery_url: how to ask for a TPU by name.

    Raises:
      ValueError: no TPU is given.
      NotImplementedError: several TPUs.
      ImportError: a TPU is given by name, and googleapiclient is not installed.
    """

    def __init__(
        self,
        tpu: Any = None,
        zone: str | None = None,
        project: str | None = None,
        job_name: str = "worker",
        coordinator_name: str | None = None,
        coordinator_address: str | None = None,
        credentials: Any = "default",
        service: Any = None,
        discovery_url: str | None = None,
    ) -> None:
        name = _one_tpu(tpu)
        if not name and is_running_in_gce():
            raise RuntimeError(
                "You need to specify a TPU Name if you are running in the Google Cloud environment."
            )
        self.task_type = job_name
        self.task_id = 0
        inside = name in ("", "local") or name.startswith(("localhost:", "/bns", "uptc://"))
        self._environment = "google" if inside else ""
        self.rpc_layer = None if inside else "grpc"
        if name.startswith("/bns"):  # a port that is a number is not part of the name
            head, _, port = name.rpartition(":")
            name = head if head and port.isdigit() else name
        by_address = not inside and name.startswith("grpc://")
        self._tpu = name.removeprefix("grpc://") if by_address else name
        self._by_name = not inside and not by_address
        self._service = service
        api = google_api()
        if service is None and self._by_name and api is None:
            raise ImportError(
                "googleapiclient and oauth2client must be installed before using the TPU cluster "
                "resolver. Execute: `pip install --upgrade google-api-python-client` and `pip "
                "install --upgrade oauth2client` to install with pip."
            )
        self._credentials = credentials
        if self._by_name:
            if not project:
                with _metadata("/computeMetadata/v1/project/project-id") as response:
                    project = response.read().decode()
            if not zone:
                with _metadata("/computeMetadata/v1/instance/zone") as response:
                    zone = response.read().decode().split("/")[-1]
        self._project, self._zone = project, zone
        self._discovery_url = os.environ.get("TPU_API_DISCOVERY_URL") or discovery_url
        self._coordinator_name = coordinator_name
        self._coordinator_address = coordinator_address
        if (
            coordinator_name
            and not coordinator_address
            and (self._by_name or _KUBERNETES in os.environ)
        ):
            self._start_local_server()

    def _start_local_server(self) -> None:
        with _metadata("/computeMetadata/v1/instance/network-interfaces/0/ip") as response:
            own = response.read().decode()
        self._server = Server({"local": ["0.0.0.0:0"]}, protocol="grpc")
        self._coordinator_address = f"{own}:{self._server.target.split(':')[-1]}"

    def _fetch_cloud_tpu_metadata(self) -> Any:
        name = f"projects/{self._project}/locations/{self._zone}/nodes/{self._tpu}"
        try:
            service = self._service
            if not service:
                discovery, known = google_api() or (None, None)
                credentials = self._credentials
                if credentials in (None, "default"):
                    credentials = known.get_application_default()
                more = {"discoveryServiceUrl": self._discovery_url} if self._discovery_url else {}
                service = discovery.build(
                    "tpu", "v1", credentials=credentials, cache_discovery=False, **more
                )
            return service.projects().locations().nodes().get(name=name).execute()
        except Exception as error:
            raise ValueError(
                f"Could not lookup TPU metadata from name '{self._tpu.encode()!r}'. Please "
                "doublecheck the tpu argument in the TPUClusterResolver constructor. Exception: "
                f"{error}"
            ) from error

    def master(
        self,
        task_type: str | None = None,
        task_id: int | None = None,
        rpc_layer: str | None = None,
    ) -> str:
        """The target of sessions: the TPU's first address, or that of a task."""
        if not self._by_name:
            address = self._tpu.split(",")[0]
        elif task_type is not None and task_id is not None:
            address = self.cluster_spec().task_address(task_type, task_id)
        else:
            address = self.cluster_spec().task_address(self.task_type, self.task_id)
        return format_master_url(address, rpc_layer or self.rpc_layer)

    def get_master(self) -> str:
        """What `master()` gives."""
        return self.master()

    def get_job_name(self) -> str | None:
        """The job of the TPU, None where it is this process."""
        if executing_eagerly() or self._by_name or is_running_in_gce():
            return self.task_type
        return None

    def cluster_spec(self) -> Any:
        """The cluster of the TPU's tasks and the coordinator; None where the TPU is no address.
        Raises RuntimeError: the TPU is not ready."""
        if self._by_name:
            addresses = self._addresses(self._fetch_cloud_tpu_metadata())
        elif self.rpc_layer is None and not executing_eagerly():
            return None
        else:
            prefix = f"{self.rpc_layer}://"
            addresses = [address.removeprefix(prefix) for address in self._tpu.split(",")]
        cluster = {self.task_type: addresses}
        if self._coordinator_address:
            cluster[self._coordinator_name] = [self._coordinator_address]  # type: ignore[index]
        return ClusterSpec(cluster)

    def _addresses(self, response: Any) -> list[str]:
        if response.get("state", "READY") != "READY":
            raise RuntimeError(f'TPU "{self._tpu}" is not yet ready; state: "{response["state"]}"')
        endpoints = response.get("networkEndpoints", [response])
        return [f"{endpoint['ipAddress']}:{endpoint['port']}" for endpoint in endpoints]

    def num_accelerators(
        self,
        task_type: str | None = None,
        task_id: int | None = None,
        config_proto: Any = None,
    ) -> Any:
        """How many cores a host of the TPU has."""
        cores: dict[str, int] = {}
        for device in get_accelerator_devices(self.master(), config_proto):
            found = _CORE.match(device.name)
            if found:
                cores[found[1]] = cores.get(found[1], 0) + 1
        if not cores:
            return {"TPU": 0}
        if len(set(cores.values())) != 1:
            raise RuntimeError(
                "TPU cores on each device is not the same. This should never happen. Devices: "
                f"{cores}"
            )
        return {"TPU": next(iter(cores.values()))}

    @property
    def environment(self) -> Any:
        """Where this runs; "" outside of Google."""
        return self._environment

    def __deepcopy__(self, memo: Any) -> "TPUClusterResolver":
        return self


def _one_tpu(tpu: Any) -> str:
    if isinstance(tpu, list):
        if not tpu:
            raise ValueError("At least one TPU must be specified.")
        if len(tpu) != 1:
            raise NotImplementedError(
                "Using multiple TPUs in a single session is not yet implemented"
            )
        tpu = tpu[0]
    if tpu is None:
        tpu = os.environ.get(_KUBERNETES, os.environ.get("TPU_NAME"))
    if tpu is None:
        raise ValueError("Please provide a TPU Name to connect to.")
    return tpu.decode() if isinstance(tpu, bytes) else str(tpu)
