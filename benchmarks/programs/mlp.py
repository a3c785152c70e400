"""The notes' model: 784-500-10, SGD with a decaying rate, moving averages, L2; random data."""

import numpy as np
import tensorflow as tf

BATCH = 100
LAYERS = (784, 500, 10)


def forward(x, parameters):
    w1, b1, w2, b2 = parameters
    return tf.matmul(tf.nn.relu(tf.matmul(x, w1) + b1), w2) + b2


def build(x=None, labels=None):
    """Builds the model in the default graph. Returns images, labels (placeholders where none are
    given) and the training op."""
    if x is None:
        x = tf.placeholder(tf.float32, [None, LAYERS[0]])
        labels = tf.placeholder(tf.float32, [None, LAYERS[2]])
    parameters = []
    for inputs, outputs in zip(LAYERS, LAYERS[1:]):  # noqa: B905 - Python 3.7
        parameters.append(tf.Variable(tf.truncated_normal([inputs, outputs], stddev=0.1)))
        parameters.append(tf.Variable(tf.constant(0.1, shape=[outputs])))
    logits = forward(x, parameters)
    step = tf.Variable(0, trainable=False)
    averages = tf.train.ExponentialMovingAverage(0.99, step)
    averages_op = averages.apply(tf.trainable_variables())
    forward(x, [averages.average(parameter) for parameter in parameters])
    entropy = tf.nn.sparse_softmax_cross_entropy_with_logits(
        logits=logits, labels=tf.argmax(labels, 1)
    )
    weights = parameters[::2]
    loss = tf.reduce_mean(entropy) + 1e-4 * tf.add_n([tf.nn.l2_loss(w) for w in weights])
    rate = tf.train.exponential_decay(0.8, step, 550, 0.99)
    train = tf.train.GradientDescentOptimizer(rate).minimize(loss, global_step=step)
    with tf.control_dependencies([train, averages_op]):
        return x, labels, tf.no_op(name="train")


def batches(count=10):
    random = np.random.RandomState(1)
    images = random.rand(count, BATCH, LAYERS[0]).astype(np.float32)
    labels = np.eye(LAYERS[2], dtype=np.float32)[random.randint(LAYERS[2], size=(count, BATCH))]
    return list(zip(images, labels))  # noqa: B905 - Python 3.7
