"""Queues filled from arrays, data frames and generators in memory."""

import collections
import itertools
import random
import sys
import types
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from evergraph.api import array_ops, math_ops
from evergraph.api.data_flow_ops import FIFOQueue, QueueBase
from evergraph.api.queue_kinds import PaddingFIFOQueue, RandomShuffleQueue
from evergraph.base import dtypes, errors
from evergraph.base.platform import logging
from evergraph.graph.defaults import name_scope
from evergraph.library.estimator.feeding_queue_runner import _FeedingQueueRunner
from evergraph.library.summary import summary
from evergraph.library.train.queue_runner_impl import add_queue_runner

FeedDict = dict[Any, Any]


def is_data_frame(data: Any) -> bool:
    """Whether it is a pandas.DataFrame; without pandas imported there is none."""
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(data, pandas.DataFrame)


def _fill_array(arr: Any, seq: Any, fillvalue: Any = 0) -> None:
    """Writes nested sequences into an array, and `fillvalue` where they are shorter."""
    if arr.ndim == 1:
        length = len(seq) if hasattr(seq, "__len__") else 0
        arr[:length] = seq
        arr[length:] = fillvalue
        return
    for part, values in itertools.zip_longest(arr, seq, fillvalue=()):
        _fill_array(part, values, fillvalue)


def _pad_if_needed(batch_key_item: Sequence[Any], fillvalue: Any = 0) -> Any:
    """Arrays of different lengths in their last dimension as one array; others as they are.

    Raises:
      ValueError: they differ in another dimension.
    """
    shapes = [item.shape[:-1] if item.shape else -1 for item in batch_key_item]
    if any(shape != shapes[0] for shape in shapes):
        raise ValueError("Array shapes must match.")
    lengths = [item.shape[-1] if item.shape else 0 for item in batch_key_item]
    if len(set(lengths)) == 1:
        return batch_key_item
    padded = np.zeros(
        [len(batch_key_item), *shapes[0], max(lengths)], dtype=batch_key_item[0].dtype
    )
    _fill_array(padded, batch_key_item, fillvalue)
    return padded


def _get_integer_indices_for_next_batch(
    batch_indices_start: int,
    batch_size: int,
    epoch_end: int,
    array_length: int,
    current_epoch: int,
    total_epochs: int | None,
) -> tuple[list[int], int]:
    """The next rows, and how many epochs have ended after them.

    Args:
      batch_indices_start: the first row.
      batch_size: how many are wanted; the last batch has fewer.
      epoch_end: the last row of an epoch.
      array_length: how many rows there are; after the last comes the first.
      current_epoch: how many epochs have ended.
      total_epochs: how many there are, or None for no end.

    Raises:
      OutOfRangeError: all have ended.
    """
    if total_epochs is not None and current_epoch >= total_epochs:
        raise errors.OutOfRangeError(None, None, f"Already emitted {current_epoch} epochs.")
    rows = (np.arange(batch_size) + batch_indices_start) % array_length
    ends = np.flatnonzero(rows == epoch_end)
    if total_epochs is None or current_epoch + len(ends) < total_epochs:
        return rows.tolist(), current_epoch + len(ends)
    last = ends[total_epochs - current_epoch - 1]
    return rows[: last + 1].tolist(), total_epochs


class _RowsFeedFn:
    """Feeds the rows of something in memory, batch by batch.

    Args:
      placeholders: one for the rows' numbers, then one for each column.
      data: where the rows are.
      batch_size: how many rows to feed.
      random_start: whether to begin anywhere.
      seed: for that.
      num_epochs: how often to feed all rows, or None for no end.

    Raises:
      ValueError: there are more or fewer placeholders than columns.
    """

    def __init__(
        self,
        placeholders: Sequence[Any],
        data: Any,
        batch_size: int,
        random_start: bool = False,
        seed: int | None = None,
        num_epochs: int | None = None,
    ) -> None:
        self._placeholders = placeholders
        self._data = data
        self._check()
        self._max = self._length()
        self._batch_size = batch_size
        self._num_epochs = num_epochs
        self._epoch = 0
        random.seed(seed)
        self._trav = random.randrange(self._max) if random_start else 0
        self._epoch_end = (self._trav - 1) % self._max

    def _check(self) -> None:
        columns = self._columns()
        if len(self._placeholders) != columns + 1:
            wanted = columns + self._MISCOUNT
            raise ValueError(f"Expected {wanted} placeholders; got {len(self._placeholders)}.")

    # What TensorFlow's message adds to the number of columns.
    _MISCOUNT = 1

    def _columns(self) -> int:
        raise NotImplementedError

    def _length(self) -> int:
        return len(self._data)

    def _values(self, rows: list[int]) -> list[Any]:
        """The numbers of rows, then their columns."""
        raise NotImplementedError

    def __call__(self) -> FeedDict:
        rows, self._epoch = _get_integer_indices_for_next_batch(
            batch_indices_start=self._trav,
            batch_size=self._batch_size,
            epoch_end=self._epoch_end,
            array_length=self._max,
            current_epoch=self._epoch,
            total_epochs=self._num_epochs,
        )
        self._trav = (rows[-1] + 1) % self._max
        return dict(zip(self._placeholders, self._values(rows), strict=True))


class _ArrayFeedFn(_RowsFeedFn):
    """Rows of an array."""

    def _check(self) -> None:
        if len(self._placeholders) != 2:
            raise ValueError(
                f"_array_feed_fn expects 2 placeholders; got {len(self._placeholders)}."
            )

    def _values(self, rows: list[int]) -> list[Any]:
        return [rows, self._data[rows]]


class _OrderedDictNumpyFeedFn(_RowsFeedFn):
    """Rows of arrays by name. ValueError: they differ in length."""

    _MISCOUNT = 0

    def _columns(self) -> int:
        return len(self._data)

    def _length(self) -> int:
        lengths = {len(column) for column in self._data.values()}
        if len(lengths) != 1:
            raise ValueError("Array lengths must match.")
        return lengths.pop()

    def _values(self, rows: list[int]) -> list[Any]:
        return [rows, *(column[rows] for column in self._data.values())]


class _PandasFeedFn(_RowsFeedFn):
    """Rows of a data frame, with its index for their numbers."""

    def _columns(self) -> int:
        return len(self._data.columns)

    def _values(self, rows: list[int]) -> list[Any]:
        found = self._data.iloc[rows]
        return [found.index.to_numpy(), *(found[column].to_numpy() for column in found.columns)]


class _GeneratorFeedFn:
    """Feeds what a generator gives: dicts of arrays.

    Args:
      placeholders: one for each key, in the keys' order.
      generator: a function that makes the generator, once for each epoch.
      batch_size: after how many arrays, of all keys together, to feed them.
      random_start: there is none.
      seed: for Python's random numbers.
      num_epochs: how often to begin again, or None for no end.
      pad_value: fills arrays up to one length, or None not to.

    Raises:
      ValueError: there are more or fewer placeholders than keys.
    """

    def __init__(
        self,
        placeholders: Sequence[Any],
        generator: Callable[[], Iterator[dict[str, Any]]],
        batch_size: int,
        random_start: bool = False,
        seed: int | None = None,
        num_epochs: int | None = None,
        pad_value: Any = None,
    ) -> None:
        first = next(generator())
        if len(placeholders) != len(first):
            raise ValueError(f"Expected {len(first)} placeholders; got {len(placeholders)}.")
        self._keys = sorted(first)
        self._col_placeholders = placeholders
        self._generator_function = generator
        self._iterator = generator()
        self._batch_size = batch_size
        self._num_epochs = num_epochs
        self._epoch = 0
        self._pad_value = pad_value
        random.seed(seed)

    def _next(self) -> dict[str, Any]:
        try:
            return next(self._iterator)
        except StopIteration:
            self._epoch += 1
            self._iterator = self._generator_function()
            return next(self._iterator)

    def __call__(self) -> FeedDict:
        if self._num_epochs and self._epoch >= self._num_epochs:
            raise errors.OutOfRangeError(None, None, f"Already emitted {self._epoch} epochs.")
        columns: dict[Any, list[Any]] = {}
        size = 0
        while size < self._batch_size:
            row = self._next()
            for placeholder, key in zip(self._col_placeholders, self._keys, strict=True):
                if key not in row:
                    raise KeyError(
                        f"key mismatch between dicts emitted by GenFun Expected {self._keys} "
                        f"keys; got {row.keys()}"
                    )
                columns.setdefault(placeholder, []).append(row[key])
                size += 1
        if self._pad_value is None:
            return {key: np.asarray(items) for key, items in columns.items()}
        return {
            key: np.asarray(_pad_if_needed(items, self._pad_value))
            for key, items in columns.items()
        }


def _kind(data: Any) -> tuple[list[Any], list[Any], Any]:
    """The element types and shapes of a queue for `data`, and what feeds it."""
    if isinstance(data, np.ndarray):
        return [dtypes.int64, dtypes.as_dtype(data.dtype)], [(), data.shape[1:]], _ArrayFeedFn
    if isinstance(data, collections.OrderedDict):
        columns = list(data.values())
        types_ = [dtypes.int64, *(dtypes.as_dtype(column.dtype) for column in columns)]
        return types_, [(), *(column.shape[1:] for column in columns)], _OrderedDictNumpyFeedFn
    if isinstance(data, types.FunctionType):
        first = next(data())
        columns = [first[key] for key in sorted(first)]
        types_ = [dtypes.as_dtype(column.dtype) for column in columns]
        return types_, [column.shape for column in columns], _GeneratorFeedFn
    if is_data_frame(data):
        none = data.iloc[:0]
        # As arrays, since pandas has element types of its own.
        columns = [none.index.to_numpy(), *(none[column].to_numpy() for column in none.columns)]
        types_ = [dtypes.as_dtype(column.dtype) for column in columns]
        return types_, [() for _ in types_], _PandasFeedFn
    raise TypeError(
        "data must be either a numpy array or pandas DataFrame if pandas is installed; got "
        f"{type(data).__name__}"
    )


def _warn_of_threads(shuffle: bool, num_epochs: int | None) -> None:
    """Says what several threads do to the order and number of elements."""
    if num_epochs is not None:
        logging.warning(
            "enqueue_data was called with num_epochs and num_threads > 1. num_epochs is applied "
            "per thread, so this will produce more epochs than you probably intend. If you want "
            "to limit epochs, use one thread."
        )
    if shuffle and num_epochs is not None:
        logging.warning(
            "enqueue_data was called with shuffle=True, num_threads > 1, and num_epochs. This "
            "will create multiple threads, all reading the array/dataframe in order adding to "
            "the same shuffling queue; the results will likely not be sufficiently shuffled."
        )
    if not shuffle:
        logging.warning(
            "enqueue_data was called with shuffle=False and num_threads > 1. This will create "
            "multiple threads, all reading the array/dataframe in order. If you want examples "
            "read in order, use one thread; if you want multiple threads, enable shuffling."
        )


def _enqueue_data(
    data: Any,
    capacity: int,
    shuffle: bool = False,
    min_after_dequeue: float | None = None,
    num_threads: int = 1,
    seed: int | None = None,
    name: str = "enqueue_input",
    enqueue_size: int = 1,
    num_epochs: int | None = None,
    pad_value: Any = None,
) -> QueueBase:
    """A queue of the rows of `data`, each with its number before it, and a queue runner for it.

    Args:
      data: an array, an OrderedDict of arrays, a pandas.DataFrame, or a function that makes a
        generator of dicts (whose elements get no number).
      capacity: how many rows the queue holds.
      shuffle: whether to begin anywhere and to take rows at random.
      min_after_dequeue: how many rows stay in it for that; default: a quarter of `capacity`.
      num_threads: how many threads fill it, each with all rows.
      seed: for shuffling.
      name: a name scope.
      enqueue_size: how many rows a thread enqueues at once.
      num_epochs: how often each thread gives all rows, or None for no end.
      pad_value: for a generator: fills arrays up to the longest of those enqueued together.

    Raises:
      TypeError: `data` is something else.
      NotImplementedError: padding of anything but a generator, or shuffled.
    """
    with name_scope(name):
        types_, shapes, feed_fn_kind = _kind(data)
        padding = {} if pad_value is None else {"pad_value": pad_value}
        if padding and feed_fn_kind is not _GeneratorFeedFn:
            raise NotImplementedError("padding is only available with generator usage")
        if shuffle and padding:
            raise NotImplementedError(
                "padding and shuffling data at the same time is not implemented"
            )
        if num_threads > 1:
            _warn_of_threads(shuffle, num_epochs)
        least = 0
        queue: QueueBase
        if shuffle:
            least = int(capacity / 4 if min_after_dequeue is None else min_after_dequeue)
            queue = RandomShuffleQueue(capacity, least, dtypes=types_, shapes=shapes, seed=seed)
        elif padding:
            shapes = [(*shape[:-1], None) if shape else shape for shape in shapes]
            queue = PaddingFIFOQueue(capacity, dtypes=types_, shapes=shapes)
        else:
            queue = FIFOQueue(capacity, dtypes=types_, shapes=shapes)
        enqueue_ops, feed_fns = [], []
        for i in range(num_threads):
            placeholders = [array_ops.placeholder(found) for found in types_]
            enqueue_ops.append(queue.enqueue_many(placeholders))
            feed_fns.append(
                feed_fn_kind(
                    placeholders,
                    data,
                    enqueue_size,
                    random_start=shuffle,
                    seed=None if seed is None else (i + 1) * seed,
                    num_epochs=num_epochs,
                    **padding,
                )
            )
        add_queue_runner(_FeedingQueueRunner(queue, enqueue_ops, feed_fns=feed_fns))
        _note_fullness(queue, capacity, least)
        return queue


def _note_fullness(queue: QueueBase, capacity: int, least: int) -> None:
    """A summary of how full a queue is, above what always stays in it."""
    room = capacity - least
    above = math_ops.maximum(0, queue.size() - least)
    full = math_ops.cast(above, dtypes.float32) * (1.0 / room)
    summary.scalar(f"queue/{queue.name}fraction_over_{least:d}_of_{room:d}_full", full)
