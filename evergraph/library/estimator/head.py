"""Heads: what a ready-made estimator makes of logits: loss, predictions, metrics, exports.

A head is called in a model function:

    head.create_estimator_spec(features, mode, logits, labels, optimizer)
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, NamedTuple

from evergraph.api import array_ops, grouping, math_ops, nn_impl, nn_ops, string_ops
from evergraph.base import dtypes
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import get_collection, name_scope
from evergraph.graph.keys import GraphKeys
from evergraph.graph.tensor import Tensor
from evergraph.library.estimator import head_checks as checks
from evergraph.library.estimator import head_metrics as metrics
from evergraph.library.estimator.metric_keys import MetricKeys
from evergraph.library.estimator.mode_keys import ModeKeys
from evergraph.library.estimator.prediction_keys import PredictionKeys
from evergraph.library.lookup.index_tables import (
    index_table_from_tensor,
    index_to_string_table_from_tensor,
)
from evergraph.library.losses import losses_impl as losses
from evergraph.library.losses.losses_impl import Reduction
from evergraph.library.metrics.means import accuracy, mean
from evergraph.library.saved_model.export_output import (
    ClassificationOutput,
    PredictOutput,
    RegressionOutput,
)
from evergraph.library.saved_model.signature_constants import DEFAULT_SERVING_SIGNATURE_DEF_KEY
from evergraph.library.summary import summary
from evergraph.library.tpu.spec import TPUEstimatorSpec
from evergraph.library.train import training_util

_CLASSIFY, _REGRESS, _PREDICT = "classification", "regression", "predict"


class LossSpec(NamedTuple):
    """A head's loss: reduced, of each example before weights, the weights, the labels used."""

    training_loss: Tensor
    unreduced_loss: Tensor
    weights: Any
    processed_labels: Any


class Predicted(NamedTuple):
    """What a head makes of logits: these checked, the public predictions, what exports are of."""

    logits: Tensor
    predictions: dict[str, Tensor]
    score: Tensor


class _Head(ABC):
    """What heads share. Arguments as of the functions that make them."""

    _weight_columns_per_logit = False

    def __init__(
        self, weight_column: Any, loss_reduction: Any, loss_fn: Any, name: str | None
    ) -> None:
        checks.check_reduction(loss_reduction)
        checks.check_loss_fn(loss_fn)
        self._weight_column = weight_column
        self._loss_reduction = loss_reduction
        self._loss_fn = loss_fn
        self._name = name

    @property
    def name(self) -> str | None:
        """The head's name, which is added to the names of summaries and metrics."""
        return self._name

    @property
    @abstractmethod
    def logits_dimension(self) -> Any:
        """The size of the last axis of logits."""

    @abstractmethod
    def create_loss(self, features: Any, mode: str, logits: Any, labels: Any) -> LossSpec:
        """The loss of logits and labels."""

    @abstractmethod
    def _predicted(self, logits: Any) -> Predicted:
        """The predictions of logits."""

    @abstractmethod
    def _exports(self, found: Predicted) -> dict[str, Any]:
        """Export outputs by signature, but for the plain predictions."""

    @abstractmethod
    def _metrics(self, found: Predicted, loss: LossSpec, labels: Any) -> dict[str, Any]:
        """Tensors by the argument of `_eval_metric_ops` that takes them."""

    @abstractmethod
    def _eval_metric_ops(self, **tensors: Any) -> dict[str, Any]:
        """Metrics by name."""

    def _key(self, name: str) -> str:
        return f"{name}/{self._name}" if self._name else name

    def _weighted(self, features: Any, logits: Tensor, loss: Tensor, labels: Any) -> LossSpec:
        """A loss of examples with their weights, reduced."""
        weights = checks.get_weights_and_check_match_logits(
            features, self._weight_column, logits, self._weight_columns_per_logit
        )
        reduced = losses.compute_weighted_loss(
            loss, weights=weights, reduction=self._loss_reduction
        )
        return LossSpec(reduced, loss, weights, labels)

    def create_estimator_spec(
        self,
        features: Any,
        mode: str,
        logits: Any,
        labels: Any = None,
        optimizer: Any = None,
        train_op_fn: Callable[[Tensor], Any] | None = None,
        regularization_losses: Any = None,
    ) -> Any:
        """The EstimatorSpec of a model function.

        Args:
          features: tensors by name.
          mode: one of ModeKeys.
          logits: [D0, ..., DN, logits_dimension].
          labels: needed but to predict.
          optimizer: minimizes the loss in training.
          train_op_fn: or a function that gives the training operation of the loss.
          regularization_losses: scalars that are added to the loss.

        Raises:
          ValueError: shapes do not fit, or not one of `optimizer` and `train_op_fn` to train.
        """
        spec = self._create_tpu_estimator_spec(
            features, mode, logits, labels, optimizer, train_op_fn, regularization_losses
        )
        return spec.as_estimator_spec()

    def _create_tpu_estimator_spec(
        self,
        features: Any,
        mode: str,
        logits: Any,
        labels: Any = None,
        optimizer: Any = None,
        train_op_fn: Any = None,
        regularization_losses: Any = None,
    ) -> TPUEstimatorSpec:
        with name_scope(self._name, "head"):
            found = self._predicted(logits)
            predictions = found.predictions
            if mode == ModeKeys.PREDICT:
                outputs = self._exports(found)
                outputs[_PREDICT] = PredictOutput(predictions)
                return TPUEstimatorSpec(mode, predictions, export_outputs=outputs)
            loss = self.create_loss(features, mode, found.logits, labels)
            penalty, total = None, loss.training_loss
            if regularization_losses:
                penalty = math_ops.add_n(regularization_losses)
                total = math_ops.add_n([loss.training_loss, penalty])
            if mode == ModeKeys.EVAL:
                given = self._metrics(found, loss, labels)
                given.update(
                    weights=loss.weights,
                    unreduced_loss=loss.unreduced_loss,
                    regularization_loss=penalty,
                )
                pair = metrics.eval_metrics(self._eval_metric_ops, given)
                return TPUEstimatorSpec(mode, predictions, total, eval_metrics=pair)
            train_op = _train_op(total, optimizer, train_op_fn)
            average = None
            if self._loss_reduction == Reduction.SUM:
                ones = array_ops.ones_like(loss.unreduced_loss)
                weight_sum = math_ops.reduce_sum(loss.weights * ones)
                average = loss.training_loss / weight_sum
        with name_scope(""):
            summary.scalar(self._key(MetricKeys.LOSS), total)
            if average is not None:
                summary.scalar(self._key(MetricKeys.LOSS_MEAN), average)
            if penalty is not None:
                summary.scalar(self._key(MetricKeys.LOSS_REGULARIZATION), penalty)
        return TPUEstimatorSpec(ModeKeys.TRAIN, predictions, total, train_op)

    def _add_regularization(self, ops: dict[str, Any], loss: Any) -> dict[str, Any]:
        if loss is not None:
            name = MetricKeys.LOSS_REGULARIZATION
            ops[self._key(name)] = mean(values=loss, name=name)
        return ops


def _train_op(loss: Tensor, optimizer: Any, train_op_fn: Any) -> Any:
    """The operation that trains, with the updates of the graph's layers."""
    if optimizer is not None and train_op_fn is not None:
        raise ValueError("train_op_fn and optimizer cannot both be set.")
    if optimizer is not None:
        train_op = optimizer.minimize(loss, global_step=training_util.get_global_step())
    elif train_op_fn is not None:
        train_op = train_op_fn(loss)
    else:
        raise ValueError("train_op_fn and optimizer cannot both be None.")
    updates = get_collection(GraphKeys.UPDATE_OPS)
    return grouping.group(train_op, *updates) if updates else train_op


def _for_each(values: Any, batch: Tensor) -> Tensor:
    """The same values for each example."""
    wide = array_ops.expand_dims(input=values, axis=0)
    return array_ops.tile(input=wide, multiples=[batch, 1])


class _ClassHead(_Head):
    """What heads of classes share: `_n_classes` of them, perhaps with names."""

    _n_classes: Any

    def __init__(self, label_vocabulary: Any, *common: Any) -> None:
        super().__init__(*common)
        self._label_vocabulary = label_vocabulary

    def _names(self) -> Any:
        return self._label_vocabulary or string_ops.as_string(math_ops.range(self._n_classes))

    def _all(self, logits: Tensor) -> dict[str, Tensor]:
        """The numbers and names of all classes, for each example."""
        batch = array_ops.shape(logits)[0]
        ids = _for_each(math_ops.range(self._n_classes), batch)
        batch = array_ops.shape(logits)[0]
        names = _for_each(self._names(), batch)
        return {PredictionKeys.ALL_CLASS_IDS: ids, PredictionKeys.ALL_CLASSES: names}

    def _classes(self, class_ids: Tensor) -> Tensor:
        """The names of classes."""
        if not self._label_vocabulary:
            return string_ops.as_string(class_ids, name="str_classes")
        table = index_to_string_table_from_tensor(
            vocabulary_list=self._label_vocabulary, name="class_string_lookup"
        )
        return table.lookup(class_ids)  # type: ignore[no-any-return]

    def _looked_up(self, labels: Tensor) -> Tensor:
        table = index_table_from_tensor(
            vocabulary_list=tuple(self._label_vocabulary), name="class_id_lookup"
        )
        return table.lookup(labels)  # type: ignore[no-any-return]

    def _exports(self, found: Predicted) -> dict[str, Any]:
        scores = found.predictions[PredictionKeys.PROBABILITIES]
        batch = array_ops.shape(scores)[0]
        names = _for_each(self._names(), batch)
        output = ClassificationOutput(scores=scores, classes=names)
        return {DEFAULT_SERVING_SIGNATURE_DEF_KEY: output, _CLASSIFY: output}


class _MultiClassHeadWithSoftmaxCrossEntropyLoss(_ClassHead):
    """One of three or more classes."""

    def __init__(self, n_classes: Any, *common: Any) -> None:
        super().__init__(*common)
        self._n_classes = metrics.checked_n_classes(n_classes)

    @property
    def logits_dimension(self) -> Any:
        return self._n_classes

    def _label_ids(self, labels: Tensor) -> Tensor:
        if self._label_vocabulary is None:
            if not labels.dtype.is_integer:
                raise ValueError(f"Labels dtype should be integer. Instead got {labels.dtype}.")
            return checks.assert_range(labels, self._n_classes)
        if labels.dtype != dtypes.string:
            raise ValueError(
                "Labels dtype should be string if there is a vocabulary. Instead got "
                f"{labels.dtype}"
            )
        return checks.assert_range(self._looked_up(labels), self._n_classes)

    def create_loss(self, features: Any, mode: str, logits: Any, labels: Any) -> LossSpec:
        logits = convert_to_tensor(logits)
        labels = checks.check_dense_labels_match_logits_and_reshape(labels, logits, 1)
        label_ids = self._label_ids(labels)
        if self._loss_fn:
            loss = checks.call_loss_fn(self._loss_fn, label_ids, logits, features)
        else:
            loss = losses.sparse_softmax_cross_entropy(
                labels=label_ids, logits=logits, reduction=Reduction.NONE
            )
            loss = array_ops.expand_dims(loss, axis=-1)
        return self._weighted(features, logits, loss, label_ids)

    def _predicted(self, logits: Any) -> Predicted:
        logits = checks.check_logits_final_dim(logits, self.logits_dimension)
        keys = PredictionKeys
        with name_scope(None, "predictions", (logits,)):
            everything = self._all(logits)
            class_ids = math_ops.argmax(logits, axis=-1, name=keys.CLASS_IDS)
            class_ids = array_ops.expand_dims(class_ids, axis=-1)
            classes = self._classes(class_ids)
            probabilities = nn_ops.softmax(logits, name=keys.PROBABILITIES)
        predictions = {
            keys.LOGITS: logits,
            keys.PROBABILITIES: probabilities,
            keys.CLASS_IDS: class_ids,
            keys.CLASSES: classes,
            **everything,
        }
        return Predicted(logits, predictions, probabilities)

    def _metrics(self, found: Predicted, loss: LossSpec, labels: Any) -> dict[str, Any]:
        class_ids = found.predictions[PredictionKeys.CLASS_IDS]
        return {"labels": loss.processed_labels, "class_ids": class_ids}

    def _eval_metric_ops(  # type: ignore[override]
        self,
        labels: Any,
        class_ids: Any,
        weights: Any,
        unreduced_loss: Any,
        regularization_loss: Any,
    ) -> dict[str, Any]:
        keys, key = MetricKeys, self._key
        values = (labels, class_ids, weights, unreduced_loss, regularization_loss)
        with name_scope(None, "metrics", values):
            ops = {
                key(keys.LOSS_MEAN): mean(unreduced_loss, weights, name=keys.LOSS_MEAN),
                key(keys.ACCURACY): accuracy(labels, class_ids, weights, name=keys.ACCURACY),
            }
            return self._add_regularization(ops, regularization_loss)


class _BinaryLogisticHeadWithSigmoidCrossEntropyLoss(_ClassHead):
    """One of two classes."""

    _n_classes = 2

    def __init__(self, thresholds: Any, *common: Any) -> None:
        super().__init__(*common)
        self._thresholds = tuple(thresholds or ())

    @property
    def logits_dimension(self) -> int:
        return 1

    def create_loss(self, features: Any, mode: str, logits: Any, labels: Any) -> LossSpec:
        logits = convert_to_tensor(logits)
        labels = checks.check_dense_labels_match_logits_and_reshape(labels, logits, 1)
        if self._label_vocabulary is not None:
            labels = self._looked_up(labels)
        labels = checks.assert_range(math_ops.to_float(labels), n_classes=2)
        if self._loss_fn:
            loss = checks.call_loss_fn(self._loss_fn, labels, logits, features)
        else:
            loss = nn_impl.sigmoid_cross_entropy_with_logits(labels=labels, logits=logits)
        return self._weighted(features, logits, loss, labels)

    def _predicted(self, logits: Any) -> Predicted:
        keys = PredictionKeys
        with name_scope(None, "predictions", (logits,)):
            logits = checks.check_logits_final_dim(logits, self.logits_dimension)
            logistic = math_ops.sigmoid(logits, name=keys.LOGISTIC)
            both = array_ops.concat(
                (array_ops.zeros_like(logits), logits), axis=-1, name="two_class_logits"
            )
            probabilities = nn_ops.softmax(both, name=keys.PROBABILITIES)
            class_ids = math_ops.argmax(both, axis=-1, name=keys.CLASS_IDS)
            class_ids = array_ops.expand_dims(class_ids, axis=-1)
            everything = self._all(logits)
            classes = self._classes(class_ids)
        predictions = {
            keys.LOGITS: logits,
            keys.LOGISTIC: logistic,
            keys.PROBABILITIES: probabilities,
            keys.CLASS_IDS: class_ids,
            keys.CLASSES: classes,
            **everything,
        }
        return Predicted(logits, predictions, logistic)

    def _exports(self, found: Predicted) -> dict[str, Any]:
        return {**super()._exports(found), _REGRESS: RegressionOutput(value=found.score)}

    def _metrics(self, found: Predicted, loss: LossSpec, labels: Any) -> dict[str, Any]:
        return {
            "labels": loss.processed_labels,
            "logits": found.logits,
            "logistic": found.score,
            "class_ids": found.predictions[PredictionKeys.CLASS_IDS],
        }

    def _eval_metric_ops(  # type: ignore[override]
        self,
        labels: Any,
        logits: Any,
        logistic: Any,
        class_ids: Any,
        weights: Any,
        unreduced_loss: Any,
        regularization_loss: Any,
    ) -> dict[str, Any]:
        given = (labels, logits, logistic, class_ids, weights, unreduced_loss, regularization_loss)
        with name_scope(None, "metrics", given):
            found = metrics.binary(labels, logistic, class_ids, weights, unreduced_loss)
            ops = {self._key(name): op for name, op in found.items()}
            self._add_regularization(ops, regularization_loss)
            for threshold in self._thresholds:
                at = metrics.at_threshold(labels, logistic, weights, threshold)
                ops.update((self._key(name), op) for name, op in at.items())
            return ops


class _RegressionHeadWithMeanSquaredErrorLoss(_Head):
    """Numbers."""

    _weight_columns_per_logit = True

    def __init__(self, label_dimension: int, inverse_link_fn: Any, *common: Any) -> None:
        super().__init__(*common)
        if label_dimension < 1:
            raise ValueError(f"Invalid label_dimension {label_dimension}.")
        self._logits_dimension = label_dimension
        self._inverse_link_fn = inverse_link_fn

    @property
    def logits_dimension(self) -> int:
        return self._logits_dimension

    def create_loss(self, features: Any, mode: str, logits: Any, labels: Any) -> LossSpec:
        logits, size = convert_to_tensor(logits), self._logits_dimension
        labels = checks.check_dense_labels_match_logits_and_reshape(labels, logits, size)
        labels = math_ops.to_float(labels)
        if self._loss_fn:
            loss = checks.call_loss_fn(self._loss_fn, labels, logits, features, size)
        else:
            loss = losses.mean_squared_error(
                labels=labels, predictions=logits, reduction=Reduction.NONE
            )
        return self._weighted(features, logits, loss, labels)

    def _predicted(self, logits: Any) -> Predicted:
        logits = checks.check_logits_final_dim(logits, self._logits_dimension)
        if not self._inverse_link_fn:
            return Predicted(logits, {PredictionKeys.PREDICTIONS: logits}, logits)
        value = self._inverse_link_fn(logits)
        predictions = {PredictionKeys.PREDICTIONS: value, PredictionKeys.LOGITS: logits}
        return Predicted(logits, predictions, value)

    def _exports(self, found: Predicted) -> dict[str, Any]:
        output = RegressionOutput(value=found.score)
        return {DEFAULT_SERVING_SIGNATURE_DEF_KEY: output, _REGRESS: output}

    def _metrics(self, found: Predicted, loss: LossSpec, labels: Any) -> dict[str, Any]:
        return {"predicted_value": found.score, "labels": labels}

    def _eval_metric_ops(  # type: ignore[override]
        self,
        predicted_value: Any,
        labels: Any,
        weights: Any,
        unreduced_loss: Any,
        regularization_loss: Any,
    ) -> dict[str, Any]:
        keys, key = MetricKeys, self._key
        ops = {
            key(keys.LOSS_MEAN): mean(values=unreduced_loss, weights=weights),
            key(keys.PREDICTION_MEAN): metrics.predictions_mean(
                predicted_value, weights, name=keys.PREDICTION_MEAN
            ),
            key(keys.LABEL_MEAN): mean(values=labels, weights=weights),
        }
        return self._add_regularization(ops, regularization_loss)


def _multi_class_head_with_softmax_cross_entropy_loss(
    n_classes: Any,
    weight_column: Any = None,
    label_vocabulary: Any = None,
    loss_reduction: Any = Reduction.SUM,
    loss_fn: Any = None,
    name: str | None = None,
) -> _Head:
    """A head of one of three or more classes.

    Args:
      n_classes: how many.
      weight_column: the name of a feature, or a numeric column, of weights of examples.
      label_vocabulary: the names of classes, of which labels then are.
      loss_reduction: one of `tf.losses.Reduction` but NONE.
      loss_fn: another loss, a function of `labels`, `logits` and perhaps `features`.
      name: of the head.

    Raises:
      ValueError: an argument does not fit.
    """
    if label_vocabulary is not None and not isinstance(label_vocabulary, (list, tuple)):
        raise ValueError(
            f"label_vocabulary should be a list or a tuple. Given type: {type(label_vocabulary)}"
        )
    return _MultiClassHeadWithSoftmaxCrossEntropyLoss(
        n_classes, label_vocabulary, weight_column, loss_reduction, loss_fn, name
    )


def _binary_logistic_head_with_sigmoid_cross_entropy_loss(
    weight_column: Any = None,
    thresholds: Any = None,
    label_vocabulary: Any = None,
    loss_reduction: Any = Reduction.SUM,
    loss_fn: Any = None,
    name: str | None = None,
) -> _Head:
    """A head of one of two classes; `thresholds` of the probability, at which more metrics are
    computed; else as `_multi_class_head_with_softmax_cross_entropy_loss`.

    Raises:
      ValueError, TypeError: an argument does not fit.
    """
    thresholds = tuple(thresholds or ())
    if label_vocabulary is not None and not isinstance(label_vocabulary, (list, tuple)):
        raise TypeError(
            f"label_vocabulary should be a list or tuple. Given type: {type(label_vocabulary)}"
        )
    if any(not 0 < threshold < 1 for threshold in thresholds):
        raise ValueError(f"thresholds not in (0, 1): {(thresholds,)}.")
    return _BinaryLogisticHeadWithSigmoidCrossEntropyLoss(
        thresholds, label_vocabulary, weight_column, loss_reduction, loss_fn, name
    )


def _regression_head(
    weight_column: Any = None,
    label_dimension: int = 1,
    loss_reduction: Any = Reduction.SUM,
    loss_fn: Any = None,
    inverse_link_fn: Any = None,
    name: str | None = None,
) -> _Head:
    """A head of `label_dimension` numbers, which are `inverse_link_fn` of logits; else as
    `_multi_class_head_with_softmax_cross_entropy_loss`."""
    return _RegressionHeadWithMeanSquaredErrorLoss(
        label_dimension, inverse_link_fn, weight_column, loss_reduction, loss_fn, name
    )


def _binary_logistic_or_multi_class_head(
    n_classes: Any, weight_column: Any, label_vocabulary: Any, loss_reduction: Any
) -> _Head:
    """The head of so many classes."""
    common = {
        "weight_column": weight_column,
        "label_vocabulary": label_vocabulary,
        "loss_reduction": loss_reduction,
    }
    if n_classes == 2:
        return _binary_logistic_head_with_sigmoid_cross_entropy_loss(**common)
    return _multi_class_head_with_softmax_cross_entropy_loss(n_classes, **common)
