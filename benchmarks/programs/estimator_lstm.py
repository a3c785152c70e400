"""Estimator.train with a model of two LSTM layers, 1,000 steps."""

import sine
import tensorflow as tf

HIDDEN = 30


def model_fn(features, labels, mode):
    """The last output of the layers, one linear layer, squared differences, Adagrad."""
    cells = [tf.nn.rnn_cell.BasicLSTMCell(HIDDEN) for _ in range(2)]
    inputs = tf.expand_dims(features["x"], 1)
    outputs, _ = tf.nn.dynamic_rnn(tf.nn.rnn_cell.MultiRNNCell(cells), inputs, dtype=tf.float32)
    predictions = tf.layers.dense(outputs[:, -1], 1)
    loss = tf.losses.mean_squared_error(tf.expand_dims(labels, 1), predictions)
    train_op = tf.contrib.layers.optimize_loss(
        loss, tf.train.get_global_step(), learning_rate=0.1, optimizer="Adagrad"
    )
    return tf.estimator.EstimatorSpec(mode, predictions, loss, train_op)


sine.train(tf.estimator.Estimator(model_fn))
