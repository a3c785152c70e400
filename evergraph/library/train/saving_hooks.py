"""Hooks that write: checkpoints, summaries, steps a second, profiles."""

import os
from typing import Any

from evergraph.base.export import export
from evergraph.base.platform import gfile, logging
from evergraph.graph.defaults import get_collection
from evergraph.graph.graph import get_default_graph
from evergraph.graph.graph_io import write_graph
from evergraph.graph.keys import GraphKeys
from evergraph.library import meta_graph
from evergraph.library.client import timeline
from evergraph.library.train import summary_io, training_util
from evergraph.library.train.basic_session_run_hooks import global_step_read
from evergraph.library.train.hook_timers import SecondOrStepTimer
from evergraph.library.train.session_run_hook import SessionRunArgs, SessionRunHook
from evergraph.proto.framework.summary_pb2 import Summary
from evergraph.proto.protobuf.config_pb2 import RunOptions
from evergraph.proto.util.event_pb2 import SessionLog


@export("train.CheckpointSaverListener", "estimator.CheckpointSaverListener")
class CheckpointSaverListener:
    """Called around each checkpoint of a CheckpointSaverHook; all methods may be left out. Stands
    for `tf.train.CheckpointSaverListener`."""

    def begin(self) -> None:
        """Called once, before the session is created."""

    def before_save(self, session: Any, global_step_value: Any) -> None:
        """Called before a checkpoint is written."""

    def after_save(self, session: Any, global_step_value: Any) -> Any:
        """Called after a checkpoint was written; training stops if it returns True."""

    def end(self, session: Any, global_step_value: Any) -> None:
        """Called once, at the end."""


@export("train.CheckpointSaverHook", "estimator.CheckpointSaverHook")
class CheckpointSaverHook(SessionRunHook):
    """Writes checkpoints: at the beginning, every so often, and at the end. Stands for
    `tf.train.CheckpointSaverHook`.

    Args:
      checkpoint_dir: the folder.
      save_secs: seconds from one checkpoint to the next.
      save_steps: or steps.
      saver: a Saver.
      checkpoint_basename: first part of the files' names.
      scaffold: a Scaffold, whose saver to take; default for both: the one in the collection SAVERS.
      listeners: CheckpointSaverListeners.

    Raises:
      ValueError: both or none of `save_secs` and `save_steps`, or both `saver` and `scaffold`.
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
        logging.info("Create CheckpointSaverHook.")
        if saver is not None and scaffold is not None:
            raise ValueError("You cannot provide both saver and scaffold.")
        self._saver = saver
        self._checkpoint_dir = checkpoint_dir
        self._save_path = os.path.join(checkpoint_dir, checkpoint_basename)
        self._scaffold = scaffold
        self._timer = SecondOrStepTimer(every_secs=save_secs, every_steps=save_steps)
        self._listeners = listeners or []
        self._steps_per_run = 1

    def _set_steps_per_run(self, steps_per_run: int) -> None:
        self._steps_per_run = steps_per_run

    def begin(self) -> None:
        """Opens the event file."""
        self._summary_writer = summary_io.SummaryWriterCache.get(self._checkpoint_dir)
        self._global_step_tensor = global_step_read("CheckpointSaverHook")
        for listener in self._listeners:
            listener.begin()

    def after_create_session(self, session: Any, coord: Any) -> None:
        """Writes the graph and a checkpoint."""
        global_step = session.run(self._global_step_tensor)
        graph = get_default_graph()
        graph_def = graph.as_graph_def(add_shapes=True)
        write_graph(graph_def, self._checkpoint_dir, "graph.pbtxt")
        saver = self._get_saver()
        saver_def = saver.saver_def if saver else None
        self._summary_writer.add_graph(graph)
        self._summary_writer.add_meta_graph(
            meta_graph.create_meta_graph_def(graph_def=graph_def, saver_def=saver_def)
        )
        self._save(session, global_step)
        self._timer.update_last_triggered_step(global_step)

    def before_run(self, run_context: Any) -> Any:
        """Asks for the global step."""
        return SessionRunArgs(self._global_step_tensor)

    def after_run(self, run_context: Any, run_values: Any) -> None:
        """Writes a checkpoint when it is time."""
        if not self._timer.should_trigger_for_step(run_values.results + self._steps_per_run):
            return
        # The step that came with the run is from before it.
        global_step = run_context.session.run(self._global_step_tensor)
        if self._timer.should_trigger_for_step(global_step):
            self._timer.update_last_triggered_step(global_step)
            if self._save(run_context.session, global_step):
                run_context.request_stop()

    def end(self, session: Any) -> None:
        """Writes the last checkpoint."""
        last_step = session.run(self._global_step_tensor)
        if last_step != self._timer.last_triggered_step():
            self._save(session, last_step)
        for listener in self._listeners:
            listener.end(session, last_step)

    def _save(self, session: Any, step: Any) -> bool:
        """Writes a checkpoint; whether a listener wants to stop."""
        logging.info("Saving checkpoints for %d into %s.", step, self._save_path)
        for listener in self._listeners:
            listener.before_save(session, step)
        self._get_saver().save(session, self._save_path, global_step=step)
        self._summary_writer.add_session_log(
            SessionLog(status=SessionLog.CHECKPOINT, checkpoint_path=self._save_path), step
        )
        should_stop = False
        for listener in self._listeners:
            if listener.after_save(session, step):
                logging.info(
                    "A CheckpointSaverListener requested that training be stopped. listener: "
                    f"{listener}"
                )
                should_stop = True
        return should_stop

    def _get_saver(self) -> Any:
        if self._saver is not None:
            return self._saver
        if self._scaffold is not None:
            return self._scaffold.saver
        savers = get_collection(GraphKeys.SAVERS)
        if not savers:
            raise RuntimeError(
                f"No items in collection {GraphKeys.SAVERS}. Please add a saver to the collection "
                "or provide a saver or scaffold."
            )
        if len(savers) > 1:
            raise RuntimeError(
                f"More than one item in collection {GraphKeys.SAVERS}. Please indicate which one "
                "to use by passing it to the constructor."
            )
        self._saver = savers[0]
        return self._saver


@export("train.StepCounterHook", "estimator.StepCounterHook")
class StepCounterHook(SessionRunHook):
    """Logs and writes how many steps a second are made. Stands for `tf.train.StepCounterHook`.

    Args:
      every_n_steps: steps from one time to the next.
      every_n_secs: or seconds.
      output_dir: a folder for the event file.
      summary_writer: or a writer.

    Raises:
      ValueError: both or none of the intervals are given.
    """

    def __init__(
        self,
        every_n_steps: int | None = 100,
        every_n_secs: float | None = None,
        output_dir: str | None = None,
        summary_writer: Any = None,
    ) -> None:
        if (every_n_steps is None) == (every_n_secs is None):
            raise ValueError("exactly one of every_n_steps and every_n_secs should be provided.")
        self._timer = SecondOrStepTimer(every_steps=every_n_steps, every_secs=every_n_secs)
        self._summary_writer = summary_writer
        self._output_dir = output_dir
        self._last_global_step: Any = None
        self._steps_per_run = 1

    def _set_steps_per_run(self, steps_per_run: int) -> None:
        self._steps_per_run = steps_per_run

    def begin(self) -> None:
        """Opens the event file."""
        if self._summary_writer is None and self._output_dir:
            self._summary_writer = summary_io.SummaryWriterCache.get(self._output_dir)
        self._global_step_tensor = global_step_read("StepCounterHook")
        self._summary_tag = training_util.get_global_step().op.name + "/sec"

    def before_run(self, run_context: Any) -> Any:
        """Asks for the global step."""
        return SessionRunArgs(self._global_step_tensor)

    def _log_and_record(self, elapsed_steps: int, elapsed_time: float, global_step: Any) -> None:
        """Logs and writes; may be replaced by subclasses."""
        steps_per_sec = elapsed_steps / elapsed_time
        if self._summary_writer is not None:
            value = Summary.Value(tag=self._summary_tag, simple_value=steps_per_sec)
            self._summary_writer.add_summary(Summary(value=[value]), global_step)
        logging.info("%s: %g", self._summary_tag, steps_per_sec)

    def after_run(self, run_context: Any, run_values: Any) -> None:
        """Counts, and tells when it is time."""
        stale_step = run_values.results
        if self._timer.should_trigger_for_step(stale_step + self._steps_per_run):
            global_step = run_context.session.run(self._global_step_tensor)
            if self._timer.should_trigger_for_step(global_step):
                elapsed_time, steps = self._timer.update_last_triggered_step(global_step)
                if elapsed_time is not None and steps is not None:
                    self._log_and_record(steps, elapsed_time, global_step)
        if stale_step == self._last_global_step:
            logging.log_first_n(
                logging.WARN,
                "It seems that global step (tf.train.get_global_step) has not been increased. "
                "Current value (could be stable): %s vs previous value: %s. You could increase "
                "the global step by passing tf.train.get_global_step() to "
                "Optimizer.apply_gradients or Optimizer.minimize.",
                5,
                stale_step,
                self._last_global_step,
            )
        self._last_global_step = stale_step


@export("train.SummarySaverHook", "estimator.SummarySaverHook")
class SummarySaverHook(SessionRunHook):
    """Writes summaries every so often. Stands for `tf.train.SummarySaverHook`.

    Args:
      save_steps: steps from one time to the next.
      save_secs: or seconds.
      output_dir: a folder for the event file.
      summary_writer: or a writer.
      scaffold: a Scaffold, whose summary node to run.
      summary_op: or a node, or a list of them.

    Raises:
      ValueError: not exactly one of `scaffold` and `summary_op` is given.
    """

    def __init__(
        self,
        save_steps: int | None = None,
        save_secs: float | None = None,
        output_dir: str | None = None,
        summary_writer: Any = None,
        scaffold: Any = None,
        summary_op: Any = None,
    ) -> None:
        if (scaffold is None) == (summary_op is None):
            raise ValueError("Exactly one of scaffold or summary_op must be provided.")
        self._summary_op = summary_op
        self._summary_writer = summary_writer
        self._output_dir = output_dir
        self._scaffold = scaffold
        self._timer = SecondOrStepTimer(every_secs=save_secs, every_steps=save_steps)

    def begin(self) -> None:
        """Opens the event file."""
        if self._summary_writer is None and self._output_dir:
            self._summary_writer = summary_io.SummaryWriterCache.get(self._output_dir)
        self._next_step: Any = None
        self._global_step_tensor = global_step_read("SummarySaverHook")

    def before_run(self, run_context: Any) -> Any:
        """Asks for the global step, and for summaries when it is time."""
        self._request_summary = self._next_step is None or self._timer.should_trigger_for_step(
            self._next_step
        )
        requests = {"global_step": self._global_step_tensor}
        if self._request_summary:
            summaries = self._get_summary_op()
            if summaries is not None:
                requests["summary"] = summaries
        return SessionRunArgs(requests)

    def after_run(self, run_context: Any, run_values: Any) -> None:
        """Writes the summaries."""
        if not self._summary_writer:
            return
        first = self._next_step is None
        global_step = run_values.results["global_step"] + 1
        if self._request_summary:
            # The step that came with the run is from before it.
            global_step = run_context.session.run(self._global_step_tensor)
        if first:
            self._summary_writer.add_session_log(SessionLog(status=SessionLog.START), global_step)
        if self._request_summary:
            self._timer.update_last_triggered_step(global_step)
            for summary in run_values.results.get("summary", ()):
                self._summary_writer.add_summary(summary, global_step)
        self._next_step = global_step + 1

    def end(self, session: Any = None) -> None:
        """Flushes the event file."""
        if self._summary_writer:
            self._summary_writer.flush()

    def _get_summary_op(self) -> Any:
        """The nodes to run, as a list; None if there are none."""
        found = self._scaffold.summary_op if self._summary_op is None else self._summary_op
        return found if found is None or isinstance(found, list) else [found]


@export("train.ProfilerHook", "estimator.ProfilerHook")
class ProfilerHook(SessionRunHook):
    """Writes what a run takes, every so often: a trace for Chrome, and RunMetadata for TensorBoard.
    Stands for `tf.train.ProfilerHook`.

    Args:
      save_steps: steps from one time to the next.
      save_secs: or seconds.
      output_dir: the folder; files are called `timeline-STEP.json`.
      show_dataflow: whether the trace shows which node waits for which.
      show_memory: whether it shows tensors' memory.
    """

    def __init__(
        self,
        save_steps: int | None = None,
        save_secs: float | None = None,
        output_dir: str = "",
        show_dataflow: bool = True,
        show_memory: bool = False,
    ) -> None:
        self._output_file = os.path.join(output_dir, "timeline-{}.json")
        self._file_writer = summary_io.SummaryWriterCache.get(output_dir)
        self._show_dataflow = show_dataflow
        self._show_memory = show_memory
        self._timer = SecondOrStepTimer(every_secs=save_secs, every_steps=save_steps)

    def begin(self) -> None:
        """Finds the global step; raises RuntimeError if there is none."""
        self._next_step: Any = None
        self._global_step_tensor = global_step_read("ProfilerHook")

    def before_run(self, run_context: Any) -> Any:
        """Asks for a trace when it is time; never at the first run, which is not like others."""
        self._request_summary = self._next_step is not None and self._timer.should_trigger_for_step(
            self._next_step
        )
        options = RunOptions(trace_level=RunOptions.FULL_TRACE) if self._request_summary else None
        return SessionRunArgs({"global_step": self._global_step_tensor}, options=options)

    def after_run(self, run_context: Any, run_values: Any) -> None:
        """Writes the trace."""
        stale_step = run_values.results["global_step"]
        if self._next_step is None:
            self._timer.update_last_triggered_step(stale_step)
        global_step = stale_step + 1
        if self._request_summary:
            global_step = run_context.session.run(self._global_step_tensor)
            self._timer.update_last_triggered_step(global_step)
            path = self._output_file.format(global_step)
            self._save(global_step, path, run_values.run_metadata.step_stats)
            self._file_writer.add_run_metadata(run_values.run_metadata, f"step_{global_step}")
        self._next_step = global_step + 1

    def _save(self, step: Any, save_path: str, step_stats: Any) -> None:
        logging.info("Saving timeline for %d into '%s'.", step, save_path)
        trace = timeline.Timeline(step_stats).generate_chrome_trace_format(
            show_dataflow=self._show_dataflow, show_memory=self._show_memory
        )
        with gfile.Open(save_path, "w") as file:
            file.write(trace)
