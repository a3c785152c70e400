"""Datasets of what is in files: lines, TFRecords, records of one size."""

from collections.abc import Callable
from typing import Any

from evergraph.api import array_ops
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.base.tensor_shape import TensorShape
from evergraph.base.tensor_spec import TensorSpec
from evergraph.graph.apply import apply_op
from evergraph.graph.conversion import convert_to_tensor
from evergraph.library.data import convert
from evergraph.library.data.dataset_base import AUTOTUNE, DatasetSource, DatasetV2, UnaryDataset
from evergraph.library.data.dataset_spec import DatasetSpec
from evergraph.library.data.dataset_v1 import DatasetV1Adapter
from evergraph.library.data.legacy import get_legacy_output_shapes, get_legacy_output_types
from evergraph.library.data.structured_function import StructuredFunctionWrapper
from evergraph.library.data.transformations import int64

_DEFAULT_READER_BUFFER_SIZE_BYTES = 256 * 1024


def _create_or_validate_filenames_dataset(filenames: Any) -> Any:
    """Names of files as a dataset.

    Raises:
      TypeError: they are a dataset of something else.
    """
    if not isinstance(filenames, DatasetV2):
        filenames = convert_to_tensor(filenames, dtype=dtypes.string)
        filenames = array_ops.reshape(filenames, [-1], name="flat_filenames")
        return DatasetV2.from_tensor_slices(filenames)
    if get_legacy_output_types(filenames) != dtypes.string:
        raise TypeError("`filenames` must be a `tf.data.Dataset` of `tf.string` elements.")
    if not get_legacy_output_shapes(filenames).is_compatible_with(TensorShape([])):
        raise TypeError("`filenames` must be a `tf.data.Dataset` of scalar `tf.string` elements.")
    return filenames


def _create_dataset_reader(
    dataset_creator: Callable[[Any], Any], filenames: Any, num_parallel_reads: int | None = None
) -> Any:
    """The elements of the files, one after the other or several files in turn."""

    def read_one_file(filename: Any) -> Any:
        return dataset_creator(convert_to_tensor(filename, dtypes.string, name="filename"))

    if num_parallel_reads is None:
        return filenames.flat_map(read_one_file)
    if num_parallel_reads == AUTOTUNE:
        return filenames.interleave(read_one_file, num_parallel_calls=num_parallel_reads)
    return ParallelInterleaveDataset(
        filenames, read_one_file, num_parallel_reads, 1, False, None, None
    )


class _Strings(DatasetSource):
    """A dataset of scalar strings."""

    @property
    def element_spec(self) -> Any:
        return TensorSpec([], dtypes.string)


def _compression(compression_type: Any) -> Any:
    return convert.optional_param_to_tensor(
        "compression_type", compression_type, "", argument_dtype=dtypes.string
    )


def _buffer_size(buffer_size: Any) -> Any:
    return convert.optional_param_to_tensor(
        "buffer_size", buffer_size, _DEFAULT_READER_BUFFER_SIZE_BYTES
    )


class _TextLineDataset(_Strings):
    """The lines of one file."""

    def __init__(
        self, filenames: Any, compression_type: Any = None, buffer_size: Any = None
    ) -> None:
        self._filenames = filenames
        super().__init__(
            apply_op(
                "TextLineDataset",
                filenames,
                _compression(compression_type),
                _buffer_size(buffer_size),
            )
        )


class _TFRecordDataset(_Strings):
    """The records of one file."""

    def __init__(
        self, filenames: Any, compression_type: Any = None, buffer_size: Any = None
    ) -> None:
        self._filenames = filenames
        super().__init__(
            apply_op(
                "TFRecordDataset",
                filenames,
                _compression(compression_type),
                _buffer_size(buffer_size),
            )
        )


class _FixedLengthRecordDataset(_Strings):
    """The records of one file, all of one size."""

    def __init__(
        self,
        filenames: Any,
        record_bytes: Any,
        header_bytes: Any = None,
        footer_bytes: Any = None,
        buffer_size: Any = None,
        compression_type: Any = None,
    ) -> None:
        self._filenames = filenames
        record = int64(record_bytes, "record_bytes")
        header = convert.optional_param_to_tensor("header_bytes", header_bytes)
        footer = convert.optional_param_to_tensor("footer_bytes", footer_bytes)
        buffer = _buffer_size(buffer_size)
        compression = _compression(compression_type)
        super().__init__(
            apply_op(
                "FixedLengthRecordDatasetV2",
                filenames,
                header,
                record,
                footer,
                buffer,
                compression,
            )
        )


class ParallelInterleaveDataset(UnaryDataset):
    """Elements of datasets that a function makes in turn, each made ahead."""

    def __init__(
        self,
        input_dataset: Any,
        map_func: Callable[..., Any],
        cycle_length: Any,
        block_length: Any,
        sloppy: Any,
        buffer_output_elements: Any,
        prefetch_input_elements: Any,
    ) -> None:
        self._map_func = StructuredFunctionWrapper(
            map_func, self._transformation_name(), dataset=input_dataset
        )
        if not isinstance(self._map_func.output_structure, DatasetSpec):
            raise TypeError("`map_func` must return a `Dataset` object.")
        self._element_spec = self._map_func.output_structure._element_spec
        super().__init__(
            input_dataset,
            apply_op(
                "ParallelInterleaveDataset",
                input_dataset._variant_tensor,
                self._map_func.function.captured_inputs,
                int64(cycle_length, "cycle_length"),
                int64(block_length, "block_length"),
                convert_to_tensor(sloppy, dtype=dtypes.bool, name="sloppy"),
                convert.optional_param_to_tensor(
                    "buffer_output_elements", buffer_output_elements, 2 * block_length
                ),
                convert.optional_param_to_tensor(
                    "prefetch_input_elements", prefetch_input_elements, 2 * cycle_length
                ),
                f=self._map_func.function,
                **self._flat_structure,
            ),
        )

    def _functions(self) -> list[Any]:
        return [self._map_func]

    @property
    def element_spec(self) -> Any:
        return self._element_spec

    def _transformation_name(self) -> str:
        return "tf.data.experimental.parallel_interleave()"


class TextLineDatasetV2(_Strings):
    """The lines of files."""

    def __init__(
        self,
        filenames: Any,
        compression_type: Any = None,
        buffer_size: Any = None,
        num_parallel_reads: Any = None,
    ) -> None:
        self._filenames = _create_or_validate_filenames_dataset(filenames)
        self._impl = _create_dataset_reader(
            lambda name: _TextLineDataset(name, compression_type, buffer_size),
            self._filenames,
            num_parallel_reads,
        )
        super().__init__(self._impl._variant_tensor)


class TFRecordDatasetV2(_Strings):
    """The records of TFRecord files."""

    def __init__(
        self,
        filenames: Any,
        compression_type: Any = None,
        buffer_size: Any = None,
        num_parallel_reads: Any = None,
    ) -> None:
        self._filenames = _create_or_validate_filenames_dataset(filenames)
        self._arguments = (compression_type, buffer_size, num_parallel_reads)
        self._impl = _create_dataset_reader(
            lambda name: _TFRecordDataset(name, compression_type, buffer_size),
            self._filenames,
            num_parallel_reads,
        )
        super().__init__(self._impl._variant_tensor)

    def _clone(self, filenames: Any = None, *arguments: Any) -> "TFRecordDatasetV2":
        return TFRecordDatasetV2(*_replaced(self, filenames, arguments))

    def _inputs(self) -> list[Any]:
        inputs: list[Any] = self._impl._inputs()
        return inputs


def _replaced(dataset: Any, filenames: Any, arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    given = (*arguments, None, None, None)[:3]
    pairs = zip(given, dataset._arguments, strict=True)
    return (filenames or dataset._filenames, *(a or b for a, b in pairs))


class FixedLengthRecordDatasetV2(_Strings):
    """The records of files, all of one size."""

    def __init__(
        self,
        filenames: Any,
        record_bytes: Any,
        header_bytes: Any = None,
        footer_bytes: Any = None,
        buffer_size: Any = None,
        compression_type: Any = None,
        num_parallel_reads: Any = None,
    ) -> None:
        self._filenames = _create_or_validate_filenames_dataset(filenames)
        self._impl = _create_dataset_reader(
            lambda name: _FixedLengthRecordDataset(
                name, record_bytes, header_bytes, footer_bytes, buffer_size, compression_type
            ),
            self._filenames,
            num_parallel_reads,
        )
        super().__init__(self._impl._variant_tensor)


class _WithFilenames(DatasetV1Adapter):
    """An adapter that tells the names of the files."""

    @property
    def _filenames(self) -> Any:
        return self._dataset._filenames

    @_filenames.setter
    def _filenames(self, value: Any) -> None:
        self._dataset._filenames = value


@export("data.TextLineDataset")
class TextLineDatasetV1(_WithFilenames):
    """The lines of files, scalar strings without line ends. Stands for `tf.data.TextLineDataset`.

    Args:
      filenames: names, or a dataset of names.
      compression_type: "", "ZLIB" or "GZIP".
      buffer_size: has no effect but must not be negative.
      num_parallel_reads: how many files are read in turn; default: one after the other.
    """

    def __init__(
        self,
        filenames: Any,
        compression_type: Any = None,
        buffer_size: Any = None,
        num_parallel_reads: Any = None,
    ) -> None:
        super().__init__(
            TextLineDatasetV2(filenames, compression_type, buffer_size, num_parallel_reads)
        )


@export("data.TFRecordDataset")
class TFRecordDatasetV1(_WithFilenames):
    """The records of TFRecord files, scalar strings. Stands for `tf.data.TFRecordDataset`.

    A run raises DataLossError at a damaged record, after those before it.

    Args:
      filenames: names, or a dataset of names.
      compression_type: "", "ZLIB" or "GZIP".
      buffer_size: has no effect but must not be negative.
      num_parallel_reads: how many files are read in turn; default: one after the other.
    """

    def __init__(
        self,
        filenames: Any,
        compression_type: Any = None,
        buffer_size: Any = None,
        num_parallel_reads: Any = None,
    ) -> None:
        super().__init__(
            TFRecordDatasetV2(filenames, compression_type, buffer_size, num_parallel_reads)
        )

    def _clone(self, filenames: Any = None, *arguments: Any) -> "TFRecordDatasetV1":
        return TFRecordDatasetV1(*_replaced(self._dataset, filenames, arguments))


@export("data.FixedLengthRecordDataset")
class FixedLengthRecordDatasetV1(_WithFilenames):
    """The records of files, all of one size, scalar strings. Stands for
    `tf.data.FixedLengthRecordDataset`.

    Args:
      filenames: names, or a dataset of names.
      record_bytes: the size of a record.
      header_bytes, footer_bytes: what is left out at both ends of a file.
      buffer_size: has no effect but must not be negative.
      compression_type: "", "ZLIB" or "GZIP".
      num_parallel_reads: how many files are read in turn; default: one after the other.
    """

    def __init__(
        self,
        filenames: Any,
        record_bytes: Any,
        header_bytes: Any = None,
        footer_bytes: Any = None,
        buffer_size: Any = None,
        compression_type: Any = None,
        num_parallel_reads: Any = None,
    ) -> None:
        super().__init__(
            FixedLengthRecordDatasetV2(
                filenames,
                record_bytes,
                header_bytes,
                footer_bytes,
                buffer_size,
                compression_type,
                num_parallel_reads,
            )
        )


FixedLengthRecordDataset = FixedLengthRecordDatasetV1
TFRecordDataset = TFRecordDatasetV1
TextLineDataset = TextLineDatasetV1
