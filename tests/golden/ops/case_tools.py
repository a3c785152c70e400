"""What case files are written with. Both an old and a new Python read this file and theirs.

A case is `name: function(tf)` that builds with the module it is given, TensorFlow's or ours, and
returns the tensors to run, and perhaps a feed.
"""

import numpy as np


class Cases(dict):
    """Cases by name."""

    def case(self, function):
        """Registers a case under its function's name."""
        self[function.__name__] = function
        return function

    def simple(self, **functions):
        """Registers many short cases."""
        self.update(functions)


def floats(*shape):
    """Numbers 1, 2, ... in a shape; not square where it can be helped."""
    return np.arange(1, 1 + int(np.prod(shape)), dtype=np.float32).reshape(shape)


def ints(*shape):
    return np.arange(int(np.prod(shape)), dtype=np.int32).reshape(shape)


def waves(*shape):
    """Numbers between -5/8 and 5/8 that go up and down; NumPy's sine differs between versions."""
    return ((floats(*shape) * 7) % 11 - 5) / np.float32(8)


def fed(tf, value, shape="same", name=None):
    """A placeholder with less known of its shape than the value has, and the feed."""
    value = np.asarray(value)
    dims = value.shape if shape == "same" else shape
    x = tf.placeholder(value.dtype.type, dims, name=name)
    return x, {x: value}


def grad_of(tf, y, xs, feed=None):
    """The result, and the gradients of a weighted sum of it."""
    weights = tf.cast(tf.reshape(tf.range(tf.size(y)), tf.shape(y)), y.dtype)
    return [y] + list(tf.gradients(y * (weights + 1), xs)), feed or {}
