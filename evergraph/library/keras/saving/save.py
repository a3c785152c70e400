"""`tf.keras.models.save_model` and `load_model`."""

import importlib.util
import os
from typing import Any

from evergraph.base.export import export
from evergraph.library.keras.engine.sequential import Sequential
from evergraph.library.keras.engine.training import HDF5_ENDINGS, Model
from evergraph.library.keras.saving import hdf5, objects, revived
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
    """Writes a model into an HDF5 file, or into the folder of a SavedModel: configuration, weights,
    optimizer with its state; into the latter also what it computes.

    Stands for `tf.keras.models.save_model`.

    Args:
      model: a model; for HDF5 a functional or sequential one.
      filepath: a path, or an open `h5py.File`. One that ends as those of HDF5 files do is one.
      overwrite: False asks before anything is written over.
      include_optimizer: whether the optimizer's state is written.
      save_format: "h5" or "tf"; default: "h5", and "tf" with the behavior of TensorFlow 2.
      signatures: of a SavedModel, as of `tf.saved_model.save`.

    Raises:
      ImportError: h5py is not installed.
      NotImplementedError: derived classes in HDF5.
      ValueError: a derived class was not called yet, so that its inputs are not known.
    """
    ending = "" if _is_open_file(filepath) else os.path.splitext(filepath)[1]
    if (save_format or "h5") != "h5" and not _is_open_file(filepath) and ending not in HDF5_ENDINGS:
        objects.save(model, filepath, overwrite, include_optimizer, signatures)
        return
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
      filepath: a path of a file or of a folder, or an open `h5py.File`.
      custom_objects: the program's own classes and functions by name; of HDF5 files. What a
        SavedModel has is of classes that only look like its.
      compile: whether it is compiled as it was.

    Raises:
      ImportError: h5py is not installed.
      OSError: there is no such file, and no SavedModel.
      ValueError: there is no model in it.
    """
    if _is_open_file(filepath):
        return hdf5.load_model(filepath, custom_objects, compile)
    h5py = h5py_module("`load_model`") if importlib.util.find_spec("h5py") else None
    if h5py is not None and h5py.is_hdf5(filepath):
        return hdf5.load_model(filepath, custom_objects, compile)
    if h5py is None and os.path.isfile(filepath):
        h5py_module("`load_model`")
    if not isinstance(filepath, str):
        raise OSError(
            "Unable to load model. Filepath is not an hdf5 file (or h5py is not available) or "
            "SavedModel."
        )
    return revived.load(filepath, compile)


# Models save themselves with it.
Model._save_model = staticmethod(save_model)
