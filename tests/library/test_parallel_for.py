"""pfor, vectorized_map and jacobians give what TensorFlow's do."""

import pytest
from behaviour import Behaviour

import evergraph as tf
from evergraph.library.parallel_for import control_flow_ops

BEHAVIOUR = Behaviour("parallel_for")


@pytest.mark.parametrize("name", BEHAVIOUR.names)
def test_as_tensorflow(name: str) -> None:
    BEHAVIOUR.check(name)


def test_ops_without_converter_run_for_each_iteration() -> None:
    x = tf.constant([[3.0, 1.0, 2.0], [5.0, 9.0, 7.0]])
    with tf.Session() as sess:
        found = sess.run(control_flow_ops.pfor(lambda i: tf.invert_permutation([2, i, 1 - i]), 2))
        sorted_rows = sess.run(tf.vectorized_map(lambda row: tf.sort(row), x))
    assert found.tolist() == [[1, 2, 0], [2, 1, 0]]
    assert sorted_rows.tolist() == [[1.0, 2.0, 3.0], [5.0, 7.0, 9.0]]
