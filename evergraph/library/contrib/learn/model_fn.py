"""What model functions of `tf.contrib.learn` are asked for and give."""

import collections
from typing import Any

from evergraph.api import shapes
from evergraph.base import dtypes
from evergraph.base.deprecation import deprecated
from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.graph.composite import convert_to_tensor_or_sparse_tensor
from evergraph.graph.conversion import convert_to_tensor, get_graph_from_inputs
from evergraph.graph.operation import Operation
from evergraph.library.contrib.learn.keys import MetricKey, PredictionKey, ProblemType
from evergraph.library.estimator import mode_keys
from evergraph.library.estimator.model_fn import EstimatorSpec
from evergraph.library.saved_model import export_output, signature_constants
from evergraph.library.train.session_run_hook import SessionRunHook


@export("contrib.learn.ModeKeys")
class ModeKeys:
    """What a model function is called for. Stands for `tf.contrib.learn.ModeKeys`."""

    TRAIN = "train"
    EVAL = "eval"
    INFER = "infer"

    @classmethod
    def validate(cls, key: Any) -> None:
        """Raises ValueError: `key` is none of them."""
        if key not in (cls.TRAIN, cls.EVAL, cls.INFER):
            raise ValueError(f"Invalid mode {key}.")


_CORE_MODES = {
    ModeKeys.TRAIN: mode_keys.ModeKeys.TRAIN,
    ModeKeys.EVAL: mode_keys.ModeKeys.EVAL,
    ModeKeys.INFER: mode_keys.ModeKeys.PREDICT,
}

_FIELDS = [
    "predictions",
    "loss",
    "train_op",
    "eval_metric_ops",
    "output_alternatives",
    "training_chief_hooks",
    "training_hooks",
    "scaffold",
    "mode",
]


@export("contrib.learn.ModelFnOps")
class ModelFnOps(collections.namedtuple("ModelFnOps", _FIELDS)):
    """What a model function gives. Stands for `tf.contrib.learn.ModelFnOps`.

    Args:
      mode: one of ModeKeys.
      predictions: a tensor or a dict of them; needed to evaluate and to infer.
      loss: a number; needed to train and to evaluate.
      train_op: what makes a step; needed to train.
      eval_metric_ops: values and update ops of metrics by name.
      output_alternatives: (problem type, dict of tensors) by the head's name, for exports.
      training_chief_hooks, training_hooks: hooks for training, those of the chief alone first.
      scaffold: a `tf.train.Scaffold`.

    Raises:
      ValueError: something is missing or does not fit.
      TypeError: a hook is none.
    """

    @deprecated(
        None,
        "When switching to tf.estimator.Estimator, use tf.estimator.EstimatorSpec. You can use "
        "the `estimator_spec` method to create an equivalent one.",
    )
    def __new__(
        cls,
        mode: str,
        predictions: Any = None,
        loss: Any = None,
        train_op: Any = None,
        eval_metric_ops: Any = None,
        output_alternatives: Any = None,
        training_chief_hooks: Any = None,
        training_hooks: Any = None,
        scaffold: Any = None,
    ) -> "ModelFnOps":
        ModeKeys.validate(mode)
        get_graph_from_inputs((predictions, loss, train_op))
        train_op = _checked_train_op(mode, train_op)
        loss = _checked_loss(mode, loss)
        predictions = _checked_predictions(mode, predictions)
        if not isinstance(eval_metric_ops, (dict, type(None))):
            raise ValueError("eval_metric_ops must be a dict.")
        training_chief_hooks = training_chief_hooks or []
        training_hooks = training_hooks or []
        for hook in training_hooks + training_chief_hooks:
            if not isinstance(hook, SessionRunHook):
                raise TypeError(
                    "All hooks returned from model_fn must be SessionRunHook instances, got "
                    f"instance of {type(hook)}: {hook}"
                )
        return super().__new__(
            cls,
            predictions=predictions,
            loss=loss,
            train_op=train_op,
            eval_metric_ops={} if eval_metric_ops is None else eval_metric_ops,
            output_alternatives=output_alternatives,
            training_chief_hooks=training_chief_hooks,
            training_hooks=training_hooks,
            scaffold=scaffold,
            mode=mode,
        )

    def estimator_spec(self, default_serving_output_alternative_key: Any = None) -> EstimatorSpec:
        """The same as an EstimatorSpec.

        Args:
          default_serving_output_alternative_key: which of several heads is the default.

        Raises:
          ValueError: a problem type is unknown.
        """
        alternatives = self.output_alternatives
        default = signature_constants.DEFAULT_SERVING_SIGNATURE_DEF_KEY
        if alternatives and len(alternatives) > 1 and default not in alternatives:
            chosen = alternatives[default_serving_output_alternative_key]
            alternatives = {**alternatives, default: chosen}
        outputs = {key: _export_output(*value) for key, value in (alternatives or {}).items()}
        metrics = self.eval_metric_ops.items()
        return EstimatorSpec(
            mode=_CORE_MODES[self.mode],
            predictions=self.predictions,
            loss=self.loss,
            train_op=self.train_op,
            eval_metric_ops={key: value for key, value in metrics if key != MetricKey.LOSS},
            export_outputs=outputs or None,
            training_chief_hooks=self.training_chief_hooks,
            training_hooks=self.training_hooks,
            scaffold=self.scaffold,
        )


def _checked_train_op(mode: str, train_op: Any) -> Any:
    if train_op is None:
        if mode == ModeKeys.TRAIN:
            raise ValueError("Missing train_op.")
        return None
    return train_op if isinstance(train_op, Operation) else convert_to_tensor(train_op).op


def _checked_loss(mode: str, loss: Any) -> Any:
    if loss is None:
        if mode in (ModeKeys.TRAIN, ModeKeys.EVAL):
            raise ValueError("Missing loss.")
        return None
    loss = convert_to_tensor(loss)
    if loss.shape.num_elements() not in (None, 1):
        raise ValueError(f"Loss must be scalar: {loss}.")
    return loss if loss.shape.is_compatible_with([]) else shapes.reshape(loss, [])


def _checked_predictions(mode: str, predictions: Any) -> Any:
    if predictions is None:
        if mode in (ModeKeys.INFER, ModeKeys.EVAL):
            raise ValueError("Missing predictions.")
        return None
    if isinstance(predictions, dict):
        return {k: convert_to_tensor_or_sparse_tensor(v) for k, v in predictions.items()}
    return convert_to_tensor_or_sparse_tensor(predictions)


def _export_output(problem_type: Any, predictions: dict[str, Any]) -> Any:
    if problem_type == ProblemType.LINEAR_REGRESSION:
        return export_output.RegressionOutput(_scores(predictions))
    if problem_type in (ProblemType.CLASSIFICATION, ProblemType.LOGISTIC_REGRESSION):
        return export_output.ClassificationOutput(
            scores=_scores(predictions), classes=_servable_classes(predictions)
        )
    if problem_type == ProblemType.UNSPECIFIED:
        return export_output.PredictOutput(predictions)
    raise ValueError(f"Unknown problem_type={problem_type}")


def _scores(predictions: dict[str, Any]) -> Any:
    scores = predictions.get(PredictionKey.SCORES)
    return predictions.get(PredictionKey.PROBABILITIES) if scores is None else scores


def _servable_classes(predictions: dict[str, Any]) -> Any:
    """The classes, if they are text: servers know no others."""
    classes = predictions.get(PredictionKey.CLASSES)
    if classes is not None and classes.dtype == dtypes.string:
        return classes
    what = "None" if classes is None else "not string"
    logging.warning(f"classes is {what}, Servo inference will not have class ids.")
    return None
