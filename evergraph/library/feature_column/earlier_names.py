"""The names that feature columns had before they were public: each with an underscore."""

from evergraph.library.feature_column.categorical import (
    HashedCategoricalColumn as _HashedCategoricalColumn,
)
from evergraph.library.feature_column.categorical import (
    IdentityCategoricalColumn as _IdentityCategoricalColumn,
)
from evergraph.library.feature_column.categorical import (
    VocabularyFileCategoricalColumn as _VocabularyFileCategoricalColumn,
)
from evergraph.library.feature_column.categorical import (
    VocabularyListCategoricalColumn as _VocabularyListCategoricalColumn,
)
from evergraph.library.feature_column.categorical import (
    categorical_column_with_hash_bucket as _categorical_column_with_hash_bucket,
)
from evergraph.library.feature_column.categorical import (
    categorical_column_with_identity as _categorical_column_with_identity,
)
from evergraph.library.feature_column.categorical import (
    categorical_column_with_vocabulary_file as _categorical_column_with_vocabulary_file,
)
from evergraph.library.feature_column.categorical import (
    categorical_column_with_vocabulary_list as _categorical_column_with_vocabulary_list,
)
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
from evergraph.library.feature_column.crossed import (
    CrossedColumn as _CrossedColumn,
)
from evergraph.library.feature_column.crossed import (
    WeightedCategoricalColumn as _WeightedCategoricalColumn,
)
from evergraph.library.feature_column.crossed import (
    crossed_column as _crossed_column,
)
from evergraph.library.feature_column.crossed import (
    weighted_categorical_column as _weighted_categorical_column,
)
from evergraph.library.feature_column.dense import (
    EmbeddingColumn as _EmbeddingColumn,
)
from evergraph.library.feature_column.dense import (
    IndicatorColumn as _IndicatorColumn,
)
from evergraph.library.feature_column.dense import (
    embedding_column as _embedding_column,
)
from evergraph.library.feature_column.dense import (
    indicator_column as _indicator_column,
)
from evergraph.library.feature_column.input_layer import (
    transform_features as _transform_features,
)
from evergraph.library.feature_column.linear_model import (
    LinearModel as _LinearModel,
)
from evergraph.library.feature_column.numeric import (
    BucketizedColumn as _BucketizedColumn,
)
from evergraph.library.feature_column.numeric import (
    NumericColumn as _NumericColumn,
)
from evergraph.library.feature_column.numeric import (
    bucketized_column as _bucketized_column,
)
from evergraph.library.feature_column.numeric import (
    numeric_column as _numeric_column,
)
from evergraph.library.feature_column.shared import (
    SharedEmbeddingColumn as _SharedEmbeddingColumn,
)

__all__ = [
    "_HashedCategoricalColumn",
    "_IdentityCategoricalColumn",
    "_VocabularyFileCategoricalColumn",
    "_VocabularyListCategoricalColumn",
    "_categorical_column_with_hash_bucket",
    "_categorical_column_with_identity",
    "_categorical_column_with_vocabulary_file",
    "_categorical_column_with_vocabulary_list",
    "_CategoricalColumn",
    "_DenseColumn",
    "_FeatureColumn",
    "_LazyBuilder",
    "_CrossedColumn",
    "_WeightedCategoricalColumn",
    "_crossed_column",
    "_weighted_categorical_column",
    "_EmbeddingColumn",
    "_IndicatorColumn",
    "_embedding_column",
    "_indicator_column",
    "_transform_features",
    "_LinearModel",
    "_BucketizedColumn",
    "_NumericColumn",
    "_bucketized_column",
    "_numeric_column",
    "_SharedEmbeddingColumn",
]
