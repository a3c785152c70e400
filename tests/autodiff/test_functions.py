"""Graph functions: what Defun builds, runs and differentiates."""

import numpy as np
import pytest

import evergraph as tf
from evergraph.graph.function_def import graph_def_of
from evergraph.library.function import Defun, _FuncGraph, from_library, get_extra_inputs


@pytest.fixture
def session():
    with tf.Graph().as_default(), tf.Session() as session:
        yield session


def test_definition(session):
    @Defun(tf.float32, tf.float32, func_name="Foo", noinline=True)
    def foo(x, Y):
        """Doc."""
        a = x * 2.0
        parts = tf.split(a, 2)
        with tf.control_dependencies([parts[0]]):
            return parts[1] + Y, Y, tf.identity(a, name="scope/Out")

    # The names that TensorFlow 1.15 gives.
    definition = foo.definition
    signature = definition.signature
    assert signature.name == "Foo"
    assert signature.description == "Doc."
    assert [a.name for a in signature.input_arg] == ["x", "y_0"]
    assert [a.name for a in signature.output_arg] == ["add", "y", "scope_out"]
    assert dict(definition.ret) == {
        "add": "add_0:z:0",
        "y": "y_0",
        "scope_out": "scope/Out:output:0",
    }
    nodes = {n.name: list(n.input) for n in definition.node_def}
    assert nodes["split"] == ["split/split_dim:output:0", "mul:z:0"]
    assert nodes["add_0"] == ["split:output:1", "y_0"]
    assert nodes["scope/Out"] == ["mul:z:0", "^split"]
    assert definition.attr["_noinline"].b
    graph_def, arguments, results = graph_def_of(definition, {})
    assert (arguments, results) == (["x:0", "y_0:0"], ["add_0:0", "y_0:0", "scope/Out:0"])
    assert [list(n.input) for n in graph_def.node if n.name == "add_0"] == [["split:1", "y_0"]]


def test_call_and_gradient(session):
    @Defun(tf.float32, tf.float32)
    def f(x, y):
        return x * y, x + 1.0

    x, y = tf.constant([2.0, 3.0]), tf.constant([4.0, 5.0])
    product, more = f(x, y)
    assert product.op.type == f.name
    grads = tf.gradients(product, [x, y])
    values = session.run([product, more, *grads])
    np.testing.assert_array_equal(values, [[8, 15], [3, 4], [4, 5], [2, 3]])


def test_captured(session):
    c = tf.constant(2.0)
    v = tf.get_variable("v", initializer=3.0, use_resource=True)
    inside = []

    @Defun(tf.float32)
    def f(x):
        result = x * c + v
        inside.extend(get_extra_inputs())
        return result

    x = tf.constant(5.0)
    y = f(x)
    grads = tf.gradients(y, [x, c, v])
    session.run(tf.global_variables_initializer())
    assert session.run([y, *grads]) == [13.0, 2.0, 5.0, 1.0]
    assert inside == [c, v.handle]
    assert f.captured_inputs == inside


def test_variable_of_the_body_is_outside(session):
    @Defun(tf.float32)
    def f(x):
        return x * tf.get_variable("w", initializer=4.0)

    y = f(2.0)
    assert [v.name for v in tf.global_variables()] == ["w:0"]
    session.run(tf.global_variables_initializer())
    assert session.run(y) == 8.0


def test_gradient_functions(session):
    @Defun(tf.float32, tf.float32)
    def double_gradient(x, dy):
        return dy * 100.0

    @Defun(tf.float32, grad_func=double_gradient)
    def double(x):
        return x * 2.0

    @Defun(tf.float32, python_grad_func=lambda op, dy: dy * 7.0)
    def triple(x):
        return x * 3.0

    x = tf.constant(1.0)
    grads = tf.gradients(double(x), x) + tf.gradients(triple(x), x)
    assert session.run(grads) == [100.0, 7.0]


def test_nested_and_overloaded(session):
    @Defun()
    def square(x):
        return x * x

    @Defun(tf.float32)
    def fourth(x):
        return square(square(x))

    assert session.run(fourth(3.0)) == 81.0
    assert session.run(square(tf.constant(3))) == 9


def test_imported(session):
    @Defun(tf.float32, func_name="AddOne")
    def add_one(x):
        return x + 1.0

    add_one(2.0, name="called")
    graph_def = session.graph.as_graph_def()
    assert graph_def.versions.min_consumer == 12
    with tf.Graph().as_default() as graph:
        (called,) = tf.import_graph_def(graph_def, return_elements=["called:0"])
        assert graph.as_graph_def().library == graph_def.library
        with tf.Session() as other:
            assert other.run(called) == 3.0
    functions = from_library(graph_def.library)
    assert [f.name for f in functions] == ["AddOne"]


def test_state_and_errors(session):
    @Defun(tf.float32)
    def checked(x):
        with tf.control_dependencies([tf.Assert(x > 0.0, [x])]):
            return tf.identity(x)

    x = tf.placeholder(tf.float32, [])
    y = checked(x)
    assert session.run(y, {x: 1.0}) == 1.0
    with pytest.raises(tf.errors.InvalidArgumentError, match="assertion failed"):
        session.run(y, {x: -1.0})


def test_complaints():
    with tf.Graph().as_default():
        one = Defun(tf.int32)(lambda x: x)
        with pytest.raises(ValueError, match="number of arguments: 1, received: 0"):
            one()
        with pytest.raises(ValueError, match="Unknown keyword arguments"):
            one(1, foo=2)
        with pytest.raises(ValueError, match="can not return None"):
            Defun()(lambda: [None]).definition  # noqa: B018
        with pytest.raises(ValueError, match="defaults or keywords"):
            Defun()(lambda x=1: x)
        with pytest.raises(ValueError, match="specified input types"):
            Defun(tf.int32)(lambda: 1)
        with pytest.raises(tf.errors.InvalidArgumentError, match="output names size = 2"):
            Defun(tf.int32, func_name="F", out_names=["a", "b"])(lambda x: x)(1)


def test_capture_by_value():
    with tf.Graph().as_default():
        c = tf.constant(2.0) * 3.0

        @Defun(tf.float32, capture_by_value=True)
        def f(x):
            assert isinstance(tf.get_default_graph(), _FuncGraph)
            return x * c

        y = f(5.0)
        assert not f.captured_inputs
        with tf.Session() as session:
            assert session.run(y) == 30.0
