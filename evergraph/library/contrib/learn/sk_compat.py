"""Estimators that take arrays, as scikit-learn's do."""

from typing import Any

import numpy as np

from evergraph.base.deprecation import deprecated
from evergraph.base.export import export
from evergraph.library.contrib.learn.input_args import get_input_fn
from evergraph.library.contrib.learn.sklearn_base import BaseEstimator
from evergraph.library.train.basic_session_run_hooks import FeedFnHook


@export("contrib.learn.SKCompat")
class SKCompat(BaseEstimator):
    """An Estimator of `tf.contrib.learn` that takes arrays. Stands for `tf.contrib.learn.SKCompat`.

    Args:
      estimator: the Estimator.
    """

    @deprecated(None, "Please switch to the Estimator interface.")
    def __init__(self, estimator: Any) -> None:
        self._estimator = estimator

    def fit(
        self,
        x: Any,
        y: Any,
        batch_size: int = 128,
        steps: int | None = None,
        max_steps: int | None = None,
        monitors: Any = None,
    ) -> "SKCompat":
        """Trains on batches in random order, without end but for `steps` or `max_steps`.

        Args:
          x: the features: an array, a data frame, a dict of arrays, or an iterator of examples.
          y: the labels in the same form.
          batch_size: how many examples a step sees.
          steps: how many steps to train.
          max_steps: the global step at which to stop; only one of the two.
          monitors: monitors and hooks.
        """
        input_fn, feed_fn = get_input_fn(
            x, y, None, None, batch_size=batch_size, shuffle=True, epochs=None
        )
        self._estimator.fit(
            input_fn=input_fn,
            steps=steps,
            max_steps=max_steps,
            monitors=[FeedFnHook(feed_fn), *(monitors or [])],
        )
        return self

    def score(
        self,
        x: Any,
        y: Any,
        batch_size: int = 128,
        steps: int | None = None,
        metrics: Any = None,
        name: str | None = None,
    ) -> dict[str, Any]:
        """Evaluates on arrays; gives metrics by name.

        Raises:
          ValueError: `metrics` is no dict.
        """
        input_fn, feed_fn = get_input_fn(x, y, None, None, batch_size=batch_size)
        if metrics is not None and not isinstance(metrics, dict):
            raise ValueError(f"Metrics argument should be None or dict. Got {metrics}.")
        results, global_step = self._estimator._evaluate_model(
            input_fn=input_fn, feed_fn=feed_fn, steps=steps, metrics=metrics, name=name
        )
        return {**results, "global_step": global_step}

    def predict(self, x: Any, batch_size: int = 128, outputs: Any = None) -> Any:
        """The predictions for arrays: an array, or a dict of them.

        Args:
          x: the features.
          batch_size: how many examples a run sees.
          outputs: the names of those wanted; default: all.
        """
        input_fn, feed_fn = get_input_fn(x, None, None, None, batch_size=batch_size)
        batches = list(
            self._estimator._infer_model(
                input_fn=input_fn,
                feed_fn=feed_fn,
                outputs=outputs,
                as_iterable=True,
                iterate_batches=True,
            )
        )
        if not isinstance(batches[0], dict):
            return np.concatenate(batches, axis=0)
        return {key: np.concatenate([batch[key] for batch in batches]) for key in batches[0]}
