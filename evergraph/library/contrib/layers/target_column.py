"""What is learned, before there were heads: losses, predictions, metrics."""

from collections.abc import Callable
from typing import Any

from evergraph.api import array_ops, cross_entropy, math_ops, nn_impl
from evergraph.api.assertion import Assert
from evergraph.base import dtypes
from evergraph.base.deprecation import deprecated
from evergraph.base.export import export
from evergraph.graph.defaults import control_dependencies
from evergraph.graph.tensor import Tensor
from evergraph.library.contrib.losses import loss_ops
from evergraph.library.contrib.metrics import switched

_DEPRECATED = deprecated(
    "2016-11-12",
    "This file will be removed after the deprecation date.Please switch to "
    "third_party/tensorflow/contrib/learn/python/learn/estimators/head.py",
)

_Metrics = dict[Any, Callable[..., Any]] | None


@export("contrib.layers.regression_target")
@_DEPRECATED
def regression_target(
    label_name: str | None = None,
    weight_column_name: str | None = None,
    label_dimension: int = 1,
) -> "_RegressionTargetColumn":
    """A target of numbers, whose loss is the squared difference. Stands for
    `tf.contrib.layers.regression_target`.

    Args:
      label_name: the key of labels that are in a dict.
      weight_column_name: the feature that has the weights of examples.
      label_dimension: how many numbers an example has.
    """
    return _RegressionTargetColumn(
        _mean_squared_loss, label_name, weight_column_name, label_dimension
    )


@export("contrib.layers.multi_class_target")
@_DEPRECATED
def multi_class_target(
    n_classes: int, label_name: str | None = None, weight_column_name: str | None = None
) -> "_MultiClassTargetColumn":
    """A target of one of some classes, whose loss is the cross entropy. Stands for
    `tf.contrib.layers.multi_class_target`.

    Args:
      n_classes: how many classes there are; two have one logit.
      label_name, weight_column_name: as of `regression_target`.

    Raises:
      ValueError: there are fewer than two.
    """
    if n_classes < 2:
        raise ValueError("n_classes must be > 1 for classification.")
    loss = _log_loss_with_two_classes if n_classes == 2 else _softmax_cross_entropy_loss
    return _MultiClassTargetColumn(loss, n_classes, label_name, weight_column_name)


@_DEPRECATED
def binary_svm_target(
    label_name: str | None = None, weight_column_name: str | None = None
) -> "_BinarySvmTargetColumn":
    """A target of two classes, whose loss is the hinge loss. Arguments as of
    `multi_class_target`."""
    return _BinarySvmTargetColumn(label_name, weight_column_name)


class ProblemType:
    """What kind of thing is learned."""

    UNSPECIFIED = 0
    CLASSIFICATION = 1
    LINEAR_REGRESSION = 2
    LOGISTIC_REGRESSION = 3


class _TargetColumn:
    """What is learned.

    Args:
      loss_fn: the losses of logits and labels, [batch, n] or [batch].
      num_label_columns: how many logits an example has.
      label_name: the key of labels that are in a dict.
      weight_column_name: the feature that has the weights of examples.
      problem_type: one of ProblemType.
    """

    def __init__(
        self,
        loss_fn: Callable[[Any, Any], Any],
        num_label_columns: int,
        label_name: str | None,
        weight_column_name: str | None,
        problem_type: int,
    ) -> None:
        if not loss_fn:
            raise ValueError("loss_fn must be provided")
        if num_label_columns is None:
            raise ValueError("num_label_columns must be provided")
        self._loss_fn = loss_fn
        self._num_label_columns = num_label_columns
        self._label_name = label_name
        self._weight_column_name = weight_column_name
        self._problem_type = problem_type

    def logits_to_predictions(self, logits: Any, proba: bool = False) -> Tensor:
        """What logits predict; probabilities with `proba`."""
        raise NotImplementedError()

    def get_eval_ops(
        self, features: dict[str, Any], logits: Any, labels: Any, metrics: _Metrics = None
    ) -> dict[str, Any]:
        """The loss and metrics by name, each a value and its update."""
        raise NotImplementedError

    @property
    def label_name(self) -> str | None:
        """The key of labels that are in a dict."""
        return self._label_name

    @property
    def weight_column_name(self) -> str | None:
        """The feature that has the weights of examples."""
        return self._weight_column_name

    @property
    def num_label_columns(self) -> int:
        """How many logits an example has."""
        return self._num_label_columns

    @property
    def problem_type(self) -> int:
        """One of ProblemType."""
        return self._problem_type

    def get_weight_tensor(self, features: dict[str, Any]) -> Tensor | None:
        """The weights of examples, [batch], or None."""
        if not self._weight_column_name:
            return None
        weights = math_ops.cast(features[self._weight_column_name], dtypes.float32)
        return array_ops.reshape(weights, shape=(-1,))

    def _losses(self, logits: Any, target: Any, features: Any) -> tuple[Tensor, Tensor | None]:
        """The losses of examples, weighted where there are weights, and the weights."""
        target = target[self.name] if isinstance(target, dict) else target  # type: ignore[attr-defined]
        losses = self._loss_fn(logits, target)
        weights = self.get_weight_tensor(features)
        if weights is None:
            return losses, None
        losses = array_ops.reshape(losses, shape=(-1,))
        flat_weights = array_ops.reshape(weights, shape=(-1,))
        return math_ops.multiply(losses, flat_weights), weights

    def training_loss(
        self, logits: Any, target: Any, features: Any, name: str = "training_loss"
    ) -> Tensor:
        """The mean of the weighted losses."""
        return math_ops.reduce_mean(self._losses(logits, target, features)[0], name=name)

    def loss(self, logits: Any, target: Any, features: Any) -> Tensor:
        """The losses' mean by weights."""
        losses, weights = self._losses(logits, target, features)
        if weights is None:
            return math_ops.reduce_mean(losses, name="loss")
        total = math_ops.reduce_sum(losses)
        weight = math_ops.cast(math_ops.reduce_sum(weights), dtypes.float32)
        return math_ops.div(total, weight, name="loss")


class _RegressionTargetColumn(_TargetColumn):
    """Numbers."""

    def __init__(
        self,
        loss_fn: Callable[[Any, Any], Any],
        label_name: str | None,
        weight_column_name: str | None,
        label_dimension: int,
    ) -> None:
        super().__init__(
            loss_fn,
            label_dimension,
            label_name,
            weight_column_name,
            ProblemType.LINEAR_REGRESSION,
        )

    def logits_to_predictions(self, logits: Any, proba: bool = False) -> Tensor:
        """The logits, [batch, n], or [batch] of one number."""
        if self.num_label_columns == 1:
            return array_ops.squeeze(logits, axis=[1])
        return logits  # type: ignore[no-any-return]

    def get_eval_ops(
        self, features: dict[str, Any], logits: Any, labels: Any, metrics: _Metrics = None
    ) -> dict[str, Any]:
        """The loss and metrics by name, each a value and its update."""
        found = {"loss": switched.streaming_mean(self.loss(logits, labels, features))}
        if metrics:
            predictions = self.logits_to_predictions(logits, proba=False)
            weights = self.get_weight_tensor(features)
            found.update(_run_metrics(predictions, labels, metrics, weights))
        return found


class _MultiClassTargetColumn(_TargetColumn):
    """One of some classes."""

    def __init__(
        self,
        loss_fn: Callable[[Any, Any], Any],
        n_classes: int,
        label_name: str | None,
        weight_column_name: str | None,
    ) -> None:
        if n_classes < 2:
            raise ValueError("n_classes must be >= 2")
        super().__init__(
            loss_fn,
            1 if n_classes == 2 else n_classes,
            label_name,
            weight_column_name,
            ProblemType.CLASSIFICATION,
        )

    def logits_to_predictions(self, logits: Any, proba: bool = False) -> Tensor:
        """The class of each example, [batch]; with `proba` the probabilities of all."""
        if self.num_label_columns == 1:
            logits = array_ops.concat([array_ops.zeros_like(logits), logits], 1)
        return cross_entropy.softmax(logits) if proba else math_ops.argmax(logits, 1)

    def _default_eval_metrics(self) -> dict[str, Callable[..., Any]]:
        if self._num_label_columns == 1:
            found: dict[str, Callable[..., Any]] = get_default_binary_metrics_for_eval([0.5])
            return found
        return {}

    def get_eval_ops(
        self, features: dict[str, Any], logits: Any, labels: Any, metrics: _Metrics = None
    ) -> dict[str, Any]:
        """The loss and metrics by name, each a value and its update.

        Args:
          features, logits, labels: of the examples.
          metrics: functions by name, or by a tuple of the name and "classes" or "probabilities",
            which they are given. Default: the accuracy.

        Raises:
          ValueError: a name is neither.
        """
        found = {"loss": switched.streaming_mean(self.loss(logits, labels, features))}
        if metrics is None:
            metrics = {("accuracy", "classes"): switched.streaming_accuracy}
        predictions = math_ops.sigmoid(logits)
        labels_float = math_ops.cast(labels, dtypes.float32)
        for name, metric in self._default_eval_metrics().items():
            found[name] = metric(predictions, labels_float)
        kinds: dict[str, dict[str, Any]] = {"classes": {}, "probabilities": {}}
        for key, metric in metrics.items():
            name, kind = _name_and_kind(key)
            kinds[kind][name] = metric
        for kind, wanted in kinds.items():
            if wanted:
                predictions = self.logits_to_predictions(logits, proba=kind == "probabilities")
                weights = self.get_weight_tensor(features)
                found.update(_run_metrics(predictions, labels, wanted, weights))
        return found


def _name_and_kind(key: Any) -> tuple[str, str]:
    """The name of a metric, and what it is given."""
    if isinstance(key, str):
        return key, "classes"
    if not isinstance(key, tuple):
        raise ValueError(f"Ignoring metric {key}. Its name is not in the correct form.")
    if len(key) != 2:
        raise ValueError(
            f"Ignoring metric {key}. It returned a tuple with len {len(key)}, expected 2."
        )
    if key[1] not in ("classes", "probabilities"):
        raise ValueError(
            f"Ignoring metric {key}. The 2nd element of its name should be either 'classes' or "
            "'probabilities'."
        )
    return key


class _BinarySvmTargetColumn(_MultiClassTargetColumn):
    """Two classes, apart by a margin."""

    def __init__(self, label_name: str | None, weight_column_name: str | None) -> None:
        super().__init__(_hinge_loss, 2, label_name, weight_column_name)

    def logits_to_predictions(self, logits: Any, proba: bool = False) -> Tensor:
        """The class of each example, [batch]."""
        if proba:
            raise ValueError("logits to probabilities is not supported for _BinarySvmTargetColumn")
        return super().logits_to_predictions(logits)


def _hinge_loss(logits: Any, target: Any) -> Tensor:
    complaint = "target's shape should be either [batch_size, 1] or [batch_size]"
    check = Assert(math_ops.less_equal(array_ops.rank(target), 2), [complaint])
    with control_dependencies([check]):
        target = array_ops.reshape(target, shape=[array_ops.shape(target)[0], 1])
    return loss_ops.hinge_loss(logits, target)


def _as_column(target: Any) -> Tensor:
    if len(target.get_shape()) == 1:
        return array_ops.expand_dims(target, axis=1)
    return target  # type: ignore[no-any-return]


def _mean_squared_loss(logits: Any, target: Any) -> Tensor:
    target = _as_column(target)
    logits.get_shape().assert_is_compatible_with(target.get_shape())
    return math_ops.squared_difference(logits, math_ops.cast(target, dtypes.float32))


def _log_loss_with_two_classes(logits: Any, target: Any) -> Tensor:
    labels = math_ops.cast(_as_column(target), dtypes.float32)
    return nn_impl.sigmoid_cross_entropy_with_logits(labels=labels, logits=logits)


def _softmax_cross_entropy_loss(logits: Any, target: Any) -> Tensor:
    if not target.dtype.is_integer:
        raise ValueError(f"Target's dtype should be integer Instead got {target.dtype}.")
    if len(target.get_shape()) == 2:
        target = array_ops.squeeze(target, axis=[1])
    return cross_entropy.sparse_softmax_cross_entropy_with_logits(labels=target, logits=logits)


def _run_metrics(
    predictions: Any, labels: Any, metrics: dict[str, Any], weights: Any
) -> dict[str, Any]:
    labels = math_ops.cast(labels, predictions.dtype)
    weighted = {} if weights is None else {"weights": weights}
    return {name: metric(predictions, labels, **weighted) for name, metric in metrics.items()}


@_DEPRECATED
def get_default_binary_metrics_for_eval(thresholds: Any) -> dict[str, Callable[..., Any]]:
    """Metrics of two classes by name: functions of predictions, labels and weights.

    Args:
      thresholds: where predictions begin to mean the second class, for accuracy, precision and
        recall.
    """
    found: dict[str, Callable[..., Any]] = {
        "labels/prediction_mean": _predictions_streaming_mean,
        "labels/actual_target_mean": _labels_streaming_mean,
        "accuracy/baseline_target_mean": _labels_streaming_mean,
        "auc": _streaming_auc,
    }
    for threshold in thresholds:
        found[f"accuracy/threshold_{threshold:f}_mean"] = _accuracy_at(threshold)
        for name, metric in (
            ("precision", switched.streaming_precision_at_thresholds),
            ("recall", switched.streaming_recall_at_thresholds),
        ):
            found[f"{name}/positive_threshold_{threshold:f}_mean"] = _at(metric, threshold)
    return found


def _float_or_none(weights: Any) -> Tensor | None:
    return None if weights is None else math_ops.cast(weights, dtypes.float32)


def _labels_streaming_mean(_: Any, labels: Any, weights: Any = None) -> Any:
    return switched.streaming_mean(labels, weights=weights)


def _predictions_streaming_mean(predictions: Any, _: Any, weights: Any = None) -> Any:
    return switched.streaming_mean(predictions, weights=weights)


def _streaming_auc(predictions: Any, labels: Any, weights: Any = None) -> Any:
    return switched.streaming_auc(predictions, labels, weights=_float_or_none(weights))


def _accuracy_at(threshold: float) -> Callable[..., Any]:
    def accuracy(predictions: Any, labels: Any, weights: Any = None) -> Any:
        above = math_ops.cast(math_ops.greater_equal(predictions, threshold), dtypes.float32)
        return switched.streaming_accuracy(predictions=above, labels=labels, weights=weights)

    return accuracy


def _at(metric: Callable[..., Any], threshold: float) -> Callable[..., Any]:
    def at_threshold(predictions: Any, labels: Any, weights: Any = None) -> Any:
        value, update = metric(
            predictions, labels=labels, thresholds=[threshold], weights=_float_or_none(weights)
        )
        return array_ops.squeeze(value), update

    return at_threshold
