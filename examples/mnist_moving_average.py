"""A network of two layers learns to read MNIST's handwritten digits.

    evergraph datasets mnist FOLDER
    evergraph run examples/mnist_moving_average.py --data_dir=FOLDER

A TensorFlow 1 program: weights with an L2 penalty, gradient descent with a decaying learning rate,
and moving averages of the weights, which read better than the weights of the last step. The digits
are moved about a little, so that a few thousand of them are enough.
"""

import time

import numpy as np
import tensorflow as tf
from tensorflow.examples.tutorials.mnist import input_data

flags = tf.app.flags
flags.DEFINE_string("data_dir", "MNIST_data", "folder of the four files of MNIST")
flags.DEFINE_integer("steps", 10000, "training steps")
flags.DEFINE_integer("batch_size", 100, "digits a step")
flags.DEFINE_integer("validation_size", 1000, "digits of the training set that are kept aside")
flags.DEFINE_integer("max_shift", 2, "pixels by which a digit may be moved")
FLAGS = flags.FLAGS

SIDE = 28
HIDDEN = 500
DIGITS = 10


def layer(name, inputs, size, activation=None):
    """A fully connected layer; its weights join the penalty."""
    with tf.variable_scope(name):
        weights = tf.get_variable(
            "weights",
            [inputs.shape[1], size],
            initializer=tf.truncated_normal_initializer(stddev=0.1),
            regularizer=tf.contrib.layers.l2_regularizer(0.0001),
        )
        biases = tf.get_variable("biases", [size], initializer=tf.constant_initializer(0.1))
        result = tf.matmul(inputs, weights) + biases
    return activation(result) if activation else result


def network(images):
    """Scores of the ten digits for each image."""
    return layer("output", layer("hidden", images, HIDDEN, tf.nn.relu), DIGITS)


def build(steps_an_epoch):
    """The whole graph; returns what the training loop needs."""
    images = tf.placeholder(tf.float32, [None, SIDE * SIDE], name="images")
    labels = tf.placeholder(tf.int64, [None], name="labels")
    step = tf.train.get_or_create_global_step()

    with tf.variable_scope("network"):
        scores = network(images)
    surprise = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=scores)
    loss = tf.reduce_mean(surprise) + tf.losses.get_regularization_loss()

    rate = tf.train.exponential_decay(0.8, step, steps_an_epoch, 0.99)
    descend = tf.train.GradientDescentOptimizer(rate).minimize(loss, global_step=step)
    averages = tf.train.ExponentialMovingAverage(0.99, step)
    with tf.control_dependencies([descend]):
        train = averages.apply(tf.trainable_variables())

    def averaged(getter, *args, **kwargs):
        return averages.average(getter(*args, **kwargs))

    with tf.variable_scope("network", reuse=True, custom_getter=averaged):
        guesses = tf.argmax(network(images), 1)
    accuracy = tf.reduce_mean(tf.cast(tf.equal(guesses, labels), tf.float32))
    return images, labels, loss, train, accuracy


def shifted(images, limit):
    """The images, each moved by up to `limit` pixels up or down, left or right."""
    count = len(images)
    margins = ((0, 0), (limit, limit), (limit, limit))
    padded = np.pad(images.reshape(count, SIDE, SIDE), margins, mode="constant")
    rows, columns = np.random.randint(0, 2 * limit + 1, (2, count, 1)) + np.arange(SIDE)
    which = np.arange(count)[:, np.newaxis, np.newaxis]
    return padded[which, rows[:, :, np.newaxis], columns[:, np.newaxis, :]].reshape(count, -1)


def main(_):
    np.random.seed(1)
    tf.set_random_seed(1)
    digits = input_data.read_data_sets(FLAGS.data_dir, validation_size=FLAGS.validation_size)
    images, labels, loss, train, accuracy = build(digits.train.num_examples / FLAGS.batch_size)

    def right(part):
        return session.run(accuracy, {images: part.images, labels: part.labels})

    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        begin = time.time()
        for step in range(1, FLAGS.steps + 1):
            some_images, some_labels = digits.train.next_batch(FLAGS.batch_size)
            feed = {images: shifted(some_images, FLAGS.max_shift), labels: some_labels}
            _, now = session.run([train, loss], feed)
            if step % 1000 == 0 or step == FLAGS.steps:
                print(f"step {step}: loss {now:.3f}, {right(digits.validation):.2%} right")
        print(
            f"{right(digits.test):.2%} of the {digits.test.num_examples} test digits are right, "
            f"after {time.time() - begin:.0f} s."
        )


if __name__ == "__main__":
    tf.app.run()
