"""A 4-64-2 policy network asked for one action."""

import numpy as np
import tensorflow as tf
import timing

x = tf.placeholder(tf.float32, [None, 4])
hidden = tf.nn.relu(
    tf.matmul(x, tf.Variable(tf.random_normal([4, 64]))) + tf.Variable(tf.zeros([64]))
)
logits = tf.matmul(hidden, tf.Variable(tf.random_normal([64, 2]))) + tf.Variable(tf.zeros([2]))
policy = tf.nn.softmax(logits)
observation = np.random.RandomState(1).rand(1, 4).astype(np.float32)
with tf.Session() as session:
    session.run(tf.global_variables_initializer())
    timing.measure(lambda: session.run(policy, {x: observation}), warm_up=200, batch=50)
