"""Hooks of Estimators: evaluations within training, and stops at checkpoints."""

import os.path
import time
from collections.abc import Callable
from typing import Any

from evergraph.api import creation, grouping, state_ops
from evergraph.base.export import export
from evergraph.graph.defaults import get_collection
from evergraph.graph.graph import Graph
from evergraph.graph.keys import GraphKeys
from evergraph.library.estimator import estimator_checks as checks
from evergraph.library.estimator.estimator import Estimator
from evergraph.library.train import training_util
from evergraph.library.train.basic_session_run_hooks import StopAtStepHook
from evergraph.library.train.hook_timers import SecondOrStepTimer
from evergraph.library.train.scaffold import Scaffold
from evergraph.library.train.session_run_hook import SessionRunArgs, SessionRunHook


def _variables_by_name() -> dict[str, Any]:
    return {v.name: v for v in get_collection(GraphKeys.GLOBAL_VARIABLES)}


@export("estimator.experimental.InMemoryEvaluatorHook")
class InMemoryEvaluatorHook(SessionRunHook):
    """Evaluates a model while it is trained, with the variables' values of the moment. Stands for
    `tf.estimator.experimental.InMemoryEvaluatorHook`.

    Args:
      estimator: the Estimator that trains.
      input_fn, steps, hooks, name: as of `Estimator.evaluate`.
      every_n_iter: after how many runs it is evaluated again; also at the beginning and the end.

    Raises:
      ValueError: `every_n_iter` is not positive, or there are several workers.
    """

    def __init__(
        self,
        estimator: Estimator,
        input_fn: Callable[..., Any],
        steps: int | None = None,
        hooks: Any = None,
        name: str | None = None,
        every_n_iter: int = 100,
    ) -> None:
        if every_n_iter is None or every_n_iter <= 0:
            raise ValueError(f"invalid every_n_iter={every_n_iter}.")
        if estimator.config.num_ps_replicas > 0 or estimator.config.num_worker_replicas > 1:
            raise ValueError("InMemoryEvaluator supports only single machine (aka Local) setting.")
        self._estimator = estimator
        self._input_fn = input_fn
        self._eval_dir = os.path.join(estimator.model_dir, f"eval_{name}" if name else "eval")
        self._hooks = checks.checked_hooks(hooks)
        self._hooks.extend(estimator._convert_eval_steps_to_hooks(steps))
        self._timer = SecondOrStepTimer(every_steps=every_n_iter)

    def begin(self) -> None:
        """Builds the graph of evaluation."""
        self._timer.reset()
        self._iter_count = 0
        self._graph = Graph()
        with self._graph.as_default():
            built = self._estimator._evaluate_build_graph(
                self._input_fn, self._hooks, checkpoint_path=None
            )
            self._scaffold, self._update_op, self._eval_dict, self._all_hooks = built
            if self._scaffold.saver is not None:
                raise ValueError("InMemoryEvaluator does not support custom saver")
            if self._scaffold.init_fn is not None:
                raise ValueError("InMemoryEvaluator does not support custom init_fn")
            variables = _variables_by_name()
            feeds = {name: creation.placeholder(v.dtype) for name, v in variables.items()}
        self._targets = {name: (v, feeds[name]) for name, v in variables.items()}

    def after_create_session(self, session: Any, coord: Any) -> None:
        """Evaluates for the first time."""
        if get_collection(GraphKeys.SAVEABLE_OBJECTS):
            raise ValueError(
                "InMemoryEvaluator does not support saveables other than global variables."
            )
        trained = _variables_by_name()
        self._targets = {n: target for n, target in self._targets.items() if n in trained}
        self._sources = {name: trained[name] for name in self._targets}
        with self._graph.as_default():
            assigned = [state_ops.assign(v, feed) for v, feed in self._targets.values()]
            self._var_feed_op = grouping.group(assigned)
        self._evaluate(session)

    def _evaluate(self, session: Any) -> None:
        values = session.run(self._sources)
        feeds = {self._targets[name][1]: value for name, value in values.items()}
        scaffold = Scaffold(
            init_fn=lambda scaffold, session: session.run(self._var_feed_op, feed_dict=feeds),
            copy_from_scaffold=self._scaffold,
        )
        with self._graph.as_default():
            self._estimator._evaluate_run(
                checkpoint_path=None,
                scaffold=scaffold,
                update_op=self._update_op,
                eval_dict=self._eval_dict,
                all_hooks=self._all_hooks,
                output_dir=self._eval_dir,
            )
        self._timer.update_last_triggered_step(self._iter_count)

    def after_run(self, run_context: Any, run_values: Any) -> None:
        """Evaluates when it is time."""
        self._iter_count += 1
        if self._timer.should_trigger_for_step(self._iter_count):
            self._evaluate(run_context.session)

    def end(self, session: Any) -> None:
        """Evaluates for the last time."""
        self._evaluate(session)


class _StopAtCheckpointStepHook(SessionRunHook):
    """Waits at a step until the chief has saved it, then stops."""

    def __init__(
        self, model_dir: Any, last_step: int, wait_after_file_check_secs: float = 30
    ) -> None:
        if last_step is None:
            raise ValueError("last_step must be specified.")
        if model_dir is None:
            raise ValueError("model_dir must be specified.")
        self._model_dir = model_dir
        self._last_step = last_step
        self._wait_after_file_check_secs = wait_after_file_check_secs

    def begin(self) -> None:
        self._global_step_tensor = training_util._get_or_create_global_step_read()
        if self._global_step_tensor is None:
            raise RuntimeError("Global step should be created to use StopAtCheckpointStepHook.")

    def before_run(self, run_context: Any) -> SessionRunArgs:
        return SessionRunArgs(self._global_step_tensor)

    def after_run(self, run_context: Any, run_values: Any) -> None:
        if run_values.results + 1 < self._last_step:
            return
        if checks.saved_global_step(self._model_dir) >= self._last_step:
            run_context.request_stop()
        else:
            time.sleep(self._wait_after_file_check_secs)


@export("estimator.experimental.make_stop_at_checkpoint_step_hook")
def make_stop_at_checkpoint_step_hook(
    estimator: Estimator, last_step: int, wait_after_file_check_secs: float = 30
) -> SessionRunHook:
    """A hook that stops training at a step; workers other than the chief go on until a checkpoint
    has it. Stands for `tf.estimator.experimental.make_stop_at_checkpoint_step_hook`.

    Args:
      estimator: the Estimator that trains.
      last_step: the global step.
      wait_after_file_check_secs: how long such a worker waits between looks at checkpoints.
    """
    if estimator.config.is_chief:
        return StopAtStepHook(last_step=last_step)
    return _StopAtCheckpointStepHook(estimator.model_dir, last_step, wait_after_file_check_secs)
