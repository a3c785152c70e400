"""What programs written for TPUs do without, against TensorFlow."""

import numpy as np
import pytest
from behaviour import Behaviour

import evergraph as tf

BEHAVIOUR = Behaviour("tpu")


@pytest.mark.parametrize("name", BEHAVIOUR.names)
def test_as_tensorflow(name: str) -> None:
    BEHAVIOUR.check(name)


def test_training_with_tpus_says_that_there_are_none(tmp_path) -> None:
    estimator = tf.contrib.tpu.TPUEstimator(
        lambda features, params: None,
        str(tmp_path),
        tf.contrib.tpu.RunConfig(),
        {},
        train_batch_size=8,
    )
    with pytest.raises(RuntimeError, match="Cannot find any TPU cores"):
        estimator.train(lambda params: None)


def test_one_replica_steps_as_without_replicas() -> None:
    x = tf.get_variable("x", initializer=np.float32([1, 2]))
    optimizer = tf.tpu.CrossShardOptimizer(tf.train.GradientDescentOptimizer(0.25))
    step = optimizer.minimize(tf.reduce_sum(x * x))
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(step)
        np.testing.assert_array_equal(session.run(x), [0.5, 1])
