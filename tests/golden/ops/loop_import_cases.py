"""Cases of loops in meta graphs: exported, imported under a scope, differentiated. See
case_tools.py."""

from case_tools import Cases, floats

CASES = Cases()
case = CASES.case


def imported(tf, scope="in", **kwargs):
    meta_graph = tf.train.export_meta_graph(**kwargs)
    tf.train.import_meta_graph(meta_graph, import_scope=scope)
    graph = tf.get_default_graph()
    return lambda name: graph.get_tensor_by_name(f"{scope}/{name}:0")


def step(i, x):
    return i + 1, x * x


@case
def simple(tf):
    tf.while_loop(lambda i, x: i < 3, step, [0, tf.constant(1.5, name="x")])
    found = imported(tf)
    return [found("while/Exit_1"), *tf.gradients(found("while/Exit_1"), found("x"))]


@case
def bounded(tf):
    x = tf.constant(1.5, name="x")
    tf.while_loop(lambda i, x: i < 3, step, (0, x), maximum_iterations=2, name="loop")
    found = imported(tf)
    return [found("loop/Exit_2"), *tf.gradients(found("loop/Exit_2"), found("x"))]


@case
def arguments(tf):
    x = tf.constant(1.5, name="x")
    tf.while_loop(
        lambda i, x: i < 3, step, [0, x], parallel_iterations=1, back_prop=False, swap_memory=True
    )
    found = imported(tf)
    return [found("while/Exit_1")]


@case
def captured(tf):
    w = tf.get_variable("w", [2, 2], initializer=tf.ones_initializer())
    tf.while_loop(lambda i, x: i < 3, lambda i, x: (i + 1, tf.matmul(x, w)), [0, tf.ones([1, 2])])
    found = imported(tf)
    return [found("while/Exit_1").op.type == "Exit" and tf.shape(found("while/Exit_1"))]


@case
def nested(tf):
    def body(i, x):
        return i + 1, tf.while_loop(lambda j, y: j < 2, step, [0, x])[1]

    tf.while_loop(lambda i, x: i < 2, body, [0, tf.constant(1.1, name="x")])
    found = imported(tf)
    return [found("while/Exit_1"), *tf.gradients(found("while/Exit_1"), found("x"))]


@case
def cond_inside(tf):
    def body(i, x):
        return i + 1, tf.cond(i < 1, lambda: x * x, lambda: x + 1.0)

    tf.while_loop(lambda i, x: i < 2, body, [0, tf.constant(1.5, name="x")])
    found = imported(tf)
    return [found("while/Exit_1"), *tf.gradients(found("while/Exit_1"), found("x"))]


@case
def inside_cond(tf):
    x = tf.constant(1.5, name="x")
    tf.cond(
        x > 1.0, lambda: tf.while_loop(lambda i, x: i < 2, step, [0, x])[1], lambda: x, name="c"
    )
    found = imported(tf)
    return [found("c/Merge"), *tf.gradients(found("c/Merge"), found("x"))]


@case
def twice(tf):
    tf.while_loop(lambda i, x: i < 3, step, [0, tf.constant(1.5, name="x")])
    imported(tf)
    found = imported(tf, "again")
    return [found("in/while/Exit_1"), found("while/Exit_1")]


@case
def of_a_scope(tf):
    with tf.name_scope("a"):
        tf.while_loop(lambda i, x: i < 3, step, [0, tf.constant(1.5, name="x")])
    with tf.name_scope("b"):
        tf.while_loop(lambda i, x: i < 3, step, [0, tf.constant(1.5, name="x")])
    found = imported(tf, export_scope="a")
    return [found("while/Exit_1"), *tf.gradients(found("while/Exit_1"), found("x"))]


@case
def with_gradients(tf):
    x = tf.constant(floats(2), name="x")
    y = tf.while_loop(lambda i, x: i < 3, step, [0, x])[1]
    tf.gradients(y, x, name="grads")
    found = imported(tf)
    return [found("grads/while/Enter_1_grad/Exit")]


@case
def into_a_loop(tf):
    tf.while_loop(lambda i, x: i < 3, step, [0, tf.constant(1.5, name="x")])
    definition = tf.get_default_graph().as_graph_def()

    def body(i, x):
        (y,) = tf.import_graph_def(
            definition, input_map={"x:0": x}, return_elements=["while/Exit_1:0"], name="in"
        )
        y.set_shape([])
        return i + 1, y

    return list(tf.while_loop(lambda i, x: i < 2, body, [0, tf.constant(1.1)]))


@case
def into_a_cond(tf):
    tf.while_loop(lambda i, x: i < 3, step, [0, tf.constant(1.5, name="x")])
    definition = tf.get_default_graph().as_graph_def()
    x = tf.constant(1.1)

    def branch():
        return tf.import_graph_def(
            definition, input_map={"x:0": x}, return_elements=["while/Exit_1:0"], name="in"
        )

    return [tf.cond(x > 1.0, branch, lambda: [x])]
