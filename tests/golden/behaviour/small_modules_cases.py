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


def names_of(fdef):
    return [
        [a.name for a in fdef.signature.input_arg],
        [a.name for a in fdef.signature.output_arg],
        sorted(fdef.ret.items()),
        fdef.signature.is_stateful,
        [[n.name, n.op, list(n.input)] for n in fdef.node_def],
    ]


@case
def graphs_as_functions(tf, module):
    convert = module("python.framework.graph_to_function_def").graph_to_function_def
    found = {}
    with tf.Graph().as_default() as graph:
        x = tf.placeholder(tf.float32, [2, 4], name="X_in")
        y = tf.placeholder(tf.float32, name="y/in")
        product = tf.multiply(x, y, name="sc/Mul")
        parts = tf.split(product, 2, name="sp")
        with tf.control_dependencies([parts[0]]):
            z = tf.add(parts[0], parts[1], name="Z")
        index = tf.unique(tf.constant([1, 2])).idx
        tf.random_uniform([2])
        ops = graph.get_operations()
        for label, outputs, names in (
            ("plain", [z, index], None),
            ("twice", [z, z, z], None),
            ("named", [z, index], ["first", "Second"]),
            ("few", [z, index], ["first"]),
            ("same", [z, index], ["a", "a"]),
        ):
            found[label] = tried(
                lambda: names_of(convert(graph, ops, [x, y], outputs, names))  # noqa: B023
            )
        found["part"] = tried(lambda: names_of(convert(graph, [z.op], [product], [z])))
        found["nothing"] = tried(lambda: names_of(convert(graph, [], [], [])))
    return found


@case
def functions_as_graphs(tf, module):
    lib = module("python.framework.function_def_to_graph")
    function = module("python.framework.function")

    @function.Defun(tf.float32, tf.float32, func_name="halves")
    def halves(x, y):
        parts = tf.split(tf.reshape(tf.multiply(x, y, name="m"), [4]), 2, name="sp")
        return tf.add(parts[0], parts[1], name="z"), x

    @function.Defun(tf.float32, func_name="other")
    def other(x):
        return x + 1

    with tf.Graph().as_default():
        halves(1.0, tf.ones([4]))
        other(2.0)
        definition = halves.definition
        found = {}
        for label, arguments in {
            "plain": [],
            "shapes": [[tf.TensorShape([]), None], False],
            "few": [[tf.TensorShape([])]],
        }.items():

            def told(arguments=arguments):
                graph_def, names = lib.function_def_to_graph_def(definition, *arguments)
                nodes = [
                    [n.name, n.op, list(n.input), str(n.attr["shape"]) if i < 2 else ""]
                    for i, n in enumerate(graph_def.node)
                ]
                functions = sorted(f.signature.name for f in graph_def.library.function)
                return [nodes, sorted(names.items()), functions]

            def graph_of(arguments=arguments):
                graph = lib.function_def_to_graph(definition, *arguments)
                tensors = [[t.name for t in ts] for ts in (graph.inputs, graph.outputs)]
                functions = [f.signature.name for f in graph.as_graph_def().library.function]
                return [graph.name, tensors, sorted(functions)]

            found[label] = tried(told)
            found[label + " graph"] = tried(graph_of)
        found["known"] = describe([lib.is_function("halves"), lib.is_function("thirds")])
    return found


@case
def definitions_in_the_api(tf, module):
    made = module("python.framework.c_api_util").ApiDefMap()
    put = {
        "more": """op {
            graph_op_name: "Add" summary: "Adds." endpoint { name: "plus" }
            in_arg { name: "x" description: "one" rename_to: "first" }
            attr { name: "T" default_value { type: DT_INT32 } } }""",
        "unknown": 'op { graph_op_name: "Spoon" summary: "s" }',
        "argument": 'op { graph_op_name: "Sub" in_arg { name: "zz" } }',
        "order": 'op { graph_op_name: "Div" arg_order: "y" arg_order: "x" visibility: HIDDEN }',
        "wrong order": 'op { graph_op_name: "Neg" arg_order: "y" }',
        "around": 'op { graph_op_name: "Mod" description_prefix: "P" description_suffix: "S" }',
    }
    found = {label: tried(made.put_api_def, text) for label, text in put.items()}
    for name in ("Add", "Sub", "Div", "Neg", "Mod", "Split"):
        found[name] = str(made.get_api_def(name))
    found["late"] = tried(made.put_api_def, put["order"])
    found["op"] = describe(made.get_op_def("Add").name)
    found["no op"] = tried(made.get_op_def, "Spoon")
    found["names"] = describe("Add" in made.op_names())
    return found


@case
def second_names(tf, module):
    nn, image = module("python.ops.nn_impl"), module("python.ops.image_ops_impl")
    array, sparse = module("python.ops.array_ops"), module("python.ops.sparse_ops")
    ops = module("python.framework.ops")
    x = np.float32([[1, 2, 3], [4, 5, 7]])
    picture = np.arange(48, dtype=np.float32).reshape(1, 4, 4, 3)
    boxes = np.float32([[0, 0, 0.5, 0.5]])
    matrix = lambda: tf.SparseTensor([[0, 1], [1, 2]], [3.0, 4.0], [2, 3])  # noqa: E731
    calls = {
        "statistics": lambda: list(nn.sufficient_statistics_v2(x, [0], shift=1.0, keepdims=True)),
        "normalize": lambda: list(nn.normalize(x, axis=1)),
        "normalize 1": lambda: list(nn.normalize(x, ord=1)),
        "average": lambda: nn.compute_average_loss([1.0, 2.0, 6.0], sample_weight=[1, 0, 1]),
        "average of": lambda: nn.compute_average_loss([1.0, 2.0], global_batch_size=6),
        "average rank": lambda: nn.compute_average_loss(1.0),
        "scaled": lambda: nn.scale_regularization_loss([1.0, 2.0]),
        "crops": lambda: image.crop_and_resize_v2(picture, boxes, [0], [2, 2]),
        "drawn": lambda: image.draw_bounding_boxes_v2(picture, [boxes], [[1.0, 0.0, 0.0]]),
        "to batch": lambda: array.space_to_batch_v2(picture, [2, 2], [[0, 0], [0, 0]]),
        "from batch": lambda: array.batch_to_space_v2(
            np.tile(picture, [4, 1, 1, 1])[:, :1, :1], 2, [[0, 0], [0, 0]]
        ),
        "to depth": lambda: array.space_to_depth_v2(picture, 2),
        "tiled": lambda: array.tile_one_dimension(tf.constant(x), 1, 2),
        "greatest": lambda: sparse.sparse_reduce_max_v2(matrix(), axis=1),
        "summed": lambda: sparse.sparse_reduce_sum_v2(matrix(), output_is_sparse=True),
        "hints": lambda: ops.convert_to_tensor_v2([1, 2], dtype_hint=tf.float64),
    }
    found = {}
    for label, call in calls.items():
        with tf.Graph().as_default(), tf.Session() as sess:
            found[label] = tried(lambda call=call: sess.run(call()))
    with tf.Graph().as_default():
        found["device"] = tried(ops.device_v2, lambda op: "/cpu:0")
        found["id"] = describe(ops.tensor_id(tf.constant(1)) != ops.tensor_id(tf.constant(1)))
        found["composite"] = describe(
            [type(v).__name__ for v in ops.convert_n_to_tensor_or_composite([1, None, matrix()])]
        )
    return found
