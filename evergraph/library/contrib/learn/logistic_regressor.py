"""Model functions of yes and no, with their metrics."""

from collections.abc import Callable
from typing import Any

from evergraph.api import math_ops
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.library.contrib.learn.estimator import Estimator
from evergraph.library.contrib.learn.keys import MetricKey, ProblemType
from evergraph.library.contrib.learn.model_fn import ModeKeys, ModelFnOps
from evergraph.library.contrib.metrics import switched


@export("contrib.learn.LogisticRegressor")
def LogisticRegressor(
    model_fn: Callable[..., Any],
    thresholds: Any = None,
    model_dir: str | None = None,
    config: Any = None,
    feature_engineering_fn: Any = None,
) -> Estimator:
    """An Estimator of probabilities, which evaluates the usual metrics. Stands for
    `tf.contrib.learn.LogisticRegressor`.

    Args:
      model_fn: takes features, labels and mode; gives predictions, loss and train op.
      thresholds: of probabilities, for metrics; default: 0.5.
      model_dir, config, feature_engineering_fn: as of Estimator.
    """

    def with_metrics(features: Any, labels: Any, mode: str, params: dict[str, Any]) -> ModelFnOps:
        predictions, loss, train_op = model_fn(features, labels, mode)
        metrics = None
        if mode == ModeKeys.EVAL:
            metrics = _metrics(labels, predictions, params["thresholds"] or [0.5])
        outputs = {"head": (ProblemType.LOGISTIC_REGRESSION, {"predictions": predictions})}
        return ModelFnOps(mode, predictions, loss, train_op, metrics, output_alternatives=outputs)

    return Estimator(
        with_metrics, model_dir, config, {"thresholds": thresholds}, feature_engineering_fn
    )


def _metrics(labels: Any, predictions: Any, thresholds: Any) -> dict[str, Any]:
    if isinstance(labels, dict) and len(labels) == 1:
        labels = next(iter(labels.values()))
    found = {
        MetricKey.PREDICTION_MEAN: switched.streaming_mean(predictions),
        MetricKey.LABEL_MEAN: switched.streaming_mean(labels),
        MetricKey.ACCURACY_BASELINE: switched.streaming_mean(labels),
        MetricKey.AUC: switched.streaming_auc(predictions, labels),
    }
    for threshold in thresholds:
        above = math_ops.cast(
            math_ops.greater_equal(predictions, threshold),
            dtypes.float32,
            name=f"predictions_at_threshold_{threshold:f}",
        )
        for key, metric in (
            (MetricKey.ACCURACY_MEAN, switched.streaming_accuracy),
            (MetricKey.PRECISION_MEAN, switched.streaming_precision),
            (MetricKey.RECALL_MEAN, switched.streaming_recall),
        ):
            found[key % threshold] = metric(above, labels)
    return found
