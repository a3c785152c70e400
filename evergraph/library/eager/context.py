"""The execution context of `tensorflow.python.eager.context`, and what chooses between graphs and
eager execution."""

import contextlib
from collections.abc import Iterator
from typing import Any

from evergraph.base.export import export
from evergraph.engine import runtime_options
from evergraph.engine.eager import eager_graph, eager_graph_beside
from evergraph.engine.runtime_options import ASYNC as ASYNC
from evergraph.engine.runtime_options import (
    DEVICE_PLACEMENT_EXPLICIT as DEVICE_PLACEMENT_EXPLICIT,
)
from evergraph.engine.runtime_options import DEVICE_PLACEMENT_SILENT as DEVICE_PLACEMENT_SILENT
from evergraph.engine.runtime_options import (
    DEVICE_PLACEMENT_SILENT_FOR_INT32 as DEVICE_PLACEMENT_SILENT_FOR_INT32,
)
from evergraph.engine.runtime_options import DEVICE_PLACEMENT_WARN as DEVICE_PLACEMENT_WARN
from evergraph.engine.runtime_options import SYNC as SYNC
from evergraph.engine.runtime_options import LogicalDevice as LogicalDevice
from evergraph.engine.runtime_options import PhysicalDevice as PhysicalDevice
from evergraph.engine.runtime_options import (
    VirtualDeviceConfiguration as VirtualDeviceConfiguration,
)
from evergraph.graph import scopes
from evergraph.graph.defaults import device as device
from evergraph.graph.defaults import executing_eagerly as executing_eagerly
from evergraph.graph.graph import Graph, get_default_graph
from evergraph.graph.tensor import uid
from evergraph.proto.protobuf.config_pb2 import ConfigProto

GRAPH_MODE, EAGER_MODE = 0, 1


class Context(runtime_options.RuntimeOptions):
    """What `context()` returns."""

    def __init__(
        self, config: Any = None, device_policy: Any = None, execution_mode: Any = None
    ) -> None:
        super().__init__(config)
        self.device_policy = device_policy
        self.execution_mode = execution_mode
        self.summary_writer: Any = None
        self.summary_step: Any = None
        self.summary_recording: Any = None
        self.summary_recording_distribution_strategy: Any = True
        self.device_name = ""

    @property
    def scope_name(self) -> str:
        """The name scope of ops that are executed at once, with a slash at its end unless empty."""
        scope = eager_graph().get_name_scope() if executing_eagerly() else ""
        return f"{scope}/" if scope else ""

    def executing_eagerly(self) -> bool:
        """Whether ops are executed at once."""
        return executing_eagerly()

    def num_gpus(self) -> int:
        """The number of GPUs. Starts the runtime."""
        return len(self.list_logical_devices("GPU"))

    def devices(self) -> list[str]:
        """The names of the devices. Starts the runtime."""
        return [d.name for d in self.list_logical_devices()]

    def _clear_caches(self) -> None:
        """Nothing: eager execution alone keeps caches."""


_context: Context | None = None


def context() -> Context:
    """The one context."""
    return _context or _new_context()


context_safe = context


def _new_context(**settings: Any) -> Context:
    global _context
    _context = Context(**settings)
    runtime_options.make_current(_context)
    return _context


def ensure_initialized() -> None:
    """Starts the runtime, unless it has started."""
    context().ensure_initialized()


def set_global_seed(seed: int | None) -> None:
    """Sets the seed of ops that are executed at once; their generators begin anew."""
    eager_graph().seed = seed


def global_seed() -> int | None:
    """The seed of ops that are executed at once, or None."""
    return eager_graph().seed


def internal_operation_seed() -> int:
    """A seed for an op that has none: the next of the sequence that the global seed begins."""
    return eager_graph()._next_op_seed()


def in_eager_mode() -> bool:
    """Whether ops are executed at once; TensorFlow 1.4's name for it."""
    return executing_eagerly()


def in_graph_mode() -> bool:
    """Whether ops make nodes of a graph; TensorFlow 1.4's name for it."""
    return not executing_eagerly()


def graph_mode() -> contextlib.AbstractContextManager[Any]:
    """A block in which ops make nodes: of the innermost graph there is, else of a graph that the
    thread keeps for such blocks."""
    stack = scopes.graph_stack
    if not get_default_graph().runs_at_once:
        return contextlib.nullcontext()
    graphs = [g for g in (stack.spare, stack.own, *stack.stack) if g and not g.runs_at_once]
    if not graphs:
        stack.spare = Graph()
    return stack.lend(graphs[-1] if graphs else stack.spare)


def eager_mode() -> contextlib.AbstractContextManager[Any]:
    """A block in which ops are executed at once."""
    return eager_graph_beside(scopes.graph_stack.peek() or scopes.own_graph()).as_default()


@export("enable_eager_execution")
def enable_eager_execution(
    config: Any = None, device_policy: Any = None, execution_mode: Any = None
) -> None:
    """From now on ops are executed at once, and give tensors that have values. Stands for
    `tf.enable_eager_execution`.

    What is inside of `with tf.Graph().as_default()` makes nodes as before.

    Args:
      config: the settings of the runtime, and of sessions that get none of their own.
      device_policy, execution_mode: have no effect; ops wait for their results.

    Raises:
      TypeError: `config` is no ConfigProto.
      ValueError: an argument is none that there is, or the program has used the default graph.
    """
    if config is not None and not isinstance(config, ConfigProto):
        raise TypeError(f"config must be a tf.ConfigProto, but got {type(config)}")
    policies = (
        None,
        DEVICE_PLACEMENT_EXPLICIT,
        DEVICE_PLACEMENT_WARN,
        DEVICE_PLACEMENT_SILENT,
        DEVICE_PLACEMENT_SILENT_FOR_INT32,
    )
    if device_policy not in policies:
        raise ValueError("device_policy must be one of None, tf.contrib.eager.DEVICE_PLACEMENT_*")
    if execution_mode not in (None, SYNC, ASYNC):
        raise ValueError(
            "execution_mode must be one of None, tf.contrib.eager.SYNC, tf.contrib.eager.ASYNC"
        )
    own = scopes.own_graph()
    if own is not None and not own.runs_at_once and own._nodes:
        raise ValueError("tf.enable_eager_execution must be called at program startup.")
    if _context is None or (config is not None and not _context.started):
        _new_context(config=config, device_policy=device_policy, execution_mode=execution_mode)
    type(scopes.graph_stack).make_own = staticmethod(lambda: eager_graph_beside(Graph()))
    scopes.graph_stack.own = None


@export("disable_eager_execution")
def disable_eager_execution() -> None:
    """From now on ops make nodes of the default graph. Stands for `tf.disable_eager_execution`."""
    type(scopes.graph_stack).make_own = None
    own = scopes.own_graph()
    if own is not None and own.runs_at_once:
        scopes.graph_stack.own = None


def shared_name(name: str | None = None) -> str | None:
    """The name of a resource: in eager execution one that nothing shares."""
    if name or not executing_eagerly():
        return name
    return f"anonymous_{uid()}"


@export("config.experimental_list_devices")
def list_devices() -> list[str]:
    """The full names of the devices. Stands for `tf.config.experimental_list_devices`."""
    return context().devices()


def num_gpus() -> int:
    """The number of GPUs."""
    return context().num_gpus()


@export("debugging.get_log_device_placement")
def get_log_device_placement() -> bool:
    """Whether sessions write where their nodes are placed.

    Stands for `tf.debugging.get_log_device_placement`.
    """
    return context().log_device_placement


@export("debugging.set_log_device_placement")
def set_log_device_placement(enabled: bool) -> None:
    """Sets whether sessions that get no configuration write where their nodes are placed.

    Stands for `tf.debugging.set_log_device_placement`.

    Raises:
      RuntimeError: the runtime has started.
    """
    context().log_device_placement = enabled


@contextlib.contextmanager
def device_policy(policy: int | None) -> Iterator[None]:
    """A block with another device policy, for this thread."""
    current = context()
    before = current.device_policy
    current.device_policy = policy  # type: ignore[assignment]
    try:
        yield
    finally:
        current.device_policy = before


@export("contrib.eager.set_execution_mode")
def set_execution_mode(mode: int | None) -> None:
    """Sets whether ops of this thread wait for their results; they do under either mode.

    Stands for `tf.contrib.eager.set_execution_mode`.
    """
    context().execution_mode = mode  # type: ignore[assignment]


@export("contrib.eager.execution_mode")
@contextlib.contextmanager
def execution_mode(mode: int | None) -> Iterator[None]:
    """A block with another execution mode, for this thread.

    Stands for `tf.contrib.eager.execution_mode`.
    """
    current = context()
    before = current.execution_mode
    current.execution_mode = mode  # type: ignore[assignment]
    try:
        yield
    finally:
        current.execution_mode = before


@export("experimental.function_executor_type")
@contextlib.contextmanager
def function_executor_type(executor_type: str | None) -> Iterator[None]:
    """A block whose functions are run by an executor of TensorFlow's; there is one way to run them
    here. Stands for `tf.experimental.function_executor_type`.
    """
    yield


def is_async() -> bool:
    """Whether the execution mode of this thread is ASYNC."""
    return context().is_async()


@export("contrib.eager.async_wait")
def async_wait() -> None:
    """Nothing: ops have waited for their results. Stands for `tf.contrib.eager.async_wait`."""


@export("contrib.eager.async_clear_error")
def async_clear_error() -> None:
    """Nothing: ops raise their errors at once. Stands for `tf.contrib.eager.async_clear_error`."""
