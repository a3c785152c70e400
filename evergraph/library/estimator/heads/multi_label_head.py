"""`tf.estimator.MultiLabelHead`: any of some classes."""

from typing import Any

from evergraph.api import array_ops, math_ops, sparse_ops
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.graph.composite import SparseTensor
from evergraph.graph.defaults import control_dependencies, name_scope
from evergraph.graph.tensor import Tensor
from evergraph.library.estimator import head_checks as checks
from evergraph.library.estimator.heads import base_head
from evergraph.library.estimator.heads.class_heads import (
    ClassHead,
    threshold_keys,
    threshold_metrics,
)
from evergraph.library.estimator.metric_keys import MetricKeys
from evergraph.library.estimator.prediction_keys import PredictionKeys
from evergraph.library.keras import confusion_metrics, metrics
from evergraph.library.keras.losses import Reduction
from evergraph.library.losses import losses_impl as losses


@export("estimator.MultiLabelHead")
class MultiLabelHead(ClassHead):
    """A head of any of some classes. Stands for `tf.estimator.MultiLabelHead`.

    Labels are 0 or 1 for each class, or a SparseTensor of an example's classes.

    Args:
      n_classes: how many.
      weight_column, label_vocabulary, loss_reduction, loss_fn, name: as of MultiClassHead.
      thresholds: of probabilities, at which more metrics are computed.
      classes_for_class_based_metrics: numbers or names of classes with metrics of their own.

    Raises:
      ValueError: an argument does not fit.
    """

    _prediction_keys = (PredictionKeys.LOGITS, PredictionKeys.PROBABILITIES)

    def __init__(
        self,
        n_classes: int,
        weight_column: Any = None,
        thresholds: Any = None,
        label_vocabulary: Any = None,
        loss_reduction: str = Reduction.SUM_OVER_BATCH_SIZE,
        loss_fn: Any = None,
        classes_for_class_based_metrics: Any = None,
        name: str | None = None,
    ) -> None:
        classes = checks.check_multi_label(
            n_classes, thresholds, label_vocabulary, classes_for_class_based_metrics, "multi-label"
        )
        super().__init__(label_vocabulary, weight_column, loss_reduction, loss_fn, name)
        self._n_classes = n_classes
        self._thresholds = tuple(thresholds or ())
        self._classes_for_class_based_metrics = classes

    @property
    def logits_dimension(self) -> int:
        """How many classes there are."""
        return self._n_classes  # type: ignore[no-any-return]

    def _processed_labels(self, logits: Tensor, labels: Any) -> Tensor:
        if labels is None:
            raise base_head.missing_labels()
        return base_head.dense_labels(self._indicators(labels), logits, self._n_classes)

    def _indicators(self, labels: Any) -> Tensor:
        """Labels as 0 or 1 for each class."""
        if not isinstance(labels, SparseTensor):
            message = "labels must be an integer indicator Tensor with values in [0, 1]"
            return base_head.check_label_range(labels, 2, message=message)
        values = labels.values
        if labels.dtype == dtypes.string:
            ids = self._looked_up(values)
            labels = SparseTensor(labels.indices, ids, labels.dense_shape)
            found = sparse_ops.sparse_to_indicator(labels, self._n_classes)
            return math_ops.to_int64(found)
        if not values.dtype.is_integer:
            raise ValueError(f"Labels dtype should be integer. Instead got {values.dtype}.")
        message = f"labels must be an integer SparseTensor with values in [0, {self._n_classes})"
        values = base_head.check_label_range(values, self._n_classes, message=message)
        with control_dependencies([values]):
            found = sparse_ops.sparse_to_indicator(labels, self._n_classes)
        return math_ops.to_int64(found)

    def _unweighted_loss(self, logits: Tensor, labels: Tensor) -> Tensor:
        loss = losses.sigmoid_cross_entropy(
            multi_class_labels=labels, logits=logits, reduction=losses.Reduction.NONE
        )
        return math_ops.reduce_mean(loss, axis=-1, keepdims=True)

    def predictions(self, logits: Any, keys: Any = None) -> dict[str, Any]:
        """Predictions by name: those of `keys`, or all."""
        keys, names = self._checked_prediction_keys(keys), PredictionKeys
        logits = checks.check_logits_final_dim(logits, self._n_classes)
        found: dict[str, Any] = {}
        with name_scope(None, "predictions", (logits,)):
            if names.LOGITS in keys:
                found[names.LOGITS] = logits
            if names.PROBABILITIES in keys:
                found[names.PROBABILITIES] = math_ops.sigmoid(logits, name=names.PROBABILITIES)
            return found

    def _class_keys(self, class_id: int) -> list[str]:
        """The names of a class's metrics."""
        keys = MetricKeys
        if self._label_vocabulary is None:
            names = [keys.PROBABILITY_MEAN_AT_CLASS, keys.AUC_AT_CLASS, keys.AUC_PR_AT_CLASS]
            return [self._summary_key(name % class_id) for name in names]
        names = [keys.PROBABILITY_MEAN_AT_NAME, keys.AUC_AT_NAME, keys.AUC_PR_AT_NAME]
        return [self._summary_key(name % self._label_vocabulary[class_id]) for name in names]

    def metrics(self, regularization_losses: Any = None) -> dict[str, Any]:
        """New metrics of Keras by name."""
        keys = MetricKeys
        with name_scope(None, "metrics", (regularization_losses,)):
            made: dict[str, Any] = {
                keys.LOSS_MEAN: metrics.Mean(name=keys.LOSS_MEAN),
                keys.AUC: confusion_metrics.AUC(name=keys.AUC),
                keys.AUC_PR: confusion_metrics.AUC(curve="PR", name=keys.AUC_PR),
            }
            made = {self._summary_key(name): metric for name, metric in made.items()}
            made.update(self._penalty_metric(regularization_losses))
            made.update(threshold_metrics(self._thresholds, self._summary_key))
            for class_id in self._classes_for_class_based_metrics:
                mean, area, area_pr = self._class_keys(class_id)
                made[mean] = metrics.Mean(name=mean)
                made[area] = confusion_metrics.AUC(name=area)
                made[area_pr] = confusion_metrics.AUC(curve="PR", name=area_pr)
            return made

    def update_metrics(  # type: ignore[override]
        self,
        eval_metrics: Any,
        features: Any,
        logits: Any,
        labels: Any,
        regularization_losses: Any = None,
    ) -> Any:
        """Metrics by name, which take a batch in."""
        key, names = self._summary_key, MetricKeys
        logits = checks.check_logits_final_dim(logits, self._n_classes)
        labels = self._processed_labels(logits, labels)
        loss, weights = self._unweighted_loss_and_weights(logits, labels, features)
        scores = self.predictions(logits, [PredictionKeys.PROBABILITIES])
        scores = scores[PredictionKeys.PROBABILITIES]
        eval_metrics[key(names.LOSS_MEAN)].update_state(values=loss, sample_weight=weights)
        for name in (names.AUC, names.AUC_PR):
            eval_metrics[key(name)].update_state(
                y_true=labels, y_pred=scores, sample_weight=weights
            )
        self._update_penalty(eval_metrics, regularization_losses)
        for threshold in self._thresholds:
            for name in threshold_keys(threshold, key):
                eval_metrics[name].update_state(y_true=labels, y_pred=scores, sample_weight=weights)
        for class_id in self._classes_for_class_based_metrics:
            self._update_class(eval_metrics, class_id, labels, scores, weights)
        return eval_metrics

    def _update_class(
        self, eval_metrics: Any, class_id: int, labels: Any, scores: Any, weights: Any
    ) -> None:
        batch_rank = array_ops.rank(scores) - 1
        zeros = array_ops.zeros([batch_rank], dtype=dtypes.int32)
        begin = array_ops.concat([zeros, [class_id]], axis=0)
        rest = -1 * array_ops.ones([batch_rank], dtype=dtypes.int32)
        size = array_ops.concat([rest, [1]], axis=0)
        scores = array_ops.slice(scores, begin=begin, size=size)
        labels = array_ops.slice(labels, begin=begin, size=size)
        mean, *areas = self._class_keys(class_id)
        base_head.update_broadcast(eval_metrics[mean], scores, weights)
        for area in areas:
            eval_metrics[area].update_state(y_true=labels, y_pred=scores, sample_weight=weights)
