"""Hooks that watch, stop, feed and wait."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from evergraph.api import init_ops, variable_scope
from evergraph.base import dtypes, errors
from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.graph.graph import get_default_graph
from evergraph.graph.keys import GraphKeys
from evergraph.library.train import training_util
from evergraph.library.train.hook_timers import NeverTriggerTimer, SecondOrStepTimer
from evergraph.library.train.session_run_hook import SessionRunArgs, SessionRunHook

_STEPS_PER_RUN = "steps_per_run"
_HOOKS = "hooks"
# How long a waiting worker sleeps until it looks at the global step again.
_LOOK_SECS = 0.5


def global_step_read(hook: str) -> Any:
    """The node that reads the global step before it is incremented.

    Raises:
      RuntimeError: there is no global step, which the class `hook` needs.
    """
    step = training_util._get_or_create_global_step_read()
    if step is None:
        raise RuntimeError(f"Global step should be created to use {hook}.")
    return step


@export("train.LoggingTensorHook", "estimator.LoggingTensorHook")
class LoggingTensorHook(SessionRunHook):
    """Logs values every so often. Stands for `tf.train.LoggingTensorHook`.

    Args:
      tensors: tensors or their names, as a list, or a dict by the name to print.
      every_n_iter: how many runs from one time to the next.
      every_n_secs: or how many seconds.
      at_end: whether to log at the end as well.
      formatter: makes the text of a dict of values; default: "name = value, ...".

    Raises:
      ValueError: not exactly one of both intervals is given (none may be with `at_end`), or the
        number of runs is not positive.
    """

    def __init__(
        self,
        tensors: Any,
        every_n_iter: int | None = None,
        every_n_secs: float | None = None,
        at_end: bool = False,
        formatter: Callable[[Any], str] | None = None,
    ) -> None:
        only_at_end = at_end and every_n_iter is None and every_n_secs is None
        if not only_at_end and (every_n_iter is None) == (every_n_secs is None):
            raise ValueError(
                "either at_end and/or exactly one of every_n_iter and every_n_secs must be "
                "provided."
            )
        if every_n_iter is not None and every_n_iter <= 0:
            raise ValueError(f"invalid every_n_iter={every_n_iter}.")
        if isinstance(tensors, dict):
            self._tag_order = sorted(tensors)
            self._tensors = tensors
        else:
            self._tag_order = tensors
            self._tensors = {item: item for item in tensors}
        self._formatter = formatter
        self._timer: Any = (
            NeverTriggerTimer()
            if only_at_end
            else SecondOrStepTimer(every_secs=every_n_secs, every_steps=every_n_iter)
        )
        self._log_at_end = at_end

    def begin(self) -> None:
        """Finds the tensors."""
        self._timer.reset()
        self._iter_count = 0
        self._current_tensors = {
            tag: _as_graph_element(tensor) for tag, tensor in self._tensors.items()
        }

    def before_run(self, run_context: Any) -> Any:
        """Asks for the values when it is time."""
        self._should_trigger = self._timer.should_trigger_for_step(self._iter_count)
        return SessionRunArgs(self._current_tensors) if self._should_trigger else None

    def _log_tensors(self, tensor_values: Any) -> None:
        elapsed, _ = self._timer.update_last_triggered_step(self._iter_count)
        with np.printoptions(suppress=True):
            if self._formatter:
                logging.info(self._formatter(tensor_values))
                return
            text = ", ".join(f"{tag} = {tensor_values[tag]!s}" for tag in self._tag_order)
        if elapsed is None:
            logging.info("%s", text)
        else:
            logging.info("%s (%.3f sec)", text, elapsed)

    def after_run(self, run_context: Any, run_values: Any) -> None:
        """Logs the values."""
        if self._should_trigger:
            self._log_tensors(run_values.results)
        self._iter_count += 1

    def end(self, session: Any) -> None:
        """Logs the last values, if wanted."""
        if self._log_at_end:
            self._log_tensors(session.run(self._current_tensors))


def _as_graph_element(obj: Any) -> Any:
    """A tensor or operation of the default graph; of a name, the operation's only output.

    Raises:
      ValueError: it is of another graph, or the operation has several outputs.
    """
    graph = get_default_graph()
    if not isinstance(obj, str):
        if getattr(obj, "graph", None) is not graph:
            raise ValueError(
                f"Passed {obj} should have graph attribute that is equal to current graph {graph}."
            )
        return obj
    if ":" in obj:
        return graph.as_graph_element(obj)
    element = graph.as_graph_element(obj + ":0")
    if len(element.op.outputs) > 1:
        raise ValueError(
            f"Name {obj} is ambiguous, as this `Operation` has multiple outputs (at least 2)."
        )
    return element


def get_or_create_steps_per_run_variable() -> Any:
    """The local variable that says how many steps a run makes, made if there is none.

    Raises:
      RuntimeError: there are several.
    """
    collection = f"{_HOOKS}_{_STEPS_PER_RUN}"
    found = get_default_graph().get_collection(collection)
    if len(found) > 1:
        raise RuntimeError("Multiple steps_per_run_var in collection.")
    if found:
        return found[0]
    with variable_scope.variable_scope(_HOOKS, reuse=variable_scope.AUTO_REUSE):
        return variable_scope.get_variable(
            _STEPS_PER_RUN,
            initializer=init_ops.ones_initializer(),
            shape=[],
            dtype=dtypes.int32,
            trainable=False,
            collections=[collection, GraphKeys.LOCAL_VARIABLES],
            use_resource=True,
        )


def _check_one_limit(num_steps: int | None, last_step: int | None) -> None:
    if num_steps is None and last_step is None:
        raise ValueError("One of num_steps or last_step must be specified.")
    if num_steps is not None and last_step is not None:
        raise ValueError("Only one of num_steps or last_step can be specified.")


class _MultiStepStopAtStepHook(SessionRunHook):
    """Stops at a global step, where a run makes several: the last ones make fewer.

    Args:
      num_steps: how many steps to make.
      last_step: or the global step to stop at.
      steps_per_run: how many steps a run makes.
    """

    def __init__(
        self, num_steps: int | None = None, last_step: int | None = None, steps_per_run: int = 1
    ) -> None:
        _check_one_limit(num_steps, last_step)
        if steps_per_run is None or steps_per_run < 1:
            raise ValueError("steps_per_run should be greater than 0")
        self._num_steps = num_steps
        self._last_step = last_step
        self._steps_per_run_initial_value = steps_per_run

    def begin(self) -> None:
        self._global_step_tensor = training_util.get_global_step()
        if self._global_step_tensor is None:
            raise RuntimeError("Global step should be created to use StopAtStepHook.")
        self._steps_per_run_variable = get_or_create_steps_per_run_variable()

    def _update_steps_per_run_variable(self, global_step: int, session: Any) -> None:
        assert self._last_step is not None
        steps = min(self._last_step - global_step, self._steps_per_run_initial_value)
        self._steps_per_run_variable.load(steps, session=session)

    def after_create_session(self, session: Any, coord: Any) -> None:
        global_step = session.run(self._global_step_tensor)
        if self._last_step is None:
            self._last_step = global_step + self._num_steps
        self._update_steps_per_run_variable(global_step, session)

    def after_run(self, run_context: Any, run_values: Any) -> None:
        global_step = run_context.session.run(self._global_step_tensor)
        if global_step >= self._last_step:
            run_context.request_stop()
        else:
            self._update_steps_per_run_variable(global_step, run_context.session)


@export("train.StopAtStepHook", "estimator.StopAtStepHook")
class StopAtStepHook(SessionRunHook):
    """Stops at a global step. Stands for `tf.train.StopAtStepHook`.

    Args:
      num_steps: how many steps to make, from where the session begins.
      last_step: or the global step to stop at.

    Raises:
      ValueError: both or none are given.
    """

    def __init__(self, num_steps: int | None = None, last_step: int | None = None) -> None:
        _check_one_limit(num_steps, last_step)
        self._num_steps = num_steps
        self._last_step = last_step

    def begin(self) -> None:
        """Finds the global step; raises RuntimeError if there is none."""
        self._global_step_tensor = global_step_read("StopAtStepHook")

    def after_create_session(self, session: Any, coord: Any) -> None:
        """Counts from here, the first time."""
        if self._last_step is None:
            self._last_step = session.run(self._global_step_tensor) + self._num_steps

    def before_run(self, run_context: Any) -> Any:
        """Asks for the global step."""
        return SessionRunArgs(self._global_step_tensor)

    def after_run(self, run_context: Any, run_values: Any) -> None:
        """Stops, once the step is reached."""
        if run_values.results + 1 < self._last_step:
            return
        # The step that came with the run is from before it, and others may count as well.
        if run_context.session.run(self._global_step_tensor) >= self._last_step:
            run_context.request_stop()


@export("train.NanLossDuringTrainingError", "estimator.NanLossDuringTrainingError")
class NanLossDuringTrainingError(RuntimeError):
    """The loss is NaN. Stands for `tf.train.NanLossDuringTrainingError`."""

    def __str__(self) -> str:
        return "NaN loss during training."


@export("train.NanTensorHook", "estimator.NanTensorHook")
class NanTensorHook(SessionRunHook):
    """Stops when a loss is NaN. Stands for `tf.train.NanTensorHook`.

    Args:
      loss_tensor: a scalar.
      fail_on_nan_loss: whether to raise NanLossDuringTrainingError; else training just ends.
    """

    def __init__(self, loss_tensor: Any, fail_on_nan_loss: bool = True) -> None:
        self._loss_tensor = loss_tensor
        self._fail_on_nan_loss = fail_on_nan_loss

    def before_run(self, run_context: Any) -> Any:
        """Asks for the loss."""
        return SessionRunArgs(self._loss_tensor)

    def after_run(self, run_context: Any, run_values: Any) -> None:
        """Looks at the loss."""
        if not np.isnan(run_values.results):
            return
        message = "Model diverged with loss = NaN."
        if self._fail_on_nan_loss:
            logging.error(message)
            raise NanLossDuringTrainingError
        logging.warning(message)
        run_context.request_stop()


@export("train.GlobalStepWaiterHook", "estimator.GlobalStepWaiterHook")
class GlobalStepWaiterHook(SessionRunHook):
    """Holds a worker back until others have made some steps. Stands for
    `tf.train.GlobalStepWaiterHook`.

    Args:
      wait_until_step: the global step to wait for.
    """

    def __init__(self, wait_until_step: int) -> None:
        self._wait_until_step = wait_until_step

    def begin(self) -> None:
        """Finds the global step; raises RuntimeError if there is none."""
        self._worker_is_started = False
        self._global_step_tensor = global_step_read("_GlobalStepWaiterHook")

    def before_run(self, run_context: Any) -> None:
        """Waits, the first time."""
        if self._worker_is_started:
            return
        if self._wait_until_step > 0:
            self._wait(run_context.session)
        self._worker_is_started = True

    def _wait(self, session: Any) -> None:
        text = "Waiting for global step %d before starting training."
        logging.info(text, self._wait_until_step)
        last_logged_step = 0
        while True:
            step = session.run(self._global_step_tensor)
            if step >= self._wait_until_step:
                return
            if step - last_logged_step > 1000:
                logging.info(f"{text} Current step is %d.", self._wait_until_step, step)
                last_logged_step = step
            time.sleep(_LOOK_SECS)


@export("train.FinalOpsHook", "estimator.FinalOpsHook")
class FinalOpsHook(SessionRunHook):
    """Runs nodes at the end of a session. Stands for `tf.train.FinalOpsHook`.

    Args:
      final_ops: a nest of tensors and operations.
      final_ops_feed_dict: values to feed them.
    """

    def __init__(self, final_ops: Any, final_ops_feed_dict: Any = None) -> None:
        self._final_ops = final_ops
        self._final_ops_feed_dict = final_ops_feed_dict
        self._final_ops_values = None

    @property
    def final_ops_values(self) -> Any:
        """What they gave; None before the end."""
        return self._final_ops_values

    def end(self, session: Any) -> None:
        """Runs them."""
        if self._final_ops is None:
            return
        try:
            self._final_ops_values = session.run(
                self._final_ops, feed_dict=self._final_ops_feed_dict
            )
        except (errors.OutOfRangeError, StopIteration):
            logging.warning(
                "An OutOfRangeError or StopIteration exception is raised by the code in "
                "FinalOpsHook: what it runs reads from an input that has come to its end. What is "
                "run at the end should only read variables, as the value op of a metric does."
            )
            raise


@export("train.FeedFnHook", "estimator.FeedFnHook")
class FeedFnHook(SessionRunHook):
    """Feeds what a function gives. Stands for `tf.train.FeedFnHook`.

    Args:
      feed_fn: called before each run; returns values by tensor.
    """

    def __init__(self, feed_fn: Callable[[], Any]) -> None:
        self.feed_fn = feed_fn

    def before_run(self, run_context: Any) -> Any:
        """Calls the function."""
        return SessionRunArgs(fetches=None, feed_dict=self.feed_fn())
