"""Embeddings of several columns by one variable, in layers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from evergraph.api import embedding_ops, variable_scope
from evergraph.api.variables import PartitionedVariable
from evergraph.base import dtypes
from evergraph.base.tensor_shape import TensorShape
from evergraph.graph.defaults import name_scope
from evergraph.graph.graph import get_default_graph
from evergraph.graph.tensor import Tensor
from evergraph.library.feature_column.columns import (
    DenseColumn,
    LazyBuilder,
    SequenceDenseColumn,
    TensorSequenceLengthPair,
)
from evergraph.library.feature_column.dense import checked_initializer
from evergraph.library.feature_column.sequences import (
    check_no_sequence,
    check_sequence,
    with_lengths,
)
from evergraph.library.feature_column.shared import check_not_eager, checked_name
from evergraph.library.train.checkpoint_utils import init_from_checkpoint
from evergraph.library.train.tracking.tracking import AutoTrackable


class SharedEmbeddingColumnCreator(AutoTrackable):
    """Makes the columns that share a variable, and the variable, once in each graph."""

    def __init__(
        self,
        dimension: int,
        initializer: Callable[..., Any],
        ckpt_to_load_from: str | None,
        tensor_name_in_ckpt: str | None,
        num_buckets: int,
        trainable: bool,
        name: str = "shared_embedding_column_creator",
    ) -> None:
        self._dimension = dimension
        self._initializer = initializer
        self._ckpt_to_load_from = ckpt_to_load_from
        self._tensor_name_in_ckpt = tensor_name_in_ckpt
        self._num_buckets = num_buckets
        self._trainable = trainable
        self._name = name

    def __call__(
        self, categorical_column: Any, combiner: str, max_norm: float | None
    ) -> "SharedEmbeddingColumn":
        return SharedEmbeddingColumn(categorical_column, self, combiner, max_norm)

    @property
    def embedding_weights(self) -> Any:
        """The variable."""
        # In the graph itself: a table of graphs would keep them, as variables know their graph.
        made = get_default_graph().__dict__.setdefault("_shared_embeddings", {})
        if self not in made:
            made[self] = self._made()
        return made[self]

    def _made(self) -> Any:
        weights = variable_scope.get_variable(
            name=self._name,
            shape=(self._num_buckets, self._dimension),
            dtype=dtypes.float32,
            initializer=self._initializer,
            trainable=self._trainable,
        )
        if self._ckpt_to_load_from is not None:
            restored = list(weights) if isinstance(weights, PartitionedVariable) else weights
            init_from_checkpoint(self._ckpt_to_load_from, {self._tensor_name_in_ckpt: restored})
        return weights

    @property
    def dimension(self) -> int:
        """The length of the vectors."""
        return self._dimension


def _refuse(*_: Any, **__: Any) -> Any:
    raise ValueError(
        "SharedEmbeddingColumns are not supported in `linear_model` or `input_layer`. Please use "
        "`DenseFeatures` or `LinearModel` instead."
    )


@dataclass(frozen=True, order=False)
class SharedEmbeddingColumn(DenseColumn, SequenceDenseColumn):
    """One of the columns of a SharedEmbeddingColumnCreator."""

    categorical_column: Any
    shared_embedding_column_creator: SharedEmbeddingColumnCreator
    combiner: str
    max_norm: float | None

    _parse_example_spec = property(_refuse)
    _variable_shape = property(_refuse)
    _transform_feature = _refuse
    _get_dense_tensor = _refuse
    _get_sequence_dense_tensor = _refuse

    @property
    def _is_v2_column(self) -> bool:
        return True

    @property
    def name(self) -> str:
        return f"{self.categorical_column.name}_shared_embedding"

    @property
    def parents(self) -> list[Any]:
        return [self.categorical_column]

    @property
    def parse_example_spec(self) -> dict[str, Any]:
        return self.categorical_column.parse_example_spec  # type: ignore[no-any-return]

    @property
    def variable_shape(self) -> TensorShape:
        """The shape of one example."""
        return TensorShape([self.shared_embedding_column_creator.dimension])

    def transform_feature(self, transformation_cache: LazyBuilder, state_manager: Any) -> Any:
        return transformation_cache.get(self.categorical_column, state_manager)

    def get_dense_tensor(self, transformation_cache: LazyBuilder, state_manager: Any) -> Tensor:
        check_no_sequence(self, "embedding_column")
        return self._found(transformation_cache, state_manager)

    def get_sequence_dense_tensor(
        self, transformation_cache: LazyBuilder, state_manager: Any
    ) -> TensorSequenceLengthPair:
        check_sequence(self, "embedding_column")
        tensor = self._found(transformation_cache, state_manager)
        column = self.categorical_column
        return with_lengths(tensor, column.get_sparse_tensors(transformation_cache, state_manager))

    def _found(self, cache: LazyBuilder, state_manager: Any) -> Tensor:
        with name_scope(None, default_name=self.name):
            pair = self.categorical_column.get_sparse_tensors(cache, state_manager)
            return embedding_ops.safe_embedding_lookup_sparse(
                embedding_weights=self.shared_embedding_column_creator.embedding_weights,
                sparse_ids=pair.id_tensor,
                sparse_weights=pair.weight_tensor,
                combiner=self.combiner,
                name=f"{self.name}_weights",
                max_norm=self.max_norm,
            )


def shared_embedding_columns_v2(
    categorical_columns: Any,
    dimension: int,
    combiner: str = "mean",
    initializer: Callable[..., Any] | None = None,
    shared_embedding_collection_name: str | None = None,
    ckpt_to_load_from: str | None = None,
    tensor_name_in_ckpt: str | None = None,
    max_norm: float | None = None,
    trainable: bool = True,
) -> list[SharedEmbeddingColumn]:
    """As `tf.feature_column.shared_embedding_columns`, for layers; the shared name is the
    variable's."""
    check_not_eager()
    checked = checked_initializer(
        dimension, initializer, ckpt_to_load_from, tensor_name_in_ckpt, ""
    )
    name = checked_name(categorical_columns, shared_embedding_collection_name, "CategoricalColumn")
    creator = SharedEmbeddingColumnCreator(
        dimension,
        checked,
        ckpt_to_load_from,
        tensor_name_in_ckpt,
        min(categorical_columns, key=lambda column: column.name).num_buckets,
        trainable,
        name,
    )
    return [creator(column, combiner, max_norm) for column in categorical_columns]
