"""Arrays as serialized TensorProtos."""

from typing import Any

import numpy as np

from evergraph.base import dtypes
from evergraph.proto.framework.tensor_pb2 import TensorProto


def serialized_tensor(array: Any) -> bytes:
    """A serialized TensorProto whose numbers are raw bytes."""
    dtype = dtypes.as_dtype(array.dtype)
    proto = TensorProto(dtype=dtype.as_datatype_enum)
    for d in array.shape:
        proto.tensor_shape.dim.add(size=d)
    # An empty shape is written, too.
    proto.tensor_shape.SetInParent()
    if array.dtype.kind == "O":
        proto.string_val.extend(array.reshape(-1).tolist())
    elif array.size:
        proto.tensor_content = np.ascontiguousarray(array).tobytes()
    return proto.SerializeToString(deterministic=True)
