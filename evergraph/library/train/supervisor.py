"""Sessions with threads that save and write summaries: `tf.train.Supervisor`."""

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from typing import Any

from evergraph.api import grouping, variables
from evergraph.base import dtypes
from evergraph.base.deprecation import deprecated
from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.graph.defaults import add_to_collection, get_collection
from evergraph.graph.graph import get_default_graph
from evergraph.graph.graph_io import write_graph
from evergraph.graph.keys import GraphKeys
from evergraph.library import meta_graph
from evergraph.library.lookup.base import tables_initializer
from evergraph.library.summary import summary
from evergraph.library.summary.writer import FileWriter
from evergraph.library.train import coordinator, training_util
from evergraph.library.train import saver as saver_lib
from evergraph.library.train.session_manager import SessionManager
from evergraph.proto.framework.summary_pb2 import Summary
from evergraph.proto.util.event_pb2 import SessionLog

_USE_DEFAULT = 0


@export("train.Supervisor")
class Supervisor:
    """Initializes or restores a model, and saves it and writes summaries in threads. Stands for
    `tf.train.Supervisor`.

    What is `USE_DEFAULT` is taken from the graph's collections, or made; None leaves it out.

    Args:
      graph: the graph; default: the default graph. It is finalized.
      ready_op: gives the names of what is not initialized.
      ready_for_local_init_op: the same of what `local_init_op` needs.
      is_chief: whether to initialize, save and write; others wait for the one that does.
      init_op: initializes the model.
      init_feed_dict: values to feed to it.
      local_init_op: initializes local variables and tables.
      logdir: folder of the checkpoints and of the event file.
      summary_op: gives all summaries.
      saver: a Saver.
      global_step: counts steps, and numbers checkpoints and summaries.
      save_summaries_secs: seconds between summaries; 0 for none.
      save_model_secs: seconds between checkpoints; 0 for none.
      recovery_wait_secs: how long to wait until looking for a model again.
      stop_grace_secs: how long threads may take to end.
      checkpoint_basename: first part of the checkpoints' names.
      session_manager: a SessionManager.
      summary_writer: a FileWriter.
      init_fn: called with the session, after `init_op`.
      local_init_run_options: RunOptions for `local_init_op`.

    Raises:
      ValueError: not the chief, and there are variables without a device.
    """

    USE_DEFAULT = _USE_DEFAULT

    @deprecated(None, "Please switch to tf.train.MonitoredTrainingSession")
    def __init__(
        self,
        graph: Any = None,
        ready_op: Any = _USE_DEFAULT,
        ready_for_local_init_op: Any = _USE_DEFAULT,
        is_chief: bool = True,
        init_op: Any = _USE_DEFAULT,
        init_feed_dict: Any = None,
        local_init_op: Any = _USE_DEFAULT,
        logdir: str | None = None,
        summary_op: Any = _USE_DEFAULT,
        saver: Any = _USE_DEFAULT,
        global_step: Any = _USE_DEFAULT,
        save_summaries_secs: float = 120,
        save_model_secs: float = 600,
        recovery_wait_secs: float = 30,
        stop_grace_secs: float = 120,
        checkpoint_basename: str = "model.ckpt",
        session_manager: Any = None,
        summary_writer: Any = _USE_DEFAULT,
        init_fn: Any = None,
        local_init_run_options: Any = None,
    ) -> None:
        self._graph = get_default_graph() if graph is None else graph
        keys = GraphKeys
        with self._graph.as_default():
            # The order in which TensorFlow adds the nodes.
            self._ready_op = _chosen(
                ready_op, keys.READY_OP, variables.report_uninitialized_variables
            )
            self._ready_for_local_init_op = _chosen(
                ready_for_local_init_op, keys.READY_FOR_LOCAL_INIT_OP
            )
            self._init_op = _chosen(init_op, keys.INIT_OP, variables.global_variables_initializer)
            self._local_init_op = _chosen(local_init_op, keys.LOCAL_INIT_OP, _local_init_op)
            self._saver = _chosen(saver, keys.SAVERS, _saver)
            self._summary_op = _chosen(summary_op, keys.SUMMARY_OP, summary.merge_all)
            self._global_step = _chosen(global_step, keys.GLOBAL_STEP, _global_step)
        self._init_feed_dict = init_feed_dict
        self._meta_graph_def = meta_graph.create_meta_graph_def(
            graph_def=self._graph.as_graph_def(add_shapes=True),
            saver_def=self._saver.saver_def if self._saver else None,
        )
        self._is_chief = is_chief
        self._coord = coordinator.Coordinator()
        self._stop_grace_secs = stop_grace_secs
        self._init_fn = init_fn
        self._logdir = logdir if is_chief else None
        self._save_summaries_secs = save_summaries_secs if is_chief else None
        self._save_model_secs = save_model_secs if is_chief else None
        self._save_path = os.path.join(logdir, checkpoint_basename) if self._logdir else None
        self._summary_writer = None
        self._graph_added_to_summary = False
        if is_chief and summary_writer is not Supervisor.USE_DEFAULT:
            self._summary_writer = summary_writer
        elif self._logdir:
            self._summary_writer = FileWriter(self._logdir)
        self._session_manager = session_manager or SessionManager(
            local_init_op=self._local_init_op,
            ready_op=self._ready_op,
            ready_for_local_init_op=self._ready_for_local_init_op,
            graph=self._graph,
            recovery_wait_secs=recovery_wait_secs,
            local_init_run_options=local_init_run_options,
        )
        self._verify_setup()
        self._graph.finalize()

    @property
    def is_chief(self) -> bool:
        """Whether it initializes, saves and writes."""
        return self._is_chief

    @property
    def session_manager(self) -> Any:
        """The SessionManager."""
        return self._session_manager

    @property
    def coord(self) -> Any:
        """The Coordinator of the threads."""
        return self._coord

    @property
    def init_op(self) -> Any:
        """Initializes the model."""
        return self._init_op

    @property
    def init_feed_dict(self) -> Any:
        """Values to feed to `init_op`."""
        return self._init_feed_dict

    @property
    def ready_op(self) -> Any:
        """Gives the names of what is not initialized."""
        return self._ready_op

    @property
    def ready_for_local_init_op(self) -> Any:
        """Gives the names of what `local_init_op` needs and is not initialized."""
        return self._ready_for_local_init_op

    @property
    def summary_writer(self) -> Any:
        """The writer of the event file."""
        return self._summary_writer

    @property
    def summary_op(self) -> Any:
        """Gives all summaries."""
        return self._summary_op

    @property
    def save_summaries_secs(self) -> Any:
        """Seconds between summaries."""
        return self._save_summaries_secs

    @property
    def global_step(self) -> Any:
        """The global step."""
        return self._global_step

    @property
    def saver(self) -> Any:
        """The Saver."""
        return self._saver

    @property
    def save_model_secs(self) -> Any:
        """Seconds between checkpoints."""
        return self._save_model_secs

    @property
    def save_path(self) -> Any:
        """Folder and first part of the name of the checkpoints."""
        return self._save_path

    def _write_graph(self) -> None:
        """Writes the graph to the folder, and once to the event file."""
        assert self._is_chief
        if self._logdir:
            graph_def = self._graph.as_graph_def(add_shapes=True)
            write_graph(graph_def, self._logdir, "graph.pbtxt")
        if self._summary_writer and not self._graph_added_to_summary:
            self._summary_writer.add_graph(self._graph)
            self._summary_writer.add_meta_graph(self._meta_graph_def)
            self._graph_added_to_summary = True

    def start_standard_services(self, sess: Any) -> Any:
        """Starts the threads that save and write summaries, and gives them.

        Raises:
          RuntimeError: this is not the chief.
        """
        if not self._is_chief:
            raise RuntimeError(
                "Only chief supervisor can start standard services. Because only chief supervisors "
                "can write events."
            )
        if not self._logdir:
            logging.warning("Standard services need a 'logdir' passed to the SessionManager")
            return None
        writer = self._summary_writer
        if self._global_step is not None and writer:
            step = training_util.global_step(sess, self._global_step)
            writer.add_session_log(SessionLog(status=SessionLog.START), step)
        threads: list[coordinator.LooperThread] = []
        if self._save_summaries_secs and writer:
            if self._summary_op is not None:
                threads.append(SVSummaryThread(self, sess))
            if self._global_step is not None:
                threads.append(SVStepCounterThread(self, sess))
        if self.saver and self._save_model_secs:
            threads.append(SVTimerCheckpointThread(self, sess))
        for thread in threads:
            thread.start()
        return threads

    def prepare_or_wait_for_session(
        self,
        master: str = "",
        config: Any = None,
        wait_for_checkpoint: bool = False,
        max_wait_secs: float = 7200,
        start_standard_services: bool = True,
    ) -> Any:
        """A session with a model that is ready, and with its threads started.

        Args:
          master: the session's target.
          config: a ConfigProto.
          wait_for_checkpoint: whether the chief waits for a checkpoint.
          max_wait_secs: how long to wait.
          start_standard_services: whether to start the threads.
        """
        self._coord.clear_stop()
        if self._summary_writer:
            self._summary_writer.reopen()
        if self._is_chief:
            session = self._session_manager.prepare_session(
                master,
                init_op=self.init_op,
                saver=self.saver,
                checkpoint_dir=self._logdir,
                wait_for_checkpoint=wait_for_checkpoint,
                max_wait_secs=max_wait_secs,
                config=config,
                init_feed_dict=self._init_feed_dict,
                init_fn=self._init_fn,
            )
            self._write_graph()
            if start_standard_services:
                logging.info("Starting standard services.")
                self.start_standard_services(session)
        else:
            session = self._session_manager.wait_for_session(
                master, config=config, max_wait_secs=max_wait_secs
            )
        if start_standard_services:
            logging.info("Starting queue runners.")
            self.start_queue_runners(session)
        return session

    def start_queue_runners(self, sess: Any, queue_runners: Any = None) -> list[Any]:
        """Starts the threads of queue runners (default: of all in the graph), and gives them."""
        if queue_runners is None:
            queue_runners = self._graph.get_collection(GraphKeys.QUEUE_RUNNERS)
        return [
            thread
            for runner in queue_runners
            for thread in runner.create_threads(sess, coord=self._coord, daemon=True, start=True)
        ]

    def loop(
        self,
        timer_interval_secs: float | None,
        target: Callable[..., Any],
        args: Any = None,
        kwargs: Any = None,
    ) -> coordinator.LooperThread:
        """Starts a thread that calls a function every so many seconds, and gives it."""
        looper = coordinator.LooperThread(
            self._coord, timer_interval_secs, target=target, args=args, kwargs=kwargs
        )
        looper.start()
        return looper

    def stop(
        self,
        threads: Any = None,
        close_summary_writer: bool = True,
        ignore_live_threads: bool = False,
    ) -> None:
        """Ends the threads, and raises what they raised.

        Args:
          threads: more threads to wait for.
          close_summary_writer: whether to close the event file.
          ignore_live_threads: whether threads that take too long are left alone.
        """
        self._coord.request_stop()
        try:
            self._coord.join(
                threads,
                stop_grace_period_secs=self._stop_grace_secs,
                ignore_live_threads=ignore_live_threads,
            )
        finally:
            if close_summary_writer and self._summary_writer:
                self._summary_writer.add_session_log(SessionLog(status=SessionLog.STOP))
                self._summary_writer.close()
                self._graph_added_to_summary = False

    def request_stop(self, ex: Any = None) -> None:
        """Asks the threads to stop, perhaps because of an exception."""
        self._coord.request_stop(ex=ex)

    def should_stop(self) -> bool:
        """Whether a stop was asked for."""
        return bool(self._coord.should_stop())

    def stop_on_exception(self) -> Any:
        """A block that asks for a stop where it raises."""
        return self._coord.stop_on_exception()

    def wait_for_stop(self) -> None:
        """Waits until a stop is asked for."""
        self._coord.wait_for_stop()

    def summary_computed(self, sess: Any, summary: Any, global_step: Any = None) -> None:
        """Writes a summary.

        Args:
          sess: the session, to read the global step.
          summary: a Summary message, or one as bytes.
          global_step: its step, if it is not the present one.

        Raises:
          RuntimeError: there is no writer.
        """
        if not self._summary_writer:
            raise RuntimeError("Writing a summary requires a summary writer.")
        if global_step is None and self.global_step is not None:
            global_step = training_util.global_step(sess, self.global_step)
        self._summary_writer.add_summary(summary, global_step)

    def _verify_setup(self) -> None:
        """Complains of variables without a device, where there are several workers."""
        if self._is_chief:
            return
        for op in self._graph.get_operations():
            if op.type in ("Variable", "VariableV2") and not op.device:
                raise ValueError(
                    f"When using replicas, all Variables must have their device set: {op}"
                )

    @contextlib.contextmanager
    def managed_session(
        self,
        master: str = "",
        config: Any = None,
        start_standard_services: bool = True,
        close_summary_writer: bool = True,
    ) -> Iterator[Any]:
        """A block with a session that is ready; at its end threads are ended and the session is
        closed. Arguments as those of `prepare_or_wait_for_session` and `stop`."""
        session: Any = None
        try:
            session = self.prepare_or_wait_for_session(
                master=master, config=config, start_standard_services=start_standard_services
            )
            yield session
        except Exception as error:
            self.request_stop(error)
        finally:
            try:
                # Raises what the block or a thread raised.
                self.stop(close_summary_writer=close_summary_writer)
            finally:
                # Threads that did not end may still use it.
                with contextlib.suppress(Exception):
                    session.close()

    PrepareSession = prepare_or_wait_for_session
    StartQueueRunners = start_queue_runners
    StartStandardServices = start_standard_services
    Stop = stop
    RequestStop = request_stop
    Loop = loop
    ShouldStop = should_stop
    StopOnException = stop_on_exception
    WaitForStop = wait_for_stop
    SummaryComputed = summary_computed


def _chosen(given: Any, key: str, make: Callable[[], Any] | None = None) -> Any:
    """What is given; by default the first of a collection, or what `make` gives, which is put
    there."""
    if given is not Supervisor.USE_DEFAULT:
        return given
    held = get_collection(key)
    if len(held) > 1:
        logging.info("Found %d %s operations. Returning the first one.", len(held), key)
    if held:
        return held[0]
    made = make() if make else None
    if made is not None:
        add_to_collection(key, made)
    return made


def _local_init_op() -> Any:
    return grouping.group(variables.local_variables_initializer(), tables_initializer())


def _saver() -> Any:
    return saver_lib.Saver() if variables.global_variables() else None


def _global_step() -> Any:
    """The tensor `global_step:0`, if it is an integer."""
    try:
        step = get_default_graph().get_tensor_by_name("global_step:0")
    except KeyError:
        return None
    if step.dtype.base_dtype in (dtypes.int32, dtypes.int64):
        return step
    logging.warning("Found 'global_step' is not an int type: %s", step.dtype)
    return None


class SVSummaryThread(coordinator.LooperThread):
    """Writes the summaries of a Supervisor.

    Args:
      sv: the Supervisor.
      sess: the session.
    """

    def __init__(self, sv: Any, sess: Any) -> None:
        super().__init__(sv.coord, sv.save_summaries_secs)
        self._sv = sv
        self._sess = sess

    def run_loop(self) -> None:
        """Writes them once."""
        step: Any = None
        if self._sv.global_step is not None:
            text, step = self._sess.run([self._sv.summary_op, self._sv.global_step])
        else:
            text = self._sess.run(self._sv.summary_op)
        if self._sv.summary_writer:
            logging.info("Recording summary at step %s.", step)
            self._sv.summary_writer.add_summary(text, step)


class SVStepCounterThread(coordinator.LooperThread):
    """Writes how many steps a second a Supervisor's training makes.

    Args:
      sv: the Supervisor.
      sess: the session.
      step_counter: what counts steps; default: the global step.
    """

    def __init__(self, sv: Any, sess: Any, step_counter: Any = None) -> None:
        super().__init__(sv.coord, sv.save_summaries_secs)
        self._sv = sv
        self._sess = sess
        self._last_time = 0.0
        self._last_step = 0
        self._step_counter = sv.global_step if step_counter is None else step_counter
        self._summary_tag = f"{self._step_counter.op.name}/sec"

    def start_loop(self) -> None:
        """Begins to count."""
        self._last_time = time.time()
        self._last_step = training_util.global_step(self._sess, self._step_counter)

    def run_loop(self) -> None:
        """Writes the steps a second since the last time."""
        step = training_util.global_step(self._sess, self._step_counter)
        now = time.time()
        added, elapsed = step - self._last_step, now - self._last_time
        self._last_step, self._last_time = step, now
        speed = added / elapsed if elapsed > 0 else float("inf")
        value = Summary.Value(tag=self._summary_tag, simple_value=speed)
        if self._sv.summary_writer:
            self._sv.summary_writer.add_summary(Summary(value=[value]), step)
        logging.log_first_n(logging.INFO, "%s: %g", 10, self._summary_tag, speed)


class SVTimerCheckpointThread(coordinator.LooperThread):
    """Writes the checkpoints of a Supervisor.

    Args:
      sv: the Supervisor.
      sess: the session.
    """

    def __init__(self, sv: Any, sess: Any) -> None:
        super().__init__(sv.coord, sv.save_model_secs)
        self._sv = sv
        self._sess = sess

    def run_loop(self) -> None:
        """Writes one."""
        sv = self._sv
        logging.info("Saving checkpoint to path %s", sv.save_path)
        sv.saver.save(self._sess, sv.save_path, global_step=sv.global_step)
        if sv.summary_writer and sv.global_step is not None:
            step = training_util.global_step(self._sess, sv.global_step)
            sv.summary_writer.add_session_log(
                SessionLog(status=SessionLog.CHECKPOINT, checkpoint_path=sv.save_path), step
            )
