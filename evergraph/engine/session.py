"""Sessions: `tf.Session` and `tf.InteractiveSession`."""

import collections
import contextlib
import dataclasses
import itertools
import threading
import warnings
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import torch

from evergraph.base import errors, nest
from evergraph.base.compat import as_bytes
from evergraph.base.export import export
from evergraph.engine import mixed_precision_global_state, placement, runtime_options
from evergraph.engine.callables import NamedCallable
from evergraph.engine.cluster import ClusterExecutor, places, runs_alone
from evergraph.engine.deadline import Deadline
from evergraph.engine.executor import Executor
from evergraph.engine.feeds import converter
from evergraph.engine.fetches import FetchTree, feed_key_parts, feed_parts, nest_key
from evergraph.engine.functions import Functions
from evergraph.engine.interpret import Interpreter
from evergraph.engine.lower import feed_place
from evergraph.engine.metadata import cost_graph, fill_step_stats, partition_graph
from evergraph.engine.plan import needed_nodes
from evergraph.engine.servers import cluster_of, peers_of, place_of, state_for
from evergraph.engine.settings import settings_of
from evergraph.engine.state import SessionState
from evergraph.engine.values import to_array
from evergraph.engine.watching import Dump, Watches
from evergraph.graph import scopes
from evergraph.graph.graph import Graph, get_default_graph
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Tensor
from evergraph.kernels.one_thread import on_one_thread
from evergraph.kernels.session_store import store_of
from evergraph.proto.protobuf import config_pb2

_handles = itertools.count()


class _Run:
    """A cached call of `run`: the executor, and how values make the result."""

    __slots__ = ("executor", "build", "tensors")

    def __init__(
        self, executor: Executor, build: Callable[[list[Any]], Any], tensors: tuple[Any, ...]
    ) -> None:
        self.executor = executor
        self.build = build
        self.tensors = tensors


class DeviceAttributes:
    """A device of a session, as `Session.list_devices` gives it."""

    def __init__(
        self, name: str, device_type: str, memory_limit_bytes: int, incarnation: int
    ) -> None:
        self.name = name
        self.device_type = device_type
        self.memory_limit_bytes = memory_limit_bytes
        self.incarnation = incarnation

    def __repr__(self) -> str:
        return (
            f"_DeviceAttributes({self.name}, {self.device_type}, {self.memory_limit_bytes}, "
            f"{self.incarnation})"
        )


class SessionInterface:
    """What a session can do; wrappers of sessions derive from it too."""

    @property
    def graph(self) -> Graph:
        """The graph that the session runs."""
        raise NotImplementedError("graph")

    @property
    def sess_str(self) -> bytes | None:
        """The target that the session was made for."""
        raise NotImplementedError("sess_str")

    def run(
        self,
        fetches: Any,
        feed_dict: Any = None,
        options: Any = None,
        run_metadata: Any = None,
    ) -> Any:
        """Runs nodes."""
        raise NotImplementedError("run")

    def partial_run_setup(self, fetches: Any, feeds: Any = None) -> str:
        """Prepares a run in parts."""
        raise NotImplementedError("partial_run_setup")

    def partial_run(self, handle: str, fetches: Any, feed_dict: Any = None) -> Any:
        """Goes on with a run in parts."""
        raise NotImplementedError("partial_run")


class BaseSession(SessionInterface):
    """What Session and InteractiveSession share.

    Args:
      target: the execution engine; only "" (this process) is there.
      graph: the graph to run; default: the default graph.
      config: a ConfigProto.

    Raises:
      TypeError: an argument is of the wrong type.
    """

    def __init__(self, target: str = "", graph: Graph | None = None, config: Any = None) -> None:
        if graph is None:
            graph = get_default_graph()
        elif not isinstance(graph, Graph):
            raise TypeError(f"graph must be a tf.Graph, but got {type(graph)}")
        if target is not None:
            try:
                self._target = as_bytes(target)
            except TypeError:
                raise TypeError(f"target must be a string, but got {type(target)}") from None
        else:
            self._target = None
        if config is not None and not isinstance(config, config_pb2.ConfigProto):
            raise TypeError(f"config must be a tf.ConfigProto, but got {type(config)}")
        if config is None:
            config = runtime_options.default_config()
        mixed_precision_global_state.note_session()
        self._graph = graph
        self._config = config
        address = (self._target or b"").decode()
        self._settings = settings_of(config, place_of(address))
        self._cluster = cluster_of(address)
        if self._cluster is not None:
            others = [f"{p}/device:CPU:0" for p in places(self._cluster)]
            known = dict.fromkeys([*self._settings.devices, *others])
            self._settings = dataclasses.replace(self._settings, devices=tuple(known))
        self._closed = False
        self._opened = False
        self._state = state_for(address)
        self._state.functions = Functions(self._state)
        self._runs: dict[Any, _Run] = {}
        self._lock = threading.RLock()
        self._placed = 0
        self._run_counts: collections.Counter[Executor] = collections.Counter()
        self._watched_counts: collections.Counter[Executor] = collections.Counter()
        self._partial: dict[str, _PartialRun] = {}
        if self._settings.log_placement:
            self._log_devices()

    def _log_devices(self) -> None:
        print("Device mapping:", flush=True)
        for name in self._settings.devices:
            if "GPU" in name:
                index = int(name.rsplit(":", 1)[1])
                print(
                    f"{name} -> device: {index}, name: {torch.cuda.get_device_name(index)}",
                    flush=True,
                )

    @property
    def graph(self) -> Graph:
        """The graph that the session runs."""
        return self._graph

    @property
    def graph_def(self) -> Any:
        """The graph as a GraphDef."""
        return self._graph.as_graph_def(add_shapes=self._settings.add_shapes)

    @property
    def sess_str(self) -> bytes:
        """The target that the session was made for."""
        return self._target

    def list_devices(self) -> list[DeviceAttributes]:
        """The devices of this machine."""
        return [
            DeviceAttributes(name, name.rsplit(":", 2)[1], 268435456, i + 1)
            for i, name in enumerate(self._settings.devices)
        ]

    def as_default(self) -> Any:
        """Makes this the default session inside a `with` block; it is not closed at the end."""
        return scopes.default_session(self)

    def close(self) -> None:
        """Ends the session and frees its variables. Runs that wait in it are cancelled."""
        self._closed = True
        if not self._target:
            self._state.close()
        self._runs.clear()

    # -- run

    def run(
        self, fetches: Any, feed_dict: Any = None, options: Any = None, run_metadata: Any = None
    ) -> Any:
        """Runs what `fetches` need once, and gives their values. Stands for `tf.Session.run`.

        Args:
          fetches: a tensor, operation, variable, sparse tensor or name, or any nest of them.
          feed_dict: values by tensor: numbers, lists, arrays.
          options: a RunOptions.
          run_metadata: a RunMetadata that takes the timing of the steps.

        Returns:
          NumPy values in the nest of `fetches`; None for operations.

        Raises:
          RuntimeError: the session is closed, or its graph empty.
          TypeError: a fetch or feed is of a wrong type.
          ValueError: a fetch or feed is not of this graph, or a feed's shape does not fit.
          OpError: a node failed; its subclass says how.
        """
        if options is None and run_metadata is None:
            # The way of a training loop: the same fetches and feeds as before.
            try:
                key: Any = (
                    nest_key(fetches) if isinstance(fetches, (list, tuple, dict)) else fetches,
                    tuple(feed_dict.keys()) if feed_dict else (),
                )
                cached = self._runs.get(key)
            except (AttributeError, TypeError):
                key = cached = None
            if cached is not None and cached.executor.version == self._graph._mutations:
                results = cached.executor.run(feed_dict.values() if feed_dict else ())
                if self._closed:
                    _raise_cancelled()
                return cached.build(results)
        else:
            key = None
        return self._run(fetches, feed_dict, options, run_metadata, key)

    def _run(self, fetches: Any, feed_dict: Any, options: Any, run_metadata: Any, key: Any) -> Any:
        self._check_open()
        tree = FetchTree(self._graph, fetches, self)
        feeds = self._feeds(feed_dict)
        executor, build = self._executor(tree, tuple(feeds))
        simple = feed_dict is None or all(isinstance(k, Tensor) for k in feed_dict)
        plain = key is not None and simple and self._settings.timeout <= 0
        if plain and not any(_is_value(v) for v in feeds.values()):
            self._runs[key] = _Run(executor, build, tuple(feeds))
        given = list(feeds.values())
        return build(self._execute(executor, given, options, run_metadata))

    def _execute(
        self, executor: Executor, given: Sequence[Any], options: Any, run_metadata: Any
    ) -> list[Any]:
        """One run of an executor, as RunOptions and the session's settings ask."""
        timeout = self._settings.timeout
        if options is not None:
            self._settings.check_thread_pool(options)
            if options.timeout_in_ms > 0:
                timeout = options.timeout_in_ms
        with Deadline(self._state, timeout) if timeout > 0 else contextlib.nullcontext():
            if options is not None and options.debug_options.debug_tensor_watch_opts:
                values = self._watched(executor, given, options, run_metadata)
            elif run_metadata is None:
                values = executor.run(given)
            else:
                values = self._observed(executor, given, options, run_metadata)
        if self._closed:
            _raise_cancelled()
        return values

    def _watched(
        self, executor: Executor, given: Sequence[Any], options: Any, run_metadata: Any
    ) -> list[Any]:
        """As `executor.run`; what the debugger's options name is dumped."""
        watches = Watches(options.debug_options, self._graph._nodes_by_name)
        dump = Dump(watches, executor, self._watched_counts[executor])
        self._watched_counts[executor] += 1
        if run_metadata is not None:
            run_metadata.Clear()
            if options.output_partition_graphs:
                run_metadata.partition_graphs.append(dump.graph_def)
        return executor.run_watched(given, dump)

    def _observed(
        self, executor: Executor, given: Sequence[Any], options: Any, run_metadata: Any
    ) -> list[Any]:
        """As `executor.run`; `run_metadata` gets what `options` and the settings ask for."""
        run_metadata.Clear()
        options = options or config_pb2.RunOptions()
        every, after = self._settings.cost_model_every, self._settings.cost_model_after
        measured = False
        if every > 0:
            count = self._run_counts[executor] - after
            self._run_counts[executor] += 1
            measured = count >= 0 and (count + 1) % every == 0
        timings = None
        if options.trace_level or options.report_tensor_allocations_upon_oom or measured:
            values, timings = executor.run_timed(given)
            fill_step_stats(run_metadata.step_stats, timings)
        else:
            values = executor.run(given)
        if options.output_partition_graphs or measured:
            graph_def = partition_graph(executor.fetches, executor.targets, executor.feeds)
            if options.output_partition_graphs:
                run_metadata.partition_graphs.append(graph_def)
            if timings is not None and measured:
                nodes = self._graph._nodes_by_name
                run_metadata.cost_graph.CopyFrom(cost_graph(graph_def, nodes, timings))
        return values

    def _check_open(self) -> None:
        if self._closed:
            raise RuntimeError("Attempted to use a closed Session.")
        if self._graph.version == 0:
            raise RuntimeError(
                "The Session graph is empty.  Add operations to the graph before calling run()."
            )

    def _executor(
        self, tree: FetchTree, feeds: tuple[Tensor, ...]
    ) -> tuple[Executor, Callable[[list[Any]], Any]]:
        """The executor for a fetch tree, and the function that builds the result of its values."""
        for element in tree.elements:
            if not self._graph.is_fetchable(element):
                name = element.op.name if isinstance(element, Tensor) else element.name
                raise errors.InaccessibleTensorError(
                    f"Operation {name!r} has been marked as not fetchable. Typically this happens "
                    "when "
                    "it is defined in another function or code block. Use return values,explicit "
                    "Python locals or TensorFlow collections to access it."
                )
        tensors = tree.tensors
        executor = self._prepare(tensors, tree.targets, feeds)
        places: list[int | None] = []
        position = 0
        for element in tree.elements:
            if isinstance(element, Tensor):
                places.append(position)
                position += 1
            else:
                places.append(None)
        if None not in places:
            build = tree.build
            if tree.is_leaf:
                return executor, _first
            return executor, build
        full = tree.build
        return executor, lambda v: full([None if p is None else v[p] for p in places])

    def _prepare(
        self, fetches: Sequence[Tensor], targets: Sequence[Operation], feeds: tuple[Tensor, ...]
    ) -> Executor:
        signature = ("executor", tuple(fetches), tuple(targets), feeds)
        known = self._runs.get(signature)
        if known is not None and known.executor.version == self._graph._mutations:
            return known.executor
        self._settings.check_executor()
        with self._lock:
            self._place(fetches, targets, feeds)
            try:
                executor = self._new_executor(fetches, targets, feeds)
            except errors.OpError as error:
                raise error from None
            except ValueError as error:
                raise errors.InvalidArgumentError(None, None, str(error)) from None
            self._runs[signature] = _Run(executor, _first, ())
            self._opened = True
        return executor

    def _new_executor(
        self, fetches: Sequence[Tensor], targets: Sequence[Operation], feeds: tuple[Tensor, ...]
    ) -> Any:
        if self._cluster is None or runs_alone(self._cluster, fetches, targets, feeds):
            return Executor(self._graph, self._state, fetches, targets, feeds)
        return ClusterExecutor(
            self._graph, self._cluster, peers_of(self._cluster), fetches, targets, feeds
        )

    def _place(
        self, fetches: Sequence[Tensor], targets: Sequence[Operation], feeds: Sequence[Tensor]
    ) -> None:
        """Checks the devices of nodes that came since the last time, or only of those that the run
        needs."""
        nodes = self._graph._nodes
        if self._settings.place_pruned:
            placement.check(needed_nodes(fetches, targets, feeds), self._settings)
            return
        new = nodes[self._placed :]
        if new:
            placement.check(new, self._settings)
            if self._settings.log_placement:
                placement.log(nodes, self._settings)
            self._placed = len(nodes)

    # -- feeds

    def _feeds(self, feed_dict: Any) -> dict[Tensor, Any]:
        """The fed tensors with their values, composites taken apart."""
        found: dict[Tensor, Any] = {}
        if not feed_dict:
            return found
        for key, value in nest.flatten_dict_items(feed_dict).items():
            for part, part_value in feed_parts(key, value):
                tensor = self._feed_tensor(part)
                if isinstance(part_value, Tensor):
                    converter(tensor, feed_place(tensor))(part_value)
                if not self._graph.is_feedable(tensor):
                    raise ValueError(f"Tensor {tensor} may not be fed.")
                found[tensor] = part_value
        return found

    def _feed_tensor(self, key: Any) -> Tensor:
        try:
            return self._graph.as_graph_element(key, allow_tensor=True, allow_operation=False)
        except Exception as error:
            raise TypeError(f"Cannot interpret feed_dict key as Tensor: {error.args[0]}") from None

    # -- callables

    def make_callable(
        self, fetches: Any, feed_list: Sequence[Any] | None = None, accept_options: bool = False
    ) -> Callable[..., Any]:
        """A function of the values of `feed_list` that runs `fetches`: `run` without its checks.

        Args:
          fetches: as for `run`.
          feed_list: tensors that take the function's arguments, in order.
          accept_options: whether the function takes `options` and `run_metadata` too.

        Raises:
          TypeError: `feed_list` is no list of tensors.
        """
        if feed_list is not None and not isinstance(feed_list, (list, tuple)):
            raise TypeError("`feed_list` must be a list or tuple.")
        try:
            feeds = [self._feed_tensor(f) for f in feed_list or ()]
        except TypeError:
            feeds = []  # a run says so
        by_run = len({*feeds}) < len(feed_list or ())
        tree = FetchTree(self._graph, fetches, self)
        if not tree.elements:
            raise errors.InvalidArgumentError(
                None, None, "Must specify at least one target to fetch or execute."
            )
        executor, build = self._executor(tree, tuple(feeds))

        def call(*args: Any, options: Any = None, run_metadata: Any = None) -> Any:
            if self._closed and feeds:
                self._check_open()
            if self._closed:
                raise errors.CancelledError(None, None, "Session has been closed.")
            if by_run or len(args) != len(feeds):
                # As TensorFlow does: the last value of a tensor counts, further ones do not.
                feed_dict = dict(zip(feed_list or (), args, strict=False))
                return self.run(fetches, feed_dict, options, run_metadata)
            return build(self._execute(executor, args, options, run_metadata))

        if accept_options:
            return call
        return lambda *args: call(*args)

    def _make_callable_from_options(self, callable_options: Any) -> NamedCallable:
        """A function of arrays that runs what a CallableOptions names.

        Raises:
          InvalidArgumentError: a tensor is not there, fed twice or fed and fetched, or nothing is
            asked for.
          NotFoundError: a target is not there.
        """
        if self._closed:
            raise errors.CancelledError(None, None, "Session has been closed.")
        return NamedCallable(self, self._graph, callable_options)

    def _run_named(
        self,
        fetches: Sequence[Tensor],
        targets: Sequence[Operation],
        feeds: Sequence[Tensor],
        given: Sequence[Any],
        options: Any,
        run_metadata: Any,
    ) -> list[Any]:
        """One run of a `NamedCallable`."""
        if self._closed:
            raise errors.CancelledError(None, None, "Session has been closed.")
        executor = self._prepare(fetches, targets, tuple(feeds))
        return self._execute(executor, given, options, run_metadata)

    def _background_runner(
        self,
        graph: Graph,
        fetches: Sequence[Tensor],
        targets: Sequence[Operation],
        feeds: Sequence[Tensor],
        raw: bool = False,
    ) -> Callable[..., list[Any]]:
        """A function that runs nodes of another graph, beside what the session does otherwise.

        The variables, queues and readers of that graph are those of this session that have their
        names. `raw` values are as kernels give them."""
        executor = Executor(graph, self._state, fetches, targets, feeds)

        def run(*values: Any) -> list[Any]:
            if self._closed:
                raise errors.CancelledError(None, None, "Session has been closed.")
            with on_one_thread():
                return executor.run(values, raw)

        return run

    def _function(self, graph: Graph, result: Tensor, argument: Tensor) -> Callable[[Any], Any]:
        """A function of an array that does what a graph without effects does; the result is as
        kernels give it."""
        executor = Executor(graph, self._state, [result], [], [argument])
        (convert,), call = executor.converters, executor.call
        return lambda value: call(convert(value))[0]

    # -- partial runs

    def partial_run_setup(self, fetches: Any, feeds: Any = None) -> str:
        """Prepares a run in parts, and gives its handle. Stands for `Session.partial_run_setup`.

        Args:
          fetches: all that will be fetched.
          feeds: all tensors that will be fed.
        """
        tree = FetchTree(self._graph, fetches)
        self._check_open()
        if not tree.elements:
            raise errors.InvalidArgumentError(
                None, None, "Must specify at least one target to fetch or execute."
            )
        keys: list[Tensor] = []
        for key in nest.flatten(feeds) if feeds is not None else ():
            for part in feed_key_parts(key):
                tensor = self._feed_tensor(part)
                if not self._graph.is_feedable(tensor):
                    raise ValueError(f"Tensor {tensor} may not be fed.")
                keys.append(tensor)
        self._place(tree.tensors, tree.targets, keys)
        handle = f"partial_run_{next(_handles)}"
        self._partial[handle] = _PartialRun(self._state, tree.elements, keys)
        return handle

    def partial_run(self, handle: str, fetches: Any, feed_dict: Any = None) -> Any:
        """Continues the run `handle` with more feeds, up to `fetches`. Stands for
        `Session.partial_run`.

        Raises:
          RuntimeError: the session is closed.
          ValueError, InvalidArgumentError: a fetch or feed was not announced, or is given twice.
        """
        self._check_open()
        if handle not in self._partial:
            raise errors.InvalidArgumentError(
                None, None, "Must run 'setup' before performing partial runs!"
            )
        run = self._partial[handle]
        tree = FetchTree(self._graph, fetches)
        if any(isinstance(e, Operation) for e in tree.elements):
            raise RuntimeError("partial_run() requires empty target_list.")
        timeout = self._settings.timeout
        with Deadline(self._state, timeout) if timeout > 0 else contextlib.nullcontext():
            values = run.advance(tree.elements, self._feeds(feed_dict))
        if run.finished:
            del self._partial[handle]
        return tree.build(values)

    def _register_dead_handle(self, handle: str) -> None:
        """Frees a tensor whose handle nobody holds any more."""
        if not self._closed:
            store_of(self._state).drop(handle)

    def __del__(self) -> None:
        state = getattr(self, "_state", None)
        if state is not None and not self._target:
            state.close()


class _PartialRun:
    """A run that gets its feeds and gives its fetches in several calls."""

    def __init__(
        self, state: SessionState, elements: Sequence[Any], feeds: Sequence[Tensor]
    ) -> None:
        self._interpreter = Interpreter(state)
        self._pending = list(elements)
        self._announced = set(elements)
        self._feeds = set(feeds)
        self._fed: set[Tensor] = set()

    @property
    def finished(self) -> bool:
        return not self._pending

    def advance(self, elements: Sequence[Any], feeds: dict[Tensor, Any]) -> list[Any]:
        """The values of `elements`, after `feeds` came in."""
        for tensor, value in feeds.items():
            if tensor in self._fed:
                raise errors.InvalidArgumentError(
                    None, None, f"The feed {tensor.name} has already been fed."
                )
            if tensor not in self._feeds:
                raise errors.InvalidArgumentError(
                    None, None, f"The feed {tensor.name} was not specified in partial_run_setup."
                )
            self._interpreter.feed(tensor, converter(tensor, feed_place(tensor))(value))
            self._fed.add(tensor)
        for element in elements:
            if element in feeds:
                raise errors.InvalidArgumentError(
                    None, None, f"{element.name} is both fed and fetched."
                )
            if element in self._announced and element not in self._pending:
                raise errors.InvalidArgumentError(
                    None, None, f"The fetch {element.name} has already been fetched."
                )
            if element not in self._pending:
                raise errors.InvalidArgumentError(
                    None, None, f"The fetch {element.name} was not specified in partial_run_setup."
                )
        self._check_fed(elements)
        tensors = [e for e in elements if isinstance(e, Tensor)]
        targets = [e for e in elements if isinstance(e, Operation)]
        with torch.inference_mode():
            values = dict(zip(tensors, self._interpreter.run(tensors, targets), strict=True))
        for element in elements:
            self._pending.remove(element)
        return [_copied(values.get(e)) for e in elements]

    def _check_fed(self, elements: Sequence[Any]) -> None:
        """A fetch that hangs on a feed not given yet cannot be computed."""
        seen: set[Operation] = set()
        stack = [e if isinstance(e, Operation) else e.op for e in elements if e not in self._fed]
        while stack:
            op = stack.pop()
            if op in seen or op in self._interpreter.done:
                continue
            seen.add(op)
            for t in op._inputs:
                if t in self._feeds:
                    if t not in self._fed:
                        raise errors.InvalidArgumentError(
                            None,
                            None,
                            f"Fetch {t.name} can't be computed from the feeds that have been "
                            "fed so far.",
                        )
                    continue
                stack.append(t.op)
            stack.extend(op._control_inputs)


# TensorFlow's own name.
_DeviceAttributes = DeviceAttributes


def _raise_cancelled() -> NoReturn:
    """For a run during which another thread closed the session."""
    raise errors.CancelledError(None, None, "Run call was cancelled")


def _copied(value: Any) -> Any:
    value = to_array(value)
    return value.copy() if hasattr(value, "ndim") and value.ndim else value


def _is_value(value: Any) -> bool:
    """Whether a feed needs a look at each run: handles of tensors kept in the session."""
    return isinstance(value, Tensor)


def _first(values: list[Any]) -> Any:
    return values[0]


@export("Session")
class Session(BaseSession):
    """Runs operations and evaluates tensors. Stands for `tf.Session`.

    Used as a context manager, it and its graph are the defaults inside, and it is closed at the
    end.
    """

    def __init__(self, target: str = "", graph: Graph | None = None, config: Any = None) -> None:
        super().__init__(target, graph, config=config)
        self._default_graph_context: list[Any] = []
        self._default_session_context: list[Any] = []

    @staticmethod
    def reset(target: str, containers: Sequence[str] | None = None, config: Any = None) -> None:
        """Clears the containers of a server. A local session's are its own: nothing is to be
        cleared."""

    def __enter__(self) -> "Session":
        graph_context = self.graph.as_default()
        session_context = self.as_default()
        graph_context.__enter__()
        session_context.__enter__()
        self._default_graph_context.append(graph_context)
        self._default_session_context.append(session_context)
        return self

    def __exit__(self, exec_type: Any, exec_value: Any, exec_tb: Any) -> None:
        try:
            self._default_session_context.pop().__exit__(exec_type, exec_value, exec_tb)
        except RuntimeError as error:
            if error is not exec_value:
                raise
        self._default_graph_context.pop().__exit__(exec_type, exec_value, exec_tb)
        self.close()


@export("InteractiveSession")
class InteractiveSession(BaseSession):
    """A session that makes itself the default one when made. Stands for `tf.InteractiveSession`."""

    _count_lock = threading.Lock()
    _active = 0

    def __init__(self, target: str = "", graph: Graph | None = None, config: Any = None) -> None:
        super().__init__(target, graph, config)
        self._explicitly_closed = False
        with InteractiveSession._count_lock:
            if InteractiveSession._active > 0:
                warnings.warn(
                    "An interactive session is already active. This can cause out-of-memory errors "
                    "in "
                    "some cases. You must explicitly call `InteractiveSession.close()` to release "
                    "resources held by the other session(s).",
                    stacklevel=2,
                )
            InteractiveSession._active += 1
        # Sessions at a prompt are closed in any order.
        self._default_session = scopes.session_stack.pushed(self, enforce_nesting=False)
        self._default_session.__enter__()
        self._explicit_graph = graph
        self._default_graph: Any = None
        if graph is not None:
            self._default_graph = graph.as_default()
            self._default_graph.__enter__()

    def close(self) -> None:
        """Ends the session; it is no longer the default one."""
        super().close()
        if self._explicitly_closed:
            return
        self._explicitly_closed = True
        with InteractiveSession._count_lock:
            InteractiveSession._active -= 1
        if self._default_graph is not None:
            self._default_graph.__exit__(None, None, None)
            self._default_graph = None
        self._default_session.__exit__(None, None, None)
