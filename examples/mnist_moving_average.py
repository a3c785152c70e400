"""A network of two layers learns to read MNIST's handwritten digits.

    evergraph datasets mnist FOLDER
    evergraph run examples/mnist_moving_average.py --data_dir=FOLDER

A TensorFlow 1 program: weights with an L2 penalty, gradient descent with a decaying learning rate,
and moving averages of the weights, which read better than the weights of the last step. A few
thousand digits are enough, for no digit is seen twice alike: each time it is moved, slanted and
stretched a little. For the same reason a digit is read at nine places, and the guesses averaged.
"""

import time

import numpy as np
import tensorflow as tf
from tensorflow.examples.tutorials.mnist import input_data

flags = tf.app.flags
flags.DEFINE_string("data_dir", "MNIST_data", "folder of the four files of MNIST")
flags.DEFINE_integer("steps", 6000, "training steps")
flags.DEFINE_integer("batch_size", 100, "digits a step")
flags.DEFINE_integer("validation_size", 500, "digits of the training set that are kept aside")
flags.DEFINE_integer("max_shift", 2, "pixels by which a digit may be moved")
flags.DEFINE_float("max_slant", 0.15, "how far it may be slanted and stretched, in its size")
flags.DEFINE_integer("seed", 1, "what the random numbers begin with")
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
            regularizer=tf.contrib.layers.l2_regularizer(0.00003),
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

    rate = tf.train.exponential_decay(0.8, step, steps_an_epoch, 0.97)
    descend = tf.train.GradientDescentOptimizer(rate).minimize(loss, global_step=step)
    averages = tf.train.ExponentialMovingAverage(0.99, step)
    with tf.control_dependencies([descend]):
        train = averages.apply(tf.trainable_variables())

    def averaged(getter, *args, **kwargs):
        return averages.average(getter(*args, **kwargs))

    with tf.variable_scope("network", reuse=True, custom_getter=averaged):
        guesses = tf.nn.softmax(network(images))
    return images, labels, loss, train, guesses


def varied(images):
    """The images, each moved, slanted and stretched by chance within the limits of the flags."""
    count = len(images)
    margin = FLAGS.max_shift + int(np.ceil(FLAGS.max_slant * SIDE)) + 1
    margins = ((0, 0), (margin, margin), (margin, margin))
    padded = np.pad(images.reshape(-1, SIDE, SIDE), margins, mode="constant")
    line = np.arange(SIDE)
    off = line - (SIDE - 1) / 2  # from the middle
    shift, slant, stretch = (
        np.random.uniform(-limit, limit, (2, count, 1, 1))
        for limit in (FLAGS.max_shift + 0.5, FLAGS.max_slant, FLAGS.max_slant)
    )
    rows = line[:, np.newaxis] + shift[0] + slant[0] * off + stretch[0] * off[:, np.newaxis]
    columns = line + shift[1] + slant[1] * off[:, np.newaxis] + stretch[1] * off
    which = np.arange(count)[:, np.newaxis, np.newaxis]
    places = [np.rint(place + margin).astype(int) for place in (rows, columns)]
    return padded[(which, *places)].reshape(count, -1)


def moved(images, down, right):
    """The images, all moved by as many pixels."""
    squares = images.reshape(-1, SIDE, SIDE)
    return np.roll(squares, (down, right), axis=(1, 2)).reshape(len(images), -1)


def main(_):
    np.random.seed(FLAGS.seed)
    tf.set_random_seed(FLAGS.seed)
    digits = input_data.read_data_sets(FLAGS.data_dir, validation_size=FLAGS.validation_size)
    images, labels, loss, train, guesses = build(digits.train.num_examples / FLAGS.batch_size)
    places = [(down, right) for down in (-1, 0, 1) for right in (-1, 0, 1)]

    def accuracy(part):
        seen = sum(session.run(guesses, {images: moved(part.images, *p)}) for p in places)
        return np.mean(seen.argmax(1) == part.labels)

    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        begin = time.time()
        for step in range(1, FLAGS.steps + 1):
            some_images, some_labels = digits.train.next_batch(FLAGS.batch_size)
            _, now = session.run([train, loss], {images: varied(some_images), labels: some_labels})
            if step % 1000 == 0 or step == FLAGS.steps:
                print(f"step {step}: loss {now:.3f}, {accuracy(digits.validation):.2%} right")
        print(
            f"{accuracy(digits.test):.2%} of the {digits.test.num_examples} test digits are right, "
            f"after {time.time() - begin:.0f} s."
        )


if __name__ == "__main__":
    tf.app.run()
