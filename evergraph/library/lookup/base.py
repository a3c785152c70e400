"""What lookup tables and their initializers are; `tf.tables_initializer`."""

import contextlib
from collections.abc import Iterator
from typing import Any

from evergraph.api import grouping
from evergraph.base.deprecation import deprecated
from evergraph.base.dtypes import DType, as_dtype
from evergraph.base.export import export
from evergraph.base.trackable import Trackable
from evergraph.graph.apply import apply_op
from evergraph.graph.composite import SparseTensor
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import get_collection, get_default_graph, init_scope, name_scope
from evergraph.graph.keys import GraphKeys
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Tensor
from evergraph.library.train.tracking.tracking import TrackableResource


@export("initialize_all_tables")
@deprecated(None, "Use `tf.tables_initializer` instead.")
def initialize_all_tables(name: str = "init_all_tables") -> Operation:
    """As `tables_initializer`. Stands for `tf.initialize_all_tables`."""
    return tables_initializer(name)


@export("initializers.tables_initializer", "tables_initializer")
def tables_initializer(name: str = "init_all_tables") -> Operation:
    """An operation that fills all lookup tables of the graph; it does nothing where there are none.
    Stands for `tf.tables_initializer`."""
    initializers = get_collection(GraphKeys.TABLE_INITIALIZERS)
    return grouping.group(*initializers, name=name) if initializers else grouping.no_op(name=name)


@contextlib.contextmanager
def outside_control_flow() -> Iterator[None]:
    """Lifts nodes out of loops and branches, where the graph is in any."""
    if get_default_graph()._get_control_flow_context() is None:
        yield
        return
    with init_scope():
        yield


@export("contrib.lookup.LookupInterface")
class LookupInterface(TrackableResource):
    """A table from keys to values. Stands for `tf.contrib.lookup.LookupInterface`.

    Args:
      key_dtype: the type of the keys.
      value_dtype: the type of the values.
    """

    def __init__(self, key_dtype: Any, value_dtype: Any) -> None:
        self._key_dtype = as_dtype(key_dtype)
        self._value_dtype = as_dtype(value_dtype)
        super().__init__()

    @property
    def key_dtype(self) -> DType:
        """The type of the keys."""
        return self._key_dtype

    @property
    def value_dtype(self) -> DType:
        """The type of the values."""
        return self._value_dtype

    @property
    def name(self) -> Any:
        """The table's name."""
        return NotImplementedError

    def size(self, name: str | None = None) -> Any:
        """How many entries the table has, int64."""
        raise NotImplementedError

    def lookup(self, keys: Any, name: str | None = None) -> Any:
        """The values of keys."""
        raise NotImplementedError

    def _check_keys(self, keys: Any) -> None:
        if keys.dtype.base_dtype != self._key_dtype:
            raise TypeError(
                f"Signature mismatch. Keys must be dtype {self._key_dtype}, got {keys.dtype}."
            )


@export("contrib.lookup.TableInitializerBase")
class TableInitializerBase(Trackable):
    """What fills a table. Stands for `tf.contrib.lookup.TableInitializerBase`.

    Args:
      key_dtype: the type of the keys.
      value_dtype: the type of the values.
    """

    def __init__(self, key_dtype: Any, value_dtype: Any) -> None:
        self._key_dtype = as_dtype(key_dtype)
        self._value_dtype = as_dtype(value_dtype)

    @property
    def key_dtype(self) -> DType:
        """The type of the table's keys."""
        return self._key_dtype

    @property
    def value_dtype(self) -> DType:
        """The type of the table's values."""
        return self._value_dtype

    def initialize(self, table: Any) -> Operation:
        """The operation that fills `table`."""
        raise NotImplementedError

    @property
    def _shared_name(self) -> str:
        """A name for tables that are filled with the same; "" for none."""
        return ""

    def _check_table(self, table: Any) -> None:
        """Raises TypeError where a table has other types."""
        for what, mine, its in (
            ("key", self._key_dtype, table.key_dtype),
            ("value", self._value_dtype, table.value_dtype),
        ):
            if mine.base_dtype != its:
                raise TypeError(f"Invalid {what} dtype, expected {its} but got {mine}.")


@export("contrib.lookup.InitializableLookupTableBase")
class InitializableLookupTableBase(LookupInterface):
    """A table that is filled once. Stands for `tf.contrib.lookup.InitializableLookupTableBase`.

    Args:
      default_value: the value of keys that are not in the table, a scalar.
      initializer: what fills the table, and says its types.
    """

    def __init__(self, default_value: Any, initializer: Any) -> None:
        super().__init__(initializer.key_dtype, initializer.value_dtype)
        self._default_value = convert_to_tensor(default_value, dtype=self._value_dtype)
        self._default_value.get_shape().merge_with([])
        if isinstance(initializer, Trackable):
            self._initializer = self._track_trackable(initializer, "_initializer")
        with init_scope():
            self._resource_handle = self._create_resource()
        with outside_control_flow():
            self._init_op = self._initialize()

    def _initialize(self) -> Any:
        return self._initializer.initialize(self)

    @property
    def default_value(self) -> Tensor:
        """The value of keys that are not in the table."""
        return self._default_value

    def size(self, name: str | None = None) -> Tensor:
        """How many entries the table has, int64; 0 before it is filled."""
        with name_scope(name, f"{self.name}_Size", [self.resource_handle]):
            return apply_op("LookupTableSizeV2", self.resource_handle)

    def lookup(self, keys: Any, name: str | None = None) -> Any:
        """The values of `keys`, a tensor or SparseTensor; the default value for those that are not
        in the table.

        Raises:
          TypeError: keys of another type.
        """
        key_tensor = keys.values if isinstance(keys, SparseTensor) else keys
        self._check_keys(keys)
        inputs = (self.resource_handle, key_tensor, self._default_value)
        with name_scope(name, f"{self.name}_Lookup", inputs):
            values = apply_op("LookupTableFindV2", *inputs)
        values.set_shape(key_tensor.get_shape())
        if isinstance(keys, SparseTensor):
            return SparseTensor(keys.indices, values, keys.dense_shape)
        return values


class InitializableLookupTableBaseV1(InitializableLookupTableBase):
    """A table that knows the operation that fills it."""

    @property
    def initializer(self) -> Operation:
        """The operation that fills the table."""
        return self._init_op
