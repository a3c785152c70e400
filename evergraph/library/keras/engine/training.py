"""Models: networks that can be saved."""

import os
from typing import Any

from evergraph.base.export import export
from evergraph.base.trackable import no_automatic_dependency_tracking_scope
from evergraph.library.keras.engine.network import Network
from evergraph.library.keras.engine.trained import Trained
from evergraph.library.keras.session import get_session
from evergraph.library.train.checkpoint_management import (
    checkpoint_exists,
    update_checkpoint_state_internal,
)
from evergraph.library.train.tracking.graph_view import ObjectGraphView
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

    def _trackable_saver(self) -> TrackableSaver:
        if self._saver is None:
            with no_automatic_dependency_tracking_scope(self):
                self._saver = TrackableSaver(ObjectGraphView(self))
        return self._saver

    def save_weights(
        self, filepath: str, overwrite: bool = True, save_format: str | None = None
    ) -> None:
        """Writes the variables as a checkpoint of TensorFlow.

        Args:
          filepath: where; the prefix of the checkpoint's files.
          overwrite: False asks before a checkpoint is written over.
          save_format: "tf".

        Raises:
          NotImplementedError: for HDF5, which other formats and names ending so ask for.
        """
        if save_format not in (None, "tf", "tensorflow") or (
            save_format is None and _is_hdf5(filepath)
        ):
            raise NotImplementedError("Weights of Keras models in HDF5")
        if not overwrite and checkpoint_exists(filepath) and not _asked(filepath):
            return
        self._trackable_saver().save(filepath, session=get_session())
        update_checkpoint_state_internal(
            save_dir=os.path.dirname(filepath),
            model_checkpoint_path=filepath,
            save_relative_paths=True,
            all_model_checkpoint_paths=[filepath],
        )

    def load_weights(self, filepath: str, by_name: bool = False) -> Any:
        """Reads a checkpoint that `save_weights` wrote.

        Returns:
          A status, as of `tf.train.Checkpoint.restore`.

        Raises:
          NotImplementedError: for HDF5, or `by_name`.
          AssertionError: nothing in the checkpoint is of this model.
        """
        if _is_hdf5(filepath):
            raise NotImplementedError("Weights of Keras models in HDF5")
        if by_name:
            raise NotImplementedError(
                "Weights may only be loaded based on topology into Models when loading "
                "TensorFlow-formatted weights (got by_name=True to load_weights)."
            )
        status = self._trackable_saver().restore(filepath)
        status.run_restore_ops(session=get_session())
        status.assert_nontrivial_match()
        return status


def _is_hdf5(path: str) -> bool:
    return path.endswith((".h5", ".keras", ".hdf5"))


def _asked(path: str) -> bool:
    """Whether the user wants a file to be written over."""
    answer = ""
    while answer not in ("y", "n"):
        answer = input(f"[WARNING] {path} already exists - overwrite? [y/n]").strip().lower()
    return answer == "y"
