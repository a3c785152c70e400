"""Arrays, data frames and iterators fed to placeholders, batch by batch."""

import itertools
import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from evergraph.api import creation
from evergraph.base import dtypes
from evergraph.base.deprecation import deprecated
from evergraph.base.platform import logging
from evergraph.library.contrib.learn.pandas_io import (
    extract_pandas_data,
    extract_pandas_labels,
    extract_pandas_matrix,
)

_INSTEAD = "Please use tensorflow/transform or tf.data."


def _mapped(function: Callable[..., Any], first: Any, *others: Any) -> Any:
    """`function` of values, or of those of dicts key by key. Others may lack keys, or be None."""
    if not isinstance(first, dict):
        return function(first, *others)
    rest = [other if isinstance(other, dict) else {} for other in others]
    return {key: function(value, *(o.get(key) for o in rest)) for key, value in first.items()}


def _first(values: Any) -> Any:
    return next(iter(values.values())) if isinstance(values, dict) else values


def _input_shape(shape: Any, batch_size: int) -> list[int]:
    return [batch_size, *(shape[1:] if len(shape) > 1 else [1])]


def _output_shape(shape: Any, classes: int | None, batch_size: int) -> list[int]:
    sizes = list(shape[1:])
    if sizes[:1] == [1]:
        del sizes[0]
    return [batch_size, *sizes, *([classes] if classes is not None and classes > 1 else [])]


def _get_in_out_shape(
    x_shape: Any, y_shape: Any, n_classes: Any, batch_size: int | None = None
) -> tuple[Any, Any, int]:
    """Shapes of a batch's features and labels, and its size: all there is by default."""
    if batch_size is None:
        batch_size = int(_first(x_shape)[0])
    elif batch_size <= 0:
        raise ValueError(f"Invalid batch_size {batch_size}.")
    inputs = _mapped(lambda shape: _input_shape(shape, batch_size), x_shape)
    if y_shape is None:
        return inputs, None, batch_size
    outputs = _mapped(
        lambda shape, classes: _output_shape(shape, classes, batch_size), y_shape, n_classes
    )
    return inputs, outputs, batch_size


def _is_iterable(x: Any) -> bool:
    return hasattr(x, "next") or hasattr(x, "__next__")


@deprecated(None, _INSTEAD)
def setup_train_data_feeder(
    x: Any,
    y: Any,
    n_classes: Any,
    batch_size: int | None = None,
    shuffle: bool = True,
    epochs: int | None = None,
) -> "DataFeeder":
    """A feeder of arrays, data frames or iterators.

    Args:
      x: the features: an array, a dict of them, a data frame, or an iterator of examples.
      y: the labels in the same form, or None.
      n_classes: the number of classes, where labels are to become vectors of zeros and a one; of
        several labels, a dict.
      batch_size: how many examples; default: all.
      shuffle: whether arrays are shuffled.
      epochs: how often arrays are gone through; default: without end.

    Raises:
      ValueError: one is an iterator and the other is not, or the batch size is not positive.
    """
    x = extract_pandas_data(x)
    y = None if y is None else extract_pandas_labels(y)
    if not _is_iterable(x):
        return DataFeeder(x, y, n_classes, batch_size, shuffle=shuffle, epochs=epochs)
    if y is not None and not _is_iterable(y):
        raise ValueError("Both x and y should be iterators for streaming learning to work.")
    return StreamingDataFeeder(x, y, n_classes, batch_size)


@deprecated(None, _INSTEAD)
def setup_predict_data_feeder(x: Any, batch_size: int | None = None) -> Any:
    """The batches of an array, a data frame or an iterator.

    Raises:
      ValueError: the batch size is not positive.
    """
    x = extract_pandas_data(x)
    if batch_size is not None and batch_size <= 0:
        raise ValueError(f"Invalid batch_size {batch_size}.")
    if _is_iterable(x):
        return _stacked(x, batch_size)
    if x.ndim == 1:
        x = x.reshape(-1, 1)
    if batch_size is None:
        return [x]
    return [x[i * batch_size : (i + 1) * batch_size] for i in range(math.ceil(len(x) / batch_size))]


def _stacked(examples: Iterator[Any], batch_size: int | None) -> Iterator[Any]:
    while chunk := list(itertools.islice(examples, batch_size)):
        if isinstance(chunk[0], dict):
            yield {key: np.asmatrix([example[key] for example in chunk]) for key in chunk[0]}
        else:
            yield np.asmatrix(chunk)


@deprecated(None, _INSTEAD)
def setup_processor_data_feeder(x: Any) -> Any:
    """The values of a data frame; anything else as it is."""
    return extract_pandas_matrix(x)


@deprecated(None, "Please convert numpy dtypes explicitly.")
def check_array(array: Any, dtype: Any) -> Any:
    """Arrays and lists as arrays of a type; anything else as it is."""
    return np.asarray(array, dtype) if isinstance(array, (np.ndarray, list)) else array


def _check_dtype(dtype: Any) -> Any:
    if dtypes.as_dtype(dtype) == dtypes.float64:
        logging.warn("float64 is not supported by many models, consider casting to float32.")
    return dtype


def _typed(values: Any) -> Any:
    return values if not hasattr(values, "dtype") else check_array(values, values.dtype)


def _rows(data: Any, indices: Any) -> Any:
    return data.iloc[indices] if hasattr(data, "iloc") else data[indices]


def _features(data: Any, indices: Any) -> Any:
    rows = _rows(data, indices)
    return np.array(rows).reshape(-1, 1) if data.ndim == 1 else rows


def _put(out: Any, i: int, source: Any, classes: int | None) -> None:
    """Puts an example in its row; a class number as a one, where there are classes."""
    if classes is None or classes <= 1:
        out[i] = source if out.ndim > 1 else np.ravel(source)[0]
    elif out.ndim == 2:
        out[i, int(np.ravel(source)[0])] = 1.0
    else:
        for j, value in enumerate(source):
            out[i, j, value] = 1.0


class DataFeeder:
    """Feeds batches of arrays. Stands for
    `tensorflow.contrib.learn.python.learn.learn_io.data_feeder.DataFeeder`.

    Args:
      x: the features: an array or a dict of them.
      y: the labels: an array, a list, a dict of arrays, or None.
      n_classes: as of `setup_train_data_feeder`.
      batch_size: how many examples; default: all.
      shuffle: whether to shuffle, anew for each epoch.
      random_state: the generator that shuffles; default: one with seed 42.
      epochs: after how many epochs feeding raises StopIteration; default: never.
    """

    @deprecated(None, _INSTEAD)
    def __init__(
        self,
        x: Any,
        y: Any,
        n_classes: Any,
        batch_size: int | None = None,
        shuffle: bool = True,
        random_state: Any = None,
        epochs: int | None = None,
    ) -> None:
        self._x = _mapped(_typed, x)
        self._y = None if y is None else _mapped(_typed, np.array(y) if isinstance(y, list) else y)
        several = isinstance(y, dict)
        if n_classes is not None and not several and y is not None:
            self._y = check_array(self._y, np.int64 if n_classes > 1 else np.float32)
        self.n_classes = n_classes
        self.max_epochs = epochs
        self.input_shape, self.output_shape, self._batch_size = _get_in_out_shape(
            _mapped(np.shape, self._x),
            None if y is None else _mapped(np.shape, self._y),
            n_classes,
            batch_size,
        )
        self._input_dtype = _mapped(lambda v: _check_dtype(v.dtype), self._x)
        self._output_dtype: Any = np.float32
        if y is not None:
            self._output_dtype = _mapped(lambda v: _check_dtype(v.dtype), self._y)
        if n_classes is not None and several:
            self._output_dtype.update(dict.fromkeys(n_classes.keys() & y.keys(), np.float32))
        self._shuffle = shuffle
        self.random_state = np.random.RandomState(42) if random_state is None else random_state
        self._count = _first(self._x).shape[0]
        self.indices = self._order()
        self.offset = 0
        self.epoch = 0
        self._epoch_placeholder: Any = None
        self._input_placeholder: Any = None
        self._output_placeholder: Any = None

    def _order(self) -> Any:
        return (
            self.random_state.permutation(self._count) if self._shuffle else np.arange(self._count)
        )

    @property
    def x(self) -> Any:
        """The features."""
        return self._x

    @property
    def y(self) -> Any:
        """The labels."""
        return self._y

    @property
    def shuffle(self) -> bool:
        """Whether to shuffle."""
        return self._shuffle

    @property
    def input_dtype(self) -> Any:
        """The features' types."""
        return self._input_dtype

    @property
    def output_dtype(self) -> Any:
        """The labels' types."""
        return self._output_dtype

    @property
    def batch_size(self) -> int:
        """How many examples a batch has; the last one of an epoch may have fewer."""
        return self._batch_size

    def make_epoch_variable(self) -> Any:
        """A placeholder that is fed the number of the epoch."""
        self._epoch_placeholder = creation.placeholder(dtypes.int32, [1], name="epoch")
        return self._epoch_placeholder

    def input_builder(self) -> tuple[Any, Any]:
        """Makes the placeholders of features and labels."""
        self._input_placeholder = _placeholders(self.input_shape, self._input_dtype, "input")
        self._output_placeholder = _placeholders(self.output_shape, self._output_dtype, "output")
        return self._input_placeholder, self._output_placeholder

    def set_placeholders(self, input_placeholder: Any, output_placeholder: Any) -> None:
        """Feeds these placeholders."""
        self._input_placeholder = input_placeholder
        self._output_placeholder = output_placeholder

    def get_feed_params(self) -> dict[str, int]:
        """Where feeding is."""
        return {"epoch": self.epoch, "offset": self.offset, "batch_size": self._batch_size}

    def get_feed_dict_fn(self) -> Callable[[], dict[str, Any]]:
        """A function that gives the next batch, by the placeholders' names; it raises
        StopIteration at the end."""

        def feed() -> dict[str, Any]:
            if self.max_epochs is not None and self.epoch + 1 > self.max_epochs:
                raise StopIteration
            assert self._input_placeholder is not None
            fed = {}
            if self._epoch_placeholder is not None:
                fed[self._epoch_placeholder.name] = [self.epoch]
            indices = self.indices[self.offset : self.offset + self._batch_size]
            batch = _mapped(lambda v: _features(v, indices), self._x)
            fed.update(_by_name(self._input_placeholder, batch))
            self._advance()
            if self._output_placeholder is not None:
                labels = _mapped(
                    lambda v, shape, dtype, classes: _labels(v, shape, dtype, classes, indices),
                    self._y,
                    self.output_shape,
                    self._output_dtype,
                    self.n_classes,
                )
                fed.update(_by_name(self._output_placeholder, labels))
            return fed

        return feed

    def _advance(self) -> None:
        self.offset += self._batch_size
        if self.offset >= self._count:
            self.indices = self._order()
            self.offset = 0
            self.epoch += 1


def _labels(data: Any, shape: Any, dtype: Any, classes: int | None, indices: Any) -> Any:
    out = np.zeros([len(indices), *shape[1:]], dtype)
    for i, index in enumerate(indices):
        _put(out, i, _rows(data, index), classes)
    return out


def _placeholders(shape: Any, dtype: Any, name: str) -> Any:
    if shape is None:
        return None
    if isinstance(shape, dict):
        return {key: _placeholders(shape[key], dtype[key], f"{name}_{key}") for key in shape}
    return creation.placeholder(dtypes.as_dtype(dtype), [None, *shape[1:]], name=name)


def _by_name(placeholders: Any, values: Any) -> dict[str, Any]:
    if isinstance(placeholders, dict):
        return {placeholder.name: values[key] for key, placeholder in placeholders.items()}
    return {placeholders.name: values}


class StreamingDataFeeder(DataFeeder):
    """Feeds batches of iterators of examples. Stands for
    `tensorflow.contrib.learn.python.learn.learn_io.data_feeder.StreamingDataFeeder`.

    Args:
      x: an iterator of features: arrays or dicts of them.
      y: an iterator of labels: arrays, numbers, lists of one of them, dicts; or None.
      n_classes: as of `setup_train_data_feeder`.
      batch_size: how many examples.
    """

    def __init__(self, x: Any, y: Any, n_classes: Any, batch_size: int | None) -> None:
        first_x = next(x)
        self._x = itertools.chain([first_x], x)
        first_y = None if y is None else next(y)
        self._y = None if y is None else itertools.chain([first_y], y)
        self.n_classes = n_classes
        self.input_shape, self.output_shape, self._batch_size = _get_in_out_shape(
            _mapped(lambda v: [1, *v.shape], first_x),
            None if y is None else _mapped(_shape_in_batch, first_y),
            n_classes,
            batch_size,
        )
        self._input_dtype = _mapped(lambda v: _check_dtype(v.dtype), first_x)
        if n_classes is not None and not isinstance(first_y, dict) and n_classes > 0:
            self._output_dtype = np.float32
        else:
            self._output_dtype = None if y is None else _mapped(_dtype_of, first_y)
        self._input_placeholder = self._output_placeholder = None
        self.stopped = False

    def get_feed_params(self) -> dict[str, int]:
        """The size of batches."""
        return {"batch_size": self._batch_size}

    def get_feed_dict_fn(self) -> Callable[[], dict[str, Any]]:
        """A function that gives the next batch, by the placeholders' names; it raises
        StopIteration at the end."""
        self.stopped = False

        def feed() -> dict[str, Any]:
            features = [] if self.stopped else list(itertools.islice(self._x, self._batch_size))
            if not features:
                self.stopped = True
                raise StopIteration
            self.stopped = len(features) < self._batch_size
            fed = _by_name(
                self._input_placeholder,
                _filled(features, self.input_shape, self._input_dtype, None),
            )
            if self._y is not None:
                labels = list(itertools.islice(self._y, len(features)))
                batch = _filled(labels, self.output_shape, self._output_dtype, self.n_classes)
                fed.update(_by_name(self._output_placeholder, batch))
            return fed

        return feed


def _shape_in_batch(example: Any) -> list[int]:
    return [1, *np.shape(example[0] if isinstance(example, list) else example)]


def _dtype_of(example: Any) -> Any:
    if isinstance(example, list):
        return _dtype_of(example[0])
    if isinstance(example, np.ndarray):
        return example.dtype
    return _check_dtype(np.dtype(type(example)))


def _filled(examples: list[Any], shape: Any, dtype: Any, n_classes: Any) -> Any:
    """Examples as the rows of an array, or of a dict of them."""
    if isinstance(shape, dict):
        classes = n_classes or {}
        return {
            key: _filled([e[key] for e in examples], shape[key], dtype[key], classes.get(key))
            for key in shape
        }
    out = np.zeros([len(examples), *shape[1:]], dtype)
    for i, example in enumerate(examples):
        _put(out, i, example, n_classes)
    return out
