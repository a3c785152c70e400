"""How a model is trained, as files tell it."""

from typing import Any

from evergraph.base import nest
from evergraph.base.platform import logging
from evergraph.library.keras import losses, optimizers
from evergraph.library.keras.engine.compiled import TrainOptimizer
from evergraph.library.keras.engine.network_config import KERAS_VERSION


def model_metadata(
    model: Any, include_optimizer: bool = True, require_config: bool = True
) -> dict[str, Any]:
    """The configuration of a model and of its training.

    Raises:
      NotImplementedError: a derived class has none, and it is required.
    """
    config: dict[str, Any] = {"class_name": type(model).__name__}
    try:
        config["config"] = model.get_config()
    except NotImplementedError:
        if require_config:
            raise
    found = {"keras_version": KERAS_VERSION, "backend": "tensorflow", "model_config": config}
    if not (model.optimizer and include_optimizer):
        return found
    if isinstance(model.optimizer, TrainOptimizer):
        logging.warning(
            "TensorFlow optimizers do not make it possible to access optimizer attributes or "
            "optimizer state after instantiation. As a result, we cannot save the optimizer as "
            "part of the model save file. You will have to compile your model again after loading "
            "it. Prefer using a Keras optimizer instead (see keras.io/optimizers)."
        )
        return found
    found["training_config"] = {
        "loss": model.loss,
        "metrics": model._compile_metrics,
        "weighted_metrics": model._compile_weighted_metrics,
        "sample_weight_mode": model.sample_weight_mode,
        "loss_weights": model.loss_weights,
        "optimizer_config": {
            "class_name": type(model.optimizer).__name__,
            "config": model.optimizer.get_config(),
        },
    }
    return found


def compile_arguments(config: dict[str, Any], custom_objects: Any = None) -> dict[str, Any]:
    """The arguments of `compile` that a file tells."""
    own = custom_objects or {}

    def known(structure: Any) -> Any:
        return nest.map_structure(lambda x: own.get(x, x), structure)

    loss = config["loss"]
    if isinstance(loss, dict) and "class_name" in loss:
        loss = losses.get(loss)
    return {
        "optimizer": optimizers.deserialize(config["optimizer_config"], custom_objects=own),
        "loss": known(loss),
        "metrics": known(config["metrics"]),
        "weighted_metrics": known(config.get("weighted_metrics")),
        "loss_weights": config["loss_weights"],
        "sample_weight_mode": config["sample_weight_mode"],
    }
