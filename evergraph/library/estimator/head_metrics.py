"""Metrics of heads."""

from collections.abc import Callable
from typing import Any

from evergraph.api import array_ops, check_ops, control_flow_ops, math_ops
from evergraph.api.weights_broadcast_ops import broadcast_weights
from evergraph.base import dtypes
from evergraph.graph.conversion import convert_to_tensor, is_tensor
from evergraph.graph.defaults import control_dependencies, name_scope
from evergraph.library.estimator.metric_keys import MetricKeys
from evergraph.library.metrics.counts import precision, recall
from evergraph.library.metrics.means import accuracy, mean
from evergraph.library.metrics.thresholds import (
    auc,
    precision_at_thresholds,
    recall_at_thresholds,
)


def eval_metrics(function: Callable[..., Any], given: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """A pair as TPUEstimatorSpec takes it: a function of tensors alone, and these."""
    tensors = {name: value for name, value in given.items() if is_tensor(value)}
    others = {name: value for name, value in given.items() if name not in tensors}
    return (lambda **found: function(**others, **found)), tensors


def checked_n_classes(n_classes: Any) -> Any:
    """A number of classes. Raises ValueError where it is 2 or less."""
    if n_classes is None:
        raise ValueError("n_classes cannot be None")
    if isinstance(n_classes, int) and n_classes <= 2:
        raise ValueError(f"n_classes must be > 2: {n_classes}.")
    greater = check_ops.assert_greater(
        convert_to_tensor(n_classes), 2, message="n_classes must be greater than 2"
    )
    with control_dependencies([greater]):
        control_flow_ops.no_op()
    return n_classes


def _mean_of(values: Any, weights: Any, name: str, inner: str, default: str) -> Any:
    with name_scope(name, default, (values, weights)) as scope:
        values = math_ops.to_float(values, name=inner)
        if weights is not None:
            weights = broadcast_weights(weights, values)
        return mean(values, weights=weights, name=scope)


def predictions_mean(predictions: Any, weights: Any, name: str) -> Any:
    """The mean prediction."""
    return _mean_of(predictions, weights, name, "predictions", "predictions_mean")


def _auc(labels: Any, predictions: Any, weights: Any, name: str, curve: str = "ROC") -> Any:
    with name_scope(name, "auc", (predictions, labels, weights)) as scope:
        predictions = math_ops.to_float(predictions, name="predictions")
        if weights is not None:
            weights = broadcast_weights(weights, predictions)
        return auc(labels, predictions, weights=weights, curve=curve, name=scope)


def _accuracy_baseline(labels_mean: Any) -> Any:
    with name_scope(None, "accuracy_baseline", labels_mean):
        value, update_op = labels_mean
        return (
            math_ops.maximum(value, 1.0 - value, name="value"),
            math_ops.maximum(update_op, 1 - update_op, name="update_op"),
        )


def binary(
    labels: Any, logistic: Any, class_ids: Any, weights: Any, unreduced_loss: Any
) -> dict[str, Any]:
    """The metrics of two classes."""
    keys = MetricKeys
    labels_mean = _mean_of(labels, weights, keys.LABEL_MEAN, "labels", "labels_mean")
    return {
        keys.LOSS_MEAN: mean(unreduced_loss, weights, name=keys.LOSS_MEAN),
        keys.ACCURACY: accuracy(labels, class_ids, weights, name=keys.ACCURACY),
        keys.PRECISION: precision(labels, class_ids, weights, name=keys.PRECISION),
        keys.RECALL: recall(labels, class_ids, weights, name=keys.RECALL),
        keys.PREDICTION_MEAN: predictions_mean(logistic, weights, keys.PREDICTION_MEAN),
        keys.LABEL_MEAN: labels_mean,
        keys.ACCURACY_BASELINE: _accuracy_baseline(labels_mean),
        keys.AUC: _auc(labels, logistic, weights, keys.AUC),
        keys.AUC_PR: _auc(labels, logistic, weights, keys.AUC_PR, "PR"),
    }


def at_threshold(labels: Any, predictions: Any, weights: Any, threshold: float) -> dict[str, Any]:
    """The metrics of two classes, told apart at a threshold of the probability."""
    keys = MetricKeys
    found = {}
    name = keys.ACCURACY_AT_THRESHOLD % threshold
    values = (predictions, labels, weights, threshold)
    with name_scope(name, f"accuracy_at_{threshold}", values) as scope:
        above = math_ops.to_float(math_ops.greater_equal(predictions, threshold))
        found[name] = accuracy(labels, above, weights, name=scope)
    for key, default, metric in (
        (keys.PRECISION_AT_THRESHOLD, "precision_at", precision_at_thresholds),
        (keys.RECALL_AT_THRESHOLD, "recall_at", recall_at_thresholds),
    ):
        name = key % threshold
        with name_scope(name, f"{default}_{threshold}", values) as scope:
            value, update_op = metric(
                labels=labels,
                predictions=predictions,
                thresholds=(threshold,),
                weights=weights,
                name=scope,
            )
            found[name] = array_ops.squeeze(value), array_ops.squeeze(update_op)
    return found


def at_class(
    labels: Any, probabilities: Any, weights: Any, class_id: int, class_name: str | None
) -> dict[str, Any]:
    """The metrics of one class, called by its number where it has no name."""
    keys = MetricKeys
    batch_rank = array_ops.rank(probabilities) - 1
    begin = array_ops.concat(
        [array_ops.zeros([batch_rank], dtype=dtypes.int32), [class_id]], axis=0
    )
    size = array_ops.concat([-1 * array_ops.ones([batch_rank], dtype=dtypes.int32), [1]], axis=0)
    probabilities = array_ops.slice(probabilities, begin=begin, size=size)
    labels = array_ops.slice(labels, begin=begin, size=size)
    if class_name is None:
        names = [keys.PROBABILITY_MEAN_AT_CLASS, keys.AUC_AT_CLASS, keys.AUC_PR_AT_CLASS]
        mean_name, auc_name, auc_pr_name = (name % class_id for name in names)
    else:
        names = [keys.PROBABILITY_MEAN_AT_NAME, keys.AUC_AT_NAME, keys.AUC_PR_AT_NAME]
        mean_name, auc_name, auc_pr_name = (name % class_name for name in names)
    return {
        mean_name: predictions_mean(probabilities, weights, mean_name),
        auc_name: _auc(labels, probabilities, weights, auc_name),
        auc_pr_name: _auc(labels, probabilities, weights, auc_pr_name, "PR"),
    }
