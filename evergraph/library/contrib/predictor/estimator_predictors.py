"""Predictors of Estimators, with the values of their latest checkpoints."""

from collections.abc import Callable
from typing import Any

from evergraph.base.export import export
from evergraph.graph.graph import Graph
from evergraph.library.contrib.learn import estimator as earlier
from evergraph.library.contrib.learn.export_utils import (
    DEFAULT_INPUT_ALTERNATIVE_KEY,
    get_input_alternatives,
    get_output_alternatives,
)
from evergraph.library.contrib.predictor.predictor import Predictor
from evergraph.library.estimator.estimator import Estimator
from evergraph.library.estimator.mode_keys import ModeKeys
from evergraph.library.saved_model.signature_constants import DEFAULT_SERVING_SIGNATURE_DEF_KEY
from evergraph.library.train.checkpoint_management import latest_checkpoint
from evergraph.library.train.monitored_session import ChiefSessionCreator, MonitoredSession


class CoreEstimatorPredictor(Predictor):
    """A predictor of an Estimator; arguments as of `from_estimator`."""

    def __init__(
        self,
        estimator: Any,
        serving_input_receiver_fn: Callable[[], Any],
        output_key: str | None = None,
        graph: Graph | None = None,
        config: Any = None,
    ) -> None:
        self._graph = graph or Graph()
        with self._graph.as_default():
            received = serving_input_receiver_fn()
            signature = _signature(received, estimator, output_key)
            creator = ChiefSessionCreator(config=config, checkpoint_dir=estimator.model_dir)
            self._session: Any = MonitoredSession(session_creator=creator)
        tensor = self._graph.get_tensor_by_name
        self._feed_tensors = {key: tensor(info.name) for key, info in signature.inputs.items()}
        self._fetch_tensors = {key: tensor(info.name) for key, info in signature.outputs.items()}


def _signature(received: Any, estimator: Any, output_key: str | None) -> Any:
    key = DEFAULT_SERVING_SIGNATURE_DEF_KEY if output_key is None else output_key
    spec = estimator.model_fn(received.features, None, ModeKeys.PREDICT, estimator.config)
    if key not in spec.export_outputs:
        raise KeyError(f"output_key must be one of {spec.export_outputs.keys()}; got {key}")
    return spec.export_outputs[key].as_signature_def(received.receiver_tensors)


class ContribEstimatorPredictor(Predictor):
    """A predictor of an earlier Estimator; arguments as of `from_contrib_estimator`."""

    def __init__(
        self,
        estimator: Any,
        prediction_input_fn: Callable[[], Any],
        input_alternative_key: str | None = None,
        output_alternative_key: str | None = None,
        graph: Graph | None = None,
        config: Any = None,
    ) -> None:
        self._graph = graph or Graph()
        with self._graph.as_default():
            inputs = prediction_input_fn()
            ops = estimator._get_predict_ops(inputs.features)
            creator = ChiefSessionCreator(
                config=config,
                checkpoint_filename_with_path=latest_checkpoint(estimator.model_dir),
            )
            self._session: Any = MonitoredSession(session_creator=creator)
        feeds, _ = get_input_alternatives(inputs)
        self._feed_tensors = feeds[input_alternative_key or DEFAULT_INPUT_ALTERNATIVE_KEY]
        outputs, key = get_output_alternatives(ops, output_alternative_key)
        self._fetch_tensors = outputs[key][1]


@export("contrib.predictor.from_estimator")
def from_estimator(
    estimator: Any,
    serving_input_receiver_fn: Callable[[], Any],
    output_key: str | None = None,
    graph: Graph | None = None,
    config: Any = None,
) -> CoreEstimatorPredictor:
    """A predictor of a `tf.estimator.Estimator`: a function of a dict of arrays. Stands for
    `tf.contrib.predictor.from_estimator`.

    Args:
      estimator: the Estimator, which has a checkpoint.
      serving_input_receiver_fn: gives a ServingInputReceiver.
      output_key: which of the model's export outputs; default: "serving_default".
      graph: the graph to build it in; default: a new one.
      config: a ConfigProto for the session.

    Raises:
      TypeError: it is an Estimator of `tf.contrib.learn`.
      KeyError: there is no such output.
    """
    if isinstance(estimator, earlier.Estimator):
        raise TypeError(
            "Expected estimator to be of type tf.python.estimator.Estimator, but got type "
            "tf.contrib.learn.Estimator. You likely want to call from_contrib_estimator."
        )
    return CoreEstimatorPredictor(estimator, serving_input_receiver_fn, output_key, graph, config)


@export("contrib.predictor.from_contrib_estimator")
def from_contrib_estimator(
    estimator: Any,
    prediction_input_fn: Callable[[], Any],
    input_alternative_key: str | None = None,
    output_alternative_key: str | None = None,
    graph: Graph | None = None,
    config: Any = None,
) -> ContribEstimatorPredictor:
    """A predictor of a `tf.contrib.learn.Estimator`. Stands for
    `tf.contrib.predictor.from_contrib_estimator`.

    Args:
      estimator: the Estimator, which has a checkpoint.
      prediction_input_fn: gives InputFnOps.
      input_alternative_key: which inputs to feed; default: the usual ones.
      output_alternative_key: which outputs; may be left out where there are only one head's.
      graph, config: as of `from_estimator`.

    Raises:
      TypeError: it is a `tf.estimator.Estimator`.
    """
    if isinstance(estimator, Estimator):
        raise TypeError(
            "Expected estimator to be of type tf.contrib.learn.Estimator, but got type "
            "tf.python.estimator.Estimator. You likely want to call from_estimator."
        )
    return ContribEstimatorPredictor(
        estimator,
        prediction_input_fn,
        input_alternative_key,
        output_alternative_key,
        graph,
        config,
    )
