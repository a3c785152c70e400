"""Variables made of zeros, with no other value beside them: ZeroInitializer, ZeroVarInitializer."""

from typing import Any

import numpy as np

from evergraph.base import errors
from evergraph.graph.registry import op
from evergraph.kernels import cells
from evergraph.kernels.dtypes import HOST_DTYPES, numpy_dtype
from evergraph.ops import shape_rules

zero_initializer_op = op(
    "ZeroInitializer(ref: Ref(T)) -> output_ref: Ref(T)",
    "T: realnumber",
    allows_uninitialized_input=True,
)
zero_var_initializer_op = op(
    "ZeroVarInitializer(var: resource) -> output_var: resource",
    "dtype: type; shape: shape",
    stateful=True,
    allows_uninitialized_input=True,
)

zero_initializer_op.shape(shape_rules.unchanged)
zero_var_initializer_op.shape(shape_rules.scalar)


@zero_initializer_op.kernel
@zero_var_initializer_op.kernel
def zero_initializer_kernel(cell: Any) -> Any:
    if cell.value is not None:
        raise errors.InvalidArgumentError(None, None, "input is already initialized")
    zeros = np.zeros(cell.dims or (), numpy_dtype(cell.dtype))
    on_host = not zeros.ndim or cell.dtype in HOST_DTYPES
    cell.value = zeros[()] if on_host else cells.to_tensor(zeros)
    return cell
