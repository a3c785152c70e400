"""Categorical columns made of others: crossed and weighted ones."""

from dataclasses import dataclass
from typing import Any

from evergraph.api import math_ops, sparse_cross_ops
from evergraph.api.parsing_features import VarLenFeature
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.graph.composite import SparseTensor, convert_to_tensor_or_sparse_tensor
from evergraph.library.feature_column.categorical import HashedCategoricalColumn
from evergraph.library.feature_column.columns import (
    CategoricalColumn,
    FeatureColumn,
    IdWeightPair,
    LazyBuilder,
    as_sparse,
)
from evergraph.library.feature_column.serialization import Written, readable


@readable
@dataclass(frozen=True, order=False)
class CrossedColumn(Written, CategoricalColumn):
    """All combinations of several features, hashed into buckets."""

    keys: tuple[Any, ...]
    hash_bucket_size: int
    hash_key: int | None

    @property
    def name(self) -> str:
        names = [k.name if isinstance(k, FeatureColumn) else k for k in _leaves(self)]
        return "_X_".join(sorted(names))

    @property
    def _parse_example_spec(self) -> dict[str, Any]:
        spec: dict[str, Any] = {}
        for key in self.keys:
            if isinstance(key, FeatureColumn):
                spec.update(key._parse_example_spec)
            else:
                spec[key] = VarLenFeature(dtypes.string)
        return spec

    def _transform_feature(self, inputs: LazyBuilder) -> SparseTensor:
        tensors = [self._ids(key, inputs) for key in _leaves(self)]
        return sparse_cross_ops.sparse_cross_hashed(
            inputs=tensors, num_buckets=self.hash_bucket_size, hash_key=self.hash_key
        )

    @staticmethod
    def _ids(key: Any, inputs: LazyBuilder) -> Any:
        if isinstance(key, str):
            return inputs.get(key)
        if not isinstance(key, CategoricalColumn):
            raise ValueError(f"Unsupported column type. Given: {key}")
        ids, weights = key._get_sparse_tensors(inputs)
        if weights is not None:
            raise ValueError(
                "crossed_column does not support weight_tensor, but the given column populates "
                f"weight_tensor. Given column: {key.name}"
            )
        return ids

    @property
    def _num_buckets(self) -> int:
        return self.hash_bucket_size


def _leaves(cross: CrossedColumn) -> list[Any]:
    """The features and columns of a cross, and of the crosses in it."""
    found: list[Any] = []
    for key in cross.keys:
        found.extend(_leaves(key) if isinstance(key, CrossedColumn) else [key])
    return found


@export("feature_column.crossed_column")
def crossed_column(keys: Any, hash_bucket_size: int, hash_key: int | None = None) -> CrossedColumn:
    """A categorical column of all combinations of features in an example, hashed into buckets.
    Stands for `tf.feature_column.crossed_column`.

    Args:
      keys: two or more names of features of strings, or categorical columns but hashed ones.
      hash_bucket_size: the number of buckets.
      hash_key: of the hash function; default: TensorFlow's.

    Raises:
      ValueError: an argument is none of these.
    """
    if not hash_bucket_size or hash_bucket_size < 1:
        raise ValueError(f"hash_bucket_size must be > 1. hash_bucket_size: {hash_bucket_size}")
    if not keys or len(keys) < 2:
        raise ValueError(f"keys must be a list with length > 1. Given: {keys}")
    for key in keys:
        if not isinstance(key, str | CategoricalColumn):
            raise ValueError(
                "Unsupported key type. All keys must be either string, or categorical column "
                f"except HashedCategoricalColumn. Given: {key}"
            )
        if isinstance(key, HashedCategoricalColumn):
            raise ValueError(
                "categorical_column_with_hash_bucket is not supported for crossing. Hashing before "
                "crossing will increase probability of collision. Instead, use the feature name "
                f"as a string. Given: {key}"
            )
    return CrossedColumn(tuple(keys), hash_bucket_size, hash_key)


@readable
@dataclass(frozen=True, order=False)
class WeightedCategoricalColumn(Written, CategoricalColumn):
    """Categories with weights, which another feature gives."""

    categorical_column: Any
    weight_feature_key: str
    dtype: Any

    @property
    def name(self) -> str:
        return f"{self.categorical_column.name}_weighted_by_{self.weight_feature_key}"

    @property
    def _parse_example_spec(self) -> dict[str, Any]:
        key, spec = self.weight_feature_key, dict(self.categorical_column._parse_example_spec)
        if key in spec:
            raise ValueError(f"Parse config {spec[key]} already exists for {key}.")
        return {**spec, key: VarLenFeature(self.dtype)}

    @property
    def _num_buckets(self) -> int:
        count: int = self.categorical_column._num_buckets
        return count

    def _transform_feature(self, inputs: LazyBuilder) -> Any:
        weights = inputs.get(self.weight_feature_key)
        if weights is None:
            raise ValueError(f"Missing weights {self.weight_feature_key}.")
        weights = convert_to_tensor_or_sparse_tensor(weights)
        if self.dtype != weights.dtype.base_dtype:
            raise ValueError(f"Bad dtype, expected {self.dtype}, but got {weights.dtype}.")
        if not isinstance(weights, SparseTensor):
            weights = as_sparse(weights, ignore_value=0.0)
        if not weights.dtype.is_floating:
            weights = math_ops.cast(weights, dtypes.float32)
        return inputs.get(self.categorical_column), weights

    def _get_sparse_tensors(
        self, inputs: LazyBuilder, weight_collections: Any = None, trainable: Any = None
    ) -> IdWeightPair:
        return IdWeightPair(*inputs.get(self))


@export("feature_column.weighted_categorical_column")
def weighted_categorical_column(
    categorical_column: Any, weight_feature_key: str, dtype: Any = dtypes.float32
) -> WeightedCategoricalColumn:
    """A categorical column whose categories have weights. Stands for
    `tf.feature_column.weighted_categorical_column`.

    Args:
      categorical_column: the categories.
      weight_feature_key: the name of the feature of weights, of the same shape; in a dense one
        weights of 0 stand for nothing.
      dtype: of the weights, floats or integers.

    Raises:
      ValueError: another dtype.
    """
    if dtype is None or not (dtype.is_integer or dtype.is_floating):
        raise ValueError(f"dtype {dtype} is not convertible to float.")
    return WeightedCategoricalColumn(categorical_column, weight_feature_key, dtype)
