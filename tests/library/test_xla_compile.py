"""`tf.xla.experimental.compile`; names and errors as TensorFlow's."""

from typing import Any

import numpy as np
import pytest

import evergraph as tf
from evergraph.library.eager.context import eager_mode

compiled = tf.xla.experimental.compile


@pytest.fixture
def x() -> Any:
    with tf.Graph().as_default():
        yield tf.placeholder(tf.float32, [2], name="x")


def test_structures_of_outputs(x: Any) -> None:
    (one,) = compiled(lambda a: a * 2.0, [x])
    nested = compiled(lambda a: [a * 2.0, {"p": a}], [x])
    single = compiled(lambda a: {"p": a * 2.0}, [x])
    variable = tf.Variable([1.0, 2.0], use_resource=True)
    (both,) = compiled(lambda a: (a * 3.0, variable.assign(a).op), [x])
    nothing = compiled(lambda a: None, [x])
    assert [one.name, nested[0].name, nested[1]["p"].name, single["p"].name, both.name] == [
        "output_0:0",
        "output_0_1:0",
        "output_1:0",
        "output_0_2:0",
        "output_0_3:0",
    ]
    assert (nothing.name, nothing.type) == ("output_0_4", "NoOp")
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        found = session.run([one, nested, both], {x: [3.0, 4.0]})
        assert session.run(variable).tolist() == [3.0, 4.0]
    np.testing.assert_array_equal(found[0], [6, 8])
    np.testing.assert_array_equal(found[1][1]["p"], [3, 4])
    np.testing.assert_array_equal(found[2], [9, 12])


def test_training_inside(x: Any) -> None:
    def model() -> Any:
        with tf.variable_scope("m"):
            w = tf.get_variable("w", [2], initializer=tf.ones_initializer())
            loss = tf.reduce_sum(w * w * x)
            return loss, tf.train.GradientDescentOptimizer(0.1).minimize(loss)

    (loss,) = compiled(model)
    assert type(tf.global_variables()[0]).__name__ == "ResourceVariable"
    assert not tf.get_variable_scope().use_resource
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        losses = [session.run(loss, {x: [1.0, 2.0]}) for _ in range(3)]
    np.testing.assert_allclose(losses, [3.0, 1.3600001, 0.6688], rtol=1e-6)


def test_errors(x: Any) -> None:
    with pytest.raises(TypeError, match="inputs must be a list"):
        compiled(lambda a: a, x)
    with pytest.raises(ValueError, match="zero or more Tensor values followed by zero or more Op"):
        compiled(lambda a: (tf.no_op(), a), [x])
    with pytest.raises(ValueError, match='Got error: "None values not supported."'):
        compiled(lambda a: (a, None), [x])
    with pytest.raises(ValueError, match="does not support Operation as return value in non-flat"):
        compiled(lambda a: {"p": tf.no_op()}, [x])


def test_executed_at_once() -> None:
    with eager_mode():
        (found,) = compiled(lambda a, b: a * 2.0 + b, [tf.constant([1.0, 2.0]), 1.0])
        assert found.numpy().tolist() == [3.0, 5.0]
