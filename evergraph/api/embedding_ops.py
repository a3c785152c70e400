"""Rows of tables looked up by id: tf.nn.embedding_lookup and its sparse forms."""

from collections.abc import Callable
from typing import Any

from evergraph.api import array_ops, clip_ops, math_ops, sparse_ops
from evergraph.api.resource_variable_ops import ResourceVariable
from evergraph.api.variables import PartitionedVariable
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.base.tensor_shape import Dimension, dimension_value, unknown_shape
from evergraph.graph.composite import SparseTensor, convert_n_to_tensor_or_indexed_slices
from evergraph.graph.constant import constant
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import colocate_with, name_scope
from evergraph.graph.tensor import Tensor

Transform = Callable[[Any], Any] | None


def _clip(params: Any, ids: Any, max_norm: Any) -> Any:
    """`params`, the rows for `ids`, each no longer than `max_norm`."""
    if max_norm is None:
        return params
    ids_rank, ids_known = _rank(ids)
    params_rank, params_known = _rank(params)
    if ids_known and params_known:
        axes: Any = list(range(ids_rank, params_rank))
    else:
        axes = math_ops.range(ids_rank, params_rank)
    return clip_ops.clip_by_norm(params, max_norm, axes=axes)


def _rank(x: Any) -> tuple[Any, bool]:
    """The rank as an int where it is known and not 0, and whether it is."""
    dims = convert_to_tensor(x).dims
    return (len(dims), True) if dims else (array_ops.rank(x), False)


def _tables(params: Any) -> list[Any]:
    if isinstance(params, PartitionedVariable):
        params = list(params)
    return params if isinstance(params, list) else [params]


def _embedding_lookup_and_transform(
    params: Any,
    ids: Any,
    partition_strategy: str = "mod",
    name: str | None = None,
    max_norm: Any = None,
    transform_fn: Transform = None,
) -> Any:
    """As `embedding_lookup`; `transform_fn` is applied to the rows of each table."""
    if params is None:
        raise ValueError("params must be specified")
    if isinstance(params, (list, tuple)) and not params:
        raise ValueError("Need at least one param")
    params = _tables(params)
    with name_scope(name, "embedding_lookup", params + [ids]) as name:
        if not any(isinstance(p, ResourceVariable) for p in params):
            params = convert_n_to_tensor_or_indexed_slices(params, name="params")
        ids = convert_to_tensor(ids, name="ids")
        if len(params) == 1 and (not transform_fn or (ids.dims is not None and len(ids.dims) == 1)):
            with colocate_with(params[0]):
                result = _clip(array_ops.gather(params[0], ids, name=name), ids, max_norm)
                if transform_fn:
                    result = transform_fn(result)
            return array_ops.identity(result)
        return _partitioned_lookup(params, ids, partition_strategy, name, max_norm, transform_fn)


def _partitioned_lookup(
    params: list[Any],
    ids: Tensor,
    strategy: str,
    name: str,
    max_norm: Any,
    transform: Transform,
) -> Any:
    """Each table gets its ids, and the rows are put together again."""
    count = len(params)
    flat_ids = array_ops.reshape(ids, [-1])
    places = math_ops.range(array_ops.size(flat_ids))
    owners, new_ids = _assign(params, flat_ids, strategy)
    owners = math_ops.cast(owners, dtypes.int32)
    dealt_ids = array_ops.dynamic_partition(new_ids, owners, count)
    dealt_places = array_ops.dynamic_partition(places, owners, count)
    parts = []
    for table, own_ids in zip(params, dealt_ids, strict=True):
        with colocate_with(table):
            part = array_ops.gather(table, own_ids)
            if transform:
                part = transform(_clip(part, own_ids, max_norm))
        parts.append(part)
    result = array_ops.parallel_dynamic_stitch(dealt_places, parts, name=name)
    if transform is None:
        row = params[0].get_shape()[1:]
        for table in params[1:]:
            row = row.merge_with(table.get_shape()[1:])
    else:
        row = result.get_shape()[1:]
    row_shape: Any
    if row.is_fully_defined():
        row_shape = row
    elif transform is None:
        with colocate_with(params[0]):
            table_shape = array_ops.shape(params[0])
        row_shape = table_shape[1:]
    else:
        row_shape = array_ops.shape(result)[1:]
    result = array_ops.reshape(result, array_ops.concat([array_ops.shape(ids), row_shape], 0))
    result.set_shape(ids.get_shape().concatenate(row))
    return result if transform else _clip(result, ids, max_norm)


def _assign(params: list[Any], flat_ids: Tensor, strategy: str) -> tuple[Tensor, Tensor]:
    """The table of each id, and the id within it."""
    count = len(params)
    if strategy == "mod":
        return flat_ids % count, flat_ids // count
    if strategy != "div":
        raise ValueError(f"Unrecognized partition strategy: {strategy}")
    # The first tables are one larger where the ids are not divisible.
    total = _total_ids(params, flat_ids)
    each = total // count
    extras = total % count
    owners = math_ops.maximum(flat_ids // (each + 1), (flat_ids - extras) // each)
    new_ids = array_ops.where(owners < extras, flat_ids % (each + 1), (flat_ids - extras) % each)
    return owners, new_ids


def _total_ids(params: list[Any], flat_ids: Tensor) -> Tensor:
    size = Dimension(dimension_value(params[0].get_shape()[0]))
    for table in params[1:]:
        size += Dimension(dimension_value(table.get_shape()[0]))
    if size.value:
        return constant(size.value, flat_ids.dtype)
    sizes = []
    for table in params:
        known = dimension_value(table.get_shape()[0])
        if known is not None:
            sizes.append(known)
        else:
            with colocate_with(table):
                sizes.append(array_ops.shape(table)[0])
    return math_ops.reduce_sum(math_ops.cast(array_ops.stack(sizes), flat_ids.dtype))


@export("nn.embedding_lookup")
def embedding_lookup(
    params: Any,
    ids: Any,
    partition_strategy: str = "mod",
    name: str | None = None,
    validate_indices: bool = True,
    max_norm: Any = None,
) -> Tensor:
    """The rows of `params` for `ids`. Stands for `tf.nn.embedding_lookup`.

    Args:
      params: a table, or a list of tables (or a PartitionedVariable) that share the ids.
      ids: int32 or int64, any shape.
      partition_strategy: how tables share the ids: 'mod' (in turns) or 'div' (in ranges).
      name: the nodes' scope.
      validate_indices: has no effect.
      max_norm: where given, longer rows are scaled to this norm.

    Returns:
      A tensor of shape `ids.shape + params.shape[1:]`.

    Raises:
      ValueError: `params` is empty.
    """
    return _embedding_lookup_and_transform(params, ids, partition_strategy, name, max_norm)


def embedding_lookup_v2(
    params: Any, ids: Any, max_norm: Any = None, name: str | None = None
) -> Tensor:
    """As `embedding_lookup`, with TensorFlow 2's arguments and strategy 'div'."""
    return embedding_lookup(params, ids, "div", name, max_norm=max_norm)


@export("nn.embedding_lookup_sparse")
def embedding_lookup_sparse(
    params: Any,
    sp_ids: Any,
    sp_weights: Any,
    partition_strategy: str = "mod",
    name: str | None = None,
    combiner: str | None = None,
    max_norm: Any = None,
) -> Tensor:
    """For each row of ids the rows of `params` combined. Stands for
    `tf.nn.embedding_lookup_sparse`.

    Args:
      params: as for `tf.nn.embedding_lookup`.
      sp_ids: an [n, m] SparseTensor of ids.
      sp_weights: a SparseTensor of weights at the same indices, or None for 1.
      partition_strategy: 'mod' or 'div'.
      name: the nodes' scope.
      combiner: 'sum', 'mean' (the default; by the sum of weights) or 'sqrtn' (by the square root of
        the sum of their squares).
      max_norm: where given, longer rows are scaled to this norm.

    Raises:
      TypeError: `sp_ids` or `sp_weights` is not sparse.
      ValueError: another combiner.
    """
    if combiner is None:
        logging.warn(
            'The default value of combiner will change from "mean" to "sqrtn" after 2016/11/01.'
        )
        combiner = "mean"
    if combiner not in ("mean", "sqrtn", "sum"):
        raise ValueError("combiner must be one of 'mean', 'sqrtn' or 'sum'")
    params = _tables(params)
    if not isinstance(sp_ids, SparseTensor):
        raise TypeError("sp_ids must be SparseTensor")
    if sp_weights is not None:
        if not isinstance(sp_weights, SparseTensor):
            raise TypeError("sp_weights must be either None or SparseTensor")
        for part in ("values", "indices", "dense_shape"):
            own = getattr(sp_ids, part).get_shape()
            own.assert_is_compatible_with(getattr(sp_weights, part).get_shape())
    with name_scope(name, "embedding_lookup_sparse", params + [sp_ids]) as name:
        segments = sp_ids.indices[:, 0]
        if segments.dtype != dtypes.int32:
            segments = math_ops.cast(segments, dtypes.int32)
        ids, places = array_ops.unique(sp_ids.values)
        rows = embedding_lookup(
            params, ids, partition_strategy=partition_strategy, max_norm=max_norm
        )
        if rows.dtype in (dtypes.float16, dtypes.bfloat16):
            rows = math_ops.cast(rows, dtypes.float32)
        if sp_weights is not None:
            return _weighted(rows, places, segments, sp_weights.values, combiner, name)
        combine = {
            "sum": math_ops.sparse_segment_sum,
            "mean": math_ops.sparse_segment_mean,
            "sqrtn": math_ops.sparse_segment_sqrt_n,
        }[combiner]
        return combine(rows, places, segments, name=name)


def _weighted(
    rows: Tensor, places: Tensor, segments: Tensor, weights: Tensor, combiner: str, name: str
) -> Tensor:
    if weights.dtype != rows.dtype:
        weights = math_ops.cast(weights, rows.dtype)
    rows = array_ops.gather(rows, places)
    # Weights get axes of size 1 to broadcast over each row.
    single = array_ops.fill(array_ops.expand_dims(array_ops.rank(rows) - 1, 0), 1)
    shape = array_ops.concat([array_ops.shape(weights), single], 0)
    static = weights.get_shape()
    weights = array_ops.reshape(weights, shape)
    if rows.get_shape().ndims is not None:
        weights.set_shape(static.concatenate([1] * (rows.get_shape().ndims - 1)))
    rows *= weights
    if combiner == "sum":
        return math_ops.segment_sum(rows, segments, name=name)
    rows = math_ops.segment_sum(rows, segments)
    if combiner == "mean":
        total = math_ops.segment_sum(weights, segments)
        return math_ops.div(rows, total, name=name)
    squares = math_ops.pow(weights, 2)
    total = math_ops.segment_sum(squares, segments)
    return math_ops.div(rows, math_ops.sqrt(total), name=name)


def embedding_lookup_sparse_v2(
    params: Any,
    sp_ids: Any,
    sp_weights: Any,
    combiner: str | None = None,
    max_norm: Any = None,
    name: str | None = None,
) -> Tensor:
    """As `embedding_lookup_sparse`, with TensorFlow 2's arguments and strategy 'div'."""
    return embedding_lookup_sparse(params, sp_ids, sp_weights, "div", name, combiner, max_norm)


def safe_embedding_lookup_sparse_v2(
    embedding_weights: Any,
    sparse_ids: SparseTensor,
    sparse_weights: SparseTensor | None = None,
    combiner: str = "mean",
    default_id: Any = None,
    max_norm: Any = None,
    name: str | None = None,
) -> Tensor:
    """As `safe_embedding_lookup_sparse`, with TensorFlow 2's arguments and strategy 'div'."""
    return safe_embedding_lookup_sparse(
        embedding_weights,
        sparse_ids,
        sparse_weights=sparse_weights,
        combiner=combiner,
        default_id=default_id,
        name=name,
        partition_strategy="div",
        max_norm=max_norm,
    )


@export("nn.safe_embedding_lookup_sparse")
def safe_embedding_lookup_sparse(
    embedding_weights: Any,
    sparse_ids: SparseTensor,
    sparse_weights: SparseTensor | None = None,
    combiner: str = "mean",
    default_id: Any = None,
    name: str | None = None,
    partition_strategy: str = "div",
    max_norm: Any = None,
) -> Tensor:
    """As `tf.nn.embedding_lookup_sparse`, but rows may be empty and ids negative. Stands for
    `tf.nn.safe_embedding_lookup_sparse`.

    Args:
      embedding_weights: a table or a list of tables.
      sparse_ids: a SparseTensor of ids, of rank 2 or more; negative ids are left out.
      sparse_weights: weights at the same indices; those not above 0 are left out, unless 'sum'.
      combiner: 'sum', 'mean' or 'sqrtn'.
      default_id: the id that stands for an empty row; default: such a row gives zeros.
      name: the nodes' scope.
      partition_strategy: 'mod' or 'div'.
      max_norm: where given, longer rows are scaled to this norm.

    Raises:
      ValueError: there is no table.
    """
    if embedding_weights is None:
        raise ValueError(f"Missing embedding_weights {embedding_weights}.")
    if isinstance(embedding_weights, PartitionedVariable):
        embedding_weights = list(embedding_weights)
    if not isinstance(embedding_weights, list):
        embedding_weights = [embedding_weights]
    if len(embedding_weights) < 1:
        raise ValueError(f"Missing embedding_weights {embedding_weights}.")
    dtype = sparse_weights.dtype if sparse_weights is not None else None
    tables = [
        w
        if isinstance(w, ResourceVariable) and dtype in (None, w.dtype)
        else convert_to_tensor(w, dtype=dtype)
        for w in embedding_weights
    ]
    with name_scope(name, "embedding_lookup", tables + [sparse_ids, sparse_weights]) as scope:
        original = sparse_ids.dense_shape
        known_rank = dimension_value(sparse_ids.dense_shape.get_shape()[0])
        rank = array_ops.size(original) if known_rank is None else known_rank
        ids, weights = _as_matrix(sparse_ids, sparse_weights, original, rank)
        ids, weights = _without_invalid(ids, weights, combiner)
        ids, is_empty = sparse_ops.sparse_fill_empty_rows(ids, default_id or 0)
        if weights is not None:
            weights, _ = sparse_ops.sparse_fill_empty_rows(weights, 1.0)
        result = embedding_lookup_sparse(
            tables,
            ids,
            weights,
            combiner=combiner,
            partition_strategy=partition_strategy,
            name=None if default_id is None else scope,
            max_norm=max_norm,
        )
        if default_id is None:
            column = array_ops.reshape(is_empty, [-1, 1])
            width = array_ops.shape(result)[1]
            is_empty = array_ops.tile(column, array_ops.stack([1, width]))
            zeros = array_ops.zeros_like(result)
            result = array_ops.where(is_empty, zeros, result, name=scope)
        outer = array_ops.slice(math_ops.cast(original, dtypes.int32), [0], [rank - 1])
        inner = array_ops.slice(array_ops.shape(result), [1], [-1])
        final = array_ops.reshape(result, array_ops.concat([outer, inner], 0))
        outer_rank = (Dimension(known_rank) - 1).value
        final.set_shape(unknown_shape(outer_rank).concatenate(result.get_shape()[1:]))
        return final


def _as_matrix(
    ids: SparseTensor, weights: SparseTensor | None, original: Tensor, rank: Any
) -> tuple[SparseTensor, SparseTensor | None]:
    """All axes but the last made one."""
    rows = math_ops.reduce_prod(array_ops.slice(original, [0], [rank - 1]))
    ids = sparse_ops.sparse_reshape(ids, [rows, array_ops.gather(original, rank - 1)])
    if weights is not None:
        weights = SparseTensor(ids.indices, weights.values, ids.dense_shape)
    return ids, weights


def _without_invalid(
    ids: SparseTensor, weights: SparseTensor | None, combiner: str
) -> tuple[SparseTensor, SparseTensor | None]:
    """Drops negative ids, and weights that are not above 0 where they count as divisors."""
    valid = math_ops.greater_equal(ids.values, 0)
    if weights is not None:
        valid = math_ops.logical_and(valid, array_ops.ones_like(weights.values, dtype=dtypes.bool))
    ids = sparse_ops.sparse_retain(ids, valid)
    if weights is None:
        return ids, None
    weights = sparse_ops.sparse_retain(weights, valid)
    if combiner != "sum":
        positive = math_ops.greater(weights.values, 0)
        ids = sparse_ops.sparse_retain(ids, positive)
        weights = sparse_ops.sparse_retain(weights, positive)
    return ids, weights
