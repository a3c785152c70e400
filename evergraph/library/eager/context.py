"""The execution context of `tensorflow.python.eager.context`: it is always the graph's."""

import contextlib
from collections.abc import Iterator
from typing import Any

from evergraph.engine.devices import local_devices
from evergraph.graph.defaults import device as device
from evergraph.graph.defaults import executing_eagerly as executing_eagerly
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
        """False."""
        return False

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
    """False."""
    return False


def in_graph_mode() -> bool:
    """True; TensorFlow 1.4's name for it."""
    return True


@contextlib.contextmanager
def graph_mode() -> Iterator[None]:
    """A block in graph mode, like all code."""
    yield


def eager_mode() -> contextlib.AbstractContextManager[None]:
    """Raises NotImplementedError: evergraph does not execute eagerly."""
    raise NotImplementedError("evergraph does not execute eagerly")


def shared_name(name: str | None = None) -> str | None:
    """`name`: only eager execution needs another one."""
    return name


def list_devices() -> list[str]:
    """The names of the devices."""
    return ["/job:localhost/replica:0/task:0" + d.name for d in local_devices()]


def num_gpus() -> int:
    """The number of GPUs."""
    return sum(d.device_type == "GPU" for d in local_devices())
