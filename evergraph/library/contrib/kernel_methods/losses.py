"""Hinge loss of several classes."""

from typing import Any

from evergraph.api import array_ops, math_ops, nn_ops
from evergraph.api.check_ops import assert_less
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import control_dependencies, name_scope
from evergraph.graph.keys import GraphKeys
from evergraph.library.losses.losses_impl import Reduction, compute_weighted_loss


def _rank(value: Any, allowed: list[int], message: str) -> int:
    rank = value.get_shape().ndims
    if rank not in allowed:
        raise ValueError(f"{message} {rank}")
    return rank


@export("contrib.kernel_methods.sparse_multiclass_hinge_loss")
def sparse_multiclass_hinge_loss(
    labels: Any,
    logits: Any,
    weights: Any = 1.0,
    scope: Any = None,
    loss_collection: Any = GraphKeys.LOSSES,
    reduction: Any = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Any:
    """The most that a wrong class's logit exceeds the right one's less 1, or 0; see Crammer and
    Singer 2001. Stands for `tf.contrib.kernel_methods.sparse_multiclass_hinge_loss`.

    Args:
      labels: the right classes, integers [batch] or [batch, 1].
      logits: [batch, classes].
      weights: one number, or one of each example.
      scope: a name.
      loss_collection: the collection that the loss is put into.
      reduction: how losses are added up; see `tf.losses.Reduction`.

    Raises:
      ValueError: shapes or types do not fit.
    """
    with name_scope(scope, "sparse_multiclass_hinge_loss", (logits, labels)) as scope:
        wanted = "logits should have rank 2 ([batch_size, num_classes]). Given rank is"
        _rank(logits, [2], wanted)
        shape = array_ops.shape(logits)
        batch_size, num_classes = shape[0], shape[1]
        logits = math_ops.cast(logits, dtypes.float32)
        if labels.dtype not in (dtypes.int32, dtypes.int64):
            raise ValueError(
                f"Invalid dtype for labels: {labels.dtype}. Acceptable dtypes: int32 and int64"
            )
        wanted = "should have rank 1 ([batch_size]) or 2 ([batch_size, 1]). Given rank is"
        _rank(labels, [1, 2], f"labels {wanted}")
        limit = math_ops.cast(num_classes, labels.dtype)
        with control_dependencies([assert_less(labels, limit)]):
            labels = array_ops.reshape(labels, shape=[-1])
        weights = convert_to_tensor(weights)
        if _rank(weights, [0, 1, 2], f"non-scalar weights {wanted}"):
            weights = array_ops.reshape(weights, shape=[-1])
            weights.get_shape().assert_is_compatible_with(labels.get_shape())
        rows = array_ops.reshape(math_ops.range(batch_size), shape=[batch_size, 1])
        columns = array_ops.reshape(math_ops.cast(labels, rows.dtype), shape=[batch_size, 1])
        places = array_ops.concat([rows, columns], axis=1)
        right = array_ops.gather_nd(params=logits, indices=places)
        right = array_ops.reshape(right, shape=[batch_size, 1])
        ones = array_ops.one_hot(indices=labels, depth=num_classes, on_value=0.0, off_value=1.0)
        margin = nn_ops.relu(logits - right + ones)
        loss = math_ops.reduce_max(margin, axis=1)
        return compute_weighted_loss(loss, weights, scope, loss_collection, reduction=reduction)
