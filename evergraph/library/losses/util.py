"""Losses kept in collections, and shapes of losses with weights."""

from collections.abc import Iterator
from typing import Any

from evergraph.api import array_ops, check_ops, confusion_matrix, control_flow_ops, math_ops
from evergraph.api.weights_broadcast_ops import broadcast_weights
from evergraph.base import dtypes
from evergraph.base.decorator import contextmanager
from evergraph.base.export import export
from evergraph.graph.constant import constant
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import add_to_collection, control_dependencies, get_collection
from evergraph.graph.keys import GraphKeys
from evergraph.graph.tensor import Tensor

cond = control_flow_ops.cond


def squeeze_or_expand_dimensions(y_pred: Any, y_true: Any = None, sample_weight: Any = None) -> Any:
    """Predictions, labels and weights whose last axes of size 1 fit together.

    Returns:
      The three, or the first two where there are no weights.
    """
    y_pred_rank = y_pred.shape.ndims
    if y_true is not None:
        y_true, y_pred = _fitted_labels(y_pred, y_true)
    if sample_weight is None:
        return y_pred, y_true
    sample_weight = convert_to_tensor(sample_weight)
    return y_pred, y_true, _fitted_weights(sample_weight, y_pred, y_pred_rank)


def _fitted_labels(y_pred: Any, y_true: Any) -> Any:
    def squeezed() -> Any:
        return confusion_matrix.remove_squeezable_dimensions(y_true, y_pred)

    ranks = y_pred.shape.ndims, y_true.shape.ndims
    if None not in ranks:
        # A last axis of classes stays where the labels are their numbers.
        if ranks[0] - ranks[1] != 1 or y_pred.shape[-1] == 1:
            return squeezed()
        return y_true, y_pred
    rank_diff = array_ops.rank(y_pred) - array_ops.rank(y_true)
    is_last_dim_1 = math_ops.equal(1, array_ops.shape(y_pred)[-1])

    def maybe_squeezed() -> Any:
        return cond(is_last_dim_1, squeezed, lambda: (y_true, y_pred))

    return cond(math_ops.equal(1, rank_diff), maybe_squeezed, squeezed)


def _fitted_weights(weights: Tensor, y_pred: Any, y_pred_rank: int | None) -> Any:
    rank = weights.shape.ndims
    if rank == 0:
        return weights
    if y_pred_rank is not None and rank is not None:
        if rank - y_pred_rank == 1:
            return array_ops.squeeze(weights, [-1])
        if y_pred_rank - rank == 1:
            return array_ops.expand_dims(weights, [-1])
        return weights
    weights_rank = array_ops.rank(weights)
    rank_diff = weights_rank - array_ops.rank(y_pred)

    def expanded() -> Any:
        return cond(
            math_ops.equal(rank_diff, -1),
            lambda: array_ops.expand_dims(weights, [-1]),
            lambda: weights,
        )

    def adjusted() -> Any:
        squeezed = math_ops.equal(rank_diff, 1)
        return cond(squeezed, lambda: array_ops.squeeze(weights, [-1]), expanded)

    return cond(math_ops.equal(weights_rank, 0), lambda: weights, adjusted)


def scale_losses_by_sample_weight(losses: Any, sample_weight: Any) -> Tensor:
    """Losses times weights, float32."""
    losses = math_ops.cast(losses, dtypes.float32)
    sample_weight = math_ops.cast(sample_weight, dtypes.float32)
    losses, _, sample_weight = squeeze_or_expand_dimensions(losses, None, sample_weight)
    sample_weight = broadcast_weights(sample_weight, losses)
    return math_ops.multiply(losses, sample_weight)


@contextmanager
def check_per_example_loss_rank(per_example_loss: Any) -> Iterator[None]:
    """A block for losses of rank 1 or more: ValueError, or a check at run time."""
    text = "Invalid value passed for `per_example_loss`. Expected a tensor with at least rank 1"
    rank = per_example_loss.shape.rank
    if rank == 0:
        raise ValueError(f"{text}, received: {per_example_loss}")
    if rank is not None:
        yield
        return
    found = array_ops.rank(per_example_loss)
    one = math_ops.cast(1, dtype=dtypes.int32)
    check = check_ops.assert_greater_equal(found, one, message=f"{text}.")
    with control_dependencies([check]):
        yield


@export("losses.add_loss")
def add_loss(loss: Any, loss_collection: Any = GraphKeys.LOSSES) -> None:
    """Adds a loss to a collection. Stands for `tf.losses.add_loss`.

    Args:
      loss: a tensor.
      loss_collection: the collection's key; None adds it nowhere.
    """
    if loss_collection:
        add_to_collection(loss_collection, loss)


@export("losses.get_losses")
def get_losses(scope: str | None = None, loss_collection: Any = GraphKeys.LOSSES) -> list[Any]:
    """The losses of a collection. Stands for `tf.losses.get_losses`.

    Args:
      scope: where given, only those whose name it matches from the start, as a regular expression.
      loss_collection: the collection's key.
    """
    return get_collection(loss_collection, scope)


@export("losses.get_regularization_losses")
def get_regularization_losses(scope: str | None = None) -> list[Any]:
    """The losses of regularizers. Stands for `tf.losses.get_regularization_losses`.

    Args:
      scope: as `get_losses`'.
    """
    return get_collection(GraphKeys.REGULARIZATION_LOSSES, scope)


@export("losses.get_regularization_loss")
def get_regularization_loss(
    scope: str | None = None, name: str = "total_regularization_loss"
) -> Tensor:
    """The sum of the losses of regularizers, 0 where there are none. Stands for
    `tf.losses.get_regularization_loss`.

    Args:
      scope: as `get_losses`'.
      name: the sum's name.
    """
    losses = get_regularization_losses(scope)
    return math_ops.add_n(losses, name=name) if losses else constant(0.0)


@export("losses.get_total_loss")
def get_total_loss(
    add_regularization_losses: bool = True, name: str = "total_loss", scope: str | None = None
) -> Tensor:
    """The sum of all losses of the graph. Stands for `tf.losses.get_total_loss`.

    Args:
      add_regularization_losses: whether those of regularizers count.
      name: the sum's name.
      scope: as `get_losses`'.

    Raises:
      ValueError: there are no losses.
    """
    losses = get_losses(scope=scope)
    if add_regularization_losses:
        losses += get_regularization_losses(scope=scope)
    return math_ops.add_n(losses, name=name)
