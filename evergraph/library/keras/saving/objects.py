"""Models as SavedModels of objects: `save_format="tf"`."""

import os
from typing import Any

from evergraph.library.keras import backend
from evergraph.library.keras.saving.layer_parts import is_ready
from evergraph.library.keras.utils.io_utils import asked
from evergraph.library.saved_model import save as saved_model


def save(
    model: Any, filepath: str, overwrite: bool, include_optimizer: bool, signatures: Any = None
) -> None:
    """Writes a model with all its parts into a folder.

    Args: as of `tf.keras.models.save_model`.

    Raises:
      ValueError: the model does not know its inputs.
    """
    if not overwrite and os.path.exists(filepath) and not asked(filepath):
        return
    if not is_ready(model):
        raise ValueError(
            f"Model {model} cannot be saved because the input shapes have not been set. Usually, "
            "input shapes are automatically determined from calling .fit() or .predict(). To "
            "manually set the shapes, call model._set_inputs(inputs)."
        )
    optimizer = model.optimizer
    if not include_optimizer:
        # It is written, as it is a part, but nothing is said about the training.
        model.optimizer = None
    try:
        with backend.learning_phase_scope(0):
            saved_model.save(model, filepath, signatures)
    finally:
        model.optimizer = optimizer
