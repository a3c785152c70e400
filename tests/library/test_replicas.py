"""SyncReplicasOptimizer against TensorFlow."""

import pytest
from behaviour import Behaviour

import evergraph as tf

BEHAVIOUR = Behaviour("replicas")


@pytest.mark.parametrize("name", BEHAVIOUR.names)
def test_as_tensorflow(name: str) -> None:
    BEHAVIOUR.check(name)


def test_local_cluster() -> None:
    workers, servers = tf.test.create_local_cluster(1, 0)
    assert servers == []
    with tf.Graph().as_default(), tf.device("/job:worker/task:0"):
        total = tf.constant(1.0) + 2
        with tf.Session(workers[0].target) as sess:
            assert sess.run(total) == 3
