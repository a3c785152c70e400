"""Hooks: what is called around each run of a monitored session."""

import collections
from typing import Any

from evergraph.base.export import export


@export("train.SessionRunHook", "estimator.SessionRunHook")
class SessionRunHook:
    """Extends runs of a monitored session; all methods may be left out. Stands for
    `tf.train.SessionRunHook`."""

    def begin(self) -> None:
        """Called once, before the session is created; nodes may still be added."""

    def after_create_session(self, session: Any, coord: Any) -> None:
        """Called when a session was created: at first, and after each recovery.

        Args:
          session: the new session.
          coord: the Coordinator of its threads.
        """

    def before_run(self, run_context: Any) -> Any:
        """Called before each run; may return SessionRunArgs to fetch and feed more.

        Args:
          run_context: a SessionRunContext.
        """
        return None

    def after_run(self, run_context: Any, run_values: Any) -> None:
        """Called after each run that did not fail.

        Args:
          run_context: a SessionRunContext, which can be asked to stop.
          run_values: SessionRunValues: what `before_run` asked for.
        """

    def end(self, session: Any) -> None:
        """Called once, at the end, unless the session ends by an error."""


@export("train.SessionRunArgs", "estimator.SessionRunArgs")
class SessionRunArgs(collections.namedtuple("SessionRunArgs", ["fetches", "feed_dict", "options"])):
    """What to add to a run. Stands for `tf.train.SessionRunArgs`.

    Attributes:
      fetches: a nest of tensors and operations.
      feed_dict: values by tensor.
      options: a RunOptions message.
    """

    def __new__(cls, fetches: Any, feed_dict: Any = None, options: Any = None) -> "SessionRunArgs":
        return super().__new__(cls, fetches, feed_dict, options)


@export("train.SessionRunContext", "estimator.SessionRunContext")
class SessionRunContext:
    """A run, as hooks see it. Stands for `tf.train.SessionRunContext`.

    Args:
      original_args: what the user asked for, as SessionRunArgs.
      session: the session that runs.
    """

    def __init__(self, original_args: Any, session: Any) -> None:
        self._original_args = original_args
        self._session = session
        self._stop_requested = False

    @property
    def original_args(self) -> Any:
        """What the user asked for, as SessionRunArgs."""
        return self._original_args

    @property
    def session(self) -> Any:
        """The session that runs."""
        return self._session

    @property
    def stop_requested(self) -> bool:
        """Whether a hook asked to stop."""
        return self._stop_requested

    def request_stop(self) -> None:
        """Makes `should_stop` of the monitored session true."""
        self._stop_requested = True


@export("train.SessionRunValues", "estimator.SessionRunValues")
class SessionRunValues(
    collections.namedtuple("SessionRunValues", ["results", "options", "run_metadata"])
):
    """What a run gave for a hook. Stands for `tf.train.SessionRunValues`.

    Attributes:
      results: values in the nest of SessionRunArgs' fetches; None without any.
      options: the RunOptions of the run.
      run_metadata: the RunMetadata of the run.
    """
