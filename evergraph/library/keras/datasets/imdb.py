"""Reviews of films: `tf.keras.datasets.imdb`."""

from typing import Any

import numpy as np

from evergraph.base.export import export
from evergraph.library.keras.datasets import parts
from evergraph.library.keras.utils.data_utils import get_file

_HASH = "69664113be75683a8fe16e3ed0ab59fda8886cb3cd7ada244f7d9544e4676b9f"


@export("keras.datasets.imdb.load_data")
def load_data(
    path: str = "imdb.npz",
    num_words: int | None = None,
    skip_top: int = 0,
    maxlen: int | None = None,
    seed: int | None = 113,
    start_char: int | None = 1,
    oov_char: int | None = 2,
    index_from: int = 3,
    **kwargs: Any,
) -> parts.Split:
    """25,000 and 25,000 reviews as lists of word numbers, the frequent ones low, and whether they
    are good. Stands for `tf.keras.datasets.imdb.load_data`.

    Args:
      path: the file's name in ~/.keras/datasets.
      num_words, skip_top: words outside of these numbers are `oov_char`.
      maxlen: only reviews that are shorter.
      seed: of the order.
      start_char: the mark before each review, or None.
      oov_char: the mark for other words; None leaves them out.
      index_from: what is added to word numbers.

    Raises:
      ValueError: no review is so short.
      TypeError: unknown arguments.
    """
    num_words = parts.renamed_num_words(num_words, kwargs)
    file = get_file(path, origin=parts.ORIGIN + "imdb.npz", file_hash=_HASH)
    with np.load(file, allow_pickle=True) as found:
        x_train, y_train = parts.shuffled(seed, found["x_train"], found["y_train"])
        x_test, y_test = parts.shuffled(None, found["x_test"], found["y_test"])
    count = len(x_train)
    texts: Any = parts.with_marks([*x_train, *x_test], start_char, index_from)
    labels: Any = np.concatenate([y_train, y_test])
    if maxlen:
        texts, labels = parts.shorter_than(maxlen, texts, labels)
        if not texts:
            raise ValueError(
                f"After filtering for sequences shorter than maxlen={maxlen}, no sequence was "
                "kept. Increase maxlen."
            )
    texts = parts.frequent_words(texts, num_words, skip_top, oov_char)
    x, y = parts.as_objects(texts), np.array(labels)
    return (x[:count], y[:count]), (x[count:], y[count:])


@export("keras.datasets.imdb.get_word_index")
def get_word_index(path: str = "imdb_word_index.json") -> dict[str, int]:
    """The number of each word. Stands for `tf.keras.datasets.imdb.get_word_index`."""
    return parts.word_index(path, "imdb_word_index.json", "bfafd718b763782e994055a2d397834f")
