"""Confusion matrices."""

from typing import Any

from evergraph.api import array_ops, check_ops, control_flow_ops, math_ops
from evergraph.base import dtypes
from evergraph.base.deprecation import deprecated_endpoints
from evergraph.base.export import export
from evergraph.graph.apply import apply_op
from evergraph.graph.composite import SparseTensor
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor


def remove_squeezable_dimensions(
    labels: Any, predictions: Any, expected_rank_diff: int = 0, name: str | None = None
) -> tuple[Tensor, Tensor]:
    """Drops a last axis of size 1 of `labels` or `predictions` where their ranks do not fit
    together.

    Args:
      labels, predictions: tensors.
      expected_rank_diff: by how much the rank of `predictions` should be the greater one.
      name: a name scope for the nodes.
    """
    with name_scope(name, "remove_squeezable_dimensions", [labels, predictions]):
        predictions = convert_to_tensor(predictions)
        labels = convert_to_tensor(labels)
        predictions_dims, labels_dims = predictions.dims, labels.dims
        if labels_dims is not None and predictions_dims is not None:
            difference = len(predictions_dims) - len(labels_dims)
            if difference == expected_rank_diff + 1:
                predictions = array_ops.squeeze(predictions, [-1])
            elif difference == expected_rank_diff - 1:
                labels = array_ops.squeeze(labels, [-1])
            return labels, predictions
        rank_diff = array_ops.rank(predictions) - array_ops.rank(labels)
        predictions = _squeezed_if(predictions, expected_rank_diff + 1, rank_diff)
        return _squeezed_if(labels, expected_rank_diff - 1, rank_diff), predictions


def _squeezed_if(tensor: Tensor, expected: int, rank_diff: Tensor) -> Tensor:
    """`tensor` without its last axis where `rank_diff`, known when it runs, is `expected`."""
    if tensor.dims is not None and tensor.shape.dims[-1].value not in (None, 1):
        return tensor
    return control_flow_ops.cond(
        math_ops.equal(expected, rank_diff),
        lambda: array_ops.squeeze(tensor, [-1]),
        lambda: tensor,
    )


def confusion_matrix(
    labels: Any,
    predictions: Any,
    num_classes: Any = None,
    weights: Any = None,
    dtype: Any = dtypes.int32,
    name: str | None = None,
) -> Tensor:
    """As `tf.math.confusion_matrix`, with TensorFlow 2's order of arguments."""
    with name_scope(name, "confusion_matrix", (predictions, labels, num_classes, weights)) as name:
        labels, predictions = remove_squeezable_dimensions(
            convert_to_tensor(labels, name="labels"),
            convert_to_tensor(predictions, name="predictions"),
        )
        predictions = math_ops.cast(predictions, dtypes.int64)
        labels = math_ops.cast(labels, dtypes.int64)
        labels = _checked(labels, "`labels` contains negative values")
        predictions = _checked(predictions, "`predictions` contains negative values")
        if num_classes is None:
            greatest = math_ops.maximum(
                math_ops.reduce_max(predictions), math_ops.reduce_max(labels)
            )
            num_classes = greatest + 1
        else:
            limit = math_ops.cast(num_classes, dtypes.int64)
            labels = _checked(labels, "`labels` out of bound", limit)
            predictions = _checked(predictions, "`predictions` out of bound", limit)
        if weights is not None:
            weights = convert_to_tensor(weights, name="weights")
            predictions.get_shape().assert_is_compatible_with(weights.get_shape())
            weights = math_ops.cast(weights, dtype)
        shape = array_ops.stack([num_classes, num_classes])
        indices = array_ops.stack([labels, predictions], axis=1)
        values = array_ops.ones_like(predictions, dtype) if weights is None else weights
        counts = SparseTensor(indices, values, math_ops.cast(shape, dtypes.int64))
        zeros = array_ops.zeros(math_ops.cast(shape, dtypes.int32), dtype)
        return apply_op(
            "SparseTensorDenseAdd", counts.indices, counts.values, counts.dense_shape, zeros
        )


def _checked(tensor: Tensor, message: str, limit: Any = None) -> Tensor:
    """`tensor`, which must not be negative, or must be below `limit`, when it runs."""
    if limit is None:
        check = check_ops.assert_non_negative(tensor, message=message)
    else:
        check = check_ops.assert_less(tensor, limit, message=message)
    return control_flow_ops.with_dependencies([check], tensor)


@export("math.confusion_matrix", "confusion_matrix")
@deprecated_endpoints("confusion_matrix", "train.confusion_matrix")
def confusion_matrix_v1(
    labels: Any,
    predictions: Any,
    num_classes: Any = None,
    dtype: Any = dtypes.int32,
    name: str | None = None,
    weights: Any = None,
) -> Tensor:
    """How often each label (row) was predicted as each class (column). Stands for
    `tf.math.confusion_matrix`.

    Args:
      labels, predictions: classes: vectors of whole numbers from 0.
      num_classes: how many classes there are; default: one more than the greatest that occurs.
      dtype: the type of the counts.
      name: a name scope for the nodes.
      weights: what each prediction counts; default: 1.

    Raises:
      ValueError: the shapes do not fit together.
    """
    return confusion_matrix(labels, predictions, num_classes, weights, dtype, name)
