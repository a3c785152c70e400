"""The store of the variables that `tf.get_variable` made in a graph."""

import enum
import traceback
from collections.abc import Callable, Sequence
from typing import Any

from evergraph.api import array_ops, init_ops, variables
from evergraph.api.partitioning import (
    PartitionInfo,
    call_partitioner,
    iter_slices,
    slice_dim_and_count,
)
from evergraph.api.resource_variable_ops import ResourceVariable
from evergraph.api.variables import VariableAggregation, VariableSynchronization
from evergraph.base import dtypes, tf2, tf_inspect
from evergraph.base.deprecation import deprecated
from evergraph.base.export import export, export_constant
from evergraph.base.platform import logging
from evergraph.base.tensor_shape import as_shape
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import (
    add_to_collection,
    colocate_with,
    executing_eagerly,
    init_scope,
    name_scope,
)
from evergraph.graph.keys import GraphKeys
from evergraph.graph.tensor import Tensor


class _ReuseMode(enum.Enum):
    """Modes for the `reuse` argument beside True, False and None."""

    AUTO_REUSE = 1


AUTO_REUSE = _ReuseMode.AUTO_REUSE
"""For `reuse`: get the variable if it exists, else make it."""

export_constant(__name__, "AUTO_REUSE", "AUTO_REUSE")


class _ResourceDefault:
    """Whether new variables are resource variables where nothing else says so."""

    def __init__(self) -> None:
        self.on = tf2.enabled()


resource_default = _ResourceDefault()


@export("enable_resource_variables")
def enable_resource_variables() -> None:
    """Makes resource variables the default. Stands for `tf.enable_resource_variables`."""
    resource_default.on = True


@export("resource_variables_enabled")
def resource_variables_enabled() -> bool:
    """Whether resource variables are the default. Stands for `tf.resource_variables_enabled`."""
    return resource_default.on


@export("disable_resource_variables")
@deprecated(None, "non-resource variables are not supported in the long term")
def disable_resource_variables() -> None:
    """Makes ref variables the default again. Stands for `tf.disable_resource_variables`."""
    resource_default.on = False


class _VariableStore:
    """The variables of a graph that `get_variable` made, by their full names."""

    def __init__(self) -> None:
        self._vars: dict[str, Any] = {}
        self._partitioned_vars: dict[str, Any] = {}
        self._store_eager_variables = False

    def get_variable(
        self,
        name: str,
        shape: Any = None,
        dtype: Any = dtypes.float32,
        initializer: Any = None,
        regularizer: Any = None,
        reuse: Any = None,
        trainable: bool | None = None,
        collections: Any = None,
        caching_device: Any = None,
        partitioner: Any = None,
        validate_shape: bool = True,
        use_resource: bool | None = None,
        custom_getter: Any = None,
        constraint: Any = None,
        synchronization: Any = VariableSynchronization.AUTO,
        aggregation: Any = VariableAggregation.NONE,
    ) -> Any:
        """The variable of that full name, made or found as `reuse` says.

        Arguments as of `tf.get_variable`; `reuse` is True, False, None or AUTO_REUSE.
        """
        if custom_getter is not None and not callable(custom_getter):
            raise ValueError(f"Passed a custom_getter which is not callable: {custom_getter}")
        modes = variables.validate_synchronization_aggregation_trainable(
            synchronization, aggregation, trainable, name
        )
        synchronization, aggregation, trainable = modes
        kwargs = {
            "name": name,
            "shape": shape,
            "dtype": getattr(dtype, "base_dtype", dtype),
            "initializer": initializer,
            "regularizer": regularizer,
            "reuse": reuse,
            "trainable": trainable,
            "collections": collections,
            "caching_device": caching_device,
            "partitioner": partitioner,
            "validate_shape": validate_shape,
            "use_resource": use_resource,
            "synchronization": synchronization,
            "aggregation": aggregation,
        }
        if custom_getter is None:
            return self._true_getter(**kwargs, constraint=constraint)
        # Getters written before there were constraints do not know the argument.
        if _takes_keyword(custom_getter, "constraint"):
            kwargs["constraint"] = constraint
        return custom_getter(getter=self._true_getter, **kwargs)

    def _true_getter(
        self,
        name: str,
        shape: Any = None,
        dtype: Any = dtypes.float32,
        initializer: Any = None,
        regularizer: Any = None,
        reuse: Any = None,
        trainable: bool | None = None,
        collections: Any = None,
        caching_device: Any = None,
        partitioner: Any = None,
        validate_shape: bool = True,
        use_resource: bool | None = None,
        constraint: Any = None,
        synchronization: Any = VariableSynchronization.AUTO,
        aggregation: Any = VariableAggregation.NONE,
    ) -> Any:
        """What custom getters get as `getter`."""
        kwargs = {
            "name": name,
            "shape": shape,
            "dtype": dtype,
            "initializer": initializer,
            "regularizer": regularizer,
            "reuse": reuse,
            "trainable": trainable,
            "collections": collections,
            "caching_device": caching_device,
            "validate_shape": validate_shape,
            "use_resource": use_resource,
            "constraint": constraint,
            "synchronization": synchronization,
            "aggregation": aggregation,
        }
        is_scalar = shape is not None and isinstance(shape, Sequence) and not shape
        if partitioner is not None and not is_scalar:
            if not callable(partitioner):
                raise ValueError(f"Partitioner must be callable, but received: {partitioner}")
            with name_scope(None):
                return self._get_partitioned_variable(partitioner=partitioner, **kwargs)
        if reuse is True and partitioner is None and name in self._partitioned_vars:
            return self._get_partitioned_variable(partitioner=None, **kwargs)
        if f"{name}/part_0" in self._vars:
            raise ValueError(
                "No partitioner was provided, but a partitioned version of the variable was found: "
                f"{name}/part_0. Perhaps a variable of the same name was already created with "
                "partitioning?"
            )
        return self._get_single_variable(**kwargs)

    # Partitioned variables.

    def _get_partitioned_variable(
        self,
        name: str,
        partitioner: Any,
        shape: Any = None,
        dtype: Any = dtypes.float32,
        initializer: Any = None,
        reuse: Any = None,
        **kwargs: Any,
    ) -> Any:
        from_value = isinstance(initializer, Tensor)
        if name in self._vars:
            raise ValueError(
                "A partitioner was provided, but an unpartitioned version of the variable was "
                "found: "
                f"{name}.  Perhaps a variable of the same name was already created without "
                "partitioning?"
            )
        shape = as_shape(shape)
        if from_value:
            shape = shape.merge_with(initializer.get_shape())
        partitions = None
        if not reuse or partitioner:
            partitions = call_partitioner(partitioner, shape, dtype)
        if name in self._partitioned_vars:
            return self._found_partitioned(name, shape, dtype, partitions, reuse)
        if reuse is True:
            raise ValueError(
                f"PartitionedVariable {name} does not exist, or was not created with "
                "tf.get_variable(). Did you mean to set reuse=False or reuse=tf.AUTO_REUSE in "
                "VarScope?"
            )
        axis, count = slice_dim_and_count(partitions)
        self._check_number_of_parts(name, count)
        parts = []
        full_shape = shape.as_list()
        for i, (offset, part_shape) in enumerate(iter_slices(full_shape, count, axis)):
            full_name = f"{name}/part_{i}"
            with name_scope(full_name + "/PartitionedInitializer"):
                init, init_shape, dtype = self._part_initializer(
                    name, initializer, dtype, offset, part_shape
                )
            with name_scope(None):
                part = self._get_single_variable(
                    name=full_name,
                    shape=init_shape,
                    dtype=dtype,
                    initializer=init,
                    partition_info=PartitionInfo(full_shape, offset),
                    reuse=reuse,
                    **kwargs,
                )
            part._set_save_slice_info(
                variables.SaveSliceInfo(name, shape.as_list(), offset, part_shape)
            )
            parts.append(part)
        whole = variables.PartitionedVariable(name, shape, dtype, parts, partitions)
        self._partitioned_vars[name] = whole
        return whole

    def _found_partitioned(
        self, name: str, shape: Any, dtype: Any, partitions: Any, reuse: Any
    ) -> Any:
        if reuse is False:
            raise ValueError(
                f"Partitioned variable with name {name} already exists. Did you mean to set "
                "reuse=True or reuse=tf.AUTO_REUSE in VarScope?"
            )
        found = self._partitioned_vars[name]
        prefix = f"Trying to reuse partitioned variable {name}, but specified"
        if not shape.is_compatible_with(found.get_shape()):
            raise ValueError(f"{prefix} shape {shape} and found shape {found.get_shape()}.")
        if not dtype.is_compatible_with(found.dtype):
            raise ValueError(f"{prefix} dtype {dtype.name} and found dtype {found.dtype.name}.")
        if partitions is not None and found._get_partitions() != partitions:
            raise ValueError(
                f"{prefix} partitions {partitions} and found partitions {found._get_partitions()}."
            )
        return found

    def _check_number_of_parts(self, name: str, count: int) -> None:
        """Parts found from before must be as many as the partitioner says."""
        first, last, extra = f"{name}/part_0", f"{name}/part_{count - 1}", f"{name}/part_{count}"
        if first not in self._vars:
            return
        prefix = (
            "Partitioner returned a different partitioning than what was already found.  "
            f"Partitioner returned {count} shards, and shard {first} was found, but"
        )
        if last not in self._vars:
            raise ValueError(f"{prefix} {last} was not.")
        if extra in self._vars:
            raise ValueError(f"{prefix} so was the extra shard {extra}.")

    def _part_initializer(
        self, name: str, initializer: Any, dtype: Any, offset: list[int], part_shape: list[int]
    ) -> tuple[Any, Any, Any]:
        """The initializer, shape and dtype for one part."""
        if initializer is None:
            return self._get_default_initializer(name, dtype=dtype)[0], part_shape, dtype
        if callable(initializer):
            return initializer, part_shape, dtype
        if isinstance(initializer, Tensor):
            init = array_ops.slice(initializer, offset, part_shape)
            return init, None, init.dtype.base_dtype
        init = convert_to_tensor(initializer, dtype=dtype)
        return array_ops.slice(init, offset, part_shape), None, dtype

    # Single variables.

    def _get_single_variable(
        self,
        name: str,
        shape: Any = None,
        dtype: Any = dtypes.float32,
        initializer: Any = None,
        regularizer: Any = None,
        partition_info: Any = None,
        reuse: Any = None,
        trainable: bool | None = None,
        collections: Any = None,
        caching_device: Any = None,
        validate_shape: bool = True,
        use_resource: bool | None = None,
        constraint: Any = None,
        synchronization: Any = VariableSynchronization.AUTO,
        aggregation: Any = VariableAggregation.NONE,
    ) -> Any:
        from_value = initializer is not None and not callable(initializer)
        if shape is not None and from_value:
            raise ValueError("If initializer is a constant, do not specify shape.")
        dtype = dtypes.as_dtype(dtype)
        shape = as_shape(shape)
        if name in self._vars:
            return self._found(name, shape, dtype, reuse)
        if reuse is True:
            raise ValueError(
                f"Variable {name} does not exist, or was not created with tf.get_variable(). Did "
                "you "
                "mean to set reuse=tf.AUTO_REUSE in VarScope?"
            )
        if initializer is None:
            initializer, from_value = self._get_default_initializer(name, dtype=dtype)
        with init_scope():
            if from_value:
                initial_value, variable_dtype = initializer, None
            else:
                initial_value, variable_dtype = _initial_value_of(
                    initializer, shape, dtype, partition_info
                )
        variable = variables.VariableV1(
            initial_value=initial_value,
            name=name,
            trainable=trainable,
            collections=collections,
            caching_device=caching_device,
            dtype=variable_dtype,
            validate_shape=validate_shape,
            constraint=constraint,
            use_resource=resource_default.on if use_resource is None else use_resource,
            synchronization=synchronization,
            aggregation=aggregation,
        )
        if self._store_eager_variables or not executing_eagerly():
            self._vars[name] = variable
        logging.vlog(
            1,
            "Created variable %s with shape %s and init %s",
            variable.name,
            format(shape),
            initializer,
        )
        if regularizer:
            self._regularize(variable, name, regularizer)
        return variable

    def _found(self, name: str, shape: Any, dtype: Any, reuse: Any) -> Any:
        found = self._vars[name]
        if reuse is False:
            message = (
                f"Variable {name} already exists, disallowed. Did you mean to set reuse=True or "
                "reuse=tf.AUTO_REUSE in VarScope?"
            )
            if isinstance(found, ResourceVariable):
                raise ValueError(message)
            frames = [tuple(f[:4]) for f in found.op.traceback[::-1]][:5]
            origin = "".join(traceback.format_list(frames))
            raise ValueError(f"{message} Originally defined at:\n\n{origin}")
        prefix = f"Trying to share variable {name}, but specified"
        if not shape.is_compatible_with(found.get_shape()):
            raise ValueError(f"{prefix} shape {shape} and found shape {found.get_shape()}.")
        if not dtype.is_compatible_with(found.dtype):
            raise ValueError(f"{prefix} dtype {dtype.name} and found dtype {found.dtype.name}.")
        return found

    def _regularize(self, variable: Any, name: str, regularizer: Any) -> None:
        with colocate_with(variable), name_scope(name + "/Regularizer/"), init_scope():
            loss = regularizer(variable)
        if loss is not None:
            logging.vlog(
                1,
                "Applied regularizer to %s and added the result %s to REGULARIZATION_LOSSES.",
                variable.name,
                loss.name,
            )
            add_to_collection(GraphKeys.REGULARIZATION_LOSSES, loss)

    def _get_default_initializer(
        self, name: str, shape: Any = None, dtype: Any = dtypes.float32
    ) -> tuple[Any, bool]:
        """Where no initializer is given; the flag says whether it is a value."""
        if dtype.is_floating:
            return init_ops.glorot_uniform_initializer(), False
        if dtype.is_integer or dtype.is_unsigned or dtype.is_bool or dtype == dtypes.string:
            return init_ops.zeros_initializer(), False
        raise ValueError(f"An initializer for variable {name} of {dtype.base_dtype} is required")


def _takes_keyword(function: Any, name: str) -> bool:
    """Whether `function` has an argument of that name, or takes any."""
    spec = tf_inspect.getfullargspec(function)
    return spec.varkw is not None or name in spec.args or name in spec.kwonlyargs


def _initial_value_of(
    initializer: Any, shape: Any, dtype: Any, partition_info: Any
) -> tuple[Callable[[], Any], Any]:
    """The function that gives the initial value, and the dtype to convert it to."""
    if tf_inspect.isclass(initializer):
        initializer = initializer()
    if shape.is_fully_defined():
        sizes = shape.as_list()

        def initial_value() -> Any:
            return initializer(sizes, dtype=dtype, partition_info=partition_info)

        return initial_value, dtype.base_dtype
    spec = tf_inspect.getargspec(initializer)
    if len(spec.args) == len(spec.defaults or []):
        return initializer, None
    raise ValueError(
        "The initializer passed is not valid. It should be a callable with no arguments and the "
        "shape should not be provided or an instance of `tf.keras.initializers.*' and `shape` "
        "should "
        "be fully defined."
    )
