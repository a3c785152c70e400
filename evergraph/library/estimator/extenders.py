"""Estimators made of others: `tf.estimator.add_metrics`."""

from collections.abc import Callable
from typing import Any

from evergraph.base.export import export
from evergraph.base.function_utils import fn_args
from evergraph.library.estimator.estimator import Estimator
from evergraph.library.estimator.mode_keys import ModeKeys

_TAKEN = ("features", "labels", "predictions", "config")


@export("estimator.add_metrics", "contrib.estimator.add_metrics")
def add_metrics(estimator: Estimator, metric_fn: Callable[..., dict[str, Any]]) -> Estimator:
    """An Estimator with more metrics. Stands for `tf.estimator.add_metrics`.

    Args:
      estimator: the other Estimator.
      metric_fn: gives pairs (value, update) by name; it may take `features`, `labels`,
        `predictions` and `config`. A metric of the same name takes the place of the other's.

    Raises:
      ValueError: `metric_fn` takes something else.
    """
    unknown = list(set(fn_args(metric_fn)) - set(_TAKEN))
    if unknown:
        raise ValueError(f"metric_fn ({metric_fn}) has following not expected args: {unknown}")

    def new_model_fn(features: Any, labels: Any, mode: str, config: Any) -> Any:
        spec = estimator.model_fn(features, labels, mode, config)
        if mode != ModeKeys.EVAL:
            return spec
        known = dict(zip(_TAKEN, (features, labels, spec.predictions, config), strict=True))
        taken = fn_args(metric_fn)
        added = metric_fn(**{name: value for name, value in known.items() if name in taken})
        return spec._replace(eval_metric_ops={**(spec.eval_metric_ops or {}), **added})

    return Estimator(
        model_fn=new_model_fn,
        model_dir=estimator.model_dir,
        config=estimator.config,
        warm_start_from=estimator._warm_start_settings,
    )
