"""Statistics of boosted trees' features and the splits these lead to: BoostedTreesMakeStatsSummary,
...AggregateStats, ...CalculateBestGainsPerFeature, ...CalculateBestFeatureSplit."""

from typing import Any

import numpy as np

from evergraph.graph.registry import op
from evergraph.kernels import tree_splits
from evergraph.kernels.tree_splits import Candidates, Penalties
from evergraph.ops import shape_rules
from evergraph.ops.shape_rules import Dims

_EXAMPLES = "node_ids: int32, gradients: float32, hessians: float32"
_SIZES = "max_splits: int >= 1; num_buckets: int >= 1"
_PENALTIES = "l1: float32, l2: float32, tree_complexity: float32, min_node_weight: float32"
_BEST = (
    "node_ids: int32, gains: float32, feature_dimensions: int32, thresholds: int32, "
    "left_node_contribs: float32, right_node_contribs: float32, "
    "split_with_default_directions: string"
)
_SPARSE = "stats_summary_indices: int32, stats_summary_values: float32, stats_summary_shape: int32"

summary_op = op(
    f"BoostedTreesMakeStatsSummary({_EXAMPLES}, bucketized_features_list: num_features * int32) "
    "-> stats_summary: float32",
    f"{_SIZES}; num_features: int >= 1",
)
aggregate_op = op(
    f"BoostedTreesAggregateStats({_EXAMPLES}, feature: int32) -> stats_summary: float32", _SIZES
)
aggregate_sparse_op = op(
    f"BoostedTreesSparseAggregateStats({_EXAMPLES}, feature_indices: int32, "
    f"feature_values: int32, feature_shape: int32) -> {_SPARSE}",
    _SIZES,
)
gains_op = op(
    "BoostedTreesCalculateBestGainsPerFeature(node_id_range: int32, "
    f"stats_summary_list: num_features * float32, {_PENALTIES}) -> "
    "node_ids_list: num_features * int32, gains_list: num_features * float32, "
    "thresholds_list: num_features * int32, left_node_contribs_list: num_features * float32, "
    "right_node_contribs_list: num_features * float32",
    "max_splits: int >= 1; num_features: int >= 1",
)
best_op = op(
    "BoostedTreesCalculateBestFeatureSplit(node_id_range: int32, stats_summary: float32, "
    f"{_PENALTIES}) -> {_BEST}",
    "logits_dimension: int >= 1; split_type: string in {'inequality', 'equality'} = 'inequality'",
)
best_sparse_op = op(
    f"BoostedTreesSparseCalculateBestFeatureSplit(node_id_range: int32, {_SPARSE}, {_PENALTIES}) "
    f"-> {_BEST}",
    "logits_dimension: int >= 1; split_type: string in {'inequality'} = 'inequality'",
)


# Shapes.


def _examples(node: Any) -> tuple[Any, Any, Any]:
    """The dims of the first three inputs: one, two and two dimensions."""
    node_ids = shape_rules.with_rank(node.inputs[0].dims, 1)
    gradients = shape_rules.with_rank(node.inputs[1].dims, 2)
    hessians = shape_rules.with_rank(node.inputs[2].dims, 2)
    return node_ids, gradients, hessians


@summary_op.shape
def summary_shape(node: Any) -> Dims:
    node_ids, gradients, hessians = _examples(node)
    shape_rules.merge_dim(node_ids[0], gradients[0])
    shape_rules.merge(gradients, hessians)
    for t in node.inputs[3:]:
        shape_rules.merge_dim(node_ids[0], shape_rules.with_rank(t.dims, 1)[0])
    return (node.attr("num_features"), node.attr("max_splits"), node.attr("num_buckets"), 2)


@aggregate_op.shape
def aggregate_shape(node: Any) -> Dims:
    node_ids, gradients, hessians = _examples(node)
    feature = shape_rules.with_rank(node.inputs[3].dims, 2)
    for dims in (gradients, hessians, feature):
        shape_rules.merge_dim(dims[0], node_ids[0])
    # TensorFlow says so; what comes is [max_splits, dimensions, num_buckets + 1, statistics].
    statistics = shape_rules.add_dim(gradients[1], hessians[1])
    return (node.attr("max_splits"), node.attr("num_buckets"), feature[1], statistics)


@aggregate_sparse_op.shape
def aggregate_sparse_shape(node: Any) -> list[Dims]:
    node_ids, gradients, hessians = _examples(node)
    ranks = zip(node.inputs[3:], (2, 1, 1), strict=True)
    indices, values, shape = (shape_rules.with_rank(t.dims, rank) for t, rank in ranks)
    for dims in (gradients, hessians):
        shape_rules.merge_dim(dims[0], node_ids[0])
    shape_rules.merge_dim(indices[0], values[0])
    shape_rules.with_value(shape[0], 2)
    return [(None, 4), (None,), (4,)]


def _range_and_scalars(node: Any, first_scalar: int, last_scalar: int) -> None:
    shape_rules.merge(shape_rules.with_rank(node.inputs[0].dims, 1), (2,))
    for t in node.inputs[first_scalar:last_scalar]:
        shape_rules.with_rank(t.dims, 0)


@gains_op.shape
def gains_shape(node: Any) -> list[Dims]:
    count = node.attr("num_features")
    shape_rules.merge(shape_rules.with_rank(node.inputs[0].dims, 1), (2,))
    base = shape_rules.with_rank(node.inputs[1].dims, 3)
    shape_rules.merge(base, (node.attr("max_splits"), None, 2))
    for t in node.inputs[2 : count + 1]:
        shape_rules.merge(base, shape_rules.with_rank(t.dims, 3))
    # Of the four scalars TensorFlow looks at three.
    _range_and_scalars(node, count + 1, count + 4)
    vectors: list[Dims] = [(None,)] * (3 * count)
    return vectors + [(None, 1)] * (2 * count)


@best_op.shape
def best_shape(node: Any) -> list[Dims]:
    shape_rules.merge(shape_rules.with_rank(node.inputs[0].dims, 1), (2,))
    shape_rules.with_rank(node.inputs[1].dims, 4)
    _range_and_scalars(node, 2, 6)
    # The weights are matrices at run time; TensorFlow says vectors.
    return [(None,)] * 7


@best_sparse_op.shape
def best_sparse_shape(node: Any) -> list[Dims]:
    shape_rules.merge(shape_rules.with_rank(node.inputs[0].dims, 1), (2,))
    for t, rank in zip(node.inputs[1:4], (2, 1, 1), strict=True):
        shape_rules.with_rank(t.dims, rank)
    _range_and_scalars(node, 4, 8)
    return [(None,)] * 7


# Kernels.


@summary_op.numpy
def summary_kernel(
    node_ids: Any,
    gradients: Any,
    hessians: Any,
    features: Any,
    *,
    max_splits: int,
    num_buckets: int,
) -> np.ndarray:
    shape = (len(features), max_splits, num_buckets, 2)
    first = np.arange(len(features))[:, None] * max_splits
    rows = (first + node_ids) * num_buckets + np.stack(features)
    many = [np.tile(column[:, :1], (len(features), 1)) for column in (gradients, hessians)]
    return tree_splits.summed(rows.reshape(-1), *many, int(np.prod(shape[:3]))).reshape(shape)


@aggregate_op.numpy
def aggregate_kernel(
    node_ids: Any, gradients: Any, hessians: Any, feature: Any, *, max_splits: int, num_buckets: int
) -> np.ndarray:
    return tree_splits.aggregated(node_ids, gradients, hessians, feature, max_splits, num_buckets)


@aggregate_sparse_op.numpy
def aggregate_sparse_kernel(
    node_ids: Any,
    gradients: Any,
    hessians: Any,
    indices: Any,
    values: Any,
    shape: Any,
    *,
    max_splits: int,
    num_buckets: int,
) -> tuple[np.ndarray, ...]:
    dims, width = int(shape[1]), gradients.shape[1] + hessians.shape[1]
    found = tree_splits.aggregated_sparse(
        node_ids, gradients, hessians, indices, values, dims, num_buckets
    )
    return (*found, np.array([max_splits, dims, num_buckets + 1, width], np.int32))


@gains_op.numpy
def gains_kernel(
    node_range: Any, summaries: Any, l1: Any, l2: Any, complexity: Any, min_weight: Any
) -> tuple[np.ndarray, ...]:
    by = Penalties(l1, l2)
    found = [
        tree_splits.best_by_bucket(node_range, summary, by, complexity, min_weight)
        for summary in summaries
    ]
    columns = ("nodes", "gains", "thresholds", "left", "right")
    return tuple(getattr(f, column) for column in columns for f in found)


@best_op.numpy
def best_kernel(
    node_range: Any,
    summary: Any,
    l1: Any,
    l2: Any,
    complexity: Any,
    min_weight: Any,
    *,
    logits_dimension: int,
    split_type: str,
) -> Candidates:
    by = Penalties(l1, l2)
    return tree_splits.best_by_feature(
        node_range, summary, logits_dimension, by, complexity, min_weight, split_type == "equality"
    )


@best_sparse_op.numpy
def best_sparse_kernel(
    node_range: Any,
    indices: Any,
    values: Any,
    shape: Any,
    l1: Any,
    l2: Any,
    complexity: Any,
    min_weight: Any,
) -> Candidates:
    by = Penalties(l1, l2)
    return tree_splits.best_by_sparse_feature(indices, values, shape, by, complexity, min_weight)
