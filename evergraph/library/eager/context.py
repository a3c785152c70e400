"""The execution context of `tensorflow.python.eager.context`, and what chooses between graphs and
eager execution."""

import contextlib
from typing import Any

from evergraph.base.export import export
from evergraph.engine.devices import local_devices
from evergraph.engine.eager import eager_graph
from evergraph.graph import scopes
from evergraph.graph.defaults import device as device
from evergraph.graph.defaults import executing_eagerly as executing_eagerly
from evergraph.graph.graph import Graph, get_default_graph
from evergraph.graph.tensor import uid
from evergraph.proto.protobuf.config_pb2 import ConfigProto

GRAPH_MODE, EAGER_MODE = 0, 1
SYNC, ASYNC = 0, 1
DEVICE_PLACEMENT_EXPLICIT, DEVICE_PLACEMENT_WARN = 0, 1
DEVICE_PLACEMENT_SILENT, DEVICE_PLACEMENT_SILENT_FOR_INT32 = 2, 3


class Context:
    """What `context()` returns."""

    def __init__(self) -> None:
        self.summary_writer: Any = None
        self.summary_recording: Any = None
        self.summary_recording_distribution_strategy: Any = True
        self.device_name = ""

    @property
    def config(self) -> ConfigProto:
        """A new, empty configuration of sessions."""
        return ConfigProto()

    def executing_eagerly(self) -> bool:
        """Whether ops are executed at once."""
        return executing_eagerly()

    def ensure_initialized(self) -> None:
        """Nothing: there is no eager runtime to start."""

    def num_gpus(self) -> int:
        """The number of GPUs."""
        return num_gpus()

    def devices(self) -> list[str]:
        """The names of the devices."""
        return list_devices()

    def _clear_caches(self) -> None:
        """Nothing: eager execution alone keeps caches."""


_context = Context()


def context() -> Context:
    """The one context."""
    return _context


context_safe = context


def ensure_initialized() -> None:
    """Nothing: there is no eager runtime to start."""


def in_eager_mode() -> bool:
    """Whether ops are executed at once; TensorFlow 1.4's name for it."""
    return executing_eagerly()


def in_graph_mode() -> bool:
    """Whether ops make nodes of a graph; TensorFlow 1.4's name for it."""
    return not executing_eagerly()


def graph_mode() -> contextlib.AbstractContextManager[Any]:
    """A block in which ops make nodes: of the default graph, where that is one, else of a graph
    of the block's own."""
    graph = get_default_graph()
    return (Graph() if graph.runs_at_once else graph).as_default()


def eager_mode() -> contextlib.AbstractContextManager[Any]:
    """A block in which ops are executed at once."""
    return eager_graph().as_default()


@export("enable_eager_execution")
def enable_eager_execution(
    config: Any = None, device_policy: Any = None, execution_mode: Any = None
) -> None:
    """From now on ops are executed at once, and give tensors that have values. Stands for
    `tf.enable_eager_execution`.

    What is inside of `with tf.Graph().as_default()` makes nodes as before.

    Args:
      config, device_policy, execution_mode: have no effect; ops wait for their results.

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
    type(scopes.graph_stack).make_own = staticmethod(eager_graph)
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


def list_devices() -> list[str]:
    """The names of the devices."""
    return ["/job:localhost/replica:0/task:0" + d.name for d in local_devices()]


def num_gpus() -> int:
    """The number of GPUs."""
    return sum(d.device_type == "GPU" for d in local_devices())
