"""Mistakes that programs make. Each case is a function of `tf` and a session; it raises.

Both Python 3.7 under TensorFlow 1.15.5 and ours read this file.
"""

import numpy as np

CASES = {}


def case(function):
    CASES[function.__name__] = function
    return function


def placeholder(tf):
    return tf.placeholder(tf.float32, [None, 3], name="x")


@case
def feed_of_wrong_shape(tf, session):
    x = placeholder(tf)
    session.run(x * 2.0, {x: np.zeros([2, 4], np.float32)})


@case
def feed_of_wrong_rank(tf, session):
    x = placeholder(tf)
    session.run(x * 2.0, {x: 1.0})


@case
def feed_of_wrong_dtype(tf, session):
    x = tf.placeholder(tf.int32, [], name="x")
    session.run(x * 2, {x: "text"})


@case
def feed_of_a_ragged_list(tf, session):
    x = placeholder(tf)
    session.run(x * 2.0, {x: [[1.0, 2.0, 3.0], [1.0]]})


@case
def feed_of_a_tensor(tf, session):
    x = placeholder(tf)
    session.run(x * 2.0, {x: tf.zeros([1, 3])})


@case
def feed_of_unfeedable(tf, session):
    x = placeholder(tf)
    tf.get_default_graph().prevent_feeding(x)
    session.run(x * 2.0, {x: np.zeros([1, 3], np.float32)})


@case
def feed_of_unknown_name(tf, session):
    session.run(tf.constant(1.0), {"no_such_node:0": 1.0})


@case
def feed_of_none(tf, session):
    session.run(tf.constant(1.0), {None: 1.0})


@case
def feed_of_other_graph(tf, session):
    with tf.Graph().as_default():
        other = tf.placeholder(tf.float32, [], name="other")
    session.run(tf.constant(1.0), {other: 1.0})


@case
def placeholder_not_fed(tf, session):
    x = placeholder(tf)
    session.run(x * 2.0)


@case
def placeholder_without_shape_not_fed(tf, session):
    x = tf.placeholder(tf.int64, name="n")
    session.run(x + 1)


@case
def fetch_of_other_graph(tf, session):
    with tf.Graph().as_default():
        other = tf.constant(1.0, name="other")
    session.run(other)


@case
def fetch_of_none(tf, session):
    session.run(None)


@case
def fetch_of_a_number(tf, session):
    session.run([1.0])


@case
def fetch_of_unknown_name(tf, session):
    session.run("no_such_node:0")


@case
def fetch_of_unknown_output(tf, session):
    tf.constant(1.0, name="c")
    session.run("c:1")


@case
def fetch_of_malformed_name(tf, session):
    session.run("a:b:c")


@case
def uninitialized_variable(tf, session):
    v = tf.Variable(1.0, name="v")
    session.run(v * 2.0)


@case
def uninitialized_resource_variable(tf, session):
    session.run(tf.get_variable("first", [2], use_resource=True).initializer)
    v = tf.get_variable("r", [2], use_resource=True)
    session.run(v * 2.0)


@case
def shapes_do_not_multiply(tf, session):
    tf.matmul(tf.zeros([2, 3]), tf.zeros([4, 5]), name="product")


@case
def shapes_do_not_add(tf, session):
    tf.add(tf.zeros([2, 3]), tf.zeros([4]), name="sum")


@case
def dtypes_do_not_add(tf, session):
    tf.add(tf.zeros([2]), tf.zeros([2], tf.int32), name="sum")


@case
def shapes_do_not_multiply_at_run_time(tf, session):
    x = tf.placeholder(tf.float32, [None, None], name="x")
    y = tf.matmul(x, tf.zeros([4, 5]), name="product")
    session.run(y, {x: np.zeros([2, 3], np.float32)})


@case
def shapes_do_not_add_at_run_time(tf, session):
    x = tf.placeholder(tf.float32, name="x")
    session.run(tf.add(x, tf.zeros([4]), name="sum"), {x: np.zeros([2, 3], np.float32)})


@case
def reshape_at_run_time(tf, session):
    x = tf.placeholder(tf.float32, name="x")
    session.run(tf.reshape(x, [4], name="flat"), {x: np.zeros([2, 3], np.float32)})


@case
def name_not_found(tf, session):
    tf.get_default_graph().get_tensor_by_name("no_such_node:0")


@case
def name_of_an_operation_for_a_tensor(tf, session):
    tf.get_default_graph().get_tensor_by_name("c")


@case
def operation_not_found(tf, session):
    tf.get_default_graph().get_operation_by_name("no_such_node")


@case
def invalid_node_name(tf, session):
    tf.constant(1.0, name="a b")


@case
def nan_is_found(tf, session):
    x = tf.placeholder(tf.float32, [2], name="x")
    session.run(tf.check_numerics(x, "bad x", name="check"), {x: [1.0, np.nan]})


@case
def inf_is_found(tf, session):
    x = tf.placeholder(tf.float32, [2], name="x")
    session.run(tf.check_numerics(x, "bad x", name="check"), {x: [1.0, np.inf]})


@case
def assertion_fails(tf, session):
    x = tf.placeholder(tf.int32, [], name="x")
    session.run(tf.Assert(x > 1, ["x is", x], name="check"), {x: 1})


@case
def graph_is_finalized(tf, session):
    tf.get_default_graph().finalize()
    tf.constant(1.0)


@case
def variable_of_another_shape(tf, session):
    v = tf.Variable(tf.zeros([2]), name="v")
    tf.assign(v, tf.zeros([3]))


@case
def variable_exists(tf, session):
    tf.get_variable("v", [1])
    tf.get_variable("v", [1])


@case
def variable_does_not_exist(tf, session):
    with tf.variable_scope("s", reuse=True):
        tf.get_variable("v", [1])


@case
def tensor_as_a_bool(tf, session):
    if tf.constant(True):
        pass


@case
def iteration_over_a_tensor(tf, session):
    list(tf.placeholder(tf.float32, [2]))


@case
def no_gradient(tf, session):
    x = tf.constant(1.0)
    tf.train.GradientDescentOptimizer(0.1).minimize(x)


@case
def session_closed(tf, session):
    c = tf.constant(1.0)
    other = tf.Session()
    other.close()
    other.run(c)


@case
def empty_graph(tf, session):
    tf.Session(graph=tf.Graph()).run("x:0")


def graph_def(tf, text):
    from google.protobuf import text_format

    return text_format.Parse(text, tf.GraphDef())


@case
def import_of_unknown_op(tf, session):
    tf.import_graph_def(graph_def(tf, 'node { name: "a" op: "NoSuchOp" }'), name="")


@case
def import_of_cycle(tf, session):
    text = """
        node { name: "a" op: "Neg" input: "b" attr { key: "T" value { type: DT_FLOAT } } }
        node { name: "b" op: "Neg" input: "a" attr { key: "T" value { type: DT_FLOAT } } }
    """
    tf.import_graph_def(graph_def(tf, text), name="")


@case
def import_of_dangling_input(tf, session):
    text = """
        node { name: "a" op: "Neg" input: "nowhere" attr { key: "T" value { type: DT_FLOAT } } }
    """
    tf.import_graph_def(graph_def(tf, text), name="")


@case
def import_of_wrong_output(tf, session):
    text = """
        node { name: "a" op: "NoOp" }
        node { name: "b" op: "Neg" input: "a:0" attr { key: "T" value { type: DT_FLOAT } } }
    """
    tf.import_graph_def(graph_def(tf, text), name="")


@case
def import_without_attr(tf, session):
    text = 'node { name: "a" op: "Placeholder" }'
    tf.import_graph_def(graph_def(tf, text), name="")


@case
def import_with_unused_map(tf, session):
    text = 'node { name: "a" op: "NoOp" }'
    tf.import_graph_def(graph_def(tf, text), input_map={"b:0": tf.constant(1.0)}, name="")


@case
def import_of_missing_element(tf, session):
    text = 'node { name: "a" op: "NoOp" }'
    tf.import_graph_def(graph_def(tf, text), return_elements=["b"], name="")


@case
def import_of_something_else(tf, session):
    tf.import_graph_def("text")
