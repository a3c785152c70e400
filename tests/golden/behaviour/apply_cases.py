"""Making nodes: op_def_library's checks, generated ops, Operation, devices, scopes, names."""

import threading

import numpy as np
from outcomes import Cases, describe, tried

CASES = Cases()
case = CASES.case


def nodes(graph):
    return [
        "%s %s %s @%s" % (n.name, n.op, list(n.input), n.device)  # noqa: UP031 - Python 3.7
        for n in graph.as_graph_def().node
    ]


@case
def wrong_arguments(tf, module):
    math = module("python.ops.gen_math_ops")
    array = module("python.ops.gen_array_ops")
    raw = tf.raw_ops
    a, i = tf.constant([1.0, 2.0], name="a"), tf.constant([1, 2], name="i")
    s = tf.constant("s")
    v = tf.Variable([1.0, 2.0], name="v")
    return {
        "add float int": tried(math.add, a, i),
        "add int float": tried(math.add, i, a),
        "add float string": tried(math.add, a, s),
        "add list": tried(math.add, a, [1, 2]),
        "add text": tried(math.add, a, "text"),
        "add none": tried(math.add, a, None),
        "none add": tried(math.add, None, a),
        "add object": tried(math.add, a, object())[:70],
        "add bool": tried(math.add, tf.constant(True), True),
        "add dict": tried(math.add, a, {})[:70],
        "float list to int": tried(math.add, i, [1.5, 2]),
        "and float": tried(math.logical_and, a, a),
        "not int": tried(math.logical_not, 1),
        "matmul bool": tried(math.mat_mul, [[True]], [[True]]),
        "sin int": tried(math.sin, 1),
        "sin int tensor": tried(math.sin, i),
        "sin string": tried(math.sin, "x"),
        "concat one type": tried(array.concat_v2, [a, i], 0),
        "concat empty": tried(array.concat_v2, [], 0),
        "concat one": tried(array.concat_v2, [a], 0),
        "concat no list": tried(array.concat_v2, 3, 0),
        "pack empty": tried(array.pack, []),
        "pack mixed": tried(array.pack, [a, 3]),
        "pack ints then floats": tried(array.pack, [1, 2.5]),
        "add_n empty": tried(math.add_n, []),
        "add_n": tried(math.add_n, [a, a]),
        "add_n mixed": tried(math.add_n, [a, i]),
        "add_n tensor": tried(math.add_n, a),
        "split zero": tried(array.split, 0, a, 0),
        "split text": tried(array.split, 0, a, "x"),
        "split float": tried(array.split, 0, a, 2.0),
        "unpack negative": tried(array.unpack, a, -1),
        "cast type": tried(math.cast, a, "no type"),
        "cast dtype": tried(math.cast, a, tf.int32),
        "cast number": tried(math.cast, a, 3),
        "cast numpy": tried(math.cast, a, np.int64),
        "cast none": tried(math.cast, a, None),
        "bool attr text": tried(math.mat_mul, [[1.0]], [[1.0]], "yes"),
        "bool attr int": tried(math.mat_mul, [[1.0]], [[1.0]], 1),
        "bool attr list": tried(math.mat_mul, [[1.0]], [[1.0]], transpose_a=[]),
        "int attr float": tried(array.one_hot, i, 3, 1.0, 0.0, 1.5),
        "axis attr none": tried(array.one_hot, i, 3, 1.0, 0.0, None),
        "shape attr": tried(array.placeholder, tf.float32, [2, None]),
        "shape attr tensor shape": tried(array.placeholder, tf.float32, tf.TensorShape(None)),
        "shape attr int": tried(array.placeholder, tf.float32, 3),
        "shape attr text": tried(array.placeholder, tf.float32, "ab"),
        "shape attr negative": tried(array.placeholder, tf.float32, [-2]),
        "dtype missing": tried(array.placeholder, None),
        "too many": tried(lambda: math.sin(a, "n", 3))[:40],
        "too few": tried(lambda: math.add(a))[:40],
        "keyword": tried(lambda: math.add(a, y=a, z=3))[:50],
        "raw": tried(lambda: raw.Add(x=1.0, y=2.0)),
        "raw positional": tried(lambda: raw.Add(1.0, 2.0)),
        "raw missing": tried(lambda: raw.Add(x=1.0))[:40],
        "raw name": tried(lambda: raw.Add(x=1.0, y=2.0, name="sum").name),
        "raw attr": tried(lambda: raw.Sum(input=[1.0], axis=0, keep_dims=True)),
        "ref for value": tried(math.add, v._variable, 1.0),
        "value for ref": tried(module("python.ops.gen_state_ops").assign, a, a),
        "int for ref": tried(module("python.ops.gen_state_ops").assign, 3, a),
        "type list": tried(array.identity_n, [a, i, s]),
        "type list empty": tried(array.identity_n, []),
        "type list text": tried(array.identity_n, "ab"),
        "name int": tried(math.add, 1.0, 2.0, 3)[:40],
        "name bad": tried(math.add, 1.0, 2.0, "a b"),
        "name dash": tried(math.add, 1.0, 2.0, "-a"),
        "name underscore": tried(math.add, 1.0, 2.0, "_a"),
        "name slash": tried(lambda: [math.add(1.0, 2.0, "q/").name, math.add(1.0, 2.0, "q/").name]),
        "name empty": tried(lambda: math.add(1.0, 2.0, "").name),
        "name scope": tried(lambda: math.add(1.0, 2.0, "s/t").name),
        "numpy": tried(math.add, np.float32(1.0), np.float64(2.0)),
        "numpy int": tried(math.add, np.int64(1), 2),
        "python ints": tried(math.add, 1, 2.0),
        "python floats": tried(math.add, 1.0, 2),
        "large": tried(math.add, 2**40, 1),
        "small then large": tried(math.add, 1, 2**40),
        "shapes": tried(math.mat_mul, [[1.0, 2.0]], [[1.0, 2.0]]),
        "rank": tried(math.mat_mul, [1.0], [[1.0]]),
        "sparse": tried(math.add, tf.SparseTensor([[0]], [1.0], [1]), 1.0),
        "tensor of other graph": tried(math.add, tf.Graph().as_default and other(tf), 1.0),
        "two graphs": tried(math.add, other(tf), a),
        "reshape type": tried(array.reshape, a, [1.5]),
        "reshape bool": tried(array.reshape, a, [True]),
        "gather index": tried(array.gather, a, [1.0]),
        "fill": tried(array.fill, [2], a),
        "fill dims": tried(array.fill, [[2]], 1.0),
        "range mixed": tried(math._range, 0, 3.0, 1),
        "sum axis float": tried(math._sum, a, 0.5),
    }


def other(tf):
    with tf.Graph().as_default():
        return tf.constant(1.0, name="other")


@case
def results_of_generated_ops(tf, module):
    array = module("python.ops.gen_array_ops")
    nn = module("python.ops.gen_nn_ops")
    a = tf.constant([1.0, 2.0, 2.0])
    made = {
        "unique": array.unique(a),
        "unique counts": array.unique_with_counts(a),
        "top": nn.top_kv2(a, 2),
        "xent": nn.softmax_cross_entropy_with_logits([[1.0, 2.0]], [[0.0, 1.0]]),
        "split": array.split(0, a, 3),
        "unpack": array.unpack(a, 3),
        "unpack none": array.unpack(tf.zeros([0]), 0),
        "identity_n": array.identity_n([a, 3]),
        "shape": array.shape(a),
        "shape_n": array.shape_n([a, a]),
        "no_op": module("python.ops.gen_control_flow_ops").no_op(),
        "switch": module("python.ops.gen_control_flow_ops").switch(a, True),
        "merge": module("python.ops.gen_control_flow_ops").merge([a, a]),
        "broadcast": array.broadcast_gradient_args([1], [2]),
        "list diff": array.list_diff([1, 2], [2]),
    }
    return {k: describe(v) for k, v in made.items()}


@case
def operations(tf, module):
    a = tf.constant([1.0, 2.0], name="a")
    b = tf.placeholder(tf.float32, [2, None], name="b")
    m = tf.matmul(b, tf.transpose(b), name="m")
    u = tf.unique([1, 2, 2], name="u")
    with tf.control_dependencies([a.op]):
        c = tf.no_op(name="c")
    op = m.op
    found = {
        "get_attr bool": tried(op.get_attr, "transpose_a"),
        "get_attr type": tried(op.get_attr, "T"),
        "get_attr shape": tried(lambda: str(b.op.get_attr("shape"))),
        "get_attr tensor": tried(lambda: type(a.op.get_attr("value")).__name__),
        "get_attr missing": tried(op.get_attr, "nothing"),
        "get_attr types": tried(tf.identity_n([a, 1])[0].op.get_attr, "T"),
        "get_attr strings": tried(
            lambda: tf.Variable([1.0], name="lo").initializer.get_attr("_class")
        ),
        "name": op.name,
        "type": op.type,
        "device": op.device,
        "graph": op.graph is tf.get_default_graph(),
        "repr": repr(op),
        "op_def": op.op_def.name,
        "inputs": [describe(list(op.inputs)), len(op.inputs), str(type(op.inputs).__name__)],
        "outputs": describe(op.outputs),
        "values": describe(u.y.op.values()),
        "control_inputs": [o.name for o in c.control_inputs],
        "control_outputs": [o.name for o in a.op._control_outputs],
        "colocation": describe(op.colocation_groups()),
        "consumers": [o.name for o in b.consumers()],
        "index": u.idx.value_index,
        "append to inputs": tried(lambda: op.inputs.append(a)),
        "set inputs": tried(lambda: op.inputs.__setitem__(0, a)),
        "outputs copied": tried(lambda: (op.outputs.append(a), len(op.outputs))[1]),
        "input slice": tried(lambda: [t.name for t in op.inputs[:1]]),
        "run": tried(op.run, {b: [[1.0], [2.0]]}),
        "eq": [op == m.op, op != a.op, op in {m.op}],
        "lt": tried(lambda: op < a.op)[:16],
        "id": [op._id, a.op._id],
        "missing": tried(lambda: op.made_up),
        "node_def copied": tried(lambda: (op.node_def.attr.clear(), len(op.node_def.attr))[1]),
        "as_graph_element": tried(op._as_graph_element) if hasattr(op, "_as_graph_element") else "",
    }
    attr_value = module("core.framework.attr_value_pb2")
    op._set_attr("_mine", attr_value.AttrValue(i=3))
    found["set"] = [
        tried(op.get_attr, "_mine"),
        op.node_def.attr["_mine"].i,
        tf.get_default_graph().as_graph_def().node[3].attr["_mine"].i,
    ]
    op._set_attr("_text", attr_value.AttrValue(s=b"abc"))
    op._set_attr("_list", attr_value.AttrValue(list=attr_value.AttrValue.ListValue(i=[1, 2])))
    op._set_attr("_none", attr_value.AttrValue(list=attr_value.AttrValue.ListValue()))
    op._set_attr("_float", attr_value.AttrValue(f=0.5))
    op._set_attr("_type", attr_value.AttrValue(type=1))
    for n in ("_text", "_list", "_none", "_float", "_type"):
        found[n] = tried(op.get_attr, n)
    op._set_device("/cpu:0")
    found["set device"] = op.device
    op._add_control_input(c)
    found["added control"] = [o.name for o in op.control_inputs]
    op._remove_all_control_inputs()
    found["removed control"] = [o.name for o in op.control_inputs]
    found["update input"] = tried(
        lambda: (op._update_input(0, tf.zeros([2, 2])), op.inputs[0].name)[1]
    )
    found["update wrong"] = tried(op._update_input, 0, tf.constant(1))
    found["update range"] = tried(op._update_input, 5, a)
    found["add input"] = tried(lambda: op._add_inputs) if False else ""
    return found


@case
def create_op(tf, module):
    g = tf.get_default_graph()
    a = tf.constant([1.0], name="a")
    attr_value = module("core.framework.attr_value_pb2")
    T = {"T": attr_value.AttrValue(type=1)}
    return {
        "add": tried(lambda: g.create_op("Add", [a, a], [tf.float32], attrs=T).outputs[0]),
        "named": tried(lambda: g.create_op("Add", [a, a], [tf.float32], name="n", attrs=T).name),
        "again": tried(lambda: g.create_op("Add", [a, a], [tf.float32], name="n", attrs=T).name),
        "slash": tried(lambda: g.create_op("Add", [a, a], [tf.float32], name="n/", attrs=T).name),
        "no dtypes": tried(lambda: g.create_op("Add", [a, a], attrs=T).outputs[0]),
        "input types": tried(
            lambda: g.create_op("Add", [a, a], [tf.float32], [tf.float32] * 2, attrs=T).name
        ),
        "wrong input types": tried(
            lambda: g.create_op("Add", [a, a], [tf.float32], [tf.int32] * 2, attrs=T).name
        ),
        "no attr": tried(lambda: g.create_op("Add", [a, a], [tf.float32])),
        "wrong attr": tried(
            lambda: g.create_op("Add", [a, a], [tf.float32], attrs={"T": attr_value.AttrValue(i=1)})
        )[:60],
        "other type": tried(
            lambda: g.create_op(
                "Add", [a, a], [tf.float32], attrs={"T": attr_value.AttrValue(type=3)}
            )
        )[:60],
        "no tensor": tried(lambda: g.create_op("Add", [a, 3], [tf.float32], attrs=T)),
        "unknown": tried(lambda: g.create_op("MadeUp", [], [])),
        "other graph": tried(lambda: g.create_op("Add", [a, other(tf)], [tf.float32], attrs=T)),
        "bad name": tried(lambda: g.create_op("NoOp", [], [], name="a b")),
        "shapes": tried(
            lambda: g.create_op("Add", [a, a], [tf.float32], attrs=T, compute_shapes=False).outputs
        ),
        "op def": tried(lambda: g.create_op("NoOp", [], [], op_def=tf.no_op().op_def).name),
        "operation": tried(
            lambda: (
                tf.Operation(
                    module("core.framework.node_def_pb2").NodeDef(name="made", op="NoOp"), g
                ).name
            )
        ),
        "operation bad name": tried(
            tf.Operation, module("core.framework.node_def_pb2").NodeDef(name="a b", op="NoOp"), g
        ),
        "operation no node": tried(tf.Operation, "x", g),
        "operation no graph": tried(
            tf.Operation, module("core.framework.node_def_pb2").NodeDef(name="made", op="NoOp"), 3
        ),
        "is": tried(g._is_function, "x"),
    }


@case
def devices(tf, module):
    g = tf.get_default_graph()
    found = {}

    def at(label):
        found[label] = tf.no_op().device

    with tf.device("/cpu:0"):
        at("cpu")
        with tf.device("/job:a"):
            at("merged")
            with tf.device("/gpu:1"):
                at("gpu in cpu")
            with tf.device(None):
                at("none")
                with tf.device("/task:3"):
                    at("below none")
        with tf.device(""):
            at("empty")
        with tf.device("/device:GPU:2"):
            at("override")
    at("outside")
    with tf.device(tf.DeviceSpec(job="w", task=1)):
        at("spec")
        with tf.device(tf.DeviceSpec(device_type="GPU", device_index=0)):
            at("two specs")
    seen = []

    def choose(op):
        seen.append((op.name, op.type))
        return "/gpu:3" if op.type == "NoOp" else ""

    with tf.device(choose):
        at("function")
        tf.constant(1.0, name="k")
        with tf.device("/cpu:7"):
            at("function outside")
    with tf.device("/cpu:7"), tf.device(choose):
        at("function inside")
    with tf.device(lambda op: ""):
        at("function empty")
    with tf.device(lambda op: tf.DeviceSpec(job="x").to_string()):
        at("function text")
    found["seen"] = describe(seen)
    found["bad"] = tried(lambda: tf.device("/made/up").__enter__())
    found["bad job"] = tried(lambda: tf.device("cpu0").__enter__())
    found["number"] = tried(lambda: tf.device(3).__enter__())
    found["type"] = tried(lambda: tf.device("/tpu:1").__enter__())
    g = tf.Graph()
    with g.as_default(), g.device("/CPU:0"):
        at("upper case")
    with g.as_default(), tf.device("/job:ps/replica:2/task:3/cpu:4"):
        at("all")
        with tf.device("/job:w"):
            at("job over all")
    with g.as_default(), tf.device("/cpu:*"):
        at("star")
    v2 = tf.device
    with g.as_default(), v2("/gpu:0"):
        c = tf.constant(1.0)
    with g.as_default(), tf.colocate_with(c):
        d = tf.constant(2.0)
        found["colocated"] = [d.device, [str(x) for x in d.op.colocation_groups()]]
    with g.as_default(), tf.device("/cpu:1"), tf.colocate_with(c.op):
        d = tf.constant(2.0)
        found["colocated under device"] = [d.device, [str(x) for x in d.op.colocation_groups()]]
        with tf.device("/gpu:5"):
            e = tf.constant(3.0)
            found["device under colocated"] = [e.device, [str(x) for x in e.op.colocation_groups()]]
    with g.as_default(), tf.colocate_with(c), tf.colocate_with(d):
        e = tf.constant(3.0)
        found["two"] = [e.device, [str(x) for x in e.op.colocation_groups()]]
        with tf.colocate_with(None, True):
            f = tf.constant(3.0)
            found["none ignored"] = [f.device, [str(x) for x in f.op.colocation_groups()]]
    with g.as_default():
        found["none kept"] = tried(lambda: tf.colocate_with(None).__enter__())
        found["other"] = tried(lambda: tf.colocate_with(3).__enter__())[:70]
    merge = module("python.framework.device")
    found["merge"] = describe(
        [
            merge.canonical_name("/gpu:0"),
            tf.DeviceSpec.from_string("/job:a/cpu:0").to_string(),
        ]
    )
    return found


@case
def scopes(tf, module):
    g = tf.get_default_graph()
    ops = module("python.framework.ops")
    found = {}
    with tf.name_scope("s") as s:
        a = tf.constant(1.0, name="a")
        with tf.name_scope("t") as t:
            b = tf.constant(1.0, name="b")
        with tf.name_scope("t") as t2:
            pass
        with tf.name_scope(s):
            c = tf.constant(1.0, name="c")
        with tf.name_scope(None) as none:
            d = tf.constant(1.0, name="d")
        with tf.name_scope("") as empty:
            e = tf.constant(1.0, name="e")
        with tf.name_scope("x/y") as xy:
            pass
        found["current"] = g.get_name_scope()
    with tf.name_scope("s") as again:
        pass
    found["names"] = describe(
        [s, t, t2, none, empty, xy, again, a.name, b.name, c.name, d.name, e.name]
    )
    found["default"] = tried(lambda: tf.name_scope(None, "given", [a]).__enter__())
    found["no name"] = tried(lambda: tf.name_scope(None, None, [a]).__enter__())
    found["values alone"] = tried(lambda: tf.name_scope(None, values=[a]).__enter__())
    found["bad"] = tried(lambda: tf.name_scope("a b").__enter__())
    found["starting dash"] = tried(lambda: tf.Graph().name_scope("-a").__enter__())
    found["starting underscore"] = tried(lambda: tf.Graph().name_scope("_a").__enter__())
    found["property"] = tf.name_scope("mine", "other").name
    h = tf.Graph()
    found["unique"] = describe(
        [
            h.unique_name("a"),
            h.unique_name("a"),
            h.unique_name("A"),
            h.unique_name("a_1"),
            h.unique_name("b", mark_as_used=False),
            h.unique_name("b"),
            h.unique_name("c/d"),
            h.unique_name("c"),
            h.unique_name("c/D"),
        ]
    )
    found["strip"] = describe(
        [ops.strip_name_scope("^a/b", "a"), ops.strip_name_scope("loc:@a/b", "a")]
    )
    found["prepend"] = describe(
        [ops.prepend_name_scope("^b", "a"), ops.prepend_name_scope("loc:@b", "a")]
    )
    found["name from scope"] = describe(
        [ops.name_from_scope_name("a/"), ops.name_from_scope_name("")]
    )
    with tf.Graph().as_default():
        with tf.name_scope("Same"):
            n = tf.constant(1.0, name="same")
        with tf.name_scope("same"):
            m = tf.constant(1.0, name="same")
        o = tf.constant(1.0, name="Same/same")
        found["case"] = [n.name, m.name, o.name]
    return found


@case
def control_dependencies(tf, module):
    g = tf.get_default_graph()
    a, b = tf.constant(1.0, name="a"), tf.constant(2.0, name="b")
    v = tf.Variable(1.0, name="v")
    r = tf.get_variable("r", [], use_resource=True)
    found = {}

    def inputs(label, t):
        op = getattr(t, "op", t)
        found[label] = [o.name for o in op.control_inputs]

    with tf.control_dependencies([a, b]):
        inputs("two", tf.constant(1.0))
        inputs("own input", tf.identity(a))
        with tf.control_dependencies([b, v]):
            inputs("nested", tf.no_op())
        with tf.control_dependencies(None):
            inputs("none", tf.no_op())
            with tf.control_dependencies([b]):
                inputs("below none", tf.no_op())
        c = tf.no_op(name="c")
        with tf.control_dependencies([c]):
            inputs("implied", tf.no_op())
            inputs("input implied", tf.identity(a))
    with tf.control_dependencies([a.op, "b:0", "b"]):
        inputs("names", tf.no_op())
    with tf.control_dependencies([r]):
        inputs("resource", tf.no_op())
    with tf.control_dependencies([tf.IndexedSlices(a, tf.constant([0], name="ix"))]):
        inputs("slices", tf.no_op())
    found["sparse"] = tried(
        lambda: g.control_dependencies([tf.SparseTensor([[0]], [1.0], [1])]).__enter__()
    )[:60]
    found["number"] = tried(lambda: g.control_dependencies([3]).__enter__())
    found["none in list"] = tried(lambda: g.control_dependencies([None]).__enter__())
    found["one tensor"] = tried(lambda: g.control_dependencies(a).__enter__())[:80]
    found["unknown"] = tried(lambda: g.control_dependencies(["zzz"]).__enter__())
    found["other graph"] = tried(lambda: g.control_dependencies([other(tf)]).__enter__())
    found["callable"] = tried(lambda: tf.control_dependencies([lambda: a]).__enter__())
    with tf.control_dependencies([]):
        inputs("empty", tf.no_op())
    with tf.control_dependencies([a]):
        with tf.name_scope("x"):
            w = tf.Variable(lambda: tf.constant(3.0))
            inputs("initial value", w.initializer.inputs[1])
    with tf.control_dependencies([a]):
        inputs("mul of a", a * 2.0)
        d = tf.add(a, a, name="d")
        inputs("chain", tf.add(d, 1.0))
    found["nodes"] = nodes(g)
    return found


@case
def collections_and_graph(tf, module):
    g = tf.get_default_graph()
    found = {}
    g.add_to_collection("k", 1)
    g.add_to_collections(["k", "l", "k"], 2)
    g.add_to_collections("m", 3)
    found["get"] = describe([g.get_collection("k"), g.get_collection("l"), g.get_collection("m")])
    found["copy"] = describe([g.get_collection("k") is g.get_collection("k")])
    found["ref"] = describe([g.get_collection_ref("k") is g.get_collection_ref("k")])
    found["made"] = describe([g.get_collection_ref("new"), sorted(map(str, g.collections))])
    found["none"] = describe(g.get_collection("nothing"))
    a = tf.constant(1.0, name="x/a")
    b = tf.constant(1.0, name="y/a")
    tf.add_to_collection("t", a)
    tf.add_to_collection("t", b)
    tf.add_to_collection("t", "no name")
    found["scope"] = describe([t.name for t in tf.get_collection("t", "x")])
    found["scope regex"] = describe([t.name for t in tf.get_collection("t", ".*/a")])
    g.clear_collection("t")
    found["cleared"] = describe(g.get_collection("t"))
    found["keys"] = describe(sorted(g.get_all_collection_keys()))
    g.add_to_collection(("tuple",), 3)
    found["tuple name"] = describe(g.get_collection(("tuple",)))
    found["unhashable"] = tried(g.add_to_collection, [], 1)
    found["element"] = describe(
        [
            g.as_graph_element("x/a"),
            g.as_graph_element("x/a:0"),
            g.as_graph_element(a),
            g.as_graph_element(a.op),
            g.as_graph_element(tf.Variable(1.0, name="v")),
            g.as_graph_element(tf.get_variable("r", [], use_resource=True)),
        ]
    )
    e = g.as_graph_element
    found["errors"] = [
        tried(e, 3),
        tried(e, None),
        tried(e, "x/a", True, False),
        tried(e, "x/a:0", False, True),
        tried(e, "x/a:1"),
        tried(e, "x/a:b"),
        tried(e, ":0"),
        tried(e, "zzz"),
        tried(e, "zzz:0"),
        tried(e, a, False, True),
        tried(e, a.op, True, False),
        tried(e, "x/a", False, False),
        tried(e, other(tf)),
        tried(e, other(tf).op),
        tried(e, b"x/a:0"),
        tried(g.get_tensor_by_name, "x/a"),
        tried(g.get_tensor_by_name, 3),
        tried(g.get_operation_by_name, "x/a:0"),
        tried(g.get_operation_by_name, 3),
        tried(g.get_operation_by_name, "zzz"),
        tried(g.get_tensor_by_name, "x/a:-1"),
        tried(g.get_tensor_by_name, "x/a:00"),
        tried(g.get_tensor_by_name, "x/a: 0"),
    ]
    found["feedable"] = [g.is_feedable(a), g.prevent_feeding(a), g.is_feedable(a)]
    found["fetchable"] = [g.is_fetchable(a), g.prevent_fetching(a.op), g.is_fetchable(a)]
    found["fetchable op"] = [g.is_fetchable(a.op)]
    found["version"] = [type(g.version).__name__, g.version > 2, g.seed, g.building_function]
    found["versions"] = [g.graph_def_versions.producer, g.graph_def_versions.min_consumer]
    found["seed"] = [tf.set_random_seed(3), g.seed]
    g.seed = 4
    found["finalized"] = [g.finalized, g.finalize(), g.finalized]
    found["after"] = tried(tf.constant, 1.0)
    found["collection after"] = tried(g.add_to_collection, "k", 1)
    found["name after"] = tried(g.unique_name, "zz")
    g._unsafe_unfinalize()
    found["open again"] = tried(tf.constant, 1.0)
    found["as_graph_def"] = [
        len(g.as_graph_def(from_version=g.version - 1).node),
        len(g.as_graph_def(from_version=g.version).node),
        "_output_shapes" in g.as_graph_def(add_shapes=True).node[0].attr,
    ]
    found["container"] = containers(tf)
    found["stacks"] = tried(lambda: (tf.reset_default_graph(), 1)[1])
    with tf.Graph().as_default() as h, h.as_default() as i:
        found["same"] = h is i is tf.get_default_graph()
    found["kernel label"] = labels(tf)
    found["outer context"] = describe(tf.Graph()._get_control_flow_context())
    return found


def containers(tf):
    g = tf.Graph()
    found = []
    with g.as_default(), g.container("c1"):
        v = tf.Variable([1.0], name="v")
        with g.container("c2"):
            w = tf.Variable([1.0], name="w")
        with g.container(""):
            x = tf.Variable([1.0], name="x")
        y = tf.get_variable("y", [1], use_resource=True)
    for t in (v, w, x):
        found.append(t.op.get_attr("container"))
    return describe(found + [y.handle.op.get_attr("container")])


def labels(tf):
    g = tf.Graph()
    with g.as_default(), g._kernel_label_map({"Neg": "v1", "Abs": ""}):
        n = tf.negative(1.0)
        a = tf.abs(1.0)
        with g._kernel_label_map({"Neg": "v2"}):
            m = tf.negative(1.0)
        with g.gradient_override_map({"Neg": "Mine"}):
            o = tf.negative(1.0)
    return describe([sorted(map(str, t.op.node_def.attr)) for t in (n, a, m, o)])


@case
def stacks_of_threads(tf, module):
    g = tf.get_default_graph()
    found = {}
    seen = {}
    a = tf.constant(1.0, name="a")

    def work(label):
        with g.as_default():
            op = tf.no_op(name=label)
            seen[label] = [op.device, [o.name for o in op.control_inputs], g.get_name_scope()]

    with g.device("/cpu:1"), g.control_dependencies([a]):
        t = threading.Thread(target=work, args=("shared",))
        t.start()
        t.join()
    g.switch_to_thread_local()
    with g.device("/cpu:1"), g.control_dependencies([a]):
        t = threading.Thread(target=work, args=("own",))
        t.start()
        t.join()
        work("here")
    found["seen"] = seen
    h = tf.Graph()
    failed = []

    def build(i):
        try:
            with h.as_default(), tf.device("/cpu:%d" % i):  # noqa: UP031
                for _ in range(20):
                    tf.add(tf.constant(1.0), 2.0)
        except Exception as error:
            failed.append(str(error))

    h.switch_to_thread_local()
    threads = [threading.Thread(target=build, args=(i,)) for i in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    found["built"] = [len(h.get_operations()), len({o.name for o in h.get_operations()}), failed]
    counts = {}
    for o in h.get_operations():
        counts[o.device] = counts.get(o.device, 0) + 1
    found["devices"] = sorted(counts.items())
    found["default here"] = tf.get_default_graph() is g
    others = []
    t = threading.Thread(target=lambda: others.append(tf.get_default_graph() is g))
    t.start()
    t.join()
    found["default there"] = others
    return found


@case
def what_is_a_tensor(tf, module):
    class Like:
        is_tensor_like = True

    values = {
        "sparse": tf.SparseTensor([[0]], [1.0], [1]),
        "slices": tf.IndexedSlices(tf.constant([1.0]), tf.constant([0])),
        "ragged": tf.RaggedTensor.from_row_splits([1], [0, 1]),
        "variable": tf.Variable(1.0),
        "resource": tf.get_variable("r", [], use_resource=True),
        "tensor": tf.constant(1),
        "partitioned": tf.get_variable("p", [4], partitioner=tf.fixed_size_partitioner(2)),
        "array": tf.TensorArray(tf.float32, 2),
        "number": 3,
        "numpy": np.ones(2),
        "operation": tf.no_op(),
        "like": Like(),
    }
    composite = module("python.framework.composite_tensor").CompositeTensor
    nest = module("python.util.nest")
    found = {k: [tf.is_tensor(v), isinstance(v, composite)] for k, v in values.items()}
    pairs = [("sparse", "ragged"), ("sparse", "sparse"), ("sparse", "slices"), ("sparse", "tensor")]
    for a, b in pairs:
        for expand in (True, False):
            outcome = tried(
                nest.assert_same_structure, values[a], values[b], expand_composites=expand
            )
            found["%s and %s, %s" % (a, b, expand)] = outcome  # noqa: UP031
    return found
