"""Metrics that count right and wrong answers: positives and negatives, precision, recall."""

from collections.abc import Callable
from typing import Any

from evergraph.api import array_ops, check_ops, math_ops, state_ops, variable_scope
from evergraph.api.shape_checks import assert_rank_in
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.graph.defaults import control_dependencies
from evergraph.library.metrics.parts import (
    _remove_squeezable_dimensions,
    across_replicas,
    collected,
    metric_variable,
    read_across_replicas,
)


def _count_condition(
    values: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
) -> tuple[Any, Any]:
    """How often bools were true so far, each with its weight."""
    check_ops.assert_type(values, dtypes.bool)
    count = metric_variable([], dtypes.float32, name="count")
    values = math_ops.cast(values, dtypes.float32)
    if weights is not None:
        with control_dependencies([assert_rank_in(weights, (0, array_ops.rank(values)))]):
            weights = math_ops.cast(weights, dtypes.float32)
            values = math_ops.multiply(values, weights)
    value = read_across_replicas(metrics_collections, count)
    update = state_ops.assign_add(count, math_ops.reduce_sum(values))
    return value, collected(updates_collections, update)


def _as_bools(labels: Any, predictions: Any, weights: Any) -> tuple[Any, Any, Any]:
    predictions = math_ops.cast(predictions, dtype=dtypes.bool)
    return _remove_squeezable_dimensions(
        predictions, math_ops.cast(labels, dtype=dtypes.bool), weights
    )


def _counted(
    kind: str,
    label: bool,
    prediction: bool,
    labels: Any,
    predictions: Any,
    weights: Any,
    metrics_collections: Any,
    updates_collections: Any,
    name: str | None,
) -> tuple[Any, Any]:
    """How often label and prediction were these."""
    with variable_scope.variable_scope(name, kind, (predictions, labels, weights)):
        predictions, labels, weights = _as_bools(labels, predictions, weights)
        found = math_ops.logical_and(
            math_ops.equal(labels, label), math_ops.equal(predictions, prediction)
        )
        return _count_condition(found, weights, metrics_collections, updates_collections)


@export("metrics.true_positives")
def true_positives(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """How often both were true. Stands for `tf.metrics.true_positives`.

    Args:
      labels: a tensor, cast to bool.
      predictions: a tensor of that shape, cast to bool.
      weights: what each counts: a scalar, or a tensor of their rank.
      metrics_collections: collections for the value.
      updates_collections: collections for the update.
      name: a variable scope.
    """
    collections = (metrics_collections, updates_collections)
    return _counted("true_positives", True, True, labels, predictions, weights, *collections, name)


@export("metrics.false_positives")
def false_positives(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """How often the prediction alone was true. Stands for `tf.metrics.false_positives`; arguments
    as those of `true_positives`."""
    collections = (metrics_collections, updates_collections)
    return _counted(
        "false_positives", False, True, labels, predictions, weights, *collections, name
    )


@export("metrics.true_negatives")
def true_negatives(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """How often both were false. Stands for `tf.metrics.true_negatives`; arguments as those of
    `true_positives`."""
    collections = (metrics_collections, updates_collections)
    return _counted(
        "true_negatives", False, False, labels, predictions, weights, *collections, name
    )


@export("metrics.false_negatives")
def false_negatives(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """How often the label alone was true. Stands for `tf.metrics.false_negatives`; arguments as
    those of `true_positives`."""
    collections = (metrics_collections, updates_collections)
    return _counted(
        "false_negatives", True, False, labels, predictions, weights, *collections, name
    )


def _share(
    kind: str,
    other: Callable[..., tuple[Any, Any]],
    labels: Any,
    predictions: Any,
    weights: Any,
    metrics_collections: Any,
    updates_collections: Any,
    name: str | None,
) -> tuple[Any, Any]:
    """True positives as a share of them and what `other` counts; 0 if there are none."""

    def share(right: Any, wrong: Any, name: str) -> Any:
        return array_ops.where(
            math_ops.greater(right + wrong, 0), math_ops.div(right, right + wrong), 0, name
        )

    with variable_scope.variable_scope(name, kind, (predictions, labels, weights)):
        predictions, labels, weights = _as_bools(labels, predictions, weights)
        right, update_right = true_positives(labels, predictions, weights)
        wrong, update_wrong = other(labels, predictions, weights)
        value = across_replicas(
            metrics_collections,
            lambda right, wrong: share(right, wrong, "value"),
            right,
            wrong,
        )
        update = share(update_right, update_wrong, "update_op")
        return value, collected(updates_collections, update)


@export("metrics.precision")
def precision(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """How many of the positive predictions were right, as a share of 1. Stands for
    `tf.metrics.precision`; arguments as those of `true_positives`."""
    collections = (metrics_collections, updates_collections)
    return _share("precision", false_positives, labels, predictions, weights, *collections, name)


@export("metrics.recall")
def recall(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """How many of the positive labels were found, as a share of 1. Stands for `tf.metrics.recall`;
    arguments as those of `true_positives`."""
    collections = (metrics_collections, updates_collections)
    return _share("recall", false_negatives, labels, predictions, weights, *collections, name)
