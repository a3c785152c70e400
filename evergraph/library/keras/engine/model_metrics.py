"""The metrics of a model: those that it is given, and means of functions that it names."""

from collections.abc import Mapping, Sequence
from typing import Any

from evergraph.graph.defaults import name_scope
from evergraph.library.keras import losses, metric_names, metrics
from evergraph.library.keras.engine.endpoints import check_keys, masked_weights
from evergraph.library.keras.metrics import MeanMetricWrapper, Metric

# Names that stand for what fits the loss, and the suffix of the metric's own name.
BY_LOSS = {"accuracy": "acc", "acc": "acc", "crossentropy": "ce", "ce": "ce"}


def metric_of(metric: Any, shape: Any, loss: Any, is_weighted: bool) -> tuple[str, Metric]:
    """Name and metric, of a name, of a function, or as it is. What "accuracy" is depends on the
    loss."""
    prefix = "weighted_" if is_weighted else ""
    if isinstance(metric, str) and metric in BY_LOSS:
        suffix = BY_LOSS[metric]
        found = _by_loss(suffix, shape, loss)
    else:
        found = metric_names.get(metric)
        suffix = getattr(found, "name", None) or getattr(found, "__name__", type(found).__name__)
    if not isinstance(found, Metric):
        found = MeanMetricWrapper(found, name=prefix + suffix)
    return prefix + suffix, found


def _by_loss(suffix: str, shape: Any, loss: Any) -> Any:
    function = getattr(loss, "fn", None)
    if shape[-1] == 1 or function is losses.binary_crossentropy:
        kind = "binary_{}"
    elif function is losses.sparse_categorical_crossentropy:
        kind = "sparse_categorical_{}"
    else:
        kind = "categorical_{}"
    return getattr(metrics if suffix == "acc" else losses, kind.format(_WORDS[suffix]))


_WORDS = {"acc": "accuracy", "ce": "crossentropy"}


def _copied(metric: Any) -> Any:
    """A metric of its own for another output."""
    return type(metric).from_config(metric.get_config()) if isinstance(metric, Metric) else metric


def metrics_by_output(given: Any, names: Sequence[str]) -> list[list[Any]]:
    """The metrics of each output, as they were given.

    Raises:
      ValueError: a list of lists of another length, or unknown names.
      TypeError: for anything else than None, a list or a dict.
    """
    if not given:
        return [[] for _ in names]
    if isinstance(given, list):
        if any(isinstance(m, list) for m in given):
            if len(given) != len(names):
                raise ValueError(
                    "When passing a list of lists as `metrics`, it should have one entry per model "
                    f"output. The model has {len(names)} outputs, but you passed metrics={given}"
                )
            return [m if isinstance(m, list) else [m] for m in given]
        if len(names) == 1:
            return [given]
        return [[_copied(m) for m in given] for _ in names]
    if isinstance(given, Mapping):
        check_keys("metrics", given, names)
        found = [given.get(name, []) for name in names]
        return [m if isinstance(m, list) else [m] for m in found]
    raise TypeError(
        f"Type of `metrics` argument not understood. Expected a list or dictionary, found: {given}"
    )


def call_metric(metric: Metric, target: Any, output: Any, weights: Any = None) -> Any:
    """The nodes of a metric, in the scope of its name."""
    with name_scope(metric.name):
        mask = getattr(output, "_keras_mask", None)
        return metric(target, output, sample_weight=masked_weights(mask, weights, output.dtype))
