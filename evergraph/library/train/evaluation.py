"""A checkpoint evaluated once: what `tf.contrib.training` and `tf.estimator` share.

Stands for `tensorflow.python.training.evaluation`.
"""

import math
import time
from typing import Any

from evergraph.api import array_ops, init_ops, math_ops, state_ops, variable_scope
from evergraph.base import dtypes
from evergraph.base.platform import logging
from evergraph.graph.defaults import control_dependencies
from evergraph.graph.graph import get_default_graph
from evergraph.graph.keys import GraphKeys
from evergraph.library.train import basic_session_run_hooks, monitored_session
from evergraph.library.train.session_run_hook import SessionRunArgs, SessionRunHook


def _get_or_create_eval_step() -> Any:
    """The local variable that counts evaluations, made if there is none."""
    found = get_default_graph().get_collection(GraphKeys.EVAL_STEP)
    if len(found) > 1:
        raise ValueError("Multiple tensors added to tf.GraphKeys.EVAL_STEP")
    if found:
        return found[0]
    return variable_scope.get_variable(
        "eval_step",
        shape=[],
        dtype=dtypes.int64,
        initializer=init_ops.zeros_initializer(),
        trainable=False,
        collections=[GraphKeys.LOCAL_VARIABLES, GraphKeys.EVAL_STEP],
    )


def _get_latest_eval_step_value(update_ops: Any) -> Any:
    """How many evaluations were made, once `update_ops` (a list or dict) have run."""
    if isinstance(update_ops, dict):
        update_ops = list(update_ops.values())
    with control_dependencies(update_ops):
        return array_ops.identity(_get_or_create_eval_step().read_value())


class _EvalsHook(SessionRunHook):
    """Counts evaluations, and stops after the last.

    Args:
      num_evals: how many there are; None for all of the input.
    """

    def __init__(self, num_evals: int | None) -> None:
        self._num_evals = num_evals
        self._evals_completed: Any = None

    def _set_evals_completed_tensor(self, updated_eval_step: Any) -> None:
        self._evals_completed = updated_eval_step

    def before_run(self, run_context: Any) -> Any:
        return SessionRunArgs({"evals_completed": self._evals_completed})

    def _stop_after_last(self, run_context: Any, completed: int) -> None:
        if self._num_evals is not None and completed >= self._num_evals:
            run_context.request_stop()

    def _log(self, completed: int) -> None:
        if self._num_evals is None:
            logging.info("Evaluation [%d]", completed)
        else:
            logging.info("Evaluation [%d/%d]", completed, self._num_evals)


class _MultiStepStopAfterNEvalsHook(_EvalsHook):
    """Stops after so many evaluations, where a run makes several: the last ones make fewer.

    Args:
      num_evals: how many there are; None for all of the input.
      steps_per_run: how many a run makes.
    """

    def __init__(self, num_evals: int | None, steps_per_run: int = 1) -> None:
        super().__init__(num_evals)
        self._steps_per_run_initial_value = steps_per_run

    def begin(self) -> None:
        self._steps_per_run_variable = (
            basic_session_run_hooks.get_or_create_steps_per_run_variable()
        )

    def _set_steps(self, session: Any, completed: int) -> None:
        steps = self._steps_per_run_initial_value
        if self._num_evals is not None:
            steps = min(steps, self._num_evals - completed)
        self._steps_per_run_variable.load(steps, session=session)

    def after_create_session(self, session: Any, coord: Any) -> None:
        self._set_steps(session, 0)

    def after_run(self, run_context: Any, run_values: Any) -> None:
        completed = run_values.results["evals_completed"]
        self._set_steps(run_context.session, completed)
        self._log(completed)
        self._stop_after_last(run_context, completed)


class _StopAfterNEvalsHook(_EvalsHook):
    """Stops after so many evaluations.

    Args:
      num_evals: how many there are; None for all of the input.
      log_progress: whether to log them: each if there are few, else some ten times.
    """

    def __init__(self, num_evals: int | None, log_progress: bool = True) -> None:
        super().__init__(num_evals)
        self._log_progress = log_progress
        few = num_evals is None or num_evals < 20
        self._log_frequency = 1 if few else math.floor(num_evals / 10.0)  # type: ignore[operator]

    def after_run(self, run_context: Any, run_values: Any) -> None:
        completed = run_values.results["evals_completed"]
        if self._log_progress and (
            self._num_evals is None
            or completed % self._log_frequency == 0
            or completed == self._num_evals
        ):
            self._log(completed)
        self._stop_after_last(run_context, completed)


def _evaluate_once(
    checkpoint_path: str | None,
    master: str = "",
    scaffold: Any = None,
    eval_ops: Any = None,
    feed_dict: Any = None,
    final_ops: Any = None,
    final_ops_feed_dict: Any = None,
    hooks: Any = None,
    config: Any = None,
) -> Any:
    """Evaluates a checkpoint, and gives the values of `final_ops`.

    Args:
      checkpoint_path: the checkpoint; None to evaluate freshly initialized variables.
      master: the session's target.
      scaffold: a Scaffold.
      eval_ops: run until a hook stops, or the input ends: a tensor, a list or a dict.
      feed_dict: values to feed to them.
      final_ops: run at the end.
      final_ops_feed_dict: values to feed to them.
      hooks: SessionRunHooks.
      config: a ConfigProto.
    """
    eval_step = _get_or_create_eval_step()
    hooks = list(hooks or [])
    if eval_ops is not None:
        eval_ops = _with_count(eval_ops, eval_step, hooks)
        completed = _get_latest_eval_step_value(eval_ops)
        for hook in hooks:
            if isinstance(hook, _EvalsHook):
                hook._set_evals_completed_tensor(completed)
    logging.info("Starting evaluation at " + time.strftime("%Y-%m-%dT%H:%M:%SZ", time.localtime()))
    creator = monitored_session.ChiefSessionCreator(
        scaffold=scaffold,
        checkpoint_filename_with_path=checkpoint_path,
        master=master,
        config=config,
    )
    final_ops_hook = basic_session_run_hooks.FinalOpsHook(final_ops, final_ops_feed_dict)
    hooks.append(final_ops_hook)
    with monitored_session.MonitoredSession(session_creator=creator, hooks=hooks) as session:
        if eval_ops is not None:
            while not session.should_stop():
                session.run(eval_ops, feed_dict)
    logging.info("Finished evaluation at " + time.strftime("%Y-%m-%d-%H:%M:%S", time.localtime()))
    return final_ops_hook.final_ops_values


def _with_count(eval_ops: Any, eval_step: Any, hooks: list[Any]) -> Any:
    """`eval_ops` and a node that counts evaluations; a dict gets it in place."""
    by: Any = 1
    if any(isinstance(hook, _MultiStepStopAfterNEvalsHook) for hook in hooks):
        steps = basic_session_run_hooks.get_or_create_steps_per_run_variable()
        by = math_ops.cast(steps, dtype=eval_step.dtype)
    update = state_ops.assign_add(eval_step, by, use_locking=True)
    if isinstance(eval_ops, dict):
        eval_ops["update_eval_step"] = update
        return eval_ops
    if isinstance(eval_ops, (tuple, list)):
        return [*eval_ops, update]
    return [eval_ops, update]
