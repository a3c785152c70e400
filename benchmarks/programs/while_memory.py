"""Memory that a while loop of 1,000 steps takes for its gradients, in MB."""

import resource

import tensorflow as tf
import timing

x = tf.placeholder(tf.float32, [64, 256])
_, y = tf.while_loop(lambda i, y: i < 1000, lambda i, y: (i + 1, tf.tanh(y * 1.001 + x)), [0, x])
gradient = tf.gradients(y, x)[0]
small = tf.reduce_sum(x)
value = [[0.01] * 256] * 64
with tf.Session() as session:
    session.run(small, {x: value})
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    session.run(gradient, {x: value})
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
timing.report([(after - before) / 1024], unit="MB")
