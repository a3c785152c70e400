"""Losses over many classes, of which some are drawn at random: `tf.nn.nce_loss` and its kin."""

from typing import Any

from evergraph.api import array_ops, candidate_sampling_ops, math_ops, nn_ops
from evergraph.api.embedding_ops import embedding_lookup
from evergraph.api.nn_impl import sigmoid_cross_entropy_with_logits
from evergraph.api.variables import PartitionedVariable
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.graph.apply import apply_op
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor


def _sum_rows(x: Tensor) -> Tensor:
    """The sum of each row of a matrix, as a product, whose gradient is cheaper than a sum's."""
    columns = array_ops.shape(x)[1]
    ones = array_ops.ones(array_ops.stack([columns, 1]), x.dtype)
    return array_ops.reshape(math_ops.matmul(x, ones), [-1])


def _looked_up(parameters: Any, ids: Tensor, inputs: Any, partition_strategy: str) -> Tensor:
    found = embedding_lookup(parameters, ids, partition_strategy=partition_strategy)
    return found if found.dtype == inputs.dtype else math_ops.cast(found, inputs.dtype)


def _compute_sampled_logits(
    weights: Any,
    biases: Any,
    labels: Any,
    inputs: Any,
    num_sampled: Any,
    num_classes: Any,
    num_true: int = 1,
    sampled_values: Any = None,
    subtract_log_q: bool = True,
    remove_accidental_hits: bool = False,
    partition_strategy: str = "mod",
    name: str | None = None,
    seed: int | None = None,
) -> tuple[Tensor, Tensor]:
    """The logits of the true and of drawn classes, [batch, num_true + num_sampled], and their
    labels."""
    if isinstance(weights, PartitionedVariable):
        weights = list(weights)
    if not isinstance(weights, list):
        weights = [weights]
    with name_scope(name, "compute_sampled_logits", [*weights, biases, inputs, labels]):
        if labels.dtype != dtypes.int64:
            labels = math_ops.cast(labels, dtypes.int64)
        labels_flat = array_ops.reshape(labels, [-1])
        if sampled_values is None:
            sampled_values = candidate_sampling_ops.log_uniform_candidate_sampler(
                true_classes=labels,
                num_true=num_true,
                num_sampled=num_sampled,
                unique=True,
                range_max=num_classes,
                seed=seed,
            )
        sampled, true_expected, sampled_expected = (
            array_ops.stop_gradient(s) for s in sampled_values
        )
        sampled = math_ops.cast(sampled, dtypes.int64)
        ids = array_ops.concat([labels_flat, sampled], 0)
        true_logits, sampled_logits = _both_logits(
            weights, biases, inputs, ids, labels_flat, num_true, partition_strategy
        )
        if remove_accidental_hits:
            sampled_logits += _hit_penalties(labels, sampled, num_true, num_sampled, sampled_logits)
        if subtract_log_q:
            true_logits -= math_ops.log(true_expected)
            sampled_logits -= math_ops.log(sampled_expected)
        out_logits = array_ops.concat([true_logits, sampled_logits], 1)
        # The labels of an example sum to 1.
        out_labels = array_ops.concat(
            [array_ops.ones_like(true_logits) / num_true, array_ops.zeros_like(sampled_logits)], 1
        )
        return out_logits, out_labels


def _both_logits(
    weights: Any,
    biases: Any,
    inputs: Any,
    ids: Tensor,
    labels_flat: Tensor,
    num_true: int,
    partition_strategy: str,
) -> tuple[Tensor, Tensor]:
    """inputs * weights + biases, of the true classes of each example and of all drawn classes."""
    all_w = _looked_up(weights, ids, inputs, partition_strategy)
    true_size = array_ops.stack([array_ops.shape(labels_flat)[0], -1])
    true_w = array_ops.slice(all_w, [0, 0], true_size)
    sampled_start = array_ops.stack([array_ops.shape(labels_flat)[0], 0])
    sampled_w = array_ops.slice(all_w, sampled_start, [-1, -1])
    sampled_logits = math_ops.matmul(inputs, sampled_w, transpose_b=True)
    all_b = _looked_up(biases, ids, inputs, partition_strategy)
    true_b = array_ops.slice(all_b, [0], array_ops.shape(labels_flat))
    sampled_b = array_ops.slice(all_b, array_ops.shape(labels_flat), [-1])
    dim = array_ops.shape(true_w)[1:2]
    new_true_w_shape = array_ops.concat([[-1, num_true], dim], 0)
    products = math_ops.multiply(
        array_ops.expand_dims(inputs, 1), array_ops.reshape(true_w, new_true_w_shape)
    )
    rows = array_ops.reshape(products, array_ops.concat([[-1], dim], 0))
    true_logits = array_ops.reshape(_sum_rows(rows), [-1, num_true])
    true_b = array_ops.reshape(true_b, [-1, num_true])
    true_logits += true_b
    sampled_logits += sampled_b
    return true_logits, sampled_logits


def _hit_penalties(
    labels: Tensor, sampled: Tensor, num_true: int, num_sampled: Any, like: Tensor
) -> Tensor:
    """A huge negative number where a drawn class is a true one."""
    rows, columns, weights = candidate_sampling_ops.compute_accidental_hits(
        labels, sampled, num_true=num_true
    )
    rows = array_ops.reshape(rows, [-1, 1])
    columns = array_ops.reshape(math_ops.cast(columns, dtypes.int32), [-1, 1])
    indices = array_ops.concat([rows, columns], 1, "sparse_indices")
    shape = array_ops.concat(
        [array_ops.shape(labels)[:1], array_ops.expand_dims(num_sampled, 0)], 0
    )
    if like.dtype != weights.dtype:
        weights = math_ops.cast(weights, like.dtype)
    return apply_op("SparseToDense", indices, shape, weights, 0.0, validate_indices=False)


@export("nn.nce_loss")
def nce_loss(
    weights: Any,
    biases: Any,
    labels: Any,
    inputs: Any,
    num_sampled: Any,
    num_classes: Any,
    num_true: int = 1,
    sampled_values: Any = None,
    remove_accidental_hits: bool = False,
    partition_strategy: str = "mod",
    name: str | None = "nce_loss",
) -> Tensor:
    """The loss of noise-contrastive estimation. Stands for `tf.nn.nce_loss`.

    Args:
      weights: [num_classes, dim], a tensor, a partitioned variable or a list of parts.
      biases: [num_classes].
      labels: [batch, num_true] int64: the true classes.
      inputs: [batch, dim].
      num_sampled: how many classes to draw for the batch.
      num_classes: how many there are.
      num_true: how many are true for each example.
      sampled_values: what a candidate sampler gave; default: `log_uniform_candidate_sampler`.
      remove_accidental_hits: whether drawn classes that are true do not count.
      partition_strategy: "mod" or "div", see `tf.nn.embedding_lookup`.
      name: a name scope for the nodes.

    Returns:
      [batch] losses.
    """
    logits, labels = _compute_sampled_logits(
        weights=weights,
        biases=biases,
        labels=labels,
        inputs=inputs,
        num_sampled=num_sampled,
        num_classes=num_classes,
        num_true=num_true,
        sampled_values=sampled_values,
        subtract_log_q=True,
        remove_accidental_hits=remove_accidental_hits,
        partition_strategy=partition_strategy,
        name=name,
    )
    losses = sigmoid_cross_entropy_with_logits(labels=labels, logits=logits, name="sampled_losses")
    return _sum_rows(losses)


@export("nn.sampled_softmax_loss")
def sampled_softmax_loss(
    weights: Any,
    biases: Any,
    labels: Any,
    inputs: Any,
    num_sampled: Any,
    num_classes: Any,
    num_true: int = 1,
    sampled_values: Any = None,
    remove_accidental_hits: bool = True,
    partition_strategy: str = "mod",
    name: str | None = "sampled_softmax_loss",
    seed: int | None = None,
) -> Tensor:
    """The softmax cross entropy over the true and some drawn classes. Stands for
    `tf.nn.sampled_softmax_loss`; arguments as `tf.nn.nce_loss`'s.

    Args:
      seed: of the draws, see `tf.set_random_seed`.
    """
    logits, labels = _compute_sampled_logits(
        weights=weights,
        biases=biases,
        labels=labels,
        inputs=inputs,
        num_sampled=num_sampled,
        num_classes=num_classes,
        num_true=num_true,
        sampled_values=sampled_values,
        subtract_log_q=True,
        remove_accidental_hits=remove_accidental_hits,
        partition_strategy=partition_strategy,
        name=name,
        seed=seed,
    )
    labels = array_ops.stop_gradient(labels, name="labels_stop_gradient")
    return nn_ops.softmax_cross_entropy_with_logits_v2(labels=labels, logits=logits)
