"""What pruning takes: variables for masks, blocks of matrices, assignments."""

from typing import Any

import numpy as np

from evergraph.api import (
    array_ops,
    control_flow_ops,
    init_ops,
    nn_ops,
    state_ops,
    variable_scope,
)
from evergraph.base import dtypes
from evergraph.graph.constant import constant
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope


def weight_mask_variable(var: Any, scope: Any) -> Any:
    """A variable of ones, like another one."""
    with variable_scope.variable_scope(scope):
        return variable_scope.get_variable(
            "mask",
            var.get_shape(),
            initializer=init_ops.ones_initializer(),
            trainable=False,
            dtype=var.dtype,
        )


def weight_threshold_variable(var: Any, scope: Any) -> Any:
    """A variable that is one number, 0."""
    with variable_scope.variable_scope(scope):
        return variable_scope.get_variable(
            "threshold",
            [],
            initializer=init_ops.zeros_initializer(),
            trainable=False,
            dtype=var.dtype,
        )


def kronecker_product(mat1: Any, mat2: Any) -> Any:
    """The Kronecker product of two matrices of known sizes."""
    rows, columns = mat1.get_shape().as_list()
    more_rows, more_columns = mat2.get_shape().as_list()
    first = array_ops.reshape(mat1, [rows, 1, columns, 1])
    second = array_ops.reshape(mat2, [1, more_rows, 1, more_columns])
    return array_ops.reshape(first * second, [rows * more_rows, columns * more_columns])


def expand_tensor(tensor: Any, block_dims: Any) -> Any:
    """A matrix each of whose elements is a block of its value.

    Args:
      tensor: a matrix of known sizes.
      block_dims: height and width of blocks.

    Raises:
      ValueError: it is no matrix, or there are not two sizes.
    """
    if tensor.get_shape().ndims != 2:
        raise ValueError("Input tensor must be rank 2")
    if len(block_dims) != 2:
        raise ValueError("block_dims must have 2 elements")

    def repeated(matrix: Any, times: int) -> Any:
        rows, columns = matrix.shape.as_list()
        order = np.arange(rows * times, dtype=np.int32).reshape(rows, times).T.reshape(-1, 1)
        indices = constant(order)
        tiled = array_ops.tile(matrix, [times, 1])
        return array_ops.scatter_nd(indices, tiled, [rows * times, columns])

    height, width = block_dims
    result = tensor
    if height > 1:
        result = repeated(tensor, height)
    if width > 1:
        result = array_ops.transpose(repeated(array_ops.transpose(result), width))
    return result


def factorized_pool(
    input_tensor: Any,
    window_shape: Any,
    pooling_type: str,
    strides: Any,
    padding: str,
    name: str | None = None,
) -> Any:
    """Pools a matrix along one axis, then along the other.

    Args:
      input_tensor: a matrix of known sizes.
      window_shape, strides: height and width.
      pooling_type: "MAX" or "AVG".
      padding: "SAME" or "VALID".
      name: a name.

    Raises:
      ValueError: it is no matrix.
    """
    if input_tensor.get_shape().ndims != 2:
        raise ValueError("factorized_pool() accepts tensors of rank 2 only")
    height, width = input_tensor.get_shape()
    with name_scope(name, "factorized_pool"):
        aligned = array_ops.reshape(
            input_tensor, [1, 1, height, width], name=input_tensor.op.name + "_aligned"
        )
        pooled = aligned
        for i in range(2):
            pooled = nn_ops.pool(
                pooled,
                window_shape=[1, window_shape[i]],
                pooling_type=pooling_type,
                strides=[1, strides[i]],
                padding=padding,
            )
            if i == 0:
                pooled = array_ops.transpose(pooled, perm=[0, 1, 3, 2])
    return array_ops.squeeze(array_ops.transpose(pooled, perm=[0, 1, 3, 2]), axis=[0, 1])


def determine_partitioned_axis(partitioned_variable: Any) -> int:
    """The axis that a variable is cut along. Raises ValueError where there are several."""
    axis = 0
    whole = partitioned_variable.get_shape().as_list()
    for part in partitioned_variable:
        smaller = np.less(part.get_shape().as_list(), whole)
        if np.count_nonzero(smaller) != 1:
            raise ValueError(
                f"Number of partitioned axes {np.count_nonzero(smaller)} not equal to 1"
            )
        axis = int(np.where(smaller)[0][0])
    return axis


def variable_assign(var: Any, new_value: Any) -> Any:
    """Assigns to a variable."""
    return state_ops.assign(var, new_value, name=var.op.name + "_assign")


def partitioned_variable_assign(partitioned_var: Any, new_value: Any) -> Any:
    """Assigns to all parts of a variable."""
    parts = list(partitioned_var)
    axis = 0 if len(parts) == 1 else determine_partitioned_axis(partitioned_var)
    sizes = np.array([part.get_shape().as_list()[axis] for part in parts])
    values = array_ops.split(new_value, convert_to_tensor(sizes, dtype=dtypes.int32), axis=axis)
    assigned = [variable_assign(p, v) for p, v in zip(parts, values, strict=True)]
    return control_flow_ops.group(*assigned, name=partitioned_var.name + "_group_assign")
