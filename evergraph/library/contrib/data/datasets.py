"""Datasets as they were in `tf.contrib.data`, before `tf.data`."""

import functools
from collections.abc import Callable
from typing import Any

from evergraph.base.deprecation import deprecated
from evergraph.base.export import export, export_constant
from evergraph.library.data import iterator_ops, readers
from evergraph.library.data.dataset_v1 import DatasetV1, DatasetV1Adapter
from evergraph.library.data.experimental import batching, error_ops, grouping

Iterator = iterator_ops.Iterator
export_constant(__name__, "Iterator", "contrib.data.Iterator")

_SOURCES = "from_tensors from_tensor_slices from_sparse_tensor_slices from_generator range zip"
_SOURCES += " list_files"
_STEPS = "concatenate prefetch repeat shuffle cache take skip shard batch padded_batch flat_map"
_STEPS += " interleave filter unbatch enumerate apply"


@export("contrib.data.Dataset")
class Dataset(DatasetV1Adapter):
    """A dataset whose `map` takes `num_threads` and `output_buffer_size`, with methods that became
    functions for `apply`. Stands for `tf.contrib.data.Dataset` of TensorFlow 1.4.

    Args:
      dataset: another dataset.
    """

    @deprecated(None, "Use `tf.data.Dataset` instead.")
    def __init__(self, dataset: Any) -> None:
        super().__init__(dataset)

    def map(  # type: ignore[override]
        self,
        map_func: Callable[..., Any],
        num_threads: Any = None,
        output_buffer_size: Any = None,
        num_parallel_calls: Any = None,
    ) -> "Dataset":
        """What `map_func` makes of each element.

        Args:
          map_func: takes an element's parts, gives those of another.
          num_threads: the earlier name of `num_parallel_calls`.
          output_buffer_size: how many results may be ready ahead.
          num_parallel_calls: how many calls may run at once.
        """
        calls = num_threads if num_parallel_calls is None else num_parallel_calls
        mapped = super().map(map_func, num_parallel_calls=calls)
        return _kept(mapped if output_buffer_size is None else mapped.prefetch(output_buffer_size))

    def ignore_errors(self) -> "Dataset":
        """The elements that can be made without an error."""
        return self.apply(error_ops.ignore_errors())

    def dense_to_sparse_batch(self, batch_size: Any, row_shape: Any) -> "Dataset":
        """Batches as sparse tensors, of elements of different shapes."""
        return self.apply(batching.dense_to_sparse_batch(batch_size, row_shape))

    def group_by_window(
        self, key_func: Callable[..., Any], reduce_func: Callable[..., Any], window_size: Any
    ) -> "Dataset":
        """What `reduce_func` makes of up to `window_size` elements of the same key."""
        return self.apply(grouping.group_by_window(key_func, reduce_func, window_size))


def _kept(dataset: Any) -> Dataset:
    """The dataset with the methods of this one; no deprecation is told again."""
    kept = Dataset.__new__(Dataset)
    DatasetV1Adapter.__init__(kept, dataset)
    return kept


def _keeping(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def call(*args: Any, **kwargs: Any) -> Dataset:
        return _kept(method(*args, **kwargs))

    return call


for _name in _SOURCES.split():
    setattr(Dataset, _name, staticmethod(_keeping(getattr(DatasetV1, _name))))
for _name in _STEPS.split():
    setattr(Dataset, _name, _keeping(getattr(DatasetV1, _name)))


@export("contrib.data.TextLineDataset")
class TextLineDataset(Dataset):
    """The lines of files; see `tf.data.TextLineDataset`. Stands for
    `tf.contrib.data.TextLineDataset` of TensorFlow 1.4.

    Args:
      filenames: names of files.
      compression_type: "", "ZLIB" or "GZIP".
      buffer_size: has no effect but must not be negative.
    """

    def __init__(
        self, filenames: Any, compression_type: Any = None, buffer_size: Any = None
    ) -> None:
        super().__init__(readers.TextLineDatasetV1(filenames, compression_type, buffer_size))


@export("contrib.data.TFRecordDataset")
class TFRecordDataset(Dataset):
    """The records of files; see `tf.data.TFRecordDataset`. Stands for
    `tf.contrib.data.TFRecordDataset` of TensorFlow 1.4.

    Args:
      filenames: names of files.
      compression_type: "", "ZLIB" or "GZIP".
      buffer_size: has no effect but must not be negative.
    """

    def __init__(
        self, filenames: Any, compression_type: Any = None, buffer_size: Any = None
    ) -> None:
        super().__init__(readers.TFRecordDatasetV1(filenames, compression_type, buffer_size))


@export("contrib.data.FixedLengthRecordDataset")
class FixedLengthRecordDataset(Dataset):
    """The records of files, all of one size; see `tf.data.FixedLengthRecordDataset`. Stands for
    `tf.contrib.data.FixedLengthRecordDataset` of TensorFlow 1.4.

    Args:
      filenames: names of files.
      record_bytes: the size of a record.
      header_bytes, footer_bytes: what is left out at both ends of a file.
      buffer_size: has no effect but must not be negative.
    """

    def __init__(
        self,
        filenames: Any,
        record_bytes: Any,
        header_bytes: Any = None,
        footer_bytes: Any = None,
        buffer_size: Any = None,
    ) -> None:
        super().__init__(
            readers.FixedLengthRecordDatasetV1(
                filenames, record_bytes, header_bytes, footer_bytes, buffer_size
            )
        )
