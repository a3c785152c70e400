"""Monitors that write checkpoints and summaries, and that evaluate."""

import copy
import os
import time
from typing import Any

from evergraph.base.deprecation import deprecated
from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.library.contrib.learn.monitors import (
    BaseMonitor,
    EveryN,
    PrintTensor,
    _extract_output,
)
from evergraph.library.estimator.estimator import Estimator
from evergraph.library.summary.writer import FileWriter
from evergraph.library.summary.writer_cache import FileWriterCache
from evergraph.library.train.checkpoint_management import latest_checkpoint
from evergraph.proto.framework.summary_pb2 import Summary
from evergraph.proto.util.event_pb2 import SessionLog


@export("contrib.learn.monitors.SummarySaver")
class SummarySaver(EveryN):
    """Writes summaries. Stands for `tf.contrib.learn.monitors.SummarySaver`.

    Args:
      summary_op: gives a Summary; default: the scaffold's.
      save_steps: after how many steps.
      output_dir: the folder; default: the Estimator's.
      summary_writer: a writer, in place of `output_dir`.
      scaffold: a `tf.train.Scaffold`.
    """

    def __init__(
        self,
        summary_op: Any,
        save_steps: int = 100,
        output_dir: str | None = None,
        summary_writer: Any = None,
        scaffold: Any = None,
    ) -> None:
        super().__init__(every_n_steps=save_steps)
        self._summary_op = summary_op
        self._summary_writer = summary_writer
        if summary_writer is None and output_dir:
            self._summary_writer = FileWriter(output_dir)
        self._scaffold = scaffold

    def set_estimator(self, estimator: Any) -> None:
        """Takes its folder, if there is no writer."""
        super().set_estimator(estimator)
        if self._summary_writer is None:
            self._summary_writer = FileWriter(estimator.model_dir)

    def every_n_step_begin(self, step: int) -> list[Any]:
        """Asks for the summary."""
        super().every_n_step_begin(step)
        if self._summary_op is None and self._scaffold is not None:
            self._summary_op = self._scaffold.summary_op
        return [] if self._summary_op is None else [self._summary_op]

    def every_n_step_end(self, step: int, outputs: dict[Any, Any]) -> bool:
        """Writes it."""
        super().every_n_step_end(step, outputs)
        if self._summary_op is not None and self._summary_writer:
            self._summary_writer.add_summary(_extract_output(outputs, self._summary_op), step)
        return False

    def end(self, session: Any = None) -> None:
        """Flushes the writer."""
        super().end(session=session)
        if self._summary_writer:
            self._summary_writer.flush()


@export("contrib.learn.monitors.ValidationMonitor")
class ValidationMonitor(EveryN):
    """Evaluates new checkpoints during training, and may stop it. Stands for
    `tf.contrib.learn.monitors.ValidationMonitor`.

    Args:
      x, y, input_fn, batch_size, metrics, hooks, name: as of the Estimator's `evaluate`.
      eval_steps: its `steps`.
      every_n_steps: after how many steps to look for a checkpoint.
      early_stopping_rounds: stops where the metric did not improve for so many steps.
      early_stopping_metric: that metric's name.
      early_stopping_metric_minimize: whether less is better.
      check_interval_secs: how many seconds at least between looks.

    Raises:
      ValueError: there is neither `x` nor `input_fn`.
    """

    def __init__(
        self,
        x: Any = None,
        y: Any = None,
        input_fn: Any = None,
        batch_size: int | None = None,
        eval_steps: int | None = None,
        every_n_steps: int = 100,
        metrics: Any = None,
        hooks: Any = None,
        early_stopping_rounds: int | None = None,
        early_stopping_metric: str = "loss",
        early_stopping_metric_minimize: bool = True,
        name: str | None = None,
        check_interval_secs: float | None = 5,
    ) -> None:
        super().__init__(every_n_steps=every_n_steps, first_n_steps=-1)
        if x is None and input_fn is None:
            raise ValueError("Either x or input_fn should be provided.")
        self.x = x
        self.y = y
        self.input_fn = input_fn
        self.batch_size = batch_size
        self.eval_steps = eval_steps
        self.metrics = metrics
        self.hooks = hooks
        self.early_stopping_rounds = early_stopping_rounds
        self.early_stopping_metric = early_stopping_metric
        self.early_stopping_metric_minimize = early_stopping_metric_minimize
        self.name = name
        self._best_value_step: int | None = None
        self._best_value: Any = None
        self._best_metrics: Any = None
        self._early_stopped = False
        self._latest_path: str | None = None
        self._latest_path_step: int | None = None
        self._last_checkpoint_check_time: float | None = None
        self._check_interval_secs = check_interval_secs

    @property
    def early_stopped(self) -> bool:
        """Whether training was stopped."""
        return self._early_stopped

    @property
    def best_step(self) -> int | None:
        """The step of the best value."""
        return self._best_value_step

    @property
    def best_value(self) -> Any:
        """The best value of the metric."""
        return self._best_value

    @property
    def best_metrics(self) -> Any:
        """All metrics of that step."""
        return self._best_metrics

    def every_n_step_end(self, step: int, outputs: dict[Any, Any]) -> bool:
        """Evaluates, if there is a new checkpoint; whether to stop."""
        super().every_n_step_end(step, outputs)
        if self._estimator is None:
            raise ValueError("Missing call to set_estimator.")
        if not self._has_new_checkpoint(step):
            return False
        found = self._evaluate_estimator()
        shown = ", ".join(f"{name} = {value!s}" for name, value in found.items())
        logging.info("Validation (step %d): %s", step, shown)
        return self.early_stopping_rounds is not None and self._is_late(step, found)

    def _has_new_checkpoint(self, step: int) -> bool:
        now, last = time.time(), self._last_checkpoint_check_time
        interval = self._check_interval_secs
        if interval is not None and last is not None and now - last <= interval:
            logging.debug(
                "Skipping evaluation since less than %d seconds have passed since last check for "
                "a new checkpoint.",
                interval,
            )
            return False
        self._last_checkpoint_check_time = now
        path = latest_checkpoint(self._estimator.model_dir)
        if path is None:
            logging.debug(
                "Skipping evaluation since model has not been saved yet at step %d.", step
            )
            return False
        if path == self._latest_path:
            logging.debug(
                "Skipping evaluation due to same checkpoint %s for step %d as for step %d.",
                path,
                step,
                self._latest_path_step,
            )
            return False
        self._latest_path = path
        self._latest_path_step = step
        return True

    def _evaluate_estimator(self) -> dict[str, Any]:
        common = {
            "input_fn": self.input_fn,
            "steps": self.eval_steps,
            "hooks": self.hooks,
            "name": self.name,
        }
        own = {"x": self.x, "y": self.y, "batch_size": self.batch_size, "metrics": self.metrics}
        if not isinstance(self._estimator, Estimator):
            return self._estimator.evaluate(**common, **own)
        if any(value is not None for value in own.values()):
            raise ValueError(
                "tf.estimator.Estimator does not support following arguments: x, y, batch_size, "
                "metrics. Should set as `None` in ValidationMonitor"
            )
        return self._estimator.evaluate(**common)

    def _is_late(self, step: int, found: dict[str, Any]) -> bool:
        if self.early_stopping_metric not in found:
            raise ValueError(
                f"Metric {self.early_stopping_metric} missing from outputs {set(found.keys())}."
            )
        value = found[self.early_stopping_metric]
        less = self.early_stopping_metric_minimize
        if self._best_value is None or (
            value < self._best_value if less else value > self._best_value
        ):
            self._best_value = value
            self._best_metrics = copy.deepcopy(found)
            self._best_value_step = step
        assert self._best_value_step is not None and self.early_stopping_rounds is not None
        if step - self._best_value_step < self.early_stopping_rounds:
            return False
        logging.info(
            f"Stopping. Best step: {self._best_value_step} with {self.early_stopping_metric} = "
            f"{self._best_value}."
        )
        self._early_stopped = True
        return True


@export("contrib.learn.monitors.CheckpointSaver")
class CheckpointSaver(BaseMonitor):
    """Saves checkpoints. Stands for `tf.contrib.learn.monitors.CheckpointSaver`.

    Args:
      checkpoint_dir: the folder.
      save_secs, save_steps: after how many seconds or steps; one of them.
      saver: a Saver; default: the scaffold's.
      checkpoint_basename: first part of the files' names.
      scaffold: a `tf.train.Scaffold`.

    Raises:
      ValueError: both or none of `save_secs` and `save_steps` are given.
    """

    def __init__(
        self,
        checkpoint_dir: str,
        save_secs: float | None = None,
        save_steps: int | None = None,
        saver: Any = None,
        checkpoint_basename: str = "model.ckpt",
        scaffold: Any = None,
    ) -> None:
        logging.info("Create CheckpointSaver.")
        super().__init__()
        self._saver = saver
        self._summary_writer = FileWriterCache.get(checkpoint_dir)
        self._save_path = os.path.join(checkpoint_dir, checkpoint_basename)
        self._scaffold = scaffold
        self._save_secs = save_secs
        self._save_steps = save_steps
        self._last_saved_time: float | None = None
        self._last_begin_step: int | None = None
        self._last_saved_step: int | None = None
        if save_steps is None and save_secs is None:
            raise ValueError("Either save_steps or save_secs should be provided")
        if save_steps is not None and save_secs is not None:
            raise ValueError("Can not provide both save_steps and save_secs.")

    def begin(self, max_steps: int | None = None) -> None:
        """Nothing is saved yet."""
        super().begin(max_steps)
        self._last_saved_time = self._last_begin_step = self._last_saved_step = None

    def step_begin(self, step: int) -> list[Any]:
        """Notes the step."""
        super().step_begin(step)
        self._last_begin_step = step
        return []

    def post_step(self, step: int, session: Any) -> None:
        """Saves, if it is time: always after the first step."""
        super().post_step(step, session)
        if self._last_saved_time is None or self._last_saved_step is None:
            self._save(step, session)
        elif self._save_steps is not None and step >= self._last_saved_step + self._save_steps:
            self._save(step, session)
        elif self._save_secs is not None and time.time() >= self._last_saved_time + self._save_secs:
            self._save(step, session)

    def end(self, session: Any = None) -> None:
        """Saves the last step."""
        super().end(session)
        self._save(self._last_begin_step, session)

    def _save(self, step: int | None, session: Any) -> None:
        if step == self._last_saved_step:
            return
        logging.info("Saving checkpoints for %d into %s.", step, self._save_path)
        self._last_saved_time = time.time()
        self._last_saved_step = step
        saver = self._scaffold.saver if self._saver is None else self._saver
        saver.save(session, self._save_path, global_step=step)
        log = SessionLog(status=SessionLog.CHECKPOINT, checkpoint_path=self._save_path)
        self._summary_writer.add_session_log(log, step)


@export("contrib.learn.monitors.StepCounter")
class StepCounter(EveryN):
    """Writes how many steps a second there are. Stands for
    `tf.contrib.learn.monitors.StepCounter`.

    Args:
      every_n_steps: as of EveryN.
      output_dir: the folder; default: the Estimator's.
      summary_writer: a writer, in place of `output_dir`.
    """

    def __init__(
        self, every_n_steps: int = 100, output_dir: str | None = None, summary_writer: Any = None
    ) -> None:
        super().__init__(every_n_steps=every_n_steps)
        self._last_reported_step: int | None = None
        self._last_reported_time: float | None = None
        self._summary_writer = summary_writer
        if summary_writer is None and output_dir:
            self._summary_writer = FileWriterCache.get(output_dir)

    def set_estimator(self, estimator: Any) -> None:
        """Takes its folder, if there is no writer."""
        super().set_estimator(estimator)
        if self._summary_writer is None:
            self._summary_writer = FileWriterCache.get(estimator.model_dir)

    def every_n_step_end(self, current_step: int, outputs: dict[Any, Any]) -> None:
        """Writes the speed since the last time."""
        now = time.time()
        if self._last_reported_time is not None and self._summary_writer:
            assert self._last_reported_step is not None
            steps = current_step - self._last_reported_step
            speed = steps / (now - self._last_reported_time)
            value = Summary.Value(tag="global_step/sec", simple_value=speed)
            self._summary_writer.add_summary(Summary(value=[value]), current_step)
        self._last_reported_step = current_step
        self._last_reported_time = now


@export("contrib.learn.monitors.get_default_monitors")
@deprecated(None, "Use tf.train.MonitoredTrainingSession.")
def get_default_monitors(
    loss_op: Any = None,
    summary_op: Any = None,
    save_summary_steps: int = 100,
    output_dir: str | None = None,
    summary_writer: Any = None,
) -> list[Any]:
    """Monitors that log the loss and write summaries, as far as these are given. Stands for
    `tf.contrib.learn.monitors.get_default_monitors`."""
    monitors: list[Any] = []
    if loss_op is not None:
        monitors.append(PrintTensor(tensor_names={"loss": loss_op.name}))
    if summary_op is not None:
        monitors.append(SummarySaver(summary_op, save_summary_steps, output_dir, summary_writer))
    return monitors
