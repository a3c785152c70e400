"""A while loop of 10,000 iterations over scalars."""

import tensorflow as tf
import timing

start = tf.placeholder(tf.float32, [])
_, total = tf.while_loop(
    lambda i, total: i < 10000,
    lambda i, total: (i + 1, total + tf.cast(i, tf.float32) * 0.5),
    [0, start],
)
with tf.Session() as session:
    timing.measure(lambda: session.run(total, {start: 1.0}), warm_up=3, seconds=3.0)
