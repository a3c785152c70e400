"""Looking into checkpoints, waiting for them, and variables that begin with their values."""

import time
from collections.abc import Callable, Iterator
from typing import Any

from evergraph.api.resource_variable_ops import is_resource_variable
from evergraph.api.variable_scope_state import _get_default_variable_store
from evergraph.api.variables import Variable
from evergraph.base import compat
from evergraph.base.export import export
from evergraph.base.platform import file_io, logging
from evergraph.formats.checkpoint_reader import CheckpointReader
from evergraph.graph.apply import apply_op
from evergraph.graph.defaults import device
from evergraph.library.train import checkpoint_management
from evergraph.library.train.saving import saveable_object_util


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


# Waiting.


def wait_for_new_checkpoint(
    checkpoint_dir: str,
    last_checkpoint: str | None = None,
    seconds_to_sleep: float = 1,
    timeout: float | None = None,
) -> str | None:
    """The path of the newest checkpoint of a folder, as soon as it is not `last_checkpoint`.

    None after `timeout` seconds (default: never). It looks every `seconds_to_sleep` seconds.
    """
    logging.info("Waiting for new checkpoint at %s", checkpoint_dir)
    end = None if timeout is None else time.time() + timeout
    while True:
        path = checkpoint_management.latest_checkpoint(checkpoint_dir)
        if path is not None and path != last_checkpoint:
            logging.info("Found new checkpoint at %s", path)
            return path
        if end is not None and time.time() + seconds_to_sleep > end:
            return None
        time.sleep(seconds_to_sleep)


@export("train.checkpoints_iterator")
def checkpoints_iterator(
    checkpoint_dir: str,
    min_interval_secs: float = 0,
    timeout: float | None = None,
    timeout_fn: Callable[[], Any] | None = None,
) -> Iterator[str]:
    """Yields the newest checkpoint of a folder whenever there is a new one. Stands for
    `tf.train.checkpoints_iterator`.

    Args:
      checkpoint_dir: the folder.
      min_interval_secs: the least time between two.
      timeout: how long to wait for one, in seconds; default: for ever.
      timeout_fn: asked when that is over; the iteration ends if it gives true, or is not there.
    """
    path = None
    while True:
        newer = wait_for_new_checkpoint(checkpoint_dir, path, timeout=timeout)
        if newer is None:
            if not timeout_fn:
                logging.info("Timed-out waiting for a checkpoint.")
                return
            if timeout_fn():
                return
            continue
        start = time.time()
        path = newer
        yield path
        pause = start + min_interval_secs - time.time()
        if pause > 0:
            time.sleep(pause)


# Initial values.


@export("train.init_from_checkpoint")
def init_from_checkpoint(ckpt_dir_or_file: str, assignment_map: dict[str, Any]) -> None:
    """Lets variables begin with the values of a checkpoint: changes their initializers. Stands for
    `tf.train.init_from_checkpoint`.

    Args:
      ckpt_dir_or_file: a checkpoint, or a folder, whose newest one is taken.
      assignment_map: what in the checkpoint becomes what here. A name of a tensor goes with a
        variable, its name, or the list of its parts; "scope/" with "other_scope/" stands for all
        variables in a scope, "/" for that of everything.

    Raises:
      ValueError: a tensor is not there, or of another shape than its variable; a scope goes with a
        tensor.
    """
    path = _get_checkpoint_filename(ckpt_dir_or_file)
    shapes = load_checkpoint(ckpt_dir_or_file).get_variable_to_shape_map()
    known = _get_default_variable_store()._vars
    for source, target in sorted(assignment_map.items()):
        variable = _variable_of(target, known)
        if variable is None:
            for name, tensor in _scope_pairs(source, target, known):
                if tensor not in shapes:
                    inner = name[len(_scope_of(target)) + 1 :]
                    raise ValueError(
                        f"Tensor {tensor} ({inner} in {source}) is not found in {ckpt_dir_or_file} "
                        "checkpoint"
                    )
                _set_variable_or_list_initializer(_named_variable(name, known), path, tensor)
                _note_initializer(name, ckpt_dir_or_file, tensor)
            continue
        if source not in shapes:
            raise ValueError(
                f"Tensor {source} is not found in {ckpt_dir_or_file} checkpoint {shapes}"
            )
        if _is_variable(variable) and not variable.get_shape().is_compatible_with(shapes[source]):
            raise ValueError(
                f"Shape of variable {variable.name} ({variable.get_shape()}) doesn't match with "
                f"shape of tensor {source} ({shapes[source]}) from checkpoint reader."
            )
        _set_variable_or_list_initializer(variable, path, source)
        name = ",".join(v.name for v in variable) if isinstance(variable, list) else variable.name
        _note_initializer(name, ckpt_dir_or_file, source)


def _note_initializer(name: str, checkpoint: str, tensor: str) -> None:
    logging.debug("Initialize variable %s from checkpoint %s with %s", name, checkpoint, tensor)


def _is_variable(x: Any) -> bool:
    return isinstance(x, Variable) or is_resource_variable(x)


def _variable_of(target: Any, known: dict[str, Any]) -> Any:
    """The variable, or the parts of one, that is meant; None for a scope."""
    if _is_variable(target) or (isinstance(target, list) and all(map(_is_variable, target))):
        return target
    return _named_variable(target, known)


def _named_variable(name: str, known: dict[str, Any]) -> Any:
    return known[name] if name in known else _collect_partitioned_variable(name, known)


def _collect_partitioned_variable(name: str, all_vars: dict[str, Any]) -> list[Any] | None:
    """The parts of a variable; None if there are none."""
    parts: list[Any] = []
    while f"{name}/part_{len(parts)}" in all_vars:
        parts.append(all_vars[f"{name}/part_{len(parts)}"])
    return parts or None


def _scope_of(target: str) -> str:
    return target.rpartition("/")[0]


def _scope_pairs(source: str, target: str, known: dict[str, Any]) -> list[tuple[str, str]]:
    """For each variable of the scope `target` its name and the tensor's name."""
    scope = _scope_of(target)
    if not source.endswith("/"):
        raise ValueError(
            f"Assignment map with scope only name {scope} should map to scope only {source}. "
            "Should be 'scope/': 'other_scope/'."
        )
    whole = {name.partition("/part_")[0] for name in known}
    inside = sorted(name for name in whole if not scope or name.startswith(scope + "/"))
    prefix = "" if source == "/" else source
    # The slash that follows the scope goes; only "/" has none.
    start = len(scope) + (target != "/")
    return [(name, (prefix + name[start:]).removesuffix("/")) for name in inside]


def _set_variable_or_list_initializer(
    variable_or_list: Any, ckpt_file: str, tensor_name: str
) -> None:
    if not isinstance(variable_or_list, (list, tuple)):
        _set_checkpoint_initializer(variable_or_list, ckpt_file, tensor_name, "")
        return
    full_name = None
    for part in variable_or_list:
        info = part._save_slice_info
        if full_name is None:
            full_name = info.full_name
        elif full_name != info.full_name:
            raise ValueError(
                f"Slices must all be from the same tensor: {full_name} != {info.full_name}"
            )
        _set_checkpoint_initializer(part, ckpt_file, tensor_name, info.spec)


def _set_checkpoint_initializer(
    variable: Any,
    ckpt_file: str,
    tensor_name: str,
    slice_spec: str,
    name: str = "checkpoint_initializer",
) -> None:
    """Makes the initializer of `variable` read a tensor, or a slice of it, from a checkpoint."""
    dtype = variable.dtype.base_dtype
    with device(variable.device), device("/cpu:0"):
        restored = apply_op(
            "RestoreV2", ckpt_file, [tensor_name], [slice_spec], dtypes=[dtype], name=name
        )[0]
        (saveable,) = saveable_object_util.validate_and_slice_inputs([variable])
    variable._initializer_op = saveable.restore([restored], None)
    restored.set_shape(variable.shape)
    variable._initial_value = restored
