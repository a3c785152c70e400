"""Tables that do not change after they are filled: `tf.lookup.StaticHashTable`."""

import uuid
from typing import Any

from evergraph.base.export import export
from evergraph.graph.apply import apply_op
from evergraph.graph.defaults import name_scope
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Tensor
from evergraph.library.lookup.base import InitializableLookupTableBase


class StaticHashTable(InitializableLookupTableBase):
    """A hash table that is filled once.

    Args:
      initializer: what fills the table, and says its types.
      default_value: the value of keys that are not in the table.
      name: the name of the table's node.
    """

    def __init__(self, initializer: Any, default_value: Any, name: str | None = None) -> None:
        # Without a shared name the table would belong to one node alone.
        shared_name = initializer._shared_name or f"hash_table_{uuid.uuid4()}"
        self._prepare(initializer, shared_name, name)
        super().__init__(default_value, initializer)
        self._value_shape = self._default_value.get_shape()

    def _prepare(self, initializer: Any, shared_name: str, name: str | None) -> None:
        self._initializer = initializer
        self._shared_name = shared_name
        self._name = name or "hash_table"
        self._table_name: str | None = None

    def _create_resource(self) -> Tensor:
        handle: Tensor = apply_op(
            "HashTableV2",
            shared_name=self._shared_name,
            key_dtype=self._initializer.key_dtype,
            value_dtype=self._initializer.value_dtype,
            name=self._name,
        )
        self._table_name = handle.op.name.split("/")[-1]
        return handle

    @property
    def name(self) -> Any:
        """The last part of the name of the table's node."""
        return self._table_name

    def export(self, name: str | None = None) -> tuple[Tensor, Tensor]:
        """All keys and all values of the table."""
        with name_scope(name, f"{self.name}_Export", [self.resource_handle]):
            return self._exported()

    def _exported(self, name: str | None = None) -> tuple[Tensor, Tensor]:
        keys, values = apply_op(
            "LookupTableExportV2",
            self.resource_handle,
            Tkeys=self._key_dtype,
            Tvalues=self._value_dtype,
            name=name,
        )
        values.set_shape(keys.get_shape().concatenate(self._value_shape))
        return keys, values


@export("lookup.StaticHashTable")
class StaticHashTableV1(StaticHashTable):
    """A hash table that is filled once. Stands for `tf.lookup.StaticHashTable`.

    `tf.tables_initializer`, or the table's `initializer`, fills it.

    Args:
      initializer: what fills the table, and says its types.
      default_value: the value of keys that are not in the table.
      name: the name of the table's node.
    """

    @property
    def initializer(self) -> Operation:
        """The operation that fills the table."""
        return self._init_op


class HashTable(StaticHashTableV1):
    """A StaticHashTable whose initializer has its older name too."""

    @property
    def init(self) -> Operation:
        """The operation that fills the table."""
        return self.initializer
