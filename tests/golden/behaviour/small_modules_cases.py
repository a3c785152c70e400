"""Small modules of tensorflow.python.framework and tensorflow.python.util."""

import logging
import re
import sys
import types

import numpy as np
from outcomes import Cases, describe, plain, tried

CASES = Cases()
case = CASES.case


def without_places(text):
    return re.sub(r"[^\s<(]*/(\w+\.py):\d+", r"\1:N", text)


@case
def sizes_of_windows(tf, module):
    shapes = module("python.framework.common_shapes")
    found = {}
    for sizes in (
        ([10, 7], [3, 2], [1, 1]),
        ([10, 7], [3, 2], [2, 3]),
        ([None, 7], [3, None], [2, 3]),
        ([1, 1], [1, 1], [2, 3]),
        ([2, 2], [3, 2], [1, 1]),
    ):
        for padding in (b"VALID", b"SAME", b"ODD"):
            label = "%s %s" % (sizes, padding)  # noqa: UP031 - Python 3.7
            found[label] = tried(shapes.get_conv_output_size, *sizes, padding)
    found["2d"] = tried(shapes.get2d_conv_output_size, 4, 5, 2, 2, 1, 2, b"SAME")
    return found


@case
def broadcast_shapes(tf, module):
    shapes = module("python.framework.common_shapes")
    found = {}
    choices = (None, [], [1], [3], [None], [2, 1], [4, 3], [2, None, 3], [1, 4, None])
    for x in choices:
        for y in choices:
            pair = [tf.TensorShape(x), tf.TensorShape(y)]
            label = "%s %s" % (x, y)  # noqa: UP031 - Python 3.7
            found[label] = tried(shapes.broadcast_shape, *pair)
            found[label + " fit"] = tried(shapes.is_broadcast_compatible, *pair)
    return found


@case
def shapes_of_nodes(tf, module):
    shapes = module("python.framework.common_shapes")
    found = {}
    with tf.Graph().as_default():
        image = tf.placeholder(tf.float32, [2, 9, None, 4])
        first = tf.transpose(image, [0, 3, 1, 2])
        ops = {
            "conv2d_shape": [
                tf.nn.conv2d(image, tf.zeros([3, 3, 4, 5]), [1, 2, 2, 1], "SAME"),
                tf.nn.conv2d(first, tf.zeros([3, 3, 4, 5]), [1, 1, 1, 2], "VALID", "NCHW"),
                tf.nn.conv2d(image, tf.zeros([3, 3, 4, 5]), [1, 1, 1, 2], "VALID", "NCHW"),
            ],
            "depthwise_conv2d_native_shape": [
                tf.nn.depthwise_conv2d_native(image, tf.zeros([2, 3, 4, 5]), [1, 2, 2, 1], "SAME"),
                tf.nn.depthwise_conv2d_native(image, tf.zeros([2, 3, 4, 5]), [1, 1, 2, 1], "SAME"),
            ],
            "avg_pool_shape": [
                tf.nn.avg_pool(image, [1, 2, 2, 1], [1, 2, 2, 1], "VALID"),
                tf.nn.avg_pool(first, [1, 1, 2, 2], [1, 1, 2, 1], "SAME", "NCHW"),
            ],
            "max_pool_shape": [
                tf.nn.max_pool(image, [1, 2, 2, 1], [1, 2, 2, 1], "VALID"),
                tf.nn.max_pool(image, [1, 1, 1, 2], [1, 1, 1, 2], "VALID"),
                tf.nn.max_pool(image, [1, 1, 1, 1], [1, 1, 1, 1], "VALID"),
            ],
            "matmul_shape": [
                tf.matmul(tf.zeros([2, 3]), tf.zeros([3, 4])),
                tf.matmul(tf.zeros([3, 2]), tf.zeros([4, 3]), True, True),
            ],
            "unchanged_shape": [tf.nn.relu(image)],
            "scalar_shape": [tf.nn.relu(image)],
            "no_outputs": [tf.nn.relu(image)],
            "unknown_shape": [tf.split(image, 2, 3)[0]],
        }
        for name, outputs in ops.items():
            for i, output in enumerate(outputs):
                found["%s %d" % (name, i)] = tried(  # noqa: UP031 - Python 3.7
                    lambda op, name=name: [str(s) for s in getattr(shapes, name)(op)], output.op
                )
        relu = tf.nn.relu(image)
        for name in ("with_rank", "with_rank_at_least", "with_rank_at_most"):
            for rank in (3, 4, 5):
                found["%s %d" % (name, rank)] = tried(  # noqa: UP031 - Python 3.7
                    lambda: getattr(shapes, "unchanged_shape_" + name)(rank)(relu.op)  # noqa: B023
                )
        found["rank"] = describe([shapes.rank(image), shapes.rank(3)])
        found["full"] = describe(
            [shapes.has_fully_defined_shape(image), shapes.has_fully_defined_shape(tf.zeros([2]))]
        )
    return found


@case
def traceable_stacks(tf, module):
    traces = module("python.framework.traceable_stack")
    stack = traces.TraceableStack()

    def push(obj, offset):
        return stack.push_obj(obj, offset)

    codes = [push("a", 0), push("b", 1), push("c", 999)]
    here = sys._getframe().f_lineno - 1
    places = [t.lineno - here for t in stack.peek_traceable_objs() if t.obj in "ab"]
    other = stack.copy()
    return {
        "codes": describe(codes),
        "places": describe(places),
        "objects": describe(list(stack.peek_objs())),
        "popped": describe([stack.pop_obj(), stack.peek_top_obj(), len(stack), len(other)]),
        "bare": describe(next(other.peek_traceable_objs()).copy_metadata().obj),
    }


@case
def registries(tf, module):
    registry = module("python.framework.registry").Registry("spoons")
    registry.register(int)
    registry.register(float, "real")
    return {
        "names": describe(sorted(registry.list())),
        "found": describe([registry.lookup("int").__name__, registry.lookup(b"real").__name__]),
        "missing": tried(registry.lookup, "complex"),
        "twice": re.sub(r" in \w+ \S*:\d+", " in PLACE", tried(registry.register, str, "int")),
    }


@case
def messages_of_nodes(tf, module):
    interpolation = module("python.framework.error_interpolation")
    found = {}
    for text in ("", "no tag", "{{node A}}", "a{{node A}}b{{colocation_node B/c_1}}{{x}}", "{{a b"):
        found["parse " + text] = str(interpolation.parse_message(text))
    with tf.Graph().as_default() as graph:
        with graph.device("/cpu:0"), graph.device(lambda op: "/gpu:1"):
            one = tf.constant(1, name="One")
        with graph.colocate_with(one.op):
            two = tf.constant(2, name="Two")
        tf.add(one, two, name="Three")
        for text in (
            "{{node One}} alone",
            "{{node Other}} is not there",
            "{{function_node One}}{{node Two}}",
            "{{colocation_node Two}}",
            "{{node}} {{nod Three}}",
        ):
            said = interpolation.interpolate(text, graph)
            found[text] = re.sub(r"[^\s(<]*:\d+|<\w+\.py, \d+>", "PLACE", said)
    return found


def quiet(text):
    """A message without the lines of code that made the object, and without its module."""
    return re.sub(r"ops\.|tensor\.", "", plain(re.sub(r"here:\n.*?\n=", "", text, flags=re.S)))


@case
def unused_results(tf, module):
    should = module("python.util.tf_should_use")
    lines = []

    class Handler(logging.Handler):
        def emit(self, record):
            lines.append(record.levelname + " " + record.getMessage())

    def made():
        """Makes a constant."""
        return tf.constant([1.0, 2.0], name="blah")

    handler = Handler()
    tf.get_logger().addHandler(handler)
    try:
        with tf.Graph().as_default(), tf.Session() as sess:
            found = {}
            uses = {
                "nothing": lambda x: None,
                "name": lambda x: x.name,
                "sum": lambda x: (x + 1).name,
                "run": lambda x: sess.run(x),
                "marked": lambda x: x.mark_used(),
                "twice": lambda x: (sess.run([x, x * 2]), sess.run(x, {x: [3.0, 4.0]})),
            }
            for label, use in uses.items():
                for wrap in ("should_use_result", "must_use_result_or_fatal"):
                    del lines[:]
                    wrapped = getattr(should, wrap)(made)
                    x = wrapped()
                    seen = describe(use(x))
                    del x
                    found[label + " " + wrap] = [seen, *(quiet(t) for t in lines)]
            found["nothing wrapped"] = describe(
                [should._add_should_use_warning(None), should._add_should_use_warning([])]
            )
            found["name kept"] = wrapped.__name__
    finally:
        tf.get_logger().removeHandler(handler)
    return found


@case
def names_by_docstrings(tf, module):
    util = module("python.util.all_util")
    mod = types.ModuleType("spoon_module", "Doc.\n\n@@large\n@@missing\n")
    mod.large, mod.small, mod._own, mod.kept = 1, 2, 3, 4
    sys.modules["spoon_module"] = mod
    found = {"all": describe(util.make_all("spoon_module"))}
    util.remove_undocumented("spoon_module", ["kept"])
    found["left"] = describe(sorted(n for n in vars(mod) if not n.startswith("__")))
    util.reveal_undocumented("spoon_module.small")
    found["back"] = describe(mod.small)
    found["unknown"] = tried(util.reveal_undocumented, "spoon_module.large")
    found["path"] = describe(module("python.util.compat_internal").path_to_str(3))
    return found


@case
def configurations_of_parsers(tf, module):
    extract = module(
        "python.util.example_parser_configuration"
    ).extract_example_parser_configuration
    with tf.Graph().as_default() as graph, tf.Session() as sess:
        tf.parse_example(
            tf.placeholder(tf.string, [None]),
            {
                "x": tf.FixedLenFeature([1], tf.float32, 33.0),
                "y": tf.VarLenFeature(tf.string),
                "z": tf.FixedLenFeature([2, 2], tf.int64, np.int64([[1, 2], [3, 4]])),
            },
            name="p",
        )
        op = next(op for op in graph.get_operations() if op.type == "ParseExample")
        config = extract(op, sess)
        return {k: str(config.feature_map[k]).replace(".0", "") for k in sorted(config.feature_map)}
