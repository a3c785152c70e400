"""Heads of numbers: `tf.estimator.RegressionHead` and those made of it."""

from typing import Any

from evergraph.api import math_ops, nn_impl
from evergraph.base.export import export
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor
from evergraph.library.estimator import head_checks as checks
from evergraph.library.estimator.heads import base_head
from evergraph.library.estimator.metric_keys import MetricKeys
from evergraph.library.estimator.prediction_keys import PredictionKeys
from evergraph.library.keras.losses import Reduction
from evergraph.library.keras.metrics import Mean
from evergraph.library.losses import losses_impl as losses
from evergraph.library.saved_model.export_output import RegressionOutput

_MEANS = (MetricKeys.LOSS_MEAN, MetricKeys.PREDICTION_MEAN, MetricKeys.LABEL_MEAN)


@export("estimator.RegressionHead")
class RegressionHead(base_head.SingleHead):
    """A head of numbers. Stands for `tf.estimator.RegressionHead`.

    Args:
      label_dimension: how many numbers a label is.
      weight_column: the name of a feature, or a numeric column, of weights.
      loss_reduction: one of `tf.keras.losses.Reduction` but NONE.
      loss_fn: another loss, a function of `labels`, `logits` and perhaps `features`.
      inverse_link_fn: what makes predictions of logits.
      name: the head's name.

    Raises:
      ValueError: an argument does not fit.
    """

    _weights_per_logit = True

    def __init__(
        self,
        label_dimension: int = 1,
        weight_column: Any = None,
        loss_reduction: str = Reduction.SUM_OVER_BATCH_SIZE,
        loss_fn: Any = None,
        inverse_link_fn: Any = None,
        name: str | None = None,
    ) -> None:
        if label_dimension < 1:
            raise ValueError(f"Invalid label_dimension {label_dimension}.")
        super().__init__(weight_column, loss_reduction, loss_fn, name)
        self._logits_dimension = label_dimension
        self._inverse_link_fn = inverse_link_fn

    @property
    def logits_dimension(self) -> int:
        """How many numbers a label is."""
        return self._logits_dimension

    def _loss_dimension(self) -> int:
        return self._logits_dimension

    def _processed_labels(self, logits: Tensor, labels: Any) -> Tensor:
        labels = base_head.dense_labels(labels, logits, self._logits_dimension)
        return math_ops.to_float(labels)

    def _unweighted_loss(self, logits: Tensor, labels: Tensor) -> Tensor:
        return losses.mean_squared_error(
            labels=labels, predictions=logits, reduction=losses.Reduction.NONE
        )

    def predictions(self, logits: Any) -> dict[str, Tensor]:  # type: ignore[override]
        """Predictions, and logits where these are others."""
        logits = checks.check_logits_final_dim(logits, self._logits_dimension)
        with name_scope(None, "predictions", (logits,)):
            if not self._inverse_link_fn:
                return {PredictionKeys.PREDICTIONS: logits}
            value = self._inverse_link_fn(logits)
            return {PredictionKeys.PREDICTIONS: value, PredictionKeys.LOGITS: logits}

    def metrics(self, regularization_losses: Any = None) -> dict[str, Any]:
        """New metrics of Keras by name."""
        with name_scope(None, "metrics", (regularization_losses,)):
            made: dict[str, Any] = {self._summary_key(key): Mean(name=key) for key in _MEANS}
            return {**made, **self._penalty_metric(regularization_losses)}

    def update_metrics(  # type: ignore[override]
        self,
        eval_metrics: Any,
        features: Any,
        logits: Any,
        labels: Any,
        regularization_losses: Any = None,
    ) -> Any:
        """Metrics by name, which take a batch in."""
        predicted = self.predictions(logits)[PredictionKeys.PREDICTIONS]
        logits = checks.check_logits_final_dim(logits, self._logits_dimension)
        processed = self._processed_labels(logits, labels)
        loss, weights = self._unweighted_loss_and_weights(logits, processed, features)
        mean_loss, mean_prediction, mean_label = (
            eval_metrics[self._summary_key(key)] for key in _MEANS
        )
        mean_loss.update_state(values=loss, sample_weight=weights)
        mean_label.update_state(values=labels, sample_weight=weights)
        base_head.update_broadcast(mean_prediction, predicted, weights)
        self._update_penalty(eval_metrics, regularization_losses)
        return eval_metrics

    def _exports(self, predictions: dict[str, Tensor]) -> dict[str, Any]:
        output = RegressionOutput(value=predictions[PredictionKeys.PREDICTIONS])
        return {base_head.DEFAULT_SERVING_KEY: output, base_head.REGRESS_SERVING_KEY: output}


@export("estimator.PoissonRegressionHead")
class PoissonRegressionHead(RegressionHead):
    """A head of numbers with Poisson's loss, whose logits are logarithms. Stands for
    `tf.estimator.PoissonRegressionHead`.

    Args:
      label_dimension, weight_column, loss_reduction, name: as of RegressionHead.
      compute_full_loss: whether the loss has its constant terms.
    """

    def __init__(
        self,
        label_dimension: int = 1,
        weight_column: Any = None,
        loss_reduction: str = Reduction.SUM_OVER_BATCH_SIZE,
        compute_full_loss: bool = True,
        name: str | None = None,
    ) -> None:
        self._compute_full_loss = compute_full_loss
        super().__init__(
            label_dimension, weight_column, loss_reduction, self._poisson_loss, math_ops.exp, name
        )

    def _poisson_loss(self, labels: Any, logits: Any) -> Tensor:
        return nn_impl.log_poisson_loss(
            targets=labels, log_input=logits, compute_full_loss=self._compute_full_loss
        )


@export("estimator.LogisticRegressionHead")
class LogisticRegressionHead(RegressionHead):
    """A head of a number between 0 and 1. Stands for `tf.estimator.LogisticRegressionHead`;
    arguments as of RegressionHead."""

    def __init__(
        self,
        weight_column: Any = None,
        loss_reduction: str = Reduction.SUM_OVER_BATCH_SIZE,
        name: str | None = None,
    ) -> None:
        super().__init__(
            1, weight_column, loss_reduction, self._logistic_loss, math_ops.sigmoid, name
        )

    def _logistic_loss(self, labels: Any, logits: Any) -> Tensor:
        message = "Labels must be in range [0, 1]"
        labels = base_head.check_label_range(labels, n_classes=2, message=message)
        return nn_impl.sigmoid_cross_entropy_with_logits(labels=labels, logits=logits)
