"""VariableScope: the defaults of `tf.get_variable`, and where each graph keeps the present one."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import Any

from evergraph.api.variable_store import AUTO_REUSE, _VariableStore
from evergraph.api.variables import VariableAggregation, VariableSynchronization
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import (
    executing_eagerly,
    get_collection,
    get_collection_ref,
    name_scope,
)
from evergraph.graph.keys import GraphKeys


@export("VariableScope")
class VariableScope:
    """The defaults that `tf.get_variable` uses within a scope. Stands for `tf.VariableScope`.

    Args:
      reuse: True, False, None or `tf.AUTO_REUSE`.
      name: the prefix of variable names, without a trailing slash.
      initializer, regularizer, caching_device, partitioner, custom_getter, dtype, use_resource,
        constraint: defaults for `get_variable`.
      name_scope: the name scope that was opened with it.
    """

    def __init__(
        self,
        reuse: Any,
        name: str = "",
        initializer: Any = None,
        regularizer: Any = None,
        caching_device: Any = None,
        partitioner: Any = None,
        custom_getter: Any = None,
        name_scope: str = "",
        dtype: Any = dtypes.float32,
        use_resource: bool | None = None,
        constraint: Any = None,
    ) -> None:
        self._name = name
        self._initializer = initializer
        self._regularizer = regularizer
        self._reuse = reuse
        self._caching_device = caching_device
        self._partitioner = partitioner
        self._custom_getter = custom_getter
        self._name_scope = name_scope
        self._dtype = dtype
        self._use_resource = use_resource
        self._constraint = constraint

    @property
    def name(self) -> str:
        return self._name

    @property
    def original_name_scope(self) -> str:
        """The name scope in which the variable scope was first opened, with a trailing slash."""
        return self._name_scope

    @property
    def reuse(self) -> Any:
        return self._reuse

    @property
    def initializer(self) -> Any:
        return self._initializer

    @property
    def dtype(self) -> Any:
        return self._dtype

    @property
    def use_resource(self) -> bool | None:
        return self._use_resource

    @property
    def regularizer(self) -> Any:
        return self._regularizer

    @property
    def caching_device(self) -> Any:
        return self._caching_device

    @property
    def partitioner(self) -> Any:
        return self._partitioner

    @property
    def custom_getter(self) -> Any:
        return self._custom_getter

    @property
    def constraint(self) -> Any:
        return self._constraint

    def reuse_variables(self) -> None:
        """From here on, variables must exist already."""
        self._reuse = True

    def set_initializer(self, initializer: Any) -> None:
        """Sets the default initializer of this scope."""
        self._initializer = initializer

    def set_dtype(self, dtype: Any) -> None:
        """Sets the default element type of this scope."""
        self._dtype = dtype

    def set_use_resource(self, use_resource: bool | None) -> None:
        """Sets whether variables of this scope are resource variables."""
        self._use_resource = use_resource

    def set_regularizer(self, regularizer: Any) -> None:
        """Sets the default regularizer of this scope."""
        self._regularizer = regularizer

    def set_caching_device(self, caching_device: Any) -> None:
        """Sets the default caching device of this scope."""
        self._caching_device = caching_device

    def set_partitioner(self, partitioner: Any) -> None:
        """Sets the default partitioner of this scope."""
        self._partitioner = partitioner

    def set_custom_getter(self, custom_getter: Any) -> None:
        """Sets the custom getter of this scope."""
        self._custom_getter = custom_getter

    def get_collection(self, name: Any) -> list[Any]:
        """What is in a collection under this scope's name."""
        return get_collection(name, self._name + "/" if self._name else "")

    def trainable_variables(self) -> list[Any]:
        """The scope's trainable variables."""
        return self.get_collection(GraphKeys.TRAINABLE_VARIABLES)

    def global_variables(self) -> list[Any]:
        """The scope's global variables."""
        return self.get_collection(GraphKeys.GLOBAL_VARIABLES)

    def local_variables(self) -> list[Any]:
        """The scope's local variables."""
        return self.get_collection(GraphKeys.LOCAL_VARIABLES)

    def get_variable(
        self,
        var_store: Any,
        name: str,
        shape: Any = None,
        dtype: Any = None,
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
        """`tf.get_variable` in this scope, with the variables kept in `var_store`."""
        full_name = f"{self._name}/{name}" if self._name else name
        if executing_eagerly():  # variables are found by those who have them
            reuse = AUTO_REUSE if var_store._store_eager_variables else False
        # Variables are named after variable scopes alone.
        with name_scope(None):
            if dtype is not None and initializer is not None and not callable(initializer):
                found = convert_to_tensor(initializer).dtype.base_dtype
                if found != dtype:
                    raise ValueError(
                        f"Initializer type '{found}' and explicit dtype '{dtype}' don't match."
                    )
            return var_store.get_variable(
                full_name,
                shape=shape,
                dtype=_first(dtype, self._dtype),
                initializer=_first(initializer, self._initializer),
                regularizer=_first(regularizer, self._regularizer),
                reuse=_first(reuse, self._reuse),
                trainable=trainable,
                collections=collections,
                caching_device=_first(caching_device, self._caching_device),
                partitioner=_first(partitioner, self._partitioner),
                validate_shape=validate_shape,
                use_resource=_first(use_resource, self._use_resource),
                custom_getter=_first(custom_getter, self._custom_getter),
                constraint=_first(constraint, self._constraint),
                synchronization=synchronization,
                aggregation=aggregation,
            )

    def _get_partitioned_variable(
        self,
        var_store: Any,
        name: str | None,
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
        constraint: Any = None,
        synchronization: Any = VariableSynchronization.AUTO,
        aggregation: Any = VariableAggregation.NONE,
    ) -> Any:
        if self._custom_getter is not None:
            raise ValueError(_NO_PRIVATE_ACCESS.format(self._custom_getter))
        partitioner = _first(partitioner, self._partitioner)
        if partitioner is None:
            raise ValueError("No partitioner was specified")
        full_name = "/".join(part for part in (self._name, name) if part)
        with name_scope(None):
            return var_store._get_partitioned_variable(
                full_name,
                shape=shape,
                dtype=_first(dtype, self._dtype),
                initializer=_first(initializer, self._initializer),
                regularizer=_first(regularizer, self._regularizer),
                reuse=self._reuse,
                trainable=trainable,
                collections=collections,
                caching_device=_first(caching_device, self._caching_device),
                partitioner=partitioner,
                validate_shape=validate_shape,
                use_resource=_first(use_resource, self._use_resource),
                constraint=_first(constraint, self._constraint),
                synchronization=synchronization,
                aggregation=aggregation,
            )


_NO_PRIVATE_ACCESS = (
    "Private access to _get_partitioned_variable is not allowed when a custom getter is set.  "
    "Current custom getter: {}.  It is likely that you're using create_partitioned_variables.  If "
    "so, consider instead using get_variable with a non-empty partitioner parameter instead."
)


def _first(value: Any, default: Any) -> Any:
    return default if value is None else value


class _VariableScopeStore(threading.local):
    """The present variable scope of each thread, and how often each name was opened."""

    def __init__(self) -> None:
        super().__init__()
        self.current_scope = VariableScope(False)
        self.variable_scopes_count: dict[str, int] = {}

    def open_variable_scope(self, scope_name: str) -> None:
        self.variable_scopes_count[scope_name] = self.variable_scope_count(scope_name) + 1

    def close_variable_subscopes(self, scope_name: str | None) -> None:
        """Names below `scope_name` may be given anew when it is opened again."""
        for name in self.variable_scopes_count:
            if scope_name is None or name.startswith(scope_name + "/"):
                self.variable_scopes_count[name] = 0

    def variable_scope_count(self, scope_name: str) -> int:
        return self.variable_scopes_count.get(scope_name, 0)


_VARSTORE_KEY = ("__variable_store",)
_VARSCOPESTORE_KEY = ("__varscope",)


def _graph_object(key: Any, make: Callable[[], Any]) -> Any:
    """The only object of a private collection, made at the first use."""
    found = get_collection_ref(key)
    if not found:
        found.append(make())
    return found[0]


def get_variable_scope_store() -> _VariableScopeStore:
    """The scopes of the default graph."""
    return _graph_object(_VARSCOPESTORE_KEY, _VariableScopeStore)


def _get_default_variable_store() -> _VariableStore:
    """The variables of the default graph."""
    return _graph_object(_VARSTORE_KEY, _VariableStore)


@contextlib.contextmanager
def with_variable_store(store: _VariableStore) -> Iterator[None]:
    """Keeps variables made in the block in `store`."""
    collection = get_collection_ref(_VARSTORE_KEY)
    old = list(collection)
    collection[:] = [store]
    try:
        yield
    finally:
        collection[:] = old


@export("get_variable_scope")
def get_variable_scope() -> VariableScope:
    """The present variable scope. Stands for `tf.get_variable_scope`."""
    return get_variable_scope_store().current_scope
