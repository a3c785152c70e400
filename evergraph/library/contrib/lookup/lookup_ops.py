"""Tables of tf.contrib.lookup that tf.lookup does not have, under their own arguments."""

from typing import Any

from evergraph.base import dtypes
from evergraph.base.deprecation import deprecated
from evergraph.base.export import export
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Tensor
from evergraph.library.lookup import index_tables
from evergraph.library.lookup.base import (
    InitializableLookupTableBase,
    InitializableLookupTableBaseV1,
)
from evergraph.library.lookup.index_tables import index_table_from_file
from evergraph.library.lookup.static_tables import StaticHashTable
from evergraph.library.lookup.vocabularies import FastHashSpec


@export("contrib.lookup.string_to_index_table_from_file")
@deprecated("2017-04-10", "Use `index_table_from_file`.")
def string_to_index_table_from_file(
    vocabulary_file: Any = None,
    num_oov_buckets: int = 0,
    vocab_size: int | None = None,
    default_value: Any = -1,
    hasher_spec: Any = FastHashSpec,
    name: str | None = None,
) -> Any:
    """`index_table_from_file` with strings as keys. Stands for
    `tf.contrib.lookup.string_to_index_table_from_file`."""
    return index_table_from_file(
        vocabulary_file,
        num_oov_buckets,
        vocab_size,
        default_value,
        hasher_spec,
        key_dtype=dtypes.string,
        name=name,
    )


@export("contrib.lookup.string_to_index_table_from_tensor")
@deprecated("2017-04-10", "Use `index_table_from_tensor`.")
def string_to_index_table_from_tensor(
    mapping: Any,
    num_oov_buckets: int = 0,
    default_value: Any = -1,
    hasher_spec: Any = FastHashSpec,
    name: str | None = None,
) -> Any:
    """`index_table_from_tensor` with strings as keys. Stands for
    `tf.contrib.lookup.string_to_index_table_from_tensor`.

    Raises:
      ValueError: no strings.
    """
    with name_scope(name, "string_to_index") as scope:
        mapping = convert_to_tensor(mapping)
    if mapping.dtype.base_dtype != dtypes.string:
        raise ValueError("string_to_index_table_from_tensor requires string.")
    return index_table_from_tensor(mapping, num_oov_buckets, default_value, hasher_spec, name=scope)


@export("contrib.lookup.index_table_from_tensor")
def index_table_from_tensor(
    mapping: Any,
    num_oov_buckets: int = 0,
    default_value: Any = -1,
    hasher_spec: Any = FastHashSpec,
    dtype: Any = dtypes.string,
    name: str | None = None,
) -> Any:
    """A table from the elements of `mapping` to their places in it, int64. Stands for
    `tf.contrib.lookup.index_table_from_tensor`.

    Args:
      mapping: strings or whole numbers, one dimension.
      num_oov_buckets: how many buckets there are for other keys.
      default_value: the number of other keys where there are no buckets.
      hasher_spec: the hash function that chooses buckets.
      dtype: the type of the keys, string or an integer type.
      name: the name scope.

    Returns:
      The table.

    Raises:
      ValueError: no mapping, one of another kind, or a number of buckets that cannot be.
      TypeError: keys of other types.
    """
    if mapping is None:
        raise ValueError("mapping must be specified.")
    return index_tables.index_table_from_tensor(
        mapping, num_oov_buckets, default_value, hasher_spec, dtype, name
    )


@export("contrib.lookup.string_to_index")
@deprecated(
    "2017-01-07",
    "This op will be removed after the deprecation date. Please switch to index_table_from_tensor "
    "and call the lookup method of the returned table.",
)
def string_to_index(
    tensor: Any, mapping: Any, default_value: Any = -1, name: str | None = None
) -> Any:
    """The places of strings in `mapping`, int64; `default_value` for others. Stands for
    `tf.contrib.lookup.string_to_index`."""
    table = index_table_from_tensor(mapping=mapping, default_value=default_value, name=name)
    return table.lookup(tensor)


@export("contrib.lookup.index_to_string_table_from_tensor")
def index_to_string_table_from_tensor(
    mapping: Any, default_value: Any = "UNK", name: str | None = None
) -> Any:
    """A table from places, int64, to the strings there in `mapping`. Stands for
    `tf.contrib.lookup.index_to_string_table_from_tensor`.

    Args:
      mapping: strings, one dimension.
      default_value: the string of other places.
      name: the name scope.

    Returns:
      The table.

    Raises:
      ValueError: no mapping.
    """
    if mapping is None:
        raise ValueError("mapping must be specified.")
    return index_tables.index_to_string_table_from_tensor(mapping, default_value, name)


@export("contrib.lookup.index_to_string")
@deprecated(
    "2017-01-07",
    "This op will be removed after the deprecation date. Please switch to "
    "index_to_string_table_from_tensor and call the lookup method of the returned table.",
)
def index_to_string(
    tensor: Any, mapping: Any, default_value: Any = "UNK", name: str | None = None
) -> Any:
    """The strings at places of `mapping`; `default_value` for others. Stands for
    `tf.contrib.lookup.index_to_string`."""
    table = index_to_string_table_from_tensor(
        mapping=mapping, default_value=default_value, name=name
    )
    return table.lookup(tensor)


@export("contrib.lookup.HashTable")
class HashTable(StaticHashTable, InitializableLookupTableBaseV1):
    """A hash table that is filled once. Stands for `tf.contrib.lookup.HashTable`.

    Args:
      initializer: what fills the table, and says its types.
      default_value: the value of keys that are not in the table.
      shared_name: a name under which several nodes share the table.
      name: the name of the table's node.
    """

    def __init__(
        self,
        initializer: Any,
        default_value: Any,
        shared_name: str | None = None,
        name: str | None = None,
    ) -> None:
        self._prepare(initializer, shared_name or "", name)
        InitializableLookupTableBase.__init__(self, default_value, initializer)
        self._value_shape = self._default_value.get_shape()

    @property
    def init(self) -> Operation:
        """The operation that fills the table."""
        return self.initializer

    def export(self, name: str | None = None) -> tuple[Tensor, Tensor]:
        """All keys and all values of the table."""
        with name_scope(name, f"{self.name}_Export", [self.resource_handle]) as scope:
            return self._exported(scope)
