"""Figures of pipelines: what takes them, and the datasets that measure."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from evergraph.kernels.data.pipeline import Dataset, Element, Scope, steps
from evergraph.kernels.summary_values import Histogram
from evergraph.proto.framework.summary_pb2 import Summary
from evergraph.proto.util.event_pb2 import Event

# A string's own size in TensorFlow, without its characters.
_STRING_BYTES = 8


class Aggregator:
    """Keeps histograms and scalars until a summary is asked for."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._histograms: dict[str, Histogram] = {}
        self._scalars: dict[str, float] = {}

    def add_to_histogram(self, name: str, value: float, step: int) -> None:
        """Counts a value."""
        with self._lock:
            histogram = self._histograms.get(name)
            if histogram is None:
                histogram = self._histograms[name] = Histogram()
            histogram.add(np.array([value], np.float64))
            self._changed(name, step, histogram)

    def add_scalar(self, name: str, value: float, step: int) -> None:
        """Keeps the newest value."""
        with self._lock:
            self._scalars[name] = value
            self._changed(name, step, value)

    def _changed(self, name: str, step: int, now: Histogram | float) -> None:
        """Called when a figure has changed."""

    def summary(self) -> Summary:
        """All figures."""
        found = Summary()
        with self._lock:
            for name, histogram in self._histograms.items():
                found.value.add(tag=name, histo=histogram.message())
            for name, value in self._scalars.items():
                found.value.add(tag=name, simple_value=value)
        return found


class WritingAggregator(Aggregator):
    """Writes each figure to a summary writer as it changes; its summary is empty."""

    def __init__(self) -> None:
        super().__init__()
        self.writer: Any = None

    def _changed(self, name: str, step: int, now: Histogram | float) -> None:
        if self.writer is None:
            return
        event = Event(step=step, wall_time=time.time())
        value = event.summary.value.add(tag=name)
        if isinstance(now, Histogram):
            value.histo.CopyFrom(now.message())
        else:
            value.simple_value = now
        self.writer.file.write(event)

    def summary(self) -> Summary:
        return Summary()


class _Prefixed:
    """An aggregator under whose names a prefix stands."""

    def __init__(self, aggregator: Aggregator, prefix: str) -> None:
        self._aggregator = aggregator
        self._prefix = f"{prefix}::"

    def add_to_histogram(self, name: str, value: float, step: int) -> None:
        self._aggregator.add_to_histogram(self._prefix + name, value, step)

    def add_scalar(self, name: str, value: float, step: int) -> None:
        self._aggregator.add_scalar(self._prefix + name, value, step)


class SetStatsAggregator(Dataset):
    """The elements of a pipeline whose figures an aggregator takes."""

    kind = "SetStatsAggregator"

    def __init__(
        self, source: Dataset, aggregator: Aggregator, prefix: str, types: Any, dims: Any
    ) -> None:
        super().__init__((source,), types, dims)
        self.measures = _Prefixed(aggregator, prefix) if prefix else aggregator

    def iterate(self, scope: Scope) -> Iterator[Element]:
        return self.of_input(scope.inside(self)._replace(measures=self.measures))


class Measured(Dataset):
    """The elements as they are. Where figures are collected, each adds one to a histogram.

    Args:
      kind: the op's name without "Dataset".
      measure: gives the figure of an element and the seconds that it took to make.
    """

    def __init__(
        self,
        source: Dataset,
        kind: str,
        tag: str,
        measure: Callable[[Element, float], float],
        types: Any,
        dims: Any,
    ) -> None:
        super().__init__((source,), types, dims)
        self.kind = kind  # type: ignore[misc]
        self.tag, self.measure = tag, measure

    def iterate(self, scope: Scope) -> Iterator[Element]:
        source = self.of_input(scope.inside(self))
        measures = scope.measures
        if measures is None:
            return source
        given = 0

        def step() -> Element:
            nonlocal given
            start = time.perf_counter()
            element = next(source)
            took = time.perf_counter() - start
            measures.add_to_histogram(self.tag, self.measure(element, took), given)
            given += 1
            return element

        return steps(step)


def latency(element: Element, seconds: float) -> float:
    """Whole microseconds."""
    return float(int(seconds * 1e6))


def bytes_produced(element: Element, seconds: float) -> float:
    """The bytes of the components of an element."""
    return float(sum(map(_bytes, element)))


def _bytes(value: Any) -> int:
    array = np.asarray(value)
    if array.dtype != object:
        return array.nbytes
    return sum(_STRING_BYTES + len(v) for v in array.reshape(-1) if isinstance(v, bytes))
