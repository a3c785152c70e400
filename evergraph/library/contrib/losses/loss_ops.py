"""`tf.contrib.losses`: the losses as they were before `tf.losses`, predictions first.

All take `weights`, a number or a tensor whose shape is that of the first axes of the losses, and
`scope`, a name scope. Losses are added to the collection `GraphKeys.LOSSES`. They raise ValueError
where the shapes of predictions and labels do not fit, or a rank is not known.
"""

from typing import Any

from evergraph.api import array_ops, math_ops, nn_impl, nn_ops
from evergraph.base import dtypes
from evergraph.base.deprecation import deprecated, deprecated_args, deprecated_argument_lookup
from evergraph.base.export import export
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import add_to_collection, get_collection, name_scope
from evergraph.graph.keys import GraphKeys
from evergraph.graph.tensor import Tensor
from evergraph.library.contrib.framework.arg_scope import add_arg_scope

DATE = "2016-12-30"


def _scale_losses(losses: Tensor, weights: Tensor) -> Tensor:
    """The weighted sum of losses; each weight is for all the elements in the last axes."""
    axis = list(range(max(0, weights.get_shape().ndims), losses.get_shape().ndims))
    reduced = math_ops.reduce_sum(losses, axis=axis)
    return math_ops.reduce_sum(math_ops.multiply(reduced, weights))


def _safe_mean(losses: Any, num_present: Any) -> Tensor:
    return math_ops.div_no_nan(math_ops.reduce_sum(losses), num_present, name="value")


def _check_known(**tensors: Tensor) -> None:
    for name, tensor in tensors.items():
        if tensor.get_shape().ndims is None:
            raise ValueError(f"{name}.get_shape().ndims cannot be None")


def _num_present(losses: Tensor, weights: Tensor, per_batch: bool = False) -> Tensor:
    """How many losses have a weight that is not 0; for each example if `per_batch`."""
    rank = weights.get_shape().ndims
    if rank == 0:
        batch_size = array_ops.reshape(array_ops.slice(array_ops.shape(losses), [0], [1]), [])
        num_per_batch = math_ops._div_python2(
            math_ops.cast(array_ops.size(losses), dtypes.float32),
            math_ops.cast(batch_size, dtypes.float32),
        )
        num_per_batch = array_ops.where(math_ops.equal(weights, 0), 0.0, num_per_batch)
        ones = array_ops.ones(array_ops.reshape(batch_size, [1]))
        num_per_batch = math_ops.multiply(ones, num_per_batch)
    else:
        nonzero = math_ops.cast(math_ops.not_equal(weights, 0), dtypes.float32)
        num_nonzero = math_ops.reduce_sum(nonzero, axis=list(range(1, rank)))
        broadcast_dims = array_ops.slice(array_ops.shape(losses), [rank], [-1])
        copies = math_ops.cast(math_ops.reduce_prod(broadcast_dims), dtypes.float32)
        num_per_batch = math_ops.multiply(num_nonzero, copies)
    return num_per_batch if per_batch else math_ops.reduce_sum(num_per_batch)


@export("contrib.losses.compute_weighted_loss")
@deprecated(DATE, "Use tf.losses.compute_weighted_loss instead.")
def compute_weighted_loss(losses: Any, weights: Any = 1.0, scope: str | None = None) -> Tensor:
    """The mean of the losses whose weight is not 0. Stands for
    `tf.contrib.losses.compute_weighted_loss`."""
    with name_scope(scope, "weighted_loss", [losses, weights]):
        losses = convert_to_tensor(losses)
        input_dtype = losses.dtype
        losses = math_ops.cast(losses, dtypes.float32)
        weights = math_ops.cast(convert_to_tensor(weights), dtypes.float32)
        _check_known(losses=losses, weights=weights)
        shape = weights.get_shape()
        if shape.ndims > 1 and shape.dims[-1].is_compatible_with(1):
            weights = array_ops.squeeze(weights, [-1])
        total_loss = _scale_losses(losses, weights)
        mean_loss = _safe_mean(total_loss, _num_present(losses, weights))
        mean_loss = math_ops.cast(mean_loss, input_dtype)
        add_loss(mean_loss)
        return mean_loss


@export("contrib.losses.add_loss")
@deprecated(DATE, "Use tf.losses.add_loss instead.")
@add_arg_scope
def add_loss(loss: Any, loss_collection: Any = GraphKeys.LOSSES) -> None:
    """Adds a loss to a collection. Stands for `tf.contrib.losses.add_loss`."""
    if loss_collection:
        add_to_collection(loss_collection, loss)


@export("contrib.losses.get_losses")
@deprecated(DATE, "Use tf.losses.get_losses instead.")
def get_losses(scope: str | None = None, loss_collection: Any = GraphKeys.LOSSES) -> list[Any]:
    """The losses of a collection. Stands for `tf.contrib.losses.get_losses`."""
    return get_collection(loss_collection, scope)


@export("contrib.losses.get_regularization_losses")
@deprecated(DATE, "Use tf.losses.get_regularization_losses instead.")
def get_regularization_losses(scope: str | None = None) -> list[Any]:
    """The losses of regularizers. Stands for `tf.contrib.losses.get_regularization_losses`."""
    return get_collection(GraphKeys.REGULARIZATION_LOSSES, scope)


@export("contrib.losses.get_total_loss")
@deprecated(DATE, "Use tf.losses.get_total_loss instead.")
def get_total_loss(add_regularization_losses: bool = True, name: str = "total_loss") -> Tensor:
    """The sum of all losses of the graph. Stands for `tf.contrib.losses.get_total_loss`."""
    losses = get_losses()
    if add_regularization_losses:
        losses += get_regularization_losses()
    return math_ops.add_n(losses, name=name)


def _as_floats(predictions: Any, labels: Any) -> tuple[Tensor, Tensor]:
    predictions.get_shape().assert_is_compatible_with(labels.get_shape())
    return math_ops.cast(predictions, dtypes.float32), math_ops.cast(labels, dtypes.float32)


@export("contrib.losses.absolute_difference")
@deprecated(DATE, "Use tf.losses.absolute_difference instead.")
def absolute_difference(
    predictions: Any, labels: Any = None, weights: Any = 1.0, scope: str | None = None
) -> Tensor:
    """abs(predictions - labels). Stands for `tf.contrib.losses.absolute_difference`."""
    with name_scope(scope, "absolute_difference", [predictions, labels, weights]) as scope:
        predictions, labels = _as_floats(predictions, labels)
        losses = math_ops.abs(math_ops.subtract(predictions, labels))
        return compute_weighted_loss(losses, weights, scope=scope)


@export("contrib.losses.sigmoid_cross_entropy")
@deprecated(
    DATE,
    "Use tf.losses.sigmoid_cross_entropy instead. Note that the order of the predictions and "
    "labels "
    "arguments has been changed.",
)
def sigmoid_cross_entropy(
    logits: Any,
    multi_class_labels: Any,
    weights: Any = 1.0,
    label_smoothing: Any = 0,
    scope: str | None = None,
) -> Tensor:
    """The cross entropy of independent classes. Stands for
    `tf.contrib.losses.sigmoid_cross_entropy`."""
    values = [logits, multi_class_labels, weights]
    with name_scope(scope, "sigmoid_cross_entropy_loss", values) as scope:
        logits.get_shape().assert_is_compatible_with(multi_class_labels.get_shape())
        labels = math_ops.cast(multi_class_labels, logits.dtype)
        if label_smoothing > 0:
            labels = labels * (1 - label_smoothing) + 0.5 * label_smoothing
        losses = nn_impl.sigmoid_cross_entropy_with_logits(
            labels=labels, logits=logits, name="xentropy"
        )
        return compute_weighted_loss(losses, weights, scope=scope)


@export("contrib.losses.softmax_cross_entropy")
@deprecated(
    DATE,
    "Use tf.losses.softmax_cross_entropy instead. Note that the order of the logits and labels "
    "arguments has been changed.",
)
def softmax_cross_entropy(
    logits: Any,
    onehot_labels: Any,
    weights: Any = 1.0,
    label_smoothing: Any = 0,
    scope: str | None = None,
) -> Tensor:
    """The cross entropy of classes that exclude one another. Stands for
    `tf.contrib.losses.softmax_cross_entropy`."""
    values = [logits, onehot_labels, weights]
    with name_scope(scope, "softmax_cross_entropy_loss", values) as scope:
        logits.get_shape().assert_is_compatible_with(onehot_labels.get_shape())
        labels = math_ops.cast(onehot_labels, logits.dtype)
        if label_smoothing > 0:
            num_classes = math_ops.cast(array_ops.shape(labels)[1], logits.dtype)
            smooth_negatives = label_smoothing / num_classes
            labels = labels * (1.0 - label_smoothing) + smooth_negatives
        losses = nn_ops.softmax_cross_entropy_with_logits(
            labels=labels, logits=logits, name="xentropy"
        )
        return compute_weighted_loss(losses, weights, scope=scope)


@export("contrib.losses.sparse_softmax_cross_entropy")
@deprecated(
    DATE,
    "Use tf.losses.sparse_softmax_cross_entropy instead. Note that the order of the logits and "
    "labels "
    "arguments has been changed.",
)
def sparse_softmax_cross_entropy(
    logits: Any, labels: Any, weights: Any = 1.0, scope: str | None = None
) -> Tensor:
    """The cross entropy of classes that labels name. Stands for
    `tf.contrib.losses.sparse_softmax_cross_entropy`."""
    values = [logits, labels, weights]
    with name_scope(scope, "sparse_softmax_cross_entropy_loss", values) as scope:
        labels = array_ops.reshape(labels, shape=[array_ops.shape(labels)[0]])
        losses = nn_ops.sparse_softmax_cross_entropy_with_logits(
            labels=labels, logits=logits, name="xentropy"
        )
        return compute_weighted_loss(losses, weights, scope=scope)


@export("contrib.losses.log_loss")
@deprecated(
    DATE,
    "Use tf.losses.log_loss instead. Note that the order of the predictions and labels arguments "
    "has "
    "been changed.",
)
def log_loss(
    predictions: Any,
    labels: Any = None,
    weights: Any = 1.0,
    epsilon: Any = 1e-7,
    scope: str | None = None,
) -> Tensor:
    """The cross entropy of probabilities. Stands for `tf.contrib.losses.log_loss`."""
    with name_scope(scope, "log_loss", [predictions, labels, weights]) as scope:
        predictions, labels = _as_floats(predictions, labels)
        positive = -math_ops.multiply(labels, math_ops.log(predictions + epsilon))
        losses = positive - math_ops.multiply((1 - labels), math_ops.log(1 - predictions + epsilon))
        return compute_weighted_loss(losses, weights, scope=scope)


@export("contrib.losses.hinge_loss")
@deprecated(
    DATE,
    "Use tf.losses.hinge_loss instead. Note that the order of the logits and labels arguments has "
    "been "
    "changed, and to stay unweighted, reduction=Reduction.NONE",
)
def hinge_loss(logits: Any, labels: Any = None, scope: str | None = None) -> Tensor:
    """max(0, 1 - logits) where the label is 1, max(0, 1 + logits) where it is 0, neither weighted
    nor
    reduced. Stands for `tf.contrib.losses.hinge_loss`."""
    with name_scope(scope, "hinge_loss", [logits, labels]) as scope:
        logits.get_shape().assert_is_compatible_with(labels.get_shape())
        labels = math_ops.cast(labels, dtypes.float32)
        ones = array_ops.ones_like(labels)
        signs = math_ops.subtract(2 * labels, ones)
        return nn_ops.relu(math_ops.subtract(ones, math_ops.multiply(signs, logits)))


@export("contrib.losses.mean_squared_error")
@deprecated(DATE, "Use tf.losses.mean_squared_error instead.")
def mean_squared_error(
    predictions: Any, labels: Any = None, weights: Any = 1.0, scope: str | None = None
) -> Tensor:
    """The square of the error. Stands for `tf.contrib.losses.mean_squared_error`."""
    with name_scope(scope, "mean_squared_error", [predictions, labels, weights]) as scope:
        predictions, labels = _as_floats(predictions, labels)
        losses = math_ops.squared_difference(predictions, labels)
        return compute_weighted_loss(losses, weights, scope=scope)


@export("contrib.losses.mean_pairwise_squared_error")
@deprecated(
    DATE,
    "Use tf.losses.mean_pairwise_squared_error instead. Note that the order of the predictions and "
    "labels arguments has been changed.",
)
def mean_pairwise_squared_error(
    predictions: Any, labels: Any = None, weights: Any = 1.0, scope: str | None = None
) -> Tensor:
    """The squared error of the differences between all pairs of an example's elements. Stands for
    `tf.contrib.losses.mean_pairwise_squared_error`."""
    values = [predictions, labels, weights]
    with name_scope(scope, "mean_pairwise_squared_error", values) as scope:
        predictions, labels = _as_floats(predictions, labels)
        weights = math_ops.cast(convert_to_tensor(weights), dtypes.float32)
        diffs = math_ops.subtract(predictions, labels)
        _check_known(diffs=diffs, weights=weights)
        axis = list(range(1, diffs.get_shape().ndims))
        sum_squares = math_ops.reduce_sum(math_ops.square(diffs), axis=axis)
        num_present = _num_present(diffs, weights, per_batch=True)
        term1 = 2.0 * math_ops.div_no_nan(sum_squares, num_present, name="value")
        sum_diff = math_ops.reduce_sum(diffs, axis=axis)
        term2 = 2.0 * math_ops.div_no_nan(
            math_ops.square(sum_diff), math_ops.square(num_present), name="value"
        )
        loss = _scale_losses(term1 - term2, weights)
        mean_loss = array_ops.where(
            math_ops.reduce_sum(num_present) > 0, loss, array_ops.zeros_like(loss), name="value"
        )
        add_loss(mean_loss)
        return mean_loss


@export("contrib.losses.cosine_distance")
@deprecated(DATE, "Use tf.losses.cosine_distance instead.")
@deprecated_args(None, "dim is deprecated, use axis instead", "dim")
def cosine_distance(
    predictions: Any,
    labels: Any = None,
    axis: Any = None,
    weights: Any = 1.0,
    scope: str | None = None,
    dim: Any = None,
) -> Tensor:
    """1 - the product of unit vectors along `axis`. Stands for `tf.contrib.losses.cosine_distance`.

    Args:
      dim: an older name of `axis`.
    """
    axis = deprecated_argument_lookup("axis", axis, "dim", dim)
    if axis is None:
        raise ValueError("You must specify 'axis'.")
    with name_scope(scope, "cosine_distance_loss", [predictions, labels, weights]) as scope:
        predictions, labels = _as_floats(predictions, labels)
        products = math_ops.multiply(predictions, labels)
        losses = 1 - math_ops.reduce_sum(products, axis=[axis])
        return compute_weighted_loss(losses, weights, scope=scope)
