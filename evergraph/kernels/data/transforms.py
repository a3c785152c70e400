"""What is done to elements without functions: take, skip, batch, zip, window and their like."""

import itertools
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from evergraph.base.errors import InvalidArgumentError, OpError, OutOfRangeError
from evergraph.kernels.data import elements as values
from evergraph.kernels.data.files import FileStrings
from evergraph.kernels.data.pipeline import (
    INFINITE,
    UNKNOWN,
    Dataset,
    Element,
    Listed,
    Scope,
    steps,
)
from evergraph.kernels.host import invalid


class Same(Dataset):
    """The elements of the input: what only matters to TensorFlow's runtime."""

    def __init__(self, source: Dataset, types: Any, dims: Any, kind: str) -> None:
        super().__init__((source,), types, dims)
        self.kind = kind  # type: ignore[misc]

    def iterate(self, scope: Scope) -> Iterator[Element]:
        return self.of_input(scope.inside(self))


class Take(Dataset):
    """The first `count` elements; all if it is negative."""

    kind = "Take"

    def __init__(self, source: Dataset, count: int, types: Any, dims: Any) -> None:
        super().__init__((source,), types, dims)
        self.count = count

    def iterate(self, scope: Scope) -> Iterator[Element]:
        if self.count == 0:
            return iter(())
        source = self.of_input(scope.inside(self))
        return source if self.count < 0 else _first(source, self.count)

    def cardinality(self) -> int:
        size = self.inputs[0].cardinality()
        if size == UNKNOWN:
            return UNKNOWN
        if self.count < 0:
            return size
        return self.count if size == INFINITE else min(size, self.count)


def _first(source: Iterator[Element], count: int) -> Iterator[Element]:
    """The first elements; one that fails does not count."""
    left = count

    def step() -> Element:
        nonlocal left
        if left <= 0:
            raise StopIteration
        element = next(source)
        left -= 1
        return element

    return steps(step)


class Skip(Dataset):
    """All but the first `count` elements; none if it is negative."""

    kind = "Skip"

    def __init__(self, source: Dataset, count: int, types: Any, dims: Any) -> None:
        super().__init__((source,), types, dims)
        self.count = count

    def iterate(self, scope: Scope) -> Iterator[Element]:
        if self.count < 0:
            return iter(())
        source = self.of_input(scope.inside(self))
        left = self.count

        def step() -> Element:
            nonlocal left
            while left > 0:
                next(source)
                left -= 1
            return next(source)

        return steps(step)

    def cardinality(self) -> int:
        size = self.inputs[0].cardinality()
        if size in (INFINITE, UNKNOWN):
            return size if self.count >= 0 else 0
        return max(0, size - self.count) if self.count >= 0 else 0


class Repeat(Dataset):
    """The elements `count` times over; without end if it is negative."""

    kind = "Repeat"

    def __init__(self, source: Dataset, count: int, types: Any, dims: Any) -> None:
        super().__init__((source,), types, dims)
        self.count = count

    def iterate(self, scope: Scope) -> Iterator[Element]:
        if self.count == 0:
            return iter(())
        inner = scope.inside(self)
        source = self.of_input(inner)
        if self.count == 1:
            return source
        left = self.count - 1
        found = False

        def step() -> Element:
            nonlocal source, left, found
            while True:
                try:
                    element = next(source)
                    found = True
                    return element
                except StopIteration:
                    # Of nothing, nothing without end is nothing all the same.
                    if left == 0 or (self.count < 0 and not found):
                        raise
                left -= 1
                found = False
                source = self.of_input(inner)

        return steps(step)

    def cardinality(self) -> int:
        size = self.inputs[0].cardinality()
        if self.count < 0:
            return 0 if size == 0 else INFINITE
        if self.count == 0:
            return 0
        return size if size in (INFINITE, UNKNOWN) else size * self.count


class Shard(Dataset):
    """Each element number `index` of `shards`."""

    kind = "Shard"

    def __init__(
        self,
        source: Dataset,
        shards: int,
        index: int,
        types: Any,
        dims: Any,
        require_non_empty: bool = False,
    ) -> None:
        super().__init__((source,), types, dims)
        self.shards, self.index, self.require_non_empty = shards, index, require_non_empty

    def iterate(self, scope: Scope) -> Iterator[Element]:
        source = self.of_input(scope.inside(self))
        place = 0

        def step() -> Element:
            nonlocal place
            while True:
                element = next(source)
                place += 1
                if (place - 1) % self.shards == self.index:
                    break
            if self.require_non_empty and place - 1 < self.shards:
                self._check_others(source, place)
            return element

        return steps(step)

    def _check_others(self, source: Iterator[Element], place: int) -> None:
        for i in range(place, self.shards):
            try:
                next(source)
            except StopIteration:
                raise invalid(
                    "There aren't enough elements in this dataset for each shard to have at least "
                    f"one element (# elems = {i}, # shards = {self.shards}). If you are using "
                    "datasets with distribution strategy, consider turning dataset autosharding "
                    "off with `tf.data.Options`."
                ) from None

    def cardinality(self) -> int:
        size = self.inputs[0].cardinality()
        if size in (INFINITE, UNKNOWN):
            return size
        return size // self.shards + (self.index < size % self.shards)


class Batch(Dataset):
    """`size` elements as one; of the last, fewer, or none with `drop`."""

    kind = "Batch"

    def __init__(self, source: Dataset, size: int, drop: bool, types: Any, dims: Any) -> None:
        super().__init__((source,), types, dims)
        self.size, self.drop = size, drop

    def joined(self, elements: Sequence[Element]) -> Element:
        """Elements as one."""
        return values.batch(elements)

    def iterate(self, scope: Scope) -> Iterator[Element]:
        source: Iterator[Any]
        joined: Callable[[list[Any]], Element] = self.joined
        if isinstance(self.inputs[0], FileStrings) and type(self) is Batch:
            source, joined = self.inputs[0].strings(), values.of_strings
        else:
            source = self.of_input(scope.inside(self))
        ended = False

        def step() -> Element:
            nonlocal ended
            if ended:
                raise StopIteration
            found = list(itertools.islice(source, self.size))
            if len(found) < self.size:
                ended = True
                if self.drop or not found:
                    raise StopIteration
            return joined(found)

        return steps(step)

    def cardinality(self) -> int:
        size = self.inputs[0].cardinality()
        if size in (INFINITE, UNKNOWN):
            return size
        return size // self.size if self.drop else -(-size // self.size)


class PaddedBatch(Batch):
    """As Batch, with components filled up to common shapes."""

    kind = "PaddedBatch"

    def __init__(
        self,
        source: Dataset,
        size: int,
        drop: bool,
        shapes: Sequence[Sequence[int]],
        fill: Sequence[Any],
        dims: Any,
    ) -> None:
        super().__init__(source, size, drop, source.types, dims)
        self.shapes, self.fill = shapes, fill

    def joined(self, elements: Sequence[Element]) -> Element:
        return values.padded_batch(elements, self.shapes, self.fill)


class Zip(Dataset):
    """Elements of several datasets side by side, until one of them ends."""

    kind = "Zip"

    def iterate(self, scope: Scope) -> Iterator[Element]:
        inner = scope.inside(self)
        sources = [d.iterate(inner.part(i)) for i, d in enumerate(self.inputs)]
        ended = False

        def step() -> Element:
            nonlocal ended
            if ended:
                raise StopIteration
            found: Element = ()
            try:
                for source in sources:
                    found += next(source)
            except StopIteration:
                ended = True
                raise
            return found

        return steps(step)

    def cardinality(self) -> int:
        sizes = [d.cardinality() for d in self.inputs]
        if UNKNOWN in sizes:
            return UNKNOWN
        return min((s for s in sizes if s != INFINITE), default=INFINITE)


class Concatenate(Dataset):
    """The elements of one dataset after those of another."""

    kind = "Concatenate"

    def iterate(self, scope: Scope) -> Iterator[Element]:
        inner = scope.inside(self)
        place = 0
        source = self.inputs[0].iterate(inner.part(0))

        def step() -> Element:
            nonlocal place, source
            while True:
                try:
                    return next(source)
                except StopIteration:
                    place += 1
                    if place >= len(self.inputs):
                        raise
                    source = self.inputs[place].iterate(inner.part(place))

        return steps(step)

    def cardinality(self) -> int:
        sizes = [d.cardinality() for d in self.inputs]
        if INFINITE in sizes:
            return INFINITE
        return UNKNOWN if UNKNOWN in sizes else sum(sizes)


class Window(Dataset):
    """Datasets of `size` elements, each component one; see `Dataset.window`."""

    kind = "Window"

    def __init__(
        self,
        source: Dataset,
        size: int,
        shift: int,
        stride: int,
        drop: bool,
        types: Any,
        dims: Any,
    ) -> None:
        super().__init__((source,), types, dims)
        self.size, self.shift, self.stride, self.drop = size, shift, stride, drop

    def iterate(self, scope: Scope) -> Iterator[Element]:
        source = self.of_input(scope.inside(self))
        wanted = (self.size - 1) * self.stride + 1
        # An element, or the error that came in its place.
        held: deque[Any] = deque()
        ended = False

        def pull() -> Any:
            nonlocal ended
            try:
                return next(source)
            except StopIteration:
                ended = True
            except OpError as error:
                return error

        def step() -> Element:
            while not ended and len(held) < wanted:
                found = pull()
                if not ended:
                    held.append(found)
            if not held or (self.drop and len(held) < wanted):
                raise StopIteration
            window = list(itertools.islice(held, 0, None, self.stride))
            left = self.shift
            while held and left:
                held.popleft()
                left -= 1
            while left and not ended:
                pull()
                left -= 1
            for found in window:
                if isinstance(found, OpError):
                    raise found
            return self.made(window)

        return steps(step)

    def made(self, window: Sequence[Element]) -> Element:
        """The element of a window."""
        return tuple(map(self._as_dataset, range(len(window[0])), zip(*window, strict=True)))

    def _as_dataset(self, place: int, found: Sequence[Any]) -> Dataset:
        source = self.inputs[0]
        return Listed(
            [(v,) for v in found], source.types[place : place + 1], source.dims[place : place + 1]
        )

    def cardinality(self) -> int:
        size = self.inputs[0].cardinality()
        if size in (INFINITE, UNKNOWN):
            return size
        wanted = (self.size - 1) * self.stride + 1
        if self.drop:
            return 0 if size < wanted else (size - wanted) // self.shift + 1
        return -(-size // self.shift)


class SlidingWindow(Window):
    """Batches of full windows."""

    kind = "SlidingWindow"

    def made(self, window: Sequence[Element]) -> Element:
        return values.batch(window)


class Unbatch(Dataset):
    """The rows of elements as elements."""

    kind = "Unbatch"

    def iterate(self, scope: Scope) -> Iterator[Element]:
        source = self.of_input(scope.inside(self))
        rows: Iterator[Element] = iter(())

        def step() -> Element:
            nonlocal rows
            while True:
                found = next(rows, None)
                if found is not None:
                    return found
                element = next(source)
                sizes = [len(c) for c in element]
                for i, size in enumerate(sizes):
                    if size != sizes[0]:
                        raise InvalidArgumentError(
                            None,
                            None,
                            f"Input element must have the same batch size in each component. "
                            f"Component 0 had size {sizes[0]} but component {i} had size, {size}.",
                        )
                parts = [[values.row(c, i) for i in range(sizes[0])] for c in element]
                rows = zip(*parts, strict=True)

        return steps(step)

    def cardinality(self) -> int:
        return UNKNOWN


class Rebatch(Dataset):
    """Batches cut into as many parts as `replicas` says; a smaller one into parts as large as those
    of the first."""

    kind = "Rebatch"

    def __init__(self, inputs: Any, types: Any, dims: Any, replicas: int) -> None:
        super().__init__(inputs, types, dims)
        self.replicas = replicas

    def iterate(self, scope: Scope) -> Iterator[Element]:
        source = self.of_input(scope.inside(self))
        size = 0
        parts: Iterator[Element] = iter(())

        def step() -> Element:
            nonlocal size, parts
            found = next(parts, None)
            if found is not None:
                return found
            element = next(source)
            if not all(np.ndim(c) for c in element):
                raise InvalidArgumentError(
                    None, None, "Cannot split a batch of scalars: batch the dataset first."
                )
            rows = len(element[0])
            size = size or -(-rows // self.replicas)
            pieces = [
                tuple(c[start : start + size] for c in element)
                for start in range(0, rows, size or 1)
            ]
            parts = iter(pieces or [element])
            return next(parts)

        return steps(step)

    def cardinality(self) -> int:
        return UNKNOWN


class IgnoreErrors(Dataset):
    """The elements that do not fail."""

    kind = "IgnoreErrors"

    def iterate(self, scope: Scope) -> Iterator[Element]:
        source = self.of_input(scope.inside(self))

        def step() -> Element:
            while True:
                try:
                    return next(source)
                except OutOfRangeError:
                    raise
                except OpError:
                    continue

        return steps(step)

    def cardinality(self) -> int:
        return UNKNOWN


class Unique(Dataset):
    """Each element the first time that it comes."""

    kind = "Unique"

    def iterate(self, scope: Scope) -> Iterator[Element]:
        source = self.of_input(scope.inside(self))
        seen: set[Any] = set()

        def step() -> Element:
            while True:
                element = next(source)
                key = element[0].item()
                if key not in seen:
                    seen.add(key)
                    return element

        return steps(step)

    def cardinality(self) -> int:
        return UNKNOWN


class Sleep(Dataset):
    """The elements, each after a while."""

    kind = "Sleep"

    def __init__(self, source: Dataset, microseconds: int, types: Any, dims: Any) -> None:
        super().__init__((source,), types, dims)
        self.microseconds = microseconds

    def iterate(self, scope: Scope) -> Iterator[Element]:
        source = self.of_input(scope.inside(self))

        def step() -> Element:
            scope.state.closed.wait(self.microseconds / 1e6)
            return next(source)

        return steps(step)


class AssertNext(Dataset):
    """The elements, if these ops and no others come next in the pipeline."""

    kind = "AssertNext"

    def __init__(self, source: Dataset, names: Sequence[str], types: Any, dims: Any) -> None:
        super().__init__((source,), types, dims)
        self.names = names

    def iterate(self, scope: Scope) -> Iterator[Element]:
        # What comes next for who reads a pipeline is what the iterator passed before it.
        passed = [part for part in scope.path.split(":") if part][1:]
        if len(self.names) > len(passed):
            raise invalid(
                f"Asserted next {len(self.names)} transformations but encountered only "
                f"{len(passed)}."
            )
        for i, (name, found) in enumerate(zip(self.names, reversed(passed), strict=False)):
            if name != found:
                raise invalid(
                    f"Asserted {name} transformation at offset {i} but encountered {found} "
                    "transformation instead."
                )
        return self.of_input(scope.inside(self))


class Directed(Dataset):
    """An element of the dataset that a first dataset names, again and again."""

    kind = "DirectedInterleave"

    def iterate(self, scope: Scope) -> Iterator[Element]:
        inner = scope.inside(self)
        choices = self.inputs[0].iterate(inner)
        sources: list[Iterator[Element] | None] = [
            d.iterate(inner.part(i)) for i, d in enumerate(self.inputs[1:])
        ]
        active = len(sources)

        def step() -> Element:
            nonlocal active
            while active:
                choice = int(next(choices)[0])
                if not 0 <= choice < len(sources):
                    raise invalid(f"Selector index out of range: {choice} >= {len(sources)}")
                source = sources[choice]
                if source is None:
                    continue
                try:
                    return next(source)
                except StopIteration:
                    sources[choice] = None
                    active -= 1
            raise StopIteration

        return steps(step)

    def cardinality(self) -> int:
        return UNKNOWN


class SparseBatch(Batch):
    """Batches of tensors of various shapes, as sparse tensors.

    Args:
      source: the input, elements of one component.
      size: how many elements make a batch.
      row: what all elements fit into; -1 stands for the largest size of the batch.
    """

    kind = "DenseToSparseBatch"

    def __init__(
        self, source: Dataset, size: int, row: Sequence[int], types: Any, dims: Any
    ) -> None:
        super().__init__(source, size, False, types, dims)
        self.row = row

    def joined(self, elements: Sequence[Element]) -> Element:
        return (values.sparse_batch([e[0] for e in elements], self.row),)


class Computed(Dataset):
    """What a Python function makes of each element.

    Args:
      source: the input.
      change: takes an element, gives another.
      kind: the op's name without "Dataset".
    """

    def __init__(
        self,
        source: Dataset,
        change: Callable[[Element], Element],
        kind: str,
        types: Any,
        dims: Any,
    ) -> None:
        super().__init__((source,), types, dims)
        self.kind = kind  # type: ignore[misc]
        self.change = change

    def iterate(self, scope: Scope) -> Iterator[Element]:
        return map(self.change, self.of_input(scope.inside(self)))
