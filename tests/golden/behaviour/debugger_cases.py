"""The debugger: watched runs, what they write, wrappers of sessions, hooks."""

import os
import re
import sys

import numpy as np
from outcomes import Cases, captured, describe, failure, tried
from saver_cases import Folder

CASES = Cases()
case = CASES.case


def config(tf):
    """A session's settings under which TensorFlow runs the graph as it is."""
    made = tf.ConfigProto()
    made.graph_options.optimizer_options.opt_level = -1
    made.graph_options.rewrite_options.disable_meta_optimizer = True
    return made


def model(tf):
    x = tf.placeholder(tf.float32, [2], name="ns/x")
    w = tf.Variable([1.0, 0.0], name="w")
    tf.div(x, w, name="ns/y")
    tf.string_join(["a", "b"], name="s")
    tf.cond(tf.reduce_sum(x) > 0, lambda: x + 1, lambda: x - 1, name="c")
    tf.while_loop(lambda i: i < 2, lambda i: i + 1, [tf.constant(0)], name="loop")
    with tf.control_dependencies([tf.no_op(name="before")]):
        tf.assign_add(w, [1.0, 1.0], name="u")
    tf.unique([1, 2, 2], name="q")
    return x, w


FETCHES = ["ns/y:0", "s:0", "c/Merge:0", "loop/Exit:0", "q:1"]


def started(tf):
    sess = tf.Session(config=config(tf))
    sess.run(tf.global_variables_initializer())
    return sess


def told(dump):
    """All values, by tensor; values of one tensor in the order of time."""
    found = {}
    for datum in dump.dumped_tensor_data:
        value = datum.get_tensor()
        text = describe(value) if isinstance(value, np.ndarray) else type(value).__name__
        key = re.sub(r"_arg_(.*)_\d+_\d+", r"_arg_\1", datum.watch_key)
        found.setdefault(key, []).append(text)
    return found


def nodes(graph_def):
    return sorted(
        [n.name, n.op, list(n.input), n.attr["T"].type]
        for n in graph_def.node
        if n.op not in ("_Arg", "_Retval")
    )


def hidden(value, folder):
    return re.sub(r"run_\d+_", "run_N_", folder.hide(str(value)))


@case
def watched(tf, module):
    debug = module("python.debug")
    model(tf)
    sess = started(tf)
    found = {}
    for label, arguments in {
        "all": {},
        "summaries": {
            "debug_ops": ["DebugNumericSummary(lower_bound=-1;upper_bound=1)", "DebugNanCount"],
            "tolerate_debug_op_creation_failures": True,
        },
        "muted": {
            "debug_ops": "DebugNumericSummary(mute_if_healthy=true)",
            "node_name_regex_whitelist": "ns|w",
        },
        "floats": {"tensor_dtype_regex_whitelist": "float32"},
        "adds": {"op_type_regex_whitelist": "Add|Mer", "node_name_regex_whitelist": "c/|loop"},
    }.items():
        d = Folder()
        options = tf.RunOptions(output_partition_graphs=True)
        metadata = tf.RunMetadata()
        url = "file://" + d("run")
        debug.watch_graph(options, sess.graph, debug_urls=url, **arguments)
        found[label + " watches"] = len(options.debug_options.debug_tensor_watch_opts)
        values = sess.run(FETCHES, {"ns/x:0": [1, 2]}, options=options, run_metadata=metadata)
        found[label + " result"] = describe(values)
        dump = debug.DebugDumpDir(d("run"))
        found[label] = told(dump)
        found[label + " graphs"] = [nodes(g) for g in metadata.partition_graphs]
        about = dump.core_metadata
        found[label + " about"] = [about.global_step, about.input_names, sorted(about.output_names)]
        found[label + " files"] = sorted(
            re.sub(r"_\d{6,}|hash\d+|sessionrun\d+", "_N", os.path.join(place, name))[len(d()) :]
            for place, _, names in os.walk(d())
            for name in names
        )
    return found


@case
def looking(tf, module):
    debug = module("python.debug")
    x, w = model(tf)
    sess = started(tf)
    d = Folder()
    options = tf.RunOptions()
    debug.watch_graph(options, sess.graph, debug_urls="file://" + d("run"))
    sess.run([*FETCHES, "u:0"], {x: [1, 2]}, options=options)
    dump = debug.DebugDumpDir(d("run"))
    device = dump.devices()[0]
    found = {
        "devices": dump.devices(),
        "size": dump.size == len(dump.dumped_tensor_data),
        "nodes": sorted(n for n in dump.nodes() if "_retval" not in n),
        "inputs": [dump.node_inputs(n) for n in ("ns/y", "u", "c/Merge")],
        "controls": [dump.node_inputs(n, is_control=True) for n in ("u", "c/sub/y")],
        "recipients": [sorted(dump.node_recipients(n)) for n in ("w", "loop/Merge")],
        "control recipients": [dump.node_recipients(n, is_control=True) for n in ("before", "w")],
        "op types": [dump.node_op_type(n) for n in ("w", "u")],
        "device": dump.node_device("w"),
        "exists": [dump.node_exists(n) for n in ("w", "v", "__copy_w_0")],
        "no device": tried(dump.node_exists, "w", "/cpu:7"),
        "no node": tried(dump.node_device, "v"),
        "no nodes": tried(dump.nodes, "/cpu:7"),
        "keys": [dump.debug_watch_keys(n) for n in ("w", "v", "before")],
        "transitive": sorted(dump.transitive_inputs("ns/y")),
        "transitive data": sorted(dump.transitive_inputs("u", include_control=False)),
        "reversed": sorted(dump.transitive_inputs("ns/y", include_reversed_ref=True)),
        "path": [
            dump.find_some_path("w", "ns/y"),
            dump.find_some_path("before", "u"),
            dump.find_some_path("before", "u", include_control=False),
            dump.find_some_path("ns/y", "w"),
        ],
        "path from nowhere": tried(dump.find_some_path, "v", "w"),
        "tensors": describe(dump.get_tensors("loop/Identity", 0, "DebugIdentity")),
        "no tensors": failure_class(lambda: dump.get_tensors("v", 0, "DebugIdentity")),
        "wrong op": failure_class(lambda: dump.get_tensors("w", 0, "DebugNanCount")),
        "files": len(dump.get_tensor_file_paths("loop/Identity", 0, "DebugIdentity")),
        "no files": tried(dump.get_tensor_file_paths, "w", 1, "DebugIdentity"),
        "times": len(dump.get_rel_timestamps("w", 0, "DebugIdentity")),
        "sizes": dump.get_dump_sizes_bytes("w", 0, "DebugIdentity"),
        "data": [len(dump.watch_key_to_data(k)) for k in ("w:0:DebugIdentity", "x")],
        "find": sorted(t.tensor_name for t in dump.find(debug.has_inf_or_nan)),
        "find one": len(dump.find(lambda datum, value: True, first_n=2)),
        "find without": sorted(
            t.tensor_name for t in dump.find(debug.has_inf_or_nan, exclude_node_names="ns")
        ),
        "no traceback": tried(dump.node_traceback, "w"),
        "loaded": dump.loaded_partition_graphs(),
        "plain": [
            sorted([n.name, n.op, list(n.input)] for n in g.node if n.op not in ("_Arg", "_Retval"))
            for g in dump.reconstructed_non_debug_partition_graphs().values()
        ],
        "datum": re.sub(r"@ \d+", "@ N", str(dump.watch_key_to_data("w:0:DebugIdentity")[0])),
        "path of device": module("python.debug.lib.debug_data").device_name_to_device_path(device),
        "nowhere": d.hide(tried(debug.DebugDumpDir, d("x"))),
    }
    dump.set_python_graph(sess.graph)
    found["traceback"] = len(dump.node_traceback("w:0")) > 0
    found["no node in graph"] = tried(dump.node_traceback, "v")
    return found


def failure_class(call):
    try:
        call()
    except Exception as error:
        return type(error).__name__
    return None


@case
def uninitialized(tf, module):
    debug = module("python.debug")
    x, w = model(tf)
    sess = tf.Session(config=config(tf))
    d = Folder()
    options = tf.RunOptions()
    debug.watch_graph(options, sess.graph, debug_urls=["file://" + d("a"), "file://" + d("b")],
                      node_name_regex_whitelist="w$")  # fmt: skip
    found = {"run": tried(sess.run, w.initializer, options=options)}
    for part in "ab":
        dump = debug.DebugDumpDir(d(part))
        found[part] = told(dump)
        found[part + " initialized"] = dump.dumped_tensor_data[0].get_tensor().initialized
        found[part + " bad"] = [t.tensor_name for t in dump.find(debug.has_inf_or_nan)]
    return found


@case
def options(tf, module):
    debug = module("python.debug")
    x = tf.placeholder(tf.float32, name="x")
    tf.identity(x, name="y")
    tf.no_op(name="n")

    def made(call, *args, **kwargs):
        result = tf.RunOptions()
        try:
            call(result, *args, **kwargs)
        except Exception as error:
            return failure(error)
        return str(result).split("\n")

    graph = tf.get_default_graph()
    return {
        "tensor": made(debug.add_debug_tensor_watch, "a", 1, "A", "u", True, 5),
        "several": made(debug.add_debug_tensor_watch, "a", debug_ops=["A", "B"], debug_urls=["u"]),
        "graph": made(debug.watch_graph, graph, debug_urls="u", reset_disk_byte_usage=True),
        "names": made(debug.watch_graph, graph, debug_urls="u", node_name_regex_whitelist="x"),
        "types": made(debug.watch_graph, graph, debug_urls="u", op_type_regex_whitelist="I"),
        "without": made(
            debug.watch_graph_with_blacklists, graph, debug_urls="u", node_name_regex_blacklist="x"
        ),
        "no urls": made(debug.watch_graph, graph),
        "no ops": made(debug.watch_graph, graph, debug_ops=[], debug_urls="u"),
        "watched": repr(debug.WatchOptions()),
        "watched more": repr(debug.WatchOptions(["A"], "b", "c", "d", True)),
        "node": [
            tried(module("python.debug.lib.debug_graphs").parse_debug_node_name, n)
            for n in ("__dbg_a_b:1_0_DebugIdentity", "a", "__dbg_a", "__dbg_a_0_b")
        ],
        "names of tensors": [
            module("python.debug.lib.debug_graphs").parse_node_or_tensor_name(n)
            for n in ("a", "a:1", "a:")
        ],
    }


@case
def dumping(tf, module):
    debug = module("python.debug")
    x, w = model(tf)
    d = Folder()
    plain = started(tf)
    watch = lambda fetches, feeds: debug.WatchOptions(node_name_regex_whitelist="ns|w")  # noqa: E731
    sess = debug.DumpingDebugWrapperSession(plain, d("root"), watch_fn=watch)
    found = {
        "first": describe(sess.run("ns/y:0", {x: [1, 2]})),
        "second": describe(sess.run({"u": "u:0"}, {x: [1, 2]})),
        "empty": describe(sess.run([], {x: [1, 2]})),
        "count": sess.run_call_count,
        "callable": describe(sess.make_callable("ns/y:0", [x])([3, 4])),
        "same graph": sess.graph is tf.get_default_graph(),
        "partial": tried(sess.partial_run_setup, "ns/y:0"),
        "should stop": failure_class(sess.should_stop),
        "evaluated": describe(module("python.ops.math_ops").add(w, 1).eval(session=sess)),
    }
    for i, name in enumerate(sorted(os.listdir(d("root")))):
        dump = debug.DebugDumpDir(d("root/" + name))
        found["run %d" % i] = told(dump)  # noqa: UP031
        found["about %d" % i] = [hidden(dump.run_fetches_info, d), str(dump.run_feed_keys_info)[:9]]  # noqa: UP031
    with open(d("file"), "w"):
        pass
    found["file"] = d.hide(tried(debug.DumpingDebugWrapperSession, plain, d("file")))
    found["full"] = d.hide(tried(debug.DumpingDebugWrapperSession, plain, d("root")))
    found["no session"] = failure_class(lambda: debug.DumpingDebugWrapperSession(1, d("y")))
    found["no function"] = tried(debug.DumpingDebugWrapperSession, plain, d("z"), watch_fn=1)
    return found


@case
def failing(tf, module):
    debug = module("python.debug")
    x = tf.placeholder(tf.float32, name="x")
    tf.check_numerics(tf.log(x, name="log"), "bad", name="checked")
    d = Folder()
    sess = debug.DumpingDebugWrapperSession(tf.Session(config=config(tf)), d("root"))
    result = sess.run("checked:0", {x: -1.0})
    found = {"result": type(result).__name__}
    dump = debug.DebugDumpDir(d("root/" + os.listdir(d("root"))[0]))
    found["told"] = told(dump)
    found["bad"] = [t.tensor_name for t in dump.find(debug.has_inf_or_nan)]
    raising = debug.DumpingDebugWrapperSession(
        tf.Session(config=config(tf)), d("other"), pass_through_operrors=True
    )
    found["raised"] = failure_class(lambda: raising.run("checked:0", {x: -1.0}))
    return found


@case
def hooks(tf, module):
    debug = module("python.debug")
    x, w = model(tf)
    step = tf.train.get_or_create_global_step()
    count = tf.assign_add(step, 1, name="count")
    d = Folder()
    watch = lambda fetches, feeds: debug.WatchOptions(node_name_regex_whitelist="ns|count")  # noqa: E731
    hook = debug.DumpingDebugHook(d("root"), watch_fn=watch)
    creator = tf.train.ChiefSessionCreator(config=config(tf))
    with tf.train.MonitoredSession(creator, hooks=[hook]) as sess:
        found = {"run": [describe(sess.run(["ns/y:0", count], {x: [1, 2]})) for _ in range(2)]}
    for i, name in enumerate(sorted(os.listdir(d("root")))):
        found["told %d" % i] = told(debug.DebugDumpDir(d("root/" + name)))  # noqa: UP031
    return found


@case
def asking(tf, module):
    """The command line; what it says of times, sizes and itself is its own."""
    debug = module("python.debug")
    x, w = model(tf)
    sess = debug.LocalCLIDebugWrapperSession(started(tf), ui_type="readline")
    sess.add_tensor_filter("large", lambda datum, value: datum.node_name == "u")
    found = {}

    def session(lines, fetches):
        answers = iter(lines.split("\n"))
        inputs = lambda *prompt: next(answers)  # noqa: E731
        ui = sys.modules.get("tensorflow.python.debug.cli.readline_ui")
        names = [vars(ui)] if ui else []
        builtin = sys.modules["builtins"]
        old = builtin.input
        builtin.input = inputs
        for space in names:
            space["input"] = inputs
        result = []
        try:
            text = captured(lambda: result.append(tried(sess.run, fetches, {x: [1, 2]})))
        finally:
            builtin.input = old
        text = re.sub(r"\[\d+\.\d+\] +\d+ +", "[T] S ", text)
        return text.split("run-end")[-1].split("\n"), result

    commands = "run\npt ns/y:0\npt q:1[0:2]\nni ns/y\nni -a w\nli ns/y\nli -c -r u\nlo -t w\nwhat\n"
    commands += "pt v\npf ns/x:0\nlt -f has_inf_or_nan\npt loop/Identity:0 -n 1\nrun -n"
    said, found["first result"] = session(commands, ["ns/y:0", "q:1", "loop/Exit:0"])
    keep = "\n".join(said)
    for label, start, end in (
        ("printed", 'Tensor "ns/y:0:DebugIdentity"', "Node ns/y"),
        ("node", "Node ns/y", "Node w"),
        ("inputs", 'Inputs to node "ns/y"', 'Inputs to node "u"'),
        ("feed", 'Tensor "ns/x:0 (feed)"', "2 dumped"),
        ("of loop", 'Tensor "loop/Identity:0', "\n\n"),
    ):
        part = keep[keep.index(start) :] if start in keep else "(nothing)"
        found[label] = part[: part.index(end)].split("\n") if end in part else part.split("\n")
    found["second result"] = session("", "u:0")[1]
    return found
