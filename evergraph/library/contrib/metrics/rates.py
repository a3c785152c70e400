"""Rates of wrong answers, counts at thresholds, points of curves."""

from collections.abc import Callable
from typing import Any

from evergraph.api import array_ops, cond, grouping, math_ops, variable_scope
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.library.metrics import counts
from evergraph.library.metrics.parts import EPSILON, _remove_squeezable_dimensions, collected
from evergraph.library.metrics.thresholds import counted_at_thresholds, even_thresholds


def _rate(
    kind: str,
    wrong: Callable[..., tuple[Any, Any]],
    right: Callable[..., tuple[Any, Any]],
    predictions: Any,
    labels: Any,
    weights: Any,
    metrics_collections: Any,
    updates_collections: Any,
    name: str | None,
) -> tuple[Any, Any]:
    """Wrong answers as a share of them and the right ones; 0 if there are none."""

    def share(some: Any, others: Any, name: str) -> Any:
        return array_ops.where(
            math_ops.greater(some + others, 0), math_ops.div(some, some + others), 0, name
        )

    with variable_scope.variable_scope(name, kind, (predictions, labels, weights)):
        predictions, labels, weights = counts._as_bools(labels, predictions, weights)
        first, update_first = wrong(labels, predictions, weights)
        second, update_second = right(labels, predictions, weights)
        value = share(first, second, "value")
        update = share(update_first, update_second, "update_op")
        return collected(metrics_collections, value), collected(updates_collections, update)


@export("contrib.metrics.streaming_false_positive_rate")
def streaming_false_positive_rate(
    predictions: Any,
    labels: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """How many of the false labels were predicted to be true, as a share of 1. Stands for
    `tf.contrib.metrics.streaming_false_positive_rate`."""
    more = (predictions, labels, weights, metrics_collections, updates_collections, name)
    return _rate("false_positive_rate", counts.false_positives, counts.true_negatives, *more)


@export("contrib.metrics.streaming_false_negative_rate")
def streaming_false_negative_rate(
    predictions: Any,
    labels: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """How many of the true labels were predicted to be false, as a share of 1. Stands for
    `tf.contrib.metrics.streaming_false_negative_rate`."""
    more = (predictions, labels, weights, metrics_collections, updates_collections, name)
    return _rate("false_negative_rate", counts.false_negatives, counts.true_positives, *more)


def _streaming_confusion_matrix_at_thresholds(
    predictions: Any, labels: Any, thresholds: Any, weights: Any = None, includes: Any = None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Right and wrong answers at each threshold so far, without a look at the predictions."""
    for include in includes or ():
        if include not in ("tp", "fn", "tn", "fp"):
            raise ValueError(f"Invalid key: {include}.")
    predictions, labels, weights = _remove_squeezable_dimensions(predictions, labels, weights)
    predictions.get_shape().assert_is_compatible_with(labels.get_shape())
    return counted_at_thresholds(predictions, labels, weights, thresholds, includes)


def _one(key: str, *args: Any) -> tuple[Any, Any]:
    values, updates = _streaming_confusion_matrix_at_thresholds(*args, includes=(key,))
    return values[key], updates[key]


@export("contrib.metrics.streaming_true_positives_at_thresholds")
def streaming_true_positives_at_thresholds(
    predictions: Any, labels: Any, thresholds: Any, weights: Any = None
) -> tuple[Any, Any]:
    """How many true labels had predictions above each threshold. Stands for
    `tf.contrib.metrics.streaming_true_positives_at_thresholds`."""
    return _one("tp", predictions, labels, thresholds, weights)


@export("contrib.metrics.streaming_false_negatives_at_thresholds")
def streaming_false_negatives_at_thresholds(
    predictions: Any, labels: Any, thresholds: Any, weights: Any = None
) -> tuple[Any, Any]:
    """How many true labels had predictions not above each threshold. Stands for
    `tf.contrib.metrics.streaming_false_negatives_at_thresholds`."""
    return _one("fn", predictions, labels, thresholds, weights)


@export("contrib.metrics.streaming_false_positives_at_thresholds")
def streaming_false_positives_at_thresholds(
    predictions: Any, labels: Any, thresholds: Any, weights: Any = None
) -> tuple[Any, Any]:
    """How many false labels had predictions above each threshold. Stands for
    `tf.contrib.metrics.streaming_false_positives_at_thresholds`."""
    return _one("fp", predictions, labels, thresholds, weights)


@export("contrib.metrics.streaming_true_negatives_at_thresholds")
def streaming_true_negatives_at_thresholds(
    predictions: Any, labels: Any, thresholds: Any, weights: Any = None
) -> tuple[Any, Any]:
    """How many false labels had predictions not above each threshold. Stands for
    `tf.contrib.metrics.streaming_true_negatives_at_thresholds`."""
    return _one("tn", predictions, labels, thresholds, weights)


def _rates_at(
    kind: str,
    short: str,
    keys: tuple[str, str],
    predictions: Any,
    labels: Any,
    thresholds: Any,
    weights: Any,
    metrics_collections: Any,
    updates_collections: Any,
    name: str | None,
) -> tuple[Any, Any]:
    def rate(found: dict[str, Any], name: str) -> Any:
        wrong, right = (found[key] for key in keys)
        return math_ops.div(wrong, EPSILON + wrong + right, name=f"{short}_{name}")

    scope = f"{kind}_at_thresholds"
    with variable_scope.variable_scope(name, scope, (predictions, labels, weights)):
        values, updates = _streaming_confusion_matrix_at_thresholds(
            predictions, labels, thresholds, weights, includes=keys
        )
        value, update = rate(values, "value"), rate(updates, "update_op")
        return collected(metrics_collections, value), collected(updates_collections, update)


@export("contrib.metrics.streaming_false_positive_rate_at_thresholds")
def streaming_false_positive_rate_at_thresholds(
    predictions: Any,
    labels: Any,
    thresholds: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """The false positive rate at each threshold. Stands for
    `tf.contrib.metrics.streaming_false_positive_rate_at_thresholds`."""
    more = (thresholds, weights, metrics_collections, updates_collections, name)
    return _rates_at("false_positive_rate", "fpr", ("fp", "tn"), predictions, labels, *more)


@export("contrib.metrics.streaming_false_negative_rate_at_thresholds")
def streaming_false_negative_rate_at_thresholds(
    predictions: Any,
    labels: Any,
    thresholds: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """The false negative rate at each threshold. Stands for
    `tf.contrib.metrics.streaming_false_negative_rate_at_thresholds`."""
    more = (thresholds, weights, metrics_collections, updates_collections, name)
    return _rates_at("false_negative_rate", "fnr", ("fn", "tp"), predictions, labels, *more)


@export("contrib.metrics.streaming_curve_points")
def streaming_curve_points(
    labels: Any = None,
    predictions: Any = None,
    weights: Any = None,
    num_thresholds: int = 200,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    curve: str = "ROC",
    name: str | None = None,
) -> tuple[Any, Any]:
    """Points of a curve, [num_thresholds, 2]; arguments as those of `tf.metrics.auc`. Stands for
    `tf.contrib.metrics.streaming_curve_points`."""
    with variable_scope.variable_scope(name, "curve_points", (labels, predictions, weights)):
        if curve not in ("ROC", "PR"):
            raise ValueError(f"curve must be either ROC or PR, {curve} unknown")
        values, updates = _streaming_confusion_matrix_at_thresholds(
            predictions, labels, even_thresholds(num_thresholds), weights
        )
        tp, fn, tn, fp = (values[key] for key in ("tp", "fn", "tn", "fp"))
        epsilon = 1e-6
        recall = math_ops.div(tp + epsilon, tp + fn + epsilon)
        if curve == "ROC":
            xs, ys = math_ops.div(fp, fp + tn + epsilon), recall
        else:
            xs, ys = recall, math_ops.div(tp + epsilon, tp + fp + epsilon)
        points = array_ops.stack([xs, ys], axis=1)
        update = grouping.group(*updates.values())
        return collected(metrics_collections, points), collected(updates_collections, update)


def _compute_recall_at_precision(
    tp: Any, fp: Any, fn: Any, precision: float, name: str, strict_mode: bool = False
) -> Any:
    precisions = math_ops.div(tp, tp + fp + EPSILON)
    if not strict_mode:
        index = math_ops.argmin(math_ops.abs(precisions - precision), 0, output_type=dtypes.int32)
        return math_ops.div(tp[index], tp[index] + fn[index] + EPSILON, name)
    # The nearest that is not below: the largest inverse of the difference.
    index = math_ops.argmax(
        math_ops.div(1.0, precisions - precision + EPSILON), 0, output_type=dtypes.int32
    )
    return cond.cond(
        precisions[index] >= precision,
        lambda: math_ops.div(tp[index], tp[index] + fn[index] + EPSILON, name),
        lambda: 0.0,
    )


@export("contrib.metrics.recall_at_precision")
def recall_at_precision(
    labels: Any,
    predictions: Any,
    precision: float,
    weights: Any = None,
    num_thresholds: int = 200,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
    strict_mode: bool = False,
) -> tuple[Any, Any]:
    """The recall at the threshold where the precision is nearest to `precision`. Stands for
    `tf.contrib.metrics.recall_at_precision`.

    Args:
      labels: a tensor, cast to bool.
      predictions: probabilities, of that shape.
      precision: from 0 to 1.
      strict_mode: whether the precision must not be below; the recall is then 0 where it is.

    Raises:
      ValueError: `precision` is not from 0 to 1.
    """
    if not 0 <= precision <= 1:
        raise ValueError("`precision` must be in the range [0, 1].")
    with variable_scope.variable_scope(name, "recall_at_precision", (predictions, labels, weights)):
        values, updates = _streaming_confusion_matrix_at_thresholds(
            predictions, labels, even_thresholds(num_thresholds), weights
        )
        value, update = (
            _compute_recall_at_precision(
                found["tp"], found["fp"], found["fn"], precision, what, strict_mode
            )
            for found, what in ((values, "value"), (updates, "update_op"))
        )
        return collected(metrics_collections, value), collected(updates_collections, update)


@export("contrib.metrics.precision_at_recall")
def precision_at_recall(
    labels: Any,
    predictions: Any,
    target_recall: float,
    weights: Any = None,
    num_thresholds: int = 200,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """The precision at the highest threshold where the recall is at least `target_recall`. Stands
    for `tf.contrib.metrics.precision_at_recall`; raises ValueError if that is not from 0 to 1."""
    if target_recall < 0 or target_recall > 1:
        raise ValueError("`target_recall` must be in the range [0, 1].")

    def result(found: dict[str, Any], name: str) -> Any:
        tp, fp, fn = found["tp"], found["fp"], found["fn"]
        recalls = math_ops.div(tp, tp + fn + EPSILON)
        enough = math_ops.cast(math_ops.greater_equal(recalls, target_recall), dtypes.int64)
        index = math_ops.reduce_sum(enough) - 1
        return math_ops.div(tp[index] + EPSILON, tp[index] + fp[index] + EPSILON, name)

    with variable_scope.variable_scope(name, "precision_at_recall", (predictions, labels, weights)):
        values, updates = _streaming_confusion_matrix_at_thresholds(
            predictions, labels, even_thresholds(num_thresholds), weights
        )
        value, update = result(values, "value"), result(updates, "update_op")
        return collected(metrics_collections, value), collected(updates_collections, update)
