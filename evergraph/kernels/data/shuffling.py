"""Shuffling through a buffer, in TensorFlow's order."""

from collections import deque
from collections.abc import Iterator
from typing import Any

from evergraph.kernels.data.pipeline import (
    INFINITE,
    UNKNOWN,
    Dataset,
    Element,
    Scope,
    State,
    Words,
    steps,
)

# The buffer holds elements of so many epochs at most.
_EPOCHS = 500


class Shuffle(Dataset):
    """Elements by chance out of a buffer of `size` that is kept full.

    Each epoch is shuffled for itself: the buffer consists of stretches, one an epoch, and gives of
    the first as long as there is something in it.

    Args:
      source: the input.
      size: of the buffer.
      seeds: both zero: by chance.
      again: whether each new iterator over the same place of a pipeline gives another order.
      count: how many times over; -1: without end.
    """

    kind = "Shuffle"

    def __init__(
        self,
        source: Dataset,
        size: int,
        seeds: tuple[int, int],
        again: bool,
        types: Any,
        dims: Any,
        count: int = 1,
    ) -> None:
        super().__init__((source,), types, dims)
        self.size, self.seeds, self.again, self.count = size, seeds, again, count
        if count != 1 or not again:
            self.kind = "ShuffleAndRepeat" if count != 1 else "Shuffle"  # type: ignore[misc]

    def _own_seeds(self, state: State) -> tuple[int, int]:
        """The seeds of the dataset: drawn once for it where it has none."""
        if self.seeds != (0, 0):
            return self.seeds
        chance: tuple[int, int] = state.keep(
            ("seeds", id(self)), lambda: (state.chance(), state.chance())
        )
        return chance

    def iterate(self, scope: Scope) -> Iterator[Element]:
        inner = scope.inside(self)
        seeds = self._own_seeds(scope.state)
        if self.again and self.count == 1:
            # The first iterator at this place brings the generator, later ones draw on.
            generator = scope.state.keep(("shuffle", inner.path), lambda: Words(*seeds))
            seeds = generator.next(), generator.next()
        return steps(_Buffer(self, inner, Words(*seeds)).step)

    def cardinality(self) -> int:
        size = self.inputs[0].cardinality()
        if self.count == -1 or size == INFINITE:
            return INFINITE
        return UNKNOWN if size == UNKNOWN else size * self.count


class ShuffleWith(Shuffle):
    """As `Shuffle`, with a generator of seeds that others may draw from, too."""

    def __init__(self, source: Dataset, size: int, generator: Words, types: Any, dims: Any) -> None:
        super().__init__(source, size, (0, 0), True, types, dims)
        self._generator = generator

    def iterate(self, scope: Scope) -> Iterator[Element]:
        seeds = self._generator.next(), self._generator.next()
        return steps(_Buffer(self, scope.inside(self), Words(*seeds)).step)


class _Buffer:
    """The buffer of one iterator."""

    def __init__(self, dataset: Shuffle, scope: Scope, words: Words) -> None:
        self._dataset = dataset
        self._scope = scope
        self._words = words
        self._source: Iterator[Element] | None = dataset.of_input(scope)
        self._epoch = 0
        self._held = 0
        self._begun = False
        # One list an epoch, with how many of its elements are gone.
        self._stretches: deque[list[Any]] = deque([[]])
        self._gone: deque[int] = deque([0])

    def _pull(self) -> Element | None:
        """The next element of the input; None after the last epoch."""
        count = self._dataset.count
        first = not self._begun
        while count == -1 or self._epoch < count:
            assert self._source is not None
            try:
                element = next(self._source)
                self._begun = True
                return element
            except StopIteration:
                if first and count == -1:
                    raise
            self._epoch += 1
            self._stretches.append([])
            self._gone.append(0)
            self._source = self._dataset.of_input(self._scope)
        self._source = None
        return None

    def step(self) -> Element:
        """An element of the first stretch, after the buffer is filled."""
        while self._source is not None and self._held < self._dataset.size:
            element = self._pull()
            if element is not None:
                self._stretches[-1].append(element)
                self._held += 1
            if len(self._stretches) > _EPOCHS:
                break
        if not self._held:
            raise StopIteration
        while self._gone[0] == len(self._stretches[0]):
            self._stretches.popleft()
            self._gone.popleft()
        stretch, start = self._stretches[0], self._gone[0]
        chosen = start + self._words.next() % (len(stretch) - start)
        found = stretch[chosen]
        stretch[chosen] = stretch[start]
        stretch[start] = None
        self._gone[0] = start + 1
        if start > 1024 and 2 * start > len(stretch):
            del stretch[: start + 1]
            self._gone[0] = 0
        self._held -= 1
        return found
