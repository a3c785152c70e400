"""Rows of categories as rows of numbers."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from evergraph.base.deprecation import deprecated
from evergraph.base.export import export
from evergraph.library.contrib.learn.categorical_vocabulary import CategoricalVocabulary
from evergraph.library.contrib.learn.data_feeder import setup_processor_data_feeder


@export("contrib.learn.preprocessing.CategoricalProcessor")
class CategoricalProcessor:
    """Numbers for the categories in each column. Stands for
    `tf.contrib.learn.preprocessing.CategoricalProcessor`.

    Args:
      min_frequency: categories counted no more often become 0, where it is positive.
      share: whether columns share their numbers.
      vocabularies: a CategoricalVocabulary for each column; default: new ones.
    """

    @deprecated(None, "Please use tensorflow/transform or tf.data for sequence processing.")
    def __init__(
        self, min_frequency: int = 0, share: bool = False, vocabularies: Any = None
    ) -> None:
        self.min_frequency = min_frequency
        self.share = share
        self.vocabularies_ = vocabularies

    def freeze(self, freeze: bool = True) -> None:
        """Freezes the vocabularies, or lets them go."""
        for vocabulary in self.vocabularies_:
            vocabulary.freeze(freeze)

    def fit(self, x: Any, unused_y: Any = None) -> "CategoricalProcessor":
        """Learns the categories of rows, or of a data frame. NaN is none."""
        for row in setup_processor_data_feeder(x):
            if self.vocabularies_ is None:
                shared = CategoricalVocabulary()
                self.vocabularies_ = [
                    shared if self.share else CategoricalVocabulary() for _ in row
                ]
            for vocabulary, value in zip(self.vocabularies_, row, strict=False):
                if not _is_nan(value):
                    vocabulary.add(value)
        if self.min_frequency > 0:
            for vocabulary in self.vocabularies_:
                vocabulary.trim(self.min_frequency)
        self.freeze()
        return self

    def fit_transform(self, x: Any, unused_y: Any = None) -> Iterator[Any]:
        """`fit`, and then `transform` of the same."""
        self.fit(x)
        return self.transform(x)

    def transform(self, x: Any) -> Iterator[Any]:
        """Rows of numbers; unknown categories and NaN are 0."""
        self.freeze()
        for row in setup_processor_data_feeder(x):
            pairs = zip(self.vocabularies_, row, strict=False)
            numbers = [
                0 if _is_nan(value) else vocabulary.get(value) for vocabulary, value in pairs
            ]
            yield np.array(numbers, dtype=np.int64)


def _is_nan(value: Any) -> bool:
    return isinstance(value, float) and math.isnan(value)
