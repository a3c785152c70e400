"""slim.evaluation: checkpoints evaluated once or as they appear."""

from collections.abc import Callable
from typing import Any

from evergraph.base.export import export, export_constant
from evergraph.library.contrib.training import evaluation
from evergraph.library.summary import summary
from evergraph.library.train.monitored_session import Scaffold
from evergraph.library.train.saver import Saver

wait_for_new_checkpoint = evaluation.wait_for_new_checkpoint
checkpoints_iterator = evaluation.checkpoints_iterator

for _name in ("wait_for_new_checkpoint", "checkpoints_iterator"):
    export_constant(__name__, _name, f"contrib.slim.evaluation.{_name}")

# Stands for all summaries of the graph.
_USE_DEFAULT = 0


def _hooks(num_evals: int, logdir: str, summary_op: Any, feed_dict: Any, more: Any) -> list[Any]:
    if isinstance(summary_op, int) and summary_op == _USE_DEFAULT:
        summary_op = summary.merge_all()
    hooks: list[Any] = [evaluation.StopAfterNEvalsHook(num_evals)]
    if summary_op is not None:
        hooks.append(
            evaluation.SummaryAtEndHook(log_dir=logdir, summary_op=summary_op, feed_dict=feed_dict)
        )
    return hooks + list(more or [])


def _saver(variables_to_restore: Any) -> Any:
    return None if variables_to_restore is None else Saver(variables_to_restore)


@export("contrib.slim.evaluation.evaluate_once")
def evaluate_once(
    master: str,
    checkpoint_path: str,
    logdir: str,
    num_evals: int = 1,
    initial_op: Any = None,
    initial_op_feed_dict: Any = None,
    eval_op: Any = None,
    eval_op_feed_dict: Any = None,
    final_op: Any = None,
    final_op_feed_dict: Any = None,
    summary_op: Any = _USE_DEFAULT,
    summary_op_feed_dict: Any = None,
    variables_to_restore: Any = None,
    session_config: Any = None,
    hooks: Any = None,
) -> Any:
    """Evaluates a checkpoint, and gives the value of `final_op`. Stands for
    `slim.evaluation.evaluate_once`.

    Args:
      master: the session's target.
      checkpoint_path: the checkpoint.
      logdir: the folder of the summaries.
      num_evals: how often `eval_op` is run.
      initial_op, initial_op_feed_dict: run at the start, and values to feed to it.
      eval_op, eval_op_feed_dict: run for each evaluation.
      final_op, final_op_feed_dict: run at the end.
      summary_op, summary_op_feed_dict: the summaries; default: all of the graph; None for none.
      variables_to_restore: what the checkpoint has; default: all variables.
      session_config: a ConfigProto.
      hooks: more SessionRunHooks.
    """
    all_hooks = _hooks(num_evals, logdir, summary_op, summary_op_feed_dict, hooks)
    return evaluation.evaluate_once(
        checkpoint_path,
        master=master,
        scaffold=Scaffold(
            init_op=initial_op,
            init_feed_dict=initial_op_feed_dict,
            saver=_saver(variables_to_restore),
        ),
        eval_ops=eval_op,
        feed_dict=eval_op_feed_dict,
        final_ops=final_op,
        final_ops_feed_dict=final_op_feed_dict,
        hooks=all_hooks,
        config=session_config,
    )


@export("contrib.slim.evaluation.evaluation_loop")
def evaluation_loop(
    master: str,
    checkpoint_dir: str,
    logdir: str,
    num_evals: int = 1,
    initial_op: Any = None,
    initial_op_feed_dict: Any = None,
    init_fn: Any = None,
    eval_op: Any = None,
    eval_op_feed_dict: Any = None,
    final_op: Any = None,
    final_op_feed_dict: Any = None,
    summary_op: Any = _USE_DEFAULT,
    summary_op_feed_dict: Any = None,
    variables_to_restore: Any = None,
    eval_interval_secs: float = 60,
    max_number_of_evaluations: int | None = None,
    session_config: Any = None,
    timeout: float | None = None,
    timeout_fn: Callable[[], bool] | None = None,
    hooks: Any = None,
) -> Any:
    """Evaluates the checkpoints of a folder as they appear. Stands for
    `slim.evaluation.evaluation_loop`.

    Args:
      checkpoint_dir: the folder.
      init_fn: called with scaffold and session at the start.
      eval_interval_secs: the least time between two evaluations.
      max_number_of_evaluations: how many checkpoints; None for no end.
      timeout, timeout_fn: see `tf.contrib.training.checkpoints_iterator`.
      master and the others: as of `evaluate_once`.

    Returns:
      The last value of `final_op`.
    """
    all_hooks = _hooks(num_evals, logdir, summary_op, summary_op_feed_dict, hooks)
    return evaluation.evaluate_repeatedly(
        checkpoint_dir,
        master=master,
        scaffold=Scaffold(
            init_op=initial_op,
            init_feed_dict=initial_op_feed_dict,
            init_fn=init_fn,
            saver=_saver(variables_to_restore),
        ),
        eval_ops=eval_op,
        feed_dict=eval_op_feed_dict,
        final_ops=final_op,
        final_ops_feed_dict=final_op_feed_dict,
        eval_interval_secs=eval_interval_secs,
        hooks=all_hooks,
        config=session_config,
        max_number_of_evaluations=max_number_of_evaluations,
        timeout=timeout,
        timeout_fn=timeout_fn,
    )
