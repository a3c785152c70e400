"""Models of Keras as estimators: `tf.keras.estimator.model_to_estimator`."""

import os
from collections.abc import Callable, Mapping
from typing import Any

from evergraph.api.random_seed import set_random_seed
from evergraph.base.export import export
from evergraph.base.platform import gfile, logging
from evergraph.engine.session import Session
from evergraph.graph.conversion import convert_to_tensor, is_tensor
from evergraph.graph.graph import Graph
from evergraph.library.estimator.estimator import Estimator
from evergraph.library.estimator.estimator_checks import complete_config
from evergraph.library.estimator.mode_keys import ModeKeys
from evergraph.library.estimator.model_fn import EstimatorSpec
from evergraph.library.keras import backend
from evergraph.library.keras.cloning import clone_and_build_model
from evergraph.library.keras.engine.sequential import Sequential
from evergraph.library.keras.engine.user_data import by_output
from evergraph.library.keras.saving.save import load_model
from evergraph.library.keras.session import get_session, set_session
from evergraph.library.saved_model.export_output import PredictOutput
from evergraph.library.train import training_util
from evergraph.library.train.checkpoint_management import latest_checkpoint
from evergraph.library.train.saver import Saver
from evergraph.library.train.scaffold import Scaffold
from evergraph.library.train.tracking.graph_view import ObjectGraphView
from evergraph.library.train.tracking.util import frozen_saver

SERVING = "serving_default"


def _ordered(given: Any, names: Any, what: str, order: str) -> list[Any] | None:
    """Tensors in the order of the model's names.

    Raises:
      KeyError: a dict has other keys.
    """
    if given is None:
        return None
    if isinstance(given, Mapping):
        different = set(given) ^ set(names)
        if different:
            raise KeyError(
                f"The dictionary passed into {what} does not have the expected {order} keys "
                f"defined in the keras model.\n\tExpected keys: {set(names)}\n\t{what} keys: "
                f"{set(given)}\n\tDifference: {different}"
            )
        values = [given[name] for name in names]
    else:
        values = list(given) if isinstance(given, (list, tuple)) else [given]
    return [x if is_tensor(x) else convert_to_tensor(x) for x in values]


def _cloned(mode: str, model: Any, own: Any, features: Any, labels: Any, config: Any) -> Any:
    """A clone of the model on the tensors of an input function."""
    backend.set_learning_phase(int(mode == ModeKeys.TRAIN))
    weights = None
    if isinstance(features, dict) and set(features) == {"features", "sample_weights"}:
        features, weights = features["features"], features["sample_weights"]
    inputs = _ordered(features, model.input_names, "features", "inputs")
    targets = _ordered(labels, model.output_names, "labels", "outputs")
    step = None
    if mode != ModeKeys.PREDICT:
        step = training_util.get_or_create_global_step()
        backend.track_variable(step)
    clone = clone_and_build_model(
        model,
        inputs,
        targets,
        own,
        compile_clone=mode != ModeKeys.PREDICT,
        optimizer_iterations=step,
        optimizer_config=config,
    )
    if weights is not None:
        for endpoint, weight in zip(
            clone._endpoints, by_output(weights, clone.output_names, "sample_weight"), strict=True
        ):
            endpoint.given_weight = weight
        clone._make_losses()
    return clone


def _model_fn(model: Any, own: Any, as_objects: bool) -> Callable[..., EstimatorSpec]:
    """The model function of a model."""
    get_config = getattr(model.optimizer, "get_config", None)
    config = get_config() if get_config else None

    def model_fn(features: Any, labels: Any, mode: str) -> EstimatorSpec:
        clone = _cloned(mode, model, own, features, labels, config)
        predictions = dict(zip(clone.output_names, clone.outputs, strict=True))
        loss = train_op = metrics = None
        if mode != ModeKeys.PREDICT:
            train_op = clone._train_nodes()[2] if mode == ModeKeys.TRAIN else None
            if mode != ModeKeys.TRAIN:
                clone._test_nodes()
            loss = clone.total_loss
            if clone._compile_metrics:
                metrics = {m.name: m for m in clone._compile_metric_functions}
        return EstimatorSpec(
            mode=mode,
            predictions=predictions,
            loss=loss,
            train_op=train_op,
            eval_metric_ops=metrics,
            export_outputs={SERVING: PredictOutput(predictions)},
            scaffold=_scaffold(clone) if as_objects else None,
        )

    return model_fn


def _scaffold(clone: Any) -> Scaffold:
    """Checkpoints by the model's objects."""
    clone._track_trackable(training_util.get_global_step(), "estimator_global_step")
    saver = Saver(var_list=ObjectGraphView(clone).frozen_saveable_objects(), sharded=True)
    saver._object_restore_saver = frozen_saver(clone)
    return Scaffold(saver=saver)


def _is_initialized(model: Any) -> bool:
    weights = [weight for layer in model.layers for weight in layer.weights]
    return any(hasattr(weight, "_keras_initialized") for weight in weights)


def _first_checkpoint(model: Any, own: Any, config: Any, as_objects: bool) -> str:
    """A checkpoint of the model's weights, for the estimator to begin with."""
    folder = os.path.join(config.model_dir, "keras")
    path = latest_checkpoint(folder)
    if path:
        return path
    weights = model.get_weights() if _is_initialized(model) else None
    gfile.MakeDirs(folder)
    path = os.path.join(folder, "keras_model.ckpt")
    with Graph().as_default():
        set_random_seed(config.tf_random_seed)
        training_util.create_global_step()
        clone = _cloned(ModeKeys.TRAIN, model, own, None, None, None)
        clone._train_nodes()
        with Session(config=config.session_config).as_default() as session:
            if weights:
                clone.set_weights(weights)
            get_session()  # which initializes the others
            if as_objects:
                step = training_util.get_global_step()
                clone._track_trackable(step, "estimator_global_step")
                clone.save_weights(path)
            else:
                Saver().save(session, path)
    return path


@export("keras.estimator.model_to_estimator")
def model_to_estimator(
    keras_model: Any = None,
    keras_model_path: str | None = None,
    custom_objects: Any = None,
    model_dir: str | None = None,
    config: Any = None,
    checkpoint_format: str | None = "saver",
) -> Estimator:
    """An estimator of a compiled model, which begins with the model's weights.

    Stands for `tf.keras.estimator.model_to_estimator`.

    Args:
      keras_model: a functional or sequential model.
      keras_model_path: in its place, the path of one that `Model.save` wrote.
      custom_objects: the program's own classes and functions by name.
      model_dir, config: as of `tf.estimator.Estimator`.
      checkpoint_format: "saver" for checkpoints by variables' names, "checkpoint" for those by
        objects.

    Raises:
      ValueError: there is no model or are two, it was not compiled, or another format.
      NotImplementedError: for derived classes.
    """
    if not (keras_model or keras_model_path):
        raise ValueError("Either `keras_model` or `keras_model_path` needs to be provided.")
    if keras_model and keras_model_path:
        raise ValueError("Please specity either `keras_model` or `keras_model_path`, but not both.")
    if keras_model_path:
        logging.info("Loading models from %s", keras_model_path)
        keras_model = load_model(keras_model_path)
    else:
        logging.info("Using the Keras model provided.")
    if checkpoint_format not in (None, "checkpoint", "saver"):
        raise ValueError(
            f'Checkpoint format must be one of "checkpoint" or "saver". Got {checkpoint_format}'
        )
    if not keras_model._is_graph_network and not isinstance(keras_model, Sequential):
        raise NotImplementedError("Estimators of Keras models that are derived classes")
    if not getattr(keras_model, "optimizer", None):
        raise ValueError(
            "The given keras model has not been compiled yet. Please compile the model with "
            "`model.compile()` before calling `model_to_estimator()`."
        )
    as_objects = checkpoint_format != "saver"
    make = _model_fn(keras_model, custom_objects, as_objects)
    config = complete_config(config, model_dir)
    if not _is_initialized(keras_model):
        set_session(Session(config=config.session_config))
    path = None
    if keras_model._is_graph_network:
        path = _first_checkpoint(keras_model, custom_objects, config, as_objects)
    return Estimator(make, config=config, warm_start_from=path)
