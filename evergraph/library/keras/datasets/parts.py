"""What the data sets share."""

import json
import os
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np

from evergraph.base.platform import logging
from evergraph.library.keras.utils.data_utils import get_file

ORIGIN = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"
Split = tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]


def word_index(path: str, name: str, file_hash: str) -> dict[str, int]:
    """The numbers of words, from a file of JSON."""
    with open(get_file(path, origin=ORIGIN + name, file_hash=file_hash)) as file:
        return json.load(file)  # type: ignore[no-any-return]


def shuffled(seed: int | None, *arrays: np.ndarray) -> list[np.ndarray]:
    """Arrays in one random order; the program's own generator is seeded, as in TensorFlow."""
    if seed is not None:
        np.random.seed(seed)
    order = np.arange(len(arrays[0]))
    np.random.shuffle(order)
    return [array[order] for array in arrays]


def renamed_num_words(num_words: int | None, kwargs: dict[str, Any]) -> int | None:
    """`num_words`, which has been `nb_words`. Raises TypeError: other arguments."""
    if "nb_words" in kwargs:
        logging.warning("The `nb_words` argument in `load_data` has been renamed `num_words`.")
        num_words = kwargs.pop("nb_words")
    if kwargs:
        raise TypeError(f"Unrecognized keyword arguments: {kwargs}")
    return num_words


def with_marks(texts: Any, start_char: int | None, index_from: int) -> list[list[int]]:
    """Texts of word numbers, moved up, behind a start mark if there is one."""
    if start_char is not None:
        return [[start_char] + [w + index_from for w in text] for text in texts]
    return [[w + index_from for w in text] for text in texts]


def shorter_than(maxlen: int, texts: Any, labels: Any) -> tuple[list[Any], list[Any]]:
    """The texts of fewer words, and their labels."""
    kept = [i for i, text in enumerate(texts) if len(text) < maxlen]
    return [texts[i] for i in kept], [labels[i] for i in kept]


def frequent_words(
    texts: list[list[int]], num_words: int | None, skip_top: int, oov_char: int | None
) -> list[list[int]]:
    """Texts in which other words than the frequent ones are one mark, or left out."""
    top = num_words or max(max(text) for text in texts)
    if oov_char is None:
        return [[w for w in text if skip_top <= w < top] for text in texts]
    return [[w if skip_top <= w < top else oov_char for w in text] for text in texts]


def as_objects(texts: list[list[int]]) -> np.ndarray:
    """An array of lists of several lengths."""
    found = np.empty(len(texts), object)
    found[:] = texts
    return found


def cifar(name: str, origin: str, file_hash: str) -> Callable[..., tuple[np.ndarray, np.ndarray]]:
    """A function that reads a batch of the archive: images [n, 32, 32, 3] and labels [n, 1]."""
    folder = get_file(name, origin=origin, untar=True, file_hash=file_hash)

    def batch(file: str, label: str = "labels") -> tuple[np.ndarray, np.ndarray]:
        with open(os.path.join(folder, file), "rb") as stored:
            found = pickle.load(stored, encoding="bytes")
        images = found[b"data"].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
        return images, np.reshape(found[label.encode()], (-1, 1)).astype("uint8")

    return batch
