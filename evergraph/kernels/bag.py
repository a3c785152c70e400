"""Numbers that are drawn in random order, many at a time."""

import numpy as np

_FEW = 6
"""Up to so many, one after another is sooner done."""


class Bag:
    """Numbers in a row; where one is drawn, the last takes its place."""

    def __init__(self) -> None:
        self._places = np.empty(0, np.int64)
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def add(self, numbers: np.ndarray) -> None:
        """Adds numbers at the end."""
        size = self._size + len(numbers)
        if size > len(self._places):
            larger = np.empty(2 * size, np.int64)
            larger[: self._size] = self._places[: self._size]
            self._places = larger
        self._places[self._size : size] = numbers
        self._size = size

    def draw(self, words: np.ndarray) -> np.ndarray:
        """Takes a number for each of the random words, which decide by their remainders."""
        return self.take(words % np.arange(self._size, self._size - len(words), -1))

    def take(self, drawn: np.ndarray) -> np.ndarray:
        """Takes the numbers at these places, each of what the one before it left."""
        size, count = self._size, len(drawn)
        left = self._size = size - count
        places = self._places
        if count <= _FEW:
            return self._one_by_one(drawn, size)
        found = places[drawn]
        # What moves to the place of each drawn number. A number that has moved may be drawn too.
        moving = places[left:size][::-1].copy()
        for i in np.flatnonzero(drawn >= left).tolist():  # the next to move, perhaps
            from_end = size - 1 - int(drawn[i])
            found[i] = moving[from_end]
            if from_end > i:
                moving[from_end] = moving[i]
        turns = np.arange(count)
        places[drawn] = turns
        for i in np.flatnonzero((places[drawn] != turns) & (drawn < left)).tolist():
            again = i + 1 + int((drawn[i + 1 :] == drawn[i]).argmax())
            found[again] = moving[i]
        places[drawn] = moving  # of those for one place the latest, as NumPy promises
        return found

    def _one_by_one(self, drawn: np.ndarray, size: int) -> np.ndarray:
        places, found = self._places, np.empty(len(drawn), np.int64)
        for i, place in enumerate(drawn.tolist()):
            found[i] = places[place]
            places[place] = places[size - 1 - i]
        return found
