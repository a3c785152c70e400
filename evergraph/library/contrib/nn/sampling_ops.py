"""Softmax losses over some of the classes."""

from typing import Any

from evergraph.api import (
    array_ops,
    candidate_sampling_ops,
    cross_entropy,
    embedding_ops,
    math_ops,
    ranking_ops,
    sampled_losses,
)
from evergraph.api.convolution_transpose_ops import conv1d_transpose as conv1d_transpose
from evergraph.api.ranking_ops import nth_element as nth_element
from evergraph.base import dtypes
from evergraph.base.export import export, export_constant
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor

for _name in ("conv1d_transpose", "nth_element"):
    export_constant(__name__, _name, f"contrib.nn.{_name}")


def _likeliest(
    weights: Any, biases: Any, inputs: Any, sampled_values: Any, count: int, scale: Any, how: str
) -> tuple[Tensor, Tensor, Tensor]:
    """The sampled classes that the inputs of the batch speak for most, with what sampled losses
    want to know."""
    sampled, true_count, sampled_count = sampled_values
    sampled = math_ops.cast(array_ops.stop_gradient(sampled), dtypes.int64)
    true_count = array_ops.stop_gradient(true_count)
    sampled_count = array_ops.stop_gradient(sampled_count)
    scaled = inputs / scale

    def votes(embeddings: Any) -> Tensor:
        return math_ops.reduce_logsumexp(
            math_ops.matmul(embeddings, scaled, transpose_b=True), axis=1, keepdims=False
        )

    logits = embedding_ops._embedding_lookup_and_transform(
        weights, sampled, how, transform_fn=votes
    )
    bias = array_ops.reshape(embedding_ops.embedding_lookup(biases, sampled, how), [-1])
    logits += bias / scale
    _, places = ranking_ops.top_k(logits, k=count, sorted=False)
    chosen = array_ops.gather(sampled, indices=places)
    return chosen, true_count, array_ops.gather(sampled_count, indices=places)


@export("contrib.nn.rank_sampled_softmax_loss")
def rank_sampled_softmax_loss(
    weights: Any,
    biases: Any,
    labels: Any,
    inputs: Any,
    num_sampled: int,
    num_resampled: int,
    num_classes: int,
    num_true: int,
    sampled_values: Any,
    resampling_temperature: Any,
    remove_accidental_hits: bool,
    partition_strategy: str,
    name: str | None = None,
) -> Tensor:
    """`tf.nn.sampled_softmax_loss` over those of the sampled classes that the batch speaks for
    most. Stands for `tf.contrib.nn.rank_sampled_softmax_loss`.

    Args:
      num_resampled: how many of the sampled classes are kept.
      resampling_temperature: a scalar; a large one lets all inputs of the batch count alike.
      weights, biases, labels, inputs, num_sampled, num_classes, num_true, sampled_values,
        remove_accidental_hits, partition_strategy, name: as of `tf.nn.sampled_softmax_loss`.

    Raises:
      ValueError: there are not as many classes, `num_resampled` is not less than `num_sampled`, or
        there is no such strategy.
    """
    if num_sampled > num_classes:
        raise ValueError(
            f"num_sampled ({num_sampled}) cannot be greater than num_classes ({num_classes})"
        )
    if num_sampled <= num_resampled:
        raise ValueError(
            f"num_resampled ({num_resampled}) must be less than num_sampled ({num_sampled})"
        )
    if partition_strategy not in ("div", "mod"):
        raise ValueError(f"unsupported partition_strategy ({partition_strategy})")
    values = [weights, biases, labels, inputs, sampled_values, resampling_temperature]
    with name_scope(name, "rank_sampled_softmax_loss", values) as scope:
        if not sampled_values:
            sampled_values = candidate_sampling_ops.learned_unigram_candidate_sampler(
                true_classes=labels,
                num_true=num_true,
                num_sampled=num_sampled,
                unique=True,
                range_max=num_classes,
            )
        chosen = _likeliest(
            weights,
            biases,
            inputs,
            sampled_values,
            num_resampled,
            resampling_temperature,
            partition_strategy,
        )
        return sampled_losses.sampled_softmax_loss(
            weights=weights,
            biases=biases,
            labels=labels,
            inputs=inputs,
            num_sampled=num_resampled,
            num_classes=num_classes,
            num_true=num_true,
            sampled_values=chosen,
            remove_accidental_hits=remove_accidental_hits,
            partition_strategy=partition_strategy,
            name=scope,
        )


@export("contrib.nn.sampled_sparse_softmax_loss")
def sampled_sparse_softmax_loss(
    weights: Any,
    biases: Any,
    labels: Any,
    inputs: Any,
    num_sampled: int,
    num_classes: int,
    sampled_values: Any = None,
    remove_accidental_hits: bool = True,
    partition_strategy: str = "mod",
    name: str | None = "sampled_sparse_softmax_loss",
) -> Tensor:
    """`tf.nn.sampled_softmax_loss` for one true class an example; arguments as of that. Stands for
    `tf.contrib.nn.sampled_sparse_softmax_loss`."""
    logits, _ = sampled_losses._compute_sampled_logits(
        weights=weights,
        biases=biases,
        labels=labels,
        inputs=inputs,
        num_sampled=num_sampled,
        num_classes=num_classes,
        num_true=1,
        sampled_values=sampled_values,
        subtract_log_q=True,
        remove_accidental_hits=remove_accidental_hits,
        partition_strategy=partition_strategy,
        name=name,
    )
    # The true class comes first.
    first = array_ops.zeros([array_ops.shape(logits)[0], 1], dtype=dtypes.int64)
    return cross_entropy.sparse_softmax_cross_entropy_with_logits(
        labels=array_ops.squeeze(first), logits=logits
    )
