"""Heads of one class of several: `tf.estimator.BinaryClassHead`, `MultiClassHead`."""

from typing import Any

from evergraph.api import array_ops, control_flow_ops, math_ops, nn_impl, nn_ops, string_ops
from evergraph.api.weights_broadcast_ops import broadcast_weights
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor
from evergraph.library.estimator import head_checks as checks
from evergraph.library.estimator.head_metrics import checked_n_classes
from evergraph.library.estimator.heads import base_head
from evergraph.library.estimator.metric_keys import MetricKeys
from evergraph.library.estimator.prediction_keys import PredictionKeys
from evergraph.library.keras import confusion_metrics, metrics
from evergraph.library.keras.losses import Reduction
from evergraph.library.lookup.index_tables import (
    index_table_from_tensor,
    index_to_string_table_from_tensor,
)
from evergraph.library.losses import losses_impl as losses
from evergraph.library.saved_model.export_output import RegressionOutput


class ClassHead(base_head.SingleHead):
    """What heads of classes share: `_n_classes` of them, perhaps with names."""

    _n_classes: Any

    def __init__(self, label_vocabulary: Any, *common: Any) -> None:
        super().__init__(*common)
        self._label_vocabulary = label_vocabulary

    def _looked_up(self, labels: Any) -> Any:
        table = index_table_from_tensor(
            vocabulary_list=tuple(self._label_vocabulary), name="class_id_lookup"
        )
        return table.lookup(labels)

    def _classes(self, class_ids: Tensor) -> Any:
        if not self._label_vocabulary:
            return string_ops.as_string(class_ids, name="str_classes")
        table = index_to_string_table_from_tensor(
            vocabulary_list=self._label_vocabulary, name="class_string_lookup"
        )
        return table.lookup(class_ids)

    def _of_classes(self, logits: Tensor, keys: Any) -> dict[str, Any]:
        """The predictions that say which class it is, and which classes there are."""
        names = PredictionKeys
        found = {}
        if names.CLASS_IDS in keys or names.CLASSES in keys:
            class_ids = math_ops.argmax(logits, axis=-1, name=names.CLASS_IDS)
            class_ids = array_ops.expand_dims(class_ids, axis=-1)
            found[names.CLASS_IDS] = class_ids
            if names.CLASSES in keys:
                found[names.CLASSES] = self._classes(class_ids)
        if names.ALL_CLASS_IDS in keys:
            numbers = base_head.for_each(lambda: math_ops.range(self._n_classes), logits)
            found[names.ALL_CLASS_IDS] = numbers
        if names.ALL_CLASSES in keys:
            all_names = base_head.class_names(self._n_classes, self._label_vocabulary)
            found[names.ALL_CLASSES] = base_head.for_each(all_names, logits)
        return {key: value for key, value in found.items() if key in keys}

    def _exports(self, predictions: dict[str, Tensor]) -> dict[str, Any]:
        scores = predictions[PredictionKeys.PROBABILITIES]
        return base_head.classification(scores, self._n_classes, self._label_vocabulary)


def _check_vocabulary(vocabulary: Any) -> None:
    if vocabulary is not None and not isinstance(vocabulary, (list, tuple)):
        raise ValueError(
            f"label_vocabulary should be a list or a tuple. Given type: {type(vocabulary)}"
        )


@export("estimator.MultiClassHead")
class MultiClassHead(ClassHead):
    """A head of one of three or more classes. Stands for `tf.estimator.MultiClassHead`.

    Args:
      n_classes: how many.
      weight_column: the name of a feature, or a numeric column, of weights.
      label_vocabulary: the names of classes, of which labels then are.
      loss_reduction: one of `tf.keras.losses.Reduction` but NONE.
      loss_fn: another loss, a function of `labels`, `logits` and perhaps `features`.
      name: the head's name.

    Raises:
      ValueError: an argument does not fit.
    """

    _prediction_keys = (
        PredictionKeys.LOGITS,
        PredictionKeys.PROBABILITIES,
        PredictionKeys.CLASS_IDS,
        PredictionKeys.CLASSES,
        PredictionKeys.ALL_CLASS_IDS,
        PredictionKeys.ALL_CLASSES,
    )

    def __init__(
        self,
        n_classes: Any,
        weight_column: Any = None,
        label_vocabulary: Any = None,
        loss_reduction: str = Reduction.SUM_OVER_BATCH_SIZE,
        loss_fn: Any = None,
        name: str | None = None,
    ) -> None:
        if n_classes is None:
            raise ValueError("n_classes cannot be None")
        _check_vocabulary(label_vocabulary)
        if label_vocabulary is not None and len(label_vocabulary) != n_classes:
            raise ValueError(
                '"label_vocabulary" does not have "n_classes" items. len(label_vocabulary)='
                f"{len(label_vocabulary)}, n_classes={n_classes}, label_vocabulary="
                f"{label_vocabulary}"
            )
        super().__init__(label_vocabulary, weight_column, loss_reduction, loss_fn, name)
        self._n_classes = checked_n_classes(n_classes)

    @property
    def logits_dimension(self) -> Any:
        """How many classes there are."""
        return self._n_classes

    def _processed_labels(self, logits: Tensor, labels: Any) -> Tensor:
        labels = base_head.dense_labels(labels, logits, 1)
        if self._label_vocabulary is None:
            if not labels.dtype.is_integer:
                raise ValueError(f"Labels dtype should be integer. Instead got {labels.dtype}.")
        else:
            if labels.dtype != dtypes.string:
                raise ValueError(
                    "Labels dtype should be string if there is a vocabulary. Instead got "
                    f"{labels.dtype}"
                )
            labels = self._looked_up(labels)
        return base_head.check_label_range(labels, self._n_classes)

    def _unweighted_loss(self, logits: Tensor, labels: Tensor) -> Tensor:
        loss = losses.sparse_softmax_cross_entropy(
            labels=labels, logits=logits, reduction=losses.Reduction.NONE
        )
        return array_ops.expand_dims(loss, axis=-1)

    def predictions(self, logits: Any, keys: Any = None) -> dict[str, Any]:
        """Predictions by name: those of `keys`, or all."""
        keys, names = self._checked_prediction_keys(keys), PredictionKeys
        logits = checks.check_logits_final_dim(logits, self._n_classes)
        found: dict[str, Any] = {}
        with name_scope(None, "predictions", (logits,)):
            if names.LOGITS in keys:
                found[names.LOGITS] = logits
            if names.PROBABILITIES in keys:
                found[names.PROBABILITIES] = nn_ops.softmax(logits, name=names.PROBABILITIES)
            return {**found, **self._of_classes(logits, keys)}

    def metrics(self, regularization_losses: Any = None) -> dict[str, Any]:
        """New metrics of Keras by name."""
        keys, key = MetricKeys, self._summary_key
        with name_scope(None, "metrics", (regularization_losses,)):
            made: dict[str, Any] = {key(keys.LOSS_MEAN): metrics.Mean(name=keys.LOSS_MEAN)}
            made.update(self._penalty_metric(regularization_losses))
            made[key(keys.ACCURACY)] = metrics.Accuracy(name=keys.ACCURACY)
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
        class_ids = self.predictions(logits)[PredictionKeys.CLASS_IDS]
        logits = checks.check_logits_final_dim(logits, self._n_classes)
        labels = self._processed_labels(logits, labels)
        loss, weights = self._unweighted_loss_and_weights(logits, labels, features)
        key = self._summary_key
        eval_metrics[key(MetricKeys.LOSS_MEAN)].update_state(values=loss, sample_weight=weights)
        eval_metrics[key(MetricKeys.ACCURACY)].update_state(
            y_true=labels, y_pred=class_ids, sample_weight=weights
        )
        self._update_penalty(eval_metrics, regularization_losses)
        return eval_metrics


def threshold_metrics(thresholds: Any, key: Any) -> dict[str, Any]:
    """Accuracy, precision and recall at thresholds, by name."""
    made: dict[str, Any] = {}
    for threshold in thresholds:
        accuracy, precision, recall = threshold_keys(threshold, key)
        made[accuracy] = metrics.BinaryAccuracy(name=accuracy, threshold=threshold)
        made[precision] = confusion_metrics.Precision(name=precision, thresholds=threshold)
        made[recall] = confusion_metrics.Recall(name=recall, thresholds=threshold)
    return made


def threshold_keys(threshold: float, key: Any) -> list[str]:
    """The names of accuracy, precision and recall at a threshold."""
    names = (
        MetricKeys.ACCURACY_AT_THRESHOLD,
        MetricKeys.PRECISION_AT_THRESHOLD,
        MetricKeys.RECALL_AT_THRESHOLD,
    )
    return [key(name % threshold) for name in names]


@export("estimator.BinaryClassHead")
class BinaryClassHead(ClassHead):
    """A head of one of two classes. Stands for `tf.estimator.BinaryClassHead`.

    Args:
      weight_column, label_vocabulary, loss_reduction, loss_fn, name: as of MultiClassHead.
      thresholds: of the probability, at which more metrics are computed.

    Raises:
      ValueError: an argument does not fit.
    """

    _n_classes = 2
    _prediction_keys = (
        PredictionKeys.LOGITS,
        PredictionKeys.LOGISTIC,
        PredictionKeys.PROBABILITIES,
        PredictionKeys.CLASS_IDS,
        PredictionKeys.CLASSES,
        PredictionKeys.ALL_CLASS_IDS,
        PredictionKeys.ALL_CLASSES,
    )

    def __init__(
        self,
        weight_column: Any = None,
        thresholds: Any = None,
        label_vocabulary: Any = None,
        loss_reduction: str = Reduction.SUM_OVER_BATCH_SIZE,
        loss_fn: Any = None,
        name: str | None = None,
    ) -> None:
        _check_vocabulary(label_vocabulary)
        thresholds = tuple(thresholds or ())
        if any(not 0 < threshold < 1 for threshold in thresholds):
            raise ValueError(f"thresholds not in (0, 1): {(thresholds,)}.")
        super().__init__(label_vocabulary, weight_column, loss_reduction, loss_fn, name)
        self._thresholds = thresholds

    @property
    def logits_dimension(self) -> int:
        """1."""
        return 1

    def _processed_labels(self, logits: Tensor, labels: Any) -> Tensor:
        labels = base_head.dense_labels(labels, logits, 1)
        if self._label_vocabulary is not None:
            labels = self._looked_up(labels)
        return base_head.check_label_range(math_ops.to_float(labels), n_classes=2)

    def _unweighted_loss(self, logits: Tensor, labels: Tensor) -> Tensor:
        return nn_impl.sigmoid_cross_entropy_with_logits(labels=labels, logits=logits)

    def predictions(self, logits: Any, keys: Any = None) -> dict[str, Any]:
        """Predictions by name: those of `keys`, or all."""
        keys, names = self._checked_prediction_keys(keys), PredictionKeys
        logits = checks.check_logits_final_dim(logits, 1)
        found: dict[str, Any] = {}
        with name_scope(None, "predictions", (logits,)):
            if names.LOGITS in keys:
                found[names.LOGITS] = logits
            if names.LOGISTIC in keys:
                found[names.LOGISTIC] = math_ops.sigmoid(logits, name=names.LOGISTIC)
            both = array_ops.concat(
                (array_ops.zeros_like(logits), logits), axis=-1, name="two_class_logits"
            )
            if names.PROBABILITIES in keys:
                found[names.PROBABILITIES] = nn_ops.softmax(both, name=names.PROBABILITIES)
            return {**found, **self._of_classes(both, keys)}

    def metrics(self, regularization_losses: Any = None) -> dict[str, Any]:
        """New metrics of Keras by name."""
        keys = MetricKeys
        with name_scope(None, "metrics", (regularization_losses,)):
            made: dict[str, Any] = {
                keys.LOSS_MEAN: metrics.Mean(name=keys.LOSS_MEAN),
                keys.ACCURACY: metrics.Accuracy(name=keys.ACCURACY),
                keys.PRECISION: confusion_metrics.Precision(name=keys.PRECISION),
                keys.RECALL: confusion_metrics.Recall(name=keys.RECALL),
                keys.PREDICTION_MEAN: metrics.Mean(name=keys.PREDICTION_MEAN),
                keys.LABEL_MEAN: metrics.Mean(name=keys.LABEL_MEAN),
                keys.ACCURACY_BASELINE: metrics.Mean(name=keys.ACCURACY_BASELINE),
                keys.AUC: confusion_metrics.AUC(name=keys.AUC),
                keys.AUC_PR: confusion_metrics.AUC(curve="PR", name=keys.AUC_PR),
            }
            made = {self._summary_key(name): metric for name, metric in made.items()}
            made.update(self._penalty_metric(regularization_losses))
            made.update(threshold_metrics(self._thresholds, self._summary_key))
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
        keys = MetricKeys
        class_ids = self.predictions(logits)[PredictionKeys.CLASS_IDS]
        logits = checks.check_logits_final_dim(logits, 1)
        labels = self._processed_labels(logits, labels)
        loss, weights = self._unweighted_loss_and_weights(logits, labels, features)

        def of(name: str) -> Any:
            return eval_metrics[self._summary_key(name)]

        of(keys.LOSS_MEAN).update_state(values=loss, sample_weight=weights)
        for name in (keys.ACCURACY, keys.PRECISION, keys.RECALL):
            of(name).update_state(y_true=labels, y_pred=class_ids, sample_weight=weights)
        chance = self.predictions(logits, [PredictionKeys.LOGISTIC])[PredictionKeys.LOGISTIC]
        base_head.update_broadcast(of(keys.PREDICTION_MEAN), chance, weights)
        base_head.update_broadcast(of(keys.LABEL_MEAN), labels, weights)
        _update_baseline(of(keys.ACCURACY_BASELINE), of(keys.LABEL_MEAN))
        for name in (keys.AUC, keys.AUC_PR):
            _update_area(of(name), labels, chance, weights)
        self._update_penalty(eval_metrics, regularization_losses)
        for threshold in self._thresholds:
            for key in threshold_keys(threshold, self._summary_key):
                eval_metrics[key].update_state(y_true=labels, y_pred=chance, sample_weight=weights)
        return eval_metrics

    def _exports(self, predictions: dict[str, Tensor]) -> dict[str, Any]:
        found = super()._exports(predictions)
        output = RegressionOutput(value=predictions[PredictionKeys.LOGISTIC])
        return {**found, base_head.REGRESS_SERVING_KEY: output}


def _update_baseline(baseline: Any, label_mean: Any) -> None:
    """What one could reach by always saying the same class, from the mean of labels."""
    baseline._updates = [control_flow_ops.no_op()]
    baseline.total = math_ops.maximum(label_mean.total, label_mean.count - label_mean.total)
    baseline.count = label_mean.count


def _update_area(metric: Any, labels: Any, predictions: Any, weights: Any) -> None:
    predictions = math_ops.to_float(predictions)
    if weights is not None:
        weights = broadcast_weights(weights, predictions)
    metric.update_state(y_true=labels, y_pred=predictions, sample_weight=weights)
