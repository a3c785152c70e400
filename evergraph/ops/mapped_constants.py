"""ImmutableConst: constants that are a file's bytes."""

from typing import Any

import numpy as np

from evergraph.base.dtypes import DType
from evergraph.base.errors import InternalError
from evergraph.base.platform import file_io
from evergraph.graph.registry import op
from evergraph.kernels.dtypes import numpy_dtype

immutable_op = op(
    "ImmutableConst() -> tensor: dtype", "dtype: type; shape: shape; memory_region_name: string"
)


@immutable_op.shape
def immutable_shape(node: Any) -> Any:
    return node.attr("shape")


@immutable_op.numpy
def immutable(*, dtype: DType, shape: tuple[int, ...], memory_region_name: str) -> Any:
    data = file_io.read_file_to_string(memory_region_name, binary_mode=True)
    kind = np.dtype(numpy_dtype(dtype))
    size = int(np.prod(shape)) * kind.itemsize
    if size > len(data):
        raise InternalError(
            None,
            None,
            f"Readonly memory region has wrong length ({len(data)}) when allocating {size}",
        )
    return np.frombuffer(data, kind, int(np.prod(shape))).reshape(shape)
