"""Losses averaged over the replicas of a model: `tf.nn.compute_average_loss` and its kin."""

from typing import Any

from evergraph.api import array_ops, math_ops
from evergraph.base.export import export
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.tensor import Tensor
from evergraph.library.distribute.distribution_strategy_context import (
    get_strategy,
    in_cross_replica_context,
)
from evergraph.library.losses.util import (
    check_per_example_loss_rank,
    scale_losses_by_sample_weight,
)


def _replicas(function: str) -> int:
    """How many replicas there are. Raises RuntimeError outside of them."""
    if in_cross_replica_context():
        raise RuntimeError(
            f"You are calling `{function}` in cross replica context, while it was expected to be "
            "called in replica context."
        )
    return get_strategy().num_replicas_in_sync  # type: ignore[no-any-return]


@export("nn.compute_average_loss")
def compute_average_loss(
    per_example_loss: Any, sample_weight: Any = None, global_batch_size: Any = None
) -> Tensor:
    """The sum of losses over the batch size. Stands for `tf.nn.compute_average_loss`.

    Args:
      per_example_loss: a tensor of rank 1 or more, the first axis that of examples.
      sample_weight: weights that broadcast to it.
      global_batch_size: the batch size of all replicas together; default: that of the losses.

    Raises:
      ValueError: the losses are a scalar.
    """
    per_example_loss = convert_to_tensor(per_example_loss)
    dtype = per_example_loss.dtype
    with check_per_example_loss_rank(per_example_loss):
        if sample_weight is not None:
            per_example_loss = scale_losses_by_sample_weight(per_example_loss, sample_weight)
        per_example_loss = math_ops.cast(per_example_loss, dtype)
        if global_batch_size is None:
            batch_size = array_ops.shape_v2(per_example_loss)[0]
            global_batch_size = math_ops.cast(batch_size * _replicas("compute_average_loss"), dtype)
        return math_ops.reduce_sum(per_example_loss) / global_batch_size


@export("nn.scale_regularization_loss")
def scale_regularization_loss(regularization_loss: Any) -> Tensor:
    """The sum of a regularization loss over the count of replicas. Stands for
    `tf.nn.scale_regularization_loss`."""
    replicas = _replicas("scale_regularization_loss")
    return math_ops.reduce_sum(regularization_loss) / replicas
