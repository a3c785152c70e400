"""Losses of metric learning: embeddings near to one another where labels are the same."""

from typing import Any

from evergraph.api import array_ops, logging_ops, math_ops, nn_ops, sparse_math
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.graph.composite import SparseTensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor


@export("contrib.losses.metric_learning.contrastive_loss")
def contrastive_loss(
    labels: Any, embeddings_anchor: Any, embeddings_positive: Any, margin: float = 1.0
) -> Tensor:
    """Pulls pairs with label 1 together and others apart (Hadsell, Chopra and LeCun 2006). Stands
    for `tf.contrib.losses.metric_learning.contrastive_loss`.

    Args:
      labels: [batch], 1 for pairs that are alike, else 0.
      embeddings_anchor, embeddings_positive: float32 [batch, size].
      margin: how far apart others are to be.

    Returns:
      A scalar.
    """
    difference = math_ops.squared_difference(embeddings_anchor, embeddings_positive)
    distances = math_ops.sqrt(math_ops.reduce_sum(difference, 1))
    alike = math_ops.cast(labels, distances.dtype) * math_ops.square(distances)
    apart = 1.0 - math_ops.cast(labels, distances.dtype)
    apart *= math_ops.square(math_ops.maximum(margin - distances, 0.0))
    return math_ops.reduce_mean(alike + apart, name="contrastive_loss")


@export("contrib.losses.metric_learning.triplet_semihard_loss")
def triplet_semihard_loss(labels: Any, embeddings: Any, margin: float = 1.0) -> Tensor:
    """Has each pair with the same label nearer than the nearest of another label that is farther
    than it, or where there is none, the farthest (Schroff, Kalenichenko and Philbin 2015). Stands
    for `tf.contrib.losses.metric_learning.triplet_semihard_loss`.

    Args:
      labels: int32 [batch].
      embeddings: float32 [batch, size], of length 1.
      margin: how much nearer.

    Returns:
      A scalar.
    """
    labels = _as_column(labels)
    distances = pairwise_distance(embeddings, squared=True)
    same = math_ops.equal(labels, array_ops.transpose(labels))
    different = math_ops.logical_not(same)
    batch = array_ops.size(labels)
    # Row i * batch + j is of the pair (j, i): for each other example whether it is a farther
    # negative.
    tiled = array_ops.tile(distances, [batch, 1])
    tiled_different = array_ops.tile(different, [batch, 1])
    positives = array_ops.reshape(array_ops.transpose(distances), [-1, 1])
    mask = math_ops.logical_and(tiled_different, math_ops.greater(tiled, positives))
    counts = math_ops.reduce_sum(math_ops.cast(mask, dtype=dtypes.float32), 1, keepdims=True)
    found = array_ops.reshape(math_ops.greater(counts, 0.0), [batch, batch])
    found = array_ops.transpose(found)
    different = math_ops.cast(different, dtype=dtypes.float32)
    mask = math_ops.cast(mask, dtype=dtypes.float32)
    outside = array_ops.reshape(_masked_minimum(tiled, mask), [batch, batch])
    outside = array_ops.transpose(outside)
    inside = array_ops.tile(_masked_maximum(distances, different), [1, batch])
    negatives = array_ops.where(found, outside, inside)
    losses = math_ops.add(margin, distances - negatives)
    pairs = _pairs(same, batch)
    count = math_ops.reduce_sum(pairs)
    total = math_ops.reduce_sum(math_ops.maximum(math_ops.multiply(losses, pairs), 0.0))
    return math_ops.truediv(total, count, name="triplet_semihard_loss")


@export("contrib.losses.metric_learning.lifted_struct_loss")
def lifted_struct_loss(labels: Any, embeddings: Any, margin: float = 1.0) -> Tensor:
    """Has each pair with the same label nearer than all others to either of it (Song, Xiang,
    Jegelka and Savarese 2016). Stands for
    `tf.contrib.losses.metric_learning.lifted_struct_loss`; arguments as of
    `triplet_semihard_loss`."""
    labels = _as_column(labels)
    distances = pairwise_distance(embeddings)
    same = math_ops.equal(labels, array_ops.transpose(labels))
    different = math_ops.logical_not(same)
    batch = array_ops.size(labels)
    missing = margin - distances
    mask = math_ops.cast(different, dtype=dtypes.float32)
    worst = _masked_maximum(missing, mask)
    worst = math_ops.maximum(worst, array_ops.transpose(worst))
    tiled = array_ops.tile(missing, [batch, 1])
    tiled_mask = array_ops.tile(mask, [batch, 1])
    of_pairs = array_ops.reshape(array_ops.transpose(worst), [-1, 1])
    powers = math_ops.multiply(math_ops.exp(tiled - of_pairs), tiled_mask)
    powers = array_ops.reshape(math_ops.reduce_sum(powers, 1, keepdims=True), [batch, batch])
    losses = worst + math_ops.log(powers + array_ops.transpose(powers))
    losses += distances
    pairs = _pairs(same, batch)
    count = math_ops.reduce_sum(pairs) / 2.0
    hinges = math_ops.maximum(math_ops.multiply(losses, pairs), 0.0)
    total = 0.25 * math_ops.reduce_sum(math_ops.square(hinges))
    return math_ops.truediv(total, count, name="liftedstruct_loss")


@export("contrib.losses.metric_learning.npairs_loss")
def npairs_loss(
    labels: Any,
    embeddings_anchor: Any,
    embeddings_positive: Any,
    reg_lambda: float = 0.002,
    print_losses: bool = False,
) -> Tensor:
    """The cross entropy of the similarities of each anchor with all positives, those with its label
    being right (Sohn 2016). Stands for `tf.contrib.losses.metric_learning.npairs_loss`.

    Args:
      labels: int32 [batch].
      embeddings_anchor, embeddings_positive: float32 [batch, size], not normalized.
      reg_lambda: how much the squared lengths of the embeddings count.
      print_losses: whether both parts are printed.

    Returns:
      A scalar.
    """
    penalty = _penalty(embeddings_anchor, embeddings_positive, reg_lambda)
    similarity = _similarity(embeddings_anchor, embeddings_positive)
    labels = _as_column(labels)
    right = math_ops.cast(math_ops.equal(labels, array_ops.transpose(labels)), dtypes.float32)
    return _cross_entropy(right, similarity, penalty, print_losses)


@export("contrib.losses.metric_learning.npairs_loss_multilabel")
def npairs_loss_multilabel(
    sparse_labels: Any,
    embeddings_anchor: Any,
    embeddings_positive: Any,
    reg_lambda: float = 0.002,
    print_losses: bool = False,
) -> Tensor:
    """As `npairs_loss`, of examples with several labels. Stands for
    `tf.contrib.losses.metric_learning.npairs_loss_multilabel`.

    Args:
      sparse_labels: for each example a SparseTensor of its labels.
      embeddings_anchor, embeddings_positive, reg_lambda, print_losses: as of `npairs_loss`.

    Raises:
      TypeError: the labels are no SparseTensors.
    """
    if not all(isinstance(label, SparseTensor) for label in sparse_labels):
        raise TypeError(f"sparse_labels must be a list of SparseTensors, but got {sparse_labels}")
    with name_scope("NpairsLossMultiLabel"):
        penalty = _penalty(embeddings_anchor, embeddings_positive, reg_lambda)
        similarity = _similarity(embeddings_anchor, embeddings_positive)
        right = math_ops.cast(_shared_labels(sparse_labels), dtypes.float32)
        return _cross_entropy(right, similarity, penalty, print_losses)


def _as_column(labels: Any) -> Tensor:
    shape = array_ops.shape(labels)
    assert shape.shape == 1
    return array_ops.reshape(labels, [shape[0], 1])


def pairwise_distance(feature: Any, squared: bool = False) -> Tensor:
    """The distances of all rows from one another; the gradient of those that are 0 is 0."""
    rows = math_ops.reduce_sum(math_ops.square(feature), axis=[1], keepdims=True)
    columns = math_ops.square(array_ops.transpose(feature))
    columns = math_ops.reduce_sum(columns, axis=[0], keepdims=True)
    sums = math_ops.add(rows, columns)
    found = sums - 2.0 * math_ops.matmul(feature, array_ops.transpose(feature))
    found = math_ops.maximum(found, 0.0)
    zero = math_ops.less_equal(found, 0.0)
    if not squared:
        found = math_ops.sqrt(found + math_ops.cast(zero, dtypes.float32) * 1e-16)
    found = math_ops.multiply(found, math_ops.cast(math_ops.logical_not(zero), dtypes.float32))
    count = array_ops.shape(feature)[0]
    others = array_ops.ones_like(found) - array_ops.diag(array_ops.ones([count]))
    return math_ops.multiply(found, others)


def _masked_maximum(data: Tensor, mask: Tensor) -> Tensor:
    """The largest of each row where `mask` is 1; the smallest where it is 1 nowhere."""
    least = math_ops.reduce_min(data, 1, keepdims=True)
    return math_ops.reduce_max(math_ops.multiply(data - least, mask), 1, keepdims=True) + least


def _masked_minimum(data: Tensor, mask: Tensor) -> Tensor:
    most = math_ops.reduce_max(data, 1, keepdims=True)
    return math_ops.reduce_min(math_ops.multiply(data - most, mask), 1, keepdims=True) + most


def _pairs(same: Tensor, batch: Tensor) -> Tensor:
    """1 for pairs of different examples with the same label."""
    return math_ops.cast(same, dtype=dtypes.float32) - array_ops.diag(array_ops.ones([batch]))


def _penalty(anchors: Any, positives: Any, weight: float) -> Tensor:
    lengths = [
        math_ops.reduce_mean(math_ops.reduce_sum(math_ops.square(part), 1))
        for part in (anchors, positives)
    ]
    return math_ops.multiply(0.25 * weight, lengths[0] + lengths[1], name="l2loss")


def _similarity(anchors: Any, positives: Any) -> Tensor:
    return math_ops.matmul(anchors, positives, transpose_a=False, transpose_b=True)


def _cross_entropy(right: Tensor, similarity: Tensor, penalty: Tensor, shown: bool) -> Tensor:
    right /= math_ops.reduce_sum(right, 1, keepdims=True)
    entropy = nn_ops.softmax_cross_entropy_with_logits(logits=similarity, labels=right)
    entropy = math_ops.reduce_mean(entropy, name="xentropy")
    if shown:
        entropy = logging_ops.Print(entropy, ["cross entropy:", entropy, "l2loss:", penalty])
    return penalty + entropy


def _shared_labels(labels: Any) -> Tensor:
    """How many labels two examples share, for all pairs."""
    count = len(labels)
    found = array_ops.zeros([count, count])
    for i in range(count):
        for j in range(count):
            both = sparse_math.sparse_minimum(labels[i], labels[j])
            shared = math_ops.cast(sparse_math.sparse_reduce_sum(both), dtypes.float32)
            shared = array_ops.expand_dims(array_ops.expand_dims(shared, 0), 1)
            places = [[i, count - i - 1], [j, count - j - 1]]
            found += array_ops.pad(shared, places, "CONSTANT")
    return found
