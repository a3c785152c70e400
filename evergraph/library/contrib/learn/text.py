"""Texts as rows of numbers."""

import io
import itertools
import pickle
import re
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from evergraph.base.deprecation import deprecated
from evergraph.base.export import export, export_constant
from evergraph.base.platform import gfile
from evergraph.library.contrib.learn.categorical_vocabulary import CategoricalVocabulary

_INSTEAD = "Please use tensorflow/transform or tf.data."

# Acronyms, words that a capital begins inside of others, and other words.
TOKENIZER_RE = re.compile(r"[A-Z]{2,}(?![a-z])|[A-Z][a-z]+(?=[A-Z])|[\'\w\-]+", re.UNICODE)
export_constant(__name__, "TOKENIZER_RE", "contrib.learn.preprocessing.TOKENIZER_RE")


@export("contrib.learn.preprocessing.tokenizer", "contrib.learn.preprocessing.text.tokenizer")
@deprecated(None, _INSTEAD)
def tokenizer(iterator: Iterable[str]) -> Iterator[list[str]]:
    """The words of each text. Stands for `tf.contrib.learn.preprocessing.tokenizer`."""
    for text in iterator:
        yield TOKENIZER_RE.findall(text)


@export(
    "contrib.learn.preprocessing.ByteProcessor", "contrib.learn.preprocessing.text.ByteProcessor"
)
class ByteProcessor:
    """Texts as their bytes. Stands for `tf.contrib.learn.preprocessing.ByteProcessor`.

    Args:
      max_document_length: how many bytes of each; shorter texts end in zeros.
    """

    @deprecated(None, _INSTEAD)
    def __init__(self, max_document_length: int) -> None:
        self.max_document_length = max_document_length

    def fit(self, x: Any) -> None:
        """Does nothing."""

    def fit_transform(self, x: Iterable[Any]) -> Iterator[Any]:
        """As `transform`."""
        return self.transform(x)

    def transform(self, x: Iterable[Any]) -> Iterator[Any]:
        """The bytes of each text."""
        for document in x:
            encoded = document.encode() if isinstance(document, str) else document
            taken = np.frombuffer(encoded[: self.max_document_length], dtype=np.uint8)
            yield np.pad(taken, (0, self.max_document_length - len(taken)), "constant")

    def reverse(self, x: Iterable[Any]) -> Iterator[str]:
        """The text of rows of bytes; "" where they are none."""
        for row in x:
            encoded = np.trim_zeros(row.astype(np.int8), trim="b").tobytes()
            try:
                yield encoded.decode("utf-8")
            except UnicodeDecodeError:
                yield ""


@export(
    "contrib.learn.preprocessing.VocabularyProcessor",
    "contrib.learn.preprocessing.text.VocabularyProcessor",
)
class VocabularyProcessor:
    """Texts as the numbers of their words. Stands for
    `tf.contrib.learn.preprocessing.VocabularyProcessor`.

    Args:
      max_document_length: how many words of each; shorter texts end in zeros.
      min_frequency: words that come no more often become 0, where it is positive.
      vocabulary: a CategoricalVocabulary; default: a new one.
      tokenizer_fn: gives a list of words for each text of an iterable; default: `tokenizer`.
    """

    @deprecated(None, _INSTEAD)
    def __init__(
        self,
        max_document_length: int,
        min_frequency: int = 0,
        vocabulary: Any = None,
        tokenizer_fn: Any = None,
    ) -> None:
        self.max_document_length = max_document_length
        self.min_frequency = min_frequency
        self.vocabulary_ = vocabulary or CategoricalVocabulary()
        self._tokenizer = tokenizer_fn or tokenizer

    def fit(self, raw_documents: Iterable[str], unused_y: Any = None) -> "VocabularyProcessor":
        """Learns the words of texts."""
        for tokens in self._tokenizer(raw_documents):
            for token in tokens:
                self.vocabulary_.add(token)
        if self.min_frequency > 0:
            self.vocabulary_.trim(self.min_frequency)
        self.vocabulary_.freeze()
        return self

    def fit_transform(self, raw_documents: Iterable[str], unused_y: Any = None) -> Iterator[Any]:
        """`fit`, and then `transform` of the same."""
        self.fit(raw_documents)
        return self.transform(raw_documents)

    def transform(self, raw_documents: Iterable[str]) -> Iterator[Any]:
        """The numbers of each text's words; 0 for unknown ones."""
        for tokens in self._tokenizer(raw_documents):
            numbers = np.zeros(self.max_document_length, np.int64)
            for i, token in enumerate(itertools.islice(tokens, self.max_document_length)):
                numbers[i] = self.vocabulary_.get(token)
            yield numbers

    def reverse(self, documents: Iterable[Any]) -> Iterator[str]:
        """The words of rows of numbers, with spaces between."""
        for numbers in documents:
            yield " ".join(self.vocabulary_.reverse(number) for number in numbers)

    def save(self, filename: str) -> None:
        """Writes the processor to a file, by pickle."""
        with gfile.Open(filename, "wb") as file:
            file.write(pickle.dumps(self))

    @classmethod
    def restore(cls, filename: str) -> "VocabularyProcessor":
        """Reads a processor that `save` wrote, here or under TensorFlow. Such a file may run
        anything: read only your own."""
        with gfile.Open(filename, "rb") as file:
            return _Unpickler(io.BytesIO(file.read())).load()


class _Unpickler(pickle.Unpickler):
    """Takes what is here for what TensorFlow has under the same names."""

    def find_class(self, module: str, name: str) -> Any:
        if module.startswith("tensorflow.contrib.learn") and name in _OWN:
            return _OWN[name]
        return super().find_class(module, name)


_OWN = {
    "CategoricalVocabulary": CategoricalVocabulary,
    "VocabularyProcessor": VocabularyProcessor,
    "tokenizer": tokenizer,
}
