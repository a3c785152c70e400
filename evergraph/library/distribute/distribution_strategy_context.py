"""Which strategy is in force, and whether code runs within a replica or for all of them."""

import functools
import threading
from typing import Any

from evergraph.base.export import export, export_constant
from evergraph.base.lazy_loader import LazyLoader
from evergraph.graph.graph import get_default_graph

# A strategy needs this module.
_lib: Any = LazyLoader("_lib", globals(), "evergraph.library.distribute.distribute_lib")

_ATTRIBUTE = "_distribution_strategy_stack"
_lock = threading.RLock()


class _Mode:
    """What code runs in: a replica, or (`replica_context` None) outside of all replicas."""

    def __init__(self, strategy: Any, replica_context: Any = None) -> None:
        self.strategy = strategy
        self.replica_context = replica_context

    @property
    def cross_replica_context(self) -> Any:
        return None if self.replica_context is not None else self.strategy


@functools.cache
def _make_default() -> _Mode:
    strategy = _lib.default_strategy()
    return _Mode(strategy, _lib.ReplicaContext(strategy, replica_id_in_sync_group=0))


def default_mode() -> _Mode:
    """What code runs in without a strategy: the only replica of the default strategy."""
    with _lock:
        return _make_default()


def _stack() -> list[_Mode]:
    """The modes of the default graph, the current one last."""
    graph = get_default_graph()
    if not hasattr(graph, _ATTRIBUTE):
        setattr(graph, _ATTRIBUTE, [])
    return getattr(graph, _ATTRIBUTE)  # type: ignore[no-any-return]


def push(strategy: Any, replica_context: Any = None) -> None:
    """Enters a mode of the default graph."""
    _stack().append(_Mode(strategy, replica_context))


def pop() -> None:
    """Leaves what `push` entered."""
    _stack().pop()


def current_mode() -> _Mode:
    """The mode of the default graph."""
    stack = getattr(get_default_graph(), _ATTRIBUTE, None)
    return stack[-1] if stack else default_mode()


@export("distribute.get_replica_context", "contrib.distribute.get_replica_context")
def get_replica_context() -> Any:
    """The ReplicaContext of this replica; None outside of replicas. Stands for
    `tf.distribute.get_replica_context`."""
    return current_mode().replica_context


@export("contrib.distribute.get_cross_replica_context")
def get_cross_replica_context() -> Any:
    """The strategy outside of its replicas; None within one. Stands for
    `tf.contrib.distribute.get_cross_replica_context`."""
    return current_mode().cross_replica_context


@export("distribute.in_cross_replica_context", "contrib.distribute.in_cross_replica_context")
def in_cross_replica_context() -> bool:
    """Whether this is outside of replicas. Stands for `tf.distribute.in_cross_replica_context`."""
    return current_mode().cross_replica_context is not None


@export("distribute.get_strategy", "contrib.distribute.get_strategy")
def get_strategy() -> Any:
    """The strategy in force; without one, that of a single replica. Stands for
    `tf.distribute.get_strategy`."""
    return current_mode().strategy


@export("distribute.has_strategy", "contrib.distribute.has_strategy")
def has_strategy() -> bool:
    """Whether a strategy other than the default one is in force. Stands for
    `tf.distribute.has_strategy`."""
    return get_strategy() is not default_mode().strategy


def get_strategy_and_replica_context() -> tuple[Any, Any]:
    """The strategy, and the context of the replica or None."""
    mode = current_mode()
    return mode.strategy, mode.replica_context


get_distribution_strategy = get_strategy
has_distribution_strategy = has_strategy
export_constant(
    __name__, "get_distribution_strategy", "contrib.distribute.get_distribution_strategy"
)
export_constant(
    __name__, "has_distribution_strategy", "contrib.distribute.has_distribution_strategy"
)
