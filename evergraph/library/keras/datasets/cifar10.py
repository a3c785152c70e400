"""Small photographs of ten kinds: `tf.keras.datasets.cifar10`."""

import numpy as np

from evergraph.base.export import export
from evergraph.library.keras.datasets.parts import Split, cifar

_ORIGIN = "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz"
_HASH = "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce"


@export("keras.datasets.cifar10.load_data")
def load_data() -> Split:
    """50,000 and 10,000 photographs, uint8 [n, 32, 32, 3], and
    their kinds, uint8 [n, 1]. Stands for `tf.keras.datasets.cifar10.load_data`."""
    batch = cifar("cifar-10-batches-py", _ORIGIN, _HASH)
    images, labels = zip(*(batch(f"data_batch_{i}") for i in range(1, 6)), strict=True)
    return (np.concatenate(images), np.concatenate(labels)), batch("test_batch")
