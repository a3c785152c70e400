"""The file "checkpoint", which says what checkpoints a folder has, and the checkpoints' files."""

import os.path
import re
from collections.abc import Sequence
from typing import Any

from google.protobuf import text_format

from evergraph.base import errors
from evergraph.base.deprecation import deprecated
from evergraph.base.export import export
from evergraph.base.platform import file_io, logging
from evergraph.proto.protobuf import saver_pb2
from evergraph.proto.training.checkpoint_state_pb2 import CheckpointState


def _GetCheckpointFilename(save_dir: str, latest_filename: str | None) -> str:
    return os.path.join(save_dir, latest_filename or "checkpoint")


@export("train.generate_checkpoint_state_proto")
def generate_checkpoint_state_proto(
    save_dir: str,
    model_checkpoint_path: str,
    all_model_checkpoint_paths: list[str] | None = None,
    all_model_checkpoint_timestamps: Sequence[float] | None = None,
    last_preserved_timestamp: float | None = None,
) -> Any:
    """The CheckpointState of a folder. Stands for `tf.train.generate_checkpoint_state_proto`.

    Args:
      save_dir: the folder; where it is relative, paths in the state are relative to it.
      model_checkpoint_path: the newest checkpoint.
      all_model_checkpoint_paths: all checkpoints, the newest last; it is added if need be.
      all_model_checkpoint_timestamps: when they were made, in seconds.
      last_preserved_timestamp: when the last one that is kept for good was made.

    Raises:
      ValueError: there are not as many timestamps as paths.
    """
    if all_model_checkpoint_paths is None:
        all_model_checkpoint_paths = []
    paths = all_model_checkpoint_paths
    if not paths or paths[-1] != model_checkpoint_path:
        logging.info(
            "%s is not in all_model_checkpoint_paths. Manually adding it.", model_checkpoint_path
        )
        paths.append(model_checkpoint_path)
    times = all_model_checkpoint_timestamps
    if times and len(times) != len(paths):
        raise ValueError(
            "Checkpoint timestamps, if provided, must match checkpoint paths (got paths "
            f"{paths} and timestamps {times})"
        )
    if not os.path.isabs(save_dir):
        if not os.path.isabs(model_checkpoint_path):
            model_checkpoint_path = os.path.relpath(model_checkpoint_path, save_dir)
        for i, path in enumerate(paths):
            if not os.path.isabs(path):
                paths[i] = os.path.relpath(path, save_dir)
    return CheckpointState(
        model_checkpoint_path=model_checkpoint_path,
        all_model_checkpoint_paths=paths,
        all_model_checkpoint_timestamps=times,
        last_preserved_timestamp=last_preserved_timestamp,
    )


@export("train.update_checkpoint_state")
@deprecated(
    date=None,
    instructions="Use `tf.train.CheckpointManager` to manage checkpoints rather than manually "
    "editing the Checkpoint proto.",
)
def update_checkpoint_state(
    save_dir: str,
    model_checkpoint_path: str,
    all_model_checkpoint_paths: list[str] | None = None,
    latest_filename: str | None = None,
    all_model_checkpoint_timestamps: Sequence[float] | None = None,
    last_preserved_timestamp: float | None = None,
) -> None:
    """Writes the state of a folder. Stands for `tf.train.update_checkpoint_state`.

    `latest_filename` is the file's name; other arguments as of `generate_checkpoint_state_proto`.
    """
    update_checkpoint_state_internal(
        save_dir=save_dir,
        model_checkpoint_path=model_checkpoint_path,
        all_model_checkpoint_paths=all_model_checkpoint_paths,
        latest_filename=latest_filename,
        save_relative_paths=False,
        all_model_checkpoint_timestamps=all_model_checkpoint_timestamps,
        last_preserved_timestamp=last_preserved_timestamp,
    )


def update_checkpoint_state_internal(
    save_dir: str,
    model_checkpoint_path: str,
    all_model_checkpoint_paths: list[str] | None = None,
    latest_filename: str | None = None,
    save_relative_paths: bool = False,
    all_model_checkpoint_timestamps: Sequence[float] | None = None,
    last_preserved_timestamp: float | None = None,
) -> None:
    """As `update_checkpoint_state`; `save_relative_paths` makes all paths relative to the
    folder."""
    filename = _GetCheckpointFilename(save_dir, latest_filename)
    path, paths = model_checkpoint_path, all_model_checkpoint_paths
    if save_relative_paths:

        def relative(p: str) -> str:
            return os.path.relpath(p, save_dir) if os.path.isabs(p) else p

        path, paths = relative(path), [relative(p) for p in paths or []]
    state = generate_checkpoint_state_proto(
        save_dir,
        path,
        all_model_checkpoint_paths=paths,
        all_model_checkpoint_timestamps=all_model_checkpoint_timestamps,
        last_preserved_timestamp=last_preserved_timestamp,
    )
    if filename == state.model_checkpoint_path:
        raise RuntimeError(
            f"Save path '{model_checkpoint_path}' conflicts with path used for checkpoint state.  "
            "Please use a different save path."
        )
    # In one step, so that a reader never sees half of it.
    file_io.atomic_write_string_to_file(filename, text_format.MessageToString(state))


@export("train.get_checkpoint_state")
def get_checkpoint_state(checkpoint_dir: str, latest_filename: str | None = None) -> Any:
    """The CheckpointState of a folder, or None. Stands for `tf.train.get_checkpoint_state`.

    Raises ValueError where the file names no checkpoint.
    """
    filename = _GetCheckpointFilename(checkpoint_dir, latest_filename)
    try:
        if not file_io.file_exists(filename):
            return None
        state = CheckpointState()
        text_format.Merge(file_io.read_file_to_string(filename), state)
        if not state.model_checkpoint_path:
            raise ValueError("Invalid checkpoint state loaded from " + checkpoint_dir)
        if not os.path.isabs(state.model_checkpoint_path):
            state.model_checkpoint_path = os.path.join(checkpoint_dir, state.model_checkpoint_path)
        for i, path in enumerate(state.all_model_checkpoint_paths):
            if not os.path.isabs(path):
                state.all_model_checkpoint_paths[i] = os.path.join(checkpoint_dir, path)
        return state
    except (errors.OpError, text_format.ParseError) as error:
        logging.warning("%s: %s", type(error).__name__, error)
        logging.warning("%s: Checkpoint ignored", filename)
        return None


def _prefix_to_checkpoint_path(prefix: str, format_version: int) -> str:
    return prefix + ".index" if format_version == saver_pb2.SaverDef.V2 else prefix


@export("train.latest_checkpoint")
def latest_checkpoint(checkpoint_dir: str, latest_filename: str | None = None) -> str | None:
    """The path of the newest checkpoint of a folder, or None. Stands for
    `tf.train.latest_checkpoint`.

    `latest_filename` is the name of the state's file.
    """
    state = get_checkpoint_state(checkpoint_dir, latest_filename)
    if state and state.model_checkpoint_path:
        if checkpoint_exists_internal(state.model_checkpoint_path):
            return state.model_checkpoint_path
        logging.error("Couldn't match files for checkpoint %s", state.model_checkpoint_path)
    return None


def checkpoint_exists_internal(checkpoint_prefix: str) -> bool:
    """Whether there is a checkpoint, of either version, of that prefix."""
    return bool(
        file_io.get_matching_files(checkpoint_prefix + ".index")
        or file_io.get_matching_files(checkpoint_prefix)
    )


@export("train.checkpoint_exists")
@deprecated(date=None, instructions="Use standard file APIs to check for files with this prefix.")
def checkpoint_exists(checkpoint_prefix: str) -> bool:
    """Whether there is a checkpoint of that prefix. Stands for `tf.train.checkpoint_exists`."""
    return checkpoint_exists_internal(checkpoint_prefix)


@export("train.get_checkpoint_mtimes")
@deprecated(date=None, instructions="Use standard file utilities to get mtimes.")
def get_checkpoint_mtimes(checkpoint_prefixes: Sequence[str]) -> list[float]:
    """When each checkpoint that there is was written, in seconds. Stands for
    `tf.train.get_checkpoint_mtimes`."""
    return checkpoint_mtimes(checkpoint_prefixes)


def checkpoint_mtimes(checkpoint_prefixes: Sequence[str]) -> list[float]:
    """As `get_checkpoint_mtimes`."""
    times = []
    for prefix in checkpoint_prefixes:
        for path in (prefix + ".index", prefix):
            found = file_io.get_matching_files(path)
            if found:
                times.append(file_io.stat(found[0]).mtime_nsec / 1e9)
                break
    return times


@export("train.remove_checkpoint")
@deprecated(date=None, instructions="Use standard file APIs to delete files with this prefix.")
def remove_checkpoint(
    checkpoint_prefix: str,
    checkpoint_format_version: int = saver_pb2.SaverDef.V2,
    meta_graph_suffix: str = "meta",
) -> None:
    """Deletes the files of a checkpoint. Stands for `tf.train.remove_checkpoint`."""
    delete_checkpoint_files(checkpoint_prefix, checkpoint_format_version, meta_graph_suffix)


def delete_checkpoint_files(
    checkpoint_prefix: str, checkpoint_format_version: int, meta_graph_suffix: str
) -> None:
    """As `remove_checkpoint`."""
    patterns = [meta_graph_filename(checkpoint_prefix, meta_graph_suffix)]
    if checkpoint_format_version == saver_pb2.SaverDef.V2:
        # The index first: without it the checkpoint is gone.
        patterns += [checkpoint_prefix + ".index", checkpoint_prefix + ".data-?????-of-?????"]
    else:
        patterns.append(checkpoint_prefix)
    for pattern in patterns:
        for path in file_io.get_matching_files(pattern):
            file_io.delete_file(path)


def meta_graph_filename(checkpoint_filename: str, meta_graph_suffix: str = "meta") -> str:
    """The path of the meta graph that belongs to a checkpoint, sharded or not."""
    basename = re.sub(r"-[\d\?]+-of-\d+$", "", checkpoint_filename)
    return f"{basename}.{meta_graph_suffix}"
