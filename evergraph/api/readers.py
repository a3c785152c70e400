"""Readers of files: `tf.TextLineReader` and its like."""

from typing import Any

from evergraph.base import dtypes
from evergraph.base.deprecation import deprecated
from evergraph.base.export import export
from evergraph.formats.tf_record import TFRecordOptions
from evergraph.graph.apply import apply_op
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Tensor

_REPLACED = "Queue-based input pipelines have been replaced by `tf.data`. Use `{}`."


@export("ReaderBase")
class ReaderBase:
    """Gives records of files, whose names it takes from a queue. Stands for `tf.ReaderBase`.

    Args:
      reader_ref: the handle of the reader.
      supports_serialize: whether its state can be kept.
    """

    def __init__(self, reader_ref: Tensor, supports_serialize: bool = False) -> None:
        self._reader_ref = reader_ref
        self._supports_serialize = supports_serialize

    @property
    def reader_ref(self) -> Tensor:
        """The handle of the reader."""
        return self._reader_ref

    @property
    def supports_serialize(self) -> bool:
        """Whether the state can be kept."""
        return self._supports_serialize

    def _apply(self, op_type: str, *args: Any, **kwargs: Any) -> Any:
        """Makes a node of the op's version that the handle is of."""
        version = "V2" if self._reader_ref.dtype == dtypes.resource else ""
        return apply_op(op_type + version, self._reader_ref, *args, **kwargs)

    def _queue_ref(self, queue: Any) -> Tensor:
        handle: Tensor = queue if isinstance(queue, Tensor) else queue.queue_ref
        if self._reader_ref.dtype == dtypes.resource:
            return handle
        return apply_op("FakeQueue", handle)

    def read(self, queue: Any, name: str | None = None) -> Any:
        """The next record: its key and its value, string scalars. Stands for
        `tf.ReaderBase.read`.

        Args:
          queue: a queue of names of files, or its handle.
          name: a name for the node.
        """
        return self._apply("ReaderRead", self._queue_ref(queue), name=name)

    def read_up_to(self, queue: Any, num_records: Any, name: str | None = None) -> Any:
        """Up to so many records: keys and values, string vectors. Stands for
        `tf.ReaderBase.read_up_to`; there may be fewer before the last file's end."""
        return self._apply("ReaderReadUpTo", self._queue_ref(queue), num_records, name=name)

    def num_records_produced(self, name: str | None = None) -> Tensor:
        """How many records the reader gave, an int64 scalar."""
        return self._apply("ReaderNumRecordsProduced", name=name)

    def num_work_units_completed(self, name: str | None = None) -> Tensor:
        """How many files the reader is done with, an int64 scalar."""
        return self._apply("ReaderNumWorkUnitsCompleted", name=name)

    def serialize_state(self, name: str | None = None) -> Tensor:
        """The reader's state, a string scalar; UnimplementedError at run time where the reader's
        state cannot be kept."""
        return self._apply("ReaderSerializeState", name=name)

    def restore_state(self, state: Any, name: str | None = None) -> Operation:
        """Brings a state back."""
        return self._apply("ReaderRestoreState", state, name=name)

    def reset(self, name: str | None = None) -> Operation:
        """Brings the reader back to its beginning."""
        return self._apply("ReaderReset", name=name)


@export("WholeFileReader")
class WholeFileReader(ReaderBase):
    """Gives whole files; the key is a file's name. Stands for `tf.WholeFileReader`."""

    @deprecated(None, _REPLACED.format("tf.data.Dataset.map(tf.read_file)"))
    def __init__(self, name: str | None = None) -> None:
        super().__init__(apply_op("WholeFileReaderV2", name=name), supports_serialize=True)


@export("TextLineReader")
class TextLineReader(ReaderBase):
    """Gives the lines of files, without their ends. Stands for `tf.TextLineReader`.

    Args:
      skip_header_lines: how many lines of each file are left out.
      name: a name for the node.
    """

    @deprecated(None, _REPLACED.format("tf.data.TextLineDataset"))
    def __init__(self, skip_header_lines: int | None = None, name: str | None = None) -> None:
        lines = skip_header_lines or 0
        super().__init__(apply_op("TextLineReaderV2", skip_header_lines=lines, name=name))


@export("FixedLengthRecordReader")
class FixedLengthRecordReader(ReaderBase):
    """Gives records of one size. Stands for `tf.FixedLengthRecordReader`.

    Args:
      record_bytes: the size of a record.
      header_bytes, footer_bytes: what is left out at both ends of a file.
      hop_bytes: from one record's start to the next; default: the size.
      name: a name for the node.
      encoding: how the files are compressed: "ZLIB", "GZIP" or "".
    """

    @deprecated(None, _REPLACED.format("tf.data.FixedLengthRecordDataset"))
    def __init__(
        self,
        record_bytes: int,
        header_bytes: int | None = None,
        footer_bytes: int | None = None,
        hop_bytes: int | None = None,
        name: str | None = None,
        encoding: str | None = None,
    ) -> None:
        handle = apply_op(
            "FixedLengthRecordReaderV2",
            record_bytes=record_bytes,
            header_bytes=header_bytes or 0,
            footer_bytes=footer_bytes or 0,
            hop_bytes=hop_bytes or 0,
            encoding=encoding or "",
            name=name,
        )
        super().__init__(handle)


@export("TFRecordReader")
class TFRecordReader(ReaderBase):
    """Gives the records of TFRecord files. Stands for `tf.TFRecordReader`.

    Args:
      name: a name for the node.
      options: TFRecordOptions, or what these take as compression type.
    """

    @deprecated(None, _REPLACED.format("tf.data.TFRecordDataset"))
    def __init__(self, name: str | None = None, options: Any = None) -> None:
        kind = TFRecordOptions.get_compression_type_string(options)
        super().__init__(apply_op("TFRecordReaderV2", compression_type=kind, name=name))


@export("LMDBReader")
class LMDBReader(ReaderBase):
    """Gives the entries of LMDB databases, in the order of their keys. Stands for
    `tf.LMDBReader`.

    Args:
      name: a name for the node.
      options: kept for its name.
    """

    @deprecated(None, _REPLACED.format("tf.contrib.data.LMDBDataset"))
    def __init__(self, name: str | None = None, options: Any = None) -> None:
        super().__init__(apply_op("LMDBReader", name=name))


@export("IdentityReader")
class IdentityReader(ReaderBase):
    """Gives what it takes from the queue, as key and as value. Stands for `tf.IdentityReader`."""

    @deprecated(None, _REPLACED.format("tf.data.Dataset.map(...)"))
    def __init__(self, name: str | None = None) -> None:
        super().__init__(apply_op("IdentityReaderV2", name=name), supports_serialize=True)
