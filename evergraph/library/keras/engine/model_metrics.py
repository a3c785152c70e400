"""The metrics of a model: those that it is given, and means of functions that it names."""

from typing import Any

from evergraph.library.keras import losses, metric_names, metrics
from evergraph.library.keras.metrics import MeanMetricWrapper, Metric

ACCURACY = ("accuracy", "acc")


def metric_of(metric: Any, output_shape: Any, loss: Any) -> Metric:
    """The metric of a name, of a function, or as it is. Which accuracy it is depends on the
    loss."""
    if metric in ACCURACY:
        return MeanMetricWrapper(_accuracy(output_shape, loss), name="acc")
    found = metric_names.get(metric)
    if isinstance(found, Metric):
        return found
    name = getattr(found, "name", None) or getattr(found, "__name__", type(found).__name__)
    return MeanMetricWrapper(found, name=name)


def _accuracy(output_shape: Any, loss: Any) -> Any:
    function = getattr(loss, "fn", None)
    if output_shape[-1] == 1 or function is losses.binary_crossentropy:
        return metrics.binary_accuracy
    if function is losses.sparse_categorical_crossentropy:
        return metrics.sparse_categorical_accuracy
    return metrics.categorical_accuracy
