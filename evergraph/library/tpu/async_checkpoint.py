"""Checkpoints written while training goes on: `tf.contrib.tpu.AsyncCheckpointSaverHook`."""

import threading
import time
from typing import Any

from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.graph.graph import get_default_graph
from evergraph.library.train.saving_hooks import CheckpointSaverHook


@export("contrib.tpu.AsyncCheckpointSaverHook")
class AsyncCheckpointSaverHook(CheckpointSaverHook):
    """Saves checkpoints in a thread of its own; a save that is due while another one goes on is
    left out. Stands for `tf.contrib.tpu.AsyncCheckpointSaverHook`.

    Arguments as of `tf.train.CheckpointSaverHook`.

    Raises:
      ValueError: both `saver` and `scaffold` are given, or both intervals or none.
    """

    def __init__(
        self,
        checkpoint_dir: str,
        save_secs: float | None = None,
        save_steps: int | None = None,
        saver: Any = None,
        checkpoint_basename: str = "model.ckpt",
        scaffold: Any = None,
        listeners: Any = None,
    ) -> None:
        logging.info("Create AsyncCheckpointSaverHook.")
        super().__init__(
            checkpoint_dir, save_secs, save_steps, saver, checkpoint_basename, scaffold, listeners
        )
        self._save_thread: threading.Thread | None = None
        self._last_checkpoint_step: Any = None

    def after_run(self, run_context: Any, run_values: Any) -> None:
        step = run_context.session.run(self._global_step_tensor)
        if self._timer.should_trigger_for_step(step):
            self._timer.update_last_triggered_step(step)
            logging.info("Triggering checkpoint. %s", step)
            self._save(run_context.session, step)

    def end(self, session: Any) -> None:
        if self._save_thread is not None:
            logging.info("Waiting for any pending checkpoints to finish.")
            self._save_thread.join()
        step = session.run(self._global_step_tensor)
        if self._last_checkpoint_step != step:
            self._last_checkpoint_step = step
            self._write(session, step)
        for listener in self._listeners:
            listener.end(session, step)

    def _save(self, session: Any, step: Any) -> bool:
        if self._save_thread is not None:
            self._save_thread.join(timeout=0.1)
            if self._save_thread.is_alive():
                logging.info("Saver thread still in progress, skipping checkpoint.")
                return False
        self._last_checkpoint_step = step
        graph = get_default_graph()

        def save() -> None:
            with graph.as_default():
                self._write(session, step)

        self._save_thread = threading.Thread(target=save)
        self._save_thread.start()
        return False

    def _write(self, session: Any, step: Any) -> None:
        """Saves a checkpoint, and tells how long it took."""
        start = time.time()
        super()._save(session, step)
        logging.info("Checkpoint actual writing time: (%.3f sec)", time.time() - start)
        logging.info("Checkpoint finished for %d into %s.", step, self._save_path)
