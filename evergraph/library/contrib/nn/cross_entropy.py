"""Cross entropies with logits first, as they were before TensorFlow 1.0."""

from typing import Any

from evergraph.api import cross_entropy, nn_impl
from evergraph.base.export import export


@export("contrib.nn.deprecated_flipped_softmax_cross_entropy_with_logits")
def deprecated_flipped_softmax_cross_entropy_with_logits(
    logits: Any, labels: Any, dim: int = -1, name: str | None = None
) -> Any:
    """`tf.nn.softmax_cross_entropy_with_logits` with another order of arguments. Stands for
    `tf.contrib.nn.deprecated_flipped_softmax_cross_entropy_with_logits`."""
    return cross_entropy.softmax_cross_entropy_with_logits(
        labels=labels, logits=logits, dim=dim, name=name
    )


@export("contrib.nn.deprecated_flipped_sparse_softmax_cross_entropy_with_logits")
def deprecated_flipped_sparse_softmax_cross_entropy_with_logits(
    logits: Any, labels: Any, name: str | None = None
) -> Any:
    """`tf.nn.sparse_softmax_cross_entropy_with_logits` with another order of arguments. Stands for
    `tf.contrib.nn.deprecated_flipped_sparse_softmax_cross_entropy_with_logits`."""
    return cross_entropy.sparse_softmax_cross_entropy_with_logits(
        labels=labels, logits=logits, name=name
    )


@export("contrib.nn.deprecated_flipped_sigmoid_cross_entropy_with_logits")
def deprecated_flipped_sigmoid_cross_entropy_with_logits(
    logits: Any, targets: Any, name: str | None = None
) -> Any:
    """`tf.nn.sigmoid_cross_entropy_with_logits` with another order of arguments. Stands for
    `tf.contrib.nn.deprecated_flipped_sigmoid_cross_entropy_with_logits`."""
    return nn_impl.sigmoid_cross_entropy_with_logits(labels=targets, logits=logits, name=name)
