"""Vectors of values whose numbers are found by hashes in one vector of parameters."""

from typing import Any

from evergraph.api import array_ops, control_flow_ops, embedding_ops, math_ops, sparse_ops
from evergraph.api.variables import PartitionedVariable
from evergraph.base import dtypes
from evergraph.base.platform import logging
from evergraph.graph.composite import SparseTensor
from evergraph.graph.defaults import control_dependencies, name_scope
from evergraph.graph.tensor import Tensor
from evergraph.library.contrib.layers.sparse_feature_cross_op import sparse_feature_cross


def _listed(params: Any) -> list[Any]:
    if isinstance(params, PartitionedVariable):
        return list(params)
    return params if isinstance(params, list) else [params]


def _checked_size(parts: list[Any]) -> int:
    """How many parameters there are in parts that are vectors, cut as evenly as can be."""
    sizes = []
    for part in parts:
        shape = part.get_shape()
        shape.assert_has_rank(1)
        shape.assert_is_fully_defined()
        sizes.append(shape.as_list()[0])
    total = sum(sizes)
    for place, size in enumerate(sizes):
        expected = (total - place - 1) // len(parts) + 1
        if size != expected:
            raise ValueError(f"Tensor {place} in params has size {size}, expected {expected}.")
    return total


def scattered_embedding_lookup(
    params: Any, values: Any, dimension: int, name: str | None = None, hash_key: int | None = None
) -> Tensor:
    """Vectors of values, whose numbers are parameters at hashes of the value and the place.

    Args:
      params: a vector of parameters, its parts, or a partitioned variable.
      values: a tensor of strings or integers.
      dimension: the size of the vectors.
      name: a name scope; default: "scattered_embedding_lookup".
      hash_key: of a better hash than the one without it.

    Returns:
      The shape of `values`, and `dimension`.

    Raises:
      ValueError: there is no dimension, or parts are cut otherwise.
    """
    if dimension is None:
        raise ValueError("You must specify dimension.")
    return _sampled_scattered_embedding_lookup(
        params, values, dimension=dimension, hash_key=hash_key, name=name
    )


def _sampled_scattered_embedding_lookup(
    params: Any,
    values: Any,
    dimension: Any = None,
    sampled_candidates: Any = None,
    hash_key: int | None = None,
    name: str | None = None,
) -> Tensor:
    """As `scattered_embedding_lookup`; with `sampled_candidates`, these are the numbers' places:
    the shape of `values` with an axis more."""
    parts = _listed(params)
    with name_scope(name, "scattered_embedding_lookup", [*parts, dimension, values]):
        values_shape = array_ops.shape(values)
        values = array_ops.reshape(values, [-1, 1])
        if sampled_candidates is None:
            if dimension is None:
                raise ValueError("You must specify either dimension or sampled_candidates.")
            if dimension <= 0:
                raise ValueError(f"Dimension must be >0. Given is {dimension}")
            places = array_ops.expand_dims(math_ops.range(0, dimension), 0)
            places = array_ops.tile(places, array_ops.shape(values))
        else:
            places, dimension = _flat_places(sampled_candidates, values_shape)
        ids = sparse_feature_cross(
            [places, values],
            hashed_output=True,
            num_buckets=_checked_size(parts),
            hash_key=hash_key,
        )
        ids = sparse_ops.sparse_tensor_to_dense(ids)
        found = embedding_ops.embedding_lookup(parts, ids, partition_strategy="div")
        return array_ops.reshape(found, array_ops.concat([values_shape, [dimension]], 0))


def _flat_places(candidates: Any, values_shape: Tensor) -> tuple[Any, Any]:
    """Places of numbers as a matrix, and how many there are for each value."""
    shape = array_ops.shape(candidates)
    dimension = shape[math_ops.subtract(array_ops.rank(candidates), 1)]
    shape = array_ops.shape(candidates)
    as_vector = array_ops.reshape(dimension, shape=[1])
    expected = array_ops.concat([values_shape, as_vector], 0)
    fits = control_flow_ops.Assert(
        math_ops.reduce_all(math_ops.equal(shape, expected)),
        [
            "The shape of sampled_candidates: ",
            shape,
            " does not match the shape of values: ",
            values_shape,
        ],
    )
    with control_dependencies([fits]):
        return array_ops.reshape(candidates, [-1, dimension]), dimension


def scattered_embedding_lookup_sparse(
    params: Any,
    sparse_values: Any,
    dimension: int,
    combiner: str | None = None,
    default_value: Any = None,
    name: str | None = None,
    hash_key: int | None = None,
) -> Tensor:
    """Vectors of rows of values, combined.

    Args:
      params, dimension, hash_key: as of `scattered_embedding_lookup`.
      sparse_values: a SparseTensor of strings or integers.
      combiner: "mean" (the default), "sqrtn" or "sum".
      default_value: the value of empty rows; one that hardly comes otherwise by default.
      name: a name scope; default: "scattered_embedding_lookup_sparse".

    Returns:
      [rows, dimension].

    Raises:
      TypeError: `sparse_values` is no SparseTensor.
      ValueError: there is no such combiner.
    """
    if combiner is None:
        logging.warn(
            'The default value of combiner will change from "mean" to "sqrtn" after 2016/11/01.'
        )
        combiner = "mean"
    parts = _listed(params)
    if not isinstance(sparse_values, SparseTensor):
        raise TypeError("sparse_values must be SparseTensor")
    with name_scope(name, "scattered_embedding_lookup_sparse", [*parts, sparse_values]) as scope:
        if default_value is None:
            default_value = "6ZxWzWOHxZ" if sparse_values.dtype == dtypes.string else 1288896567
        sparse_values, _ = sparse_ops.sparse_fill_empty_rows(sparse_values, default_value)
        rows = sparse_values.indices[:, 0]
        if rows.dtype != dtypes.int32:
            rows = math_ops.cast(rows, dtypes.int32)
        values, places = array_ops.unique(sparse_values.values)
        vectors = scattered_embedding_lookup(parts, values, dimension, hash_key=hash_key)
        combine = {
            "sum": math_ops.sparse_segment_sum,
            "mean": math_ops.sparse_segment_mean,
            "sqrtn": math_ops.sparse_segment_sqrt_n,
        }
        if combiner not in combine:
            raise ValueError("Combiner must be one of 'mean', 'sqrtn' or 'sum'.")
        return combine[combiner](vectors, places, rows, name=scope)


def _sampled_scattered_embedding_lookup_sparse(
    params: Any,
    sp_values: Any,
    dimension: Any = None,
    sampled_candidates: Any = None,
    hash_key: int | None = None,
    with_sign_hash: bool = False,
    name: str | None = None,
) -> Tensor:
    """The sums of the vectors of rows of values.

    Args:
      params, dimension, hash_key: as of `scattered_embedding_lookup`.
      sp_values: a SparseTensor.
      sampled_candidates: places of numbers for each row, instead of `dimension`.
      with_sign_hash: whether another hash tells the sign of each number.
      name: a name scope.

    Raises:
      TypeError: `sp_values` is no SparseTensor.
    """
    if not isinstance(sp_values, SparseTensor):
        raise TypeError("sp_values must be SparseTensor")
    given = [sp_values, params, dimension, sampled_candidates]
    with name_scope(name, "sampled_scattered_embedding_lookup_sparse", given) as scope:
        rows = sp_values.indices[:, 0]
        if sampled_candidates is not None:
            sampled_candidates = array_ops.gather(sampled_candidates, rows)
        options = {
            "dimension": dimension,
            "sampled_candidates": sampled_candidates,
            "hash_key": hash_key,
        }
        vectors = _sampled_scattered_embedding_lookup(
            params, sp_values.values, name="values_lookup", **options
        )
        if with_sign_hash:
            signs = _sampled_scattered_embedding_lookup(
                array_ops.constant([-1.0, 1.0]), sp_values.values, name="signs_lookup", **options
            )
            vectors = math_ops.multiply(signs, vectors, name="signs_hash")
        if rows.dtype != dtypes.int32:
            rows = math_ops.cast(rows, dtypes.int32)
        count = array_ops.shape(sp_values)[0]
        return math_ops.unsorted_segment_sum(vectors, rows, num_segments=count, name=scope)
