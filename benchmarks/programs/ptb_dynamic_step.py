"""A training step of the language model, with dynamic_rnn."""

import ptb
import tensorflow as tf
import timing

inputs, targets, train = ptb.build(dynamic=True)
feed = dict(zip((inputs, targets), ptb.batch()))  # noqa: B905 - Python 3.7
with tf.Session() as session:
    session.run(tf.global_variables_initializer())
    timing.measure(lambda: session.run(train, feed), warm_up=3, seconds=6.0)
