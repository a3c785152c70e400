"""Metrics, and what of features, labels and predictions they are told."""

import functools
from collections.abc import Callable
from typing import Any

from evergraph.base import tf_inspect
from evergraph.base.deprecation import deprecated
from evergraph.base.export import export
from evergraph.base.platform import logging

_LABELS = ("labels", "label", "targets", "target")
_PREDICTIONS = ("predictions", "prediction", "logits", "logit")
_WEIGHTS = ("weights", "weight")


@export("contrib.learn.MetricSpec")
class MetricSpec:
    """A metric, and what it is told. Stands for `tf.contrib.learn.MetricSpec`.

    Args:
      metric_fn: gives the metric's value and update op. Its arguments are found by name: labels
        (or label, targets, target), predictions (or prediction, logits, logit), weights (or
        weight); where they have others, by place.
      prediction_key: which of a dict of predictions; None where there is one.
      label_key: which of a dict of labels; None where there is one.
      weight_key: which feature has the weights; None for none.

    Raises:
      ValueError: arguments are ambiguous, or one that a key is given for is missing.
    """

    @deprecated(None, "Use tf.estimator.EstimatorSpec.eval_metric_ops.")
    def __init__(
        self,
        metric_fn: Callable[..., Any],
        prediction_key: str | None = None,
        label_key: str | None = None,
        weight_key: str | None = None,
    ) -> None:
        self._metric_fn_name = _name_of(metric_fn)
        self._metric_fn = _adapted(
            metric_fn, self._metric_fn_name, label_key is not None, weight_key is not None
        )
        self._prediction_key = prediction_key
        self._label_key = label_key
        self._weight_key = weight_key

    @property
    def prediction_key(self) -> str | None:
        """Which of a dict of predictions."""
        return self._prediction_key

    @property
    def label_key(self) -> str | None:
        """Which of a dict of labels."""
        return self._label_key

    @property
    def weight_key(self) -> str | None:
        """Which feature has the weights."""
        return self._weight_key

    @property
    def metric_fn(self) -> Callable[..., Any]:
        """The metric, with the arguments `labels`, `predictions`, `weights`."""
        return self._metric_fn

    def __str__(self) -> str:
        return (
            f"MetricSpec(metric_fn={self._metric_fn_name}, prediction_key={self.prediction_key}, "
            f"label_key={self.label_key}, weight_key={self.weight_key})"
        )

    def create_metric_ops(self, inputs: Any, labels: Any, predictions: Any) -> Any:
        """The metric's value and update op.

        Args:
          inputs: the features, for the weights.
          labels: a tensor or a dict of them.
          predictions: a tensor or a dict of them.

        Raises:
          ValueError: there is a dict and no key, or a key and no dict.
          KeyError: a key is not there.
        """
        prediction = _chosen("prediction", predictions, self.prediction_key)
        label = _chosen("label", labels, self.label_key)
        try:
            weights = inputs[self.weight_key] if self.weight_key else None
            return self.metric_fn(labels=label, predictions=prediction, weights=weights)
        except Exception as error:
            logging.error(f"Could not create metric ops for {self}, {error}.")
            raise


def _chosen(what: str, given: Any, key: str | None) -> Any:
    """The tensor of a dict that `key` names; the only one, where there is no key."""
    if key:
        if not isinstance(given, dict):
            raise ValueError(
                f"MetricSpec with {what}_key specified requires {what}s dict, got {given}.\nYou "
                f"must not provide a {what}_key if you only have a single Tensor as {what}s."
            )
        if key not in given:
            raise KeyError(f"Key '{key}' missing from {given.keys()}.")
        return given[key]
    if not isinstance(given, dict):
        return given
    if len(given) != 1:
        raise ValueError(
            f"MetricSpec without specified {what}_key requires {what}s tensor or single element "
            f"dict, got {given}"
        )
    return next(iter(given.values()))


def _name_of(function: Any) -> str:
    named = function if hasattr(function, "__name__") else getattr(function, "func", None)
    return getattr(named, "__name__", None) or str(function)


def _free_args(function: Any) -> tuple[str, ...]:
    """Names of arguments, but for those that a partial function has by name."""
    if hasattr(function, "func") and hasattr(function, "keywords"):
        return tuple(a for a in _free_args(function.func) if a not in function.keywords)
    return tuple(tf_inspect.getargspec(function).args)


def _argument(
    function_name: str, args: tuple[str, ...], names: tuple[str, ...], is_required: bool = False
) -> str | None:
    """Which of an argument's possible names a function has."""
    found = {name for name in names if name in args}
    if len(found) > 1:
        raise ValueError(f"Ambiguous arguments {found}, must provide only one of {set(names)}.")
    if not found:
        if is_required:
            raise ValueError(f"{set(names)} missing from {function_name}({args}).")
        return None
    name = found.pop()
    if name != names[0]:
        logging.warning(
            "Canonical arg %s missing from %s(%s), using %s.", names[0], function_name, args, name
        )
    return name


def _adapted(
    metric_fn: Callable[..., Any], name: str, needs_labels: bool, needs_weights: bool
) -> Callable[..., Any]:
    """`metric_fn` with the arguments `labels`, `predictions`, `weights`, which its own names and
    places are found for."""
    args = _free_args(metric_fn)
    labels_arg = _argument(name, args, _LABELS, needs_labels)
    predictions_arg = _argument(name, args, _PREDICTIONS)
    weights_arg = _argument(name, args, _WEIGHTS, needs_weights)

    @functools.wraps(metric_fn)
    def adapted(
        _sentinel: Any = None, labels: Any = None, predictions: Any = None, weights: Any = None
    ) -> Any:
        if _sentinel is not None:
            raise ValueError(
                "`metric_fn` requires named args: `labels`, `predictions`, and optionally "
                "`weights`."
            )
        by_place: list[Any] = []
        by_name: dict[str, Any] = {}
        if predictions_arg:
            by_name[predictions_arg] = predictions
        else:
            by_place.append(predictions)
        if labels_arg:
            if not predictions_arg and labels_arg == args[0]:
                by_place.insert(0, labels)
            else:
                by_name[labels_arg] = labels
        if weights is not None and weights_arg:
            by_name[weights_arg] = weights
        return metric_fn(*by_place, **by_name)

    # What was wrapped is not what this takes.
    del adapted.__wrapped__
    return adapted
