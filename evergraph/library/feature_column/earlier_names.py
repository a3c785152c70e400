"""The columns before they were public: classes and functions with an underscore. Layers do not take
them for theirs."""

import functools
from collections.abc import Callable
from typing import Any

from evergraph.library.feature_column import categorical, crossed, dense, numeric, sequences
from evergraph.library.feature_column.columns import (
    CategoricalColumn as _CategoricalColumn,
)
from evergraph.library.feature_column.columns import (
    DenseColumn as _DenseColumn,
)
from evergraph.library.feature_column.columns import (
    FeatureColumn as _FeatureColumn,
)
from evergraph.library.feature_column.columns import (
    LazyBuilder as _LazyBuilder,
)
from evergraph.library.feature_column.columns import (
    SequenceDenseColumn as _SequenceDenseColumn,
)
from evergraph.library.feature_column.columns import (
    as_sparse as _to_sparse_input_and_drop_ignore_values,
)
from evergraph.library.feature_column.columns import (
    check_batch_sizes as _verify_static_batch_size_equality,
)
from evergraph.library.feature_column.columns import (
    checked_columns as _normalize_feature_columns,
)
from evergraph.library.feature_column.crossed import (
    _leaves as _collect_leaf_level_keys,
)
from evergraph.library.feature_column.input_layer import (
    transform_features as _transform_features,
)
from evergraph.library.feature_column.linear_model import (
    LinearModel as _LinearModel,
)
from evergraph.library.feature_column.numeric import (
    _checked_shape as _check_shape,
)
from evergraph.library.feature_column.shared import _SharedEmbeddingColumn


def _earlier(kind: Any) -> Any:
    """The class of columns that there was before `kind`."""
    members = {"__module__": __name__, "__doc__": kind.__doc__, "_is_v2_column": False}
    return type(f"_{kind.__name__}", (kind,), members)


def _made_as(kind: Any, make: Callable[..., Any]) -> Any:
    """A function as `make`, whose columns are of the class `kind`."""

    @functools.wraps(make)
    def made(*args: Any, **kwargs: Any) -> Any:
        column = make(*args, **kwargs)
        return kind(**{name: getattr(column, name) for name in column._fields})

    return made


_NumericColumn = _earlier(numeric.NumericColumn)
_BucketizedColumn = _earlier(numeric.BucketizedColumn)
_HashedCategoricalColumn = _earlier(categorical.HashedCategoricalColumn)
_VocabularyFileCategoricalColumn = _earlier(categorical.VocabularyFileCategoricalColumn)
_VocabularyListCategoricalColumn = _earlier(categorical.VocabularyListCategoricalColumn)
_IdentityCategoricalColumn = _earlier(categorical.IdentityCategoricalColumn)
_WeightedCategoricalColumn = _earlier(crossed.WeightedCategoricalColumn)
_CrossedColumn = _earlier(crossed.CrossedColumn)
_IndicatorColumn = _earlier(dense.IndicatorColumn)
_EmbeddingColumn = _earlier(dense.EmbeddingColumn)
_SequenceCategoricalColumn = _earlier(sequences.SequenceCategoricalColumn)
_SequenceNumericColumn = _earlier(sequences.SequenceNumericColumn)

_numeric_column = _made_as(_NumericColumn, numeric.numeric_column)
_categorical_column_with_hash_bucket = _made_as(
    _HashedCategoricalColumn, categorical.categorical_column_with_hash_bucket
)
_categorical_column_with_vocabulary_file = _made_as(
    _VocabularyFileCategoricalColumn, categorical.categorical_column_with_vocabulary_file
)
_categorical_column_with_vocabulary_list = _made_as(
    _VocabularyListCategoricalColumn, categorical.categorical_column_with_vocabulary_list
)
_categorical_column_with_identity = _made_as(
    _IdentityCategoricalColumn, categorical.categorical_column_with_identity
)
_weighted_categorical_column = _made_as(
    _WeightedCategoricalColumn, crossed.weighted_categorical_column
)
_crossed_column = _made_as(_CrossedColumn, crossed.crossed_column)
_indicator_column = _made_as(_IndicatorColumn, dense.indicator_column)
_embedding_column = _made_as(_EmbeddingColumn, dense.embedding_column)


def _bucketized_column(source_column: Any, boundaries: Any) -> Any:
    """As `tf.feature_column.bucketized_column`."""
    if not boundaries:
        # The source is looked at first.
        numeric.bucketized_column(source_column, [0])
        raise ValueError("boundaries must be a sorted list.")
    return _made_as(_BucketizedColumn, numeric.bucketized_column)(source_column, boundaries)


__all__ = [
    "_CategoricalColumn",
    "_DenseColumn",
    "_FeatureColumn",
    "_LazyBuilder",
    "_LinearModel",
    "_SequenceDenseColumn",
    "_SharedEmbeddingColumn",
    "_check_shape",
    "_collect_leaf_level_keys",
    "_normalize_feature_columns",
    "_to_sparse_input_and_drop_ignore_values",
    "_transform_features",
    "_verify_static_batch_size_equality",
]
