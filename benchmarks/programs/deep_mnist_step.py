"""A training step of the deep network for digits with 1,024 hidden units, batch 50, Adam."""

import cnn
import tensorflow as tf
import timing

step, feed = cnn.build(50, 1024, tf.train.AdamOptimizer(1e-4))
with tf.Session() as session:
    session.run(tf.global_variables_initializer())
    timing.measure(lambda: session.run(step, feed), warm_up=5, seconds=4.0)
