"""Heads for model functions of one's own: `tf.contrib.estimator.binary_classification_head` and
its kin. Arguments in common:

  weight_column: the name of a feature, or a numeric column, of weights of examples.
  label_vocabulary: the names of classes, of which labels then are.
  loss_reduction: one of `tf.losses.Reduction` but NONE.
  loss_fn: another loss, a function of `labels`, `logits` and perhaps `features`.
  name: of the head, added to the names of summaries and metrics.
"""

from typing import Any

from evergraph.api import check_ops, math_ops, nn_impl, sparse_ops
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.graph.composite import SparseTensor
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import control_dependencies, name_scope
from evergraph.graph.tensor import Tensor
from evergraph.library.estimator import head as head_lib
from evergraph.library.estimator import head_checks as checks
from evergraph.library.estimator import head_metrics as metrics
from evergraph.library.estimator.head import LossSpec, Predicted
from evergraph.library.estimator.metric_keys import MetricKeys
from evergraph.library.estimator.prediction_keys import PredictionKeys
from evergraph.library.losses import losses_impl as losses
from evergraph.library.losses.losses_impl import Reduction
from evergraph.library.metrics.means import mean
from evergraph.library.metrics.thresholds import auc


@export("contrib.estimator.multi_class_head")
def multi_class_head(
    n_classes: Any,
    weight_column: Any = None,
    label_vocabulary: Any = None,
    loss_reduction: str = Reduction.SUM_OVER_BATCH_SIZE,
    loss_fn: Any = None,
    name: str | None = None,
) -> Any:
    """A head of one of three or more classes. Stands for `tf.contrib.estimator.multi_class_head`.

    Args:
      n_classes: how many; the others as in the module.

    Raises:
      ValueError: an argument does not fit.
    """
    return head_lib._multi_class_head_with_softmax_cross_entropy_loss(
        n_classes, weight_column, label_vocabulary, loss_reduction, loss_fn, name
    )


@export("contrib.estimator.binary_classification_head")
def binary_classification_head(
    weight_column: Any = None,
    thresholds: Any = None,
    label_vocabulary: Any = None,
    loss_reduction: str = Reduction.SUM_OVER_BATCH_SIZE,
    loss_fn: Any = None,
    name: str | None = None,
) -> Any:
    """A head of one of two classes. Stands for `tf.contrib.estimator.binary_classification_head`.

    Args:
      thresholds: of the probability, at which more metrics are computed; the others as in the
        module.

    Raises:
      ValueError, TypeError: an argument does not fit.
    """
    return head_lib._binary_logistic_head_with_sigmoid_cross_entropy_loss(
        weight_column, thresholds, label_vocabulary, loss_reduction, loss_fn, name
    )


@export("contrib.estimator.regression_head")
def regression_head(
    weight_column: Any = None,
    label_dimension: int = 1,
    loss_reduction: str = Reduction.SUM_OVER_BATCH_SIZE,
    loss_fn: Any = None,
    inverse_link_fn: Any = None,
    name: str | None = None,
) -> Any:
    """A head of numbers. Stands for `tf.contrib.estimator.regression_head`.

    Args:
      label_dimension: how many numbers a label is.
      inverse_link_fn: what makes predictions of logits; the others as in the module.

    Raises:
      ValueError: an argument does not fit.
    """
    return head_lib._regression_head(
        weight_column, label_dimension, loss_reduction, loss_fn, inverse_link_fn, name
    )


@export("contrib.estimator.poisson_regression_head")
def poisson_regression_head(
    weight_column: Any = None,
    label_dimension: int = 1,
    loss_reduction: str = Reduction.SUM_OVER_BATCH_SIZE,
    compute_full_loss: bool = True,
    name: str | None = None,
) -> Any:
    """A head of numbers with Poisson's loss, whose logits are logarithms. Stands for
    `tf.contrib.estimator.poisson_regression_head`.

    Args:
      compute_full_loss: whether the loss has its constant terms; the others as of
        `regression_head`.
    """

    def loss_fn(labels: Any, logits: Any) -> Tensor:
        return nn_impl.log_poisson_loss(
            targets=labels, log_input=logits, compute_full_loss=compute_full_loss
        )

    return head_lib._regression_head(
        weight_column, label_dimension, loss_reduction, loss_fn, math_ops.exp, name
    )


@export("contrib.estimator.logistic_regression_head")
def logistic_regression_head(
    weight_column: Any = None,
    loss_reduction: str = Reduction.SUM_OVER_BATCH_SIZE,
    name: str | None = None,
) -> Any:
    """A head of a number between 0 and 1. Stands for
    `tf.contrib.estimator.logistic_regression_head`; arguments as in the module."""

    def loss_fn(labels: Any, logits: Any) -> Tensor:
        message = "Labels must be in range [0, 1]"
        labels = checks.assert_range(labels, n_classes=2, message=message)
        return nn_impl.sigmoid_cross_entropy_with_logits(labels=labels, logits=logits)

    return head_lib._regression_head(
        weight_column, 1, loss_reduction, loss_fn, math_ops.sigmoid, name
    )


@export("contrib.estimator.multi_label_head")
def multi_label_head(
    n_classes: int,
    weight_column: Any = None,
    thresholds: Any = None,
    label_vocabulary: Any = None,
    loss_reduction: str = Reduction.SUM_OVER_BATCH_SIZE,
    loss_fn: Any = None,
    classes_for_class_based_metrics: Any = None,
    name: str | None = None,
) -> Any:
    """A head of any of some classes. Stands for `tf.contrib.estimator.multi_label_head`.

    Labels are 0 or 1 for each class, or a SparseTensor of an example's classes.

    Args:
      n_classes: how many.
      thresholds: of probabilities, at which more metrics are computed.
      classes_for_class_based_metrics: numbers or names of classes with metrics of their own; the
        others as in the module.

    Raises:
      ValueError: an argument does not fit.
    """
    classes = checks.check_multi_label(
        n_classes, thresholds, label_vocabulary, classes_for_class_based_metrics
    )
    return _MultiLabelHead(
        n_classes,
        tuple(thresholds or ()),
        classes,
        label_vocabulary,
        weight_column,
        loss_reduction,
        loss_fn,
        name,
    )


class _MultiLabelHead(head_lib._ClassHead):
    """Any of some classes."""

    def __init__(self, n_classes: int, thresholds: Any, classes: Any, *common: Any) -> None:
        super().__init__(*common)
        self._n_classes = n_classes
        self._thresholds = thresholds
        self._classes_for_class_based_metrics = classes

    @property
    def logits_dimension(self) -> int:
        return self._n_classes  # type: ignore[no-any-return]

    def _indicators(self, labels: Any) -> Tensor:
        """Labels as 0 or 1 for each class."""
        if labels is None:
            raise checks.missing_labels()
        if not isinstance(labels, SparseTensor):
            message = "labels must be an integer indicator Tensor with values in [0, 1]"
            return checks.assert_range(labels, 2, message=message)
        if labels.dtype == dtypes.string:
            ids = self._looked_up(labels.values)
            labels = SparseTensor(labels.indices, ids, labels.dense_shape)
            return math_ops.to_int64(sparse_ops.sparse_to_indicator(labels, self._n_classes))
        values = labels.values
        message = f"labels must be an integer SparseTensor with values in [0, {self._n_classes})"
        fits = [check_ops.assert_integer(values, message=message)]
        limit = convert_to_tensor(self._n_classes, dtype=labels.dtype)
        fits.append(check_ops.assert_less(values, limit, message=message))
        fits.append(check_ops.assert_non_negative(values, message=message))
        with control_dependencies(fits):
            return math_ops.to_int64(sparse_ops.sparse_to_indicator(labels, self._n_classes))

    def create_loss(self, features: Any, mode: str, logits: Any, labels: Any) -> LossSpec:
        logits = convert_to_tensor(logits)
        labels = checks.check_dense_labels_match_logits_and_reshape(
            self._indicators(labels), logits, self._n_classes
        )
        if self._loss_fn:
            loss = checks.call_loss_fn(self._loss_fn, labels, logits, features)
        else:
            loss = losses.sigmoid_cross_entropy(
                multi_class_labels=labels, logits=logits, reduction=Reduction.NONE
            )
            loss = math_ops.reduce_mean(loss, axis=-1, keepdims=True)
        return self._weighted(features, logits, loss, labels)

    def _predicted(self, logits: Any) -> Predicted:
        keys = PredictionKeys
        logits = checks.check_logits_final_dim(logits, self._n_classes)
        with name_scope(None, "predictions", (logits,)):
            probabilities = math_ops.sigmoid(logits, name=keys.PROBABILITIES)
        predictions = {keys.LOGITS: logits, keys.PROBABILITIES: probabilities}
        return Predicted(logits, predictions, probabilities)

    def _metrics(self, found: Predicted, loss: LossSpec, labels: Any) -> dict[str, Any]:
        return {"labels": loss.processed_labels, "probabilities": found.score}

    def _eval_metric_ops(  # type: ignore[override]
        self,
        labels: Any,
        probabilities: Any,
        weights: Any,
        unreduced_loss: Any,
        regularization_loss: Any,
    ) -> dict[str, Any]:
        keys, key = MetricKeys, self._key
        given = (labels, probabilities, weights, unreduced_loss, regularization_loss)
        with name_scope(None, "metrics", given):
            ops = {key(keys.LOSS_MEAN): mean(unreduced_loss, weights, name=keys.LOSS_MEAN)}
            for name, curve in ((keys.AUC, "ROC"), (keys.AUC_PR, "PR")):
                ops[key(name)] = auc(labels, probabilities, weights, curve=curve, name=name)
            self._add_regularization(ops, regularization_loss)
            for threshold in self._thresholds:
                at = metrics.at_threshold(labels, probabilities, weights, threshold)
                ops.update((key(name), op) for name, op in at.items())
            for class_id in self._classes_for_class_based_metrics:
                name = self._label_vocabulary[class_id] if self._label_vocabulary else None
                at = metrics.at_class(labels, probabilities, weights, class_id, name)
                ops.update((key(name), op) for name, op in at.items())
            return ops
