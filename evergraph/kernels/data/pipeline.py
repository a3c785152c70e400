"""Datasets as values: what a variant tensor of a dataset op is, and what iterating over it needs.

A dataset never changes; an iterator over it is a Python iterator of elements, and an element a
tuple of NumPy values (or objects, for variants), one per component. An iterator may go on after an
error: the next call of `next` gives the element after the one that failed.
"""

import copy
import secrets
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any, ClassVar, NamedTuple, Protocol

from evergraph.base.dtypes import DType
from evergraph.graph.tensor import Dims
from evergraph.kernels.random_philox import PhiloxStream

Element = tuple[Any, ...]

INFINITE, UNKNOWN = -1, -2

# Equal to no element, so that an iterator made of a function ends by StopIteration alone.
_NEVER = object()


def steps(function: Callable[[], Element]) -> Iterator[Element]:
    """An iterator whose elements are what calls of `function` give, until it raises
    StopIteration."""
    return iter(function, _NEVER)


class Dataset:
    """A pipeline up to one op. Subclasses say how to iterate over it.

    Args:
      inputs: the datasets that it takes its elements from.
      types: the types of the components of an element.
      dims: what is known of their shapes.
    """

    # As an element of a tensor it is a scalar.
    shape: tuple[int, ...] = ()
    # The op's name without "Dataset"; part of the paths of iterators.
    kind: ClassVar[str] = ""
    # The node that made it, where figures of it are named after that.
    node: Any = None

    def __init__(
        self, inputs: Sequence["Dataset"], types: Sequence[DType], dims: Sequence[Dims]
    ) -> None:
        self.inputs = tuple(inputs)
        self.types = tuple(types)
        self.dims = tuple(dims)

    def iterate(self, scope: "Scope") -> Iterator[Element]:
        """A new iterator over the elements."""
        raise NotImplementedError(type(self).__name__)

    def cardinality(self) -> int:
        """How many elements there are; INFINITE or UNKNOWN."""
        return self.inputs[0].cardinality() if len(self.inputs) == 1 else UNKNOWN

    def with_inputs(self, inputs: Sequence["Dataset"]) -> "Dataset":
        """The same op over other datasets."""
        if all(a is b for a, b in zip(inputs, self.inputs, strict=True)):
            return self
        other = copy.copy(self)
        other.inputs = tuple(inputs)
        return other

    def measured_as(self) -> str:
        """What its figures are called: the op, and its place in TensorFlow's own graph of the
        pipeline, where each node stands behind all that it takes."""
        before = set()
        found = [self.node]
        while found:
            for t in found.pop().inputs:
                if t.op not in before:
                    before.add(t.op)
                    found.append(t.op)
        return f"{self.node.type}/_{len(before)}"

    def of_input(self, scope: "Scope", place: int = 0) -> Iterator[Element]:
        """A new iterator over an input."""
        return self.inputs[place].iterate(scope)


class Listed(Dataset):
    """Elements that are there already: windows, groups."""

    kind = "Window"

    def __init__(
        self, elements: Sequence[Element], types: Sequence[DType], dims: Sequence[Dims]
    ) -> None:
        super().__init__((), types, dims)
        self.elements = elements

    def iterate(self, scope: "Scope") -> Iterator[Element]:
        return iter(self.elements)

    def cardinality(self) -> int:
        return len(self.elements)


class Words:
    """The 32-bit words of a Philox stream, one by one."""

    def __init__(self, seed: int, seed2: int) -> None:
        mask = (1 << 64) - 1
        self._stream = PhiloxStream.start(seed & mask, (seed2 & mask) << 64)
        self._words: Iterator[int] = iter(())
        self._blocks = 1
        self._lock = threading.Lock()

    def next(self) -> int:
        """The next word."""
        with self._lock:
            word = next(self._words, None)
            if word is None:
                self._words = iter(self._stream.blocks(self._blocks).reshape(-1).tolist())
                self._stream = self._stream.skip(self._blocks)
                # Few words cost little, many words little each.
                self._blocks = min(self._blocks * 4, 1024)
                word = next(self._words)
        return word


class State:
    """What the iterators of one pipeline share: generators, functions, memory, and when to stop.

    Args:
      session: the session's state.
      seeds: seeds that an earlier iterator drew by chance, to be drawn again.
    """

    def __init__(self, session: Any, seeds: Sequence[int] = ()) -> None:
        self.session = session
        self.closed = threading.Event()
        self.seeds: list[int] = []
        self._again = list(reversed(seeds))
        self._kept: dict[Any, Any] = {}
        self._closers: list[Callable[[], None]] = []
        self._lock = threading.RLock()

    def keep(self, key: Any, make: Callable[[], Any]) -> Any:
        """What is kept under a key; `make()` gives it the first time."""
        with self._lock:
            if key not in self._kept:
                self._kept[key] = make()
            return self._kept[key]

    def chance(self) -> int:
        """A seed by chance."""
        with self._lock:
            seed = self._again.pop() if self._again else secrets.randbits(64)
            self.seeds.append(seed)
            return seed

    def on_close(self, closer: Callable[[], None]) -> None:
        """Has `closer` called when the pipeline is stopped."""
        with self._lock:
            self._closers.append(closer)
        if self.closed.is_set():
            closer()

    def forget(self, closer: Callable[[], None]) -> None:
        """Takes back `on_close`."""
        with self._lock:
            if closer in self._closers:
                self._closers.remove(closer)

    def close(self) -> None:
        """Stops the threads of the pipeline, and whoever waits for them."""
        self.closed.set()
        with self._lock:
            closers, self._closers = self._closers, []
        for closer in closers:
            closer()


class Measures(Protocol):
    """What takes the figures of a pipeline."""

    def add_to_histogram(self, name: str, value: float, step: int) -> None:
        """Counts a value."""

    def add_scalar(self, name: str, value: float, step: int) -> None:
        """Keeps the newest value."""


class Scope(NamedTuple):
    """Where in a pipeline an iterator is.

    Its path is what TensorFlow calls the iterator's prefix: generators of seeds are kept by it, so
    that a shuffle that is iterated over again goes on with new seeds. Where figures are collected,
    `measures` takes them.
    """

    state: State
    path: str = "Iterator"
    measures: Measures | None = None

    def inside(self, dataset: Dataset) -> "Scope":
        """The scope of the inputs of a dataset."""
        return self._replace(path=f"{self.path}::{dataset.kind}")

    def part(self, place: int) -> "Scope":
        """The scope of one of several iterators side by side."""
        return self._replace(path=f"{self.path}[{place}]")


class Captured:
    """A function of the graph with the values that it captured.

    Args:
      function: the graph function.
      graph: the graph that knows it.
      args: what it takes after the components of an element.
    """

    def __init__(self, function: Any, graph: Any, args: Sequence[Any]) -> None:
        self.function = function
        self.graph = graph
        self.args = tuple(args)

    def ready(self, state: State) -> Callable[[Element], Element]:
        """The function for iterators with this state.

        Generators of random numbers in it start anew with the state.
        """
        functions = state.session.functions
        if functions.is_random(self.function, self.graph):
            run = state.keep(
                ("function", self.function.name),
                lambda: functions.instance(self.function, self.graph),
            ).arrays
        else:
            run = functions.runner(self.function, self.graph).arrays
        captured = self.args
        if not captured:
            return run
        return lambda element: run((*element, *captured))
