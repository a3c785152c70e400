"""Sessions around sessions: with hooks, with a coordinator, created anew after errors."""

from collections.abc import Callable
from typing import Any

from evergraph.base import errors
from evergraph.base.platform import logging
from evergraph.library.train.session_run_hook import (
    SessionRunArgs,
    SessionRunContext,
    SessionRunValues,
)
from evergraph.proto.protobuf.config_pb2 import RunMetadata, RunOptions

_PREEMPTION_ERRORS = (errors.AbortedError, errors.UnavailableError)
_MAYBE = "This may be due to a preemption in a connected worker or parameter server."
_ANEW = f"{_MAYBE} The current session will be closed and a new session will be created. Error: %s"


class StepContext:
    """What a step function of `run_step_fn` gets.

    Args:
      session: the innermost session: runs in it call no hooks.
      run_with_hooks_fn: runs with hooks.
    """

    def __init__(self, session: Any, run_with_hooks_fn: Callable[..., Any]) -> None:
        self._session = session
        self._run_with_hooks_fn = run_with_hooks_fn

    @property
    def session(self) -> Any:
        """The innermost session: runs in it call no hooks."""
        return self._session

    def run_with_hooks(self, *args: Any, **kwargs: Any) -> Any:
        """Runs with hooks; arguments as those of `tf.Session.run`."""
        return self._run_with_hooks_fn(*args, **kwargs)

    def request_stop(self) -> None:
        """Ends the iterations, by StopIteration."""
        raise StopIteration("step_fn has requested the iterations to stop.")


class _WrappedSession:
    """A session that hands everything on to another one.

    Args:
      sess: a session, or another wrapper.
    """

    def __init__(self, sess: Any) -> None:
        self._sess = sess
        self._wrapped_is_stoppable = isinstance(sess, _WrappedSession)

    @property
    def graph(self) -> Any:
        """The graph."""
        return self._sess.graph

    @property
    def sess_str(self) -> Any:
        """The target."""
        return self._sess.sess_str

    def should_stop(self) -> bool:
        """Whether this session, or one inside, is to stop or is closed."""
        if self._check_stop() or not self._sess:
            return True
        return self._wrapped_is_stoppable and bool(self._sess.should_stop())

    def _check_stop(self) -> bool:
        """Whether this session alone is to stop; for subclasses."""
        return False

    def close(self) -> None:
        """Closes the session inside."""
        if not self._sess:
            return
        try:
            self._sess.close()
        except _PREEMPTION_ERRORS as error:
            logging.warning(
                f"An error occurred when attempting to close the session. {_MAYBE} Error: %s",
                error,
            )
        finally:
            self._sess = None

    def run(self, *args: Any, **kwargs: Any) -> Any:
        """Runs in the session inside."""
        return self._sess.run(*args, **kwargs)

    def run_step_fn(
        self, step_fn: Callable[..., Any], raw_session: Any, run_with_hooks: Any
    ) -> Any:
        """Calls a step function with a StepContext."""
        return step_fn(StepContext(raw_session, run_with_hooks or self.run))


class _RecoverableSession(_WrappedSession):
    """A session that is created anew where it is lost (AbortedError, UnavailableError), and the run
    made again.

    Args:
      sess_creator: a SessionCreator.
    """

    def __init__(self, sess_creator: Any) -> None:
        self._sess_creator = sess_creator
        super().__init__(self._create_session())

    def _create_session(self) -> Any:
        while True:
            try:
                return self._sess_creator.create_session()
            except _PREEMPTION_ERRORS as error:
                logging.info(
                    f"An error was raised while a session was being created. {_MAYBE} A new "
                    "session will be created. Error: %s",
                    error,
                )

    def _check_stop(self) -> bool:
        try:
            return not self._sess or bool(self._sess._check_stop())
        except _PREEMPTION_ERRORS as error:
            logging.info(
                f"An error was raised while considering whether the session is complete. {_ANEW}",
                error,
            )
            self.close()
            self._sess = self._create_session()
            return False
        except Exception:
            # Whoever runs next hears of it.
            return True

    def run(
        self, fetches: Any, feed_dict: Any = None, options: Any = None, run_metadata: Any = None
    ) -> Any:
        """Runs; again in a new session where this one is lost."""
        return self._until_done(
            lambda: self._sess.run(
                fetches, feed_dict=feed_dict, options=options, run_metadata=run_metadata
            )
        )

    def run_step_fn(
        self, step_fn: Callable[..., Any], raw_session: Any, run_with_hooks: Any
    ) -> Any:
        """Calls a step function; again in a new session where this one is lost."""
        return self._until_done(
            lambda: self._sess.run_step_fn(step_fn, raw_session, self._sess.run)
        )

    def _until_done(self, attempt: Callable[[], Any]) -> Any:
        while True:
            try:
                if not self._sess:
                    self._sess = self._create_session()
                return attempt()
            except _PREEMPTION_ERRORS as error:
                logging.info(f"An error was raised. {_ANEW}", error)
                self.close()
                self._sess = None


class _CoordinatedSession(_WrappedSession):
    """A session that stops when its coordinator does, and raises what its threads raised.

    Args:
      sess: a session, or another wrapper.
      coord: a Coordinator.
      stop_grace_period_secs: how long its threads may take to end.
    """

    def __init__(self, sess: Any, coord: Any, stop_grace_period_secs: float = 120) -> None:
        super().__init__(sess)
        self._coord = coord
        self._stop_grace_period_secs = stop_grace_period_secs

    def _check_stop(self) -> bool:
        self._coord.raise_requested_exception()
        return bool(self._coord.should_stop())

    def close(self) -> None:
        """Ends the threads, and closes the session inside."""
        self._coord.request_stop()
        try:
            self._coord.join(
                stop_grace_period_secs=self._stop_grace_period_secs, ignore_live_threads=True
            )
        finally:
            try:
                super().close()
            except Exception as error:
                logging.debug("Error while the session was closed: %s", error)

    def run(self, *args: Any, **kwargs: Any) -> Any:
        """Runs. A lost session that threads told of comes before what the run itself raised."""
        try:
            return self._sess.run(*args, **kwargs)
        except _PREEMPTION_ERRORS:
            raise
        except Exception as error:
            original = error
        try:
            self._coord.raise_requested_exception()
        except _PREEMPTION_ERRORS:
            raise
        except Exception as error:
            logging.debug("A thread ended by %s", error)
        raise original


class _HookedSession(_WrappedSession):
    """A session that calls hooks around each run.

    Args:
      sess: a session.
      hooks: SessionRunHooks.
    """

    def __init__(self, sess: Any, hooks: Any) -> None:
        super().__init__(sess)
        self._hooks = hooks
        self._should_stop = False

    def _check_stop(self) -> bool:
        return self._should_stop

    def run(
        self, fetches: Any, feed_dict: Any = None, options: Any = None, run_metadata: Any = None
    ) -> Any:
        """Runs, with what hooks want.

        Raises:
          RuntimeError: a hook asked to stop before, or two feed the same tensor.
        """
        if self.should_stop():
            raise RuntimeError("Run called even after should_stop requested.")
        context = SessionRunContext(SessionRunArgs(fetches, feed_dict), self._sess)
        requests = [(hook, hook.before_run(context)) for hook in self._hooks]
        feed_dict = _merged_feeds([r for _, r in requests if r is not None], feed_dict)
        # Runs without options are the fast ones.
        plain = options is None and run_metadata is None
        options = options or RunOptions()
        run_metadata = run_metadata or RunMetadata()
        actual = {"caller": fetches}
        for hook, request in requests:
            if request is None:
                continue
            if request.fetches is not None:
                actual[hook] = request.fetches
            if request.options:
                plain = False
                _merge_run_options(options, request.options)
        more = {} if plain else {"options": options, "run_metadata": run_metadata}
        outputs = self._sess.run(fetches=actual, feed_dict=feed_dict, **more)
        for hook in self._hooks:
            hook.after_run(
                context,
                SessionRunValues(
                    results=outputs.get(hook), options=options, run_metadata=run_metadata
                ),
            )
        self._should_stop = self._should_stop or context.stop_requested
        return outputs["caller"]


def _merged_feeds(requests: list[Any], user_feeds: Any) -> Any:
    """What hooks and the user feed; complains where they feed the same."""
    feeds: dict[Any, Any] = {}
    for request in requests:
        if request.feed_dict:
            _check_apart(feeds, request.feed_dict, "Same tensor is fed by two hooks.")
            feeds.update(request.feed_dict)
    if not feeds:
        return user_feeds
    if user_feeds:
        _check_apart(user_feeds, feeds, "Same tensor is fed by a SessionRunHook and user.")
        feeds.update(user_feeds)
    return feeds


def _check_apart(feeds: Any, others: Any, message: str) -> None:
    both = set(feeds) & set(others)
    if both:
        raise RuntimeError(f"{message} Conflict(s): {list(both)}")


def _merge_run_options(options: RunOptions, incoming: RunOptions) -> None:
    """Makes `options` ask for at least what `incoming` does."""
    for field in (
        *("trace_level", "timeout_in_ms", "inter_op_thread_pool", "output_partition_graphs"),
        "report_tensor_allocations_upon_oom",
    ):
        setattr(options, field, max(getattr(options, field), getattr(incoming, field)))
    debug, wanted = options.debug_options, incoming.debug_options
    debug.debug_tensor_watch_opts.extend(wanted.debug_tensor_watch_opts)
    debug.reset_disk_byte_usage = debug.reset_disk_byte_usage or wanted.reset_disk_byte_usage
