"""Odd inputs of everyday ops: what they give, or how they complain."""

import numpy as np
from outcomes import Cases, tried

CASES = Cases()
case = CASES.case


@case
def text(tf, module):
    delimiter = tf.placeholder(tf.string)
    split = tf.string_split(["a|b", "c"], delimiter=delimiter)
    found = {}
    with tf.Session() as s:
        for fed in (["a", "b"], ["a"], "|", "", [[]], []):
            found["split at %s" % (fed,)] = tried(s.run, split, {delimiter: fed})  # noqa: UP031
        empty = np.zeros([0, 1], dtype=str)
        for label, x, axis in [
            ("away", empty, 0),
            ("kept", empty, 1),
            ("all", empty, None),
            ("inner", empty.T, 1),
        ]:
            found["join " + label] = tried(lambda x=x, a=axis: s.run(tf.reduce_join(x, axis=a)))
    compat = module("python.compat.compat")
    with compat.forward_compatibility_horizon(2018, 11, 10):
        found["old graph"] = tf.strings.regex_full_match("foo", "[a-z]*").op.type
    found["new graph"] = tf.strings.regex_full_match("foo", "[a-z]*").op.type
    return found


@case
def python_functions(tf, module):
    results = {
        "record": np.array([], dtype=[("foo", np.float32)]),
        "date": np.array(["2020"], dtype="datetime64[D]"),
        "duration": np.array([1], dtype="timedelta64[s]"),
        "object": np.array([object()]),
        "long double": np.array([1.5], np.longdouble),
        "long complex": np.array([1.5], np.clongdouble),
        "other type": np.array([1], np.uint8),
    }
    with tf.Session() as s:
        return {
            label: tried(lambda v=v: s.run(tf.py_func(lambda: v, [], tf.float32)))[:60]
            for label, v in results.items()
        }


@case
def sparse_rows(tf, module):
    sparse = module("python.ops.sparse_ops")
    a = tf.SparseTensor([[0, 0]], [1.0], [2, 3])
    b = tf.SparseTensor([[0, 0, 0]], [1.0], [2, 3, 4])
    rows = tf.stack([tf.serialize_sparse(a), tf.serialize_sparse(b)])
    variant = sparse.serialize_sparse(a, out_type=tf.variant)
    many = sparse.serialize_many_sparse(a, out_type=tf.variant)
    found = {"variant": str(variant), "variants": str(many)}
    one = [["a", "b", "c"]]
    with tf.Session() as s:
        for label, make in [
            ("ranks", lambda: sparse.deserialize_sparse(rows, tf.float32)),
            ("ranks of many", lambda: tf.deserialize_many_sparse(rows, tf.float32)),
            ("no protos", lambda: sparse.deserialize_sparse(one, tf.float32)),
            ("no protos of many", lambda: tf.deserialize_many_sparse(one * 2, tf.float32)),
            ("from a variant", lambda: sparse.deserialize_sparse(variant, tf.float32)),
            ("of another type", lambda: sparse.deserialize_sparse(variant, tf.int32)),
            ("from variants", lambda: sparse.deserialize_sparse(many, tf.float32, rank=1)),
        ]:
            found[label] = tried(lambda make=make: s.run(make()))
    return found


@case
def edges_of_betainc(tf, module):
    a = np.array([0.5, 2.0, 1.0, -1.0, np.nan, 3.0, 0.0, 3.0])
    b = np.array([0.5, 3.0, 1.0, 2.0, 1.0, -2.0, 1.0, 0.0])
    found = {}
    with tf.Session() as s:
        for x in (0.0, 1.0, -0.1, 1.1, np.nan):
            for dtype in (np.float32, np.float64):
                values = [v.astype(dtype) for v in (a, b, np.full(8, x))]
                key = "%s at %s" % (np.dtype(dtype).name, x)  # noqa: UP031
                found[key] = tried(lambda v=values: s.run(tf.betainc(*v)))
    return found


@case
def einsum_op(tf, module):
    einsum = module("python.ops.gen_linalg_ops").einsum
    x = np.arange(4.0).reshape(2, 2)
    found = {}
    with tf.Session() as s:
        for equation, operands in [
            ("a->aa", [np.arange(2.0)]),
            ("ab->aabb", [x]),
            ("ab->baab", [x]),
            ("aa->aa", [x]),
            ("...i->...ii", [x]),
            ("i...->ii...", [x]),
            ("i,j->iji", [np.arange(2.0), np.arange(3.0)]),
            ("...ij,jk->ik", [np.ones((2, 2, 3)), np.ones((3, 4))]),
            ("...ij,jk->ik", [np.ones((2, 3)), np.ones((3, 4))]),
        ]:
            fed = [tf.placeholder(tf.float64) for _ in operands]
            feeds = dict(zip(fed, operands))  # noqa: B905 - Python 3.7
            found["%s %d" % (equation, operands[0].ndim)] = tried(  # noqa: UP031
                lambda e=equation, f=fed, d=feeds: s.run(einsum(f, e), d)
            )
    return found


@case
def graph_of_an_old_producer(tf, module):
    """A placeholder's empty shape meant an unknown one before version 22."""
    with tf.Graph().as_default() as g:
        tf.placeholder(tf.float32, [], name="p")
        graph_def = g.as_graph_def()
    found = {}
    for producer in (21, 22, 23, 134):
        graph_def.versions.producer = producer
        with tf.Graph().as_default() as g:
            (p,) = tf.import_graph_def(graph_def, return_elements=["p:0"], name="")
            found[producer] = [str(p.shape), g.graph_def_versions.producer]
    graph_def.node.add(name="bad", op="Neg", input=["nowhere"])
    graph_def.versions.producer = 21
    with tf.Graph().as_default() as g:
        found["bad"] = tried(tf.import_graph_def, graph_def, name="")
        found["after"] = [len(g.get_operations()), g.graph_def_versions.producer]
    return found


@case
def targets_run(tf, module):
    """What is asked to run does so, though nobody sees its value."""
    v = tf.Variable([1.0, 2.0], name="v")
    r = tf.get_variable("r", [2], use_resource=True)
    array = module("python.ops.array_ops")
    found = {}
    for label, t in [
        ("sum", tf.reduce_sum(v)),
        ("rank", array.rank_internal(v, optimize=False)),
        ("shape", array.shape_internal(v, optimize=False)),
        ("zeros", tf.zeros_like(v, optimize=False)),
        ("resource", r + 1.0),
        ("numbers", tf.check_numerics(tf.constant([np.nan]), "wrong")),
        ("checked", tf.gather([1, 2], tf.placeholder_with_default([5], None))),
    ]:
        with tf.Session() as s:
            found[label] = [tried(s.run, t.op)[:90], tried(t.op.run)[:90]]
    inited = tf.assert_variables_initialized([v])
    with tf.Session() as s:
        found["assert"] = tried(s.run, inited.op)
        s.run(v.initializer)
        found["assert after"] = tried(s.run, inited.op)
    return found


@case
def devices_of_replicas(tf, module):
    setter = module("python.training.device_setter").replica_device_setter
    node = module("core.framework.node_def_pb2").NodeDef
    found = {
        "nothing": tried(setter),
        "no servers": tried(setter, cluster={"worker": ["a:1"]}),
        "no cluster": tried(setter, cluster=3),
        "no strategy": tried(setter, 2, ps_strategy=3),
    }
    choose = setter(2)
    found["nodes"] = [
        choose(node(op="VariableV2")),
        choose(node(op="Const", device="/cpu:1")),
        choose(node(op="VariableV2")),
    ]
    for label, arguments in [
        ("two", {"ps_tasks": 2}),
        ("no server", {"ps_tasks": 2, "ps_device": ""}),
        ("no worker", {"ps_tasks": 2, "worker_device": ""}),
        ("not merged", {"ps_tasks": 3, "merge_devices": False}),
        ("cluster", {"cluster": {"ps": ["a:1", "b:2"], "worker": ["c:1"]}}),
        ("CPUs", {"ps_tasks": 2, "ps_device": "/job:ps/cpu:0", "worker_device": "/job:w/task:1"}),
        ("constants", {"ps_tasks": 2, "ps_ops": ["Const"]}),
        ("strategy", {"ps_tasks": 3, "ps_strategy": lambda op: 2}),
        ("no job", {"ps_tasks": 2, "ps_device": "/cpu:3"}),
    ]:
        with tf.Graph().as_default() as g, tf.device(tf.train.replica_device_setter(**arguments)):
            tf.Variable(1.0, name="a")
            tf.get_variable("b", [], use_resource=True)
            for i, device in enumerate(["/gpu:1", "/job:x", "/job:ps/task:7", None]):
                with tf.device(device):
                    tf.Variable(1.0, name="v%d" % i)  # noqa: UP031
            found[label] = [[o.name, o.device] for o in g.get_operations()]
    return found


@case
def cosine_schedules(tf, module):
    found = {}
    for label, make in [
        ("linear", lambda step: tf.train.linear_cosine_decay(0.5, step, 10, 0.75, 0.1, 0.01)),
        ("noisy", lambda step: tf.train.noisy_linear_cosine_decay(0.5, step, 10, 2.0, 0.5)),
        ("still", lambda step: tf.train.noisy_linear_cosine_decay(0.5, step, 10, 0.0, 0.5)),
        ("cosine", lambda step: tf.train.cosine_decay(0.5, step, 10, 0.1)),
        ("restarts", lambda step: tf.train.cosine_decay_restarts(0.5, step, 4, 1.5, 0.9)),
    ]:
        with tf.Graph().as_default() as g:
            step = tf.placeholder(tf.int32, [])
            rate = make(step)
            rate = rate() if callable(rate) else rate
            nodes = g.as_graph_def().node
            found[label] = ["%s %s %s" % (n.name, n.op, list(n.input)) for n in nodes]  # noqa: UP031
            if label != "noisy":
                with tf.Session() as s:
                    values = [round(float(s.run(rate, {step: i})), 5) for i in (0, 3, 7, 12)]
                    found[label + " values"] = values
    return found


@case
def blocks_and_batches(tf, module):
    found = {}
    for label, make in [
        ("to batch", lambda x: tf.space_to_batch_nd(x, [2, 3], [[1, 1], [0, 2]])),
        ("to batch, unknown", lambda x: tf.space_to_batch_nd(x, [2, 3], unknown(tf))),
        ("odd", lambda x: tf.space_to_batch_nd(x, [2, 3], [[1, 0], [0, 2]])),
        ("negative", lambda x: tf.space_to_batch_nd(x, [2, 3], [[-1, 1], [0, 2]])),
        ("no block", lambda x: tf.space_to_batch_nd(x, [0, 3], [[1, 1], [0, 2]])),
        ("back", lambda x: tf.batch_to_space_nd(x, [2, 3], [[1, 1], [0, 2]])),
        ("back, unknown", lambda x: tf.batch_to_space_nd(x, [2, 3], unknown(tf))),
        ("back, odd", lambda x: tf.batch_to_space_nd(x, [5, 3], [[1, 1], [0, 2]])),
        ("back, negative", lambda x: tf.batch_to_space_nd(x, [2, 3], [[1, -1], [0, 2]])),
        ("back, all cut", lambda x: tf.batch_to_space_nd(x, [2, 3], [[9, 9], [0, 2]])),
    ]:
        for dims in ([12, 4, 7, 2], [12, None, 7, None], None):
            with tf.Graph().as_default():
                x = tf.placeholder(tf.float32, dims)
                key = "%s %s" % (label, dims)  # noqa: UP031
                found[key] = tried(lambda make=make, x=x: str(make(x).shape))
    return found


def unknown(tf):
    return tf.placeholder(tf.int32, [2, 2])


@case
def rows_of_strings(tf, module):
    words = ["a b  c", "", " de", "f\u00fc"]
    found = {}
    results = {
        "sparse": tf.string_split(words),
        "ragged": tf.string_split(words, result_type="RaggedTensor"),
        "kept": tf.string_split(words, " ", False, result_type="RaggedTensor"),
        "bytes": tf.string_split(words, ""),
        "v2": tf.strings.split(words),
        "v2 ragged": tf.strings.split(words, result_type="RaggedTensor"),
        "v2 at": tf.strings.split(words, " ", result_type="RaggedTensor"),
        "v2 once": tf.strings.split(words, maxsplit=1, result_type="RaggedTensor"),
        "v2 scalar": tf.strings.split("a b", result_type="RaggedTensor"),
        "v2 matrix": tf.strings.split([["a b", "c"], ["d", ""]]),
        "v2 matrix, ragged": tf.strings.split([["a b", "c"]], result_type="RaggedTensor"),
        "v2 of rows": tf.strings.split(
            tf.ragged.constant([["a b", "c"], ["d e f"]]), result_type="RaggedTensor"
        ),
        "each byte": tf.strings.bytes_split(words),
        "bytes of one": tf.strings.bytes_split("abc"),
        "bytes of a matrix": tf.strings.bytes_split([["ab", "c"], ["", "d"]]),
        "bytes of rows": tf.strings.bytes_split(tf.ragged.constant([["ab", "c"], [], ["d"]])),
    }
    with tf.Session() as s:
        for label, result in results.items():
            value = s.run(result)
            found[label] = str(value.to_list() if hasattr(value, "to_list") else value)
        words = ["a", "a b", "a b ", " a  b c ", "", " ", "a,b", "a,b,", ",a"]
        for most in (-1, 0, 1, 2, 3):
            for at in ("", ",", "ab"):
                split = tf.strings.split(words, at, most, result_type="RaggedTensor")
                found["%r at most %d" % (at, most)] = str(s.run(split).to_list())  # noqa: UP031
    found["wrong"] = tried(tf.string_split, ["a"], result_type="Tensor")
    found["wrong v2"] = tried(tf.strings.split, ["a"], result_type="Tensor")
    found["rank"] = tried(tf.strings.bytes_split, tf.placeholder(tf.string))
    with tf.Graph().as_default() as g:
        tf.strings.split(["a b"], result_type="RaggedTensor")
        tf.string_split(["a b"], result_type="RaggedTensor")
        tf.strings.bytes_split(["ab"])
        found["nodes"] = ["%s %s" % (n.name, n.op) for n in g.as_graph_def().node]  # noqa: UP031
    return found


@case
def pieces_of_ragged_tensors(tf, module):
    rows = [[3, 1, 4, 1], [], [5, 9, 2], [6], []]
    deep = [[[1, 2], [3]], [], [[4, 5, 6]], [[], [7, 8]]]
    n = tf.placeholder_with_default(1, [])
    keys = {
        "row": 2,
        "last row": -1,
        "row by tensor": n,
        "element": (2, 1),
        "part of a row": (0, slice(1, 3)),
        "rows": slice(1, 3),
        "rows from": slice(2, None),
        "no rows": slice(9, None),
        "second rows": slice(None, None, 2),
        "backwards": slice(None, None, -1),
        "all": slice(None),
        "columns": (slice(None), slice(1, 3)),
        "columns from the end": (slice(None), slice(-2, None)),
        "columns to the end": (slice(None), slice(None, -1)),
        "columns by tensor": (slice(None), slice(n, None)),
        "second columns": (slice(None), slice(None, None, 2)),
        "both": (slice(1, 4), slice(0, 2)),
        "ellipsis": Ellipsis,
        "ellipsis and columns": (Ellipsis, slice(0, 1)),
        "new outer": (None, slice(0, 2)),
        "new inner": (slice(None), None),
        "new last": (Ellipsis, None),
        "inner index": (slice(None), 0),
        "too many": (Ellipsis, 1, 2, 3, 4),
        "fraction": (slice(None), slice(0.5, None)),
        "fraction of a step": (slice(None), slice(None, None, 0.5)),
    }
    found = {}
    with tf.Session() as s:
        for name, value in [("rows", rows), ("deep", deep)]:
            rt = tf.ragged.constant(value)
            for label, key in keys.items():

                def piece(rt=rt, key=key):
                    result = s.run(rt[key])
                    return result.to_list() if hasattr(result, "to_list") else result

                found["%s, %s" % (name, label)] = tried(piece)  # noqa: UP031
        found["deep, elements"] = tried(lambda: s.run(tf.ragged.constant(deep)[3, 1, 0]))
        found["deep, columns of a row"] = tried(
            lambda: s.run(tf.ragged.constant(deep)[0, :, :1]).to_list()
        )
    for label in ("row", "rows", "second rows", "columns from the end", "new inner", "element"):
        with tf.Graph().as_default() as g:
            rt = tf.RaggedTensor.from_row_splits([1, 2, 3], [0, 2, 2, 3])
            rt[keys[label]]
            nodes = g.as_graph_def().node
            found["nodes, " + label] = ["%s %s" % (x.name, x.op) for x in nodes]  # noqa: UP031
    return found


@case
def functions_of_sparse_tensors(tf, module):
    x = tf.SparseTensor([[0, 1], [2, 0]], [-2.0, 0.25], [3, 3])
    found = {}
    with tf.Session() as s:
        for name in "abs negative sign square sqrt erf tanh bessel_i0e bessel_i1e exp".split():
            function = getattr(tf.math, name)
            found[name] = tried(lambda f=function: rounded(s.run(f(x))))
    found["named"] = tried(lambda: tf.abs(x, name="size").values.name)
    found["by keyword"] = tried(lambda: tf.math.negative(x=x).values.name)
    found["after"] = tried(lambda: tf.abs(tf.constant(1.0)).name)
    found["wrong"] = tried(tf.abs, "text")
    found["nothing"] = tried(lambda: tf.abs())[:30]
    return found


def rounded(sparse):
    return [sparse.indices.tolist(), [round(float(v), 5) for v in sparse.values]]
