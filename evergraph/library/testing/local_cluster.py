"""`tf.test.create_local_cluster`."""

from typing import Any

from evergraph.base.export import export
from evergraph.library.train.server_lib import ClusterSpec, Server, free_port


@export("test.create_local_cluster")
def create_local_cluster(
    num_workers: int,
    num_ps: int,
    protocol: str = "grpc",
    worker_config: Any = None,
    ps_config: Any = None,
) -> tuple[list[Server], list[Server]]:
    """Servers of the jobs "worker" and "ps" on this machine. Stands for
    `tf.test.create_local_cluster`.

    Args:
      num_workers, num_ps: how many servers of each job.
      protocol: as of Server.
      worker_config, ps_config: ConfigProtos for their sessions.

    Returns:
      The servers of workers and those of parameter servers.
    """
    cluster = ClusterSpec(
        {
            job: [f"localhost:{free_port()}" for _ in range(count)]
            for job, count in (("worker", num_workers), ("ps", num_ps))
        }
    )

    def servers(job: str, count: int, config: Any) -> list[Server]:
        return [
            Server(cluster, job, i, protocol=protocol, config=config, start=True)
            for i in range(count)
        ]

    return servers("worker", num_workers, worker_config), servers("ps", num_ps, ps_config)
