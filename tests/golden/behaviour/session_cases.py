"""Sessions: callables, partial runs, metadata, lifetimes, handles."""

import json
import threading

import numpy as np
from outcomes import Cases, Lines, describe, failure, tried

CASES = Cases()
case = CASES.case


@case
def callables(tf, module):
    x = tf.placeholder(tf.float32, [None], name="x")
    n = tf.placeholder(tf.int32, [], name="n")
    c = tf.constant(1.0)
    s = tf.Session()
    m = s.make_callable
    options = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)
    metadata = tf.RunMetadata()

    def traced():
        f = m(x * 2.0, [x], accept_options=True)
        value = f([1.0], options=options, run_metadata=metadata)
        return [value, len(metadata.step_stats.dev_stats) > 0]

    return {
        "none": tried(lambda: m(c)()),
        "list": tried(lambda: m([c, [c]])()),
        "dict": tried(lambda: m({"a": c, "b": tf.no_op()})()),
        "operation": tried(lambda: m(tf.no_op())()),
        "operation in a list": tried(lambda: m([tf.no_op()])()),
        "name": tried(lambda: m("Const:0")()),
        "feed": tried(lambda: m(x * 2.0, [x])([1.0])),
        "array": tried(lambda: m(x * 2.0, [x])(np.ones(2, np.float32))),
        "double": tried(lambda: m(x * 2.0, [x])(np.ones(2))),
        "two": tried(lambda: m([x, n], [x, n])([1.0], 3)),
        "by name": tried(lambda: m(x * 2.0, ["x:0"])([1.0])),
        "wrong shape": tried(lambda: m(x, [x])([[1.0]]))[:22],
        "keyword": tried(lambda: m(c)(options=None))[:16],
        "options": tried(lambda: m(c, accept_options=True)(options=options)),
        "options none": tried(lambda: m(c, accept_options=True)(options=None, run_metadata=None)),
        "traced": tried(traced),
        "feed list tuple": tried(lambda: m(x, (x,))([1.0])),
        "feed list tensor": tried(m, x, x),
        "feed list dict": tried(m, x, {x: 1}),
        "fetch none": tried(m, None),
        "sparse": tried(lambda: m(tf.SparseTensor([[0, 1]], [5.0], [2, 2]))()),
        "no fetch": tried(lambda: m([])()),
        "large": tried(lambda: m(n, [n])(3)),
        "unfed": tried(lambda: m(x)()),
    }


@case
def partial_runs(tf, module):
    s = tf.Session()
    a = tf.placeholder(tf.float32, [], name="a")
    b = tf.placeholder(tf.float32, [], name="b")
    c = tf.placeholder(tf.float32, [], name="c")
    r1 = tf.add(a, b, name="r1")
    r2 = tf.multiply(r1, c, name="r2")
    counter = tf.Variable(0.0)
    s.run(counter.initializer)
    up = tf.assign_add(counter, 1.0)
    other = tf.constant(1.0)

    def simple():
        h = s.partial_run_setup([r1, r2], [a, b, c])
        first = s.partial_run(h, r1, feed_dict={a: 1, b: 2})
        return [first, s.partial_run(h, r2, feed_dict={c: 17 * first})]

    def structure():
        h = s.partial_run_setup([r1, r2], [a, b, c])
        first = s.partial_run(h, {"k": [r1]}, {a: 1, b: 2})
        return [first, s.partial_run(h, (r2,), {c: 2})]

    def by_name():
        h = s.partial_run_setup(["r1:0"], ["a:0", "b:0"])
        return s.partial_run(h, "r1:0", {"a:0": 1, "b:0": 2})

    def after_the_end():
        h = s.partial_run_setup([r1], [a, b])
        s.partial_run(h, r1, {a: 1, b: 2})
        return s.partial_run(h, r1, {a: 1, b: 2})

    def twice():
        h = s.partial_run_setup([r1, r2], [a, b, c])
        s.partial_run(h, r1, {a: 1, b: 2})
        return s.partial_run(h, r1)

    def fed_twice():
        h = s.partial_run_setup([r1, r2], [a, b, c])
        s.partial_run(h, r1, {a: 1, b: 2})
        return s.partial_run(h, r2, {a: 1, c: 2})

    def not_fed():
        h = s.partial_run_setup([r1, r2], [a, b, c])
        return s.partial_run(h, r2, {a: 1, b: 2})

    def unknown_fetch():
        h = s.partial_run_setup([r1], [a, b])
        return s.partial_run(h, r2, {a: 1, b: 2})

    def unknown_feed():
        h = s.partial_run_setup([r1], [a, b])
        return s.partial_run(h, r1, {a: 1, b: 2, c: 2})

    def feeds_alone():
        h = s.partial_run_setup([r1, r2], [a, b, c])
        first = s.partial_run(h, [], {a: 1})
        second = s.partial_run(h, [], {b: 1})
        return [first, second, s.partial_run(h, [r1, r2], {c: 2})]

    def operation():
        h = s.partial_run_setup([r1, up.op], [a, b])
        first = s.partial_run(h, r1, {a: 1, b: 2})
        return [first, s.partial_run(h, up.op)]

    def concurrent():
        handles = [s.partial_run_setup([r1, r2], [a, b, c]) for _ in range(3)]
        found = [s.partial_run(h, r1, {a: i, b: 1}) for i, h in enumerate(handles)]
        return found + [s.partial_run(h, r2, {c: 10}) for h in reversed(handles)]

    def fetch_of_fed():
        h = s.partial_run_setup([a, r1], [a, b])
        return [s.partial_run(h, a, {a: 3}), s.partial_run(h, r1, {b: 2})]

    return {
        "simple": tried(simple),
        "structure": tried(structure),
        "by name": tried(by_name),
        "after the end": tried(after_the_end),
        "twice": tried(twice),
        "fed twice": tried(fed_twice),
        "not fed": tried(not_fed),
        "unknown fetch": tried(unknown_fetch),
        "unknown feed": tried(unknown_feed),
        "feeds alone": tried(feeds_alone),
        "operation": tried(operation),
        "concurrent": tried(concurrent),
        "fetch of fed": tried(fetch_of_fed),
        "no feeds": tried(lambda: s.partial_run(s.partial_run_setup([other]), other)),
        "no fetches": tried(lambda: s.partial_run_setup([], [a])),
        "fetch none": tried(lambda: s.partial_run_setup(None, [a])),
        "one fetch": tried(
            lambda: s.partial_run(s.partial_run_setup(r1, [a, b]), r1, {a: 1, b: 2})
        ),
        "unknown handle": tried(lambda: s.partial_run("nothing", r1)),
        "handle type": tried(lambda: type(s.partial_run_setup([r1], [a, b])).__name__),
    }


@case
def metadata(tf, module):
    s = tf.Session()
    x = tf.placeholder(tf.float32, [2, 2], name="x")
    y = tf.matmul(x, x, name="y")
    feed = {x: np.ones([2, 2])}
    found = {}
    for level in ("NO_TRACE", "SOFTWARE_TRACE", "HARDWARE_TRACE", "FULL_TRACE"):
        m = tf.RunMetadata()
        s.run(y, feed, tf.RunOptions(trace_level=getattr(tf.RunOptions, level)), m)
        names = sorted(n.node_name for d in m.step_stats.dev_stats for n in d.node_stats)
        found[level] = ["y" in names, len(m.partition_graphs)]
    m = tf.RunMetadata()
    found["no options"] = [tried(s.run, y, feed, None, m), len(m.step_stats.dev_stats)]
    found["options alone"] = tried(s.run, y, feed, tf.RunOptions(timeout_in_ms=10000))
    found["partition graphs"] = tried(
        lambda: s.run(y, feed, tf.RunOptions(output_partition_graphs=True), m) is not None
    )
    s.run(y, feed, tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE), m)
    nodes = [n for d in m.step_stats.dev_stats for n in d.node_stats if n.node_name == "y"]
    out = nodes[0].output[0].tensor_description
    found["output"] = [out.dtype, [d.size for d in out.shape.dim]]
    found["times"] = [
        nodes[0].all_start_micros > 1e15,
        nodes[0].all_end_rel_micros >= nodes[0].op_end_rel_micros >= nodes[0].op_start_rel_micros,
    ]
    found["bad options"] = tried(s.run, y, feed, 3)[:30]
    found["bad metadata"] = tried(s.run, y, feed, None, 3)[:30]
    return found


@case
def timelines(tf, module):
    s = tf.Session()
    x = tf.placeholder(tf.float32, [2, 2], name="x")
    with tf.name_scope("layer"):
        y = tf.matmul(x, tf.constant([[1.0, 2.0], [3.0, 4.0]]), name="y")
    m = tf.RunMetadata()
    s.run(y, {x: np.ones([2, 2])}, tf.RunOptions(trace_level=3), m)
    timeline = module("python.client.timeline")
    line = timeline.Timeline(m.step_stats)
    trace = json.loads(line.generate_chrome_trace_format())
    events = [e for e in trace["traceEvents"] if e.get("args", {}).get("name") == "layer/y"]
    shown = timeline.Timeline(m.step_stats)
    analysis = shown.analyze_step_stats(show_dataflow=False, show_memory=True)
    return {
        "keys": sorted(trace),
        "events": [sorted(e) for e in events if e["ph"] == "X"][:1],
        "first": sorted(trace["traceEvents"][0]),
        "kinds": sorted({e["ph"] for e in trace["traceEvents"]}),
        "op": [[e["name"], e["cat"], e["args"]["op"], e["args"]["name"]] for e in events][:1],
        "inputs": sorted(k for e in events for k in e["args"]),
        "processes": sorted(
            {"/device:CPU:0 Compute", "Allocators"}
            & {
                e["args"]["name"].replace("/job:localhost/replica:0/task:0", "")
                for e in trace["traceEvents"]
                if e["ph"] == "M"
            }
        ),
        "analysis": sorted(type(analysis)._fields),
        "maximums": sorted(analysis.allocator_maximums) == ["cpu"],
        "made up": tried(made_up_timeline, module),
        "bad": tried(timeline.Timeline, 3)[:30],
    }


def made_up_timeline(module):
    pb = module("core.framework.step_stats_pb2")
    stats = pb.StepStats()
    first = stats.dev_stats.add(device="/job:localhost/replica:0/task:0/device:CPU:0")
    for name, label, start in [
        ("a", "a = Const()", 10),
        ("b", "b = Const()", 20),
        ("c/d", "c/d = Add(a, ^b)", 40),
        ("e", "e = RecvTensor", 60),
        ("RecvTensor", "[4B] e", 61),
        ("odd", "what is this", 65),
    ]:
        node = first.node_stats.add(
            node_name=name,
            timeline_label=label,
            all_start_micros=start,
            all_end_rel_micros=15,
            op_end_rel_micros=12,
            thread_id=3,
        )
        out = node.output.add(slot=0)
        out.tensor_description.dtype = 1
        out.tensor_description.shape.dim.add(size=2)
        out.tensor_description.allocation_description.requested_bytes = 8
        out.tensor_description.allocation_description.allocator_name = "cpu"
        out.tensor_description.allocation_description.ptr = 100 + start
    second = stats.dev_stats.add(device="/device:GPU:0/stream:all")
    second.node_stats.add(
        node_name="k", timeline_label="c/d:Add", all_start_micros=45, all_end_rel_micros=3
    )
    second.node_stats.add(
        node_name="m", timeline_label="MEMCPYHtoD", all_start_micros=46, all_end_rel_micros=3
    )
    timeline = module("python.client.timeline")
    found = []
    for dataflow, memory in [(True, False), (False, True), (True, True)]:
        text = timeline.Timeline(stats).generate_chrome_trace_format(dataflow, memory)
        found.append(json.loads(text)["traceEvents"])
    return [json.dumps(e, sort_keys=True) for part in found for e in part]


@case
def lifetimes(tf, module):
    c = tf.constant(1.0)
    found = {}
    s = tf.Session()
    found["close"] = tried(s.close)
    found["close again"] = tried(s.close)
    found["run"] = tried(s.run, c)
    found["callable"] = tried(lambda: s.make_callable(c)())[:40]
    found["partial"] = tried(s.partial_run_setup, [c], [])
    found["enter closed"] = tried(lambda: s.__enter__().run(c))
    found["leave closed"] = tried(lambda: s.__exit__(None, None, None))
    with tf.Session() as s:
        found["default"] = tf.get_default_session() is s
        found["default graph"] = tf.get_default_graph() is s.graph
        with tf.Session() as inner:
            found["inner"] = tf.get_default_session() is inner
        found["outer again"] = tf.get_default_session() is s
        found["eval"] = tried(c.eval)
        found["op run"] = tried(tf.no_op().run)
    found["after"] = tf.get_default_session() is None
    found["run after with"] = tried(s.run, c)
    s = tf.Session()
    with s.as_default():
        found["as default"] = tf.get_default_session() is s
    found["still open"] = tried(s.run, c)
    with s:
        pass
    found["closed by with"] = tried(s.run, c)
    s = tf.Session()
    with s.as_default() as t:
        found["as_default gives"] = t is s
    try:
        with tf.Session() as s:
            raise KeyError("from the block")
    except KeyError as error:
        found["error of the block"] = failure(error)
    found["after the error"] = [tf.get_default_session() is None, tried(s.run, c)]
    g = tf.Graph()
    with g.as_default():
        d = tf.constant(2.0)
    with tf.Session(graph=g) as s:
        found["other graph"] = [tried(s.run, d), tf.get_default_graph() is g, tried(s.run, c)]
        found["eval of another graph"] = tried(c.eval)
    found["eval without"] = tried(c.eval)
    found["eval with"] = tried(c.eval, session=tf.Session())
    found["eval with another's"] = tried(c.eval, session=tf.Session(graph=g))
    found["run without"] = tried(c.op.run)
    found["run with another's"] = tried(c.op.run, session=tf.Session(graph=g))
    found["empty graph"] = tried(tf.Session(graph=tf.Graph()).run, [])
    found["graph type"] = tried(tf.Session, graph=3)
    found["graph def"] = tried(tf.Session, graph=g.as_graph_def())[:35]
    found["target type"] = tried(tf.Session, 3)
    found["config type"] = tried(tf.Session, config=3)
    found["config dict"] = tried(tf.Session, config={})
    found["target"] = tried(lambda: tf.Session("").sess_str)
    found["target none"] = tried(lambda: tf.Session(None).sess_str)
    found["bad target"] = tried(tf.Session, "nowhere://x")[:75]
    found["reset"] = tried(tf.Session.reset, "")
    found["graph"] = tf.Session(graph=g).graph is g
    found["graph_def"] = tried(lambda: [n.name for n in tf.Session(graph=g).graph_def.node])
    return found


def crossed_sessions(tf):
    first, second = tf.Session(), tf.Session()
    first.__enter__()
    second.__enter__()
    try:
        first.__exit__(None, None, None)
    finally:
        stack = []
        while tf.get_default_session() is not None and len(stack) < 3:
            stack.append(1)
            break


@case
def interactive(tf, module):
    c = tf.constant(1.0)
    found = {}
    s = tf.InteractiveSession()
    found["eval"] = tried(c.eval)
    found["default"] = tf.get_default_session() is s
    import warnings

    with warnings.catch_warnings(record=True) as w:
        warnings.simplefilter("always")
        t = tf.InteractiveSession()
        found["second"] = [str(x.message) for x in w if "session" in str(x.message)]
    found["top"] = tf.get_default_session() is t
    t.close()
    found["after close"] = tf.get_default_session() is s
    found["first works"] = tried(s.run, c)
    s.close()
    found["no default"] = tf.get_default_session() is None
    found["close again"] = tried(s.close)
    g = tf.Graph()
    s = tf.InteractiveSession(graph=g)
    found["its graph"] = tf.get_default_graph() is g
    d = tf.constant(3.0)
    found["node in it"] = [d.graph is g, tried(d.eval)]
    s.close()
    found["graph left"] = tf.get_default_graph() is not g
    with warnings.catch_warnings(record=True) as w:
        warnings.simplefilter("always")
        tf.InteractiveSession().close()
        found["after closing"] = [str(x.message) for x in w if "session" in str(x.message)]
    found["context"] = tried(lambda: tf.InteractiveSession().__enter__)[:50]
    found["config"] = tried(
        lambda: tf.InteractiveSession(config=tf.ConfigProto(log_device_placement=False)).close()
    )
    return found


@case
def configs(tf, module):
    c = tf.constant(1.0)
    found = {}

    def runs(**fields):
        return tf.Session(config=tf.ConfigProto(**fields)).run(c)

    pool = module("core.protobuf.config_pb2").ThreadPoolOptionProto(num_threads=2)
    rewriter = module("core.protobuf.rewriter_config_pb2").RewriterConfig()
    rewriter.disable_meta_optimizer = True
    for label, fields in [
        ("device_count", {"device_count": {"CPU": 1, "GPU": 0}}),
        ("threads", {"intra_op_parallelism_threads": 1, "inter_op_parallelism_threads": 1}),
        ("per session", {"use_per_session_threads": True}),
        ("pool", {"session_inter_op_thread_pool": [pool]}),
        ("placement", {"placement_period": 3}),
        ("filters", {"device_filters": ["/job:a"]}),
        ("gpu", {"gpu_options": tf.GPUOptions(allow_growth=True)}),
        ("fraction", {"gpu_options": tf.GPUOptions(per_process_gpu_memory_fraction=0.3)}),
        ("soft", {"allow_soft_placement": True, "log_device_placement": False}),
        ("graph", {"graph_options": tf.GraphOptions(infer_shapes=True, build_cost_model=1)}),
        ("rewriter", {"graph_options": tf.GraphOptions(rewrite_options=rewriter)}),
        (
            "jit",
            {
                "graph_options": tf.GraphOptions(
                    optimizer_options=tf.OptimizerOptions(opt_level=tf.OptimizerOptions.L0)
                )
            },
        ),
        ("timeout", {"operation_timeout_in_ms": 5000}),
        ("isolate", {"isolate_session_state": True}),
    ]:
        found[label] = tried(runs, **fields)
    found["infer shapes"] = tried(
        lambda: (
            "_output_shapes"
            in tf.Session(config=tf.ConfigProto(graph_options=tf.GraphOptions(infer_shapes=True)))
            .graph_def.node[0]
            .attr
        )
    )
    return found


@case
def devices(tf, module):
    s = tf.Session()
    found = {}
    found["cpu"] = [[d.name, d.device_type] for d in s.list_devices() if d.device_type == "CPU"]
    first = [d for d in s.list_devices() if d.device_type == "CPU"][0]
    found["kinds"] = [type(first.memory_limit_bytes).__name__, type(first.incarnation).__name__]
    attributes = module("python.client.session")._DeviceAttributes
    d = attributes("/job:worker/replica:0/task:3/device:CPU:2", "TYPE", 1337, 1000000)
    found["repr"] = repr(d)
    found["parts"] = [d.name, d.device_type, d.memory_limit_bytes, d.incarnation]
    return found


@case
def handles(tf, module):
    s = tf.Session()
    a, b = tf.constant(10), tf.constant(5)
    c = tf.multiply(a, b)
    found = {}
    h = tf.get_session_handle(c)
    found["nodes"] = [n.op for n in tf.get_default_graph().as_graph_def().node]
    handle = s.run(h)
    found["type"] = type(handle).__name__
    found["value"] = tried(handle.eval)
    found["text"] = str(handle.handle)[:2] if handle.handle else ""
    found["string"] = [str(handle) == handle.handle, hasattr(handle, "get_raw_handle")]
    f, x = tf.get_session_tensor(handle.handle, tf.int32)
    y = tf.multiply(x, 10)
    found["placeholder"] = [f.op.type, f.dtype.name, str(f.shape), x.op.type, str(x.shape)]
    found["used"] = tried(s.run, y, {f: handle.handle})
    z = tf.multiply(a, 2)
    found["feed handle"] = tried(s.run, z, {a: handle})
    found["nodes after"] = [n.op for n in tf.get_default_graph().as_graph_def().node]
    found["raw"] = tried(lambda: type(handle.get_raw_handle()).__name__)
    holder, deleter = tf.delete_session_tensor(handle.handle)
    found["deleter"] = [holder.op.type, deleter.type]
    found["delete"] = tried(s.run, deleter, {holder: handle.get_raw_handle()})
    found["gone"] = tried(s.run, y, {f: handle.get_raw_handle()})[:40]
    second = s.run(tf.get_session_handle(tf.constant([1.0, 2.0]), name="kept"))
    found["delete method"] = tried(second.delete)
    found["no tensor"] = tried(tf.get_session_handle, 3)
    found["no handle"] = tried(tf.get_session_tensor, 3, tf.float32)
    loop = s.run(tf.get_session_handle(tf.constant(1.0)))
    p = tf.placeholder(tf.float32, name="loop")
    step = tf.get_session_handle(p + 1.0)
    for _ in range(3):
        loop = s.run(step, {p: loop})
    found["loop"] = tried(loop.eval)
    found["list"] = tried(lambda: [h.eval() for h in s.run([h, step], {p: 3.0})])
    found["nested"] = tried(lambda: type(s.run({"h": h})["h"]).__name__)
    return found


@case
def conversions(tf, module):
    session = module("python.client.session")
    found = {}

    class Box:
        def __init__(self, tensor):
            self.tensor = tensor

    register = session.register_session_run_conversion_functions
    found["register"] = tried(
        register,
        Box,
        lambda b: ([b.tensor, b.tensor], lambda values: ("box", values)),
        lambda b, value: [(b.tensor, value * 2)],
        lambda b: [b.tensor],
    )
    x = tf.placeholder(tf.float32, [], name="x")
    y = tf.identity(x, name="y")
    s = tf.Session()
    found["fetch"] = tried(s.run, [Box(y), y], {x: 1.0})
    found["feed"] = tried(s.run, y, {Box(x): 3.0})
    found["partial"] = tried(
        lambda: s.partial_run(s.partial_run_setup([y], [Box(x)]), y, {Box(x): 3.0})
    )
    found["again"] = tried(register, Box)
    found["sparse"] = tried(register, tf.SparseTensor)

    class Sub(Box):
        pass

    found["subclass"] = tried(register, Sub)
    found["subclass fetched"] = tried(s.run, Sub(y), {x: 1.0})

    class Other:
        pass

    found["fetch none"] = tried(s.run, Other())
    found["feed none"] = tried(s.run, y, {Other(): 1})
    return found


@case
def several_threads(tf, module):
    x = tf.placeholder(tf.float32, [], name="x")
    v = tf.Variable(0.0, use_resource=True)
    y = x * 2.0 + 1.0
    up = v.assign_add(1.0, use_locking=True)
    s = tf.Session()
    s.run(v.initializer)
    failed, wrong = [], []

    def work(i):
        try:
            for j in range(30):
                if s.run(y, {x: float(i * j)}) != 2.0 * i * j + 1.0:
                    wrong.append((i, j))
                s.run(up)
        except Exception as error:
            failed.append(failure(error))

    threads = [threading.Thread(target=work, args=(i,)) for i in range(6)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    seen = []
    with s.as_default():
        t = threading.Thread(target=lambda: seen.append(tf.get_default_session() is None))
        t.start()
        t.join()
    return {
        "failed": failed,
        "wrong": wrong,
        "seen": seen,
    }


@case
def graph_changes(tf, module):
    found = {}
    s = tf.Session()
    a = tf.constant(1.0, name="a")
    found["first"] = tried(s.run, a)
    found["later node"] = tried(lambda: s.run(a + 1.0))
    b = tf.constant(2.0)
    c = a + b
    found["sum"] = tried(s.run, c)
    v = tf.Variable(3.0)
    found["uninitialized"] = tried(s.run, v)
    s.run(v.initializer)
    s2 = tf.Session()
    found["another session"] = [tried(s.run, v), tried(s2.run, v)]
    found["finalized"] = tried(lambda: (s.graph.finalize(), s.run(a))[1])
    log = Lines()
    found["log"] = log.found
    found["describe"] = describe(a)
    return found


@case
def strings(tf, module):
    def results(p):
        one = tf.reshape(p, [1])
        single = tf.data.experimental.get_single_element
        data = tf.data.Dataset.from_tensors(p)
        array = tf.TensorArray(tf.string, 2, clear_after_read=False).unstack(tf.stack([p, "d"]))
        return {
            "reshape": [one, tf.reshape(p, [1, 1]), tf.expand_dims(p, 0), tf.squeeze(p)],
            "several": [
                tf.stack([p, p]),
                tf.tile(one, [2]),
                tf.fill([2], p),
                tf.concat([one] * 2, 0),
            ],
            "alike": [tf.transpose(p), tf.identity(p), tf.ensure_shape(p, []), tf.zeros_like(p)],
            "shape": [tf.shape(p), tf.size(p), tf.rank(p), tf.broadcast_to(p, [2])],
            "choice": [tf.where(tf.equal(p, "abc"), p, "x"), tf.gather([p, "y"], [1, 0])],
            "parts": [tf.unstack(one), tf.split(tf.tile(one, [2]), 2), tf.reverse([p, "q"], [0])],
            "padded": [tf.pad(one, [[1, 1]]), tf.unique(tf.stack([p, p, "r"]))],
            "text": [tf.strings.length(p), tf.strings.substr(p, 0, 2), tf.strings.join([p, p])],
            "bytes": [
                tf.decode_raw(p, tf.uint8),
                tf.decode_csv(p, [[""]]),
                tf.as_string(tf.size(p)),
            ],
            "loops": [tf.map_fn(lambda x: x, one), array.stack(), array.read(1), array.gather([0])],
            "hash": tf.string_to_hash_bucket_fast(p, 10),
            "data": [single(data), single(data.batch(1))],
        }

    s = tf.Session()
    q = tf.placeholder(tf.string, [])
    found = {}
    for label, value in results(q).items():
        found["fed " + label] = tried(s.run, value, {q: "abc"})
    codes = tf.strings.unicode_decode(q, "UTF-8")
    found["fed codes"] = tried(s.run, codes, {q: "abc"})
    for label, value in results(tf.placeholder_with_default(b"abc", None)).items():
        found["of unknown shape " + label] = tried(s.run, value)
    return found
