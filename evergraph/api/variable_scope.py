"""Shared variables: `tf.get_variable` and `tf.variable_scope`.

Each graph has a store of the variables that `get_variable` made and, for each thread, the present
variable scope and counts of scopes opened; both live in private collections of the graph.
"""

import contextlib
import copy
import functools
from collections.abc import Iterator, Sequence
from typing import Any

from evergraph.api.partitioning import PartitionInfo as _PartitionInfo
from evergraph.api.resource_variable_ops import ResourceVariable
from evergraph.api.variable_scope_state import (
    VariableScope,
    _first,
    _get_default_variable_store,
    get_variable_scope,
    get_variable_scope_store,
    with_variable_store,
)
from evergraph.api.variable_store import (
    AUTO_REUSE,
    disable_resource_variables,
    enable_resource_variables,
    resource_default,
    resource_variables_enabled,
)
from evergraph.api.variables import (
    RefVariable,
    VariableAggregation,
    VariableMetaclass,
    VariableSynchronization,
    VariableV1,
)
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.graph.conversion import get_graph_from_inputs
from evergraph.graph.defaults import (
    executing_eagerly,
    get_name_scope,
    name_scope,
)
from evergraph.graph.graph import get_default_graph
from evergraph.graph.keys import GraphKeys
from evergraph.graph.proto_functions import register_proto_function
from evergraph.proto.framework import variable_pb2

__all__ = [
    "AUTO_REUSE",
    "VariableAggregation",
    "VariableScope",
    "VariableSynchronization",
    "_PartitionInfo",
    "disable_resource_variables",
    "enable_resource_variables",
    "get_local_variable",
    "get_variable",
    "get_variable_scope",
    "no_regularizer",
    "resource_variables_enabled",
    "variable",
    "variable_creator_scope",
    "variable_op_scope",
    "variable_scope",
    "with_variable_store",
]


@export("no_regularizer")
def no_regularizer(_: Any) -> None:
    """For `regularizer`: none, not even the scope's. Stands for `tf.no_regularizer`."""
    return None


@export("get_variable")
def get_variable(
    name: str,
    shape: Any = None,
    dtype: Any = None,
    initializer: Any = None,
    regularizer: Any = None,
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
    """The variable of that name in the present variable scope. Stands for `tf.get_variable`.

    Whether it is made or must exist already is the scope's `reuse`: False makes it, True finds it,
    `tf.AUTO_REUSE` does what is possible. What is None here is taken from the scope.

    Args:
      name: the name, which is put after the scope's.
      shape: its shape; not given where the initializer is a value.
      dtype: its element type; default: float32, or the initializer's value's.
      initializer: a value, or an initializer such as `tf.zeros_initializer()`, or a function
        without
        arguments; default: `glorot_uniform_initializer` for floating types, zeros for others.
      regularizer: a function of the variable whose result is added to REGULARIZATION_LOSSES.
      trainable: whether to add it to TRAINABLE_VARIABLES.
      collections: the collections to add it to; default: `[GLOBAL_VARIABLES]`.
      caching_device: a device, or a function of nodes, where reads are kept.
      partitioner: a function of shape and dtype that gives the number of parts for each axis.
      validate_shape: whether the initial value's shape must be known.
      use_resource: whether to make a resource variable.
      custom_getter: `f(getter, name, ...)` that is asked instead, and may call `getter`.
      constraint: a function of the value that optimizers apply after each update.
      synchronization, aggregation: kept for distribution strategies.

    Returns:
      A variable, or a `PartitionedVariable` where there is a partitioner.

    Raises:
      ValueError: the variable exists though it may not, or the other way round; or shape or dtype
        are not those that it has.
    """
    return get_variable_scope().get_variable(
        _get_default_variable_store(),
        name,
        shape=shape,
        dtype=dtype,
        initializer=initializer,
        regularizer=regularizer,
        trainable=trainable,
        collections=collections,
        caching_device=caching_device,
        partitioner=partitioner,
        validate_shape=validate_shape,
        use_resource=use_resource,
        custom_getter=custom_getter,
        constraint=constraint,
        synchronization=synchronization,
        aggregation=aggregation,
    )


@export("get_local_variable")
def get_local_variable(
    name: str,
    shape: Any = None,
    dtype: Any = None,
    initializer: Any = None,
    regularizer: Any = None,
    trainable: bool = False,
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
    """`tf.get_variable` for a variable in LOCAL_VARIABLES that is not trained. Stands for
    `tf.get_local_variable`; `trainable` is not used."""
    if collections:
        collections += [GraphKeys.LOCAL_VARIABLES]
    else:
        collections = [GraphKeys.LOCAL_VARIABLES]
    return get_variable(
        name,
        shape=shape,
        dtype=dtype,
        initializer=initializer,
        regularizer=regularizer,
        trainable=False,
        collections=collections,
        caching_device=caching_device,
        partitioner=partitioner,
        validate_shape=validate_shape,
        use_resource=use_resource,
        synchronization=synchronization,
        aggregation=aggregation,
        custom_getter=custom_getter,
        constraint=constraint,
    )


def _get_partitioned_variable(name: str | None, **kwargs: Any) -> Any:
    """A partitioned variable, for `create_partitioned_variables`."""
    scope = get_variable_scope()
    return scope._get_partitioned_variable(_get_default_variable_store(), name, **kwargs)


def _composed_getter(custom_getter: Any, old_getter: Any) -> Any:
    """`custom_getter`, whose `getter` asks the outer scope's getter in turn."""
    if old_getter is None:
        return custom_getter

    def getter(getter: Any, *args: Any, **kwargs: Any) -> Any:
        return custom_getter(functools.partial(old_getter, getter), *args, **kwargs)

    return getter


class _pure_variable_scope:
    """A variable scope without a name scope. Arguments as of `tf.variable_scope`.

    `old_name_scope`: the name scope that belongs to it.
    """

    def __init__(
        self,
        name_or_scope: Any,
        reuse: Any = None,
        initializer: Any = None,
        regularizer: Any = None,
        caching_device: Any = None,
        partitioner: Any = None,
        custom_getter: Any = None,
        old_name_scope: str | None = None,
        dtype: Any = dtypes.float32,
        use_resource: bool | None = None,
        constraint: Any = None,
    ) -> None:
        self._name_or_scope = name_or_scope
        self._reuse = reuse
        self._old_name_scope = old_name_scope
        self._constraint = constraint
        self._given = {
            "initializer": initializer,
            "regularizer": regularizer,
            "caching_device": caching_device,
            "partitioner": partitioner,
            "dtype": dtype,
            "use_resource": use_resource,
        }
        self._custom_getter = custom_getter
        self._store = get_variable_scope_store()
        self._last: Any = None
        if isinstance(name_or_scope, VariableScope):
            # Made here, as what is set on the scope later counts for later blocks only.
            self._cached = self._derived(
                name_or_scope, name_or_scope.name, name_or_scope._name_scope, self._reuse
            )

    def _derived(
        self, base: VariableScope, name: str, name_scope: str, reuse: Any
    ) -> VariableScope:
        """A scope with `base`'s settings where none were given."""
        settings = {k: _first(v, getattr(base, k)) for k, v in self._given.items()}
        getter = base.custom_getter
        if self._custom_getter is not None:
            getter = _composed_getter(self._custom_getter, getter)
        return VariableScope(
            reuse or base.reuse,
            name=name,
            name_scope=name_scope,
            custom_getter=getter,
            constraint=self._constraint,
            **settings,
        )

    def __enter__(self) -> VariableScope:
        store = self._store
        self._old = store.current_scope
        if isinstance(self._name_or_scope, VariableScope):
            self._new_name = self._name_or_scope.name
            store.open_variable_scope(self._new_name)
            self._old_counts = copy.copy(store.variable_scopes_count)
            scope = self._cached
        else:
            name = self._name_or_scope
            self._new_name = f"{self._old.name}/{name}" if self._old.name else name
            self._reuse = self._reuse or self._old.reuse
            name_scope = name if self._old_name_scope is None else self._old_name_scope
            scope = self._derived(self._old, self._new_name, name_scope, self._reuse)
            store.open_variable_scope(self._new_name)
        store.current_scope = self._last = scope
        return scope

    def __exit__(self, *_: Any) -> None:
        store = self._store
        if store.current_scope is not self._last:
            raise RuntimeError("Improper nesting of variable_scope.")
        if isinstance(self._name_or_scope, VariableScope):
            # Jumping to a scope leaves no trace in the counts.
            store.variable_scopes_count = self._old_counts
        else:
            store.close_variable_subscopes(self._new_name)
        store.current_scope = self._old


def _get_unique_variable_scope(prefix: str) -> str:
    """`prefix`, or `prefix_1`, ... where a scope of that name was opened already."""
    store = get_variable_scope_store()
    current = get_variable_scope()
    name = f"{current.name}/{prefix}" if current.name else prefix
    if store.variable_scope_count(name) == 0:
        return prefix
    number = 1
    while store.variable_scope_count(f"{name}_{number}") > 0:
        number += 1
    return f"{prefix}_{number}"


@export("variable_scope")
class variable_scope:
    """Prefixes and defaults for `tf.get_variable` in a `with` block. Stands for
    `tf.variable_scope`.

    Entering it gives the `VariableScope`. Nodes made in the block get a name scope of the same
    name.

    Args:
      name_or_scope: a name, to be put after the present scope's; or a VariableScope to go back to.
      default_name: the name where `name_or_scope` is None; made unique.
      values: tensors of the call; they must be of one graph, which becomes the default one.
      initializer, regularizer, caching_device, partitioner, custom_getter, dtype, use_resource,
        constraint: defaults for `get_variable`; None takes over the outer scope's.
      reuse: True to find variables only, `tf.AUTO_REUSE` to find or make them, None or False as the
        outer scope.
      auxiliary_name_scope: whether to open the name scope.

    Raises:
      ValueError: `reuse` is no such value, or is set without a name.
      TypeError: there is no name, or it is of no such type.
    """

    def __init__(
        self,
        name_or_scope: Any,
        default_name: str | None = None,
        values: Sequence[Any] | None = None,
        initializer: Any = None,
        regularizer: Any = None,
        caching_device: Any = None,
        partitioner: Any = None,
        custom_getter: Any = None,
        reuse: Any = None,
        dtype: Any = None,
        use_resource: bool | None = None,
        constraint: Any = None,
        auxiliary_name_scope: bool = True,
    ) -> None:
        if default_name is None and name_or_scope is None:
            raise TypeError("If default_name is None then name_or_scope is required")
        if reuse is False:
            reuse = None
        if not (reuse is True or reuse is None or reuse is AUTO_REUSE):
            raise ValueError("The reuse parameter must be True or False or None.")
        if not isinstance(auxiliary_name_scope, bool):
            raise TypeError(
                "The auxiliary_name_scope must be `True` or `False`, while get "
                f"{auxiliary_name_scope}"
            )
        self._name_or_scope = name_or_scope
        self._default_name = default_name
        self._reuse = reuse
        self._settings = {
            "initializer": initializer,
            "regularizer": regularizer,
            "caching_device": caching_device,
            "partitioner": partitioner,
            "custom_getter": custom_getter,
            "dtype": dtype,
            "use_resource": use_resource,
            "constraint": constraint,
        }
        self._values = [] if values is None else values
        self._graph = get_graph_from_inputs(self._values)
        self._auxiliary_name_scope = auxiliary_name_scope
        self._pure: _pure_variable_scope | None = None
        self._name_block: Any = None
        self._entered: list[contextlib.ExitStack] = []

    def __enter__(self) -> VariableScope:
        with contextlib.ExitStack() as stack:
            if not get_default_graph().building_function:
                stack.enter_context(self._graph.as_default())
            if self._pure is None:
                scope = self._enter_first(stack)
            else:
                if self._name_block is not None:
                    stack.enter_context(self._name_block)
                scope = stack.enter_context(self._pure)
            self._entered.append(stack.pop_all())
        return scope

    def _enter_first(self, stack: contextlib.ExitStack) -> VariableScope:
        target = self._name_or_scope
        block = None
        if not self._auxiliary_name_scope:
            present = get_name_scope()
            block = name_scope(present + "/" if present else present)
        if target is None:
            if self._reuse:
                raise ValueError("reuse=True cannot be used without a name_or_scope")
            self._name_block = block or name_scope(self._default_name)
            entered = stack.enter_context(self._name_block)
            name = _get_unique_variable_scope(self._default_name or "")
            self._pure = _pure_variable_scope(name, old_name_scope=entered, **self._settings)
            return stack.enter_context(self._pure)
        if not isinstance(target, (VariableScope, str)):
            raise TypeError("VariableScope: name_or_scope must be a string or VariableScope.")
        is_name = isinstance(target, str)
        name = target if is_name else target.name.split("/")[-1]
        old_name_scope = None
        if name or block:
            self._name_block = block or name_scope(name)
            entered = stack.enter_context(self._name_block)
            old_name_scope = entered if is_name else target.original_name_scope
        self._pure = _pure_variable_scope(
            target, reuse=self._reuse, old_name_scope=old_name_scope, **self._settings
        )
        return stack.enter_context(self._pure)

    def __exit__(self, *details: Any) -> None:
        self._entered.pop().__exit__(*details)


@export("variable_op_scope")
@contextlib.contextmanager
def variable_op_scope(
    values: Sequence[Any],
    name_or_scope: Any,
    default_name: str | None = None,
    initializer: Any = None,
    regularizer: Any = None,
    caching_device: Any = None,
    partitioner: Any = None,
    custom_getter: Any = None,
    reuse: Any = None,
    dtype: Any = None,
    use_resource: bool | None = None,
    constraint: Any = None,
) -> Iterator[VariableScope]:
    """`tf.variable_scope` with the arguments in the order of older programs."""
    logging.warn(
        "tf.variable_op_scope(values, name, default_name) is deprecated, use "
        "tf.variable_scope(name, default_name, values)"
    )
    with variable_scope(
        name_or_scope,
        default_name=default_name,
        values=values,
        initializer=initializer,
        regularizer=regularizer,
        caching_device=caching_device,
        partitioner=partitioner,
        custom_getter=custom_getter,
        reuse=reuse,
        dtype=dtype,
        use_resource=use_resource,
        constraint=constraint,
    ) as scope:
        yield scope


def default_variable_creator(next_creator: Any = None, **kwargs: Any) -> Any:
    """The creator that makes the variable, of the kind that `use_resource` or the scope says."""
    assert next_creator is None
    kwargs.pop("trackable_parent", None)
    use_resource = kwargs.pop("use_resource", None)
    if use_resource is None:
        use_resource = get_variable_scope().use_resource
    if use_resource is None:
        use_resource = resource_default.on
    if not use_resource and not executing_eagerly():
        kwargs.pop("distribute_strategy", None)
        return RefVariable(**kwargs)
    kwargs.pop("expected_shape", None)
    return ResourceVariable(**kwargs)


def default_variable_creator_v2(next_creator: Any = None, **kwargs: Any) -> Any:
    """The creator that makes a resource variable."""
    assert next_creator is None
    kwargs.pop("trackable_parent", None)
    return ResourceVariable(**kwargs)


def _register_proto_functions() -> None:
    """Collections of variables are kept as VariableDefs."""
    for key in (
        GraphKeys.GLOBAL_VARIABLES,
        GraphKeys.TRAINABLE_VARIABLES,
        GraphKeys.MOVING_AVERAGE_VARIABLES,
        GraphKeys.LOCAL_VARIABLES,
        GraphKeys.MODEL_VARIABLES,
        GraphKeys.GLOBAL_STEP,
        GraphKeys.METRIC_VARIABLES,
    ):
        register_proto_function(
            key,
            proto_type=variable_pb2.VariableDef,
            to_proto=lambda v, export_scope=None: v.to_proto(export_scope=export_scope),
            from_proto=VariableV1.from_proto,
        )


_register_proto_functions()

VariableMetaclass.default_creator = staticmethod(default_variable_creator)
VariableMetaclass.default_creator_v2 = staticmethod(default_variable_creator_v2)

variable = VariableV1


@export("variable_creator_scope")
@contextlib.contextmanager
def variable_creator_scope(variable_creator: Any) -> Iterator[None]:
    """In the block, `variable_creator(next_creator, **kwargs)` makes the variables. Stands for
    `tf.variable_creator_scope`.

    Args:
      variable_creator: called for each new variable; it may change the arguments and call
        `next_creator(**kwargs)`, the creator of the scope outside, or return a variable of its own.
    """
    with get_default_graph()._variable_creator_scope(variable_creator):
        yield


variable_creator_scope_v1 = variable_creator_scope
