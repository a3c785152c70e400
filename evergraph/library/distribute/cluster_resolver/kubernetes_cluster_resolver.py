"""`tf.distribute.cluster_resolver.KubernetesClusterResolver`: pods of Kubernetes."""

import importlib
from typing import Any

from evergraph.base.export import export
from evergraph.library.distribute.cluster_resolver.cluster_resolver import (
    ClusterResolver,
    format_master_url,
)
from evergraph.library.train.server_lib import ClusterSpec


def _kubernetes() -> Any:
    try:
        return importlib.import_module("kubernetes")
    except ImportError:
        return None


@export(
    "distribute.cluster_resolver.KubernetesClusterResolver",
    "contrib.cluster_resolver.KubernetesClusterResolver",
)
class KubernetesClusterResolver(ClusterResolver):
    """The pods of some labels. Stands for
    `tf.distribute.cluster_resolver.KubernetesClusterResolver`.

    Args:
      job_to_label_mapping: a dict of job to the label selectors of its pods; default: the job
        "worker" of "job-name=tensorflow".
      tf_server_port: the port of each.
      rpc_layer: the protocol between tasks.
      override_client: the client of Kubernetes to ask.

    Raises:
      ImportError: there is no client, and the package kubernetes is not installed.
    """

    def __init__(
        self,
        job_to_label_mapping: Any = None,
        tf_server_port: int = 8470,
        rpc_layer: str | None = "grpc",
        override_client: Any = None,
    ) -> None:
        installed = _kubernetes()
        if installed is not None:
            importlib.import_module("kubernetes.config").load_kube_config()
        elif not override_client:
            raise ImportError(
                "The Kubernetes Python client must be installed beforeusing the Kubernetes Cluster "
                "Resolver. To install theKubernetes Python client, run `pip install kubernetes` on "
                "your command line."
            )
        self._labels = job_to_label_mapping or {"worker": ["job-name=tensorflow"]}
        self._port = tf_server_port
        self._override_client = override_client
        self.task_type: str | None = None
        self.task_id: int | None = None
        self.rpc_layer = rpc_layer

    def master(
        self,
        task_type: str | None = None,
        task_id: int | None = None,
        rpc_layer: str | None = None,
    ) -> str:
        """The target of sessions of a task; default: that of the properties."""
        task_type = self.task_type if task_type is None else task_type
        task_id = self.task_id if task_id is None else task_id
        if task_type is None or task_id is None:
            return ""
        address = self.cluster_spec().task_address(task_type, task_id)
        return format_master_url(address, rpc_layer or self.rpc_layer)

    def cluster_spec(self) -> Any:
        """The pods, by name. Raises RuntimeError: one does not run."""
        client = self._override_client
        if not client:
            importlib.import_module("kubernetes.config").load_kube_config()
            client = importlib.import_module("kubernetes.client").CoreV1Api()
        cluster: dict[str, list[str]] = {}
        for job, selectors in self._labels.items():
            cluster[job] = []
            for selector in selectors:
                found = client.list_pod_for_all_namespaces(label_selector=selector).items
                for pod in sorted(found, key=lambda pod: pod.metadata.name):
                    if pod.status.phase != "Running":
                        raise RuntimeError(
                            f'Pod "{pod.metadata.name}" is not running; phase: "{pod.status.phase}"'
                        )
                    cluster[job].append(f"{pod.status.host_ip}:{self._port}")
        return ClusterSpec(cluster)
