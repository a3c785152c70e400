"""Metrics of rankings: precision and recall among the first k, average precision."""

from typing import Any

from evergraph.api import (
    array_ops,
    cond,
    math_ops,
    ranking_ops,
    sets_impl,
    sparse_ops,
    state_ops,
    weights_broadcast_ops,
)
from evergraph.api.gathering import where_v2
from evergraph.base import dtypes
from evergraph.base.deprecation import deprecated
from evergraph.base.export import export
from evergraph.graph.composite import (
    SparseTensor,
    SparseTensorValue,
    convert_to_tensor_or_sparse_tensor,
)
from evergraph.graph.defaults import control_dependencies, name_scope
from evergraph.library.metrics.parts import across_replicas, collected, metric_variable


def _maybe_expand_labels(labels: Any, predictions: Any) -> Any:
    """Labels of the rank of predictions: those of one less get a last dimension of 1."""
    with name_scope(None, "expand_labels", (labels, predictions)) as scope:
        labels = convert_to_tensor_or_sparse_tensor(labels)
        if isinstance(labels, SparseTensor):
            return cond.cond(
                math_ops.equal(array_ops.rank(predictions), array_ops.size(labels.dense_shape) + 1),
                lambda: sparse_ops.sparse_reshape(
                    labels, shape=array_ops.concat((labels.dense_shape, (1,)), 0), name=scope
                ),
                lambda: labels,
            )
        rank, expected = labels.get_shape().ndims, predictions.get_shape().ndims
        if rank is not None and expected is not None:
            if expected == rank:
                return labels
            if expected == rank + 1:
                return array_ops.expand_dims(labels, -1, name=scope)
            raise ValueError(
                f"Unexpected labels shape {labels.get_shape()} for predictions shape "
                f"{predictions.get_shape()}."
            )
        return cond.cond(
            math_ops.equal(array_ops.rank(predictions), array_ops.rank(labels) + 1),
            lambda: array_ops.expand_dims(labels, -1, name=scope),
            lambda: labels,
        )


def _at_k_name(name: str, k: int | None = None, class_id: int | None = None) -> str:
    name = f"{name}_at_k" if k is None else f"{name}_at_{int(k)}"
    return name if class_id is None else f"{name}_class{int(class_id)}"


def _select_class_id(ids: Any, selected_id: Any) -> SparseTensor:
    """Where ids, along the last dimension, are `selected_id`; that alone."""
    ids = convert_to_tensor_or_sparse_tensor(ids)
    if isinstance(ids, SparseTensor):
        return sparse_ops.sparse_retain(ids, math_ops.equal(ids.values, selected_id))
    shape = array_ops.shape(ids, out_type=dtypes.int64)
    last = array_ops.size(shape) - 1
    filled_shape = math_ops.reduced_shape(shape, array_ops.reshape(last, [1]))
    filled = array_ops.fill(filled_shape, math_ops.cast(selected_id, dtypes.int64))
    found = sets_impl.set_intersection(filled, ids)
    return SparseTensor(indices=found.indices, values=found.values, dense_shape=shape)


def _maybe_select_class_id(labels: Any, predictions_idx: Any, selected_id: Any) -> Any:
    if selected_id is None:
        return labels, predictions_idx
    return _select_class_id(labels, selected_id), _select_class_id(predictions_idx, selected_id)


def _weighted_size(found: Any, weights: Any) -> Any:
    """How many elements sets have, each times its weight, as float64."""
    size = math_ops.cast(sets_impl.set_size(found), dtypes.float64)
    if weights is not None:
        with control_dependencies([weights_broadcast_ops.assert_broadcastable(weights, size)]):
            weights = math_ops.cast(weights, dtypes.float64)
            size = math_ops.multiply(size, weights)
    return size


def _sparse_true_positive_at_k(
    labels: Any,
    predictions_idx: Any,
    class_id: Any = None,
    weights: Any = None,
    name: str | None = None,
) -> Any:
    """How many predictions are among the labels."""
    with name_scope(name, "true_positives", (predictions_idx, labels, weights)):
        labels, predictions_idx = _maybe_select_class_id(labels, predictions_idx, class_id)
        return _weighted_size(sets_impl.set_intersection(predictions_idx, labels), weights)


def _sparse_false_positive_at_k(
    labels: Any, predictions_idx: Any, class_id: Any = None, weights: Any = None
) -> Any:
    """How many predictions are not among the labels."""
    with name_scope(None, "false_positives", (predictions_idx, labels, weights)):
        labels, predictions_idx = _maybe_select_class_id(labels, predictions_idx, class_id)
        found = sets_impl.set_difference(predictions_idx, labels, aminusb=True)
        return _weighted_size(found, weights)


def _sparse_false_negative_at_k(
    labels: Any, predictions_idx: Any, class_id: Any = None, weights: Any = None
) -> Any:
    """How many labels are not among the predictions."""
    with name_scope(None, "false_negatives", (predictions_idx, labels, weights)):
        labels, predictions_idx = _maybe_select_class_id(labels, predictions_idx, class_id)
        found = sets_impl.set_difference(predictions_idx, labels, aminusb=False)
        return _weighted_size(found, weights)


def _streaming(kind: str, function: Any, **arguments: Any) -> tuple[Any, Any]:
    """The sum of a count so far, a variable, and its update."""
    k, name = arguments.pop("k", None), arguments.pop("name", None)
    values = (arguments["predictions_idx"], arguments["labels"], arguments.get("weights"))
    kind = _at_k_name(kind, k, class_id=arguments.get("class_id"))
    with name_scope(name, kind, values) as scope:
        count = function(**arguments)
        total = math_ops.cast(math_ops.reduce_sum(count), dtypes.float64)
        variable = metric_variable([], dtypes.float64, name=scope)
        return variable, state_ops.assign_add(variable, total, name="update")


def _streaming_sparse_true_positive_at_k(
    labels: Any,
    predictions_idx: Any,
    k: int | None = None,
    class_id: int | None = None,
    weights: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    return _streaming(
        "true_positive",
        _sparse_true_positive_at_k,
        labels=labels,
        predictions_idx=predictions_idx,
        k=k,
        class_id=class_id,
        weights=weights,
        name=name,
    )


def _streaming_sparse_false_positive_at_k(
    labels: Any,
    predictions_idx: Any,
    k: int | None = None,
    class_id: int | None = None,
    weights: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    return _streaming(
        "false_positive",
        _sparse_false_positive_at_k,
        labels=labels,
        predictions_idx=predictions_idx,
        k=k,
        class_id=class_id,
        weights=weights,
        name=name,
    )


def _streaming_sparse_false_negative_at_k(
    labels: Any,
    predictions_idx: Any,
    k: int | None = None,
    class_id: int | None = None,
    weights: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    return _streaming(
        "false_negative",
        _sparse_false_negative_at_k,
        labels=labels,
        predictions_idx=predictions_idx,
        k=k,
        class_id=class_id,
        weights=weights,
        name=name,
    )


def _share_at_top_k(
    kind: str,
    wrong: Any,
    labels: Any,
    predictions_idx: Any,
    k: int | None,
    class_id: int | None,
    weights: Any,
    metrics_collections: Any,
    updates_collections: Any,
    name: str | None,
) -> tuple[Any, Any]:
    """True positives as a share of them and what `wrong` counts."""
    values = (predictions_idx, labels, weights)
    with name_scope(name, _at_k_name(kind, k, class_id=class_id), values) as scope:
        labels = _maybe_expand_labels(labels, predictions_idx)
        top = math_ops.cast(predictions_idx, dtypes.int64)
        right, update_right = _streaming_sparse_true_positive_at_k(
            labels, top, k, class_id, weights
        )
        others, update_others = wrong(labels, top, k, class_id, weights)
        value = across_replicas(
            metrics_collections,
            lambda right, others: math_ops.div(right, math_ops.add(right, others), name=scope),
            right,
            others,
        )
        update = math_ops.div(
            update_right, math_ops.add(update_right, update_others), name="update"
        )
        return value, collected(updates_collections, update)


@export("metrics.recall_at_k")
def recall_at_k(
    labels: Any,
    predictions: Any,
    k: int,
    class_id: int | None = None,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """How many labels are among the k best predictions, as a share of 1. Stands for
    `tf.metrics.recall_at_k`.

    Args:
      labels: int64 classes, [..., number of labels] or [...], or a SparseTensor of them.
      predictions: what each class got, [..., number of classes].
      k: how many of the best to take.
      class_id: the only class to look at; default: all.
      weights: what each row counts.
      metrics_collections: collections for the value.
      updates_collections: collections for the update.
      name: a name scope.
    """
    values = (predictions, labels, weights)
    with name_scope(name, _at_k_name("recall", k, class_id=class_id), values) as scope:
        _, top = ranking_ops.top_k(predictions, k)
        collections = (metrics_collections, updates_collections)
        return recall_at_top_k(labels, top, k, class_id, weights, *collections, name=scope)


@export("metrics.recall_at_top_k")
def recall_at_top_k(
    labels: Any,
    predictions_idx: Any,
    k: int | None = None,
    class_id: int | None = None,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """`recall_at_k` of the k best classes themselves. Stands for `tf.metrics.recall_at_top_k`.

    Args:
      labels: as those of `recall_at_k`.
      predictions_idx: the best classes, [..., k].
      k: goes into the name.
    """
    wrong = _streaming_sparse_false_negative_at_k
    more = (weights, metrics_collections, updates_collections, name)
    return _share_at_top_k("recall", wrong, labels, predictions_idx, k, class_id, *more)


@export("metrics.precision_at_k")
def precision_at_k(
    labels: Any,
    predictions: Any,
    k: int,
    class_id: int | None = None,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """How many of the k best predictions are among the labels, as a share of 1. Stands for
    `tf.metrics.precision_at_k`; arguments as those of `recall_at_k`."""
    values = (predictions, labels, weights)
    with name_scope(name, _at_k_name("precision", k, class_id=class_id), values) as scope:
        _, top = ranking_ops.top_k(predictions, k)
        collections = (metrics_collections, updates_collections)
        return precision_at_top_k(labels, top, k, class_id, weights, *collections, name=scope)


@export("metrics.precision_at_top_k")
def precision_at_top_k(
    labels: Any,
    predictions_idx: Any,
    k: int | None = None,
    class_id: int | None = None,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """`precision_at_k` of the k best classes themselves. Stands for
    `tf.metrics.precision_at_top_k`; arguments as those of `recall_at_top_k`."""
    wrong = _streaming_sparse_false_positive_at_k
    more = (weights, metrics_collections, updates_collections, name)
    return _share_at_top_k("precision", wrong, labels, predictions_idx, k, class_id, *more)


@export("metrics.sparse_precision_at_k")
@deprecated(None, "Use precision_at_k instead")
def sparse_precision_at_k(
    labels: Any,
    predictions: Any,
    k: int,
    class_id: int | None = None,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """An older name of `precision_at_k`. Stands for `tf.metrics.sparse_precision_at_k`."""
    collections = (metrics_collections, updates_collections)
    return precision_at_k(labels, predictions, k, class_id, weights, *collections, name=name)


def _expand_and_tile(tensor: Any, multiple: int, dim: int = 0, name: str | None = None) -> Any:
    """A new dimension, along which a tensor, sparse or not, stands `multiple` times."""
    if multiple < 1:
        raise ValueError(f"Invalid multiple {multiple}, must be > 0.")
    with name_scope(name, "expand_and_tile", (tensor, multiple, dim)) as scope:
        tensor = convert_to_tensor_or_sparse_tensor(tensor)
        if isinstance(tensor, SparseTensor):
            return _expand_and_tile_sparse(tensor, multiple, dim, scope)
        expanded = array_ops.expand_dims(tensor, dim if dim >= 0 else dim - 1, name="expand")
        if multiple == 1:
            return expanded
        ones = array_ops.ones_like(array_ops.shape(tensor))
        multiples = array_ops.concat((ones[:dim], (multiple,), ones[dim:]), 0, name="multiples")
        return array_ops.tile(expanded, multiples, name=scope)


def _expand_and_tile_sparse(tensor: SparseTensor, multiple: int, dim: int, scope: str) -> Any:
    before: Any = [dim]
    if dim < 0:
        before = array_ops.reshape(array_ops.size(tensor.dense_shape) + dim, [1])
    shape = array_ops.concat(
        (
            array_ops.slice(tensor.dense_shape, [0], before),
            [1],
            array_ops.slice(tensor.dense_shape, before, [-1]),
        ),
        0,
        name="expanded_shape",
    )
    expanded = sparse_ops.sparse_reshape(tensor, shape=shape, name="expand")
    if multiple == 1:
        return expanded
    axis = dim - 1 if dim < 0 else dim
    return sparse_ops.sparse_concat(axis, [expanded] * multiple, name=scope)


def _num_relevant(labels: Any, k: int) -> Any:
    """How many labels there are in each row, at most k; dense ones below 0 do not count."""
    if k < 1:
        raise ValueError(f"Invalid k={k}.")
    with name_scope(None, "num_relevant", (labels,)) as scope:
        labels = convert_to_tensor_or_sparse_tensor(labels)
        if isinstance(labels, SparseTensor):
            return math_ops.minimum(sets_impl.set_size(labels), k, name=scope)
        number = math_ops.reduce_sum(
            where_v2(
                math_ops.greater_equal(labels, 0),
                array_ops.ones_like(labels),
                array_ops.zeros_like(labels),
            ),
            axis=-1,
        )
        return math_ops.minimum(number, k, name=scope)


def _sparse_average_precision_at_top_k(labels: Any, predictions_idx: Any) -> Any:
    """The mean, over the right ones of the k best classes, of the precision up to each."""
    with name_scope(None, "average_precision", (predictions_idx, labels)) as scope:
        predictions_idx = math_ops.cast(predictions_idx, dtypes.int64, name="predictions_idx")
        if predictions_idx.get_shape().ndims == 0:
            raise ValueError("The rank of predictions_idx must be at least 1.")
        k = predictions_idx.get_shape().as_list()[-1]
        if k is None:
            raise ValueError("The last dimension of predictions_idx must be set.")
        labels = _maybe_expand_labels(labels, predictions_idx)
        # Each of the k best alone against all labels.
        each = array_ops.expand_dims(predictions_idx, -1, name="predictions_idx_per_k")
        labels_per_k = _expand_and_tile(labels, multiple=k, dim=-1, name="labels_per_k")
        relevant = _sparse_true_positive_at_k(labels_per_k, each, name="relevant_per_k")
        right = math_ops.cumsum(relevant, axis=-1, name="tp_per_k")
        retrieved = math_ops.cumsum(array_ops.ones_like(relevant), axis=-1, name="retrieved_per_k")
        precision = math_ops.div(
            math_ops.cast(right, dtypes.float64),
            math_ops.cast(retrieved, dtypes.float64),
            name="precision_per_k",
        )
        relevant_precision = math_ops.multiply(
            precision, math_ops.cast(relevant, dtypes.float64), name="relevant_precision_per_k"
        )
        total = math_ops.reduce_sum(relevant_precision, axis=(-1,), name="precision_sum")
        number = math_ops.cast(_num_relevant(labels, k), dtypes.float64)
        return math_ops.div(total, number, name=scope)


def _streaming_sparse_average_precision_at_top_k(
    labels: Any,
    predictions_idx: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """The mean of average precisions so far, and its update."""
    values = (predictions_idx, labels, weights)
    with name_scope(name, "average_precision_at_top_k", values) as scope:
        average = _sparse_average_precision_at_top_k(labels, predictions_idx)
        if weights is not None:
            weights = weights_broadcast_ops.broadcast_weights(
                math_ops.cast(weights, dtypes.float64), average
            )
            average = math_ops.multiply(average, weights)
        with name_scope(None, "max", (average,)) as inner:
            most = metric_variable([], dtypes.float64, name=inner)
            if weights is None:
                batch_max = math_ops.cast(array_ops.size(average, name="batch_max"), dtypes.float64)
            else:
                batch_max = math_ops.reduce_sum(weights, name="batch_max")
            update_most = state_ops.assign_add(most, batch_max, name="update")
        with name_scope(None, "total", (average,)) as inner:
            total = metric_variable([], dtypes.float64, name=inner)
            batch_total = math_ops.reduce_sum(average, name="batch_total")
            update_total = state_ops.assign_add(total, batch_total, name="update")
        value = across_replicas(
            metrics_collections,
            lambda total, most: _safe_scalar_div(total, most, name="mean"),
            total,
            most,
        )
        update = _safe_scalar_div(update_total, update_most, name=scope)
        return value, collected(updates_collections, update)


def _safe_scalar_div(numerator: Any, denominator: Any, name: str) -> Any:
    """A quotient of scalars or vectors; 0 where the denominator is."""
    numerator.get_shape().with_rank_at_most(1)
    denominator.get_shape().with_rank_at_most(1)
    return math_ops.div_no_nan(numerator, denominator, name=name)


def _clean_out_of_range_indices(labels: Any, num_classes: Any) -> Any:
    """Labels with -1 for each class that there is not."""
    sparse = isinstance(labels, (SparseTensor, SparseTensorValue))

    def cleaned(values: Any) -> Any:
        too_large = math_ops.greater_equal(values, num_classes)
        return where_v2(too_large, -1 * array_ops.ones_like(values), values)

    def all_cleaned() -> Any:
        if not sparse:
            return cleaned(labels)
        return type(labels)(
            indices=labels.indices,
            values=cleaned(labels.values),
            dense_shape=labels.dense_shape,
        )

    largest = math_ops.reduce_max(labels.values if sparse else labels)
    return cond.cond(math_ops.greater_equal(largest, num_classes), all_cleaned, lambda: labels)


@export("metrics.average_precision_at_k")
def average_precision_at_k(
    labels: Any,
    predictions: Any,
    k: int,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """The mean average precision of the k best predictions. Stands for
    `tf.metrics.average_precision_at_k`; arguments as those of `recall_at_k`.

    Raises:
      ValueError: k is below 1.
    """
    if k < 1:
        raise ValueError(f"Invalid k={k}.")
    values = (predictions, labels, weights)
    with name_scope(name, _at_k_name("average_precision", k), values) as scope:
        _, top = ranking_ops.top_k(predictions, k)
        classes = math_ops.cast(array_ops.shape(predictions)[-1], dtypes.int64)
        labels = _clean_out_of_range_indices(labels, classes)
        collections = (metrics_collections, updates_collections)
        return _streaming_sparse_average_precision_at_top_k(
            labels, top, weights, *collections, name=scope
        )


@export("metrics.sparse_average_precision_at_k")
@deprecated(None, "Use average_precision_at_k instead")
def sparse_average_precision_at_k(
    labels: Any,
    predictions: Any,
    k: int,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """An older name of `average_precision_at_k`. Stands for
    `tf.metrics.sparse_average_precision_at_k`."""
    collections = (metrics_collections, updates_collections)
    return average_precision_at_k(labels, predictions, k, weights, *collections, name=name)
