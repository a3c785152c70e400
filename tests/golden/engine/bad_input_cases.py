"""Programs that go wrong, by name: run under TensorFlow for the golden errors and under evergraph
by the tests."""

CASES = {}


def case(function):
    CASES[function.__name__] = function
    return function


def usable(tf, session):
    """The session goes on after the error."""
    with session.graph.as_default():
        assert session.run(tf.constant(2) + 3) == 5


def session_of(tf):
    """A session on the default graph that is checked when the case is over."""
    return tf.Session()


def fails(tf, session, call):
    try:
        call()
    finally:
        usable(tf, session)


@case
def feed_wrong_shape(tf, np, graph_pb2):
    x = tf.placeholder(tf.float32, [None, 3], name="x")
    y = x * 2
    s = session_of(tf)
    fails(tf, s, lambda: s.run(y, {x: np.ones((2, 4))}))


@case
def feed_wrong_rank(tf, np, graph_pb2):
    x = tf.placeholder(tf.float32, [None, 3], name="x")
    y = x * 2
    s = session_of(tf)
    fails(tf, s, lambda: s.run(y, {x: 1.0}))


@case
def feed_text_for_numbers(tf, np, graph_pb2):
    x = tf.placeholder(tf.float32, [None], name="x")
    y = x * 2
    s = session_of(tf)
    fails(tf, s, lambda: s.run(y, {x: ["a"]}))


@case
def feed_large_int(tf, np, graph_pb2):
    x = tf.placeholder(tf.uint8, [], name="x")
    y = tf.identity(x)
    s = session_of(tf)
    fails(tf, s, lambda: s.run(y, {x: 300}))


@case
def feed_tensor(tf, np, graph_pb2):
    x = tf.placeholder(tf.float32, [], name="x")
    y = x * 2
    c = tf.constant(1.0, name="c")
    s = session_of(tf)
    fails(tf, s, lambda: s.run(y, {x: c}))


@case
def feed_unfeedable(tf, np, graph_pb2):
    x = tf.constant(1.0, name="x")
    tf.get_default_graph().prevent_feeding(x)
    y = x * 2
    s = session_of(tf)
    fails(tf, s, lambda: s.run(y, {x: 3.0}))


@case
def feed_key_of_other_graph(tf, np, graph_pb2):
    x = tf.constant(1.0, name="x")
    with tf.Graph().as_default():
        other = tf.placeholder(tf.float32, [], name="other")
    s = session_of(tf)
    fails(tf, s, lambda: s.run(x, {other: 3.0}))


@case
def feed_key_is_number(tf, np, graph_pb2):
    x = tf.constant(1.0, name="x")
    s = session_of(tf)
    fails(tf, s, lambda: s.run(x, {3: 3.0}))


@case
def placeholder_not_fed(tf, np, graph_pb2):
    x = tf.placeholder(tf.float32, [2, None], name="x")
    y = x * 2
    s = session_of(tf)
    fails(tf, s, lambda: s.run(y))


@case
def scalar_placeholder_not_fed(tf, np, graph_pb2):
    x = tf.placeholder(tf.int32, name="x")
    s = session_of(tf)
    fails(tf, s, lambda: s.run(x))


@case
def fetch_of_other_graph(tf, np, graph_pb2):
    tf.constant(1.0)
    with tf.Graph().as_default():
        other = tf.constant(1.0, name="other")
    s = session_of(tf)
    fails(tf, s, lambda: s.run(other))


@case
def fetch_none(tf, np, graph_pb2):
    tf.constant(1.0)
    s = session_of(tf)
    fails(tf, s, lambda: s.run(None))


@case
def fetch_number(tf, np, graph_pb2):
    tf.constant(1.0)
    s = session_of(tf)
    fails(tf, s, lambda: s.run(3))


@case
def fetch_unknown_name(tf, np, graph_pb2):
    tf.constant(1.0)
    s = session_of(tf)
    fails(tf, s, lambda: s.run("nobody:0"))


@case
def fetch_unfetchable(tf, np, graph_pb2):
    x = tf.constant(1.0, name="x")
    tf.get_default_graph().prevent_fetching(x.op)
    s = session_of(tf)
    fails(tf, s, lambda: s.run(x))


@case
def uninitialized_variable(tf, np, graph_pb2):
    v = tf.Variable([1.0, 2.0], name="v")
    y = v * 2
    s = session_of(tf)
    fails(tf, s, lambda: s.run(y))


@case
def uninitialized_scalar_variable(tf, np, graph_pb2):
    v = tf.Variable(1.0, name="v")
    s = session_of(tf)
    fails(tf, s, lambda: s.run(v))


@case
def uninitialized_resource_variable(tf, np, graph_pb2):
    v = tf.get_variable("v", initializer=[1.0, 2.0], use_resource=True)
    y = v * 2
    s = session_of(tf)
    fails(tf, s, lambda: s.run(y))


@case
def update_of_uninitialized_variable(tf, np, graph_pb2):
    v = tf.Variable([1.0, 2.0], name="v")
    y = tf.assign_add(v, [1.0, 1.0])
    s = session_of(tf)
    fails(tf, s, lambda: s.run(y))


@case
def shapes_of_matmul(tf, np, graph_pb2):
    with tf.name_scope("loss"):
        tf.matmul(tf.ones([2, 3]), tf.ones([4, 5]))


@case
def shapes_of_add(tf, np, graph_pb2):
    tf.ones([2, 3]) + tf.ones([2, 4])


@case
def types_of_add(tf, np, graph_pb2):
    tf.add(tf.ones([2]), tf.constant([1, 2]))


@case
def tensor_name_not_found(tf, np, graph_pb2):
    tf.constant(1.0)
    tf.get_default_graph().get_tensor_by_name("nobody:0")


@case
def operation_name_not_found(tf, np, graph_pb2):
    tf.constant(1.0)
    tf.get_default_graph().get_operation_by_name("nobody")


@case
def shapes_at_run_time(tf, np, graph_pb2):
    x = tf.placeholder(tf.float32, [None, None], name="x")
    y = tf.placeholder(tf.float32, [None, None], name="y")
    z = tf.matmul(x, y, name="z")
    s = session_of(tf)
    fails(tf, s, lambda: s.run(z, {x: np.ones((2, 3)), y: np.ones((4, 5))}))


@case
def broadcast_at_run_time(tf, np, graph_pb2):
    x = tf.placeholder(tf.float32, name="x")
    y = tf.placeholder(tf.float32, name="y")
    z = tf.add(x, y, name="z")
    s = session_of(tf)
    fails(tf, s, lambda: s.run(z, {x: np.ones(3), y: np.ones(4)}))


@case
def nan_under_check_numerics(tf, np, graph_pb2):
    x = tf.placeholder(tf.float32, [None], name="x")
    y = tf.check_numerics(tf.log(x), "the logarithm")
    s = session_of(tf)
    fails(tf, s, lambda: s.run(y, {x: [-1.0]}))


@case
def inf_under_check_numerics(tf, np, graph_pb2):
    x = tf.placeholder(tf.float32, [None], name="x")
    y = tf.check_numerics(1 / x, "the quotient")
    s = session_of(tf)
    fails(tf, s, lambda: s.run(y, {x: [0.0]}))


@case
def integer_division_by_zero(tf, np, graph_pb2):
    x = tf.placeholder(tf.int32, [None], name="x")
    y = 1 // x
    s = session_of(tf)
    fails(tf, s, lambda: s.run(y, {x: [0]}))


@case
def gather_out_of_range(tf, np, graph_pb2):
    x = tf.placeholder(tf.int32, [None], name="x")
    y = tf.gather([1.0, 2.0], x)
    s = session_of(tf)
    fails(tf, s, lambda: s.run(y, {x: [0, 5]}))


@case
def closed_session(tf, np, graph_pb2):
    x = tf.constant(1.0)
    s = tf.Session()
    s.close()
    s.run(x)


@case
def empty_graph(tf, np, graph_pb2):
    tf.Session().run([])


@case
def unknown_op(tf, np, graph_pb2):
    graph_def = graph_pb2.GraphDef()
    graph_def.node.add(name="n", op="NoSuchOpAtAll")
    tf.import_graph_def(graph_def, name="")


@case
def cyclic_graph(tf, np, graph_pb2):
    graph_def = graph_pb2.GraphDef()
    for name, other in (("a", "b"), ("b", "a")):
        node = graph_def.node.add(name=name, op="Identity", input=[other])
        node.attr["T"].type = 1
    tf.import_graph_def(graph_def, name="")


@case
def dangling_graph(tf, np, graph_pb2):
    graph_def = graph_pb2.GraphDef()
    node = graph_def.node.add(name="a", op="Identity", input=["missing"])
    node.attr["T"].type = 1
    tf.import_graph_def(graph_def, name="")


@case
def finalized_graph(tf, np, graph_pb2):
    tf.get_default_graph().finalize()
    tf.constant(1.0)


@case
def no_default_session(tf, np, graph_pb2):
    tf.constant(1.0).eval()
