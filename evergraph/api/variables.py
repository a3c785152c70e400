"""Variables of a graph: partitioned ones, the collections, and initializers of many at once.

The classes of single variables stand in `variable_base`, `ref_variable` and
`resource_variable_ops`.
"""

import os
from collections.abc import Iterator, Sequence
from typing import Any

from evergraph.api import array_ops, grouping, math_ops, state_ops
from evergraph.api.ref_variable import RefVariable
from evergraph.api.variable_base import (
    SaveSliceInfo,
    Variable,
    VariableAggregation,
    VariableAggregationV2,
    VariableMetaclass,
    VariableSynchronization,
    VariableV1,
    validate_synchronization_aggregation_trainable,
)
from evergraph.base import dtypes
from evergraph.base.deprecation import deprecated
from evergraph.base.export import export
from evergraph.base.tensor_shape import TensorShape
from evergraph.graph.constant import constant
from evergraph.graph.conversion import register_tensor_conversion_function
from evergraph.graph.defaults import (
    colocate_with,
    control_dependencies,
    device,
    get_collection,
    name_scope,
)
from evergraph.graph.graph import get_default_graph
from evergraph.graph.keys import GraphKeys
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Tensor

__all__ = [
    "PartitionedVariable",
    "RefVariable",
    "SaveSliceInfo",
    "Variable",
    "VariableAggregation",
    "VariableAggregationV2",
    "VariableMetaclass",
    "VariableSynchronization",
    "VariableV1",
    "all_variables",
    "assert_variables_initialized",
    "global_variables",
    "global_variables_initializer",
    "initialize_all_variables",
    "initialize_local_variables",
    "initialize_variables",
    "is_variable_initialized",
    "local_variables",
    "local_variables_initializer",
    "model_variables",
    "moving_average_variables",
    "report_uninitialized_variables",
    "trainable_variables",
    "validate_synchronization_aggregation_trainable",
    "variables_initializer",
]


class PartitionedVariable:
    """A variable in parts along one axis, each a variable of its own; as a tensor, all of it.

    `tf.get_variable` makes them where a partitioner is set.

    Args:
      name: the name of the whole.
      shape: the shape of the whole, as a TensorShape.
      dtype: the element type.
      variable_list: the parts, with their SaveSliceInfo.
      partitions: the number of parts along each axis.

    Raises:
      TypeError: `variable_list` or `partitions` is not a list or tuple.
      ValueError: parts and `partitions` do not make up `shape`.
    """

    def __init__(
        self, name: str, shape: Any, dtype: Any, variable_list: Any, partitions: Any
    ) -> None:
        if not isinstance(variable_list, (list, tuple)):
            raise TypeError(f"variable_list is not a list or tuple: {variable_list}")
        if not isinstance(partitions, (list, tuple)):
            raise TypeError(f"partitions is not a list or tuple: {partitions}")
        if not all(p >= 1 for p in partitions):
            raise ValueError(f"partition values must be positive: {partitions}")
        if not variable_list:
            raise ValueError("variable_list may not be empty")
        for part in variable_list:
            info = part._get_save_slice_info()
            if info is None:
                raise ValueError(
                    "All variables must have a save_slice_info available: "
                    f"{[v.name for v in variable_list]}"
                )
            if len(shape) != len(partitions):
                raise ValueError(f"len(shape) != len(partitions): {shape} vs. {partitions}")
            if info.full_shape != shape:
                raise ValueError(
                    f"All variables' full shapes must match shape: {shape}; but full shapes were: "
                    f"{[info.full_shape]}"
                )
        self._variable_list = sorted(
            variable_list, key=lambda v: v._get_save_slice_info().var_offset
        )
        self._name = name
        self._shape = shape
        self._dtype = dtype
        self._partitions = partitions

    def __iter__(self) -> Iterator[Any]:
        return iter(self._variable_list)

    def __len__(self) -> int:
        axes = self._partition_axes()
        if len(axes) > 1:
            raise ValueError(f"Cannot get a length for {len(axes)} > 1 partition axes")
        return len(self._variable_list)

    def _partition_axes(self) -> list[int]:
        return [i for i, p in enumerate(self._partitions) if p > 1] or [0]

    def _only_axis(self, refusal: str) -> int:
        axes = self._partition_axes()
        if len(axes) > 1:
            raise NotImplementedError(refusal.format(axes))
        return axes[0]

    def _concat(self) -> Tensor:
        if len(self._variable_list) == 1:
            with name_scope(None):
                return array_ops.identity(self._variable_list[0], name=self._name)
        axis = self._only_axis(
            "Cannot concatenate along more than one dimension: {}.  Multi-axis partition concat is "
            "not supported"
        )
        with name_scope(self._name + "/ConcatPartitions/"):
            whole = array_ops.concat(self._variable_list, axis)
        with name_scope(None):
            return array_ops.identity(whole, name=self._name)

    def as_tensor(self) -> Tensor:
        """The whole as a tensor; each call adds nodes."""
        with control_dependencies(None):
            return self._concat()

    @staticmethod
    def _TensorConversionFunction(
        v: Any, dtype: Any = None, name: str | None = None, as_ref: bool = False
    ) -> Tensor:
        if dtype is not None and not dtype.is_compatible_with(v.dtype):
            raise ValueError(
                f"Incompatible type conversion requested to type '{dtype.name}' for variable of "
                "type "
                f"'{v.dtype.name}'"
            )
        if as_ref:
            raise NotImplementedError(
                "PartitionedVariable doesn't support being used as a reference."
            )
        return v.as_tensor()

    @property
    def name(self) -> str:
        return self._name

    @property
    def dtype(self) -> Any:
        return self._dtype

    @property
    def shape(self) -> TensorShape:
        return self._shape

    def get_shape(self) -> TensorShape:
        """The shape of the whole."""
        return self._shape

    @property
    def _distribute_strategy(self) -> None:
        return None

    def _get_variable_list(self) -> list[Any]:
        return self._variable_list

    def _get_partitions(self) -> Any:
        return self._partitions

    def _update_parts(
        self, method: str, value: Any, use_locking: bool, name: str | None, read_value: bool
    ) -> list[Any]:
        axis = self._only_axis(
            "Cannot do assign action along more than one dimension: {}.  Multi-axis partition "
            "assign action is not supported "
        )
        if isinstance(value, list):
            assert len(value) == len(self._variable_list)
            values = value
        elif isinstance(value, PartitionedVariable):
            values = list(value)
        else:
            sizes = [v.shape.dims[axis].value for v in self._variable_list]
            values = array_ops.split(value, sizes, axis=axis)
        results = [
            getattr(v, method)(x, use_locking=use_locking, name=name, read_value=read_value)
            for v, x in zip(self._variable_list, values, strict=False)
        ]
        return results if read_value else [r.op for r in results]

    def assign(
        self,
        value: Any,
        use_locking: bool = False,
        name: str | None = None,
        read_value: bool = True,
    ) -> list[Any]:
        """Assigns the parts of `value`: a list of parts, a PartitionedVariable, or the whole."""
        return self._update_parts("assign", value, use_locking, name, read_value)

    def assign_add(
        self,
        value: Any,
        use_locking: bool = False,
        name: str | None = None,
        read_value: bool = True,
    ) -> list[Any]:
        """Adds the parts of `value`."""
        return self._update_parts("assign_add", value, use_locking, name, read_value)

    def assign_sub(
        self,
        value: Any,
        use_locking: bool = False,
        name: str | None = None,
        read_value: bool = True,
    ) -> list[Any]:
        """Subtracts the parts of `value`."""
        return self._update_parts("assign_sub", value, use_locking, name, read_value)


register_tensor_conversion_function(
    PartitionedVariable, PartitionedVariable._TensorConversionFunction
)


@export("global_variables")
def global_variables(scope: str | None = None) -> list[Any]:
    """The collection GLOBAL_VARIABLES: what is shared and saved. Stands for `tf.global_variables`.

    `scope`: a regular expression that names must begin with.
    """
    return get_collection(GraphKeys.GLOBAL_VARIABLES, scope)


@export("all_variables")
@deprecated("2017-03-02", "Please use tf.global_variables instead.")
def all_variables() -> list[Any]:
    """The same as `tf.global_variables()`."""
    return global_variables()


def _all_saveable_objects(scope: str | None = None) -> list[Any]:
    """All variables and other objects that a Saver saves by default."""
    return get_collection(GraphKeys.GLOBAL_VARIABLES, scope) + get_collection(
        GraphKeys.SAVEABLE_OBJECTS, scope
    )


@export("local_variables")
def local_variables(scope: str | None = None) -> list[Any]:
    """The collection LOCAL_VARIABLES: per process, not saved. Stands for `tf.local_variables`."""
    return get_collection(GraphKeys.LOCAL_VARIABLES, scope)


@export("model_variables")
def model_variables(scope: str | None = None) -> list[Any]:
    """The collection MODEL_VARIABLES. Stands for `tf.model_variables`."""
    return get_collection(GraphKeys.MODEL_VARIABLES, scope)


@export("trainable_variables")
def trainable_variables(scope: str | None = None) -> list[Any]:
    """The collection TRAINABLE_VARIABLES. Stands for `tf.trainable_variables`."""
    return get_collection(GraphKeys.TRAINABLE_VARIABLES, scope)


@export("moving_average_variables")
def moving_average_variables(scope: str | None = None) -> list[Any]:
    """The variables that have a moving average. Stands for `tf.moving_average_variables`."""
    return get_collection(GraphKeys.MOVING_AVERAGE_VARIABLES, scope)


@export("initializers.variables", "variables_initializer")
def variables_initializer(var_list: Sequence[Any], name: str = "init") -> Operation:
    """An operation that initializes all of `var_list`. Stands for `tf.variables_initializer`."""
    if var_list:
        return grouping.group(*[v.initializer for v in var_list], name=name)
    return grouping.no_op(name=name)


@export("initialize_variables")
@deprecated("2017-03-02", "Use `tf.variables_initializer` instead.")
def initialize_variables(var_list: Sequence[Any], name: str = "init") -> Operation:
    """The same as `tf.variables_initializer`."""
    return variables_initializer(var_list, name=name)


@export("initializers.global_variables", "global_variables_initializer")
def global_variables_initializer() -> Operation:
    """An operation that initializes the global variables. Stands for
    `tf.global_variables_initializer`."""
    return variables_initializer(global_variables())


@export("initialize_all_variables")
@deprecated("2017-03-02", "Use `tf.global_variables_initializer` instead.")
def initialize_all_variables() -> Operation:
    """The same as `tf.global_variables_initializer`."""
    return global_variables_initializer()


@export("initializers.local_variables", "local_variables_initializer")
def local_variables_initializer() -> Operation:
    """An operation that initializes the local variables. Stands for
    `tf.local_variables_initializer`."""
    return variables_initializer(local_variables())


@export("initialize_local_variables")
@deprecated("2017-03-02", "Use `tf.local_variables_initializer` instead.")
def initialize_local_variables() -> Operation:
    """The same as `tf.local_variables_initializer`."""
    return local_variables_initializer()


@export("is_variable_initialized")
def is_variable_initialized(variable: Any) -> Tensor:
    """Whether a variable holds a value, as a scalar bool tensor. Stands for
    `tf.is_variable_initialized`."""
    return state_ops.is_variable_initialized(variable)


def _variables_or_nodes(var_list: Any) -> Any:
    """`var_list`, or all variables, or all reference tensors of a graph without collections."""
    if var_list is not None:
        return var_list
    return (global_variables() + local_variables()) or [
        op.outputs[0]
        for op in get_default_graph().get_operations()
        if op.type in ("Variable", "VariableV2", "AutoReloadVariable")
    ]


@export("assert_variables_initialized")
def assert_variables_initialized(var_list: Sequence[Any] | None = None) -> Tensor | None:
    """An operation that fails unless all variables are initialized. Stands for
    `tf.assert_variables_initialized`.

    It raises FailedPreconditionError when it runs; None is returned where there are no variables.
    """
    var_list = _variables_or_nodes(var_list)
    if not var_list:
        return None
    ranks = []
    for variable in var_list:
        with colocate_with(variable.op):
            ranks.append(array_ops.rank_internal(variable, optimize=False))
    return ranks[0] if len(ranks) == 1 else array_ops.stack(ranks)


@export("report_uninitialized_variables")
def report_uninitialized_variables(
    var_list: Sequence[Any] | None = None, name: str = "report_uninitialized_variables"
) -> Tensor:
    """The names of uninitialized variables, as a string vector. Stands for
    `tf.report_uninitialized_variables`.

    Args:
      var_list: the variables to look at; default: all global and local ones.
      name: a name scope for the nodes.
    """
    var_list = _variables_or_nodes(var_list)
    with name_scope(name):
        flags = [state_ops.is_variable_initialized(v) for v in var_list]
        local = os.environ.get("TF_DEVICE_FOR_UNINITIALIZED_VARIABLE_REPORTING", "/cpu:0")
        with device(local):
            if not var_list:
                return constant([], dtype=dtypes.string)
            missing = math_ops.logical_not(array_ops.stack(flags))
            names = constant([v.op.name for v in var_list])
            return array_ops.boolean_mask(names, missing)
