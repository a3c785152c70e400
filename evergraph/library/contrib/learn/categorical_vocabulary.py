"""Numbers for words and other categories."""

import collections
from typing import Any

from evergraph.base.deprecation import deprecated
from evergraph.base.export import export


@export("contrib.learn.preprocessing.CategoricalVocabulary")
class CategoricalVocabulary:
    """Numbers for categories, in the order in which they come; 0 is for unknown ones. Stands for
    `tf.contrib.learn.preprocessing.CategoricalVocabulary`.

    Args:
      unknown_token: what stands for unknown ones.
      support_reverse: whether `reverse` is needed.
    """

    @deprecated(None, "Please use tensorflow/transform or tf.data.")
    def __init__(self, unknown_token: Any = "<UNK>", support_reverse: bool = True) -> None:
        self._unknown_token = unknown_token
        self._support_reverse = support_reverse
        self._freq: dict[Any, int] = collections.defaultdict(int)
        self._freeze = False
        self._number([])

    def _number(self, categories: list[Any]) -> None:
        self._reverse_mapping = [self._unknown_token, *categories]
        self._mapping = {category: i for i, category in enumerate(self._reverse_mapping)}

    def __len__(self) -> int:
        return len(self._mapping)

    def freeze(self, freeze: bool = True) -> None:
        """From now on, new categories are unknown; or, with False, get numbers again."""
        self._freeze = freeze

    def get(self, category: Any) -> int:
        """The number of a category, a new one for a new category; 0 for one that is unknown."""
        if category not in self._mapping:
            if self._freeze:
                return 0
            self._mapping[category] = len(self._mapping)
            self._reverse_mapping.append(category)
        return self._mapping[category]

    def add(self, category: Any, count: int = 1) -> None:
        """Counts a category, for `trim`."""
        if self.get(category) > 0:
            self._freq[category] += count

    def trim(self, min_frequency: int, max_frequency: int = -1) -> None:
        """Forgets rare and frequent categories; the others get new numbers, the most frequent
        first.

        Args:
          min_frequency: those counted no more often are forgotten.
          max_frequency: if positive, those counted at least as often are forgotten.
        """
        # Of equal counts, what is no text comes first, and then in order.
        order = sorted(self._freq.items(), key=lambda item: (isinstance(item[0], str), item[0]))
        order.sort(key=lambda item: item[1], reverse=True)
        kept = [
            category
            for category, count in order
            if count > min_frequency and not 0 < max_frequency <= count
        ]
        self._number(kept)
        # TensorFlow keeps the first counts, whichever categories they are of.
        self._freq = collections.defaultdict(int, order[: len(kept)])

    def reverse(self, class_id: int) -> Any:
        """The category of a number.

        Raises:
          ValueError: the vocabulary was made without `support_reverse`.
        """
        if not self._support_reverse:
            raise ValueError(
                "This vocabulary wasn't initialized with support_reverse to support reverse() "
                "function."
            )
        return self._reverse_mapping[class_id]
