"""Graphs taken apart and put together anew: nodes, values, complaints."""

from outcomes import Cases, plain, tried

CASES = Cases()
case = CASES.case


def nodes(graph):
    return [
        [n.name, n.type, [t.name for t in n.inputs], sorted(c.name for c in n.control_inputs)]
        for n in graph.get_operations()
    ]


def names(found):
    return [x.name for x in found]


def view(found):
    return [names(found.ops), names(found.inputs), names(found.outputs), names(found.passthroughs)]


def small(tf):
    """Sums in scopes: a, b, foo/c, foo/d, foo/bar/e and so on."""
    a = tf.constant([1.0, 2.0], name="a")
    with tf.name_scope("foo"):
        b = tf.constant([3.0, 4.0], name="b")
        c = tf.add(a, b, name="c")
        d = tf.constant([5.0, 6.0], name="d")
        with tf.name_scope("bar"):
            with tf.control_dependencies([d]):
                e = tf.add(c, d, name="e")
            f = tf.add(c, d, name="f")
            with tf.control_dependencies([c]):
                g = tf.add(c, a, name="g")
            with tf.control_dependencies([e, f]):
                h = tf.add(f, g, name="h")
    return {"a": a, "b": b, "c": c, "d": d, "e": e, "f": f, "g": g, "h": h}


@case
def choosing(tf, module):
    ge, t = tf.contrib.graph_editor, small(tf)
    graph = tf.get_default_graph()
    cios = ge.ControlOutputs(graph)
    bar = ge.get_name_scope_ops(graph, "foo/bar/")
    found = {
        "scope": names(bar),
        "no scope": names(ge.get_name_scope_ops(graph, "fo")),
        "by regex": names(ge.filter_ops_from_regex(graph, "^foo/[cd]$")),
        "tensors": names(ge.filter_ts(bar, True)),
        "tensors by regex": names(ge.filter_ts_from_regex(graph, r"bar/\w:0")),
        "some": names(ge.filter_ops(graph, lambda op: op.type == "Const")),
        "neighbours": names(ge.get_ops_ios(t["c"].op)),
        "neighbours, control": names(ge.get_ops_ios(t["c"].op, control_ios=cios)),
        "boundary": [names(x) for x in ge.compute_boundary_ts(bar)],
        "within": names(ge.get_within_boundary_ops(graph, t["e"].op, [t["c"].op], False)),
        "within, control": sorted(
            names(ge.get_within_boundary_ops(graph, t["d"].op, [t["f"].op], control_ios=cios))
        ),
        "forward": sorted(names(ge.get_forward_walk_ops(t["d"].op))),
        "forward of tensor": sorted(names(ge.get_forward_walk_ops(t["g"], inclusive=False))),
        "forward, control": sorted(
            names(ge.get_forward_walk_ops([t["e"].op], control_outputs=cios))
        ),
        "forward, stopped": sorted(names(ge.get_forward_walk_ops(t["a"].op, stop_at_ts=[t["c"]]))),
        "backward": sorted(names(ge.get_backward_walk_ops(t["h"].op))),
        "backward, kept": sorted(names(ge.get_backward_walk_ops(t["h"], within_ops=bar))),
        "backward, by function": sorted(
            names(ge.get_backward_walk_ops(t["h"], within_ops_fn=lambda op: "c" not in op.name))
        ),
        "backward, control": sorted(names(ge.get_backward_walk_ops([t["h"]], control_inputs=True))),
        "intersection": sorted(names(ge.get_walks_intersection_ops([t["c"].op], [t["h"].op]))),
        "union": sorted(names(ge.get_walks_union_ops([t["f"].op], [t["g"].op]))),
        "ops": names(ge.select_ops("^foo/[cd]", t["a"].op, [t["a"]], graph=graph)),
        "ops, filtered": names(ge.select_ops(graph, positive_filter=lambda op: op.type == "Const")),
        "ts": names(ge.select_ts("^foo/c", "(?#ops)foo", t["a"], graph=graph)),
        "both": [
            names(x) for x in ge.select_ops_and_ts("foo/c", "(?#ts)^a", t["b"].op, graph=graph)
        ],
        "generating": names(ge.get_generating_ops([t["e"], t["c"]])),
        "consuming": names(ge.get_consuming_ops([t["c"], t["a"]])),
        "control outputs": sorted(names(cios.get(t["c"].op))),
        "none": list(cios.get(t["h"].op)),
    }
    for key, call in {
        "no graph": lambda: ge.select_ops("foo"),
        "wrong key": lambda: ge.select_ops("foo", grph=graph),
        "no op": lambda: ge.make_list_of_op([3]),
        "tensor": lambda: ge.make_list_of_op([t["a"]]),
        "not allowed": lambda: ge.make_list_of_t(graph, allow_graph=False),
        "no regex": lambda: ge.make_regex(3),
        "no outputs": lambda: ge.check_cios(False, 3),
        "too many": lambda: ge.check_cios(False, cios, cios),
        "boundary is seed": lambda: ge.get_within_boundary_ops(graph, t["a"].op, [t["a"].op]),
        "no tensors of": lambda: ge.get_tensors(3),
    }.items():
        found[key] = tried(call)
    return found


@case
def views(tf, module):
    ge, t = tf.contrib.graph_editor, small(tf)
    graph = tf.get_default_graph()
    bar = ge.sgv_scope("foo/bar", graph)
    found = {"bar": view(bar), "text": plain(str(bar)).split("\n")[1:]}
    found["remapped"] = view(bar.remap_inputs([1]).remap_outputs([0, t["h"], 0]))
    found["unique"] = view(bar.remap_outputs([0, 0]).remap_outputs_make_unique())
    found["consumers"] = view(ge.sgv(t["c"].op).remap_outputs_to_consumers())
    found["default"] = view(bar.remap([1], [0]).remap_default())
    found["default outputs"] = view(bar.remap([1], [0]).remap_default(False))
    found["used"] = view(bar.remap([0], [1]).remove_unused_ops())
    found["passing"] = view(ge.sgv(t["e"].op, t["h"], "foo/b", graph=graph))
    found["passing text"] = plain(str(ge.sgv(t["h"]))).split("\n")[1:]
    found["by name"] = bar.find_op_by_name("foo/bar/g").name
    found["indices"] = [bar.input_index(t["d"]), bar.output_index(t["h"])]
    found["outside"] = names(ge.sgv(t["c"].op).consumers())
    found["empty"] = [bool(ge.sgv()), str(ge.sgv())]
    for key, call in {
        "twice": lambda: bar.remap_inputs([0, 0]),
        "out of range": lambda: bar.remap_outputs([9]),
        "unknown": lambda: bar.find_op_by_name("x"),
        "another graph": lambda: ge.make_view(bar, graph=tf.Graph()),
    }.items():
        found[key] = tried(call)
    return found


def outcome(tf, fetch):
    with tf.Session(graph=fetch.graph) as s:
        return tried(s.run, fetch)


@case
def rerouting(tf, module):
    ge = tf.contrib.graph_editor
    found = {}
    for name in ("swap_ts", "reroute_ts"):
        with tf.Graph().as_default() as graph:
            t = small(tf)
            found[name] = getattr(ge, name)([t["a"], t["d"]], [t["b"], t["c"]])
            found[name + ", nodes"] = nodes(graph)
        with tf.Graph().as_default() as graph:
            t = small(tf)
            more = {"can_modify": [t["e"].op, t["c"].op], "cannot_modify": t["c"].op}
            found[name + ", some"] = getattr(ge, name)(t["a"], t["c"], **more)
            found[name + ", some, nodes"] = nodes(graph)
    for name in ("inputs", "outputs", "ios"):
        for way in ("swap_", "reroute_"):
            with tf.Graph().as_default() as graph:
                t = small(tf)
                with tf.name_scope("other"):
                    x = tf.add(t["b"], t["d"], name="x")
                    tf.negative(x, name="y")
                pair = getattr(ge, way + name)(ge.sgv(t["c"].op), ge.sgv(x.op))
                found[way + name] = [view(v) for v in pair]
                found[way + name + ", nodes"] = nodes(graph)
    with tf.Graph().as_default():
        t = small(tf)
        with tf.control_dependencies([t["e"]]):
            i = tf.add(t["a"], t["b"], name="i")
        ge.remove_control_inputs(i.op, t["e"].op)
        ge.add_control_inputs(i.op, [t["c"].op, t["d"].op])
        found["controls"] = names(i.op.control_inputs)
        found["not there"] = tried(ge.remove_control_inputs, i.op, t["a"].op)
        found["there"] = tried(ge.add_control_inputs, i.op, t["c"].op)
        found["sizes"] = tried(ge.swap_ts, [t["a"]], [])
        found["types"] = tried(ge.swap_ts, t["a"], tf.constant([1, 2]))
        found["shapes"] = tried(ge.swap_ts, t["a"], tf.constant([1.0]))
    return found


@case
def editing(tf, module):
    ge = tf.contrib.graph_editor
    found = {}
    for name in ("detach", "detach_inputs", "detach_outputs"):
        with tf.Graph().as_default() as graph:
            t = small(tf)
            result = getattr(ge, name)(ge.sgv(t["c"].op, t["f"].op))
            found[name] = [view(result[0]), [names(ts) for ts in result[1:]]]
            found[name + ", nodes"] = nodes(graph)
    with tf.Graph().as_default() as graph:
        t = small(tf)
        ge.detach(ge.sgv(t["e"].op, t["f"].op), control_ios=ge.ControlOutputs(graph))
        found["controls"] = nodes(graph)
    for first in (False, True):
        with tf.Graph().as_default() as graph:
            t = small(tf)
            x = tf.add(t["a"], tf.square(t["b"], name="z"), name="x")
            pair = ge.connect(ge.sgv(t["e"].op, t["g"].op), ge.sgv(x.op), first)
            found["connect %s" % first] = [view(v) for v in pair]  # noqa: UP031
            found["connect %s, nodes" % first] = nodes(graph)  # noqa: UP031
            if not first:
                found["connected"] = outcome(tf, x)
    with tf.Graph().as_default() as graph:
        t = small(tf)
        last = tf.negative(t["h"], name="last")
        result = ge.bypass(ge.sgv(last.op))
        found["bypass"] = [view(result[0]), names(result[1])]
        result = ge.bypass(ge.sgv(t["c"].op).remap_inputs([1]))
        found["bypass, nodes"] = nodes(graph)
        found["bypassed"] = outcome(tf, t["h"])
    found["names"] = [
        ge.placeholder_name(),
        ge.placeholder_name(scope="x/"),
        ge.placeholder_name(t["c"]),
        ge.placeholder_name(t["c"], scope="y"),
        ge.placeholder_name(t["c"], prefix="p"),
        tried(ge.placeholder_name, 3),
        ge.ph(tf.float32, [2]).name,
    ]
    return found


@case
def copying(tf, module):
    ge = tf.contrib.graph_editor
    t = small(tf)
    tf.add_to_collection("foo/mine", t["e"])
    tf.add_to_collection(tf.GraphKeys.LOSSES, t["h"])
    graph = tf.get_default_graph()
    made, info = ge.copy(ge.sgv_scope("foo", graph), dst_scope="copy", src_scope="foo")
    found = {"view": view(made), "text": plain(str(info)).split("\n")[2:]}
    # The order of some lines is by chance.
    found["text"] = sorted(found["text"])
    found["transformed"] = [info.transformed(t["e"]).name, info.transformed(t["a"])]
    found["original"] = info.original(made.ops[0]).name in names(graph.get_operations())
    found["tree"] = [x.name for x in info.transformed({"x": [t["e"], (t["f"],)]})["x"][:1]]
    again, _ = ge.copy(ge.sgv_scope("foo/bar", graph), dst_scope="copy")
    found["again"] = sorted(names(again.ops))
    _, info = ge.copy_with_input_replacements(
        ge.sgv_scope("foo/bar", graph), {t["c"]: t["a"]}, dst_scope="with"
    )
    found["replaced"] = outcome(tf, info.transformed(t["h"]))
    found["collections"] = {
        key: sorted(names(tf.get_collection(key))) for key in graph.get_all_collection_keys()
    }
    found["nodes"] = sorted(nodes(graph))
    other = tf.Graph()
    ge.copy(ge.sgv_scope("foo/bar", graph), other)
    found["other graph"] = sorted(nodes(other))
    found["outside"] = tried(ge.copy, ge.sgv(graph), src_scope="foo")
    found["no graph"] = tried(ge.copy, ge.sgv(graph), 3)
    return found


@case
def replacing(tf, module):
    ge, t = tf.contrib.graph_editor, small(tf)
    ten = tf.constant([10.0, 20.0], name="ten")
    made = ge.graph_replace([t["h"], (t["d"],)], {t["a"]: ten, t["d"]: t["a"]}, dst_scope="new")
    found = {"values": [outcome(tf, made[0]), made[1][0].name]}
    found["nodes"] = sorted(nodes(tf.get_default_graph()))
    found["not connected"] = tried(ge.graph_replace, t["a"], {t["h"]: ten})
    return found


@case
def loops(tf, module):
    ge = tf.contrib.graph_editor
    x = tf.constant(2.0, name="x")
    _, y = tf.while_loop(lambda i, v: i < 5, lambda i, v: (i + 1, v * x), [0, x])
    z = tf.add(y, 1.0, name="z")
    made = ge.graph_replace(z, {x: tf.constant(3.0)}, dst_scope="new")
    found = {"z": outcome(tf, z), "made": outcome(tf, made)}
    found["nodes"] = sorted(nodes(tf.get_default_graph()))
    return found


@case
def saving_memory(tf, module):
    """What gradient checkpointing does: a forward part once more, behind the gradients."""
    ge = tf.contrib.graph_editor
    x = tf.get_variable("x", [2, 3], initializer=tf.ones_initializer())
    y = x
    for _ in range(4):
        y = tf.nn.tanh(y * 1.5)
    loss = tf.reduce_sum(y)
    ops = ge.get_backward_walk_ops([loss.op], inclusive=True)
    between = [op for op in ops if "mul" in op.name or "Tanh" in op.name]
    stop = [op.outputs[0] for op in between if op.name == "Tanh_1"][0]
    copied, info = ge.copy_with_input_replacements(
        ge.sgv([op for op in between if op.name not in ("mul", "Tanh", "mul_1", "Tanh_1")]), {}
    )
    found = {"copied": sorted(names(copied.ops))}
    stopped = tf.stop_gradient(stop)
    ge.reroute_ts(stopped, stop, can_modify=list(info._transformed_ops.values()))
    copies = list(info._transformed_ops.values())
    grads = tf.gradients(
        info.transformed([op for op in between if op.name == "Tanh_3"][0]).outputs, x
    )
    found["grads"] = str(grads)
    for op in copies:
        if not op.control_inputs and op.type == "Mul":
            ge.add_control_inputs(op, [loss.op])
    with tf.Session() as s:
        s.run(x.initializer)
        value = info.transformed([op for op in between if op.name == "Tanh_3"][0]).outputs[0]
        found["equal"] = bool(abs(s.run(value) - s.run(y)).max() == 0)
    found["nodes"] = sorted(nodes(tf.get_default_graph()))
    return found
