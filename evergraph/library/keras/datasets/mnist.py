"""Handwritten digits: `tf.keras.datasets.mnist`."""

import numpy as np

from evergraph.base.export import export
from evergraph.library.keras.datasets.parts import ORIGIN, Split
from evergraph.library.keras.utils.data_utils import get_file

_HASH = "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1"


@export("keras.datasets.mnist.load_data")
def load_data(path: str = "mnist.npz") -> Split:
    """60,000 and 10,000 images of digits, uint8 [n, 28, 28], and the digits, uint8 [n]. Stands for
    `tf.keras.datasets.mnist.load_data`.

    Args:
      path: the file's name in ~/.keras/datasets.
    """
    file = get_file(path, origin=ORIGIN + "mnist.npz", file_hash=_HASH)
    with np.load(file) as found:
        train = found["x_train"], found["y_train"]
        return train, (found["x_test"], found["y_test"])
