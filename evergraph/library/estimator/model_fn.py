"""What a model function gives: `tf.estimator.EstimatorSpec`, and the checks of it."""

from collections import namedtuple
from collections.abc import Callable
from typing import Any

from evergraph.api import array_ops, variables
from evergraph.base import nest
from evergraph.base.export import export
from evergraph.base.function_utils import fn_args
from evergraph.base.platform import logging
from evergraph.base.tensor_shape import TensorShape
from evergraph.graph.conversion import is_dense_tensor_like
from evergraph.graph.defaults import add_to_collection, get_collection
from evergraph.graph.graph import get_default_graph
from evergraph.graph.keys import GraphKeys
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Tensor
from evergraph.library.estimator.mode_keys import ModeKeys
from evergraph.library.keras.metrics import Metric
from evergraph.library.saved_model import export_utils
from evergraph.library.train.scaffold import Scaffold
from evergraph.library.train.session_run_hook import SessionRunHook

LOSS_METRIC_KEY = "loss"
AVERAGE_LOSS_METRIC_KEY = "average_loss"

_MODEL_FN_ARGS = {"features", "labels", "mode", "params", "self", "config"}


@export("estimator.EstimatorSpec")
class EstimatorSpec(
    namedtuple(
        "EstimatorSpec",
        [
            "mode",
            "predictions",
            "loss",
            "train_op",
            "eval_metric_ops",
            "export_outputs",
            "training_chief_hooks",
            "training_hooks",
            "scaffold",
            "evaluation_hooks",
            "prediction_hooks",
        ],
    )
):
    """The nodes that an Estimator runs. Stands for `tf.estimator.EstimatorSpec`.

    Args:
      mode: one of `ModeKeys`; it says which of the others must be there.
      predictions: a tensor, or tensors by name; needed to predict.
      loss: a tensor of one element; needed to train and to evaluate.
      train_op: an operation or tensor; needed to train.
      eval_metric_ops: pairs (value, update) by name, as `tf.metrics` gives them, or metrics of
        Keras.
      export_outputs: ExportOutputs by name, kept when predicting; default: the predictions.
      training_chief_hooks, training_hooks: SessionRunHooks for training, the first for the chief.
      scaffold: a `tf.train.Scaffold`; default: a new one.
      evaluation_hooks, prediction_hooks: SessionRunHooks for the other modes.

    Raises:
      ValueError: something is missing or of another graph.
      TypeError: something is of another kind.
    """

    def __new__(
        cls,
        mode: str,
        predictions: Any = None,
        loss: Any = None,
        train_op: Any = None,
        eval_metric_ops: Any = None,
        export_outputs: Any = None,
        training_chief_hooks: Any = None,
        training_hooks: Any = None,
        scaffold: Any = None,
        evaluation_hooks: Any = None,
        prediction_hooks: Any = None,
    ) -> "EstimatorSpec":
        train_op = _checked_train_op(train_op, mode)
        loss = _checked_loss(loss, mode)
        predictions = _checked_predictions(predictions, mode)
        if mode == ModeKeys.PREDICT:
            export_outputs = export_utils.get_export_outputs(export_outputs, predictions)
        return super().__new__(
            cls,
            mode=mode,
            predictions=predictions,
            loss=loss,
            train_op=train_op,
            export_outputs=export_outputs,
            training_hooks=_checked_hooks(training_hooks),
            evaluation_hooks=_checked_hooks(evaluation_hooks),
            prediction_hooks=_checked_hooks(prediction_hooks),
            training_chief_hooks=_checked_hooks(training_chief_hooks),
            eval_metric_ops=_checked_metrics(eval_metric_ops),
            scaffold=_checked_scaffold(scaffold),
        )

    def _replace(self, **kwds: Any) -> "EstimatorSpec":
        """Another one with other fields, all of them checked again."""
        if kwds.get("mode", self.mode) != self.mode:
            raise ValueError("mode of EstimatorSpec cannot be changed.")
        return EstimatorSpec(**{**self._asdict(), **kwds})


def _check_graph(value: Any, kind: str, described: str | None = None) -> None:
    if value.graph is not get_default_graph():
        raise ValueError(
            f'{kind} with "{described or value.name}" must be from the default graph. Possible '
            f"causes of this error include: \n\n1) {kind} was created outside the context of the "
            "default graph.\n\n2) The object passed through to EstimatorSpec was not created in "
            'the most recent call to "model_fn".'
        )


def _checked_train_op(train_op: Any, mode: str) -> Any:
    if train_op is None:
        if mode == ModeKeys.TRAIN:
            raise ValueError("Missing train_op.")
        return None
    if not (isinstance(train_op, Operation) or is_dense_tensor_like(train_op)):
        raise TypeError(f"train_op must be Operation or Tensor, given: {train_op}")
    if isinstance(train_op, variables.Variable):
        train_op = train_op.op
    _check_graph(train_op, "train_op")
    return train_op


def _checked_tensor(value: Any, name: str) -> Any:
    if not is_dense_tensor_like(value):
        raise TypeError(f"{name} must be Tensor, given: {value}")
    return value


def _checked_loss(loss: Any, mode: str) -> Any:
    if loss is None:
        if mode in (ModeKeys.TRAIN, ModeKeys.EVAL):
            raise ValueError("Missing loss.")
        return None
    shape = _checked_tensor(loss, "loss").get_shape()
    if shape.num_elements() not in (None, 1):
        raise ValueError(f"Loss must be scalar, given: {loss}")
    if not shape.is_compatible_with(TensorShape([])):
        loss = array_ops.reshape(loss, [])
    _check_graph(loss, "loss")
    return loss


def _checked_predictions(predictions: Any, mode: str) -> Any:
    if predictions is None:
        if mode == ModeKeys.PREDICT:
            raise ValueError("Missing predictions.")
        return {}
    if not isinstance(predictions, dict):
        _check_graph(_checked_tensor(predictions, "predictions"), "prediction values")
        return predictions
    for key, value in predictions.items():
        _checked_tensor(value, f"predictions[{key}]")
    for key, value in predictions.items():
        _check_graph(value, "prediction values", f"{key}: {value.name}")
    return dict(predictions)


def _checked_hooks(hooks: Any) -> tuple[Any, ...]:
    hooks = tuple(hooks or [])
    for hook in hooks:
        if not isinstance(hook, SessionRunHook):
            raise TypeError(f"All hooks must be SessionRunHook instances, given: {hook}")
    return hooks


def _checked_metrics(metrics: Any) -> dict[str, Any]:
    if metrics is None:
        return {}
    if not isinstance(metrics, dict):
        raise TypeError(f"eval_metric_ops must be a dict, given: {metrics}")
    for key, value in metrics.items():
        if isinstance(value, Metric):
            if not value.updates:
                raise ValueError(f'Please call update_state(...) on the "{value.name}" metric')
        elif not isinstance(value, tuple) or len(value) != 2:
            raise TypeError(
                "Values of eval_metric_ops must be (metric_value, update_op) tuples, given: "
                f"{value} for key: {key}"
            )
    for key, value in metrics.items():
        of_keras = isinstance(value, Metric)
        for part in [*value.updates, value.result()] if of_keras else nest.flatten(value):
            _check_graph(part, "eval_metric_ops", f"{key}: {part.name}")
    kept = []
    for key, value in metrics.items():
        if isinstance(value, Metric):
            kept.extend(value.variables)
            metrics[key] = (value.result(), value.updates[0])
    # No collection has the variables of Keras's metrics; here they are to be initialized.
    for name in (GraphKeys.LOCAL_VARIABLES, GraphKeys.METRIC_VARIABLES):
        for variable in kept:
            if all(variable is not found for found in get_collection(name)):
                add_to_collection(name, variable)
    return metrics


def _checked_scaffold(scaffold: Any) -> Scaffold:
    scaffold = scaffold or Scaffold()
    if not isinstance(scaffold, Scaffold):
        raise TypeError(f"scaffold must be tf.train.Scaffold. Given: {scaffold}")
    return scaffold


@export("estimator.experimental.call_logit_fn", "contrib.estimator.call_logit_fn")
def call_logit_fn(
    logit_fn: Callable[..., Any], features: Any, mode: str, params: Any, config: Any
) -> Any:
    """Calls a function that makes logits with those of `mode`, `params`, `config` that it takes.
    Stands for `tf.estimator.experimental.call_logit_fn`.

    Returns:
      A tensor, or tensors by name.

    Raises:
      ValueError: it gave something else.
    """
    known = {"mode": mode, "params": params, "config": config}
    taken = fn_args(logit_fn)
    logits = logit_fn(
        features=features, **{name: value for name, value in known.items() if name in taken}
    )
    named = isinstance(logits, dict) and all(
        isinstance(key, str) and isinstance(value, Tensor) for key, value in logits.items()
    )
    if not (named or isinstance(logits, Tensor)):
        raise ValueError(
            "logit_fn should return a Tensor or a dictionary mapping strings to Tensors.  logit_fn "
            f"returned: {logits}"
        )
    return logits


def verify_model_fn_args(model_fn: Callable[..., Any], params: Any) -> None:
    """Raises ValueError where a model function lacks `features`, takes what nobody gives it, or
    does not take the `params` that there are."""
    taken = set(fn_args(model_fn))
    if "features" not in taken:
        raise ValueError(f"model_fn ({model_fn}) must include features argument.")
    if params is not None and "params" not in taken:
        raise ValueError(
            f"model_fn ({model_fn}) does not include params argument, but params ({params}) is "
            "passed to Estimator."
        )
    if params is None and "params" in taken:
        logging.warning(
            "Estimator's model_fn (%s) includes params argument, but params are not passed to "
            "Estimator.",
            model_fn,
        )
    unknown = list(taken - _MODEL_FN_ARGS)
    if unknown:
        raise ValueError(f"model_fn ({model_fn}) has following not expected args: {unknown}")
