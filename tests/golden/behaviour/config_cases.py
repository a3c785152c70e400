"""Every field of ConfigProto, RunOptions and RunMetadata: what a session does with it."""

import threading
import time

from outcomes import Cases, describe, tried

CASES = Cases()
case = CASES.case

# Values for fields whose type alone does not say what fits.
VALUES = {
    "device_count": [{"CPU": 2}, {"CPU": 0}, {"CPU": -1}, {"GPU": 0}, {"GPU": 3}, {"TPU": 1}],
    "intra_op_parallelism_threads": [0, 1, 2],
    "inter_op_parallelism_threads": [0, 1, -1],
    "session_inter_op_thread_pool.num_threads": [0, 2],
    "session_inter_op_thread_pool.global_name": ["pool"],
    "device_filters": [["/job:worker"], ["/cpu:0"]],
    "gpu_options.visible_device_list": ["0"],
    "gpu_options.experimental.virtual_devices.memory_limit_mb": [[100.0, 200.0]],
    "graph_options.rewrite_options.auto_parallel.enable": [False],
    "graph_options.rewrite_options.optimizers": [["function"], ["constfold", "made up"]],
    "graph_options.rewrite_options.custom_optimizers.name": ["made up"],
    "graph_options.rewrite_options.scoped_allocator_opts.enable_op": [["CollectiveReduce"]],
    "timeout_in_ms": [60000, -1],
    "operation_timeout_in_ms": [60000, -1],
    "cluster_def.job.tasks": [{0: "localhost:1"}],
    "experimental.executor_type": ["", "DEFAULT", "SINGLE_THREADED_EXECUTOR", "made up"],
    "experimental.session_metadata.version": [0, 3, -1],
}


def is_list(field):
    repeated = getattr(field, "is_repeated", None)
    return field.label == field.LABEL_REPEATED if repeated is None else repeated


def is_map(field):
    return field.message_type is not None and field.message_type.GetOptions().map_entry


def values_of(field, path):
    """Some values for a leaf."""
    if path in VALUES:
        return VALUES[path]
    if field.enum_type is not None:
        found = [v.number for v in field.enum_type.values]
    elif field.cpp_type == field.CPPTYPE_BOOL:
        found = [True, False]
    elif field.cpp_type == field.CPPTYPE_STRING:
        found = ["text"]
    elif field.cpp_type in (field.CPPTYPE_DOUBLE, field.CPPTYPE_FLOAT):
        found = [0.5]
    else:
        found = [1, -1]
    return [[v] for v in found] if is_list(field) else found


def leaves(descriptor, prefix="", above=()):
    """(path, field) of all that can be set below a message type; without what repeats itself."""
    for field in descriptor.fields:
        path = prefix + field.name
        inner = field.message_type
        if inner is None or is_map(field):
            yield path, field
        elif inner.full_name not in above:
            yield from leaves(inner, path + ".", (*above, inner.full_name))


def filled(message, path, value):
    """`message` with one leaf set; lists on the way get one element."""
    part = message
    names = path.split(".")
    for name in names[:-1]:
        inner = getattr(part, name)
        part = inner.add() if hasattr(inner, "add") else inner
    last = getattr(part, names[-1])
    if isinstance(value, dict):
        for key, item in value.items():
            if hasattr(item, "ListFields"):
                last[key].CopyFrom(item)
            else:
                last[key] = item
    elif isinstance(value, list):
        last.extend(value)
    else:
        setattr(part, names[-1], value)
    return message


def label(path, value):
    if path.endswith("parameter_map"):
        return path
    return "%s = %s" % (path, value)  # noqa: UP031 - Python 3.7


@case
def config_fields(tf, module):
    x = tf.placeholder(tf.float32, [2], name="x")
    v = tf.Variable([1.0, 2.0], name="v")
    y = tf.reduce_sum(v * 2.0 + x, name="y")
    attr = module("core.framework.attr_value_pb2").AttrValue(s=b"text")
    found = {}
    for path, field in leaves(tf.ConfigProto.DESCRIPTOR):
        tries = [{"key": attr}] if path.endswith("parameter_map") else values_of(field, path)
        for value in tries:
            config = filled(tf.ConfigProto(), path, value)

            def run(config=config):
                with tf.Session(config=config) as s:
                    s.run(v.initializer)
                    metadata = tf.RunMetadata()
                    return [s.run(y, {x: [1.0, 2.0]}), s.run(y, {x: [1.0, 2.0]}, None, metadata)]

            found[label(path, value)] = tried(run)
    return found


@case
def run_option_fields(tf, module):
    x = tf.placeholder(tf.float32, [2], name="x")
    y = tf.reduce_sum(x * 2.0, name="y")
    found = {}
    with tf.Session() as s:
        for path, field in leaves(tf.RunOptions.DESCRIPTOR):
            for value in values_of(field, path):
                options = filled(tf.RunOptions(), path, value)
                metadata = tf.RunMetadata()
                key = label(path, value)
                found[key] = tried(s.run, y, {x: [1.0, 2.0]}, options, metadata)
                found[key + " fills"] = sorted(f.name for f, _ in metadata.ListFields())
                found[key + " alone"] = tried(s.run, y, {x: [1.0, 2.0]}, options)
    return found


@case
def metadata_fields(tf, module):
    """Metadata that holds something before the run is emptied; its own fields come and go."""
    y = tf.constant(3.0, name="y")
    found = {"paths": sorted(path for path, _ in leaves(tf.RunMetadata.DESCRIPTOR))}
    with tf.Session() as s:
        metadata = tf.RunMetadata()
        metadata.step_stats.dev_stats.add(device="before")
        metadata.cost_graph.node.add(name="before")
        found["value"] = tried(s.run, y, None, None, metadata)
        found["kept"] = sorted(f.name for f, _ in metadata.ListFields())
    return found


def plain_config(tf, **graph_options):
    """A configuration under which TensorFlow leaves the graph as it is."""
    config = tf.ConfigProto(graph_options=tf.GraphOptions(**graph_options))
    config.graph_options.rewrite_options.disable_meta_optimizer = True
    config.graph_options.optimizer_options.opt_level = -1
    return config


@case
def graphs_in_metadata(tf, module):
    x = tf.placeholder(tf.float32, [2], name="x")
    v = tf.get_variable("v", [2], use_resource=True, initializer=tf.ones_initializer())
    with tf.name_scope("layer"):
        y = tf.reduce_sum(v * 2.0 + x, name="y")
    with tf.control_dependencies([y]):
        z = tf.identity(y, name="z")
    tf.exp(x, name="unused")
    found = {}
    with tf.Session(config=plain_config(tf)) as s:
        s.run(v.initializer)
        options, metadata = tf.RunOptions(output_partition_graphs=True), tf.RunMetadata()
        s.run([z, x, y], {x: [1.0, 2.0]}, options, metadata)
        found["partition"] = [
            sorted([n.name, n.op, list(n.input), n.device] for n in g.node)
            for g in metadata.partition_graphs
        ]
        found["versions"] = [g.versions.producer for g in metadata.partition_graphs]
    with tf.Session(config=plain_config(tf, build_cost_model=2, build_cost_model_after=1)) as s:
        s.run(v.initializer)
        filled = []
        for _ in range(6):
            metadata = tf.RunMetadata()
            s.run(y, {x: [1.0, 2.0]}, None, metadata)
            filled.append(sorted(f.name for f, _ in metadata.ListFields()))
            if metadata.cost_graph.node:
                nodes = metadata.cost_graph.node
        found["when"] = filled
        names = {n.id: n.name for n in nodes}
        found["costs"] = sorted(
            [
                n.name,
                n.device,
                [names[i.preceding_node] for i in n.input_info],
                sorted(names[i] for i in n.control_input if not names[i].startswith("_")),
            ]
            for n in nodes
            if n.name != "_SINK"
        )
        out = [n.output_info[0] for n in nodes if n.name in ("layer/mul", "layer/y")]
        found["outputs"] = [[o.size, o.dtype, [d.size for d in o.shape.dim]] for o in out]
    return found


@case
def timeouts(tf, module):
    def slow(x):
        time.sleep(0.2)
        return x

    late = tf.py_func(slow, [1.0], tf.float32)
    loop = tf.while_loop(lambda i: i < 10**9, lambda i: i + 1, [0])
    quick = tf.constant(3.0)
    short, long = tf.RunOptions(timeout_in_ms=50), tf.RunOptions(timeout_in_ms=60000)
    found = {}
    with tf.Session() as s:
        found["late"] = tried(s.run, late, options=short)
        found["late, long"] = tried(s.run, late, options=long)
        found["loop"] = tried(s.run, loop, options=short)
        found["after"] = tried(s.run, quick, options=long)
        found["callable"] = tried(s.make_callable(late, accept_options=True), options=short)
        found["callable, long"] = tried(s.make_callable(late, accept_options=True), options=long)
    with tf.Session(config=tf.ConfigProto(operation_timeout_in_ms=50)) as s:
        found["session"] = tried(s.run, late)
        found["session, again"] = tried(s.run, late)
        found["session, long"] = tried(s.run, late, options=long)
        found["session, none"] = tried(s.run, late, options=tf.RunOptions())
        found["session, loop"] = tried(s.run, loop)
        found["session, quick"] = [tried(s.run, quick), tried(s.run, quick)]
        found["session, callable"] = tried(s.make_callable(late))
        x = tf.placeholder(tf.float32, [])
        y = x + late
        handle = s.partial_run_setup([y], [x])
        found["session, partial"] = tried(s.partial_run, handle, y, {x: 1.0})
    return found


@case
def closing(tf, module):
    started = threading.Event()

    def slow(x):
        started.set()
        time.sleep(0.2)
        return x

    late = tf.py_func(slow, [1.0], tf.float32)
    with tf.control_dependencies([tf.py_func(slow, [1.0], tf.float32)]):
        loop = tf.while_loop(lambda i: i < 10**9, lambda i: i + 1, [0])
    found = {}
    for name, target in [("late", late), ("loop", loop)]:
        s = tf.Session()
        started.clear()

        def work(s=s, name=name, target=target):
            found[name] = tried(s.run, target)

        thread = threading.Thread(target=work)
        thread.start()
        started.wait()
        s.close()
        found[name + " after"] = tried(s.run, late)
        thread.join(20.0)
        found[name + " ended"] = not thread.is_alive()
    return found


@case
def several_devices(tf, module):
    found = {}

    def on(device, **settings):
        with tf.Graph().as_default(), tf.device(device):
            c = tf.constant(1.0, name="c")
            with tf.Session(config=tf.ConfigProto(**settings)) as s:
                names = [d.name for d in s.list_devices() if d.device_type == "CPU"]
                text = tried(s.run, c).replace(
                    ", /job:localhost/replica:0/task:0/device:XLA_CPU:0", ""
                )
                return [names, text]

    found["one"] = on("/cpu:1")
    for number in (1, 2):
        found["two, number %d" % number] = on("/cpu:%d" % number, device_count={"CPU": 2})  # noqa: UP031
    found["soft"] = on("/cpu:2", device_count={"CPU": 2}, allow_soft_placement=True)
    found["GPUs hidden"] = on("/gpu:0", device_count={"GPU": 0})[1][:70]
    found["pools"] = []
    pools = tf.ConfigProto()
    for _ in range(2):
        pools.session_inter_op_thread_pool.add(num_threads=2)
    with tf.Session(config=pools) as s:
        for i in (-2, -1, 0, 1, 2):
            options = tf.RunOptions(inter_op_thread_pool=i)
            found["pools"].append(tried(s.run, tf.constant(i), options=options))
    config = tf.ConfigProto()
    config.experimental.executor_type = "made up"
    found["executor, made"] = type(tf.Session(config=config)).__name__
    config.experimental.session_metadata.version = -3
    found["version, made"] = tried(tf.Session, config=config)
    found["no CPU, made"] = tried(tf.Session, config=tf.ConfigProto(device_count={"CPU": 0}))
    return {k: v if isinstance(v, str) else describe(v) for k, v in found.items()}
