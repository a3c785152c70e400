"""Looking into checkpoints."""

from typing import Any

from evergraph.base import compat
from evergraph.base.export import export
from evergraph.base.platform import file_io
from evergraph.formats.checkpoint_reader import CheckpointReader
from evergraph.library.train import checkpoint_management


@export("train.NewCheckpointReader")
def NewCheckpointReader(filepattern: Any) -> CheckpointReader:
    """A reader of the checkpoint of that path. Stands for `tf.train.NewCheckpointReader`.

    Raises NotFoundError where there is none, DataLossError where it is damaged.
    """
    return CheckpointReader(filepattern)


@export("train.load_checkpoint")
def load_checkpoint(ckpt_dir_or_file: str) -> CheckpointReader:
    """A reader of a checkpoint, or of the newest one of a folder. Stands for
    `tf.train.load_checkpoint`.

    Raises ValueError where a folder has none.
    """
    filename = _get_checkpoint_filename(ckpt_dir_or_file)
    if filename is None:
        raise ValueError(
            f"Couldn't find 'checkpoint' file or checkpoints in given directory {ckpt_dir_or_file}"
        )
    return NewCheckpointReader(filename)


@export("train.load_variable")
def load_variable(ckpt_dir_or_file: str, name: str) -> Any:
    """A tensor of a checkpoint as an array. Stands for `tf.train.load_variable`.

    `name` may be that of a tensor, with ":0".
    """
    return load_checkpoint(ckpt_dir_or_file).get_tensor(name.removesuffix(":0"))


@export("train.list_variables")
def list_variables(ckpt_dir_or_file: str) -> list[tuple[str, list[int]]]:
    """Name and shape of each tensor of a checkpoint, by name. Stands for
    `tf.train.list_variables`."""
    shapes = load_checkpoint(ckpt_dir_or_file).get_variable_to_shape_map()
    return sorted(shapes.items())


def _get_checkpoint_filename(ckpt_dir_or_file: Any) -> Any:
    path = compat.as_text(ckpt_dir_or_file)
    if file_io.is_directory(path):
        return checkpoint_management.latest_checkpoint(path)
    return path
