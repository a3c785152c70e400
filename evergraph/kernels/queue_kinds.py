"""Queues that give their elements in another order, or let their shapes vary."""

import heapq
import itertools
import secrets
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from evergraph.base.dtypes import DType
from evergraph.kernels.bag import Bag
from evergraph.kernels.dtypes import HOST_DTYPES, torch_dtype
from evergraph.kernels.host import invalid
from evergraph.kernels.queues import Element, FIFOQueue, Kept, Queue, Steps, shape_text
from evergraph.kernels.random_philox import PhiloxState

_WORDS_AT_ONCE = 4096  # so many cost little more than a few


class RandomShuffleQueue(Queue):
    """Elements come out in random order.

    Args:
      min_after_dequeue: how many elements stay in the queue while it is open, so that they mix.
      seed, seed2: of the order; both 0 for any.
    """

    kind = "RandomShuffleQueue"
    in_rows = True

    def __init__(
        self, *args: Any, min_after_dequeue: int = 0, seed: int = 0, seed2: int = 0
    ) -> None:
        super().__init__(*args)
        self._least = min_after_dequeue
        self._seeds = (seed, seed2)
        if self._seeds == (0, 0):
            seed, seed2 = secrets.randbits(64), secrets.randbits(64)
        self._random = PhiloxState(seed, seed2)
        self._words = np.empty(0, np.uint32)
        # The elements' rows; below zero, the keys of those that are in no row.
        self._bag = Bag()
        self._apart: dict[int, Element] = {}
        self._keys = itertools.count()

    def size(self) -> int:
        return len(self._bag)

    def mismatch(self, *, min_after_dequeue: int, seed: int, seed2: int) -> str | None:
        if min_after_dequeue != self._least:
            return (
                f"min_after_dequeue {self._least} but requested min_after_dequeue was "
                f"{min_after_dequeue}."
            )
        if (seed, seed2) not in ((0, 0), self._seeds):
            first, second = self._seeds
            return f"random seeds ({first}, {second}) but requested seeds are ({seed}, {seed2})."
        return None

    def _takeable(self) -> int:
        return len(self._bag) - (0 if self.closed else self._least)

    def _push(self, elements: Sequence[Kept]) -> None:
        if not isinstance(elements, np.ndarray):
            elements = np.array([self._number(e) for e in elements])
        self._bag.add(elements)

    def _pop(self, count: int) -> Sequence[Kept]:
        numbers = self._bag.draw(self._draw(count))
        if not self._apart:
            return numbers
        return [n if n >= 0 else self._apart.pop(n) for n in numbers.tolist()]

    def _number(self, element: Kept) -> int:
        if isinstance(element, int):
            return element
        key = ~next(self._keys)
        self._apart[key] = element
        return key

    def _draw(self, count: int) -> np.ndarray:
        """The next random words."""
        while len(self._words) < count:
            more = self._random.reserve_words(_WORDS_AT_ONCE).words(_WORDS_AT_ONCE)
            self._words = np.concatenate([self._words, more])
        drawn, self._words = self._words[:count], self._words[count:]
        return drawn

    def _give_back(self, elements: Sequence[Kept]) -> None:
        self._push(elements[::-1])


class PaddingFIFOQueue(FIFOQueue):
    """Elements whose shapes may vary; put together they are padded with zeros."""

    kind = "PaddingFIFOQueue"
    in_rows = False

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        if len(self.shapes) != len(self.dtypes):
            raise invalid(
                f"Shapes must be provided for all components, but received {len(self.dtypes)} "
                f"dtypes and {len(self.shapes)} shapes."
            )

    @staticmethod
    def _check_shape(i: int, found: tuple[int, ...], expected: tuple[int | None, ...]) -> None:
        if expected is None or (
            len(found) == len(expected)
            and all(e in (None, f) for f, e in zip(found, expected, strict=True))
        ):
            return
        raise invalid(
            f"Shape mismatch in tuple component {i}. Expected {shape_text(expected)}, got "
            f"{shape_text(found)}"
        )

    def has_shapes(self, shapes: Sequence[Any]) -> bool:
        return len(shapes) == len(self.shapes) and all(
            a is None
            or b is None
            or len(a) == len(b)
            and all(None in (m, n) or m == n for m, n in zip(a, b, strict=True))
            for a, b in zip(shapes, self.shapes, strict=True)
        )

    def _joined(self, elements: Sequence[Element]) -> Element:
        return tuple(
            _padded([e[i] for e in elements], dtype, shape)
            for i, (dtype, shape) in enumerate(zip(self.dtypes, self.shapes, strict=True))
        )


def _padded(values: Sequence[Any], dtype: DType, shape: Sequence[int | None]) -> Any:
    """Values of different sizes along a new first axis."""
    known = [0 if d is None else d for d in shape]
    sizes = [max((v.shape[i] for v in values), default=d) for i, d in enumerate(known)]
    result: Any
    if dtype.base_dtype in HOST_DTYPES:
        empty: Any = b"" if dtype.base_dtype.name == "string" else 0
        result = np.full((len(values), *sizes), empty, dtype.as_numpy_dtype)
    else:
        result = torch.zeros((len(values), *sizes), dtype=torch_dtype(dtype))
    for i, value in enumerate(values):
        result[(i, *(slice(n) for n in value.shape))] = value[()]
    return result


class _ByPriority:
    """An element in a heap, by its first component alone."""

    __slots__ = ("priority", "element")

    def __init__(self, element: Element) -> None:
        self.priority = int(element[0])
        self.element = element

    def __lt__(self, other: "_ByPriority") -> bool:
        return self.priority < other.priority


class PriorityQueue(Queue):
    """Elements come out by their first component, an int64 scalar, the least first."""

    kind = "PriorityQueue"

    def __init__(
        self,
        name: str,
        capacity: int,
        dtypes: Sequence[DType],
        shapes: Sequence[tuple[int, ...]] = (),
    ) -> None:
        super().__init__(name, capacity, dtypes, shapes)
        # Python's heap breaks ties as that of C++, which TensorFlow has.
        self._elements: list[_ByPriority] = []

    def size(self) -> int:
        return len(self._elements)

    def check_element(self, element: Element) -> None:
        super().check_element(element)
        self._check_priority(tuple(element[0].shape))

    def _check_batch(self, batch: Element) -> None:
        super()._check_batch(batch)
        self._check_priority(tuple(batch[0].shape[1:]))

    @staticmethod
    def _check_priority(shape: tuple[int, ...]) -> None:
        if shape:
            raise invalid(
                "Expected the priority element to be a scalar, but received shape: "
                f"{shape_text(shape)}"
            )

    def _push(self, elements: Sequence[Element]) -> None:
        for element in elements:
            heapq.heappush(self._elements, _ByPriority(element))

    def _pop(self, count: int) -> list[Element]:
        return [heapq.heappop(self._elements).element for _ in range(count)]

    def _take(self, count: int, fewer: bool) -> Steps:
        taken: list[Element] = []
        while len(taken) < count:
            missing, there = count - len(taken), len(self._elements)
            some = fewer and self.closed
            if self.closed and (not there or (not fewer and there < missing)):
                # As in TensorFlow, what an attempt for fewer has taken by now is lost.
                raise self._too_few(missing, there)
            if there < missing and not (there and some):
                yield  # only all at once are in order
                continue
            some = self._pop(min(there, missing))
            taken.extend(some)
            self._moves += len(some)
        return taken
