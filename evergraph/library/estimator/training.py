"""Training with evaluations in between: `tf.estimator.train_and_evaluate`."""

import collections
import os.path
import time
from typing import Any, NamedTuple

from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.graph.keys import GraphKeys
from evergraph.library.estimator.cluster_settings import TaskType
from evergraph.library.estimator.estimator import Estimator
from evergraph.library.estimator.exporter import Exporter
from evergraph.library.train.hook_timers import SecondOrStepTimer
from evergraph.library.train.saving_hooks import CheckpointSaverListener
from evergraph.library.train.server_lib import Server
from evergraph.library.train.session_run_hook import SessionRunHook
from evergraph.proto.protobuf.config_pb2 import ConfigProto

_MAX_DELAY_SECS = 60


def _check_input_fn(input_fn: Any) -> None:
    if not callable(input_fn):
        raise TypeError(f"`input_fn` must be callable, given: {input_fn}")


def _checked_hooks(hooks: Any) -> tuple[Any, ...]:
    hooks = tuple(hooks or [])
    for hook in hooks:
        if not isinstance(hook, SessionRunHook):
            raise TypeError(f"All hooks must be `SessionRunHook` instances, given: {hook}")
    return hooks


def _checked_exporters(exporters: Any) -> tuple[Exporter, ...]:
    if isinstance(exporters, Exporter):
        exporters = [exporters]
    try:
        found = tuple(exporters or ())
        if not all(isinstance(e, Exporter) for e in found):
            raise TypeError
    except TypeError:
        raise TypeError(
            "`exporters` must be an Exporter, an iterable of Exporter, or `None`, found "
            f"{exporters}."
        ) from None
    names: list[Any] = [e.name for e in found]
    for i, name in enumerate(names):
        if not name:
            raise ValueError(
                f"An Exporter cannot have a name that is `None` or empty. All exporter names: "
                f"{names}"
            )
        if not isinstance(name, str):
            raise ValueError(f"An Exporter must have a string name. Given: {type(name)}")
        if name in names[:i]:
            raise ValueError(
                "`exporters` must have unique names. Such a name cannot be `None`. All exporter "
                f"names: {names}"
            )
    return found


@export("estimator.TrainSpec")
class TrainSpec(collections.namedtuple("TrainSpec", ["input_fn", "max_steps", "hooks"])):
    """How to train. Stands for `tf.estimator.TrainSpec`.

    Args:
      input_fn, max_steps, hooks: as of `Estimator.train`.

    Raises:
      ValueError, TypeError: an argument does not fit.
    """

    def __new__(cls, input_fn: Any, max_steps: int | None = None, hooks: Any = None) -> "TrainSpec":
        _check_input_fn(input_fn)
        if max_steps is not None and max_steps <= 0:
            raise ValueError(f"Must specify max_steps > 0, given: {max_steps}")
        return super().__new__(cls, input_fn, max_steps, _checked_hooks(hooks))


@export("estimator.EvalSpec")
class EvalSpec(
    collections.namedtuple(
        "EvalSpec",
        ["input_fn", "steps", "name", "hooks", "exporters", "start_delay_secs", "throttle_secs"],
    )
):
    """How to evaluate and export. Stands for `tf.estimator.EvalSpec`.

    Args:
      input_fn, steps, name, hooks: as of `Estimator.evaluate`.
      exporters: an Exporter or several, with different names.
      start_delay_secs: how long a task that only evaluates waits at first.
      throttle_secs: how much time lies between two evaluations at least.

    Raises:
      ValueError, TypeError: an argument does not fit.
    """

    def __new__(
        cls,
        input_fn: Any,
        steps: int | None = 100,
        name: str | None = None,
        hooks: Any = None,
        exporters: Any = None,
        start_delay_secs: float = 120,
        throttle_secs: float = 600,
    ) -> "EvalSpec":
        _check_input_fn(input_fn)
        if steps is not None and steps <= 0:
            raise ValueError(f"Must specify steps > 0, given: {steps}")
        if name is not None and not isinstance(name, str):
            raise TypeError(f"`name` must be string, given: {name}")
        hooks, exporters = _checked_hooks(hooks), _checked_exporters(exporters)
        if start_delay_secs < 0:
            raise ValueError(f"Must specify start_delay_secs >= 0, given: {start_delay_secs}")
        if throttle_secs < 0:
            raise ValueError(f"Must specify throttle_secs >= 0, given: {throttle_secs}")
        return super().__new__(
            cls, input_fn, steps, name, hooks, exporters, start_delay_secs, throttle_secs
        )


@export("estimator.train_and_evaluate")
def train_and_evaluate(estimator: Estimator, train_spec: TrainSpec, eval_spec: EvalSpec) -> Any:
    """Trains, and evaluates and exports after each checkpoint. Stands for
    `tf.estimator.train_and_evaluate`.

    With TF_CONFIG this is one task: an evaluator evaluates each new checkpoint of the folder until
    `max_steps` are reached, parameter servers hold variables until the process ends, others train.

    Args:
      estimator: the Estimator.
      train_spec: a TrainSpec.
      eval_spec: an EvalSpec.

    Returns:
      The metrics of the last evaluation and what the exporters gave; without TF_CONFIG.

    Raises:
      TypeError, ValueError: an argument or TF_CONFIG does not fit.
    """
    if not isinstance(estimator, Estimator):
        raise TypeError(
            f"`estimator` must have type `tf.estimator.Estimator`. Got: {type(estimator)}"
        )
    if not isinstance(train_spec, TrainSpec):
        raise TypeError(
            f"`train_spec` must have type `tf.estimator.TrainSpec`. Got: {type(train_spec)}"
        )
    if not isinstance(eval_spec, EvalSpec):
        raise TypeError(
            f"`eval_spec` must have type `tf.estimator.EvalSpec`. Got: {type(eval_spec)}"
        )
    config = estimator.config
    logging.info("Not using Distribute Coordinator.")
    if config.task_type == TaskType.EVALUATOR:
        if config.task_id > 0:
            raise ValueError(
                "For distributed training, there can only be one `evaluator` task (with task id "
                f"0).  Given task id {config.task_id}"
            )
        return _evaluate_continuously(estimator, train_spec, eval_spec)
    if not config.cluster_spec:
        logging.info("Running training and evaluation locally (non-distributed).")
        return _train_locally(estimator, train_spec, eval_spec)
    server = _started_server(config)
    if config.task_type == TaskType.PS:
        if server is not None:
            server.join()
        return None
    if config.task_type == TaskType.WORKER:
        _wait_for_others(config)
    if config.task_type == "master":
        return _train_locally(estimator, train_spec, eval_spec, told=False)
    estimator.train(train_spec.input_fn, train_spec.hooks, max_steps=train_spec.max_steps)
    return None


def _started_server(config: Any) -> Server | None:
    """The server of this task; None where there is no other one."""
    if not config.task_type or config.task_id is None:
        raise RuntimeError(
            "Could not start server; be sure to specify cluster_spec, task_type, and task in "
            "RunConfig or set the TF_CONFIG environment variable."
        )
    if not config.master:
        spec = config.cluster_spec
        if len(spec.jobs) == 1 and spec.num_tasks(spec.jobs[0]) == 1:
            logging.info(
                "Skip starting Tensorflow server as there is only one node in the cluster."
            )
            return None
        raise RuntimeError(
            "Could not start server; be sure to specify master in RunConfig or set the TF_CONFIG "
            "environment variable."
        )
    logging.info("Start Tensorflow server.")
    settings = ConfigProto(log_device_placement=False)
    if config.session_config is not None:
        settings.gpu_options.CopyFrom(config.session_config.gpu_options)
    return Server(
        config.cluster_spec,
        config.task_type,
        config.task_id,
        protocol=config.protocol,
        config=settings,
    )


def _wait_for_others(config: Any) -> None:
    """Workers begin one after the other, which asynchronous training is better for."""
    most = config.experimental_max_worker_delay_secs
    delay = min(_MAX_DELAY_SECS if most is None else int(most), (config.task_id + 1) * 5)
    if delay > 0:
        logging.info("Waiting %d secs before starting training.", delay)
        time.sleep(delay)


class _Result(NamedTuple):
    """How an evaluation went."""

    status: str
    metrics: Any = None


_EVALUATED, _NONE, _NO_NEW = "evaluated", "missing checkpoint", "no new checkpoint"


class _Evaluator:
    """Evaluates and exports the latest checkpoint."""

    def __init__(self, estimator: Estimator, spec: EvalSpec, max_steps: int | None) -> None:
        self._estimator, self._spec, self._max_steps = estimator, spec, max_steps
        self._previous: str | None = None
        self._warned = 0.0

    def run(self) -> tuple[_Result, list[Any]]:
        """The result, and what the exporters gave."""
        path = self._estimator.latest_checkpoint()
        if not path:
            self._warn(
                "Estimator is not trained yet. Will start an evaluation when a checkpoint is ready."
            )
            return _Result(_NONE), []
        if path == self._previous:
            self._warn(
                "No new checkpoint ready for evaluation. Skip the current evaluation pass as "
                "evaluation results are expected to be same for the same checkpoint."
            )
            return _Result(_NO_NEW), []
        spec = self._spec
        metrics = self._estimator.evaluate(spec.input_fn, spec.steps, spec.hooks, path, spec.name)
        over = bool(self._max_steps) and metrics[GraphKeys.GLOBAL_STEP] >= self._max_steps
        base = os.path.join(self._estimator.model_dir, "export")
        exported = [
            exporter.export(
                estimator=self._estimator,
                export_path=os.path.join(base, exporter.name),
                checkpoint_path=path,
                eval_result=metrics,
                is_the_final_export=over,
            )
            for exporter in spec.exporters
        ]
        self._warned, self._previous = 0.0, path
        return _Result(_EVALUATED, metrics), exported

    def _warn(self, message: str) -> None:
        """Warns every ten minutes."""
        if time.time() - self._warned > 600:
            logging.warning(message)
            self._warned = time.time()


class _EvaluateAfterSaving(CheckpointSaverListener):
    """Evaluates each checkpoint but the first, if the one before was not just now."""

    def __init__(self, evaluator: _Evaluator, throttle_secs: float) -> None:
        self._evaluator, self._throttle_secs = evaluator, throttle_secs
        self.result = _Result(_NONE)
        self.exported: Any = None

    def begin(self) -> None:
        self._timer = SecondOrStepTimer(every_secs=self._throttle_secs)
        self._is_first = True

    def after_save(self, session: Any, global_step_value: Any) -> None:
        if self._is_first:
            self._is_first = False
        elif self._timer.should_trigger_for_step(global_step_value):
            self._evaluate(global_step_value)
        else:
            logging.info(
                "Skip the current checkpoint eval due to throttle secs "
                f"({self._throttle_secs} secs)."
            )

    def end(self, session: Any, global_step_value: Any) -> None:
        if global_step_value != self._timer.last_triggered_step():
            self._evaluate(global_step_value)

    def _evaluate(self, step: Any) -> None:
        self._timer.update_last_triggered_step(step)
        self.result, self.exported = self._evaluator.run()
        if self.result.status != _EVALUATED:
            raise RuntimeError(
                f"There was no new checkpoint after the training. Eval status: {self.result.status}"
            )


def _train_locally(
    estimator: Estimator, train_spec: TrainSpec, eval_spec: EvalSpec, told: bool = True
) -> Any:
    config = estimator.config
    if told:
        logging.info(
            "Start train and evaluate loop. The evaluate will happen after every checkpoint. "
            "Checkpoint frequency is determined based on RunConfig arguments: "
            f"save_checkpoints_steps {config.save_checkpoints_steps} or save_checkpoints_secs "
            f"{config.save_checkpoints_secs}."
        )
    evaluator = _Evaluator(estimator, eval_spec, train_spec.max_steps)
    listener = _EvaluateAfterSaving(evaluator, eval_spec.throttle_secs)
    estimator.train(
        train_spec.input_fn,
        list(train_spec.hooks),
        max_steps=train_spec.max_steps,
        saving_listeners=[listener],
    )
    return listener.result.metrics, listener.exported


def _evaluate_continuously(
    estimator: Estimator, train_spec: TrainSpec, eval_spec: EvalSpec
) -> None:
    """Evaluates new checkpoints until training is over."""
    if eval_spec.start_delay_secs:
        logging.info("Waiting %f secs before starting eval.", eval_spec.start_delay_secs)
        time.sleep(eval_spec.start_delay_secs)
    evaluator = _Evaluator(estimator, eval_spec, train_spec.max_steps)
    while True:
        start = time.time()
        result, _ = evaluator.run()
        if result.status == _EVALUATED and train_spec.max_steps:
            step = result.metrics[GraphKeys.GLOBAL_STEP]
            if step and step >= train_spec.max_steps:
                logging.info(
                    "Exiting evaluation, global_step=%s >= train max_steps=%s",
                    step,
                    train_spec.max_steps,
                )
                return
        wait = eval_spec.throttle_secs - (time.time() - start)
        if wait > 0:
            logging.info("Waiting %f secs before starting next eval run.", wait)
            time.sleep(wait)
        elif eval_spec.throttle_secs == 0 and result.status != _EVALUATED:
            logging.warning(
                "EvalSpec.throttle_secs is set as 0. This might overload the job before finding "
                "(next) new checkpoint. Please consider to increase it."
            )
