"""Imports of GraphDefs, good and bad: what becomes of them, as text.

`run(tf, graph_pb2, op_def_pb2)` gives label → [what came of it, the nodes]. Runs under TensorFlow
1.15 and here.
"""

from google.protobuf import text_format


def node(name, op, inputs=(), attrs=""):
    return "node{name:'%s' op:'%s' %s %s}" % (  # noqa: UP031 - runs on Python 3.7 too
        name,
        op,
        " ".join("input:'%s'" % i for i in inputs),  # noqa: UP031
        attrs,
    )


def const(name, dtype, field, value):
    return node(
        name,
        "Const",
        (),
        "attr{key:'dtype' value{type:%s}} attr{key:'value' value{tensor{dtype:%s tensor_shape{} "  # noqa: UP031
        "%s:%s}}}" % (dtype, dtype, field, value),
    )


def one(key, value):
    return " attr{key:'%s' value{%s}}" % (key, value)  # noqa: UP031


N = node
C = const("A", "DT_FLOAT", "float_val", 1)
CI = const("A", "DT_INT32", "int_val", 1)
T = one("T", "type:DT_FLOAT")
B = C + node("B", "Neg", ["A"], T)
LOCATED = (
    C
    + node("A/x", "Neg", ["A"], T)
    + node("B", "Neg", ["A"], T + one("_class", "list{s:'loc:@A'}"))
)
LOOP = (
    C
    + const("p", "DT_BOOL", "bool_val", "true")
    + node("E", "Enter", ["A"], T + one("frame_name", "s:'f'"))
    + node("M", "Merge", ["E", "NI"], T + one("N", "i:2"))
    + node(
        "EP",
        "Enter",
        ["p"],
        one("T", "type:DT_BOOL") + one("frame_name", "s:'f'") + one("is_constant", "b:true"),
    )
    + node("L", "LoopCond", ["EP"])
    + node("S", "Switch", ["M", "L"], T)
    + node("NI", "NextIteration", ["S:1"], T)
    + node("X", "Exit", ["S"], T)
)

CASES = [
    (
        "basic",
        B,
        {},
    ),
    ("unknown op", N("X", "Oops"), {}),
    ("unknown ops", N("X", "Oops") + N("Y", "Oops2"), {}),
    ("type mismatch", CI + N("B", "Neg", ["A"], T), {}),
    ("missing attr", C + N("B", "Neg", ["A"]), {}),
    ("too few", N("B", "Neg", [], T), {}),
    ("too many", C + N("B", "Neg", ["A", "A"], T), {}),
    ("missing input", N("B", "Neg", ["A"], T), {}),
    ("bad output", C + N("B", "Neg", ["A:1"], T), {}),
    ("negative output", C + N("B", "Neg", ["A:-1"], T), {}),
    ("control order", C + N("B", "Neg", ["^A", "A"], T), {}),
    ("cycle", N("A", "Neg", ["B"], T) + N("B", "Neg", ["A"], T), {}),
    ("dup", C + C, {}),
    ("bad name", N("a b", "NoOp"), {}),
    ("no op", N("a", ""), {}),
    ("extra attr", C + N("B", "Neg", ["A"], T + one("foo", "i:1")), {}),
    ("extra underscore attr", C + N("B", "Neg", ["A"], T + one("_foo", "i:1")), {}),
    ("bad attr kind", C + N("B", "Neg", ["A"], one("T", "i:1")), {}),
    ("bad attr value", C + N("B", "Neg", ["A"], one("T", "type:DT_STRING")), {}),
    ("map unused", B, {"input_map": {"Z:0": 1.0}}),
    ("map unused2", B, {"input_map": {"A:2": 1.0, "B:0": 2.0}}),
    ("map ok", B, {"input_map": {"A": 1.0}}),
    ("map type", B, {"input_map": {"A:0": 1}}),
    ("map noname", B, {"input_map": {"A:0": 1}, "name": ""}),
    ("map nodict", C, {"input_map": [1]}),
    ("ret", C, {"return_elements": ["A", "A:0"]}),
    ("ret missing", C, {"return_elements": ["B"]}),
    ("ret missing2", C, {"return_elements": ["B:0"]}),
    ("ret missing3", C, {"return_elements": ["A:1"]}),
    ("ret bad", C, {"return_elements": ["A:B"]}),
    ("ret type", C, {"return_elements": [7]}),
    ("coloc unknown", C + N("B", "Neg", ["A"], T + one("_class", "list{s:'loc:@Q'}")), {}),
    ("coloc", C + N("B", "Neg", ["A"], T + one("_class", "list{s:'loc:@A'}")), {}),
    (
        "shape mismatch",
        CI
        + N(
            "B",
            "Range",
            ["A", "A", "A"],
            one("Tidx", "type:DT_INT32")
            + one("_output_shapes", "list{shape{dim{size:2} dim{size:3}}}"),
        ),
        {},
    ),
    ("shape count", C + N("B", "Neg", ["A"], T + one("_output_shapes", "list{}")), {}),
    (
        "shape many",
        C + N("B", "Neg", ["A"], T + one("_output_shapes", "list{shape{} shape{}}")),
        {},
    ),
    (
        "shape set",
        N(
            "B",
            "Placeholder",
            [],
            one("dtype", "type:DT_FLOAT") + one("_output_shapes", "list{shape{dim{size:2}}}"),
        ),
        {},
    ),
    ("shape error", C + N("B", "MatMul", ["A", "A"], T), {}),
    ("not graphdef", None, {}),
    ("device", C + "node{name:'B' op:'Neg' input:'A' device:'/cpu:0' @@T@@type:DT_FLOAT@@}", {}),
    ("backedge", N("A", "Identity", ["B"], T) + N("B", "NextIteration", ["A"], T), {}),
]


def describe(op):
    return [
        op.name,
        op.type,
        [i.name for i in op.inputs],
        [c.name for c in op.control_inputs],
        [str(t.shape) for t in op.outputs],
        op.device,
        sorted(a for a in op.node_def.attr if a.startswith("_")),
        [g.decode() for g in op.colocation_groups()],
    ]


def run(tf, graph_pb2, op_def_pb2):
    def graph_def(text, producer=134, min_consumer=0, bad=()):
        parsed = text_format.Parse(text, graph_pb2.GraphDef())
        parsed.versions.producer = producer
        parsed.versions.min_consumer = min_consumer
        parsed.versions.bad_consumers.extend(bad)
        return parsed

    found = {}

    def record(label, function):
        with tf.Graph().as_default() as graph:
            try:
                met = [None, str(function())]
            except Exception as error:
                met = [type(error).__name__, str(error)]
            found[label] = [met, [describe(op) for op in graph.get_operations()]]

    for label, text, kwargs in CASES:
        record(
            label,
            lambda text=text, kwargs=kwargs: tf.import_graph_def(
                "x" if text is None else graph_def(text), **kwargs
            ),
        )
    record("low", lambda: tf.import_graph_def(graph_def(C, producer=-1)))
    record("high", lambda: tf.import_graph_def(graph_def(C, min_consumer=1000000)))
    record("bad", lambda: tf.import_graph_def(graph_def(C, bad=[134])))
    old = node("P", "PlaceholderV2", [], one("dtype", "type:DT_FLOAT") + one("shape", "shape{}"))
    record("deprecated", lambda: tf.import_graph_def(graph_def(C + old)))
    record("still there", lambda: tf.import_graph_def(graph_def(C + old, producer=22)))

    def versions():
        tf.import_graph_def(graph_def(C, producer=21, min_consumer=3, bad=[7, 200]))
        tf.import_graph_def(graph_def(C, producer=25, min_consumer=4, bad=[6]))
        return tf.get_default_graph().graph_def_versions

    record("versions", versions)

    def twice():
        tf.import_graph_def(graph_def(LOCATED), name="")
        tf.import_graph_def(graph_def(LOCATED), name="")
        names = C + node("A_1", "Neg", ["A"], T) + node("A_2", "Neg", ["A"], T)
        tf.import_graph_def(graph_def(names), name="")
        for name in ("p", "p", "p/"):
            tf.import_graph_def(graph_def(C), name=name)
        tf.constant(1.0, name="A")
        tf.constant(1.0, name="B_1")

    record("twice", twice)
    mixed = (
        node("B", "Neg", ["A", "^C"], T) + node("D", "NoOp", ["^B", "^A"]) + C + node("C", "NoOp")
    )
    record("order", lambda: tf.import_graph_def(graph_def(mixed)))

    def inside():
        a, n = tf.constant(2.0), tf.no_op()
        with tf.control_dependencies([n]), tf.device("/gpu:0"), tf.name_scope("s"):
            tf.import_graph_def(graph_def(B), input_map={"A": a})
        x = tf.placeholder(tf.bool)
        tf.cond(
            x,
            lambda: tf.import_graph_def(graph_def(B), return_elements=["B:0"]),
            lambda: [a],
        )
        graph = tf.get_default_graph()
        with graph.colocate_with(a):
            tf.import_graph_def(graph_def(C))
        with graph.gradient_override_map({"Neg": "Foo"}):
            tf.import_graph_def(graph_def(B))
        tf.import_graph_def(graph_def(C + node("B", "NoOp", ["^A"])), input_map={"^A": a})

    record("inside", inside)

    def defaults():
        parsed = graph_def(C + node("B", "MatMul", ["A", "A"], T))
        try:
            tf.import_graph_def(parsed)
        except ValueError:
            return sorted(parsed.node[1].attr)

    record("defaults", defaults)
    neg = (
        "op{name:'Neg' input_arg{name:'x' type_attr:'T'} output_arg{name:'y' type_attr:'T'} "
        "attr{name:'T' type:'type'} attr{name:'foo' type:'int' default_value{i:7}}}"
    )
    op_list = text_format.Parse(neg, op_def_pb2.OpList())
    for value in (7, 8):
        text = C + node("B", "Neg", ["A"], T + one("foo", "i:%d" % value))  # noqa: UP031
        record(
            "producer %d" % value,  # noqa: UP031
            lambda text=text: tf.import_graph_def(graph_def(text), producer_op_list=op_list),
        )
    record("loop", lambda: tf.import_graph_def(graph_def(LOOP)))
    return found
