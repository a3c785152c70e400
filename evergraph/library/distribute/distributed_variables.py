"""Variables that each replica has a copy of: mirrored ones, and those that are summed up when
read."""

import contextlib
import weakref
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from evergraph.api import array_ops, grouping, math_ops
from evergraph.api.variable_base import Variable, VariableAggregation
from evergraph.base.trackable import VARIABLE_VALUE_KEY
from evergraph.graph.conversion import (
    convert_to_tensor,
    register_dense_tensor_like_type,
    register_tensor_conversion_function,
)
from evergraph.graph.defaults import device as device_scope
from evergraph.graph.tensor import uid
from evergraph.library.distribute import device_util
from evergraph.library.distribute import distribution_strategy_context as current
from evergraph.library.distribute.reduce_util import ReduceOp
from evergraph.library.distribute.values import DeviceMap, DistributedDelegate, Mirrored
from evergraph.library.train.saving.saveable_object import SaveableObject, SaveSpec
from evergraph.library.train.saving.saveable_object_util import ResourceVariableSaveable

NO_AGGREGATION = (
    "You must specify an aggregation method to update a {} in Replica Context. You can do so by "
    "passing an explicit value for argument `aggregation` to tf.Variable(..).e.g. "
    "`tf.Variable(..., aggregation=tf.VariableAggregation.SUM)``tf.VariableAggregation` lists the "
    "possible aggregation methods.This is required because {} should always be kept in sync. When "
    "updating them or assigning to them in a replica context, we automatically try to aggregate "
    "the values before updating the variable. For this aggregation, we need to know the "
    "aggregation method. Another alternative is to not try to update such {} in replica context, "
    "but in cross replica context. You can enter cross replica context by calling "
    "`tf.distribute.get_replica_context().merge_call(merge_fn, ..)`.Inside `merge_fn`, you can "
    "then update the {} using `tf.distribute.StrategyExtended.update()`."
)


@contextlib.contextmanager
def entered(strategy: Any) -> Iterator[None]:
    """A block of the strategy. Raises RuntimeError: another one is in force."""
    if not current.has_strategy():
        with strategy.scope():
            yield
        return
    if current.get_strategy() is not strategy:
        raise RuntimeError(
            f"Mixing different tf.distribute.Strategy objects: {current.get_strategy()} is not "
            f"{strategy}"
        )
    yield


def apply_aggregation(strategy: Any, value: Any, aggregation: Any, destinations: Any) -> Any:
    """The values of replicas as one, by a VariableAggregation."""
    if aggregation == VariableAggregation.ONLY_FIRST_REPLICA:
        first = strategy.experimental_local_results(value)[0]
        return strategy.extended.broadcast_to(first, destinations=destinations)
    reduce_op = ReduceOp.from_variable_aggregation(aggregation)
    return strategy.extended.reduce_to(reduce_op, value, destinations)


class DistributedVarOp(NamedTuple):
    """What stands for the node of a variable outside of replicas."""

    name: str
    graph: Any
    traceback: Any
    type: str


class DistributedVariable(DistributedDelegate, Variable):
    """A variable for each replica.

    Args:
      strategy: what made it.
      device_map: where the variables are.
      values: they.
      aggregation: how values of replicas become one.
      logical_device: which of a replica's devices they are on.
    """

    _of_replicas = True

    def __init__(
        self,
        strategy: Any,
        device_map: DeviceMap,
        values: Sequence[Any],
        aggregation: Any,
        logical_device: int | None = None,
    ) -> None:
        self._maybe_initialize_trackable()
        self._made_by = strategy
        super().__init__(device_map, values, logical_device)
        self._aggregation = aggregation
        self._common_name = self.primary.name.split(":")[0]
        for v in values:
            v._distributed_container = weakref.ref(self)
        self._id = uid()
        self._keras_initialized = False

    def _get_closest(self) -> Any:
        """The variable of this replica or device; the first one where there is none."""
        replica_context = current.get_replica_context()
        if replica_context:
            return self._device_map.select_for_current_replica(self._values, replica_context)
        here = current.get_update_device()
        if here is None:
            here = device_util.canonicalize(device_util.current())
        replica = self._device_map.replica_for_device(here)
        return self.primary if replica is None else self._values[replica]

    # What is the same for all.

    @property
    def distribute_strategy(self) -> Any:
        """The strategy that made it."""
        return self._made_by

    @property
    def aggregation(self) -> Any:
        return self._aggregation

    @property
    def name(self) -> str:
        return self.primary.name  # type: ignore[no-any-return]

    @property
    def dtype(self) -> Any:
        return self.primary.dtype

    @property
    def shape(self) -> Any:
        return self.primary.shape

    @property
    def graph(self) -> Any:
        return self.primary.graph

    @property
    def trainable(self) -> bool:
        return self.primary.trainable  # type: ignore[no-any-return]

    @property
    def synchronization(self) -> Any:
        return self.primary.synchronization

    @property
    def constraint(self) -> Any:
        return self.primary.constraint

    @property
    def _shared_name(self) -> str:
        return self._common_name

    @property
    def _unique_id(self) -> Any:
        return self.primary._unique_id

    @property
    def _in_graph_mode(self) -> bool:  # type: ignore[override]
        return self.primary._in_graph_mode  # type: ignore[no-any-return]

    @property
    def _save_slice_info(self) -> Any:  # type: ignore[override]
        return self.primary._save_slice_info

    def _get_save_slice_info(self) -> Any:
        return self.primary._get_save_slice_info()

    def _set_save_slice_info(self, save_slice_info: Any) -> None:
        for v in self._values:
            v._set_save_slice_info(save_slice_info)

    def get_shape(self) -> Any:
        return self.primary.get_shape()

    def to_proto(self, export_scope: str | None = None) -> Any:
        """The first replica's VariableDef."""
        return self.primary.to_proto(export_scope=export_scope)

    def _should_act_as_resource_variable(self) -> None:
        """All copies are resource variables."""

    # What is of a replica.

    @property
    def initializer(self) -> Any:
        """The operation that initializes all copies."""
        return grouping.group(tuple(v.initializer for v in self._values))

    def is_initialized(self, name: str | None = None) -> Any:
        """Whether all copies hold values."""
        result = self.primary.is_initialized()
        for v in self._values[1:-1]:
            result = math_ops.logical_and(result, v.is_initialized())
        return math_ops.logical_and(result, self._values[-1].is_initialized(), name=name)

    def initialized_value(self) -> Any:
        return self._get_closest().initialized_value()

    @property
    def initial_value(self) -> Any:
        return self._get_closest().initial_value

    @property
    def device(self) -> str:
        return self._get_closest().device  # type: ignore[no-any-return]

    @property
    def handle(self) -> Any:
        """The resource tensor of this replica's copy. Raises ValueError outside of replicas and
        updates, where there are several copies."""
        where = None
        if current.get_replica_context() is None:
            if len(self._values) == 1:
                return self.primary.handle
            where = current.get_update_device()
            if where is None:
                raise ValueError(
                    "`handle` is not available outside the replica context or a "
                    "`tf.distribute.Strategy.update()` call."
                )
        return self.get(device=where).handle

    @property
    def op(self) -> Any:
        if not current.in_cross_replica_context():
            return self.get().op
        op = self.primary.op
        return DistributedVarOp(op.name, op.graph, op.traceback, op.type)

    def eval(self, session: Any = None) -> Any:
        return self._get_closest().eval(session)

    def value(self) -> Any:
        return self._get_closest().value()

    def read_value(self) -> Any:
        with entered(self._made_by):
            return array_ops.identity(self.get())

    def numpy(self) -> Any:
        """The value as an array, in eager execution."""
        return self._get_closest().numpy()

    def load(self, value: Any, session: Any = None) -> None:
        """Gives all copies a value in a session."""
        for v in self._values:
            v.load(value, session)

    def _scatter(self, function: Any, sparse_delta: Any, use_locking: bool, name: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__} has no scattered updates")

    def _dense_var_to_tensor(
        self, dtype: Any = None, name: str | None = None, as_ref: bool = False
    ) -> Any:
        return convert_to_tensor(self.get(), dtype=dtype, name=name, as_ref=as_ref)

    def _updated(self, method: str, args: Any, kwargs: Any) -> Any:
        raise NotImplementedError

    def assign(self, *args: Any, **kwargs: Any) -> Any:
        """Gives all copies a new value."""
        return self._updated("assign", args, kwargs)

    def assign_add(self, *args: Any, **kwargs: Any) -> Any:
        """Adds to all copies."""
        return self._updated("assign_add", args, kwargs)

    def assign_sub(self, *args: Any, **kwargs: Any) -> Any:
        """Subtracts from all copies."""
        return self._updated("assign_sub", args, kwargs)


register_dense_tensor_like_type(DistributedVariable)


class _MirroredSaveable(ResourceVariableSaveable):
    """Saves the first copy and restores all."""

    def __init__(self, variable: Any, name: str) -> None:
        self._mirrored = variable
        super().__init__(variable.primary, "", name)

    def restore(self, restored_tensors: Any, restored_shapes: Any) -> Any:
        (tensor,) = restored_tensors
        return grouping.group(tuple(_on_device(v, "assign", tensor) for v in self._mirrored.values))


def _on_device(variable: Any, method: str, value: Any) -> Any:
    with device_scope(variable.device):
        return getattr(variable, method)(value)


class MirroredVariable(DistributedVariable, Mirrored):
    """Copies that are equal: an update is one of all."""

    def _updated(self, method: str, args: Any, kwargs: Any) -> Any:
        def update(v: Any, *args: Any, **kwargs: Any) -> Any:
            return getattr(v, method)(*args, **kwargs)

        strategy = self._made_by
        with entered(strategy):
            if current.in_cross_replica_context():
                where = current.get_update_device()
                if where is not None:
                    return update(self.get(device=where), *args, **kwargs)
                return strategy.extended.update(self, update, args=args, kwargs=kwargs)
            if self._aggregation == VariableAggregation.NONE:
                raise ValueError(NO_AGGREGATION.format(*["MirroredVariable"] * 4))

            def merged(strategy: Any, value: Any, *more: Any, **kwargs: Any) -> Any:
                value = apply_aggregation(strategy, value, self._aggregation, self)
                return strategy.extended.update(self, update, args=(value, *more), kwargs=kwargs)

            return current.get_replica_context().merge_call(merged, args=args, kwargs=kwargs)

    def _get_cross_replica(self) -> Any:
        return array_ops.identity(super()._get_cross_replica())

    def _as_graph_element(self) -> Any:
        outside = current.in_cross_replica_context()
        return (self.primary if outside else self.get())._as_graph_element()

    def _gather_saveables_for_checkpoint(self) -> dict[str, Any]:
        def saveable(name: str = self._common_name) -> Any:
            return _MirroredSaveable(self, name)

        return {VARIABLE_VALUE_KEY: saveable}


class _SyncOnReadSaveable(SaveableObject):
    """Saves what the copies are together."""

    def __init__(self, variable: Any, name: str) -> None:
        self._variable = variable

        def read() -> Any:
            return variable._made_by.extended.read_var(variable)

        spec = SaveSpec(read, "", name, dtype=variable.dtype, device=variable.primary.device)
        super().__init__(read, [spec], name)

    def restore(self, restored_tensors: Any, restored_shapes: Any) -> Any:
        (tensor,) = restored_tensors
        return self._variable.assign(tensor)


class SyncOnReadVariable(DistributedVariable):
    """Copies that replicas write each for itself; outside of replicas they are read as one."""

    def _updated(self, method: str, args: Any, kwargs: Any) -> Any:
        with entered(self._made_by):
            if not current.in_cross_replica_context():
                return getattr(self.get(), method)(*args, **kwargs)
            value = args[0]
            if self._aggregation == VariableAggregation.SUM:
                if method != "assign":
                    raise ValueError(
                        f"SyncOnReadVariable does not support `{method}` in cross-replica context "
                        "when aggregation is set to `tf.VariableAggregation.SUM`."
                    )
                value = value * (1.0 / len(self.devices))
            return grouping.group(tuple(_on_device(v, method, value) for v in self._values))

    def _get_cross_replica(self) -> Any:
        if self._aggregation == VariableAggregation.ONLY_FIRST_REPLICA:
            return self.primary
        reduce_op = ReduceOp.from_variable_aggregation(self._aggregation)
        with entered(self._made_by):
            return self._made_by.reduce(reduce_op, self, axis=None)

    def _as_graph_element(self) -> Any:
        if current.in_cross_replica_context():
            return self._get_cross_replica()
        return self.get()._as_graph_element()

    def _gather_saveables_for_checkpoint(self) -> dict[str, Any]:
        def saveable(name: str = self._common_name) -> Any:
            return _SyncOnReadSaveable(self, name)

        return {VARIABLE_VALUE_KEY: saveable}


def _as_tensor(var: Any, dtype: Any = None, name: str | None = None, as_ref: bool = False) -> Any:
    return var._dense_var_to_tensor(dtype=dtype, name=name, as_ref=as_ref)


register_tensor_conversion_function(MirroredVariable, _as_tensor)
register_tensor_conversion_function(SyncOnReadVariable, _as_tensor)


class AggregatingVariable(Variable):
    """One variable that replicas update together, with the one value that theirs become.

    Args:
      strategy: what made it.
      v: the variable.
      aggregation: how values of replicas become one.
    """

    _of_replicas = True

    def __init__(self, strategy: Any, v: Any, aggregation: Any) -> None:
        self._maybe_initialize_trackable()
        self._made_by = strategy
        self._v = v
        v._aggregating_container = weakref.ref(self)
        self._aggregation = aggregation

    def get(self) -> Any:
        """The variable."""
        return self._v

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_self_") or name == "_v":
            raise AttributeError(name)
        return getattr(self._v, name)

    def __repr__(self) -> str:
        return repr(self._v)

    def __str__(self) -> str:
        return str(self._v)

    @property
    def distribute_strategy(self) -> Any:
        """The strategy that made it."""
        return self._made_by

    @property
    def aggregation(self) -> Any:
        return self._aggregation

    def _updated(self, method: str, args: Any, kwargs: Any) -> Any:
        def update(v: Any, *args: Any, **kwargs: Any) -> Any:
            return getattr(v, method)(*args, **kwargs)

        strategy = self._made_by
        with entered(strategy):
            if current.in_cross_replica_context():
                if current.get_update_device() is not None:
                    return update(self._v, *args, **kwargs)
                return strategy.extended.update(self, update, args=args, kwargs=kwargs)
            if self._aggregation == VariableAggregation.NONE:
                raise ValueError(NO_AGGREGATION.format(*["AggregatingVariable"] * 4))

            def merged(strategy: Any, value: Any, *more: Any, **kwargs: Any) -> Any:
                value = apply_aggregation(strategy, value, self._aggregation, self)
                return strategy.extended.update(self, update, args=(value, *more), kwargs=kwargs)

            return current.get_replica_context().merge_call(merged, args=args, kwargs=kwargs)

    def assign(self, *args: Any, **kwargs: Any) -> Any:
        """Gives it a new value."""
        return self._updated("assign", args, kwargs)

    def assign_add(self, *args: Any, **kwargs: Any) -> Any:
        """Adds to it."""
        return self._updated("assign_add", args, kwargs)

    def assign_sub(self, *args: Any, **kwargs: Any) -> Any:
        """Subtracts from it."""
        return self._updated("assign_sub", args, kwargs)

    def _gather_saveables_for_checkpoint(self) -> dict[str, Any]:
        return {VARIABLE_VALUE_KEY: self._v}

    def _should_act_as_resource_variable(self) -> None:
        """It is one."""


def _delegated(name: str) -> Any:
    return property(lambda self: getattr(self._v, name))


# What `Variable` defines does not reach `__getattr__`.
for _name in ("name", "dtype", "shape", "op", "graph", "device", "initializer", "initial_value"):
    setattr(AggregatingVariable, _name, _delegated(_name))
for _name in ("constraint", "trainable", "synchronization", "_shared_name", "_save_slice_info"):
    setattr(AggregatingVariable, _name, _delegated(_name))
for _name in ("value", "read_value", "eval", "initialized_value", "get_shape", "load"):
    setattr(AggregatingVariable, _name, _delegated(_name))


def _aggregate_as_tensor(
    var: Any, dtype: Any = None, name: str | None = None, as_ref: bool = False
) -> Any:
    return convert_to_tensor(var.get(), dtype=dtype, name=name, as_ref=as_ref)


register_dense_tensor_like_type(AggregatingVariable)
register_tensor_conversion_function(AggregatingVariable, _aggregate_as_tensor)


def is_distributed_variable(v: Any) -> bool:
    """Whether replicas have copies of it."""
    return isinstance(v, DistributedVariable)


def validate_colocate(v: Any, extended: Any) -> None:
    """Raises ValueError where a variable is none of the strategy's."""
    strategy = getattr(v, "_distribute_strategy", None)
    if strategy is None:
        raise ValueError(
            "`colocate_vars_with` must only be passed a variable created in this "
            f"tf.distribute.Strategy.scope(), not: {v!r}"
        )
    if strategy.extended is not extended:
        raise ValueError(
            "`colocate_vars_with` must only be passed a variable created in this "
            f"tf.distribute.Strategy.scope(), not {v} created in scope: {strategy}"
        )
