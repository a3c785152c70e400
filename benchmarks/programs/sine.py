"""The next value of a sine from the ten before it, as an estimator's input."""

import time

import numpy as np
import tensorflow as tf
import timing

WIDTH = 10
STEPS = 1000


def input_fn():
    """Batches of 32 of 9,990 windows, in no order, without end."""
    series = np.sin(np.linspace(0, 100, 10000)).astype(np.float32)
    windows = np.stack([series[i : len(series) - WIDTH + i] for i in range(WIDTH)], 1)
    return tf.estimator.inputs.numpy_input_fn(
        {"x": windows}, series[WIDTH:], batch_size=32, num_epochs=None, shuffle=True
    )


def train(estimator):
    """Times `train` over 1,000 steps, the building of the graph and the checkpoints included."""
    start = time.perf_counter()
    estimator.train(input_fn(), steps=STEPS)
    timing.report([(time.perf_counter() - start) * 1e3])
