"""Cluster resolvers: who tells the addresses of a cluster's tasks."""

import contextlib
import json
import os
import types

from outcomes import Cases, describe, tried

CASES = Cases()
case = CASES.case


@contextlib.contextmanager
def environment(**values):
    """Environment variables in a block."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update({name: value for name, value in values.items() if value is not None})
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


def asked(resolver, *tasks):
    """What a resolver tells."""
    found = {
        "spec": tried(lambda: resolver.cluster_spec().as_dict()),
        "task": tried(lambda: (resolver.task_type, resolver.task_id)),
        "layer": tried(lambda: resolver.rpc_layer),
        "environment": tried(lambda: resolver.environment),
        "master": tried(resolver.master),
    }
    for task in tasks:
        found["master " + str(task)] = tried(resolver.master, *task)
    return found


@case
def simple(tf, module):
    resolvers = tf.distribute.cluster_resolver
    spec = tf.train.ClusterSpec({"ps": ["a:1"], "worker": ["b:2", "c:3"]})
    given = resolvers.SimpleClusterResolver(
        spec, "m", "worker", 1, "here", {"GPU": 2}, rpc_layer="grpc"
    )
    found = asked(given, ("worker", 0), ("ps", 0, "other"), ("no", 0))
    found["accelerators"] = describe(given.num_accelerators())
    given.task_type, given.task_id, given.rpc_layer = "ps", 0, None
    found.update({"set " + k: v for k, v in asked(given).items()})
    plain = resolvers.SimpleClusterResolver(spec)
    found.update({"plain " + k: v for k, v in asked(plain).items()})
    found["plain accelerators"] = describe(plain.num_accelerators())
    found["dict"] = tried(resolvers.SimpleClusterResolver, {"ps": ["a:1"]})
    found["master"] = tried(resolvers.SimpleClusterResolver, spec, 1)
    found["abstract"] = tried(resolvers.ClusterResolver).split(" ")[1]
    return found


@case
def union(tf, module):
    resolvers = tf.distribute.cluster_resolver

    def one(cluster, *more, **kwargs):
        return resolvers.SimpleClusterResolver(tf.train.ClusterSpec(cluster), *more, **kwargs)

    first = one({"worker": ["a:1", "b:1"], "ps": ["p:1"]}, "m", "ps", 0, "e", rpc_layer="grpc")
    found = {}
    for label, others in (
        ("lists", [one({"worker": ["c:1"]})]),
        ("numbers", [one({"worker": {5: "c:1"}})]),
        ("twice", [one({"worker": {1: "c:1", 3: "d:1"}})]),
        ("other job", [one({"chief": ["x:9"]})]),
    ):
        joined = resolvers.UnionResolver(first, *others)
        found.update({label + " " + k: v for k, v in asked(joined, ("worker", 1)).items()})
    joined = resolvers.UnionResolver(first, rpc_layer="x", task_type="worker", task_id=1)
    found.update({"given " + k: v for k, v in asked(joined, ("worker", 1)).items()})
    joined.task_type, joined.task_id, joined.rpc_layer = "ps", 2, "y"
    found.update({"set " + k: v for k, v in asked(joined).items()})
    found["none"] = tried(resolvers.UnionResolver)
    found["other"] = tried(resolvers.UnionResolver, 1)
    found["unknown"] = tried(resolvers.UnionResolver, first, a=1)
    found["same"] = tf.contrib.cluster_resolver.UnionClusterResolver is resolvers.UnionResolver
    return found


@case
def of_tf_config(tf, module):
    made = tf.distribute.cluster_resolver.TFConfigClusterResolver
    cluster = {"ps": ["a:1"], "worker": ["b:2", "c:3"]}
    found = {}
    for label, config in (
        ("none", {}),
        ("one", {"cluster": {"worker": ["b:2"]}, "task": {"type": "worker", "index": 0}}),
        ("full", {"cluster": cluster, "task": {"type": "worker", "index": 1}, "rpc_layer": "grpc"}),
        ("no task", {"cluster": cluster}),
        ("master", {"cluster": cluster, "session_master": "x:1"}),
    ):
        with environment(TF_CONFIG=json.dumps(config)):
            found.update({label + " " + k: v for k, v in asked(made(), ("ps", 0)).items()})
            given = made("worker", 0, "x", "here")
            found.update({label + " given " + k: v for k, v in asked(given, ("ps", 0)).items()})
            given.task_type, given.task_id, given.rpc_layer = "ps", 0, "y"
            found.update({label + " set " + k: v for k, v in asked(given).items()})
    found["without number"] = tried(lambda: made("worker").task_id).split(":")[0]
    return found


@case
def of_slurm(tf, module):
    class Known(tf.distribute.cluster_resolver.SlurmClusterResolver):
        def _resolve_hostnames(self):
            return ["t02n13", "t02n41"]

    found = {}
    variables = {"SLURM_PROCID": "3", "SLURM_NTASKS": "5", "CUDA_VISIBLE_DEVICES": ""}
    jobs = {"worker": 4, "ps": 1}
    with environment(**variables):
        made = Known(jobs, 9000, 4, 1, 3)
        found["before"] = describe(made.get_task_info())
        found["before master"] = made.master()
        found.update(asked(made, ("ps", 0), ("worker", 1, "x")))
        found["info"] = describe(made.get_task_info())
        found["accelerators"] = describe(made.num_accelerators())
        found["gpus"] = os.environ["CUDA_VISIBLE_DEVICES"]
        found["no count"] = tried(Known, jobs)
        found["gpus wanted"] = tried(Known, jobs, tasks_per_node=3)
        found["tasks"] = tried(Known, {"worker": 1}, gpus_per_node=3, tasks_per_node=3)
    with environment(SLURM_NTASKS_PER_NODE="2", **variables):
        made = Known({"a": 5}, gpus_per_node=4, gpus_per_task=2, auto_set_gpu=False)
        found["untouched"] = tried(lambda: made.cluster_spec().as_dict())
    with environment(OMPI_COMM_WORLD_RANK="1", OMPI_COMM_WORLD_SIZE="2", CUDA_VISIBLE_DEVICES=""):
        made = Known({"a": 2}, gpus_per_node=2, gpus_per_task=2, tasks_per_node=1)
        found.update({"mpi " + k: v for k, v in asked(made).items()})
        found["mpi gpus"] = os.environ["CUDA_VISIBLE_DEVICES"]
    return found


class Answers:
    """A service that is asked by chains of calls."""

    def __init__(self, answers):
        self._answers = answers

    def __getattr__(self, name):
        def call(**kwargs):
            key = name + "".join(" " + str(kwargs[k]) for k in ("instance", "name") if k in kwargs)
            if key == "listInstances_next":
                return None
            return Answers(
                {"execute": self._answers.get(key)} if key in self._answers else self._answers
            )

        if name == "execute":
            return lambda: self._answers["execute"]
        return call


@case
def of_clouds(tf, module):
    resolvers = tf.distribute.cluster_resolver
    machine = {"networkInterfaces": [{"networkIP": "10.1.2.3"}]}
    service = Answers(
        {
            "listInstances": {"items": [{"instance": "a/b/one"}, {"instance": "a/two"}]},
            "get one": machine,
            "get two": {"networkInterfaces": [{"networkIP": "10.1.2.1"}]},
        }
    )
    made = resolvers.GCEClusterResolver("p", "z", "g", 8470, credentials=None, service=service)
    found = {"gce " + k: v for k, v in asked(made, ("worker", 1, "x")).items()}

    def set_type():
        made.task_type = "a"

    found["gce set"] = tried(set_type)

    def pod(name, phase, ip):
        return types.SimpleNamespace(
            metadata=types.SimpleNamespace(name=name),
            status=types.SimpleNamespace(phase=phase, host_ip=ip),
        )

    class Client:
        def list_pod_for_all_namespaces(self, label_selector):
            pods = [pod("b", "Running", "1.2.3.4"), pod("a", "Running", "1.2.3.5")]
            if label_selector == "late":
                pods.append(pod("c", "Pending", "1.2.3.6"))
            return types.SimpleNamespace(items=pods)

    made = resolvers.KubernetesClusterResolver(override_client=Client())
    found.update({"pods " + k: v for k, v in asked(made, ("worker", 1)).items()})
    made = resolvers.KubernetesClusterResolver({"ps": ["x", "y"]}, 1, "z", Client())
    found.update({"named " + k: v for k, v in asked(made, ("ps", 1)).items()})
    made = resolvers.KubernetesClusterResolver({"ps": ["late"]}, override_client=Client())
    found["pending"] = tried(made.cluster_spec)
    found["no kubernetes"] = tried(resolvers.KubernetesClusterResolver)
    found["no google"] = tried(resolvers.GCEClusterResolver, "p", "z", "g", 1)
    return found


@case
def of_tpus(tf, module):
    made = tf.distribute.cluster_resolver.TPUClusterResolver
    found = {}
    for label, args in (
        ("address", ("grpc://10.1.2.3:8470",)),
        ("list", (["grpc://10.1.2.3:8470"],)),
        ("several", ("grpc://10.1.2.3:8470,grpc://10.1.2.4:8470",)),
        ("local", ("local",)),
        ("host", ("localhost:1",)),
        ("bns", ("/bns/a:12",)),
        ("bns name", ("/bns/a:b",)),
        ("job", ("grpc://10.1.2.3:8470", None, None, "tpu_worker", "coordinator", "10.3.4.5:1")),
    ):
        found.update({label + " " + k: v for k, v in asked(made(*args), ("worker", 0)).items()})
    found["job name"] = describe(made("grpc://10.1.2.3:8470").get_job_name())
    found["get master"] = made("grpc://10.1.2.3:8470").get_master()
    with environment(TPU_NAME="grpc://10.1.2.9:1"):
        found.update({"variable " + k: v for k, v in asked(made()).items()})
    with environment(KUBE_GOOGLE_CLOUD_TPU_ENDPOINTS="grpc://10.1.2.9:1,grpc://10.1.2.8:2"):
        found.update({"pods " + k: v for k, v in asked(made()).items()})
    endpoints = [{"ipAddress": "10.1.2.3", "port": 8470}, {"ipAddress": "10.1.2.4", "port": 1}]
    path = "get projects/p/locations/z/nodes/name"
    for label, answer in (
        ("ready", {"state": "READY", "networkEndpoints": endpoints}),
        ("earlier", endpoints[1]),
        ("creating", {"state": "CREATING"}),
        ("missing", None),
    ):
        service = Answers({} if answer is None else {path: answer})
        named = made("name", "z", "p", service=service, credentials=None)
        asked_of = asked(named, ("worker", 1, "x"))
        if answer is None:
            asked_of = {"spec": asked_of["spec"].split(" Exception")[0]}
        found.update({label + " " + k: v for k, v in asked_of.items()})
    found["none"] = tried(made)
    found["no tpu"] = tried(made, [])
    found["two"] = tried(made, ["grpc://a:1", "grpc://b:1"])
    found["by name"] = tried(made, "name")
    found["core count"] = describe(made("local").environment)
    return found
