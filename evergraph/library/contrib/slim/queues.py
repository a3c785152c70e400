"""slim.queues: a graph's queue runners for the length of a block."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from evergraph.base.export import export, export_constant
from evergraph.graph.defaults import get_collection
from evergraph.graph.keys import GraphKeys
from evergraph.library.train.coordinator import Coordinator

_lock = threading.Lock()
_GRACE_SECS = 120


@export("contrib.slim.queues.NestedQueueRunnerError")
class NestedQueueRunnerError(Exception):
    """A block within another one."""


@contextmanager
def QueueRunners(session: Any) -> Iterator[None]:
    """Runs the queue runners of the default graph in the block. Stands for
    `slim.queues.QueueRunners`.

    Raises:
      NestedQueueRunnerError: in another such block.
    """
    if not _lock.acquire(blocking=False):
        raise NestedQueueRunnerError("QueueRunners cannot be nested")
    coord = Coordinator()
    threads = []
    for runner in get_collection(GraphKeys.QUEUE_RUNNERS):
        threads.extend(runner.create_threads(session, coord=coord, daemon=True, start=True))
    try:
        yield
    finally:
        coord.request_stop()
        try:
            coord.join(threads, stop_grace_period_secs=_GRACE_SECS)
        except RuntimeError:
            session.close()
        _lock.release()


export_constant(__name__, "QueueRunners", "contrib.slim.queues.QueueRunners")
