"""A queue runner whose enqueue operations are fed by functions."""

from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from evergraph.base import errors
from evergraph.library.train.queue_runner_impl import QueueRunner

_CLOSED = (errors.OutOfRangeError, errors.CancelledError)


class _FeedingQueueRunner(QueueRunner):
    """A QueueRunner for arrays in memory: it asks a function what to feed each time.

    Args:
      queue, enqueue_ops, close_op, cancel_op: as of `QueueRunner`.
      feed_fns: a function for each of `enqueue_ops`, which gives a feed_dict or raises
        OutOfRangeError.
      queue_closed_exception_types: default: OutOfRangeError and CancelledError.

    Raises:
      ValueError: there are more or fewer functions than operations.
    """

    def __init__(
        self,
        queue: Any = None,
        enqueue_ops: Sequence[Any] | None = None,
        close_op: Any = None,
        cancel_op: Any = None,
        feed_fns: Sequence[Callable[[], dict[Any, Any]] | None] | None = None,
        queue_closed_exception_types: Any = None,
    ) -> None:
        super().__init__(
            queue,
            enqueue_ops,
            close_op,
            cancel_op,
            queue_closed_exception_types=queue_closed_exception_types or _CLOSED,
        )
        self._feed_fns = [None] * len(self._enqueue_ops) if feed_fns is None else list(feed_fns)
        if len(self._feed_fns) != len(self._enqueue_ops):
            raise ValueError(
                "If feed_fns is not None, it must have the same length as enqueue_ops."
            )

    def _enqueue(self, sess: Any, enqueue_op: Any) -> Callable[[], Any]:
        feed_fn = self._feed_fns[list(self._enqueue_ops).index(enqueue_op)]
        return lambda: sess.run(enqueue_op, feed_dict=feed_fn and feed_fn())

    def _init_from_proto(self, made: Any, import_scope: str | None = None) -> NoReturn:
        raise NotImplementedError(
            f"{type(self).__name__} does not support initialization from proto."
        )

    def to_proto(self, export_scope: str | None = None) -> NoReturn:
        raise NotImplementedError(f"{type(self).__name__} does not support serialization to proto.")
