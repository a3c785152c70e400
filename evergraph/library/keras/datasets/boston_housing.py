"""Prices of houses: `tf.keras.datasets.boston_housing`."""

import numpy as np

from evergraph.base.export import export
from evergraph.library.keras.datasets.parts import ORIGIN, Split, shuffled
from evergraph.library.keras.utils.data_utils import get_file

_HASH = "f553886a1f8d56431e820c5b82552d9d95cfcb96d1e678153f8839538947dff5"


@export("keras.datasets.boston_housing.load_data")
def load_data(
    path: str = "boston_housing.npz", test_split: float = 0.2, seed: int | None = 113
) -> Split:
    """506 rows of 13 numbers, and prices, float64. Stands for
    `tf.keras.datasets.boston_housing.load_data`.

    Args:
      path: the file's name in ~/.keras/datasets.
      test_split: which part is for tests.
      seed: of the order.
    """
    assert 0 <= test_split < 1
    file = get_file(path, origin=ORIGIN + "boston_housing.npz", file_hash=_HASH)
    with np.load(file) as found:
        x, y = shuffled(seed, found["x"], found["y"])
    count = int(len(x) * (1 - test_split))
    return (x[:count], y[:count]), (x[count:], y[count:])
