"""Checks of shapes and types, at once where they are known, else when the graph runs."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from evergraph.api import array_ops, control_flow_ops, math_ops, shape_checks
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.base.tensor_shape import TensorShape
from evergraph.graph.composite import SparseTensor
from evergraph.graph.conversion import convert_to_tensor, is_tensor
from evergraph.graph.defaults import control_dependencies, name_scope
from evergraph.graph.tensor import Tensor


@export("contrib.framework.reduce_sum_n")
def reduce_sum_n(tensors: Sequence[Any], name: str | None = None) -> Tensor:
    """The sum of all elements of all tensors. Raises ValueError where there are none."""
    if not tensors:
        raise ValueError("No tensors provided.")
    with name_scope(name, "reduce_sum_n", tensors) as scope:
        sums = [math_ops.reduce_sum(t, name=f"{t.op.name}/sum") for t in tensors]
        return sums[0] if len(sums) == 1 else math_ops.add_n(sums, name=scope)


@export("contrib.framework.remove_squeezable_dimensions")
def remove_squeezable_dimensions(
    predictions: Any, labels: Any, name: str | None = None
) -> tuple[Tensor, Tensor]:
    """Both tensors, the last dimension removed from the one whose rank is one more."""
    with name_scope(name, "remove_squeezable_dimensions", [predictions, labels]):
        predictions = convert_to_tensor(predictions)
        labels = convert_to_tensor(labels)
        predictions_shape, labels_shape = predictions.get_shape(), labels.get_shape()
        predictions_rank, labels_rank = predictions_shape.ndims, labels_shape.ndims
        if labels_rank is not None and predictions_rank is not None:
            if predictions_rank - labels_rank == -1:
                labels = array_ops.squeeze(labels, [-1])
            elif predictions_rank - labels_rank == 1:
                predictions = array_ops.squeeze(predictions, [-1])
            return predictions, labels
        difference = array_ops.rank(predictions) - array_ops.rank(labels)
        predictions = _squeezed_if(predictions, math_ops.equal, 1, difference)
        labels = _squeezed_if(labels, math_ops.equal, -1, difference)
        return predictions, labels


def _squeezed_if(tensor: Tensor, equal: Any, value: int, difference: Tensor) -> Tensor:
    """`tensor` without its last dimension, where it may be 1 and the ranks differ by `value`."""
    if tensor.dims is not None and tensor.dims[-1] not in (None, 1):
        return tensor
    return control_flow_ops.cond(
        equal(value, difference), lambda: array_ops.squeeze(tensor, [-1]), lambda: tensor
    )


def _assert_shape_op(expected_shape: Any, actual_tensor: Tensor) -> Any:
    """An operation that fails unless the tensor has that shape; -1 stands for any size."""
    with name_scope("assert_shape", values=[actual_tensor]) as scope:
        actual = array_ops.shape(actual_tensor, name="actual")
        if isinstance(expected_shape, TensorShape) and not expected_shape.is_fully_defined():
            expected_shape = [d if d else -1 for d in expected_shape.as_list()]
        return control_flow_ops.Assert(
            _is_shape(expected_shape, actual_tensor, actual),
            [
                f"Wrong shape for {actual_tensor.name} [expected] [actual].",
                expected_shape,
                actual,
            ],
            name=scope,
        )


def _is_shape(expected_shape: Any, actual_tensor: Tensor, actual_shape: Any = None) -> Tensor:
    with name_scope("is_shape", values=[actual_tensor]) as scope:
        same_rank = _is_rank(array_ops.size(expected_shape), actual_tensor)
        if actual_shape is None:
            actual_shape = array_ops.shape(actual_tensor, name="actual")
        same_sizes = _shape_tensor_compatible(expected_shape, actual_shape)
        return math_ops.logical_and(same_rank, same_sizes, name=scope)


def _is_rank(expected_rank: Any, actual_tensor: Tensor) -> Tensor:
    with name_scope("is_rank", values=[actual_tensor]) as scope:
        expected = convert_to_tensor(expected_rank, name="expected")
        actual = array_ops.rank(actual_tensor, name="actual")
        return math_ops.equal(expected, actual, name=scope)


def _shape_tensor_compatible(expected_shape: Any, actual_shape: Any) -> Tensor:
    with name_scope("shape_tensor_equal", values=[expected_shape, actual_shape]) as scope:
        any_size = math_ops.equal(expected_shape, -1)
        equal = math_ops.equal(expected_shape, actual_shape, "equal")
        either = math_ops.logical_or(any_size, equal, name="exclude_partial_shape")
        return math_ops.reduce_all(either, name=scope)


@export("contrib.framework.with_same_shape")
def with_same_shape(expected_tensor: Tensor, tensor: Tensor) -> Tensor:
    """`tensor`, which must have the shape of `expected_tensor`."""
    with name_scope(f"{tensor.op.name}/", values=[expected_tensor, tensor]):
        shape = expected_tensor.get_shape()
        if shape.is_fully_defined():
            return with_shape(shape.as_list(), tensor)
        return with_shape(array_ops.shape(expected_tensor, name="expected_shape"), tensor)


@export("contrib.framework.with_shape")
def with_shape(expected_shape: Any, tensor: Any) -> Tensor:
    """`tensor`, which must have a shape.

    Args:
      expected_shape: an int32 tensor, array, list or tuple, or a TensorShape.
      tensor: the tensor; one of shape [1] becomes a scalar where that is expected.

    Raises:
      ValueError: the shape is known to differ, or an argument is of no such type.
    """
    if isinstance(tensor, SparseTensor):
        raise ValueError("SparseTensor not supported.")
    by_tensor = is_tensor(expected_shape)
    if isinstance(expected_shape, (list, tuple)):
        array = np.asarray(expected_shape if expected_shape else np.zeros(0, np.int32))
        expected_shape = array.astype(np.int32) if array.dtype == np.int64 else array
    _check_shape_argument(expected_shape, tensor)
    actual = tensor.get_shape()
    if by_tensor or not actual.is_fully_defined():
        with name_scope(f"{tensor.op.name}/", values=[tensor]):
            if not by_tensor and len(expected_shape) < 1:
                return array_ops.reshape(tensor, [])
            with control_dependencies([_assert_shape_op(expected_shape, tensor)]):
                result = array_ops.identity(tensor)
            if not by_tensor:
                result.set_shape(expected_shape)
            return result
    if actual.is_compatible_with(expected_shape):
        return tensor
    if len(expected_shape) < 1 and actual.is_compatible_with([1]):
        with name_scope(f"{tensor.op.name}/", values=[tensor]):
            return array_ops.reshape(tensor, [])
    raise ValueError(
        f"Invalid shape for tensor {tensor.name}, expected {expected_shape}, got {actual}."
    )


def _check_shape_argument(expected_shape: Any, tensor: Tensor) -> None:
    suffix = f"for shape {expected_shape} expected of tensor {tensor.name}."
    if is_tensor(expected_shape):
        if expected_shape.dtype.base_dtype != dtypes.int32:
            raise ValueError(f"Invalid dtype {expected_shape.dtype} {suffix}")
    elif isinstance(expected_shape, np.ndarray):
        if expected_shape.ndim > 1:
            raise ValueError(f"Invalid rank {expected_shape.ndim} {suffix}")
        if expected_shape.dtype != np.int32:
            raise ValueError(f"Invalid dtype {expected_shape.dtype} {suffix}")


@export("contrib.framework.assert_scalar_int")
def assert_scalar_int(tensor: Any, name: str | None = None) -> Tensor:
    """`tensor`, which must be a scalar of an integer type. Raises ValueError where it is not."""
    with name_scope(name, "assert_scalar_int", [tensor]) as scope:
        tensor = convert_to_tensor(tensor)
        if not tensor.dtype.base_dtype.is_integer:
            raise ValueError(
                f"Expected integer type for {tensor.name}, received type: {tensor.dtype}."
            )
        return shape_checks.assert_scalar(tensor, name=scope)
