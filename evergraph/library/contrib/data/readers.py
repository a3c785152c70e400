"""Datasets of files that `tf.data` has under other names: CSV files, files of Examples."""

from typing import Any

from evergraph.base import dtypes
from evergraph.base.deprecation import deprecated
from evergraph.base.export import export
from evergraph.base.tensor_spec import TensorSpec
from evergraph.graph.apply import apply_op
from evergraph.graph.conversion import convert_to_tensor
from evergraph.library.data import readers as core_readers
from evergraph.library.data.dataset_base import DatasetSource
from evergraph.library.data.dataset_v1 import make_one_shot_iterator
from evergraph.library.data.experimental import readers


@export("contrib.data.make_csv_dataset")
@deprecated(None, "Use `tf.data.experimental.make_csv_dataset(...)`.")
def make_csv_dataset(
    file_pattern: Any,
    batch_size: Any,
    column_names: Any = None,
    column_defaults: Any = None,
    label_name: Any = None,
    select_columns: Any = None,
    field_delim: str = ",",
    use_quote_delim: bool = True,
    na_value: str = "",
    header: bool = True,
    num_epochs: Any = None,
    shuffle: bool = True,
    shuffle_buffer_size: Any = 10000,
    shuffle_seed: Any = None,
    prefetch_buffer_size: Any = None,
    num_parallel_reads: Any = None,
    sloppy: bool = False,
    num_rows_for_inference: int | None = 100,
    compression_type: Any = None,
) -> Any:
    """Batches of records of CSV files; arguments as of `tf.data.experimental.make_csv_dataset`.
    Stands for `tf.contrib.data.make_csv_dataset`."""
    return readers.make_csv_dataset(
        file_pattern,
        batch_size,
        column_names,
        column_defaults,
        label_name,
        select_columns,
        field_delim,
        use_quote_delim,
        na_value,
        header,
        num_epochs,
        shuffle,
        shuffle_buffer_size,
        shuffle_seed,
        prefetch_buffer_size,
        num_parallel_reads,
        sloppy,
        num_rows_for_inference,
        compression_type,
    )


@export("contrib.data.read_batch_features")
@deprecated(None, "Use `tf.data.experimental.make_batched_features_dataset(...)`.")
def read_batch_features(
    file_pattern: Any,
    batch_size: Any,
    features: Any,
    reader: Any = core_readers.TFRecordDataset,
    reader_args: Any = None,
    randomize_input: bool = True,
    num_epochs: Any = None,
    capacity: Any = 10000,
) -> Any:
    """The next batch of what is in files of Examples, as tensors by key. Stands for
    `tf.contrib.data.read_batch_features`.

    Args:
      file_pattern: patterns of names.
      batch_size: the size of the batches.
      features: by key, what to parse, as for `tf.parse_example`.
      reader: makes a dataset of Examples of names of files.
      reader_args: further arguments for it.
      randomize_input: whether the order is changed.
      num_epochs: how many times over; None: without end.
      capacity: among how many Examples the order is changed.
    """
    dataset = readers.make_batched_features_dataset(
        file_pattern,
        batch_size,
        features,
        reader=reader,
        reader_args=reader_args,
        shuffle=randomize_input,
        num_epochs=num_epochs,
        shuffle_buffer_size=capacity,
    )
    return make_one_shot_iterator(dataset).get_next()


@export("contrib.data.LMDBDataset")
class LMDBDataset(DatasetSource):
    """The keys and values of LMDB databases, in the order of the keys; two strings an element.
    Stands for `tf.contrib.data.LMDBDataset`.

    Args:
      filenames: string tensor, a scalar or a vector: files, or folders with a file data.mdb.

    Raises:
      InvalidArgumentError: (when run) there is no such file.
      DataLossError: (when run) it is no database of a 64-bit little-endian machine.
    """

    def __init__(self, filenames: Any) -> None:
        names = convert_to_tensor(filenames, dtype=dtypes.string, name="filenames")
        super().__init__(apply_op("LMDBDataset", names, **self._flat_structure))

    @property
    def element_spec(self) -> Any:
        return (TensorSpec([], dtypes.string), TensorSpec([], dtypes.string))
