"""Tables that change while a graph runs, and that checkpoints hold."""

import functools
from typing import Any

from evergraph.base.dtypes import DType
from evergraph.base.export import export
from evergraph.graph.apply import apply_op
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import add_to_collection, colocate_with, name_scope
from evergraph.graph.keys import GraphKeys
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Tensor
from evergraph.library.lookup.base import LookupInterface
from evergraph.library.train.saving.saveable_object import SaveableObject, SaveSpec


class TableSaveable(SaveableObject):
    """The keys and values of a table, for savers."""

    def __init__(self, table: Any, name: str) -> None:
        keys, values = table.export()
        specs = [SaveSpec(keys, "", f"{name}-keys"), SaveSpec(values, "", f"{name}-values")]
        super().__init__(table, specs, name)

    def restore(
        self, restored_tensors: Any, restored_shapes: Any, name: str | None = None
    ) -> Operation:
        """Puts the restored entries in the place of the table's."""
        handle = self.op.resource_handle
        with name_scope(name, f"{self.name}_table_restore"), colocate_with(handle):
            keys, values = restored_tensors
            restored: Operation = apply_op("LookupTableImportV2", handle, keys, values)
            return restored


class _MutableTable(LookupInterface):
    """What tables that change share."""

    _Saveable = TableSaveable
    _table_name: str | None
    _default_value: Tensor

    def _set_up(self, default_value: Tensor, name: str, checkpoint: bool) -> None:
        self._default_value = default_value
        self._value_shape = default_value.get_shape()
        self._checkpoint = checkpoint
        self._name = name
        self._shared_name: str | None = None

    def _open(self) -> None:
        """Makes the handle; savers will know of the table."""
        self._resource_handle = self._create_resource()
        if self._checkpoint:
            add_to_collection(GraphKeys.SAVEABLE_OBJECTS, self._Saveable(self, self._name))

    def _made(self, op_type: str, *inputs: Any, **attrs: Any) -> Tensor:
        handle: Tensor = apply_op(
            op_type,
            *inputs,
            shared_name=self._shared_name or "",
            # Workers share what is saved.
            use_node_name_sharing=self._checkpoint and self._shared_name is None,
            value_dtype=self._value_dtype,
            name=self._name,
            **attrs,
        )
        self._table_name = handle.op.name.split("/")[-1]
        return handle

    @property
    def name(self) -> Any:
        """The last part of the name of the table's node."""
        return self._table_name

    def size(self, name: str | None = None) -> Tensor:
        """How many entries the table has, int64."""
        handle = self.resource_handle
        with name_scope(name, f"{self.name}_Size", [handle]), colocate_with(handle):
            return apply_op("LookupTableSizeV2", handle)

    def remove(self, keys: Any, name: str | None = None) -> Operation:
        """Takes out the entries of those of `keys`, a tensor, that are there.

        Raises:
          TypeError: keys of another type.
        """
        if keys.dtype != self._key_dtype:
            self._check_keys(keys)
        inputs = (self.resource_handle, keys, self._default_value)
        with name_scope(name, f"{self.name}_lookup_table_remove", inputs):
            removed: Operation = apply_op("LookupTableRemoveV2", self.resource_handle, keys)
        return removed

    def lookup(self, keys: Any, name: str | None = None) -> Tensor:
        """The values of `keys`; the default value for those that are not in the table.

        Raises:
          TypeError: keys of another type.
        """
        handle = self.resource_handle
        with name_scope(name, f"{self.name}_lookup_table_find", [handle, keys]):
            keys = convert_to_tensor(keys, dtype=self._key_dtype, name="keys")
            with colocate_with(handle):
                return apply_op("LookupTableFindV2", handle, keys, self._default_value)

    def insert(self, keys: Any, values: Any, name: str | None = None) -> Operation:
        """Gives `keys` their `values`, whether they are in the table or not.

        Raises:
          TypeError: keys or values of another type.
        """
        handle = self.resource_handle
        with name_scope(name, f"{self.name}_lookup_table_insert", [handle, keys, values]):
            keys = convert_to_tensor(keys, self._key_dtype, name="keys")
            values = convert_to_tensor(values, self._value_dtype, name="values")
            with colocate_with(handle):
                inserted: Operation = apply_op("LookupTableInsertV2", handle, keys, values)
        return inserted

    def export(self, name: str | None = None) -> tuple[Tensor, Tensor]:
        """All keys and all values; of a DenseHashTable all buckets."""
        handle = self.resource_handle
        scope = name_scope(name, f"{self.name}_lookup_table_export_values", [handle])
        with scope, colocate_with(handle):
            keys, values = apply_op(
                "LookupTableExportV2", handle, Tkeys=self._key_dtype, Tvalues=self._value_dtype
            )
        return keys, values

    def _gather_saveables_for_checkpoint(self) -> dict[str, Any]:
        return {"table": functools.partial(self._Saveable, table=self, name=self._name)}


@export("contrib.lookup.MutableHashTable")
class MutableHashTable(_MutableTable):
    """A hash table that begins empty. Stands for `tf.contrib.lookup.MutableHashTable`.

    Args:
      key_dtype: the type of the keys.
      value_dtype: the type of the values.
      default_value: the value of keys that are not in the table, a scalar or a vector; values have
        its shape.
      name: the name of the table's node.
      checkpoint: whether savers save the table.
    """

    def __init__(
        self,
        key_dtype: DType,
        value_dtype: DType,
        default_value: Any,
        name: str = "MutableHashTable",
        checkpoint: bool = True,
    ) -> None:
        self._set_up(convert_to_tensor(default_value, dtype=value_dtype), name, checkpoint)
        super().__init__(key_dtype, value_dtype)
        self._open()

    def _create_resource(self) -> Tensor:
        if self._value_shape.ndims == 0:
            return self._made("MutableHashTableV2", key_dtype=self._key_dtype)
        return self._made(
            "MutableHashTableOfTensorsV2",
            key_dtype=self._key_dtype,
            value_shape=self._value_shape,
        )


@export("lookup.experimental.DenseHashTable", "contrib.lookup.MutableDenseHashTable")
class DenseHashTable(_MutableTable):
    """A hash table in buckets of a tensor, which begins empty. Stands for
    `tf.lookup.experimental.DenseHashTable`.

    Args:
      key_dtype: the type of the keys.
      value_dtype: the type of the values.
      default_value: the value of keys that are not in the table, a scalar or a vector; values have
        its shape.
      empty_key: stands for buckets that are empty; no key of an entry. Keys have its shape.
      deleted_key: stands for buckets whose entry was removed; another one.
      initial_num_buckets: how many buckets there are at first, a power of 2; 131,072 by default.
      name: the name of the table's node.
      checkpoint: whether savers save the table.
    """

    def __init__(
        self,
        key_dtype: DType,
        value_dtype: DType,
        default_value: Any,
        empty_key: Any,
        deleted_key: Any,
        initial_num_buckets: int | None = None,
        name: str = "MutableDenseHashTable",
        checkpoint: bool = True,
    ) -> None:
        default = convert_to_tensor(default_value, dtype=value_dtype, name="default_value")
        self._set_up(default, name, checkpoint)
        self._initial_num_buckets = initial_num_buckets
        self._empty_key = convert_to_tensor(empty_key, dtype=key_dtype, name="empty_key")
        self._deleted_key = convert_to_tensor(deleted_key, dtype=key_dtype, name="deleted_key")
        super().__init__(key_dtype, value_dtype)
        self._open()

    def _create_resource(self) -> Tensor:
        count = self._initial_num_buckets
        return self._made(
            "MutableDenseHashTableV2",
            self._empty_key,
            self._deleted_key,
            value_shape=self._value_shape,
            **({} if count is None else {"initial_num_buckets": count}),
        )

    def insert_or_assign(self, keys: Any, values: Any, name: str | None = None) -> Operation:
        """As `insert`."""
        return self.insert(keys, values, name)

    def erase(self, keys: Any, name: str | None = None) -> Operation:
        """As `remove`."""
        return self.remove(keys, name)
