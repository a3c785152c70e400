"""Resource variables: a handle, and nodes that read and write what is behind it.

Unlike a ref variable's, each read is a node of its own, so what it gives is well defined.
"""

import contextlib
import functools
from collections.abc import Iterator
from typing import Any

from evergraph.api import array_ops, initial_values
from evergraph.api.variable_base import (
    VariableV1,
    check_constructor_arguments,
    check_outside_control_flow,
    location_attr,
    read_variable_def,
    validate_synchronization_aggregation_trainable,
    write_variable_def,
)
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.base.tensor_shape import TensorShape, as_shape
from evergraph.graph import tape
from evergraph.graph.apply import apply_op
from evergraph.graph.constant import constant
from evergraph.graph.conversion import (
    convert_to_tensor,
    register_dense_tensor_like_type,
    register_tensor_conversion_function,
)
from evergraph.graph.defaults import (
    add_to_collection,
    add_to_collections,
    colocate_with,
    control_dependencies,
    device,
    executing_eagerly,
    has_default_graph,
    init_scope,
    name_scope,
)
from evergraph.graph.graph import get_default_graph
from evergraph.graph.handles import variable_node
from evergraph.graph.keys import GraphKeys
from evergraph.graph.names import name_from_scope_name
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Tensor, uid


def var_handle_op(
    dtype: Any, shape: Any, container: str = "", shared_name: str = "", name: str | None = None
) -> Tensor:
    """The node of a resource variable; its output is the handle."""
    return apply_op(
        "VarHandleOp",
        container=container,
        shared_name=shared_name,
        dtype=dtype,
        shape=shape,
        name=name,
    )


def read_variable_op(resource: Any, dtype: Any, name: str | None = None) -> Tensor:
    """The value behind a handle."""
    return apply_op("ReadVariableOp", resource, dtype=dtype, name=name)


def assign_variable_op(resource: Any, value: Any, name: str | None = None) -> Operation:
    """Assigns a value behind a handle."""
    return apply_op("AssignVariableOp", resource, value, name=name)


def assign_add_variable_op(resource: Any, value: Any, name: str | None = None) -> Operation:
    """Adds to the value behind a handle."""
    return apply_op("AssignAddVariableOp", resource, value, name=name)


def assign_sub_variable_op(resource: Any, value: Any, name: str | None = None) -> Operation:
    """Subtracts from the value behind a handle."""
    return apply_op("AssignSubVariableOp", resource, value, name=name)


def var_is_initialized_op(resource: Any, name: str | None = None) -> Tensor:
    """Whether there is a value behind a handle."""
    return apply_op("VarIsInitializedOp", resource, name=name)


def resource_gather(
    resource: Any,
    indices: Any,
    dtype: Any,
    batch_dims: int = 0,
    validate_indices: bool = True,
    name: str | None = None,
) -> Tensor:
    """Rows of the value behind a handle, after `batch_dims` dimensions that indices share."""
    return apply_op(
        "ResourceGather",
        resource,
        indices,
        dtype=dtype,
        batch_dims=batch_dims,
        validate_indices=validate_indices,
        name=name,
    )


def resource_gather_nd(resource: Any, indices: Any, dtype: Any, name: str | None = None) -> Tensor:
    """Slices of the value behind a handle."""
    return apply_op("ResourceGatherNd", resource, indices, dtype=dtype, name=name)


def resource_scatter_add(
    resource: Any, indices: Any, updates: Any, name: str | None = None
) -> Operation:
    """Adds to rows of the value behind a handle."""
    return apply_op("ResourceScatterAdd", resource, indices, updates, name=name)


def resource_scatter_update(
    resource: Any, indices: Any, updates: Any, name: str | None = None
) -> Operation:
    """Assigns rows of the value behind a handle."""
    return apply_op("ResourceScatterUpdate", resource, indices, updates, name=name)


def shape_safe_assign_variable_handle(
    handle: Any, shape: Any, value: Any, name: str | None = None
) -> Operation:
    """Assigns `value`, whose shape must be compatible with `shape`, behind a handle."""
    with _graph_of(handle):
        value = convert_to_tensor(value)
    shape.assert_is_compatible_with(value.shape)
    return assign_variable_op(handle, value, name=name)


def variable_shape(handle: Any, out_type: Any = dtypes.int32) -> Tensor:
    """The shape of the variable behind a handle: a constant where it is known.

    A cond's Switch, say, hides what is known of its input: so it is in TensorFlow.
    """
    plain = handle.op
    while plain.type in ("Identity", "IdentityN") and plain.inputs:
        plain = plain.inputs[0].op
    node = variable_node(handle) if plain.type == "VarHandleOp" else None
    dims = None if node is None else node.attr("shape")
    if dims is None or None in dims:
        return apply_op("VariableShape", handle, out_type=out_type)
    return constant(list(dims), dtype=out_type)


@contextlib.contextmanager
def _graph_of(handle: Tensor) -> Iterator[None]:
    """Outside of any `with graph.as_default()`, nodes go where the variable is."""
    if has_default_graph():
        yield
    else:
        with handle.graph.as_default():
            yield


def variable_accessed(variable: Any) -> None:
    """Tells the body of a function that is being built, and tapes, that it uses a variable."""
    tape.variable_accessed(variable)
    watch = getattr(get_default_graph(), "watch_variable", None)
    if watch is not None:
        watch(variable)


class BaseResourceVariable(VariableV1):
    """What resource variables share; made by its subclasses."""

    _handle: Tensor
    _handle_name: str
    _graph_element: Any
    _cached_value: Any = None
    _is_initialized_op: Any = None
    _shape: TensorShape
    _dtype: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise NotImplementedError("BaseResourceVariable is not made by itself")

    def __bool__(self) -> bool:
        return bool(self.read_value())

    __nonzero__ = __bool__

    def __int__(self) -> int:
        if self._handle.graph.runs_at_once:
            return int(self.numpy())
        raise TypeError("a variable of a graph has no value outside of a session")

    def __repr__(self) -> str:
        if not self._handle.graph.runs_at_once:
            return super().__repr__()
        value = self.numpy() if self.is_initialized() else "<uninitialized>"
        text = repr(value) if hasattr(value, "shape") and value.shape else str(value)
        return (
            f"<tf.Variable '{self.name}' shape={self._shape} dtype={self._dtype.name}, "
            f"numpy={text}>"
        )

    def __copy__(self) -> "BaseResourceVariable":
        return self

    def __deepcopy__(self, memo: Any) -> Any:
        if self._handle.graph.runs_at_once:
            copied = memo[id(self)] = ResourceVariable(
                self.read_value(), self._trainable, name=self._shared_name, dtype=self._dtype
            )
            return copied
        raise NotImplementedError(
            "__deepcopy__() is only available when eager execution is enabled."
        )

    def __reduce__(self) -> Any:
        if not self._handle.graph.runs_at_once:
            return super().__reduce__()
        made = functools.partial(
            ResourceVariable,
            initial_value=self.numpy(),
            trainable=self._trainable,
            name=self._shared_name,
            dtype=self._dtype,
            constraint=self._constraint,
        )
        return made, ()

    @property
    def name(self) -> str:
        return self._handle_name

    @property
    def dtype(self) -> Any:
        return self._dtype

    @property
    def shape(self) -> TensorShape:
        return self._shape

    def _shape_as_list(self) -> list[int | None] | None:
        return None if self._shape.ndims is None else [d.value for d in self._shape.dims]

    def _shape_tuple(self) -> tuple[int | None, ...] | None:
        sizes = self._shape_as_list()
        return None if sizes is None else tuple(sizes)

    @property
    def op(self) -> Any:
        return self._handle.op

    @property
    def graph(self) -> Any:
        return self._handle.graph

    @property
    def device(self) -> str:
        return self._handle.device

    @property
    def handle(self) -> Tensor:
        """The resource tensor that stands for the variable."""
        return self._handle

    @property
    def create(self) -> Any:
        """The operation that initializes the variable. The same as `initializer`."""
        return self._initializer_op

    @property
    def _unique_id(self) -> str:
        return self._shared_name

    def _as_graph_element(self) -> Any:
        return self._graph_element

    def is_initialized(self, name: str | None = None) -> Tensor:
        """Whether the variable holds a value, as a scalar bool tensor."""
        return var_is_initialized_op(self._handle, name)

    def set_shape(self, shape: Any) -> None:
        raise NotImplementedError("ResourceVariable does not implement set_shape()")

    def numpy(self) -> Any:
        """The value as an array, in eager execution. A graph's variable has it in a session.

        Raises:
          NotImplementedError: the variable is of a graph.
        """
        if self._handle.graph.runs_at_once:
            return self.read_value().numpy()  # type: ignore[attr-defined]
        raise NotImplementedError("numpy() is only available when eager execution is enabled.")

    # Reads.

    def _read_variable_op(self) -> Tensor:
        variable_accessed(self)
        return read_variable_op(self._handle, self._dtype)

    def value(self) -> Tensor:
        if self._cached_value is not None:
            return self._cached_value
        with colocate_with(None, ignore_existing=True), device(self._handle.device):
            return self._read_variable_op()

    def read_value(self) -> Tensor:
        with name_scope("Read"), device(self._handle.device):
            value = self._read_variable_op()
        return array_ops.identity(value)

    def eval(self, session: Any = None) -> Any:
        if self._handle.graph.runs_at_once:
            raise RuntimeError("Trying to eval in EAGER mode")
        return self._graph_element.eval(session=session)

    def sparse_read(self, indices: Any, name: str | None = None) -> Tensor:
        with name_scope("Gather" if name is None else name) as scope:
            variable_accessed(self)
            value = resource_gather(self._handle, indices, dtype=self._dtype, name=scope)
        return array_ops.identity(value)

    def gather_nd(self, indices: Any, name: str | None = None) -> Tensor:
        with name_scope("GatherNd" if name is None else name) as scope:
            variable_accessed(self)
            value = resource_gather_nd(self._handle, indices, dtype=self._dtype, name=scope)
        return array_ops.identity(value)

    # Updates.

    @contextlib.contextmanager
    def _assign_dependencies(self) -> Iterator[None]:
        """A cached read must come before the update."""
        if self._cached_value is None:
            yield
        else:
            with control_dependencies([self._cached_value]):
                yield

    def _lazy_read(self, op: Operation) -> "_UnreadVariable":
        return _UnreadVariable(self._handle, self._dtype, self._shape, op)

    def assign(
        self,
        value: Any,
        use_locking: bool | None = None,
        name: str | None = None,
        read_value: bool = True,
    ) -> Any:
        with _graph_of(self._handle):
            value = convert_to_tensor(value, dtype=self._dtype)
            self._shape.assert_is_compatible_with(value.shape)
            op = assign_variable_op(self._handle, value, name=name)
            return self._lazy_read(op) if read_value else op

    def assign_add(
        self,
        delta: Any,
        use_locking: bool | None = None,
        name: str | None = None,
        read_value: bool = True,
    ) -> Any:
        with _graph_of(self._handle), self._assign_dependencies():
            delta = convert_to_tensor(delta, dtype=self._dtype)
            op = assign_add_variable_op(self._handle, delta, name=name)
        return self._lazy_read(op) if read_value else op

    def assign_sub(
        self,
        delta: Any,
        use_locking: bool | None = None,
        name: str | None = None,
        read_value: bool = True,
    ) -> Any:
        with _graph_of(self._handle), self._assign_dependencies():
            delta = convert_to_tensor(delta, dtype=self._dtype)
            op = assign_sub_variable_op(self._handle, delta, name=name)
        return self._lazy_read(op) if read_value else op

    def _strided_slice_assign(
        self,
        begin: Any,
        end: Any,
        strides: Any,
        value: Any,
        name: str | None,
        begin_mask: int,
        end_mask: int,
        ellipsis_mask: int,
        new_axis_mask: int,
        shrink_axis_mask: int,
    ) -> Any:
        with _graph_of(self._handle), self._assign_dependencies():
            return self._lazy_read(
                apply_op(
                    "ResourceStridedSliceAssign",
                    self._handle,
                    begin,
                    end,
                    strides,
                    convert_to_tensor(value, dtype=self._dtype),
                    name=name,
                    begin_mask=begin_mask,
                    end_mask=end_mask,
                    ellipsis_mask=ellipsis_mask,
                    new_axis_mask=new_axis_mask,
                    shrink_axis_mask=shrink_axis_mask,
                )
            )

    # Conversions.

    def _dense_var_to_tensor(
        self, dtype: Any = None, name: str | None = None, as_ref: bool = False
    ) -> Tensor:
        if dtype is not None and not dtype.is_compatible_with(self.dtype):
            raise ValueError(
                f"Incompatible type conversion requested to type {dtype.name!r} for variable of "
                "type "
                f"{self.dtype.name!r}"
            )
        return self.read_value().op.inputs[0] if as_ref else self.value()

    def to_proto(self, export_scope: str | None = None) -> Any:
        if self._handle.graph.runs_at_once:
            raise RuntimeError("to_proto not supported in EAGER mode.")
        snapshot = self._graph_element if self._cached_value is None else self._cached_value
        result = write_variable_def(self, self._handle, snapshot, export_scope)
        if result is not None:
            result.is_resource = True
        return result

    @staticmethod
    def from_proto(variable_def: Any, import_scope: str | None = None) -> "ResourceVariable":
        return ResourceVariable(variable_def=variable_def, import_scope=import_scope)

    def _refuse(self, symbol: str, advice: str) -> Any:
        raise RuntimeError(f"Variable {symbol}= value not supported. {advice}")

    def __iadd__(self, other: Any) -> Any:
        return self._refuse("+", _USE_ASSIGN_ADD.format("add", "+"))

    def __isub__(self, other: Any) -> Any:
        return self._refuse("-", _USE_ASSIGN_ADD.format("sub", "-"))

    def __imul__(self, other: Any) -> Any:
        return self._refuse("*", _USE_ASSIGN.format("*"))

    def __itruediv__(self, other: Any) -> Any:
        return self._refuse("/", _USE_ASSIGN.format("/"))

    __idiv__ = __irealdiv__ = __itruediv__

    def __ipow__(self, other: Any) -> Any:
        return self._refuse("**", _USE_ASSIGN.format("**"))


_USE_ASSIGN_ADD = (
    "Use variable.assign_{0}(value) to modify the variable value and variable = variable {1} value "
    "to get a new Tensor object."
)
_USE_ASSIGN = (
    "Use `var.assign(var {0} value)` to modify the variable or `var = var {0} value` to get a new "
    "Tensor object."
)


@export("contrib.eager.Variable")
class ResourceVariable(BaseResourceVariable):
    """A resource variable. Arguments as of `tf.Variable`, but `use_resource` and
    `expected_shape`."""

    def __init__(
        self,
        initial_value: Any = None,
        trainable: bool | None = None,
        collections: Any = None,
        validate_shape: bool = True,
        caching_device: Any = None,
        name: str | None = None,
        dtype: Any = None,
        variable_def: Any = None,
        import_scope: str | None = None,
        constraint: Any = None,
        distribute_strategy: Any = None,
        synchronization: Any = None,
        aggregation: Any = None,
        shape: Any = None,
    ) -> None:
        if variable_def:
            if initial_value is not None:
                raise ValueError("variable_def and initial_value are mutually exclusive.")
            self._init_from_proto(variable_def, import_scope)
            return
        if isinstance(initial_value, Tensor) and initial_value.graph.building_function:
            raise ValueError(
                "Tensor-typed variable initializers must either be wrapped in an init_scope or "
                "callable (e.g., `tf.Variable(lambda : tf.truncated_normal([10, 40]))`) when "
                "building functions. Please file a feature request if this restriction "
                "inconveniences you."
            )
        modes = validate_synchronization_aggregation_trainable(
            synchronization, aggregation, trainable, name
        )
        self._synchronization, self._aggregation, self._trainable = modes
        self._made_by = distribute_strategy
        collections = check_constructor_arguments(
            initial_value, collections, constraint, self._trainable
        )
        self._caching_device = caching_device
        self._constraint = constraint
        with init_scope():
            self._build(initial_value, caching_device, name, dtype, shape)
            add_to_collections(self._kept_in(collections), self)

    @staticmethod
    def _kept_in(collections: Any) -> Any:
        """The collections that the variable becomes part of: an eager one lives as long as the
        program has it, unless it is the global step."""
        if not executing_eagerly():
            return collections
        return [key for key in collections if key == GraphKeys.GLOBAL_STEP]

    def _build(
        self, initial_value: Any, caching_device: Any, name: str | None, dtype: Any, shape: Any
    ) -> None:
        by_function = callable(initial_value)
        with name_scope(name, "Variable", [] if by_function else [initial_value]) as scope:
            shared_name = name_from_scope_name(scope)
            with location_attr(shared_name):
                with name_scope("Initializer"), device(None):
                    value = convert_to_tensor(
                        initial_value() if by_function else initial_value,
                        name="initial_value",
                        dtype=dtype,
                    )
                if shape is None:
                    shape = value.shape
                elif not value.shape.is_compatible_with(shape):
                    raise ValueError(
                        f"The initial value's shape ({value.shape}) is not compatible with the "
                        f"explicitly supplied `shape` argument ({shape})."
                    )
                self._make_handle(value.dtype.base_dtype, shape, shared_name, scope)
            if executing_eagerly():
                self._initial_value = self._initializer_op = self._graph_element = None
                assign_variable_op(self._handle, value)
                return
            check_outside_control_flow(value, scope)
            self._initial_value = value
            with name_scope("IsInitialized"):
                self._is_initialized_op = var_is_initialized_op(self._handle)
            with (
                name_scope("Assign") as n,
                colocate_with(None, ignore_existing=True),
                device(self._handle.device),
            ):
                safe = initial_values.guarded(scope, value)
                self._initializer_op = assign_variable_op(self._handle, safe, name=n)
            with name_scope("Read"):
                self._make_reads(caching_device)

    def _make_handle(self, dtype: Any, shape: Any, shared_name: str, name: str) -> None:
        self._dtype = dtype
        self._shape = as_shape(shape)
        self._handle = var_handle_op(
            dtype=dtype,
            shape=shape,
            # In a graph names are unique already.
            shared_name=f"{shared_name}_{uid()}" if executing_eagerly() else shared_name,
            name=name,
            container=get_default_graph()._container or "",
        )
        self._handle_name = shared_name + ":0"

    def _make_reads(self, caching_device: Any = None) -> None:
        with device(self._handle.device):
            self._graph_element = read_variable_op(self._handle, self._dtype)
        if caching_device is not None:
            with colocate_with(None, ignore_existing=True), device(caching_device):
                self._cached_value = array_ops.identity(self._graph_element)

    def _init_from_proto(self, variable_def: Any, import_scope: str | None) -> None:
        if not variable_def.is_resource:
            raise ValueError("Trying to restore Variable as ResourceVariable.")
        element = read_variable_def(self, variable_def, import_scope)
        self._handle = element(variable_def.variable_name)
        self._handle_name = self._handle.name
        self._shape = TensorShape(self._handle.op.attr("shape"))
        self._dtype = self._handle.op.attr("dtype")
        if not variable_def.snapshot_name:
            read = self._handle.op.name + "/Read/ReadVariableOp:0"
            self._graph_element = get_default_graph().get_tensor_by_name(read)
            return
        snapshot = element(variable_def.snapshot_name)
        if snapshot.op.type != "ReadVariableOp":
            self._cached_value = snapshot
        while snapshot.op.type != "ReadVariableOp":
            snapshot = snapshot.op.inputs[0]
        self._graph_element = snapshot


class UninitializedVariable(ResourceVariable):
    """A resource variable without an initializer, for what restores its value."""

    def __init__(
        self,
        trainable: bool | None = None,
        caching_device: Any = None,
        name: str | None = None,
        shape: Any = None,
        dtype: Any = None,
        constraint: Any = None,
        synchronization: Any = None,
        aggregation: Any = None,
        extra_handle_data: Any = None,
        distribute_strategy: Any = None,
        **unused_kwargs: Any,
    ) -> None:
        modes = validate_synchronization_aggregation_trainable(
            synchronization, aggregation, trainable, name
        )
        self._synchronization, self._aggregation, self._trainable = modes
        self._made_by = distribute_strategy
        self._constraint = constraint
        self._initial_value = None
        self._initializer_op = None
        with init_scope(), name_scope(name, "Variable") as scope:
            self._make_handle(dtypes.as_dtype(dtype), shape, name_from_scope_name(scope), scope)
            if executing_eagerly():
                self._graph_element = None
                return
            with name_scope("Read"):
                self._make_reads()
            add_to_collection(GraphKeys.GLOBAL_VARIABLES, self)


class _UnreadVariable(BaseResourceVariable):
    """What updates return: the variable, read after the update only where somebody wants to
    know."""

    def __init__(self, handle: Tensor, dtype: Any, shape: TensorShape, parent_op: Any) -> None:
        self._handle = handle
        self._handle_name = handle.name
        self._dtype = dtype
        self._shape = shape
        self._parent_op = parent_op
        modes = validate_synchronization_aggregation_trainable(None, None, None, None)
        self._synchronization, self._aggregation, self._trainable = modes
        self._initial_value = self._initializer_op = self._constraint = None
        if get_default_graph().building_function or executing_eagerly():
            self._graph_element = None
        else:
            self._graph_element = self._read_variable_op()

    @property
    def name(self) -> str:
        return "UnreadVariable" if self._handle.graph.runs_at_once else self._parent_op.name

    @property
    def op(self) -> Any:
        return self._parent_op

    def _read_variable_op(self) -> Tensor:
        with control_dependencies([self._parent_op]):
            return read_variable_op(self._handle, self._dtype)

    def value(self) -> Tensor:
        return self._read_variable_op()

    def read_value(self) -> Tensor:
        return self._read_variable_op()


def _convert(var: Any, dtype: Any = None, name: str | None = None, as_ref: bool = False) -> Tensor:
    return var._dense_var_to_tensor(dtype=dtype, name=name, as_ref=as_ref)


register_tensor_conversion_function(BaseResourceVariable, _convert)
register_dense_tensor_like_type(BaseResourceVariable)


def is_resource_variable(var: Any) -> bool:
    """Whether `var` is a resource variable, or asks to be treated as one."""
    return isinstance(var, BaseResourceVariable) or hasattr(var, "_should_act_as_resource_variable")


def copy_to_graph_uninitialized(var: Any) -> UninitializedVariable:
    """A variable like `var` in the default graph, without an initializer."""
    return UninitializedVariable(
        trainable=var.trainable,
        constraint=var._constraint,
        shape=var.shape,
        dtype=var.dtype,
        name=var._shared_name,
        synchronization=var.synchronization,
        aggregation=var.aggregation,
        extra_handle_data=var.handle,
    )
