"""Checkpoints, with the older argument names."""

from typing import Any

from evergraph.base.export import export
from evergraph.library.train import checkpoint_utils


@export("contrib.framework.load_checkpoint")
def load_checkpoint(filepattern: str) -> Any:
    """A reader of a checkpoint, or of the newest one of a folder; as `tf.train.load_checkpoint`."""
    return checkpoint_utils.load_checkpoint(filepattern)


@export("contrib.framework.load_variable")
def load_variable(checkpoint_dir: str, name: str) -> Any:
    """A tensor of a checkpoint as an array; as `tf.train.load_variable`."""
    return checkpoint_utils.load_variable(checkpoint_dir, name)


@export("contrib.framework.list_variables")
def list_variables(checkpoint_dir: str) -> list[tuple[str, list[int]]]:
    """Name and shape of each tensor of a checkpoint; as `tf.train.list_variables`."""
    return checkpoint_utils.list_variables(checkpoint_dir)


@export("contrib.framework.init_from_checkpoint")
def init_from_checkpoint(checkpoint_dir: str, assignment_map: dict[str, Any]) -> None:
    """Lets variables begin with the values of a checkpoint; as `tf.train.init_from_checkpoint`."""
    checkpoint_utils.init_from_checkpoint(checkpoint_dir, assignment_map)
