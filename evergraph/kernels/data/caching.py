"""Elements kept after the first time: in memory."""

import threading
from collections.abc import Iterator
from typing import Any

from evergraph.kernels.data.pipeline import Dataset, Element, Scope, steps


class MemoryCache(Dataset):
    """The elements of the input, which later iterators at this place take from memory.

    An iterator that is dropped before the end leaves nothing behind.
    """

    kind = "Cache"

    def __init__(
        self, source: Dataset, types: Any, dims: Any, memory: "Memory | None" = None
    ) -> None:
        super().__init__((source,), types, dims)
        self._memory = memory

    def iterate(self, scope: Scope) -> Iterator[Element]:
        inner = scope.inside(self)
        cache: Memory = self._memory or scope.state.keep(("cache", inner.path), Memory)
        if cache.elements is not None:
            return iter(cache.elements)
        source = self.of_input(inner)
        found: list[Element] = []

        def step() -> Element:
            try:
                element = next(source)
            except StopIteration:
                with cache.lock:
                    if cache.elements is None:
                        cache.elements = found
                raise
            found.append(element)
            return element

        return steps(step)


class Memory:
    """Elements, once there are all."""

    def __init__(self) -> None:
        self.elements: list[Element] | None = None
        self.lock = threading.Lock()
