"""Servers of clusters that TF_CONFIG tells of."""

import json
import os
from typing import Any

from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.library.distribute.multi_worker_util import normalize_cluster_spec
from evergraph.library.train.server_lib import ClusterSpec, Server
from evergraph.proto.protobuf.config_pb2 import ConfigProto


@export("contrib.distribute.run_standard_tensorflow_server")
def run_standard_tensorflow_server(session_config: Any = None) -> Server:
    """Starts the server of the task that TF_CONFIG tells of. Stands for
    `tf.contrib.distribute.run_standard_tensorflow_server`.

    Args:
      session_config: a ConfigProto for its sessions.

    Raises:
      ValueError: TF_CONFIG does not tell the cluster, or which task this is.
    """
    config = json.loads(os.environ.get("TF_CONFIG", "{}"))
    if "cluster" not in config:
        raise ValueError('"cluster" is not found in TF_CONFIG.')
    spec = normalize_cluster_spec(config["cluster"])
    if "task" not in config:
        raise ValueError('"task" is not found in TF_CONFIG.')
    if "type" not in config["task"]:
        raise ValueError('"task_type" is not found in the `task` part of TF_CONFIG.')
    kind, number = config["task"]["type"], int(config["task"].get("index", 0))
    layer = config.get("rpc_layer", "grpc")
    settings = session_config or ConfigProto()
    if not {"chief", "worker"} & set(spec.jobs):
        raise ValueError("You must have `chief` or `worker` jobs in the `cluster_spec`.")
    leader = "chief" if "chief" in spec.jobs else "worker"
    settings.experimental.collective_group_leader = f"/job:{leader}/replica:0/task:0"
    target = f"{layer}://{spec.task_address(kind, number)}"
    logging.info(
        f"Starting standard TensorFlow server, target = {target!r}, session_config= {settings!r}"
    )
    # An evaluator is by itself.
    jobs = spec.as_dict()
    own = {job: jobs[job] for job in jobs if (job == "evaluator") == (kind == "evaluator")}
    return Server(ClusterSpec(own), kind, number, protocol=layer, config=settings)
