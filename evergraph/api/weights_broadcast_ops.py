"""Weights that broadcast to values: of the same rank and in each axis of the same size or 1, or a
scalar."""

from typing import Any

from evergraph.api import array_ops, control_flow_ops, math_ops, sets_impl
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import control_dependencies, name_scope
from evergraph.graph.static_value import constant_value
from evergraph.graph.tensor import Tensor

_MISFIT = "weights can not be broadcast to values."


def _has_valid_dims(weights_shape: Tensor, values_shape: Tensor) -> Tensor:
    """Whether each size of the weights is that of the values, or 1; for shapes of the same rank."""
    with name_scope(None, "has_invalid_dims", (weights_shape, values_shape)) as scope:
        values_2d = array_ops.expand_dims(values_shape, -1)
        valid = array_ops.concat((values_2d, array_ops.ones_like(values_2d)), axis=1)
        weights_2d = array_ops.expand_dims(weights_shape, -1)
        invalid = sets_impl.set_difference(weights_2d, valid)
        count = array_ops.size(invalid.values, name="num_invalid_dims")
        return math_ops.equal(0, count, name=scope)


def _has_valid_nonscalar_shape(
    weights_rank: Tensor, weights_shape: Tensor, values_rank: Tensor, values_shape: Tensor
) -> Tensor:
    values = (weights_rank, weights_shape, values_rank, values_shape)
    with name_scope(None, "has_valid_nonscalar_shape", values) as scope:
        is_same_rank = math_ops.equal(values_rank, weights_rank, name="is_same_rank")
        return control_flow_ops.cond(
            is_same_rank,
            lambda: _has_valid_dims(weights_shape, values_shape),
            lambda: is_same_rank,
            name=scope,
        )


def _check_static(weights: Tensor, values: Tensor, ranks: Any, shapes: Any) -> Any:
    """The check where it can be made while building: an operation; None where too little is
    known."""
    weights_rank, values_rank = (constant_value(rank) for rank in ranks)
    if weights_rank is None or values_rank is None:
        return None
    if weights_rank == 0:
        return control_flow_ops.no_op(name="static_scalar_check_success")
    if weights_rank != values_rank:
        raise ValueError(
            f"{_MISFIT} values.rank={values_rank}. weights.rank={weights_rank}. "
            f"values.shape={values.shape}. weights.shape={weights.shape}."
        )
    weights_shape, values_shape = (constant_value(shape) for shape in shapes)
    if weights_shape is None or values_shape is None:
        return None
    for i, (own, wanted) in enumerate(zip(weights_shape, values_shape, strict=True)):
        if own not in (1, wanted):
            raise ValueError(
                f"{_MISFIT} Mismatch at dim {i}. values.shape={values_shape} "
                f"weights.shape={weights_shape}."
            )
    return control_flow_ops.no_op(name="static_dims_check_success")


def assert_broadcastable(weights: Any, values: Any) -> Any:
    """An operation that fails where `weights` do not broadcast to `values`.

    Raises:
      ValueError: where that is known already.
    """
    with name_scope(None, "assert_broadcastable", (weights, values)) as scope:
        with name_scope(None, "weights", (weights,)) as weights_scope:
            weights = convert_to_tensor(weights, name=weights_scope)
            weights_shape = array_ops.shape(weights, name="shape")
            weights_rank = array_ops.rank(weights, name="rank")
        with name_scope(None, "values", (values,)) as values_scope:
            values = convert_to_tensor(values, name=values_scope)
            values_shape = array_ops.shape(values, name="shape")
            values_rank = array_ops.rank(values, name="rank")
        checked = _check_static(
            weights, values, (weights_rank, values_rank), (weights_shape, values_shape)
        )
        if checked is not None:
            return checked
        is_scalar = math_ops.equal(0, weights_rank, name="is_scalar")
        data = (
            _MISFIT,
            "weights.shape=",
            weights.name,
            weights_shape,
            "values.shape=",
            values.name,
            values_shape,
            "is_scalar=",
            is_scalar,
        )
        is_valid_shape = control_flow_ops.cond(
            is_scalar,
            lambda: is_scalar,
            lambda: _has_valid_nonscalar_shape(
                weights_rank, weights_shape, values_rank, values_shape
            ),
            name="is_valid_shape",
        )
        return control_flow_ops.Assert(is_valid_shape, data, name=scope)


def broadcast_weights(weights: Any, values: Any) -> Tensor:
    """`weights` in the shape and dtype of `values`.

    Raises:
      ValueError: they are known not to broadcast.
      InvalidArgumentError: at run time, where they do not.
    """
    with name_scope(None, "broadcast_weights", (weights, values)) as scope:
        values = convert_to_tensor(values, name="values")
        weights = convert_to_tensor(weights, dtype=values.dtype.base_dtype, name="weights")
        own, wanted = weights.get_shape(), values.get_shape()
        if own.is_fully_defined() and wanted.is_fully_defined() and own.is_compatible_with(wanted):
            return weights
        with control_dependencies((assert_broadcastable(weights, values),)):
            return math_ops.multiply(weights, array_ops.ones_like(values), name=scope)
