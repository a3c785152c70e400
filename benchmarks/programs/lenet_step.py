"""A training step of a LeNet-5 with 512 hidden units, batch 100, plain descent."""

import cnn
import tensorflow as tf
import timing

step, feed = cnn.build(100, 512, tf.train.GradientDescentOptimizer(0.01))
with tf.Session() as session:
    session.run(tf.global_variables_initializer())
    timing.measure(lambda: session.run(step, feed), warm_up=5, seconds=4.0)
