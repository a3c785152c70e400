"""Training that stops by what evaluations found: `tf.estimator.experimental.stop_if_*_hook`."""

import collections
import operator
import os.path
from collections.abc import Callable
from typing import Any

from evergraph.api import init_ops, state_ops, variable_scope
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.base.platform import gfile, logging
from evergraph.graph.keys import GraphKeys
from evergraph.library.estimator.estimator import Estimator
from evergraph.library.summary.summary_iterator import summary_iterator
from evergraph.library.train import training_util
from evergraph.library.train.hook_timers import SecondOrStepTimer
from evergraph.library.train.session_run_hook import SessionRunArgs, SessionRunHook


def read_eval_metrics(eval_dir: str) -> dict[int, dict[str, float]]:
    """Metrics by name by step, in the order of steps, of a folder of events."""
    found: dict[int, dict[str, float]] = collections.defaultdict(dict)
    if gfile.Exists(eval_dir):
        for path in gfile.Glob(os.path.join(eval_dir, "events.out.tfevents.*")):
            for event in summary_iterator(path):
                for value in event.summary.value:
                    if value.HasField("simple_value"):
                        found[event.step][value.tag] = value.simple_value
    return collections.OrderedDict(sorted(found.items()))


@export("estimator.experimental.make_early_stopping_hook")
def make_early_stopping_hook(
    estimator: Estimator,
    should_stop_fn: Callable[[], bool],
    run_every_secs: float | None = 60,
    run_every_steps: int | None = None,
) -> SessionRunHook:
    """A hook that stops training when a function says so. Stands for
    `tf.estimator.experimental.make_early_stopping_hook`.

    Args:
      estimator: the Estimator that trains; its chief asks, other workers look what it found.
      should_stop_fn: whether to stop.
      run_every_secs, run_every_steps: how often it is asked; one of the two.

    Raises:
      TypeError: `estimator` is none, or the function cannot be called.
      ValueError: both of the two are given.
    """
    if not isinstance(estimator, Estimator):
        raise TypeError(
            f"`estimator` must have type `tf.estimator.Estimator`. Got: {type(estimator)}"
        )
    if run_every_secs is not None and run_every_steps is not None:
        raise ValueError("Only one of `run_every_secs` and `run_every_steps` must be set.")
    if estimator.config.is_chief:
        return _StopOnPredicateHook(should_stop_fn, run_every_secs, run_every_steps)
    return _CheckForStoppingHook()


def _metrics_hook(
    estimator: Estimator,
    says_stop: Callable[[dict[int, float]], bool],
    metric_name: str,
    eval_dir: str | None,
    min_steps: int,
    run_every_secs: float | None,
    run_every_steps: int | None,
) -> SessionRunHook:
    """A hook that stops by a metric's values by step, those before `min_steps` left out."""
    folder = estimator.eval_dir() if eval_dir is None else eval_dir

    def should_stop() -> bool:
        metrics = read_eval_metrics(folder).items()
        return says_stop({step: m[metric_name] for step, m in metrics if step >= min_steps})

    return make_early_stopping_hook(estimator, should_stop, run_every_secs, run_every_steps)


def _crossed(metric_name: str, threshold: float, higher: bool) -> Callable[[Any], bool]:
    is_beyond = operator.gt if higher else operator.lt

    def says_stop(values: dict[int, float]) -> bool:
        for step, value in values.items():
            if is_beyond(value, threshold):
                logging.info(
                    'At step %s, metric "%s" has value %s which is %s the configured threshold '
                    "(%s) for early stopping.",
                    step,
                    metric_name,
                    value,
                    "greater than" if higher else "less than",
                    threshold,
                )
                return True
        return False

    return says_stop


def _no_better(metric_name: str, max_steps: int, higher: bool) -> Callable[[Any], bool]:
    is_better = operator.gt if higher else operator.lt

    def says_stop(values: dict[int, float]) -> bool:
        best = None
        for step, value in values.items():
            if best is None or is_better(value, values[best]):
                best = step
            if step - best >= max_steps:
                logging.info(
                    'No %s in metric "%s" for %s steps, which is greater than or equal to max '
                    "steps (%s) configured for early stopping.",
                    "increase" if higher else "decrease",
                    metric_name,
                    step - best,
                    max_steps,
                )
                return True
        return False

    return says_stop


@export("estimator.experimental.stop_if_higher_hook")
def stop_if_higher_hook(
    estimator: Estimator,
    metric_name: str,
    threshold: float,
    eval_dir: str | None = None,
    min_steps: int = 0,
    run_every_secs: float | None = 60,
    run_every_steps: int | None = None,
) -> SessionRunHook:
    """A hook that stops training when a metric was above a threshold. Stands for
    `tf.estimator.experimental.stop_if_higher_hook`.

    Args:
      estimator: the Estimator that trains.
      metric_name: the metric's name.
      threshold: the threshold.
      eval_dir: the folder of evaluations' events; default: the Estimator's.
      min_steps: evaluations at earlier steps are not looked at.
      run_every_secs, run_every_steps: as of `make_early_stopping_hook`.
    """
    says_stop = _crossed(metric_name, threshold, higher=True)
    return _metrics_hook(
        estimator, says_stop, metric_name, eval_dir, min_steps, run_every_secs, run_every_steps
    )


@export("estimator.experimental.stop_if_lower_hook")
def stop_if_lower_hook(
    estimator: Estimator,
    metric_name: str,
    threshold: float,
    eval_dir: str | None = None,
    min_steps: int = 0,
    run_every_secs: float | None = 60,
    run_every_steps: int | None = None,
) -> SessionRunHook:
    """A hook that stops training when a metric was below a threshold. Stands for
    `tf.estimator.experimental.stop_if_lower_hook`; arguments as of `stop_if_higher_hook`."""
    says_stop = _crossed(metric_name, threshold, higher=False)
    return _metrics_hook(
        estimator, says_stop, metric_name, eval_dir, min_steps, run_every_secs, run_every_steps
    )


@export("estimator.experimental.stop_if_no_increase_hook")
def stop_if_no_increase_hook(
    estimator: Estimator,
    metric_name: str,
    max_steps_without_increase: int,
    eval_dir: str | None = None,
    min_steps: int = 0,
    run_every_secs: float | None = 60,
    run_every_steps: int | None = None,
) -> SessionRunHook:
    """A hook that stops training when a metric has not grown for some steps. Stands for
    `tf.estimator.experimental.stop_if_no_increase_hook`; arguments as of
    `stop_if_higher_hook`."""
    says_stop = _no_better(metric_name, max_steps_without_increase, higher=True)
    return _metrics_hook(
        estimator, says_stop, metric_name, eval_dir, min_steps, run_every_secs, run_every_steps
    )


@export("estimator.experimental.stop_if_no_decrease_hook")
def stop_if_no_decrease_hook(
    estimator: Estimator,
    metric_name: str,
    max_steps_without_decrease: int,
    eval_dir: str | None = None,
    min_steps: int = 0,
    run_every_secs: float | None = 60,
    run_every_steps: int | None = None,
) -> SessionRunHook:
    """A hook that stops training when a metric has not become less for some steps. Stands for
    `tf.estimator.experimental.stop_if_no_decrease_hook`; arguments as of
    `stop_if_higher_hook`."""
    says_stop = _no_better(metric_name, max_steps_without_decrease, higher=False)
    return _metrics_hook(
        estimator, says_stop, metric_name, eval_dir, min_steps, run_every_secs, run_every_steps
    )


def _stop_variable() -> Any:
    """What the chief tells other workers by."""
    with variable_scope.variable_scope(
        "signal_early_stopping", values=[], reuse=variable_scope.AUTO_REUSE
    ):
        return variable_scope.get_variable(
            name="STOP",
            shape=[],
            dtype=dtypes.bool,
            initializer=init_ops.constant_initializer(False),
            collections=[GraphKeys.GLOBAL_VARIABLES],
            trainable=False,
        )


class _StopOnPredicateHook(SessionRunHook):
    """The chief's: asks whether to stop, and tells the others."""

    def __init__(
        self,
        should_stop_fn: Callable[[], bool],
        run_every_secs: float | None = 60,
        run_every_steps: int | None = None,
    ) -> None:
        if not callable(should_stop_fn):
            raise TypeError("`should_stop_fn` must be callable.")
        self._should_stop_fn = should_stop_fn
        self._timer = SecondOrStepTimer(every_secs=run_every_secs, every_steps=run_every_steps)

    def begin(self) -> None:
        self._global_step_tensor = training_util.get_global_step()
        self._stop_var = _stop_variable()
        self._stop_op = state_ops.assign(self._stop_var, True)

    def before_run(self, run_context: Any) -> SessionRunArgs:
        return SessionRunArgs(self._global_step_tensor)

    def after_run(self, run_context: Any, run_values: Any) -> None:
        step = run_values.results
        if not self._timer.should_trigger_for_step(step):
            return
        self._timer.update_last_triggered_step(step)
        if self._should_stop_fn():
            logging.info("Requesting early stopping at global step %d", step)
            run_context.session.run(self._stop_op)
            run_context.request_stop()


class _CheckForStoppingHook(SessionRunHook):
    """Another worker's: stops when the chief said so."""

    def begin(self) -> None:
        self._stop_var = _stop_variable()

    def before_run(self, run_context: Any) -> SessionRunArgs:
        return SessionRunArgs(self._stop_var)

    def after_run(self, run_context: Any, run_values: Any) -> None:
        if run_values.results:
            logging.info("Early stopping requested, suspending run.")
            run_context.request_stop()
