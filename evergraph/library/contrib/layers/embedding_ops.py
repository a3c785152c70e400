"""Vectors of ids: lookups that bear missing and repeated ids."""

from typing import Any

from evergraph.api import array_ops, embedding_ops, math_ops, sparse_ops
from evergraph.api.check_ops import assert_same_float_dtype
from evergraph.api.variables import PartitionedVariable
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.base.tensor_shape import Dimension, dimension_value, unknown_shape
from evergraph.graph.composite import SparseTensor
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor


@export("contrib.layers.safe_embedding_lookup_sparse")
def safe_embedding_lookup_sparse(
    embedding_weights: Any,
    sparse_ids: Any,
    sparse_weights: Any = None,
    combiner: str | None = None,
    default_id: Any = None,
    name: str | None = None,
    partition_strategy: str = "div",
    max_norm: float | None = None,
) -> Tensor:
    """As `tf.nn.embedding_lookup_sparse`, for ids that may be negative and rows that may be empty.
    Stands for `tf.contrib.layers.safe_embedding_lookup_sparse`.

    Args:
      embedding_weights: the parts of a matrix, or a partitioned variable.
      sparse_ids: a SparseTensor of two axes or more. Ids below 0 are passed over.
      sparse_weights: the weight of each id. With a mean, those that are not positive are passed
        over.
      combiner: "mean" (the default), "sqrtn" or "sum".
      default_id: the id of empty rows; their result is 0 without it.
      name: a name scope; default: "embedding_lookup".
      partition_strategy: "div" or "mod".
      max_norm: the largest length of a vector.

    Returns:
      The shape of the ids without the last axis, and the vectors'.

    Raises:
      ValueError: there are no weights, or the types differ.
    """
    if combiner is None:
        logging.warn('The default value of combiner will change from "mean" to "sqrtn" later.')
        combiner = "mean"
    if embedding_weights is None:
        raise ValueError(f"Missing embedding_weights {embedding_weights}.")
    if isinstance(embedding_weights, PartitionedVariable):
        embedding_weights = list(embedding_weights)
    if not isinstance(embedding_weights, list):
        embedding_weights = [embedding_weights]
    if not embedding_weights:
        raise ValueError(f"Missing embedding_weights {embedding_weights}.")
    dtype = sparse_weights.dtype if sparse_weights is not None else None
    parts = [convert_to_tensor(w, dtype=dtype) for w in embedding_weights]
    assert_same_float_dtype([*parts, sparse_weights])
    with name_scope(name, "embedding_lookup", [*parts, sparse_ids, sparse_weights]) as scope:
        shape = sparse_ids.dense_shape
        rank_dim = Dimension(dimension_value(shape.get_shape()[0]))
        rank = array_ops.size(shape) if rank_dim.value is None else rank_dim.value
        rows = math_ops.reduce_prod(array_ops.slice(shape, [0], [rank - 1]))
        sparse_ids = sparse_ops.sparse_reshape(
            sparse_ids, [rows, array_ops.gather(shape, rank - 1)]
        )
        if sparse_weights is not None:
            sparse_weights = SparseTensor(
                sparse_ids.indices, sparse_weights.values, sparse_ids.dense_shape
            )
        sparse_ids, sparse_weights = _prune_invalid_ids(sparse_ids, sparse_weights)
        if combiner != "sum":
            sparse_ids, sparse_weights = _prune_invalid_weights(sparse_ids, sparse_weights)
        sparse_ids, is_row_empty = sparse_ops.sparse_fill_empty_rows(sparse_ids, default_id or 0)
        if sparse_weights is not None:
            sparse_weights, _ = sparse_ops.sparse_fill_empty_rows(sparse_weights, 1.0)
        result = embedding_ops.embedding_lookup_sparse(
            parts,
            sparse_ids,
            sparse_weights,
            combiner=combiner,
            partition_strategy=partition_strategy,
            name=None if default_id is None else scope,
            max_norm=max_norm,
        )
        if default_id is None:
            column = array_ops.reshape(is_row_empty, [-1, 1])
            size = array_ops.stack([1, array_ops.shape(result)[1]])
            empty = array_ops.tile(column, size)
            result = array_ops.where(empty, array_ops.zeros_like(result), result, name=scope)
        outer = array_ops.slice(math_ops.cast(shape, dtypes.int32), [0], [rank - 1])
        inner = array_ops.slice(array_ops.shape(result), [1], [-1])
        final = array_ops.reshape(result, array_ops.concat([outer, inner], 0))
        final.set_shape(unknown_shape((rank_dim - 1).value).concatenate(result.get_shape()[1:]))
        return final


def _prune_invalid_ids(sparse_ids: Any, sparse_weights: Any) -> tuple[Any, Any]:
    """Without ids below 0."""
    valid = math_ops.greater_equal(sparse_ids.values, 0)
    if sparse_weights is not None:
        ones = array_ops.ones_like(sparse_weights.values, dtype=dtypes.bool)
        valid = math_ops.logical_and(valid, ones)
    sparse_ids = sparse_ops.sparse_retain(sparse_ids, valid)
    if sparse_weights is not None:
        sparse_weights = sparse_ops.sparse_retain(sparse_weights, valid)
    return sparse_ids, sparse_weights


def _prune_invalid_weights(sparse_ids: Any, sparse_weights: Any) -> tuple[Any, Any]:
    """Without ids whose weight is not positive."""
    if sparse_weights is None:
        return sparse_ids, sparse_weights
    valid = math_ops.greater(sparse_weights.values, 0)
    return (
        sparse_ops.sparse_retain(sparse_ids, valid),
        sparse_ops.sparse_retain(sparse_weights, valid),
    )


@export("contrib.layers.embedding_lookup_unique")
def embedding_lookup_unique(
    params: Any, ids: Any, partition_strategy: str = "mod", name: str | None = None
) -> Tensor:
    """As `tf.nn.embedding_lookup`, each id looked up once only, so that gradients are smaller.
    Stands for `tf.contrib.layers.embedding_lookup_unique`."""
    with name_scope(name, "EmbeddingLookupUnique", [params, ids]):
        ids = convert_to_tensor(ids)
        shape = array_ops.shape(ids)
        flat = array_ops.reshape(ids, math_ops.reduce_prod(shape, keepdims=True))
        unique_ids, places = array_ops.unique(flat)
        vectors = embedding_ops.embedding_lookup(params, unique_ids, partition_strategy)
        found = array_ops.gather(vectors, places)
        full_shape = array_ops.concat([shape, array_ops.shape(vectors)[1:]], 0)
        found = array_ops.reshape(found, full_shape)
        found.set_shape(ids.get_shape().concatenate(vectors.get_shape()[1:]))
        return found
