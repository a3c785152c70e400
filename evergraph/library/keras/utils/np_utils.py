"""Arrays made ready for training: `to_categorical`, `normalize`."""

from typing import Any

import numpy as np

from evergraph.base.export import export


@export("keras.utils.to_categorical")
def to_categorical(y: Any, num_classes: int | None = None, dtype: Any = "float32") -> Any:
    """Rows of 0 with a single 1, for classes given by number.

    Stands for `tf.keras.utils.to_categorical`.

    Args:
      y: the numbers; a last axis of size 1 is dropped.
      num_classes: how long a row is; default: the greatest number and one.
      dtype: the element type of the result.

    Returns:
      An array with one axis more than `y`.
    """
    classes = np.array(y, dtype="int")
    shape = classes.shape
    if len(shape) > 1 and shape[-1] == 1:
        shape = shape[:-1]
    number = num_classes or int(np.max(classes)) + 1
    rows = np.zeros((classes.size, number), dtype=dtype)
    rows[np.arange(classes.size), classes.ravel()] = 1
    return rows.reshape((*shape, number))


@export("keras.utils.normalize")
def normalize(x: Any, axis: int = -1, order: Any = 2) -> Any:
    """`x` divided by its norms along an axis; where a norm is 0, as it is.

    Stands for `tf.keras.utils.normalize`.

    Args:
      x: an array.
      axis: the axis.
      order: which norm, as of `numpy.linalg.norm`.
    """
    norms = np.atleast_1d(np.linalg.norm(x, order, axis))
    norms[norms == 0] = 1
    return x / np.expand_dims(norms, axis)
