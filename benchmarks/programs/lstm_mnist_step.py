"""A training step of an LSTM that reads digits row by row in a while loop; random data."""

import numpy as np
import tensorflow as tf
import timing

BATCH, ROWS, HIDDEN = 128, 28, 128
x = tf.placeholder(tf.float32, [None, ROWS, ROWS])
labels = tf.placeholder(tf.float32, [None, 10])
outputs, _ = tf.nn.dynamic_rnn(tf.nn.rnn_cell.BasicLSTMCell(HIDDEN), x, dtype=tf.float32)
logits = tf.layers.dense(outputs[:, -1], 10)
loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits_v2(logits=logits, labels=labels))
train = tf.train.AdamOptimizer(1e-3).minimize(loss)
random = np.random.RandomState(1)
feed = {
    x: random.rand(BATCH, ROWS, ROWS).astype(np.float32),
    labels: np.eye(10, dtype=np.float32)[random.randint(10, size=BATCH)],
}
with tf.Session() as session:
    session.run(tf.global_variables_initializer())
    timing.measure(lambda: session.run(train, feed), warm_up=5, seconds=4.0)
