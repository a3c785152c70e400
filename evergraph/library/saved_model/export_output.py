"""What a model gives, as the signatures of a SavedModel need it."""

import abc
from collections.abc import Callable
from typing import Any

from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.graph.constant import constant
from evergraph.graph.defaults import control_dependencies
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Tensor
from evergraph.library.saved_model import signature_def_utils_impl as signatures

Tensors = dict[str, Tensor]


@export("estimator.export.ExportOutput")
class ExportOutput(abc.ABC):
    """Outputs that become a signature."""

    _SEPARATOR_CHAR = "/"

    @abc.abstractmethod
    def as_signature_def(self, receiver_tensors: Tensors) -> Any:
        """The SignatureDef, with `receiver_tensors` as inputs."""

    def _check_output_key(self, key: Any, error_label: str) -> str:
        if isinstance(key, tuple):
            key = self._SEPARATOR_CHAR.join(key)
        if not isinstance(key, str):
            raise ValueError(f"{error_label} output key must be a string; got {key}.")
        return key

    def _wrap_and_check_outputs(
        self, outputs: Any, single_output_default_name: str, error_label: str | None = None
    ) -> Tensors:
        """Outputs by name; a single tensor gets the default name."""
        if not isinstance(outputs, dict):
            outputs = {single_output_default_name: outputs}
        label = error_label or single_output_default_name
        checked = {}
        for key, value in outputs.items():
            name = self._check_output_key(key, label)
            if not isinstance(value, Tensor):
                raise ValueError(f"{label} output value must be a Tensor; got {value}.")
            checked[name] = value
        return checked


def _single_examples(receiver_tensors: Tensors, kind: str) -> Tensor:
    """The one input, which must be text."""
    examples = next(iter(receiver_tensors.values())) if len(receiver_tensors) == 1 else None
    if examples is None or dtypes.as_dtype(examples.dtype) != dtypes.string:
        raise ValueError(f"{kind} input must be a single string Tensor; got {receiver_tensors}")
    return examples


@export("estimator.export.ClassificationOutput")
class ClassificationOutput(ExportOutput):
    """Classes and their scores.

    Args:
      scores: a tensor of floating point numbers, or None.
      classes: a string tensor, or None.

    Raises:
      ValueError: both are None, or one is of another type.
    """

    def __init__(self, scores: Any = None, classes: Any = None) -> None:
        if scores is not None and not _is_floating(scores):
            raise ValueError(f"Classification scores must be a float32 Tensor; got {scores}")
        if classes is not None and not (
            isinstance(classes, Tensor) and dtypes.as_dtype(classes.dtype) == dtypes.string
        ):
            raise ValueError(f"Classification classes must be a string Tensor; got {classes}")
        if scores is None and classes is None:
            raise ValueError("At least one of scores and classes must be set.")
        self._scores = scores
        self._classes = classes

    @property
    def scores(self) -> Any:
        """The scores."""
        return self._scores

    @property
    def classes(self) -> Any:
        """The classes."""
        return self._classes

    def as_signature_def(self, receiver_tensors: Tensors) -> Any:
        examples = _single_examples(receiver_tensors, "Classification")
        return signatures.classification_signature_def(examples, self.classes, self.scores)


@export("estimator.export.RegressionOutput")
class RegressionOutput(ExportOutput):
    """The values of a regression, a tensor of floating point numbers. Raises ValueError for
    anything else."""

    def __init__(self, value: Any) -> None:
        if not _is_floating(value):
            raise ValueError(f"Regression output value must be a float32 Tensor; got {value}")
        self._value = value

    @property
    def value(self) -> Tensor:
        """The values."""
        return self._value  # type: ignore[no-any-return]

    def as_signature_def(self, receiver_tensors: Tensors) -> Any:
        examples = _single_examples(receiver_tensors, "Regression")
        return signatures.regression_signature_def(examples, self.value)


def _is_floating(value: Any) -> bool:
    return isinstance(value, Tensor) and value.dtype.is_floating


@export("estimator.export.PredictOutput")
class PredictOutput(ExportOutput):
    """Any outputs: a tensor, or tensors by name. Raises ValueError for anything else."""

    _SINGLE_OUTPUT_DEFAULT_NAME = "output"

    def __init__(self, outputs: Any) -> None:
        self._outputs = self._wrap_and_check_outputs(
            outputs, self._SINGLE_OUTPUT_DEFAULT_NAME, error_label="Prediction"
        )

    @property
    def outputs(self) -> Tensors:
        """The outputs by name."""
        return self._outputs

    def as_signature_def(self, receiver_tensors: Tensors) -> Any:
        return signatures.predict_signature_def(receiver_tensors, self.outputs)


class _SupervisedOutput(ExportOutput):
    """What training and evaluation give.

    Args:
      loss, predictions: a tensor, or tensors by name; or None.
      metrics: value and update by name, or metrics of Keras; or None.
    """

    LOSS_NAME = "loss"
    PREDICTIONS_NAME = "predictions"
    METRICS_NAME = "metrics"
    METRIC_VALUE_SUFFIX = "value"
    METRIC_UPDATE_SUFFIX = "update_op"

    def __init__(self, loss: Any = None, predictions: Any = None, metrics: Any = None) -> None:
        self._loss = self._named(loss, self.LOSS_NAME)
        self._predictions = self._named(predictions, self.PREDICTIONS_NAME)
        self._metrics = None if metrics is None else self._wrap_and_check_metrics(metrics)

    def _named(self, outputs: Any, name: str) -> Tensors | None:
        if outputs is None:
            return None
        return self._prefix_output_keys(self._wrap_and_check_outputs(outputs, name), name)

    def _prefix_output_keys(self, output_dict: Tensors, output_name: str) -> Tensors:
        return {self._prefix_key(key, output_name): value for key, value in output_dict.items()}

    def _prefix_key(self, key: str, output_name: str) -> str:
        return key if key.startswith(output_name) else output_name + self._SEPARATOR_CHAR + key

    def _wrap_and_check_metrics(self, metrics: Any) -> Tensors:
        if not isinstance(metrics, dict):
            metrics = {self.METRICS_NAME: metrics}
        outputs = {}
        for key, metric in metrics.items():
            value, update = metric if isinstance(metric, tuple) else _of_keras(metric)
            name = self._prefix_key(
                self._check_output_key(key, self.METRICS_NAME), self.METRICS_NAME
            )
            if not isinstance(value, Tensor):
                raise ValueError(f"{name} output value must be a Tensor; got {value}.")
            if not isinstance(update, (Tensor, Operation)):
                raise ValueError(f"{name} update_op must be a Tensor or Operation; got {update}.")
            if isinstance(update, Operation):
                # Signatures name tensors only.
                with control_dependencies([update]):
                    update = constant([], name="metric_op_wrapper")
            outputs[name + self._SEPARATOR_CHAR + self.METRIC_VALUE_SUFFIX] = value
            outputs[name + self._SEPARATOR_CHAR + self.METRIC_UPDATE_SUFFIX] = update
        return outputs

    @property
    def loss(self) -> Tensors | None:
        """The loss, by name."""
        return self._loss

    @property
    def predictions(self) -> Tensors | None:
        """The predictions by name."""
        return self._predictions

    @property
    def metrics(self) -> Tensors | None:
        """Values and updates of the metrics by name."""
        return self._metrics

    @abc.abstractmethod
    def _get_signature_def_fn(self) -> Callable[..., Any]:
        """The function that makes the signature."""

    def as_signature_def(self, receiver_tensors: Tensors) -> Any:
        make = self._get_signature_def_fn()
        return make(receiver_tensors, self.loss, self.predictions, self.metrics)


def _of_keras(metric: Any) -> tuple[Any, Any]:
    assert len(metric.updates) == 1
    return metric.result(), metric.updates[0]


class TrainOutput(_SupervisedOutput):
    """What training gives."""

    def _get_signature_def_fn(self) -> Callable[..., Any]:
        return signatures.supervised_train_signature_def


class EvalOutput(_SupervisedOutput):
    """What evaluation gives."""

    def _get_signature_def_fn(self) -> Callable[..., Any]:
        return signatures.supervised_eval_signature_def
