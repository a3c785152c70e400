"""Building a graph of 10,000 nodes."""

import tensorflow as tf
import timing

NODES = 10000
samples = []
for _ in range(3):
    with tf.Graph().as_default() as graph:
        start = timing.now()
        weights = tf.constant(0.5, shape=[8, 8])
        bias = tf.constant(0.1, shape=[8])
        x = tf.placeholder(tf.float32, [None, 8])
        for _ in range((NODES - 3) // 3 + 1):
            x = tf.nn.relu(tf.matmul(x, weights) + bias)
        samples.append((timing.now() - start) * 1e3)
        assert len(graph.get_operations()) >= NODES
timing.report(samples)
