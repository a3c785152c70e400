"""Columns of sequences: categories and numbers for each step of each example."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from evergraph.api import array_ops, math_ops, sparse_ops
from evergraph.api.parsing_features import VarLenFeature
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.base.tensor_shape import TensorShape
from evergraph.graph.tensor import Tensor
from evergraph.library.feature_column import categorical
from evergraph.library.feature_column.columns import (
    CategoricalColumn,
    IdWeightPair,
    LazyBuilder,
    SequenceDenseColumn,
    TensorSequenceLengthPair,
)
from evergraph.library.feature_column.numeric import checked_numbers
from evergraph.library.feature_column.serialization import Written, readable
from evergraph.library.feature_column.utils import sequence_length_from_sparse_tensor


@readable
@dataclass(frozen=True, order=False)
class SequenceCategoricalColumn(Written, CategoricalColumn):
    """Categories of each step, which are not combined with those of other steps."""

    categorical_column: Any

    @property
    def name(self) -> str:
        return self.categorical_column.name  # type: ignore[no-any-return]

    @property
    def _parse_example_spec(self) -> dict[str, Any]:
        return self.categorical_column._parse_example_spec  # type: ignore[no-any-return]

    @property
    def _num_buckets(self) -> int:
        return self.categorical_column._num_buckets  # type: ignore[no-any-return]

    def transform_feature(self, transformation_cache: LazyBuilder, state_manager: Any) -> Any:
        return self.categorical_column.transform_feature(transformation_cache, state_manager)

    def _transform_feature(self, inputs: LazyBuilder) -> Any:
        return self.categorical_column._transform_feature(inputs)

    def get_sparse_tensors(
        self, transformation_cache: LazyBuilder, state_manager: Any
    ) -> IdWeightPair:
        column = self.categorical_column
        return _in_steps(column.get_sparse_tensors(transformation_cache, state_manager))

    def _get_sparse_tensors(
        self, inputs: LazyBuilder, weight_collections: Any = None, trainable: Any = None
    ) -> IdWeightPair:
        return _in_steps(self.categorical_column._get_sparse_tensors(inputs))


def _in_steps(pair: IdWeightPair) -> IdWeightPair:
    """Ids and weights as [batch, steps, any many]."""
    ids, weights = pair
    shape = array_ops.shape(ids)
    # Not -1, for there may be no values at all.
    target = [shape[0], shape[1], math_ops.reduce_prod(shape[2:])]
    ids = sparse_ops.sparse_reshape(ids, target)
    if weights is not None:
        weights = sparse_ops.sparse_reshape(weights, target)
    return IdWeightPair(ids, weights)


def with_lengths(tensor: Tensor, pair: IdWeightPair) -> TensorSequenceLengthPair:
    """A tensor of steps with the lengths that ids tell."""
    return TensorSequenceLengthPair(tensor, sequence_length_from_sparse_tensor(pair.id_tensor))


def check_no_sequence(column: Any, function: str, kind: str = "SequenceCategoricalColumn") -> None:
    """Complains of a dense column whose categories are sequences."""
    source = column.categorical_column
    if isinstance(source, SequenceCategoricalColumn):
        raise ValueError(
            f"In {function}: {column.name}. categorical_column must not be of type {kind}. "
            "Suggested fix A: If you wish to use DenseFeatures, use a non-sequence "
            "categorical_column_with_*. Suggested fix B: If you wish to create sequence input, use "
            "SequenceFeatures instead of DenseFeatures. "
            f"Given (type {type(source)}): {source}"
        )


def check_sequence(
    column: Any,
    function: str,
    kind: str = "SequenceCategoricalColumn",
    earlier: bool = False,
) -> None:
    """Complains of a column for sequences whose categories are none, or none of layers; `earlier`
    ones may be."""
    source = column.categorical_column
    if not isinstance(source, SequenceCategoricalColumn) or not (earlier or source._is_v2_column):
        raise ValueError(
            f"In {function}: {column.name}. categorical_column must be of type {kind} to use "
            "SequenceFeatures. Suggested fix: Use one of sequence_categorical_column_with_*. "
            f"Given (type {type(source)}): {source}"
        )


@readable
@dataclass(frozen=True, order=False)
class SequenceNumericColumn(Written, SequenceDenseColumn):
    """Numbers of a fixed shape for each step."""

    key: str
    shape: tuple[int, ...]
    default_value: Any
    dtype: Any
    normalizer_fn: Callable[[Any], Any] | None

    @property
    def name(self) -> str:
        return self.key

    @property
    def _parse_example_spec(self) -> dict[str, Any]:
        return {self.key: VarLenFeature(self.dtype)}

    @property
    def variable_shape(self) -> TensorShape:
        """The shape of one step."""
        return TensorShape(self.shape)

    @property
    def _variable_shape(self) -> TensorShape:
        return TensorShape(self.shape)

    def _transform_feature(self, inputs: LazyBuilder) -> Any:
        numbers = inputs.get(self.key)
        return numbers if self.normalizer_fn is None else self.normalizer_fn(numbers)

    def _get_sequence_dense_tensor(
        self, inputs: LazyBuilder, weight_collections: Any = None, trainable: Any = None
    ) -> TensorSequenceLengthPair:
        numbers = inputs.get(self)
        dense = sparse_ops.sparse_tensor_to_dense(numbers, default_value=self.default_value)
        shape = [array_ops.shape(dense)[:1], [-1], self._variable_shape]
        dense = array_ops.reshape(dense, shape=array_ops.concat(shape, axis=0))
        # With two axes the numbers of all steps are in a row; a third one tells steps apart.
        in_a_row = numbers.shape.ndims == 2
        size = self._variable_shape.num_elements() if in_a_row else 1
        lengths = sequence_length_from_sparse_tensor(numbers, num_elements=size)
        return TensorSequenceLengthPair(dense, lengths)


@export("feature_column.sequence_categorical_column_with_identity")
def sequence_categorical_column_with_identity(
    key: str, num_buckets: int, default_value: int | None = None
) -> SequenceCategoricalColumn:
    """A column of sequences of integers that are categories. Stands for
    `tf.feature_column.sequence_categorical_column_with_identity`; arguments are those of
    `tf.feature_column.categorical_column_with_identity`.

    An embedding or indicator column of it goes into `tf.keras.experimental.SequenceFeatures`.
    """
    return SequenceCategoricalColumn(
        categorical.categorical_column_with_identity(key, num_buckets, default_value)
    )


@export("feature_column.sequence_categorical_column_with_hash_bucket")
def sequence_categorical_column_with_hash_bucket(
    key: str, hash_bucket_size: int, dtype: Any = dtypes.string
) -> SequenceCategoricalColumn:
    """A column of sequences of texts or integers by their fingerprints. Stands for
    `tf.feature_column.sequence_categorical_column_with_hash_bucket`; arguments are those of
    `tf.feature_column.categorical_column_with_hash_bucket`."""
    return SequenceCategoricalColumn(
        categorical.categorical_column_with_hash_bucket(key, hash_bucket_size, dtype)
    )


@export("feature_column.sequence_categorical_column_with_vocabulary_file")
def sequence_categorical_column_with_vocabulary_file(
    key: str,
    vocabulary_file: Any,
    vocabulary_size: int | None = None,
    num_oov_buckets: int = 0,
    default_value: int | None = None,
    dtype: Any = dtypes.string,
) -> SequenceCategoricalColumn:
    """A column of sequences of texts or integers by the numbers of their lines in a file. Stands
    for `tf.feature_column.sequence_categorical_column_with_vocabulary_file`; arguments are those of
    `tf.feature_column.categorical_column_with_vocabulary_file`."""
    return SequenceCategoricalColumn(
        categorical.categorical_column_with_vocabulary_file(
            key, vocabulary_file, vocabulary_size, num_oov_buckets, default_value, dtype
        )
    )


@export("feature_column.sequence_categorical_column_with_vocabulary_list")
def sequence_categorical_column_with_vocabulary_list(
    key: str,
    vocabulary_list: Any,
    dtype: Any = None,
    default_value: int = -1,
    num_oov_buckets: int = 0,
) -> SequenceCategoricalColumn:
    """A column of sequences of texts or integers by their places in a list. Stands for
    `tf.feature_column.sequence_categorical_column_with_vocabulary_list`; arguments are those of
    `tf.feature_column.categorical_column_with_vocabulary_list`."""
    return SequenceCategoricalColumn(
        categorical.categorical_column_with_vocabulary_list(
            key, vocabulary_list, dtype, default_value, num_oov_buckets
        )
    )


@export("feature_column.sequence_numeric_column")
def sequence_numeric_column(
    key: str,
    shape: Any = (1,),
    default_value: float = 0.0,
    dtype: Any = dtypes.float32,
    normalizer_fn: Callable[[Any], Any] | None = None,
) -> SequenceNumericColumn:
    """A column of sequences of numbers. Stands for `tf.feature_column.sequence_numeric_column`.

    Args:
      key: the feature's name; it is sparse.
      shape: a dimension or a list of dimensions of one step.
      default_value: a number where an example has fewer steps than others.
      dtype: how the feature is stored.
      normalizer_fn: is given the SparseTensor, and returns another.

    Raises:
      TypeError: dimensions that are no integers, a normalizer that cannot be called.
      ValueError: dimensions below 1, a dtype of no numbers.
    """
    dims = checked_numbers(shape, key, dtype)
    if normalizer_fn is not None and not callable(normalizer_fn):
        raise TypeError(f"normalizer_fn must be a callable. Given: {normalizer_fn}")
    return SequenceNumericColumn(key, dims, default_value, dtype, normalizer_fn)
