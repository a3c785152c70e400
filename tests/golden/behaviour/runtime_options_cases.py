"""`tf.config`: settings of the process, and the sessions and functions that follow them."""

from outcomes import Cases, tried

CASES = Cases()
case = CASES.case
KEPT = []  # TensorFlow's programs end badly where contexts are let go


def fresh(module):
    """Lets the settings begin anew."""
    context = module("python.eager.context")
    before = context.context()
    context._context = None
    if hasattr(before, "_context_switches"):
        # TensorFlow's blocks with a default graph have to find what they put there.
        context.context()._context_switches = before._context_switches
        KEPT.append(before)


def plain(devices):
    """Devices without those of XLA, which are not everywhere."""
    return [d for d in devices if "XLA" not in d.device_type]


def of_sessions(tf):
    with tf.Session() as s:
        config = s._config
    if config is None:
        return None
    # Explicit zeros and ones of device counts say nothing.
    for name, count in (("CPU", 1), ("GPU", 0)):
        if config.device_count.get(name) == count:
            del config.device_count[name]
    config.gpu_options.ClearField("experimental")
    config.ClearField("gpu_options")
    return str(config)


@case
def threads(tf, module):
    fresh(module)
    threading, context = tf.config.threading, module("python.eager.context")
    found = {"before": tried(threading.get_intra_op_parallelism_threads)}
    threading.set_intra_op_parallelism_threads(2)
    threading.set_inter_op_parallelism_threads(3)
    found["intra"] = threading.get_intra_op_parallelism_threads()
    found["inter"] = threading.get_inter_op_parallelism_threads()
    found["session"] = of_sessions(tf)
    context.ensure_initialized()
    found["same"] = tried(threading.set_intra_op_parallelism_threads, 2)
    found["intra, late"] = tried(threading.set_intra_op_parallelism_threads, 1)
    found["inter, late"] = tried(threading.set_inter_op_parallelism_threads, 1)
    return found


@case
def placement(tf, module):
    fresh(module)
    found = {"before": tf.config.get_soft_device_placement()}
    tf.config.set_soft_device_placement(True)
    found["after"] = tf.config.get_soft_device_placement()
    with tf.device("/gpu:7"):
        c = tf.constant(3.0)
    with tf.Session() as s:
        found["run"] = tried(s.run, c)
    tf.config.set_soft_device_placement(False)
    with tf.Session() as s:
        found["hard"] = tried(s.run, c)[:60]
    with tf.Session(config=tf.ConfigProto(allow_soft_placement=True)) as s:
        found["own"] = tried(s.run, c)
    found["log"] = tf.debugging.get_log_device_placement()
    tf.debugging.set_log_device_placement(True)
    found["session"] = of_sessions(tf)
    module("python.eager.context").ensure_initialized()
    found["late"] = tried(tf.debugging.set_log_device_placement, False)
    found["late, same"] = tried(tf.debugging.set_log_device_placement, True)
    return found


@case
def optimizers(tf, module):
    fresh(module)
    optimizer = tf.config.optimizer
    found = {"jit before": optimizer.get_jit()}
    found["before"] = sorted(optimizer.get_experimental_options().items())
    optimizer.set_jit(True)
    found["jit"] = optimizer.get_jit()
    optimizer.set_experimental_options({"constant_folding": True, "disable_model_pruning": True})
    optimizer.set_experimental_options({"loop_optimization": False, "min_graph_nodes": 7})
    found["after"] = sorted(optimizer.get_experimental_options().items())
    found["session"] = of_sessions(tf)
    optimizer.set_experimental_options({"made up": True})
    found["unknown"] = sorted(optimizer.get_experimental_options().items())
    return found


@case
def physical_devices(tf, module):
    fresh(module)
    config = tf.config.experimental
    found = {"all": [tuple(d) for d in plain(config.list_physical_devices())]}
    found["of a type"] = [d.name for d in config.list_physical_devices("CPU")]
    found["of no type"] = config.list_physical_devices("made up")
    cpu = config.list_physical_devices("CPU")[0]
    found["text"] = repr(cpu)
    found["visible"] = plain(config.get_visible_devices())
    stranger = type(cpu)("/physical_device:CPU:9", "CPU")
    found["growth of CPU"] = tried(config.set_memory_growth, cpu, True)
    found["growth of stranger"] = tried(config.set_memory_growth, stranger, True)
    found["growth, got"] = tried(config.get_memory_growth, cpu)[:16]
    found["growth, got of stranger"] = tried(config.get_memory_growth, stranger)
    found["strange"] = tried(config.set_visible_devices, stranger)
    found["of wrong type"] = tried(config.set_visible_devices, cpu, "GPU")
    found["set"] = tried(config.set_visible_devices, [cpu], "CPU")
    found["set GPUs"] = tried(config.set_visible_devices, [], "GPU")
    found["virtual, before"] = tried(config.get_virtual_device_configuration, cpu)
    part = config.VirtualDeviceConfiguration
    found["limited"] = tried(config.set_virtual_device_configuration, cpu, [part(20)])
    config.set_virtual_device_configuration(cpu, [part(), part()])
    found["virtual"] = tried(config.get_virtual_device_configuration, cpu)
    found["session"] = of_sessions(tf)
    with tf.device("/cpu:1"):
        c = tf.constant(3.0)
    with tf.Session() as s:
        found["run"] = tried(s.run, c)
        found["CPUs"] = [d.name for d in s.list_devices() if d.device_type == "CPU"]
    found["logical"] = plain(config.list_logical_devices())
    found["logical of a type"] = plain(config.list_logical_devices("GPU"))
    found["names"] = [n for n in tf.config.experimental_list_devices() if "XLA" not in n]
    found["again"] = tried(config.set_virtual_device_configuration, cpu, [part(), part()])
    found["late"] = tried(config.set_virtual_device_configuration, cpu, [part()])
    found["visible, late"] = tried(config.set_visible_devices, [], "CPU")
    fresh(module)
    return found


@case
def ways_to_execute(tf, module):
    fresh(module)
    config, context = tf.config.experimental, module("python.eager.context")
    found = {"policy": config.get_device_policy()}
    for name in ("silent_for_int32", "warn", "explicit", "silent", None, "made up"):
        outcome = tried(config.set_device_policy, name)
        found["policy %s" % name] = [outcome, config.get_device_policy()]  # noqa: UP031
    with context.device_policy(context.DEVICE_PLACEMENT_WARN):
        found["policy in a block"] = config.get_device_policy()
    found["policy after"] = config.get_device_policy()
    found["mode"] = config.get_synchronous_execution()
    for value in (False, True, None):
        config.set_synchronous_execution(value)
        found["mode %s" % value] = [config.get_synchronous_execution(), context.is_async()]  # noqa: UP031
    eager = tf.contrib.eager
    eager.set_execution_mode(eager.ASYNC)
    found["mode set"] = config.get_synchronous_execution()
    found["no mode"] = tried(eager.set_execution_mode, 7)
    eager.set_execution_mode(None)
    fresh(module)
    return found


@case
def functions_run_eagerly(tf, module):
    calls = []

    @tf.function
    def double(x):
        calls.append(type(x).__name__)
        return x * 2

    double(3)
    double(3)
    found = {"traced": len(calls)}
    tf.config.experimental_run_functions_eagerly(True)
    found["result"] = tried(double, 3)
    tf.config.experimental_run_functions_eagerly(False)
    double(3)
    found["ran"] = len(calls)
    return found
