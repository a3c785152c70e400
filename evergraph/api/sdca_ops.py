"""Ops of linear models trained by stochastic dual coordinate ascent: `tf.train.sdca_optimizer` and
its like."""

from collections.abc import Sequence
from typing import Any

from evergraph.base.export import export
from evergraph.graph.apply import apply_op
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Tensor


@export("train.sdca_optimizer")
def sdca_optimizer(
    sparse_example_indices: Sequence[Any],
    sparse_feature_indices: Sequence[Any],
    sparse_feature_values: Sequence[Any],
    dense_features: Sequence[Any],
    example_weights: Any,
    example_labels: Any,
    sparse_indices: Sequence[Any],
    sparse_weights: Sequence[Any],
    dense_weights: Sequence[Any],
    example_state_data: Any,
    loss_type: str,
    l1: float,
    l2: float,
    num_loss_partitions: int,
    num_inner_iterations: int,
    adaptative: bool = True,
    name: str | None = None,
) -> Any:
    """One step of stochastic dual coordinate ascent. Stands for `tf.train.sdca_optimizer`.

    Args:
      sparse_example_indices: for each sparse feature, which example an entry is of, in order.
      sparse_feature_indices: for each sparse feature, the index of the weight of an entry.
      sparse_feature_values: the values of the entries of the first features; of others they are 1.
      dense_features: for each dense feature, float32 of shape [examples, size].
      example_weights, example_labels: float32 vectors.
      sparse_indices: for each sparse feature, the indices of the weights given.
      sparse_weights, dense_weights: for each feature, the weights.
      example_state_data: float32 of shape [examples, 4]: dual variable, primal loss, dual loss and
        weight.
      loss_type: "logistic_loss", "squared_loss", "hinge_loss", "smooth_hinge_loss" or
        "poisson_loss".
      l1, l2: how strong the regularizations are.
      num_loss_partitions: over how many steps at a time the losses are spread.
      num_inner_iterations: how often each example is used; one time in any case.
      adaptative: whether examples that can move the weights come sooner.
      name: a name for the node.

    Returns:
      The new `example_state_data`, and the changes of the sparse and the dense weights.
    """
    return apply_op(
        "SdcaOptimizer",
        sparse_example_indices,
        sparse_feature_indices,
        sparse_feature_values,
        dense_features,
        example_weights,
        example_labels,
        sparse_indices,
        sparse_weights,
        dense_weights,
        example_state_data,
        loss_type=loss_type,
        l1=l1,
        l2=l2,
        num_loss_partitions=num_loss_partitions,
        num_inner_iterations=num_inner_iterations,
        adaptative=adaptative,
        name=name,
    )


@export("train.sdca_shrink_l1")
def sdca_shrink_l1(
    weights: Sequence[Any], l1: float, l2: float, name: str | None = None
) -> Operation:
    """An operation that brings variables nearer to zero, by `l1 / l2`. Stands for
    `tf.train.sdca_shrink_l1`."""
    return apply_op("SdcaShrinkL1", weights, l1=l1, l2=l2, name=name)


@export("train.sdca_fprint")
def sdca_fprint(input: Any, name: str | None = None) -> Tensor:
    """Fingerprints of strings: int64 of shape [strings, 2]. Stands for `tf.train.sdca_fprint`."""
    return apply_op("SdcaFprint", input, name=name)
