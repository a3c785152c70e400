"""Categories as numbers: indicators and embeddings."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from evergraph.api import array_ops, embedding_ops, init_ops, math_ops, sparse_ops, variable_scope
from evergraph.api.variables import PartitionedVariable
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.base.tensor_shape import TensorShape
from evergraph.graph.keys import GraphKeys
from evergraph.graph.tensor import Tensor
from evergraph.library.feature_column.columns import (
    DenseColumn,
    IdWeightPair,
    LazyBuilder,
    SequenceDenseColumn,
    TensorSequenceLengthPair,
)
from evergraph.library.feature_column.sequences import (
    check_no_sequence,
    check_sequence,
    with_lengths,
)
from evergraph.library.feature_column.serialization import Written, readable
from evergraph.library.train.checkpoint_utils import init_from_checkpoint


@readable
@dataclass(frozen=True, order=False)
class IndicatorColumn(Written, DenseColumn, SequenceDenseColumn):
    """How often, or with what weight, each category is there."""

    categorical_column: Any

    @property
    def name(self) -> str:
        return f"{self.categorical_column.name}_indicator"

    @property
    def _parse_example_spec(self) -> dict[str, Any]:
        return self.categorical_column._parse_example_spec

    @property
    def _variable_shape(self) -> TensorShape:
        return TensorShape([1, self.categorical_column._num_buckets])

    def transform_feature(self, transformation_cache: LazyBuilder, state_manager: Any) -> Tensor:
        column = self.categorical_column
        return self._counts(column.get_sparse_tensors(transformation_cache, state_manager))

    def _transform_feature(self, inputs: LazyBuilder) -> Tensor:
        return self._counts(self.categorical_column._get_sparse_tensors(inputs))

    def _counts(self, pair: IdWeightPair) -> Tensor:
        ids, weights = pair
        count = int(self._variable_shape[-1])
        if weights is not None:
            merged = sparse_ops.sparse_merge(sp_ids=ids, sp_values=weights, vocab_size=count)
            # Ids of -1 stand for nothing; the slice leaves them out.
            merged = sparse_ops.sparse_slice(merged, [0, 0], merged.dense_shape)
            return array_ops.scatter_nd(merged.indices, merged.values, merged.dense_shape)
        dense_ids = sparse_ops.sparse_tensor_to_dense(ids, default_value=-1)
        one_hot = array_ops.one_hot(dense_ids, depth=count, on_value=1.0, off_value=0.0)
        return math_ops.reduce_sum(one_hot, axis=[-2])

    def get_dense_tensor(self, transformation_cache: LazyBuilder, state_manager: Any) -> Tensor:
        check_no_sequence(self, "indicator_column")
        return transformation_cache.get(self, state_manager)  # type: ignore[no-any-return]

    def _get_dense_tensor(
        self, inputs: LazyBuilder, weight_collections: Any = None, trainable: Any = None
    ) -> Tensor:
        check_no_sequence(self, "indicator_column", "_SequenceCategoricalColumn")
        return inputs.get(self)  # type: ignore[no-any-return]

    def get_sequence_dense_tensor(
        self, transformation_cache: LazyBuilder, state_manager: Any
    ) -> TensorSequenceLengthPair:
        check_sequence(self, "indicator_column")
        tensor = transformation_cache.get(self, state_manager)
        column = self.categorical_column
        return with_lengths(tensor, column.get_sparse_tensors(transformation_cache, state_manager))

    def _get_sequence_dense_tensor(
        self, inputs: LazyBuilder, weight_collections: Any = None, trainable: Any = None
    ) -> TensorSequenceLengthPair:
        check_sequence(self, "indicator_column", "_SequenceCategoricalColumn", earlier=True)
        tensor = inputs.get(self)
        return with_lengths(tensor, self.categorical_column._get_sparse_tensors(inputs))


@readable
@dataclass(frozen=True, order=False)
class EmbeddingColumn(Written, DenseColumn, SequenceDenseColumn):
    """Categories as rows of a variable, combined for each example."""

    categorical_column: Any
    dimension: int
    combiner: str
    initializer: Callable[..., Any]
    ckpt_to_load_from: str | None
    tensor_name_in_ckpt: str | None
    max_norm: float | None
    trainable: bool

    @property
    def name(self) -> str:
        return f"{self.categorical_column.name}_embedding"

    @property
    def _parse_example_spec(self) -> dict[str, Any]:
        return self.categorical_column._parse_example_spec

    @property
    def _variable_shape(self) -> TensorShape:
        return TensorShape([self.dimension])

    def _transform_feature(self, inputs: LazyBuilder) -> Any:
        return inputs.get(self.categorical_column)

    def _get_dense_tensor(
        self, inputs: LazyBuilder, weight_collections: Any = None, trainable: Any = None
    ) -> Tensor:
        check_no_sequence(self, "embedding_column", "_SequenceCategoricalColumn")
        pair = self.categorical_column._get_sparse_tensors(inputs, weight_collections, trainable)
        return self._found(pair, weight_collections, trainable)

    def _get_sequence_dense_tensor(
        self, inputs: LazyBuilder, weight_collections: Any = None, trainable: Any = None
    ) -> TensorSequenceLengthPair:
        check_sequence(self, "embedding_column", earlier=True)
        pair = self.categorical_column._get_sparse_tensors(inputs)
        return with_lengths(self._found(pair, weight_collections, trainable), pair)

    def _found(self, pair: IdWeightPair, weight_collections: Any, trainable: Any) -> Tensor:
        """The rows of a variable of the variable scope."""
        if weight_collections and GraphKeys.GLOBAL_VARIABLES not in weight_collections:
            weight_collections = [*weight_collections, GraphKeys.GLOBAL_VARIABLES]
        weights = variable_scope.get_variable(
            name="embedding_weights",
            shape=(self.categorical_column._num_buckets, self.dimension),
            dtype=dtypes.float32,
            initializer=self.initializer,
            trainable=self.trainable and trainable,
            collections=weight_collections,
        )
        return looked_up(self, weights, pair)

    def create_state(self, state_manager: Any) -> None:
        state_manager.create_variable(
            self,
            name="embedding_weights",
            shape=(self.categorical_column._num_buckets, self.dimension),
            dtype=dtypes.float32,
            trainable=self.trainable,
            use_resource=True,
            initializer=self.initializer,
        )

    def get_dense_tensor(self, transformation_cache: LazyBuilder, state_manager: Any) -> Tensor:
        check_no_sequence(self, "embedding_column")
        pair = self.categorical_column.get_sparse_tensors(transformation_cache, state_manager)
        weights = state_manager.get_variable(self, name="embedding_weights")
        return looked_up(self, weights, pair)

    def get_sequence_dense_tensor(
        self, transformation_cache: LazyBuilder, state_manager: Any
    ) -> TensorSequenceLengthPair:
        check_sequence(self, "embedding_column")
        pair = self.categorical_column.get_sparse_tensors(transformation_cache, state_manager)
        weights = state_manager.get_variable(self, name="embedding_weights")
        return with_lengths(looked_up(self, weights, pair), pair)


def looked_up(column: Any, weights: Any, pair: IdWeightPair) -> Tensor:
    """The rows of a column's weights, started from its checkpoint where it has one."""
    if column.ckpt_to_load_from is not None:
        restored = weights
        if isinstance(weights, PartitionedVariable):
            restored = list(weights)
        init_from_checkpoint(column.ckpt_to_load_from, {column.tensor_name_in_ckpt: restored})
    return embedding_ops.safe_embedding_lookup_sparse(
        embedding_weights=weights,
        sparse_ids=pair.id_tensor,
        sparse_weights=pair.weight_tensor,
        combiner=column.combiner,
        name=f"{column.name}_weights",
        max_norm=column.max_norm,
    )


@export("feature_column.indicator_column")
def indicator_column(categorical_column: Any) -> IndicatorColumn:
    """A dense column of how often each category is there, [batch, number of categories]. Stands
    for `tf.feature_column.indicator_column`.

    Args:
      categorical_column: any categorical column; weights are summed instead of counted.
    """
    return IndicatorColumn(categorical_column)


@export("feature_column.embedding_column")
def embedding_column(
    categorical_column: Any,
    dimension: int,
    combiner: str = "mean",
    initializer: Callable[..., Any] | None = None,
    ckpt_to_load_from: str | None = None,
    tensor_name_in_ckpt: str | None = None,
    max_norm: float | None = None,
    trainable: bool = True,
) -> EmbeddingColumn:
    """A dense column of a learned vector for each category, [batch, dimension]. Stands for
    `tf.feature_column.embedding_column`.

    Args:
      categorical_column: any categorical column.
      dimension: the length of the vectors.
      combiner: "mean", "sqrtn" or "sum": how several vectors of an example become one.
      initializer: of the variable; by default a truncated normal, stddev 1 / sqrt(dimension).
      ckpt_to_load_from: a checkpoint from which the variable starts.
      tensor_name_in_ckpt: what it is called there.
      max_norm: longer vectors are cut to this L2 norm.
      trainable: whether the variable is trained.

    Raises:
      ValueError: a dimension below 1, an initializer that cannot be called, one of the
        checkpoint's arguments without the other.
    """
    checked = checked_initializer(
        dimension,
        initializer,
        ckpt_to_load_from,
        tensor_name_in_ckpt,
        f" Embedding of column_name: {categorical_column.name}",
    )
    return EmbeddingColumn(
        categorical_column,
        dimension,
        combiner,
        checked,
        ckpt_to_load_from,
        tensor_name_in_ckpt,
        max_norm,
        trainable,
    )


def checked_initializer(
    dimension: Any, initializer: Any, ckpt_to_load_from: Any, tensor_name_in_ckpt: Any, of: str
) -> Callable[..., Any]:
    """The initializer of embeddings, after a look at the arguments that all of them have."""
    if dimension is None or dimension < 1:
        raise ValueError(f"Invalid dimension {dimension}.")
    if (ckpt_to_load_from is None) != (tensor_name_in_ckpt is None):
        raise ValueError(
            "Must specify both `ckpt_to_load_from` and `tensor_name_in_ckpt` or none of them."
        )
    if initializer is not None and not callable(initializer):
        raise ValueError(f"initializer must be callable if specified.{of}")
    if initializer is None:
        stddev = 1 / math.sqrt(dimension)
        return init_ops.truncated_normal_initializer(mean=0.0, stddev=stddev)
    return initializer
