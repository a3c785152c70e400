"""News by topic: `tf.keras.datasets.reuters`."""

from typing import Any

import numpy as np

from evergraph.base.export import export
from evergraph.library.keras.datasets import parts
from evergraph.library.keras.utils.data_utils import get_file

_HASH = "d6586e694ee56d7a4e65172e12b3e987c03096cb01eab99753921ef915959916"


@export("keras.datasets.reuters.load_data")
def load_data(
    path: str = "reuters.npz",
    num_words: int | None = None,
    skip_top: int = 0,
    maxlen: int | None = None,
    test_split: float = 0.2,
    seed: int | None = 113,
    start_char: int | None = 1,
    oov_char: int | None = 2,
    index_from: int = 3,
    **kwargs: Any,
) -> parts.Split:
    """11,228 texts as lists of word numbers, and their topics, of which there are 46. Stands for
    `tf.keras.datasets.reuters.load_data`; arguments as of that of `imdb`, and `test_split`, the
    part for tests."""
    num_words = parts.renamed_num_words(num_words, kwargs)
    file = get_file(path, origin=parts.ORIGIN + "reuters.npz", file_hash=_HASH)
    with np.load(file, allow_pickle=True) as found:
        stored, labels = parts.shuffled(seed, found["x"], found["y"])
    texts: Any = parts.with_marks(stored, start_char, index_from)
    if maxlen:
        texts, labels = parts.shorter_than(maxlen, texts, labels)  # type: ignore[assignment]
    texts = parts.frequent_words(texts, num_words, skip_top, oov_char)
    x, y, count = parts.as_objects(texts), np.array(labels), int(len(texts) * (1 - test_split))
    return (x[:count], y[:count]), (x[count:], y[count:])


@export("keras.datasets.reuters.get_word_index")
def get_word_index(path: str = "reuters_word_index.json") -> dict[str, int]:
    """The number of each word. Stands for `tf.keras.datasets.reuters.get_word_index`."""
    return parts.word_index(path, "reuters_word_index.json", "4d44cc38712099c9e383dc6e5f11a921")
