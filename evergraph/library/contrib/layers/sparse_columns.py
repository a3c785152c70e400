"""Feature columns before `tf.feature_column`: categories, and vectors of them."""

import collections
from typing import Any

from evergraph.api import array_ops, math_ops, parsing_features, sparse_ops, string_ops
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.base.tensor_shape import TensorShape
from evergraph.graph.composite import SparseTensor
from evergraph.library.contrib.layers.feature_column import (
    _FeatureColumn,
    _LinearEmbeddingLookupArguments,
    _reshape_real_valued_tensor,
    wide_lookup,
)
from evergraph.library.contrib.layers.shaping import _inner_flatten
from evergraph.library.contrib.layers.sparse_ops import dense_to_sparse_tensor
from evergraph.library.feature_column.columns import CategoricalColumn, DenseColumn
from evergraph.library.lookup import index_tables

_SparseIdLookupConfig = collections.namedtuple(
    "_SparseIdLookupConfig",
    ["vocabulary_file", "keys", "num_oov_buckets", "vocab_size", "default_value"],
    defaults=[None, None, 0, None, -1],
)


class _SparseColumn(
    _FeatureColumn,
    CategoricalColumn,
    collections.namedtuple(
        "_SparseColumn",
        ["column_name", "is_integerized", "bucket_size", "lookup_config", "combiner", "dtype"],
    ),
):
    """Numbers of categories."""

    def __new__(
        cls,
        column_name: str,
        is_integerized: bool = False,
        bucket_size: int | None = None,
        lookup_config: Any = None,
        combiner: str = "sum",
        dtype: Any = dtypes.string,
    ) -> "_SparseColumn":
        if is_integerized and bucket_size is None:
            raise ValueError(
                "bucket_size must be set if is_integerized is True. column_name: " + column_name
            )
        if is_integerized and not dtype.is_integer:
            raise ValueError(
                f"dtype must be an integer if is_integerized is True. dtype: {dtype}, column_name: "
                f"{column_name}."
            )
        if dtype != dtypes.string and not dtype.is_integer:
            raise ValueError(
                f"dtype must be string or integer. dtype: {dtype}, column_name: {column_name}"
            )
        if bucket_size is None and lookup_config is None:
            raise ValueError(
                "one of bucket_size or lookup_config must be set. column_name: " + column_name
            )
        if bucket_size is not None and bucket_size < 1:
            raise ValueError(
                f"bucket_size must be at least 1. bucket_size: {bucket_size}, column_name: "
                f"{column_name}"
            )
        return super().__new__(
            cls, column_name, is_integerized, bucket_size, lookup_config, combiner, dtype
        )

    @property
    def name(self) -> str:
        """The feature's name."""
        return self.column_name

    @property
    def length(self) -> int:
        """How many categories there are."""
        if self.bucket_size is not None:
            return self.bucket_size
        return self.lookup_config.vocab_size + self.lookup_config.num_oov_buckets

    @property
    def _num_buckets(self) -> int:
        return self.length

    @property
    def config(self) -> dict[str, Any]:
        """As of _FeatureColumn."""
        return {self.column_name: parsing_features.VarLenFeature(self.dtype)}

    def id_tensor(self, input_tensor: Any) -> Any:
        """The ids of what the column made."""
        return input_tensor

    def weight_tensor(self, input_tensor: Any) -> Any:
        """None: there are no weights."""
        return None

    def _transform_feature(self, inputs: Any) -> Any:
        values = inputs.get(self.name)
        if not isinstance(values, SparseTensor):
            nothing = "" if values.dtype == dtypes.string else -1
            values = _reshape_real_valued_tensor(values, 2, self.name)
            values = dense_to_sparse_tensor(values, ignore_value=nothing)
        return self._do_transform(values)

    def _do_transform(self, values: SparseTensor) -> SparseTensor:
        raise NotImplementedError

    def is_compatible(self, other_column: Any) -> bool:
        """Whether another column has the same categories, as far as that can be told."""
        if self.lookup_config and other_column.lookup_config:
            return self.lookup_config == other_column.lookup_config
        same_kind = self.dtype.is_integer and other_column.dtype.is_integer
        same_kind = same_kind or self.dtype == other_column.dtype
        compatible = self.length == other_column.length and same_kind
        if compatible:
            logging.warn(
                f"Column {self.name} and {other_column.name} may not have the same vocabulary."
            )
        return compatible

    def _to_dnn_input_layer(
        self,
        input_tensor: Any,
        weight_collections: Any = None,
        trainable: bool = True,
        output_rank: int = 2,
    ) -> Any:
        raise ValueError(
            "SparseColumn is not supported in DNN. Please use embedding_column or one_hot_column. "
            f"column: {self}"
        )

    def _wide_embedding_lookup_arguments(
        self, input_tensor: Any
    ) -> _LinearEmbeddingLookupArguments:
        return wide_lookup(input_tensor, None, self.length, self.combiner)


class _SparseColumnIntegerized(_SparseColumn):
    """Numbers themselves, modulo a number."""

    def _do_transform(self, values: SparseTensor) -> SparseTensor:
        ids = math_ops.mod(values.values, self.bucket_size, name="mod")
        return SparseTensor(values.indices, ids, values.dense_shape)


class _SparseColumnHashed(_SparseColumn):
    """Hashes."""

    hash_keys: Any = None

    def _do_transform(self, values: SparseTensor) -> SparseTensor:
        texts = values.values
        if self.dtype.is_integer:
            texts = string_ops.as_string(texts)
        if not self.hash_keys:
            ids = string_ops.string_to_hash_bucket_fast(texts, self.bucket_size, name="lookup")
            return SparseTensor(values.indices, ids, values.dense_shape)
        found = []
        for key in self.hash_keys:
            ids = string_ops.string_to_hash_bucket_strong(texts, self.bucket_size, key)
            found.append(SparseTensor(values.indices, ids, values.dense_shape))
        return sparse_ops.sparse_concat(axis=1, sp_inputs=found, name="lookup")


class _SparseColumnKeys(_SparseColumn):
    """Places in a list."""

    def _do_transform(self, values: SparseTensor) -> SparseTensor:
        table = index_tables.index_table_from_tensor(
            tuple(self.lookup_config.keys),
            default_value=self.lookup_config.default_value,
            dtype=self.dtype,
            name="lookup",
        )
        return table.lookup(values)


class _SparseColumnVocabulary(_SparseColumn):
    """Lines of a file."""

    def _do_transform(self, values: SparseTensor) -> SparseTensor:
        if self.dtype.is_integer:
            texts = string_ops.as_string(values.values)
            values = SparseTensor(values.indices, texts, values.dense_shape)
        table = index_tables.index_table_from_file(
            vocabulary_file=self.lookup_config.vocabulary_file,
            num_oov_buckets=self.lookup_config.num_oov_buckets,
            vocab_size=self.lookup_config.vocab_size,
            default_value=self.lookup_config.default_value,
            name=f"{self.name}_lookup",
        )
        return table.lookup(values)


@export("contrib.layers.sparse_column_with_integerized_feature")
def sparse_column_with_integerized_feature(
    column_name: str, bucket_size: int, combiner: str = "sum", dtype: Any = dtypes.int64
) -> Any:
    """A column of integers modulo `bucket_size`. Stands for
    `tf.contrib.layers.sparse_column_with_integerized_feature`.

    Args:
      column_name: the feature's name.
      bucket_size: how many categories there are.
      combiner: "sum", "mean" or "sqrtn": how several of an example come together.
      dtype: the type of the feature.

    Raises:
      ValueError: an argument is impossible.
    """
    return _SparseColumnIntegerized(column_name, True, bucket_size, None, combiner, dtype)


@export("contrib.layers.sparse_column_with_hash_bucket")
def sparse_column_with_hash_bucket(
    column_name: str,
    hash_bucket_size: int,
    combiner: str = "sum",
    dtype: Any = dtypes.string,
    hash_keys: Any = None,
) -> Any:
    """A column of hashes. Stands for `tf.contrib.layers.sparse_column_with_hash_bucket`.

    Args:
      column_name: the feature's name.
      hash_bucket_size: how many categories there are.
      combiner, dtype: as of `sparse_column_with_integerized_feature`.
      hash_keys: a list of pairs of integers; each gives hashes of its own.

    Raises:
      ValueError: an argument is impossible.
    """
    if hash_keys is not None:
        if not isinstance(hash_keys, list) or not hash_keys:
            raise ValueError("hash_keys must be a non-empty list.")
        if any(
            not isinstance(key, list) or len(key) != 2 or not all(isinstance(n, int) for n in key)
            for key in hash_keys
        ):
            raise ValueError("Each element of hash_keys must be a pair of integers.")
    column = _SparseColumnHashed(column_name, False, hash_bucket_size, None, combiner, dtype)
    column.hash_keys = hash_keys
    return column


@export("contrib.layers.sparse_column_with_keys")
def sparse_column_with_keys(
    column_name: str,
    keys: Any,
    default_value: int = -1,
    combiner: str = "sum",
    dtype: Any = dtypes.string,
) -> Any:
    """A column of places in a list. Stands for `tf.contrib.layers.sparse_column_with_keys`.

    Args:
      column_name: the feature's name.
      keys: the list.
      default_value: of what is not in the list.
      combiner, dtype: as of `sparse_column_with_integerized_feature`.
    """
    keys = tuple(keys)
    config = _SparseIdLookupConfig(keys=keys, vocab_size=len(keys), default_value=default_value)
    return _SparseColumnKeys(column_name, False, None, config, combiner, dtype)


@export("contrib.layers.sparse_column_with_vocabulary_file")
def sparse_column_with_vocabulary_file(
    column_name: str,
    vocabulary_file: str,
    num_oov_buckets: int = 0,
    vocab_size: int | None = None,
    default_value: int = -1,
    combiner: str = "sum",
    dtype: Any = dtypes.string,
) -> Any:
    """A column of lines of a file. Stands for
    `tf.contrib.layers.sparse_column_with_vocabulary_file`.

    Args:
      column_name: the feature's name.
      vocabulary_file: the file.
      num_oov_buckets: how many categories are for what is not in the file.
      vocab_size: how many lines are read; needed.
      default_value: of what is not in the file, where there are no categories for it.
      combiner, dtype: as of `sparse_column_with_integerized_feature`.

    Raises:
      ValueError: there is no `vocab_size`.
    """
    if vocab_size is None:
        raise ValueError(f"vocab_size should be defined. column_name: {column_name}")
    config = _SparseIdLookupConfig(
        vocabulary_file, None, num_oov_buckets, vocab_size, default_value
    )
    return _SparseColumnVocabulary(column_name, False, None, config, combiner, dtype)


class _WeightedSparseColumn(
    _FeatureColumn,
    CategoricalColumn,
    collections.namedtuple(
        "_WeightedSparseColumn", ["sparse_id_column", "weight_column_name", "dtype"]
    ),
):
    """Numbers of categories with weights."""

    @property
    def name(self) -> str:
        """Both names."""
        return f"{self.sparse_id_column.name}_weighted_by_{self.weight_column_name}"

    @property
    def length(self) -> int:
        """How many categories there are."""
        return self.sparse_id_column.length

    @property
    def _num_buckets(self) -> int:
        return self.length

    @property
    def config(self) -> dict[str, Any]:
        """As of _FeatureColumn."""
        weights = {self.weight_column_name: parsing_features.VarLenFeature(self.dtype)}
        return {**self.sparse_id_column.config, **weights}

    @property
    def lookup_config(self) -> Any:
        """As of the column of categories."""
        return self.sparse_id_column.lookup_config

    def id_tensor(self, input_tensor: Any) -> Any:
        """The ids of what the column made."""
        return input_tensor[0]

    def weight_tensor(self, input_tensor: Any) -> Any:
        """The weights of what the column made."""
        return input_tensor[1]

    def _transform_feature(self, inputs: Any) -> Any:
        ids, weights = inputs.get(self.sparse_id_column), inputs.get(self.weight_column_name)
        if not isinstance(weights, SparseTensor):
            weights = dense_to_sparse_tensor(weights)
        if not self.dtype.is_floating:
            weights = math_ops.cast(weights, dtypes.float32)
        return ids, weights

    def _to_dnn_input_layer(
        self,
        input_tensor: Any,
        weight_collections: Any = None,
        trainable: bool = True,
        output_rank: int = 2,
    ) -> Any:
        raise ValueError(
            "WeightedSparseColumn is not supported in DNN. Please use embedding_column or "
            f"one_hot_column. column: {self}"
        )

    def _wide_embedding_lookup_arguments(
        self, input_tensor: Any
    ) -> _LinearEmbeddingLookupArguments:
        ids, weights = input_tensor
        return wide_lookup(ids, weights, self.length, self.sparse_id_column.combiner)

    def is_compatible(self, other_column: Any) -> bool:
        """Whether another column has the same categories, as far as that can be told."""
        other = getattr(other_column, "sparse_id_column", other_column)
        return self.sparse_id_column.is_compatible(other)

    def _get_sparse_tensors(
        self, inputs: Any, weight_collections: Any = None, trainable: Any = None
    ) -> Any:
        return CategoricalColumn.IdWeightPair(*inputs.get(self))


@export("contrib.layers.weighted_sparse_column")
def weighted_sparse_column(
    sparse_id_column: Any, weight_column_name: str, dtype: Any = dtypes.float32
) -> Any:
    """A column of categories with weights. Stands for
    `tf.contrib.layers.weighted_sparse_column`.

    Args:
      sparse_id_column: a column of categories.
      weight_column_name: the feature that has the weights.
      dtype: its type.

    Raises:
      ValueError: `dtype` is no type of numbers.
    """
    if not (dtype.is_integer or dtype.is_floating):
        raise ValueError(f"dtype is not convertible to float. Given {dtype}")
    return _WeightedSparseColumn(sparse_id_column, weight_column_name, dtype)


class _OneHotColumn(
    _FeatureColumn, DenseColumn, collections.namedtuple("_OneHotColumn", ["sparse_id_column"])
):
    """How often each category comes, or its weight."""

    @property
    def name(self) -> str:
        """The column's name with "_one_hot"."""
        return f"{self.sparse_id_column.name}_one_hot"

    @property
    def length(self) -> int:
        """How many categories there are."""
        return self.sparse_id_column.length

    @property
    def config(self) -> dict[str, Any]:
        """As of _FeatureColumn."""
        return self.sparse_id_column.config

    @property
    def _variable_shape(self) -> TensorShape:
        return TensorShape([self.length])

    def insert_transformed_feature(self, columns_to_tensors: dict[Any, Any]) -> None:
        """As of _FeatureColumn."""
        insert_as_source(self, columns_to_tensors)

    def _transform_feature(self, inputs: Any) -> Any:
        return self._to_dnn_input_layer(inputs.get(self.sparse_id_column))

    def _to_dnn_input_layer(
        self,
        input_tensor: Any,
        weight_collections: Any = None,
        trainable: bool = True,
        output_rank: int = 2,
    ) -> Any:
        ids = _inner_flatten(self.sparse_id_column.id_tensor(input_tensor), output_rank)
        weights = self.sparse_id_column.weight_tensor(input_tensor)
        if weights is None:
            numbers = sparse_ops.sparse_tensor_to_dense(ids, default_value=-1)
            ones = array_ops.one_hot(numbers, depth=self.length, on_value=1.0, off_value=0.0)
            return math_ops.reduce_sum(ones, axis=[output_rank - 1])
        merged = sparse_ops.sparse_merge(sp_ids=ids, sp_values=weights, vocab_size=self.length)
        # Left of what is outside.
        start = array_ops.zeros_like(merged.dense_shape)
        merged = sparse_ops.sparse_slice(merged, start, merged.dense_shape)
        dense = sparse_ops.sparse_tensor_to_dense(merged)
        shape = array_ops.concat([array_ops.shape(dense)[:-1], [self.length]], axis=0)
        return array_ops.reshape(dense, shape)


def insert_as_source(column: Any, columns_to_tensors: dict[Any, Any]) -> None:
    """What a column's source makes is what the column makes."""
    source = column.sparse_id_column
    if source not in columns_to_tensors:
        source.insert_transformed_feature(columns_to_tensors)
    columns_to_tensors[column] = columns_to_tensors[source]


@export("contrib.layers.one_hot_column")
def one_hot_column(sparse_id_column: Any) -> Any:
    """A column for networks of how often each category comes. Stands for
    `tf.contrib.layers.one_hot_column`."""
    return _OneHotColumn(sparse_id_column)
