"""Tables that give every key a number: those that are not in the vocabulary by their hashes."""

import functools
from collections import namedtuple
from collections.abc import Callable
from typing import Any

from evergraph.api import grouping, string_ops
from evergraph.api.arithmetic_ops import cast, not_equal
from evergraph.api.elementwise_ops import add
from evergraph.api.gathering import where_v2
from evergraph.base import compat, dtypes
from evergraph.base.deprecation import deprecated
from evergraph.base.export import export, export_constant
from evergraph.graph.composite import SparseTensor
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Tensor
from evergraph.library.lookup.base import LookupInterface
from evergraph.library.lookup.static_tables import HashTable


@export("contrib.lookup.HasherSpec")
class HasherSpec(namedtuple("HasherSpec", ["hasher", "key"])):
    """A hash function. Stands for `tf.contrib.lookup.HasherSpec`.

    Attributes:
      hasher: "fasthash", "stronghash" or "legacy".
      key: the key of a strong hash, two ints.
    """

    __slots__ = ()


FastHashSpec = HasherSpec("fasthash", None)
"""FarmHash. Stands for `tf.contrib.lookup.FastHashSpec`."""
export_constant(__name__, "FastHashSpec", "contrib.lookup.FastHashSpec")


@export("contrib.lookup.StrongHashSpec")
class StrongHashSpec(HasherSpec):
    """SipHash with a key of two ints. Stands for `tf.contrib.lookup.StrongHashSpec`.

    Raises:
      ValueError: not two.
      TypeError: no ints.
    """

    __slots__ = ()

    def __new__(cls, key: Any) -> "StrongHashSpec":
        if len(key) != 2:
            raise ValueError(f"key must have size 2, got {len(key)}.")
        if not all(isinstance(k, compat.integral_types) for k in key):
            raise TypeError(f"Invalid key {key}. Must be unsigned integer values.")
        return super().__new__(cls, "stronghash", key)


class _BucketTable(LookupInterface):
    """A table with buckets for keys that it does not hold; `_table` may be None."""

    _table: Any
    _table_name: str | None
    _num_oov_buckets: int

    def _create_resource(self) -> Any:
        return None if self._table is None else self._table._create_resource()

    def _initialize(self) -> Any:
        return _nothing_to_do() if self._table is None else self._table._initialize()

    def _init_operation(self) -> Operation:
        return _nothing_to_do() if self._table is None else self._table._init_op

    @property
    def resource_handle(self) -> Any:
        """The handle of the table of known keys; None where there is none."""
        return None if self._table is None else self._table.resource_handle

    @property
    def name(self) -> Any:
        """The table's name."""
        return self._table_name

    def size(self, name: str | None = None) -> Tensor:
        """How many numbers there are: known keys and buckets, int64."""
        with name_scope(name, f"{self.name}_Size"):
            if self._table:
                known = self._table.size()
            else:
                known = convert_to_tensor(0, dtype=dtypes.int64)
            total: Tensor = known + self._num_oov_buckets
            return total

    def _bucket_function(self) -> Callable[..., Tensor]:
        return string_ops.string_to_hash_bucket_fast

    def lookup(self, keys: Any, name: str | None = None) -> Any:
        """The numbers of `keys`, a tensor or SparseTensor.

        Raises:
          TypeError: keys of another type.
        """
        self._check_keys(keys)
        values = keys.values if isinstance(keys, SparseTensor) else keys
        if self._table and self._table.key_dtype.base_dtype == dtypes.int64:
            values = cast(values, dtypes.int64)
        if self._num_oov_buckets == 0:
            ids = self._table.lookup(values, name=name)
        else:
            with name_scope(name, f"{self.name}_Lookup"):
                ids = self._numbers(values)
        if isinstance(keys, SparseTensor):
            return SparseTensor(keys.indices, ids, keys.dense_shape)
        return ids

    def _numbers(self, values: Tensor) -> Tensor:
        to_bucket = self._bucket_function()
        is_text = values.dtype.base_dtype == dtypes.string
        texts = values if is_text else string_ops.as_string(values)
        buckets = to_bucket(texts, num_buckets=self._num_oov_buckets, name="hash_bucket")
        if not self._table:
            return buckets
        ids = self._table.lookup(values)
        buckets = add(buckets, self._table.size())
        is_known = not_equal(ids, self._table.default_value)
        return where_v2(is_known, ids, buckets)


def _nothing_to_do() -> Operation:
    with name_scope(None, "init"):
        return grouping.no_op()


def _check_key_types(table_dtype: Any, key_dtype: Any, value_dtype: Any, shown: Any) -> None:
    """Raises TypeError where a table of these types cannot be looked up with such keys."""
    supported = (dtypes.int64, dtypes.string)
    if table_dtype not in supported:
        raise TypeError(f"Invalid key dtype, expected one of {supported}, but got {shown}.")
    if table_dtype.is_integer != key_dtype.is_integer:
        expected = "integer" if key_dtype.is_integer else "non-integer"
        raise TypeError(f"Invalid key dtype, expected {expected} but got {table_dtype}.")
    if value_dtype != dtypes.int64:
        raise TypeError(f"Invalid value dtype, expected {dtypes.int64} but got {value_dtype}.")


def _check_key_dtype(dtype: Any) -> None:
    if not dtype.is_integer and dtype != dtypes.string:
        raise TypeError(f"Invalid key_dtype, expected integer or string, got {dtype}.")


@export("contrib.lookup.IdTableWithHashBuckets")
class IdTableWithHashBuckets(_BucketTable):
    """A table of numbers, and buckets for other keys. Stands for
    `tf.contrib.lookup.IdTableWithHashBuckets`.

    A key that the table does not hold gets `hash(key) % num_oov_buckets` + the table's size.

    Args:
      table: a table from int64 or string to int64; None for buckets alone.
      num_oov_buckets: how many buckets there are.
      hasher_spec: the hash function.
      name: the name of the lookups; the table's by default.
      key_dtype: the type of the keys; the table's, or string, by default.

    Raises:
      ValueError: neither a table nor buckets.
      TypeError: types or a hash function that cannot be.
    """

    def __init__(
        self,
        table: Any,
        num_oov_buckets: int,
        hasher_spec: Any = FastHashSpec,
        name: str | None = None,
        key_dtype: Any = None,
    ) -> None:
        name = name.rstrip("/") if name else name
        if table:
            key_dtype = table.key_dtype if key_dtype is None else key_dtype
            _check_key_types(table.key_dtype, key_dtype, table.value_dtype, key_dtype)
            self._table = table
            name = name or self._table.name
        else:
            if num_oov_buckets <= 0:
                raise ValueError("oov_buckets must be > 0 if no table is supplied.")
            key_dtype = dtypes.string if key_dtype is None else key_dtype
            self._table = None
            name = name or "hash_bucket"
        _check_key_dtype(key_dtype)
        self._num_oov_buckets = num_oov_buckets
        if not isinstance(hasher_spec, HasherSpec):
            raise TypeError(f"hasher_spec must be of type HasherSpec, got {hasher_spec}")
        self._hasher_spec = hasher_spec
        self._table_name = name.split("/")[-1] if name else None
        super().__init__(key_dtype, dtypes.int64)

    @property
    def initializer(self) -> Operation:
        """The operation that fills the table."""
        return self._init_operation()

    @property
    @deprecated("2018-12-15", "Use `initializer` instead.")
    def init(self) -> Operation:
        """The older name of `initializer`."""
        return self.initializer

    def _bucket_function(self) -> Callable[..., Tensor]:
        return self._get_string_to_hash_bucket_fn(self._hasher_spec)

    def _get_string_to_hash_bucket_fn(self, hasher_spec: Any) -> Callable[..., Tensor]:
        if not isinstance(hasher_spec, HasherSpec):
            raise TypeError(f"hasher_spec must be of type HasherSpec {hasher_spec}")
        if hasher_spec.hasher == "fasthash":
            return string_ops.string_to_hash_bucket_fast
        if hasher_spec.hasher == "legacy":
            return string_ops.string_to_hash_bucket
        if hasher_spec.hasher == "stronghash":
            return functools.partial(string_ops.string_to_hash_bucket_strong, key=hasher_spec.key)
        raise ValueError(f"Unknown hasher {hasher_spec.hasher}")


class StaticVocabularyTable(_BucketTable):
    """A table of numbers, and buckets by FarmHash for other keys.

    Args:
      initializer: what fills the table; None for buckets alone.
      num_oov_buckets: how many buckets there are, one or more.
      lookup_key_dtype: the type of the keys; the initializer's by default.
      name: the name of the lookups; the table's by default.

    Raises:
      ValueError: no buckets.
      TypeError: types that cannot be.
    """

    def __init__(
        self,
        initializer: Any,
        num_oov_buckets: int,
        lookup_key_dtype: Any = None,
        name: str | None = None,
    ) -> None:
        if num_oov_buckets <= 0:
            raise ValueError("oov_buckets must be > 0.")
        name = name.rstrip("/") if name else name
        if initializer:
            given = initializer.key_dtype
            lookup_key_dtype = given if lookup_key_dtype is None else lookup_key_dtype
            _check_key_types(given, lookup_key_dtype, initializer.value_dtype, given)
            self._table = HashTable(initializer, default_value=-1)
            name = name or self._table.name
        else:
            lookup_key_dtype = dtypes.string
            self._table = None
            name = name or "hash_bucket"
        _check_key_dtype(lookup_key_dtype)
        self._num_oov_buckets = num_oov_buckets
        self._table_name = None if name is None else name.split("/")[-1]
        super().__init__(lookup_key_dtype, dtypes.int64)


@export("lookup.StaticVocabularyTable")
class StaticVocabularyTableV1(StaticVocabularyTable):
    """A table of numbers, and buckets by FarmHash for other keys. Stands for
    `tf.lookup.StaticVocabularyTable`.

    Args:
      initializer: what fills the table; None for buckets alone.
      num_oov_buckets: how many buckets there are, one or more.
      lookup_key_dtype: the type of the keys; the initializer's by default.
      name: the name of the lookups; the table's by default.
    """

    @property
    def initializer(self) -> Operation:
        """The operation that fills the table."""
        return self._init_operation()
