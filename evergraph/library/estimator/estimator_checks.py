"""What an Estimator checks of its arguments, and finds out from them."""

import tempfile
from typing import Any

from evergraph.base import nest
from evergraph.base.compat import path_to_str
from evergraph.base.platform import logging
from evergraph.graph.defaults import get_collection
from evergraph.graph.keys import GraphKeys
from evergraph.graph.tensor import Tensor
from evergraph.library.estimator.run_config import RunConfig, get_default_session_config
from evergraph.library.train.checkpoint_management import latest_checkpoint
from evergraph.library.train.checkpoint_utils import NewCheckpointReader
from evergraph.library.train.device_setter import STANDARD_PS_OPS, replica_device_setter
from evergraph.library.train.saving_hooks import CheckpointSaverListener
from evergraph.library.train.session_run_hook import SessionRunHook

# What a subclass may define anew.
_ALLOWED_OVERRIDES = {
    "model_fn",
    "_create_and_assert_global_step",
    "_export_all_saved_models",
    "_exported_names",
    "_tf_api_names",
    "_tf_api_names_v1",
    "_estimator_api_names",
    "_estimator_api_names_v1",
    "_estimator_api_constants",
    "_estimator_api_constants_v1",
}


def check_members(base: type, estimator: Any) -> None:
    """Raises ValueError where a subclass overrides what must stay as it is.

    TensorFlow lets one class, which it knows by its name; programs have copies of that class.
    """
    if type(estimator).__name__ == "TPUEstimator":
        return
    own = {name for name in dir(base) if not name.startswith("__")}
    kind = type(estimator)
    common = own & (set(vars(kind)) - _ALLOWED_OVERRIDES)
    overridden = [name for name in common if getattr(base, name) != getattr(kind, name)]
    if overridden:
        raise ValueError(
            f"Subclasses of Estimator cannot override members of Estimator. {kind} does override "
            f"{overridden}"
        )


def complete_config(config: Any, model_dir: Any) -> RunConfig:
    """A configuration (default: a new one) with a session's settings and a model's folder.

    Raises:
      ValueError: it is no RunConfig, or names another folder than `model_dir`.
    """
    if config is None:
        config = RunConfig()
        logging.info("Using default config.")
    if not isinstance(config, RunConfig):
        raise ValueError(f"config must be an instance of `RunConfig`, but provided {config}.")
    if config.session_config is None:
        config = RunConfig.replace(config, session_config=get_default_session_config())
    model_dir = path_to_str(model_dir)
    if model_dir is not None and config.model_dir not in (None, model_dir):
        raise ValueError(
            "`model_dir` are set both in constructor and `RunConfig`, but with different values. "
            f"In constructor: '{model_dir}', in `RunConfig`: '{config.model_dir}' "
        )
    if not model_dir:
        if config.model_dir is not None:
            return config
        model_dir = tempfile.mkdtemp()
        logging.warning("Using temporary folder as model directory: %s", model_dir)
    return RunConfig.replace(config, model_dir=model_dir)


def replica_device_function(config: RunConfig) -> Any:
    """Puts variables on parameter servers, if there are any; else None."""
    if not config.num_ps_replicas:
        return None
    worker = "/job:worker"
    if config.task_type:
        worker = f"/job:{config.task_type}/task:{config.task_id}"
    return replica_device_setter(
        ps_tasks=config.num_ps_replicas,
        worker_device=worker,
        merge_devices=True,
        ps_ops=list(STANDARD_PS_OPS),
        cluster=config.cluster_spec,
    )


def check_checkpoint_available(model_dir: str) -> None:
    """Raises ValueError where there is no checkpoint."""
    if not latest_checkpoint(model_dir):
        raise ValueError(f"Could not find trained model in model_dir: {model_dir}.")


def checked_hooks(hooks: Any) -> list[Any]:
    """A new list of hooks. Raises TypeError: one is none."""
    hooks = list(hooks or [])
    for hook in hooks:
        if not isinstance(hook, SessionRunHook):
            raise TypeError(f"Hooks must be a SessionRunHook, given: {hook}")
    return hooks


def checked_listeners(listeners: Any) -> list[Any]:
    """A new list of saving listeners. Raises TypeError: one is none."""
    listeners = list(listeners or [])
    for listener in listeners:
        if not isinstance(listener, CheckpointSaverListener):
            raise TypeError(
                "saving_listeners must be a list of CheckpointSaverListener, given: "
                + f"{listener}"
            )
    return listeners


def saved_global_step(model_dir: str) -> int:
    """The global step of the latest checkpoint; 0 without one."""
    path = latest_checkpoint(model_dir)
    if not path:
        return 0
    reader = NewCheckpointReader(path)
    return (
        int(reader.get_tensor(GraphKeys.GLOBAL_STEP))
        if reader.has_tensor(GraphKeys.GLOBAL_STEP)
        else 0
    )


def warn_of_endless_input(features: Any) -> None:
    """Says so where nothing ends the predictions."""
    tensors = [part for part in nest.flatten(features) if isinstance(part, Tensor)]
    if any(tensor.op.type == "IteratorGetNext" for tensor in tensors):
        return
    if not get_collection(GraphKeys.QUEUE_RUNNERS):
        logging.warning(
            "Input graph does not use tf.data.Dataset or contain a QueueRunner. That means "
            "predict yields forever. This is probably a mistake."
        )


def batch_length(predictions: dict[str, Any]) -> int:
    """How many examples predictions are of. Raises ValueError: they differ in it."""
    length = None
    for key, value in predictions.items():
        length = length or value.shape[0]
        if value.shape[0] != length:
            raise ValueError(
                f"Batch length of predictions should be same. {key} has different batch length "
                "than others."
            )
    return length or 0


def chosen_predictions(predictions: Any, keys: Any) -> Any:
    """Of predictions by name those that are wanted; all of them without `keys`.

    Raises:
      ValueError: they have no names, or none of the wanted ones.
    """
    if not keys:
        return predictions
    if not isinstance(predictions, dict):
        raise ValueError("predict_keys argument is not valid in case of non-dict predictions.")
    found = {key: value for key, value in predictions.items() if key in keys}
    if not found:
        raise ValueError(
            f"Expected to run at least one output from {predictions.keys()}, provided {keys}."
        )
    return found
