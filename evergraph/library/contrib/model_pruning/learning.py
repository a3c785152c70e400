"""Training steps, after each of which masks are made anew."""

from typing import Any

from evergraph.base.export import export
from evergraph.library.contrib.slim import learning
from evergraph.library.contrib.slim.learning import _USE_DEFAULT


@export("contrib.model_pruning.train")
def train(
    train_op: Any,
    logdir: str | None,
    mask_update_op: Any,
    train_step_fn: Any = learning.train_step,
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
    trace_every_n_steps: int | None = None,
) -> Any:
    """Trains as `slim.learning.train`, and runs `mask_update_op` after each step. Stands for
    `tf.contrib.model_pruning.train`.

    Args:
      train_op, logdir: see `slim.learning.train`.
      mask_update_op: as of `Pruning.conditional_mask_update_op`.
      train_step_fn: runs a step; see `slim.learning.train_step`.
      train_step_kwargs, log_every_n_steps, graph, master, is_chief, global_step, number_of_steps,
        init_op, init_feed_dict, local_init_op, init_fn, ready_op, summary_op, save_summaries_secs,
        summary_writer, startup_delay_steps, saver, save_interval_secs, sync_optimizer,
        session_config, trace_every_n_steps: see `slim.learning.train`.

    Returns:
      The last loss.
    """
    given = dict(locals())
    for name in ("train_op", "logdir", "mask_update_op", "train_step_fn"):
        del given[name]

    def step_and_masks(
        sess: Any, train_op: Any, global_step: Any, train_step_kwargs: Any
    ) -> tuple[Any, Any]:
        result = train_step_fn(sess, train_op, global_step, train_step_kwargs)
        sess.run(mask_update_op)
        return result

    return learning.train(train_op, logdir, train_step_fn=step_and_masks, **given)
