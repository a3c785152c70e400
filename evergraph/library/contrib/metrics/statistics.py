"""Counts, covariances, kappa, and areas computed of all values."""

import collections
from typing import Any

from evergraph.api import (
    array_ops,
    check_ops,
    cond,
    confusion_matrix,
    grouping,
    math_ops,
    ranking_ops,
    state_ops,
    variable_scope,
    weights_broadcast_ops,
)
from evergraph.api.shapes import shape_internal
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.graph.constant import constant
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import control_dependencies, name_scope
from evergraph.library.metrics.parts import (
    _remove_squeezable_dimensions,
    collected,
    metric_variable,
)
from evergraph.library.metrics.ranks import _safe_scalar_div


@export("contrib.metrics.aggregate_metrics")
def aggregate_metrics(*value_update_tuples: Any) -> tuple[list[Any], list[Any]]:
    """A list of values and one of updates, of several metrics. Stands for
    `tf.contrib.metrics.aggregate_metrics`; raises ValueError without any."""
    if not value_update_tuples:
        raise ValueError("Expected at least one value_tensor/update_op pair")
    values, updates = zip(*value_update_tuples, strict=True)
    return list(values), list(updates)


@export("contrib.metrics.aggregate_metric_map")
def aggregate_metric_map(names_to_tuples: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Values and updates by name, of metrics by name. Stands for
    `tf.contrib.metrics.aggregate_metric_map`."""
    values, updates = zip(*names_to_tuples.values(), strict=True)
    return (
        dict(zip(names_to_tuples, values, strict=True)),
        dict(zip(names_to_tuples, updates, strict=True)),
    )


@export("contrib.metrics.count")
def count(
    values: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """How many values there were, each with its weight. Stands for `tf.contrib.metrics.count`;
    arguments as those of `tf.metrics.mean`."""
    with variable_scope.variable_scope(name, "count", (values, weights)):
        total = metric_variable([], dtypes.float32, name="count")
        if weights is None:
            number = math_ops.cast(array_ops.size(values), dtypes.float32)
        else:
            values = math_ops.cast(values, dtypes.float32)
            values, _, weights = _remove_squeezable_dimensions(values, None, weights)
            weights = weights_broadcast_ops.broadcast_weights(
                math_ops.cast(weights, dtypes.float32), values
            )
            number = math_ops.reduce_sum(weights)
        with control_dependencies([values]):
            update = state_ops.assign_add(total, number)
        value = collected(metrics_collections, array_ops.identity(total))
        return value, collected(updates_collections, update)


def _moments(values: Any, mean: Any, number: Any, total: Any) -> tuple[Any, Any]:
    """The mean of a batch of weighted values, and the mean of all before it.

    Args:
      values: numbers times weights.
      mean: the variable of the mean, which is updated.
      number: what the batch counts.
      total: what all count, with the batch.
    """
    of_batch = math_ops.div_no_nan(math_ops.reduce_sum(values), number)
    change = math_ops.div_no_nan((of_batch - mean) * number, total)
    return of_batch, state_ops.assign_add(mean, change) - change


@export("contrib.metrics.streaming_covariance")
def streaming_covariance(
    predictions: Any,
    labels: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """The unbiased covariance; NaN of one pair. Stands for
    `tf.contrib.metrics.streaming_covariance`.

    Batches are put together as by Chan, Golub and LeVeque, Algorithms for computing the sample
    variance, 1983.

    Args:
      predictions: numbers.
      labels: numbers of that shape.
      weights: how often each pair counts.
      metrics_collections: collections for the value.
      updates_collections: collections for the update.
      name: a variable scope.
    """
    with variable_scope.variable_scope(name, "covariance", (predictions, labels, weights)):
        predictions, labels, weights = _remove_squeezable_dimensions(predictions, labels, weights)
        predictions.get_shape().assert_is_compatible_with(labels.get_shape())
        total, mean_prediction, mean_label, comoment = (
            metric_variable([], dtypes.float32, name=what)
            for what in ("count", "mean_prediction", "mean_label", "comoment")
        )
        weighted = (predictions, labels)
        if weights is None:
            number = math_ops.cast(array_ops.size(labels), dtypes.float32)
        else:
            weights = weights_broadcast_ops.broadcast_weights(weights, labels)
            number = math_ops.reduce_sum(weights)
            weighted = (
                math_ops.multiply(predictions, weights),
                math_ops.multiply(labels, weights),
            )
        update_total = state_ops.assign_add(total, number)
        before = update_total - number
        batch_x, before_x = _moments(weighted[0], mean_prediction, number, update_total)
        batch_y, before_y = _moments(weighted[1], mean_label, number, update_total)
        products = (predictions - batch_x) * (labels - batch_y)
        if weights is None:
            of_batch = math_ops.reduce_sum(products)
        else:
            of_batch = math_ops.reduce_sum(products * weights)
        change = of_batch + (before_x - batch_x) * (before_y - batch_y) * (
            before * number / update_total
        )
        update_comoment = state_ops.assign_add(comoment, change)

        def covariance(name: str) -> Any:
            return array_ops.where(
                math_ops.less_equal(total, 1.0),
                float("nan"),
                math_ops.truediv(comoment, total - 1),
                name=name,
            )

        value = covariance("covariance")
        with control_dependencies([update_comoment]):
            update = covariance("update_op")
    return collected(metrics_collections, value), collected(updates_collections, update)


@export("contrib.metrics.streaming_pearson_correlation")
def streaming_pearson_correlation(
    predictions: Any,
    labels: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """Pearson's correlation. Stands for `tf.contrib.metrics.streaming_pearson_correlation`;
    arguments as those of `streaming_covariance`."""
    with variable_scope.variable_scope(name, "pearson_r", (predictions, labels, weights)):
        predictions, labels, weights = _remove_squeezable_dimensions(predictions, labels, weights)
        predictions.get_shape().assert_is_compatible_with(labels.get_shape())
        if weights is not None:
            weights = weights_broadcast_ops.broadcast_weights(weights, labels)
        pairs = {
            "covariance": (predictions, labels),
            "variance_predictions": (predictions, predictions),
            "variance_labels": (labels, labels),
        }
        both, x, y = (
            streaming_covariance(*pair, weights=weights, name=what) for what, pair in pairs.items()
        )

        def correlation(which: int, name: str) -> Any:
            spread = math_ops.multiply(math_ops.sqrt(x[which]), math_ops.sqrt(y[which]))
            return math_ops.truediv(both[which], spread, name=name)

        value, update = correlation(0, "pearson_r"), correlation(1, "update_op")
    return collected(metrics_collections, value), collected(updates_collections, update)


@export("contrib.metrics.cohen_kappa")
def cohen_kappa(
    labels: Any,
    predictions_idx: Any,
    num_classes: int,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """Cohen's kappa: how much better than by chance labels and predictions agree. Stands for
    `tf.contrib.metrics.cohen_kappa`.

    Args:
      labels: classes, [batch] or [batch, 1].
      predictions_idx: classes, of that shape.
      num_classes: how many there are.
      weights: how often each pair counts.
      metrics_collections: collections for the value.
      updates_collections: collections for the update.
      name: a variable scope.

    Raises:
      ValueError: there are fewer than two classes.
    """
    if num_classes < 2:
        raise ValueError(f"`num_classes` must be >= 2.Found: {num_classes}")
    with variable_scope.variable_scope(name, "cohen_kappa", (labels, predictions_idx, weights)):
        labels.get_shape().with_rank_at_most(2)
        if labels.get_shape().ndims == 2:
            labels = array_ops.squeeze(labels, axis=[-1])
        predictions_idx, labels, weights = _remove_squeezable_dimensions(
            predictions_idx, labels, weights
        )
        predictions_idx.get_shape().assert_is_compatible_with(labels.get_shape())
        whole = weights is None or weights.dtype.is_integer
        dtype = dtypes.int64 if whole else dtypes.float32
        held = [
            metric_variable((num_classes,), dtype, name=what) for what in ("po", "pe_row", "pe_col")
        ]
        table = confusion_matrix.confusion_matrix(
            labels,
            predictions_idx,
            num_classes=num_classes,
            weights=weights,
            dtype=dtype,
            name="counts_in_table",
        )
        batch = [
            array_ops.diag_part(table),
            math_ops.reduce_sum(table, axis=0),
            math_ops.reduce_sum(table, axis=1),
        ]
        updates = [state_ops.assign_add(v, b) for v, b in zip(held, batch, strict=True)]
        value, update = _kappa(*held, name="value"), _kappa(*updates, name="update_op")
        return collected(metrics_collections, value), collected(updates_collections, update)


def _kappa(agreed: Any, row: Any, column: Any, name: str) -> Any:
    observed = math_ops.reduce_sum(agreed)
    total = math_ops.reduce_sum(row)
    expected = math_ops.reduce_sum(
        math_ops.div_no_nan(
            math_ops.cast(row * column, dtypes.float64), math_ops.cast(total, dtypes.float64)
        )
    )
    observed, expected, total = (
        math_ops.cast(x, dtypes.float64) for x in (observed, expected, total)
    )
    return _safe_scalar_div(observed - expected, total - expected, name=name)


def _next_array_size(required_size: Any, growth_factor: float = 1.5) -> Any:
    """The least power of the factor that is not below a size."""
    exponent = math_ops.ceil(
        math_ops.log(math_ops.cast(required_size, dtypes.float32))
        / math_ops.log(math_ops.cast(growth_factor, dtypes.float32))
    )
    return math_ops.cast(math_ops.ceil(growth_factor**exponent), dtypes.int32)


@export("contrib.metrics.streaming_concat")
def streaming_concat(
    values: Any,
    axis: int = 0,
    max_size: int | None = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """All values so far, one batch after the other. Stands for
    `tf.contrib.metrics.streaming_concat`.

    Args:
      values: a tensor whose shape is known but for the axis.
      axis: along which batches are put together.
      max_size: how many are kept at most; the first ones are.
      metrics_collections: collections for the value.
      updates_collections: collections for the update.
      name: a variable scope.

    Raises:
      ValueError: the shape is not known, or there is no such axis.
    """
    with variable_scope.variable_scope(name, "streaming_concat", (values,)):
        shape = values.get_shape()
        if shape.dims is None:
            raise ValueError("`values` must have known statically known rank")
        rank = len(shape)
        axis += rank if axis < 0 else 0
        if not 0 <= axis < rank:
            raise ValueError(f"axis = {axis!r} not in [0, {rank!r})")
        fixed = [dim.value for n, dim in enumerate(shape) if n != axis]
        if None in fixed:
            raise ValueError(
                "all dimensions of `values` other than the dimension to concatenate along must "
                "have statically known size"
            )
        # The axis comes first in the variable, which grows by half when it is full.
        array = metric_variable(
            [max_size or 0, *fixed], values.dtype, validate_shape=False, name="array"
        )
        size = metric_variable([], dtypes.int32, name="size")
        back = [0 if n == axis else n + 1 if n < axis else n for n in range(rank)]
        valid = array[:size]
        valid.set_shape([None, *fixed])
        value = array_ops.transpose(valid, back, name="concat")
        batch_size = array_ops.shape(values)[axis]
        if max_size is not None:
            batch_size = math_ops.minimum(batch_size, max_size - size)
        first = [axis, *(n for n in range(rank) if n != axis)]
        batch = array_ops.transpose(values, first)[:batch_size]
        new_size = size + batch_size
        array_size = shape_internal(array, optimize=False)[0]

        def grown() -> Any:
            new_shape = array_ops.stack([_next_array_size(new_size), *fixed])
            new_value = array_ops.zeros(new_shape, dtype=values.dtype)
            old_value = array.value()
            with control_dependencies([old_value]):
                assigned = state_ops.assign(array, new_value, validate_shape=False)
            with control_dependencies([assigned]):
                copied = array[:size].assign(old_value[:size])
            with control_dependencies([copied]):
                return grouping.no_op()

        maybe_grown = cond.cond(new_size > array_size, grown, grouping.no_op)
        with control_dependencies([maybe_grown]):
            appended = array[size:new_size].assign(batch)
        with control_dependencies([appended]):
            update = size.assign(new_size)
        return collected(metrics_collections, value), collected(updates_collections, update)


@export("contrib.metrics.streaming_dynamic_auc")
def streaming_dynamic_auc(
    labels: Any,
    predictions: Any,
    curve: str = "ROC",
    metrics_collections: Any = (),
    updates_collections: Any = (),
    name: str | None = None,
    weights: Any = None,
) -> tuple[Any, Any]:
    """The area under a curve, of all values: no thresholds, but all are kept. Stands for
    `tf.contrib.metrics.streaming_dynamic_auc`.

    Args:
      labels: 0 and 1.
      predictions: numbers of that shape.
      curve: "ROC" or "PR".
      metrics_collections: collections for the value.
      updates_collections: collections for the update.
      name: a variable scope.
      weights: what each counts.

    Raises:
      ValueError: there is no such curve.
    """
    if curve not in ("PR", "ROC"):
        raise ValueError(f"curve must be either ROC or PR, {curve} unknown")
    with variable_scope.variable_scope(name, default_name="dynamic_auc"):
        labels.get_shape().assert_is_compatible_with(predictions.get_shape())
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
            all_predictions, update_predictions = streaming_concat(predictions, name="concat_preds")
            all_labels, update_labels = streaming_concat(labels, name="concat_labels")
            updates, all_weights = [update_labels, update_predictions], None
            if weights is not None:
                weights = array_ops.reshape(math_ops.cast(weights, dtypes.float64), [-1])
                all_weights, update_weights = streaming_concat(weights, name="concat_weights")
                updates.append(update_weights)
            update = grouping.group(*updates)
            value = _compute_dynamic_auc(all_labels, all_predictions, curve, all_weights)
            collected(updates_collections, update)
            return collected(metrics_collections, value), update


def _compute_dynamic_auc(
    labels: Any, predictions: Any, curve: str = "ROC", weights: Any = None
) -> Any:
    """The area by trapezoids between all distinct predictions; 0 if labels are all the same."""
    size = array_ops.size(predictions)
    if weights is None:
        weights = array_ops.ones_like(labels, dtype=dtypes.float64)
    labels, predictions, weights = _remove_squeezable_dimensions(labels, predictions, weights)
    total = math_ops.reduce_sum(weights)
    positive = math_ops.reduce_sum(
        array_ops.where(
            math_ops.greater(labels, 0),
            weights,
            array_ops.zeros_like(labels, dtype=dtypes.float64),
        )
    )

    def sums(numbers: Any, places: Any) -> Any:
        return array_ops.gather(array_ops.pad(math_ops.cumsum(numbers), paddings=[[1, 0]]), places)

    def area() -> Any:
        ordered, indices = ranking_ops.top_k(predictions, k=size)
        ordered_labels = array_ops.gather(labels, indices)
        ordered_weights = array_ops.gather(weights, indices)
        _, _, number = array_ops.unique_with_counts(ordered)
        splits = math_ops.cast(
            array_ops.pad(math_ops.cumsum(number), paddings=[[1, 0]]), dtypes.int32
        )

        def weights_where(condition: Any) -> Any:
            nothing = array_ops.zeros_like(ordered_labels, dtype=dtypes.float64)
            return array_ops.where(condition, ordered_weights, nothing)

        right = sums(weights_where(math_ops.greater(ordered_labels, 0)), splits)
        if curve == "ROC":
            wrong = sums(weights_where(math_ops.less(ordered_labels, 1)), splits)
            negative = total - positive
            x = math_ops.truediv(wrong, negative)
            y = math_ops.truediv(right, positive)
        else:
            x = math_ops.truediv(right, positive)
            y = array_ops.where(
                *_precision(splits, right, sums(ordered_weights, splits)),
                array_ops.ones_like(right, dtype=dtypes.float64),
            )
        heights = math_ops.add(y[1:], y[:-1]) / 2.0
        widths = math_ops.abs(math_ops.subtract(x[1:], x[:-1]))
        return math_ops.reduce_sum(math_ops.multiply(heights, widths))

    return cond.cond(
        math_ops.logical_or(math_ops.equal(positive, 0), math_ops.equal(positive, total)),
        true_fn=lambda: constant(0, dtypes.float64),
        false_fn=area,
    )


def _precision(splits: Any, right: Any, predicted: Any) -> tuple[Any, Any]:
    return math_ops.greater(splits, 0), math_ops.truediv(right, predicted)


PrecisionRecallData = collections.namedtuple(
    "PrecisionRecallData", ["tp", "fp", "tn", "fn", "precision", "recall", "thresholds"]
)


@export("contrib.metrics.precision_recall_at_equal_thresholds")
def precision_recall_at_equal_thresholds(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    num_thresholds: int | None = None,
    use_locking: bool | None = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """Right and wrong answers, precision and recall at evenly spaced thresholds from 0 to 1, in
    time that does not grow with their number. Stands for
    `tf.contrib.metrics.precision_recall_at_equal_thresholds`.

    Args:
      labels: bools.
      predictions: probabilities, of that shape.
      weights: what each counts.
      num_thresholds: how many thresholds; default 201.
      use_locking: whether updates exclude one another; default: yes.
      name: a variable scope.

    Returns:
      A named tuple of tp, fp, tn, fn, precision, recall, thresholds; and the update.
    """
    number = 201 if num_thresholds is None else num_thresholds
    weights = 1.0 if weights is None else weights
    locking = True if use_locking is None else use_locking
    check_ops.assert_type(labels, dtypes.bool)
    with variable_scope.variable_scope(
        name, "precision_recall_at_equal_thresholds", (labels, predictions, weights)
    ):
        message = "predictions must be in [0, 1]"
        zero = math_ops.cast(0.0, dtype=predictions.dtype)
        above = check_ops.assert_greater_equal(predictions, zero, message=message)
        one = math_ops.cast(1.0, dtype=predictions.dtype)
        below = check_ops.assert_less_equal(predictions, one, message=message)
        with control_dependencies([above, below]):
            predictions, labels, weights = _remove_squeezable_dimensions(
                predictions, labels, weights
            )
        predictions.get_shape().assert_is_compatible_with(labels.get_shape())
        true, false, buckets = _by_bucket(labels, predictions, weights, number)
        with name_scope("variables"):
            held_true = metric_variable([number], dtypes.float64, name="tp_buckets")
            held_false = metric_variable([number], dtypes.float64, name="fp_buckets")
        with name_scope("update_op"):
            update_true = state_ops.scatter_add(held_true, buckets, true, use_locking=locking)
            update_false = state_ops.scatter_add(held_false, buckets, false, use_locking=locking)
        result = _of_buckets(held_true, held_false, number, predictions.dtype)
        return result, grouping.group(update_true, update_false)


def _by_bucket(labels: Any, predictions: Any, weights: Any, number: int) -> tuple[Any, Any, Any]:
    """Weights of true and of false labels, and the bucket of each prediction."""
    labels = math_ops.cast(labels, dtypes.float64)
    weights = math_ops.cast(weights, dtypes.float64)
    true, false = labels * weights, (1.0 - labels) * weights
    predictions = array_ops.reshape(predictions, [-1])
    true, false = array_ops.reshape(true, [-1]), array_ops.reshape(false, [-1])
    buckets = math_ops.cast(math_ops.floor(predictions * (number - 1)), dtypes.int32)
    return true, false, buckets


def _of_buckets(true: Any, false: Any, number: int, dtype: Any) -> PrecisionRecallData:
    tp = math_ops.cumsum(true, reverse=True, name="tp")
    fp = math_ops.cumsum(false, reverse=True, name="fp")
    tn, fn = fp[0] - fp, tp[0] - tp
    epsilon = convert_to_tensor(1e-7, dtype=dtypes.float64)
    precision = tp / math_ops.maximum(epsilon, tp + fp)
    recall = tp / math_ops.maximum(epsilon, tp + fn)
    converted = [math_ops.cast(t, dtype) for t in (tp, fp, tn, fn, precision, recall)]
    limits = math_ops.cast(math_ops.lin_space(0.0, 1.0, number), dtype)
    return PrecisionRecallData(*converted, limits)
