"""Tools for graphs and SavedModels: tensorflow.python.tools, TransformGraph."""

import re

import numpy as np
from outcomes import Cases, captured, describe, failure, tried
from saver_cases import Folder, started

CASES = Cases()
case = CASES.case


def nodes(tf, graph_def):
    """All of a GraphDef's nodes; the numbers of folded constants are the process's."""
    found = []
    for node in graph_def.node:
        attrs = {}
        for key in sorted(node.attr):
            value = node.attr[key]
            kind = value.WhichOneof("value")
            if kind == "tensor":
                array = tf.make_ndarray(value.tensor)
                attrs[key] = [describe(array), bool(value.tensor.tensor_content)]
            elif kind == "type":
                attrs[key] = tf.as_dtype(value.type).name
            elif kind == "shape":
                attrs[key] = str(tf.TensorShape(value.shape))
            elif kind == "f":
                attrs[key] = "%g" % value.f  # noqa: UP031
            else:
                attrs[key] = " ".join(str(value).split())
        names = [re.sub(r"/_\d+__cf__\d+", "/_N__cf__N", name) for name in (node.name, *node.input)]
        found.append([names[0], node.op, names[1:], node.device, attrs])
    return [found, graph_def.versions.producer > 0, len(graph_def.library.function)]


def const(tf, values, name, shape=None):
    return tf.constant(np.array(values, np.float32), tf.float32, shape, name)


def normalized(tf, op, conv_op="Conv2D", order=("mean", "variance", "beta", "gamma")):
    """A graph with a convolution, a batch normalization that is one node, and more."""
    with tf.Graph().as_default() as graph:
        x = tf.placeholder(tf.float32, [1, 3, 6, 2], name="x")
        w = const(tf, np.arange(8) / 7, "w", [1, 2, 2, 2])
        if conv_op == "Conv2D":
            y = tf.nn.conv2d(x, w, [1, 1, 1, 1], "VALID", name="conv")
        else:
            y = tf.nn.depthwise_conv2d_native(x, w, [1, 1, 1, 1], "VALID", name="conv")
        width = 2 if conv_op == "Conv2D" else 4
        parts = {
            "mean": const(tf, np.arange(width) / 3, "mean"),
            "variance": const(tf, np.arange(width) + 0.3, "variance"),
            "beta": const(tf, np.arange(width) * 0.7 - 1, "beta"),
            "gamma": const(tf, np.arange(width) + 2.1, "gamma"),
        }
        if op == "old":
            y = tf.nn.batch_norm_with_global_normalization(
                y, parts["mean"], parts["variance"], parts["beta"], parts["gamma"], 0.001, False
            )
        elif op == "scaled":
            y = tf.nn.batch_norm_with_global_normalization(
                y, parts["mean"], parts["variance"], parts["beta"], parts["gamma"], 0.001, True
            )
        elif op == "fused":
            y = tf.nn.fused_batch_norm(
                y,
                parts["gamma"],
                parts["beta"],
                parts["mean"],
                parts["variance"],
                0.002,
                is_training=False,
            )[0]
        elif op == "mul":
            y = tf.multiply(y, parts["gamma"], name="times")
        tf.identity(tf.nn.relu(y), name="y")
    return graph.as_graph_def()


def one_node(tf, op, mean=2, source="conv"):
    """BatchNormWithGlobalNormalization as the node that earlier programs made."""
    graph_def = normalized(tf, "none")
    with tf.Graph().as_default() as graph:
        tf.import_graph_def(graph_def, name="")
        get = graph.get_tensor_by_name
        conv = get(source + ":0")
        mean = const(tf, np.arange(mean) / 3, "m")
        variance, beta, gamma = get("variance:0"), get("beta:0"), get("gamma:0")
        if op == "FusedBatchNorm":
            attrs = {"epsilon": 0.01, "is_training": False}
            inputs = [conv, gamma, beta, mean, variance]
        else:
            attrs = {"variance_epsilon": 0.01, "scale_after_normalization": op.endswith("+")}
            inputs = [conv, mean, variance, beta, gamma]
        op = op.rstrip("+")
        node = tf.NodeDef(name="norm", op=op, input=[t.op.name for t in inputs])
        for key, value in attrs.items():
            if isinstance(value, bool):
                node.attr[key].b = value
            else:
                node.attr[key].f = value
        node.attr["T"].type = tf.float32.as_datatype_enum
        result = graph.as_graph_def()
        result.node.extend([node])
        out = tf.NodeDef(name="out", op="Relu", input=["norm"])
        out.attr["T"].type = tf.float32.as_datatype_enum
        result.node.extend([out])
    return result


def padded(tf, pad, resize):
    with tf.Graph().as_default() as graph:
        x = tf.placeholder(tf.float32, [1, 3, 5, 1], name="x")
        if resize:
            x = tf.image.resize_bilinear(x, [4, 7], align_corners=True, name="resize")
        if pad:
            x = tf.pad(x, [[0, 0], [1, 1], [2, 0], [0, 0]], "SYMMETRIC", name="pad")
        w = const(tf, np.arange(4), "w", [2, 2, 1, 1])
        tf.nn.conv2d(x, w, [1, 1, 1, 1], "VALID", name="y")
    return graph.as_graph_def()


def values(tf, graph_def, fetch, feeds):
    with tf.Graph().as_default(), tf.Session() as sess:
        tf.import_graph_def(graph_def, name="")
        value = sess.run(fetch, feeds)
        return [list(value.shape), np.round(value.astype(np.float64), 4).ravel().tolist()[:12]]


def trained(tf):
    """A graph with variables' reads, checks and training nodes."""
    with tf.Graph().as_default() as graph:
        x = tf.placeholder(tf.float32, [None, 2], name="x")
        t = tf.placeholder_with_default(np.float32(0.5), [], name="t")
        with tf.device("/cpu:0"):
            a = tf.identity(tf.check_numerics(x * t, "bad"), name="a")
        with tf.control_dependencies([tf.no_op("before")]):
            b = tf.identity(a, name="b")
        s = tf.shape(b, name="s")
        one, two = tf.constant(1.0, name="one"), tf.constant(2.0, name="two")
        three = tf.add(one, two, name="three")
        four = tf.add(one, two, name="four")
        tf.add(b * three, four + tf.cast(s[1], tf.float32), name="y")
        tf.split(b * tf.ones([2, 2]), 2, axis=1, name="parts")
        tf.concat([b, b], 0, name="both")
        tf.random_uniform([2], seed=1, name="r")
    return graph.as_graph_def()


@case
def stripping(tf, module):
    strip = module("python.tools.strip_unused_lib")
    graph_def = trained(tf)
    found = {}
    for label, arguments in {
        "middle": (["a"], ["y"], 1),
        "two": (["a", "t"], ["y"], [1, 3]),
        "placeholder": (["x"], ["b"], 2),
        "tensor": (["x:0"], ["y"], 1),
        "missing": (["z"], ["y"], 1),
        "no output": (["x"], ["z"], 1),
    }.items():
        found[label] = tried(lambda a: nodes(tf, strip.strip_unused(graph_def, *a)), arguments)
    d = Folder()
    tf.train.write_graph(graph_def, d(), "g.pbtxt")
    tf.train.write_graph(graph_def, d(), "g.pb", as_text=False)
    for label, arguments in {
        "text": ("g.pbtxt", False, "out.pbtxt", False, "x", "y", 1),
        "binary": ("g.pb", True, "out.pb", True, "x,t", "y,both", 1),
        "no file": ("no.pb", True, "out.pb", True, "x,t", "y,both", 1),
        "no names": ("g.pb", True, "out.pb", True, "x,t", "", 1),
    }.items():
        files = (d(arguments[0]), arguments[1], d(arguments[2]), *arguments[3:])
        found["file " + label] = d.hide(
            captured(lambda f=files: print(strip.strip_unused_from_files(*f)))
        )
    with open(d("out.pb"), "rb") as f:
        found["written"] = nodes(tf, tf.GraphDef.FromString(f.read()))
    with open(d("out.pbtxt")) as f:
        found["written text"] = f.read()[:40]
    return found


@case
def optimizing(tf, module):
    lib = module("python.tools.optimize_for_inference_lib")
    found = {}
    x = np.arange(36, dtype=np.float32).reshape(1, 3, 6, 2) / 36
    for label, graph_def, out in (
        ("old", one_node(tf, "BatchNormWithGlobalNormalization"), "out"),
        ("scaled", one_node(tf, "BatchNormWithGlobalNormalization+"), "out"),
        ("fused", one_node(tf, "FusedBatchNorm"), "out"),
        ("version 3", normalized(tf, "fused"), "y"),
        ("depthwise", normalized(tf, "mul", "DepthwiseConv2dNative"), "y"),
        ("wrong mean", one_node(tf, "FusedBatchNorm", 3), "out"),
        ("no convolution", one_node(tf, "FusedBatchNorm", 2, "x"), "out"),
    ):
        result = lib.optimize_for_inference(graph_def, ["x"], [out], 1)
        found[label] = nodes(tf, result)
        if label not in ("wrong mean", "no convolution"):
            found[label + " value"] = values(tf, result, out + ":0", {"x:0": x})
    x = np.arange(15, dtype=np.float32).reshape(1, 3, 5, 1)
    for label, arguments in {
        "pad": (True, False),
        "resize": (False, True),
        "both": (True, True),
    }.items():
        result = lib.optimize_for_inference(padded(tf, *arguments), ["x"], ["y"], 1)
        found[label] = nodes(tf, result)
        result = lib.optimize_for_inference(padded(tf, *arguments), ["x"], ["y"], 1, True)
        found[label + " apart"] = [n.op for n in result.node]
    found["checked"] = tried(lib.optimize_for_inference, trained(tf), ["x"], ["y"], 1)[:25]
    found["trained"] = nodes(tf, lib.optimize_for_inference(trained(tf), ["b", "t"], ["y"], 1))
    twice = trained(tf)
    twice.node.extend([twice.node[0]])
    found["twice"] = tried(lib.ensure_graph_is_valid, twice)
    del twice.node[:2]
    found["gone"] = tried(lib.ensure_graph_is_valid, twice)
    found["names"] = [lib.node_name_from_input(n) for n in ("a", "^a", "a:1", "a/b:12")]
    found["map"] = tried(lib.node_from_map, {}, "a:1")
    found["values"] = tried(lib.values_from_const, trained(tf).node[0])
    return found


TRANSFORMS = (
    "strip_unused_nodes",
    'strip_unused_nodes(type=int64, shape="1,2")',
    "strip_unused_nodes(name=t, type_for_name=int32, name=b, type_for_name=double, "
    'shape_for_name="", shape_for_name="2,3")',
    'strip_unused_nodes(name=b, type_for_name=double, shape_for_name="2,3")',
    "strip_unused_nodes(name=b)",
    "strip_unused_nodes(type=nonsense)",
    "strip_unused_nodes(shape=nonsense)",
    "remove_nodes(op=Identity, op=CheckNumerics)",
    "remove_nodes",
    "remove_nodes(op=Mul, max_inputs=2)",
    "remove_nodes(op=Add, max_inputs=x)",
    "merge_duplicate_nodes",
    "sort_by_execution_order",
    "obfuscate_names",
    "remove_device",
    'set_device(device="/gpu:1", if_default=true)',
    "set_device(device=/gpu)",
    "set_device(if_default=maybe)",
    "remove_attribute(attribute_name=shape, op_name=Placeholder)",
    "remove_attribute(op_name=Placeholder)",
    "rename_attribute(old_attribute_name=T, new_attribute_name=U, op_name=Identity)",
    "rename_attribute(old_attribute_name=T)",
    "rename_op(old_op_name=Identity, new_op_name=Snapshot)",
    "rename_op",
    "remove_control_dependencies",
    "round_weights(num_steps=4)",
    "backport_concatv2",
    'insert_logging(op=Identity, message="hm", show_name=true, show_op=true)',
    "add_default_attributes",
    "nonsense",
    "nonsense(ignore_errors=true)",
    "remove_nodes(ignore_errors=true)",
    "remove_nodes(ignore_errors=perhaps)",
    "remove_nodes(op",
    "remove_nodes(op=",
    "remove_nodes(=",
    "(",
    "  remove_device   remove_control_dependencies ",
)


@case
def transforming(tf, module):
    transform = module("tools.graph_transforms").TransformGraph
    found = {}

    def tell(label, graph_def, inputs, outputs, *transforms):
        try:
            found[label] = nodes(tf, transform(graph_def, inputs, outputs, transforms))
        except Exception as error:
            found[label] = failure(error)

    graph_def = trained(tf)
    x, y = ["x", "t"], ["y"]
    for text in TRANSFORMS:
        tell(text, graph_def, ["b", "t"] if text.startswith("strip") else x, y, text)
    tell("fold", graph_def, ["x"], y, "fold_constants(ignore_errors=false)")
    tell("fold without", graph_def, ["x"], y, "fold_constants(exclude_op=Cast)")
    tell("fold small", graph_def, ["x"], y, "fold_constants(max_constant_size_in_bytes=2)")
    tell("fold output", graph_def, ["x"], ["three"], "fold_constants")
    tell("fold middle", graph_def, ["b"], ["y"], "fold_constants")
    tell("all", graph_def, ["x"], y, "strip_unused_nodes", "remove_nodes(op=Identity)",
         "fold_constants", "sort_by_execution_order")  # fmt: skip
    tell("missing", graph_def, ["x"], ["z"], "strip_unused_nodes")
    for op in ("old", "mul", "fused"):
        for conv in ("Conv2D", "DepthwiseConv2dNative"):
            tell("norm %s %s" % (op, conv), normalized(tf, op, conv), ["x"], y, "fold_constants",  # noqa: UP031
                 "fold_batch_norms", "fold_old_batch_norms")  # fmt: skip
    for op in ("BatchNormWithGlobalNormalization", "FusedBatchNorm"):
        tell("old " + op, one_node(tf, op), ["x"], ["out"], "fold_old_batch_norms")
    tell("wrong mean", one_node(tf, "FusedBatchNorm", 3), ["x"], ["out"], "fold_old_batch_norms")
    for label, arguments in {
        "pad": (True, False),
        "resize": (False, True),
        "both": (True, True),
    }.items():
        tell(label, padded(tf, *arguments), ["x"], y, "fuse_resize_pad_and_conv",
             "fuse_resize_and_conv", "fuse_pad_and_conv")  # fmt: skip
    with tf.Graph().as_default() as graph:
        x = tf.placeholder(tf.float32, [1, 9, 9, 1], name="x")
        big = np.linspace(-1.3, 2.2, 36)
        z = tf.nn.conv2d(
            x, const(tf, big[:4], "w", [2, 2, 1, 1]), 1, "VALID", dilations=[1, 1, 1, 1]
        )
        tf.nn.atrous_conv2d(x, const(tf, big[:9], "w2", [3, 3, 1, 1]), 2, "SAME", name="atrous")
        tf.multiply(z[:, :6, :6, 0], const(tf, big, "w3", [6, 6]), name="y")
        tf.multiply(const(tf, -big[:16] - 9, "w4"), const(tf, np.zeros(16), "w5"), name="y2")
    graph_def = graph.as_graph_def()
    tell("atrous", graph_def, ["x"], ["atrous"], "fold_constants", "flatten_atrous_conv")
    for text in ("quantize_weights(minimum_size=16)", "round_weights(num_steps=7)"):
        tell(text, graph_def, ["x"], y, text)
    with tf.Graph().as_default() as graph:
        array = tf.TensorArray(tf.float32, 2)
        array = array.write(0, 1.0).write(1, 2.0)
        tf.identity(array.stack(), name="y")
        tf.while_loop(lambda i: i < 3, lambda i: i + 1, [0], name="loop")
    graph_def = graph.as_graph_def()
    tell("arrays", graph_def, [], y, "backport_tensor_array_v3")
    tell("loop", graph_def, [], ["loop/Exit"], "remove_nodes(op=Enter)")
    tell("loop in order", graph_def, [], ["loop/Exit"], "sort_by_execution_order")
    cycle = tf.GraphDef()
    cycle.node.add(name="a", op="Relu", input=["b"])
    cycle.node.add(name="b", op="Relu", input=["a"])
    tell("cycle", cycle, [], ["a"], "sort_by_execution_order")
    cycle.node.add(name="c", op="Relu", input=["d"])
    tell("gone", cycle, [], ["a"], "remove_device")
    tell("gone in order", cycle, [], ["a"], "sort_by_execution_order")
    return found


@case
def saved_model_program(tf, module):
    cli = module("python.tools.saved_model_cli")
    d = Folder()
    with tf.Graph().as_default():
        x = tf.placeholder(tf.float32, [None, 2], name="x")
        s = tf.placeholder(tf.string, name="s")
        w = tf.Variable([[1.0], [2.0]], name="w")
        y = tf.matmul(x, w, name="y")
        p = tf.parse_example(s, {"a": tf.FixedLenFeature([], tf.int64)})["a"]
        sess = started(tf)
        builder = tf.saved_model.builder.SavedModelBuilder(d("m"))
        info = tf.saved_model.utils.build_tensor_info
        build = tf.saved_model.signature_def_utils.build_signature_def
        builder.add_meta_graph_and_variables(
            sess,
            ["serve"],
            {
                "serving_default": build({"x": info(x)}, {"y": info(y), "w": info(w)}, "predict"),
                "parse": build({"s": info(s)}, {"a": info(p)}, "read"),
            },
        )
        builder.add_meta_graph(["serve", "gpu"])
        builder.save()
    with tf.Graph().as_default():
        tf.read_file("x", name="read")
        sess = started(tf)
        builder = tf.saved_model.builder.SavedModelBuilder(d("reads"))
        builder.add_meta_graph_and_variables(sess, ["serve"])
        builder.save()
    np.save(d("x.npy"), np.ones([2, 2], np.float32))
    np.savez(d("x.npz"), a=np.ones([2, 2], np.float32), b=np.zeros([1, 2], np.float32))
    np.savez(d("one.npz"), a=np.ones([2, 2], np.float32))
    parser = cli.create_parser()

    def said(*arguments):
        result = []

        def call():
            args = parser.parse_args([a.replace("DIR", d()) for a in arguments])
            result.append(tried(args.func, args))

        text = captured(call)
        # The order of the tags' message is the protocol's.
        return d.hide([text.split("\n"), *result])

    run = ["run", "--dir", "DIR/m", "--tag_set", "serve", "--signature_def"]
    default = [*run, "serving_default"]
    return {
        "tags": said("show", "--dir", "DIR/m"),
        "signatures": said("show", "--dir", "DIR/m", "--tag_set", "serve"),
        "signature": said(
            "show", "--dir", "DIR/m", "--tag_set", "serve,gpu", "--signature_def", "parse"
        ),
        "all": said("show", "--dir", "DIR/m", "--all"),
        "no tags": said("show", "--dir", "DIR/m", "--tag_set", "x"),
        "nowhere": said("show", "--dir", "DIR/x"),
        "scan": said("scan", "--dir", "DIR/m"),
        "scan tags": said("scan", "--dir", "DIR/m", "--tag_set", "serve"),
        "scan reads": said("scan", "--dir", "DIR/reads"),
        "run": said(*default, "--input_exprs", "x=np.ones([1, 2])", "--outdir", "DIR/out"),
        "again": said(*default, "--input_exprs", "x=[[1, 2]]", "--outdir", "DIR/out"),
        "over": said(*default, "--input_exprs", "x=[[1, 2]]", "--outdir", "DIR/out", "--overwrite"),
        "file": said(*default, "--inputs", "x=DIR/x.npy"),
        "file named": said(*default, "--inputs", "x=DIR/x.npy[a]"),
        "archive": said(*default, "--inputs", "x=DIR/x.npz[b]"),
        "archive unnamed": said(*default, "--inputs", "x=DIR/x.npz"),
        "archive missing": said(*default, "--inputs", "x=DIR/x.npz[c]"),
        "archive of one": said(*default, "--inputs", "x=DIR/one.npz"),
        "no input": said(*default),
        "wrong input": said(*default, "--input_exprs", "z=1"),
        "bad input": said(*default, "--inputs", "z"),
        "bad expression": said(*default, "--input_exprs", "z"),
        "examples": said(*run, "parse", "--input_examples", 's=[{"a": [3]}, {"a": [4]}]'),
        "bad examples": said(*run, "parse", "--input_examples", 's={"a": [3]}'),
        "bad feature": said(*run, "parse", "--input_examples", 's=[{"a": 3}]'),
        "bad value": said(*run, "parse", "--input_examples", 's=[{"a": [None]}]'),
    }
