"""The notes' language model: two LSTM layers of 200 over 35 words of 10,000, batch 20, dropout;
random words. Unrolled in Python, or with dynamic_rnn."""

import numpy as np
import tensorflow as tf

BATCH, STEPS, WORDS, HIDDEN = 20, 35, 10000, 200


def build(dynamic):
    """Builds the model in the default graph. Returns inputs, targets and the training op."""
    inputs = tf.placeholder(tf.int32, [BATCH, STEPS])
    targets = tf.placeholder(tf.int32, [BATCH, STEPS])
    cells = [
        tf.nn.rnn_cell.DropoutWrapper(tf.nn.rnn_cell.BasicLSTMCell(HIDDEN), output_keep_prob=0.5)
        for _ in range(2)
    ]
    cell = tf.nn.rnn_cell.MultiRNNCell(cells)
    words = tf.nn.embedding_lookup(tf.get_variable("embedding", [WORDS, HIDDEN]), inputs)
    words = tf.nn.dropout(words, 0.5)
    state = cell.zero_state(BATCH, tf.float32)
    if dynamic:
        outputs, state = tf.nn.dynamic_rnn(cell, words, initial_state=state)
        outputs = tf.reshape(outputs, [-1, HIDDEN])
    else:
        collected = []
        with tf.variable_scope("rnn"):
            for i in range(STEPS):
                if i:
                    tf.get_variable_scope().reuse_variables()
                output, state = cell(words[:, i, :], state)
                collected.append(output)
        outputs = tf.reshape(tf.concat(collected, 1), [-1, HIDDEN])
    weights = tf.get_variable("softmax_w", [HIDDEN, WORDS])
    logits = tf.matmul(outputs, weights) + tf.get_variable("softmax_b", [WORDS])
    loss = tf.nn.sparse_softmax_cross_entropy_with_logits(
        logits=logits, labels=tf.reshape(targets, [-1])
    )
    cost = tf.reduce_sum(loss) / BATCH
    variables = tf.trainable_variables()
    gradients, _ = tf.clip_by_global_norm(tf.gradients(cost, variables), 5)
    optimizer = tf.train.GradientDescentOptimizer(1.0)
    return inputs, targets, optimizer.apply_gradients(zip(gradients, variables))  # noqa: B905


def batch():
    random = np.random.RandomState(1)
    return [random.randint(WORDS, size=(BATCH, STEPS)).astype(np.int32) for _ in range(2)]
