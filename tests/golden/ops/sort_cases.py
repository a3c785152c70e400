"""Sorting along an axis."""

import numpy as np
from case_tools import Cases, fed, grad_of

CASES = Cases()
X = np.array([[[3, 1, 2], [-1, 5, 0]], [[4, 4, -2], [0.5, 7, 8]]], np.float32)

for _axis in (-1, 0, 1, 2, -3):
    for _direction in ("ASCENDING", "DESCENDING"):
        CASES[f"sort_{_axis}_{_direction}"] = lambda tf, axis=_axis, direction=_direction: [
            tf.sort(X, axis, direction)
        ]
        CASES[f"argsort_{_axis}_{_direction}"] = lambda tf, axis=_axis, direction=_direction: [
            tf.argsort(tf.cast(X, tf.int32), axis, direction=direction, name="places")
        ]


def _unknown_rank(tf):
    x, feed = fed(tf, X, None)
    return [tf.sort(x, 1), tf.argsort(x, -2, stable=True), tf.sort(x)], feed


def _gradient(tf):
    x, feed = fed(tf, X)
    return grad_of(tf, tf.sort(x, axis=1), [x], feed)


CASES.simple(
    unknown_rank=_unknown_rank,
    gradient=_gradient,
    list=lambda tf: [tf.sort([1, 10, 26, 2, 166, 62], name="mine")],
    doubles=lambda tf: [tf.sort(tf.constant([[2.5, -1.0], [0.0, 9.0]], tf.float64), 0)],
    contrib=lambda tf: [tf.contrib.framework.sort([3.0, 1.0, 2.0])],
    direction=lambda tf: [tf.sort([1.0], direction="UP")],
    axis_of_rank_1=lambda tf: [tf.sort([1.0], axis=[0])],
    axis_fed=lambda tf: [tf.argsort([1.0], axis=tf.placeholder(tf.int32, []))],
    scalar=lambda tf: [tf.sort(1.0)],
    axis_beyond=lambda tf: [tf.sort([1.0, 2.0], axis=3)],
)
