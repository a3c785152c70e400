"""Variables that begin with the values of an earlier model's: tf.train.warm_start."""

from collections import namedtuple
from typing import Any

from evergraph.api import state_ops
from evergraph.api.partitioning import PartitionInfo
from evergraph.api.variables import PartitionedVariable
from evergraph.base import errors
from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import get_collection
from evergraph.graph.keys import GraphKeys
from evergraph.library.train import checkpoint_ops, checkpoint_utils
from evergraph.library.train.saver import object_graph_key_mapping
from evergraph.library.train.saving import saveable_object_util


@export("train.VocabInfo")
class VocabInfo(
    namedtuple(
        "VocabInfo",
        [
            "new_vocab",
            "new_vocab_size",
            "num_oov_buckets",
            "old_vocab",
            "old_vocab_size",
            "backup_initializer",
            "axis",
        ],
    )
):
    """The vocabularies of a variable, then and now. Stands for `tf.train.VocabInfo`.

    Args:
      new_vocab: the file of the new vocabulary, an entry a line.
      new_vocab_size: how many entries of it are used.
      num_oov_buckets: how many rows or columns follow for what is not in it.
      old_vocab: the file of the old vocabulary.
      old_vocab_size: how many entries of it were used; default: all.
      backup_initializer: makes the values of new entries; default: zeros.
      axis: 0 where rows belong to the entries, 1 where columns do.

    Raises:
      ValueError: another `axis`.
    """

    def __new__(
        cls,
        new_vocab: Any,
        new_vocab_size: int,
        num_oov_buckets: int,
        old_vocab: Any,
        old_vocab_size: int = -1,
        backup_initializer: Any = None,
        axis: int = 0,
    ) -> "VocabInfo":
        if axis not in (0, 1):
            raise ValueError(
                f"The only supported values for the axis argument are 0 and 1.  Provided axis: "
                f"{axis}"
            )
        return super().__new__(
            cls,
            new_vocab,
            new_vocab_size,
            num_oov_buckets,
            old_vocab,
            old_vocab_size,
            backup_initializer,
            axis,
        )


def _infer_var_name(var: Any) -> str:
    """The name in checkpoints of a variable, given as a list of it or of its parts."""
    names = saveable_object_util.op_list_to_dict(var)
    if len(names) > 1:
        raise TypeError(
            f"`var` = {var} passed as arg violates the constraints.  name_to_var_dict = {names}"
        )
    return next(iter(names))


def _parts(var: Any) -> list[Any]:
    """A variable's parts; itself where it has none. Raises TypeError for anything else."""
    if checkpoint_utils._is_variable(var):
        return [var]
    if isinstance(var, list) and all(map(checkpoint_utils._is_variable, var)):
        return var
    if isinstance(var, PartitionedVariable):
        return list(var)
    raise TypeError(
        "var MUST be one of the following: a Variable, list of Variable or PartitionedVariable, "
        f"but is {type(var)}"
    )


def _get_var_info(var: Any, prev_tensor_name: str | None = None) -> tuple[str, Any]:
    """The tensor's name in the checkpoint, and the variable or the list of its parts."""
    parts = _parts(var)
    name = _infer_var_name([var] if isinstance(var, PartitionedVariable) else parts)
    single = not isinstance(var, (list, PartitionedVariable))
    return prev_tensor_name or name, var if single else parts


def _warm_start_var_with_vocab(
    var: Any,
    current_vocab_path: str,
    current_vocab_size: int,
    prev_ckpt: str,
    prev_vocab_path: str,
    previous_vocab_size: int = -1,
    current_oov_buckets: int = 0,
    prev_tensor_name: str | None = None,
    initializer: Any = None,
    axis: int = 0,
) -> None:
    """Makes the initializer of a matrix take rows (`axis` 0) or columns (1) from a checkpoint as
    two vocabularies say.

    Raises:
      ValueError: a path or size is missing, or another axis.
      TypeError: `var` is no variable.
    """
    if not (current_vocab_path and current_vocab_size and prev_ckpt and prev_vocab_path):
        raise ValueError(
            "Invalid args: Must provide all of [current_vocab_path, current_vocab_size, prev_ckpt, "
            "prev_vocab_path}."
        )
    parts = _parts(var)
    name = prev_tensor_name or _infer_var_name(
        [var] if isinstance(var, PartitionedVariable) else parts
    )
    if axis not in (0, 1):
        raise ValueError(
            f"The only supported values for the axis argument are 0 and 1.  Provided axis: {axis}"
        )
    rows = sum(part.get_shape().as_list()[0] for part in parts)
    for part in parts:
        shape = part.get_shape().as_list()
        info = part._get_save_slice_info()
        position = info and PartitionInfo(full_shape=info.full_shape, var_offset=info.var_offset)
        sides: dict[str, Any]
        if axis == 0:
            sides = {
                "new_row_vocab_size": current_vocab_size,
                "new_col_vocab_size": shape[1],
                "old_row_vocab_size": previous_vocab_size,
                "old_row_vocab_file": prev_vocab_path,
                "new_row_vocab_file": current_vocab_path,
                "num_row_oov_buckets": current_oov_buckets,
            }
        else:
            sides = {
                "new_row_vocab_size": rows,
                "new_col_vocab_size": current_vocab_size,
                "old_col_vocab_file": prev_vocab_path,
                "new_col_vocab_file": current_vocab_path,
                "num_col_oov_buckets": current_oov_buckets,
            }
        make = checkpoint_ops._load_and_remap_matrix_initializer(
            ckpt_path=checkpoint_utils._get_checkpoint_filename(prev_ckpt),
            old_tensor_name=name,
            initializer=initializer,
            **sides,
        )
        value = convert_to_tensor(make(shape=shape, partition_info=position or None))
        part._initializer_op = state_ops.assign(part, value)


def _get_grouped_variables(vars_to_warm_start: Any) -> dict[str, list[Any]]:
    """The variables to start, parts together, by their names in checkpoints."""
    wanted: list[Any]
    if vars_to_warm_start is None or isinstance(vars_to_warm_start, str):
        logging.info("Warm-starting variables only in TRAINABLE_VARIABLES.")
        wanted = get_collection(GraphKeys.TRAINABLE_VARIABLES, scope=vars_to_warm_start)
    elif not isinstance(vars_to_warm_start, list):
        raise ValueError(
            "`vars_to_warm_start must be a `list` or `str`.  Given type is "
            f"{type(vars_to_warm_start)}"
        )
    elif all(isinstance(v, str) for v in vars_to_warm_start):
        wanted = []
        for scope in vars_to_warm_start:
            wanted += get_collection(GraphKeys.GLOBAL_VARIABLES, scope=scope)
    elif all(map(checkpoint_utils._is_variable, vars_to_warm_start)):
        wanted = vars_to_warm_start
    else:
        raise ValueError(
            "If `vars_to_warm_start` is a list, it must be all `Variable` or all `str`.  Given "
            f"types are {[type(v) for v in vars_to_warm_start]}"
        )
    groups: dict[str, list[Any]] = {}
    for variable in wanted:
        name = _infer_var_name(variable if isinstance(variable, list) else [variable])
        groups.setdefault(name, []).append(variable)
    return groups


def _get_object_checkpoint_renames(path: str, variable_names: Any) -> dict[str, str]:
    """What variables are called in a checkpoint of `tf.train.Checkpoint`; {} for another one."""
    try:
        keys = object_graph_key_mapping(checkpoint_utils._get_checkpoint_filename(path))
    except errors.NotFoundError:
        return {}
    missing = set(variable_names) - set(keys)
    if missing:
        raise ValueError(
            "Attempting to warm-start from an object-based checkpoint, but found that the "
            "checkpoint did not contain values for all variables. The following variables were "
            f"missing: {missing}"
        )
    return {name: keys[name] for name in variable_names}


@export("train.warm_start")
def warm_start(
    ckpt_to_initialize_from: str,
    vars_to_warm_start: Any = ".*",
    var_name_to_vocab_info: dict[str, VocabInfo] | None = None,
    var_name_to_prev_var_name: dict[str, str] | None = None,
) -> None:
    """Lets variables begin with the values of a checkpoint: changes their initializers. Stands for
    `tf.train.warm_start`.

    Args:
      ckpt_to_initialize_from: a checkpoint, or a folder, whose newest one is taken.
      vars_to_warm_start: a regular expression of trainable variables; a list of expressions of
        global variables, or of variables; None for those with a vocabulary alone.
      var_name_to_vocab_info: VocabInfos by the variables' names, where vocabularies have changed.
      var_name_to_prev_var_name: names in the checkpoint where they are other ones.

    Raises:
      ValueError: a dict has names that are no variables'; `vars_to_warm_start` is something else.
    """
    logging.info(f"Warm-starting from: {ckpt_to_initialize_from}")
    groups = _get_grouped_variables(vars_to_warm_start)
    vocabularies = var_name_to_vocab_info or {}
    previous = var_name_to_prev_var_name or _get_object_checkpoint_renames(
        ckpt_to_initialize_from, groups
    )
    started = 0
    others: dict[str, Any] = {}
    for name, variable in groups.items():
        old_name = previous.get(name)
        info = vocabularies.get(name)
        if info:
            started += 1
            _warm_start_var_with_vocab(
                variable,
                current_vocab_path=info.new_vocab,
                current_vocab_size=info.new_vocab_size,
                prev_ckpt=ckpt_to_initialize_from,
                prev_vocab_path=info.old_vocab,
                previous_vocab_size=info.old_vocab_size,
                current_oov_buckets=info.num_oov_buckets,
                prev_tensor_name=old_name,
                initializer=info.backup_initializer,
                axis=info.axis,
            )
        elif vars_to_warm_start:
            started += 1
            single = variable[0] if len(variable) == 1 else variable
            tensor_name, target = _get_var_info(single, old_name)
            others[tensor_name] = target
    checkpoint_utils.init_from_checkpoint(ckpt_to_initialize_from, others)
    logging.info("Warm-started %d variables.", started)
    _check_used("var_name_to_prev_var_name", {n for n in previous if previous[n]}, groups)
    _check_used("var_name_to_vocab_info", {n for n in vocabularies if vocabularies[n]}, groups)


def _check_used(argument: str, names: set[str], groups: dict[str, Any]) -> None:
    unused = names - set(groups)
    if unused:
        raise ValueError(
            f"You provided the following variables in {argument} that were not used: {unused}.  "
            "Perhaps you misspelled them?  Here is the list of viable variable names: "
            f"{groups.keys()}"
        )
