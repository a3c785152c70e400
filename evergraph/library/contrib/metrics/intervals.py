"""The area under the ROC curve with its confidence interval.

Formulas: DeLong et al. 1988; Sun and Xu 2014, by placement values.
"""

import collections
from typing import Any

from evergraph.api import array_ops, check_ops, cond, grouping, math_ops, ranking_ops, segment_ops
from evergraph.api import variable_scope as vs
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.graph.constant import constant
from evergraph.graph.defaults import add_to_collections, control_dependencies
from evergraph.library.contrib.metrics.statistics import streaming_concat
from evergraph.library.distributions.normal import Normal
from evergraph.library.metrics.parts import EPSILON, _remove_squeezable_dimensions

AucData = collections.namedtuple("AucData", ["auc", "lower", "upper"])


def _compute_placement_auc(
    labels: Any,
    predictions: Any,
    weights: Any,
    alpha: float,
    logit_transformation: bool,
    is_valid: Any,
) -> AucData:
    """The area and its bounds, all 0 unless `is_valid`."""
    size = array_ops.size(predictions, out_type=dtypes.int32)
    total_0 = math_ops.reduce_sum(math_ops.cast(1 - labels, weights.dtype) * weights)
    total_1 = math_ops.reduce_sum(math_ops.cast(labels, weights.dtype) * weights)

    ordered, order = ranking_ops.top_k(predictions, k=size, sorted=True)
    ordered = array_ops.reverse(ordered, axis=array_ops.zeros(1, dtypes.int32))
    order = array_ops.reverse(order, axis=array_ops.zeros(1, dtypes.int32))
    labels = array_ops.gather(labels, order)
    ordered_weights = array_ops.gather(weights, order)
    _, groups = array_ops.unique(ordered)

    is_true = math_ops.cast(labels, dtypes.float32)
    is_false = 1.0 - is_true
    true_weights = ordered_weights * is_true
    false_weights = ordered_weights * is_false
    # Examples of one class are placed among those of the other.
    true_totals = segment_ops.segment_sum(false_weights, groups)
    false_totals = segment_ops.segment_sum(true_weights, groups)
    true_below = math_ops.cumsum(true_totals, exclusive=True)
    false_below = math_ops.cumsum(false_totals, exclusive=True)
    true_places = (true_below + true_totals / 2.0) / (math_ops.reduce_sum(true_totals) + EPSILON)
    false_places = (false_below + false_totals / 2.0) / (
        math_ops.reduce_sum(false_totals) + EPSILON
    )
    true_places = array_ops.gather(true_places, groups)
    false_places = array_ops.gather(false_places, groups)
    places = true_places * is_true + false_places * is_false

    places_0 = places * math_ops.cast(1 - labels, weights.dtype)
    weights_0 = ordered_weights * math_ops.cast(1 - labels, weights.dtype)
    places_1 = places * math_ops.cast(labels, weights.dtype)
    weights_1 = ordered_weights * math_ops.cast(labels, weights.dtype)
    auc_0 = math_ops.reduce_sum(weights_0 * (1.0 - places_0)) / (total_0 + EPSILON)
    auc_1 = math_ops.reduce_sum(weights_1 * places_1) / (total_1 + EPSILON)
    auc = array_ops.where(math_ops.less(total_0, total_1), auc_1, auc_0)

    var_0 = math_ops.reduce_sum(weights_0 * math_ops.square(1.0 - places_0 - auc_0)) / (
        total_0 - 1.0 + EPSILON
    )
    var_1 = math_ops.reduce_sum(weights_1 * math_ops.squared_difference(places_1, auc_1)) / (
        total_1 - 1.0 + EPSILON
    )
    error = math_ops.sqrt((var_0 / (total_0 + EPSILON)) + (var_1 / (total_1 + EPSILON)))
    lower, upper = _bounds(auc, error, alpha, logit_transformation)
    zero = constant(0.0)
    return AucData(*cond.cond(is_valid, lambda: [auc, lower, upper], lambda: [zero] * 3))


def _bounds(auc: Any, error: Any, alpha: float, logit_transformation: bool) -> list[Any]:
    """The normal interval, of the logit if that is asked for; an area of 0 or 1 has none."""
    z = Normal(loc=0.0, scale=1.0).quantile((1.0 - alpha) / 2.0)
    if logit_transformation:
        estimate = math_ops.log(auc / (1.0 - auc + EPSILON))
        error = error / (auc * (1.0 - auc + EPSILON))
    else:
        estimate = auc
    ends = [estimate + (z * error), estimate - (z * error)]
    if logit_transformation:
        ends = [1.0 / (1.0 + math_ops.exp(math_ops.negative(x)) + EPSILON) for x in ends]
    found = []
    for end in ends:
        is_one = math_ops.equal(auc, array_ops.ones_like(auc))
        is_zero = math_ops.equal(auc, array_ops.zeros_like(auc))
        found.append(array_ops.where(math_ops.logical_or(is_one, is_zero), auc, end))
    return found


@export("contrib.metrics.auc_with_confidence_intervals")
def auc_with_confidence_intervals(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    alpha: float = 0.95,
    logit_transformation: bool = True,
    metrics_collections: Any = (),
    updates_collections: Any = (),
    name: str | None = None,
) -> tuple[AucData, Any]:
    """The area under the ROC curve of all examples so far, with the bounds of its confidence
    interval; they are kept in memory. Stands for
    `tf.contrib.metrics.auc_with_confidence_intervals`.

    Args:
      labels: 0 or 1 for each example.
      predictions: how likely 1 is, of the same shape.
      weights: of the examples; default: 1.
      alpha: how sure the interval is.
      logit_transformation: whether the interval is that of the logit, and within [0, 1].
      metrics_collections, updates_collections: where the results are put.
      name: of the variable scope.

    Returns:
      `auc`, `lower` and `upper` as a named tuple, and the update; all 0 where a batch lacks a
      class.

    Raises:
      ValueError: `alpha` is not between 0 and 1, or shapes do not fit.
    """
    if not 0 < alpha < 1:
        raise ValueError(f"alpha must be between 0 and 1; currently {alpha:.02f}")
    if weights is None:
        weights = array_ops.ones_like(predictions)
    with vs.variable_scope(
        name,
        default_name="auc_with_confidence_intervals",
        values=[labels, predictions, weights],
    ):
        predictions, labels, weights = _remove_squeezable_dimensions(
            predictions=predictions, labels=labels, weights=weights
        )
        total_weight = math_ops.reduce_sum(weights)
        weights = array_ops.reshape(weights, [-1])
        predictions = array_ops.reshape(math_ops.cast(predictions, dtypes.float64), [-1])
        labels = array_ops.reshape(math_ops.cast(labels, dtypes.int64), [-1])
        checks = [
            check_ops.assert_greater_equal(
                labels,
                array_ops.zeros_like(labels, dtypes.int64),
                message="labels must be 0 or 1, at least one is <0",
            ),
            check_ops.assert_less_equal(
                labels,
                array_ops.ones_like(labels, dtypes.int64),
                message="labels must be 0 or 1, at least one is >1",
            ),
        ]
        with control_dependencies(checks):
            all_predictions, add_predictions = streaming_concat(predictions, name="concat_preds")
            all_labels, add_labels = streaming_concat(labels, name="concat_labels")
            all_weights, add_weights = streaming_concat(weights, name="concat_weights")
            add_all = grouping.group(add_labels, add_predictions, add_weights)
            has_both = math_ops.logical_and(
                math_ops.equal(math_ops.reduce_min(labels), 0),
                math_ops.equal(math_ops.reduce_max(labels), 1),
            )
            is_enough = math_ops.greater_equal(total_weight, 1.0)
            is_valid = math_ops.logical_and(has_both, is_enough)
            update = cond.cond(is_enough, lambda: add_all, grouping.no_op)
            auc = _compute_placement_auc(
                all_labels, all_predictions, all_weights, alpha, logit_transformation, is_valid
            )
            if updates_collections:
                add_to_collections(updates_collections, update)
            if metrics_collections:
                add_to_collections(metrics_collections, auc)
            return auc, update
