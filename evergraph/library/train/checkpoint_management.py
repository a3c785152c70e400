"""The file "checkpoint", which says what checkpoints a folder has, and the checkpoints' files."""

import os.path
import re
import time
from collections.abc import Sequence
from typing import Any

from google.protobuf import text_format

from evergraph.api.variable_scope import variable_creator_scope
from evergraph.base import compat, errors
from evergraph.base.deprecation import deprecated
from evergraph.base.export import export
from evergraph.base.platform import file_io, logging
from evergraph.graph.defaults import executing_eagerly
from evergraph.graph.scopes import get_default_session
from evergraph.library.train import training_util
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


@export("train.CheckpointManager", "contrib.checkpoint.CheckpointManager")
class CheckpointManager:
    """Writes numbered checkpoints of a `tf.train.Checkpoint` and deletes old ones. Stands for
    `tf.train.CheckpointManager`.

    What it knows is kept in the folder's file "checkpoint", and found there by the next manager.

    Args:
      checkpoint: the `tf.train.Checkpoint`.
      directory: the folder.
      max_to_keep: how many to keep; None: all.
      keep_checkpoint_every_n_hours: one in so many hours is never deleted.
      checkpoint_name: the name before the number.

    Raises:
      ValueError: `max_to_keep` is not positive.
    """

    def __init__(
        self,
        checkpoint: Any,
        directory: str,
        max_to_keep: int | None,
        keep_checkpoint_every_n_hours: float | None = None,
        checkpoint_name: str = "ckpt",
    ) -> None:
        if max_to_keep is not None and max_to_keep <= 0:
            raise ValueError(
                "Expected a positive integer or `None` for `max_to_max_to_keep`, got "
                f"{max_to_keep}."
            )
        self._checkpoint = checkpoint
        self._save_counter_assign: Any = None
        self._max_to_keep = max_to_keep
        self._keep_checkpoint_every_n_hours = keep_checkpoint_every_n_hours
        self._directory = directory
        self._checkpoint_prefix = os.path.join(directory, checkpoint_name)
        # Checkpoints that may be deleted, the oldest first, and when they were written.
        self._maybe_delete: dict[str, float] = {}
        self._latest_checkpoint: str | None = None
        now = time.time()
        # So that the first checkpoint, though written within the clock's next tick, is later.
        self._last_preserved_timestamp = now - 1.0
        state = get_checkpoint_state(directory)
        if state is not None:
            self._recover(state, now)

    def _recover(self, state: Any, now: float) -> None:
        self._latest_checkpoint = state.model_checkpoint_path
        preserved = state.last_preserved_timestamp
        if now < preserved:
            logging.warning(
                "time.time() returned a value %f seconds behind the last preserved checkpoint "
                "timestamp.",
                preserved - now,
            )
            preserved = now
        self._last_preserved_timestamp = preserved
        paths = state.all_model_checkpoint_paths
        # A Saver gives none: then all are kept.
        times = state.all_model_checkpoint_timestamps or [preserved] * len(paths)
        for path, written in zip(paths, times, strict=False):
            written = min(written, now)
            if written > preserved:
                self._maybe_delete[path] = written

    @property
    def latest_checkpoint(self) -> str | None:
        """The path of the newest checkpoint, or None."""
        return self._latest_checkpoint

    @property
    def checkpoints(self) -> list[str]:
        """The paths of the checkpoints that may be deleted some day, the newest last."""
        return list(self._maybe_delete)

    @property
    def _prefix(self) -> str:
        return self._checkpoint_prefix

    def _sweep(self) -> None:
        """Deletes what is more than enough."""
        while self._max_to_keep and len(self._maybe_delete) > self._max_to_keep:
            path = next(iter(self._maybe_delete))
            written = self._maybe_delete.pop(path)
            hours = self._keep_checkpoint_every_n_hours
            if hours and written - hours * 3600.0 >= self._last_preserved_timestamp:
                self._last_preserved_timestamp = written
                continue
            for pattern in (".index", ".data-?????-of-?????"):
                for file in file_io.get_matching_files(path + pattern):
                    file_io.delete_file(file)

    def _record_state(self) -> None:
        assert self._latest_checkpoint is not None
        update_checkpoint_state_internal(
            self._directory,
            model_checkpoint_path=self._latest_checkpoint,
            all_model_checkpoint_paths=list(self._maybe_delete),
            all_model_checkpoint_timestamps=list(self._maybe_delete.values()),
            last_preserved_timestamp=self._last_preserved_timestamp,
            save_relative_paths=True,
        )

    def _counted(self, session: Any) -> Any:
        """The checkpoint's counter, which counts this one."""
        if executing_eagerly():
            self._checkpoint.save_counter.assign_add(1)
            return self._checkpoint.save_counter

        def initialized(next_creator: Any, **kwargs: Any) -> Any:
            variable = next_creator(**kwargs)
            session.run(variable.initializer)
            return variable

        with variable_creator_scope(initialized):
            save_counter = self._checkpoint.save_counter
        if self._save_counter_assign is None:
            self._save_counter_assign = save_counter.assign_add(1, read_value=False)
        session.run(self._save_counter_assign)
        return save_counter

    def save(self, checkpoint_number: Any = None) -> str:
        """Writes a checkpoint, in a graph with the default session, and deletes old ones.

        Args:
          checkpoint_number: the number, an integer or a variable; default: the checkpoint's
            `save_counter`, which counts in any case.

        Returns:
          The path.
        """
        session = get_default_session()
        save_counter = self._counted(session)
        number = save_counter if checkpoint_number is None else checkpoint_number
        if not isinstance(number, compat.integral_types):
            number = training_util.global_step(session, number)
        path = self._checkpoint.write(f"{self._prefix}-{number}")
        self._maybe_delete.pop(path, None)
        self._maybe_delete[path] = time.time()
        self._latest_checkpoint = path
        # Before old ones go, so that the file never names one that is not there.
        self._record_state()
        self._sweep()
        self._record_state()
        return path
