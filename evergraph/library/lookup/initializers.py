"""What fills lookup tables: tensors and text files."""

from typing import Any

from evergraph.base import dtypes
from evergraph.base.dtypes import as_dtype
from evergraph.base.export import export
from evergraph.graph.apply import apply_op
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import add_to_collection, name_scope
from evergraph.graph.keys import GraphKeys
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Tensor
from evergraph.library.lookup.base import TableInitializerBase, outside_control_flow
from evergraph.library.train.tracking.tracking import TrackableAsset


@export("lookup.KeyValueTensorInitializer", "contrib.lookup.KeyValueTensorInitializer")
class KeyValueTensorInitializer(TableInitializerBase):
    """Fills a table with `keys` and `values`. Stands for `tf.lookup.KeyValueTensorInitializer`.

    Args:
      keys: the keys, one dimension.
      values: their values.
      key_dtype: the type of the keys, where they are no tensor.
      value_dtype: the type of the values, where they are no tensor.
      name: the name scope of what fills the table; "key_value_init" by default.
    """

    def __init__(
        self,
        keys: Any,
        values: Any,
        key_dtype: Any = None,
        value_dtype: Any = None,
        name: str | None = None,
    ) -> None:
        with outside_control_flow():
            self._keys = convert_to_tensor(keys, dtype=key_dtype, name="keys")
            self._values = convert_to_tensor(values, dtype=value_dtype, name="values")
        self._name = name if name is not None else "key_value_init"
        super().__init__(self._keys.dtype, self._values.dtype)

    def initialize(self, table: Any) -> Operation:
        """The operation that fills `table`.

        Raises:
          TypeError: the table has other types.
        """
        self._check_table(table)
        inputs = (table.resource_handle, self._keys, self._values)
        with name_scope(self._name, values=inputs):
            init_op: Operation = apply_op("LookupTableImportV2", *inputs)
        add_to_collection(GraphKeys.TABLE_INITIALIZERS, init_op)
        return init_op


@export("lookup.TextFileIndex", "contrib.lookup.TextFileIndex")
class TextFileIndex:
    """Parts of a line: its number, from 0, or the whole of it; other indices are those of fields.
    Stands for `tf.lookup.TextFileIndex`."""

    WHOLE_LINE = -2
    LINE_NUMBER = -1


@export("lookup.TextFileInitializer", "contrib.lookup.TextFileInitializer")
class TextFileInitializer(TableInitializerBase):
    """Fills a table with the lines of a text file. Stands for `tf.lookup.TextFileInitializer`.

    Args:
      filename: the file, a text or a scalar string tensor.
      key_dtype: the type of the keys.
      key_index: which part of a line is the key: a TextFileIndex or the number of a field.
      value_dtype: the type of the values.
      value_index: which part of a line is the value.
      vocab_size: how many lines to take; all by default.
      delimiter: what is between fields, one character.
      name: the name scope of what fills the table; "text_file_init" by default.

    Raises:
      ValueError: no filename, or indices, types or a size that cannot be.
    """

    def __init__(
        self,
        filename: Any,
        key_dtype: Any,
        key_index: int,
        value_dtype: Any,
        value_index: int,
        vocab_size: int | None = None,
        delimiter: str = "\t",
        name: str | None = None,
    ) -> None:
        if not isinstance(filename, Tensor) and not filename:
            raise ValueError(f"Filename required for {name}.")
        self._filename_arg = filename
        key_dtype, value_dtype = as_dtype(key_dtype), as_dtype(value_dtype)
        _check_column("Keys", key_index, key_dtype)
        _check_column("Values", value_index, value_dtype)
        if vocab_size is not None and vocab_size <= 0:
            raise ValueError(f"Invalid vocab_size {vocab_size}.")
        self._key_index = key_index
        self._value_index = value_index
        self._vocab_size = vocab_size
        self._delimiter = delimiter
        self._name = name
        self._filename = self._track_trackable(TrackableAsset(filename), "_filename")
        super().__init__(key_dtype, value_dtype)

    def initialize(self, table: Any) -> Operation:
        """The operation that fills `table`.

        Raises:
          TypeError: the table has other types.
        """
        self._check_table(table)
        with name_scope(self._name, "text_file_init", (table.resource_handle,)):
            filename = convert_to_tensor(self._filename, dtypes.string, name="asset_filepath")
            init_op: Operation = apply_op(
                "InitializeTableFromTextFileV2",
                table.resource_handle,
                filename,
                key_index=self._key_index,
                value_index=self._value_index,
                vocab_size=-1 if self._vocab_size is None else self._vocab_size,
                delimiter=self._delimiter,
            )
        add_to_collection(GraphKeys.TABLE_INITIALIZERS, init_op)
        if filename.op.type == "Const":
            add_to_collection(GraphKeys.ASSET_FILEPATHS, filename)
        return init_op

    @property
    def _shared_name(self) -> str:
        size = f"{self._vocab_size}_" if self._vocab_size else ""
        return f"hash_table_{self._filename_arg}_{size}{self._key_index}_{self._value_index}"


def _check_column(what: str, index: int, dtype: Any) -> None:
    """Raises ValueError where a part of a line cannot be of a type."""
    if index < TextFileIndex.WHOLE_LINE:
        raise ValueError(f"Invalid {what.lower()[:-1]} index {index}.")
    expected = None
    if index == TextFileIndex.LINE_NUMBER and dtype != dtypes.int64:
        expected = f"dtype {dtypes.int64}"
    elif index == TextFileIndex.WHOLE_LINE and dtype != dtypes.string:
        if what == "Values":
            expected = f"dtype {dtypes.string}"
        elif not dtype.is_integer:
            expected = "integer or string"
    if expected is not None:
        raise ValueError(f"Signature mismatch. {what} must be {expected}, got {dtype}.")


@export("contrib.lookup.TextFileStringTableInitializer")
class TextFileStringTableInitializer(TextFileInitializer):
    """Fills a table from numbers to strings. Stands for
    `tf.contrib.lookup.TextFileStringTableInitializer`.

    The arguments are those of `TextFileInitializer`; by default the number of a line stands for it.
    """

    def __init__(
        self,
        filename: Any,
        key_column_index: int = TextFileIndex.LINE_NUMBER,
        value_column_index: int = TextFileIndex.WHOLE_LINE,
        vocab_size: int | None = None,
        delimiter: str = "\t",
        name: str = "text_file_string_table_init",
    ) -> None:
        columns = (dtypes.int64, key_column_index, dtypes.string, value_column_index)
        super().__init__(filename, *columns, vocab_size, delimiter, name)


@export("contrib.lookup.TextFileIdTableInitializer")
class TextFileIdTableInitializer(TextFileInitializer):
    """Fills a table from strings, or what `key_dtype` says, to numbers. Stands for
    `tf.contrib.lookup.TextFileIdTableInitializer`.

    The arguments are those of `TextFileInitializer`; by default a line stands for its number.
    """

    def __init__(
        self,
        filename: Any,
        key_column_index: int = TextFileIndex.WHOLE_LINE,
        value_column_index: int = TextFileIndex.LINE_NUMBER,
        vocab_size: int | None = None,
        delimiter: str = "\t",
        name: str = "text_file_id_table_init",
        key_dtype: Any = dtypes.string,
    ) -> None:
        columns = (key_dtype, key_column_index, dtypes.int64, value_column_index)
        super().__init__(filename, *columns, vocab_size, delimiter, name)
