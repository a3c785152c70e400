"""Columns of categories: numbers, hashes, places in vocabularies."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from evergraph.api import array_ops, check_ops, math_ops, string_ops
from evergraph.api.parsing_features import VarLenFeature
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.base.platform import gfile, logging
from evergraph.graph.composite import SparseTensor
from evergraph.graph.defaults import control_dependencies
from evergraph.graph.tensor import Tensor
from evergraph.library.feature_column.columns import (
    CategoricalColumn,
    LazyBuilder,
    as_sparse,
)
from evergraph.library.feature_column.serialization import Written, readable
from evergraph.library.feature_column.utils import assert_key_is_string, assert_string_or_int
from evergraph.library.lookup.index_tables import index_table_from_file, index_table_from_tensor


class KeyedColumn(Written, CategoricalColumn):
    """Categories of one feature, which is given dense or sparse."""

    key: str
    dtype: Any

    @property
    def name(self) -> str:
        return self.key

    @property
    def _parse_example_spec(self) -> dict[str, Any]:
        return {self.key: VarLenFeature(self.dtype)}

    def _transform_feature(self, inputs: LazyBuilder) -> SparseTensor:
        return self._categories(as_sparse(inputs.get(self.key)))

    def _categories(self, given: SparseTensor) -> SparseTensor:
        raise NotImplementedError

    def _check_kind(self, given: SparseTensor) -> None:
        if self.dtype.is_integer != given.dtype.is_integer:
            raise ValueError(
                f"Column dtype and SparseTensors dtype must be compatible. key: {self.key}, "
                f"column dtype: {self.dtype}, tensor dtype: {given.dtype}"
            )

    def _check_dtype(self, given: SparseTensor) -> None:
        assert_string_or_int(given.dtype, prefix=f"column_name: {self.key} input_tensor")


@readable
@dataclass(frozen=True, order=False)
class HashedCategoricalColumn(KeyedColumn):
    """Texts or integers by their hashes."""

    key: str
    hash_bucket_size: int
    dtype: Any

    @property
    def _num_buckets(self) -> int:
        return self.hash_bucket_size

    def _categories(self, given: SparseTensor) -> SparseTensor:
        self._check_dtype(given)
        self._check_kind(given)
        texts = given.values
        if self.dtype != dtypes.string:
            texts = string_ops.as_string(texts)
        ids = string_ops.string_to_hash_bucket_fast(texts, self.hash_bucket_size, name="lookup")
        return SparseTensor(given.indices, ids, given.dense_shape)


class VocabularyColumn(KeyedColumn):
    """Texts or integers by their places in a vocabulary."""

    def _transform_feature(self, inputs: LazyBuilder) -> SparseTensor:
        given = as_sparse(inputs.get(self.key))
        self._check_kind(given)
        self._check_dtype(given)
        key_dtype = self.dtype
        if given.dtype.is_integer:
            key_dtype = dtypes.int64
            given = math_ops.cast(given, dtypes.int64)
        name = f"{self.key}_lookup"
        table = self._table(key_dtype, name)
        manager = getattr(inputs, "state_manager", None)
        if manager is not None:
            manager.add_resource(self, name, table)
        return table.lookup(given)  # type: ignore[no-any-return]

    def _table(self, key_dtype: Any, name: str) -> Any:
        raise NotImplementedError


@readable
@dataclass(frozen=True, order=False)
class VocabularyFileCategoricalColumn(VocabularyColumn):
    """Places in a vocabulary that is a file, one entry a line."""

    key: str
    vocabulary_file: Any
    vocabulary_size: int
    num_oov_buckets: int
    dtype: Any
    default_value: int

    @property
    def _num_buckets(self) -> int:
        return self.vocabulary_size + self.num_oov_buckets

    def _table(self, key_dtype: Any, name: str) -> Any:
        return index_table_from_file(
            vocabulary_file=self.vocabulary_file,
            num_oov_buckets=self.num_oov_buckets,
            vocab_size=self.vocabulary_size,
            default_value=self.default_value,
            key_dtype=key_dtype,
            name=name,
        )


@readable
@dataclass(frozen=True, order=False)
class VocabularyListCategoricalColumn(VocabularyColumn):
    """Places in a vocabulary that is a tuple."""

    key: str
    vocabulary_list: tuple[Any, ...]
    dtype: Any
    default_value: int
    num_oov_buckets: int

    @property
    def _num_buckets(self) -> int:
        return len(self.vocabulary_list) + self.num_oov_buckets

    def _table(self, key_dtype: Any, name: str) -> Any:
        return index_table_from_tensor(
            vocabulary_list=tuple(self.vocabulary_list),
            default_value=self.default_value,
            num_oov_buckets=self.num_oov_buckets,
            dtype=key_dtype,
            name=name,
        )


@readable
@dataclass(frozen=True, order=False)
class IdentityCategoricalColumn(KeyedColumn):
    """Integers that are the numbers of categories."""

    key: str
    number_buckets: int
    default_value: int | None

    dtype = dtypes.int64

    @property
    def _num_buckets(self) -> int:
        return self.number_buckets

    def _categories(self, given: SparseTensor) -> SparseTensor:
        if not given.dtype.is_integer:
            raise ValueError(f"Invalid input, not integer. key: {self.key} dtype: {given.dtype}")
        values = math_ops.cast(given.values, dtypes.int64, name="values")
        count = math_ops.cast(self.number_buckets, dtypes.int64, name="num_buckets")
        zero = math_ops.cast(0, dtypes.int64, name="zero")
        limited = self._checked if self.default_value is None else self._replaced
        return SparseTensor(given.indices, limited(values, zero, count), given.dense_shape)

    def _checked(self, values: Tensor, zero: Tensor, count: Tensor) -> Tensor:
        column = f'for categorical column "{self.name}"'
        below = check_ops.assert_less(
            values,
            count,
            data=(values, count),
            message=f"Bucket index {column} exceeds number of buckets",
            name="assert_less_than_num_buckets",
        )
        not_negative = check_ops.assert_greater_equal(
            values,
            zero,
            data=(values,),
            message=f"Negative bucket index {column}",
            name="assert_greater_or_equal_0",
        )
        with control_dependencies((below, not_negative)):
            return array_ops.identity(values)

    def _replaced(self, values: Tensor, zero: Tensor, count: Tensor) -> Tensor:
        outside = math_ops.logical_or(values < zero, values >= count, name="out_of_range")
        dims = array_ops.shape(values)
        default = math_ops.cast(self.default_value, dtypes.int64)
        defaults = array_ops.fill(dims=dims, value=default, name="default_values")
        return array_ops.where_v2(outside, defaults, values)


@export("feature_column.categorical_column_with_hash_bucket")
def categorical_column_with_hash_bucket(
    key: str, hash_bucket_size: int, dtype: Any = dtypes.string
) -> HashedCategoricalColumn:
    """A column of texts or integers, put into buckets by their fingerprints. Stands for
    `tf.feature_column.categorical_column_with_hash_bucket`.

    In dense features "" and -1 stand for no value.

    Args:
      key: the feature's name.
      hash_bucket_size: how many buckets there are.
      dtype: string, or an integer type, whose values are hashed as text.

    Raises:
      ValueError: fewer than one bucket, or another dtype.
    """
    if hash_bucket_size is None:
        raise ValueError(f"hash_bucket_size must be set. key: {key}")
    if hash_bucket_size < 1:
        raise ValueError(
            f"hash_bucket_size must be at least 1. hash_bucket_size: {hash_bucket_size}, key: {key}"
        )
    assert_key_is_string(key)
    assert_string_or_int(dtype, prefix=f"column_name: {key}")
    return HashedCategoricalColumn(key, hash_bucket_size, dtype)


@export("feature_column.categorical_column_with_vocabulary_file")
def categorical_column_with_vocabulary_file(
    key: str,
    vocabulary_file: Any,
    vocabulary_size: int | None = None,
    num_oov_buckets: int = 0,
    default_value: int | None = None,
    dtype: Any = dtypes.string,
) -> VocabularyFileCategoricalColumn:
    """A column of texts or integers by the number of their line in a file. Stands for
    `tf.feature_column.categorical_column_with_vocabulary_file`.

    Args:
      key: the feature's name.
      vocabulary_file: the file's name.
      vocabulary_size: how many of its lines are used; counted where it is not given.
      num_oov_buckets: buckets for hashes of what is not in the file.
      default_value: the category of what is not in the file, where there are no such buckets; -1
        by default, which means none.
      dtype: string or an integer type.

    Raises:
      ValueError: no file, no line, or buckets together with a default value.
    """
    if not vocabulary_file:
        raise ValueError(f"Missing vocabulary_file in {key}.")
    if vocabulary_size is None:
        if not gfile.Exists(vocabulary_file):
            raise ValueError(f"vocabulary_file in {key} does not exist.")
        with gfile.GFile(vocabulary_file) as file:
            vocabulary_size = sum(1 for _ in file)
        logging.info(
            "vocabulary_size = %d in %s is inferred from the number of elements "
            "in the vocabulary_file %s.",
            vocabulary_size,
            key,
            vocabulary_file,
        )
    if vocabulary_size < 1:
        raise ValueError(f"Invalid vocabulary_size in {key}.")
    _check_oov(key, num_oov_buckets, default_value is not None)
    assert_string_or_int(dtype, prefix=f"column_name: {key}")
    assert_key_is_string(key)
    return VocabularyFileCategoricalColumn(
        key=key,
        vocabulary_file=vocabulary_file,
        vocabulary_size=vocabulary_size,
        num_oov_buckets=0 if num_oov_buckets is None else num_oov_buckets,
        default_value=-1 if default_value is None else default_value,
        dtype=dtype,
    )


@export("feature_column.categorical_column_with_vocabulary_list")
def categorical_column_with_vocabulary_list(
    key: str,
    vocabulary_list: Any,
    dtype: Any = None,
    default_value: int = -1,
    num_oov_buckets: int = 0,
) -> VocabularyListCategoricalColumn:
    """A column of texts or integers by their places in a list. Stands for
    `tf.feature_column.categorical_column_with_vocabulary_list`.

    Args:
      key: the feature's name.
      vocabulary_list: the entries, each once.
      dtype: string or an integer type; that of the entries by default.
      default_value: the category of what is not in the list; -1 means none.
      num_oov_buckets: buckets for hashes of what is not in the list.

    Raises:
      ValueError: an empty list, an entry twice, dtypes that do not fit, or buckets together with
        a default value.
    """
    if vocabulary_list is None or len(vocabulary_list) < 1:
        raise ValueError(f"vocabulary_list {vocabulary_list} must be non-empty, column_name: {key}")
    if len(set(vocabulary_list)) != len(vocabulary_list):
        raise ValueError(f"Duplicate keys in vocabulary_list {vocabulary_list}, column_name: {key}")
    found = dtypes.as_dtype(np.array(vocabulary_list).dtype)
    _check_oov(key, num_oov_buckets, default_value != -1)
    assert_string_or_int(found, prefix=f"column_name: {key} vocabulary")
    if dtype is None:
        dtype = found
    elif dtype.is_integer != found.is_integer:
        raise ValueError(
            f"dtype {dtype} and vocabulary dtype {found} do not match, column_name: {key}"
        )
    assert_string_or_int(dtype, prefix=f"column_name: {key}")
    assert_key_is_string(key)
    return VocabularyListCategoricalColumn(
        key, tuple(vocabulary_list), dtype, default_value, num_oov_buckets
    )


def _check_oov(key: Any, num_oov_buckets: int | None, has_default: bool) -> None:
    if not num_oov_buckets:
        return
    if has_default:
        raise ValueError(f"Can't specify both num_oov_buckets and default_value in {key}.")
    if num_oov_buckets < 0:
        raise ValueError(f"Invalid num_oov_buckets {num_oov_buckets} in {key}.")


@export("feature_column.categorical_column_with_identity")
def categorical_column_with_identity(
    key: str, num_buckets: int, default_value: int | None = None
) -> IdentityCategoricalColumn:
    """A column of integers that are categories themselves, 0 to `num_buckets` - 1. Stands for
    `tf.feature_column.categorical_column_with_identity`.

    Args:
      key: the feature's name.
      num_buckets: how many categories there are.
      default_value: the category of integers outside; without it they are an error when run.

    Raises:
      ValueError: fewer than one category, or a default value that is none of them.
    """
    if num_buckets < 1:
        raise ValueError(f"num_buckets {num_buckets} < 1, column_name {key}")
    if default_value is not None and not 0 <= default_value < num_buckets:
        raise ValueError(
            f"default_value {default_value} not in range [0, {num_buckets}), column_name {key}"
        )
    assert_key_is_string(key)
    return IdentityCategoricalColumn(key, num_buckets, default_value)
