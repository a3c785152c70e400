"""An Estimator with what it is trained and evaluated on."""

import contextlib
import math
import os
import time
from collections.abc import Callable, Iterator
from typing import Any

from evergraph.base import compat
from evergraph.base.deprecation import deprecated
from evergraph.base.export import export
from evergraph.base.function_utils import fn_args
from evergraph.base.platform import logging
from evergraph.graph.keys import GraphKeys
from evergraph.library.contrib.learn.export_strategy import ExportStrategy
from evergraph.library.contrib.learn.interfaces import Evaluable, Trainable
from evergraph.library.contrib.learn.monitors import replace_monitors_with_hooks
from evergraph.library.contrib.learn.run_config import Environment, RunConfig
from evergraph.library.contrib.learn.saving_monitors import ValidationMonitor
from evergraph.library.estimator.estimator import Estimator
from evergraph.library.train import server_lib
from evergraph.library.train.basic_session_run_hooks import GlobalStepWaiterHook
from evergraph.library.train.checkpoint_management import latest_checkpoint
from evergraph.library.train.saving_hooks import CheckpointSaverHook, CheckpointSaverListener

# After how many seconds it is said again that there is nothing to evaluate.
_WARN_AGAIN = 600


class _EvalAndExportListener(CheckpointSaverListener):
    """Evaluates and exports each checkpoint that is saved."""

    def __init__(self, eval_fn: Any, export_fn: Any, model_dir: str) -> None:
        self._eval_fn = eval_fn
        self._export_fn = export_fn
        self._model_dir = model_dir
        self._latest_path: str | None = None
        self.eval_result: Any = None
        self.export_results: Any = None

    def after_save(self, session: Any, global_step_value: Any) -> None:
        """Looks for the checkpoint."""
        logging.info("Checking for checkpoint in %s", self._model_dir)
        path = latest_checkpoint(self._model_dir)
        if not path:
            logging.warning("Skipping evaluation and export since model has not been saved yet.")
        elif path == self._latest_path:
            logging.warning("Skipping evaluation due to same latest checkpoint %s.", path)
        else:
            self._latest_path = path
            self.eval_result = self._eval_fn(name="intermediate_export", checkpoint_path=path)
            self.export_results = self._export_fn(self.eval_result, checkpoint_path=path)


@export("contrib.learn.Experiment")
class Experiment:
    """An Estimator with what it is trained and evaluated on. Stands for
    `tf.contrib.learn.Experiment`.

    Args:
      estimator: a `tf.estimator.Estimator`, or one that is Trainable and Evaluable.
      train_input_fn, eval_input_fn: give features and labels.
      eval_metrics: metrics to evaluate, as of `tf.contrib.learn.Estimator.evaluate`.
      train_steps: the global step at which to stop; default: when the input ends.
      eval_steps: how many batches to evaluate; None for all.
      train_monitors, eval_hooks: monitors and hooks.
      local_eval_frequency: the `min_eval_frequency` of `local_run`.
      eval_delay_secs: how long evaluation waits before it begins.
      continuous_eval_throttle_secs: how long at least from one evaluation to the next.
      min_eval_frequency: after how many steps of training to evaluate; 0 for never, default: 1,
        which is with each new checkpoint.
      delay_workers_by_global_step: whether workers wait for steps rather than for time.
      export_strategies: ExportStrategies, or one.
      train_steps_per_iteration: how many steps `continuous_train_and_eval` trains at once.
      checkpoint_and_export: whether each checkpoint is evaluated and exported.
      saving_listeners: as of `tf.estimator.Estimator.train`.
      check_interval_secs: how long at least from one look for a checkpoint to the next.

    Raises:
      ValueError: arguments do not go with the Estimator.
    """

    @deprecated(
        None,
        "Please switch to tf.estimator.train_and_evaluate. You will also have to convert to a "
        "tf.estimator.Estimator.",
    )
    def __init__(
        self,
        estimator: Any,
        train_input_fn: Any,
        eval_input_fn: Any,
        eval_metrics: Any = None,
        train_steps: int | None = None,
        eval_steps: int | None = 100,
        train_monitors: Any = None,
        eval_hooks: Any = None,
        local_eval_frequency: int | None = None,
        eval_delay_secs: float = 120,
        continuous_eval_throttle_secs: float = 60,
        min_eval_frequency: int | None = None,
        delay_workers_by_global_step: bool = False,
        export_strategies: Any = None,
        train_steps_per_iteration: int | None = None,
        checkpoint_and_export: bool = False,
        saving_listeners: Any = None,
        check_interval_secs: float = 5,
    ) -> None:
        self._core_estimator_used = isinstance(estimator, Estimator)
        _check_estimator(estimator, eval_metrics, saving_listeners)
        self._estimator = estimator
        self._train_input_fn = train_input_fn
        self._eval_input_fn = eval_input_fn
        self._eval_metrics = eval_metrics
        self._train_steps = train_steps
        self._eval_steps = eval_steps
        self._local_eval_frequency = local_eval_frequency
        self._eval_delay_secs = eval_delay_secs
        self._continuous_eval_throttle_secs = continuous_eval_throttle_secs
        self._checkpoint_and_export = checkpoint_and_export
        self._saving_listeners = saving_listeners
        self._min_eval_frequency = 1 if min_eval_frequency is None else min_eval_frequency
        self._check_interval_secs = check_interval_secs
        self._delay_workers_by_global_step = delay_workers_by_global_step
        self._train_monitors = list(train_monitors or [])
        self._eval_hooks = list(eval_hooks or [])
        self._set_export_strategies(export_strategies)
        self._train_steps_per_iteration = train_steps_per_iteration
        if not isinstance(train_steps_per_iteration, (int, type(None))):
            raise ValueError("`train_steps_per_iteration` must be an integer.")

    @property
    def estimator(self) -> Any:
        """The Estimator."""
        return self._estimator

    @property
    def eval_metrics(self) -> Any:
        """The metrics to evaluate."""
        return self._eval_metrics

    @property
    def train_steps(self) -> int | None:
        """The global step at which training stops."""
        return self._train_steps

    @property
    def eval_steps(self) -> int | None:
        """How many batches to evaluate."""
        return self._eval_steps

    def _set_export_strategies(self, values: Any) -> None:
        strategies = (values,) if isinstance(values, ExportStrategy) else tuple(values or ())
        for value in strategies:
            if not isinstance(value, ExportStrategy):
                raise ValueError(
                    "`export_strategies` must be an ExportStrategy, an iterable of ExportStrategy, "
                    f"or `None`, found {value}."
                )
        self._export_strategies = strategies

    def extend_train_hooks(self, additional_hooks: Any) -> None:
        """Adds hooks for training."""
        self._train_monitors.extend(additional_hooks)

    def reset_export_strategies(self, new_export_strategies: Any = None) -> Any:
        """Sets other export strategies; gives those before."""
        before = self._export_strategies
        self._set_export_strategies(new_export_strategies)
        return before

    def train(self, delay_secs: float | None = None) -> Any:
        """Trains; gives the Estimator. In a cluster a server is started first.

        Args:
          delay_secs: how long to wait; default: 5 seconds for each worker before this one.
        """
        self._maybe_start_server()
        hooks = list(self._train_monitors)
        if delay_secs is None:
            task_id = self._estimator.config.task_id or 0
            delay_secs = min(60, task_id * 5)
            if self._delay_workers_by_global_step:
                hooks.append(GlobalStepWaiterHook(int(8000.0 * math.log(task_id + 1))))
                delay_secs = 0
        if delay_secs > 0:
            logging.info("Waiting %d secs before starting training.", delay_secs)
            time.sleep(delay_secs)
        return self._call_train(max_steps=self._train_steps, hooks=hooks)

    def _maybe_start_server(self) -> None:
        config = self._estimator.config
        if not (config.cluster_spec and config.master):
            return
        if not isinstance(config, RunConfig):
            raise ValueError(
                "For distributed runtime, Experiment class only works with "
                f"tf.contrib.learn.RunConfig for now, but provided {type(config)}"
            )
        if config.environment == Environment.LOCAL:
            logging.warn(
                "ClusterSpec and master are provided, but environment is set to 'local'. Set "
                "environment to 'cloud' if you intend to use the distributed runtime."
            )
        elif config.environment != Environment.GOOGLE:
            self._start_server()

    def evaluate(self, delay_secs: float | None = None, name: str | None = None) -> Any:
        """Evaluates the latest checkpoint; gives metrics by name.

        Args:
          delay_secs: how long to wait; default: `eval_delay_secs`.
          name: the events' folder is `eval_` and this; default: "one_pass".
        """
        delay_secs = self._eval_delay_secs if delay_secs is None else delay_secs
        if delay_secs:
            logging.info("Waiting %d secs before starting eval.", delay_secs)
            time.sleep(delay_secs)
        return self._call_evaluate(name=name or "one_pass")

    @deprecated(
        "2016-10-23",
        "local_run will be renamed to train_and_evaluate and the new default behavior will be to "
        "run evaluation every time there is a new checkpoint.",
    )
    def local_run(self) -> Any:
        """As `train_and_evaluate`, with `local_eval_frequency`."""
        with _kept(self, "_min_eval_frequency"):
            self._min_eval_frequency = self._local_eval_frequency
            return self.train_and_evaluate()

    def continuous_eval(
        self,
        delay_secs: float | None = None,
        throttle_delay_secs: float | None = None,
        evaluate_checkpoint_only_once: bool = True,
        continuous_eval_predicate_fn: Any = None,
        name: str = "continuous",
    ) -> None:
        """Evaluates and exports each new checkpoint, until training is done.

        Args:
          delay_secs: how long to wait before; default: `eval_delay_secs`.
          throttle_delay_secs: how long at least from one to the next; default:
            `continuous_eval_throttle_secs`.
          evaluate_checkpoint_only_once: whether to wait for a new checkpoint.
          continuous_eval_predicate_fn: is told the last results and, if it likes,
            `checkpoint_path`; whether to go on.
          name: the events' folder is `eval_` and this.
        """
        self._continuous_eval(
            self._eval_input_fn,
            name,
            delay_secs,
            throttle_delay_secs,
            evaluate_checkpoint_only_once,
            continuous_eval_predicate_fn,
        )

    def continuous_eval_on_train_data(
        self,
        delay_secs: float | None = None,
        throttle_delay_secs: float | None = None,
        continuous_eval_predicate_fn: Any = None,
        name: str = "continuous_on_train_data",
    ) -> None:
        """As `continuous_eval`, on what is trained on, without exports."""
        self._continuous_eval(
            self._train_input_fn,
            name,
            delay_secs,
            throttle_delay_secs,
            continuous_eval_predicate_fn=continuous_eval_predicate_fn,
            export_it=False,
        )

    def _continuous_eval(
        self,
        input_fn: Any,
        name: str,
        delay_secs: float | None,
        throttle_delay_secs: float | None,
        evaluate_checkpoint_only_once: bool = True,
        continuous_eval_predicate_fn: Any = None,
        export_it: bool = True,
    ) -> None:
        goes_on = _predicate(continuous_eval_predicate_fn)
        delay_secs = self._eval_delay_secs if delay_secs is None else delay_secs
        if throttle_delay_secs is None:
            throttle_delay_secs = self._continuous_eval_throttle_secs
        if delay_secs:
            logging.info("Waiting %f secs before starting eval.", delay_secs)
            time.sleep(delay_secs)
        previous: str | None = None
        result: Any = None
        warned = 0.0
        while goes_on(result, previous):
            if self._has_training_stopped(result):
                step = result[GraphKeys.GLOBAL_STEP]
                logging.info(
                    "Exiting continuous eval, global_step=%s >= train_step=%s",
                    step,
                    self._train_steps,
                )
                return
            start = time.time()
            path = latest_checkpoint(self._estimator.model_dir)
            if path and not (evaluate_checkpoint_only_once and path == previous):
                result = self._call_evaluate(input_fn, name=name, checkpoint_path=path) or {}
                if export_it:
                    self._maybe_export(result, checkpoint_path=path)
                previous, warned = path, 0.0
            else:
                result = {}
                if time.time() - warned > _WARN_AGAIN:
                    logging.warning(
                        "No new checkpoint ready for evaluation."
                        if path
                        else "Estimator is not fitted yet. Will start an evaluation when a "
                        "checkpoint is ready."
                    )
                    warned = time.time()
            remaining = throttle_delay_secs - (time.time() - start)
            if remaining > 0:
                logging.info("Waiting %f secs before starting next eval run.", remaining)
                time.sleep(remaining)

    def _has_training_stopped(self, result: Any) -> bool:
        step = (result or {}).get(GraphKeys.GLOBAL_STEP)
        return bool(step and self._train_steps and step >= self._train_steps)

    def train_and_evaluate(self) -> tuple[Any, Any]:
        """Trains, evaluates meanwhile and at the end, and exports; gives the last results and what
        the export strategies gave."""
        config = self._estimator.config
        listener = None
        with _kept(self, "_train_monitors"):
            self._train_monitors = list(self._train_monitors)
            if self._checkpoint_and_export and (
                config.save_checkpoints_secs or config.save_checkpoints_steps
            ):
                listener = _EvalAndExportListener(
                    self._call_evaluate, self._maybe_export, self._estimator.model_dir
                )
                self._train_monitors.append(
                    CheckpointSaverHook(
                        self._estimator.model_dir,
                        save_secs=config.save_checkpoints_secs,
                        save_steps=config.save_checkpoints_steps,
                        listeners=[listener],
                    )
                )
            elif self._min_eval_frequency:
                self._train_monitors.append(self._validation())
            self.train(delay_secs=0)
        if listener is not None:
            return listener.eval_result, listener.export_results
        result = self._call_evaluate(name=None)
        return result, self._maybe_export(result)

    def _validation(self) -> ValidationMonitor:
        assert self._min_eval_frequency is not None
        return ValidationMonitor(
            input_fn=self._eval_input_fn,
            eval_steps=self._eval_steps,
            metrics=self._eval_metrics,
            every_n_steps=self._min_eval_frequency,
            check_interval_secs=self._check_interval_secs,
            hooks=self._eval_hooks,
        )

    def continuous_train_and_eval(
        self, continuous_eval_predicate_fn: Any = None
    ) -> tuple[Any, Any]:
        """Trains for some steps, evaluates and exports in turn, until `train_steps` are done.

        Args:
          continuous_eval_predicate_fn: as of `continuous_eval`.
        """
        goes_on = _predicate(continuous_eval_predicate_fn)
        steps = 1000
        if self._train_steps_per_iteration is not None:
            steps = self._train_steps_per_iteration
        elif self._train_steps is not None:
            steps = int(self._train_steps / 10)
        exported = path = result = None
        while goes_on(result, path if result else None):
            if self._has_training_stopped(result):
                logging.info("Stop training model as max steps reached")
                break
            logging.info("Training model for %s steps", steps)
            self._call_train(steps=steps, hooks=self._train_monitors)
            logging.info("Evaluating model now.")
            path = latest_checkpoint(self._estimator.model_dir)
            result = self._call_evaluate(name="one_pass", checkpoint_path=path)
            exported = self._maybe_export(result)
        return result, exported

    def _maybe_export(self, eval_result: Any, checkpoint_path: str | None = None) -> list[Any]:
        base = os.path.join(compat.as_bytes(self._estimator.model_dir), b"export")
        return [
            strategy.export(
                self._estimator,
                os.path.join(base, compat.as_bytes(strategy.name)),
                checkpoint_path=checkpoint_path,
                eval_result=eval_result,
            )
            for strategy in self._export_strategies
        ]

    def run_std_server(self) -> Any:
        """Starts this task's server and waits for its end."""
        return self._start_server().join()

    def test(self) -> Any:
        """Trains and evaluates one step, and exports; gives the results."""
        self._call_train(steps=1, hooks=self._train_monitors)
        result = self._call_evaluate(name="one_pass", steps=1, hooks=None)
        self._maybe_export(result)
        return result

    def _start_server(self) -> Any:
        config = self._estimator.config
        told = (config.cluster_spec, config.task_type, config.master)
        if not all(told) or config.task_id is None:
            raise ValueError(
                "Could not start server; be sure to specify cluster_spec, task_type, master, and "
                "task in RunConfig or set the TF_CONFIG environment variable."
            )
        server = server_lib.Server(
            config.cluster_spec,
            job_name=config.task_type,
            task_index=config.task_id,
            config=config.tf_config,
            start=False,
        )
        server.start()
        return server

    def _call_train(
        self, *, steps: int | None = None, max_steps: int | None = None, hooks: Any = None
    ) -> Any:
        hooks = replace_monitors_with_hooks(hooks, self._estimator)
        if not self._core_estimator_used:
            return self._estimator.fit(
                input_fn=self._train_input_fn, steps=steps, max_steps=max_steps, monitors=hooks
            )
        return self._estimator.train(
            input_fn=self._train_input_fn,
            steps=steps,
            max_steps=max_steps,
            hooks=hooks,
            saving_listeners=self._saving_listeners,
        )

    def _call_evaluate(
        self,
        input_fn: Any = None,
        *,
        name: str | None,
        checkpoint_path: str | None = None,
        **other: Any,
    ) -> Any:
        asked = {
            "input_fn": input_fn or self._eval_input_fn,
            "steps": self._eval_steps,
            "name": name,
            "checkpoint_path": checkpoint_path,
            "hooks": self._eval_hooks,
            **other,
        }
        if not self._core_estimator_used:
            asked["metrics"] = self._eval_metrics
        return self._estimator.evaluate(**asked)


def _check_estimator(estimator: Any, eval_metrics: Any, saving_listeners: Any) -> None:
    if isinstance(estimator, Estimator):
        if eval_metrics is not None:
            raise ValueError(
                "`eval_metrics` must be `None` with `tf.estimator.Estimator`. Use "
                "`eval_metric_ops` in `tf.estimator.EstimatorSpec` instead."
            )
        return
    if not isinstance(estimator, Evaluable):
        raise ValueError(
            "`estimator` must implement `tf.contrib.learn.Evaluable` or `tf.estimator.Estimator`."
        )
    if not isinstance(estimator, Trainable):
        raise ValueError(
            "`estimator` must implement `tf.contrib.learn.Trainable`or `tf.estimator.`Estimator`."
        )
    if saving_listeners is not None:
        raise ValueError("`saving_listeners` must be `None` with `tf.contrib.learn.Estimator`.")


def _predicate(function: Any) -> Callable[[Any, Any], bool]:
    """`function` of results and checkpoint, whichever of them it takes; without one, always."""
    if function is None:
        return lambda result, path: True
    if not callable(function):
        raise ValueError("`continuous_eval_predicate_fn` must be a callable, or None.")
    if "checkpoint_path" in fn_args(function):
        return lambda result, path: function(result, checkpoint_path=path)
    return lambda result, path: function(result)


@contextlib.contextmanager
def _kept(obj: Any, attr: str) -> Iterator[None]:
    """Sets an attribute back afterwards."""
    saved = getattr(obj, attr)
    try:
        yield
    finally:
        setattr(obj, attr, saved)
