"""Pieces of clothing: `tf.keras.datasets.fashion_mnist`."""

import gzip
import os

import numpy as np

from evergraph.base.export import export
from evergraph.library.keras.datasets.parts import ORIGIN, Split
from evergraph.library.keras.utils.data_utils import get_file


@export("keras.datasets.fashion_mnist.load_data")
def load_data() -> Split:
    """60,000 and 10,000 images of ten kinds of clothing, uint8 [n, 28, 28], and their kinds, uint8
    [n]. Stands for `tf.keras.datasets.fashion_mnist.load_data`."""
    return _part("train"), _part("t10k")


def _part(name: str) -> tuple[np.ndarray, np.ndarray]:
    labels = _values(f"{name}-labels-idx1-ubyte.gz", 8)
    images = _values(f"{name}-images-idx3-ubyte.gz", 16)
    return images.reshape(len(labels), 28, 28), labels


def _values(name: str, header: int) -> np.ndarray:
    folder = os.path.join("datasets", "fashion-mnist")
    with gzip.open(get_file(name, origin=ORIGIN + name, cache_subdir=folder)) as file:
        return np.frombuffer(file.read(), np.uint8, offset=header)
