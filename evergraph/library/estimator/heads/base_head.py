"""`tf.estimator.Head`, and what the heads beside it share."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

from evergraph.api import array_ops, check_ops, grouping, math_ops, shape_checks, string_ops
from evergraph.api.weights_broadcast_ops import broadcast_weights
from evergraph.base.export import export
from evergraph.base.function_utils import fn_args
from evergraph.graph.composite import SparseTensor, convert_to_tensor_or_sparse_tensor
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import control_dependencies, name_scope
from evergraph.graph.tensor import Tensor
from evergraph.library.estimator import head_checks as checks
from evergraph.library.estimator.head_metrics import eval_metrics as metrics_pair
from evergraph.library.estimator.metric_keys import MetricKeys
from evergraph.library.estimator.mode_keys import ModeKeys
from evergraph.library.feature_column.numeric import NumericColumn
from evergraph.library.keras import losses as keras_losses
from evergraph.library.keras import metrics as keras_metrics
from evergraph.library.keras.losses import Reduction
from evergraph.library.keras.optimizers import OptimizerV2
from evergraph.library.saved_model.export_output import ClassificationOutput, PredictOutput
from evergraph.library.saved_model.signature_constants import DEFAULT_SERVING_SIGNATURE_DEF_KEY
from evergraph.library.summary import summary
from evergraph.library.tpu.spec import TPUEstimatorSpec

DEFAULT_SERVING_KEY = DEFAULT_SERVING_SIGNATURE_DEF_KEY
CLASSIFY_SERVING_KEY = "classification"
REGRESS_SERVING_KEY = "regression"
PREDICT_SERVING_KEY = "predict"


@export("estimator.Head")
class Head(ABC):
    """What a model function makes of logits: loss, predictions, metrics, exports. Stands for
    `tf.estimator.Head`."""

    @property
    @abstractmethod
    def name(self) -> str | None:
        """The name, added to those of summaries and metrics."""

    @property
    @abstractmethod
    def logits_dimension(self) -> Any:
        """The size of the last axis of logits."""

    @property
    @abstractmethod
    def loss_reduction(self) -> str:
        """How losses of examples become one: one of `tf.keras.losses.Reduction`."""

    @abstractmethod
    def loss(
        self,
        labels: Any,
        logits: Any,
        features: Any = None,
        mode: Any = None,
        regularization_losses: Any = None,
    ) -> Any:
        """The loss of logits and labels, a scalar."""

    @abstractmethod
    def predictions(self, logits: Any, keys: Any = None) -> Any:
        """Predictions by name."""

    @abstractmethod
    def metrics(self, regularization_losses: Any = None) -> Any:
        """New metrics of Keras by name."""

    @abstractmethod
    def update_metrics(
        self,
        eval_metrics: Any,
        features: Any,
        logits: Any,
        labels: Any,
        mode: Any = None,
        regularization_losses: Any = None,
    ) -> Any:
        """Metrics by name, which take a batch in."""

    def _summary_key(self, key: str) -> str:
        return f"{key}/{self.name}" if self.name else key

    def create_estimator_spec(
        self,
        features: Any,
        mode: str,
        logits: Any,
        labels: Any = None,
        optimizer: Any = None,
        trainable_variables: Any = None,
        train_op_fn: Callable[[Any], Any] | None = None,
        update_ops: Any = None,
        regularization_losses: Any = None,
    ) -> Any:
        """The EstimatorSpec of a model function.

        Args:
          features: tensors by name.
          mode: one of ModeKeys.
          logits: [D0, ..., DN, logits_dimension].
          labels: needed but to predict.
          optimizer: an optimizer of Keras, which minimizes the loss in training.
          trainable_variables: the variables that it changes.
          train_op_fn: or a function that gives the training operation of the loss.
          update_ops: operations that run with it.
          regularization_losses: scalars that are added to the loss.

        Raises:
          ValueError: shapes do not fit, or something to train is missing.
        """
        try:
            spec = self._create_tpu_estimator_spec(
                features,
                mode,
                logits,
                labels,
                optimizer,
                trainable_variables,
                train_op_fn,
                update_ops,
                regularization_losses,
            )
            return spec.as_estimator_spec()
        except NotImplementedError:
            raise NotImplementedError(
                "Subclasses of Head must implement `create_estimator_spec()` or "
                "_create_tpu_estimator_spec()."
            ) from None

    def _create_tpu_estimator_spec(self, *args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError("TPUEstimatorSpec not available for this model head.")


class SingleHead(Head):
    """What the heads of one kind of label share.

    Args:
      weight_column: the name of a feature, or a numeric column, of weights of examples.
      loss_reduction: one of `tf.keras.losses.Reduction` but NONE.
      loss_fn: another loss, a function of `labels`, `logits` and perhaps `features`.
      name: the head's name.

    Raises:
      ValueError: an argument does not fit.
    """

    _prediction_keys: tuple[str, ...]

    def __init__(
        self, weight_column: Any, loss_reduction: Any, loss_fn: Any, name: str | None
    ) -> None:
        if loss_reduction not in (Reduction.AUTO, Reduction.SUM, Reduction.SUM_OVER_BATCH_SIZE):
            raise ValueError(
                f"Invalid loss_reduction: {loss_reduction}. See `tf.losses.Reduction` for valid "
                "options."
            )
        if loss_fn:
            _check_loss_fn(loss_fn)
        self._weight_column = weight_column
        self._loss_reduction = loss_reduction
        self._loss_fn = loss_fn
        self._name = name

    @property
    def name(self) -> str | None:
        """The name, added to those of summaries and metrics."""
        return self._name

    @property
    def loss_reduction(self) -> str:
        """How losses of examples become one."""
        return self._loss_reduction  # type: ignore[no-any-return]

    @abstractmethod
    def _processed_labels(self, logits: Tensor, labels: Any) -> Tensor:
        """Labels as the loss takes them."""

    @abstractmethod
    def _unweighted_loss(self, logits: Tensor, labels: Tensor) -> Tensor:
        """The losses of examples, unless there is a function for them."""

    @abstractmethod
    def _exports(self, predictions: dict[str, Tensor]) -> dict[str, Any]:
        """Export outputs by signature, but for the plain predictions."""

    def _loss_dimension(self) -> int:
        return 1

    def _unweighted_loss_and_weights(
        self, logits: Tensor, labels: Tensor, features: Any
    ) -> tuple[Tensor, Any]:
        size = self._loss_dimension()
        if self._loss_fn:
            loss = checks.call_loss_fn(self._loss_fn, labels, logits, features, size)
        else:
            loss = self._unweighted_loss(logits, labels)
        column = self._weight_column
        if column is not None and not isinstance(column, (str, NumericColumn)):
            raise TypeError(
                "Weight column must be either a string or NumericColumn. Given type: "
                f"{type(column)}."
            )
        weights = checks.get_weights_and_check_match_logits(
            features, column, logits, self._weights_per_logit
        )
        return loss, weights

    _weights_per_logit = False

    def loss(
        self,
        labels: Any,
        logits: Any,
        features: Any = None,
        mode: Any = None,
        regularization_losses: Any = None,
    ) -> Tensor:
        """The loss of logits and labels, a scalar."""
        with name_scope(None, "losses", (logits, labels, regularization_losses, features)):
            logits = checks.check_logits_final_dim(logits, self.logits_dimension)
            labels = self._processed_labels(logits, labels)
            losses, weights = self._unweighted_loss_and_weights(logits, labels, features)
            loss: Tensor = keras_losses.weighted(losses, weights, self._loss_reduction)
            return _with_penalty(loss, regularization_losses)

    def _checked_prediction_keys(self, keys: Any) -> Any:
        for key in keys or ():
            if key not in self._prediction_keys:
                raise ValueError(
                    f"Prediction key must be in PredictionKeys, given: {key}.Valid prediction "
                    f"keys include {list(self._prediction_keys)}."
                )
        return keys or self._prediction_keys

    def _penalty_metric(self, regularization_losses: Any) -> dict[str, Any]:
        key = MetricKeys.LOSS_REGULARIZATION
        if regularization_losses is None:
            return {}
        return {self._summary_key(key): keras_metrics.Mean(name=key)}

    def _update_penalty(self, eval_metrics: Any, regularization_losses: Any) -> None:
        if regularization_losses is not None:
            key = self._summary_key(MetricKeys.LOSS_REGULARIZATION)
            eval_metrics[key].update_state(values=math_ops.add_n(regularization_losses))

    def _create_tpu_estimator_spec(
        self,
        features: Any,
        mode: str,
        logits: Any,
        labels: Any = None,
        optimizer: Any = None,
        trainable_variables: Any = None,
        train_op_fn: Any = None,
        update_ops: Any = None,
        regularization_losses: Any = None,
    ) -> TPUEstimatorSpec:
        with name_scope(self._name, "head"):
            predictions = self.predictions(logits)
            if mode == ModeKeys.PREDICT:
                outputs = self._exports(predictions)
                outputs[PREDICT_SERVING_KEY] = PredictOutput(predictions)
                return TPUEstimatorSpec(mode, predictions, export_outputs=outputs)
            loss = self.loss(labels, logits, features, mode, regularization_losses)
            if mode == ModeKeys.EVAL:
                given = {
                    "eval_metrics": self.metrics(regularization_losses=regularization_losses),
                    "features": features,
                    "logits": logits,
                    "labels": labels,
                    "regularization_losses": regularization_losses,
                }
                pair = metrics_pair(self.update_metrics, given)
                return TPUEstimatorSpec(mode, predictions, loss, eval_metrics=pair)
            train_op = training_op(loss, optimizer, trainable_variables, train_op_fn, update_ops)
        write_summaries(loss, regularization_losses, self._summary_key)
        return TPUEstimatorSpec(ModeKeys.TRAIN, predictions, loss, train_op)


def _with_penalty(loss: Any, regularization_losses: Any) -> Any:
    if regularization_losses is None:
        return loss
    return loss + math_ops.add_n(regularization_losses)


def _check_loss_fn(loss_fn: Callable[..., Any]) -> None:
    taken = fn_args(loss_fn)
    for required in ("labels", "logits"):
        if required not in taken:
            raise ValueError(f"loss_fn must contain argument: {required}. Given arguments: {taken}")
    unknown = list(set(taken) - {"labels", "logits", "features", "loss_reduction"})
    if unknown:
        raise ValueError(f"loss_fn has unexpected args: {unknown}")


def dense_labels(labels: Any, logits: Tensor, size: int) -> Tensor:
    """Labels [D0, ..., DN, size], to which [D0, ..., DN] are reshaped.

    Raises:
      ValueError: there are none, they are sparse, or their shape does not fit.
    """
    if labels is None:
        raise missing_labels()
    with name_scope(None, "labels", (labels, logits)) as scope:
        labels = convert_to_tensor_or_sparse_tensor(labels)
        if isinstance(labels, SparseTensor):
            raise ValueError(
                "SparseTensor labels are not supported. Labels must be a Tensor of shape [D0, D1, "
                f"..., DN, {size}], e.g. [batch_size, {size}].Suggested Fix (1): Check the label "
                f"feature in your data. Each example must contain {size} value(s). If not, your "
                "choice of label was probably incorrect. Suggested Fix (2): In your input_fn, use "
                "tf.sparse_tensor_to_dense() to turn labels into a Tensor."
            )
        ranks = labels.shape.ndims, logits.shape.ndims
        if None not in ranks and ranks[0] == ranks[1] - 1:
            labels = array_ops.expand_dims(labels, -1)
        message = (
            f"labels shape must be [D0, D1, ... DN, {size}]. Suggested Fix: check your n_classes "
            "argument to the head and/or the shape of your label."
        )
        with control_dependencies([shape_checks.assert_rank_at_least(labels, 2, message=message)]):
            found = labels.shape[-1].value if labels.shape.ndims is not None else None
            if found is not None and found != size:
                raise ValueError(
                    f"Mismatched label shape. Expected labels dimension={size}.  Received {found}. "
                    "Suggested Fix: If your classifier expects one-hot encoding label, check your "
                    "n_classes argument to the estimator and/or the shape of your label. "
                    "Otherwise, check the shape of your label."
                )
            wanted = array_ops.shape(logits)
            wanted = array_ops.concat([wanted[:-1], [size]], axis=0)
            shape = array_ops.shape(labels)
            data = ["expected_labels_shape: ", wanted, "labels_shape: ", shape]
            fits = check_ops.assert_equal(wanted, shape, message=message, data=data)
            with control_dependencies([fits]):
                return array_ops.identity(labels, name=scope)


def missing_labels() -> ValueError:
    """The error of a head without labels."""
    return ValueError(
        "You must provide a labels Tensor. Given: None. Suggested troubleshooting steps: Check "
        "that your data contains your label feature. Check that your input_fn properly parses and "
        "returns labels."
    )


def check_label_range(labels: Tensor, n_classes: Any, message: str | None = None) -> Tensor:
    """Labels, which must be within 0 and `n_classes` - 1 when they are run."""
    with name_scope(None, "check_label_range", (labels,)):
        less = check_ops.assert_less_equal(
            labels,
            convert_to_tensor(n_classes - 1, dtype=labels.dtype),
            message=message or "Labels must be <= n_classes - 1",
        )
        not_less = check_ops.assert_non_negative(labels, message=message or "Labels must be >= 0")
        with control_dependencies((less, not_less)):
            return array_ops.identity(labels)


def for_each(values: Any, like: Tensor) -> Tensor:
    """The same values for each example of a batch."""
    batch = array_ops.shape(like)[0]
    if callable(values):
        values = values()
    wide = array_ops.expand_dims(input=values, axis=0)
    return array_ops.tile(input=wide, multiples=[batch, 1])


def class_names(n_classes: Any, vocabulary: Any) -> Any:
    """What gives the names of classes: their numbers, without a vocabulary."""
    return vocabulary or (lambda: string_ops.as_string(math_ops.range(n_classes)))


def classification(scores: Tensor, n_classes: Any, vocabulary: Any) -> dict[str, Any]:
    """The export outputs of a classifier."""
    names = for_each(class_names(n_classes, vocabulary), scores)
    output = ClassificationOutput(scores=scores, classes=names)
    return {DEFAULT_SERVING_KEY: output, CLASSIFY_SERVING_KEY: output}


def update_broadcast(metric: Any, values: Any, weights: Any) -> None:
    """Takes values into a metric, with weights made as large."""
    values = math_ops.to_float(values)
    if weights is not None:
        weights = broadcast_weights(weights, values)
    metric.update_state(values=values, sample_weight=weights)


def _check_listed(values: Any, name: str) -> None:
    if not isinstance(values, (list, tuple)):
        raise ValueError(f"{name} should be a list or a tuple. Given type: {type(values)}.")


def training_op(
    loss: Any, optimizer: Any, trainable_variables: Any, train_op_fn: Any, update_ops: Any
) -> Any:
    """The operation that trains; arguments as of `Head.create_estimator_spec`."""
    if update_ops is not None:
        _check_listed(update_ops, "update_ops")
    with name_scope(""), name_scope("training"):
        if optimizer is not None and train_op_fn is not None:
            raise ValueError("train_op_fn and optimizer cannot both be set.")
        if optimizer is not None:
            if not isinstance(optimizer, OptimizerV2):
                raise ValueError(
                    "The given optimizer is not a tf.keras.optimizers.Optimizer instance. Given: "
                    f"{optimizer}"
                )
            if trainable_variables is None:
                raise ValueError(f"trainable_variables cannot be None. Given {trainable_variables}")
            _check_listed(trainable_variables, "trainable_variables")
            train_op = optimizer.get_updates(loss, trainable_variables)[0]
        elif train_op_fn is not None:
            train_op = train_op_fn(loss)
        else:
            raise ValueError("train_op_fn and optimizer cannot both be None.")
        return train_op if update_ops is None else grouping.group(train_op, *update_ops)


def write_summaries(
    loss: Any, regularization_losses: Any, key: Callable[[str], str] = lambda name: name
) -> None:
    """Summaries of the loss, and of what was added to it."""
    with name_scope(""):
        summary.scalar(key(MetricKeys.LOSS), loss)
        if regularization_losses is not None:
            penalty = math_ops.add_n(regularization_losses)
            summary.scalar(key(MetricKeys.LOSS_REGULARIZATION), penalty)
