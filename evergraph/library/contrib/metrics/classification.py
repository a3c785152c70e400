"""Accuracy of one batch, F1 of many; confusion matrices and sets under their names here."""

from typing import Any

from evergraph.api import array_ops, math_ops, sets_impl, variable_scope
from evergraph.api.confusion_matrix import confusion_matrix as _confusion_matrix
from evergraph.base import dtypes
from evergraph.base.export import export, export_constant
from evergraph.graph.defaults import name_scope
from evergraph.library.metrics.parts import EPSILON, _remove_squeezable_dimensions, collected
from evergraph.library.metrics.thresholds import _confusion_matrix_at_thresholds, even_thresholds

set_size = sets_impl.set_size
set_intersection = sets_impl.set_intersection
set_difference = sets_impl.set_difference
set_union = sets_impl.set_union

for _name in ("set_size", "set_intersection", "set_difference", "set_union"):
    export_constant(__name__, _name, f"contrib.metrics.{_name}")


@export("contrib.metrics.confusion_matrix")
def confusion_matrix(
    labels: Any,
    predictions: Any,
    num_classes: int | None = None,
    dtype: Any = dtypes.int32,
    name: str | None = None,
    weights: Any = None,
) -> Any:
    """`tf.math.confusion_matrix`, with another order of arguments. Stands for
    `tf.contrib.metrics.confusion_matrix`."""
    return _confusion_matrix(
        labels, predictions, num_classes=num_classes, weights=weights, dtype=dtype, name=name
    )


@export("contrib.metrics.accuracy")
def accuracy(predictions: Any, labels: Any, weights: Any = None, name: str | None = None) -> Any:
    """How many predictions of this batch equal their labels, as a share of 1. Stands for
    `tf.contrib.metrics.accuracy`.

    Args:
      predictions: a tensor.
      labels: integers, bools or strings, of that shape and type.
      weights: what each counts.
      name: a name scope.

    Raises:
      ValueError: the types do not fit.
    """
    if not (labels.dtype.is_integer or labels.dtype in (dtypes.bool, dtypes.string)):
        raise ValueError(f"Labels should have bool, integer, or string dtype, not {labels.dtype!r}")
    if not labels.dtype.is_compatible_with(predictions.dtype):
        raise ValueError(
            "Dtypes of predictions and labels should match. Given: predictions "
            f"({predictions.dtype!r}) and labels ({labels.dtype!r})"
        )
    with name_scope(name, "accuracy", values=[predictions, labels]):
        right = math_ops.cast(math_ops.equal(predictions, labels), dtypes.float32)
        if weights is None:
            return math_ops.reduce_mean(right)
        right = math_ops.multiply(right, weights)
        number = math_ops.multiply(weights, array_ops.ones_like(right))
        return math_ops.div(math_ops.reduce_sum(right), math_ops.reduce_sum(number))


@export("contrib.metrics.f1_score")
def f1_score(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    num_thresholds: int = 200,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """The best F1 score, the harmonic mean of precision and recall, over thresholds. Stands for
    `tf.contrib.metrics.f1_score`; arguments as those of `tf.metrics.auc`."""

    def best(counts: dict[str, Any], name: str) -> Any:
        tp, fp, fn = counts["tp"], counts["fp"], counts["fn"]
        precision = math_ops.div(tp, EPSILON + tp + fp, name=f"precision_{name}")
        recall = math_ops.div(tp, EPSILON + tp + fn, name=f"recall_{name}")
        return math_ops.reduce_max(2.0 * precision * recall / (precision + recall + EPSILON))

    with variable_scope.variable_scope(name, "f1", (labels, predictions, weights)):
        predictions, labels, weights = _remove_squeezable_dimensions(predictions, labels, weights)
        limits = even_thresholds(num_thresholds)
        counts, updates = _confusion_matrix_at_thresholds(
            labels, predictions, limits, weights, includes=("tp", "fp", "fn")
        )
        value = collected(metrics_collections, best(counts, "value"))
        return value, collected(updates_collections, best(updates, "update"))
