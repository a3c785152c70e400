"""The training of an EstimatorSpec in a monitored session."""

from typing import Any

from evergraph.base.platform import logging
from evergraph.graph.defaults import add_to_collection, get_collection
from evergraph.graph.keys import GraphKeys
from evergraph.library.estimator.run_config import RunConfig, TaskType
from evergraph.library.summary import summary
from evergraph.library.train.basic_session_run_hooks import LoggingTensorHook, NanTensorHook
from evergraph.library.train.monitored_session import MonitoredTrainingSession
from evergraph.library.train.saver import Saver
from evergraph.library.train.saving_hooks import (
    CheckpointSaverHook,
    StepCounterHook,
    SummarySaverHook,
)


def train_with_spec(
    config: RunConfig, spec: Any, hooks: list[Any], global_step: Any, saving_listeners: list[Any]
) -> Any:
    """Trains until a hook stops or the input ends.

    Args:
      config: what is saved, written and logged, when and where.
      spec: the EstimatorSpec.
      hooks: those of input and user.
      global_step: the global step.
      saving_listeners: CheckpointSaverListeners.

    Returns:
      The last loss, or None where there was no step.
    """
    _note_loss(spec.loss)
    hooks = [*hooks, NanTensorHook(spec.loss)]
    if config.log_step_count_steps is not None:
        logged = {"loss": spec.loss, "step": global_step}
        hooks.append(LoggingTensorHook(logged, every_n_iter=config.log_step_count_steps))
    hooks.extend(spec.training_hooks)
    _add_saver(config, spec)
    chief_hooks = _saving_hooks(config, spec, hooks, saving_listeners)
    save_summary_steps = config.save_summary_steps
    log_step_count_steps = config.log_step_count_steps
    if {TaskType.WORKER, TaskType.MASTER} <= set(config.cluster_spec.jobs):
        # The first worker writes for the master, which is busy with evaluating.
        hooks.extend(_first_workers_hooks(config, spec))
        save_summary_steps, log_step_count_steps = 0, None
    with MonitoredTrainingSession(
        master=config.master,
        is_chief=config.is_chief,
        checkpoint_dir=config.model_dir,
        scaffold=spec.scaffold,
        hooks=hooks,
        chief_only_hooks=(*chief_hooks, *spec.training_chief_hooks),
        save_checkpoint_secs=0,
        save_summaries_steps=save_summary_steps,
        config=config.session_config,
        max_wait_secs=config.session_creation_timeout_secs,
        log_step_count_steps=log_step_count_steps,
    ) as session:
        loss = None
        stepped = False
        while not session.should_stop():
            _, loss = session.run([spec.train_op, spec.loss])
            stepped = True
    if not stepped:
        logging.warning(
            "Training with estimator made no steps. Perhaps input is empty or misspecified."
        )
    return loss


def _note_loss(loss: Any) -> None:
    """Puts the loss into summaries, unless one has its name, and into the losses."""
    if all(found.op.name != "loss" for found in get_collection(GraphKeys.SUMMARIES)):
        summary.scalar("loss", loss)
    add_to_collection(GraphKeys.LOSSES, loss)


def _add_saver(config: RunConfig, spec: Any) -> None:
    if spec.scaffold.saver or get_collection(GraphKeys.SAVERS):
        return
    saver = Saver(
        sharded=True,
        max_to_keep=config.keep_checkpoint_max,
        keep_checkpoint_every_n_hours=config.keep_checkpoint_every_n_hours,
        defer_build=True,
        save_relative_paths=True,
    )
    add_to_collection(GraphKeys.SAVERS, saver)


def _saving_hooks(
    config: RunConfig, spec: Any, hooks: list[Any], listeners: list[Any]
) -> list[Any]:
    """A hook that saves, where there is none yet; it, or the first there is, gets the listeners.

    Raises:
      ValueError: there are listeners and nothing saves.
    """
    there = [*hooks, *spec.training_chief_hooks]
    savers = [hook for hook in there if isinstance(hook, CheckpointSaverHook)]
    added = []
    if not savers and (config.save_checkpoints_secs or config.save_checkpoints_steps):
        added.append(
            CheckpointSaverHook(
                config.model_dir,
                save_secs=config.save_checkpoints_secs,
                save_steps=config.save_checkpoints_steps,
                scaffold=spec.scaffold,
            )
        )
    savers.extend(added)
    if listeners and not savers:
        raise ValueError(
            "There should be a CheckpointSaverHook to use saving_listeners. Please set one of the "
            "RunConfig.save_checkpoints_steps or RunConfig.save_checkpoints_secs."
        )
    for listener in listeners:
        if listener not in savers[0]._listeners:
            savers[0]._listeners.append(listener)
    return added


def _first_workers_hooks(config: RunConfig, spec: Any) -> list[Any]:
    """What writes summaries and the speed in the first worker."""
    found: list[Any] = []
    if config.task_type != TaskType.WORKER or config.task_id != 0:
        return found
    if config.save_summary_steps:
        found.append(
            SummarySaverHook(
                save_steps=config.save_summary_steps,
                output_dir=config.model_dir,
                scaffold=spec.scaffold,
            )
        )
    if config.log_step_count_steps:
        found.append(
            StepCounterHook(every_n_steps=config.log_step_count_steps, output_dir=config.model_dir)
        )
    return found
