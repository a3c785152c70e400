"""The earlier names of metrics: predictions come before labels."""

import inspect
from collections.abc import Callable
from typing import Any

from evergraph.api import math_ops, ranking_ops
from evergraph.base import dtypes
from evergraph.base.deprecation import deprecated
from evergraph.base.export import export, export_constant
from evergraph.graph.defaults import name_scope
from evergraph.library.metrics import counts, means, ranks, thresholds

_Metric = Callable[..., tuple[Any, Any]]
# What was added to metrics after their earlier names.
_NEWER = ("summation_method", "thresholds")


def _renamed(name: str, metric: _Metric, advise: bool = True) -> _Metric:
    """A metric under an earlier name, with predictions first.

    Args:
      name: the earlier name.
      metric: the function of `tf.metrics`.
      advise: whether a call says that there is a newer name.
    """
    parameters = dict(inspect.signature(metric).parameters)
    switched = "predictions" in parameters
    if switched:
        parameters = {"predictions": parameters.pop("predictions"), **parameters}
    if not name.endswith("_at_thresholds"):
        parameters = {k: v for k, v in parameters.items() if k not in _NEWER}
    signature = inspect.Signature(list(parameters.values()))

    def function(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
        return metric(**signature.bind(*args, **kwargs).arguments)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = (
        f"An earlier name of `tf.metrics.{metric.__name__}`"
        f"{', with predictions before labels' if switched else ''}. Stands for "
        f"`tf.contrib.metrics.{name}`."
    )
    if advise:
        text = f"Please switch to tf.metrics.{metric.__name__}"
        if switched:
            verb = "are" if name == "streaming_precision_at_thresholds" else "has been"
            text += (
                f". Note that the order of the labels and predictions arguments {verb} switched."
            )
        function = deprecated(None, text)(function)
    # After the wrapper, which has a signature of its own.
    function.__signature__ = signature  # type: ignore[attr-defined]
    return function


streaming_mean = _renamed("streaming_mean", means.mean)
streaming_mean_tensor = _renamed("streaming_mean_tensor", means.mean_tensor)
streaming_accuracy = _renamed("streaming_accuracy", means.accuracy)
streaming_mean_absolute_error = _renamed("streaming_mean_absolute_error", means.mean_absolute_error)
streaming_mean_squared_error = _renamed("streaming_mean_squared_error", means.mean_squared_error)
streaming_root_mean_squared_error = _renamed(
    "streaming_root_mean_squared_error", means.root_mean_squared_error
)
streaming_mean_relative_error = _renamed(
    "streaming_mean_relative_error", means.mean_relative_error, advise=False
)
streaming_mean_iou = _renamed("streaming_mean_iou", means.mean_iou, advise=False)
streaming_percentage_less = _renamed(
    "streaming_percentage_less", means.percentage_below, advise=False
)
streaming_true_positives = _renamed("streaming_true_positives", counts.true_positives)
streaming_true_negatives = _renamed("streaming_true_negatives", counts.true_negatives)
streaming_false_positives = _renamed("streaming_false_positives", counts.false_positives)
streaming_false_negatives = _renamed("streaming_false_negatives", counts.false_negatives)
streaming_precision = _renamed("streaming_precision", counts.precision)
streaming_recall = _renamed("streaming_recall", counts.recall)
streaming_auc = _renamed("streaming_auc", thresholds.auc)
streaming_precision_at_thresholds = _renamed(
    "streaming_precision_at_thresholds", thresholds.precision_at_thresholds
)
streaming_recall_at_thresholds = _renamed(
    "streaming_recall_at_thresholds", thresholds.recall_at_thresholds
)
streaming_sensitivity_at_specificity = _renamed(
    "streaming_sensitivity_at_specificity", thresholds.sensitivity_at_specificity, advise=False
)
streaming_specificity_at_sensitivity = _renamed(
    "streaming_specificity_at_sensitivity", thresholds.specificity_at_sensitivity, advise=False
)
streaming_sparse_recall_at_k = _renamed(
    "streaming_sparse_recall_at_k", ranks.recall_at_k, advise=False
)
streaming_sparse_precision_at_k = _renamed(
    "streaming_sparse_precision_at_k", ranks.precision_at_k, advise=False
)
streaming_sparse_average_precision_at_k = _renamed(
    "streaming_sparse_average_precision_at_k", ranks.average_precision_at_k, advise=False
)

for _name in [name for name in globals() if name.startswith("streaming_")]:
    export_constant(__name__, _name, f"contrib.metrics.{_name}")


@export("contrib.metrics.streaming_mean_cosine_distance")
def streaming_mean_cosine_distance(
    predictions: Any,
    labels: Any,
    dim: int,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """An earlier form of `tf.metrics.mean_cosine_distance`. Stands for
    `tf.contrib.metrics.streaming_mean_cosine_distance`."""
    collections = (metrics_collections, updates_collections)
    return means.mean_cosine_distance(labels, predictions, dim, weights, *collections, name)


@export("contrib.metrics.streaming_recall_at_k")
@deprecated(
    "2016-11-08",
    "Please use `streaming_sparse_recall_at_k`, and reshape labels from [batch_size] to "
    "[batch_size, 1].",
)
def streaming_recall_at_k(
    predictions: Any,
    labels: Any,
    k: int,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """How often the label is among the k best predictions, as a share of 1. Stands for
    `tf.contrib.metrics.streaming_recall_at_k`.

    Args:
      predictions: what each class got, [batch, number of classes].
      labels: classes, [batch].
      k: how many of the best to take.
    """
    found = math_ops.cast(ranking_ops.in_top_k(predictions, labels, k), dtypes.float32)
    name = name or ranks._at_k_name("recall", k)
    return streaming_mean(found, weights, metrics_collections, updates_collections, name)


@export("contrib.metrics.streaming_sparse_precision_at_top_k")
def streaming_sparse_precision_at_top_k(
    top_k_predictions: Any,
    labels: Any,
    class_id: int | None = None,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """An earlier form of `tf.metrics.precision_at_top_k`. Stands for
    `tf.contrib.metrics.streaming_sparse_precision_at_top_k`."""
    default = ranks._at_k_name("precision", class_id=class_id)
    with name_scope(name, default, (top_k_predictions, labels, weights)) as scope:
        return ranks.precision_at_top_k(
            labels=labels,
            predictions_idx=top_k_predictions,
            class_id=class_id,
            weights=weights,
            metrics_collections=metrics_collections,
            updates_collections=updates_collections,
            name=scope,
        )


@export("contrib.metrics.sparse_recall_at_top_k")
def sparse_recall_at_top_k(
    labels: Any,
    top_k_predictions: Any,
    class_id: int | None = None,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """An earlier form of `tf.metrics.recall_at_top_k`. Stands for
    `tf.contrib.metrics.sparse_recall_at_top_k`."""
    default = ranks._at_k_name("recall", class_id=class_id)
    with name_scope(name, default, (top_k_predictions, labels, weights)) as scope:
        return ranks.recall_at_top_k(
            labels=labels,
            predictions_idx=top_k_predictions,
            class_id=class_id,
            weights=weights,
            metrics_collections=metrics_collections,
            updates_collections=updates_collections,
            name=scope,
        )


@export("contrib.metrics.streaming_sparse_average_precision_at_top_k")
def streaming_sparse_average_precision_at_top_k(
    top_k_predictions: Any,
    labels: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """The mean average precision of the k best classes themselves. Stands for
    `tf.contrib.metrics.streaming_sparse_average_precision_at_top_k`."""
    return ranks._streaming_sparse_average_precision_at_top_k(
        labels, top_k_predictions, weights, metrics_collections, updates_collections, name
    )
