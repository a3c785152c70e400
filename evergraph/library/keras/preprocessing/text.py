"""Texts as numbers: words, their numbers, and counts of them."""

import hashlib
import json
import warnings
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from evergraph.base.export import export

FILTERS = '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n'


@export("keras.preprocessing.text.text_to_word_sequence")
def text_to_word_sequence(
    text: str, filters: str = FILTERS, lower: bool = True, split: str = " "
) -> list[str]:
    """The words of a text. Stands for `tf.keras.preprocessing.text.text_to_word_sequence`.

    Args:
      text: the text.
      filters: characters that stand between words as well.
      lower: whether letters become lower case.
      split: what stands between words.
    """
    text = text.lower() if lower else text
    words = text.translate(dict.fromkeys(map(ord, filters), split)).split(split)
    return [word for word in words if word]


@export("keras.preprocessing.text.one_hot")
def one_hot(
    text: str, n: int, filters: str = FILTERS, lower: bool = True, split: str = " "
) -> list[int]:
    """A number below `n` for each word, by Python's hash. Stands for
    `tf.keras.preprocessing.text.one_hot`; arguments as of `text_to_word_sequence`."""
    return hashing_trick(text, n, hash, filters, lower, split)


@export("keras.preprocessing.text.hashing_trick")
def hashing_trick(
    text: str,
    n: int,
    hash_function: Any = None,
    filters: str = FILTERS,
    lower: bool = True,
    split: str = " ",
) -> list[int]:
    """A number from 1 to `n - 1` for each word. Stands for
    `tf.keras.preprocessing.text.hashing_trick`.

    Args:
      text, filters, lower, split: as of `text_to_word_sequence`.
      n: the number of numbers, 0 among them.
      hash_function: from a word to an integer, or "md5"; default: Python's hash, which differs
        from run to run.
    """
    words = text_to_word_sequence(text, filters, lower, split)
    function = {None: hash, "md5": _md5}.get(hash_function, hash_function)
    return [function(word) % (n - 1) + 1 for word in words]


def _md5(word: str) -> int:
    return int(hashlib.md5(word.encode(), usedforsecurity=False).hexdigest(), 16)


@export("keras.preprocessing.text.Tokenizer")
class Tokenizer:
    """Numbers for the words of texts, the more frequent the smaller.

    Stands for `tf.keras.preprocessing.text.Tokenizer`.

    Args:
      num_words: numbers from this on are left out.
      filters, lower, split: as of `text_to_word_sequence`.
      char_level: whether each character is a word.
      oov_token: a word that stands for those that are not known, or left out; it is number 1.
      document_count: how many texts were counted before.

    Raises:
      TypeError: for other arguments; `nb_words` is an earlier name of `num_words`.
    """

    def __init__(
        self,
        num_words: int | None = None,
        filters: str = FILTERS,
        lower: bool = True,
        split: str = " ",
        char_level: bool = False,
        oov_token: str | None = None,
        document_count: int = 0,
        **kwargs: Any,
    ) -> None:
        if "nb_words" in kwargs:
            warnings.warn(
                "The `nb_words` argument in `Tokenizer` has been renamed `num_words`.",
                stacklevel=2,
            )
            num_words = kwargs.pop("nb_words")
        if kwargs:
            raise TypeError("Unrecognized keyword arguments: " + str(kwargs))
        self.word_counts: dict[str, int] = OrderedDict()
        self.word_docs: dict[str, int] = defaultdict(int)
        self.filters = filters
        self.split = split
        self.lower = lower
        self.num_words = num_words
        self.document_count = document_count
        self.char_level = char_level
        self.oov_token = oov_token
        self.index_docs: dict[int, int] = defaultdict(int)
        self.word_index: dict[str, int] = {}
        self.index_word: dict[int, str] = {}

    def _words(self, text: Any) -> Any:
        """The words of a text, which may be a list of them."""
        if not (self.char_level or isinstance(text, list)):
            return text_to_word_sequence(text, self.filters, self.lower, self.split)
        if not self.lower:
            return text
        return [word.lower() for word in text] if isinstance(text, list) else text.lower()

    def fit_on_texts(self, texts: Iterable[Any]) -> None:
        """Counts the words of texts, and numbers all that were counted.

        Args:
          texts: texts, or lists of words.
        """
        for text in texts:
            self.document_count += 1
            words = self._words(text)
            for word in words:
                self.word_counts[word] = self.word_counts.get(word, 0) + 1
            for word in set(words):
                self.word_docs[word] += 1
        ordered = sorted(self.word_counts, key=lambda word: self.word_counts[word], reverse=True)
        first = [] if self.oov_token is None else [self.oov_token]
        self.word_index = {word: i for i, word in enumerate([*first, *ordered], 1)}
        self.index_word = {i: word for word, i in self.word_index.items()}
        for word, count in self.word_docs.items():
            self.index_docs[self.word_index[word]] = count

    def fit_on_sequences(self, sequences: Any) -> None:
        """Counts in how many sequences of numbers each number is."""
        self.document_count += len(sequences)
        for sequence in sequences:
            for number in set(sequence):
                self.index_docs[number] += 1

    def texts_to_sequences(self, texts: Iterable[Any]) -> list[list[int]]:
        """The numbers of the words of each text."""
        return list(self.texts_to_sequences_generator(texts))

    def _known(self, found: Any, number: Any, unknown: Any) -> Any:
        """What is found, or what stands for unknown; None where nothing does."""
        if found is not None and not (self.num_words and number >= self.num_words):
            return found
        return unknown

    def texts_to_sequences_generator(self, texts: Iterable[Any]) -> Iterator[list[int]]:
        """The numbers of the words of one text after the other."""
        unknown = self.word_index.get(self.oov_token) if self.oov_token is not None else None
        for text in texts:
            numbers = map(self.word_index.get, self._words(text))
            found = [self._known(number, number, unknown) for number in numbers]
            yield [number for number in found if number is not None]

    def sequences_to_texts(self, sequences: Iterable[Any]) -> list[str]:
        """Texts of the words of each sequence of numbers."""
        return list(self.sequences_to_texts_generator(sequences))

    def sequences_to_texts_generator(self, sequences: Iterable[Any]) -> Iterator[str]:
        """Texts of the words of one sequence of numbers after the other."""
        unknown = None
        if self.oov_token is not None and self.oov_token in self.word_index:
            unknown = self.oov_token
        for sequence in sequences:
            found = [self._known(self.index_word.get(i), i, unknown) for i in sequence]
            yield " ".join(word for word in found if word is not None)

    def texts_to_matrix(self, texts: Iterable[Any], mode: str = "binary") -> np.ndarray:
        """A row for each text; see `sequences_to_matrix`."""
        return self.sequences_to_matrix(self.texts_to_sequences(texts), mode=mode)

    def sequences_to_matrix(self, sequences: Any, mode: str = "binary") -> np.ndarray:
        """A row for each sequence with a column for each number.

        Args:
          sequences: lists of numbers.
          mode: "binary" (whether it is there), "count", "freq" (the share of the sequence) or
            "tfidf" (more for numbers that few sequences have).

        Raises:
          ValueError: there is no such mode, or nothing was counted.
        """
        if not self.num_words and not self.word_index:
            raise ValueError(
                "Specify a dimension (`num_words` argument), or fit on some text data first."
            )
        if mode == "tfidf" and not self.document_count:
            raise ValueError("Fit the Tokenizer on some data before using tfidf mode.")
        size = self.num_words or len(self.word_index) + 1
        matrix = np.zeros((len(sequences), size))
        for row, sequence in zip(matrix, sequences, strict=True):
            counts = Counter(number for number in sequence if number < size)
            for number, count in counts.items():
                row[number] = self._weight(mode)(number, count, len(sequence))
        return matrix

    def _weight(self, mode: str) -> Callable[[int, int, int], Any]:
        """From a number, its count and the sequence's length to what the matrix has."""

        def rarity(number: int, count: int, length: int) -> Any:
            documents = self.document_count / (1 + self.index_docs.get(number, 0))
            return (1 + np.log(count)) * np.log(1 + documents)

        modes: dict[str, Callable[[int, int, int], Any]] = {
            "count": lambda number, count, length: count,
            "freq": lambda number, count, length: count / length,
            "binary": lambda number, count, length: 1,
            "tfidf": rarity,
        }
        if mode not in modes:
            raise ValueError("Unknown vectorization mode:", mode)
        return modes[mode]

    def get_config(self) -> dict[str, Any]:
        """The arguments, and what was counted, as JSON."""
        plain = ("num_words", "filters", "lower", "split", "char_level", "oov_token")
        counted = ("word_counts", "word_docs", "index_docs", "index_word", "word_index")
        config = {name: getattr(self, name) for name in (*plain, "document_count")}
        return config | {name: json.dumps(getattr(self, name)) for name in counted}

    def to_json(self, **kwargs: Any) -> str:
        """The configuration as JSON, for `tokenizer_from_json`.

        Args:
          **kwargs: of `json.dumps`.
        """
        config = {"class_name": type(self).__name__, "config": self.get_config()}
        return json.dumps(config, **kwargs)


def tokenizer_from_json(json_string: str) -> Tokenizer:
    """The tokenizer of a text of `to_json`."""
    config = json.loads(json_string)["config"]
    counted = {
        name: json.loads(config.pop(name))
        for name in ("word_counts", "word_docs", "index_docs", "index_word", "word_index")
    }
    for name in ("index_docs", "index_word"):  # JSON's keys are strings
        counted[name] = {int(number): value for number, value in counted[name].items()}
    made = Tokenizer(**config)
    vars(made).update(counted)
    return made
