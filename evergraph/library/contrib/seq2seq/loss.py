"""The loss of sequences of logits."""

from collections.abc import Callable
from typing import Any

from evergraph.api import array_ops, math_ops, nn_ops
from evergraph.base.export import export
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor
from evergraph.library.keras.losses import Loss


def _check(
    logits: Tensor,
    targets: Tensor,
    weights: Tensor,
    timesteps: tuple[bool, bool],
    batch: tuple[bool, bool],
) -> None:
    if len(logits.get_shape()) != 3:
        raise ValueError("Logits must be a [batch_size x sequence_length x logits] tensor")
    if len(targets.get_shape()) != 2:
        raise ValueError("Targets must be a [batch_size x sequence_length] tensor")
    if len(weights.get_shape()) != 2:
        raise ValueError("Weights must be a [batch_size x sequence_length] tensor")
    if all(timesteps):
        raise ValueError(
            "average_across_timesteps and sum_over_timesteps cannot be set to True at same time."
        )
    if all(batch):
        raise ValueError(
            "average_across_batch and sum_over_batch cannot be set to True at same time."
        )


@export("contrib.seq2seq.sequence_loss")
def sequence_loss(
    logits: Any,
    targets: Any,
    weights: Any,
    average_across_timesteps: bool = True,
    average_across_batch: bool = True,
    sum_over_timesteps: bool = False,
    sum_over_batch: bool = False,
    softmax_loss_function: Callable[..., Any] | None = None,
    name: str | None = None,
) -> Tensor:
    """The weighted cross entropy of a batch of sequences. Stands for
    `tf.contrib.seq2seq.sequence_loss`.

    Args:
      logits: [batch, time, classes], float.
      targets: [batch, time], int: the classes.
      weights: [batch, time], float; 0 where a sequence has ended.
      average_across_timesteps, average_across_batch: whether to sum over an axis and divide by the
        sum of weights.
      sum_over_timesteps, sum_over_batch: whether to sum over an axis and divide by the count of
        weights that are not 0.
      softmax_loss_function: called with `labels` and `logits` in place of the sparse softmax cross
        entropy.
      name: a name scope for the nodes.

    Returns:
      A scalar, a vector, or a [batch, time] matrix, as the axes are reduced.

    Raises:
      ValueError: a rank is wrong, or an axis is both averaged and summed.
    """
    _check(
        logits,
        targets,
        weights,
        (average_across_timesteps, sum_over_timesteps),
        (average_across_batch, sum_over_batch),
    )
    with name_scope(name, "sequence_loss", [logits, targets, weights]):
        num_classes = array_ops.shape(logits)[2]
        logits_flat = array_ops.reshape(logits, [-1, num_classes])
        targets = array_ops.reshape(targets, [-1])
        loss = softmax_loss_function or nn_ops.sparse_softmax_cross_entropy_with_logits
        crossent = loss(labels=targets, logits=logits_flat)
        crossent *= array_ops.reshape(weights, [-1])
        if average_across_timesteps and average_across_batch:
            return _averaged(crossent, weights)
        if sum_over_timesteps and sum_over_batch:
            return _summed(crossent, weights)
        crossent = array_ops.reshape(crossent, array_ops.shape(logits)[0:2])
        if average_across_timesteps or average_across_batch:
            return _averaged(crossent, weights, [0] if average_across_batch else [1])
        if sum_over_timesteps or sum_over_batch:
            return _summed(crossent, weights, [0] if sum_over_batch else [1])
        return crossent


def _averaged(crossent: Tensor, weights: Tensor, axis: Any = None) -> Tensor:
    total = math_ops.reduce_sum(crossent, axis=axis)
    return math_ops.div_no_nan(total, math_ops.reduce_sum(weights, axis=axis))


def _summed(crossent: Tensor, weights: Tensor, axis: Any = None) -> Tensor:
    total = math_ops.reduce_sum(crossent, axis=axis)
    count = math_ops.cast(math_ops.count_nonzero(weights, axis=axis), dtype=total.dtype)
    return math_ops.div_no_nan(total, count)


class SequenceLoss(Loss):
    """`sequence_loss` as a loss of Keras, called with targets, logits and weights.

    Args: as of `sequence_loss`; by default it sums over both axes.
    """

    def __init__(
        self,
        average_across_timesteps: bool = False,
        average_across_batch: bool = False,
        sum_over_timesteps: bool = True,
        sum_over_batch: bool = True,
        softmax_loss_function: Callable[..., Any] | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(name=name)
        self.average_across_timesteps = average_across_timesteps
        self.average_across_batch = average_across_batch
        self.sum_over_timesteps = sum_over_timesteps
        self.sum_over_batch = sum_over_batch
        self.softmax_loss_function = softmax_loss_function

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Tensor:
        """The loss of logits `y_pred` for classes `y_true`."""
        return sequence_loss(
            y_pred,
            y_true,
            sample_weight,
            average_across_timesteps=self.average_across_timesteps,
            average_across_batch=self.average_across_batch,
            sum_over_timesteps=self.sum_over_timesteps,
            sum_over_batch=self.sum_over_batch,
            softmax_loss_function=self.softmax_loss_function,
            name=self.name,
        )

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Nothing: the weights count, too, and they come with the call."""
