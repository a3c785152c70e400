"""A training step of slim's resnet_v1_50 at batch 8, momentum; random data."""

import numpy as np
import tensorflow as tf
import timing
from tensorflow.contrib import slim
from tensorflow.contrib.slim.nets import resnet_v1

BATCH = 8
images = tf.placeholder(tf.float32, [BATCH, 224, 224, 3])
labels = tf.placeholder(tf.int32, [BATCH])
with slim.arg_scope(resnet_v1.resnet_arg_scope()):
    logits, _ = resnet_v1.resnet_v1_50(images, 1000, is_training=True)
loss = tf.losses.sparse_softmax_cross_entropy(labels, tf.squeeze(logits, [1, 2]))
updates = tf.get_collection(tf.GraphKeys.UPDATE_OPS)
with tf.control_dependencies(updates):
    step = tf.train.MomentumOptimizer(0.01, 0.9).minimize(loss)
random = np.random.RandomState(1)
feed = {
    images: random.rand(BATCH, 224, 224, 3).astype(np.float32),
    labels: random.randint(1000, size=BATCH),
}
with tf.Session() as session:
    session.run(tf.global_variables_initializer())
    timing.measure(lambda: session.run(step, feed), warm_up=2, seconds=8.0)
