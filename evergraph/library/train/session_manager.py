"""Sessions whose variables are there: restored, initialized, or waited for."""

import contextlib
import time
from typing import Any

import numpy as np

from evergraph.base import errors
from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.engine.session import Session
from evergraph.graph.graph import get_default_graph
from evergraph.library.train import checkpoint_management


@export("train.SessionManager")
class SessionManager:
    """Creates sessions in which a model is ready. Stands for `tf.train.SessionManager`.

    Args:
      local_init_op: initializes what is not in checkpoints.
      ready_op: gives the names of what is not initialized; None if all is ready.
      ready_for_local_init_op: the same of what `local_init_op` needs.
      graph: the graph; default: the default graph.
      recovery_wait_secs: how long to wait until looking again.
      local_init_run_options: RunOptions for `local_init_op`.

    Raises:
      ValueError: `ready_for_local_init_op` without `local_init_op`.
    """

    def __init__(
        self,
        local_init_op: Any = None,
        ready_op: Any = None,
        ready_for_local_init_op: Any = None,
        graph: Any = None,
        recovery_wait_secs: float = 30,
        local_init_run_options: Any = None,
    ) -> None:
        self._graph = get_default_graph() if graph is None else graph
        self._local_init_op = local_init_op
        self._ready_op = ready_op
        self._ready_for_local_init_op = ready_for_local_init_op
        self._recovery_wait_secs = recovery_wait_secs
        self._local_init_run_options = local_init_run_options
        if ready_for_local_init_op is not None and local_init_op is None:
            raise ValueError(
                "If you pass a ready_for_local_init_op you must also pass a local_init_op , "
                f"ready_for_local_init_op [{ready_for_local_init_op}]"
            )

    def prepare_session(
        self,
        master: str,
        init_op: Any = None,
        saver: Any = None,
        checkpoint_dir: str | None = None,
        checkpoint_filename_with_path: str | None = None,
        wait_for_checkpoint: bool = False,
        max_wait_secs: float = 7200,
        config: Any = None,
        init_feed_dict: Any = None,
        init_fn: Any = None,
    ) -> Session:
        """A session with variables from a checkpoint, or else initialized.

        Args:
          master: the session's target.
          init_op: initializes the model.
          saver: restores it.
          checkpoint_dir: the folder of checkpoints.
          checkpoint_filename_with_path: or a checkpoint.
          wait_for_checkpoint: whether to wait for one.
          max_wait_secs: how long.
          config: a ConfigProto.
          init_feed_dict: values to feed to `init_op`.
          init_fn: called with the session, after `init_op`.

        Raises:
          RuntimeError: the model is not ready afterwards, or there is nothing to initialize it.
          ValueError: both a folder and a checkpoint.
        """
        session, restored = self._restore_checkpoint(
            master,
            saver,
            checkpoint_dir,
            checkpoint_filename_with_path,
            wait_for_checkpoint,
            max_wait_secs,
            config,
        )
        if not restored:
            if init_op is None and not init_fn and self._local_init_op is None:
                raise RuntimeError(
                    "Model is not initialized and no init_op or init_fn or local_init_op was given"
                )
            if init_op is not None:
                session.run(init_op, feed_dict=init_feed_dict)
            if init_fn:
                init_fn(session)
        complaint = self._complaint_of_local_init(session)
        if complaint is not None:
            raise RuntimeError(
                "Init operations did not make model ready for local_init.  Init op: "
                f"{_maybe_name(init_op)}, init fn: {init_fn}, error: {complaint}"
            )
        complaint = what_is_missing(self._ready_op, session, "Model not ready")
        if complaint is not None:
            raise RuntimeError(
                f"Init operations did not make model ready.  Init op: {_maybe_name(init_op)}, init "
                f"fn: {init_fn}, local_init_op: {self._local_init_op}, error: {complaint}"
            )
        return session

    def recover_session(
        self,
        master: str,
        saver: Any = None,
        checkpoint_dir: str | None = None,
        checkpoint_filename_with_path: str | None = None,
        wait_for_checkpoint: bool = False,
        max_wait_secs: float = 7200,
        config: Any = None,
    ) -> tuple[Session, bool]:
        """A session, with variables from a checkpoint if there is one; and whether the model is
        ready by that. Arguments as those of `prepare_session`."""
        session, restored = self._restore_checkpoint(
            master,
            saver,
            checkpoint_dir,
            checkpoint_filename_with_path,
            wait_for_checkpoint,
            max_wait_secs,
            config,
        )
        complaint = self._complaint_of_local_init(session)
        if not restored:
            return session, False
        file = checkpoint_dir or checkpoint_filename_with_path
        if complaint is not None:
            logging.info(
                "Restoring model from %s did not make model ready for local init: %s",
                file,
                complaint,
            )
            return session, False
        complaint = what_is_missing(self._ready_op, session, "Model not ready")
        if complaint is not None:
            logging.info("Restoring model from %s did not make model ready: %s", file, complaint)
            return session, False
        logging.info("Restored model from %s", file)
        return session, True

    def wait_for_session(
        self, master: str, config: Any = None, max_wait_secs: float | None = float("Inf")
    ) -> Session:
        """A session of a model that another one initializes; waits until it is ready.

        Raises:
          DeadlineExceededError: that takes longer than `max_wait_secs`.
        """
        limit = float("Inf") if max_wait_secs is None else max_wait_secs
        start = time.time()
        while True:
            session = Session(master, graph=self._graph, config=config)
            not_ready = None
            not_ready_local = self._complaint_of_local_init(session)
            if not_ready_local is None:
                not_ready = what_is_missing(self._ready_op, session, "Model not ready")
                if not_ready is None:
                    return session
            with contextlib.suppress(Exception):
                session.close()
            remaining = max(0, limit - (time.time() - start))
            if remaining < self._recovery_wait_secs:
                raise errors.DeadlineExceededError(
                    None, None, f"Session was not ready after waiting {int(limit)} secs."
                )
            logging.info(
                "Waiting for model to be ready.  Ready_for_local_init_op:  %s, ready: %s",
                not_ready_local,
                not_ready,
            )
            time.sleep(self._recovery_wait_secs)

    def _restore_checkpoint(
        self,
        master: str,
        saver: Any,
        checkpoint_dir: str | None,
        checkpoint_filename_with_path: str | None,
        wait_for_checkpoint: bool,
        max_wait_secs: float,
        config: Any,
    ) -> tuple[Session, bool]:
        """A session, and whether variables were restored."""
        session = Session(master, graph=self._graph, config=config)
        if checkpoint_dir and checkpoint_filename_with_path:
            raise ValueError(
                "Can not provide both checkpoint_dir and checkpoint_filename_with_path."
            )
        if not saver or not (checkpoint_dir or checkpoint_filename_with_path):
            return session, False
        if checkpoint_filename_with_path:
            saver.restore(session, checkpoint_filename_with_path)
            return session, True
        waited = 0.0
        while True:
            found = checkpoint_management.get_checkpoint_state(checkpoint_dir)
            if found and found.model_checkpoint_path:
                break
            if not wait_for_checkpoint or waited >= max_wait_secs:
                return session, False
            logging.info("Waiting for checkpoint to be available.")
            time.sleep(self._recovery_wait_secs)
            waited += self._recovery_wait_secs
        saver.restore(session, found.model_checkpoint_path)
        saver.recover_last_checkpoints(found.all_model_checkpoint_paths)
        return session, True

    def _complaint_of_local_init(self, session: Session) -> str | None:
        """Runs `local_init_op`, if all is ready for it; what is not, or None."""
        if self._local_init_op is None:
            return None
        complaint = what_is_missing(
            self._ready_for_local_init_op, session, "Model not ready for local init"
        )
        if complaint is None:
            logging.info("Running local_init_op.")
            session.run(self._local_init_op, options=self._local_init_run_options)
            logging.info("Done running local_init_op.")
        return complaint


def _maybe_name(obj: Any) -> Any:
    if obj is None:
        return "None"
    return obj.name if hasattr(obj, "name") else f"<no name for {type(obj)}>"


def what_is_missing(ready_op: Any, session: Session, message: str) -> str | None:
    """What is not ready, or None."""
    if ready_op is None:
        return None
    try:
        value = session.run(ready_op)
    except errors.FailedPreconditionError as error:
        if "uninitialized" not in str(error):
            logging.warning("%s : error [%s]", message, str(error))
            raise
        return str(error)
    if value is None or value.dtype == np.int32 or value.size == 0:
        return None
    return "Variables not initialized: " + ", ".join(name.decode() for name in value)
