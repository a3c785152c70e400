"""A training step of the notes' model."""

import itertools

import mlp
import tensorflow as tf
import timing

x, labels, train = mlp.build()
data = itertools.cycle(mlp.batches())
with tf.Session() as session:
    session.run(tf.global_variables_initializer())

    def step():
        images, targets = next(data)
        session.run(train, {x: images, labels: targets})

    timing.measure(step, warm_up=50, seconds=4.0)
