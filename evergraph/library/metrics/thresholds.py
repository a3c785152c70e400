"""Metrics of probabilities: right and wrong answers at thresholds, areas under curves."""

from typing import Any

from evergraph.api import (
    array_ops,
    check_ops,
    math_ops,
    state_ops,
    variable_scope,
    weights_broadcast_ops,
)
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.graph.constant import constant
from evergraph.graph.defaults import control_dependencies
from evergraph.library.metrics.parts import (
    EPSILON,
    _remove_squeezable_dimensions,
    across_replicas,
    collected,
    metric_variable,
    read_across_replicas,
)

# In the order in which their variables are made.
_NAMES = {
    "tp": "true_positives",
    "fn": "false_negatives",
    "tn": "true_negatives",
    "fp": "false_positives",
}


def _checked(predictions: Any, labels: Any, weights: Any) -> tuple[Any, Any, Any]:
    """The three with ranks that fit; predictions must be probabilities."""
    message = "predictions must be in [0, 1]"
    zero = math_ops.cast(0.0, dtype=predictions.dtype)
    above = check_ops.assert_greater_equal(predictions, zero, message=message)
    one = math_ops.cast(1.0, dtype=predictions.dtype)
    below = check_ops.assert_less_equal(predictions, one, message=message)
    with control_dependencies([above, below]):
        predictions = math_ops.cast(predictions, dtypes.float32)
        return _remove_squeezable_dimensions(
            predictions, math_ops.cast(labels, dtype=dtypes.bool), weights
        )


def _confusion_matrix_at_thresholds(
    labels: Any, predictions: Any, thresholds: Any, weights: Any = None, includes: Any = None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Right and wrong answers at each threshold so far: variables, and their updates.

    Args:
      labels: a tensor, cast to bool.
      predictions: probabilities, of that shape.
      thresholds: a list of numbers.
      weights: what each counts: as for `mean`.
      includes: which to count, of "tp", "fn", "tn", "fp"; default: all.
    """
    for include in includes or ():
        if include not in _NAMES:
            raise ValueError(f"Invalid key: {include}.")
    return counted_at_thresholds(
        *_checked(predictions, labels, weights), thresholds=thresholds, includes=includes
    )


def counted_at_thresholds(
    predictions: Any, labels: Any, weights: Any, thresholds: Any, includes: Any = None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The same of tensors whose ranks fit, whatever the predictions are."""
    includes = tuple(_NAMES) if includes is None else includes
    many = len(thresholds)
    column = array_ops.reshape(predictions, [-1, 1])
    row = array_ops.reshape(math_ops.cast(labels, dtype=dtypes.bool), [1, -1])
    # In a matrix with a row for each threshold.
    number = column.get_shape().as_list()[0]
    if number is None:
        number = array_ops.shape(column)[0]
    limits = array_ops.tile(
        array_ops.expand_dims(constant(thresholds), [1]), array_ops.stack([1, number])
    )
    positive = math_ops.greater(array_ops.tile(array_ops.transpose(column), [many, 1]), limits)
    predicted = {"p": positive}
    if "fn" in includes or "tn" in includes:
        predicted["n"] = math_ops.logical_not(positive)
    label = {True: array_ops.tile(row, [many, 1])}
    if "fp" in includes or "tn" in includes:
        label[False] = math_ops.logical_not(label[True])
    if weights is not None:
        weights = weights_broadcast_ops.broadcast_weights(
            math_ops.cast(weights, dtypes.float32), predictions
        )
        weights = array_ops.tile(array_ops.reshape(weights, [1, -1]), [many, 1])
        limits.get_shape().assert_is_compatible_with(weights.get_shape())
    values, updates = {}, {}
    for key, name in _NAMES.items():
        if key not in includes:
            continue
        values[key] = metric_variable([many], dtypes.float32, name=name)
        kind = key[1]
        found = math_ops.logical_and(label[(key[0] == "t") == (kind == "p")], predicted[kind])
        found = math_ops.cast(found, dtypes.float32)
        if weights is not None:
            found *= weights
        updates[key] = state_ops.assign_add(values[key], math_ops.reduce_sum(found, 1))
    return values, updates


def even_thresholds(number: int, last: float = 1.0 + EPSILON) -> list[float]:
    """Thresholds from just below 0 to `last`."""
    inner = [(i + 1) * 1.0 / (number - 1) for i in range(number - 2)]
    return [0.0 - EPSILON, *inner, last]


@export("metrics.auc")
def auc(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    num_thresholds: int = 200,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    curve: str = "ROC",
    name: str | None = None,
    summation_method: str = "trapezoidal",
    thresholds: Any = None,
) -> tuple[Any, Any]:
    """The area under a curve, by sums over thresholds. Stands for `tf.metrics.auc`.

    Args:
      labels: a tensor, cast to bool.
      predictions: probabilities, of that shape.
      weights: what each counts: as for `mean`.
      num_thresholds: how many thresholds.
      metrics_collections: collections for the value.
      updates_collections: collections for the update.
      curve: "ROC", true over false positives, or "PR", precision over recall.
      name: a variable scope.
      summation_method: "trapezoidal", "careful_interpolation" (for "PR": Davis and Goadrich, The
        relationship between precision-recall and ROC curves, 2006), "minoring" or "majoring".
      thresholds: the thresholds between 0 and 1, in place of evenly spaced ones.

    Raises:
      ValueError: there is no such curve or method.
    """
    with variable_scope.variable_scope(name, "auc", (labels, predictions, weights)):
        if curve not in ("ROC", "PR"):
            raise ValueError(f"curve must be either ROC or PR, {curve} unknown")
        if thresholds is None:
            limits = even_thresholds(num_thresholds)
        else:
            limits = [0.0 - EPSILON, *sorted(thresholds), 1.0 + EPSILON]
        values, updates = _confusion_matrix_at_thresholds(labels, predictions, limits, weights)
        value = across_replicas(
            metrics_collections,
            lambda values: _area(values, curve, summation_method, len(limits), "value"),
            values,
        )
        update = _area(updates, curve, summation_method, len(limits), "update_op")
        return value, collected(updates_collections, update)


def _area(counts: dict[str, Any], curve: str, method: str, number: int, name: str) -> Any:
    tp, fn, tn, fp = (counts[key] for key in _NAMES)
    if curve == "PR" and method == "trapezoidal":
        logging.warning(
            "Trapezoidal rule is known to produce incorrect PR-AUCs; please switch to "
            '"careful_interpolation" instead.'
        )
    elif curve == "PR" and method == "careful_interpolation":
        return _interpolated_area(tp, fp, fn, number)
    epsilon = 1.0e-6
    recall = math_ops.div(tp + epsilon, tp + fn + epsilon)
    if curve == "ROC":
        x, y = math_ops.div(fp, fp + tn + epsilon), recall
    else:
        x, y = recall, math_ops.div(tp + epsilon, tp + fp + epsilon)
    if method in ("trapezoidal", "careful_interpolation"):
        widths = x[: number - 1] - x[1:]
        heights = (y[: number - 1] + y[1:]) / 2.0
    elif method == "minoring":
        widths = x[: number - 1] - x[1:]
        heights = math_ops.minimum(y[: number - 1], y[1:])
    elif method == "majoring":
        widths = x[: number - 1] - x[1:]
        heights = math_ops.maximum(y[: number - 1], y[1:])
    else:
        raise ValueError(f"Invalid summation_method: {method}")
    return math_ops.reduce_sum(math_ops.multiply(widths, heights), name=name)


def _interpolated_area(tp: Any, fp: Any, fn: Any, number: int) -> Any:
    """The area under precision over recall, where true positives are interpolated between
    thresholds and false ones go along in proportion."""
    steps = tp[: number - 1] - tp[1:]
    p = tp + fp
    slope = math_ops.div_no_nan(
        steps, math_ops.maximum(p[: number - 1] - p[1:], 0), name="prec_slope"
    )
    intercept = tp[1:] - math_ops.multiply(slope, p[1:])
    ratio = array_ops.where(
        math_ops.logical_and(p[: number - 1] > 0, p[1:] > 0),
        math_ops.div_no_nan(
            p[: number - 1], math_ops.maximum(p[1:], 0), name="recall_relative_ratio"
        ),
        array_ops.ones_like(p[1:]),
    )
    pieces = math_ops.div_no_nan(
        slope * (steps + intercept * math_ops.log(ratio)),
        math_ops.maximum(tp[1:] + fn[1:], 0),
        name="pr_auc_increment",
    )
    return math_ops.reduce_sum(pieces, name="interpolate_pr_auc")


def _counts_at(
    key: str,
    labels: Any,
    predictions: Any,
    thresholds: Any,
    weights: Any,
    metrics_collections: Any,
    updates_collections: Any,
    name: str | None,
) -> tuple[Any, Any]:
    with variable_scope.variable_scope(name, _NAMES[key], (predictions, labels, weights)):
        values, updates = _confusion_matrix_at_thresholds(
            labels, predictions, thresholds, weights=weights, includes=(key,)
        )
        value = read_across_replicas(metrics_collections, values[key])
        return value, collected(updates_collections, updates[key])


@export("metrics.true_positives_at_thresholds")
def true_positives_at_thresholds(
    labels: Any,
    predictions: Any,
    thresholds: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """How many true labels had probabilities above each threshold. Stands for
    `tf.metrics.true_positives_at_thresholds`.

    Args:
      labels: a tensor, cast to bool.
      predictions: probabilities, of that shape.
      thresholds: a list of numbers.
      weights: what each counts: as for `mean`.
      metrics_collections: collections for the value.
      updates_collections: collections for the update.
      name: a variable scope.
    """
    more = (weights, metrics_collections, updates_collections, name)
    return _counts_at("tp", labels, predictions, thresholds, *more)


@export("metrics.false_negatives_at_thresholds")
def false_negatives_at_thresholds(
    labels: Any,
    predictions: Any,
    thresholds: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """How many true labels had probabilities not above each threshold. Stands for
    `tf.metrics.false_negatives_at_thresholds`; arguments as `true_positives_at_thresholds`."""
    more = (weights, metrics_collections, updates_collections, name)
    return _counts_at("fn", labels, predictions, thresholds, *more)


@export("metrics.true_negatives_at_thresholds")
def true_negatives_at_thresholds(
    labels: Any,
    predictions: Any,
    thresholds: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """How many false labels had probabilities not above each threshold. Stands for
    `tf.metrics.true_negatives_at_thresholds`; arguments as `true_positives_at_thresholds`."""
    more = (weights, metrics_collections, updates_collections, name)
    return _counts_at("tn", labels, predictions, thresholds, *more)


@export("metrics.false_positives_at_thresholds")
def false_positives_at_thresholds(
    labels: Any,
    predictions: Any,
    thresholds: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """How many false labels had probabilities above each threshold. Stands for
    `tf.metrics.false_positives_at_thresholds`; arguments as `true_positives_at_thresholds`."""
    more = (weights, metrics_collections, updates_collections, name)
    return _counts_at("fp", labels, predictions, thresholds, *more)


def _shares_at(
    kind: str,
    wrong: str,
    labels: Any,
    predictions: Any,
    thresholds: Any,
    weights: Any,
    metrics_collections: Any,
    updates_collections: Any,
    name: str | None,
) -> tuple[Any, Any]:
    """True positives as a share of them and the wrong answers of a kind, at each threshold."""

    def share(counts: dict[str, Any], name: str) -> Any:
        return math_ops.div(
            counts["tp"], EPSILON + counts["tp"] + counts[wrong], name=f"{kind}_{name}"
        )

    values = (predictions, labels, weights)
    with variable_scope.variable_scope(name, f"{kind}_at_thresholds", values):
        counts, updates = _confusion_matrix_at_thresholds(
            labels, predictions, thresholds, weights, includes=("tp", wrong)
        )
        value = across_replicas(metrics_collections, lambda counts: share(counts, "value"), counts)
        return value, collected(updates_collections, share(updates, "update_op"))


@export("metrics.precision_at_thresholds")
def precision_at_thresholds(
    labels: Any,
    predictions: Any,
    thresholds: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """The precision at each threshold. Stands for `tf.metrics.precision_at_thresholds`; arguments
    as `true_positives_at_thresholds`."""
    more = (weights, metrics_collections, updates_collections, name)
    return _shares_at("precision", "fp", labels, predictions, thresholds, *more)


@export("metrics.recall_at_thresholds")
def recall_at_thresholds(
    labels: Any,
    predictions: Any,
    thresholds: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """The recall at each threshold. Stands for `tf.metrics.recall_at_thresholds`; arguments as
    `true_positives_at_thresholds`."""
    more = (weights, metrics_collections, updates_collections, name)
    return _shares_at("recall", "fn", labels, predictions, thresholds, *more)


@export("metrics.sensitivity_at_specificity")
def sensitivity_at_specificity(
    labels: Any,
    predictions: Any,
    specificity: float,
    weights: Any = None,
    num_thresholds: int = 200,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """The recall of true labels at the threshold where that of false ones is nearest to
    `specificity`. Stands for `tf.metrics.sensitivity_at_specificity`.

    Args:
      labels: a tensor, cast to bool.
      predictions: probabilities, of that shape.
      specificity: from 0 to 1.
      weights: what each counts: as for `mean`.
      num_thresholds: how many thresholds.
      metrics_collections: collections for the value.
      updates_collections: collections for the update.
      name: a variable scope.

    Raises:
      ValueError: `specificity` is not from 0 to 1.
    """
    if specificity < 0 or specificity > 1:
        raise ValueError("`specificity` must be in the range [0, 1].")

    def result(counts: dict[str, Any], name: str) -> Any:
        tp, fn, tn, fp = (counts[key] for key in _NAMES)
        found = math_ops.div(tn, tn + fp + EPSILON)
        index = math_ops.argmin(math_ops.abs(found - specificity), 0)
        index = math_ops.cast(index, dtypes.int32)
        return math_ops.div(tp[index], tp[index] + fn[index] + EPSILON, name)

    values = (predictions, labels, weights)
    with variable_scope.variable_scope(name, "sensitivity_at_specificity", values):
        counts, updates = _confusion_matrix_at_thresholds(
            labels, predictions, even_thresholds(num_thresholds), weights
        )
        value = across_replicas(metrics_collections, lambda counts: result(counts, "value"), counts)
        return value, collected(updates_collections, result(updates, "update_op"))


@export("metrics.specificity_at_sensitivity")
def specificity_at_sensitivity(
    labels: Any,
    predictions: Any,
    sensitivity: float,
    weights: Any = None,
    num_thresholds: int = 200,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """The recall of false labels at the threshold where that of true ones is nearest to
    `sensitivity`; the last of several. Stands for `tf.metrics.specificity_at_sensitivity`;
    arguments as those of `sensitivity_at_specificity`."""
    if sensitivity < 0 or sensitivity > 1:
        raise ValueError("`sensitivity` must be in the range [0, 1].")

    def result(counts: dict[str, Any], name: str) -> Any:
        tp, fn, tn, fp = (counts[key] for key in _NAMES)
        found = math_ops.div(tp, tp + fn + EPSILON)
        nearest = math_ops.reduce_min(math_ops.abs(found - sensitivity))
        at = math_ops.equal(math_ops.abs(found - sensitivity), nearest)
        # The running sum is largest first at the last place.
        at = math_ops.cumsum(math_ops.cast(at, dtypes.int64))
        index = math_ops.cast(math_ops.argmax(at, 0), dtypes.int32)
        return math_ops.div(tn[index], tn[index] + fp[index] + EPSILON, name)

    # The last threshold is below 1 here, by TensorFlow's own numbers.
    limits = even_thresholds(num_thresholds, last=1.0 - EPSILON)
    values = (predictions, labels, weights)
    with variable_scope.variable_scope(name, "specificity_at_sensitivity", values):
        counts, updates = _confusion_matrix_at_thresholds(labels, predictions, limits, weights)
        value = across_replicas(metrics_collections, lambda counts: result(counts, "value"), counts)
        return value, collected(updates_collections, result(updates, "update_op"))
