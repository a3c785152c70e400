"""Where the batches of an epoch come from: arrays, datasets, generators."""

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from evergraph.base import nest
from evergraph.base.errors import OutOfRangeError
from evergraph.base.platform import logging
from evergraph.graph.conversion import is_tensor
from evergraph.library.data.dataset_base import DatasetV2
from evergraph.library.data.dataset_v1 import make_initializable_iterator
from evergraph.library.data.experimental.cardinality import cardinality
from evergraph.library.data.iterator_ops import Iterator as DataIterator
from evergraph.library.data.iterator_ops import IteratorV2
from evergraph.library.keras.session import get_session, get_value
from evergraph.library.keras.utils.data_utils import Sequence
from evergraph.library.keras.utils.enqueuers import (
    GeneratorEnqueuer,
    OrderedEnqueuer,
    endless,
)

INFINITE = -1

# The number of examples that logs tell of, how much the batch counts in the mean loss, and what
# runs it.
Batch = tuple[int, int, Callable[[], Any]]


def is_generator(data: Any) -> bool:
    """Whether it is a generator, or a Sequence of Keras."""
    # Iterators of datasets have `__next__`, too, but are not generators.
    return isinstance(data, (Sequence, Iterator)) and not isinstance(
        data, (DataIterator, IteratorV2)
    )


def slices(number: int, size: int) -> Iterator[slice]:
    for start in range(0, number, size):
        yield slice(start, min(start + size, number))


def _chosen(values: Any, which: Any) -> list[Any]:
    return [None if value is None else value[which] for value in values]


class Batches:
    """The batches of each epoch. A derived class defines `each`.

    `steps` is their number, None where it is not known or where `samples` tells.
    """

    steps: Any = None
    samples: Any = None
    batch_size: int | None = None
    use_steps = True
    counts_steps = True
    is_dataset = False
    # The name of the argument that says how many steps there are.
    steps_name = "steps"
    # How many epochs there will be, for a warning.
    epochs = 1
    ran_out = False

    def each(self) -> Iterator[Batch]:
        """The batches of one epoch."""
        raise NotImplementedError

    def again(self) -> None:
        """Begins anew after an epoch, if another one follows."""

    def close(self) -> None:
        """Ends what runs in the background."""

    def warn(self) -> None:
        """Says that there are less batches than steps."""
        what = "dataset" if self.is_dataset else "dataset iterator"
        iterator = "dataset" if self.is_dataset else "iterator"
        to = " to use" if self.is_dataset else " touse"
        logging.warning(
            f"Your {what} ran out of data; interrupting training. Make sure that your {iterator} "
            f"can generate at least `{self.steps_name} * epochs` batches (in this case, "
            f"{self.steps * self.epochs} batches). You may need{to} the repeat() function when "
            "building your dataset."
        )


class ArrayBatches(Batches):
    """Slices of arrays; or with a number of steps all of them each time, as for tensors.

    Args:
      run: what runs a batch: a function of arrays.
      arrays: what is fed.
      batch_size: how many examples a batch has.
      shuffle: whether each epoch has another order; "batch" for another order of batches.
      steps: how many steps an epoch has, or None.
    """

    def __init__(
        self, run: Any, arrays: Any, batch_size: int | None, shuffle: Any, steps: Any
    ) -> None:
        self._run, self._arrays, self._shuffle = run, arrays, shuffle
        self.batch_size = batch_size
        self.steps = steps
        self.use_steps = self.counts_steps = bool(steps)
        known = [a for a in arrays if a is not None]
        self.samples = steps or (int(known[0].shape[0]) if known else None)

    def each(self) -> Iterator[Batch]:
        if self.use_steps:
            for _ in range(self.steps):
                yield 1, 1, lambda: self._run(self._arrays)
            return
        order = self._order()
        parts = list(slices(self.samples, self.batch_size or 32))
        for part in parts:
            # A single batch keeps its order.
            number = part.stop - part.start
            if len(parts) == 1:
                yield number, number, lambda: self._run(self._arrays)
                continue
            arrays = _chosen(self._arrays, order[part])
            yield number, number, lambda arrays=arrays: self._run(arrays)  # type: ignore[misc]

    def _order(self) -> Any:
        order = np.arange(self.samples)
        if self._shuffle == "batch":
            size = self.batch_size or 32
            whole = len(order) // size * size
            rows = order[:whole].reshape(-1, size)
            np.random.shuffle(rows)
            return np.append(rows.flatten(), order[whole:])
        if self._shuffle:
            np.random.shuffle(order)
        return order


def number_of_steps(dataset: Any, steps: Any, name: str) -> Any:
    """The steps given, else the number of a dataset's elements, None if it is not known.

    Raises:
      ValueError: it has no end.
    """
    size = get_value(cardinality(dataset))
    if size == INFINITE and steps is None:
        raise ValueError(
            f"When passing an infinitely repeating dataset, you must specify the `{name}` argument."
        )
    return int(size) if steps is None and size >= 0 else steps


class DatasetBatches(Batches):
    """The elements of a dataset, by nodes of the graph.

    Args:
      dataset: a dataset of batches.
      prepare: makes tensors to feed of an element.
      run: what runs a batch: a function of arrays or tensors.
      steps, name: the argument that says how many steps there are, and its name.
    """

    is_dataset = True

    def __init__(self, dataset: Any, prepare: Any, run: Any, steps: Any, name: str) -> None:
        self._all_of_it = steps is None
        self.steps = self.samples = number_of_steps(dataset, steps, name)
        self.steps_name = name
        self._iterator = make_initializable_iterator(dataset)
        get_session().run(self._iterator.initializer)
        self._tensors = prepare(self._iterator.get_next())
        self._run = run(self._tensors)

    def each(self) -> Iterator[Batch]:
        step = 0
        self.ran_out = False
        while not self.ran_out and (self.steps is None or step < self.steps):
            yield 1, 1, self._next
            step += 1

    def _next(self) -> Any:
        """One step; None, and `ran_out`, at the end."""
        try:
            return self._run(self._tensors)
        except OutOfRangeError:
            self.ran_out = True
            return None

    def again(self) -> None:
        if self._all_of_it:
            self.restart()

    def restart(self) -> None:
        """Begins with the first element again."""
        get_session().run(self._iterator.initializer)


class EagerDatasetBatches(Batches):
    """The elements of a dataset, with eager execution.

    Args:
      dataset: a dataset of batches.
      run: what runs a batch: a function of inputs, targets and weights.
      steps, name: the argument that says how many steps there are, and its name.
    """

    is_dataset = True

    def __init__(self, dataset: Any, run: Any, steps: Any, name: str) -> None:
        self._all_of_it = steps is None
        self._dataset = dataset
        self._run = run
        self.steps = self.samples = number_of_steps(dataset, steps, name)
        self.steps_name = name
        self.restart()

    def each(self) -> Iterator[Batch]:
        self.ran_out = False
        step = 0
        while self.steps is None or step < self.steps:
            element = next(self._elements, None)
            if element is None:
                self.ran_out = True
                yield 0, 0, lambda: None
                return
            parts = nest.map_structure(lambda x: x.numpy() if is_tensor(x) else x, element)
            size = len(nest.flatten(parts)[0])
            yield size, 1, lambda parts=parts: self._run(parts)  # type: ignore[misc]
            step += 1

    def again(self) -> None:
        if self._all_of_it:
            self.restart()

    def restart(self) -> None:
        """Begins with the first element again."""
        self._elements = iter(self._dataset)


class GeneratorBatches(Batches):
    """What a generator, a Sequence or an array in a tuple gives, one after the other.

    Args:
      data: the generator, or inputs, targets and weights as a tuple.
      run: what runs a batch: a function of inputs, targets and weights.
      steps, name: the argument that says how many steps there are, and its name.
      batch_size: for arrays.
      workers, max_queue_size, use_multiprocessing, shuffle: how batches are prepared.
    """

    def __init__(
        self,
        data: Any,
        run: Any,
        steps: Any,
        name: str,
        batch_size: int | None = None,
        workers: int = 1,
        max_queue_size: int = 10,
        use_multiprocessing: bool = False,
        shuffle: bool = False,
    ) -> None:
        self._run = run
        self.steps_name = name
        self.batch_size = batch_size
        self._enqueuer: Any = None
        is_sequence = isinstance(data, Sequence)
        self.counts_steps = True
        if is_sequence:
            steps = len(data) if steps is None else steps
        elif not is_generator(data):
            data = tuple(x for x in data if any(e is not None for e in nest.flatten(x)))
            self.samples = int(nest.flatten(data)[0].shape[0])
            self.counts_steps = False
            if batch_size is None:
                raise ValueError(
                    "When passing input data as arrays, do not specify `steps_per_epoch`/`steps` "
                    "argument. Please use `batch_size` instead."
                )
            steps = math.ceil(self.samples / batch_size)
            data = _slices_of(data, self.samples, batch_size)
        if steps is None:
            what = "steps_per_epoch" if name == "steps_per_epoch" else "steps"
            raise ValueError(f"Please specify the number of steps via the `{what}` argument.")
        if not is_sequence and use_multiprocessing and workers > 1:
            logging.warning(
                "Using a generator with `use_multiprocessing=True` and multiple workers may "
                "duplicate your data. Please consider using the `keras.utils.Sequence` class."
            )
        self.steps = steps
        self.samples = self.samples or steps
        if workers > 0:
            make = OrderedEnqueuer if is_sequence else GeneratorEnqueuer
            order = {"shuffle": shuffle} if is_sequence else {}
            self._enqueuer = make(data, use_multiprocessing=use_multiprocessing, **order)
            self._enqueuer.start(workers=workers, max_queue_size=max_queue_size)
            self._elements = self._enqueuer.get()
        else:
            self._elements = endless(data) if is_sequence else data

    def each(self) -> Iterator[Batch]:
        self.ran_out = False
        for _ in range(self.steps):
            try:
                element = next(self._elements)
            except StopIteration:
                self.ran_out = True
                yield 0, 0, lambda: None
                return
            parts = element if isinstance(element, tuple) else (element,)
            if len(parts) not in (1, 2, 3):
                raise ValueError(
                    "Output of generator should be a tuple of 1 or 2 or 3 elements: (input,) or "
                    f"(input, target) or (input, target, sample_weights). Received {parts}"
                )
            size = self.batch_size = int(nest.flatten(parts)[0].shape[0])
            yield size, 1, lambda parts=parts: self._run(*parts)  # type: ignore[misc]

    def close(self) -> None:
        if self._enqueuer is not None:
            self._enqueuer.stop()


def _slices_of(data: Any, number: int, size: int) -> Iterator[Any]:
    for part in slices(number, size):
        yield nest.map_structure(lambda x, part=part: x[part], data)


def is_dataset(data: Any) -> bool:
    """Whether it is a `tf.data.Dataset`."""
    return isinstance(data, DatasetV2)
