"""Losses, weights and metrics that heads share."""

from collections.abc import Callable
from typing import Any

from evergraph.api import (
    array_ops,
    cross_entropy,
    math_ops,
    nn_impl,
    sparse_ops,
    string_ops,
    variable_scope,
    weights_broadcast_ops,
)
from evergraph.api.assertion import Assert
from evergraph.base import dtypes, tf_inspect
from evergraph.base.decorator import unwrap
from evergraph.base.platform import logging
from evergraph.graph.composite import SparseTensor, convert_to_tensor_or_sparse_tensor
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import control_dependencies, name_scope
from evergraph.library.contrib.learn.keys import PredictionKey
from evergraph.library.losses import losses_impl
from evergraph.library.metrics import means, thresholds
from evergraph.library.summary import summary
from evergraph.library.train.adagrad import AdagradOptimizer

# A loss to be made smaller, and one to be shown: the average by weights.
Losses = tuple[Any, Any]


def summary_key(head_name: str | None, name: str) -> str:
    """A metric's name, with the head's."""
    return f"{name}/{head_name}" if head_name else name


def labels_tensor(labels: Any, label_name: str | None) -> Any:
    """The labels of this name, or the only ones."""
    labels = labels[label_name] if isinstance(labels, dict) else labels
    return convert_to_tensor_or_sparse_tensor(labels)


def check_dense(labels: Any) -> Any:
    """Raises ValueError where labels are sparse; gives them."""
    if isinstance(labels, SparseTensor):
        raise ValueError("SparseTensor is not supported.")
    return labels


def weight_tensor(features: dict[str, Any], name: str | None) -> Any:
    """The feature that weighs examples, as a column; None without a name.

    Raises:
      ValueError: there is no such feature.
    """
    if not name:
        return None
    if name not in features:
        raise ValueError(f"Weights {name} missing from features.")
    with name_scope(None, "weight_tensor", tuple(features.values())):
        weights = math_ops.cast(features[name], dtypes.float32)
        shape = weights.get_shape()
        if shape.ndims != 1:
            return weights
        logging.warning(f"Weights {name} has shape {shape}, expanding to make it 2d.")
        if isinstance(weights, SparseTensor):
            return sparse_ops.sparse_reshape(weights, (-1, 1))
        return array_ops.reshape(weights, (-1, 1))


def weighted(unweighted: Any, weights: Any) -> Losses:
    """The mean of losses times weights, and their average by weights."""
    with name_scope("loss", values=(unweighted, weights)) as scope:
        if weights is None:
            loss = math_ops.reduce_mean(unweighted, name=scope)
            return loss, loss
        weights = weights_broadcast_ops.broadcast_weights(weights, unweighted)
        with name_scope(None, "weighted_loss", (unweighted, weights)) as name:
            losses = math_ops.multiply(unweighted, weights, name=name)
        mean = math_ops.reduce_mean(losses, name=scope)
        average = math_ops.div(
            math_ops.reduce_sum(losses),
            math_ops.cast(math_ops.reduce_sum(weights), dtypes.float32),
            name="weighted_average_loss",
        )
        return mean, average


def _columns(labels: Any, logits: Any) -> tuple[Any, Any]:
    """Labels and logits as columns, where they are vectors."""
    logits = convert_to_tensor(logits)
    labels = convert_to_tensor(labels)
    if len(labels.get_shape()) == 1:
        labels = array_ops.expand_dims(labels, axis=1)
    if len(logits.get_shape()) == 1:
        logits = array_ops.expand_dims(logits, axis=1)
    logits.get_shape().assert_is_compatible_with(labels.get_shape())
    return labels, logits


def mean_squared_loss(labels: Any, logits: Any, weights: Any = None) -> Losses:
    """Squared differences."""
    with name_scope(None, "mean_squared_loss", (logits, labels)) as name:
        labels, logits = _columns(labels, logits)
        labels = math_ops.cast(labels, dtypes.float32)
        return weighted(math_ops.squared_difference(logits, labels, name=name), weights)


def poisson_loss(labels: Any, logits: Any, weights: Any = None) -> Losses:
    """The negative log likelihood of counts, whose mean is exp of the logits."""
    with name_scope(None, "_poisson_loss", (logits, labels)) as name:
        labels, logits = _columns(labels, logits)
        loss = nn_impl.log_poisson_loss(labels, logits, compute_full_loss=True, name=name)
        return weighted(loss, weights)


def log_loss_with_two_classes(labels: Any, logits: Any, weights: Any = None) -> Losses:
    """Cross entropy of yes and no."""
    with name_scope(None, "log_loss_with_two_classes", (logits, labels)) as name:
        logits = convert_to_tensor(logits)
        labels = math_ops.cast(labels, dtypes.float32)
        if len(labels.get_shape()) == 1:
            labels = array_ops.expand_dims(labels, axis=1)
        loss = nn_impl.sigmoid_cross_entropy_with_logits(labels=labels, logits=logits, name=name)
        return weighted(loss, weights)


def softmax_cross_entropy_loss(labels: Any, logits: Any, weights: Any = None) -> Losses:
    """Cross entropy of one of several classes. Raises ValueError: labels are no integers."""
    with name_scope(None, "softmax_cross_entropy_loss", (logits, labels)) as name:
        labels = convert_to_tensor(labels)
        if not labels.dtype.is_integer:
            raise ValueError(f"Labels dtype should be integer Instead got {labels.dtype}.")
        is_column = len(labels.get_shape()) == 2
        if is_column:
            labels = array_ops.squeeze(labels, axis=(1,))
        loss = cross_entropy.sparse_softmax_cross_entropy_with_logits(
            labels=labels, logits=logits, name=name
        )
        return weighted(array_ops.expand_dims(loss, axis=(1,)) if is_column else loss, weights)


def sigmoid_cross_entropy_loss(labels: Any, logits: Any, weights: Any = None) -> Losses:
    """Cross entropy of yes and no for each of several labels."""
    with name_scope(None, "sigmoid_cross_entropy_loss", (logits, labels)) as name:
        loss = nn_impl.sigmoid_cross_entropy_with_logits(
            labels=math_ops.cast(labels, dtypes.float32), logits=logits, name=name
        )
        return weighted(loss, weights)


def hinge_loss(labels: Any, logits: Any, weights: Any = None) -> Losses:
    """The loss of a support vector machine."""
    with name_scope(None, "hinge_loss", (logits, labels)) as name:
        is_flat = Assert(
            math_ops.less_equal(array_ops.rank(labels), 2),
            ("labels shape should be either [batch_size, 1] or [batch_size]",),
        )
        with control_dependencies((is_flat,)):
            labels = array_ops.reshape(labels, shape=(-1, 1))
        loss = losses_impl.hinge_loss(
            labels=labels, logits=logits, scope=name, reduction=losses_impl.Reduction.NONE
        )
        return weighted(loss, weights)


def wrapped_loss(loss_fn: Callable[..., Any] | None) -> Callable[..., Losses] | None:
    """A loss function of one's own in the form of those here; None of None.

    Raises:
      ValueError: it lacks an argument.
    """
    if not loss_fn:
        return None
    for name in ("labels", "logits", "weights"):
        if name not in _argument_names(loss_fn):
            raise ValueError(f"Argument {name} not found in loss_fn.")

    def wrapper(labels: Any, logits: Any, weights: Any = None) -> Losses:
        given = (labels, logits) if weights is None else (labels, logits, weights)
        loss = loss_fn(*given)
        return loss, loss

    return wrapper


def _argument_names(function: Any) -> list[str]:
    _, function = unwrap(function)
    while not hasattr(function, "__code__"):
        function = function.func if hasattr(function, "func") else function.__call__
    return tf_inspect.getargspec(function).args


def two_class_logits(logits: Any) -> Any:
    """Logits of no and of yes, of those of yes."""
    return array_ops.concat((array_ops.zeros_like(logits), logits), 1)


def centered_bias(size: int, head_name: str | None) -> Any:
    """A bias for the logits that is trained for itself, with summaries."""
    bias = variable_scope.variable(
        name="centered_bias_weight", initial_value=array_ops.zeros(shape=(size,)), trainable=True
    )
    for i in range(size):
        summary.scalar(summary_key(head_name, f"centered_bias/bias_{i}"), bias[i])
    return bias


def centered_bias_step(
    bias: Any, batch_size: Any, labels: Any, loss_fn: Callable[..., Losses], weights: Any
) -> Any:
    """Trains the bias as if it were all there is."""
    with name_scope(None, "centered_bias_step", (labels,)) as name:
        size = array_ops.shape(bias)[0]
        logits = array_ops.reshape(array_ops.tile(bias, (batch_size,)), (batch_size, size))
        with name_scope(None, "centered_bias", (labels, logits)):
            losses = loss_fn(labels, logits, weights)
            loss = math_ops.reduce_mean(losses, name="training_loss")
    return AdagradOptimizer(0.1).minimize(loss, var_list=(bias,), name=name)


def _float_or_none(weights: Any) -> Any:
    if weights is None:
        return None
    with name_scope(None, "float_weights", (weights,)) as name:
        return math_ops.cast(weights, dtypes.float32, name=name)


def _of_class(weights: Any, class_id: int | None, *values: Any) -> tuple[Any, ...]:
    """The columns of a class; all of them for None."""
    if class_id is None:
        return (weights, *values)
    if weights is not None:
        weights = weights[:, class_id]
    return (weights, *(value[:, class_id] for value in values))


def streaming_mean(values: Any, weights: Any = None, class_id: int | None = None) -> Any:
    """The mean of labels or predictions."""
    values = math_ops.cast(values, dtypes.float32)
    weights = _float_or_none(weights)
    if weights is not None:
        weights = weights_broadcast_ops.broadcast_weights(weights, values)
    weights, values = _of_class(weights, class_id, values)
    return means.mean(values, weights)


def streaming_class_mean(values: Any, weights: Any, class_id: int) -> Any:
    """How often a class comes."""
    is_class = math_ops.equal(
        math_ops.cast(class_id, dtypes.int32), math_ops.cast(values, dtypes.int32)
    )
    ones = array_ops.where(is_class, array_ops.ones_like(values), array_ops.zeros_like(values))
    return means.mean(ones, weights=weights)


def streaming_auc(
    predictions: Any,
    labels: Any,
    weights: Any = None,
    class_id: int | None = None,
    curve: str = "ROC",
) -> Any:
    """The area under a curve."""
    predictions = math_ops.cast(predictions, dtypes.float32)
    if labels.dtype.base_dtype != dtypes.bool:
        logging.warning("Casting %s labels to bool.", labels.dtype)
        labels = math_ops.cast(labels, dtypes.bool)
    weights = _float_or_none(weights)
    if weights is not None:
        weights = weights_broadcast_ops.broadcast_weights(weights, predictions)
    weights, predictions, labels = _of_class(weights, class_id, predictions, labels)
    return thresholds.auc(labels, predictions, weights, curve=curve)


def accuracy_at_threshold(predictions: Any, labels: Any, weights: Any, threshold: float) -> Any:
    """The share of examples that are on the right side of a threshold."""
    above = math_ops.cast(math_ops.greater_equal(predictions, threshold), dtypes.float32)
    return means.accuracy(labels, above, weights)


def precision_at_threshold(predictions: Any, labels: Any, weights: Any, threshold: float) -> Any:
    """The share of true ones among those above a threshold."""
    return _at_threshold(
        thresholds.precision_at_thresholds, predictions, labels, weights, threshold
    )


def recall_at_threshold(predictions: Any, labels: Any, weights: Any, threshold: float) -> Any:
    """The share of those above a threshold among true ones."""
    return _at_threshold(thresholds.recall_at_thresholds, predictions, labels, weights, threshold)


def _at_threshold(
    metric: Callable[..., Any], predictions: Any, labels: Any, weights: Any, threshold: float
) -> Any:
    value, update = metric(labels, predictions, (threshold,), _float_or_none(weights))
    return array_ops.squeeze(value), array_ops.squeeze(update)


def classification_outputs(predictions: dict[str, Any], label_keys: Any) -> dict[str, Any]:
    """What an export of a classifier tells: probabilities, and the classes' names.

    Raises:
      ValueError: there are no probabilities.
    """
    probabilities = predictions.get(PredictionKey.PROBABILITIES)
    if probabilities is None:
        raise ValueError(f"{PredictionKey.PROBABILITIES} missing in predictions")
    with name_scope(None, "_classification_output_alternatives", (probabilities,)):
        batch_size = array_ops.shape(probabilities)[0]
        if label_keys:
            names = array_ops.expand_dims(label_keys, axis=0)
            classes = array_ops.tile(names, [batch_size, 1], name="classes_tensor")
        else:
            numbers = math_ops.range(array_ops.shape(probabilities)[1])
            classes = array_ops.tile(array_ops.expand_dims(numbers, axis=0), [batch_size, 1])
            classes = string_ops.as_string(classes, name="classes_tensor")
    return {PredictionKey.PROBABILITIES: probabilities, PredictionKey.CLASSES: classes}
