"""Feature columns before `tf.feature_column`: vectors of categories."""

import collections
import math
from collections.abc import Sequence
from typing import Any

from evergraph.api import init_ops, parsing_features
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.base.tensor_shape import TensorShape
from evergraph.graph.defaults import add_to_collection, get_collection
from evergraph.library.contrib.framework.variables import model_variable
from evergraph.library.contrib.layers import embedding_ops
from evergraph.library.contrib.layers.feature_column import (
    _DeepEmbeddingLookupArguments,
    _FeatureColumn,
    _LinearEmbeddingLookupArguments,
)
from evergraph.library.contrib.layers.scattered_embedding import scattered_embedding_lookup_sparse
from evergraph.library.contrib.layers.shaping import _inner_flatten
from evergraph.library.contrib.layers.sparse_columns import (
    _SparseColumn,
    _WeightedSparseColumn,
    insert_as_source,
)
from evergraph.library.feature_column.columns import DenseColumn
from evergraph.library.train.checkpoint_utils import init_from_checkpoint

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
        insert_as_source(self, columns_to_tensors)

    def _transform_feature(self, inputs: Any) -> Any:
        return inputs.get(self.sparse_id_column)

    def _checkpoint_path(self) -> tuple[str, str] | None:
        if self.ckpt_to_load_from is None:
            return None
        return self.ckpt_to_load_from, self.tensor_name_in_ckpt

    def _deep_embedding_lookup_arguments(self, input_tensor: Any) -> _DeepEmbeddingLookupArguments:
        return _DeepEmbeddingLookupArguments(
            input_tensor=self.sparse_id_column.id_tensor(input_tensor),
            weight_tensor=self.sparse_id_column.weight_tensor(input_tensor),
            vocab_size=self.length,
            initializer=self.initializer,
            combiner=self.combiner,
            dimension=self.dimension,
            shared_embedding_name=self.shared_embedding_name,
            hash_key=None,
            max_norm=self.max_norm,
            trainable=self.trainable,
        )

    def _wide_embedding_lookup_arguments(
        self, input_tensor: Any
    ) -> _LinearEmbeddingLookupArguments:
        raise ValueError(
            f"Column {self} is not supported in linear models. Please use sparse_column."
        )

    def _get_dense_tensor(
        self, inputs: Any, weight_collections: Any = None, trainable: Any = None
    ) -> Any:
        arguments = self._deep_embedding_lookup_arguments(inputs.get(self))
        return _embeddings_from_arguments(self, arguments, weight_collections, trainable)


def _embeddings_from_arguments(
    column: Any,
    args: _DeepEmbeddingLookupArguments,
    weight_collections: Any,
    trainable: bool,
    output_rank: int = 2,
) -> Any:
    """The vectors of a lookup, which are looked up in a variable of the variable scope."""
    ids = _inner_flatten(args.input_tensor, output_rank)
    weights = args.weight_tensor
    if weights is not None:
        weights = _inner_flatten(weights, output_rank)
    options = {
        "dtype": dtypes.float32,
        "initializer": args.initializer,
        "trainable": trainable and args.trainable,
        "collections": weight_collections,
    }
    if args.hash_key:
        numbers = model_variable(name="weights", shape=[args.vocab_size], **options)
        return scattered_embedding_lookup_sparse(
            numbers,
            ids,
            args.dimension,
            hash_key=args.hash_key,
            combiner=args.combiner,
            name="lookup",
        )
    shape = [args.vocab_size, args.dimension]
    if args.shared_embedding_name is None:
        vectors = model_variable(name="weights", shape=shape, **options)
    else:
        vectors = _shared(args.shared_embedding_name, shape, options)
    parts = parts_of(vectors)
    restore(column, parts)
    return embedding_ops.safe_embedding_lookup_sparse(
        parts,
        ids,
        sparse_weights=weights,
        combiner=args.combiner,
        name=f"{column.name}weights",
        max_norm=args.max_norm,
    )


def _shared(name: str, shape: list[int], options: dict[str, Any]) -> Any:
    """The variable of that name, which the first column makes."""
    collection = f"SHARED_EMBEDDING_COLLECTION_{name.upper()}"
    if not (there := get_collection(collection)):
        made = model_variable(name=name, shape=shape, **options)
        add_to_collection(collection, made)
        return made
    if len(there) > 1:
        raise ValueError(f"Collection {collection} can only contain one (partitioned) variable.")
    if there[0].get_shape() != shape:
        raise ValueError(
            f"The embedding variable with name {name} already exists, but its shape does not match "
            "required embedding shape here. Please make sure to use different "
            "shared_embedding_name for different shared embeddings."
        )
    return there[0]


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
    if isinstance(one, _WeightedSparseColumn):
        return one.is_compatible(other)  # type: ignore[no-any-return]
    return other.is_compatible(one)  # type: ignore[no-any-return]


def _shared_name(columns: Any) -> str:
    plain = sorted((c for c in columns if isinstance(c, _SparseColumn)), key=lambda c: c.name)
    weighted = (c for c in columns if not isinstance(c, _SparseColumn))
    names = [c.name for c in plain + sorted(weighted, key=lambda c: c.name)]
    more = f"_plus_{len(names) - 3}_others" if len(names) > 3 else ""
    return f"{'_'.join(names[:3])}{more}_shared_embedding"


class _ScatteredEmbeddingColumn(
    _FeatureColumn,
    DenseColumn,
    collections.namedtuple(
        "_ScatteredEmbeddingColumn",
        ["column_name", "size", "dimension", "hash_key", "combiner", "initializer"],
    ),
):
    """Vectors of texts whose numbers are found by hashes in one variable."""

    def __new__(
        cls,
        column_name: str,
        size: int,
        dimension: int,
        hash_key: int | None,
        combiner: str = "sqrtn",
        initializer: Any = None,
    ) -> "_ScatteredEmbeddingColumn":
        if initializer is not None and not callable(initializer):
            raise ValueError(
                f"initializer must be callable if specified. column_name: {column_name}"
            )
        if initializer is None:
            initializer = init_ops.truncated_normal_initializer(mean=0.0, stddev=0.1)
        return super().__new__(cls, column_name, size, dimension, hash_key, combiner, initializer)

    @property
    def name(self) -> str:
        """The feature's name with "_scattered_embedding"."""
        return f"{self.column_name}_scattered_embedding"

    @property
    def config(self) -> dict[str, Any]:
        """As of _FeatureColumn."""
        return {self.column_name: parsing_features.VarLenFeature(dtypes.string)}

    @property
    def key(self) -> str:
        """As of _FeatureColumn."""
        return self._key_without("initializer")

    @property
    def _variable_shape(self) -> TensorShape:
        return TensorShape([self.dimension])

    def _transform_feature(self, inputs: Any) -> Any:
        return inputs.get(self.column_name)

    def _deep_embedding_lookup_arguments(self, input_tensor: Any) -> _DeepEmbeddingLookupArguments:
        return _DeepEmbeddingLookupArguments(
            input_tensor=input_tensor,
            weight_tensor=None,
            vocab_size=self.size,
            initializer=self.initializer,
            combiner=self.combiner,
            dimension=self.dimension,
            shared_embedding_name=None,
            hash_key=self.hash_key,
            max_norm=None,
            trainable=True,
        )

    def _get_dense_tensor(
        self, inputs: Any, weight_collections: Any = None, trainable: Any = None
    ) -> Any:
        arguments = self._deep_embedding_lookup_arguments(inputs.get(self))
        return _embeddings_from_arguments(self, arguments, weight_collections, trainable)


@export("contrib.layers.scattered_embedding_column")
def scattered_embedding_column(
    column_name: str,
    size: int,
    dimension: int,
    hash_key: int | None,
    combiner: str = "mean",
    initializer: Any = None,
) -> Any:
    """A column for networks of a vector for each text, whose numbers are found by hashes of text
    and of the number's place. Stands for `tf.contrib.layers.scattered_embedding_column`.

    Args:
      column_name: the feature's name.
      size: how many numbers there are for all texts.
      dimension: the size of the vectors.
      hash_key: of the hash.
      combiner: "mean", "sqrtn" or "sum": how several of an example come together.
      initializer: of the numbers; default: truncated normal, the deviation is 0.1.

    Raises:
      ValueError: an argument is none of these.
    """
    if dimension < 1 or size < 1:
        raise ValueError(
            f"Dimension and size must be greater than 0. dimension: {dimension}, size: {size}, "
            f"column_name: {column_name}"
        )
    if combiner not in ("mean", "sqrtn", "sum"):
        raise ValueError(
            "Combiner must be one of 'mean', 'sqrtn' or 'sum'. "
            f"combiner: {combiner}, column_name: {column_name}"
        )
    return _ScatteredEmbeddingColumn(column_name, size, dimension, hash_key, combiner, initializer)
