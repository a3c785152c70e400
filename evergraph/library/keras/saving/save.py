"""`tf.keras.models.save_model` and `load_model`."""

import importlib.util
import os
from typing import Any

from evergraph.base.export import export
from evergraph.library.keras.engine.sequential import Sequential
from evergraph.library.keras.engine.training import HDF5_ENDINGS, Model
from evergraph.library.keras.saving import hdf5
from evergraph.library.keras.saving.hdf5_weights import h5py_module


def _is_open_file(filepath: Any) -> bool:
    return not isinstance(filepath, (str, bytes, os.PathLike))


@export("keras.models.save_model")
def save_model(
    model: Any,
    filepath: Any,
    overwrite: bool = True,
    include_optimizer: bool = True,
    save_format: str | None = None,
    signatures: Any = None,
) -> None:
    """Writes a model into an HDF5 file: configuration, weights, optimizer with its state.

    Stands for `tf.keras.models.save_model`.

    Args:
      model: a functional or sequential model.
      filepath: a path, or an open `h5py.File`.
      overwrite: False asks before a file is written over.
      include_optimizer: whether the optimizer's state is written.
      save_format: "h5", the default.
      signatures: for SavedModels.

    Raises:
      ImportError: h5py is not installed.
      NotImplementedError: for "tf", and for derived classes.
    """
    ending = "" if _is_open_file(filepath) else os.path.splitext(filepath)[1]
    if (save_format or "h5") != "h5" and not _is_open_file(filepath) and ending not in HDF5_ENDINGS:
        raise NotImplementedError("SavedModels of TensorFlow 2 of Keras models")
    if not model._is_graph_network and not isinstance(model, Sequential):
        raise NotImplementedError(
            "Saving the model to HDF5 format requires the model to be a Functional model or a "
            "Sequential model. It does not work for subclassed models, because such models are "
            "defined via the body of a Python method, which isn't safely serializable. Consider "
            'saving to the Tensorflow SavedModel format (by setting save_format="tf") or using '
            "`save_weights`."
        )
    hdf5.save_model(model, filepath, overwrite, include_optimizer)


@export("keras.models.load_model")
def load_model(filepath: Any, custom_objects: Any = None, compile: bool = True) -> Any:
    """The model that `save_model` wrote. Stands for `tf.keras.models.load_model`.

    Args:
      filepath: a path, or an open `h5py.File`.
      custom_objects: the program's own classes and functions by name.
      compile: whether it is compiled as it was.

    Raises:
      ImportError: h5py is not installed.
      OSError: there is no such file, or it is none of HDF5.
      ValueError: there is no model in it.
      NotImplementedError: it is a SavedModel.
    """
    if _is_open_file(filepath):
        return hdf5.load_model(filepath, custom_objects, compile)
    h5py = h5py_module("`load_model`") if importlib.util.find_spec("h5py") else None
    if h5py is not None and h5py.is_hdf5(filepath):
        return hdf5.load_model(filepath, custom_objects, compile)
    if os.path.exists(os.path.join(filepath, "saved_model.pb")):
        raise NotImplementedError("SavedModels of TensorFlow 2 as Keras models")
    if h5py is None and os.path.isfile(filepath):
        h5py_module("`load_model`")
    raise OSError(
        f"SavedModel file does not exist at: {filepath}/{{saved_model.pbtxt|saved_model.pb}}"
    )


# Models save themselves with it.
Model._save_model = staticmethod(save_model)
