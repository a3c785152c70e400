"""Datasets with pools of threads, and handles that stand for the same thing."""

import evergraph as tf
from evergraph.api import custom_gradient
from evergraph.library.data.experimental import threadpool
from evergraph.library.eager import context


def test_elements_stay_the_same() -> None:
    with tf.Graph().as_default(), tf.Session() as session:
        dataset = tf.data.Dataset.range(4).map(lambda x: x + 1, num_parallel_calls=2)
        pool = threadpool.PrivateThreadPool(2, display_name="pool")
        iterator = tf.data.make_initializable_iterator(
            threadpool.override_threadpool(dataset, pool)
        )
        element = iterator.get_next()
        session.run(iterator.initializer)
        assert [session.run(element) for _ in range(4)] == [1, 2, 3, 4]
    with context.eager_mode():
        pool = threadpool.PrivateThreadPool(2, display_name="pool")
        pooled = threadpool.override_threadpool(tf.data.Dataset.range(3), pool)
        assert [int(x) for x in pooled] == [0, 1, 2]


def test_gradient_of_a_handle_that_was_passed_on() -> None:
    with tf.Graph().as_default(), tf.Session() as session:
        v = tf.get_variable(
            "v", initializer=tf.constant([[1.0, 2.0]], tf.float64), use_resource=True
        )
        c = tf.constant(1.0)
        passed = tf.identity_n([c, v.handle])
        custom_gradient.copy_handle_data(v.handle, passed[1])
        slopes = tf.gradients(passed[0], [c, v.handle])
        assert slopes[1].dtype == tf.float64
        session.run(v.initializer)
        assert session.run(slopes[1]).tolist() == [[0.0, 0.0]]
