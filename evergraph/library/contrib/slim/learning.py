"""slim.learning: training steps, and a loop that runs them."""

import os
import sys
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from evergraph.api import clip_ops, grouping, math_ops, variables
from evergraph.base import errors
from evergraph.base.export import export
from evergraph.base.platform import file_io, logging
from evergraph.graph.composite import IndexedSlices
from evergraph.graph.constant import constant
from evergraph.graph.defaults import control_dependencies, name_scope
from evergraph.graph.graph import get_default_graph
from evergraph.graph.tensor import Tensor
from evergraph.library.client import timeline
from evergraph.library.contrib.training import training
from evergraph.library.lookup.base import tables_initializer
from evergraph.library.summary import summary
from evergraph.library.train import saver as tf_saver
from evergraph.library.train import training_util
from evergraph.library.train.optimizer import Optimizer
from evergraph.library.train.supervisor import Supervisor
from evergraph.proto.protobuf.config_pb2 import RunMetadata, RunOptions

GradsAndVars = list[tuple[Any, Any]]

# Stand for what the graph has, or what is made for it.
_USE_DEFAULT = 0
_USE_GLOBAL_STEP = training._USE_GLOBAL_STEP


def _is_default(given: Any) -> bool:
    return isinstance(given, int) and given == _USE_DEFAULT


@export("contrib.slim.learning.clip_gradient_norms")
def clip_gradient_norms(gradients_to_variables: GradsAndVars, max_norm: Any) -> GradsAndVars:
    """Gradients, each scaled down to a norm of at most `max_norm`."""
    return training.clip_gradient_norms(gradients_to_variables, max_norm)


@export("contrib.slim.learning.multiply_gradients")
def multiply_gradients(grads_and_vars: Any, gradient_multipliers: Any) -> GradsAndVars:
    """Gradients times factors, which are a dict by variable or its name.

    Raises:
      ValueError: an argument is of another type or empty, or a gradient with a factor is None.
    """
    return training.multiply_gradients(grads_and_vars, gradient_multipliers)


@export("contrib.slim.learning.add_gradients_summaries")
def add_gradients_summaries(grads_and_vars: GradsAndVars) -> list[Tensor]:
    """A histogram of each gradient, and its norm."""
    made = []
    for gradient, variable in grads_and_vars:
        name = variable.op.name
        if gradient is None:
            logging.info("Var %s has no gradient", name)
            continue
        values = gradient.values if isinstance(gradient, IndexedSlices) else gradient
        made.append(summary.histogram(f"{name}/gradient", values))
        made.append(summary.scalar(f"{name}/gradient_norm", clip_ops.global_norm([values])))
    return made


@export("contrib.slim.learning.create_train_op")
def create_train_op(
    total_loss: Any,
    optimizer: Optimizer,
    global_step: Any = _USE_GLOBAL_STEP,
    update_ops: Any = None,
    variables_to_train: Any = None,
    clip_gradient_norm: float = 0,
    summarize_gradients: bool = False,
    gate_gradients: int = Optimizer.GATE_OP,
    aggregation_method: Any = None,
    colocate_gradients_with_ops: bool = False,
    gradient_multipliers: Any = None,
    check_numerics: bool = True,
) -> Tensor:
    """A training step: updates, gradients, and the loss afterwards. Stands for
    `slim.learning.create_train_op`.

    Args:
      clip_gradient_norm: the largest norm of each gradient; 0 for no bound.
      gradient_multipliers: factors of gradients, by variable or its name.
      total_loss and the others: as of `tf.contrib.training.create_train_op`.
    """

    def transform_grads_fn(gradients: GradsAndVars) -> GradsAndVars:
        if gradient_multipliers:
            with name_scope("multiply_grads"):
                gradients = multiply_gradients(gradients, gradient_multipliers)
        if clip_gradient_norm > 0:
            with name_scope("clip_grads"):
                gradients = clip_gradient_norms(gradients, clip_gradient_norm)
        return gradients

    return training.create_train_op(
        total_loss=total_loss,
        optimizer=optimizer,
        global_step=global_step,
        update_ops=update_ops,
        variables_to_train=variables_to_train,
        transform_grads_fn=transform_grads_fn,
        summarize_gradients=summarize_gradients,
        gate_gradients=gate_gradients,
        aggregation_method=aggregation_method,
        colocate_gradients_with_ops=colocate_gradients_with_ops,
        check_numerics=check_numerics,
    )


def _wait_for_step(sess: Any, global_step: Any, step: int) -> None:
    """Waits until another session has made that many steps."""
    while training_util.global_step(sess, global_step) < step:
        time.sleep(1.0)


@export("contrib.slim.learning.train_step")
def train_step(
    sess: Any, train_op: Any, global_step: Any, train_step_kwargs: dict[str, Any]
) -> tuple[Any, Any]:
    """Runs a training step. Stands for `slim.learning.train_step`.

    Args:
      sess: the session.
      train_op: gives the loss.
      global_step: counts steps.
      train_step_kwargs: tensors "should_stop", "should_log" and "should_trace", and "logdir" and
        "summary_writer" for the trace.

    Returns:
      The loss, and whether to stop.

    Raises:
      ValueError: "should_trace" without "logdir".
    """
    start_time = time.time()
    options = metadata = None
    if "should_trace" in train_step_kwargs:
        if "logdir" not in train_step_kwargs:
            raise ValueError(
                "logdir must be present in train_step_kwargs when should_trace is present"
            )
        if sess.run(train_step_kwargs["should_trace"]):
            options = RunOptions(trace_level=RunOptions.FULL_TRACE)
            metadata = RunMetadata()
    total_loss, step = sess.run([train_op, global_step], options=options, run_metadata=metadata)
    seconds = time.time() - start_time
    if metadata is not None:
        _write_trace(metadata, step, train_step_kwargs)
    if "should_log" in train_step_kwargs and sess.run(train_step_kwargs["should_log"]):
        logging.info("global step %d: loss = %.4f (%.3f sec/step)", step, total_loss, seconds)
    should_stop = train_step_kwargs.get("should_stop")
    return total_loss, False if should_stop is None else sess.run(should_stop)


def _write_trace(metadata: Any, step: int, train_step_kwargs: dict[str, Any]) -> None:
    trace = timeline.Timeline(metadata.step_stats).generate_chrome_trace_format()
    filename = os.path.join(train_step_kwargs["logdir"], f"tf_trace-{step}.json")
    logging.info("Writing trace to %s", filename)
    file_io.write_string_to_file(filename, trace)
    if "summary_writer" in train_step_kwargs:
        writer = train_step_kwargs["summary_writer"]
        writer.add_run_metadata(metadata, f"run_metadata-{step}")


@export("contrib.slim.learning.train")
def train(
    train_op: Any,
    logdir: str | None,
    train_step_fn: Callable[..., tuple[Any, Any]] = train_step,
    train_step_kwargs: Any = _USE_DEFAULT,
    log_every_n_steps: int = 1,
    graph: Any = None,
    master: str = "",
    is_chief: bool = True,
    global_step: Any = None,
    number_of_steps: int | None = None,
    init_op: Any = _USE_DEFAULT,
    init_feed_dict: Any = None,
    local_init_op: Any = _USE_DEFAULT,
    init_fn: Any = None,
    ready_op: Any = _USE_DEFAULT,
    summary_op: Any = _USE_DEFAULT,
    save_summaries_secs: float = 600,
    summary_writer: Any = _USE_DEFAULT,
    startup_delay_steps: int = 0,
    saver: Any = None,
    save_interval_secs: float = 600,
    sync_optimizer: Any = None,
    session_config: Any = None,
    session_wrapper: Any = None,
    trace_every_n_steps: int | None = None,
    ignore_live_threads: bool = False,
) -> Any:
    """Runs training steps under a Supervisor, which saves the model and writes summaries. Stands
    for `slim.learning.train`.

    Args:
      train_op: a training step that gives the loss; see `create_train_op`.
      logdir: the folder of checkpoints and summaries; None for none.
      train_step_fn, train_step_kwargs: run for each step; see `train_step`.
      log_every_n_steps: how often the loss is logged.
      graph: default: the default graph.
      master: the session's target.
      is_chief: whether this process initializes and saves.
      global_step: counts steps; default: the graph's, made if there is none.
      number_of_steps: when to stop; None for no end but that of the input.
      init_op, init_feed_dict, local_init_op, init_fn, ready_op, summary_op, save_summaries_secs,
        summary_writer: see `tf.train.Supervisor`.
      startup_delay_steps: how many steps another process makes before this one begins.
      saver: a Saver.
      save_interval_secs: seconds between checkpoints.
      sync_optimizer: optimizers that wait for all replicas.
      session_config: a ConfigProto.
      session_wrapper: a function of the session that gives the one to use.
      trace_every_n_steps: how often a trace is written.
      ignore_live_threads: whether threads that do not stop are no error.

    Returns:
      The last loss.

    Raises:
      ValueError: arguments do not fit one another.
    """
    given = dict(locals())
    given["sync_optimizer"] = _check_train_arguments(given)
    with (graph or get_default_graph()).as_default():
        return _train_until_done(given, _prepared(given))


class _Prepared(NamedTuple):
    """What `train` makes before it runs."""

    supervisor: Supervisor
    synchronize: Callable[[Any, Any], None]
    step: Callable[[Any], tuple[Any, Any]]
    global_step: Any


def _prepared(given: dict[str, Any]) -> _Prepared:
    """The nodes of `train`, and its Supervisor, from its arguments."""
    is_chief, optimizers = given["is_chief"], given["sync_optimizer"]
    global_step = given["global_step"]
    if global_step is None:
        global_step = training_util.get_or_create_global_step()
    saver = given["saver"] or tf_saver.Saver()
    with name_scope("init_ops"):
        init_op = _or_made(given["init_op"], variables.global_variables_initializer)
        ready_op = _or_made(given["ready_op"], variables.report_uninitialized_variables)
        local_init_op = _or_made(given["local_init_op"], _local_init_op)
        ready_for_local_init_op = None
        if optimizers is not None:
            local_init_op, ready_for_local_init_op = _synchronized(
                optimizers, local_init_op, is_chief
            )
    summary_op = _or_made(given["summary_op"], summary.merge_all)
    synchronize = _starter(optimizers if is_chief else None)
    arguments = given["train_step_kwargs"]
    if _is_default(arguments):
        with name_scope("train_step"):
            arguments = _step_arguments(global_step, given)
    supervisor = Supervisor(
        graph=get_default_graph(),
        is_chief=is_chief,
        logdir=given["logdir"],
        init_op=init_op,
        init_feed_dict=given["init_feed_dict"],
        local_init_op=local_init_op,
        ready_for_local_init_op=ready_for_local_init_op,
        ready_op=ready_op,
        summary_op=summary_op,
        summary_writer=_or_made(given["summary_writer"], lambda: Supervisor.USE_DEFAULT),
        global_step=global_step,
        saver=saver,
        save_summaries_secs=given["save_summaries_secs"],
        save_model_secs=given["save_interval_secs"],
        init_fn=given["init_fn"],
    )
    if given["summary_writer"] is not None:
        arguments["summary_writer"] = supervisor.summary_writer

    def step(sess: Any) -> tuple[Any, Any]:
        found: tuple[Any, Any] = given["train_step_fn"](
            sess, given["train_op"], global_step, arguments
        )
        return found

    return _Prepared(supervisor, synchronize, step, global_step)


def _or_made(given: Any, make: Callable[[], Any]) -> Any:
    return make() if _is_default(given) else given


def _local_init_op() -> Any:
    return grouping.group(variables.local_variables_initializer(), tables_initializer())


def _train_until_done(given: dict[str, Any], prepared: _Prepared) -> Any:
    """Runs sessions until one ends without having been aborted. Gives the last loss."""
    supervisor, total_loss = prepared.supervisor, None
    while True:
        try:
            with supervisor.managed_session(
                given["master"], start_standard_services=False, config=given["session_config"]
            ) as sess:
                logging.info("Starting Session.")
                wrap = given["session_wrapper"]
                if wrap is not None:
                    logging.info("Wrapping session with wrapper function: %s", wrap)
                    sess = wrap(sess)
                threads = _begin(given, prepared, sess)
                total_loss = _run_steps(supervisor, sess, prepared.step, total_loss)
                if given["logdir"] and supervisor.is_chief:
                    logging.info("Finished training! Saving model to disk.")
                    supervisor.saver.save(
                        sess, supervisor.save_path, global_step=supervisor.global_step
                    )
                    supervisor.stop(
                        threads,
                        close_summary_writer=True,
                        ignore_live_threads=given["ignore_live_threads"],
                    )
            return total_loss
        except errors.AbortedError:
            logging.info("Retrying training!")


def _begin(given: dict[str, Any], prepared: _Prepared, sess: Any) -> list[Any]:
    """Starts what runs beside the steps. Gives the queues' threads."""
    if given["is_chief"]:
        if given["logdir"]:
            prepared.supervisor.start_standard_services(sess)
    elif given["startup_delay_steps"] > 0:
        last = given["number_of_steps"] or sys.maxsize
        _wait_for_step(sess, prepared.global_step, min(given["startup_delay_steps"], last))
    threads: list[Any] = prepared.supervisor.start_queue_runners(sess)
    logging.info("Starting Queues.")
    prepared.synchronize(prepared.supervisor, sess)
    return threads


def _check_train_arguments(given: dict[str, Any]) -> Any:
    """The synchronizing optimizers as a list, or None; ValueError where arguments do not fit."""
    if given["train_op"] is None:
        raise ValueError("train_op cannot be None.")
    if given["logdir"] is None:
        if not _is_default(given["summary_op"]):
            raise ValueError("Cannot provide summary_op because logdir=None")
        if given["saver"] is not None:
            raise ValueError("Cannot provide saver because logdir=None")
        if given["trace_every_n_steps"] is not None:
            raise ValueError("Cannot provide trace_every_n_steps because logdir=None")
    optimizers = given["sync_optimizer"]
    if optimizers is not None and not isinstance(optimizers, (list, tuple)):
        optimizers = [optimizers]
    if optimizers is not None and given["startup_delay_steps"] > 0:
        raise ValueError("startup_delay_steps must be zero when sync_optimizer is supplied.")
    steps = given["number_of_steps"]
    if steps is not None and steps <= 0:
        raise ValueError("`number_of_steps` must be either None or a positive number.")
    for optimizer in optimizers or []:
        if not hasattr(optimizer, "get_chief_queue_runner"):
            raise ValueError("`sync_optimizer` must be a tf.train.SyncReplicasOptimizer.")
    return optimizers


def _synchronized(optimizers: Any, local_init_op: Any, is_chief: bool) -> tuple[Any, Any]:
    """How local variables are initialized with such optimizers, and when they can be."""
    with control_dependencies([local_init_op] if local_init_op is not None else []):
        attribute = "chief_init_op" if is_chief else "local_step_init_op"
        local_init_op = grouping.group(*[getattr(o, attribute) for o in optimizers])
    return local_init_op, grouping.group(*[o.ready_for_local_init_op for o in optimizers])


def _starter(optimizers: Any) -> Callable[[Any, Any], None]:
    """What the chief of such optimizers does when a session begins."""
    if optimizers is None:
        return lambda supervisor, sess: None
    tokens = [optimizer.get_init_tokens_op() for optimizer in optimizers]
    runners = [optimizer.get_chief_queue_runner() for optimizer in optimizers]

    def start(supervisor: Any, sess: Any) -> None:
        supervisor.start_queue_runners(sess, runners)
        sess.run(tokens)

    return start


def _every(global_step: Any, steps: int) -> Tensor:
    return math_ops.equal(math_ops.mod(global_step, steps), 0)


def _step_arguments(global_step: Any, given: dict[str, Any]) -> dict[str, Any]:
    if given["number_of_steps"]:
        should_stop = math_ops.greater_equal(global_step, given["number_of_steps"])
    else:
        should_stop = constant(False)
    arguments: dict[str, Any] = {"should_stop": should_stop}
    if given["log_every_n_steps"] > 0:
        arguments["should_log"] = _every(global_step, given["log_every_n_steps"])
    if given["is_chief"] and given["trace_every_n_steps"] is not None:
        arguments["should_trace"] = _every(global_step, given["trace_every_n_steps"])
        arguments["logdir"] = given["logdir"]
    return arguments


def _run_steps(
    supervisor: Any, sess: Any, step: Callable[[Any], tuple[Any, Any]], total_loss: Any
) -> Any:
    """Runs steps until one says stop, or the input ends. Gives the last loss."""
    try:
        while not supervisor.should_stop():
            total_loss, should_stop = step(sess)
            if should_stop:
                logging.info("Stopping Training.")
                supervisor.request_stop()
                break
    except errors.OutOfRangeError as error:
        logging.info("Caught OutOfRangeError. Stopping Training. %s", error)
    return total_loss
