"""Losses of predictions against labels, weighted and reduced to one number: `tf.losses`.

All share these arguments:

  weights: a number, or a tensor that broadcasts to the losses: of the same rank, each size the same
    or 1.
  scope: a name scope for the nodes.
  loss_collection: the collection that the loss is added to; None for no collection.
  reduction: how losses become a number, see `Reduction`; float32 inside.

They raise ValueError where labels or predictions are None, do not fit, or the weights do not.
"""

from typing import Any

from evergraph.api import array_ops, control_flow_ops, math_ops, nn_impl, nn_ops
from evergraph.api.confusion_matrix import remove_squeezable_dimensions
from evergraph.api.weights_broadcast_ops import assert_broadcastable, broadcast_weights
from evergraph.base import dtypes
from evergraph.base.deprecation import deprecated_args, deprecated_argument_lookup
from evergraph.base.export import export
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import control_dependencies, name_scope
from evergraph.graph.graph import get_default_graph
from evergraph.graph.keys import GraphKeys
from evergraph.graph.tensor import Tensor
from evergraph.library.losses.util import add_loss


@export("losses.Reduction")
class Reduction:
    """How the weighted losses of a batch become one. Stands for `tf.losses.Reduction`.

    NONE leaves them, SUM adds them up; the others divide the sum: MEAN by the sum of weights,
    SUM_OVER_BATCH_SIZE by the count of losses, SUM_BY_NONZERO_WEIGHTS by the count of weights that
    are not 0.
    """

    NONE = "none"
    SUM = "weighted_sum"
    SUM_OVER_BATCH_SIZE = "weighted_sum_over_batch_size"
    MEAN = "weighted_mean"
    SUM_BY_NONZERO_WEIGHTS = "weighted_sum_by_nonzero_weights"
    SUM_OVER_NONZERO_WEIGHTS = SUM_BY_NONZERO_WEIGHTS

    @classmethod
    def all(cls) -> tuple[str, ...]:
        """All keys."""
        return (
            cls.NONE,
            cls.SUM,
            cls.MEAN,
            cls.SUM_OVER_BATCH_SIZE,
            cls.SUM_OVER_NONZERO_WEIGHTS,
            cls.SUM_BY_NONZERO_WEIGHTS,
        )

    @classmethod
    def validate(cls, key: Any) -> None:
        """ValueError where `key` is none of them."""
        if key not in cls.all():
            raise ValueError(f"Invalid Reduction Key {key}.")


def _safe_mean(losses: Any, num_present: Any) -> Tensor:
    """The sum of `losses` over a count; 0 where the count is."""
    return math_ops.div_no_nan(math_ops.reduce_sum(losses), num_present, name="value")


def _num_present(losses: Tensor, weights: Any, per_batch: bool = False) -> Tensor:
    """How many losses have a weight that is not 0; for each example if `per_batch`."""
    if isinstance(weights, float) and weights != 0.0:
        return _num_elements(losses)
    with name_scope(None, "num_present", (losses, weights)) as scope:
        weights = math_ops.cast(weights, dtype=dtypes.float32)
        present = array_ops.where(
            math_ops.equal(weights, 0.0),
            array_ops.zeros_like(weights),
            array_ops.ones_like(weights),
        )
        present = broadcast_weights(present, losses)
        if not per_batch:
            return math_ops.reduce_sum(present, name=scope)
        axes = math_ops.range(1, array_ops.rank(present))
        return math_ops.reduce_sum(present, axis=axes, keepdims=True, name=scope)


def _num_elements(losses: Tensor) -> Tensor:
    with name_scope(None, "num_elements", values=[losses]) as scope:
        return math_ops.cast(array_ops.size(losses, name=scope), dtype=losses.dtype)


def _reduced(losses: Tensor, weights: Tensor, reduction: str) -> Tensor:
    weighted = math_ops.multiply(losses, weights)
    if reduction == Reduction.NONE:
        return weighted
    loss = math_ops.reduce_sum(weighted)
    if reduction == Reduction.MEAN:
        total = math_ops.reduce_sum(array_ops.ones_like(losses) * weights)
        return _safe_mean(loss, total)
    if reduction == Reduction.SUM_BY_NONZERO_WEIGHTS:
        return _safe_mean(loss, _num_present(losses, weights))
    if reduction == Reduction.SUM_OVER_BATCH_SIZE:
        return _safe_mean(loss, _num_elements(losses))
    return loss


@export("losses.compute_weighted_loss")
def compute_weighted_loss(
    losses: Any,
    weights: Any = 1.0,
    scope: str | None = None,
    loss_collection: Any = GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Tensor:
    """Losses that are known for each element, weighted and reduced. Stands for
    `tf.losses.compute_weighted_loss`.

    Args:
      losses: a tensor. The result has its dtype.
      weights, scope, loss_collection, reduction: see the module.
    """
    Reduction.validate(reduction)
    with name_scope(scope, "weighted_loss", (losses, weights)):
        # Estimators that train on several replicas look at it.
        vars(get_default_graph())["_last_loss_reduction"] = reduction
        with control_dependencies((assert_broadcastable(weights, losses),)):
            losses = convert_to_tensor(losses)
            input_dtype = losses.dtype
            losses = math_ops.cast(losses, dtype=dtypes.float32)
            weights = math_ops.cast(weights, dtype=dtypes.float32)
            loss = math_ops.cast(_reduced(losses, weights, reduction), input_dtype)
            add_loss(loss, loss_collection)
            return loss


def _refuse_none(**arguments: Any) -> None:
    for name, value in arguments.items():
        if value is None:
            raise ValueError(f"{name} must not be None.")


def _as_floats(predictions: Any, labels: Any) -> tuple[Tensor, Tensor]:
    predictions = math_ops.cast(predictions, dtype=dtypes.float32)
    labels = math_ops.cast(labels, dtype=dtypes.float32)
    predictions.get_shape().assert_is_compatible_with(labels.get_shape())
    return predictions, labels


@export("losses.absolute_difference")
def absolute_difference(
    labels: Any,
    predictions: Any,
    weights: Any = 1.0,
    scope: str | None = None,
    loss_collection: Any = GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Tensor:
    """abs(predictions - labels). Stands for `tf.losses.absolute_difference`; arguments: see the
    module."""
    _refuse_none(labels=labels, predictions=predictions)
    with name_scope(scope, "absolute_difference", (predictions, labels, weights)) as scope:
        predictions, labels = _as_floats(predictions, labels)
        losses = math_ops.abs(math_ops.subtract(predictions, labels))
        return compute_weighted_loss(losses, weights, scope, loss_collection, reduction=reduction)


@export("losses.cosine_distance")
@deprecated_args(None, "dim is deprecated, use axis instead", "dim")
def cosine_distance(
    labels: Any,
    predictions: Any,
    axis: Any = None,
    weights: Any = 1.0,
    scope: str | None = None,
    loss_collection: Any = GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
    dim: Any = None,
) -> Tensor:
    """1 - the product of unit vectors along `axis`. Stands for `tf.losses.cosine_distance`.

    Args:
      labels, predictions: tensors normalized along `axis` already.
      axis: the axis of the vectors.
      weights, scope, loss_collection, reduction: see the module.
      dim: an older name of `axis`.
    """
    axis = deprecated_argument_lookup("axis", axis, "dim", dim)
    if axis is None:
        raise ValueError("You must specify 'axis'.")
    _refuse_none(labels=labels, predictions=predictions)
    with name_scope(scope, "cosine_distance_loss", (predictions, labels, weights)) as scope:
        predictions, labels = _as_floats(predictions, labels)
        products = math_ops.multiply(predictions, labels)
        losses = 1 - math_ops.reduce_sum(products, axis=(axis,), keepdims=True)
        return compute_weighted_loss(losses, weights, scope, loss_collection, reduction=reduction)


@export("losses.hinge_loss")
def hinge_loss(
    labels: Any,
    logits: Any,
    weights: Any = 1.0,
    scope: str | None = None,
    loss_collection: Any = GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Tensor:
    """max(0, 1 - logits) where the label is 1, max(0, 1 + logits) where it is 0. Stands for
    `tf.losses.hinge_loss`; arguments: see the module."""
    _refuse_none(labels=labels, logits=logits)
    with name_scope(scope, "hinge_loss", (logits, labels, weights)) as scope:
        logits, labels = _as_floats(logits, labels)
        ones = array_ops.ones_like(labels)
        signs = math_ops.subtract(2 * labels, ones)
        losses = nn_ops.relu(math_ops.subtract(ones, math_ops.multiply(signs, logits)))
        return compute_weighted_loss(losses, weights, scope, loss_collection, reduction=reduction)


@export("losses.huber_loss")
def huber_loss(
    labels: Any,
    predictions: Any,
    weights: Any = 1.0,
    delta: Any = 1.0,
    scope: str | None = None,
    loss_collection: Any = GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Tensor:
    """Half the square of the error up to `delta`, and a straight line beyond. Stands for
    `tf.losses.huber_loss`; other arguments: see the module."""
    _refuse_none(labels=labels, predictions=predictions)
    with name_scope(scope, "huber_loss", (predictions, labels, weights)) as scope:
        predictions, labels = _as_floats(predictions, labels)
        size = math_ops.abs(math_ops.subtract(predictions, labels))
        quadratic = math_ops.minimum(size, delta)
        linear = math_ops.subtract(size, quadratic)
        half = convert_to_tensor(0.5, dtype=quadratic.dtype)
        losses = math_ops.add(
            math_ops.multiply(half, math_ops.multiply(quadratic, quadratic)),
            math_ops.multiply(delta, linear),
        )
        return compute_weighted_loss(losses, weights, scope, loss_collection, reduction=reduction)


@export("losses.log_loss")
def log_loss(
    labels: Any,
    predictions: Any,
    weights: Any = 1.0,
    epsilon: Any = 1e-7,
    scope: str | None = None,
    loss_collection: Any = GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Tensor:
    """The cross entropy of probabilities; `epsilon` keeps the logarithms finite. Stands for
    `tf.losses.log_loss`; other arguments: see the module."""
    _refuse_none(labels=labels, predictions=predictions)
    with name_scope(scope, "log_loss", (predictions, labels, weights)) as scope:
        predictions, labels = _as_floats(predictions, labels)
        positive = -math_ops.multiply(labels, math_ops.log(predictions + epsilon))
        losses = positive - math_ops.multiply((1 - labels), math_ops.log(1 - predictions + epsilon))
        return compute_weighted_loss(losses, weights, scope, loss_collection, reduction=reduction)


@export("losses.mean_pairwise_squared_error")
def mean_pairwise_squared_error(
    labels: Any,
    predictions: Any,
    weights: Any = 1.0,
    scope: str | None = None,
    loss_collection: Any = GraphKeys.LOSSES,
) -> Tensor:
    """The squared error of the differences between all pairs of an example's elements. Stands for
    `tf.losses.mean_pairwise_squared_error`.

    Args:
      labels, predictions: tensors of one shape; the first axis is that of examples.
      weights: a number, or one for each example.
      scope, loss_collection: see the module.
    """
    _refuse_none(labels=labels, predictions=predictions)
    with name_scope(scope, "mean_pairwise_squared_error", (predictions, labels, weights)) as scope:
        weights = math_ops.cast(weights, dtype=dtypes.float32)
        labels = math_ops.cast(labels, dtype=dtypes.float32)
        with control_dependencies((assert_broadcastable(weights, labels),)):
            predictions = math_ops.cast(predictions, dtype=dtypes.float32)
            predictions.get_shape().assert_is_compatible_with(labels.get_shape())
            diffs = math_ops.subtract(predictions, labels)
            loss, num_present = _pairwise_loss(diffs, weights)
            mean_loss = array_ops.where(
                math_ops.reduce_sum(num_present) > 0,
                loss,
                array_ops.zeros_like(loss),
                name="value",
            )
            add_loss(mean_loss, loss_collection)
            return mean_loss


def _pairwise_loss(diffs: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
    """The loss, and how many elements count in each example."""
    axis = math_ops.range(1, array_ops.rank(diffs))
    sum_squares = math_ops.reduce_sum(math_ops.square(diffs), axis=axis, keepdims=True)
    num_present = _num_present(diffs, weights, per_batch=True)
    term1 = 2.0 * math_ops.div_no_nan(
        sum_squares, math_ops.maximum(num_present - 1, 0), name="value"
    )
    sum_diff = math_ops.reduce_sum(diffs, axis=axis, keepdims=True)
    term2 = 2.0 * math_ops.div_no_nan(
        math_ops.square(sum_diff),
        math_ops.maximum(math_ops.multiply(num_present, num_present - 1), 0),
        name="value",
    )
    weighted = math_ops.multiply(term1 - term2, weights)
    return math_ops.reduce_sum(weighted), num_present


@export("losses.mean_squared_error")
def mean_squared_error(
    labels: Any,
    predictions: Any,
    weights: Any = 1.0,
    scope: str | None = None,
    loss_collection: Any = GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Tensor:
    """The square of the error. Stands for `tf.losses.mean_squared_error`; arguments: see the
    module."""
    _refuse_none(labels=labels, predictions=predictions)
    with name_scope(scope, "mean_squared_error", (predictions, labels, weights)) as scope:
        predictions, labels = _as_floats(predictions, labels)
        losses = math_ops.squared_difference(predictions, labels)
        return compute_weighted_loss(losses, weights, scope, loss_collection, reduction=reduction)


@export("losses.sigmoid_cross_entropy")
def sigmoid_cross_entropy(
    multi_class_labels: Any,
    logits: Any,
    weights: Any = 1.0,
    label_smoothing: Any = 0,
    scope: str | None = None,
    loss_collection: Any = GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Tensor:
    """The cross entropy of independent classes. Stands for `tf.losses.sigmoid_cross_entropy`.

    Args:
      multi_class_labels: 0 or 1 for each class, shaped like `logits`.
      logits: a float tensor.
      label_smoothing: how far labels are moved towards 1/2, in [0, 1].
      weights, scope, loss_collection, reduction: see the module.
    """
    _refuse_none(multi_class_labels=multi_class_labels, logits=logits)
    values = (logits, multi_class_labels, weights)
    with name_scope(scope, "sigmoid_cross_entropy_loss", values) as scope:
        logits = convert_to_tensor(logits)
        labels = math_ops.cast(multi_class_labels, logits.dtype)
        logits.get_shape().assert_is_compatible_with(labels.get_shape())
        if label_smoothing > 0:
            labels = labels * (1 - label_smoothing) + 0.5 * label_smoothing
        losses = nn_impl.sigmoid_cross_entropy_with_logits(
            labels=labels, logits=logits, name="xentropy"
        )
        return compute_weighted_loss(losses, weights, scope, loss_collection, reduction=reduction)


@export("losses.softmax_cross_entropy")
def softmax_cross_entropy(
    onehot_labels: Any,
    logits: Any,
    weights: Any = 1.0,
    label_smoothing: Any = 0,
    scope: str | None = None,
    loss_collection: Any = GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Tensor:
    """The cross entropy of classes that exclude one another. Stands for
    `tf.losses.softmax_cross_entropy`.

    Args:
      onehot_labels: the probability of each class along the last axis; no gradient flows there.
      logits: a float tensor of the same shape.
      label_smoothing: how far labels are moved towards equal probabilities, in [0, 1].
      weights, scope, loss_collection, reduction: see the module.
    """
    _refuse_none(onehot_labels=onehot_labels, logits=logits)
    values = (logits, onehot_labels, weights)
    with name_scope(scope, "softmax_cross_entropy_loss", values) as scope:
        logits = convert_to_tensor(logits)
        labels = math_ops.cast(onehot_labels, logits.dtype)
        logits.get_shape().assert_is_compatible_with(labels.get_shape())
        if label_smoothing > 0:
            num_classes = math_ops.cast(array_ops.shape(labels)[-1], logits.dtype)
            smooth_negatives = label_smoothing / num_classes
            labels = labels * (1.0 - label_smoothing) + smooth_negatives
        labels = array_ops.stop_gradient(labels, name="labels_stop_gradient")
        losses = nn_ops.softmax_cross_entropy_with_logits_v2(
            labels=labels, logits=logits, name="xentropy"
        )
        return compute_weighted_loss(losses, weights, scope, loss_collection, reduction=reduction)


def _remove_squeezable_dimensions(
    labels: Any, predictions: Any, weights: Any = None, expected_rank_diff: int = 0
) -> tuple[Any, Any, Any]:
    """All three without last axes of size 1 that are one too many."""
    labels, predictions = remove_squeezable_dimensions(
        labels, predictions, expected_rank_diff=expected_rank_diff
    )
    if weights is None:
        return labels, predictions, weights
    weights = convert_to_tensor(weights)
    labels_rank = labels.get_shape().ndims
    shape = weights.get_shape()
    if labels_rank is not None and shape.ndims is not None:
        if shape.ndims - labels_rank == 1:
            weights = array_ops.squeeze(weights, [-1])
        return labels, predictions, weights
    rank_diff = array_ops.rank(weights) - array_ops.rank(labels)
    if shape.ndims is None or (shape.ndims > 0 and shape.dims[-1].is_compatible_with(1)):
        given = weights
        weights = control_flow_ops.cond(
            math_ops.equal(1, rank_diff), lambda: array_ops.squeeze(given, [-1]), lambda: given
        )
    return labels, predictions, weights


@export("losses.sparse_softmax_cross_entropy")
def sparse_softmax_cross_entropy(
    labels: Any,
    logits: Any,
    weights: Any = 1.0,
    scope: str | None = None,
    loss_collection: Any = GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Tensor:
    """The cross entropy of classes that labels name. Stands for
    `tf.losses.sparse_softmax_cross_entropy`.

    Args:
      labels: int32 or int64 numbers of classes, shaped like `logits` without the last axis (or 1
        there).
      logits: a float tensor.
      weights, scope, loss_collection, reduction: see the module.
    """
    _refuse_none(labels=labels, logits=logits)
    values = (logits, labels, weights)
    with name_scope(scope, "sparse_softmax_cross_entropy_loss", values) as scope:
        labels, logits, weights = _remove_squeezable_dimensions(
            labels, logits, weights, expected_rank_diff=1
        )
        losses = nn_ops.sparse_softmax_cross_entropy_with_logits(
            labels=labels, logits=logits, name="xentropy"
        )
        return compute_weighted_loss(losses, weights, scope, loss_collection, reduction=reduction)
