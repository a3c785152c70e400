"""Two convolutional networks for digits; random data."""

import numpy as np
import tensorflow as tf


def weight(*shape):
    return tf.Variable(tf.truncated_normal(shape, stddev=0.1, seed=1))


def bias(size):
    return tf.Variable(tf.constant(0.1, shape=[size]))


def block(x, size, inputs, outputs):
    """Convolution, bias, ReLU, and the greatest of each 2 x 2."""
    x = tf.nn.conv2d(x, weight(size, size, inputs, outputs), [1, 1, 1, 1], "SAME")
    x = tf.nn.relu(tf.nn.bias_add(x, bias(outputs)))
    return tf.nn.max_pool(x, [1, 2, 2, 1], [1, 2, 2, 1], "SAME")


def dense(x, inputs, outputs):
    return tf.matmul(x, weight(inputs, outputs)) + bias(outputs)


def build(batch, hidden, optimizer):
    """A network of two blocks and two dense layers with dropout. Returns its step and a feed."""
    x = tf.placeholder(tf.float32, [None, 28, 28, 1])
    labels = tf.placeholder(tf.float32, [None, 10])
    found = block(block(x, 5, 1, 32), 5, 32, 64)
    found = tf.nn.relu(dense(tf.reshape(found, [-1, 7 * 7 * 64]), 7 * 7 * 64, hidden))
    keep = tf.placeholder(tf.float32)
    logits = dense(tf.nn.dropout(found, keep), hidden, 10)
    loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits_v2(labels=labels, logits=logits))
    random = np.random.RandomState(1)
    feed = {
        x: random.rand(batch, 28, 28, 1).astype(np.float32),
        labels: np.eye(10, dtype=np.float32)[random.randint(10, size=batch)],
        keep: 0.5,
    }
    return optimizer.minimize(loss), feed
