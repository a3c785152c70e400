"""Metrics of an evaluation."""

from typing import Any

from evergraph.api import grouping
from evergraph.base.platform import logging
from evergraph.library.contrib.learn.metric_spec import MetricSpec


def make_metrics_ops(metrics: Any, features: Any, labels: Any, predictions: Any) -> dict[str, Any]:
    """Values and update ops of metrics by name.

    Args:
      metrics: a dict of names to MetricSpecs; earlier, of names, or (name, key of a prediction),
        to functions of predictions and labels.
      features, labels, predictions: what the metrics are told.

    Raises:
      ValueError: a function does not fit the predictions.
    """
    label = next(iter(labels.values())) if isinstance(labels, dict) and len(labels) == 1 else labels
    found = {}
    for name, metric in sorted((metrics or {}).items()):
        if isinstance(metric, MetricSpec):
            found[name] = metric.create_metric_ops(features, labels, predictions)
            continue
        logging.warning(
            "Please specify metrics using MetricSpec. Using bare functions or (key, fn) tuples is "
            "deprecated and support for it will be removed on Oct 1, 2016."
        )
        if not isinstance(name, tuple):
            if isinstance(predictions, dict):
                raise ValueError(
                    "Metrics passed provide only name, no prediction, but predictions are dict. "
                    f"Metrics: {metrics}, Labels: {label}."
                )
            found[name] = metric(predictions, label)
            continue
        if len(name) != 2:
            raise ValueError(
                f"Invalid metric for {name}. It returned a tuple with len {len(name)}, expected 2."
            )
        if not isinstance(predictions, dict):
            raise ValueError(
                "Metrics passed provide (name, prediction), but predictions are not dict. "
                f"Metrics: {metrics}, Predictions: {predictions}."
            )
        own = isinstance(labels, dict) and name[1] in labels
        found[name[0]] = metric(predictions[name[1]], labels[name[1]] if own else label)
    return found


def extract_metric_update_ops(metrics: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """One op that updates all metrics (None if nothing does), and their values by name."""
    updates, values = [], {}
    for name, ops in metrics.items():
        values[name] = ops
        if isinstance(ops, (list, tuple)):
            if len(ops) == 2:
                values[name] = ops[0]
                updates.append(ops[1])
            else:
                logging.warning(
                    f"Ignoring metric {name}. It returned a list|tuple with len {len(ops)}, "
                    "expected 2"
                )
    return grouping.group(*updates) if updates else None, values
