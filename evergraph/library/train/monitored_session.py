"""Sessions that initialize, restore, recover, and call hooks: `tf.train.MonitoredSession`."""

import abc
import os
from collections.abc import Callable
from types import TracebackType
from typing import Any

from evergraph.base import errors
from evergraph.base.export import export
from evergraph.base.function_utils import fn_args
from evergraph.graph.defaults import get_collection
from evergraph.graph.graph import get_default_graph
from evergraph.graph.keys import GraphKeys
from evergraph.library.distribute.distribute_coordinator_context import (
    get_current_worker_context,
)
from evergraph.library.train import coordinator, queue_runner_impl, session_wrappers
from evergraph.library.train.saving_hooks import (
    CheckpointSaverHook,
    StepCounterHook,
    SummarySaverHook,
)
from evergraph.library.train.scaffold import Scaffold
from evergraph.library.train.session_manager import SessionManager

USE_DEFAULT = object()


def _pair(first: Any, second: Any, default_first: Any, default_second: Any) -> tuple[Any, Any]:
    """Two settings of which one may be given: the other is then None."""
    if first is USE_DEFAULT and second is USE_DEFAULT:
        return default_first, default_second
    return (
        None if first is USE_DEFAULT else first,
        None if second is USE_DEFAULT else second,
    )


def _positive(value: Any) -> bool:
    return bool(value) and value > 0


@export("train.MonitoredTrainingSession")
def MonitoredTrainingSession(
    master: str = "",
    is_chief: bool = True,
    checkpoint_dir: str | None = None,
    scaffold: Any = None,
    hooks: Any = None,
    chief_only_hooks: Any = None,
    save_checkpoint_secs: Any = USE_DEFAULT,
    save_summaries_steps: Any = USE_DEFAULT,
    save_summaries_secs: Any = USE_DEFAULT,
    config: Any = None,
    stop_grace_period_secs: float = 120,
    log_step_count_steps: int | None = 100,
    max_wait_secs: float = 7200,
    save_checkpoint_steps: Any = USE_DEFAULT,
    summary_dir: str | None = None,
) -> "MonitoredSession":
    """A MonitoredSession for training, with the hooks that it takes. Stands for
    `tf.train.MonitoredTrainingSession`.

    Args:
      master: the session's target.
      is_chief: whether to initialize, save and write; other workers wait for the one that does.
      checkpoint_dir: folder of the checkpoints.
      scaffold: a Scaffold.
      hooks: SessionRunHooks.
      chief_only_hooks: SessionRunHooks of the chief.
      save_checkpoint_secs: seconds between checkpoints; default 600.
      save_summaries_steps: steps between summaries; default 100.
      save_summaries_secs: or seconds.
      config: a ConfigProto.
      stop_grace_period_secs: how long threads may take to end.
      log_step_count_steps: steps between logs of the speed.
      max_wait_secs: how long workers wait for the chief.
      save_checkpoint_steps: steps between checkpoints, in place of seconds.
      summary_dir: folder of the event file; default: that of the checkpoints.
    """
    summary_steps, summary_secs = _pair(save_summaries_steps, save_summaries_secs, 100, None)
    checkpoint_steps, checkpoint_secs = _pair(
        save_checkpoint_steps, save_checkpoint_secs, None, 600
    )
    scaffold = scaffold or Scaffold()
    worker = get_current_worker_context()
    if worker is None and not is_chief:
        return MonitoredSession(
            WorkerSessionCreator(scaffold, master, config, max_wait_secs),
            hooks=hooks or [],
            stop_grace_period_secs=stop_grace_period_secs,
        )
    all_hooks = list(chief_only_hooks or [])
    summary_dir = summary_dir or checkpoint_dir
    restored_dir = checkpoint_dir
    if worker is not None:
        if not worker.is_chief:
            all_hooks.clear()
        summary_dir = _folder_of(worker, worker.should_save_summary, summary_dir)
        checkpoint_dir = _folder_of(worker, worker.should_checkpoint, checkpoint_dir)
    if summary_dir and _positive(log_step_count_steps):
        all_hooks.append(
            StepCounterHook(output_dir=summary_dir, every_n_steps=log_step_count_steps)
        )
    if summary_dir and (_positive(summary_steps) or _positive(summary_secs)):
        all_hooks.append(
            SummarySaverHook(summary_steps, summary_secs, output_dir=summary_dir, scaffold=scaffold)
        )
    if checkpoint_dir and (_positive(checkpoint_secs) or _positive(checkpoint_steps)):
        all_hooks.append(
            CheckpointSaverHook(
                checkpoint_dir, checkpoint_secs, checkpoint_steps, scaffold=scaffold
            )
        )
    if worker is None:
        creator = ChiefSessionCreator(scaffold, master, config, restored_dir)
    else:
        creator = worker.session_creator(
            scaffold, config, checkpoint_dir=restored_dir, max_wait_secs=max_wait_secs
        )
    return MonitoredSession(
        creator,
        hooks=all_hooks + list(hooks or []),
        stop_grace_period_secs=stop_grace_period_secs,
    )


def _folder_of(worker: Any, writes: bool, folder: str | None) -> str | None:
    """Where a worker of a strategy writes; None for nowhere."""
    if writes or not folder:
        return folder
    return os.path.join(folder, worker.scratch) if worker.scratch else None


@export("train.SessionCreator")
class SessionCreator(abc.ABC):
    """Creates sessions. Stands for `tf.train.SessionCreator`."""

    @abc.abstractmethod
    def create_session(self) -> Any:
        """A new session."""
        raise NotImplementedError(f"create_session is not implemented for {self}.")


class _ScaffoldSessionCreator(SessionCreator):
    """What both creators share: a scaffold, and a manager that is made when first asked for."""

    def __init__(self, scaffold: Any, master: str, config: Any) -> None:
        self._scaffold = scaffold or Scaffold()
        self._session_manager: SessionManager | None = None
        self._master = master
        self._config = config

    def _get_session_manager(self) -> SessionManager:
        if self._session_manager is None:
            self._session_manager = SessionManager(
                local_init_op=self._scaffold.local_init_op,
                ready_op=self._scaffold.ready_op,
                ready_for_local_init_op=self._scaffold.ready_for_local_init_op,
                graph=get_default_graph(),
            )
        return self._session_manager


@export("train.ChiefSessionCreator")
class ChiefSessionCreator(_ScaffoldSessionCreator):
    """Creates sessions whose model is restored or initialized. Stands for
    `tf.train.ChiefSessionCreator`.

    Args:
      scaffold: a Scaffold.
      master: the session's target.
      config: a ConfigProto.
      checkpoint_dir: a folder of checkpoints, to restore the last one.
      checkpoint_filename_with_path: or a checkpoint.
    """

    def __init__(
        self,
        scaffold: Any = None,
        master: str = "",
        config: Any = None,
        checkpoint_dir: str | None = None,
        checkpoint_filename_with_path: str | None = None,
    ) -> None:
        super().__init__(scaffold, master, config)
        self._checkpoint_dir = checkpoint_dir
        self._checkpoint_filename_with_path = checkpoint_filename_with_path

    def create_session(self) -> Any:
        """A session with a model that is ready; the graph is finalized."""
        scaffold = self._scaffold.finalize()
        return self._get_session_manager().prepare_session(
            self._master,
            saver=scaffold.saver,
            checkpoint_dir=self._checkpoint_dir,
            checkpoint_filename_with_path=self._checkpoint_filename_with_path,
            config=self._config,
            init_op=scaffold.init_op,
            init_feed_dict=scaffold.init_feed_dict,
            init_fn=scaffold.init_fn,
        )


@export("train.WorkerSessionCreator")
class WorkerSessionCreator(_ScaffoldSessionCreator):
    """Creates sessions of a model that another worker initializes. Stands for
    `tf.train.WorkerSessionCreator`.

    Args:
      scaffold: a Scaffold.
      master: the session's target.
      config: a ConfigProto.
      max_wait_secs: how long to wait for the model.
    """

    def __init__(
        self,
        scaffold: Any = None,
        master: str = "",
        config: Any = None,
        max_wait_secs: float = 30 * 60,
    ) -> None:
        super().__init__(scaffold, master, config)
        self._max_wait_secs = max_wait_secs

    def create_session(self) -> Any:
        """A session, as soon as the model is ready; the graph is finalized."""
        self._scaffold.finalize()
        return self._get_session_manager().wait_for_session(
            self._master, config=self._config, max_wait_secs=self._max_wait_secs
        )


class _CoordinatedSessionCreator(SessionCreator):
    """Creates sessions with queue runners, a coordinator and hooks.

    Args:
      session_creator: creates the session inside.
      hooks: SessionRunHooks.
      stop_grace_period_secs: how long threads may take to end.
    """

    def __init__(self, session_creator: Any, hooks: Any, stop_grace_period_secs: float) -> None:
        self._session_creator = session_creator
        self._hooks = hooks
        self.coord: Any = None
        self.tf_sess: Any = None
        self._stop_grace_period_secs = stop_grace_period_secs

    def create_session(self) -> Any:
        """A new session, which hooks are told of."""
        self.tf_sess = self._session_creator.create_session()
        # The end of the input is no clean stop: it ends the session, too.
        self.coord = coordinator.Coordinator(clean_stop_exception_types=[])
        if get_collection(GraphKeys.QUEUE_RUNNERS):
            queue_runner_impl.start_queue_runners(sess=self.tf_sess, coord=self.coord)
        for hook in self._hooks:
            hook.after_create_session(self.tf_sess, self.coord)
        return session_wrappers._CoordinatedSession(
            session_wrappers._HookedSession(self.tf_sess, self._hooks),
            self.coord,
            self._stop_grace_period_secs,
        )


class _MonitoredSession:
    """What MonitoredSession and SingularMonitoredSession share.

    Args:
      session_creator: creates sessions; default: a ChiefSessionCreator.
      hooks: SessionRunHooks.
      should_recover: whether a lost session is created anew.
      stop_grace_period_secs: how long threads may take to end.
    """

    StepContext = session_wrappers.StepContext
    _CoordinatedSessionCreator = _CoordinatedSessionCreator

    def __init__(
        self,
        session_creator: Any,
        hooks: Any,
        should_recover: bool,
        stop_grace_period_secs: float = 120,
    ) -> None:
        self._graph_was_finalized = get_default_graph().finalized
        self._hooks = hooks or []
        for hook in self._hooks:
            hook.begin()
        self._coordinated_creator = self._CoordinatedSessionCreator(
            session_creator=session_creator or ChiefSessionCreator(),
            hooks=self._hooks,
            stop_grace_period_secs=stop_grace_period_secs,
        )
        self._sess: Any = (
            session_wrappers._RecoverableSession(self._coordinated_creator)
            if should_recover
            else self._coordinated_creator.create_session()
        )

    @property
    def graph(self) -> Any:
        """The graph; None once the session is closed."""
        session = self._tf_sess()
        return None if session is None else session.graph

    def run(
        self, fetches: Any, feed_dict: Any = None, options: Any = None, run_metadata: Any = None
    ) -> Any:
        """Runs nodes, and hooks around them; arguments as those of `tf.Session.run`."""
        return self._sess.run(
            fetches, feed_dict=feed_dict, options=options, run_metadata=run_metadata
        )

    def run_step_fn(self, step_fn: Callable[..., Any]) -> Any:
        """Calls a function that may run several times, with and without hooks.

        Args:
          step_fn: gets a StepContext, as its argument `step_context`; what it returns is returned.

        Raises:
          ValueError: the function has other arguments.
          StopIteration: it asked to stop.
        """
        arguments = fn_args(step_fn)
        if arguments not in (("step_context",), ("self", "step_context")):
            raise ValueError(
                "`step_fn` may either have one `step_context` argument, or `self` and "
                f"`step_context` arguments if it's an instance method. Got {arguments} instead."
            )
        return self._sess.run_step_fn(step_fn, self._tf_sess(), run_with_hooks=None)

    def should_stop(self) -> bool:
        """Whether to stop: a hook or a thread asked for it, or the session is closed."""
        return self._sess is None or bool(self._sess.should_stop())

    def close(self) -> None:
        """Ends hooks and threads, and closes the session."""
        self._close_internal()

    def __enter__(self) -> Any:
        return self

    def __exit__(
        self,
        exception_type: type[BaseException] | None,
        exception_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        if exception_type in (errors.OutOfRangeError, StopIteration):
            exception_type = None
        self._close_internal(exception_type)
        return exception_type is None

    def _close_internal(self, exception_type: Any = None) -> None:
        try:
            if not exception_type:
                for hook in self._hooks:
                    hook.end(self._coordinated_creator.tf_sess)
        finally:
            try:
                if self._sess is None:
                    raise RuntimeError("Session is already closed.")
                self._sess.close()
            finally:
                self._sess = None
                self._coordinated_creator.tf_sess = None
                self._coordinated_creator.coord = None
                if not self._graph_was_finalized:
                    get_default_graph()._unsafe_unfinalize()

    def _is_closed(self) -> bool:
        return self._coordinated_creator.tf_sess is None

    def _tf_sess(self) -> Any:
        return self._coordinated_creator.tf_sess


@export("train.MonitoredSession")
class MonitoredSession(_MonitoredSession):
    """A session that initializes its model, starts queue runners, calls hooks, ends cleanly at the
    end of the input, and is created anew where it is lost. Stands for `tf.train.MonitoredSession`.

    Args:
      session_creator: creates sessions; default: a ChiefSessionCreator.
      hooks: SessionRunHooks.
      stop_grace_period_secs: how long threads may take to end.
    """

    def __init__(
        self, session_creator: Any = None, hooks: Any = None, stop_grace_period_secs: float = 120
    ) -> None:
        super().__init__(
            session_creator,
            hooks,
            should_recover=True,
            stop_grace_period_secs=stop_grace_period_secs,
        )


@export("train.SingularMonitoredSession")
class SingularMonitoredSession(_MonitoredSession):
    """The same without recovery; a Saver takes it as a session. Stands for
    `tf.train.SingularMonitoredSession`.

    Args:
      hooks: SessionRunHooks.
      scaffold: a Scaffold.
      master: the session's target.
      config: a ConfigProto.
      checkpoint_dir: a folder of checkpoints, to restore the last one.
      stop_grace_period_secs: how long threads may take to end.
      checkpoint_filename_with_path: a checkpoint, in place of the folder.
    """

    def __init__(
        self,
        hooks: Any = None,
        scaffold: Any = None,
        master: str = "",
        config: Any = None,
        checkpoint_dir: str | None = None,
        stop_grace_period_secs: float = 120,
        checkpoint_filename_with_path: str | None = None,
    ) -> None:
        super().__init__(
            ChiefSessionCreator(
                scaffold, master, config, checkpoint_dir, checkpoint_filename_with_path
            ),
            hooks,
            should_recover=False,
            stop_grace_period_secs=stop_grace_period_secs,
        )

    def raw_session(self) -> Any:
        """The session inside."""
        return self._tf_sess()
