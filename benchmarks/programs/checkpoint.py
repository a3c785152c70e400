"""A model of 1 GB in 40 variables, some large and some small."""

import contextlib
import shutil
import tempfile

import numpy as np
import tensorflow as tf

MEGABYTE = 1 << 20


def build():
    """Makes the variables in the default graph. Returns what initializes them."""
    value = tf.placeholder(tf.float32, [MEGABYTE // 4])  # no constants: graphs hold 2 GB
    assigns = []
    for i in range(40):
        rows = 96 if i % 4 == 0 else 8 if i % 4 == 1 else 1
        variable = tf.get_variable("v%d" % i, [rows, MEGABYTE // 4], use_resource=i % 2 == 1)  # noqa: UP031
        assigns.append(tf.assign(variable, tf.tile(value[None], [rows, 1])).op)
    feed = {value: np.random.RandomState(1).rand(MEGABYTE // 4).astype(np.float32)}
    return tf.group(*assigns), feed


@contextlib.contextmanager
def model():
    """A session with the model, a saver, and a path to save to."""
    folder = tempfile.mkdtemp()
    try:
        initialize, feed = build()
        saver = tf.train.Saver(max_to_keep=1)
        with tf.Session() as session:
            session.run(initialize, feed)
            yield session, saver, folder + "/model"
    finally:
        shutil.rmtree(folder)
