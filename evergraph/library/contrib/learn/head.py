"""What makes predictions, losses and metrics of a model's last layer."""

import abc
from collections.abc import Callable
from typing import Any

from evergraph.api import (
    array_ops,
    bias_ops,
    grouping,
    math_ops,
    sparse_ops,
    variable_scope,
)
from evergraph.api.cross_entropy import softmax
from evergraph.base import dtypes
from evergraph.base.deprecation import deprecated
from evergraph.base.export import export
from evergraph.graph.composite import SparseTensor
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.library.contrib.layers.dense import fully_connected
from evergraph.library.contrib.learn import head_parts as parts
from evergraph.library.contrib.learn.keys import MetricKey, PredictionKey, ProblemType
from evergraph.library.contrib.learn.model_fn import ModeKeys, ModelFnOps
from evergraph.library.lookup import index_tables
from evergraph.library.metrics import means
from evergraph.library.summary import summary

_INSTEAD = "Please switch to tf.contrib.estimator.*_head."


@export("contrib.learn.Head", "contrib.learn.head.Head")
class Head(abc.ABC):
    """Makes predictions, losses and metrics. Stands for `tf.contrib.learn.Head`."""

    @property
    @abc.abstractmethod
    def logits_dimension(self) -> int:
        """How many numbers it needs for an example."""

    @abc.abstractmethod
    def create_model_fn_ops(
        self,
        features: Any,
        mode: str,
        labels: Any = None,
        train_op_fn: Any = None,
        logits: Any = None,
        logits_input: Any = None,
        scope: Any = None,
    ) -> ModelFnOps:
        """Gives ModelFnOps.

        Args:
          features: a dict, for the weights of examples.
          mode: one of ModeKeys.
          labels: the labels; not for INFER.
          train_op_fn: takes the loss, gives what makes a step; for TRAIN.
          logits: the model's last layer.
          logits_input: in its place what a linear layer makes the logits of.
          scope: a variable scope.
        """


@export("contrib.learn.no_op_train_fn", "contrib.learn.head.no_op_train_fn")
@deprecated(None, "Use 'lambda _: tf.no_op()'.")
def no_op_train_fn(loss: Any) -> Any:
    """Makes a step that does nothing. Stands for `tf.contrib.learn.no_op_train_fn`."""
    return grouping.no_op()


def check_mode(mode: str) -> None:
    """Raises ValueError: this is none of ModeKeys."""
    if mode not in (ModeKeys.TRAIN, ModeKeys.INFER, ModeKeys.EVAL):
        raise ValueError(f"mode={mode} unrecognized.")


class _SingleHead(Head):
    """A head with one kind of labels.

    Args:
      problem_type: one of ProblemType.
      logits_dimension: how many numbers it needs for an example.
      loss_fn: takes labels, logits, weights.
      label_name: which of a dict of labels; None where there is one.
      weight_column_name: the feature that weighs examples.
      enable_centered_bias: whether a bias is learned for itself.
      head_name: for scopes, metrics and outputs.
      thresholds: for metrics.
    """

    _default_scope = ""

    def __init__(
        self,
        problem_type: int,
        logits_dimension: int,
        loss_fn: Callable[..., parts.Losses],
        label_name: str | None = None,
        weight_column_name: str | None = None,
        enable_centered_bias: bool = False,
        head_name: str | None = None,
        thresholds: Any = None,
    ) -> None:
        if logits_dimension is None or logits_dimension < 1:
            raise ValueError(f"Invalid logits_dimension {logits_dimension}.")
        self._problem_type = problem_type
        self._logits_dimension = logits_dimension
        self._loss_fn = loss_fn
        self._label_name = label_name
        self._weight_column_name = weight_column_name
        self._enable_centered_bias = enable_centered_bias
        self._head_name = head_name
        self._thresholds = thresholds if thresholds else (0.5,)

    @property
    def logits_dimension(self) -> int:
        """How many numbers it needs for an example."""
        return self._logits_dimension

    @property
    def label_name(self) -> str | None:
        """Which of a dict of labels."""
        return self._label_name

    @property
    def weight_column_name(self) -> str | None:
        """The feature that weighs examples."""
        return self._weight_column_name

    @property
    def head_name(self) -> str | None:
        """The name."""
        return self._head_name

    def create_model_fn_ops(
        self,
        features: Any,
        mode: str,
        labels: Any = None,
        train_op_fn: Any = None,
        logits: Any = None,
        logits_input: Any = None,
        scope: Any = None,
    ) -> ModelFnOps:
        """As of Head."""
        values = (*features.values(), labels, logits, logits_input)
        name = self.head_name or self._default_scope
        with variable_scope.variable_scope(scope, default_name=name, values=values):
            if mode == ModeKeys.INFER or labels is None:
                labels = None
            else:
                labels = self._transform_labels(parts.labels_tensor(labels, self._label_name))
            logits = _logits(logits_input, logits, self._logits_dimension)
            return self._ops(features, mode, labels, train_op_fn, logits)

    def _ops(self, features: Any, mode: str, labels: Any, train_op_fn: Any, logits: Any) -> Any:
        check_mode(mode)
        bias = None
        if self._enable_centered_bias:
            bias = parts.centered_bias(self._logits_dimension, self.head_name)
            logits = bias_ops.bias_add(logits, bias)
        predictions = self._logits_to_predictions(logits)
        loss = train_op = metrics = None
        if mode != ModeKeys.INFER and labels is not None:
            weights = parts.weight_tensor(features, self._weight_column_name)
            loss, average = self._losses(labels, logits, weights)
            with name_scope(""):
                shown = array_ops.identity(average)
                summary.scalar(parts.summary_key(self.head_name, MetricKey.LOSS), shown)
            if mode == ModeKeys.TRAIN:
                if train_op_fn is None:
                    raise ValueError("train_op_fn can not be None in TRAIN mode")
                batch_size = array_ops.shape(logits)[0]
                train_op = self._train_op(loss, labels, train_op_fn, bias, batch_size, weights)
            metrics = self._metrics(average, predictions, labels, weights)
        return ModelFnOps(
            mode=mode,
            predictions=predictions,
            loss=loss,
            train_op=train_op,
            eval_metric_ops=metrics,
            output_alternatives={self.head_name: (self._problem_type, self._exported(predictions))},
        )

    def _train_op(
        self, loss: Any, labels: Any, train_op_fn: Any, bias: Any, batch_size: Any, weights: Any
    ) -> Any:
        bias_step = None
        if bias is not None:
            bias_step = parts.centered_bias_step(bias, batch_size, labels, self._losses, weights)
        with name_scope(None, "train_op", (loss, labels)):
            train_op = train_op_fn(loss)
            return train_op if bias_step is None else grouping.group(train_op, bias_step)

    def _losses(self, labels: Any, logits: Any, weights: Any = None) -> parts.Losses:
        return self._loss_fn(labels, logits, weights)

    def _transform_labels(self, labels: Any) -> Any:
        return parts.check_dense(labels)

    @abc.abstractmethod
    def _logits_to_predictions(self, logits: Any) -> dict[str, Any]:
        """Predictions by name."""

    @abc.abstractmethod
    def _metrics(
        self, eval_loss: Any, predictions: dict[str, Any], labels: Any, weights: Any
    ) -> dict[str, Any]:
        """Values and update ops of metrics by name."""

    def _exported(self, predictions: dict[str, Any]) -> dict[str, Any]:
        return predictions

    def _named(self, metrics: dict[str, Any]) -> dict[str, Any]:
        return {parts.summary_key(self.head_name, name): ops for name, ops in metrics.items()}


def _logits(logits_input: Any, logits: Any, size: int) -> Any:
    if logits is None:
        if logits_input is None:
            raise ValueError("Neither logits nor logits_input supplied.")
        return fully_connected(logits_input, size, activation_fn=None, scope="logits")
    if logits_input is not None:
        raise ValueError("Both logits and logits_input supplied.")
    logits = convert_to_tensor(logits, name="logits")
    dims = logits.get_shape().dims
    if dims is not None:
        dims[-1].assert_is_compatible_with(size)
    return logits


class _RegressionHead(_SingleHead):
    """Numbers.

    Args:
      label_dimension: how many numbers a label has.
      loss_fn, kwargs: as of _SingleHead.
      link_fn: makes predictions of logits.
    """

    _default_scope = "regression_head"

    def __init__(self, label_dimension: int, loss_fn: Any, link_fn: Any, **kwargs: Any) -> None:
        super().__init__(ProblemType.LINEAR_REGRESSION, label_dimension, loss_fn, **kwargs)
        self._link_fn = link_fn

    def _logits_to_predictions(self, logits: Any) -> dict[str, Any]:
        key = PredictionKey.SCORES
        with name_scope(None, "predictions", (logits,)):
            if self.logits_dimension == 1:
                logits = array_ops.squeeze(logits, axis=(1,), name=key)
            return {key: self._link_fn(logits)}

    def _metrics(
        self, eval_loss: Any, predictions: dict[str, Any], labels: Any, weights: Any
    ) -> dict[str, Any]:
        with name_scope("metrics", values=[eval_loss]):
            return self._named({MetricKey.LOSS: means.mean(eval_loss)})


class _ClassHead(_SingleHead):
    """Metrics in common of heads that tell classes."""

    def _metrics(
        self, eval_loss: Any, predictions: dict[str, Any], labels: Any, weights: Any
    ) -> dict[str, Any]:
        values = [eval_loss, *self._told(labels), weights, *predictions.values()]
        with name_scope("metrics", values=values):
            classes = predictions[PredictionKey.CLASSES]
            metrics = {
                MetricKey.LOSS: means.mean(eval_loss),
                MetricKey.ACCURACY: means.accuracy(self._told(labels)[0], classes, weights),
            }
            self._add_metrics(metrics, predictions, labels, weights)
        return self._named(metrics)

    def _told(self, labels: Any) -> tuple[Any, ...]:
        """The labels as they were given, and what else there is of them."""
        return (labels,)

    def _add_metrics(
        self, metrics: dict[str, Any], predictions: dict[str, Any], labels: Any, weights: Any
    ) -> None:
        """Adds metrics of this head alone."""


class _BinaryLogisticHead(_ClassHead):
    """Yes or no, with probabilities."""

    _default_scope = "binary_logistic_head"

    def __init__(self, loss_fn: Any = None, **kwargs: Any) -> None:
        loss_fn = loss_fn or parts.log_loss_with_two_classes
        super().__init__(ProblemType.LOGISTIC_REGRESSION, 1, loss_fn, **kwargs)

    def _logits_to_predictions(self, logits: Any) -> dict[str, Any]:
        key = PredictionKey
        with name_scope(None, "predictions", (logits,)):
            both = parts.two_class_logits(logits)
            return {
                key.LOGITS: logits,
                key.LOGISTIC: math_ops.sigmoid(logits, name=key.LOGISTIC),
                key.PROBABILITIES: softmax(both, name=key.PROBABILITIES),
                key.CLASSES: math_ops.argmax(both, 1, name=key.CLASSES),
            }

    def _add_metrics(
        self, metrics: dict[str, Any], predictions: dict[str, Any], labels: Any, weights: Any
    ) -> None:
        key, logistic = MetricKey, predictions[PredictionKey.LOGISTIC]
        metrics[key.PREDICTION_MEAN] = parts.streaming_mean(logistic, weights)
        metrics[key.LABEL_MEAN] = parts.streaming_mean(labels, weights)
        metrics[key.ACCURACY_BASELINE] = parts.streaming_mean(labels, weights)
        metrics[key.AUC] = parts.streaming_auc(logistic, labels, weights)
        metrics[key.AUC_PR] = parts.streaming_auc(logistic, labels, weights, curve="PR")
        for threshold in self._thresholds:
            for name, metric in (
                (key.ACCURACY_MEAN, parts.accuracy_at_threshold),
                (key.PRECISION_MEAN, parts.precision_at_threshold),
                (key.RECALL_MEAN, parts.recall_at_threshold),
            ):
                metrics[name % threshold] = metric(logistic, labels, weights, threshold)

    def _exported(self, predictions: dict[str, Any]) -> dict[str, Any]:
        return parts.classification_outputs(predictions, None)


class _BinarySvmHead(_ClassHead):
    """Yes or no, by a support vector machine."""

    _default_scope = "binary_svm_head"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(ProblemType.LOGISTIC_REGRESSION, 1, parts.hinge_loss, **kwargs)

    def _logits_to_predictions(self, logits: Any) -> dict[str, Any]:
        key = PredictionKey
        with name_scope(None, "predictions", (logits,)):
            both = parts.two_class_logits(logits)
            return {key.LOGITS: logits, key.CLASSES: math_ops.argmax(both, 1, name=key.CLASSES)}


def _checked_ids(metric_class_ids: Any, n_classes: int) -> tuple[int, ...]:
    ids = tuple(metric_class_ids or ())
    for class_id in ids:
        if not 0 <= class_id < n_classes:
            raise ValueError(f"Class ID {class_id} not in [0, {n_classes}).")
    return ids


class _MultiClassHead(_ClassHead):
    """One of several classes.

    Args:
      n_classes: how many.
      loss_fn, kwargs: as of _SingleHead.
      metric_class_ids: classes that have metrics of their own.
      label_keys: names of classes, where labels are names.
    """

    _default_scope = "multi_class_head"

    def __init__(
        self,
        n_classes: int,
        loss_fn: Any = None,
        metric_class_ids: Any = None,
        label_keys: Any = None,
        **kwargs: Any,
    ) -> None:
        loss_fn = loss_fn or parts.softmax_cross_entropy_loss
        super().__init__(ProblemType.CLASSIFICATION, n_classes, loss_fn, **kwargs)
        self._metric_class_ids = _checked_ids(metric_class_ids, n_classes)
        if label_keys and len(label_keys) != n_classes:
            raise ValueError("Length of label_keys must equal n_classes.")
        self._label_keys = label_keys

    def _transform_labels(self, labels: Any) -> Any:
        numbers = parts.check_dense(labels)
        if self._label_keys:
            table = index_tables.index_table_from_tensor(self._label_keys, name="label_id_lookup")
            numbers = table.lookup(labels)
        return {"labels": labels, "label_ids": numbers}

    def _told(self, labels: Any) -> tuple[Any, ...]:
        return labels["labels"], labels["label_ids"]

    def _losses(self, labels: Any, logits: Any, weights: Any = None) -> parts.Losses:
        return self._loss_fn(labels["label_ids"], logits, weights=weights)

    def _logits_to_predictions(self, logits: Any) -> dict[str, Any]:
        key = PredictionKey
        with name_scope(None, "predictions", (logits,)):
            classes = math_ops.argmax(logits, 1, name=key.CLASSES)
            if self._label_keys:
                table = index_tables.index_to_string_table_from_tensor(
                    self._label_keys, name="class_string_lookup"
                )
                classes = table.lookup(classes)
            return {
                key.LOGITS: logits,
                key.PROBABILITIES: softmax(logits, name=key.PROBABILITIES),
                key.CLASSES: classes,
            }

    def _add_metrics(
        self, metrics: dict[str, Any], predictions: dict[str, Any], labels: Any, weights: Any
    ) -> None:
        key, shown = MetricKey, PredictionKey
        for i in () if self._label_keys else self._metric_class_ids:
            for name, metric, values in (
                (key.CLASS_PREDICTION_MEAN, parts.streaming_class_mean, predictions[shown.CLASSES]),
                (key.CLASS_LABEL_MEAN, parts.streaming_class_mean, labels["label_ids"]),
                (
                    key.CLASS_PROBABILITY_MEAN,
                    parts.streaming_mean,
                    predictions[shown.PROBABILITIES],
                ),
                (key.CLASS_LOGITS_MEAN, parts.streaming_mean, predictions[shown.LOGITS]),
            ):
                metrics[name % i] = metric(values, weights, i)

    def _exported(self, predictions: dict[str, Any]) -> dict[str, Any]:
        return parts.classification_outputs(predictions, self._label_keys)


class _MultiLabelHead(_ClassHead):
    """Any of several labels.

    Args:
      n_classes: how many.
      loss_fn, kwargs: as of _SingleHead.
      metric_class_ids: classes that have metrics of their own.
    """

    _default_scope = "multi_label_head"

    def __init__(
        self, n_classes: int, loss_fn: Any = None, metric_class_ids: Any = None, **kwargs: Any
    ) -> None:
        loss_fn = loss_fn or parts.sigmoid_cross_entropy_loss
        super().__init__(ProblemType.CLASSIFICATION, n_classes, loss_fn, **kwargs)
        self._metric_class_ids = _checked_ids(metric_class_ids, n_classes)

    def _transform_labels(self, labels: Any) -> Any:
        if not isinstance(labels, SparseTensor):
            return labels
        indicator = sparse_ops.sparse_to_indicator(labels, self._logits_dimension)
        return math_ops.cast(indicator, dtypes.int64)

    def _logits_to_predictions(self, logits: Any) -> dict[str, Any]:
        key = PredictionKey
        with name_scope(None, "predictions", (logits,)):
            return {
                key.LOGITS: logits,
                key.PROBABILITIES: math_ops.sigmoid(logits, name=key.PROBABILITIES),
                key.CLASSES: math_ops.cast(
                    math_ops.greater(logits, 0), dtypes.int64, name=key.CLASSES
                ),
            }

    def _add_metrics(
        self, metrics: dict[str, Any], predictions: dict[str, Any], labels: Any, weights: Any
    ) -> None:
        key, shown = MetricKey, PredictionKey
        probabilities = predictions[shown.PROBABILITIES]
        metrics[key.AUC] = parts.streaming_auc(probabilities, labels, weights)
        metrics[key.AUC_PR] = parts.streaming_auc(probabilities, labels, weights, curve="PR")
        for i in self._metric_class_ids:
            for name, values in (
                (key.CLASS_PREDICTION_MEAN, predictions[shown.CLASSES]),
                (key.CLASS_LABEL_MEAN, labels),
                (key.CLASS_PROBABILITY_MEAN, probabilities),
                (key.CLASS_LOGITS_MEAN, predictions[shown.LOGITS]),
            ):
                metrics[name % i] = parts.streaming_mean(values, weights, i)
            for name, curve in ((key.CLASS_AUC, "ROC"), (key.CLASS_AUC_PR, "PR")):
                metrics[name % i] = parts.streaming_auc(probabilities, labels, weights, i, curve)

    def _exported(self, predictions: dict[str, Any]) -> dict[str, Any]:
        return parts.classification_outputs(predictions, None)


@export("contrib.learn.regression_head", "contrib.learn.head.regression_head")
@deprecated(None, _INSTEAD)
def regression_head(
    label_name: str | None = None,
    weight_column_name: str | None = None,
    label_dimension: int = 1,
    enable_centered_bias: bool = False,
    head_name: str | None = None,
    link_fn: Any = None,
) -> Head:
    """A head for numbers, with squared differences as loss. Stands for
    `tf.contrib.learn.regression_head`.

    Args:
      label_name: which of a dict of labels; None where there is one.
      weight_column_name: the feature that weighs examples.
      label_dimension: how many numbers a label has.
      enable_centered_bias: whether a bias is learned for itself.
      head_name: for scopes, metrics and outputs.
      link_fn: makes predictions of logits; default: they are the same.
    """
    return _RegressionHead(
        label_dimension,
        parts.mean_squared_loss,
        array_ops.identity if link_fn is None else link_fn,
        label_name=label_name,
        weight_column_name=weight_column_name,
        enable_centered_bias=enable_centered_bias,
        head_name=head_name,
    )


@export("contrib.learn.poisson_regression_head", "contrib.learn.head.poisson_regression_head")
@deprecated(None, _INSTEAD)
def poisson_regression_head(
    label_name: str | None = None,
    weight_column_name: str | None = None,
    label_dimension: int = 1,
    enable_centered_bias: bool = False,
    head_name: str | None = None,
) -> Head:
    """A head for counts. Stands for `tf.contrib.learn.poisson_regression_head`; arguments are
    those of `regression_head`."""
    return _RegressionHead(
        label_dimension,
        parts.poisson_loss,
        math_ops.exp,
        label_name=label_name,
        weight_column_name=weight_column_name,
        enable_centered_bias=enable_centered_bias,
        head_name=head_name,
    )


@export("contrib.learn.multi_class_head", "contrib.learn.head.multi_class_head")
@deprecated(None, _INSTEAD)
def multi_class_head(
    n_classes: int,
    label_name: str | None = None,
    weight_column_name: str | None = None,
    enable_centered_bias: bool = False,
    head_name: str | None = None,
    thresholds: Any = None,
    metric_class_ids: Any = None,
    loss_fn: Any = None,
    label_keys: Any = None,
) -> Head:
    """A head for one of several classes, with cross entropy as loss. Stands for
    `tf.contrib.learn.multi_class_head`.

    Args:
      n_classes: how many.
      label_name, weight_column_name, enable_centered_bias, head_name: as of `regression_head`.
      thresholds: for metrics of two classes; default: 0.5.
      metric_class_ids: which of more than two classes have metrics of their own.
      loss_fn: another loss, with the arguments `labels`, `logits`, `weights`.
      label_keys: names of more than two classes, where labels are names.

    Raises:
      ValueError: an argument does not fit.
    """
    if n_classes is None or n_classes < 2:
        raise ValueError(f"n_classes must be > 1 for classification: {n_classes}.")
    common: dict[str, Any] = {
        "loss_fn": parts.wrapped_loss(loss_fn),
        "label_name": label_name,
        "weight_column_name": weight_column_name,
        "enable_centered_bias": enable_centered_bias,
        "head_name": head_name,
        "thresholds": thresholds,
    }
    if n_classes > 2:
        return _MultiClassHead(
            n_classes, metric_class_ids=metric_class_ids, label_keys=label_keys, **common
        )
    if metric_class_ids:
        raise ValueError("metric_class_ids invalid for n_classes==2.")
    if label_keys:
        raise ValueError("label_keys is not supported for n_classes=2.")
    return _BinaryLogisticHead(**common)


@export("contrib.learn.binary_svm_head", "contrib.learn.head.binary_svm_head")
@deprecated(None, _INSTEAD)
def binary_svm_head(
    label_name: str | None = None,
    weight_column_name: str | None = None,
    enable_centered_bias: bool = False,
    head_name: str | None = None,
    thresholds: Any = None,
) -> Head:
    """A head for yes or no, with the hinge loss. Stands for `tf.contrib.learn.binary_svm_head`;
    arguments are those of `multi_class_head`."""
    return _BinarySvmHead(
        label_name=label_name,
        weight_column_name=weight_column_name,
        enable_centered_bias=enable_centered_bias,
        head_name=head_name,
        thresholds=thresholds,
    )


@export("contrib.learn.multi_label_head", "contrib.learn.head.multi_label_head")
@deprecated(None, _INSTEAD)
def multi_label_head(
    n_classes: int,
    label_name: str | None = None,
    weight_column_name: str | None = None,
    enable_centered_bias: bool = False,
    head_name: str | None = None,
    thresholds: Any = None,
    metric_class_ids: Any = None,
    loss_fn: Any = None,
) -> Head:
    """A head for any of several labels. Stands for `tf.contrib.learn.multi_label_head`; arguments
    are those of `multi_class_head`.

    Raises:
      ValueError: an argument does not fit.
    """
    if n_classes < 2:
        raise ValueError("n_classes must be > 1 for classification.")
    return _MultiLabelHead(
        n_classes,
        loss_fn=parts.wrapped_loss(loss_fn),
        metric_class_ids=metric_class_ids,
        label_name=label_name,
        weight_column_name=weight_column_name,
        enable_centered_bias=enable_centered_bias,
        head_name=head_name,
        thresholds=thresholds,
    )
