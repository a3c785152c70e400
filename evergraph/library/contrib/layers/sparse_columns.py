"""Feature columns before `tf.feature_column`: categories, and vectors of them."""

import collections
import math
from collections.abc import Sequence
from typing import Any

from evergraph.api import array_ops, init_ops, math_ops, parsing_features, sparse_ops, string_ops
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.base.tensor_shape import TensorShape
from evergraph.graph.composite import SparseTensor
from evergraph.graph.defaults import add_to_collection, get_collection
from evergraph.library.contrib.framework.variables import model_variable
from evergraph.library.contrib.layers import embedding_ops
from evergraph.library.contrib.layers.feature_column import (
    LinearLookup,
    _FeatureColumn,
    _reshape_real_valued_tensor,
)
from evergraph.library.contrib.layers.shaping import _inner_flatten
from evergraph.library.contrib.layers.sparse_ops import dense_to_sparse_tensor
from evergraph.library.feature_column.columns import CategoricalColumn, DenseColumn
from evergraph.library.lookup import index_tables
from evergraph.library.train.checkpoint_utils import init_from_checkpoint

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

    def _wide_lookup(self, input_tensor: Any) -> LinearLookup | None:
        return LinearLookup(input_tensor, None, self.length, self.combiner)


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

    def _wide_lookup(self, input_tensor: Any) -> LinearLookup | None:
        ids, weights = input_tensor
        return LinearLookup(ids, weights, self.length, self.sparse_id_column.combiner)

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
        _insert_as_source(self, columns_to_tensors)

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


def _insert_as_source(column: Any, columns_to_tensors: dict[Any, Any]) -> None:
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


_EMBEDDING = [
    "sparse_id_column",
    "dimension",
    "combiner",
    "initializer",
    "ckpt_to_load_from",
    "tensor_name_in_ckpt",
    "shared_embedding_name",
    "shared_vocab_size",
    "max_norm",
    "trainable",
]


class _EmbeddingColumn(
    _FeatureColumn, DenseColumn, collections.namedtuple("_EmbeddingColumn", _EMBEDDING)
):
    """A vector for each category."""

    @property
    def name(self) -> str:
        """The column's name with "_embedding", or "_shared_embedding"."""
        shared = "" if self.shared_embedding_name is None else "shared_"
        return f"{self.sparse_id_column.name}_{shared}embedding"

    @property
    def length(self) -> int:
        """How many vectors there are."""
        return self.shared_vocab_size or self.sparse_id_column.length

    @property
    def config(self) -> dict[str, Any]:
        """As of _FeatureColumn."""
        return self.sparse_id_column.config

    @property
    def key(self) -> str:
        """As of _FeatureColumn."""
        return self._key_without("initializer")

    @property
    def _variable_shape(self) -> TensorShape:
        return TensorShape([self.dimension])

    def insert_transformed_feature(self, columns_to_tensors: dict[Any, Any]) -> None:
        """As of _FeatureColumn."""
        _insert_as_source(self, columns_to_tensors)

    def _transform_feature(self, inputs: Any) -> Any:
        return inputs.get(self.sparse_id_column)

    def _checkpoint_path(self) -> tuple[str, str] | None:
        if self.ckpt_to_load_from is None:
            return None
        return self.ckpt_to_load_from, self.tensor_name_in_ckpt

    def _wide_lookup(self, input_tensor: Any) -> LinearLookup | None:
        raise ValueError(
            f"Column {self} is not supported in linear models. Please use sparse_column."
        )

    def _get_dense_tensor(
        self, inputs: Any, weight_collections: Any = None, trainable: Any = None
    ) -> Any:
        return self._embeddings(inputs.get(self), weight_collections, trainable, 2)

    def _embeddings(
        self, input_tensor: Any, weight_collections: Any, trainable: bool, output_rank: int
    ) -> Any:
        ids = _inner_flatten(self.sparse_id_column.id_tensor(input_tensor), output_rank)
        weights = self.sparse_id_column.weight_tensor(input_tensor)
        if weights is not None:
            weights = _inner_flatten(weights, output_rank)
        vectors = parts_of(self._vectors(weight_collections, trainable))
        restore(self, vectors)
        return embedding_ops.safe_embedding_lookup_sparse(
            vectors,
            ids,
            sparse_weights=weights,
            combiner=self.combiner,
            name=f"{self.name}weights",
            max_norm=self.max_norm,
        )

    def _vectors(self, weight_collections: Any, trainable: bool) -> Any:
        shared = self.shared_embedding_name
        collection = f"SHARED_EMBEDDING_COLLECTION_{(shared or '').upper()}"
        shape = [self.length, self.dimension]
        if shared is not None and (there := get_collection(collection)):
            if len(there) > 1:
                raise ValueError(
                    f"Collection {collection} can only contain one (partitioned) variable."
                )
            if there[0].get_shape() != shape:
                raise ValueError(
                    f"The embedding variable with name {shared} already exists, but its shape does "
                    "not match required embedding shape here. Please make sure to use different "
                    "shared_embedding_name for different shared embeddings."
                )
            return there[0]
        made = model_variable(
            name="weights" if shared is None else shared,
            shape=shape,
            dtype=dtypes.float32,
            initializer=self.initializer,
            trainable=trainable and self.trainable,
            collections=weight_collections,
        )
        if shared is not None:
            add_to_collection(collection, made)
        return made


def parts_of(variable: Any) -> list[Any]:
    """The parts of a partitioned variable; any other as its only part."""
    listed = getattr(variable, "_get_variable_list", None)
    return listed() if listed else [variable]


def restore(column: Any, variables: list[Any]) -> None:
    """Lets variables begin with what the column's checkpoint has, if it names one."""
    if (place := column._checkpoint_path()) is not None:
        path, name = place
        found = variables[0] if len(variables) == 1 else variables
        init_from_checkpoint(path, {name: found})


@export("contrib.layers.embedding_column")
def embedding_column(
    sparse_id_column: Any,
    dimension: int,
    combiner: str = "mean",
    initializer: Any = None,
    ckpt_to_load_from: str | None = None,
    tensor_name_in_ckpt: str | None = None,
    max_norm: float | None = None,
    trainable: bool = True,
) -> Any:
    """A column for networks of a vector for each category. Stands for
    `tf.contrib.layers.embedding_column`.

    Args:
      sparse_id_column: a column of categories.
      dimension: the size of the vectors.
      combiner: "mean", "sqrtn" or "sum": how several of an example come together.
      initializer: of the vectors; default: truncated normal, the deviation is 1 / sqrt(number of
        categories).
      ckpt_to_load_from, tensor_name_in_ckpt: a checkpoint and a name in it to begin with.
      max_norm: the norm to clip vectors to.
      trainable: whether they are trained.

    Raises:
      ValueError: `initializer` is no function, or only one of checkpoint and name is given.
    """
    return _embedding(
        sparse_id_column,
        dimension,
        combiner,
        initializer,
        ckpt_to_load_from,
        tensor_name_in_ckpt,
        None,
        None,
        max_norm,
        trainable,
    )


def _embedding(source: Any, dimension: int, combiner: str, initializer: Any, *rest: Any) -> Any:
    if initializer is not None and not callable(initializer):
        raise ValueError(
            "initializer must be callable if specified. Embedding of column_name: " + source.name
        )
    if (rest[0] is None) != (rest[1] is None):
        raise ValueError(
            "Must specify both `ckpt_to_load_from` and `tensor_name_in_ckpt` or none of them."
        )
    if initializer is None:
        logging.warn(
            'The default stddev value of initializer was changed from "1/sqrt(vocab_size)" to '
            '"1/sqrt(dimension)" in core implementation (tf.feature_column.embedding_column).'
        )
        initializer = init_ops.truncated_normal_initializer(
            mean=0.0, stddev=1 / math.sqrt(source.length)
        )
    return _EmbeddingColumn(source, dimension, combiner, initializer, *rest)


@export("contrib.layers.shared_embedding_columns")
def shared_embedding_columns(
    sparse_id_columns: Any,
    dimension: int,
    combiner: str = "mean",
    shared_embedding_name: str | None = None,
    initializer: Any = None,
    ckpt_to_load_from: str | None = None,
    tensor_name_in_ckpt: str | None = None,
    max_norm: float | None = None,
    trainable: bool = True,
) -> Any:
    """Columns for networks whose categories have the same vectors. Stands for
    `tf.contrib.layers.shared_embedding_columns`.

    Args:
      sparse_id_columns: columns of the same categories.
      shared_embedding_name: the variable's name; default: made of the columns' names.
      others: as of `embedding_column`.

    Raises:
      TypeError: there is no list, or something else in it.
      ValueError: there are no columns, or their categories differ.
    """
    columns = sparse_id_columns
    if not isinstance(columns, Sequence) or isinstance(columns, str):
        raise TypeError(
            "sparse_id_columns must be a non-string sequence (ex: list or tuple) instead of type "
            f"{type(columns)}."
        )
    if not columns:
        raise ValueError("The input sparse_id_columns should have at least one element.")
    for column in columns:
        if not isinstance(column, (_SparseColumn, _WeightedSparseColumn)):
            raise TypeError(
                "Elements of sparse_id_columns must be _SparseColumn or _WeightedSparseColumn, but "
                f"{column} is not."
            )
    size = None
    if len(columns) > 1:
        if not all(_are_compatible(columns[0], column) for column in columns[1:]):
            raise ValueError("The input sparse id columns are not compatible.")
        shared_embedding_name = shared_embedding_name or _shared_name(columns)
        size = columns[0].length
    made = [
        _embedding(
            column,
            dimension,
            combiner,
            initializer,
            ckpt_to_load_from,
            tensor_name_in_ckpt,
            shared_embedding_name,
            size,
            max_norm,
            trainable,
        )
        for column in columns
    ]
    return made if len(columns) == 1 else tuple(made)


def _are_compatible(one: Any, other: Any) -> bool:
    """Whether two columns have the same categories, as far as that can be told."""
    one, other = (getattr(column, "sparse_id_column", column) for column in (one, other))
    if one.lookup_config and other.lookup_config:
        return one.lookup_config == other.lookup_config
    both_integers = one.dtype.is_integer and other.dtype.is_integer
    compatible = one.length == other.length and (one.dtype == other.dtype or both_integers)
    if compatible:
        logging.warn(f"Column {other.name} and {one.name} may not have the same vocabulary.")
    return compatible


def _shared_name(columns: Any) -> str:
    plain = sorted((c for c in columns if isinstance(c, _SparseColumn)), key=lambda c: c.name)
    weighted = (c for c in columns if not isinstance(c, _SparseColumn))
    names = [c.name for c in plain + sorted(weighted, key=lambda c: c.name)]
    more = f"_plus_{len(names) - 3}_others" if len(names) > 3 else ""
    return f"{'_'.join(names[:3])}{more}_shared_embedding"
