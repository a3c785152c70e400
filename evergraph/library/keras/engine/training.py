"""Models: networks that can be saved."""

import os
from collections.abc import Callable
from typing import Any

from evergraph.base.export import export
from evergraph.base.trackable import no_automatic_dependency_tracking_scope
from evergraph.graph.defaults import executing_eagerly
from evergraph.library.keras.engine.network import Network
from evergraph.library.keras.engine.trained import Trained
from evergraph.library.keras.saving import hdf5_weights
from evergraph.library.keras.session import get_session
from evergraph.library.keras.utils.io_utils import asked
from evergraph.library.train.checkpoint_management import (
    update_checkpoint_state_internal,
)
from evergraph.library.train.tracking.graph_view import ObjectGraphView
from evergraph.library.train.tracking.status import streaming_restore
from evergraph.library.train.tracking.util import TrackableSaver


@export("keras.Model", "keras.models.Model")
class Model(Trained, Network):
    """Layers between `inputs` and `outputs`, or a derived class with its own `call`.

    Stands for `tf.keras.Model`.

    Args:
      inputs, outputs: tensors, or structures of them, of `tf.keras.Input` and the layers on them.
      name: default: "model", or the class's name in snake case.
      trainable: whether an optimizer may change the variables.

    Raises:
      ValueError: outputs do not depend on the inputs alone, or two layers have one name.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._saver: Any = None

    @property
    def _object_identifier(self) -> str:
        return "_tf_keras_model"

    def _trackable_saver(self) -> TrackableSaver:
        if self._saver is None:
            with no_automatic_dependency_tracking_scope(self):
                self._saver = TrackableSaver(ObjectGraphView(self))
        return self._saver

    # Writes whole models; what does knows all layers, and sets it.
    _save_model: Callable[..., None]

    def save(
        self,
        filepath: Any,
        overwrite: bool = True,
        include_optimizer: bool = True,
        save_format: str | None = None,
        signatures: Any = None,
    ) -> None:
        """Writes the model into a file; see `tf.keras.models.save_model`."""
        self._save_model(self, filepath, overwrite, include_optimizer, save_format, signatures)

    def save_weights(
        self, filepath: str, overwrite: bool = True, save_format: str | None = None
    ) -> None:
        """Writes the variables as a checkpoint of TensorFlow, or into an HDF5 file.

        Args:
          filepath: where; the prefix of the checkpoint's files.
          overwrite: False asks before anything is written over.
          save_format: "tf" or "h5"; default: as the name ends, ".h5", ".hdf5" and ".keras" being
            HDF5.

        Raises:
          ValueError: the format is another one, or the name does not fit it.
          ImportError: h5py is not installed.
        """
        self._check_weights()
        form = _format(filepath, save_format)
        existing = filepath + ".index" if form == "tf" else filepath
        if form == "h5":
            h5py = hdf5_weights.h5py_module("`save_weights` when saving in hdf5")
        if not overwrite and os.path.isfile(existing) and not asked(existing):
            return
        if form == "h5":
            with h5py.File(filepath, "w") as file:
                hdf5_weights.save_layers(file, self.layers)
            return
        self._trackable_saver().save(filepath, session=_session())
        update_checkpoint_state_internal(
            save_dir=os.path.dirname(filepath),
            model_checkpoint_path=filepath,
            save_relative_paths=True,
            all_model_checkpoint_paths=[filepath],
        )

    def load_weights(self, filepath: str, by_name: bool = False) -> Any:
        """Reads what `save_weights` wrote, or the weights of what `save` wrote.

        Args:
          filepath: a path of an HDF5 file, or the prefix of a checkpoint's files.
          by_name: whether layers are found by their names rather than one after the other; for
            HDF5 only.

        Returns:
          A status, as of `tf.train.Checkpoint.restore`; None for HDF5.

        Raises:
          NotImplementedError: `by_name` for a checkpoint.
          AssertionError: nothing in the checkpoint is of this model.
          ValueError: the file has other layers or shapes.
          ImportError: h5py is not installed.
        """
        if not (_is_hdf5(filepath) or _holds_hdf5(filepath)):
            if by_name:
                raise NotImplementedError(
                    "Weights may only be loaded based on topology into Models when loading "
                    "TensorFlow-formatted weights (got by_name=True to load_weights)."
                )
            status = self._trackable_saver().restore(filepath)
            streaming_restore(status, session=_session())
            status.assert_nontrivial_match()
            return status
        h5py = hdf5_weights.h5py_module("`load_weights` when loading weights from HDF5")
        self._check_weights()
        load = hdf5_weights.load_layers_by_name if by_name else hdf5_weights.load_layers
        with h5py.File(filepath, "r") as file:
            whole = "layer_names" not in file.attrs and "model_weights" in file
            load(file["model_weights"] if whole else file, self.layers)
        return None


def _session() -> Any:
    return None if executing_eagerly() else get_session()


HDF5_ENDINGS = (".h5", ".keras", ".hdf5")


def _is_hdf5(path: str) -> bool:
    return path.endswith(HDF5_ENDINGS)


def _holds_hdf5(path: str) -> bool:
    """Whether there is a file, and it begins as HDF5 does."""
    if not os.path.isfile(path):
        return False
    with open(path, "rb") as file:
        return file.read(8) == b"\x89HDF\r\n\x1a\n"


def _format(path: str, given: str | None) -> str:
    """ "tf" or "h5", as given or as the name ends."""
    if given is None:
        return "h5" if _is_hdf5(path) else "tf"
    if given.lower().strip() in ("hdf5", "h5", "keras"):
        return "h5"
    if given.lower().strip() not in ("tensorflow", "tf"):
        raise ValueError(f'Unknown format "{given}". Was expecting one of {{"tf", "h5"}}.')
    if _is_hdf5(path):
        raise ValueError(
            f'save_weights got save_format="tf"/"tensorflow", but the filepath ("{path}") looks '
            'like an HDF5 file. Omit the ".h5"/".keras" when saving in TensorFlow format.'
        )
    return "tf"
