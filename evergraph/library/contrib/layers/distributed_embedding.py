"""Lookups of vectors that are summed where they are kept, before they come together."""

from typing import Any

from evergraph.api import array_ops, clip_ops, gathering, math_ops
from evergraph.api.embedding_ops import _tables, _total_ids
from evergraph.api.resource_variable_ops import ResourceVariable
from evergraph.base import dtypes
from evergraph.base.platform import logging
from evergraph.graph.composite import SparseTensor, convert_n_to_tensor_or_indexed_slices
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import colocate_with, name_scope
from evergraph.graph.tensor import Tensor


def embedding_lookup_sparse_with_distributed_aggregation(
    params: Any,
    sp_ids: Any,
    sp_weights: Any,
    partition_strategy: str = "mod",
    name: str | None = None,
    combiner: str | None = None,
    max_norm: float | None = None,
) -> Tensor:
    """As `tf.nn.embedding_lookup_sparse`; the vectors of a row that are in one part of the table
    are summed beside it.

    Args:
      params: a table, its parts, or a partitioned variable.
      sp_ids: an [n, m] SparseTensor of ids, n rows that are not empty.
      sp_weights: a SparseTensor of weights at the same indices, or None for 1.
      partition_strategy: "mod" or "div".
      name: a name scope; default: "embedding_lookup_sparse".
      combiner: "mean" (the default), "sqrtn" or "sum".
      max_norm: where given, longer vectors are scaled to this norm.

    Raises:
      TypeError: `sp_ids` or `sp_weights` is not sparse.
      ValueError: another combiner or strategy.
    """
    if combiner is None:
        logging.warn(
            'The default value of combiner will change from "mean" to "sqrtn" after 2016/11/01.'
        )
        combiner = "mean"
    if combiner not in ("mean", "sqrtn", "sum"):
        raise ValueError("combiner must be one of 'mean', 'sqrtn' or 'sum'")
    tables = _tables(params)
    if not isinstance(sp_ids, SparseTensor):
        raise TypeError("sp_ids must be SparseTensor")
    if sp_weights is not None:
        if not isinstance(sp_weights, SparseTensor):
            raise TypeError("sp_weights must be either None or SparseTensor")
        for part in ("values", "indices", "dense_shape"):
            own = getattr(sp_ids, part).get_shape()
            own.assert_is_compatible_with(getattr(sp_weights, part).get_shape())
    with name_scope(name, "embedding_lookup_sparse", [*tables, sp_ids]):
        rows = sp_ids.indices[:, 0]
        if rows.dtype != dtypes.int32:
            rows = math_ops.cast(rows, dtypes.int32)
        ids, places, weights = sp_ids.values, None, None
        if sp_weights is None:
            ids, places = array_ops.unique(ids)
        else:
            weights = sp_weights.values
        sums = _embedding_lookup_with_distributed_aggregation(
            tables,
            ids,
            partition_strategy=partition_strategy,
            max_norm=max_norm,
            weights=weights,
            idx=places,
            segment_ids=rows,
        )
        if weights is None:
            weights = array_ops.fill([array_ops.shape(rows)[0]], 1)
        weights = _broadcast(weights, sums)
        if combiner == "mean":
            return math_ops.div(sums, math_ops.segment_sum(weights, rows))
        if combiner == "sqrtn":
            squares = math_ops.segment_sum(math_ops.pow(weights, 2), rows)
            return math_ops.div(sums, math_ops.sqrt(squares))
        return sums


def _broadcast(weights: Tensor, vectors: Tensor) -> Tensor:
    """Weights with the type of vectors, and axes of size 1 for theirs."""
    if weights.dtype != vectors.dtype:
        weights = math_ops.cast(weights, vectors.dtype)
    more = array_ops.expand_dims(array_ops.rank(vectors) - 1, 0)
    ones = array_ops.fill(more, 1)
    shape = array_ops.concat([array_ops.shape(weights), ones], 0)
    static = weights.get_shape()
    weights = array_ops.reshape(weights, shape)
    rank = vectors.get_shape().ndims
    if rank is not None:
        weights.set_shape(static.concatenate([1] * (rank - 1)))
    return weights


def _clipped(vectors: Tensor, max_norm: float | None) -> Tensor:
    if max_norm is None:
        return vectors
    rank = vectors.get_shape().ndims
    assert rank is not None
    return clip_ops.clip_by_norm(vectors, max_norm, axes=list(range(1, rank)))


def _gathered(table: Any, ids: Tensor) -> Tensor:
    if isinstance(table, ResourceVariable):
        return table.sparse_read(ids)
    return array_ops.gather(table, ids)


def _embedding_lookup_with_distributed_aggregation(
    params: Any,
    ids: Any,
    partition_strategy: str = "mod",
    name: str | None = None,
    max_norm: float | None = None,
    weights: Any = None,
    idx: Any = None,
    segment_ids: Any = None,
) -> Tensor:
    """The sums of vectors over segments.

    Args:
      params, partition_strategy, max_norm: as above.
      ids: with `weights` one for each of them, else each once.
      name: a name scope.
      weights: of each id, or None.
      idx: without weights, which of `ids` each value is.
      segment_ids: the row of each value.

    Raises:
      ValueError: there is no table or no such strategy.
    """
    if params is None or params == []:
        raise ValueError("Need at least one param")
    tables = _tables(params)
    scope_name = "embedding_lookup_with_distributed_aggregation"
    with name_scope(name, scope_name, [*tables, ids]) as scope:
        if not any(isinstance(table, ResourceVariable) for table in tables):
            tables = convert_n_to_tensor_or_indexed_slices(tables, name="params")
        if len(tables) > 1:
            return _of_parts(
                tables, ids, partition_strategy, scope, max_norm, weights, idx, segment_ids
            )
        with colocate_with(tables[0]):
            vectors = _clipped(_gathered(tables[0], ids), max_norm)
            if weights is None:
                return math_ops.sparse_segment_sum(vectors, idx, segment_ids, name=scope)
            vectors *= _broadcast(weights, vectors)
            return math_ops.segment_sum(vectors, segment_ids, name=scope)


def _owners(tables: list[Any], ids: Tensor, strategy: str) -> tuple[Tensor, Tensor]:
    """The part of each id, and its row there."""
    count = len(tables)
    if strategy == "mod":
        return ids % count, ids // count
    if strategy != "div":
        raise ValueError(f"Unrecognized partition strategy: {strategy}")
    total = _total_ids(tables, ids)
    each, extras = total // count, total % count
    owners = math_ops.maximum(ids // (each + 1), (ids - extras) // each)
    # The first parts are one row longer.
    longer = math_ops.cast(owners < extras, ids.dtype)
    return owners, longer * (ids % (each + 1)) + (1 - longer) * ((ids - extras) % each)


def _of_parts(
    tables: list[Any],
    ids: Any,
    strategy: str,
    scope: str,
    max_norm: float | None,
    weights: Any,
    idx: Any,
    segment_ids: Any,
) -> Tensor:
    ids = array_ops.reshape(convert_to_tensor(ids, name="ids"), [-1])
    numbers = math_ops.range(array_ops.size(ids))
    owners, rows = _owners(tables, ids, strategy)
    owners = math_ops.cast(owners, dtypes.int32)
    dealt_rows = gathering.dynamic_partition(rows, owners, len(tables))
    dealt = gathering.dynamic_partition(numbers, owners, len(tables))
    vectors = []
    for table, own in zip(tables, dealt_rows, strict=True):
        with colocate_with(table):
            vectors.append(_gathered(table, own))
    if weights is not None:
        weights = [array_ops.gather(weights, own) for own in dealt]
    vectors = _shaped(tables, vectors, dealt)
    for i, table in enumerate(tables):
        with colocate_with(table):
            vectors[i] = _clipped(vectors[i], max_norm)
    if weights is not None:
        for i, table in enumerate(tables):
            with colocate_with(table):
                vectors[i] *= _broadcast(weights[i], vectors[i])
    segments, sums = [], []
    for table, own, part in zip(tables, dealt, vectors, strict=True):
        if weights is not None:
            unique, places = array_ops.unique(array_ops.gather(segment_ids, own))
            with colocate_with(table):
                sums.append(math_ops.segment_sum(part, places))
        else:
            _, others = gathering.setdiff1d(idx, own)
            every = math_ops.range(array_ops.shape(idx)[0])
            _, included = gathering.setdiff1d(every, others)
            own_segments = array_ops.gather(segment_ids, included)
            own_idx = array_ops.gather(idx, included)
            unique, places = array_ops.unique(own_segments)
            _, rows = array_ops.unique(own_idx)
            with colocate_with(table):
                sums.append(math_ops.sparse_segment_sum(part, rows, places))
        segments.append(unique)
    joined = array_ops.concat(segments, 0)
    return math_ops.unsorted_segment_sum(
        array_ops.concat(sums, 0), joined, math_ops.reduce_max(joined) + 1, name=scope
    )


def _shaped(tables: list[Any], vectors: list[Tensor], dealt: list[Tensor]) -> list[Tensor]:
    """Vectors of each part with the shape that all tables' rows have."""
    row: Any = tables[0].get_shape()[1:]
    for table in tables[1:]:
        row = row.merge_with(table.get_shape()[1:])
    known = row.is_fully_defined()
    if not known:
        with colocate_with(tables[0]):
            table_shape = array_ops.shape(tables[0])
    shaped = []
    for table, part, own in zip(tables, vectors, dealt, strict=True):
        with colocate_with(table):
            count = array_ops.shape(own)
            inner = row if known else array_ops.slice(table_shape, [1], [-1])
            shaped.append(array_ops.reshape(part, array_ops.concat([count, inner], 0)))
    return shaped
