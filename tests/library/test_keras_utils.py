"""tf.keras.utils against TensorFlow."""

import pytest
from behaviour import Behaviour

import evergraph as tf
from evergraph.library.keras import backend
from evergraph.library.keras.utils import tf_utils

BEHAVIOUR = Behaviour("keras_utils")


@pytest.mark.parametrize("name", BEHAVIOUR.names)
def test_as_tensorflow(name: str) -> None:
    BEHAVIOUR.check(name)


def test_what_depends_on_inputs() -> None:
    with tf.Graph().as_default():
        x = tf.placeholder(tf.float32, [2], name="x")
        v = tf.Variable([1.0, 2.0], name="v")
        y = tf.multiply(x, v, name="y")
        with tf.control_dependencies([y]):
            z = tf.constant(1.0, name="z")
        w = tf.identity(x, name="w")
        reachable = tf_utils.get_reachable_from_inputs
        assert sorted(found.name for found in reachable([x])) == (
            ["w", "w:0", "x:0", "y", "y:0", "z", "z:0"]
        )
        assert sorted(found.name for found in reachable([v])) == (
            ["v", "v/Assign", "v/Assign:0", "v/read", "v/read:0"]
            + ["v:0", "v:0", "y", "y:0", "z", "z:0"]
        )
        assert y in reachable([v], targets=[y])
        assert z not in reachable([w.op])
        with pytest.raises(TypeError, match="Expected Operation, Variable, or Tensor, got 3"):
            reachable([3])
        assert backend.get_graph() is tf.get_default_graph()
        assert backend.symbolic_learning_phase() is backend.learning_phase()
