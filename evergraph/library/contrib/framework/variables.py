"""Making, finding and filling variables."""

import functools
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from evergraph.api import array_ops, grouping, variable_scope, variables
from evergraph.api.resource_variable_ops import is_resource_variable
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.formats.checkpoint_reader import CheckpointReader
from evergraph.graph.apply import apply_op
from evergraph.graph.defaults import add_to_collection, device, get_collection
from evergraph.graph.device import DeviceSpec
from evergraph.graph.keys import GraphKeys
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Tensor
from evergraph.library.contrib.framework.arg_scope import add_arg_scope
from evergraph.library.train.saver import Saver
from evergraph.library.train.training_util import (
    assert_global_step,
    create_global_step,
    get_global_step,
    get_or_create_global_step,
)
from evergraph.proto.protobuf.saver_pb2 import SaverDef

__all__ = [
    "VariableDeviceChooser",
    "add_model_variable",
    "assert_global_step",
    "assert_or_get_global_step",
    "assign_from_checkpoint",
    "assign_from_checkpoint_fn",
    "assign_from_values",
    "assign_from_values_fn",
    "create_global_step",
    "filter_variables",
    "get_global_step",
    "get_local_variables",
    "get_model_variables",
    "get_or_create_global_step",
    "get_trainable_variables",
    "get_unique_variable",
    "get_variable_full_name",
    "get_variables",
    "get_variables_by_name",
    "get_variables_by_suffix",
    "get_variables_to_restore",
    "global_variable",
    "local_variable",
    "model_variable",
    "variable",
    "zero_initializer",
]


@export("contrib.framework.assert_or_get_global_step")
def assert_or_get_global_step(graph: Any = None, global_step_tensor: Any = None) -> Any:
    """The given global step, checked, or the graph's."""
    if global_step_tensor is None:
        return get_global_step(graph)
    assert_global_step(global_step_tensor)
    return global_step_tensor


def _plain_variable(
    collection: str,
    initial_value: Any,
    validate_shape: bool,
    name: str | None,
    use_resource: bool | None,
) -> Any:
    return variable_scope.variable(
        initial_value,
        trainable=False,
        collections=[collection],
        validate_shape=validate_shape,
        use_resource=use_resource,
        name=name,
    )


@export("contrib.framework.local_variable")
def local_variable(
    initial_value: Any,
    validate_shape: bool = True,
    name: str | None = None,
    use_resource: bool | None = None,
) -> Any:
    """A variable in LOCAL_VARIABLES that is not trained. Arguments as of `tf.Variable`."""
    return _plain_variable(
        GraphKeys.LOCAL_VARIABLES, initial_value, validate_shape, name, use_resource
    )


@export("contrib.framework.global_variable")
def global_variable(
    initial_value: Any,
    validate_shape: bool = True,
    name: str | None = None,
    use_resource: bool | None = None,
) -> Any:
    """A variable in GLOBAL_VARIABLES that is not trained. Arguments as of `tf.Variable`."""
    return _plain_variable(
        GraphKeys.GLOBAL_VARIABLES, initial_value, validate_shape, name, use_resource
    )


# `device` is an argument of both functions below.
_device = device


@export("contrib.framework.variable")
@add_arg_scope
def variable(
    name: str,
    shape: Any = None,
    dtype: Any = None,
    initializer: Any = None,
    regularizer: Any = None,
    trainable: bool = True,
    collections: Any = None,
    caching_device: Any = None,
    device: Any = None,
    partitioner: Any = None,
    custom_getter: Any = None,
    use_resource: bool | None = None,
    synchronization: Any = variables.VariableSynchronization.AUTO,
    aggregation: Any = variables.VariableAggregation.NONE,
) -> Any:
    """`tf.get_variable` on a device. `custom_getter` is called in its place."""
    if collections is None:
        collections = [GraphKeys.GLOBAL_VARIABLES]
    getter: Callable[..., Any] = variable_scope.get_variable
    if custom_getter is not None:
        getter = functools.partial(custom_getter, reuse=variable_scope.get_variable_scope().reuse)
    with _device(device or ""):
        return getter(
            name,
            shape=shape,
            dtype=dtype,
            initializer=initializer,
            regularizer=regularizer,
            trainable=trainable,
            collections=list(dict.fromkeys(collections)),
            caching_device=caching_device,
            partitioner=partitioner,
            use_resource=use_resource,
            synchronization=synchronization,
            aggregation=aggregation,
        )


@export("contrib.framework.model_variable")
@add_arg_scope
def model_variable(
    name: str,
    shape: Any = None,
    dtype: Any = dtypes.float32,
    initializer: Any = None,
    regularizer: Any = None,
    trainable: bool = True,
    collections: Any = None,
    caching_device: Any = None,
    device: Any = None,
    partitioner: Any = None,
    custom_getter: Any = None,
    use_resource: bool | None = None,
    synchronization: Any = variables.VariableSynchronization.AUTO,
    aggregation: Any = variables.VariableAggregation.NONE,
) -> Any:
    """`variable` in GLOBAL_VARIABLES and MODEL_VARIABLES."""
    return variable(
        name,
        shape=shape,
        dtype=dtype,
        initializer=initializer,
        regularizer=regularizer,
        trainable=trainable,
        collections=[
            *(collections or []),
            GraphKeys.GLOBAL_VARIABLES,
            GraphKeys.MODEL_VARIABLES,
        ],
        caching_device=caching_device,
        device=device,
        partitioner=partitioner,
        custom_getter=custom_getter,
        use_resource=use_resource,
        synchronization=synchronization,
        aggregation=aggregation,
    )


@export("contrib.framework.add_model_variable")
def add_model_variable(var: Any) -> None:
    """Adds a variable to MODEL_VARIABLES, once."""
    if var not in get_collection(GraphKeys.MODEL_VARIABLES):
        add_to_collection(GraphKeys.MODEL_VARIABLES, var)


@export("contrib.framework.get_variables")
def get_variables(
    scope: Any = None, suffix: str | None = None, collection: str = GraphKeys.GLOBAL_VARIABLES
) -> list[Any]:
    """The variables of a collection under a scope.

    Args:
      scope: a regular expression that names begin with, or a VariableScope.
      suffix: what names end with.
      collection: the collection.
    """
    if isinstance(scope, variable_scope.VariableScope):
        scope = scope.name
    if suffix is not None:
        if ":" not in suffix:
            suffix += ":"
        scope = (scope or "") + ".*" + suffix
    return get_collection(collection, scope)


@export("contrib.framework.get_model_variables")
def get_model_variables(scope: Any = None, suffix: str | None = None) -> list[Any]:
    """`get_variables` of MODEL_VARIABLES."""
    return get_variables(scope, suffix, GraphKeys.MODEL_VARIABLES)


@export("contrib.framework.get_local_variables")
def get_local_variables(scope: Any = None, suffix: str | None = None) -> list[Any]:
    """`get_variables` of LOCAL_VARIABLES."""
    return get_variables(scope, suffix, GraphKeys.LOCAL_VARIABLES)


@export("contrib.framework.get_trainable_variables")
def get_trainable_variables(scope: Any = None, suffix: str | None = None) -> list[Any]:
    """`get_variables` of TRAINABLE_VARIABLES."""
    return get_variables(scope, suffix, GraphKeys.TRAINABLE_VARIABLES)


@export("contrib.framework.get_variables_to_restore")
def get_variables_to_restore(
    include: Sequence[str] | None = None, exclude: Sequence[str] | None = None
) -> list[Any]:
    """The global variables under the scopes `include` (default: all) but not under `exclude`.

    Raises TypeError where one is neither None nor a list.
    """
    if include is None:
        included = get_variables()
    else:
        if not isinstance(include, (list, tuple)):
            raise TypeError("include is provided but is not a list or a tuple.")
        included = [v for scope in include for v in get_variables(scope)]
    if exclude is None:
        return included
    if not isinstance(exclude, (list, tuple)):
        raise TypeError("exclude is provided but is not a list or a tuple.")
    excluded = {v for scope in exclude for v in get_variables(scope)}
    return [v for v in included if v not in excluded]


@export("contrib.framework.get_variables_by_suffix")
def get_variables_by_suffix(suffix: str, scope: Any = None) -> list[Any]:
    """The global variables whose names end with `suffix`."""
    return get_variables(scope=scope, suffix=suffix)


@export("contrib.framework.get_variables_by_name")
def get_variables_by_name(given_name: str, scope: Any = None) -> list[Any]:
    """The global variables whose names' last part is `given_name`."""
    return get_variables(scope=scope, suffix=f"/{given_name}:|^{given_name}:")


@export("contrib.framework.get_unique_variable")
def get_unique_variable(var_op_name: str) -> Any:
    """The global variable of that name. Raises ValueError where there is none."""
    candidates = get_variables(scope=var_op_name)
    if not candidates:
        raise ValueError(f"Couldn't find variable {var_op_name}")
    for candidate in candidates:
        if candidate.op.name == var_op_name:
            return candidate
    raise ValueError(f"Variable {var_op_name} does not uniquely identify a variable")


@export("contrib.framework.assign_from_values")
def assign_from_values(var_names_to_values: Mapping[str, Any]) -> tuple[Any, dict[Any, Any]]:
    """An operation that assigns arrays to global variables by name, and what to feed to it.

    Raises ValueError where a name is not that of one variable.
    """
    feed_dict = {}
    assign_ops = []
    for name, value in var_names_to_values.items():
        var = _variable_called(name)
        placeholder = array_ops.placeholder(
            dtype=var.dtype.base_dtype,
            shape=var.get_shape(),
            name="placeholder/" + var.op.name,
        )
        assign_ops.append(var.assign(placeholder))
        feed_dict[placeholder] = value.reshape(var.get_shape())
    return grouping.group(*assign_ops), feed_dict


def _variable_called(name: str) -> Any:
    found = get_collection(GraphKeys.GLOBAL_VARIABLES, name)
    if not found:
        raise ValueError(f"Variable {name} wasn't found")
    if len(found) == 1:
        return found[0]
    for var in found:
        if var.op.name == name:
            return var
    raise ValueError(f"Variable {name} doesn't uniquely identify a variable")


@export("contrib.framework.assign_from_values_fn")
def assign_from_values_fn(var_names_to_values: Mapping[str, Any]) -> Callable[[Any], Any]:
    """A function of a session that does what `assign_from_values` says."""
    assign_op, feed_dict = assign_from_values(var_names_to_values)

    def callback(session: Any) -> Any:
        return session.run(assign_op, feed_dict)

    return callback


@export("contrib.framework.get_variable_full_name")
def get_variable_full_name(var: Any) -> str:
    """The name of a variable in checkpoints; for a part of one, that of the whole."""
    if var._save_slice_info:
        return var._save_slice_info.full_name
    return var.op.name


def _by_name(var_list: Any) -> dict[str, list[Any]]:
    """Variables, or the parts of them, by their names in checkpoints."""
    if not isinstance(var_list, (tuple, list)):
        return {n: list(v) if isinstance(v, (tuple, list)) else [v] for n, v in var_list.items()}
    groups: dict[str, list[Any]] = {}
    for variable in var_list:
        groups.setdefault(get_variable_full_name(variable), []).append(variable)
    return groups


@export("contrib.framework.assign_from_checkpoint")
def assign_from_checkpoint(
    model_path: str, var_list: Any, ignore_missing_vars: bool = False
) -> tuple[Operation, dict[Tensor, Any]]:
    """An operation that assigns values of a checkpoint, and what to feed it with.

    Args:
      model_path: the checkpoint.
      var_list: a list of variables or parts, or a dict of names in the checkpoint and variables.
      ignore_missing_vars: whether to leave out variables that it lacks.

    Raises:
      ValueError: a variable is missing there, or has another shape.
    """
    reader = CheckpointReader(model_path)
    feeds: dict[Tensor, Any] = {}
    assigned = []
    for name, group in _by_name(var_list).items():
        if not reader.has_tensor(name):
            if not ignore_missing_vars:
                raise ValueError(f"Checkpoint is missing variable [{name}]")
            logging.warning("Checkpoint is missing variable [%s]", name)
            continue
        value = reader.get_tensor(name)
        for variable in group:
            given = array_ops.placeholder(
                variable.dtype.base_dtype,
                shape=variable.get_shape(),
                name=f"placeholder/{variable.op.name}",
            )
            assigned.append(variable.assign(given))
            info = variable._save_slice_info
            if info:
                box = zip(info.var_offset, info.var_shape, strict=True)
                feeds[given] = value[tuple(slice(start, start + size) for start, size in box)]
            elif variable.get_shape() == value.shape:
                feeds[given] = value
            else:
                raise ValueError(
                    f"Total size of new array must be unchanged for {name} lh_shape: "
                    f"[{value.shape}], rh_shape: [{variable.get_shape()}]"
                )
    return grouping.group(*assigned), feeds


@export("contrib.framework.assign_from_checkpoint_fn")
def assign_from_checkpoint_fn(
    model_path: str,
    var_list: Any,
    ignore_missing_vars: bool = False,
    reshape_variables: bool = False,
) -> Callable[[Any], None] | None:
    """A function of a session that restores variables from a checkpoint.

    Args:
      model_path: the checkpoint.
      var_list: a list of variables, or a dict of names in the checkpoint and variables.
      ignore_missing_vars: whether to leave out variables that it lacks, with a warning.
      reshape_variables: whether values take on the shapes of the variables.

    Returns:
      The function; None where nothing is left to restore.

    Raises:
      ValueError: `var_list` is empty.
    """
    if not var_list:
        raise ValueError("var_list cannot be empty")
    if ignore_missing_vars:
        reader = CheckpointReader(model_path)
        by_name = var_list if isinstance(var_list, dict) else {v.op.name: v for v in var_list}
        for name in by_name:
            if not reader.has_tensor(name):
                logging.warning("Variable %s missing in checkpoint %s", name, model_path)
        var_list = {name: v for name, v in by_name.items() if reader.has_tensor(name)}
    if not var_list:
        logging.warning("No Variables to restore")
        return None
    saver = Saver(var_list, reshape=reshape_variables, write_version=SaverDef.V1)

    def callback(session: Any) -> None:
        saver.restore(session, model_path)

    return callback


@export("contrib.framework.VariableDeviceChooser")
class VariableDeviceChooser:
    """A device function that spreads variables over tasks in turn.

    Args:
      num_tasks: the number of tasks; 0 leaves the task open.
      job_name: the tasks' job.
      device_type, device_index: the device within the task.
      replica: the replica.
    """

    def __init__(
        self,
        num_tasks: int = 0,
        job_name: str = "ps",
        device_type: str = "CPU",
        device_index: int = 0,
        replica: int | None = None,
    ) -> None:
        self._job_name = job_name
        self._device_type = device_type
        self._device_index = device_index
        self._replica = replica
        self._num_tasks = num_tasks
        self._next_task_id = 0

    def __call__(self, op: Any) -> str:
        spec = DeviceSpec(
            replica=self._replica,
            device_type=self._device_type,
            device_index=self._device_index,
        )
        if self._num_tasks > 0:
            spec.job = self._job_name
            spec.task = self._next_task_id
            self._next_task_id = (self._next_task_id + 1) % self._num_tasks
        return spec.to_string()


@export("contrib.framework.filter_variables")
def filter_variables(
    var_list: Iterable[Any],
    include_patterns: Sequence[str] | None = None,
    exclude_patterns: Sequence[str] | None = None,
    reg_search: bool = True,
) -> list[Any]:
    """The variables whose names match one of the patterns and none of those to exclude.

    Args:
      var_list: the variables.
      include_patterns: regular expressions; None takes all.
      exclude_patterns: regular expressions; None leaves out none.
      reg_search: whether a match may begin anywhere in the name.
    """
    match = re.search if reg_search else re.match

    def matches(var: Any, patterns: Sequence[str]) -> bool:
        return any(match(pattern, var.name) for pattern in patterns)

    found = list(var_list)
    if include_patterns is not None:
        found = [v for v in found if matches(v, include_patterns)]
    if exclude_patterns is not None:
        found = [v for v in found if not matches(v, exclude_patterns)]
    return found


@export("contrib.framework.zero_initializer")
def zero_initializer(ref: Any, use_locking: bool = True, name: str = "zero_initializer") -> Tensor:
    """Fills a variable with zeros, without a tensor of zeros beside it. Stands for
    `tf.contrib.framework.zero_initializer`.

    When it runs it raises InvalidArgumentError where the variable holds a value.

    Args:
      ref: the variable.
      use_locking: not used.
      name: the node's name.

    Returns:
      The variable's reference or handle, after that.
    """
    if is_resource_variable(ref):
        return apply_op(
            "ZeroVarInitializer", ref.handle, shape=ref.shape, dtype=ref.dtype, name=name
        )
    return apply_op("ZeroInitializer", ref, name=name)
