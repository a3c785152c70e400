"""Datasets of CSV files, of databases, of files of Examples."""

import collections
from collections.abc import Callable
from typing import Any

from evergraph.base import dtypes
from evergraph.base.export import export_constant
from evergraph.base.platform import gfile
from evergraph.base.tensor_spec import TensorSpec
from evergraph.graph.apply import apply_op
from evergraph.graph.constant import constant
from evergraph.graph.conversion import convert_n_to_tensor, convert_to_tensor
from evergraph.graph.tensor import Tensor
from evergraph.library.data import convert, nest
from evergraph.library.data import readers as core_readers
from evergraph.library.data.dataset_base import AUTOTUNE, DatasetSource
from evergraph.library.data.dataset_options import Options
from evergraph.library.data.dataset_v1 import DatasetV1, DatasetV1Adapter
from evergraph.library.data.experimental import (
    csv_inference,
    error_ops,
    interleave_ops,
    parsing_ops,
    shuffle_ops,
)
from evergraph.library.data.functional import MapDataset
from evergraph.library.data.legacy import get_legacy_output_types

_ACCEPTABLE_CSV_TYPES = (
    dtypes.float32,
    dtypes.float64,
    dtypes.int32,
    dtypes.int64,
    dtypes.string,
)
_DEFAULT_READER_BUFFER_SIZE_BYTES = 4 * 1024 * 1024


def _record_default(value: Any) -> Any:
    """A type alone stands for a field that must be there."""
    if not isinstance(value, Tensor) and value in _ACCEPTABLE_CSV_TYPES:
        return constant([], dtype=value)
    return value


def _maybe_shuffle_and_repeat(
    dataset: Any, num_epochs: Any, shuffle: bool, buffer_size: Any, seed: Any
) -> Any:
    if num_epochs != 1 and shuffle:
        return dataset.apply(shuffle_ops.shuffle_and_repeat(buffer_size, num_epochs, seed))
    if shuffle:
        return dataset.shuffle(buffer_size, seed)
    return dataset.repeat(num_epochs) if num_epochs != 1 else dataset


def _get_file_names(file_pattern: Any) -> list[str]:
    """The names of the files that match, in order. ValueError if there are none."""
    if isinstance(file_pattern, list) and not file_pattern:
        raise ValueError("File pattern is empty.")
    patterns = file_pattern if isinstance(file_pattern, list) else [file_pattern]
    names = [name for pattern in patterns for name in gfile.Glob(pattern)]
    if not names:
        raise ValueError(f"No files match {file_pattern}.")
    return sorted(names)


class CsvDatasetV2(DatasetSource):
    """The records of CSV files."""

    def __init__(
        self,
        filenames: Any,
        record_defaults: Any,
        compression_type: Any = None,
        buffer_size: Any = None,
        header: Any = False,
        field_delim: Any = ",",
        use_quote_delim: Any = True,
        na_value: Any = "",
        select_cols: Any = None,
    ) -> None:
        names = convert_to_tensor(filenames, dtype=dtypes.string, name="filenames")
        compression = convert.optional_param_to_tensor(
            "compression_type", compression_type, "", argument_dtype=dtypes.string
        )
        defaults = convert_n_to_tensor(
            [_record_default(d) for d in record_defaults], name="record_defaults"
        )
        buffer = convert.optional_param_to_tensor(
            "buffer_size", buffer_size, _DEFAULT_READER_BUFFER_SIZE_BYTES
        )
        header = convert_to_tensor(header, dtype=dtypes.bool, name="header")
        delimiter = convert_to_tensor(field_delim, dtype=dtypes.string, name="field_delim")
        quotes = convert_to_tensor(use_quote_delim, dtype=dtypes.bool, name="use_quote_delim")
        missing = convert_to_tensor(na_value, dtype=dtypes.string, name="na_value")
        columns = convert.optional_param_to_tensor("select_cols", select_cols, [])
        self._element_spec = tuple(TensorSpec([], d.dtype) for d in defaults)
        super().__init__(
            apply_op(
                "CSVDataset",
                filenames=names,
                record_defaults=defaults,
                buffer_size=buffer,
                header=header,
                output_shapes=self._flat_shapes,
                field_delim=delimiter,
                use_quote_delim=quotes,
                na_value=missing,
                select_cols=columns,
                compression_type=compression,
            )
        )

    @property
    def element_spec(self) -> Any:
        return self._element_spec


class CsvDatasetV1(DatasetV1Adapter):
    """The records of CSV files, each a tuple of its fields. Stands for
    `tf.data.experimental.CsvDataset`.

    Args:
      filenames: a string or a vector of strings.
      record_defaults: for each field its type, or a tensor with what stands for it where it is
        missing.
      compression_type: "", "ZLIB" or "GZIP".
      buffer_size: has no effect but must be positive.
      header: whether the first line of each file is left out.
      field_delim: what separates fields, one character.
      use_quote_delim: whether fields may stand in quotation marks.
      na_value: what else stands for a missing field.
      select_cols: which fields there are, in order; default: all.
    """

    def __init__(
        self,
        filenames: Any,
        record_defaults: Any,
        compression_type: Any = None,
        buffer_size: Any = None,
        header: Any = False,
        field_delim: Any = ",",
        use_quote_delim: Any = True,
        na_value: Any = "",
        select_cols: Any = None,
    ) -> None:
        super().__init__(
            CsvDatasetV2(
                filenames,
                record_defaults,
                compression_type,
                buffer_size,
                header,
                field_delim,
                use_quote_delim,
                na_value,
                select_cols,
            )
        )


def make_csv_dataset_v1(
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
    ignore_errors: bool = False,
) -> Any:
    """Batches of records of CSV files, by the names of the columns. Stands for
    `tf.data.experimental.make_csv_dataset`.

    Args:
      file_pattern: a pattern of names, or several.
      batch_size: the size of the batches.
      column_names: names of the columns; default: the first line of the files.
      column_defaults: as `record_defaults` of CsvDataset; default: types that fit the first rows.
      label_name: the column that stands for itself: elements are pairs then.
      select_columns: names or numbers of the columns to take; default: all.
      field_delim, use_quote_delim, na_value, header, compression_type: as for CsvDataset.
      num_epochs: how many times over; None: without end.
      shuffle, shuffle_buffer_size, shuffle_seed: whether and how the order is changed.
      prefetch_buffer_size: how many batches are made ahead.
      num_parallel_reads: how many files are read in turn.
      sloppy: whether the order may change where a file is slow.
      num_rows_for_inference: how many rows types are found by; None: all.
      ignore_errors: whether records that fail are left out.

    Raises:
      ValueError: columns are not as they are said to be, or no file matches.
    """
    filenames = _get_file_names(file_pattern)
    dataset = DatasetV1.from_tensor_slices(filenames)
    if shuffle:
        dataset = dataset.shuffle(len(filenames), shuffle_seed)
    columns = csv_inference.Columns(
        filenames, field_delim, use_quote_delim, na_value, header, compression_type
    )
    names, defaults, selected = columns.settled(
        column_names,
        None if column_defaults is None else [_record_default(d) for d in column_defaults],
        select_columns,
        num_rows_for_inference,
    )
    if label_name is not None and label_name not in names:
        raise ValueError("`label_name` provided must be one of the columns.")

    def filename_to_dataset(filename: Any) -> Any:
        records: Any = CsvDatasetV1(
            filename,
            record_defaults=defaults,
            field_delim=field_delim,
            use_quote_delim=use_quote_delim,
            na_value=na_value,
            select_cols=selected,
            header=header,
            compression_type=compression_type,
        )
        return records.apply(error_ops.ignore_errors()) if ignore_errors else records

    def map_fn(*columns: Any) -> Any:
        features = collections.OrderedDict(zip(names, columns, strict=False))
        if label_name is None:
            return features
        label = features.pop(label_name)
        return features, label

    dataset = _in_turn(dataset, filename_to_dataset, num_parallel_reads, sloppy)
    dataset = _maybe_shuffle_and_repeat(
        dataset, num_epochs, shuffle, shuffle_buffer_size, shuffle_seed
    )
    dataset = dataset.batch(batch_size=batch_size, drop_remainder=num_epochs is None)
    mapped = MapDataset(dataset, map_fn, use_inter_op_parallelism=False)
    ahead = AUTOTUNE if prefetch_buffer_size is None else prefetch_buffer_size
    return DatasetV1Adapter(mapped.prefetch(ahead))


def _in_turn(dataset: Any, make: Callable[[Any], Any], files: int | None, sloppy: bool) -> Any:
    """Elements of what `make` makes of names, `files` of them in turn."""
    if files == AUTOTUNE:
        options = Options()
        options.experimental_deterministic = not sloppy
        return dataset.interleave(make, num_parallel_calls=files).with_options(options)
    return dataset.apply(
        interleave_ops.parallel_interleave(make, cycle_length=files or 1, sloppy=sloppy)
    )


def make_batched_features_dataset_v1(
    file_pattern: Any,
    batch_size: Any,
    features: Any,
    reader: Any = core_readers.TFRecordDataset,
    label_key: Any = None,
    reader_args: Any = None,
    num_epochs: Any = None,
    shuffle: bool = True,
    shuffle_buffer_size: Any = 10000,
    shuffle_seed: Any = None,
    prefetch_buffer_size: Any = None,
    reader_num_threads: Any = None,
    parser_num_threads: Any = None,
    sloppy_ordering: bool = False,
    drop_final_batch: bool = False,
) -> Any:
    """Batches of what is in files of Examples, by key. Stands for
    `tf.data.experimental.make_batched_features_dataset`.

    Args:
      file_pattern: a pattern of names, or several.
      batch_size: the size of the batches.
      features: features by key, as for `tf.io.parse_example`.
      reader: makes a dataset of a name and `reader_args`.
      label_key: the feature that stands for itself: elements are pairs then.
      num_epochs: how many times over; None: without end.
      shuffle, shuffle_buffer_size, shuffle_seed: whether and how the order is changed.
      prefetch_buffer_size: how many batches are made ahead.
      reader_num_threads: how many files are read in turn.
      parser_num_threads: how many batches are parsed at a time.
      sloppy_ordering: whether the order may change where a file is slow.
      drop_final_batch: whether a smaller last batch is left out.

    Raises:
      ValueError: `label_key` is no feature.
    """
    dataset = DatasetV1.list_files(file_pattern, shuffle=shuffle, seed=shuffle_seed)
    args = reader_args or []
    dataset = _in_turn(
        dataset, lambda filename: reader(filename, *args), reader_num_threads, sloppy_ordering
    )
    if get_legacy_output_types(dataset) == (dtypes.string, dtypes.string):
        # Of keys and values only the values are Examples.
        dataset = MapDataset(dataset, lambda _, v: v, use_inter_op_parallelism=False)
    dataset = _maybe_shuffle_and_repeat(
        dataset, num_epochs, shuffle, shuffle_buffer_size, shuffle_seed
    )
    dataset = dataset.batch(batch_size, drop_remainder=drop_final_batch or num_epochs is None)
    dataset = dataset.apply(
        parsing_ops.parse_example_dataset(
            features, num_parallel_calls=2 if parser_num_threads is None else parser_num_threads
        )
    )
    if label_key:
        if label_key not in features:
            raise ValueError(
                f"The `label_key` provided ({label_key!r}) must be one of the `features` keys."
            )
        dataset = dataset.map(lambda x: (x, x.pop(label_key)))
    ahead = AUTOTUNE if prefetch_buffer_size is None else prefetch_buffer_size
    return DatasetV1Adapter(dataset.prefetch(ahead))


class SqlDatasetV2(DatasetSource):
    """The rows that a query gives."""

    def __init__(
        self, driver_name: Any, data_source_name: Any, query: Any, output_types: Any
    ) -> None:
        driver = convert_to_tensor(driver_name, dtype=dtypes.string, name="driver_name")
        source = convert_to_tensor(data_source_name, dtype=dtypes.string, name="data_source_name")
        query = convert_to_tensor(query, dtype=dtypes.string, name="query")
        self._element_spec = nest.map_structure(lambda t: TensorSpec([], t), output_types)
        super().__init__(apply_op("SqlDataset", driver, source, query, **self._flat_structure))

    @property
    def element_spec(self) -> Any:
        return self._element_spec


class SqlDatasetV1(DatasetV1Adapter):
    """The rows that a query of a database gives. Stands for `tf.data.experimental.SqlDataset`.

    Args:
      driver_name: "sqlite".
      data_source_name: the database's file.
      query: the query.
      output_types: a tuple of the types of the columns.
    """

    def __init__(
        self, driver_name: Any, data_source_name: Any, query: Any, output_types: Any
    ) -> None:
        super().__init__(SqlDatasetV2(driver_name, data_source_name, query, output_types))


CsvDataset = CsvDatasetV1
SqlDataset = SqlDatasetV1
make_batched_features_dataset = make_batched_features_dataset_v1
make_csv_dataset = make_csv_dataset_v1
export_constant(__name__, "make_csv_dataset", "data.experimental.make_csv_dataset")
for _name in ("CsvDataset", "SqlDataset", "make_batched_features_dataset"):
    export_constant(__name__, _name, f"data.experimental.{_name}", f"contrib.data.{_name}")
