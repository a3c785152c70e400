"""What metrics are made of: local variables, shapes made equal, collections."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from evergraph.api import array_ops, cond, math_ops, variable_scope, variables
from evergraph.api.confusion_matrix import remove_squeezable_dimensions
from evergraph.base.dtypes import DType
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import (
    add_to_collections,
    control_dependencies,
    executing_eagerly,
)
from evergraph.graph.keys import GraphKeys
from evergraph.graph.tensor import Tensor
from evergraph.library.distribute.distribution_strategy_context import get_replica_context

# Where a threshold or a denominator must not be exactly 0 or 1.
EPSILON = 1e-7


def metric_variable(
    shape: Any, dtype: DType, validate_shape: bool = True, name: str | None = None
) -> Any:
    """A local variable of zeros, in the collection METRIC_VARIABLES."""
    if executing_eagerly():
        raise RuntimeError("tf.metrics is not supported when eager execution is enabled.")
    return variable_scope.variable(
        lambda: array_ops.zeros(shape, dtype),
        trainable=False,
        collections=[GraphKeys.LOCAL_VARIABLES, GraphKeys.METRIC_VARIABLES],
        validate_shape=validate_shape,
        synchronization=variables.VariableSynchronization.ON_READ,
        aggregation=variables.VariableAggregation.SUM,
        name=name,
    )


def collected(collections: Any, result: Any) -> Any:
    """`result`, which is put into collections, if there are any."""
    if collections:
        add_to_collections(collections, result)
    return result


@contextlib.contextmanager
def _where_steps_end(strategy: Any) -> Iterator[None]:
    """Nodes of the block are outside of the loop that a strategy's steps are in."""
    missing = object()
    outer = getattr(strategy.extended, "_outer_control_flow_context", missing)
    if outer is missing:
        yield
    elif outer is None:
        with control_dependencies(None):
            yield
    else:
        outer.Enter()
        yield
        outer.Exit()


def across_replicas(collections: Any, compute: Callable[..., Any], *values: Any) -> Any:
    """`compute(*values)`, once for all replicas, of what variables are together; put into
    collections, if there are any."""

    def merged(strategy: Any, *together: Any) -> Any:
        with _where_steps_end(strategy):
            result = compute(*together)
        return collected(collections, result)

    return get_replica_context().merge_call(merged, args=values)


def read_across_replicas(collections: Any, variable: Any) -> Any:
    """What a variable of replicas is together; put into collections, if there are any."""

    def merged(strategy: Any, together: Any) -> Any:
        with _where_steps_end(strategy):
            result = strategy.extended.read_var(together)
        return collected(collections, result)

    return get_replica_context().merge_call(merged, args=(variable,))


def _remove_squeezable_dimensions(
    predictions: Any, labels: Any, weights: Any
) -> tuple[Tensor, Any, Any]:
    """The three with ranks that fit: a last dimension of 1 too many is taken away, and weights
    may get one.

    Args:
      predictions: a tensor.
      labels: a tensor whose rank may differ by 1; or None.
      weights: a scalar, or a tensor whose rank may differ by 1; or None.
    """
    predictions = convert_to_tensor(predictions)
    if labels is not None:
        labels, predictions = remove_squeezable_dimensions(labels, predictions)
        predictions.get_shape().assert_is_compatible_with(labels.get_shape())
    if weights is None:
        return predictions, labels, None
    weights = convert_to_tensor(weights)
    rank, expected = weights.get_shape().ndims, predictions.get_shape().ndims
    if rank == 0:
        return predictions, labels, weights
    if rank is None or expected is None:
        weights = _fitted_weights(weights, predictions)
    elif rank - expected == 1:
        weights = array_ops.squeeze(weights, [-1])
    elif expected - rank == 1:
        weights = array_ops.expand_dims(weights, [-1])
    return predictions, labels, weights


def _fitted_weights(weights: Tensor, predictions: Tensor) -> Any:
    """Weights with the rank of predictions, or scalar, where ranks are known at run time only."""
    rank = array_ops.rank(weights)
    difference = rank - array_ops.rank(predictions)
    shape = weights.get_shape()
    may_squeeze = shape.ndims is None or shape.dims[-1].is_compatible_with(1)

    def squeezed() -> Any:
        return array_ops.squeeze(weights, [-1]) if may_squeeze else weights

    def expanded() -> Any:
        return cond.cond(
            math_ops.equal(difference, -1),
            lambda: array_ops.expand_dims(weights, [-1]),
            lambda: weights,
        )

    def adjusted() -> Any:
        return cond.cond(math_ops.equal(difference, 1), squeezed, expanded)

    return cond.cond(math_ops.equal(rank, 0), lambda: weights, adjusted)
