"""session.run of one scalar addition with a feed."""

import tensorflow as tf
import timing

x = tf.placeholder(tf.float32, [])
y = x + 1.0
with tf.Session() as session:
    timing.measure(lambda: session.run(y, {x: 2.0}), warm_up=200, batch=100)
