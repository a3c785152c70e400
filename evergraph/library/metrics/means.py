"""Metrics that are means: of values, errors, right answers."""

from typing import Any

from evergraph.api import (
    array_ops,
    confusion_matrix,
    math_ops,
    state_ops,
    variable_scope,
    weights_broadcast_ops,
)
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.graph.defaults import control_dependencies
from evergraph.library.metrics.parts import (
    _remove_squeezable_dimensions,
    across_replicas,
    collected,
    metric_variable,
)


def _weighted(values: Any, weights: Any) -> tuple[Any, Any]:
    """Values times weights, and the weights, as wide as the values."""
    values, _, weights = _remove_squeezable_dimensions(values, None, weights)
    weights = weights_broadcast_ops.broadcast_weights(
        math_ops.cast(weights, dtypes.float32), values
    )
    return math_ops.multiply(values, weights), weights


def _quotient(total: Any, count: Any) -> Any:
    return math_ops.div_no_nan(total, math_ops.maximum(count, 0), name="value")


def _mean_quotient(count: Any, total: Any) -> Any:
    per_class = math_ops.div_no_nan(count, math_ops.maximum(total, 0), name=None)
    return math_ops.reduce_mean(per_class, name="mean_accuracy")


@export("metrics.mean")
def mean(
    values: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """The mean of all values so far. Stands for `tf.metrics.mean`.

    It is 0 as long as there are none. The result of all metrics is a value, which reads local
    variables, and an operation that updates them and gives the new value.

    Args:
      values: numbers of any shape; summed as float32.
      weights: what each counts: a scalar, or of the shape of `values`, with dimensions of 1.
      metrics_collections: collections for the value.
      updates_collections: collections for the update.
      name: a variable scope.
    """
    with variable_scope.variable_scope(name, "mean", (values, weights)):
        values = math_ops.cast(values, dtypes.float32)
        total = metric_variable([], dtypes.float32, name="total")
        count = metric_variable([], dtypes.float32, name="count")
        if weights is None:
            num_values = math_ops.cast(array_ops.size(values), dtypes.float32)
        else:
            values, weights = _weighted(values, weights)
            num_values = math_ops.reduce_sum(weights)
        update_total = state_ops.assign_add(total, math_ops.reduce_sum(values))
        with control_dependencies([values]):
            update_count = state_ops.assign_add(count, num_values)
        value = across_replicas(metrics_collections, _quotient, total, count)
        update = math_ops.div_no_nan(
            update_total, math_ops.maximum(update_count, 0), name="update_op"
        )
        return value, collected(updates_collections, update)


@export("metrics.mean_tensor")
def mean_tensor(
    values: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """The mean of all values so far, element by element. Stands for `tf.metrics.mean_tensor`;
    arguments as those of `mean`."""
    with variable_scope.variable_scope(name, "mean", (values, weights)):
        values = math_ops.cast(values, dtypes.float32)
        total = metric_variable(values.get_shape(), dtypes.float32, name="total_tensor")
        count = metric_variable(values.get_shape(), dtypes.float32, name="count_tensor")
        num_values = array_ops.ones_like(values)
        if weights is not None:
            values, weights = _weighted(values, weights)
            num_values = math_ops.multiply(num_values, weights)
        update_total = state_ops.assign_add(total, values)
        with control_dependencies([values]):
            update_count = state_ops.assign_add(count, num_values)
        value = across_replicas(metrics_collections, _quotient, total, count)
        update = math_ops.div_no_nan(
            update_total, math_ops.maximum(update_count, 0), name="update_op"
        )
        return value, collected(updates_collections, update)


@export("metrics.accuracy")
def accuracy(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """How many predictions equal their labels, as a share of 1. Stands for `tf.metrics.accuracy`;
    further arguments as those of `mean`.

    Args:
      labels: a tensor.
      predictions: a tensor of that shape, of any type.
    """
    predictions, labels, weights = _remove_squeezable_dimensions(predictions, labels, weights)
    predictions.get_shape().assert_is_compatible_with(labels.get_shape())
    if labels.dtype != predictions.dtype:
        predictions = math_ops.cast(predictions, labels.dtype)
    right = math_ops.cast(math_ops.equal(predictions, labels), dtypes.float32)
    return mean(right, weights, metrics_collections, updates_collections, name or "accuracy")


@export("metrics.mean_absolute_error")
def mean_absolute_error(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """The mean of `|predictions - labels|`. Stands for `tf.metrics.mean_absolute_error`; arguments
    as those of `accuracy`."""
    predictions, labels, weights = _remove_squeezable_dimensions(predictions, labels, weights)
    errors = math_ops.abs(predictions - labels)
    name = name or "mean_absolute_error"
    return mean(errors, weights, metrics_collections, updates_collections, name)


@export("metrics.mean_squared_error")
def mean_squared_error(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """The mean of `(predictions - labels)**2`. Stands for `tf.metrics.mean_squared_error`;
    arguments as those of `accuracy`."""
    predictions, labels, weights = _remove_squeezable_dimensions(predictions, labels, weights)
    errors = math_ops.squared_difference(labels, predictions)
    name = name or "mean_squared_error"
    return mean(errors, weights, metrics_collections, updates_collections, name)


@export("metrics.root_mean_squared_error")
def root_mean_squared_error(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """The root of `mean_squared_error`. Stands for `tf.metrics.root_mean_squared_error`; arguments
    as those of `accuracy`."""
    predictions, labels, weights = _remove_squeezable_dimensions(predictions, labels, weights)
    squared, update_squared = mean_squared_error(
        labels, predictions, weights, None, None, name or "root_mean_squared_error"
    )
    value = across_replicas(metrics_collections, math_ops.sqrt, squared)
    return value, collected(updates_collections, math_ops.sqrt(update_squared))


@export("metrics.mean_relative_error")
def mean_relative_error(
    labels: Any,
    predictions: Any,
    normalizer: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """The mean of `|labels - predictions| / normalizer`; of 0 where the normalizer is. Stands for
    `tf.metrics.mean_relative_error`; arguments as those of `accuracy`."""
    predictions, labels, weights = _remove_squeezable_dimensions(predictions, labels, weights)
    predictions, normalizer = confusion_matrix.remove_squeezable_dimensions(predictions, normalizer)
    predictions.get_shape().assert_is_compatible_with(normalizer.get_shape())
    errors = array_ops.where(
        math_ops.equal(normalizer, 0.0),
        array_ops.zeros_like(labels),
        math_ops.div(math_ops.abs(labels - predictions), normalizer),
    )
    name = name or "mean_relative_error"
    return mean(errors, weights, metrics_collections, updates_collections, name)


@export("metrics.mean_cosine_distance")
def mean_cosine_distance(
    labels: Any,
    predictions: Any,
    dim: int,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """1 less the mean product of unit vectors. Stands for `tf.metrics.mean_cosine_distance`;
    arguments as those of `accuracy`.

    Args:
      labels: vectors of length 1.
      predictions: vectors of length 1.
      dim: the axis along which they lie.
    """
    predictions, labels, weights = _remove_squeezable_dimensions(predictions, labels, weights)
    products = math_ops.multiply(predictions, labels)
    products = math_ops.reduce_sum(products, axis=[dim], keepdims=True)
    value, update = mean(products, weights, None, None, name or "mean_cosine_distance")
    value, update = math_ops.subtract(1.0, value), math_ops.subtract(1.0, update)
    return collected(metrics_collections, value), collected(updates_collections, update)


@export("metrics.percentage_below")
def percentage_below(
    values: Any,
    threshold: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """How many values are below a threshold, as a share of 1. Stands for
    `tf.metrics.percentage_below`; arguments as those of `mean`."""
    below = math_ops.cast(math_ops.less(values, threshold), dtypes.float32)
    name = name or "percentage_below_threshold"
    return mean(below, weights, metrics_collections, updates_collections, name)


def _flat(tensor: Any) -> Any:
    return array_ops.reshape(tensor, [-1]) if tensor.get_shape().ndims > 1 else tensor


@export("metrics.mean_per_class_accuracy")
def mean_per_class_accuracy(
    labels: Any,
    predictions: Any,
    num_classes: int,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """The mean of the accuracies of each class; the update gives those. Stands for
    `tf.metrics.mean_per_class_accuracy`; arguments as those of `accuracy`.

    Args:
      labels: classes below `num_classes`, a tensor.
      predictions: classes, a tensor of that shape.
      num_classes: how many there are.
    """
    with variable_scope.variable_scope(name, "mean_accuracy", (predictions, labels, weights)):
        labels = _flat(math_ops.cast(labels, dtypes.int64))
        predictions = _flat(predictions)
        predictions.get_shape().assert_is_compatible_with(labels.get_shape())
        total = metric_variable([num_classes], dtypes.float32, name="total")
        count = metric_variable([num_classes], dtypes.float32, name="count")
        ones = array_ops.ones([array_ops.size(labels)], dtypes.float32)
        if labels.dtype != predictions.dtype:
            predictions = math_ops.cast(predictions, labels.dtype)
        right = math_ops.cast(math_ops.equal(predictions, labels), dtypes.float32)
        if weights is not None:
            weights = math_ops.cast(_flat(weights), dtypes.float32)
            right *= weights
            ones *= weights
        update_total = state_ops.scatter_add(total, labels, ones)
        update_count = state_ops.scatter_add(count, labels, right)
        value = across_replicas(metrics_collections, _mean_quotient, count, total)
        update = math_ops.div_no_nan(
            update_count, math_ops.maximum(update_total, 0), name="update_op"
        )
        return value, collected(updates_collections, update)


def _streaming_confusion_matrix(
    labels: Any, predictions: Any, num_classes: Any, weights: Any = None
) -> tuple[Any, Any]:
    """The confusion matrix so far, a float64 variable, and its update."""
    total = metric_variable(
        [num_classes, num_classes], dtypes.float64, name="total_confusion_matrix"
    )
    predictions = math_ops.cast(predictions, dtypes.int64)
    labels = math_ops.cast(labels, dtypes.int64)
    num_classes = math_ops.cast(num_classes, dtypes.int64)
    predictions, labels = _flat(predictions), _flat(labels)
    if weights is not None:
        weights = _flat(weights)
    current = confusion_matrix.confusion_matrix(
        labels, predictions, num_classes, weights=weights, dtype=dtypes.float64
    )
    return total, state_ops.assign_add(total, current)


@export("metrics.mean_iou")
def mean_iou(
    labels: Any,
    predictions: Any,
    num_classes: int,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """The mean over classes of intersection over union; the update gives the confusion matrix.
    Stands for `tf.metrics.mean_iou`; arguments as those of `mean_per_class_accuracy`."""
    with variable_scope.variable_scope(name, "mean_iou", (predictions, labels, weights)):
        predictions.get_shape().assert_is_compatible_with(labels.get_shape())
        matrix, update = _streaming_confusion_matrix(labels, predictions, num_classes, weights)
        value = across_replicas(metrics_collections, _iou_of, matrix)
        return value, collected(updates_collections, update)


def _iou_of(matrix: Any) -> Any:
    """The mean over the classes that occur."""
    rows = math_ops.cast(math_ops.reduce_sum(matrix, 0), dtypes.float32)
    columns = math_ops.cast(math_ops.reduce_sum(matrix, 1), dtypes.float32)
    both = math_ops.cast(array_ops.diag_part(matrix), dtypes.float32)
    union = rows + columns - both
    occurring = math_ops.reduce_sum(
        math_ops.cast(math_ops.not_equal(union, 0), dtype=dtypes.float32)
    )
    union = array_ops.where(math_ops.greater(union, 0), union, array_ops.ones_like(union))
    iou = math_ops.div(both, union)
    return array_ops.where(
        math_ops.greater(occurring, 0), math_ops.reduce_sum(iou, name="mean_iou") / occurring, 0
    )
