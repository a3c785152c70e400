"""What is done to elements by functions of the graph: map, filter, flat_map, scan, groups."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from evergraph.base.errors import InvalidArgumentError, OutOfRangeError
from evergraph.kernels.data.pipeline import (
    UNKNOWN,
    Captured,
    Dataset,
    Element,
    Listed,
    Measures,
    Scope,
    steps,
)
from evergraph.kernels.host import invalid


def guarded(function: Callable[[Element], Element], keeps: bool) -> Callable[[Element], Element]:
    """A map's function whose OutOfRangeError ends the elements, or is another error if there must
    be as many as before."""

    def call(element: Element) -> Element:
        try:
            return function(element)
        except OutOfRangeError as error:
            if not keeps:
                raise StopIteration from None
            raise InvalidArgumentError(
                None, None, f"Function invocation produced OutOfRangeError: {error.message}"
            ) from None

    return call


class Map(Dataset):
    """What a function makes of each element."""

    kind = "Map"

    def __init__(
        self, source: Dataset, function: Captured, keeps: bool, types: Any, dims: Any
    ) -> None:
        super().__init__((source,), types, dims)
        self.function, self.keeps = function, keeps

    def iterate(self, scope: Scope) -> Iterator[Element]:
        source = self.of_input(scope.inside(self))
        return map(guarded(self.function.ready(scope.state), self.keeps), source)

    def cardinality(self) -> int:
        return self.inputs[0].cardinality() if self.keeps else UNKNOWN


class Filter(Dataset):
    """The elements for which a function gives True."""

    kind = "Filter"

    def __init__(self, source: Dataset, predicate: Captured, types: Any, dims: Any) -> None:
        super().__init__((source,), types, dims)
        self.predicate = predicate

    def iterate(self, scope: Scope) -> Iterator[Element]:
        source = self.of_input(scope.inside(self))
        predicate = self.predicate.ready(scope.state)
        if scope.measures is not None:
            return self._counting(source, predicate, scope.measures)
        return filter(lambda element: _truth(predicate(element)), source)

    def _counting(
        self, source: Iterator[Element], predicate: Any, measures: Measures
    ) -> Iterator[Element]:
        """As `iterate`; tells how many elements were let through and how many were not."""
        # TensorFlow calls those filtered that it lets through.
        counts = {"dropped_elements": 0, "filtered_elements": 0}
        name = self.measured_as()

        def step() -> Element:
            while True:
                element = next(source)
                passes = _truth(predicate(element))
                given = counts["filtered_elements"]
                which = "filtered_elements" if passes else "dropped_elements"
                counts[which] += 1
                measures.add_scalar(f"{name}::{which}", counts[which], given)
                if passes:
                    return element

        return steps(step)

    def cardinality(self) -> int:
        return UNKNOWN


def _truth(results: Element) -> bool:
    if np.ndim(results[0]):
        raise invalid("Filter predicate `f` must return a scalar bool.")
    return bool(results[0])


class TakeWhile(Filter):
    """The elements up to the first for which a function gives False."""

    kind = "TakeWhile"

    def iterate(self, scope: Scope) -> Iterator[Element]:
        source = self.of_input(scope.inside(self))
        predicate = self.predicate.ready(scope.state)

        def step() -> Element:
            element = next(source)
            if not _truth(predicate(element)):
                raise StopIteration
            return element

        return steps(step)


class FlatMap(Dataset):
    """The elements of the datasets that a function makes, one dataset after the other."""

    kind = "FlatMap"

    def __init__(self, source: Dataset, function: Captured, types: Any, dims: Any) -> None:
        super().__init__((source,), types, dims)
        self.function = function

    def iterate(self, scope: Scope) -> Iterator[Element]:
        inner = scope.inside(self)
        source = self.of_input(inner)
        function = self.function.ready(scope.state)
        place = 0
        current: Iterator[Element] = iter(())

        def step() -> Element:
            nonlocal place, current
            while True:
                try:
                    return next(current)
                except StopIteration:
                    current = iter(())
                element = next(source)
                current = function(element)[0].iterate(inner.part(place))
                place += 1

        return steps(step)

    def cardinality(self) -> int:
        return UNKNOWN


class Interleave(Dataset):
    """Elements of several datasets that a function makes, `block` of each in turn.

    Args:
      source: the input.
      function: makes a dataset of an element.
      cycle: how many datasets are open at a time.
      block: how many elements of one follow one another.
    """

    kind = "Interleave"

    def __init__(
        self,
        source: Dataset,
        function: Captured,
        cycle: int,
        block: int,
        types: Any,
        dims: Any,
    ) -> None:
        super().__init__((source,), types, dims)
        self.function, self.cycle, self.block = function, cycle, block

    def opened(self, made: Iterator[Element], scope: Scope) -> Iterator[Element]:
        """An iterator over a dataset that was made."""
        return made

    def iterate(self, scope: Scope) -> Iterator[Element]:
        inner = scope.inside(self)
        source = self.of_input(inner)
        function = self.function.ready(scope.state)
        current: list[Iterator[Element] | None] = [None] * self.cycle
        place = block = opened = 0
        ended = False

        def step() -> Element:
            nonlocal place, block, opened, ended
            while not ended or opened:
                at = current[place]
                if at is not None:
                    try:
                        found = next(at)
                    except StopIteration:
                        current[place] = None
                        opened -= 1
                        block, place = 0, (place + 1) % self.cycle
                        continue
                    block += 1
                    if block == self.block:
                        block, place = 0, (place + 1) % self.cycle
                    return found
                if ended:
                    block, place = 0, (place + 1) % self.cycle
                    continue
                try:
                    element = next(source)
                except StopIteration:
                    ended = True
                    continue
                part = inner.part(place)
                current[place] = self.opened(function(element)[0].iterate(part), part)
                opened += 1
            raise StopIteration

        return steps(step)

    def cardinality(self) -> int:
        return UNKNOWN


class Scan(Dataset):
    """What a function makes of a state and each element; it gives the next state, too."""

    kind = "Scan"

    def __init__(
        self,
        source: Dataset,
        initial: Sequence[Any],
        function: Captured,
        keeps: bool,
        types: Any,
        dims: Any,
    ) -> None:
        super().__init__((source,), types, dims)
        self.initial, self.function, self.keeps = tuple(initial), function, keeps

    def iterate(self, scope: Scope) -> Iterator[Element]:
        source = self.of_input(scope.inside(self))
        function = guarded(self.function.ready(scope.state), self.keeps)
        state = self.initial
        count = len(state)

        def step() -> Element:
            nonlocal state
            results = function(state + next(source))
            state = results[:count]
            return results[count:]

        return steps(step)

    def cardinality(self) -> int:
        return self.inputs[0].cardinality() if self.keeps else UNKNOWN


def _number(results: Element, what: str) -> int:
    if len(results) != 1 or np.size(results[0]) != 1:
        raise invalid(f"`{what}` must return a scalar int64.")
    return int(results[0])


class GroupByWindow(Dataset):
    """Datasets that a function makes of elements of one key, so many at a time.

    Args:
      source: the input.
      key: gives the key of an element.
      reduce: makes a dataset of a key and a dataset of elements of that key.
      size: gives for a key how many elements make a group.
    """

    kind = "GroupByWindow"

    def __init__(
        self,
        source: Dataset,
        key: Captured,
        reduce: Captured,
        size: Captured,
        types: Any,
        dims: Any,
    ) -> None:
        super().__init__((source,), types, dims)
        self.functions = key, reduce, size

    def iterate(self, scope: Scope) -> Iterator[Element]:
        inner = scope.inside(self)
        source = self.of_input(inner)
        key_of, reduce, size_of = (f.ready(scope.state) for f in self.functions)
        groups: dict[int, list[Element]] = {}
        sizes: dict[int, int] = {}
        current: Iterator[Element] = iter(())

        def full_group() -> int:
            """The key of the next full group; after the end of the input, of any."""
            for element in source:
                key = _number(key_of(element), "key_func")
                if key not in sizes:
                    size = _number(size_of((np.int64(key),)), "window_size_func")
                    if size <= 0:
                        raise invalid(f"Window size must be greater than zero, but got {size}.")
                    sizes[key] = size
                group = groups.setdefault(key, [])
                group.append(element)
                if len(group) == sizes[key]:
                    return key
            if not groups:
                raise StopIteration
            return min(groups)

        def step() -> Element:
            nonlocal current
            while True:
                try:
                    return next(current)
                except StopIteration:
                    current = iter(())
                key = full_group()
                group = Listed(groups.pop(key), self.inputs[0].types, self.inputs[0].dims)
                made = reduce((np.int64(key), group))
                current = made[0].iterate(inner)

        return steps(step)

    def cardinality(self) -> int:
        return UNKNOWN


class GroupByReducer(Dataset):
    """One element a key: what functions make of all elements of that key.

    Args:
      source: the input.
      key: gives the key of an element.
      first: makes the state of a key.
      reduce: makes the next state of a state and an element.
      last: makes an element of a state.
    """

    kind = "GroupByReducer"

    def __init__(
        self,
        source: Dataset,
        key: Captured,
        first: Captured,
        reduce: Captured,
        last: Captured,
        types: Any,
        dims: Any,
    ) -> None:
        super().__init__((source,), types, dims)
        self.functions = key, first, reduce, last

    def iterate(self, scope: Scope) -> Iterator[Element]:
        source = self.of_input(scope.inside(self))
        key_of, first, reduce, last = (f.ready(scope.state) for f in self.functions)
        states: dict[int, Element] = {}
        finished: Iterator[Element] | None = None

        def step() -> Element:
            nonlocal finished
            if finished is None:
                for element in source:
                    key = _number(key_of(element), "key_func")
                    if key not in states:
                        states[key] = first((np.int64(key),))
                    states[key] = reduce(states[key] + element)
                finished = (last(states[key]) for key in sorted(states))
            return next(finished)

        return steps(step)

    def cardinality(self) -> int:
        return UNKNOWN


def reduced(dataset: Dataset, initial: Sequence[Any], function: Captured, scope: Scope) -> Element:
    """The last state that a function makes of a state and each element."""
    state = tuple(initial)
    call = function.ready(scope.state)
    for element in dataset.iterate(scope):
        state = call(state + element)
    return state
