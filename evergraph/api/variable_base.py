"""The class `tf.Variable`, and what every kind of variable shares.

`VariableV1` is what programs call; it hands over to a chain of creators, of which the last one
makes a `RefVariable` or a resource variable.
"""

import enum
import functools
from collections.abc import Callable
from typing import Any

from evergraph.api import array_ops, control_flow_ops, state_ops
from evergraph.base import compat
from evergraph.base.deprecation import deprecated
from evergraph.base.export import export
from evergraph.base.tensor_shape import TensorShape
from evergraph.base.trackable import VARIABLE_VALUE_KEY, Trackable
from evergraph.graph.composite import IndexedSlices
from evergraph.graph.defaults import (
    executing_eagerly,
    init_scope,
)
from evergraph.graph.graph import get_default_graph
from evergraph.graph.keys import GraphKeys
from evergraph.graph.names import prepend_name_scope, strip_name_scope
from evergraph.graph.scopes import get_default_session
from evergraph.graph.tensor import Tensor, TensorReference
from evergraph.proto.framework import attr_value_pb2, variable_pb2


@export("VariableSynchronization")
class VariableSynchronization(enum.Enum):
    """When the copies of a distributed variable are brought together. Stands for
    `tf.VariableSynchronization`; kept with the variable, and used by distribution strategies."""

    AUTO = 0
    NONE = 1
    ON_WRITE = 2
    ON_READ = 3


@export("VariableAggregation")
class VariableAggregation(enum.Enum):
    """How the copies of a distributed variable become one value. Stands for
    `tf.VariableAggregation`; kept with the variable, and used by distribution strategies."""

    NONE = 0
    SUM = 1
    MEAN = 2
    ONLY_FIRST_REPLICA = 3
    ONLY_FIRST_TOWER = 3  # the older name

    def __hash__(self) -> int:
        return hash(self.value)


VariableAggregationV2 = VariableAggregation


def validate_synchronization_aggregation_trainable(
    synchronization: Any, aggregation: Any, trainable: bool | None, name: Any
) -> tuple[VariableSynchronization, VariableAggregation, bool]:
    """The three with their defaults filled in. Raises ValueError for what is no such mode."""
    if aggregation is None:
        aggregation = VariableAggregation.NONE
    try:
        aggregation = VariableAggregation(aggregation)
    except ValueError:
        raise ValueError(
            f"Invalid variable aggregation mode: {aggregation} for variable: {name}"
        ) from None
    if synchronization is None:
        synchronization = VariableSynchronization.AUTO
    try:
        synchronization = VariableSynchronization(synchronization)
    except ValueError:
        raise ValueError(
            f"Invalid variable synchronization mode: {synchronization} for variable: {name}"
        ) from None
    if trainable is None:
        trainable = synchronization != VariableSynchronization.ON_READ
    return synchronization, aggregation, trainable


def check_constructor_arguments(
    initial_value: Any, collections: Any, constraint: Any, trainable: bool
) -> list[Any]:
    """The collections for a new variable. Raises ValueError for arguments that cannot be right."""
    if initial_value is None:
        raise ValueError("initial_value must be specified.")
    if collections is None:
        collections = [GraphKeys.GLOBAL_VARIABLES]
    if not isinstance(collections, (list, tuple, set)):
        raise ValueError(
            "collections argument to Variable constructor must be a list, tuple, or set. Got "
            f"{collections} of type {type(collections)}"
        )
    if constraint is not None and not callable(constraint):
        raise ValueError("The `constraint` argument must be a callable.")
    if trainable and GraphKeys.TRAINABLE_VARIABLES not in collections:
        collections = [*collections, GraphKeys.TRAINABLE_VARIABLES]
    return list(collections)


def check_outside_control_flow(initial_value: Tensor, name: str) -> None:
    """Raises ValueError for an initial value that a branch or loop computes."""
    if initial_value.op._get_control_flow_context() is not None:
        raise ValueError(
            f"Initializer for variable {name} is from inside a control-flow construct, such as a "
            "loop or conditional. When creating a variable inside a loop or conditional, use a "
            "lambda as the initializer."
        )


def location_attr(name: str) -> Any:
    """The attr scope that puts nodes where the node `name` is."""
    location = compat.as_bytes("loc:@" + name)
    value = attr_value_pb2.AttrValue(list=attr_value_pb2.AttrValue.ListValue(s=[location]))
    return get_default_graph()._attr_scope({"_class": value})


Creator = Callable[..., Any]


def _linked(creator: Creator, next_creator: Creator) -> Creator:
    return lambda **kwargs: creator(next_creator, **kwargs)


class VariableMetaclass(type):
    """Calls of `tf.Variable` go through the creators of `tf.variable_creator_scope`.

    A creator is `f(next_creator, **kwargs)`. `default_creator`, the innermost, is set by
    `variable_scope`, which knows the defaults of the current scope.
    """

    default_creator: Creator
    default_creator_v2: Creator

    def _create(cls, creator: Creator, kwargs: dict[str, Any]) -> Any:
        for entry in get_default_graph()._variable_creator_stack:
            creator = _linked(entry, creator)
        if kwargs["aggregation"] is None:
            kwargs["aggregation"] = VariableAggregation.NONE
        return creator(**kwargs)

    def _variable_v1_call(
        cls,
        initial_value: Any = None,
        trainable: bool | None = None,
        collections: Any = None,
        validate_shape: bool = True,
        caching_device: Any = None,
        name: str | None = None,
        variable_def: Any = None,
        dtype: Any = None,
        expected_shape: Any = None,
        import_scope: str | None = None,
        constraint: Any = None,
        use_resource: bool | None = None,
        synchronization: Any = VariableSynchronization.AUTO,
        aggregation: Any = VariableAggregation.NONE,
        shape: Any = None,
    ) -> Any:
        kwargs = {k: v for k, v in locals().items() if k != "cls"}
        return cls._create(lambda **k: VariableMetaclass.default_creator(None, **k), kwargs)

    def _variable_v2_call(
        cls,
        initial_value: Any = None,
        trainable: bool | None = None,
        validate_shape: bool = True,
        caching_device: Any = None,
        name: str | None = None,
        variable_def: Any = None,
        dtype: Any = None,
        import_scope: str | None = None,
        constraint: Any = None,
        synchronization: Any = VariableSynchronization.AUTO,
        aggregation: Any = VariableAggregation.NONE,
        shape: Any = None,
    ) -> Any:
        kwargs = {k: v for k, v in locals().items() if k != "cls"}
        return cls._create(lambda **k: VariableMetaclass.default_creator_v2(None, **k), kwargs)

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        if cls is VariableV1:
            return cls._variable_v1_call(*args, **kwargs)
        if cls is Variable:
            return cls._variable_v2_call(*args, **kwargs)
        return super().__call__(*args, **kwargs)


class SaveSliceInfo:
    """Which part of a larger variable, as stored in checkpoints, a variable is.

    Args:
      full_name: the name of the larger variable.
      full_shape: its shape, as a list.
      var_offset: where the part begins, in each dimension.
      var_shape: the part's shape.
      save_slice_info_def: all of these as a SaveSliceInfoDef.
      import_scope: a name scope to put before the name in `save_slice_info_def`.
    """

    def __init__(
        self,
        full_name: str | None = None,
        full_shape: Any = None,
        var_offset: Any = None,
        var_shape: Any = None,
        save_slice_info_def: Any = None,
        import_scope: str | None = None,
    ) -> None:
        if save_slice_info_def:
            assert isinstance(save_slice_info_def, variable_pb2.SaveSliceInfoDef)
            full_name = prepend_name_scope(save_slice_info_def.full_name, import_scope)
            full_shape = list(save_slice_info_def.full_shape)
            var_offset = list(save_slice_info_def.var_offset)
            var_shape = list(save_slice_info_def.var_shape)
        self.full_name = full_name
        self.full_shape = full_shape
        self.var_offset = var_offset
        self.var_shape = var_shape

    @property
    def spec(self) -> str:
        """The slice as checkpoints write it, such as "10 20 0,5:0,20"."""
        full = "".join(f"{d:d} " for d in self.full_shape)
        pairs = zip(self.var_offset, self.var_shape, strict=False)
        return full + ":".join(f"{offset:d},{size:d}" for offset, size in pairs)

    def to_proto(self, export_scope: str | None = None) -> Any:
        """A SaveSliceInfoDef, or None where the name is not under `export_scope`."""
        if export_scope is not None and not self.full_name.startswith(export_scope):
            return None
        return variable_pb2.SaveSliceInfoDef(
            full_name=strip_name_scope(self.full_name, export_scope),
            full_shape=self.full_shape,
            var_offset=self.var_offset,
            var_shape=self.var_shape,
        )


class Variable(Trackable, metaclass=VariableMetaclass):
    """What all variables are. Calling it makes a resource variable, as TensorFlow 2 does.

    A variable holds a value between runs of a session. It must be initialized first: by running its
    `initializer`, by restoring it, or by any assignment. It converts to a tensor, its value, and
    takes
    part in arithmetic and slicing as one.
    """

    # NumPy must leave `array + variable` to the variable's reflected operator.
    __array_priority__ = 100

    SaveSliceInfo = SaveSliceInfo

    _trainable: bool
    _synchronization: VariableSynchronization
    _aggregation: VariableAggregation
    _initial_value: Any
    _initializer_op: Any
    _constraint: Any
    _save_slice_info: Any = None
    _in_graph_mode = True
    # The strategy that made it.
    _made_by: Any = None
    # Whether it stands for variables of several replicas.
    _of_replicas = False

    def _gather_saveables_for_checkpoint(self) -> dict[str, Any]:
        return {VARIABLE_VALUE_KEY: self}

    def __repr__(self) -> str:
        return f"<tf.Variable '{self.name}' shape={self.get_shape()} dtype={self.dtype.name}>"

    # Parts.

    @property
    def name(self) -> str:
        """The name of the tensor behind the variable, such as "scope/v:0"."""
        raise NotImplementedError

    @property
    def _shared_name(self) -> str:
        return self.name[: self.name.index(":")]

    @property
    def dtype(self) -> Any:
        """The element type; a reference type for ref variables."""
        raise NotImplementedError

    @property
    def op(self) -> Any:
        """The operation that holds the variable."""
        raise NotImplementedError

    @property
    def graph(self) -> Any:
        """The graph of the variable."""
        raise NotImplementedError

    @property
    def device(self) -> str:
        """The device of the variable, as it was asked for."""
        raise NotImplementedError

    @property
    def shape(self) -> TensorShape:
        """The static shape."""
        raise NotImplementedError

    def get_shape(self) -> TensorShape:
        """The static shape. The same as `shape`."""
        return self.shape

    @property
    def initializer(self) -> Any:
        """The operation that gives the variable its initial value."""
        return self._initializer_op

    @property
    def initial_value(self) -> Any:
        """The tensor that the initializer assigns; not the value of the initialized variable."""
        return self._initial_value

    @property
    def constraint(self) -> Any:
        """The function that optimizers apply after an update, or None."""
        return self._constraint

    @property
    def trainable(self) -> bool:
        """Whether optimizers train the variable by default."""
        return self._trainable

    @property
    def synchronization(self) -> VariableSynchronization:
        return self._synchronization

    @property
    def aggregation(self) -> VariableAggregation:
        return self._aggregation

    @property
    def _distribute_strategy(self) -> Any:
        return self._made_by

    def _set_save_slice_info(self, save_slice_info: Any) -> None:
        self._save_slice_info = save_slice_info

    def _get_save_slice_info(self) -> Any:
        return self._save_slice_info

    # Values.

    def value(self) -> Tensor:
        """The value as a tensor, read where other nodes share the read."""
        raise NotImplementedError

    def read_value(self) -> Tensor:
        """The value as a tensor, read by a node of its own under the present control
        dependencies."""
        raise NotImplementedError

    def set_shape(self, shape: Any) -> None:
        """Adds to what is known of the static shape."""
        raise NotImplementedError

    def eval(self, session: Any = None) -> Any:
        """The value in `session` (default: the default session) as a NumPy array."""
        raise NotImplementedError

    @deprecated(
        None,
        "Use Variable.read_value. Variables in 2.X are initialized "
        "automatically both in eager and graph (inside tf.defun) contexts.",
    )
    def initialized_value(self) -> Tensor:
        """The value if the variable is initialized, else its initial value.

        Another variable's initial value should depend on this one, as the order in which
        initializers run is not fixed.
        """
        with init_scope():
            return control_flow_ops.cond(
                state_ops.is_variable_initialized(self),
                self.read_value,
                lambda: self.initial_value,
            )

    @deprecated(None, "Prefer Variable.assign which has equivalent behavior in 2.X.")
    def load(self, value: Any, session: Any = None) -> None:
        """Gives the variable `value`, a NumPy array, in `session` (default: the default session).

        No node is added. Raises ValueError where there is no session. Where ops are executed at
        once it is `assign`.
        """
        if executing_eagerly():
            self.assign(value)
            return
        session = session or get_default_session()
        if session is None:
            raise ValueError(
                "Either session argument should be provided or default session should be "
                "established"
            )
        session.run(self.initializer, {self.initializer.inputs[1]: value})

    # Updates.

    def assign(
        self,
        value: Any,
        use_locking: bool = False,
        name: str | None = None,
        read_value: bool = True,
    ) -> Any:
        """Gives the variable a new value.

        Args:
          value: a tensor of the variable's shape and dtype.
          use_locking: whether the assignment holds the variable's lock.
          name: the node's name.
          read_value: whether to return the value after the update rather than the operation.
        """
        raise NotImplementedError

    def assign_add(
        self,
        delta: Any,
        use_locking: bool = False,
        name: str | None = None,
        read_value: bool = True,
    ) -> Any:
        """Adds `delta`. Arguments and result as of `assign`."""
        raise NotImplementedError

    def assign_sub(
        self,
        delta: Any,
        use_locking: bool = False,
        name: str | None = None,
        read_value: bool = True,
    ) -> Any:
        """Subtracts `delta`. Arguments and result as of `assign`."""
        raise NotImplementedError

    def _scatter(
        self, function: Callable[..., Any], sparse_delta: Any, use_locking: bool, name: str | None
    ) -> Any:
        if not isinstance(sparse_delta, IndexedSlices):
            raise TypeError(f"sparse_delta is not IndexedSlices: {sparse_delta}")
        return function(
            self, sparse_delta.indices, sparse_delta.values, use_locking=use_locking, name=name
        )

    def scatter_sub(
        self, sparse_delta: Any, use_locking: bool = False, name: str | None = None
    ) -> Any:
        """Subtracts `tf.IndexedSlices`. Raises TypeError if `sparse_delta` is something else."""
        return self._scatter(state_ops.scatter_sub, sparse_delta, use_locking, name)

    def scatter_add(
        self, sparse_delta: Any, use_locking: bool = False, name: str | None = None
    ) -> Any:
        """Adds `tf.IndexedSlices`. Raises TypeError if `sparse_delta` is something else."""
        return self._scatter(state_ops.scatter_add, sparse_delta, use_locking, name)

    def scatter_max(
        self, sparse_delta: Any, use_locking: bool = False, name: str | None = None
    ) -> Any:
        """Takes the maximum with `tf.IndexedSlices`."""
        return self._scatter(state_ops.scatter_max, sparse_delta, use_locking, name)

    def scatter_min(
        self, sparse_delta: Any, use_locking: bool = False, name: str | None = None
    ) -> Any:
        """Takes the minimum with `tf.IndexedSlices`."""
        return self._scatter(state_ops.scatter_min, sparse_delta, use_locking, name)

    def scatter_mul(
        self, sparse_delta: Any, use_locking: bool = False, name: str | None = None
    ) -> Any:
        """Multiplies by `tf.IndexedSlices`."""
        return self._scatter(state_ops.scatter_mul, sparse_delta, use_locking, name)

    def scatter_div(
        self, sparse_delta: Any, use_locking: bool = False, name: str | None = None
    ) -> Any:
        """Divides by `tf.IndexedSlices`."""
        return self._scatter(state_ops.scatter_div, sparse_delta, use_locking, name)

    def scatter_update(
        self, sparse_delta: Any, use_locking: bool = False, name: str | None = None
    ) -> Any:
        """Assigns `tf.IndexedSlices`."""
        return self._scatter(state_ops.scatter_update, sparse_delta, use_locking, name)

    def batch_scatter_update(
        self, sparse_delta: Any, use_locking: bool = False, name: str | None = None
    ) -> Any:
        """Assigns `tf.IndexedSlices` within each batch entry; see `tf.batch_scatter_update`."""
        return state_ops.batch_scatter_update(
            self, sparse_delta.indices, sparse_delta.values, use_locking=use_locking, name=name
        )

    def scatter_nd_sub(self, indices: Any, updates: Any, name: str | None = None) -> Any:
        """Subtracts from slices; see `tf.scatter_nd_sub`."""
        return state_ops.scatter_nd_sub(self, indices, updates, use_locking=True, name=name)

    def scatter_nd_add(self, indices: Any, updates: Any, name: str | None = None) -> Any:
        """Adds to slices; see `tf.scatter_nd_add`."""
        return state_ops.scatter_nd_add(self, indices, updates, use_locking=True, name=name)

    def scatter_nd_update(self, indices: Any, updates: Any, name: str | None = None) -> Any:
        """Assigns slices; see `tf.scatter_nd_update`."""
        return state_ops.scatter_nd_update(self, indices, updates, use_locking=True, name=name)

    def sparse_read(self, indices: Any, name: str | None = None) -> Tensor:
        """Rows of the variable, as `tf.gather` of it."""
        raise AttributeError

    def gather_nd(self, indices: Any, name: str | None = None) -> Tensor:
        """Slices of the variable, as `tf.gather_nd` of it."""
        raise AttributeError

    @deprecated(None, "Prefer Dataset.range instead.")
    def count_up_to(self, limit: int) -> Tensor:
        """The value of a scalar variable, which is then one more; see `tf.count_up_to`."""
        return state_ops.count_up_to(self, limit=limit)

    # Protocol messages.

    def to_proto(self, export_scope: str | None = None) -> Any:
        """A VariableDef, or None where the name is not under `export_scope`."""
        raise NotImplementedError

    @staticmethod
    def from_proto(variable_def: Any, import_scope: str | None = None) -> "Variable":
        """The variable that `variable_def` describes, whose nodes are in the default graph."""
        return VariableMetaclass.default_creator(
            None,
            variable_def=variable_def,
            import_scope=import_scope,
            use_resource=variable_def.is_resource,
        )

    # Python.

    def experimental_ref(self) -> TensorReference:
        """A hashable reference to this very variable."""
        return TensorReference(self)

    def __hash__(self) -> int:
        return id(self)

    def __eq__(self, other: object) -> bool:
        return self is other

    def __ne__(self, other: object) -> bool:
        return self is not other

    def __iter__(self) -> Any:
        raise TypeError("'Variable' object is not iterable.")

    def __getitem__(self, slice_spec: Any) -> Any:
        return array_ops._slice_helper(self.value(), slice_spec, self)


def _forwarded(operator: str) -> Callable[..., Any]:
    """Arithmetic on a variable is arithmetic on its value."""

    def run(a: Any, *args: Any, **kwargs: Any) -> Any:
        return getattr(Tensor, operator)(a.value(), *args, **kwargs)

    return functools.update_wrapper(run, getattr(Tensor, operator))


for _operator in Tensor.OVERLOADABLE_OPERATORS - {"__eq__", "__ne__", "__getitem__"}:
    setattr(Variable, _operator, _forwarded(_operator))


@export("Variable")
class VariableV1(Variable):
    """A variable: a value that stays from run to run of a session. Stands for `tf.Variable`.

    Args:
      initial_value: what the initializer assigns: a tensor, something that converts to one, or a
        function without arguments that gives it (then a control-flow context does no harm).
      trainable: whether to add it to `GraphKeys.TRAINABLE_VARIABLES`; default: true.
      collections: the graph collections to add it to; default: `[GraphKeys.GLOBAL_VARIABLES]`.
      validate_shape: whether the shape of `initial_value` must be known.
      caching_device: a device, or a function of nodes, where reads are kept.
      name: default: "Variable", made unique.
      variable_def: a VariableDef whose nodes the graph holds already; then all else but
        `import_scope` is left out.
      dtype: the element type to convert `initial_value` to.
      expected_shape: not used.
      import_scope: a name scope to put before the names in `variable_def`.
      constraint: a function of the value that optimizers apply after each update.
      use_resource: whether to make a resource variable; default: as the variable scope says, else a
        ref variable.
      synchronization, aggregation: kept for distribution strategies.
      shape: the variable's shape where it is to be less definite than the initial value's.

    Raises:
      ValueError: there is no initial value, or `variable_def` besides; its shape is unknown; it is
        computed in a branch or loop; an argument is of no use.
    """

    def __init__(
        self,
        initial_value: Any = None,
        trainable: bool | None = None,
        collections: Any = None,
        validate_shape: bool = True,
        caching_device: Any = None,
        name: str | None = None,
        variable_def: Any = None,
        dtype: Any = None,
        expected_shape: Any = None,
        import_scope: str | None = None,
        constraint: Any = None,
        use_resource: bool | None = None,
        synchronization: Any = VariableSynchronization.AUTO,
        aggregation: Any = VariableAggregation.NONE,
        shape: Any = None,
    ) -> None:
        pass  # never runs: the metaclass makes another class


def read_variable_def(variable: Any, variable_def: Any, import_scope: str | None) -> Any:
    """Fills what every kind of variable takes from a VariableDef; returns a function name →
    element."""
    assert isinstance(variable_def, variable_pb2.VariableDef)
    graph = get_default_graph()

    def element(name: str) -> Any:
        return graph.as_graph_element(prepend_name_scope(name, import_scope=import_scope))

    variable._initializer_op = element(variable_def.initializer_name)
    initial = variable_def.initial_value_name
    variable._initial_value = element(initial) if initial else None
    modes = validate_synchronization_aggregation_trainable(
        variable_def.synchronization,
        variable_def.aggregation,
        variable_def.trainable,
        variable_def.variable_name,
    )
    variable._synchronization, variable._aggregation, variable._trainable = modes
    variable._caching_device = None
    variable._constraint = None
    variable._save_slice_info = None
    if variable_def.HasField("save_slice_info_def"):
        variable._save_slice_info = SaveSliceInfo(
            save_slice_info_def=variable_def.save_slice_info_def, import_scope=import_scope
        )
    return element


def write_variable_def(
    variable: Any, tensor: Tensor, snapshot: Tensor, export_scope: str | None
) -> Any:
    """The VariableDef of a variable whose node gives `tensor`; None if outside of
    `export_scope`."""
    if export_scope is not None and not tensor.name.startswith(export_scope):
        return None
    result = variable_pb2.VariableDef(
        variable_name=strip_name_scope(tensor.name, export_scope),
        initializer_name=strip_name_scope(variable.initializer.name, export_scope),
        snapshot_name=strip_name_scope(snapshot.name, export_scope),
        trainable=variable.trainable,
        synchronization=variable.synchronization.value,
        aggregation=variable.aggregation.value,
    )
    if variable._initial_value is not None:
        result.initial_value_name = strip_name_scope(variable._initial_value.name, export_scope)
    if variable._save_slice_info:
        result.save_slice_info_def.MergeFrom(variable._save_slice_info.to_proto(export_scope))
    return result
