"""What TensorFlow's second version has for columns, under the names it has in the first."""

from typing import Any

from evergraph.base import dtypes
from evergraph.graph.defaults import name_scope
from evergraph.library.feature_column.categorical import (
    VocabularyFileCategoricalColumn,
    categorical_column_with_vocabulary_file,
)
from evergraph.library.feature_column.columns import (
    FeatureTransformationCache,
    checked_columns,
)
from evergraph.library.feature_column.columns import (
    as_sparse as _to_sparse_input_and_drop_ignore_values,
)
from evergraph.library.feature_column.columns import (
    check_batch_sizes as _verify_static_batch_size_equality,
)
from evergraph.library.feature_column.crossed import (
    _leaves as _collect_leaf_level_keys,
)
from evergraph.library.feature_column.input_layer import joint_spec
from evergraph.library.feature_column.numeric import (
    _checked_shape as _check_shape,
)


def categorical_column_with_vocabulary_file_v2(
    key: str,
    vocabulary_file: Any,
    vocabulary_size: int | None = None,
    dtype: Any = dtypes.string,
    default_value: int | None = None,
    num_oov_buckets: int = 0,
) -> VocabularyFileCategoricalColumn:
    """As `tf.feature_column.categorical_column_with_vocabulary_file`, in another order."""
    return categorical_column_with_vocabulary_file(
        key, vocabulary_file, vocabulary_size, num_oov_buckets, default_value, dtype
    )


def make_parse_example_spec_v2(feature_columns: Any) -> dict[str, Any]:
    """As `tf.feature_column.make_parse_example_spec`."""
    return joint_spec(feature_columns, "FeatureColumn", lambda column: column.parse_example_spec)


def _normalize_feature_columns(feature_columns: Any) -> list[Any]:
    """The columns in the order of their names; complains of what is no column, of none, of names
    used twice."""
    columns = checked_columns(feature_columns, "FeatureColumn")
    return sorted(columns, key=lambda column: column.name)


def _transform_features_v2(
    features: dict[str, Any], feature_columns: Any, state_manager: Any
) -> dict[Any, Any]:
    """What each column makes of features, by column."""
    columns = _normalize_feature_columns(feature_columns)
    outputs = {}
    with name_scope(None, default_name="transform_features", values=features.values()):
        cache = FeatureTransformationCache(features)
        for column in columns:
            with name_scope(None, default_name=column.name):
                outputs[column] = cache.get(column, state_manager)
    return outputs


__all__ = [
    "_check_shape",
    "_collect_leaf_level_keys",
    "_to_sparse_input_and_drop_ignore_values",
    "_verify_static_batch_size_equality",
]
