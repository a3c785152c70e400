"""Runs Experiments as a program's configuration asks."""

from collections.abc import Callable
from typing import Any

from evergraph.base.deprecation import deprecated
from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.library.contrib.learn.experiment import Experiment
from evergraph.library.contrib.learn.run_config import RunConfig, TaskType
from evergraph.library.contrib.training.hparam import HParams


@export("contrib.learn.learn_runner.run")
@deprecated(None, "Use tf.estimator.train_and_evaluate.")
def run(
    experiment_fn: Callable[..., Any],
    output_dir: str | None = None,
    schedule: str | None = None,
    run_config: Any = None,
    hparams: Any = None,
) -> Any:
    """Makes an Experiment and runs one of its methods; gives what that gives. Stands for
    `tf.contrib.learn.learn_runner.run`.

    Args:
      experiment_fn: gives an Experiment; takes `run_config` and `hparams`, or `output_dir`.
      output_dir: the model's folder; this or `run_config`.
      schedule: the method's name; default: `train_and_evaluate`, but in a cluster what the task's
        job is: `train` for workers and `run_std_server` for parameter servers.
      run_config: a RunConfig, which the Experiment's Estimator must have.
      hparams: HParams.

    Raises:
      ValueError: arguments do not go together, or there is no such method.
      TypeError: `experiment_fn` is no function or gives no Experiment, or the schedule no method.
      RuntimeError: the Estimator has another configuration.
    """
    if output_dir is not None and run_config is not None:
        raise ValueError("Cannot provide both `output_dir` and `run_config`")
    if output_dir is None and run_config is None:
        raise ValueError("Must set value for `output_dir` or `run_config`")
    if not callable(experiment_fn):
        raise TypeError(f'Experiment builder "{experiment_fn}" is not callable.')
    if run_config is not None:
        experiment = _checking_config(experiment_fn)(run_config=run_config, hparams=hparams)
    else:
        if not output_dir:
            raise ValueError("Must specify an output directory")
        if hparams is not None:
            raise ValueError("Must set `hparams` as None for `experiment_fn` with `output_dir`.")
        experiment = _checked(experiment_fn(output_dir=output_dir))
    config = run_config or experiment.estimator.config
    return _execute_schedule(experiment, schedule or _get_default_schedule(config))


@export("contrib.learn.learn_runner.tune")
@deprecated(None, "Use tf.estimator.train_and_evaluate.")
def tune(experiment_fn: Callable[..., Any], tuner: Any) -> None:
    """Lets a tuner run Experiments until it has no more trials. Stands for
    `tf.contrib.learn.learn_runner.tune`.

    Args:
      experiment_fn: takes `run_config` and `hparams`; gives an Experiment.
      tuner: has `next_trial` and `run_experiment`.
    """
    while tuner.next_trial():
        tuner.run_experiment(_checking_config(experiment_fn, require_hparams=True))


def _checked(experiment: Any) -> Experiment:
    if not isinstance(experiment, Experiment):
        raise TypeError(
            f"Experiment builder did not return an Experiment instance, got {type(experiment)} "
            "instead."
        )
    return experiment


def _checking_config(
    experiment_fn: Callable[..., Any], require_hparams: bool = False
) -> Callable[..., Experiment]:
    """`experiment_fn`, which must use the configuration that it is given."""

    def checking(run_config: Any, hparams: Any) -> Experiment:
        if not isinstance(run_config, RunConfig):
            raise ValueError("`run_config` must be `tf.contrib.learn.RunConfig` instance")
        if not run_config.model_dir:
            raise ValueError("Must specify a model directory `model_dir` in `run_config`.")
        if hparams is not None and not isinstance(hparams, HParams):
            raise ValueError("`hparams` must be `HParams` instance")
        if require_hparams and hparams is None:
            raise ValueError("`hparams` cannot be `None`.")
        expected = run_config.uid()
        experiment = _checked(experiment_fn(run_config, hparams))
        found = experiment.estimator.config
        if not hasattr(found, "uid"):
            raise RuntimeError(
                "Pass `run_config` argument of the `experiment_fn` to the Estimator in "
                "Experiment. It is likely a different `RunConfig` is passed to `Estimator` or the "
                "`config` constructor argument in `Estimator` is not set."
            )
        if found.uid() != expected:
            raise RuntimeError(
                "`RunConfig` instance is expected to be used by the `Estimator` inside the "
                f"`Experiment`. expected {expected}, but got {found.uid()}"
            )
        return experiment

    return checking


def _execute_schedule(experiment: Experiment, schedule: str) -> Any:
    task = getattr(experiment, schedule, None)
    if callable(task):
        return task()
    there = hasattr(experiment, schedule)
    problem = f"Schedule references non-{'callable member' if there else 'existent task'}"
    names = [name for name in dir(experiment) if not name.startswith("_")]
    logging.error("%s %s", problem, schedule)
    logging.error(
        "Allowed values for this experiment are: %s",
        [name for name in names if callable(getattr(experiment, name))],
    )
    raise (TypeError if there else ValueError)(f"{problem} {schedule}")


def _is_distributed(config: Any) -> bool:
    cluster = config.cluster_spec
    return bool(cluster) and sum(len(cluster.job_tasks(job)) for job in cluster.jobs) > 1


def _get_default_schedule(config: Any) -> str:
    if not config or not _is_distributed(config):
        return "train_and_evaluate"
    if not config.task_type:
        raise ValueError("Must specify a schedule")
    schedules = {
        TaskType.MASTER: "train_and_evaluate",
        TaskType.PS: "run_std_server",
        TaskType.WORKER: "train",
    }
    if config.task_type not in schedules:
        raise ValueError(f"No default schedule for task type: {config.task_type}")
    return schedules[config.task_type]
