"""Datasets of fewer elements by chance, and the fastest of several."""

import time
from collections.abc import Iterator
from typing import Any

import numpy as np

from evergraph.kernels.data.pipeline import UNKNOWN, Dataset, Element, Scope, Words, steps


class Sampling(Dataset):
    """Each element of the input with a probability, the same ones in each iterator."""

    kind = "Sampling"

    def __init__(
        self, source: Dataset, rate: float, seeds: tuple[int, int], types: Any, dims: Any
    ) -> None:
        super().__init__((source,), types, dims)
        self._rate, self._seeds = np.float32(rate), seeds

    def iterate(self, scope: Scope) -> Iterator[Element]:
        source = self.of_input(scope.inside(self))
        seeds = self._seeds
        if seeds == (0, 0):
            state = scope.state
            seeds = state.keep(("seeds", id(self)), lambda: (state.chance(), state.chance()))
        words = Words(*seeds)

        def step() -> Element:
            while True:
                element = next(source)
                bits = np.uint32(words.next() & 0x7FFFFF | 0x3F800000)
                if bits.view(np.float32) - np.float32(1) < self._rate:
                    return element

        return steps(step)

    def cardinality(self) -> int:
        return UNKNOWN


class Fastest(Dataset):
    """That one of several datasets, of the same elements, which gives the first ones soonest."""

    kind = "ChooseFastest"

    def __init__(self, inputs: tuple[Dataset, ...], trials: int, types: Any, dims: Any) -> None:
        super().__init__(inputs, types, dims)
        self._trials = trials

    def iterate(self, scope: Scope) -> Iterator[Element]:
        inner = scope.inside(self)
        best, least = 0, float("inf")
        for place in range(len(self.inputs)):
            source = self.of_input(inner.part(place), place)
            times = []
            for _ in range(self._trials):
                began = time.perf_counter()
                if next(source, None) is None:
                    break
                times.append(time.perf_counter() - began)
            typical = float(np.median(times)) if times else 0.0
            if typical < least:
                best, least = place, typical
        return self.of_input(inner.part(best), best)

    def cardinality(self) -> int:
        sizes = {source.cardinality() for source in self.inputs}
        return sizes.pop() if len(sizes) == 1 else UNKNOWN
