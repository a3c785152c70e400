"""A function called once for each replica, each in a thread of its own, one at a time.

Where a replica meets others (`merge_call`), it waits until all have come there; then what is to
be done for all is done in the thread of the caller.
"""

import contextlib
import re
import threading
from collections.abc import Callable, Iterator
from typing import Any

from evergraph.api import variable_scope
from evergraph.base import dtypes
from evergraph.graph.constant import constant
from evergraph.graph.defaults import control_dependencies, init_scope, name_scope
from evergraph.graph.defaults import device as device_scope
from evergraph.graph.graph import get_default_graph
from evergraph.graph.static_value import constant_value
from evergraph.library.distribute.distribute_lib import ReplicaContext
from evergraph.library.distribute.distribution_strategy_context import require_replica_context
from evergraph.library.distribute.values import DeviceMap, regroup, select_replica

_NUMBERED = re.compile(r"_\d(?=/|$)")


class _Stopped(Exception):
    """Ends the thread of a replica when another one failed."""


def _plain_name(name: str | None) -> str:
    return "Variable" if name is None else _NUMBERED.sub("", name)


def _shared_creator(store: dict[str, list[Any]], replica: int) -> Callable[..., Any]:
    """Makes variables for the first replica; gives others the same ones, by name and order."""
    used: dict[str, int] = {}

    def make(next_creator: Callable[..., Any], **kwargs: Any) -> Any:
        v = next_creator(**kwargs)
        store.setdefault(_plain_name(kwargs.get("name")), []).append(v)
        return v

    def reuse(next_creator: Callable[..., Any], **kwargs: Any) -> Any:
        name = _plain_name(kwargs.get("name"))
        number = used.get(name, 0)
        if number >= len(store.get(name, ())):
            raise RuntimeError(
                f"Tried to create variable {kwargs.get('name')} with mismatching name on device "
                f"{replica}"
            )
        used[name] = number + 1
        return store[name][number]

    return reuse if replica else make


class _Replica(threading.Thread):
    """The thread of a replica. It runs from `go_on` until it waits or is done."""

    def __init__(
        self, strategy: Any, device_map: DeviceMap, number: int, creator: Any, call: Any
    ) -> None:
        super().__init__(daemon=True)
        self._strategy = strategy
        self._device = device_map.logical_to_actual_devices(0)[number]
        self._number = number
        self._creator = creator
        self._call = call
        self._may_run = threading.Event()
        self._waits = threading.Event()
        self._stopped = False
        self.done = False
        self.error: BaseException | None = None
        self.result: Any = None
        # Where it waits: what is to be done, and the blocks that it is in.
        self.merge_fn: Any = None
        self.merge_args: Any = None
        self.merge_kwargs: Any = None
        self.merge_result: Any = None
        self.name_scope = ""
        self.variable_scope: Any = None
        self.control_inputs: list[Any] = []
        self.graph = get_default_graph()
        with init_scope():
            self._init_graph = get_default_graph()
        self._creators = list(self.graph._variable_creator_stack)
        self._outer_variables = variable_scope.get_variable_scope()
        scope = self.graph.get_name_scope()
        self._scope = f"{scope}/" if scope else ""
        if number:
            self._scope += f"replica_{number}/"

    def go_on(self) -> None:
        """Lets it run until it waits or is done; raises what it failed of."""
        self._may_run.set()
        self._waits.wait()
        self._waits.clear()
        if self.error is not None:
            raise self.error

    def stop(self) -> None:
        """Ends it where it waits."""
        self._stopped = True
        self._may_run.set()

    def _wait(self) -> None:
        self._may_run.wait()
        self._may_run.clear()
        if self._stopped:
            raise _Stopped

    def pause(self) -> None:
        """Called in the thread: waits until it may go on."""
        self._waits.set()
        self._wait()

    @contextlib.contextmanager
    def _blocks(self) -> Iterator[None]:
        number = constant(self._number, dtypes.int32)
        reuse = True if self._number else None
        with (
            MirroredReplicaContext(self._strategy, number),
            device_scope(self._device),
            name_scope(self._scope),
            variable_scope.variable_scope(self._outer_variables, reuse=reuse),
            variable_scope.variable_creator_scope(self._creator),
        ):
            yield

    def run(self) -> None:
        """What the thread does."""
        try:
            self._wait()
            with self._init_graph.as_default(), self.graph.as_default():
                self.graph._stacks.variable_creators = self._creators
                with self._blocks():
                    self.result = self._call()
            self.done = True
        except _Stopped:
            pass
        except BaseException as error:
            self.error = error
        finally:
            self._waits.set()


class MirroredReplicaContext(ReplicaContext):
    """What code within a replica of several knows of its strategy."""

    def _merge_call(self, merge_fn: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        replica: Any = threading.current_thread()
        assert isinstance(replica, _Replica)
        graph = replica.graph
        if get_default_graph() is not graph:
            raise RuntimeError(
                "`merge_call` called while defining a new graph or a tf.function. This can often "
                "happen if the function `fn` passed to `strategy.experimental_run()` is decorated "
                "with `@tf.function` (or contains a nested `@tf.function`), and `fn` contains a "
                "synchronization point, such as aggregating gradients. This behavior is not yet "
                "supported. Instead, please wrap the entire call `strategy.experimental_run(fn)` "
                "in a `@tf.function`, and avoid nested `tf.function`s that may potentially cross a "
                "synchronization boundary."
            )
        replica.merge_fn, replica.merge_args, replica.merge_kwargs = merge_fn, args, kwargs
        scope = graph.get_name_scope()
        replica.name_scope = f"{scope}/" if scope else ""
        replica.variable_scope = variable_scope.get_variable_scope()
        inputs = graph._current_control_dependencies()
        replica.control_inputs = sorted(inputs, key=lambda op: op._id)
        replica.pause()
        return replica.merge_result

    @property
    def devices(self) -> Any:
        """The devices of the replica."""
        require_replica_context(self)
        number = constant_value(self._replica_id_in_sync_group)
        return [list(self._strategy.extended.worker_devices_by_replica)[int(number)]]


def call_for_each_replica(
    strategy: Any, device_map: DeviceMap, fn: Callable[..., Any], args: Any, kwargs: Any
) -> Any:
    """`fn` called for each replica with its part of the arguments; what they gave, as one.

    Raises:
      RuntimeError: replicas meet each other in different numbers.
    """
    graph = get_default_graph()
    if not graph.runs_at_once:
        graph.switch_to_thread_local()
    store: dict[str, list[Any]] = {}
    replicas = []
    for i in range(device_map.num_replicas_in_graph):
        own_args, own_kwargs = select_replica(i, args), select_replica(i, kwargs)

        def call(own_args: Any = own_args, own_kwargs: Any = own_kwargs) -> Any:
            return fn(*own_args, **own_kwargs)

        replicas.append(_Replica(strategy, device_map, i, _shared_creator(store, i), call))
    for replica in replicas:
        replica.start()
    try:
        while True:
            for replica in replicas:
                replica.go_on()
            if all(replica.done for replica in replicas):
                break
            if any(replica.done for replica in replicas):
                raise RuntimeError(
                    "Some replicas made a different number of replica_context().merge_call() calls."
                )
            _merge(strategy, device_map, replicas)
    finally:
        for replica in replicas:
            replica.stop()
        for replica in replicas:
            replica.join()
    return regroup(device_map, tuple(replica.result for replica in replicas))


def _merge(strategy: Any, device_map: DeviceMap, replicas: list[_Replica]) -> None:
    """Does what all replicas wait for."""
    first = replicas[0]
    args = regroup(device_map, tuple(replica.merge_args for replica in replicas))
    kwargs = regroup(device_map, tuple(replica.merge_kwargs for replica in replicas))
    inputs = list(dict.fromkeys(op for replica in replicas for op in replica.control_inputs))
    with (
        name_scope(first.name_scope),
        control_dependencies(inputs),
        variable_scope.variable_scope(first.variable_scope),
    ):
        result = first.merge_fn(strategy, *args, **kwargs)
    for i, replica in enumerate(replicas):
        replica.merge_result = select_replica(i, result)
