"""Embeddings of several columns by one variable."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from evergraph.api import variable_scope
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.base.tensor_shape import TensorShape
from evergraph.graph.defaults import (
    add_to_collection,
    executing_eagerly,
    get_collection,
    name_scope,
)
from evergraph.graph.tensor import Tensor
from evergraph.library.feature_column.columns import (
    CategoricalColumn,
    DenseColumn,
    LazyBuilder,
    SequenceDenseColumn,
    TensorSequenceLengthPair,
)
from evergraph.library.feature_column.crossed import WeightedCategoricalColumn
from evergraph.library.feature_column.dense import checked_initializer, looked_up
from evergraph.library.feature_column.sequences import (
    check_no_sequence,
    check_sequence,
    with_lengths,
)

_FIXES = (
    "Suggested fix A: Choose a unique name for this collection. Suggested fix B: Do not add any "
    "variables to this collection. The feature_column library already adds a variable under the "
    "hood."
)


@dataclass(frozen=True, order=False)
class _SharedEmbeddingColumn(DenseColumn, SequenceDenseColumn):
    """One of the columns; the graph's collection of the shared name holds their variable."""

    categorical_column: Any
    dimension: int
    combiner: str
    initializer: Callable[..., Any]
    shared_embedding_collection_name: str
    ckpt_to_load_from: str | None
    tensor_name_in_ckpt: str | None
    max_norm: float | None
    trainable: bool

    @property
    def _is_v2_column(self) -> bool:
        return False

    @property
    def name(self) -> str:
        return f"{self.categorical_column.name}_shared_embedding"

    @property
    def _var_scope_name(self) -> str:
        return self.shared_embedding_collection_name

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
        return self._found(inputs, weight_collections, trainable)

    def _get_sequence_dense_tensor(
        self, inputs: LazyBuilder, weight_collections: Any = None, trainable: Any = None
    ) -> TensorSequenceLengthPair:
        check_sequence(self, "embedding_column", "_SequenceCategoricalColumn", earlier=True)
        tensor = self._found(inputs, weight_collections, trainable)
        return with_lengths(tensor, self.categorical_column._get_sparse_tensors(inputs))

    def _found(self, inputs: LazyBuilder, weight_collections: Any, trainable: Any) -> Tensor:
        # The variable scope is that of all columns.
        with name_scope(None, default_name=self.name):
            pair = self.categorical_column._get_sparse_tensors(
                inputs, weight_collections, trainable
            )
            return looked_up(self, self._weights(weight_collections, trainable), pair)

    def _weights(self, weight_collections: Any, trainable: Any) -> Any:
        name = self.shared_embedding_collection_name
        shape = (self.categorical_column._num_buckets, self.dimension)
        shared = get_collection(name)
        if len(shared) > 1:
            raise ValueError(f"Collection {shared} can only contain one variable. {_FIXES}")
        if shared:
            found = shared[0]
            if found.get_shape() != shape:
                raise ValueError(
                    f"Shared embedding collection {name} contains variable {found.name} of "
                    f"unexpected shape {found.get_shape()}. Expected shape is {shape}. {_FIXES}"
                )
            return found
        made = variable_scope.get_variable(
            name="embedding_weights",
            shape=shape,
            dtype=dtypes.float32,
            initializer=self.initializer,
            trainable=self.trainable and trainable,
            collections=weight_collections,
        )
        add_to_collection(name, made)
        return made


@export("feature_column.shared_embedding_columns")
def shared_embedding_columns(
    categorical_columns: Any,
    dimension: int,
    combiner: str = "mean",
    initializer: Callable[..., Any] | None = None,
    shared_embedding_collection_name: str | None = None,
    ckpt_to_load_from: str | None = None,
    tensor_name_in_ckpt: str | None = None,
    max_norm: float | None = None,
    trainable: bool = True,
) -> list[_SharedEmbeddingColumn]:
    """Dense columns of learned vectors, the same for the same category in each. Stands for
    `tf.feature_column.shared_embedding_columns`.

    Args:
      categorical_columns: columns of one kind and number of categories, perhaps weighted.
      shared_embedding_collection_name: the collection that holds the variable, and its scope;
        default: made of the columns' names.
      dimension, combiner, initializer, ckpt_to_load_from, tensor_name_in_ckpt, max_norm,
        trainable: as of `tf.feature_column.embedding_column`.

    Raises:
      ValueError: columns or arguments do not fit.
      RuntimeError: eager execution is enabled.
    """
    check_not_eager()
    checked = checked_initializer(
        dimension, initializer, ckpt_to_load_from, tensor_name_in_ckpt, ""
    )
    name = checked_name(categorical_columns, shared_embedding_collection_name, "_CategoricalColumn")
    return [
        _SharedEmbeddingColumn(
            column,
            dimension,
            combiner,
            checked,
            name,
            ckpt_to_load_from,
            tensor_name_in_ckpt,
            max_norm,
            trainable,
        )
        for column in categorical_columns
    ]


def check_not_eager() -> None:
    """Complains of shared columns in eager execution."""
    if executing_eagerly():
        raise RuntimeError(
            "shared_embedding_columns are not supported when eager execution is enabled."
        )


def checked_name(columns: Any, name: str | None, kind: str) -> str:
    """The name that columns share, by default made of theirs; complains where they differ in kind
    or number of categories."""
    ordered = sorted(columns, key=lambda column: column.name)
    _check_alike(ordered, kind)
    return name or "_".join(c.name for c in ordered) + "_shared_embedding"


def _unweighted(column: Any) -> Any:
    weighted = isinstance(column, WeightedCategoricalColumn)
    return column.categorical_column if weighted else column


def _check_alike(columns: list[Any], kind: str) -> None:
    first = columns[0]
    buckets = first._num_buckets
    if not isinstance(first, CategoricalColumn):
        raise ValueError(
            f"All categorical_columns must be subclasses of {kind}. Given: "
            f"{first}, of type: {type(first)}"
        )
    first = _unweighted(first)
    for other in map(_unweighted, columns[1:]):
        if not isinstance(other, type(first)):
            raise ValueError(
                "To use shared_embedding_column, all categorical_columns must have the same type, "
                "or be weighted_categorical_column of the same type. Given column: "
                f"{first} of type: {type(first)} does not match given column: {other} of type: "
                f"{type(other)}"
            )
        if buckets != other._num_buckets:
            raise ValueError(
                "To use shared_embedding_column, all categorical_columns must have the same "
                f"number of buckets. Given column: {first} with buckets: {buckets} does  not match "
                f"column: {other} with buckets: {other._num_buckets}"
            )
