"""Threads that fill queues: `tf.train.QueueRunner`, `tf.train.start_queue_runners`."""

import threading
import weakref
from collections.abc import Callable, Sequence
from typing import Any

from evergraph.base import errors
from evergraph.base.deprecation import deprecated
from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.engine.session import BaseSession
from evergraph.graph.defaults import add_to_collection, get_collection
from evergraph.graph.graph import get_default_graph
from evergraph.graph.keys import GraphKeys
from evergraph.graph.names import prepend_name_scope, strip_name_scope
from evergraph.graph.operation import Operation
from evergraph.graph.proto_functions import register_proto_function
from evergraph.graph.scopes import get_default_session
from evergraph.library.train.batched_enqueue import batched_enqueue
from evergraph.library.train.coordinator import Coordinator
from evergraph.proto.protobuf.queue_runner_pb2 import QueueRunnerDef

_INSTEAD = "To construct input pipelines, use the `tf.data` module."


@export("train.queue_runner.QueueRunner", "train.QueueRunner")
class QueueRunner:
    """Enqueue operations of a queue, each to be run in a thread of its own. Stands for
    `tf.train.QueueRunner`.

    Args:
      queue: the queue.
      enqueue_ops: operations that put elements into it.
      close_op: closes it when the input has ended; default: `queue.close()`.
      cancel_op: closes it when a stop was asked for; default: the same, cancelling what waits.
      queue_closed_exception_types: errors that mean that the input has ended; default:
        OutOfRangeError alone.
      queue_runner_def: a QueueRunnerDef to make the runner of, instead of all of these.
      import_scope: a name scope that is put before the names in it.

    Raises:
      ValueError: queue or operations are missing, or given beside a QueueRunnerDef.
      TypeError: `queue_closed_exception_types` is no tuple of errors.
    """

    @deprecated(None, _INSTEAD)
    def __init__(
        self,
        queue: Any = None,
        enqueue_ops: Sequence[Operation] | None = None,
        close_op: Operation | None = None,
        cancel_op: Operation | None = None,
        queue_closed_exception_types: Any = None,
        queue_runner_def: Any = None,
        import_scope: str | None = None,
    ) -> None:
        if queue_runner_def:
            if queue or enqueue_ops:
                raise ValueError("queue_runner_def and queue are mutually exclusive.")
            self._init_from_proto(queue_runner_def, import_scope)
        else:
            if not queue or not enqueue_ops:
                raise ValueError("Must provide queue and enqueue_ops.")
            _check_error_types(queue_closed_exception_types)
            self._queue = queue
            self._enqueue_ops = enqueue_ops
            self._close_op = queue.close() if close_op is None else close_op
            self._cancel_op = (
                queue.close(cancel_pending_enqueues=True) if cancel_op is None else cancel_op
            )
            self._queue_closed_exception_types = queue_closed_exception_types or (
                errors.OutOfRangeError,
            )
        self._lock = threading.Lock()
        # How many threads run, by session.
        self._runs_per_session: Any = weakref.WeakKeyDictionary()
        self._exceptions_raised: list[Exception] = []

    def _init_from_proto(self, made: Any, import_scope: str | None) -> None:
        assert isinstance(made, QueueRunnerDef)
        graph = get_default_graph()

        def named(name: str) -> Any:
            return graph.as_graph_element(prepend_name_scope(name, import_scope))

        self._queue = named(made.queue_name)
        self._enqueue_ops = [named(name) for name in made.enqueue_op_name]
        self._close_op = named(made.close_op_name)
        self._cancel_op = named(made.cancel_op_name)
        # Messages of old programs have no error types.
        self._queue_closed_exception_types = tuple(
            errors.exception_type_from_error_code(code)
            for code in made.queue_closed_exception_types
        ) or (errors.OutOfRangeError,)

    @property
    def queue(self) -> Any:
        """The queue."""
        return self._queue

    @property
    def enqueue_ops(self) -> Sequence[Operation]:
        """The operations that put elements into the queue."""
        return self._enqueue_ops

    @property
    def close_op(self) -> Operation:
        """Closes the queue when the input has ended."""
        return self._close_op

    @property
    def cancel_op(self) -> Operation:
        """Closes the queue when a stop was asked for."""
        return self._cancel_op

    @property
    def queue_closed_exception_types(self) -> Any:
        """The errors that mean that the input has ended."""
        return self._queue_closed_exception_types

    @property
    def exceptions_raised(self) -> list[Exception]:
        """What threads raised that no coordinator was told of."""
        return self._exceptions_raised

    @property
    def name(self) -> str:
        """The name of the queue."""
        return self._queue.name

    def _enqueue(self, sess: Any, enqueue_op: Operation) -> Callable[[], Any]:
        """What fills the queue a little more, or raises one of the errors that end it."""
        return batched_enqueue(sess, enqueue_op) or sess.make_callable(enqueue_op)

    def _run(self, sess: Any, enqueue_op: Operation, coord: Coordinator | None = None) -> None:
        """What a thread does: fills the queue until the input ends or a stop is asked for."""
        ended = False
        try:
            enqueue = self._enqueue(sess, enqueue_op)
            while not (coord and coord.should_stop()):
                try:
                    enqueue()
                except self._queue_closed_exception_types:
                    ended = True
                    self._end_of_input(sess)
                    return
        except Exception as error:
            if coord:
                coord.request_stop(error)
            else:
                logging.error("Exception in QueueRunner: %s", str(error))
                with self._lock:
                    self._exceptions_raised.append(error)
                raise
        finally:
            if not ended:
                with self._lock:
                    self._runs_per_session[sess] -= 1

    def _end_of_input(self, sess: Any) -> None:
        """The last thread whose input has ended closes the queue."""
        with self._lock:
            self._runs_per_session[sess] -= 1
            if self._runs_per_session[sess] == 0:
                _run_regardless(sess, self._close_op)

    def _close_on_stop(self, sess: Any, cancel_op: Operation, coord: Coordinator) -> None:
        """What a thread does: closes the queue once a stop is asked for."""
        coord.wait_for_stop()
        _run_regardless(sess, cancel_op)

    def create_threads(
        self,
        sess: Any,
        coord: Coordinator | None = None,
        daemon: bool = False,
        start: bool = False,
    ) -> list[threading.Thread]:
        """Threads that run the operations in a session; none where they run already.

        Args:
          sess: the session.
          coord: hears of exceptions; a thread more closes the queue when it stops.
          daemon: whether the program may end while they run.
          start: whether to start them.
        """
        with self._lock:
            if self._runs_per_session.get(sess, 0) > 0:
                return []
            self._runs_per_session[sess] = len(self._enqueue_ops)
            self._exceptions_raised = []
        threads = [
            threading.Thread(
                target=self._run,
                args=(sess, op, coord),
                name=f"QueueRunnerThread-{self.name}-{op.name}",
            )
            for op in self._enqueue_ops
        ]
        if coord:
            threads.append(
                threading.Thread(
                    target=self._close_on_stop,
                    args=(sess, self._cancel_op, coord),
                    name=f"QueueRunnerThread-{self.name}-close_on_stop",
                )
            )
        for thread in threads:
            if coord:
                coord.register_thread(thread)
            if daemon:
                thread.daemon = True
            if start:
                thread.start()
        return threads

    def to_proto(self, export_scope: str | None = None) -> Any:
        """The runner as a QueueRunnerDef, or None where the queue is not in `export_scope`."""
        if export_scope is not None and not self.name.startswith(export_scope):
            return None

        def stripped(name: str) -> str:
            return strip_name_scope(name, export_scope)

        return QueueRunnerDef(
            queue_name=stripped(self.name),
            enqueue_op_name=[stripped(op.name) for op in self._enqueue_ops],
            close_op_name=stripped(self._close_op.name),
            cancel_op_name=stripped(self._cancel_op.name),
            queue_closed_exception_types=[
                errors.error_code_from_exception_type(kind)
                for kind in self._queue_closed_exception_types
            ],
        )

    @staticmethod
    def from_proto(queue_runner_def: Any, import_scope: str | None = None) -> "QueueRunner":
        """The runner that a QueueRunnerDef describes."""
        return QueueRunner(queue_runner_def=queue_runner_def, import_scope=import_scope)


def _check_error_types(types: Any) -> None:
    if types is None:
        return
    if (
        not isinstance(types, tuple)
        or not types
        or not all(issubclass(t, errors.OpError) for t in types)
    ):
        raise TypeError(
            "queue_closed_exception_types, when provided, must be a tuple of tf.error types, but "
            f"saw: {types[0] if isinstance(types, tuple) and len(types) == 1 else types}"
        )


def _run_regardless(sess: Any, op: Operation) -> None:
    """Runs an operation at the end, when its failure changes nothing."""
    try:
        sess.run(op)
    except Exception as error:
        logging.vlog(1, "Ignored exception: %s", str(error))


@export("train.queue_runner.add_queue_runner", "train.add_queue_runner")
@deprecated(None, _INSTEAD)
def add_queue_runner(qr: QueueRunner, collection: str = GraphKeys.QUEUE_RUNNERS) -> None:
    """Puts a QueueRunner into a collection of the graph, where `start_queue_runners` finds it.
    Stands for `tf.train.add_queue_runner`."""
    add_to_collection(collection, qr)


@export("train.queue_runner.start_queue_runners", "train.start_queue_runners")
@deprecated(None, _INSTEAD)
def start_queue_runners(
    sess: Any = None,
    coord: Coordinator | None = None,
    daemon: bool = True,
    start: bool = True,
    collection: str = GraphKeys.QUEUE_RUNNERS,
) -> list[threading.Thread]:
    """Starts the threads of all QueueRunners in a collection. Stands for
    `tf.train.start_queue_runners`.

    Args:
      sess: the session; default: the default session.
      coord: lets the threads end together.
      daemon: whether the program may end while they run.
      start: whether to start the threads, or only make them.
      collection: the collection.

    Returns:
      The threads.

    Raises:
      ValueError: there is no session.
      TypeError: `sess` is no session.
    """
    if sess is None:
        sess = get_default_session()
        if not sess:
            raise ValueError(
                "Cannot start queue runners: No default session is registered. Use `with "
                "sess.as_default()` or pass an explicit session to "
                "tf.start_queue_runners(sess=sess)"
            )
    if not isinstance(sess, BaseSession):
        # These start the threads themselves, and old programs ask for it nevertheless.
        if type(sess).__name__ in ("MonitoredSession", "SingularMonitoredSession"):
            return []
        raise TypeError(f"sess must be a `tf.Session` object. Given class: {type(sess)}")
    runners = get_collection(collection)
    if not runners:
        logging.warning(
            "`tf.train.start_queue_runners()` was called when no queue runners were defined. You "
            "can safely remove the call to this deprecated function."
        )
    with sess.graph.as_default():
        threads = []
        for runner in get_collection(collection):
            threads += runner.create_threads(sess, coord=coord, daemon=daemon, start=start)
    return threads


register_proto_function(
    GraphKeys.QUEUE_RUNNERS,
    proto_type=QueueRunnerDef,
    to_proto=QueueRunner.to_proto,
    from_proto=QueueRunner.from_proto,
)
