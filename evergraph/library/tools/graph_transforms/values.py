"""Constants in GraphDefs: read, made."""

from typing import Any

import numpy as np

from evergraph.base.dtypes import DType
from evergraph.graph import tensor_proto
from evergraph.proto.framework import node_def_pb2


def value_of(node: Any) -> np.ndarray:
    """The array in a Const."""
    return tensor_proto.make_ndarray(node.attr["value"].tensor)


def const(name: str, value: Any, dtype: DType, as_bytes: bool = True) -> Any:
    """A Const node, whose value is written as bytes; of one element it may be written as such."""
    node = node_def_pb2.NodeDef(name=name, op="Const")
    node.attr["dtype"].type = dtype.as_datatype_enum
    array = np.asarray(value, dtype.as_numpy_dtype)
    made = node.attr["value"].tensor
    if array.dtype == object or (array.size <= 1 and not as_bytes):
        made.CopyFrom(tensor_proto.make_tensor_proto(array, dtype, array.shape))
        return node
    made.dtype = dtype.as_datatype_enum
    made.tensor_shape.SetInParent()
    for size in array.shape:
        made.tensor_shape.dim.add(size=size)
    made.tensor_content = array.tobytes()
    return node
