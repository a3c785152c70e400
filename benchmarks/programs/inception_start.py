"""Building slim's Inception-v3, its initialization and the first image through it."""

import time

import numpy as np
import tensorflow as tf
import timing
from tensorflow.contrib import slim
from tensorflow.contrib.slim.nets import inception

start = time.perf_counter()
images = tf.placeholder(tf.float32, [None, 299, 299, 3])
with slim.arg_scope(inception.inception_v3_arg_scope()):
    logits, _ = inception.inception_v3(images, 1001, is_training=False)
with tf.Session() as session:
    session.run(tf.global_variables_initializer())
    session.run(logits, {images: np.zeros([1, 299, 299, 3], np.float32)})
timing.report([(time.perf_counter() - start) * 1e3])
