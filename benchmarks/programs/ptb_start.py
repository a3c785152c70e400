"""Building the unrolled language model, its initialization and first step."""

import time

import ptb
import tensorflow as tf
import timing

start = time.perf_counter()
inputs, targets, train = ptb.build(dynamic=False)
feed = dict(zip((inputs, targets), ptb.batch()))  # noqa: B905 - Python 3.7
with tf.Session() as session:
    session.run(tf.global_variables_initializer())
    session.run(train, feed)
timing.report([(time.perf_counter() - start) * 1e3])
