"""Identity matrices."""

from typing import Any

import numpy as np

from evergraph.api import array_ops, math_ops
from evergraph.base import dtypes
from evergraph.base.compat import integral_types
from evergraph.base.export import export
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor


@export("eye", "linalg.eye")
def eye(
    num_rows: Any,
    num_columns: Any = None,
    batch_shape: Any = None,
    dtype: Any = dtypes.float32,
    name: str | None = None,
) -> Tensor:
    """Identity matrices of shape [*batch_shape, num_rows, num_columns]. Stands for `tf.eye`.

    Args:
        num_rows, num_columns: integers or scalar tensors; `num_columns` is `num_rows` by default.
        batch_shape: the shape of the batch, a list or 1-D tensor; default: a single matrix.
        dtype: of the result.
        name: name scope of the nodes.

    Raises:
        TypeError: a number of rows or columns is neither an integer nor a tensor.
    """
    with name_scope(name, "eye", [num_rows, num_columns, batch_shape]):
        square = num_columns is None
        columns = num_rows if square else num_columns
        batch = [] if batch_shape is None else batch_shape
        size: Any
        if isinstance(num_rows, Tensor) or isinstance(columns, Tensor):
            size = math_ops.minimum(num_rows, columns)
        else:
            for number in (num_rows, columns):
                if not isinstance(number, integral_types):
                    raise TypeError("num_rows and num_columns must be positive integer values.")
            square = num_rows == columns
            size = np.minimum(num_rows, columns)
        shape: Any = None
        if isinstance(batch, Tensor) or isinstance(size, Tensor):
            batch = convert_to_tensor(batch, name="shape", dtype=dtypes.int32)
            diagonal_shape = array_ops.concat((batch, [size]), axis=0)
            if not square:
                shape = array_ops.concat((batch, [num_rows, columns]), axis=0)
        else:
            diagonal_shape = [*batch, size]
            shape = [*batch, num_rows, columns]
        diagonal = array_ops.ones(diagonal_shape, dtype=dtype)
        if square:
            return array_ops.matrix_diag(diagonal)
        return array_ops.matrix_set_diag(array_ops.zeros(shape, dtype=dtype), diagonal)
