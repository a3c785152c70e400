"""Inception-v3 of slim over random images."""

import numpy as np
import tensorflow as tf
import timing
from tensorflow.contrib import slim
from tensorflow.contrib.slim.nets import inception


def run(batch):
    """Times the network forward, as it is used after training."""
    images = tf.placeholder(tf.float32, [None, 299, 299, 3])
    with slim.arg_scope(inception.inception_v3_arg_scope()):
        logits, _ = inception.inception_v3(images, 1001, is_training=False)
    random = np.random.RandomState(1)
    feed = {images: random.rand(batch, 299, 299, 3).astype(np.float32)}
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        timing.measure(lambda: session.run(logits, feed), warm_up=2, seconds=6.0)
