"""Checkpoints evaluated as they come."""

import time
from collections.abc import Callable
from typing import Any

from evergraph.api import state_ops
from evergraph.base.export import export, export_constant
from evergraph.base.platform import logging
from evergraph.library.summary import summary
from evergraph.library.summary.writer_cache import FileWriterCache
from evergraph.library.train import checkpoint_utils, evaluation, monitored_session, training_util
from evergraph.library.train.basic_session_run_hooks import FinalOpsHook
from evergraph.library.train.session_run_hook import SessionRunHook

StopAfterNEvalsHook = evaluation._StopAfterNEvalsHook
evaluate_once = evaluation._evaluate_once
get_or_create_eval_step = evaluation._get_or_create_eval_step
checkpoints_iterator = checkpoint_utils.checkpoints_iterator
wait_for_new_checkpoint = checkpoint_utils.wait_for_new_checkpoint

for _name in (
    *("StopAfterNEvalsHook", "evaluate_once", "get_or_create_eval_step"),
    *("checkpoints_iterator", "wait_for_new_checkpoint"),
):
    export_constant(__name__, _name, f"contrib.training.{_name}")


@export("contrib.training.SummaryAtEndHook")
class SummaryAtEndHook(SessionRunHook):
    """Writes summaries at the end of a session. Stands for `tf.contrib.training.SummaryAtEndHook`.

    Args:
      log_dir: a folder for the event file.
      summary_writer: or a writer.
      summary_op: gives the summaries; default: all of the graph.
      feed_dict: values to feed to it.

    Raises:
      ValueError: there is neither folder nor writer.
    """

    def __init__(
        self,
        log_dir: str | None = None,
        summary_writer: Any = None,
        summary_op: Any = None,
        feed_dict: Any = None,
    ) -> None:
        self._summary_op = summary_op
        self._replace_summary_op = summary_op is None
        self._feed_dict = feed_dict
        self._summary_writer = summary_writer
        self._log_dir = log_dir
        if log_dir is None and summary_writer is None:
            raise ValueError("One of log_dir or summary_writer should be used.")

    def begin(self) -> None:
        """Merges the summaries."""
        if self._replace_summary_op:
            # Each session may be of another graph.
            self._summary_op = summary.merge_all()
        self._global_step = training_util.get_or_create_global_step()

    def after_create_session(self, session: Any, coord: Any) -> None:
        """Opens the event file."""
        if self._summary_writer is None and self._log_dir:
            self._summary_writer = FileWriterCache.get(self._log_dir)

    def end(self, session: Any) -> None:
        """Writes the summaries."""
        if self._summary_op is not None:
            step = training_util.global_step(session, self._global_step)
            text = session.run(self._summary_op, self._feed_dict)
            if self._summary_writer:
                self._summary_writer.add_summary(text, step)
        if self._summary_writer:
            self._summary_writer.flush()


@export("contrib.training.evaluate_repeatedly")
def evaluate_repeatedly(
    checkpoint_dir: str,
    master: str = "",
    scaffold: Any = None,
    eval_ops: Any = None,
    feed_dict: Any = None,
    final_ops: Any = None,
    final_ops_feed_dict: Any = None,
    eval_interval_secs: float = 60,
    hooks: Any = None,
    config: Any = None,
    max_number_of_evaluations: int | None = None,
    timeout: float | None = None,
    timeout_fn: Callable[[], Any] | None = None,
) -> Any:
    """Evaluates the newest checkpoint of a folder whenever there is a new one, and gives the last
    values of `final_ops`. Stands for `tf.contrib.training.evaluate_repeatedly`.

    Args:
      checkpoint_dir: the folder.
      master: the session's target.
      scaffold: a Scaffold.
      eval_ops: run until a hook stops, or the input ends: a tensor, a list or a dict.
      feed_dict: values to feed to them.
      final_ops: run at the end of each evaluation.
      final_ops_feed_dict: values to feed to them.
      eval_interval_secs: the least seconds from one evaluation to the next.
      hooks: SessionRunHooks.
      config: a ConfigProto.
      max_number_of_evaluations: how many checkpoints to evaluate.
      timeout: how long to wait for a checkpoint, in seconds.
      timeout_fn: called after that; ends the evaluation if it returns True.
    """
    eval_step = get_or_create_eval_step()
    hooks = list(hooks or [])
    if eval_ops is not None:
        update = state_ops.assign_add(eval_step, 1)
        for hook in hooks:
            if isinstance(hook, StopAfterNEvalsHook):
                hook._set_evals_completed_tensor(update)
        if isinstance(eval_ops, dict):
            eval_ops["update_eval_step"] = update
        elif isinstance(eval_ops, (tuple, list)):
            eval_ops = [*eval_ops, update]
        else:
            eval_ops = [eval_ops, update]
    final_ops_hook = FinalOpsHook(final_ops, final_ops_feed_dict)
    hooks.append(final_ops_hook)
    paths = checkpoints_iterator(
        checkpoint_dir,
        min_interval_secs=eval_interval_secs,
        timeout=timeout,
        timeout_fn=timeout_fn,
    )
    for number, path in enumerate(paths, start=1):
        _evaluate(path, master, scaffold, eval_ops, feed_dict, hooks, config)
        if max_number_of_evaluations is not None and number >= max_number_of_evaluations:
            break
    return final_ops_hook.final_ops_values


def _evaluate(
    path: str, master: str, scaffold: Any, eval_ops: Any, feed_dict: Any, hooks: Any, config: Any
) -> None:
    """Evaluates a checkpoint."""
    creator = monitored_session.ChiefSessionCreator(
        scaffold=scaffold, checkpoint_filename_with_path=path, master=master, config=config
    )
    with monitored_session.MonitoredSession(session_creator=creator, hooks=hooks) as session:
        logging.info("Starting evaluation at " + _now())
        if eval_ops is not None:
            while not session.should_stop():
                session.run(eval_ops, feed_dict)
        logging.info("Finished evaluation at " + _now())


def _now() -> str:
    return time.strftime("%Y-%m-%d-%H:%M:%S", time.gmtime())
