"""What tests of Keras models share: `tensorflow.python.keras.testing_utils`."""

from collections.abc import Sequence
from typing import Any

import numpy as np

Examples = tuple[np.ndarray, np.ndarray]


def get_test_data(
    train_samples: int,
    test_samples: int,
    input_shape: Sequence[int],
    num_classes: int,
    random_seed: Any = None,
) -> tuple[Examples, Examples]:
    """Inputs that scatter around one point for each class, with their classes.

    Args:
      train_samples, test_samples: how many examples of each kind.
      input_shape: the shape of one input.
      num_classes: how many classes there are.
      random_seed: a seed for NumPy's generator; default: it goes on.

    Returns:
      `(inputs, classes)` to train with, and `(inputs, classes)` to test with: float32 and int64.
    """
    if random_seed is not None:
        np.random.seed(random_seed)
    count = train_samples + test_samples
    centers = 2 * num_classes * np.random.random((num_classes, *input_shape))
    classes = np.random.randint(0, num_classes, size=(count,))
    inputs = np.zeros((count, *input_shape), np.float32)
    for one, label in zip(inputs, classes, strict=True):
        one[...] = centers[label] + np.random.normal(loc=0, scale=1.0, size=input_shape)
    split = train_samples
    return (inputs[:split], classes[:split]), (inputs[split:], classes[split:])
