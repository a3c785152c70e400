"""Whole models in HDF5 files: configuration, weights, and how they are trained."""

import json
import os
from typing import Any

from evergraph.base.platform import logging
from evergraph.library.keras.engine.compiled import TrainOptimizer
from evergraph.library.keras.engine.network_config import json_type
from evergraph.library.keras.layers.serialization import model_from_config
from evergraph.library.keras.saving import hdf5_weights
from evergraph.library.keras.saving.training_config import compile_arguments, model_metadata
from evergraph.library.keras.utils.io_utils import asked

FRESH = "As a result, your model is starting with a freshly initialized optimizer."


def save_model(model: Any, filepath: Any, overwrite: bool, include_optimizer: bool) -> None:
    """Writes a model into a file, by its path or open.

    Raises:
      ImportError: h5py is not installed.
    """
    h5py = hdf5_weights.h5py_module("`save_model`")
    if isinstance(filepath, h5py.File):
        _write(filepath, model, include_optimizer)
        return
    if not overwrite and os.path.isfile(filepath) and not asked(filepath):
        return
    with h5py.File(filepath, mode="w") as file:
        _write(file, model, include_optimizer)


def _write(file: Any, model: Any, include_optimizer: bool) -> None:
    for name, value in model_metadata(model, include_optimizer).items():
        if isinstance(value, dict):
            value = json.dumps(value, default=json_type).encode()
        file.attrs[name] = value
    hdf5_weights.save_layers(file.create_group("model_weights"), model.layers)
    optimizer = model.optimizer if include_optimizer else None
    if optimizer and not isinstance(optimizer, TrainOptimizer) and optimizer.weights:
        group = file.create_group("optimizer_weights")
        hdf5_weights.write_variables(group, optimizer.weights)
    file.flush()


def load_model(filepath: Any, custom_objects: Any, compile: bool) -> Any:
    """The model of a file, by its path or open, compiled as it was unless `compile` says no.

    Raises:
      ImportError: h5py is not installed.
      ValueError: there is no model in the file.
    """
    h5py = hdf5_weights.h5py_module("`load_model`")
    if isinstance(filepath, h5py.File):
        return _read(filepath, custom_objects or {}, compile)
    with h5py.File(filepath, mode="r") as file:
        return _read(file, custom_objects or {}, compile)


def _read(file: Any, custom_objects: Any, compile: bool) -> Any:
    config = file.attrs.get("model_config")
    if config is None:
        raise ValueError("No model found in config file.")
    config = json.loads(hdf5_weights.text(config))
    model = model_from_config(config, custom_objects=custom_objects)
    hdf5_weights.load_layers(file["model_weights"], model.layers)
    if not compile:
        return model
    training = file.attrs.get("training_config")
    if training is None:
        logging.warning(
            "No training configuration found in save file: the model was *not* compiled. Compile "
            "it manually."
        )
        return model
    training = json.loads(hdf5_weights.text(training))
    model.compile(**compile_arguments(training, custom_objects))
    if "optimizer_weights" not in file:
        return model
    if not model._is_graph_network:
        logging.warning(
            "Sequential models without an `input_shape` passed to the first layer cannot reload "
            f"their optimizer state. {FRESH}"
        )
        return model
    model._function("train")  # which makes the optimizer's variables
    try:
        model.optimizer.set_weights(hdf5_weights.read_values(file["optimizer_weights"]))
    except ValueError:
        logging.warning(f"Error in loading the saved optimizer state. {FRESH}")
    return model
