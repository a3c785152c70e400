"""Which strategy is in force, and whether code runs within a replica or for all of them."""

import contextlib
import functools
import threading
from collections.abc import Iterator
from typing import Any

from evergraph.base.export import export, export_constant
from evergraph.base.lazy_loader import LazyLoader
from evergraph.graph.graph import get_default_graph

# A strategy needs this module.
_lib: Any = LazyLoader("_lib", globals(), "evergraph.library.distribute.distribute_lib")

_ATTRIBUTE = "_distribution_strategy_stack"
_SET = "_global_distribute_strategy_scope"
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


class _Stack(threading.local):
    """The modes of a graph in each thread, the current one last."""

    def __init__(self) -> None:
        super().__init__()
        self.modes: list[_Mode] = []


def _stack() -> list[_Mode]:
    graph = get_default_graph()
    if not hasattr(graph, _ATTRIBUTE):
        setattr(graph, _ATTRIBUTE, _Stack())
    return getattr(graph, _ATTRIBUTE).modes  # type: ignore[no-any-return]


def push(strategy: Any, replica_context: Any = None) -> None:
    """Enters a mode of the default graph."""
    _stack().append(_Mode(strategy, replica_context))


def pop() -> None:
    """Leaves what `push` entered."""
    _stack().pop()


def current_mode() -> _Mode:
    """The mode of the default graph."""
    found = getattr(get_default_graph(), _ATTRIBUTE, None)
    return found.modes[-1] if found is not None and found.modes else default_mode()


@export("distribute.experimental_set_strategy")
def experimental_set_strategy(strategy: Any) -> None:
    """Puts a strategy in force as `with strategy.scope()` does, until the next call; None ends it.
    Stands for `tf.distribute.experimental_set_strategy`.

    Raises:
      RuntimeError: this is within a strategy's block.
    """
    graph = vars(get_default_graph())
    before = graph.pop(_SET, None)
    if before is not None:
        before.__exit__(None, None, None)
    if has_strategy():
        raise RuntimeError("Must not be called inside a `tf.distribute.Strategy` scope.")
    if strategy is not None:
        scope = strategy.scope()
        scope.__enter__()
        graph[_SET] = scope


class _UpdateDevice(threading.local):
    current: Any = None


_update_device = _UpdateDevice()


def get_update_device() -> Any:
    """The device that `StrategyExtended.update` calls its function for; None outside of that."""
    return _update_device.current


@export("contrib.distribute.UpdateContext")
class UpdateContext:
    """A block in which variables are updated on one device. Stands for
    `tf.contrib.distribute.UpdateContext`.

    Args:
      device: its name.
    """

    def __init__(self, device: Any) -> None:
        self._device = device

    def __enter__(self) -> None:
        self._before = _update_device.current
        _update_device.current = self._device

    def __exit__(self, *error: Any) -> None:
        _update_device.current = self._before


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


@contextlib.contextmanager
def in_a_replica() -> Iterator[None]:
    """A block within the first replica, where this is outside of all replicas of a strategy."""
    mode = current_mode()
    if mode.replica_context is not None:
        yield
        return
    with _lib.ReplicaContext(mode.strategy, 0):
        yield


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


@export("contrib.distribute.require_replica_context")
def require_replica_context(replica_ctx: Any) -> None:
    """Raises RuntimeError where this is not within that replica. Stands for
    `tf.contrib.distribute.require_replica_context`."""
    mode = current_mode()
    if mode.replica_context is replica_ctx:
        return
    if mode.replica_context is None:
        raise RuntimeError("Need to be inside `call_for_each_replica()`")
    if mode.strategy is replica_ctx.strategy:
        raise RuntimeError("Mismatching ReplicaContext.")
    raise RuntimeError(
        f"Mismatching tf.distribute.Strategy objects: {mode.strategy} is not "
        f"{replica_ctx.strategy}."
    )
