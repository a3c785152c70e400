"""Losses of sequences given as lists with one tensor a time step."""

from collections.abc import Callable
from typing import Any

from evergraph.api import array_ops, math_ops, nn_ops
from evergraph.api.variable_scope import get_variable_scope, variable_scope
from evergraph.base.export import export
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor

Loss = Callable[..., Any]


@export("contrib.legacy_seq2seq.sequence_loss_by_example", "nn.seq2seq.sequence_loss_by_example")
def sequence_loss_by_example(
    logits: Any,
    targets: Any,
    weights: Any,
    average_across_timesteps: bool = True,
    softmax_loss_function: Loss | None = None,
    name: str | None = None,
) -> Tensor:
    """The weighted cross entropy of each sequence of a batch. Stands for
    `tf.contrib.legacy_seq2seq.sequence_loss_by_example`.

    Args:
      logits: a list of [batch, classes] float tensors.
      targets: a list of [batch] int tensors, the classes.
      weights: a list of [batch] float tensors.
      average_across_timesteps: whether the sum over time is divided by that of the weights.
      softmax_loss_function: called with `labels` and `logits` in place of the sparse softmax cross
        entropy.
      name: a name scope for the nodes.

    Returns:
      A [batch] float tensor.

    Raises:
      ValueError: the lists are not of one length.
    """
    if len(targets) != len(logits) or len(weights) != len(logits):
        raise ValueError(
            "Lengths of logits, weights, and targets must be the same "
            f"{len(logits)}, {len(weights)}, {len(targets)}."
        )
    with name_scope(name, "sequence_loss_by_example", logits + targets + weights):
        losses = []
        for logit, target, weight in zip(logits, targets, weights, strict=True):
            if softmax_loss_function is None:
                target = array_ops.reshape(target, [-1])
                loss = nn_ops.sparse_softmax_cross_entropy_with_logits(labels=target, logits=logit)
            else:
                loss = softmax_loss_function(labels=target, logits=logit)
            losses.append(loss * weight)
        total = math_ops.add_n(losses)
        if average_across_timesteps:
            # Weights that are all 0 must not divide by 0.
            total_size = math_ops.add_n(weights)
            total_size += 1e-12
            total /= total_size
    return total


@export("contrib.legacy_seq2seq.sequence_loss", "nn.seq2seq.sequence_loss")
def sequence_loss(
    logits: Any,
    targets: Any,
    weights: Any,
    average_across_timesteps: bool = True,
    average_across_batch: bool = True,
    softmax_loss_function: Loss | None = None,
    name: str | None = None,
) -> Tensor:
    """The weighted cross entropy of a batch of sequences, a scalar. Stands for
    `tf.contrib.legacy_seq2seq.sequence_loss`; arguments as `sequence_loss_by_example`'s.

    Args:
      average_across_batch: whether the sum is divided by the batch size.
    """
    with name_scope(name, "sequence_loss", logits + targets + weights):
        cost = math_ops.reduce_sum(
            sequence_loss_by_example(
                logits,
                targets,
                weights,
                average_across_timesteps=average_across_timesteps,
                softmax_loss_function=softmax_loss_function,
            )
        )
        if not average_across_batch:
            return cost
        batch_size = array_ops.shape(targets[0])[0]
        return cost / math_ops.cast(batch_size, cost.dtype)


@export("contrib.legacy_seq2seq.model_with_buckets", "nn.seq2seq.model_with_buckets")
def model_with_buckets(
    encoder_inputs: Any,
    decoder_inputs: Any,
    targets: Any,
    weights: Any,
    buckets: Any,
    seq2seq: Callable[[Any, Any], Any],
    softmax_loss_function: Loss | None = None,
    per_example_loss: bool = False,
    name: str | None = None,
) -> tuple[list[Any], list[Any]]:
    """A sequence-to-sequence model for each of several lengths, with shared variables. Stands for
    `tf.contrib.legacy_seq2seq.model_with_buckets`.

    Args:
      encoder_inputs, decoder_inputs, targets, weights: lists with a tensor for each time step.
      buckets: pairs of an input and an output length, the greatest last.
      seq2seq: called with encoder and decoder inputs; gives outputs and a state.
      softmax_loss_function: as `sequence_loss_by_example`'s.
      per_example_loss: whether losses are vectors, with a number for each example.
      name: a name scope for the nodes.

    Returns:
      The outputs and the losses of each bucket.

    Raises:
      ValueError: a list is shorter than the last bucket.
    """
    for label, given, length in (
        ("encoder_inputs", encoder_inputs, buckets[-1][0]),
        ("targets", targets, buckets[-1][1]),
        ("weights", weights, buckets[-1][1]),
    ):
        if len(given) < length:
            raise ValueError(
                f"Length of {label} ({len(given)}) must be at least that of last bucket ({length})."
            )
    loss = sequence_loss_by_example if per_example_loss else sequence_loss
    losses, outputs = [], []
    all_inputs = encoder_inputs + decoder_inputs + targets + weights
    with name_scope(name, "model_with_buckets", all_inputs):
        for j, (inputs, steps) in enumerate(buckets):
            with variable_scope(get_variable_scope(), reuse=True if j > 0 else None):
                found, _ = seq2seq(encoder_inputs[:inputs], decoder_inputs[:steps])
                outputs.append(found)
                losses.append(
                    loss(
                        found,
                        targets[:steps],
                        weights[:steps],
                        softmax_loss_function=softmax_loss_function,
                    )
                )
    return outputs, losses
