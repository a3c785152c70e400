"""Tables between strings and their places in a vocabulary."""

from typing import Any

from evergraph.api.arithmetic_ops import cast
from evergraph.api.reduction_ops import range as number_range
from evergraph.api.shapes import size
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.static_value import constant_value
from evergraph.graph.tensor import Tensor
from evergraph.library.lookup.initializers import (
    KeyValueTensorInitializer,
    TextFileIdTableInitializer,
    TextFileIndex,
    TextFileStringTableInitializer,
)
from evergraph.library.lookup.static_tables import StaticHashTableV1
from evergraph.library.lookup.vocabularies import FastHashSpec, IdTableWithHashBuckets


def _check_file(vocabulary_file: Any) -> None:
    if vocabulary_file is None or (isinstance(vocabulary_file, str) and not vocabulary_file):
        raise ValueError("vocabulary_file must be specified and must not be empty.")


def _check_keys(num_oov_buckets: int, dtype: Any) -> None:
    if num_oov_buckets < 0:
        raise ValueError(f"num_oov_buckets must be greater or equal than 0, got {num_oov_buckets}.")
    _check_dtype(dtype)


def _check_dtype(dtype: Any) -> None:
    if not dtype.is_integer and dtype.base_dtype != dtypes.string:
        raise TypeError("Only integer and string keys are supported.")


@export("contrib.lookup.index_table_from_file")
def index_table_from_file(
    vocabulary_file: Any = None,
    num_oov_buckets: int = 0,
    vocab_size: int | None = None,
    default_value: Any = -1,
    hasher_spec: Any = FastHashSpec,
    key_dtype: Any = dtypes.string,
    name: str | None = None,
    key_column_index: int = TextFileIndex.WHOLE_LINE,
    value_column_index: int = TextFileIndex.LINE_NUMBER,
    delimiter: str = "\t",
) -> Any:
    """A table from the lines of a file to their numbers, int64. Stands for
    `tf.contrib.lookup.index_table_from_file`.

    Args:
      vocabulary_file: the file's name, a text or a constant scalar tensor.
      num_oov_buckets: how many buckets there are for other keys.
      vocab_size: how many lines to take; all by default.
      default_value: the number of other keys where there are no buckets.
      hasher_spec: the hash function that chooses buckets.
      key_dtype: the type of the keys, string or an integer type.
      name: the name scope.
      key_column_index: which part of a line is the key: a TextFileIndex or the number of a field.
      value_column_index: which part of a line is the value.
      delimiter: what is between fields.

    Returns:
      The table.

    Raises:
      ValueError: no file, or numbers that cannot be.
      TypeError: keys of other types.
    """
    _check_file(vocabulary_file)
    if num_oov_buckets < 0:
        _check_keys(num_oov_buckets, key_dtype)
    if vocab_size is not None and vocab_size < 1:
        shown = vocabulary_file
        if isinstance(vocabulary_file, Tensor):
            shown = constant_value(vocabulary_file) or "?"
        raise ValueError(
            f"vocab_size must be greater than 0, got {vocab_size}. vocabulary_file: {shown}"
        )
    _check_dtype(key_dtype)
    with name_scope(name, "string_to_index"):
        with name_scope(None, "hash_table"):
            init = TextFileIdTableInitializer(
                vocabulary_file,
                vocab_size=vocab_size,
                key_dtype=dtypes.int64 if key_dtype.is_integer else key_dtype,
                name="table_init",
                key_column_index=key_column_index,
                value_column_index=value_column_index,
                delimiter=delimiter,
            )
            table = StaticHashTableV1(init, default_value)
        return _with_buckets(table, num_oov_buckets, hasher_spec, key_dtype)


def _with_buckets(table: Any, num_oov_buckets: int, hasher_spec: Any, key_dtype: Any) -> Any:
    if not num_oov_buckets:
        return table
    return IdTableWithHashBuckets(
        table, num_oov_buckets=num_oov_buckets, hasher_spec=hasher_spec, key_dtype=key_dtype
    )


def index_table_from_tensor(
    vocabulary_list: Any,
    num_oov_buckets: int = 0,
    default_value: Any = -1,
    hasher_spec: Any = FastHashSpec,
    dtype: Any = dtypes.string,
    name: str | None = None,
) -> Any:
    """As `tf.contrib.lookup.index_table_from_tensor`, whose argument `mapping` is `vocabulary_list`
    here."""
    if vocabulary_list is None:
        raise ValueError("vocabulary_list must be specified.")
    _check_keys(num_oov_buckets, dtype)
    with name_scope(name, "string_to_index"):
        keys = convert_to_tensor(vocabulary_list)
        if keys.dtype.is_integer != dtype.is_integer:
            expected = "integer" if dtype.is_integer else "non-integer"
            raise ValueError(f"Expected {expected}, got {keys.dtype}.")
        if not dtype.is_integer and keys.dtype.base_dtype != dtype:
            raise ValueError(f"Expected {dtype}, got {keys.dtype}.")
        values = cast(number_range(size(keys)), dtypes.int64)
        with name_scope(None, "hash_table"):
            table_keys = cast(keys, dtypes.int64) if keys.dtype.is_integer else keys
            key_type = table_keys.dtype.base_dtype
            init = KeyValueTensorInitializer(
                table_keys, values, key_type, dtypes.int64, name="table_init"
            )
            table = StaticHashTableV1(init, default_value)
        return _with_buckets(table, num_oov_buckets, hasher_spec, dtype)


@export("contrib.lookup.index_to_string_table_from_file")
def index_to_string_table_from_file(
    vocabulary_file: Any,
    vocab_size: int | None = None,
    default_value: Any = "UNK",
    name: str | None = None,
    key_column_index: int = TextFileIndex.LINE_NUMBER,
    value_column_index: int = TextFileIndex.WHOLE_LINE,
    delimiter: str = "\t",
) -> StaticHashTableV1:
    """A table from numbers, int64, to the lines of a file. Stands for
    `tf.contrib.lookup.index_to_string_table_from_file`.

    Args:
      vocabulary_file: the file's name, a text or a constant scalar tensor.
      vocab_size: how many lines to take; all by default.
      default_value: the string of other numbers.
      name: the name scope.
      key_column_index: which part of a line is the key: a TextFileIndex or the number of a field.
      value_column_index: which part of a line is the value.
      delimiter: what is between fields.

    Returns:
      The table.

    Raises:
      ValueError: no file, or a size that cannot be.
    """
    _check_file(vocabulary_file)
    if vocab_size is not None and vocab_size < 1:
        raise ValueError(f"vocab_size must be greater than 0, got {vocab_size}.")
    with name_scope(name, "index_to_string"):
        init = TextFileStringTableInitializer(
            vocabulary_file,
            vocab_size=vocab_size,
            name="table_init",
            key_column_index=key_column_index,
            value_column_index=value_column_index,
            delimiter=delimiter,
        )
        return StaticHashTableV1(init, default_value)


def index_to_string_table_from_tensor(
    vocabulary_list: Any, default_value: Any = "UNK", name: str | None = None
) -> StaticHashTableV1:
    """As `tf.contrib.lookup.index_to_string_table_from_tensor`, whose argument `mapping` is
    `vocabulary_list` here."""
    if vocabulary_list is None:
        raise ValueError("vocabulary_list must be specified.")
    with name_scope(name, "index_to_string"):
        values = convert_to_tensor(vocabulary_list, dtypes.string)
        keys = cast(number_range(size(values)), dtypes.int64)
        init = KeyValueTensorInitializer(
            keys, values, dtypes.int64, dtypes.string, name="table_init"
        )
        return StaticHashTableV1(init, default_value)
