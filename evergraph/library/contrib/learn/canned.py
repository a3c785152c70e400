"""What the ready-made estimators have in common."""

from collections.abc import Iterator
from typing import Any

from evergraph.api import nn_impl
from evergraph.base.deprecation import deprecated_arg_values
from evergraph.library.contrib.layers import feature_column_ops
from evergraph.library.contrib.layers.feature_column import _FeatureColumn
from evergraph.library.contrib.learn.estimator import (
    AS_ITERABLE_DATE,
    AS_ITERABLE_INSTRUCTIONS,
    Estimator,
)
from evergraph.library.contrib.learn.keys import PredictionKey
from evergraph.library.contrib.learn.metric_spec import MetricSpec
from evergraph.library.feature_column.input_layer import input_layer
from evergraph.library.feature_column.linear_model import linear_model
from evergraph.library.summary import summary

_iterable = deprecated_arg_values(AS_ITERABLE_DATE, AS_ITERABLE_INSTRUCTIONS, as_iterable=False)


def _outputs(instead: str) -> Any:
    return deprecated_arg_values(
        "2017-03-01", f"Please switch to {instead}, or set `outputs` argument.", outputs=None
    )


class _Canned(Estimator):
    """Predicts one output under a name of its own."""

    def _predict_one(
        self, key: str, x: Any, input_fn: Any, batch_size: int | None, as_iterable: bool
    ) -> Any:
        found = Estimator.predict(
            self, x, input_fn, batch_size, outputs=[key], as_iterable=as_iterable
        )
        return _each(found, key) if as_iterable else found[key]


def _each(predictions: Any, key: str) -> Iterator[Any]:
    for prediction in predictions:
        yield prediction[key]


class Classifier(_Canned):
    """An Estimator that tells classes."""

    @_iterable
    @_outputs("predict_classes")
    def predict(
        self,
        x: Any = None,
        input_fn: Any = None,
        batch_size: int | None = None,
        outputs: Any = None,
        as_iterable: bool = True,
    ) -> Any:
        """As of Estimator; without `outputs` as `predict_classes`."""
        if not outputs:
            return self.predict_classes(x, input_fn, batch_size, as_iterable)
        return super().predict(x, input_fn, batch_size, outputs, as_iterable)

    @_iterable
    def predict_classes(
        self,
        x: Any = None,
        input_fn: Any = None,
        batch_size: int | None = None,
        as_iterable: bool = True,
    ) -> Any:
        """The classes: numbers, or names if the classifier has some. Arguments are those of
        Estimator's `predict`."""
        return self._predict_one(PredictionKey.CLASSES, x, input_fn, batch_size, as_iterable)

    @_iterable
    def predict_proba(
        self,
        x: Any = None,
        input_fn: Any = None,
        batch_size: int | None = None,
        as_iterable: bool = True,
    ) -> Any:
        """The probabilities of all classes. Arguments are those of Estimator's `predict`."""
        return self._predict_one(PredictionKey.PROBABILITIES, x, input_fn, batch_size, as_iterable)


class Regressor(_Canned):
    """An Estimator that tells numbers."""

    @_iterable
    @_outputs("predict_scores")
    def predict(
        self,
        x: Any = None,
        input_fn: Any = None,
        batch_size: int | None = None,
        outputs: Any = None,
        as_iterable: bool = True,
    ) -> Any:
        """As of Estimator; without `outputs` as `predict_scores`."""
        if not outputs:
            return self.predict_scores(x, input_fn, batch_size, as_iterable)
        return super().predict(x, input_fn, batch_size, outputs, as_iterable)

    @_iterable
    def predict_scores(
        self,
        x: Any = None,
        input_fn: Any = None,
        batch_size: int | None = None,
        as_iterable: bool = True,
    ) -> Any:
        """The numbers. Arguments are those of Estimator's `predict`."""
        return self._predict_one(PredictionKey.SCORES, x, input_fn, batch_size, as_iterable)


class ScoringRegressor(Regressor):
    """A Regressor whose metrics may be plain functions of the scores."""

    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        input_fn: Any = None,
        feed_fn: Any = None,
        batch_size: int | None = None,
        steps: int | None = None,
        metrics: Any = None,
        name: str | None = None,
        checkpoint_path: str | None = None,
        hooks: Any = None,
    ) -> Any:
        """As of Estimator; metrics by name alone are told the scores."""
        named = {
            key
            if isinstance(metric, MetricSpec) or isinstance(key, tuple)
            else (key, PredictionKey.SCORES): metric
            for key, metric in (metrics or {}).items()
        }
        return super().evaluate(
            x, y, input_fn, feed_fn, batch_size, steps, named, name, checkpoint_path, hooks
        )


def feature_dict(features: Any) -> dict[str, Any]:
    """Features by name; a single tensor's name is empty."""
    return features if isinstance(features, dict) else {"": features}


def _are_early(columns: Any) -> bool:
    """Whether all columns are those of `tf.contrib.layers`."""
    return all(isinstance(column, _FeatureColumn) for column in columns)


def input_net(features: dict[str, Any], columns: Any, collection: str, scope: Any) -> Any:
    """The columns side by side; weights are put into a collection."""
    if _are_early(columns):
        return feature_column_ops.input_from_feature_columns(
            features, columns, weight_collections=[collection], scope=scope
        )
    return input_layer(features, columns, weight_collections=[collection])


def linear_logits(
    features: dict[str, Any], columns: Any, units: int, collection: str, joint: Any, scope: Any
) -> Any:
    """A weighted sum of the columns; weights are put into a collection, and are one variable
    where they are `joint`."""
    if not _are_early(columns):
        return linear_model(features, columns, units, weight_collections=[collection])
    summed = (
        feature_column_ops.joint_weighted_sum_from_feature_columns
        if joint
        else feature_column_ops.weighted_sum_from_feature_columns
    )
    logits, _, _ = summed(features, columns, units, weight_collections=[collection], scope=scope)
    return logits


def add_layer_summary(value: Any, tag: str) -> None:
    """Summaries of a layer: how much of it is zero, and its values. `tag` ends in what parts it
    from their names."""
    summary.scalar(f"{tag}fraction_of_zero_values", nn_impl.zero_fraction(value))
    summary.histogram(f"{tag}activation", value)
