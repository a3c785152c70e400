"""TFRecord files under their public names: `tf.python_io` and `tf.io`."""

from collections.abc import Iterator
from typing import Any

from evergraph.base import compat
from evergraph.base.deprecation import deprecated, deprecated_endpoints
from evergraph.base.export import export
from evergraph.formats.records import WINDOW_BITS, RecordWriter, ZlibSettings, read_records


@export("io.TFRecordCompressionType", "python_io.TFRecordCompressionType")
@deprecated_endpoints("io.TFRecordCompressionType", "python_io.TFRecordCompressionType")
class TFRecordCompressionType:
    """How records are compressed. Stands for `tf.python_io.TFRecordCompressionType`."""

    NONE = 0
    ZLIB = 1
    GZIP = 2


@export("io.TFRecordOptions", "python_io.TFRecordOptions")
@deprecated_endpoints("python_io.TFRecordOptions")
class TFRecordOptions:
    """How a file of records is compressed. Stands for `tf.io.TFRecordOptions`.

    Args:
      compression_type: "GZIP", "ZLIB", "" or None, or a TFRecordCompressionType.
      flush_mode, window_bits, compression_level, compression_method, mem_level,
        compression_strategy: zlib's settings, for writing; default: zlib's.
      input_buffer_size: how much a writer collects before it compresses.
      output_buffer_size: kept for its name; it changes no file.

    Raises:
      ValueError: no such compression.
    """

    compression_type_map = {
        TFRecordCompressionType.ZLIB: "ZLIB",
        TFRecordCompressionType.GZIP: "GZIP",
        TFRecordCompressionType.NONE: "",
    }

    def __init__(
        self,
        compression_type: Any = None,
        flush_mode: int | None = None,
        input_buffer_size: int | None = None,
        output_buffer_size: int | None = None,
        window_bits: int | None = None,
        compression_level: int | None = None,
        compression_method: int | None = None,
        mem_level: int | None = None,
        compression_strategy: int | None = None,
    ) -> None:
        self.get_compression_type_string(compression_type)  # complains of an unknown one
        self.compression_type = compression_type
        self.flush_mode = flush_mode
        self.input_buffer_size = input_buffer_size
        self.output_buffer_size = output_buffer_size
        self.window_bits = window_bits
        self.compression_level = compression_level
        self.compression_method = compression_method
        self.mem_level = mem_level
        self.compression_strategy = compression_strategy

    @classmethod
    def get_compression_type_string(cls, options: Any) -> str:
        """ "GZIP", "ZLIB" or "" for options, a TFRecordCompressionType or such a string.

        Raises:
          ValueError: it is none of these.
        """
        if not options:
            return ""
        if isinstance(options, TFRecordOptions):
            return cls.get_compression_type_string(options.compression_type)
        if options in cls.compression_type_map:
            return cls.compression_type_map[options]
        if options in cls.compression_type_map.values():
            return str(options)
        raise ValueError(f'Not a valid compression_type: "{options}"')

    def _zlib_settings(self) -> ZlibSettings | None:
        """What zlib is told, or None where there is no compression."""
        kind = self.get_compression_type_string(self.compression_type)
        if not kind:
            return None
        settings = {"window_bits": WINDOW_BITS[kind]}
        for name in ZlibSettings.__dataclass_fields__:
            if getattr(self, name) is not None:
                settings[name] = getattr(self, name)
        return ZlibSettings(**settings)


@export("io.tf_record_iterator", "python_io.tf_record_iterator")
@deprecated(None, "Use eager execution and: \n`tf.data.TFRecordDataset(path)`")
def tf_record_iterator(path: str | bytes, options: Any = None) -> Iterator[bytes]:
    """The records of a file, one by one. Stands for `tf.python_io.tf_record_iterator`.

    Args:
      path: the file.
      options: TFRecordOptions, or what these take as compression type.

    Raises:
      DataLossError: a record is damaged; those before it were given.
    """
    kind = TFRecordOptions.get_compression_type_string(options)
    yield from read_records(compat.as_text(path), kind)


@export("io.TFRecordWriter", "python_io.TFRecordWriter")
@deprecated_endpoints("python_io.TFRecordWriter")
class TFRecordWriter:
    """Writes a file of records; closed at the end of a `with` block. Stands for
    `tf.io.TFRecordWriter`.

    Args:
      path: the file; what it held is lost.
      options: TFRecordOptions, or what these take as compression type.

    Raises:
      ValueError: no such compression.
    """

    def __init__(self, path: str | bytes, options: Any = None) -> None:
        if not isinstance(options, TFRecordOptions):
            options = TFRecordOptions(compression_type=options)
        self._writer = RecordWriter(compat.as_text(path), options._zlib_settings())

    def __enter__(self) -> "TFRecordWriter":
        return self

    def __exit__(self, unused_type: Any, unused_value: Any, unused_traceback: Any) -> None:
        self.close()

    def write(self, record: bytes | None) -> None:
        """Adds a record; None is an empty one.

        Raises:
          TypeError: it is not bytes.
          FailedPreconditionError: the file was closed.
        """
        if record is None:
            record = b""
        if not isinstance(record, bytes):
            raise TypeError(f"expected bytes, {type(record).__name__} found")
        self._writer.write(record)

    def flush(self) -> None:
        """Hands what was written to the operating system."""
        self._writer.flush()

    def close(self) -> None:
        """Writes what is left and closes the file."""
        self._writer.close()
