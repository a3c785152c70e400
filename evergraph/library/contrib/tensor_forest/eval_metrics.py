"""Metrics of random forests by name, and of which predictions they are."""

from collections.abc import Callable
from typing import Any

import numpy as np

from evergraph.api import array_ops, gathering, math_ops, ranking_ops
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.graph.tensor import Tensor
from evergraph.library.contrib.learn.keys import PredictionKey
from evergraph.library.contrib.losses import loss_ops as losses
from evergraph.library.metrics import means, thresholds
from evergraph.library.metrics.counts import precision, recall

INFERENCE_PROB_NAME = PredictionKey.PROBABILITIES
INFERENCE_PRED_NAME = PredictionKey.CLASSES
FEATURE_IMPORTANCE_NAME = "global_feature_importance"

_THRESHOLDS = np.arange(0, 1, 0.01, dtype=np.float32)


def _top_k(k: int) -> Callable[[Any, Any], Any]:
    def metric(probabilities: Any, targets: Any) -> Any:
        targets = math_ops.cast(targets, dtypes.int32)
        if targets.get_shape().ndims > 1:
            targets = array_ops.squeeze(targets, axis=[1])
        return means.mean(ranking_ops.in_top_k(probabilities, targets, k))

    return metric


def _accuracy(predictions: Any, targets: Any, weights: Any = None) -> Any:
    return means.accuracy(labels=targets, predictions=predictions, weights=weights)


def _r2(probabilities: Any, targets: Any, weights: Any = None) -> Any:
    targets = math_ops.cast(targets, dtypes.float32)
    middle = math_ops.reduce_mean(targets, 0)
    total = math_ops.reduce_sum(math_ops.squared_difference(targets, middle), 0)
    rest = math_ops.reduce_sum(math_ops.squared_difference(targets, probabilities), 0)
    return means.mean(1 - math_ops.reduce_sum(rest / total), weights=weights)


def _one_hot(targets: Any, probabilities: Any) -> Tensor:
    targets = array_ops.squeeze(targets, axis=[1])
    depth = array_ops.shape(probabilities)[1]
    return gathering.one_hot(math_ops.cast(targets, dtypes.int32), depth)


def _sigmoid_entropy(probabilities: Any, targets: Any, weights: Any = None) -> Any:
    loss = losses.sigmoid_cross_entropy(probabilities, _one_hot(targets, probabilities))
    return means.mean(loss, weights=weights)


def _softmax_entropy(probabilities: Any, targets: Any, weights: Any = None) -> Any:
    labels = math_ops.cast(targets, dtypes.int32)
    loss = losses.sparse_softmax_cross_entropy(probabilities, labels)
    return means.mean(loss, weights=weights)


def _predictions(predictions: Any, unused_targets: Any, **unused_kwargs: Any) -> Any:
    return predictions


def _class_log_loss(probabilities: Any, targets: Any, weights: Any = None) -> Any:
    loss = losses.log_loss(probabilities, _one_hot(targets, probabilities))
    return means.mean(loss, weights=weights)


def _precision(predictions: Any, targets: Any, weights: Any = None) -> Any:
    return precision(labels=targets, predictions=predictions, weights=weights)


def _recall(predictions: Any, targets: Any, weights: Any = None) -> Any:
    return recall(labels=targets, predictions=predictions, weights=weights)


def _of_class_1(metric: Callable[..., Any], **more: Any) -> Callable[..., Any]:
    """A metric of the probability of class 1."""

    def found(predictions: Any, targets: Any, weights: Any = None) -> Any:
        second = array_ops.slice(predictions, [0, 1], [-1, 1])
        return metric(labels=targets, predictions=second, weights=weights, **more)

    return found


# A metric and the key of the predictions that it is of.
_METRICS: dict[str, tuple[Callable[..., Any], str]] = {
    "auc": (_of_class_1(thresholds.auc), INFERENCE_PROB_NAME),
    "sigmoid_entropy": (_sigmoid_entropy, INFERENCE_PROB_NAME),
    "softmax_entropy": (_softmax_entropy, INFERENCE_PROB_NAME),
    "accuracy": (_accuracy, INFERENCE_PRED_NAME),
    "r2": (_r2, PredictionKey.SCORES),
    "predictions": (_predictions, INFERENCE_PRED_NAME),
    "classification_log_loss": (_class_log_loss, INFERENCE_PROB_NAME),
    "precision": (_precision, INFERENCE_PRED_NAME),
    "precision_at_thresholds": (
        _of_class_1(thresholds.precision_at_thresholds, thresholds=_THRESHOLDS),
        INFERENCE_PROB_NAME,
    ),
    "recall": (_recall, INFERENCE_PRED_NAME),
    "recall_at_thresholds": (
        _of_class_1(thresholds.recall_at_thresholds, thresholds=_THRESHOLDS),
        INFERENCE_PROB_NAME,
    ),
    "top_5": (_top_k(5), INFERENCE_PROB_NAME),
}


@export(
    "contrib.tensor_forest.client.eval_metrics.get_metric",
    "contrib.tensor_forest.eval_metrics.get_metric",
)
def get_metric(metric_name: str) -> Callable[..., Any]:
    """The metric of a name.

    Raises:
      KeyError: there is none.
    """
    return _METRICS[metric_name][0]


@export(
    "contrib.tensor_forest.client.eval_metrics.get_prediction_key",
    "contrib.tensor_forest.eval_metrics.get_prediction_key",
)
def get_prediction_key(metric_name: str) -> str:
    """The key of the predictions that a metric is of.

    Raises:
      KeyError: there is no such metric.
    """
    return _METRICS[metric_name][1]
