"""Training steps, after each of which masks are made anew."""

from typing import Any

from evergraph.base.export import export
from evergraph.library.contrib.slim import learning


@export("contrib.model_pruning.train")
def train(
    train_op: Any,
    logdir: str | None,
    mask_update_op: Any,
    train_step_fn: Any = learning.train_step,
    **kwargs: Any,
) -> Any:
    """Trains as `slim.learning.train`, and runs `mask_update_op` after each step. Stands for
    `tf.contrib.model_pruning.train`.

    Args:
      train_op, logdir: see `slim.learning.train`.
      mask_update_op: as of `Pruning.conditional_mask_update_op`.
      train_step_fn: runs a step; see `slim.learning.train_step`.
      **kwargs: see `slim.learning.train`.

    Returns:
      The last loss.
    """

    def step_and_masks(
        sess: Any, train_op: Any, global_step: Any, train_step_kwargs: Any
    ) -> tuple[Any, Any]:
        result = train_step_fn(sess, train_op, global_step, train_step_kwargs)
        sess.run(mask_update_op)
        return result

    return learning.train(train_op, logdir, train_step_fn=step_and_masks, **kwargs)
