"""The order of seeded shuffles: queues and data sets, which draw one word at a time."""

from collections import deque
from collections.abc import Callable, Iterator
from typing import TypeVar

from evergraph.kernels.random_philox import PhiloxStream

T = TypeVar("T")

_HALF = 2**64 - 1
_WORDS_AHEAD = 256
# A buffer that spans more epochs than this is not filled further.
_EPOCHS_IN_BUFFER = 3


class WordSource:
    """32-bit words of the stream of two seeds, one by one. Not for several threads at once.

    RandomShuffleQueue: with `n` elements left, `next() % n` is the place of the one to go, which
    changes places with the last.
    """

    def __init__(self, seed: int, seed2: int) -> None:
        self._stream = PhiloxStream.start(seed & _HALF, (seed2 & _HALF) << 64)
        self._words: Iterator[int] = iter(())
        self._ahead = 4  # few at first: most sources give few

    def next(self) -> int:
        """The next word."""
        for word in self._words:
            return word
        self._words = iter(self._stream.words(self._ahead).tolist())
        self._stream = self._stream.skip(self._ahead // 4)
        self._ahead = _WORDS_AHEAD
        return next(self._words)

    def seeds(self) -> tuple[int, int]:
        """The next two words: the seeds of an iterator over a data set that is reshuffled."""
        return self.next(), self.next()


def shuffled(
    epochs: Callable[[], Iterator[T]], buffer_size: int, source: WordSource, count: int = 1
) -> Iterator[T]:
    """Elements in the order of Dataset.shuffle, or of shuffle_and_repeat where `count` is not 1.

    An element is drawn from a buffer, whose place the next of the input takes. Elements of an
    earlier epoch go before those of a later.

    Args:
      epochs: makes an iterator over the input; called for each epoch.
      buffer_size: how many elements the buffer holds.
      source: the words to draw by.
      count: how many epochs there are; -1 is no end.
    """
    buffer: list[T | None] = [None] * buffer_size
    slices: deque[list[int]] = deque([[0, 0]])  # start and end of each epoch's elements
    filled, epoch = 0, 0
    rows: Iterator[T] | None = epochs()
    while True:
        while rows is not None and filled < buffer_size and len(slices) <= _EPOCHS_IN_BUFFER:
            try:
                row = next(rows)
            except StopIteration:
                epoch += 1
                if count == -1 and slices[-1][1] == 0 and filled == 0:
                    return  # an input without elements, for ever
                rows = None if epoch == count else epochs()
                slices.append([slices[-1][1]] * 2)
                continue
            buffer[slices[-1][1] % buffer_size] = row
            slices[-1][1] += 1
            filled += 1
        if not filled:
            return
        while slices[0][0] == slices[0][1]:
            slices.popleft()
        start, end = slices[0]
        chosen = (start + source.next() % (end - start)) % buffer_size
        drawn, first = buffer[chosen], start % buffer_size
        buffer[chosen], buffer[first] = buffer[first], None
        slices[0][0] += 1
        filled -= 1
        yield drawn  # type: ignore[misc]
